/* Crashes and power losses in the middle of a step, and what of the disks a power loss leaves. */
#include <check.h>
#include <string.h>

#include "fixture.h"
#include "support/suite.h"

/* ---- Crashes within a step ------------------------------------------------------------------- */

/* A beat sends to the five others in their order, flushes, and sets its timer: seven effects. */
static struct fault_options within(enum fault_kind kind, uint64_t effects)
{
    static const struct selector node = { .kind = SELECT_INSTANCE, .index = B };
    static const struct fault_side side = { &node, 1 };
    return (struct fault_options){ .id = "x",
                                   .kind = kind,
                                   AMOUNT(EFFECTS, effects + 1),
                                   AT_MS(1001),
                                   FOR_MS(500),
                                   .sides = &side,
                                   .side_count = 1 };
}

START_TEST(a_crash_after_so_many_effects_lets_so_many_happen)
{
    for (uint64_t effects = 0; effects < 7; effects++) {
        struct fault_options fault = within(FAULT_CRASH, effects);
        begin(&fault, 1);
        beat_run_to_ms(&beat, 1001);
        ck_assert(beat_up(&beat, B));
        ck_assert(beat_any_lasts(&beat));
        ck_assert(!record(0)->fired);
        beat_see_to_ms(&beat, 1020);
        ck_assert(!beat_up(&beat, B));
        ck_assert(record(0)->fired);
        unsigned heard = 0;
        for (uint32_t to = A; to <= F; to++)
            heard += beat_seen.heard[to][B];
        ck_assert_uint_eq(heard, effects < 5 ? effects : 5);
        ck_assert_uint_eq(beat_seen.heard[A][B], effects > 0);
        beat_run_to_ms(&beat, 1500);
        ck_assert(!beat_up(&beat, B));
        beat_run_to_ms(&beat, 1600);
        ck_assert(beat_up(&beat, B));
        ck_assert_uint_eq(view(B).incarnation, 2);
        ck_assert_str_eq(beat_told(&beat, &fault), "x#0 1.001s..1.501s b\n");
        if (effects < 6) {
            tear_down();
            set_up();
        }
    }
}
END_TEST

START_TEST(a_crash_whose_step_does_not_come_in_its_time_has_not_fired_and_never_comes)
{
    const struct fault_options fault = within(FAULT_CRASH, 7);
    begin(&fault, 1);
    beat_run_to_ms(&beat, 1400);
    ck_assert(beat_any_lasts(&beat));
    beat_run_to_ms(&beat, 1600);
    ck_assert(beat_up(&beat, B));
    ck_assert_str_eq(beat_told(&beat, &fault), "x#0 1.001s..1.501s b !\n");
    ck_assert(!beat_any_lasts(&beat));
    beat_ask(&beat, B, BEAT_FILL); /* nine effects */
    beat_run_to_ms(&beat, 1700);
    ck_assert(beat_up(&beat, B));
}
END_TEST

START_TEST(a_crash_that_waits_is_not_taken_back_by_the_end_of_another)
{
    struct fault_options faults[] = { within(FAULT_CRASH, 100), within(FAULT_CRASH, 8) };
    faults[1].id = "y";
    faults[1].at_ns = 1200000000;
    begin(faults, 2);
    beat_run_to_ms(&beat, 1600);
    ck_assert(beat_up(&beat, B));
    beat_ask(&beat, B, BEAT_FILL);
    beat_run_to_ms(&beat, 1601);
    ck_assert(!beat_up(&beat, B));
    ck_assert(!record(0)->fired && record(1)->fired);
}
END_TEST

START_TEST(a_crash_that_waits_holds_nobody_down_that_another_fault_ends)
{
    struct fault_options faults[] = {
        within(FAULT_CRASH, 100),
        { .id = "y", .kind = FAULT_CRASH, AT_MS(1100), FOR_MS(100), SIDES(SIDE(NODE(B))) },
    };
    begin(faults, 2);
    beat_run_to_ms(&beat, 1199);
    ck_assert(!beat_up(&beat, B));
    beat_run_to_ms(&beat, 1200);
    ck_assert(beat_up(&beat, B));
    beat_run_to_ms(&beat, 2000);
    ck_assert(beat_up(&beat, B));
    ck_assert_uint_eq(view(B).incarnation, 2);
}
END_TEST

START_TEST(one_that_crashed_otherwise_while_a_crash_waited_is_held_by_that_other_fault)
{
    struct fault_options faults[] = {
        within(FAULT_CRASH, 100),
        { .id = "y", .kind = FAULT_CRASH, AT_MS(1100), FOR_MS(1000), SIDES(SIDE(NODE(B))) },
    };
    begin(faults, 2);
    beat_run_to_ms(&beat, 2099);
    ck_assert(!beat_up(&beat, B));
    beat_run_to_ms(&beat, 2100);
    ck_assert(beat_up(&beat, B));
}
END_TEST

START_TEST(a_power_loss_within_a_step_takes_and_brings_back_the_whole_machine)
{
    struct fault_options fault = within(FAULT_POWER_LOSS, 3);
    const struct fault_loss_choice lose = { { .loss = DISK_LOSE }, 1 };
    fault.losses = &lose;
    fault.loss_count = 1;
    beat.small.instances[C].machine = B;
    begin(&fault, 1);
    beat_run_to_ms(&beat, 1001);
    beat_write(&beat, C, 7);
    beat_run_to_ms(&beat, 1200);
    ck_assert(!beat_up(&beat, B) && !beat_up(&beat, C) && beat_up(&beat, A));
    ck_assert_uint_eq(record(0)->changed, 1);
    beat_run_to_ms(&beat, 1600);
    ck_assert(beat_up(&beat, B) && beat_up(&beat, C));
    ck_assert_uint_eq(view(C).incarnation, 2);
    ck_assert_uint_eq(beat_found[C], 0);
}
END_TEST

START_TEST(a_power_loss_within_a_step_may_leave_an_empty_device)
{
    struct fault_options fault = within(FAULT_POWER_LOSS, 3);
    const struct fault_loss_choice lose = { { .loss = DISK_LOSE, .empty = true }, 1 };
    fault.losses = &lose;
    fault.loss_count = 1;
    begin(&fault, 1);
    uint64_t identity = disk_identity(cluster_disk(beat.cluster, B, 0));
    beat_run_to_ms(&beat, 900);
    beat_ask(&beat, B, BEAT_FILL);
    beat_run_to_ms(&beat, 1001);
    ck_assert_uint_eq(disk_identity(cluster_disk(beat.cluster, B, 0)), identity);
    beat_run_to_ms(&beat, 1600);
    ck_assert(beat_up(&beat, B));
    ck_assert_uint_eq(beat_found[B], 0);
    ck_assert_uint_ne(disk_identity(cluster_disk(beat.cluster, B, 0)), identity);
}
END_TEST

/* ---- What is lost ---------------------------------------------------------------------------- */

START_TEST(a_power_loss_that_leaves_an_empty_device_empties_those_of_the_whole_machine)
{
    const struct fault_loss_choice lose = { { .loss = DISK_LOSE, .empty = true }, 1 };
    const struct fault_options fault = { .id = "x",
                                         .kind = FAULT_POWER_LOSS,
                                         AT_MS(1000),
                                         FOR_MS(500),
                                         .losses = &lose,
                                         .loss_count = 1,
                                         SIDES(SIDE(NODE(A))) };
    beat.small.instances[B].machine = A;
    begin(&fault, 1);
    uint64_t identity[3];
    beat_run_to_ms(&beat, 900);
    for (uint32_t i = A; i <= C; i++) {
        identity[i] = disk_identity(cluster_disk(beat.cluster, i, 0));
        beat_ask(&beat, i, BEAT_FILL);
    }
    beat_run_to_ms(&beat, 1600);
    for (uint32_t i = A; i <= C; i++) {
        ck_assert(beat_up(&beat, i));
        bool other = disk_identity(cluster_disk(beat.cluster, i, 0)) != identity[i];
        ck_assert(other == (i <= B));
        beat_ask(&beat, i, BEAT_READ);
    }
    beat_run_to_ms(&beat, 1700);
    ck_assert(beat_found[A] == 0 && beat_found[B] == 0 && beat_found[C] == 1);
}
END_TEST

START_TEST(an_empty_device_in_place_of_a_slow_one_is_as_slow)
{
    const struct fault_loss_choice lose = { { .loss = DISK_LOSE, .empty = true }, 1 };
    const struct fault_options faults[] = {
        { .id = "x",
          .kind = FAULT_SLOW_DISK,
          AMOUNT(FACTOR, 3 << 16),
          AT_MS(500),
          FOR_MS(2000),
          SIDES(SIDE(NODE(A), NODE(B))) },
        { .id = "y",
          .kind = FAULT_POWER_LOSS,
          AT_MS(1000),
          FOR_MS(100),
          .losses = &lose,
          .loss_count = 1,
          SIDES(SIDE(NODE(A))) },
        { .id = "z", .kind = FAULT_REPLACED_DISK, AT_MS(1000), SIDES(SIDE(NODE(B))) },
    };
    begin(faults, 3);
    beat_run_to_ms(&beat, 1500);
    ck_assert_uint_eq(beat_flush_ns[A], 300000);
    ck_assert_uint_eq(beat_flush_ns[B], 300000);
    ck_assert_uint_eq(beat_flush_ns[C], 100000);
    beat_run_to_ms(&beat, 2600);
    ck_assert_uint_eq(beat_flush_ns[A], 100000);
    ck_assert_uint_eq(beat_flush_ns[B], 100000);
}
END_TEST

START_TEST(what_is_lost_is_drawn_by_its_weight_for_each_firing)
{
    static const struct fault_loss_choice losses[] = {
        { { .loss = DISK_KEEP }, 1 },
        { { .loss = DISK_TORN }, 0 },
        { { .loss = DISK_LOSE }, 2 },
        { { .loss = DISK_LOSE, .empty = true }, 5 },
    };
    const struct fault_options fault = { .id = "x",
                                         .kind = FAULT_POWER_LOSS,
                                         AT_MS(1),
                                         FOR_MS(1),
                                         .losses = losses,
                                         .loss_count = 4,
                                         SIDES(SIDE(NODE(A))),
                                         .repeats = true,
                                         .every = { .value = 2000000 },
                                         .repeat_count = 4000 };
    unsigned counts[4] = { 0 };
    beat_quiet = true;
    begin(&fault, 1);
    beat_run_to_ms(&beat, 9000);
    ck_assert_uint_eq(timeline_record_count(beat.timeline), 4000);
    for (size_t i = 0; i < 4000; i++) {
        struct fault_loss loss = record(i)->loss;
        suite_require(record(i)->fired);
        for (unsigned l = 0; l < 4; l++)
            counts[l] += loss.loss == losses[l].loss.loss && loss.empty == losses[l].loss.empty;
    }
    /* Of 4000, within 5 standard errors: 500 ± 105, 1000 ± 137, 2500 ± 153. */
    ck_assert(counts[0] >= 395 && counts[0] <= 605);
    ck_assert_uint_eq(counts[1], 0);
    ck_assert(counts[2] >= 863 && counts[2] <= 1137);
    ck_assert(counts[3] >= 2347 && counts[3] <= 2653);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("fault_crashes");
    TCase *tests = tcase_create("fault_crashes");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, a_crash_after_so_many_effects_lets_so_many_happen);
    tcase_add_test(tests,
                   a_crash_whose_step_does_not_come_in_its_time_has_not_fired_and_never_comes);
    tcase_add_test(tests, a_crash_that_waits_is_not_taken_back_by_the_end_of_another);
    tcase_add_test(tests, a_crash_that_waits_holds_nobody_down_that_another_fault_ends);
    tcase_add_test(tests,
                   one_that_crashed_otherwise_while_a_crash_waited_is_held_by_that_other_fault);
    tcase_add_test(tests, a_power_loss_within_a_step_takes_and_brings_back_the_whole_machine);
    tcase_add_test(tests, a_power_loss_within_a_step_may_leave_an_empty_device);
    tcase_add_test(tests,
                   a_power_loss_that_leaves_an_empty_device_empties_those_of_the_whole_machine);
    tcase_add_test(tests, an_empty_device_in_place_of_a_slow_one_is_as_slow);
    tcase_add_test(tests, what_is_lost_is_drawn_by_its_weight_for_each_firing);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
