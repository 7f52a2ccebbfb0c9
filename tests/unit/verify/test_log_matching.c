/* Log Matching: "if two logs contain an entry with the same index and term, then the logs are
 * identical in all entries up through the given index."  (Raft, figure 3) */
#include "stage.h"
#include "support/suite.h"

static void set_up(void) { stage_open(&oracle_log_matching); }

START_TEST(different_contents_at_one_index_and_term_are_a_violation)
{
    appended_all(A, "11", "ab");
    appended_all(C, "11", "ax");
    ck_assert_violation("C appended another entry at index 2 of term 1 than A had");
}
END_TEST

START_TEST(the_same_entry_after_a_different_one_is_a_violation)
{
    appended_all(A, "113", "abc");
    appended_all(C, "123", "axc");
    ck_assert_violation(
        "C appended the entry at index 3 of term 3, as A had, but after another entry "
        "at index 2");
}
END_TEST

START_TEST(it_is_found_though_the_first_log_is_gone)
{
    appended_all(A, "11", "ab");
    truncated(A, 1);
    appended_all(C, "11", "ax");
    ck_assert_violation("C appended another entry at index 2 of term 1 than A had");
}
END_TEST

START_TEST(it_is_found_though_it_is_the_same_instance)
{
    appended_all(A, "11", "ab");
    truncated(A, 2);
    appended(A, 2, 1, 'x');
    ck_assert_violation("A appended another entry at index 2 of term 1 than A had");
}
END_TEST

START_TEST(a_hole_in_a_log_is_a_violation)
{
    appended_all(A, "11", "ab");
    appended(A, 4, 1, 'd');
    ck_assert_violation("A appended index 4 to a log that ended at index 2");
}
END_TEST

START_TEST(a_log_that_does_not_begin_at_1_is_a_violation)
{
    appended(A, 2, 1, 'b');
    ck_assert_violation("A appended index 2 to a log that ended at index 0");
}
END_TEST

START_TEST(entries_kept_after_a_snapshot_that_contradicts_them_are_found)
{
    /* The snapshot ends in another entry than the log holds there: the log is gone. */
    appended_all(C, "1112", "abcx");
    snapshot(C, 3, 2, 's');
    appended(C, 5, 2, 'y');
    ck_assert_violation("C appended index 5 to a log that ended at index 3");
}
END_TEST

START_TEST(entries_after_a_snapshot_are_compared_with_the_entry_that_it_ends_in)
{
    appended_all(A, "123", "abc");
    appended_all(B, "111", "abx");
    snapshot(C, 2, 1, 's');
    appended(C, 3, 3, 'c');
    ck_assert_violation(
        "C appended the entry at index 3 of term 3, as A had, but after another entry "
        "at index 2");
}
END_TEST

START_TEST(different_entries_of_different_terms_are_innocent)
{
    appended_all(A, "112", "abc");
    appended_all(C, "113", "abx");
    ck_assert_pass();
}
END_TEST

START_TEST(a_suffix_that_is_replaced_is_innocent)
{
    appended_all(A, "1122", "abcd");
    appended_all(C, "111", "abx");
    truncated(C, 3);
    appended(C, 3, 2, 'c');
    appended(C, 4, 2, 'd');
    ck_assert_pass();
}
END_TEST

START_TEST(a_suffix_that_is_replaced_without_a_word_is_innocent)
{
    appended_all(A, "1122", "abcd");
    appended_all(C, "1111", "abxy");
    appended(C, 3, 2, 'c');
    appended(C, 4, 2, 'd');
    ck_assert_pass();
}
END_TEST

START_TEST(an_entry_said_twice_is_innocent)
{
    appended_all(A, "111", "abc");
    appended(A, 2, 1, 'b');
    appended(A, 4, 1, 'd');
    ck_assert_pass();
}
END_TEST

START_TEST(a_log_that_continues_after_a_snapshot_is_innocent)
{
    appended_all(A, "1122", "abcd");
    snapshot(C, 3, 2, 's');
    appended(C, 4, 2, 'd');
    appended_all(B, "112", "abc");
    snapshot(B, 2, 1, 't');
    appended(B, 4, 2, 'd');
    ck_assert_pass();
}
END_TEST

START_TEST(a_snapshot_older_than_the_log_changes_nothing)
{
    appended_all(B, "1122", "abcd");
    snapshot(B, 3, 2, 's');
    snapshot(B, 2, 1, 't');
    appended(B, 5, 2, 'e');
    ck_assert_pass();
}
END_TEST

START_TEST(logs_of_other_scopes_and_groups_are_not_compared)
{
    appended_all(A, "11", "ab");
    appended_all(F, "11", "ax");
    stage_scope(1);
    appended_all(C, "11", "xy");
    ck_assert_pass();
    ck_assert_uint_eq(stage_oracle()->seen, 6);
}
END_TEST

START_TEST(nothing_seen_is_inconclusive)
{
    committed(A, 1, 1);
    ck_assert_inconclusive();
}
END_TEST

START_TEST(a_snapshot_older_than_another_changes_nothing)
{
    snapshot(B, 5, 2, 's');
    snapshot(B, 3, 1, 't');
    appended(B, 6, 2, 'f');
    ck_assert_pass();
}
END_TEST

START_TEST(a_log_cut_back_into_a_snapshot_goes_on_from_there)
{
    snapshot(B, 5, 2, 's');
    truncated(B, 3);
    appended(B, 3, 2, 'c');
    appended(B, 5, 2, 'e');
    ck_assert_violation("B appended index 5 to a log that ended at index 3");
    ck_assert_uint_eq(stage_oracle()->violations, 1);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("log_matching");
    TCase *tests = tcase_create("stories");
    tcase_add_checked_fixture(tests, set_up, stage_close);
    tcase_add_test(tests, different_contents_at_one_index_and_term_are_a_violation);
    tcase_add_test(tests, the_same_entry_after_a_different_one_is_a_violation);
    tcase_add_test(tests, it_is_found_though_the_first_log_is_gone);
    tcase_add_test(tests, it_is_found_though_it_is_the_same_instance);
    tcase_add_test(tests, a_hole_in_a_log_is_a_violation);
    tcase_add_test(tests, a_log_that_does_not_begin_at_1_is_a_violation);
    tcase_add_test(tests, entries_kept_after_a_snapshot_that_contradicts_them_are_found);
    tcase_add_test(tests, entries_after_a_snapshot_are_compared_with_the_entry_that_it_ends_in);
    tcase_add_test(tests, different_entries_of_different_terms_are_innocent);
    tcase_add_test(tests, a_suffix_that_is_replaced_is_innocent);
    tcase_add_test(tests, a_suffix_that_is_replaced_without_a_word_is_innocent);
    tcase_add_test(tests, an_entry_said_twice_is_innocent);
    tcase_add_test(tests, a_log_that_continues_after_a_snapshot_is_innocent);
    tcase_add_test(tests, a_snapshot_older_than_the_log_changes_nothing);
    tcase_add_test(tests, logs_of_other_scopes_and_groups_are_not_compared);
    tcase_add_test(tests, nothing_seen_is_inconclusive);
    tcase_add_test(tests, a_snapshot_older_than_another_changes_nothing);
    tcase_add_test(tests, a_log_cut_back_into_a_snapshot_goes_on_from_there);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
