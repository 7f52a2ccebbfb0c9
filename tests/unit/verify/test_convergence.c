/* When the faults are healed and nothing is asked any more, all replicas come to the same state. */
#include "stage.h"
#include "support/suite.h"

#define SECOND UINT64_C(1000000000)

static void set_up(void) { stage_open(&oracle_convergence); }

/* Applied up to `index`, with a state that a letter stands for; 0: it does not say. */
static void at(uint32_t instance, uint64_t index, char digest)
{
    stage_fact(
        instance,
        (struct stated_fact){
            .kind = CS_FACT_APPLIED, .a = index, .b = 1, .c = (uint64_t)digest, .digest = index });
}

static void has(uint32_t instance, char digest)
{
    stage_fact(instance, (struct stated_fact){ .kind = CS_FACT_STATE, .digest = (uint64_t)digest });
}

static void all_at(uint64_t index, char digest)
{
    for (uint32_t i = A; i <= E; i++)
        at(i, index, digest);
}

/* The last operation ended at 90 s; it is asked at once, and for the last time 2 s later. */
static bool rests_at_once(void)
{
    return verifier_at_rest(stage_verifier(), 90 * SECOND, 90 * SECOND, false);
}
static bool rests(void)
{
    return verifier_at_rest(stage_verifier(), 90 * SECOND, 92 * SECOND, true);
}

START_TEST(equal_replicas_are_counted)
{
    all_at(7, 'x');
    ck_assert(rests_at_once());
    ck_assert_pass();
    ck_assert_uint_eq(stage_oracle()->seen, 5);
}
END_TEST

START_TEST(a_replica_that_stays_behind_is_a_violation)
{
    all_at(7, 'x');
    at(A, 8, 'y');
    at(B, 8, 'y');
    at(C, 8, 'y');
    at(E, 8, 'y');
    ck_assert(!rests());
    ck_assert_violation(
        "D has applied up to index 7, and A up to 8, 2s after the last operation ended");
    ck_assert_uint_eq(stage_oracle()->violated_at_ns, 92 * SECOND);
    ck_assert_uint_eq(stage_oracle()->violated_by, D);
}
END_TEST

START_TEST(the_one_that_is_furthest_behind_is_named)
{
    all_at(7, 'x');
    at(B, 9, 'z');
    at(C, 8, 'y');
    ck_assert(!rests());
    ck_assert_violation(
        "A has applied up to index 7, and B up to 9, 2s after the last operation ended");
}
END_TEST

START_TEST(who_catches_up_in_time_is_innocent)
{
    all_at(7, 'x');
    at(A, 8, 'y');
    ck_assert(!rests_at_once());
    ck_assert_inconclusive();
    for (uint32_t i = B; i <= E; i++)
        at(i, 8, 'y');
    ck_assert(rests());
    ck_assert_pass();
}
END_TEST

START_TEST(another_state_after_the_same_entries_is_a_violation)
{
    all_at(7, 'x');
    at(C, 7, 'y');
    ck_assert(!rests());
    ck_assert_violation(
        "C has another state after index 7 than A, 2s after the last operation ended");
}
END_TEST

START_TEST(a_state_that_is_not_told_is_not_compared)
{
    all_at(7, 'x');
    at(C, 7, 0);
    ck_assert(rests());
    ck_assert_pass();
}
END_TEST

START_TEST(one_that_is_down_is_not_compared)
{
    all_at(7, 'x');
    at(A, 8, 'y');
    for (uint32_t i = B; i <= D; i++)
        at(i, 8, 'y');
    crash(E);
    ck_assert(rests());
    ck_assert_uint_eq(stage_oracle()->seen, 4);
}
END_TEST

START_TEST(one_that_came_back_has_to_say_it_again)
{
    all_at(7, 'x');
    crash(E);
    restart(E);
    restart_done(E);
    ck_assert(!rests_at_once());
    at(E, 1, 'a');
    ck_assert(!rests());
    ck_assert_violation(
        "E has applied up to index 1, and A up to 7, 2s after the last operation ended");
}
END_TEST

START_TEST(one_that_never_says_anything_is_a_violation)
{
    for (uint32_t i = A; i <= D; i++)
        at(i, 7, 'x');
    ck_assert(!rests());
    ck_assert_violation("E has said nothing of its state since it started, 2s after the last "
                        "operation ended");
}
END_TEST

START_TEST(a_snapshot_counts_as_applied)
{
    all_at(7, 'x');
    at(A, 8, 'y');
    for (uint32_t i = B; i <= E; i++)
        snapshot(i, 8, 1, 's');
    snapshot(A, 5, 1, 'r'); /* of what it applied before */
    ck_assert(rests());
    ck_assert_pass();
}
END_TEST

START_TEST(states_without_a_log_are_compared)
{
    for (uint32_t i = A; i <= E; i++)
        has(i, 'x');
    ck_assert(rests_at_once());
    has(B, 'y');
    ck_assert(!rests());
    ck_assert_violation("B has another state than A, 2s after the last operation ended");
}
END_TEST

START_TEST(of_a_log_of_its_own_those_who_have_it_are_compared)
{
    all_at(7, 'x');
    stage_scope(3);
    at(B, 2, 'x');
    at(D, 2, 'x');
    ck_assert(rests_at_once());
    ck_assert_uint_eq(stage_oracle()->seen, 7);
    at(D, 3, 'y');
    ck_assert(!rests());
    ck_assert_violation(
        "B has applied up to index 2, and D up to 3, 2s after the last operation ended");
}
END_TEST

START_TEST(one_replica_has_nothing_to_be_compared_with)
{
    at(F, 7, 'x');
    ck_assert(rests());
    ck_assert_inconclusive();
}
END_TEST

START_TEST(who_says_nothing_is_not_judged)
{
    ck_assert(rests());
    ck_assert_inconclusive();
}
END_TEST

START_TEST(a_run_that_is_cut_short_is_not_judged)
{
    all_at(7, 'x');
    at(A, 8, 'y');
    stage_finish();
    ck_assert_inconclusive();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("convergence");
    TCase *tests = tcase_create("stories");
    tcase_add_checked_fixture(tests, set_up, stage_close);
    tcase_add_test(tests, equal_replicas_are_counted);
    tcase_add_test(tests, a_replica_that_stays_behind_is_a_violation);
    tcase_add_test(tests, the_one_that_is_furthest_behind_is_named);
    tcase_add_test(tests, who_catches_up_in_time_is_innocent);
    tcase_add_test(tests, another_state_after_the_same_entries_is_a_violation);
    tcase_add_test(tests, a_state_that_is_not_told_is_not_compared);
    tcase_add_test(tests, one_that_is_down_is_not_compared);
    tcase_add_test(tests, one_that_came_back_has_to_say_it_again);
    tcase_add_test(tests, one_that_never_says_anything_is_a_violation);
    tcase_add_test(tests, a_snapshot_counts_as_applied);
    tcase_add_test(tests, states_without_a_log_are_compared);
    tcase_add_test(tests, of_a_log_of_its_own_those_who_have_it_are_compared);
    tcase_add_test(tests, one_replica_has_nothing_to_be_compared_with);
    tcase_add_test(tests, who_says_nothing_is_not_judged);
    tcase_add_test(tests, a_run_that_is_cut_short_is_not_judged);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
