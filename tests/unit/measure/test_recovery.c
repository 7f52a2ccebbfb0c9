/* When a fault is recovered from, at the borders of what counts.  Times are in milliseconds. */
#include "measure/threshold.h"
#include "support/suite.h"

#define MS UINT64_C(1000000)

static struct history *history;

static void set_up(void) { history = history_new(); }
static void tear_down(void) { history_free(history); }

static void answer_at_ns(uint64_t ns)
{
    const struct cs_op op = { .kind = CS_OP_GET };
    const struct cs_result result = { .status = CS_OK };
    size_t index = history_begin(history, ns - 1, ns - 1, 0, 0, 0, &op);
    history_end(history, index, ns, &result);
}

/* So many answers, evenly spread over [from, to), the first at `from` itself. */
static void answers(uint64_t from_ms, uint64_t to_ms, uint64_t count)
{
    for (uint64_t i = 0; i < count; i++)
        answer_at_ns(from_ms * MS + i * (to_ms - from_ms) * MS / count);
}

/* For one fault at this time, in a run of 20 s; false if it cannot be told. */
static bool recovered(uint64_t at_ms, uint64_t *ret_ms)
{
    const struct fault_span span = { at_ms * MS, (at_ms + 1) * MS };
    const uint32_t fault_of_span[] = { 0 };
    const struct metrics_options times = { .window_ns = 1000 * MS,
                                           .duration_ns = 20000 * MS,
                                           .end_ns = 20000 * MS,
                                           .faults = &span,
                                           .fault_count = 1 };
    const struct sample_table samples = { .window_ns = 1000 * MS };
    const struct cluster_options cluster = { .instance_count = 1 };
    const struct threshold threshold = { .metric = METRIC_RECOVERY,
                                         .aggregate = AGGREGATE_MAX,
                                         .filter = { .phase = FILTER_ANY,
                                                     .op = FILTER_ANY,
                                                     .group = FILTER_ANY,
                                                     .region = FILTER_ANY,
                                                     .node = FILTER_ANY } };
    const struct threshold_subject subject = { .cluster = &cluster,
                                               .history = history,
                                               .samples = &samples,
                                               .times = &times,
                                               .fault_of_span = fault_of_span };
    uint64_t value_ns = 0;
    bool any = threshold_value(&threshold, &subject, &value_ns);
    *ret_ms = value_ns == UINT64_MAX ? UINT64_MAX : value_ns / MS;
    return any;
}

static uint64_t recovery_ms(uint64_t at_ms)
{
    uint64_t ms;
    ck_assert(recovered(at_ms, &ms));
    return ms;
}

/* Before the fault 100 a second answer, which is 10 in 100 ms: 9 are enough and 8 are not. */
START_TEST(ninety_percent_are_enough_and_less_is_not)
{
    answers(5000, 10000, 500);
    answers(10000, 10100, 8);
    answers(10100, 10200, 9);
    answers(10200, 10300, 10);
    ck_assert_uint_eq(recovery_ms(10000), 100);
}
END_TEST

START_TEST(eighty_nine_percent_are_not_enough)
{
    answers(5000, 10000, 5000);
    answers(10000, 10100, 89);
    answers(10100, 10200, 89);
    answers(10200, 10300, 90);
    ck_assert_uint_eq(recovery_ms(10000), 200);
}
END_TEST

/* All that counts came in the first of the five seconds; what came before makes no mean. */
START_TEST(the_mean_is_of_the_five_seconds_before)
{
    answers(1, 5000, 2000);
    answers(5000, 6000, 500);
    answers(10000, 10100, 8);
    answers(10100, 10200, 9);
    ck_assert_uint_eq(recovery_ms(10000), 100);
}
END_TEST

START_TEST(what_came_earlier_than_that_is_nothing_to_compare_with)
{
    uint64_t ms;
    answers(1, 5000, 2000);
    answers(10000, 20000, 500);
    ck_assert(!recovered(10000, &ms));
}
END_TEST

START_TEST(a_fault_in_the_first_five_seconds_has_the_mean_of_what_there_was)
{
    answers(1, 2000, 200);
    answers(2000, 2100, 8);
    answers(2100, 2200, 9);
    ck_assert_uint_eq(recovery_ms(2000), 100);
}
END_TEST

START_TEST(the_last_window_of_the_run_counts_if_it_is_whole)
{
    answers(5000, 10000, 500);
    answers(19900, 20000, 9);
    ck_assert_uint_eq(recovery_ms(10000), 9900);
    ck_assert_uint_eq(recovery_ms(10050), UINT64_MAX);
}
END_TEST

int main(void)
{
    TCase *tests = tcase_create("recovery");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, ninety_percent_are_enough_and_less_is_not);
    tcase_add_test(tests, eighty_nine_percent_are_not_enough);
    tcase_add_test(tests, the_mean_is_of_the_five_seconds_before);
    tcase_add_test(tests, what_came_earlier_than_that_is_nothing_to_compare_with);
    tcase_add_test(tests, a_fault_in_the_first_five_seconds_has_the_mean_of_what_there_was);
    tcase_add_test(tests, the_last_window_of_the_run_counts_if_it_is_whole);
    Suite *suite = suite_create("recovery");
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
