/* "Each server will vote for at most one candidate in a given term."  (Raft, section 5.2) */
#include "stage.h"
#include "support/suite.h"

static void set_up(void) { stage_open(&oracle_one_vote_per_term); }

START_TEST(two_votes_in_one_term_are_a_violation)
{
    stage_at_ms(12204);
    voted(B, 4, A);
    voted(B, 4, C);
    ck_assert_violation("B voted twice in term 4: for A (at 12.204s) and for C");
    ck_assert_uint_eq(stage_oracle()->violated_at_ns, 12205000000);
    ck_assert_uint_eq(stage_oracle()->violated_by, B);
}
END_TEST

START_TEST(a_vote_forgotten_in_a_crash_and_given_again_is_a_violation)
{
    stage_at_ms(1000);
    voted(B, 4, A);
    crash(B);
    restart(B);
    restart_done(B);
    voted(B, 4, C);
    ck_assert_violation("B voted twice in term 4: for A (at 1s) and for C");
}
END_TEST

START_TEST(a_term_that_goes_back_is_a_violation)
{
    voted(B, 4, NOBODY);
    voted(B, 3, A);
    ck_assert_violation("B went back from term 4 to term 3");
}
END_TEST

START_TEST(a_term_that_goes_back_over_a_restart_is_a_violation)
{
    voted(B, 4, A);
    crash(B);
    restart(B);
    voted(B, 3, A);
    ck_assert_violation("B went back from term 4 to term 3");
}
END_TEST

START_TEST(saying_the_same_vote_again_is_innocent)
{
    voted(B, 4, A);
    voted(B, 4, A);
    voted(B, 4, NOBODY);
    crash(B);
    restart(B);
    voted(B, 4, A);
    ck_assert_pass();
}
END_TEST

START_TEST(a_term_first_without_a_vote_then_with_one_is_innocent)
{
    voted(B, 4, NOBODY);
    voted(B, 4, C);
    voted(B, 5, A);
    ck_assert_pass();
}
END_TEST

START_TEST(votes_of_different_voters_and_of_different_logs_are_innocent)
{
    voted(B, 4, A);
    voted(C, 4, C);
    stage_scope(7);
    voted(B, 4, C);
    voted(C, 3, A);
    ck_assert_pass();
    ck_assert_uint_eq(stage_oracle()->seen, 4);
}
END_TEST

START_TEST(nothing_seen_is_inconclusive)
{
    leader(A, 4);
    ck_assert_inconclusive();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("one_vote_per_term");
    TCase *tests = tcase_create("stories");
    tcase_add_checked_fixture(tests, set_up, stage_close);
    tcase_add_test(tests, two_votes_in_one_term_are_a_violation);
    tcase_add_test(tests, a_vote_forgotten_in_a_crash_and_given_again_is_a_violation);
    tcase_add_test(tests, a_term_that_goes_back_is_a_violation);
    tcase_add_test(tests, a_term_that_goes_back_over_a_restart_is_a_violation);
    tcase_add_test(tests, saying_the_same_vote_again_is_innocent);
    tcase_add_test(tests, a_term_first_without_a_vote_then_with_one_is_innocent);
    tcase_add_test(tests, votes_of_different_voters_and_of_different_logs_are_innocent);
    tcase_add_test(tests, nothing_seen_is_inconclusive);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
