/* An assertion that fails when the results of a run are made ends as one that fails within it. */
#include <check.h>
#include <signal.h>

#include "support/suite.h"
#include "whole_run.h"

#define SCENARIO                                                                                   \
    "{ \"format\": 1, \"name\": \"watched\", \"time\": { \"duration\": \"1s\" },\n"                \
    "  \"groups\": { \"kv\": { \"program\": \"raft\", \"nodes\": [\"A\", \"B\", \"C\"] } },\n"     \
    "  \"workload\": [ { \"name\": \"put\", \"target\": \"kv\", \"arrivals\": { \"poisson\": "     \
    "\"10/s\" },\n"                                                                                \
    "    \"ops\": { \"put\": 1 } } ] }"

/* One operation that ends a nanosecond later than was counted: Little's law is broken. */
START_TEST(a_broken_law_of_little_ends_with_status_70)
{
    struct whole_run run, later;
    whole_run_of(&run, SCENARIO, 1);
    whole_run_of(&later, SCENARIO, 2);
    whole_run_done(&later); /* of two runs the other one is watched again */
    struct operation *operation = (struct operation *)history_at(run.simulation->history, 0);
    ck_assert_int_eq(operation->outcome, OUTCOME_OK);
    operation->ended_ns++;
    run_report_init(&run.report, run.plan, run.simulation->cluster, run.simulation->history,
                    run.simulation->samples, run.simulation->timeline, run.simulation->verifier);
}
END_TEST

START_TEST(outside_of_runs_it_aborts)
{
    struct whole_run run;
    whole_run_of(&run, SCENARIO, 1);
    whole_run_done(&run);
    cs_assert(false && "no run is there");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("watched");
    TCase *tests = tcase_create("watched");
    tcase_set_timeout(tests, 120);
    tcase_add_exit_test(tests, a_broken_law_of_little_ends_with_status_70, 70);
    tcase_add_test_raise_signal(tests, outside_of_runs_it_aborts, SIGABRT);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
