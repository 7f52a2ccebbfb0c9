/* "Updated on stable storage before responding to RPCs."  (Raft, figure 2) */
#include "stage.h"
#include "support/suite.h"
#include "verify/facts.h"

static void set_up(void) { stage_open(&oracle_durable_before_spoken); }

static void tell(uint32_t instance, enum cs_fact_kind kind, uint64_t a, uint64_t b, bool rests,
                 bool durable)
{
    struct stated_fact fact = { .kind = kind, .a = a, .b = b, .rests = rests, .durable = durable };
    stage_fact(instance, fact);
}

START_TEST(a_vote_told_before_it_is_durable_is_a_violation)
{
    tell(B, CS_FACT_VOTED, 4, A, true, false);
    ck_assert_violation(
        "B stated VOTED (term 4, vote A) before the write that it rests on was durable");
}
END_TEST

START_TEST(a_vote_that_rests_on_nothing_is_a_violation)
{
    tell(B, CS_FACT_VOTED, 4, NOBODY, false, false);
    ck_assert_violation(
        "B stated VOTED (term 4, vote nobody) without naming a write that it rests on");
}
END_TEST

START_TEST(an_acknowledged_entry_is_a_violation_without_a_crash)
{
    tell(C, CS_FACT_STORED, 7, 3, true, false);
    ck_assert_violation(
        "C stated STORED (index 7, term 3) before the write that it rests on was durable");
}
END_TEST

START_TEST(every_durable_kind_is_watched)
{
    enum cs_fact_kind kinds[] = { CS_FACT_VOTED,    CS_FACT_STORED,   CS_FACT_SNAPSHOT,
                                  CS_FACT_PROMISED, CS_FACT_ACCEPTED, CS_FACT_PREPARED,
                                  CS_FACT_DECIDED,  CS_FACT_GRANTED,  CS_FACT_PLACED };
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        tell(B, kinds[i], 1, 1, true, false);
    ck_assert_uint_eq(stage_oracle()->violations, 9);
}
END_TEST

START_TEST(the_oracle_lives_on_what_the_table_calls_durable)
{
    for (unsigned kind = 0; kind < CS_FACT_KIND_COUNT; kind++) {
        bool judged = (oracle_durable_before_spoken.facts >> kind & 1) != 0;
        ck_assert_int_eq(judged, fact_row((enum cs_fact_kind)kind)->durable);
    }
}
END_TEST

START_TEST(what_is_durable_may_be_told)
{
    tell(B, CS_FACT_VOTED, 4, A, true, true);
    tell(B, CS_FACT_GRANTED, 4, A, true, true);
    ck_assert_pass();
    ck_assert_uint_eq(stage_oracle()->seen, 2);
}
END_TEST

START_TEST(what_claims_nothing_may_be_told)
{
    tell(B, CS_FACT_COMMITTED, 4, 1, false, false);
    tell(B, CS_FACT_LEADER, 4, 1, false, false);
    tell(B, CS_FACT_CHOSEN, 4, 1, false, false);
    ck_assert_inconclusive();
}
END_TEST

START_TEST(what_was_recovered_rests_on_no_write)
{
    crash(B);
    restart(B);
    voted(B, 4, A);
    ck_assert_inconclusive();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("durable_before_spoken");
    TCase *tests = tcase_create("stories");
    tcase_add_checked_fixture(tests, set_up, stage_close);
    tcase_add_test(tests, a_vote_told_before_it_is_durable_is_a_violation);
    tcase_add_test(tests, a_vote_that_rests_on_nothing_is_a_violation);
    tcase_add_test(tests, an_acknowledged_entry_is_a_violation_without_a_crash);
    tcase_add_test(tests, every_durable_kind_is_watched);
    tcase_add_test(tests, the_oracle_lives_on_what_the_table_calls_durable);
    tcase_add_test(tests, what_is_durable_may_be_told);
    tcase_add_test(tests, what_claims_nothing_may_be_told);
    tcase_add_test(tests, what_was_recovered_rests_on_no_write);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
