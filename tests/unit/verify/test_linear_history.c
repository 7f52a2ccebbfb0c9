/* What is said of the history of a run. */
#include "stage.h"
#include "support/suite.h"
#include "verify/linear_history.h"

static struct linear_history linear;
static struct linear_report report;

static void set_up(void) { stage_open(NULL); }

static void tear_down(void)
{
    linear_report_done(&report);
    linear_history_done(&linear);
    stage_close();
}

/* Looked at as a whole, and event by event. */
static void judge(void)
{
    struct linear_report told;
    linear_history_init(&linear, stage_history());
    linear_check(linear_model_find("kv"), &(struct linear_options){ 0 }, linear.ops, linear.count,
                 &report);
    linear_history_check(stage_history(), &(struct linear_options){ .window = 2 }, &told);
    ck_assert_int_eq(told.verdict, report.verdict);
    ck_assert_uint_eq(told.operations, report.operations);
    ck_assert_uint_eq(told.observed, report.observed);
    ck_assert_uint_eq(told.constrained, report.constrained);
}

static void explained_as(const char *sentence)
{
    struct cs_text text = { 0 };
    linear_history_explain(&linear, &report, &text);
    ck_assert_str_eq(text_string(&text), sentence);
    text_done(&text);
}

START_TEST(a_read_of_an_overwritten_value_is_named_with_what_it_should_have_found)
{
    put_ok("k", "a", 1000, 2000);
    put_ok("k", "b", 3000, 4000);
    finally("k", "a");
    judge();
    ck_assert_int_eq(report.verdict, LINEAR_ILLEGAL);
    explained_as("key \"k\": get, asked at 90s and answered at 91s, found \"a\" where it was "
                 "\"b\"; no order of 1 operations explains it");
}
END_TEST

START_TEST(a_put_of_unknown_outcome_may_be_found_and_a_failed_one_may_not)
{
    put_unknown("k", "a", 1000, 2000);
    put_failed("j", "b", 1000, 2000);
    finally("k", "a");
    judge();
    ck_assert_int_eq(report.verdict, LINEAR_OK);
    ck_assert_uint_eq(report.operations, 2);
    tear_down();
    set_up();
    put_failed("k", "a", 1000, 2000);
    finally("k", "a");
    judge();
    ck_assert_int_eq(report.verdict, LINEAR_ILLEGAL);
    explained_as("key \"k\": get, asked at 90s and answered at 91s, found \"a\" where it was "
                 "nothing; no order of 1 operations explains it");
}
END_TEST

START_TEST(a_compare_and_set_that_was_applied_must_have_found_its_value)
{
    put_ok("k", "a", 1000, 2000);
    cas_ok("k", "x", "b", true, 3000, 4000);
    finally("k", "b");
    judge();
    ck_assert_int_eq(report.verdict, LINEAR_ILLEGAL);
    explained_as("key \"k\": cas, asked at 3s and answered at 4s, found \"x\" where it was \"a\"; "
                 "no order of 1 operations explains it");
}
END_TEST

START_TEST(appends_join_values_that_are_not_kept_whole)
{
    static const char *const piece = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    append_ok("k", piece, 1000, 2000);
    append_ok("k", piece, 3000, 4000);
    finally("k", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
                 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
    judge();
    ck_assert_int_eq(report.verdict, LINEAR_OK);
    tear_down();
    set_up();
    append_ok("k", piece, 1000, 2000);
    append_ok("k", piece, 3000, 4000);
    finally("k", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
                 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab");
    judge();
    ck_assert_int_eq(report.verdict, LINEAR_ILLEGAL);
}
END_TEST

START_TEST(keys_are_told_apart)
{
    put_ok("k", "a", 1000, 2000);
    put_ok("j", "b", 3000, 4000);
    finally("k", "a");
    judge();
    ck_assert_int_eq(report.verdict, LINEAR_OK);
    ck_assert_uint_eq(linear.key_count, 2);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("linear_history");
    TCase *tests = tcase_create("stories");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, a_read_of_an_overwritten_value_is_named_with_what_it_should_have_found);
    tcase_add_test(tests, a_put_of_unknown_outcome_may_be_found_and_a_failed_one_may_not);
    tcase_add_test(tests, a_compare_and_set_that_was_applied_must_have_found_its_value);
    tcase_add_test(tests, appends_join_values_that_are_not_kept_whole);
    tcase_add_test(tests, keys_are_told_apart);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
