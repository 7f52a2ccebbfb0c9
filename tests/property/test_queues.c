/* Bounded queues of disks under more load than they take: both policies, and Little's law. */
#include <check.h>

#include "support/suite.h"
#include "whole_run.h"

/* Disks that do 500 writes a second, asked for 800 of them over two seconds. */
#define SCENARIO(when_full)                                                                        \
    "{ \"format\": 1, \"name\": \"queued\",\n"                                                     \
    "  \"time\": { \"duration\": \"5s\", \"settle\": \"3s\" },\n"                                  \
    "  \"groups\": { \"kv\": { \"program\": \"raft\", \"nodes\": [\"A\", \"B\", \"C\"],\n"         \
    "    \"config\": { \"batch_bytes\": \"1B\", \"max_inflight\": 64 },\n"                         \
    "    \"restart\": { \"after\": \"200ms\" }, \"allowed_stops\": [\"log flush failed\",\n"       \
    "      \"barrier failed: TIMEOUT\", \"log write failed\"] } },\n"                              \
    "  \"topology\": { \"nodes\": { \"*\": { \"disk\": { \"write\": \"2ms\", \"fsync\": \"0s\",\n" \
    "    \"queue\": { \"limit\": 8, \"when_full\": \"" when_full "\" } } } } },\n"                 \
    "  \"workload\": [ { \"name\": \"put\", \"target\": \"kv\", \"clients\": 5,\n"                 \
    "    \"arrivals\": { \"poisson\": \"100/s\" }, \"stages\": [ { \"until\": \"1s\",\n"           \
    "      \"rate\": \"100/s\" }, { \"until\": \"3s\", \"rate\": \"800/s\" } ],\n"                 \
    "    \"ops\": { \"put\": 1 }, \"timeout\": \"1s\" } ],\n"                                      \
    "  \"checks\": { \"liveness\": false } }"

/* The time that a server's worst disk needs for what is before it, at the end of any window. */
static uint64_t worst_backlog_ns(const struct sample_table *table)
{
    uint64_t worst_ns = 0;
    for (size_t i = 0; i < table->window_count * table->instance_count; i++) {
        uint64_t waiting = table->samples[i].use[RESOURCE_DISK].waiting;
        worst_ns = waiting > worst_ns ? waiting : worst_ns;
    }
    return worst_ns;
}

/* What the run has integrated step by step is the sum of the times of all operations, those of
 * clients that gave up and the open ones too. */
static void check_little(const struct history *history)
{
    uint64_t until_ns;
    wide integral_ns, sum_ns = 0;
    ck_assert(history_integral(history, &until_ns, &integral_ns));
    for (size_t i = 0; i < history_count(history); i++) {
        const struct operation *operation = history_at(history, i);
        bool open = operation->outcome == OUTCOME_OPEN || operation->ended_ns > until_ns;
        sum_ns += (open ? until_ns : operation->ended_ns) - operation->started_ns;
    }
    ck_assert(sum_ns == integral_ns);
    ck_assert(sum_ns > 0);
}

START_TEST(a_queue_that_waits_bounds_the_backlog_and_loses_nothing)
{
    struct whole_run run;
    whole_run_of(&run, SCENARIO("wait"), 1);
    ck_assert_uint_eq(run.simulation->verdict, VERDICT_PASS);
    /* Eight operations of at most 2 ms. */
    ck_assert_uint_le(worst_backlog_ns(&run.report.samples), 16000000);
    ck_assert_uint_ge(worst_backlog_ns(&run.report.samples), 8000000);
    ck_assert_uint_gt(run.report.totals.disk_waits, 100);
    ck_assert_uint_eq(run.report.totals.disk_errors, 0);
    ck_assert_uint_eq(run.report.samples.stop_count, 0);
    check_little(run.simulation->history);
    whole_run_done(&run);
}
END_TEST

START_TEST(a_queue_that_fails_turns_away_and_stops_come_back)
{
    struct whole_run run;
    whole_run_of(&run, SCENARIO("fail"), 1);
    ck_assert_uint_eq(run.simulation->verdict, VERDICT_PASS);
    ck_assert_uint_le(worst_backlog_ns(&run.report.samples), 16000000);
    ck_assert_uint_gt(run.report.totals.disk_turned_away, 100);
    ck_assert_uint_eq(run.report.totals.disk_waits, 0);
    ck_assert_uint_gt(run.report.samples.stop_count, 0);
    ck_assert_uint_gt(run.report.totals.starts, 3);
    check_little(run.simulation->history);
    whole_run_done(&run);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("queues");
    TCase *tests = tcase_create("queues");
    tcase_set_timeout(tests, 120);
    tcase_add_test(tests, a_queue_that_waits_bounds_the_backlog_and_loses_nothing);
    tcase_add_test(tests, a_queue_that_fails_turns_away_and_stops_come_back);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
