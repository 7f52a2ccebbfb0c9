/* What a restarted instance finds is what it had claimed to keep.  (Raft, figure 2; thesis,
 * section 3.8) */
#include "stage.h"
#include "support/suite.h"

static void set_up(void) { stage_open(&oracle_recovered_agrees); }

START_TEST(an_empty_disk_under_the_old_identity_is_a_violation)
{
    stage_at_ms(3000);
    voted(B, 4, A);
    crash(B);
    restart(B);
    restart_done(B);
    ck_assert_violation(
        "B recovered nothing, though it had claimed to keep VOTED (term 4, vote A) (at 3s)");
}
END_TEST

START_TEST(a_vote_stays_claimed_when_only_the_term_is_said_again)
{
    voted(B, 4, A);
    voted(B, 4, NOBODY);
    crash(B);
    restart(B);
    voted(B, 4, NOBODY);
    restart_done(B);
    ck_assert_violation(
        "B recovered a vote for nobody in term 4, though it had claimed to keep one for A");
}
END_TEST

START_TEST(a_term_that_was_lost_is_a_violation)
{
    voted(B, 3, NOBODY);
    voted(B, 4, NOBODY);
    crash(B);
    restart(B);
    voted(B, 3, NOBODY);
    restart_done(B);
    ck_assert_violation("B recovered term 3, though it had claimed to keep term 4");
}
END_TEST

START_TEST(a_term_that_is_not_even_mentioned_is_a_violation)
{
    voted(B, 4, NOBODY);
    appended_all(B, "1", "a");
    crash(B);
    restart(B);
    appended_all(B, "1", "a");
    restart_done(B);
    ck_assert_violation("B recovered term 0, though it had claimed to keep term 4");
}
END_TEST

START_TEST(a_vote_that_was_lost_is_a_violation)
{
    voted(B, 4, NOBODY);
    voted(B, 4, A);
    crash(B);
    restart(B);
    voted(B, 4, NOBODY);
    restart_done(B);
    ck_assert_violation(
        "B recovered a vote for nobody in term 4, though it had claimed to keep one for A");
}
END_TEST

START_TEST(another_vote_is_a_violation)
{
    voted(B, 4, A);
    crash(B);
    restart(B);
    voted(B, 4, C);
    restart_done(B);
    ck_assert_violation(
        "B recovered a vote for C in term 4, though it had claimed to keep one for A");
}
END_TEST

START_TEST(a_log_that_is_shorter_than_claimed_is_a_violation)
{
    appended_all(B, "1122", "abcd");
    stored(B, 3, 2);
    crash(B);
    restart(B);
    appended_all(B, "11", "ab");
    restart_done(B);
    ck_assert_violation(
        "B recovered its log up to index 2, though it had claimed to keep it up to index 3");
}
END_TEST

START_TEST(another_entry_than_claimed_is_a_violation)
{
    appended_all(B, "1122", "abcd");
    stored(B, 4, 2);
    crash(B);
    restart(B);
    appended_all(B, "1132", "abxd");
    restart_done(B);
    ck_assert_violation(
        "B recovered an entry of term 3 at index 3, though it had claimed to keep one of term 2");
}
END_TEST

START_TEST(another_content_than_claimed_is_a_violation)
{
    appended_all(B, "11", "ab");
    stored(B, 2, 1);
    crash(B);
    restart(B);
    appended_all(B, "11", "ax");
    restart_done(B);
    ck_assert_violation("B recovered another entry of term 1 at index 2, though it had claimed to "
                        "keep one of term 1");
}
END_TEST

START_TEST(a_claim_outlives_several_restarts)
{
    appended_all(B, "11", "ab");
    stored(B, 2, 1);
    crash(B);
    restart(B);
    appended_all(B, "11", "ab");
    restart_done(B);
    crash(B);
    restart(B);
    appended_all(B, "1", "a");
    restart_done(B);
    ck_assert_violation(
        "B recovered its log up to index 1, though it had claimed to keep it up to index 2");
}
END_TEST

START_TEST(a_claim_outlives_an_incarnation_that_ended_in_its_start)
{
    appended_all(B, "11", "ab");
    stored(B, 2, 1);
    crash(B);
    restart(B);
    appended_all(B, "1", "a");
    crash(B);
    restart(B);
    appended_all(B, "1", "a");
    restart_done(B);
    ck_assert_violation(
        "B recovered its log up to index 1, though it had claimed to keep it up to index 2");
}
END_TEST

START_TEST(a_tail_cut_off_at_the_start_is_still_claimed)
{
    /* A corrupt tail taken for a torn one (FAST 2018, Protocol-Aware Recovery). */
    appended_all(B, "11", "ab");
    stored(B, 2, 1);
    crash(B);
    restart(B);
    appended_all(B, "11", "ab");
    truncated(B, 2);
    restart_done(B);
    ck_assert_violation(
        "B recovered its log up to index 1, though it had claimed to keep it up to index 2");
}
END_TEST

START_TEST(a_snapshot_that_was_lost_is_a_violation)
{
    snapshot(B, 5, 2, 's');
    crash(B);
    restart(B);
    voted(B, 1, A);
    restart_done(B);
    ck_assert_violation(
        "B recovered its log up to index 0, though it had claimed to keep it up to index 5");
}
END_TEST

START_TEST(what_was_claimed_is_found)
{
    voted(B, 4, A);
    appended_all(B, "1122", "abcd");
    stored(B, 4, 2);
    crash(B);
    restart(B);
    voted(B, 4, A);
    appended_all(B, "1122", "abcd");
    restart_done(B);
    ck_assert_pass();
    ck_assert_uint_eq(stage_oracle()->seen, 1);
}
END_TEST

START_TEST(more_than_was_claimed_is_innocent)
{
    /* A crash came between the writes and the words about them. */
    voted(B, 4, NOBODY);
    appended_all(B, "11", "ab");
    stored(B, 1, 1);
    crash(B);
    restart(B);
    voted(B, 4, C);
    appended_all(B, "112", "abc");
    restart_done(B);
    crash(B);
    restart(B);
    voted(B, 6, NOBODY);
    appended_all(B, "11", "ab");
    restart_done(B);
    ck_assert_pass();
}
END_TEST

START_TEST(an_unflushed_suffix_may_be_lost)
{
    appended_all(B, "1122", "abcd");
    stored(B, 2, 1);
    crash(B);
    restart(B);
    appended_all(B, "11", "ab");
    restart_done(B);
    ck_assert_pass();
}
END_TEST

START_TEST(what_was_removed_since_is_no_longer_claimed)
{
    appended_all(B, "1122", "abcd");
    stored(B, 4, 2);
    truncated(B, 3);
    appended(B, 3, 3, 'x');
    crash(B);
    restart(B);
    appended_all(B, "11", "ab");
    restart_done(B);
    ck_assert_pass();
}
END_TEST

START_TEST(nor_must_it_be_gone)
{
    appended_all(B, "1122", "abcd");
    stored(B, 4, 2);
    truncated(B, 3);
    crash(B);
    restart(B);
    appended_all(B, "1122", "abcd");
    restart_done(B);
    ck_assert_pass();
}
END_TEST

START_TEST(a_snapshot_may_stand_for_what_was_claimed)
{
    appended_all(B, "1122", "abcd");
    stored(B, 4, 2);
    crash(B);
    restart(B);
    snapshot(B, 3, 2, 's');
    appended(B, 4, 2, 'd');
    restart_done(B);
    ck_assert_pass();
}
END_TEST

START_TEST(a_snapshot_that_replaced_the_log_leaves_nothing_to_compare)
{
    appended_all(B, "1122", "abcd");
    stored(B, 4, 2);
    crash(B);
    restart(B);
    snapshot(B, 3, 3, 's');
    restart_done(B);
    ck_assert_pass();
}
END_TEST

START_TEST(but_entries_after_a_snapshot_that_agrees_are_claimed)
{
    appended_all(B, "1122", "abcd");
    stored(B, 4, 2);
    crash(B);
    restart(B);
    snapshot(B, 3, 2, 's');
    restart_done(B);
    ck_assert_violation(
        "B recovered its log up to index 3, though it had claimed to keep it up to index 4");
}
END_TEST

START_TEST(a_claim_about_another_entry_than_the_log_holds_is_none)
{
    appended_all(B, "112", "abc");
    stored(B, 3, 1);
    crash(B);
    restart(B);
    appended_all(B, "1", "a");
    restart_done(B);
    ck_assert_pass();
}
END_TEST

START_TEST(what_was_not_durable_was_not_claimed)
{
    stage_fact(B, (struct stated_fact){ .kind = CS_FACT_VOTED, .a = 4, .b = A, .rests = true });
    crash(B);
    restart(B);
    restart_done(B);
    ck_assert_inconclusive();
}
END_TEST

START_TEST(an_instance_that_joins_anew_need_not_remember)
{
    voted(B, 4, A);
    appended_all(B, "11", "ab");
    stored(B, 2, 1);
    crash(B);
    join(B);
    restart_done(B);
    crash(B);
    restart(B);
    restart_done(B);
    ck_assert_inconclusive();
}
END_TEST

START_TEST(what_can_be_settled_need_not_be_found)
{
    stage_fact(B, (struct stated_fact){
                      .kind = CS_FACT_PREPARED, .a = 4, .rests = true, .durable = true });
    crash(B);
    restart(B);
    restart_done(B);
    ck_assert_inconclusive();
}
END_TEST

START_TEST(a_promise_is_for_ever)
{
    stage_at_ms(1500);
    stage_fact(B, (struct stated_fact){
                      .kind = CS_FACT_PROMISED, .a = 1, .b = 7, .rests = true, .durable = true });
    crash(B);
    restart(B);
    restart_done(B);
    ck_assert_violation("B recovered nothing, though it had claimed to keep PROMISED (instance 1, "
                        "ballot 7) (at 1.5s)");
}
END_TEST

START_TEST(each_scope_is_judged_by_itself)
{
    appended_all(B, "1", "a");
    stored(B, 1, 1);
    stage_scope(1);
    appended_all(B, "22", "xy");
    stored(B, 2, 2);
    crash(B);
    restart(B);
    appended_all(B, "2", "x");
    stage_scope(0);
    appended_all(B, "1", "a");
    restart_done(B);
    ck_assert_violation(
        "B recovered its log up to index 1, though it had claimed to keep it up to index 2");
    ck_assert_uint_eq(stage_oracle()->violations, 1);
}
END_TEST

START_TEST(a_run_without_restarts_is_inconclusive)
{
    voted(B, 4, A);
    crash(B);
    ck_assert_inconclusive();
}
END_TEST

START_TEST(an_instance_that_joined_anew_remembers_what_it_claimed_since)
{
    voted(B, 4, A);
    appended_all(B, "1111", "abcd");
    stored(B, 4, 1);
    crash(B);
    join(B);
    appended_all(B, "11", "xy");
    restart_done(B);
    stored(B, 1, 1);
    crash(B);
    restart(B);
    appended_all(B, "1", "x");
    restart_done(B);
    ck_assert_pass();
}
END_TEST

START_TEST(entries_that_a_snapshot_replaced_are_no_longer_claimed)
{
    appended_all(B, "1122", "abcd");
    stored(B, 4, 2);
    snapshot(B, 3, 3, 's');
    crash(B);
    restart(B);
    snapshot(B, 3, 3, 's');
    restart_done(B);
    ck_assert_pass();
}
END_TEST

START_TEST(what_one_restart_found_is_claimed_at_the_next)
{
    /* A process crash left a vote and an entry that were written, but not flushed; then a power
     * loss took what the program had relied on meanwhile. */
    voted(B, 4, A);
    appended_all(B, "11", "ab");
    crash(B);
    restart(B);
    voted(B, 5, NOBODY);
    appended_all(B, "11", "ab");
    stored(B, 2, 1);
    restart_done(B);
    crash(B);
    restart(B);
    voted(B, 3, NOBODY);
    appended_all(B, "1", "a");
    restart_done(B);
    ck_assert_violation("B recovered term 3, though it had claimed to keep term 5");
    ck_assert_uint_eq(stage_oracle()->violations, 2);
}
END_TEST

START_TEST(an_empty_disk_at_the_second_restart_is_a_violation)
{
    stage_at_ms(2000);
    voted(B, 4, A);
    crash(B);
    restart(B);
    voted(B, 4, A);
    restart_done(B);
    crash(B);
    restart(B);
    restart_done(B);
    ck_assert_violation(
        "B recovered nothing, though it had claimed to keep VOTED (term 4, vote A) (at 2.003s)");
}
END_TEST

START_TEST(a_vote_that_only_an_earlier_restart_found_does_not_count)
{
    voted(B, 4, A);
    crash(B);
    restart(B);
    voted(B, 4, A);
    restart_done(B);
    crash(B);
    restart(B);
    appended_all(B, "1", "a");
    restart_done(B);
    ck_assert_violation("B recovered term 0, though it had claimed to keep term 4");
}
END_TEST

START_TEST(what_was_found_but_not_said_to_be_stored_is_not_claimed)
{
    appended_all(B, "11", "ab");
    stored(B, 1, 1);
    crash(B);
    restart(B);
    appended_all(B, "11", "ab");
    restart_done(B);
    crash(B);
    restart(B);
    appended_all(B, "1", "a");
    restart_done(B);
    ck_assert_pass();
    ck_assert_uint_eq(stage_oracle()->seen, 2);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("recovered_agrees");
    TCase *tests = tcase_create("stories");
    tcase_add_checked_fixture(tests, set_up, stage_close);
    tcase_add_test(tests, an_empty_disk_under_the_old_identity_is_a_violation);
    tcase_add_test(tests, a_vote_stays_claimed_when_only_the_term_is_said_again);
    tcase_add_test(tests, a_term_that_was_lost_is_a_violation);
    tcase_add_test(tests, a_term_that_is_not_even_mentioned_is_a_violation);
    tcase_add_test(tests, a_vote_that_was_lost_is_a_violation);
    tcase_add_test(tests, another_vote_is_a_violation);
    tcase_add_test(tests, a_log_that_is_shorter_than_claimed_is_a_violation);
    tcase_add_test(tests, another_entry_than_claimed_is_a_violation);
    tcase_add_test(tests, another_content_than_claimed_is_a_violation);
    tcase_add_test(tests, a_claim_outlives_several_restarts);
    tcase_add_test(tests, a_claim_outlives_an_incarnation_that_ended_in_its_start);
    tcase_add_test(tests, a_tail_cut_off_at_the_start_is_still_claimed);
    tcase_add_test(tests, a_snapshot_that_was_lost_is_a_violation);
    tcase_add_test(tests, what_was_claimed_is_found);
    tcase_add_test(tests, more_than_was_claimed_is_innocent);
    tcase_add_test(tests, an_unflushed_suffix_may_be_lost);
    tcase_add_test(tests, what_was_removed_since_is_no_longer_claimed);
    tcase_add_test(tests, nor_must_it_be_gone);
    tcase_add_test(tests, a_snapshot_may_stand_for_what_was_claimed);
    tcase_add_test(tests, a_snapshot_that_replaced_the_log_leaves_nothing_to_compare);
    tcase_add_test(tests, but_entries_after_a_snapshot_that_agrees_are_claimed);
    tcase_add_test(tests, a_claim_about_another_entry_than_the_log_holds_is_none);
    tcase_add_test(tests, what_was_not_durable_was_not_claimed);
    tcase_add_test(tests, an_instance_that_joins_anew_need_not_remember);
    tcase_add_test(tests, what_can_be_settled_need_not_be_found);
    tcase_add_test(tests, a_promise_is_for_ever);
    tcase_add_test(tests, each_scope_is_judged_by_itself);
    tcase_add_test(tests, a_run_without_restarts_is_inconclusive);
    tcase_add_test(tests, an_instance_that_joined_anew_remembers_what_it_claimed_since);
    tcase_add_test(tests, entries_that_a_snapshot_replaced_are_no_longer_claimed);
    tcase_add_test(tests, what_one_restart_found_is_claimed_at_the_next);
    tcase_add_test(tests, an_empty_disk_at_the_second_restart_is_a_violation);
    tcase_add_test(tests, a_vote_that_only_an_earlier_restart_found_does_not_count);
    tcase_add_test(tests, what_was_found_but_not_said_to_be_stored_is_not_claimed);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
