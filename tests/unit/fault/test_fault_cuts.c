/* Cuts and conditions of the network by faults, and how those that overlap add up. */
#include <check.h>

#include "seen.h"
#include "support/suite.h"

/* ---- The network ----------------------------------------------------------------------------- */

START_TEST(the_sides_of_a_partition_do_not_reach_each_other_and_who_is_on_none_reaches_all)
{
    const struct fault_options fault = { .id = "x",
                                         .kind = FAULT_PARTITION,
                                         AT_MS(1000),
                                         FOR_MS(500),
                                         SIDES(SIDE(NODE(A), NODE(D)), SIDE(NODE(B))) };
    begin(&fault, 1);
    beat_run_to_ms(&beat, 1000);
    see_to(1490);
    ck_assert_str_eq(hearing(), ".c .c ab");
    ck_assert(heard(A, D) && heard(D, A));
    ck_assert(!heard(D, B) && !heard(B, D));
    beat_run_to_ms(&beat, 1500);
    see_to(1600);
    ck_assert_str_eq(hearing(), "bc ac ab");
    ck_assert_str_eq(beat_told(&beat, &fault), "x#0 1s..1.5s a d | b\n");
}
END_TEST

START_TEST(a_partition_may_have_many_sides)
{
    const struct fault_options fault = { .id = "x",
                                         .kind = FAULT_PARTITION,
                                         AT_MS(1000),
                                         SIDES(SIDE(NODE(A)), SIDE(NODE(B)), SIDE(NODE(C)),
                                               SIDE(NODE(D), NODE(E)), SIDE(NODE(F))) };
    begin(&fault, 1);
    beat_run_to_ms(&beat, 1000);
    see_to(1500);
    for (uint32_t to = A; to <= F; to++) {
        for (uint32_t from = A; from <= F; from++) {
            bool same_side = to != from && to >= D && to <= E && from >= D && from <= E;
            ck_assert(heard(to, from) == same_side);
        }
    }
}
END_TEST

START_TEST(a_block_works_one_way)
{
    const struct fault_options fault = { .id = "x",
                                         .kind = FAULT_BLOCK,
                                         AT_MS(1000),
                                         FOR_MS(500),
                                         SIDES(SIDE(NODE(A)), SIDE(NODE(B))) };
    begin(&fault, 1);
    beat_run_to_ms(&beat, 1000);
    see_to(1490);
    ck_assert_str_eq(hearing(), "bc .c ab");
    beat_run_to_ms(&beat, 1500);
    see_to(1600);
    ck_assert_str_eq(hearing(), "bc ac ab");
}
END_TEST

START_TEST(overlapping_cuts_each_end_for_themselves)
{
    const struct fault_options faults[] = {
        { .id = "x",
          .kind = FAULT_PARTITION,
          AT_MS(1000),
          FOR_MS(500),
          SIDES(SIDE(NODE(A)), SIDE(NODE(B), NODE(C))) },
        { .id = "y",
          .kind = FAULT_PARTITION,
          AT_MS(1200),
          FOR_MS(600),
          SIDES(SIDE(NODE(A), NODE(C)), SIDE(NODE(B))) },
    };
    begin(faults, 2);
    beat_run_to_ms(&beat, 1200);
    see_to(1490);
    ck_assert_str_eq(hearing(), ".. .. ..");
    beat_run_to_ms(&beat, 1500);
    see_to(1790);
    ck_assert_str_eq(hearing(), ".c .. a.");
    beat_run_to_ms(&beat, 1800);
    see_to(1900);
    ck_assert_str_eq(hearing(), "bc ac ab");
}
END_TEST

START_TEST(any_number_of_cuts_may_overlap_and_each_ends_for_itself)
{
    const struct fault_options fault = { .id = "x",
                                         .kind = FAULT_BLOCK,
                                         AT_MS(1000),
                                         FOR_MS(500),
                                         SIDES(SIDE(NODE(A)), SIDE(NODE(B))) };
    struct fault_options faults[300];
    for (int i = 0; i < 300; i++) {
        faults[i] = fault;
        faults[i].duration.value += (uint64_t)(i * 7 % 300) * 1000000; /* out of order */
    }
    begin(faults, 300);
    beat_run_to_ms(&beat, 1000);
    ck_assert_uint_eq(timeline_record_count(beat.timeline), 300);
    for (size_t i = 0; i < 300; i++)
        ck_assert(timeline_record(beat.timeline, i)->fired);
    see_to(1798);
    ck_assert_str_eq(hearing(), "bc .c ab"); /* the last one stands */
    beat_run_to_ms(&beat, 1799);
    ck_assert(!beat_any_lasts(&beat));
    see_to(1900);
    ck_assert_str_eq(hearing(), "bc ac ab");
}
END_TEST

START_TEST(packets_fare_worse_for_what_a_target_sends_and_receives)
{
    const struct fault_options fault = { .id = "x",
                                         .kind = FAULT_PACKETS,
                                         AT_MS(1000),
                                         FOR_MS(500),
                                         SIDES(SIDE(NODE(A))),
                                         AMOUNT(LOSS, PROBABILITY_ONE) };
    begin(&fault, 1);
    beat_run_to_ms(&beat, 1000);
    see_to(1490);
    ck_assert_str_eq(hearing(), ".. .c .b");
    beat_run_to_ms(&beat, 1500);
    see_to(1600);
    ck_assert_str_eq(hearing(), "bc ac ab");
}
END_TEST

START_TEST(any_number_of_conditions_may_overlap_and_each_ends_for_itself)
{
    const struct fault_options fault = { .id = "x",
                                         .kind = FAULT_PACKETS,
                                         AT_MS(1000),
                                         FOR_MS(500),
                                         SIDES(SIDE(NODE(A))),
                                         .delay = { .value = 100000 } };
    struct fault_options faults[100];
    for (int i = 0; i < 100; i++) {
        faults[i] = fault;
        faults[i].duration.value += (uint64_t)(i * 7 % 100) * 1000000;
    }
    begin(faults, 100);
    beat_see_to_ms(&beat, 990);
    uint64_t plain_ns = beat_seen.delay_max[B][A];
    beat_run_to_ms(&beat, 1005);
    beat_see_to_ms(&beat, 1490);
    ck_assert_uint_eq(beat_seen.delay_max[B][A], plain_ns + 10000000); /* all of them */
    beat_run_to_ms(&beat, 1580);
    beat_see_to_ms(&beat, 1597);
    ck_assert_uint_gt(beat_seen.delay_max[B][A], plain_ns); /* the last ones */
    ck_assert_uint_lt(beat_seen.delay_max[B][A], plain_ns + 2000000);
    beat_run_to_ms(&beat, 1605);
    ck_assert(!beat_any_lasts(&beat));
    beat_see_to_ms(&beat, 1700);
    ck_assert_uint_eq(beat_seen.delay_max[B][A], plain_ns);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("fault_cuts");
    TCase *tests = tcase_create("fault_cuts");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests,
                   the_sides_of_a_partition_do_not_reach_each_other_and_who_is_on_none_reaches_all);
    tcase_add_test(tests, a_partition_may_have_many_sides);
    tcase_add_test(tests, a_block_works_one_way);
    tcase_add_test(tests, overlapping_cuts_each_end_for_themselves);
    tcase_add_test(tests, any_number_of_cuts_may_overlap_and_each_ends_for_itself);
    tcase_add_test(tests, packets_fare_worse_for_what_a_target_sends_and_receives);
    tcase_add_test(tests, any_number_of_conditions_may_overlap_and_each_ends_for_itself);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
