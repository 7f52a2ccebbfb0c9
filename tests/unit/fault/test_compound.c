/* Swizzles and rolling restarts: one fault, many firings. */
#include <check.h>
#include <string.h>

#include "fixture.h"
#include "support/suite.h"

START_TEST(a_rolling_restart_stops_one_after_the_other_in_the_order_in_which_they_are_named)
{
    const struct fault_options fault = { .id = "x",
                                         .kind = FAULT_ROLLING_RESTART,
                                         AMOUNT(HOLD, MS(300)),
                                         AMOUNT(GAP, MS(200)),
                                         AT_MS(1000),
                                         SIDES(SIDE(NODE(C), NODE(A), NODE(B))) };
    begin(&fault, 1);
    beat_run_to_ms(&beat, 1100);
    ck_assert(beat_up(&beat, A) && beat_up(&beat, B) && !beat_up(&beat, C));
    beat_run_to_ms(&beat, 1400);
    ck_assert(beat_up(&beat, A) && beat_up(&beat, B) && beat_up(&beat, C));
    beat_run_to_ms(&beat, 9000);
    ck_assert_str_eq(beat_told(&beat, &fault),
                     "x#0 1s..1.3s c\nx#0 1.5s..1.8s a\nx#0 2s..2.3s b\n");
    static const char *const names[] = { "x.1", "x.2", "x.3" };
    for (size_t i = 0; i < 3; i++) {
        ck_assert_str_eq(record(i)->name, names[i]);
        ck_assert_int_eq(record(i)->kind, FAULT_STOP);
    }
    for (uint32_t i = A; i <= C; i++) {
        ck_assert_uint_eq(beat_seen.ends[i][END_SHUT_DOWN], 1);
        ck_assert_uint_eq(cluster_view(beat.cluster, i).incarnation, 2);
    }
}
END_TEST

START_TEST(a_rolling_restart_passes_over_who_is_down_when_its_turn_comes)
{
    const struct fault_options faults[] = {
        { .id = "x",
          .kind = FAULT_ROLLING_RESTART,
          AMOUNT(HOLD, MS(300)),
          AMOUNT(GAP, MS(200)),
          AT_MS(1000),
          SIDES(SIDE(NODE(A), NODE(B), NODE(C))) },
        { .id = "y", .kind = FAULT_CRASH, AT_MS(1400), FOR_MS(300), SIDES(SIDE(NODE(B))) },
    };
    begin(faults, 2);
    beat_run_to_ms(&beat, 9000);
    ck_assert_str_eq(beat_told(&beat, faults),
                     "x#0 1s..1.3s a\ny#0 1.4s..1.7s b\nx#0 1.5s..1.5s !\nx#0 2s..2.3s c\n");
}
END_TEST

START_TEST(a_rolling_restart_ends_at_the_heal)
{
    const struct fault_options fault = { .id = "x",
                                         .kind = FAULT_ROLLING_RESTART,
                                         AMOUNT(HOLD, MS(300)),
                                         AMOUNT(GAP, MS(200)),
                                         AT_MS(1000),
                                         SIDES(SIDE(NODE(A), NODE(B), NODE(C), NODE(D))) };
    beat_begin_with_heal(&beat, 1, &fault, 1, 2000, HEAL_ALL);
    beat_run_to_ms(&beat, 9000);
    ck_assert_str_eq(beat_told(&beat, &fault), "x#0 1s..1.3s a\nx#0 1.5s..1.8s b\n");
}
END_TEST

static struct fault_options swizzle(const struct fault_side *side)
{
    return (struct fault_options){ .id = "x",
                                   .kind = FAULT_SWIZZLE,
                                   AMOUNT(HOLD, MS(500)),
                                   AMOUNT(GAP, MS(100)),
                                   AT_MS(1000),
                                   .sides = side,
                                   .side_count = 1 };
}

/* The places of the targets in the order of their beginnings, and of their ends. */
static void orders(char begun[5], char ended[5])
{
    for (size_t i = 0; i < 4; i++) {
        const struct fault_record *clog = record(i);
        ck_assert_int_eq(clog->kind, FAULT_CLOG);
        ck_assert_uint_eq(clog->target_count, 1);
        ck_assert_uint_eq(clog->at_ns, MS(1000 + 100 * i));
        size_t place = (clog->until_ns - MS(1800)) / MS(100);
        ck_assert_uint_eq(clog->until_ns, MS(1800 + 100 * place));
        ck_assert_uint_lt(place, 4);
        begun[i] = "abcdef"[clog->targets[0]];
        ended[place] = begun[i];
    }
}

START_TEST(a_swizzle_clogs_one_by_one_and_releases_one_by_one_each_in_an_order_by_chance)
{
    const struct fault_side side = SIDE(NODE(A), NODE(B), NODE(C), NODE(D));
    const struct fault_options fault = swizzle(&side);
    unsigned first[4] = { 0 }, released[4] = { 0 }, same = 0;
    beat_quiet = true;
    for (uint64_t seed = 1; seed <= 400; seed++) {
        char begun[5] = "", ended[5] = "";
        beat_begin(&beat, seed, &fault, 1);
        beat_run_to_ms(&beat, 3000);
        ck_assert_uint_eq(timeline_record_count(beat.timeline), 4);
        orders(begun, ended);
        for (const char *name = "abcd"; *name != '\0'; name++) {
            suite_require(strchr(begun, *name) != NULL);
            suite_require(strchr(ended, *name) != NULL);
        }
        first[begun[0] - 'a']++;
        released[ended[0] - 'a']++;
        same += strcmp(begun, ended) == 0;
        tear_down();
        set_up();
        beat_quiet = true;
    }
    begin(NULL, 0);
    for (unsigned i = 0; i < 4; i++) { /* within 5 standard errors of 100, and of 17 */
        ck_assert(first[i] > 56 && first[i] < 144);
        ck_assert(released[i] > 56 && released[i] < 144);
    }
    ck_assert(same < 38);
}
END_TEST

START_TEST(what_a_swizzle_holds_arrives_in_the_end)
{
    const struct fault_side side = SIDE(NODE(A), NODE(B), NODE(C), NODE(D));
    const struct fault_options fault = swizzle(&side);
    begin(&fault, 1);
    beat_run_to_ms(&beat, 999);
    beat_forget();
    beat_run_to_ms(&beat, 1799);
    ck_assert_uint_le(beat_seen.heard[A][B], 21);
    ck_assert_uint_ge(beat_seen.heard[E][F], 79);
    beat_run_to_ms(&beat, 2499);
    for (uint32_t to = A; to <= F; to++) {
        for (uint32_t from = A; from <= F; from++)
            ck_assert_uint_eq(beat_seen.heard[to][from], to != from ? 150 : 0);
    }
    ck_assert_uint_eq(cluster_held(beat.cluster), 0);
}
END_TEST

START_TEST(firings_of_a_compound_fault_that_repeats_have_two_numbers)
{
    const struct fault_options fault = { .id = "x",
                                         .kind = FAULT_ROLLING_RESTART,
                                         AMOUNT(HOLD, MS(10)),
                                         AMOUNT(GAP, MS(10)),
                                         AT_MS(1000),
                                         SIDES(SIDE(NODE(A), NODE(B))),
                                         .repeats = true,
                                         .every = { .value = MS(100) },
                                         .repeat_count = 2 };
    begin(&fault, 1);
    beat_run_to_ms(&beat, 9000);
    static const char *const names[] = { "x.1.1", "x.1.2", "x.2.1", "x.2.2" };
    ck_assert_uint_eq(timeline_record_count(beat.timeline), 4);
    for (size_t i = 0; i < 4; i++)
        ck_assert_str_eq(record(i)->name, names[i]);
}
END_TEST

START_TEST(a_compound_fault_that_finds_nobody_is_recorded_as_not_fired)
{
    const struct fault_options faults[] = {
        { .id = "x", .kind = FAULT_SWIZZLE, AMOUNT(GAP, 1), AT_MS(1000), SIDES(SIDE(LEADER)) },
        { .id = "y",
          .kind = FAULT_ROLLING_RESTART,
          AMOUNT(HOLD, 1),
          AT_MS(1000),
          SIDES(SIDE(LEADER)) },
    };
    begin(faults, 2);
    beat_run_to_ms(&beat, 1100);
    ck_assert_str_eq(beat_told(&beat, faults), "x#0 1s..1s !\ny#0 1s..1s !\n");
}
END_TEST

START_TEST(parts_that_were_due_after_the_heal_are_counted)
{
    const struct fault_options faults[] = {
        { .id = "x",
          .kind = FAULT_ROLLING_RESTART,
          AMOUNT(HOLD, MS(300)),
          AMOUNT(GAP, MS(200)),
          AT_MS(9000),
          SIDES(SIDE(NODE(C), NODE(A), NODE(B), NODE(D))) },
        { .id = "y",
          .kind = FAULT_SWIZZLE,
          AMOUNT(HOLD, MS(100)),
          AMOUNT(GAP, MS(100)),
          AT_MS(9000),
          SIDES(SIDE(NODE(C), NODE(A))) },
    };
    begin(faults, 2);
    beat_run_to_ms(&beat, 11000);
    ck_assert_uint_eq(timeline_late_firings(beat.timeline, 0), 2);
    ck_assert_uint_eq(timeline_late_firings(beat.timeline, 1), 0);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("compound");
    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(
        tcase, a_rolling_restart_stops_one_after_the_other_in_the_order_in_which_they_are_named);
    tcase_add_test(tcase, a_rolling_restart_passes_over_who_is_down_when_its_turn_comes);
    tcase_add_test(tcase, a_rolling_restart_ends_at_the_heal);
    tcase_add_test(tcase,
                   a_swizzle_clogs_one_by_one_and_releases_one_by_one_each_in_an_order_by_chance);
    tcase_add_test(tcase, what_a_swizzle_holds_arrives_in_the_end);
    tcase_add_test(tcase, firings_of_a_compound_fault_that_repeats_have_two_numbers);
    tcase_add_test(tcase, a_compound_fault_that_finds_nobody_is_recorded_as_not_fired);
    tcase_add_test(tcase, parts_that_were_due_after_the_heal_are_counted);
    Suite *suite = suite_create("compound");
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
