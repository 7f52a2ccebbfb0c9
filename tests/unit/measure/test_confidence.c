/* Bounds, against published values and the definition. */
#include "measure/confidence.h"
#include "support/suite.h"

/* Without failures the bound is 1 - 0.05^(1/n). */
START_TEST(no_failure_bounds_the_probability_by_the_rule_of_three)
{
    ck_assert_uint_eq(confidence_upper_ppb(0, 2, 0.95), 776393203);
    ck_assert_uint_eq(confidence_upper_ppb(0, 10, 0.95), 258865551);
    ck_assert_uint_eq(confidence_upper_ppb(0, 1000, 0.95), 2991250);
    ck_assert_uint_eq(confidence_upper_ppb(0, 1000000, 0.95), 2996);
}
END_TEST

/* P(X <= 1) of ten with p = 0.39416 is 0.05: (1 - p)^9 (1 + 9 p). */
START_TEST(a_failure_widens_the_bound)
{
    ck_assert_uint_eq(confidence_upper_ppb(1, 10, 0.95) / 10000, 39416);
    ck_assert_uint_eq(confidence_upper_ppb(1, 2, 0.95) / 1000, 974679);
    ck_assert_uint_eq(confidence_upper_ppb(10, 10, 0.95), 1000000000);
}
END_TEST

START_TEST(more_runs_prove_more_and_more_failures_less)
{
    for (uint64_t runs = 2; runs < 200; runs++) {
        ck_assert_uint_lt(confidence_upper_ppb(0, runs, 0.95),
                          confidence_upper_ppb(0, runs - 1, 0.95));
        ck_assert_uint_gt(confidence_upper_ppb(1, runs, 0.95), confidence_upper_ppb(0, runs, 0.95));
    }
    ck_assert_uint_gt(confidence_upper_ppb(500, 100000, 0.95), 5000000);
    ck_assert_uint_lt(confidence_upper_ppb(500, 100000, 0.95), 5500000);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("confidence");
    TCase *tests = tcase_create("confidence");
    tcase_add_test(tests, no_failure_bounds_the_probability_by_the_rule_of_three);
    tcase_add_test(tests, a_failure_widens_the_bound);
    tcase_add_test(tests, more_runs_prove_more_and_more_failures_less);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
