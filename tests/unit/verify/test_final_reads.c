/* Every key of which a write was acknowledged can be read at the end. */
#include "stage.h"
#include "support/suite.h"

static void set_up(void) { stage_open(&oracle_final_reads); }

START_TEST(a_key_that_cannot_be_read_is_a_violation)
{
    put_ok("k", "v1", 1000, 2000);
    finally_with("k", NULL);
    stage_finish();
    ck_assert_violation("key \"k\" was written, but could not be read at the end: no answer came");
    ck_assert_uint_eq(stage_oracle()->violated_at_ns, 91000000000);
}
END_TEST

START_TEST(data_that_the_system_calls_lost_is_a_violation)
{
    put_ok("k", "v1", 1000, 2000);
    finally_with("k", &(struct cs_result){ .status = CS_LOST });
    stage_finish();
    ck_assert_violation(
        "key \"k\" was written, but could not be read at the end: the data is lost");
}
END_TEST

START_TEST(a_key_that_several_reads_asked_for_in_vain_says_how_many)
{
    put_ok("k", "v1", 1000, 2000);
    finally_with("k", NULL);
    finally_with("k", NULL);
    finally_with("k", &(struct cs_result){ .status = CS_FAILED });
    stage_finish();
    ck_assert_violation(
        "key \"k\" was written, but could not be read at the end, asked 3 times: it failed");
}
END_TEST

START_TEST(one_answer_out_of_several_reads_is_enough)
{
    put_ok("k", "v1", 1000, 2000);
    finally_with("k", NULL);
    finally("k", "v1");
    finally_with("k", &(struct cs_result){ .status = CS_UNKNOWN });
    stage_finish();
    ck_assert_pass();
}
END_TEST

START_TEST(a_key_that_was_never_acknowledged_is_not_judged)
{
    put_unknown("k", "v1", 1000, 2000);
    put_failed("k", "v2", 1000, 2000);
    cas_ok("k", "v0", "v3", false, 1000, 2000);
    finally_with("k", NULL);
    stage_finish();
    ck_assert_inconclusive();
}
END_TEST

START_TEST(a_key_that_was_never_asked_for_is_not_judged)
{
    put_ok("k", "v1", 1000, 2000);
    stage_finish();
    ck_assert_inconclusive();
}
END_TEST

START_TEST(keys_are_counted)
{
    put_ok("k1", "v1", 1000, 2000);
    put_ok("k2", "v2", 1000, 2000);
    put_ok("k2", "v3", 1000, 2000);
    finally("k2", "v2");
    finally("k1", "v1");
    stage_finish();
    ck_assert_pass();
    ck_assert_uint_eq(stage_oracle()->seen, 2);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("final_reads");
    TCase *tests = tcase_create("stories");
    tcase_add_checked_fixture(tests, set_up, stage_close);
    tcase_add_test(tests, a_key_that_cannot_be_read_is_a_violation);
    tcase_add_test(tests, data_that_the_system_calls_lost_is_a_violation);
    tcase_add_test(tests, a_key_that_several_reads_asked_for_in_vain_says_how_many);
    tcase_add_test(tests, one_answer_out_of_several_reads_is_enough);
    tcase_add_test(tests, a_key_that_was_never_acknowledged_is_not_judged);
    tcase_add_test(tests, a_key_that_was_never_asked_for_is_not_judged);
    tcase_add_test(tests, keys_are_counted);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
