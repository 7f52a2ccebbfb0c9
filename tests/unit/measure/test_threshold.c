/* Thresholds over a run that is written by hand.  Times are in milliseconds. */
#include "support/suite.h"
#include "written_run.h"

/* ---- Asking ---- */

#define ANY                                                                                        \
    .phase = FILTER_ANY, .op = FILTER_ANY, .group = FILTER_ANY, .region = FILTER_ANY,              \
    .node = FILTER_ANY

static const struct threshold_filter all = { ANY };

static bool ask_with(const struct metrics_options *options, enum metric metric,
                     enum aggregate aggregate, uint32_t percent,
                     const struct threshold_filter *filter, uint64_t *ret_value)
{
    struct history *history = written_history();
    struct sample_table table = written_samples();
    const struct threshold threshold = { .metric = metric,
                                         .counter = "retries",
                                         .filter = *filter,
                                         .aggregate = aggregate,
                                         .percentile = percent * 10000 };
    const struct threshold_subject subject = { .cluster = &cluster,
                                               .history = history,
                                               .samples = &table,
                                               .times = options,
                                               .fault_of_span = fault_of_span };
    bool any = threshold_value(&threshold, &subject, ret_value);
    history_free(history);
    return any;
}

static uint64_t ask(enum metric metric, enum aggregate aggregate, uint32_t percent,
                    const struct threshold_filter *filter)
{
    uint64_t value = 0;
    ck_assert(ask_with(&times, metric, aggregate, percent, filter, &value));
    return value;
}

static bool has_samples(enum metric metric, const struct threshold_filter *filter)
{
    uint64_t value = 0;
    return ask_with(&times, metric, AGGREGATE_VALUE, 0, filter, &value);
}

#define FILTER(...) (&(const struct threshold_filter){ __VA_ARGS__ })
static const bool fault_0[] = { true, false }, fault_1[] = { false, true };

/* ---- Operations ---- */

START_TEST(latencies_are_those_of_operations_meant_to_start_in_the_measured_time)
{
    ck_assert_uint_eq(ask(METRIC_LATENCY, AGGREGATE_COUNT, 0, &all), 7);
    ck_assert_uint_eq(ask(METRIC_LATENCY, AGGREGATE_MIN, 0, &all), 10 * MS);
    ck_assert_uint_eq(ask(METRIC_LATENCY, AGGREGATE_MAX, 0, &all), 500 * MS);
    ck_assert_uint_eq(ask(METRIC_LATENCY, AGGREGATE_AVG, 0, &all), 137142857);
    ck_assert_uint_eq(ask(METRIC_LATENCY, AGGREGATE_RATE, 0, &all), 1750);
    ck_assert_uint_eq(ask(METRIC_LATENCY, AGGREGATE_PERCENTILE, 100, &all), 500 * MS);
    ck_assert_uint_eq(ask(METRIC_LATENCY, AGGREGATE_VALUE, 0, &all), 500 * MS);
    uint64_t median = ask(METRIC_LATENCY, AGGREGATE_PERCENTILE, 50, &all);
    ck_assert_uint_ge(median, 40 * MS);
    ck_assert_uint_le(median, 40 * MS + 40 * MS / 128);
}
END_TEST

START_TEST(an_operation_belongs_to_the_phase_of_its_intended_start)
{
    static const struct {
        enum phase phase;
        uint64_t count, max_ms;
    } phases[] = { { PHASE_WARMUP, 1, 10 },
                   { PHASE_STEADY, 4, 200 },
                   { PHASE_FAULTS, 2, 500 },
                   { PHASE_HEAL, 1, 40 },
                   { PHASE_SETTLE, 1, 5 } };
    for (size_t i = 0; i < 5; i++) {
        struct threshold_filter filter = all;
        filter.phase = phases[i].phase;
        ck_assert_uint_eq(ask(METRIC_LATENCY, AGGREGATE_COUNT, 0, &filter), phases[i].count);
        ck_assert_uint_eq(ask(METRIC_LATENCY, AGGREGATE_MAX, 0, &filter), phases[i].max_ms * MS);
    }
}
END_TEST

START_TEST(an_operation_belongs_to_every_fault_that_its_life_overlaps)
{
    const struct threshold_filter *first = FILTER(ANY, .of_fault = fault_0);
    ck_assert_uint_eq(ask(METRIC_LATENCY, AGGREGATE_COUNT, 0, first), 2);
    ck_assert_uint_eq(ask(METRIC_LATENCY, AGGREGATE_MIN, 0, first), 200 * MS);
    ck_assert_uint_eq(ask(METRIC_ERRORS, AGGREGATE_COUNT, 0, first), 2);
    ck_assert_uint_eq(ask(METRIC_LATENCY, AGGREGATE_MAX, 0, FILTER(ANY, .of_fault = fault_1)),
                      160 * MS);
}
END_TEST

START_TEST(operations_are_told_by_kind_group_region_and_node)
{
    struct threshold_filter by_op = all, by_group = all, by_region = all, by_node = all;
    by_op.op = CS_OP_PUT;
    by_group.group = 1;
    by_group.group_count = 1;
    by_region.region = US;
    by_node.node = EU_CLIENT;
    ck_assert_uint_eq(ask(METRIC_LATENCY, AGGREGATE_COUNT, 0, &by_op), 2);
    ck_assert_uint_eq(ask(METRIC_LATENCY, AGGREGATE_MIN, 0, &by_op), 20 * MS);
    ck_assert_uint_eq(ask(METRIC_LATENCY, AGGREGATE_COUNT, 0, &by_group), 2);
    ck_assert_uint_eq(ask(METRIC_LATENCY, AGGREGATE_MAX, 0, &by_group), 160 * MS);
    ck_assert_uint_eq(ask(METRIC_LATENCY, AGGREGATE_COUNT, 0, &by_region), 2);
    ck_assert_uint_eq(ask(METRIC_LATENCY, AGGREGATE_MAX, 0, &by_region), 200 * MS);
    ck_assert_uint_eq(ask(METRIC_LATENCY, AGGREGATE_COUNT, 0, &by_node), 5);
    by_group.group = 0;
    by_group.group_count = 2;
    ck_assert_uint_eq(ask(METRIC_LATENCY, AGGREGATE_COUNT, 0, &by_group), 7);
}
END_TEST

/* One of each filter: the faults or another phase, a fault, a kind, a group, a region, a node. */
static struct threshold_filter filter_by(unsigned by, uint32_t value)
{
    struct threshold_filter filter = all;
    switch (by) {
    case FILTER_PHASE:
        filter.phase = value;
        break;
    case FILTER_FAULT:
        filter.of_fault = value == 0 ? fault_0 : fault_1;
        break;
    case FILTER_OP:
        filter.op = value;
        break;
    case FILTER_GROUP:
        filter.group = value;
        filter.group_count = 1;
        break;
    case FILTER_REGION:
        filter.region = value;
        break;
    default:
        ck_assert_uint_eq(by, FILTER_NODE);
        filter.node = value;
    }
    return filter;
}

#define NEVER UINT64_MAX

/* By metric: its aggregate and the number without a filter; then one for each filter, by hand from
 * what is written above. */
static const struct {
    enum metric metric;
    enum aggregate aggregate;
    uint64_t whole;
    struct {
        unsigned by;
        uint32_t of;
        uint64_t value;
    } parts[FILTERS];
} filtered[] = {
    { METRIC_LATENCY,
      AGGREGATE_COUNT,
      7,
      { { FILTER_PHASE, PHASE_FAULTS, 2 }, /* of 2200 and 4100 */
        { FILTER_FAULT, 0, 2 },            /* 1900 and 2200 */
        { FILTER_OP, CS_OP_PUT, 2 },
        { FILTER_GROUP, 1, 2 },
        { FILTER_REGION, US, 2 },
        { FILTER_NODE, EU_CLIENT, 5 } } },
    { METRIC_THROUGHPUT,
      AGGREGATE_COUNT,
      6,
      { { FILTER_PHASE, PHASE_FAULTS, 2 }, /* at 2100 and 4260 */
        { FILTER_FAULT, 0, 1 },
        { FILTER_OP, CS_OP_PUT, 2 },
        { FILTER_GROUP, 1, 2 },
        { FILTER_REGION, US, 2 },
        { FILTER_NODE, EU_CLIENT, 4 } } },
    { METRIC_ERRORS,
      AGGREGATE_RATE,
      250000000,                                   /* 2 of 8 */
      { { FILTER_PHASE, PHASE_FAULTS, 666666666 }, /* 2200 and 2500, not 4100 */
        { FILTER_FAULT, 0, 666666666 },            /* the same, not 1900 */
        { FILTER_OP, CS_OP_PUT, 333333333 },
        { FILTER_GROUP, 1, 333333333 },
        { FILTER_REGION, US, 333333333 },
        { FILTER_NODE, EU_CLIENT, 200000000 } } },
    { METRIC_UNAVAILABLE,
      AGGREGATE_MAX,
      540 * MS,
      { { FILTER_PHASE, PHASE_FAULTS, 500 * MS },
        { FILTER_FAULT, 1, 160 * MS },
        { FILTER_OP, CS_OP_PUT, 200 * MS },
        { FILTER_GROUP, 1, 161 * MS }, /* 1 ms that failed, then 160 */
        { FILTER_REGION, US, 200 * MS },
        { FILTER_NODE, US_CLIENT, 200 * MS } } },
    { METRIC_RECOVERY,
      AGGREGATE_MAX,
      200 * MS,
      { { FILTER_FAULT, 0, 100 * MS },
        { FILTER_OP, CS_OP_GET, 1500 * MS }, /* from 2000 to the window of 3540 */
        { FILTER_GROUP, 1, 2200 * MS },      /* to that of 4260 */
        { FILTER_REGION, US, NEVER },        /* nothing after 4000 */
        { FILTER_NODE, EU_CLIENT, 1500 * MS } } },
    { METRIC_ELECTIONS,
      AGGREGATE_COUNT,
      2,
      { { FILTER_PHASE, PHASE_STEADY, 1 },
        { FILTER_FAULT, 1, 0 },
        { FILTER_GROUP, 1, 1 },
        { FILTER_REGION, EU, 1 },
        { FILTER_NODE, B, 1 } } },
    { METRIC_MESSAGES,
      AGGREGATE_COUNT,
      144,
      { { FILTER_PHASE, PHASE_STEADY, 21 },
        { FILTER_FAULT, 0, 31 },
        { FILTER_GROUP, 1, 4 },
        { FILTER_REGION, EU, 140 },
        { FILTER_NODE, B, 4 } } },
    { METRIC_BYTES,
      AGGREGATE_COUNT,
      14400,
      { { FILTER_PHASE, PHASE_STEADY, 2100 },
        { FILTER_FAULT, 0, 3100 },
        { FILTER_GROUP, 1, 400 },
        { FILTER_REGION, EU, 14000 },
        { FILTER_NODE, B, 400 } } },
    { METRIC_FLUSHES,
      AGGREGATE_COUNT,
      8,
      { { FILTER_PHASE, PHASE_STEADY, 2 },
        { FILTER_FAULT, 0, 2 },
        { FILTER_GROUP, 1, 0 },
        { FILTER_REGION, US, 0 },
        { FILTER_NODE, B, 0 } } },
};

START_TEST(every_filter_of_every_metric_leaves_something_out)
{
    ck_assert_uint_eq(sizeof filtered / sizeof *filtered, METRIC_COUNTER);
    for (size_t m = 0; m < METRIC_COUNTER; m++) {
        enum metric metric = filtered[m].metric;
        enum aggregate aggregate = filtered[m].aggregate;
        ck_assert_uint_eq(metric, m);
        ck_assert_uint_eq(ask(metric, aggregate, 0, &all), filtered[m].whole);
        for (unsigned f = 0, p = 0; f < FILTERS; f++) {
            if (!metric_has_filter(metric, f))
                continue;
            uint64_t value = filtered[m].parts[p].value;
            ck_assert_uint_eq(filtered[m].parts[p].by, f);
            struct threshold_filter filter = filter_by(f, filtered[m].parts[p++].of);
            ck_assert_uint_ne(value, filtered[m].whole);
            uint64_t asked = ask(metric, aggregate, 0, &filter);
            ck_assert_msg(asked == value, "%s by %s: %llu", metric_name(metric), filter_name(f),
                          (unsigned long long)asked);
        }
    }
}
END_TEST

START_TEST(errors_are_the_failed_and_the_unknown_of_all)
{
    struct threshold_filter steady = all;
    steady.phase = PHASE_STEADY;
    ck_assert_uint_eq(ask(METRIC_ERRORS, AGGREGATE_COUNT, 0, &all), 2);
    ck_assert_uint_eq(ask(METRIC_ERRORS, AGGREGATE_RATE, 0, &all), 250000000);
    ck_assert_uint_eq(ask(METRIC_ERRORS, AGGREGATE_VALUE, 0, &all), 250000000);
    ck_assert_uint_eq(ask(METRIC_ERRORS, AGGREGATE_RATE, 0, &steady), 0);
}
END_TEST

START_TEST(throughput_counts_answers_when_they_come)
{
    struct threshold_filter heal = all;
    heal.phase = PHASE_HEAL; /* [3 s, 4 s) and [4.5 s, 5 s) */
    ck_assert_uint_eq(ask(METRIC_THROUGHPUT, AGGREGATE_COUNT, 0, &all), 6);
    ck_assert_uint_eq(ask(METRIC_THROUGHPUT, AGGREGATE_AVG, 0, &all), 1500);
    ck_assert_uint_eq(ask(METRIC_THROUGHPUT, AGGREGATE_VALUE, 0, &all), 1500);
    ck_assert_uint_eq(ask(METRIC_THROUGHPUT, AGGREGATE_MIN, 0, &all), 1000);
    ck_assert_uint_eq(ask(METRIC_THROUGHPUT, AGGREGATE_MAX, 0, &all), 3000);
    ck_assert_uint_eq(ask(METRIC_THROUGHPUT, AGGREGATE_PERCENTILE, 75, &all), 1000);
    ck_assert_uint_eq(ask(METRIC_THROUGHPUT, AGGREGATE_RATE, 0, &heal), 666);
    ck_assert_uint_eq(ask(METRIC_THROUGHPUT, AGGREGATE_COUNT, 0, FILTER(ANY, .of_fault = fault_0)),
                      1);
}
END_TEST

START_TEST(unavailable_is_the_longest_gap_with_something_pending)
{
    ck_assert_uint_eq(ask(METRIC_UNAVAILABLE, AGGREGATE_MAX, 0, &all), 540 * MS);
    ck_assert_uint_eq(ask(METRIC_UNAVAILABLE, AGGREGATE_MAX, 0, FILTER(ANY, .of_fault = fault_0)),
                      500 * MS);
    struct threshold_filter put = all;
    put.op = CS_OP_PUT;
    ck_assert_uint_eq(ask(METRIC_UNAVAILABLE, AGGREGATE_VALUE, 0, &put), 200 * MS);
}
END_TEST

START_TEST(recovery_ends_where_a_window_reaches_ninety_percent)
{
    ck_assert_uint_eq(ask(METRIC_RECOVERY, AGGREGATE_COUNT, 0, &all), 2);
    ck_assert_uint_eq(ask(METRIC_RECOVERY, AGGREGATE_MIN, 0, &all), 100 * MS);
    ck_assert_uint_eq(ask(METRIC_RECOVERY, AGGREGATE_AVG, 0, &all), 150 * MS);
    ck_assert_uint_eq(ask(METRIC_RECOVERY, AGGREGATE_PERCENTILE, 50, &all), 100 * MS);
    ck_assert_uint_eq(ask(METRIC_RECOVERY, AGGREGATE_PERCENTILE, 51, &all), 200 * MS);
    ck_assert_uint_eq(ask(METRIC_RECOVERY, AGGREGATE_VALUE, 0, FILTER(ANY, .of_fault = fault_0)),
                      100 * MS);
}
END_TEST

START_TEST(what_never_recovers_is_later_than_any_limit)
{
    static const struct fault_span late[] = { { 5200 * MS, 5300 * MS } };
    struct metrics_options options = times;
    options.faults = late;
    options.fault_count = 1;
    uint64_t value = 0;
    ck_assert(ask_with(&options, METRIC_RECOVERY, AGGREGATE_MAX, 0, &all, &value));
    ck_assert_uint_eq(value, UINT64_MAX);
    ck_assert(ask_with(&options, METRIC_RECOVERY, AGGREGATE_AVG, 0, &all, &value));
    ck_assert_uint_eq(value, UINT64_MAX);
}
END_TEST

/* ---- Instances ---- */

START_TEST(messages_bytes_and_flushes_are_summed_over_whole_windows)
{
    struct threshold_filter node = all, group = all, steady = all;
    node.node = A;
    group.group = 1;
    group.group_count = 1;
    steady.phase = PHASE_STEADY;
    ck_assert_uint_eq(ask(METRIC_MESSAGES, AGGREGATE_COUNT, 0, &all), 144);
    ck_assert_uint_eq(ask(METRIC_MESSAGES, AGGREGATE_AVG, 0, &all), 36000);
    ck_assert_uint_eq(ask(METRIC_MESSAGES, AGGREGATE_MIN, 0, &all), 21000);
    ck_assert_uint_eq(ask(METRIC_MESSAGES, AGGREGATE_MAX, 0, &all), 51000);
    ck_assert_uint_eq(ask(METRIC_MESSAGES, AGGREGATE_PERCENTILE, 50, &all), 31000);
    ck_assert_uint_eq(ask(METRIC_MESSAGES, AGGREGATE_VALUE, 0, &node), 140);
    ck_assert_uint_eq(ask(METRIC_MESSAGES, AGGREGATE_VALUE, 0, &group), 4);
    ck_assert_uint_eq(ask(METRIC_MESSAGES, AGGREGATE_VALUE, 0, &steady), 21);
    ck_assert_uint_eq(ask(METRIC_BYTES, AGGREGATE_COUNT, 0, &all), 14400);
    ck_assert_uint_eq(ask(METRIC_BYTES, AGGREGATE_RATE, 0, &all), 28800);
    ck_assert_uint_eq(ask(METRIC_FLUSHES, AGGREGATE_RATE, 0, &all), 2000);
    ck_assert_uint_eq(ask(METRIC_FLUSHES, AGGREGATE_COUNT, 0, FILTER(ANY, .of_fault = fault_0)), 2);
}
END_TEST

START_TEST(an_election_is_an_instance_that_becomes_leader)
{
    struct threshold_filter node = all, faults = all, region = all;
    node.node = A;
    faults.phase = PHASE_FAULTS;
    region.region = US;
    ck_assert_uint_eq(ask(METRIC_ELECTIONS, AGGREGATE_COUNT, 0, &all), 2);
    ck_assert_uint_eq(ask(METRIC_ELECTIONS, AGGREGATE_RATE, 0, &all), 500);
    ck_assert_uint_eq(ask(METRIC_ELECTIONS, AGGREGATE_VALUE, 0, &node), 1);
    ck_assert_uint_eq(ask(METRIC_ELECTIONS, AGGREGATE_COUNT, 0, &faults), 1);
    ck_assert_uint_eq(ask(METRIC_ELECTIONS, AGGREGATE_COUNT, 0, &region), 1);
}
END_TEST

START_TEST(what_programs_count_is_a_metric)
{
    ck_assert_uint_eq(ask(METRIC_COUNTER, AGGREGATE_VALUE, 0, &all), 12);
    ck_assert_uint_eq(ask(METRIC_COUNTER, AGGREGATE_RATE, 0, &all), 2000);
}
END_TEST

START_TEST(without_samples_there_is_no_number)
{
    static const bool no_fault[] = { false, false };
    const struct threshold_filter *never = FILTER(ANY, .of_fault = no_fault);
    struct threshold_filter append = all;
    append.op = CS_OP_APPEND;
    ck_assert(!has_samples(METRIC_LATENCY, never));
    ck_assert(!has_samples(METRIC_ERRORS, &append));
    ck_assert(!has_samples(METRIC_THROUGHPUT, never));
    ck_assert(!has_samples(METRIC_UNAVAILABLE, &append));
    ck_assert(!has_samples(METRIC_RECOVERY, never));
    ck_assert(!has_samples(METRIC_ELECTIONS, never));
    ck_assert(!has_samples(METRIC_MESSAGES, FILTER(ANY, .of_fault = fault_1)));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("threshold");
    TCase *tests = tcase_create("threshold");
    tcase_add_test(tests, latencies_are_those_of_operations_meant_to_start_in_the_measured_time);
    tcase_add_test(tests, an_operation_belongs_to_the_phase_of_its_intended_start);
    tcase_add_test(tests, an_operation_belongs_to_every_fault_that_its_life_overlaps);
    tcase_add_test(tests, operations_are_told_by_kind_group_region_and_node);
    tcase_add_test(tests, every_filter_of_every_metric_leaves_something_out);
    tcase_add_test(tests, errors_are_the_failed_and_the_unknown_of_all);
    tcase_add_test(tests, throughput_counts_answers_when_they_come);
    tcase_add_test(tests, unavailable_is_the_longest_gap_with_something_pending);
    tcase_add_test(tests, recovery_ends_where_a_window_reaches_ninety_percent);
    tcase_add_test(tests, what_never_recovers_is_later_than_any_limit);
    tcase_add_test(tests, messages_bytes_and_flushes_are_summed_over_whole_windows);
    tcase_add_test(tests, an_election_is_an_instance_that_becomes_leader);
    tcase_add_test(tests, what_programs_count_is_a_metric);
    tcase_add_test(tests, without_samples_there_is_no_number);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
