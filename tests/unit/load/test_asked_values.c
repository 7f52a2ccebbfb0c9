/* Values that are asked for, what a compare-and-set expects, and the tables that this rests on. */
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

static char *copy_of_what_was_asked(void) { return strdup(servants_asked(&s, &told)); }

static char *run_a_second(uint64_t seed, const struct workload_options *options, uint32_t count)
{
    servants_begin(&s, seed, options, count);
    servants_run_to_ms(&s, 1000);
    return copy_of_what_was_asked();
}

/* The observed frequency of something of probability p, in n, is within 5 standard errors. */
static void assert_frequency(uint64_t observed, double p, double n)
{
    double off = (double)observed - p * n;
    ck_assert_double_le(off * off, 25 * n * p * (1 - p));
}

/* ---- Values ---------------------------------------------------------------------------------- */

static struct workload_options only(enum cs_op_kind kind)
{
    struct workload_options options = open_workload(1, 1);
    options.weights[CS_OP_GET] = 0;
    options.weights[kind] = 1;
    return options;
}

START_TEST(values_are_unique_and_padded_to_their_size)
{
    struct workload_options both[] = { only(CS_OP_PUT), only(CS_OP_PUT) };
    both[0].value_size = distribution_constant(5);
    both[1].name = "other";
    both[1].start_ns = 500000000;
    both[1].value_size = distribution_constant(1);
    servants_begin(&s, 1, both, 2);
    servants_run_to_ms(&s, 1500);
    ck_assert_str_eq(servants_asked(&s, &told), "0s a put k0 v1...\n500ms a put k0 v1.0.1\n"
                                                "1s a put k0 v2...\n1.5s a put k0 v1.0.2\n");
}
END_TEST

static size_t size_asked;

static void note_size(struct cs_context *cx, cs_request request, const struct cs_op *op)
{
    (void)cx;
    (void)request;
    const char *value = op->value.data;
    size_asked = op->value.size;
    ck_assert_mem_eq(value, "v1.", 3);
    ck_assert_int_eq(value[op->value.size - 1], '.');
}

START_TEST(a_value_is_as_long_as_it_should_be)
{
    struct workload_options options = only(CS_OP_PUT);
    options.rate_milli_per_s = 9000000;
    options.value_size = distribution_uniform(6, 64);
    free(run_a_second(1, &options, 1));
    unsigned lengths[65] = { 0 };
    for (size_t i = 0; i < history_count(s.history); i++) {
        uint32_t size = history_at(s.history, i)->value.size;
        ck_assert_uint_ge(size, 6);
        ck_assert_uint_le(size, 64);
        lengths[size]++;
    }
    for (int length = 6; length <= 64; length++)
        assert_frequency(lengths[length], 1.0 / 59, 9001);
}
END_TEST

START_TEST(a_value_may_be_long)
{
    struct workload_options options = only(CS_OP_PUT);
    options.value_size = distribution_constant(30001);
    servant_act = note_size;
    servants_begin(&s, 1, &options, 1);
    servants_run_to_ms(&s, 1);
    ck_assert_uint_eq(size_asked, 30001);
}
END_TEST

START_TEST(a_value_that_no_datagram_holds_is_cut)
{
    struct workload_options options = only(CS_OP_PUT);
    options.value_size = distribution_constant(UINT64_C(1) << 40);
    servant_act = note_size;
    servants_begin(&s, 1, &options, 1);
    servants_run_to_ms(&s, 1);
    ck_assert_uint_eq(size_asked, 32768);
}
END_TEST

START_TEST(elements_end_with_a_comma)
{
    struct workload_options options = only(CS_OP_APPEND);
    servants_begin(&s, 1, &options, 1);
    servants_run_to_ms(&s, 1000);
    ck_assert_str_eq(servants_asked(&s, &told), "0s a append k0 1,\n1s a append k0 2,\n");
}
END_TEST

START_TEST(deletes_and_work_carry_no_value)
{
    struct workload_options both[] = { only(CS_OP_DELETE), only(CS_OP_WORK) };
    both[1].name = "work";
    both[0].value_size = both[1].value_size = distribution_constant(7);
    servants_begin(&s, 1, both, 2);
    servants_run_to_ms(&s, 1);
    ck_assert_str_eq(servants_asked(&s, &told), "0s a delete k0\n0s a work\n");
    ck_assert_uint_eq(history_at(s.history, 1)->number, 7);
}
END_TEST

/* ---- Compare and set ------------------------------------------------------------------------- */

/* What every operation is answered. */
static struct cs_result answer;

static void as_told(struct cs_context *cx, cs_request request, const struct cs_op *op)
{
    (void)op;
    cs_reply(cx, request, &answer);
}

static struct cs_bytes bytes_of(const char *text) { return cs_bytes_of(text, strlen(text)); }

/* The compare-and-set that a client asks after one operation of `kind` was answered by `result`:
 * with a seed that draws the two in this order. */
static const char *cas_after(enum cs_op_kind kind, struct cs_result result)
{
    struct workload_options options = only(kind);
    options.weights[CS_OP_CAS] = 1;
    for (uint64_t seed = 1;; seed++) {
        again();
        answer = result;
        servant_act = as_told;
        servants_begin(&s, seed, &options, 1);
        servants_run_to_ms(&s, 1000);
        ck_assert_uint_eq(history_count(s.history), 2);
        if (history_at(s.history, 0)->kind == kind && history_at(s.history, 1)->kind == CS_OP_CAS)
            break;
    }
    told = 1;
    return servants_asked(&s, &told);
}

START_TEST(a_compare_and_set_expects_what_its_client_last_saw)
{
    servants_begin(&s, 1, NULL, 0);
    struct cs_result ok = { .status = CS_OK };
    struct cs_result found = { .status = CS_OK, .present = true, .value = bytes_of("x17") };
    struct cs_result done = { .status = CS_OK, .applied = true };
    ck_assert_str_eq(cas_after(CS_OP_GET, found), "1s a cas k0 if x17 v1\n");
    ck_assert_str_eq(cas_after(CS_OP_PUT, ok), "1s a cas k0 if v1 v2\n");
    ck_assert_str_eq(cas_after(CS_OP_CAS, done), "1s a cas k0 if v1 v2\n");
}
END_TEST

START_TEST(a_compare_and_set_expects_nothing_where_its_client_knows_nothing)
{
    servants_begin(&s, 1, NULL, 0);
    struct cs_result ok = { .status = CS_OK };
    struct cs_result unknown = { .status = CS_UNKNOWN };
    ck_assert_str_eq(cas_after(CS_OP_GET, ok), "1s a cas k0 v1\n");
    ck_assert_str_eq(cas_after(CS_OP_CAS, ok), "1s a cas k0 v2\n");
    ck_assert_str_eq(cas_after(CS_OP_DELETE, ok), "1s a cas k0 v1\n");
    ck_assert_str_eq(cas_after(CS_OP_APPEND, ok), "1s a cas k0 v2\n");
    ck_assert_str_eq(cas_after(CS_OP_PUT, unknown), "1s a cas k0 v2\n");
}
END_TEST

START_TEST(what_one_client_saw_is_not_known_to_another)
{
    struct workload_options options = open_workload(2, 1);
    options.weights[CS_OP_GET] = 0;
    options.weights[CS_OP_CAS] = 1;
    answer = (struct cs_result){ .status = CS_OK, .applied = true };
    servant_act = as_told;
    servants_begin(&s, 1, &options, 1);
    servants_run_to_ms(&s, 3000);
    ck_assert_str_eq(servants_asked(&s, &told), "0s a cas k0 v1\n1s b cas k0 v2\n"
                                                "2s a cas k0 if v1 v3\n3s b cas k0 if v2 v4\n");
}
END_TEST

/* ---- Tables ---------------------------------------------------------------------------------- */

START_TEST(a_key_that_shares_a_place_takes_it_over)
{
    servants_begin(&s, 1, NULL, 0);
    struct seen *seen = seen_new(100000);
    seen_set(seen, 5, bytes_of("five"));
    seen_set(seen, 1023, bytes_of("last"));
    ck_assert_uint_eq(seen_get(seen, 5).size, 4);
    ck_assert_uint_eq(seen_get(seen, 5 + SEEN_MAX).size, 0);
    seen_set(seen, 5 + SEEN_MAX, bytes_of("other"));
    ck_assert_uint_eq(seen_get(seen, 5).size, 0);
    ck_assert_mem_eq(seen_get(seen, 5 + SEEN_MAX).data, "other", 5);
    ck_assert_mem_eq(seen_get(seen, 1023).data, "last", 4);
    seen_forget(seen, 5);
    ck_assert_uint_eq(seen_get(seen, 5 + SEEN_MAX).size, 5);
    seen_free(seen);
}
END_TEST

START_TEST(the_table_of_requests_agrees_with_a_plain_array)
{
    enum { REQUESTS = 5000 };
    static uint32_t there[REQUESTS]; /* operation + 1 */
    servants_begin(&s, 1, NULL, 0);
    struct request_table table = { 0 };
    struct random_stream stream = random_stream_of(17);
    for (uint32_t step = 0; step < 200000; step++) {
        /* Waves: mostly adding, then mostly removing. */
        bool add = random_chance(&stream, PROBABILITY_ONE / 8 * (step / 10000 % 2 ? 6 : 2));
        uint32_t request = 1 + (uint32_t)random_below(&stream, REQUESTS - 1), operation;
        bool found = request_table_find(&table, request, &operation);
        ck_assert(found == (there[request] != 0));
        ck_assert(!found || operation == there[request] - 1);
        if (add && !found) {
            request_table_add(&table, request, step);
            there[request] = step + 1;
        } else if (!add && found) {
            request_table_remove(&table, request);
            there[request] = 0;
        }
    }
    request_table_done(&table);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("asked_values");
    TCase *tests = tcase_create("asked_values");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, a_value_is_as_long_as_it_should_be);
    tcase_add_test(tests, values_are_unique_and_padded_to_their_size);
    tcase_add_test(tests, a_value_may_be_long);
    tcase_add_test(tests, a_value_that_no_datagram_holds_is_cut);
    tcase_add_test(tests, elements_end_with_a_comma);
    tcase_add_test(tests, deletes_and_work_carry_no_value);
    tcase_add_test(tests, a_compare_and_set_expects_what_its_client_last_saw);
    tcase_add_test(tests, a_compare_and_set_expects_nothing_where_its_client_knows_nothing);
    tcase_add_test(tests, what_one_client_saw_is_not_known_to_another);
    tcase_add_test(tests, a_key_that_shares_a_place_takes_it_over);
    tcase_add_test(tests, the_table_of_requests_agrees_with_a_plain_array);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
