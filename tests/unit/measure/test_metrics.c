/* Metrics of histories written by hand.  Times are in milliseconds, windows of one second, measured
 * is [1 s, 5 s) of a run of 6 s, unless a test says otherwise. */
#include <signal.h>

#include "measure/metrics.h"
#include "support/suite.h"

#define MS UINT64_C(1000000)

static const struct metrics_options plain = {
    .window_ns = 1000 * MS,
    .warmup_ns = 1000 * MS,
    .duration_ns = 5000 * MS,
    .end_ns = 6000 * MS,
};

struct row {
    uint64_t intended_ms, started_ms, ended_ms;
    enum outcome outcome;
    uint16_t workload;
};

static void write_rows(struct history *history, const struct row *rows, size_t count)
{
    static const enum cs_status statuses[] = {
        [OUTCOME_OK] = CS_OK, [OUTCOME_FAILED] = CS_FAILED, [OUTCOME_UNKNOWN] = CS_UNKNOWN
    };
    const struct cs_op op = { .kind = CS_OP_GET };
    for (size_t i = 0; i < count; i++) {
        size_t index = history_begin(history, rows[i].intended_ms * MS, rows[i].started_ms * MS, 0,
                                     0, rows[i].workload, &op);
        const struct cs_result result = { .status = statuses[rows[i].outcome] };
        bool answered = rows[i].outcome == OUTCOME_OK || rows[i].outcome == OUTCOME_FAILED;
        if (rows[i].outcome != OUTCOME_OPEN)
            history_end(history, index, rows[i].ended_ms * MS, answered ? &result : NULL);
    }
}

static struct metrics *metrics_of(const struct row *rows, size_t count,
                                  const struct metrics_options *options)
{
    struct history *history = history_new();
    write_rows(history, rows, count);
    struct metrics *metrics = metrics_new(history, options);
    history_free(history);
    return metrics;
}

#define METRICS(options, ...)                                                                      \
    metrics_of((const struct row[]){ __VA_ARGS__ },                                                \
               sizeof((const struct row[]){ __VA_ARGS__ }) / sizeof(struct row), options)

START_TEST(latency_counts_from_the_intended_start)
{
    struct metrics *metrics = METRICS(&plain, { 1500, 1900, 2000, OUTCOME_OK, 0 });
    ck_assert_uint_eq(histogram_max(metrics->measured.latency), 500 * MS);
    metrics_free(metrics);
}
END_TEST

START_TEST(an_unknown_operation_has_the_latency_of_its_deadline)
{
    struct metrics *metrics = METRICS(&plain, { 1500, 1500, 3500, OUTCOME_UNKNOWN, 0 });
    ck_assert_uint_eq(histogram_count(metrics->measured.latency), 1);
    ck_assert_uint_eq(histogram_max(metrics->measured.latency), 2000 * MS);
    ck_assert_uint_eq(metrics->measured.counts.unknown, 1);
    metrics_free(metrics);
}
END_TEST

START_TEST(a_failed_operation_counts_but_has_no_latency)
{
    struct metrics *metrics = METRICS(&plain, { 1500, 1500, 1501, OUTCOME_FAILED, 0 });
    ck_assert_uint_eq(histogram_count(metrics->measured.latency), 0);
    ck_assert_uint_eq(metrics->measured.counts.failed, 1);
    ck_assert_uint_eq(metrics->windows[1].counts.failed, 1);
    metrics_free(metrics);
}
END_TEST

START_TEST(what_never_ended_is_unknown_and_has_no_latency)
{
    struct metrics *metrics = METRICS(&plain, { 1500, 1500, 0, OUTCOME_OPEN, 0 });
    ck_assert_uint_eq(metrics->measured.counts.unknown, 1);
    ck_assert_uint_eq(histogram_count(metrics->measured.latency), 0);
    ck_assert_uint_eq(metrics->unavailable_ns_max, 3500 * MS);
    metrics_free(metrics);
}
END_TEST

START_TEST(final_reads_do_not_count)
{
    struct metrics *metrics = METRICS(&plain, { 1500, 1500, 1600, OUTCOME_OK, HISTORY_FINAL_READ });
    ck_assert_uint_eq(metrics->measured.counts.ok, 0);
    ck_assert_uint_eq(metrics->windows[1].counts.ok, 0);
    ck_assert_uint_eq(metrics->answered, 0);
    ck_assert_uint_eq(metrics->unavailable_ns_max, 0);
    metrics_free(metrics);
}
END_TEST

START_TEST(warmup_and_settling_are_not_measured)
{
    struct metrics *metrics =
        METRICS(&plain, { 999, 999, 1001, OUTCOME_OK, 0 }, { 1000, 1000, 1002, OUTCOME_OK, 0 },
                { 4999, 4999, 5001, OUTCOME_OK, 0 }, { 5000, 5000, 5002, OUTCOME_OK, 0 });
    ck_assert_uint_eq(metrics->measured.counts.ok, 2);
    ck_assert_uint_eq(metrics->phases[PHASE_WARMUP].counts.ok, 1);
    ck_assert_uint_eq(metrics->phases[PHASE_STEADY].counts.ok, 2);
    ck_assert_uint_eq(metrics->phases[PHASE_SETTLE].counts.ok, 1);
    metrics_free(metrics);
}
END_TEST

/* One is answered in the measured interval though it began before, one the other way round. */
START_TEST(throughput_counts_answers_where_they_came)
{
    struct metrics *metrics =
        METRICS(&plain, { 999, 999, 1001, OUTCOME_OK, 0 }, { 2000, 2000, 2001, OUTCOME_OK, 0 },
                { 2000, 2000, 2001, OUTCOME_OK, 0 }, { 3000, 3000, 3001, OUTCOME_OK, 0 },
                { 4999, 4999, 5001, OUTCOME_OK, 0 });
    ck_assert_uint_eq(metrics->answered, 4);
    ck_assert_uint_eq(metrics->measured_ns, 4000 * MS);
    ck_assert_uint_eq(metrics->throughput_per_s, 1);
    metrics_free(metrics);
}
END_TEST

START_TEST(windows_count_ends_and_show_the_latency_of_what_began_in_them)
{
    struct metrics *metrics =
        METRICS(&plain, { 1500, 1500, 3200, OUTCOME_OK, 0 }, { 3000, 3000, 3100, OUTCOME_OK, 0 });
    ck_assert_uint_eq(metrics->window_count, 6);
    ck_assert_uint_eq(metrics->windows[1].counts.ok, 0);
    ck_assert_uint_eq(metrics->windows[1].latency_count, 1);
    ck_assert_uint_eq(metrics->windows[1].max_ns, 1700 * MS);
    ck_assert_uint_eq(metrics->windows[2].latency_count, 0);
    ck_assert_uint_eq(metrics->windows[3].counts.ok, 2);
    ck_assert_uint_eq(metrics->windows[3].p50_ns, 100 * MS);
    metrics_free(metrics);
}
END_TEST

START_TEST(the_last_window_may_be_short)
{
    struct metrics_options options = plain;
    options.end_ns = 5200 * MS;
    struct metrics *metrics = METRICS(&options, { 5100, 5100, 5150, OUTCOME_OK, 0 });
    ck_assert_uint_eq(metrics->window_count, 6);
    ck_assert_uint_eq(metrics->windows[5].counts.ok, 1);
    metrics_free(metrics);
}
END_TEST

START_TEST(unavailable_is_the_longest_time_between_answers)
{
    struct metrics *metrics =
        METRICS(&plain, { 1000, 1000, 1100, OUTCOME_OK, 0 }, { 1050, 1050, 1400, OUTCOME_OK, 0 },
                { 1300, 1300, 2600, OUTCOME_OK, 0 }, { 2500, 2500, 2700, OUTCOME_OK, 0 });
    ck_assert_uint_eq(metrics->unavailable_ns_max, 1200 * MS);
    ck_assert_uint_eq(metrics->unavailable_at_ns, 1400 * MS);
    metrics_free(metrics);
}
END_TEST

START_TEST(nobody_waiting_is_not_unavailable)
{
    struct metrics *metrics =
        METRICS(&plain, { 1000, 1000, 1010, OUTCOME_OK, 0 }, { 4000, 4000, 4030, OUTCOME_OK, 0 });
    ck_assert_uint_eq(metrics->unavailable_ns_max, 30 * MS);
    ck_assert_uint_eq(metrics->unavailable_at_ns, 4000 * MS);
    metrics_free(metrics);
}
END_TEST

/* A closed loop against a dead service: deadline, think, deadline.  Thinking is not waiting. */
START_TEST(deadlines_do_not_end_an_outage)
{
    struct metrics *metrics =
        METRICS(&plain, { 1000, 1000, 1500, OUTCOME_UNKNOWN, 0 },
                { 1700, 1700, 2200, OUTCOME_UNKNOWN, 0 }, { 2400, 2400, 2500, OUTCOME_OK, 0 });
    ck_assert_uint_eq(metrics->unavailable_ns_max, 1100 * MS);
    ck_assert_uint_eq(metrics->unavailable_at_ns, 1000 * MS);
    metrics_free(metrics);
}
END_TEST

START_TEST(an_outage_is_cut_at_the_measured_interval)
{
    struct metrics *metrics =
        METRICS(&plain, { 500, 500, 1200, OUTCOME_OK, 0 }, { 4500, 4500, 5900, OUTCOME_OK, 0 });
    ck_assert_uint_eq(metrics->unavailable_ns_max, 500 * MS);
    ck_assert_uint_eq(metrics->unavailable_at_ns, 4500 * MS);
    metrics_free(metrics);
}
END_TEST

START_TEST(waiting_counts_from_the_intended_start)
{
    struct metrics *metrics = METRICS(&plain, { 1000, 3000, 3100, OUTCOME_OK, 0 });
    ck_assert_uint_eq(metrics->unavailable_ns_max, 2100 * MS);
    metrics_free(metrics);
}
END_TEST

/* "steady (no fault active and none ended within 1 s)" */
START_TEST(phases_follow_the_faults)
{
    static const struct fault_span faults[] = { { 2000 * MS, 2500 * MS } };
    struct metrics_options options = plain;
    options.faults = faults;
    options.fault_count = 1;
    static const struct {
        uint64_t at_ms;
        enum phase phase;
    } rows[] = {
        { 0, PHASE_WARMUP },    { 999, PHASE_WARMUP },  { 1000, PHASE_STEADY },
        { 1999, PHASE_STEADY }, { 2000, PHASE_FAULTS }, { 2499, PHASE_FAULTS },
        { 2500, PHASE_HEAL },   { 3499, PHASE_HEAL },   { 3500, PHASE_STEADY },
        { 4999, PHASE_STEADY }, { 5000, PHASE_SETTLE },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        ck_assert_uint_eq(metrics_phase(&options, rows[i].at_ms * MS), rows[i].phase);
}
END_TEST

START_TEST(a_window_that_a_fault_touches_is_a_window_of_faults)
{
    static const struct fault_span faults[] = { { 2900 * MS, UINT64_MAX } };
    struct metrics_options options = plain;
    options.faults = faults;
    options.fault_count = 1;
    struct metrics *metrics = METRICS(&options, { 1000, 1000, 1001, OUTCOME_OK, 0 });
    static const enum phase expected[] = { PHASE_WARMUP, PHASE_STEADY, PHASE_FAULTS,
                                           PHASE_FAULTS, PHASE_FAULTS, PHASE_SETTLE };
    for (size_t w = 0; w < 6; w++)
        ck_assert_uint_eq(metrics->windows[w].phase, expected[w]);
    metrics_free(metrics);
}
END_TEST

START_TEST(a_run_that_ended_in_its_warmup_measured_nothing)
{
    struct metrics_options options = plain;
    options.end_ns = 500 * MS;
    struct metrics *metrics = METRICS(&options, { 100, 100, 200, OUTCOME_OK, 0 });
    ck_assert_uint_eq(metrics->measured_ns, 0);
    ck_assert_uint_eq(metrics->throughput_per_s, 0);
    ck_assert_uint_eq(metrics->window_count, 1);
    metrics_free(metrics);
}
END_TEST

/* ---- Little's law ---- */

/* In the system, in [1 s, 5 s): 0.5 s of the first, 1 s and 2 s of the next, 1.5 s of the one that
 * never ends, nothing of the one after the end; a final read does not count. */
START_TEST(the_number_in_the_system_is_integrated_over_the_measured_interval)
{
    struct metrics *metrics = METRICS(
        &plain, { 200, 300, 1500, OUTCOME_OK, 0 }, { 2000, 2000, 3000, OUTCOME_FAILED, 0 },
        { 2500, 2500, 4500, OUTCOME_UNKNOWN, 0 }, { 3500, 3500, 0, OUTCOME_OPEN, 0 },
        { 5100, 5100, 5200, OUTCOME_OK, 0 }, { 1000, 1000, 4000, OUTCOME_OK, HISTORY_FINAL_READ });
    ck_assert(metrics->in_system_ns == 5000 * MS);
    metrics_free(metrics);
}
END_TEST

/* Two operations overlap, a third never ends: 1 s alone, 2 s both, 1 s alone, 1 s the last. */
static struct history *in_order(void)
{
    const struct cs_op op = { .kind = CS_OP_GET };
    struct history *history = history_new();
    size_t first = history_begin(history, 1000 * MS, 1000 * MS, 0, 0, 0, &op);
    size_t second = history_begin(history, 2000 * MS, 2000 * MS, 0, 0, 0, &op);
    history_end(history, first, 4000 * MS, NULL);
    history_end(history, second, 5000 * MS, NULL);
    history_begin(history, 5000 * MS, 5000 * MS, 0, 0, 0, &op);
    size_t last = history_begin(history, 6000 * MS, 6000 * MS, 0, 0, 0, &op);
    history_end(history, last, 6000 * MS, NULL);
    return history;
}

START_TEST(a_history_integrates_while_it_is_written)
{
    struct history *history = in_order();
    uint64_t until_ns;
    wide integral_ns;
    ck_assert(history_integral(history, &until_ns, &integral_ns));
    ck_assert_uint_eq(until_ns, 6000 * MS);
    ck_assert(integral_ns == 7000 * MS);
    metrics_free(metrics_new(history, &plain));
    const struct cs_op op = { .kind = CS_OP_GET };
    history_begin(history, 5999 * MS, 5999 * MS, 0, 0, 0, &op);
    ck_assert(!history_integral(history, &until_ns, &integral_ns));
    history_free(history);
}
END_TEST

/* As if an end were recorded a nanosecond late: both sums over operations notice. */
START_TEST(an_end_that_moves_breaks_littles_law)
{
    struct history *history = in_order();
    struct operation *second = (struct operation *)history_at(history, 1);
    second->ended_ns++;
    metrics_free(metrics_new(history, &plain));
}
END_TEST

/* As if an operation were forgotten that another way of counting has seen. */
START_TEST(an_operation_that_is_forgotten_breaks_littles_law)
{
    struct history *history = in_order();
    struct operation *first = (struct operation *)history_at(history, 0);
    first->started_ns = first->ended_ns;
    metrics_free(metrics_new(history, &plain));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("metrics");
    TCase *tests = tcase_create("metrics");
    tcase_add_test(tests, latency_counts_from_the_intended_start);
    tcase_add_test(tests, an_unknown_operation_has_the_latency_of_its_deadline);
    tcase_add_test(tests, a_failed_operation_counts_but_has_no_latency);
    tcase_add_test(tests, what_never_ended_is_unknown_and_has_no_latency);
    tcase_add_test(tests, final_reads_do_not_count);
    tcase_add_test(tests, warmup_and_settling_are_not_measured);
    tcase_add_test(tests, throughput_counts_answers_where_they_came);
    tcase_add_test(tests, windows_count_ends_and_show_the_latency_of_what_began_in_them);
    tcase_add_test(tests, the_last_window_may_be_short);
    tcase_add_test(tests, unavailable_is_the_longest_time_between_answers);
    tcase_add_test(tests, nobody_waiting_is_not_unavailable);
    tcase_add_test(tests, deadlines_do_not_end_an_outage);
    tcase_add_test(tests, an_outage_is_cut_at_the_measured_interval);
    tcase_add_test(tests, waiting_counts_from_the_intended_start);
    tcase_add_test(tests, phases_follow_the_faults);
    tcase_add_test(tests, a_window_that_a_fault_touches_is_a_window_of_faults);
    tcase_add_test(tests, a_run_that_ended_in_its_warmup_measured_nothing);
    tcase_add_test(tests, the_number_in_the_system_is_integrated_over_the_measured_interval);
    tcase_add_test(tests, a_history_integrates_while_it_is_written);
    tcase_add_test_raise_signal(tests, an_end_that_moves_breaks_littles_law, SIGABRT);
    tcase_add_test_raise_signal(tests, an_operation_that_is_forgotten_breaks_littles_law, SIGABRT);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
