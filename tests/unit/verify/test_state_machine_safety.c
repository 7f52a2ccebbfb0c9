/* State Machine Safety: "if a server has applied a log entry at a given index to its state machine,
 * no other server will ever apply a different log entry for the same index."  (Raft, figure 3) */
#include "stage.h"
#include "support/suite.h"

static void set_up(void) { stage_open(&oracle_state_machine_safety); }

START_TEST(different_terms_at_one_index_are_a_violation)
{
    applied(A, 1, 3, 'a');
    applied(C, 1, 4, 'a');
    ck_assert_violation(
        "C applied an entry of term 4 at index 1, where A had committed one of term 3");
}
END_TEST

START_TEST(different_contents_at_one_index_are_a_violation)
{
    applied(A, 1, 3, 'a');
    applied(C, 1, 3, 'x');
    ck_assert_violation(
        "C applied another entry of term 3 at index 1, where A had committed one of term 3");
}
END_TEST

START_TEST(what_another_has_committed_counts_before_anybody_applies_it)
{
    appended_all(A, "3", "a");
    committed(A, 1, 3);
    applied(C, 1, 4, 'x');
    ck_assert_violation(
        "C applied an entry of term 4 at index 1, where A had committed one of term 3");
}
END_TEST

START_TEST(an_entry_left_out_is_a_violation)
{
    applied(A, 1, 3, 'a');
    applied(A, 3, 3, 'c');
    ck_assert_violation("A applied index 3 next after index 1");
}
END_TEST

START_TEST(an_entry_applied_twice_is_a_violation)
{
    applied(A, 1, 3, 'a');
    applied(A, 1, 3, 'a');
    ck_assert_violation("A applied index 1 next after index 1");
}
END_TEST

START_TEST(a_beginning_in_the_middle_is_a_violation)
{
    applied(A, 5, 3, 'a');
    ck_assert_violation("A began to apply entries at index 5");
}
END_TEST

START_TEST(snapshots_of_one_index_that_differ_are_a_violation)
{
    applied(A, 1, 3, 'a');
    snapshot(A, 1, 3, 's');
    snapshot(C, 1, 3, 't');
    ck_assert_violation("C has another snapshot at index 1 (term 3) than A had (term 3)");
}
END_TEST

/* The state after the entry, 0: it does not say. */
static void applied_to(uint32_t instance, uint64_t index, uint64_t state)
{
    stage_fact(instance,
               (struct stated_fact){
                   .kind = CS_FACT_APPLIED, .a = index, .b = 3, .c = state, .digest = 'a' });
}

START_TEST(another_state_after_the_same_entries_is_a_violation)
{
    applied_to(A, 1, 100);
    applied_to(C, 1, 100);
    applied_to(A, 2, 200);
    ck_assert_pass();
    applied_to(C, 2, 201);
    ck_assert_violation("C has another state after index 2 than A has");
}
END_TEST

START_TEST(who_applies_again_after_a_restart_comes_to_the_same_states)
{
    applied_to(A, 1, 100);
    applied_to(A, 2, 200);
    crash(A);
    restart(A);
    restart_done(A);
    applied_to(A, 1, 100);
    ck_assert_pass();
    applied_to(A, 2, 201);
    ck_assert_violation("A has another state after index 2 than A has");
}
END_TEST

START_TEST(a_state_that_is_not_told_is_not_compared)
{
    applied_to(A, 1, 100);
    applied_to(C, 1, 0);
    applied_to(C, 2, 0);
    applied_to(A, 2, 200);
    ck_assert_pass();
}
END_TEST

START_TEST(the_same_entries_in_the_same_order_are_innocent)
{
    applied(A, 1, 3, 'a');
    applied(A, 2, 3, 'b');
    applied(C, 1, 3, 'a');
    applied(C, 2, 3, 'b');
    ck_assert_pass();
    ck_assert_uint_eq(stage_oracle()->seen, 4);
}
END_TEST

START_TEST(a_new_incarnation_begins_at_1_again)
{
    applied(A, 1, 3, 'a');
    applied(A, 2, 3, 'b');
    crash(A);
    restart(A);
    restart_done(A);
    applied(A, 1, 3, 'a');
    ck_assert_pass();
}
END_TEST

START_TEST(or_after_the_snapshot_that_it_found)
{
    applied(A, 1, 3, 'a');
    applied(A, 2, 3, 'b');
    snapshot(A, 2, 3, 's');
    crash(A);
    restart(A);
    snapshot(A, 2, 3, 's');
    restart_done(A);
    applied(A, 3, 3, 'c');
    ck_assert_pass();
}
END_TEST

START_TEST(a_snapshot_behind_what_is_applied_moves_nothing)
{
    applied(A, 1, 3, 'a');
    applied(A, 2, 3, 'b');
    snapshot(A, 1, 3, 's');
    applied(A, 3, 3, 'c');
    ck_assert_pass();
}
END_TEST

START_TEST(one_that_comes_from_a_leader_moves_ahead)
{
    applied(A, 1, 3, 'a');
    snapshot(A, 7, 3, 's');
    applied(A, 8, 3, 'h');
    ck_assert_pass();
}
END_TEST

START_TEST(state_machines_of_other_scopes_are_not_compared)
{
    applied(A, 1, 3, 'a');
    stage_scope(1);
    applied(C, 1, 4, 'x');
    applied(A, 1, 4, 'x');
    ck_assert_pass();
}
END_TEST

START_TEST(snapshots_alone_are_inconclusive)
{
    snapshot(A, 1, 3, 's');
    ck_assert_inconclusive();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("state_machine_safety");
    TCase *tests = tcase_create("stories");
    tcase_add_checked_fixture(tests, set_up, stage_close);
    tcase_add_test(tests, different_terms_at_one_index_are_a_violation);
    tcase_add_test(tests, different_contents_at_one_index_are_a_violation);
    tcase_add_test(tests, what_another_has_committed_counts_before_anybody_applies_it);
    tcase_add_test(tests, an_entry_left_out_is_a_violation);
    tcase_add_test(tests, an_entry_applied_twice_is_a_violation);
    tcase_add_test(tests, a_beginning_in_the_middle_is_a_violation);
    tcase_add_test(tests, snapshots_of_one_index_that_differ_are_a_violation);
    tcase_add_test(tests, another_state_after_the_same_entries_is_a_violation);
    tcase_add_test(tests, who_applies_again_after_a_restart_comes_to_the_same_states);
    tcase_add_test(tests, a_state_that_is_not_told_is_not_compared);
    tcase_add_test(tests, the_same_entries_in_the_same_order_are_innocent);
    tcase_add_test(tests, a_new_incarnation_begins_at_1_again);
    tcase_add_test(tests, or_after_the_snapshot_that_it_found);
    tcase_add_test(tests, a_snapshot_behind_what_is_applied_moves_nothing);
    tcase_add_test(tests, one_that_comes_from_a_leader_moves_ahead);
    tcase_add_test(tests, state_machines_of_other_scopes_are_not_compared);
    tcase_add_test(tests, snapshots_alone_are_inconclusive);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
