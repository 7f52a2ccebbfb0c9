/* The commit index "increases monotonically" and speaks of the instance's own log.  (Raft, figure
 * 2) */
#include "stage.h"
#include "support/suite.h"

static void set_up(void) { stage_open(&oracle_commit_monotonic); }

START_TEST(a_commit_index_that_goes_back_is_a_violation)
{
    appended_all(B, "1112", "abcd");
    committed(B, 4, 2);
    committed(B, 3, 1);
    ck_assert_violation("B's commit index went back from 4 to 3");
}
END_TEST

START_TEST(a_commit_beyond_the_log_is_a_violation)
{
    appended_all(B, "111", "abc");
    committed(B, 4, 1);
    ck_assert_violation("B committed index 4, but its log ends at index 3");
}
END_TEST

START_TEST(a_commit_of_an_empty_log_is_a_violation_if_others_have_entries)
{
    appended_all(A, "1", "a");
    committed(B, 1, 1);
    ck_assert_violation("B committed index 1, but its log ends at index 0");
}
END_TEST

START_TEST(a_term_other_than_the_entrys_is_a_violation)
{
    appended_all(B, "112", "abc");
    committed(B, 3, 1);
    ck_assert_violation(
        "B committed index 3 as of term 1, but its log holds an entry of term 2 there");
}
END_TEST

START_TEST(removing_what_it_has_committed_is_a_violation)
{
    appended_all(B, "112", "abc");
    committed(B, 2, 1);
    truncated(B, 2);
    ck_assert_violation("B removed its log from index 2 on, though it had committed up to index 2");
}
END_TEST

START_TEST(removing_what_it_has_not_committed_is_innocent)
{
    appended_all(B, "112", "abc");
    committed(B, 2, 1);
    truncated(B, 3);
    committed(B, 2, 1);
    ck_assert_pass();
}
END_TEST

START_TEST(a_new_incarnation_begins_anew)
{
    appended_all(B, "112", "abc");
    committed(B, 3, 2);
    crash(B);
    restart(B);
    appended_all(B, "112", "abc");
    restart_done(B);
    committed(B, 1, 1);
    ck_assert_pass();
    ck_assert_uint_eq(stage_oracle()->seen, 2);
}
END_TEST

START_TEST(a_commit_up_to_a_snapshot_is_innocent)
{
    appended_all(A, "112", "abc");
    snapshot(B, 3, 2, 's');
    committed(B, 3, 2);
    ck_assert_pass();
}
END_TEST

START_TEST(a_commit_index_of_each_scope_is_its_own)
{
    appended_all(B, "112", "abc");
    committed(B, 3, 2);
    stage_scope(1);
    appended_all(B, "1", "a");
    committed(B, 1, 1);
    ck_assert_pass();
}
END_TEST

START_TEST(protocols_without_logs_may_commit)
{
    committed(B, 7, 1);
    ck_assert_pass();
}
END_TEST

START_TEST(nothing_seen_is_inconclusive)
{
    appended_all(B, "1", "a");
    truncated(B, 1);
    ck_assert_inconclusive();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("commit_monotonic");
    TCase *tests = tcase_create("stories");
    tcase_add_checked_fixture(tests, set_up, stage_close);
    tcase_add_test(tests, a_commit_index_that_goes_back_is_a_violation);
    tcase_add_test(tests, a_commit_beyond_the_log_is_a_violation);
    tcase_add_test(tests, a_commit_of_an_empty_log_is_a_violation_if_others_have_entries);
    tcase_add_test(tests, a_term_other_than_the_entrys_is_a_violation);
    tcase_add_test(tests, removing_what_it_has_committed_is_a_violation);
    tcase_add_test(tests, removing_what_it_has_not_committed_is_innocent);
    tcase_add_test(tests, a_new_incarnation_begins_anew);
    tcase_add_test(tests, a_commit_up_to_a_snapshot_is_innocent);
    tcase_add_test(tests, a_commit_index_of_each_scope_is_its_own);
    tcase_add_test(tests, protocols_without_logs_may_commit);
    tcase_add_test(tests, nothing_seen_is_inconclusive);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
