/* A scenario becomes a plan: every number below was worked out by hand from given_scenario. */
#include "given.h"
#include "support/suite.h"

START_TEST(the_head_is_read)
{
    struct plan *plan = given_plan_of_text(given_scenario);
    ck_assert_str_eq(plan->name, "three-regions");
    ck_assert_str_eq(plan->about, "The leader is cut off.");
    ck_assert_str_eq(plan->source, "s.json");
    ck_assert_str_eq(plan->tags[0], "gate");
    ck_assert_ptr_null(plan->tags[1]);
    ck_assert_uint_eq(plan->seed, 0x5eed);
    ck_assert_uint_eq(plan->cluster.seed, 0x5eed);
    ck_assert_uint_eq(plan->warmup_ns, 5000000000u);
    ck_assert_uint_eq(plan->duration_ns, 60000000000u);
    ck_assert_uint_eq(plan->settle_ns, 10000000000u);
    ck_assert_uint_eq(plan->window_ns, 1000000000u);
    ck_assert_uint_eq(plan->events_max, 1000000000u);
    ck_assert_int_eq(plan->heal, HEAL_ALL);
    plan_free(plan);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("plan");
    TCase *tests = tcase_create("plan");
    tcase_add_checked_fixture(tests, given_folder, given_no_folder);
    tcase_add_test(tests, the_head_is_read);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
