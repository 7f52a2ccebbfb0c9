/* What each seed draws of a scenario's "swarm", and what is asked beyond the tolerance. */
#include <string.h>

#include "given.h"
#include "support/suite.h"

#define HEAD                                                                                       \
    "{ \"format\": 1, \"name\": \"x\", \"time\": { \"duration\": \"10s\", \"warmup\": \"1s\" },\n" \
    "  \"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": [\"A\", \"B\"] } },\n"

static const char *const settle_or_stay =
    HEAD "  \"swarm\": { \"/time/settle\": [\"1s\", \"2s\", null] } }\n";

/* Seconds of settling, by default 10. */
static uint64_t settle_of_seed(unsigned seed)
{
    g_autofree char *set = g_strdup_printf("/seed=\"0x%x\"", seed);
    const char *const sets[] = { set, NULL };
    struct plan *plan = given_plan_with("s.json", sets);
    uint64_t settle_ns = plan->settle_ns;
    plan_free(plan);
    return settle_ns / 1000000000u;
}

START_TEST(each_value_is_drawn_by_a_third_of_the_seeds_and_null_leaves_what_is_there)
{
    unsigned seen[11] = { 0 };
    given_file("s.json", settle_or_stay);
    for (unsigned seed = 1; seed <= 300; seed++)
        seen[settle_of_seed(seed)]++;
    ck_assert_uint_gt(seen[1], 70);
    ck_assert_uint_gt(seen[2], 70);
    ck_assert_uint_gt(seen[10], 70);
    ck_assert_uint_eq(seen[1] + seen[2] + seen[10], 300);
}
END_TEST

START_TEST(another_pointer_shifts_no_draw)
{
    uint64_t before[20];
    given_file("s.json", settle_or_stay);
    for (unsigned seed = 0; seed < 20; seed++)
        before[seed] = settle_of_seed(seed);
    given_file("s.json", HEAD "  \"swarm\": { \"/time/window\": [\"1s\", \"2s\"],"
                              " \"/time/settle\": [\"1s\", \"2s\", null] } }\n");
    for (unsigned seed = 0; seed < 20; seed++)
        ck_assert_uint_eq(settle_of_seed(seed), before[seed]);
}
END_TEST

START_TEST(what_was_drawn_stands_in_the_effective_scenario_and_the_lists_do_not)
{
    struct plan *plan =
        given_plan_of_text(HEAD "  \"swarm\": { \"/time/settle\": [\"7s\", \"7s\"] } }\n");
    ck_assert_ptr_nonnull(strstr(plan->effective, "\"settle\": \"7s\""));
    ck_assert_ptr_null(strstr(plan->effective, "swarm"));
    plan_free(plan);
}
END_TEST

START_TEST(an_object_for_the_whole_is_merged_onto_it_and_drawn_parts_come_after_it)
{
    struct plan *plan =
        given_plan_of_text(HEAD "  \"swarm\": { \"\": [{ \"time\": { \"settle\": \"3s\", "
                                "\"window\": \"2s\" } }], \"/time/window\": [\"5s\"] } }\n");
    ck_assert_uint_eq(plan->settle_ns, 3000000000u);
    ck_assert_uint_eq(plan->window_ns, 5000000000u);
    ck_assert_uint_eq(plan->warmup_ns, 1000000000u);
    plan_free(plan);
}
END_TEST

START_TEST(what_the_command_line_sets_is_not_drawn)
{
    const char *const sets[] = { "/time/settle=\"4s\"", NULL };
    given_file("s.json", HEAD "  \"swarm\": { \"/time/settle\": [\"1s\"] } }\n");
    struct plan *plan = given_plan_with("s.json", sets);
    ck_assert_uint_eq(plan->settle_ns, 4000000000u);
    plan_free(plan);
}
END_TEST

/* Whatever the seed: a wrong value that only another one draws is told of before any run. */
START_TEST(a_wrong_value_is_told_of_where_it_stands)
{
    for (unsigned seed = 1; seed <= 8; seed++) {
        g_autofree char *text = g_strdup_printf(
            HEAD "  \"seed\": \"0x%x\",\n  \"swarm\": { \"/time/settle\": [\"1s\", 7] } }\n", seed);
        g_autofree char *errors = given_errors_of_text(text);
        ck_assert_msg(strstr(errors, ":4:37: error: ") != NULL, "%s", errors);
        ck_assert_msg(strstr(errors, "/time/settle") != NULL, "%s", errors);
    }
}
END_TEST

START_TEST(a_key_that_does_not_exist_is_told_of)
{
    g_autofree char *errors =
        given_errors_of_text(HEAD "  \"swarm\": { \"/time/setle\": [\"1s\"] } }\n");
    ck_assert_msg(strstr(errors, "unknown key \"setle\"") != NULL, "%s", errors);
    ck_assert_msg(strstr(errors, "did you mean \"settle\"") != NULL, "%s", errors);
}
END_TEST

START_TEST(what_is_no_pointer_or_no_list_is_refused)
{
    g_autofree char *pointer = given_errors_of_text(HEAD "  \"swarm\": { \"time\": [\"1s\"] } }\n");
    ck_assert_msg(strstr(pointer, "not a JSON pointer") != NULL, "%s", pointer);
    g_autofree char *list =
        given_errors_of_text(HEAD "  \"swarm\": { \"/time/settle\": \"1s\" } }\n");
    ck_assert_msg(strstr(list, "must be a list") != NULL, "%s", list);
    g_autofree char *empty = given_errors_of_text(HEAD "  \"swarm\": { \"/time/settle\": [] } }\n");
    ck_assert_msg(strstr(empty, "at /swarm/~1time~1settle") != NULL, "%s", empty);
}
END_TEST

START_TEST(liveness_is_not_asked_of_those_who_meet_more_than_they_are_meant_to_survive)
{
    static const char *const flags[] = { "false", "true" };
    for (int over = 0; over <= 1; over++) {
        g_autofree char *text = g_strdup_printf(
            HEAD
            "  \"workload\": [{ \"target\": \"kv\", \"arrivals\": { \"poisson\": \"1/s\" } }],\n"
            "  \"faults\": { \"nemesis\": { \"mean_gap\": \"1s\", \"over_tolerance\": %s,"
            " \"faults\": { \"crash\": { \"for\": \"1s\" } } } } }\n",
            flags[over]);
        struct plan *plan = given_plan_of_text(text);
        ck_assert_int_eq(plan->liveness.enabled, over == 0);
        plan_free(plan);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("draws");
    TCase *tests = tcase_create("draws");
    tcase_add_checked_fixture(tests, given_folder, given_no_folder);
    tcase_add_test(tests,
                   each_value_is_drawn_by_a_third_of_the_seeds_and_null_leaves_what_is_there);
    tcase_add_test(tests, another_pointer_shifts_no_draw);
    tcase_add_test(tests, what_was_drawn_stands_in_the_effective_scenario_and_the_lists_do_not);
    tcase_add_test(tests, an_object_for_the_whole_is_merged_onto_it_and_drawn_parts_come_after_it);
    tcase_add_test(tests, what_the_command_line_sets_is_not_drawn);
    tcase_add_test(tests, a_wrong_value_is_told_of_where_it_stands);
    tcase_add_test(tests, a_key_that_does_not_exist_is_told_of);
    tcase_add_test(tests, what_is_no_pointer_or_no_list_is_refused);
    tcase_add_test(tests,
                   liveness_is_not_asked_of_those_who_meet_more_than_they_are_meant_to_survive);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
