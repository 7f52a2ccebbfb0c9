/* Election Safety: "at most one leader can be elected in a given term."  (Raft, figure 3) */
#include "stage.h"
#include "support/suite.h"

static void set_up(void) { stage_open(&oracle_election_safety); }

START_TEST(two_leaders_in_one_term_are_a_violation)
{
    stage_at_ms(12204);
    leader(A, 4);
    leader(C, 4);
    ck_assert_violation("two leaders in term 4: A (at 12.204s) and C");
    ck_assert_uint_eq(stage_oracle()->violated_by, C);
}
END_TEST

START_TEST(a_late_leader_of_an_old_term_is_compared_too)
{
    stage_at_ms(500);
    leader(A, 4);
    leader(B, 5);
    leader(C, 4);
    ck_assert_violation("two leaders in term 4: A (at 500ms) and C");
}
END_TEST

START_TEST(later_findings_are_counted_and_the_first_one_is_kept)
{
    stage_at_ms(500);
    leader(A, 4);
    leader(B, 4);
    leader(C, 4);
    ck_assert_violation("two leaders in term 4: A (at 500ms) and B");
    ck_assert_uint_eq(stage_oracle()->violations, 2);
}
END_TEST

START_TEST(leaders_of_different_terms_are_innocent)
{
    leader(A, 4);
    leader(C, 5);
    leader(A, 6);
    ck_assert_pass();
    ck_assert_uint_eq(stage_oracle()->seen, 3);
}
END_TEST

START_TEST(leaders_of_different_scopes_and_groups_are_innocent)
{
    leader(A, 4);
    leader(F, 4);
    stage_scope(1);
    leader(B, 4);
    ck_assert_pass();
}
END_TEST

START_TEST(a_thousand_terms_are_told_apart)
{
    for (uint64_t term = 1; term <= 1000; term++)
        leader((uint32_t)(term % 5), term);
    ck_assert_pass();
    leader(E, 500);
    ck_assert_violation("two leaders in term 500: A (at 512ms) and E");
}
END_TEST

START_TEST(nothing_seen_is_inconclusive)
{
    voted(A, 4, A);
    ck_assert_inconclusive();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("election_safety");
    TCase *tests = tcase_create("stories");
    tcase_add_checked_fixture(tests, set_up, stage_close);
    tcase_add_test(tests, two_leaders_in_one_term_are_a_violation);
    tcase_add_test(tests, a_late_leader_of_an_old_term_is_compared_too);
    tcase_add_test(tests, later_findings_are_counted_and_the_first_one_is_kept);
    tcase_add_test(tests, leaders_of_different_terms_are_innocent);
    tcase_add_test(tests, leaders_of_different_scopes_and_groups_are_innocent);
    tcase_add_test(tests, a_thousand_terms_are_told_apart);
    tcase_add_test(tests, nothing_seen_is_inconclusive);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
