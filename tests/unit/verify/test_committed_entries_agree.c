/* Committed entries never change, whoever commits them.  (Raft, section 5.4) */
#include "stage.h"
#include "support/suite.h"

static void set_up(void) { stage_open(&oracle_committed_entries_agree); }

START_TEST(another_entry_committed_at_an_index_is_a_violation)
{
    appended_all(A, "112", "abc");
    appended_all(C, "113", "abx");
    committed(A, 3, 2);
    committed(C, 3, 3);
    ck_assert_violation(
        "C committed an entry of term 3 at index 3, where A had committed one of term 2");
}
END_TEST

START_TEST(an_earlier_entry_than_the_one_named_is_compared_too)
{
    appended_all(A, "112", "abc");
    appended_all(C, "133", "axc");
    committed(A, 3, 2);
    committed(C, 3, 3);
    ck_assert_violation(
        "C committed an entry of term 3 at index 2, where A had committed one of term 1");
}
END_TEST

START_TEST(another_content_of_the_same_term_is_told_apart)
{
    appended_all(A, "11", "ab");
    appended_all(C, "11", "ax");
    committed(A, 2, 1);
    committed(C, 2, 1);
    ck_assert_violation(
        "C committed another entry of term 1 at index 2, where A had committed one of term 1");
}
END_TEST

START_TEST(a_follower_that_takes_its_leaders_commit_index_for_its_own_log_is_found)
{
    /* cowsql/raft 000eacf2: the commit index was not capped to the entries just checked. */
    appended_all(A, "122", "abc");
    committed(A, 3, 2);
    appended_all(C, "111", "axy");
    committed(C, 1, 1);
    ck_assert_pass();
    committed(C, 2, 1);
    ck_assert_violation(
        "C committed an entry of term 1 at index 2, where A had committed one of term 2");
}
END_TEST

START_TEST(an_entry_replaced_after_it_was_committed_is_found_at_the_next_commit)
{
    appended_all(A, "112", "abc");
    committed(A, 3, 2);
    truncated(A, 3);
    appended(A, 3, 3, 'x');
    committed(A, 3, 3);
    ck_assert_violation(
        "A committed an entry of term 3 at index 3, where A had committed one of term 2");
}
END_TEST

START_TEST(followers_that_commit_later_or_less_are_innocent)
{
    appended_all(A, "112", "abc");
    appended_all(B, "1123", "abcx");
    appended_all(C, "111", "aby");
    committed(A, 3, 2);
    committed(B, 2, 1);
    committed(B, 3, 2);
    committed(C, 2, 1);
    ck_assert_pass();
    ck_assert_uint_eq(stage_oracle()->seen, 4);
}
END_TEST

START_TEST(a_commit_beyond_the_log_is_somebody_elses_finding)
{
    appended_all(A, "112", "abc");
    appended_all(B, "1", "a");
    committed(A, 3, 2);
    committed(B, 3, 2);
    ck_assert_pass();
}
END_TEST

START_TEST(a_log_that_begins_with_a_snapshot_is_compared_where_it_ends)
{
    appended_all(A, "112", "abc");
    committed(A, 3, 2);
    snapshot(C, 2, 1, 's');
    appended(C, 3, 2, 'c');
    committed(C, 3, 2);
    ck_assert_pass();
    snapshot(D, 3, 3, 's');
    committed(D, 3, 3);
    ck_assert_violation(
        "D committed an entry of term 3 at index 3, where A had committed one of term 2");
}
END_TEST

START_TEST(an_entry_that_the_first_committer_had_in_a_snapshot_is_learned_from_the_next)
{
    snapshot(A, 2, 1, 's');
    appended(A, 3, 2, 'c');
    committed(A, 3, 2);
    appended_all(B, "112", "abc");
    committed(B, 3, 2);
    appended_all(C, "112", "xbc");
    committed(C, 3, 2);
    ck_assert_violation(
        "C committed another entry of term 1 at index 1, where B had committed one of term 1");
}
END_TEST

START_TEST(logs_of_other_scopes_are_not_compared)
{
    appended_all(A, "1", "a");
    committed(A, 1, 1);
    stage_scope(1);
    appended_all(A, "2", "x");
    committed(A, 1, 2);
    ck_assert_pass();
}
END_TEST

START_TEST(commits_without_logs_are_inconclusive)
{
    committed(A, 3, 1);
    ck_assert_inconclusive();
}
END_TEST

START_TEST(a_snapshot_that_takes_the_place_of_committed_entries_is_compared_anew)
{
    appended_all(A, "112", "abc");
    committed(A, 3, 2);
    snapshot(A, 3, 3, 's');
    committed(A, 3, 3);
    ck_assert_violation(
        "A committed an entry of term 3 at index 3, where A had committed one of term 2");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("committed_entries_agree");
    TCase *tests = tcase_create("stories");
    tcase_add_checked_fixture(tests, set_up, stage_close);
    tcase_add_test(tests, another_entry_committed_at_an_index_is_a_violation);
    tcase_add_test(tests, an_earlier_entry_than_the_one_named_is_compared_too);
    tcase_add_test(tests, another_content_of_the_same_term_is_told_apart);
    tcase_add_test(tests, a_follower_that_takes_its_leaders_commit_index_for_its_own_log_is_found);
    tcase_add_test(tests, an_entry_replaced_after_it_was_committed_is_found_at_the_next_commit);
    tcase_add_test(tests, followers_that_commit_later_or_less_are_innocent);
    tcase_add_test(tests, a_commit_beyond_the_log_is_somebody_elses_finding);
    tcase_add_test(tests, a_log_that_begins_with_a_snapshot_is_compared_where_it_ends);
    tcase_add_test(tests,
                   an_entry_that_the_first_committer_had_in_a_snapshot_is_learned_from_the_next);
    tcase_add_test(tests, logs_of_other_scopes_are_not_compared);
    tcase_add_test(tests, commits_without_logs_are_inconclusive);
    tcase_add_test(tests, a_snapshot_that_takes_the_place_of_committed_entries_is_compared_anew);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
