/* The reads at the end: what is left of what was written. */
#include <check.h>
#include <string.h>

#include "servant.h"
#include "support/suite.h"

static struct servants s;
static size_t told;

static void set_up(void)
{
    servants_init(&s, 4);
    told = 0;
}

static void tear_down(void) { servants_done(&s); }

/* Every key of 100 gets written by chance or not; at the end a read for each that was. */
static void write_for_a_second(void)
{
    struct workload_options both[] = { open_workload(2, 50), open_workload(2, 25) };
    static const uint32_t others[] = { 2, 3 };
    both[0].weights[CS_OP_PUT] = both[1].weights[CS_OP_APPEND] = 1;
    both[0].key_count = both[1].key_count = 100;
    both[1].name = "other";
    both[1].clients = others;
    both[0].stop_ns = both[1].stop_ns = 1000000000;
    servants_begin(&s, 1, both, 2);
    servants_run_to_ms(&s, 1000);
    load_stop(s.load);
    servants_run_to_ms(&s, 2000);
    ck_assert_uint_eq(load_open_count(s.load), 0);
    ck_assert_uint_eq(history_count(s.history), 75);
}

/* How often each key was meant to be written, and finally read. */
static void count_keys(unsigned written[100], unsigned read[100])
{
    memset(written, 0, 100 * sizeof *written);
    memset(read, 0, 100 * sizeof *read);
    for (size_t i = 0; i < history_count(s.history); i++) {
        const struct operation *op = history_at(s.history, i);
        char name[8] = { 0 };
        struct cs_bytes key = history_bytes(s.history, op->key);
        memcpy(name, key.data, key.size);
        long rank = strtol(name + 1, NULL, 10);
        written[rank] += op->kind != CS_OP_GET;
        read[rank] += op->workload == HISTORY_FINAL_READ;
        ck_assert(op->workload != HISTORY_FINAL_READ || op->kind == CS_OP_GET);
    }
}

START_TEST(the_final_reads_ask_once_for_each_key_that_an_operation_wrote)
{
    servant_act = servant_after_3ms;
    write_for_a_second();
    load_final_reads(s.load);
    servants_run_to_ms(&s, 3000);
    ck_assert_uint_eq(load_open_count(s.load), 0);
    unsigned written[100], read[100], unread = 0;
    count_keys(written, read);
    for (int rank = 0; rank < 100; rank++) {
        ck_assert_uint_eq(read[rank], written[rank] > 0);
        unread += read[rank] == 0;
    }
    ck_assert_uint_gt(unread, 20);
}
END_TEST

START_TEST(a_write_whose_outcome_is_unknown_is_read_at_the_end)
{
    write_for_a_second(); /* nobody answers */
    servant_act = servant_after_3ms;
    load_final_reads(s.load);
    servants_run_to_ms(&s, 3000);
    unsigned written[100], read[100];
    count_keys(written, read);
    for (int rank = 0; rank < 100; rank++)
        ck_assert_uint_eq(read[rank], written[rank] > 0);
    ck_assert_uint_eq(load_open_count(s.load), 0);
}
END_TEST

START_TEST(a_final_read_has_10_seconds_beyond_the_timeout)
{
    write_for_a_second();
    size_t first = history_count(s.history);
    load_final_reads(s.load);
    servants_run_to_ms(&s, 12999);
    ck_assert_int_eq(history_at(s.history, first)->outcome, OUTCOME_OPEN);
    servants_run_to_ms(&s, 13001); /* 1 s, and 10 s more */
    ck_assert_int_eq(history_at(s.history, first)->outcome, OUTCOME_UNKNOWN);
}
END_TEST

/* ---- Reads that fail ------------------------------------------------------------------------- */

typedef void (*act)(struct cs_context *cx, cs_request request, const struct cs_op *op);

/* A key of `keys` is written each millisecond up to `ms`, by chance; what is read, from a second
 * later on, is answered by `answer`.  Returns how many keys that is. */
static uint64_t write_and_read(uint32_t keys, uint64_t ms, act answer)
{
    struct workload_options options = open_workload(4, 1000);
    options.weights[CS_OP_GET] = 0;
    options.weights[CS_OP_PUT] = 1;
    options.key_count = keys;
    options.stop_ns = ms * 1000000;
    servant_act = servant_at_once;
    servants_begin(&s, 1, &options, 1);
    servants_run_to_ms(&s, ms + 1000);
    load_stop(s.load);
    told = history_count(s.history);
    servant_act = answer;
    load_final_reads(s.load);
    return load_open_count(s.load);
}

/* From 2 s on. */
static void read_ten_keys(act answer)
{
    uint64_t keys = write_and_read(10, 1000, answer);
    ck_assert_uint_eq(keys, 10);
}

static cs_node cut_off_to;

/* Those up to a node get nothing. */
static void unless_cut_off(struct cs_context *cx, cs_request request, const struct cs_op *op)
{
    (void)op;
    if (cs_self(cx) > cut_off_to)
        servant_ok(cx, request);
}

START_TEST(another_client_repeats_a_final_read_that_failed)
{
    cut_off_to = 1; /* two of four */
    read_ten_keys(unless_cut_off);
    servants_run_to_ms(&s, 2001);
    uint64_t open = load_open_count(s.load);
    ck_assert_uint_gt(open, 0);
    while (load_open_count(s.load) > 0)
        servants_run_to_ms(&s, cluster_now(s.cluster) / 1000000 + 1000);
    unsigned failed[10] = { 0 }, answered[10] = { 0 };
    for (size_t i = told; i < history_count(s.history); i++) {
        const struct operation *op = history_at(s.history, i);
        const char *key = history_bytes(s.history, op->key).data;
        int rank = key[1] - '0';
        ck_assert_int_eq(op->outcome == OUTCOME_OK, op->client > 1);
        failed[rank] += op->outcome != OUTCOME_OK;
        answered[rank] += op->outcome == OUTCOME_OK;
    }
    uint64_t repeated = 0;
    for (int rank = 0; rank < 10; rank++) {
        ck_assert_uint_eq(answered[rank], 1);
        repeated += failed[rank] > 0;
    }
    ck_assert_uint_eq(repeated, open);
}
END_TEST

static void fail_k3(struct cs_context *cx, cs_request request, const struct cs_op *op)
{
    bool is_k3 = op->key.size == 2 && memcmp(op->key.data, "k3", 2) == 0;
    cs_reply(cx, request, &(struct cs_result){ .status = is_k3 ? CS_FAILED : CS_OK });
}

START_TEST(a_key_is_read_at_most_five_times)
{
    read_ten_keys(fail_k3);
    servants_run_to_ms(&s, 2399); /* 100 ms between two tries */
    ck_assert_uint_eq(load_open_count(s.load), 1);
    servants_run_to_ms(&s, 2401);
    ck_assert_uint_eq(load_open_count(s.load), 0);
    ck_assert_uint_eq(history_count(s.history) - told, 9 + 5);
}
END_TEST

static void say_lost(struct cs_context *cx, cs_request request, const struct cs_op *op)
{
    (void)op;
    cs_reply(cx, request, &(struct cs_result){ .status = CS_LOST });
}

START_TEST(a_key_that_is_called_lost_is_not_read_again)
{
    read_ten_keys(say_lost);
    servants_run_to_ms(&s, 2001);
    ck_assert_uint_eq(load_open_count(s.load), 0);
    ck_assert_uint_eq(history_count(s.history) - told, 10);
}
END_TEST

static void say_failed(struct cs_context *cx, cs_request request, const struct cs_op *op)
{
    (void)op;
    cs_reply(cx, request, &(struct cs_result){ .status = CS_FAILED });
}

static size_t asked;

static void fail_every_other(struct cs_context *cx, cs_request request, const struct cs_op *op)
{
    (void)op;
    cs_reply(cx, request, &(struct cs_result){ .status = asked++ % 2 == 0 ? CS_FAILED : CS_OK });
}

/* Between 500 and 1000 keys; returns how many. */
static uint64_t read_many_keys(act answer)
{
    asked = 0;
    uint64_t keys = write_and_read(1000, 2000, answer);
    ck_assert_uint_gt(keys, 500);
    servants_run_to_ms(&s, 10000);
    ck_assert_uint_eq(load_open_count(s.load), 0);
    return keys;
}

START_TEST(repeating_ends_after_64_failures_without_an_answer)
{
    uint64_t keys = read_many_keys(say_failed);
    ck_assert_uint_eq(history_count(s.history) - told, keys + 64);
}
END_TEST

START_TEST(an_answer_in_between_lets_repeating_go_on)
{
    uint64_t keys = read_many_keys(fail_every_other);
    uint64_t answered = 0;
    for (size_t i = told; i < history_count(s.history); i++)
        answered += history_at(s.history, i)->outcome == OUTCOME_OK;
    ck_assert_uint_gt(history_count(s.history) - told, keys + keys / 2);
    ck_assert_uint_gt(answered, keys * 9 / 10); /* all but those with five failures */
}
END_TEST

START_TEST(a_client_has_at_most_16_final_reads_open)
{
    struct workload_options options = open_workload(1, 1000);
    options.weights[CS_OP_PUT] = 1;
    options.key_count = 1000;
    options.stop_ns = 1000000000;
    servant_act = servant_after_3ms;
    servants_begin(&s, 1, &options, 1);
    servants_run_to_ms(&s, 1100);
    load_stop(s.load);
    size_t first = history_count(s.history);
    load_final_reads(s.load);
    uint64_t all = load_open_count(s.load);
    ck_assert_uint_eq(history_count(s.history) - first, 16);
    servants_run_to_ms(&s, 1101);
    ck_assert_uint_eq(load_open_count(s.load), all);
    servants_run_to_ms(&s, 1104);
    ck_assert_uint_eq(history_count(s.history) - first, 32);
    ck_assert_uint_eq(load_open_count(s.load), all - 16);
    servants_run_to_ms(&s, 2000);
    ck_assert_uint_eq(history_count(s.history) - first, all);
    ck_assert_uint_eq(load_open_count(s.load), 0);
}
END_TEST

int main(void)
{
    TCase *reads = tcase_create("final");
    tcase_add_checked_fixture(reads, set_up, tear_down);
    tcase_add_test(reads, the_final_reads_ask_once_for_each_key_that_an_operation_wrote);
    tcase_add_test(reads, a_write_whose_outcome_is_unknown_is_read_at_the_end);
    tcase_add_test(reads, a_final_read_has_10_seconds_beyond_the_timeout);
    tcase_add_test(reads, another_client_repeats_a_final_read_that_failed);
    tcase_add_test(reads, a_key_is_read_at_most_five_times);
    tcase_add_test(reads, a_key_that_is_called_lost_is_not_read_again);
    tcase_add_test(reads, repeating_ends_after_64_failures_without_an_answer);
    tcase_add_test(reads, an_answer_in_between_lets_repeating_go_on);
    tcase_add_test(reads, a_client_has_at_most_16_final_reads_open);
    Suite *suite = suite_create("final");
    suite_add_tcase(suite, reads);
    return suite_run(suite);
}
