/* The effective scenario runs by itself, and means the same. */
#include <string.h>

#include "given.h"
#include "plan_text.h"
#include "support/suite.h"

/* Load the effective scenario of the file `name`; both plans and both texts must be equal. */
static void check_round_trip(const char *name)
{
    struct plan *plan = given_plan(name);
    given_file("effective.json", plan->effective);
    struct plan *again = given_plan("effective.json");
    ck_assert_str_eq(again->effective, plan->effective);
    g_autofree char *text = plan_text(plan);
    g_autofree char *text_again = plan_text(again);
    ck_assert_str_eq(text_again, text);
    plan_free(plan);
    plan_free(again);
}

START_TEST(a_full_scenario_survives_the_round_trip)
{
    given_file("s.json", given_scenario());
    check_round_trip("s.json");
}
END_TEST

START_TEST(a_minimal_scenario_survives_the_round_trip)
{
    given_file("s.json",
               "{ \"format\": 1, \"name\": \"x\", \"time\": { \"duration\": \"10s\" },"
               " \"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": [\"A\"] } } }");
    check_round_trip("s.json");
}
END_TEST

#define LOADED                                                                                     \
    "{ \"format\": 1, \"name\": \"x\", \"note\": \"why\", \"time\": { \"duration\": \"10s\", "     \
    "\"settle\": \"2s\" },"                                                                        \
    " \"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": [\"A\"] } },"

START_TEST(what_depends_on_other_values_is_filled_in_too)
{
    given_file("s.json",
               LOADED " \"workload\": [ { \"target\": \"kv\", \"model\": \"closed\" } ] }");
    check_round_trip("s.json");
    struct plan *plan = given_plan("s.json");
    ck_assert_str_eq(plan->workloads[0].name, "load-1");
    ck_assert_uint_eq(plan->workloads[0].client_count, 1);
    /* Progress is asked for within the settle time, as that is shorter than 5 s. */
    ck_assert_uint_eq(plan->liveness.progress_within_ns, 2000000000u);
    ck_assert_ptr_nonnull(strstr(plan->effective, "\"progress_within\": \"2s\""));
    ck_assert_ptr_nonnull(strstr(plan->effective, "\"client\": \"store-client\""));
    ck_assert_ptr_nonnull(strstr(plan->effective, "\"note\": \"why\""));
    plan_free(plan);
}
END_TEST

START_TEST(a_link_between_two_nodes_survives_the_round_trip)
{
    given_file("s.json",
               "{ \"format\": 1, \"name\": \"x\", \"time\": { \"duration\": \"10s\" },"
               " \"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": [\"A\", \"B\"] } },"
               " \"topology\": { \"links\": { \"A -> B\": { \"latency\": \"9ms\" } } } }");
    check_round_trip("s.json");
    struct plan *plan = given_plan("s.json");
    ck_assert_uint_eq(plan->cluster.topology.exception_count, 1);
    plan_free(plan);
}
END_TEST

START_TEST(every_distribution_survives_the_round_trip)
{
    given_file("table.csv", "quantile,latency_ms\n0,1\r\n0.5,2.5000001\n1,40.25\n");
    given_file("s.json", LOADED
               " \"topology\": { \"links\": { \"default\": { \"latency\": { \"mixture\": ["
               " [1, { \"empirical\": \"table.csv\" }], [0.5, { \"pareto\": { \"xm\": \"1ms\", "
               "\"alpha\": 1.5 } }],"
               " [0.25, { \"weibull\": { \"scale\": \"1ms\", \"shape\": 2 } }], [3, { \"normal\": "
               "{ \"mean\": \"5ms\", \"sd\": \"1ms\" } }],"
               " [2, { \"shifted\": [\"1ms\", { \"uniform\": [\"0ms\", \"3ms\"] }] }] ] } } } } }");
    check_round_trip("s.json");
    struct plan *plan = given_plan("s.json");
    ck_assert_ptr_nonnull(
        strstr(plan->effective, "[[0, \"1ms\"], [0.5, \"2500us\"], [1, \"40250us\"]]"));
    ck_assert_ptr_null(strstr(plan->effective, "table.csv"));
    const struct distribution *latency = &plan->cluster.topology.links[0].latency;
    ck_assert_int_eq(latency->kind, DISTRIBUTION_MIXTURE);
    ck_assert_uint_eq(latency->count, 5);
    ck_assert_uint_eq(latency->parts[4].upto, UINT64_MAX);
    plan_free(plan);
}
END_TEST

START_TEST(options_of_the_command_line_are_part_of_it)
{
    given_file("s.json", given_scenario());
    const char *const sets[] = { "/time/settle=\"7s\"", NULL };
    struct plan_overrides overrides = { .sets = sets,
                                        .has_seed = true,
                                        .seed = 0xabc,
                                        .has_duration = true,
                                        .duration_ns = 30000000000u };
    struct registry *registry = given_registry();
    g_autoptr(GString) errors = g_string_new(NULL);
    struct plan *plan = plan_load("s.json", &overrides, registry, errors);
    ck_assert_str_eq(errors->str, "");
    ck_assert_uint_eq(plan->seed, 0xabc);
    ck_assert_uint_eq(plan->duration_ns, 30000000000u);
    ck_assert_uint_eq(plan->settle_ns, 7000000000u);
    ck_assert_ptr_nonnull(strstr(plan->effective, "\"seed\": \"0x0000000000000abc\""));
    ck_assert_ptr_nonnull(strstr(plan->effective, "\"duration\": \"30s\""));
    plan_free(plan);
    registry_free(registry);
}
END_TEST

START_TEST(numbers_are_written_in_the_fewest_digits_that_mean_the_same)
{
    given_file("s.json", LOADED
               " \"topology\": { \"links\": { \"default\": {"
               " \"loss\": 0.1, \"reorder\": 0.30000000000000004, \"duplicate\": 1e-5 } } } }");
    struct plan *plan = given_plan("s.json");
    ck_assert_ptr_nonnull(strstr(plan->effective, "\"loss\": 0.1,"));
    ck_assert_ptr_nonnull(strstr(plan->effective, "\"reorder\": 0.30000000000000004,"));
    ck_assert_ptr_nonnull(strstr(plan->effective, "\"duplicate\": 1e-05,"));
    plan_free(plan);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("effective");
    TCase *tests = tcase_create("effective");
    tcase_add_checked_fixture(tests, given_folder, given_no_folder);
    tcase_add_test(tests, a_full_scenario_survives_the_round_trip);
    tcase_add_test(tests, a_minimal_scenario_survives_the_round_trip);
    tcase_add_test(tests, what_depends_on_other_values_is_filled_in_too);
    tcase_add_test(tests, a_link_between_two_nodes_survives_the_round_trip);
    tcase_add_test(tests, every_distribution_survives_the_round_trip);
    tcase_add_test(tests, options_of_the_command_line_are_part_of_it);
    tcase_add_test(tests, numbers_are_written_in_the_fewest_digits_that_mean_the_same);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
