/* What is asked: kinds and keys, and what shifts them and what does not. */
#include <check.h>
#include <inttypes.h>
#include <string.h>

#include "base/text.h"
#include "load/requests.h"
#include "load/seen.h"
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

/* Begin anew in the same test. */
static void again(void)
{
    tear_down();
    set_up();
}

static struct workload_options mixed(void)
{
    struct workload_options options = open_workload(2, 1000);
    options.name = "mixed";
    options.poisson = true;
    options.weights[CS_OP_GET] = 70;
    options.weights[CS_OP_PUT] = 25;
    options.weights[CS_OP_CAS] = 5;
    options.key_choice = KEYS_ZIPF;
    options.key_count = 100;
    options.key_theta = 0.99;
    options.value_size = distribution_uniform(0, 40);
    return options;
}

static char *copy_of_what_was_asked(void) { return strdup(servants_asked(&s, &told)); }

static char *run_a_second(uint64_t seed, const struct workload_options *options, uint32_t count)
{
    servants_begin(&s, seed, options, count);
    servants_run_to_ms(&s, 1000);
    return copy_of_what_was_asked();
}

START_TEST(the_same_seed_asks_the_same)
{
    struct workload_options options = mixed();
    char *first = run_a_second(1, &options, 1);
    again();
    char *second = run_a_second(1, &options, 1);
    again();
    char *other = run_a_second(2, &options, 1);
    ck_assert_uint_gt(strlen(first), 10000);
    ck_assert_str_eq(first, second);
    ck_assert_str_ne(first, other);
    free(first);
    free(second);
    free(other);
}
END_TEST

/* Kind, key and time of every operation of the workload named. */
static char *asked_by(uint16_t workload)
{
    struct cs_text text = { 0 };
    for (size_t i = 0; i < history_count(s.history); i++) {
        const struct operation *op = history_at(s.history, i);
        struct cs_bytes key = history_bytes(s.history, op->key);
        if (op->workload == workload) {
            cs_text_add(&text, "%ju %u %u %.*s\n", (uintmax_t)op->intended_ns, op->client,
                        (unsigned)op->kind, (int)key.size, (const char *)key.data);
        }
    }
    char *copy = strdup(text_string(&text));
    text_done(&text);
    return copy;
}

START_TEST(another_workload_shifts_no_draw)
{
    struct workload_options options[] = { mixed(), closed_workload(2), mixed() };
    options[1].name = "closed";
    options[1].think = distribution_exponential(1000000);
    options[1].key_count = 50;
    options[2].name = "third";
    free(run_a_second(1, options, 2));
    char *mixed_before = asked_by(0), *closed_before = asked_by(1);
    again();
    struct workload_options more[] = { options[2], options[1], options[0] };
    free(run_a_second(1, more, 3));
    char *mixed_after = asked_by(2), *closed_after = asked_by(1);
    ck_assert_uint_gt(strlen(mixed_before), 5000);
    ck_assert_str_eq(mixed_before, mixed_after);
    ck_assert_str_eq(closed_before, closed_after);
    free(mixed_before);
    free(closed_before);
    free(mixed_after);
    free(closed_after);
}
END_TEST

/* All of every operation of the workload named. */
static char *all_asked_by(uint16_t workload, uint32_t clients)
{
    struct cs_text text = { 0 };
    for (size_t i = 0; i < history_count(s.history); i++) {
        const struct operation *op = history_at(s.history, i);
        struct cs_bytes key = history_bytes(s.history, op->key);
        struct cs_bytes value = history_bytes(s.history, op->value);
        if (op->workload == workload && op->client < clients) {
            cs_text_add(&text, "%ju %ju %u %u %.*s %.*s\n", (uintmax_t)op->intended_ns,
                        (uintmax_t)op->session, op->client, (unsigned)op->kind, (int)key.size,
                        (const char *)key.data, (int)value.size,
                        value.size > 0 ? (const char *)value.data : "");
        }
    }
    char *copy = strdup(text_string(&text));
    text_done(&text);
    return copy;
}

static void answer_at_once(struct cs_context *cx, cs_request request, const struct cs_op *op)
{
    (void)op;
    servant_ok(cx, request);
}

static struct workload_options closed_puts(uint32_t clients)
{
    struct workload_options options = closed_workload(clients);
    options.name = "closed";
    options.think = distribution_exponential(1000000);
    options.weights[CS_OP_PUT] = 1;
    return options;
}

START_TEST(what_is_added_behind_shifts_no_session_and_no_value)
{
    static const uint32_t another[] = { 3 }; /* a client that nobody else has to wait for */
    struct workload_options options[] = { mixed(), closed_puts(2), mixed() };
    options[2].name = "third";
    options[2].clients = another;
    options[2].client_count = 1;
    servant_act = answer_at_once;
    free(run_a_second(1, options, 2));
    char *mixed_before = all_asked_by(0, 2), *closed_before = all_asked_by(1, 2);
    again();
    options[1] = closed_puts(3);
    servant_act = answer_at_once;
    free(run_a_second(1, options, 3));
    char *mixed_after = all_asked_by(0, 2), *closed_after = all_asked_by(1, 2);
    ck_assert_ptr_nonnull(strstr(mixed_before, " v100"));
    ck_assert_ptr_nonnull(strstr(closed_before, " v1.0.100"));
    ck_assert_ptr_nonnull(strstr(closed_before, " v1.1.100"));
    ck_assert_str_eq(mixed_before, mixed_after);
    ck_assert_str_eq(closed_before, closed_after);
    free(mixed_before);
    free(closed_before);
    free(mixed_after);
    free(closed_after);
}
END_TEST

/* Time and key of every operation. */
static char *keys_asked(void)
{
    struct cs_text text = { 0 };
    for (size_t i = 0; i < history_count(s.history); i++) {
        const struct operation *op = history_at(s.history, i);
        struct cs_bytes key = history_bytes(s.history, op->key);
        cs_text_add(&text, "%ju %.*s\n", (uintmax_t)op->intended_ns, (int)key.size,
                    (const char *)key.data);
    }
    char *copy = strdup(text_string(&text));
    text_done(&text);
    return copy;
}

START_TEST(other_weights_and_sizes_shift_no_key_and_no_arrival)
{
    struct workload_options options = mixed(), other = mixed();
    other.weights[CS_OP_GET] = 0;
    other.weights[CS_OP_DELETE] = 33;
    other.value_size = distribution_constant(17);
    char *all = run_a_second(1, &options, 1), *keys = keys_asked();
    again();
    char *other_all = run_a_second(1, &other, 1), *other_keys = keys_asked();
    ck_assert_uint_gt(strlen(keys), 10000);
    ck_assert_str_eq(keys, other_keys);
    ck_assert_str_ne(all, other_all);
    free(all);
    free(keys);
    free(other_all);
    free(other_keys);
}
END_TEST

START_TEST(more_clients_change_only_who_asks)
{
    struct workload_options options = mixed(), other = mixed();
    other.client_count = 3;
    options.weights[CS_OP_CAS] = other.weights[CS_OP_CAS] = 0;
    char *few = run_a_second(1, &options, 1);
    again();
    char *many = run_a_second(1, &other, 1);
    ck_assert_str_ne(few, many);
    size_t length = strlen(few);
    ck_assert_uint_eq(length, strlen(many));
    for (size_t i = 0; i < length; i++)
        ck_assert(few[i] == many[i] || (few[i - 1] == ' ' && many[i] >= 'a' && many[i] <= 'c'));
    free(few);
    free(many);
}
END_TEST

START_TEST(workloads_and_closed_clients_draw_on_their_own)
{
    struct workload_options options[] = { mixed(), mixed(), closed_workload(2) };
    options[1].name = "twin";
    options[2].name = "closed";
    options[2].think = distribution_constant(10000000);
    options[2].key_count = 1000;
    options[2].timeout_ns = 1;
    options[0].poisson = options[1].poisson = false;
    free(run_a_second(1, options, 3));
    char *one = asked_by(0), *twin = asked_by(1);
    ck_assert_str_ne(one, twin);
    unsigned pairs = 0, same = 0;
    struct history_bytes last = { 0, 0 };
    for (size_t i = 0; i < history_count(s.history); i++) {
        const struct operation *op = history_at(s.history, i);
        if (op->workload != 2)
            continue;
        struct cs_bytes key = history_bytes(s.history, op->key);
        struct cs_bytes before = history_bytes(s.history, last);
        if (op->client == 1) {
            pairs++;
            same += key.size == before.size && memcmp(key.data, before.data, key.size) == 0;
        }
        last = op->key;
    }
    ck_assert_uint_ge(pairs, 99);
    ck_assert_uint_lt(same, 5);
    free(one);
    free(twin);
}
END_TEST

/* The observed frequency of something of probability p, in n, is within 5 standard errors. */
static void assert_frequency(uint64_t observed, double p, double n)
{
    double off = (double)observed - p * n;
    ck_assert_double_le(off * off, 25 * n * p * (1 - p));
}

START_TEST(kinds_and_keys_come_as_often_as_they_should)
{
    struct workload_options options = mixed();
    options.rate_milli_per_s = 50000000;
    options.poisson = false;
    free(run_a_second(3, &options, 1));
    uint64_t kinds[CS_OP_COUNT] = { 0 }, keys[3] = { 0 };
    size_t count = history_count(s.history);
    for (size_t i = 0; i < count; i++) {
        const struct operation *op = history_at(s.history, i);
        struct cs_bytes key = history_bytes(s.history, op->key);
        const char *name = key.data;
        kinds[op->kind]++;
        if (key.size == 2 && name[1] < '3')
            keys[name[1] - '0']++;
    }
    ck_assert_uint_eq(count, 50001);
    assert_frequency(kinds[CS_OP_GET], 0.70, (double)count);
    assert_frequency(kinds[CS_OP_PUT], 0.25, (double)count);
    assert_frequency(kinds[CS_OP_CAS], 0.05, (double)count);
    /* sum of n^-0.99, n = 1..100, is 5.2978; 2^-0.99 = 0.50348, 3^-0.99 = 0.33702 */
    assert_frequency(keys[0], 1 / 5.2978, (double)count);
    assert_frequency(keys[1], 0.50348 / 5.2978, (double)count);
    assert_frequency(keys[2], 0.33702 / 5.2978, (double)count);
}
END_TEST

START_TEST(sizes_have_nothing_to_do_with_keys)
{
    struct workload_options options = open_workload(1, 50000);
    options.weights[CS_OP_GET] = 0;
    options.weights[CS_OP_PUT] = 1;
    options.key_count = 10;
    options.value_size = distribution_uniform(10, 19);
    free(run_a_second(3, &options, 1));
    uint64_t equal = 0;
    for (size_t i = 0; i < history_count(s.history); i++) {
        const struct operation *op = history_at(s.history, i);
        struct cs_bytes key = history_bytes(s.history, op->key);
        equal += (uint32_t)(((const char *)key.data)[1] - '0') + 10 == op->value.size;
    }
    assert_frequency(equal, 0.1, 50001);
}
END_TEST

START_TEST(uniform_keys_come_equally_often)
{
    struct workload_options options = open_workload(1, 50000);
    options.key_count = 10;
    free(run_a_second(3, &options, 1));
    uint64_t keys[10] = { 0 };
    for (size_t i = 0; i < history_count(s.history); i++) {
        struct cs_bytes key = history_bytes(s.history, history_at(s.history, i)->key);
        ck_assert_uint_eq(key.size, 2);
        keys[((const char *)key.data)[1] - '0']++;
    }
    for (int i = 0; i < 10; i++)
        assert_frequency(keys[i], 0.1, 50001);
}
END_TEST

int main(void)
{
    TCase *asked = tcase_create("asked");
    tcase_add_checked_fixture(asked, set_up, tear_down);
    tcase_add_test(asked, the_same_seed_asks_the_same);
    tcase_add_test(asked, another_workload_shifts_no_draw);
    tcase_add_test(asked, what_is_added_behind_shifts_no_session_and_no_value);
    tcase_add_test(asked, other_weights_and_sizes_shift_no_key_and_no_arrival);
    tcase_add_test(asked, more_clients_change_only_who_asks);
    tcase_add_test(asked, workloads_and_closed_clients_draw_on_their_own);
    tcase_add_test(asked, sizes_have_nothing_to_do_with_keys);
    tcase_add_test(asked, kinds_and_keys_come_as_often_as_they_should);
    tcase_add_test(asked, uniform_keys_come_equally_often);
    Suite *suite = suite_create("asked");
    suite_add_tcase(suite, asked);
    return suite_run(suite);
}
