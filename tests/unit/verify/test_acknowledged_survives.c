/* What was acknowledged is not lost: the final reads of keys that are overwritten. */
#include "stage.h"
#include "support/suite.h"

static void set_up(void) { stage_open(&oracle_acknowledged_survives); }

START_TEST(a_write_overwritten_by_an_older_one_is_a_violation)
{
    put_ok("k", "v0", 100, 200);
    put_ok("k", "v1", 1000, 2000);
    put_ok("k", "v2", 3000, 4000);
    finally("k", "v1");
    stage_finish();
    ck_assert_violation(
        "key \"k\": \"v1\" is left, though the later put \"v2\" was answered at 4s");
    ck_assert_uint_eq(stage_oracle()->violated_at_ns, 91000000000);
    ck_assert_uint_eq(stage_oracle()->violated_by, CS_NODE_NONE);
}
END_TEST

START_TEST(writes_that_overlap_may_end_either_way)
{
    put_ok("k", "v1", 1000, 3000);
    put_ok("k", "v2", 3000, 4000);
    finally("k", "v1");
    stage_finish();
    ck_assert_pass();
}
END_TEST

START_TEST(a_value_from_nowhere_is_a_violation)
{
    put_ok("k", "v1", 1000, 2000);
    finally("k", "v7");
    stage_finish();
    ck_assert_violation("key \"k\": nobody wrote \"v7\", which is left");
}
END_TEST

START_TEST(a_failed_write_that_had_an_effect_is_a_violation)
{
    put_ok("k", "v1", 1000, 2000);
    put_failed("k", "v2", 3000, 4000);
    finally("k", "v2");
    stage_finish();
    ck_assert_violation("key \"k\": nobody wrote \"v2\", which is left");
}
END_TEST

START_TEST(a_refused_cas_that_had_an_effect_is_a_violation)
{
    put_ok("k", "v1", 1000, 2000);
    cas_ok("k", "v0", "v2", false, 3000, 4000);
    finally("k", "v2");
    stage_finish();
    ck_assert_violation("key \"k\": nobody wrote \"v2\", which is left");
}
END_TEST

START_TEST(a_key_that_vanished_is_a_violation)
{
    put_ok("k", "v1", 1000, 2000);
    finally("k", NULL);
    stage_finish();
    ck_assert_violation(
        "key \"k\": nothing is left of put \"v1\", answered at 2s, and nothing was deleted");
}
END_TEST

START_TEST(a_key_that_vanished_after_every_delete_is_a_violation)
{
    delete_ok("k", 500, 600);
    put_ok("k", "v1", 1000, 2000);
    finally("k", NULL);
    stage_finish();
    ck_assert_violation(
        "key \"k\": nothing is left of put \"v1\", answered at 2s after every delete");
}
END_TEST

START_TEST(a_deleted_key_that_is_back_is_a_violation)
{
    put_ok("k", "v1", 1000, 2000);
    delete_ok("k", 3000, 4000);
    finally("k", "v1");
    stage_finish();
    ck_assert_violation("key \"k\": \"v1\" is back, though a later delete was answered at 4s");
}
END_TEST

START_TEST(an_applied_cas_counts_as_a_write)
{
    put_ok("k", "v1", 1000, 2000);
    cas_ok("k", "v1", "v2", true, 3000, 4000);
    finally("k", "v1");
    stage_finish();
    ck_assert_violation(
        "key \"k\": \"v1\" is left, though the later cas \"v2\" was answered at 4s");
}
END_TEST

START_TEST(a_refused_cas_does_not)
{
    put_ok("k", "v1", 1000, 2000);
    cas_ok("k", "v0", "v2", false, 3000, 4000);
    finally("k", "v1");
    stage_finish();
    ck_assert_pass();
}
END_TEST

START_TEST(an_unknown_write_may_take_effect_at_any_later_time)
{
    put_unknown("k", "v1", 1000, 2000);
    put_ok("k", "v2", 3000, 4000);
    finally("k", "v1");
    stage_finish();
    ck_assert_pass();
}
END_TEST

START_TEST(or_never)
{
    put_ok("k", "v2", 3000, 4000);
    put_unknown("k", "v1", 5000, 6000);
    finally("k", "v2");
    stage_finish();
    ck_assert_pass();
}
END_TEST

START_TEST(an_unknown_delete_may_take_effect_at_any_later_time)
{
    put_ok("k", "v1", 1000, 2000);
    delete_unknown("k", 500, 600);
    finally("k", NULL);
    stage_finish();
    ck_assert_pass();
}
END_TEST

START_TEST(a_value_written_twice_may_be_the_later_one)
{
    put_ok("k", "v1", 1000, 2000);
    put_ok("k", "v2", 3000, 4000);
    put_ok("k", "v1", 5000, 6000);
    finally("k", "v1");
    stage_finish();
    ck_assert_pass();
}
END_TEST

START_TEST(a_value_written_twice_and_both_times_before_another_is_a_violation)
{
    put_ok("k", "v1", 1000, 2000);
    put_ok("k", "v1", 1500, 2500);
    put_ok("k", "v2", 3000, 4000);
    finally("k", "v1");
    stage_finish();
    ck_assert_violation(
        "key \"k\": \"v1\" is left, though the later put \"v2\" was answered at 4s");
}
END_TEST

START_TEST(a_write_that_ends_after_the_read_began_need_not_be_seen)
{
    put_ok("k", "v1", 1000, 2000);
    put_ok("k", "v2", 3000, 90000);
    finally("k", "v1");
    stage_finish();
    ck_assert_pass();
}
END_TEST

START_TEST(a_key_never_written_is_not_judged)
{
    finally("k", NULL);
    stage_finish();
    ck_assert_inconclusive();
}
END_TEST

START_TEST(a_key_never_read_is_not_judged)
{
    put_ok("k", "v1", 1000, 2000);
    finally_with("k", NULL);
    stage_finish();
    ck_assert_inconclusive();
}
END_TEST

START_TEST(keys_are_told_apart_and_counted)
{
    put_ok("k1", "v1", 1000, 2000);
    put_ok("k2", "v2", 3000, 4000);
    put_ok("k", "v3", 5000, 6000);
    finally("k1", "v1");
    finally("k2", "v2");
    finally("k", "v3");
    stage_finish();
    ck_assert_pass();
    ck_assert_uint_eq(stage_oracle()->seen, 3);
}
END_TEST

START_TEST(long_values_are_compared_by_what_is_kept_of_them)
{
    put_ok("k",
           "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
           "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
           1000, 2000);
    put_ok("k",
           "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
           "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
           "b",
           3000, 4000);
    finally("k", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
                 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
                 "b");
    stage_finish();
    ck_assert_pass();
}
END_TEST

START_TEST(groups_with_transactions_are_left_alone)
{
    struct cs_op op = { .kind = CS_OP_TXN };
    history_begin(stage_history(), 0, 0, F, 0, 0, &op);
    put_ok("k", "v1", 1000, 2000);
    finally("k", NULL);
    stage_finish();
    ck_assert_inconclusive();
}
END_TEST

START_TEST(keys_of_other_groups_are_told_apart)
{
    struct cs_op op = { .kind = CS_OP_PUT, .key = { "k", 1 }, .value = { "v9", 2 } };
    struct cs_result result = { .status = CS_OK };
    put_ok("k", "v1", 1000, 2000);
    size_t other = history_begin(stage_history(), 3000000000, 3000000000, F, 1, 0, &op);
    history_end(stage_history(), other, 4000000000, &result);
    finally("k", "v1");
    stage_finish();
    ck_assert_pass();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("acknowledged_survives");
    TCase *tests = tcase_create("stories");
    tcase_add_checked_fixture(tests, set_up, stage_close);
    tcase_add_test(tests, a_write_overwritten_by_an_older_one_is_a_violation);
    tcase_add_test(tests, writes_that_overlap_may_end_either_way);
    tcase_add_test(tests, a_value_from_nowhere_is_a_violation);
    tcase_add_test(tests, a_failed_write_that_had_an_effect_is_a_violation);
    tcase_add_test(tests, a_refused_cas_that_had_an_effect_is_a_violation);
    tcase_add_test(tests, a_key_that_vanished_is_a_violation);
    tcase_add_test(tests, a_key_that_vanished_after_every_delete_is_a_violation);
    tcase_add_test(tests, a_deleted_key_that_is_back_is_a_violation);
    tcase_add_test(tests, an_applied_cas_counts_as_a_write);
    tcase_add_test(tests, a_refused_cas_does_not);
    tcase_add_test(tests, an_unknown_write_may_take_effect_at_any_later_time);
    tcase_add_test(tests, or_never);
    tcase_add_test(tests, an_unknown_delete_may_take_effect_at_any_later_time);
    tcase_add_test(tests, a_value_written_twice_may_be_the_later_one);
    tcase_add_test(tests, a_value_written_twice_and_both_times_before_another_is_a_violation);
    tcase_add_test(tests, a_write_that_ends_after_the_read_began_need_not_be_seen);
    tcase_add_test(tests, a_key_never_written_is_not_judged);
    tcase_add_test(tests, a_key_never_read_is_not_judged);
    tcase_add_test(tests, keys_are_told_apart_and_counted);
    tcase_add_test(tests, long_values_are_compared_by_what_is_kept_of_them);
    tcase_add_test(tests, groups_with_transactions_are_left_alone);
    tcase_add_test(tests, keys_of_other_groups_are_told_apart);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
