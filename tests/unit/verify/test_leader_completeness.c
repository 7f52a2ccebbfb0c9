/* Leader Completeness: "if a log entry is committed in a given term, then that entry will be
 * present in the logs of the leaders for all higher-numbered terms."  (Raft, figure 3) */
#include "stage.h"
#include "support/suite.h"

static void set_up(void) { stage_open(&oracle_leader_completeness); }

/* A leads term 1 and commits "abc", which B has too, and C up to "b". */
static void commit_abc(void)
{
    leader(A, 1);
    appended_all(A, "111", "abc");
    appended_all(B, "111", "abc");
    appended_all(C, "11", "ab");
    committed(A, 3, 1);
}

START_TEST(a_leader_without_the_last_committed_entry_is_a_violation)
{
    commit_abc();
    leader(C, 2);
    ck_assert_violation(
        "C leads term 2 with a log that ends at index 2, without the entry at index "
        "3 that A had committed");
}
END_TEST

START_TEST(a_leader_with_another_entry_in_its_place_is_a_violation)
{
    commit_abc();
    appended_all(E, "112", "abx");
    leader(E, 3);
    ck_assert_violation(
        "E leads term 3 with an entry of term 2 at index 3, where A had committed one of term 1");
    ck_assert_uint_eq(stage_oracle()->violations, 1);
}
END_TEST

START_TEST(figure_8_an_old_entry_on_a_majority_is_overwritten_after_it_was_committed)
{
    /* Raft, figure 8, (a) to (d), with the mistake of committing index 2 of term 2 in term 4. */
    leader(A, 2);
    appended_all(A, "12", "ab");
    appended_all(B, "12", "ab");
    leader(E, 3);
    appended_all(E, "13", "ax");
    leader(A, 4);
    appended_all(C, "12", "ab");
    committed(A, 2, 2);
    leader(E, 5);
    ck_assert_violation("E leads term 5 with an entry of term 3 at index 2, where A had committed "
                        "one of term 2");
}
END_TEST

START_TEST(figure_8_without_the_commit_is_innocent)
{
    leader(A, 2);
    appended_all(A, "12", "ab");
    leader(E, 3);
    appended_all(E, "13", "ax");
    committed(A, 1, 1);
    leader(A, 4);
    leader(E, 5);
    truncated(A, 2);
    appended(A, 2, 3, 'x');
    committed(E, 2, 3);
    leader(A, 6);
    ck_assert_pass();
    ck_assert_uint_eq(stage_oracle()->seen, 4);
}
END_TEST

START_TEST(a_leader_that_truncated_a_committed_entry_is_found_though_it_once_agreed)
{
    commit_abc();
    leader(B, 2);
    truncated(B, 3);
    leader(B, 3);
    ck_assert_violation(
        "B leads term 3 with a log that ends at index 2, without the entry at index "
        "3 that A had committed");
}
END_TEST

START_TEST(another_entry_of_the_same_term_is_told_apart)
{
    commit_abc();
    appended_all(D, "111", "abx");
    leader(D, 2);
    ck_assert_violation("D leads term 2 with another entry of term 1 at index 3, where A had "
                        "committed one of term 1");
}
END_TEST

START_TEST(an_old_leader_that_is_told_of_late_need_not_hold_what_was_committed_meanwhile)
{
    /* C gathered its votes of term 2 before A led term 3; the news is late. */
    leader(A, 1);
    leader(B, 3);
    appended_all(B, "13", "ab");
    committed(B, 2, 3);
    leader(C, 2);
    ck_assert_pass();
    leader(D, 4);
    ck_assert_violation(
        "D leads term 4 with a log that ends at index 0, without the entry at index "
        "1 that B had committed");
}
END_TEST

START_TEST(what_was_committed_before_a_late_leaders_term_is_still_asked_of_it)
{
    leader(A, 1);
    appended_all(A, "11", "ab");
    committed(A, 2, 1);
    appended_all(B, "11", "ab");
    leader(B, 3);
    appended(B, 3, 3, 'c');
    committed(B, 3, 3);
    appended_all(C, "1", "a");
    leader(C, 2);
    ck_assert_violation(
        "C leads term 2 with a log that ends at index 1, without the entry at index "
        "2 that A had committed");
}
END_TEST

START_TEST(a_second_leader_of_a_term_need_not_hold_what_was_committed_in_it)
{
    /* Two leaders of a term are another check's finding. */
    leader(A, 1);
    leader(B, 2);
    appended_all(B, "2", "a");
    committed(B, 1, 2);
    leader(C, 2);
    ck_assert_pass();
    leader(C, 3);
    ck_assert_violation(
        "C leads term 3 with a log that ends at index 0, without the entry at index "
        "1 that B had committed");
}
END_TEST

START_TEST(a_leader_with_all_entries_and_more_is_innocent)
{
    commit_abc();
    appended(B, 4, 1, 'd');
    leader(B, 2);
    ck_assert_pass();
}
END_TEST

START_TEST(a_snapshot_stands_for_the_entries_that_it_covers)
{
    commit_abc();
    snapshot(D, 2, 1, 's');
    appended(D, 3, 1, 'c');
    leader(D, 2);
    ck_assert_pass();
}
END_TEST

START_TEST(a_snapshot_that_ends_in_another_entry_does_not)
{
    commit_abc();
    snapshot(D, 3, 2, 's');
    leader(D, 3);
    ck_assert_violation(
        "D leads term 3 with an entry of term 2 at index 3, where A had committed one of term 1");
}
END_TEST

START_TEST(what_is_applied_is_committed)
{
    appended_all(A, "1", "a");
    applied(B, 1, 1, 'a');
    applied(B, 2, 1, 'b');
    leader(A, 2);
    ck_assert_violation(
        "A leads term 2 with a log that ends at index 1, without the entry at index "
        "2 that B had committed");
}
END_TEST

START_TEST(logs_of_other_scopes_and_groups_do_not_count)
{
    commit_abc();
    stage_scope(1);
    appended_all(D, "1", "x");
    leader(D, 2);
    ck_assert_pass();
    stage_scope(0);
    appended_all(F, "1", "x");
    leader(F, 2);
    ck_assert_pass();
}
END_TEST

START_TEST(leaders_without_logs_are_inconclusive)
{
    leader(A, 1);
    applied(A, 1, 1, 'a');
    leader(B, 2);
    ck_assert_inconclusive();
}
END_TEST

START_TEST(a_late_leader_of_an_old_term_with_all_of_its_time_is_innocent)
{
    leader(A, 1);
    appended_all(A, "11", "ab");
    committed(A, 2, 1);
    appended_all(B, "11", "ab");
    leader(B, 3);
    appended(B, 3, 3, 'c');
    committed(B, 3, 3);
    appended_all(C, "11", "ab");
    leader(C, 2);
    ck_assert_pass();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("leader_completeness");
    TCase *tests = tcase_create("stories");
    tcase_add_checked_fixture(tests, set_up, stage_close);
    tcase_add_test(tests, a_leader_without_the_last_committed_entry_is_a_violation);
    tcase_add_test(tests, a_leader_with_another_entry_in_its_place_is_a_violation);
    tcase_add_test(tests,
                   figure_8_an_old_entry_on_a_majority_is_overwritten_after_it_was_committed);
    tcase_add_test(tests, figure_8_without_the_commit_is_innocent);
    tcase_add_test(tests, a_leader_that_truncated_a_committed_entry_is_found_though_it_once_agreed);
    tcase_add_test(tests, another_entry_of_the_same_term_is_told_apart);
    tcase_add_test(tests,
                   an_old_leader_that_is_told_of_late_need_not_hold_what_was_committed_meanwhile);
    tcase_add_test(tests, what_was_committed_before_a_late_leaders_term_is_still_asked_of_it);
    tcase_add_test(tests, a_second_leader_of_a_term_need_not_hold_what_was_committed_in_it);
    tcase_add_test(tests, a_leader_with_all_entries_and_more_is_innocent);
    tcase_add_test(tests, a_snapshot_stands_for_the_entries_that_it_covers);
    tcase_add_test(tests, a_snapshot_that_ends_in_another_entry_does_not);
    tcase_add_test(tests, what_is_applied_is_committed);
    tcase_add_test(tests, logs_of_other_scopes_and_groups_do_not_count);
    tcase_add_test(tests, leaders_without_logs_are_inconclusive);
    tcase_add_test(tests, a_late_leader_of_an_old_term_with_all_of_its_time_is_innocent);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
