/* What each kind of fault does, seen from outside, and how those that overlap add up. */
#include <check.h>

#include "seen.h"
#include "support/suite.h"

/* ---- Crashes --------------------------------------------------------------------------------- */

START_TEST(a_crash_lasts_as_long_as_it_says)
{
    const struct fault_options fault = {
        .id = "x", .kind = FAULT_CRASH, AT_MS(1000), FOR_MS(500), SIDES(SIDE(NODE(B)))
    };
    begin(&fault, 1);
    beat_run_to_ms(&beat, 999);
    ck_assert(beat_up(&beat, B));
    ck_assert(!beat_any_lasts(&beat));
    beat_run_to_ms(&beat, 1000);
    ck_assert(!beat_up(&beat, B));
    ck_assert(beat_any_lasts(&beat));
    ck_assert_str_eq(beat_told(&beat, &fault), "x#0 1s.. b\n");
    see_to(1490);
    ck_assert_str_eq(hearing(), ".c .. a.");
    ck_assert_uint_eq(beat_seen.beats[B], 0);
    see_to(2000);
    ck_assert_str_eq(hearing(), "bc ac ab");
    ck_assert_uint_eq(cluster_view(beat.cluster, B).incarnation, 2);
    ck_assert_uint_eq(cluster_view(beat.cluster, A).incarnation, 1);
    ck_assert_str_eq(beat_told(&beat, &fault), "x#0 1s..1.5s b\n");
    ck_assert(!beat_any_lasts(&beat));
}
END_TEST

START_TEST(a_crash_of_one_that_is_down_does_not_fire_and_does_not_shorten_the_first)
{
    const struct fault_options faults[] = {
        { .id = "x", .kind = FAULT_CRASH, AT_MS(1000), FOR_MS(500), SIDES(SIDE(NODE(B))) },
        { .id = "y", .kind = FAULT_CRASH, AT_MS(1100), FOR_MS(100), SIDES(SIDE(NODE(B))) },
        { .id = "z", .kind = FAULT_CRASH, AT_MS(1200), FOR_MS(500), SIDES(SIDE(NODE(A), NODE(B))) },
    };
    begin(faults, 3);
    beat_run_to_ms(&beat, 1400);
    ck_assert(!beat_up(&beat, A) && !beat_up(&beat, B));
    beat_run_to_ms(&beat, 1600);
    ck_assert(!beat_up(&beat, A) && beat_up(&beat, B));
    beat_run_to_ms(&beat, 1800);
    ck_assert(beat_up(&beat, A) && beat_up(&beat, B));
    ck_assert_str_eq(beat_told(&beat, faults),
                     "x#0 1s..1.5s b\ny#0 1.1s..1.1s !\nz#0 1.2s..1.7s a\n");
    ck_assert_uint_eq(cluster_view(beat.cluster, B).incarnation, 2);
}
END_TEST

START_TEST(a_crash_keeps_what_was_written_and_a_power_loss_does_not)
{
    const struct fault_options faults[] = {
        { .id = "x", .kind = FAULT_CRASH, AT_MS(100), FOR_MS(10), SIDES(SIDE(NODE(A))) },
        { .id = "y",
          .kind = FAULT_POWER_LOSS,
          LOSS(DISK_LOSE),
          AT_MS(100),
          FOR_MS(10),
          SIDES(SIDE(NODE(B), NODE(C))) },
        { .id = "z",
          .kind = FAULT_POWER_LOSS,
          LOSS(DISK_KEEP),
          AT_MS(100),
          FOR_MS(10),
          SIDES(SIDE(NODE(D))) },
    };
    begin(faults, 3);
    beat_run_to_ms(&beat, 50);
    for (uint32_t i = A; i <= E; i++)
        beat_write(&beat, i, 7);
    beat_run_to_ms(&beat, 105);
    ck_assert(!beat_up(&beat, A) && !beat_up(&beat, B) && !beat_up(&beat, C));
    beat_run_to_ms(&beat, 200);
    ck_assert_uint_eq(beat_found[A], 7);
    ck_assert_uint_eq(beat_found[B], 0);
    ck_assert_uint_eq(beat_found[C], 0);
    ck_assert_uint_eq(beat_found[D], 7);
    ck_assert_str_eq(beat_told(&beat, faults),
                     "x#0 100ms..110ms a\ny#0 100ms..110ms b c\nz#0 100ms..110ms d\n");
}
END_TEST

START_TEST(a_power_loss_ends_all_instances_of_the_machine_and_brings_them_back)
{
    const struct fault_options faults[] = {
        { .id = "x", .kind = FAULT_POWER_LOSS, AT_MS(1000), FOR_MS(500), SIDES(SIDE(NODE(A))) },
        { .id = "y", .kind = FAULT_CRASH, AT_MS(900), FOR_MS(1000), SIDES(SIDE(NODE(C))) },
        { .id = "z", .kind = FAULT_CRASH, AT_MS(900), FOR_MS(200), SIDES(SIDE(NODE(D))) },
    };
    for (uint32_t i = B; i <= E; i++)
        beat.small.instances[i].machine = A;
    beat.small.instances[E].boot_at_ns = 5000000000;
    begin(faults, 3);
    beat_run_to_ms(&beat, 1100);
    for (uint32_t i = A; i <= E; i++)
        ck_assert(!beat_up(&beat, i));
    ck_assert(beat_up(&beat, F));
    /* c was to be down for longer, d for shorter than the power is. */
    beat_run_to_ms(&beat, 1490);
    ck_assert(!beat_up(&beat, D));
    beat_run_to_ms(&beat, 1600);
    ck_assert(beat_up(&beat, A) && beat_up(&beat, B) && beat_up(&beat, D));
    ck_assert(!beat_up(&beat, C));
    ck_assert(!beat_up(&beat, E));
    beat_run_to_ms(&beat, 2000);
    ck_assert(beat_up(&beat, C));
    beat_run_to_ms(&beat, 5010);
    ck_assert(beat_up(&beat, E));
}
END_TEST

/* ---- Pauses ---------------------------------------------------------------------------------- */

START_TEST(a_pause_stops_an_instance_and_loses_nothing)
{
    const struct fault_options fault = {
        .id = "x", .kind = FAULT_PAUSE, AT_MS(1000), FOR_MS(500), SIDES(SIDE(NODE(B)))
    };
    begin(&fault, 1);
    beat_run_to_ms(&beat, 1000);
    see_to(1490);
    ck_assert_str_eq(hearing(), ".c .. a.");
    ck_assert(cluster_view(beat.cluster, B).paused);
    ck_assert(beat_up(&beat, B));
    beat_run_to_ms(&beat, 1510);
    ck_assert_uint_ge(beat_seen.heard[B][A], 48);
    ck_assert(!cluster_view(beat.cluster, B).paused);
    ck_assert_uint_eq(cluster_view(beat.cluster, B).incarnation, 1);
}
END_TEST

START_TEST(overlapping_pauses_end_with_the_last)
{
    const struct fault_options faults[] = {
        { .id = "x", .kind = FAULT_PAUSE, AT_MS(1000), FOR_MS(300), SIDES(SIDE(NODE(B))) },
        { .id = "y", .kind = FAULT_PAUSE, AT_MS(1100), FOR_MS(500), SIDES(SIDE(NODE(B))) },
    };
    begin(faults, 2);
    beat_run_to_ms(&beat, 1590);
    ck_assert(cluster_view(beat.cluster, B).paused);
    beat_run_to_ms(&beat, 1600);
    ck_assert(!cluster_view(beat.cluster, B).paused);
    ck_assert_str_eq(beat_told(&beat, faults), "x#0 1s..1.3s b\ny#0 1.1s..1.6s b\n");
}
END_TEST

START_TEST(who_is_down_cannot_be_paused)
{
    const struct fault_options faults[] = {
        { .id = "x", .kind = FAULT_CRASH, AT_MS(1000), FOR_MS(300), SIDES(SIDE(NODE(B))) },
        { .id = "y", .kind = FAULT_PAUSE, AT_MS(1100), FOR_MS(500), SIDES(SIDE(NODE(B))) },
    };
    begin(faults, 2);
    beat_run_to_ms(&beat, 1400);
    ck_assert(beat_up(&beat, B));
    ck_assert(!cluster_view(beat.cluster, B).paused);
    ck_assert_str_eq(beat_told(&beat, faults), "x#0 1s..1.3s b\ny#0 1.1s..1.1s !\n");
}
END_TEST

/* ---- Disks and clocks ------------------------------------------------------------------------ */

START_TEST(slow_disks_multiply_and_each_ends_for_itself)
{
    const struct fault_options faults[] = {
        { .id = "x",
          .kind = FAULT_SLOW_DISK,
          AMOUNT(FACTOR, 3 << 16),
          AT_MS(1000),
          FOR_MS(500),
          SIDES(SIDE(NODE(A), NODE(B))) },
        { .id = "y",
          .kind = FAULT_SLOW_DISK,
          AMOUNT(FACTOR, 5 << 16),
          AT_MS(1200),
          FOR_MS(600),
          SIDES(SIDE(NODE(A))) },
    };
    begin(faults, 2);
    beat_run_to_ms(&beat, 1100);
    ck_assert_uint_eq(beat_flush_ns[A], 300000);
    ck_assert_uint_eq(beat_flush_ns[C], 100000);
    beat_run_to_ms(&beat, 1300);
    ck_assert_uint_eq(beat_flush_ns[A], 1500000);
    ck_assert_uint_eq(beat_flush_ns[B], 300000);
    beat_run_to_ms(&beat, 1600);
    ck_assert_uint_eq(beat_flush_ns[A], 500000);
    ck_assert_uint_eq(beat_flush_ns[B], 100000);
    beat_run_to_ms(&beat, 1900);
    ck_assert_uint_eq(beat_flush_ns[A], 100000);
}
END_TEST

START_TEST(the_slowest_disk_still_has_a_latency)
{
    const struct fault_options fault = { .id = "x",
                                         .kind = FAULT_SLOW_DISK,
                                         AMOUNT(FACTOR, UINT32_MAX),
                                         AT_MS(1000),
                                         SIDES(SIDE(NODE(A))) };
    struct fault_options faults[4];
    for (int i = 0; i < 4; i++)
        faults[i] = fault;
    begin(faults, 4);
    beat_run_to_ms(&beat, 1001);
    beat_flush_ns[A] = 0;
    /* 100 us times almost 2^16, from the beat at 1 s on. */
    beat_run_to_ms(&beat, 7553);
    ck_assert_uint_eq(beat_flush_ns[A], 0);
    beat_run_to_ms(&beat, 7554);
    ck_assert_uint_gt(beat_flush_ns[A], 0);
}
END_TEST

START_TEST(a_clock_jumps_there_and_back)
{
    const struct fault_options faults[] = {
        { .id = "x",
          .kind = FAULT_CLOCK,
          AMOUNT(JUMP, 250000000),
          AT_MS(1000),
          FOR_MS(500),
          SIDES(SIDE(NODE(A))) },
        { .id = "y",
          .kind = FAULT_CLOCK,
          .amounts[AMOUNT_JUMP] = { .shift = -1000 },
          AT_MS(1200),
          FOR_MS(600),
          SIDES(SIDE(NODE(A))) },
    };
    begin(faults, 2);
    beat_run_to_ms(&beat, 900);
    int64_t before = beat_wall_ns[A], other = beat_wall_ns[B];
    beat_run_to_ms(&beat, 1100);
    ck_assert_int_eq(beat_wall_ns[A] - before, 250000000);
    beat_run_to_ms(&beat, 1300);
    ck_assert_int_eq(beat_wall_ns[A] - before, 249999000);
    beat_run_to_ms(&beat, 1700);
    ck_assert_int_eq(beat_wall_ns[A] - before, -1000);
    beat_run_to_ms(&beat, 2000);
    ck_assert_int_eq(beat_wall_ns[A] - before, 0);
    ck_assert_int_eq(beat_wall_ns[B], other);
}
END_TEST

START_TEST(a_clock_jumps_once_for_two_instances_of_its_machine)
{
    const struct fault_options fault = { .id = "x",
                                         .kind = FAULT_CLOCK,
                                         AMOUNT(JUMP, 1000),
                                         AT_MS(1000),
                                         SIDES(SIDE(NODE(A), NODE(B))) };
    beat.small.instances[B].machine = A;
    begin(&fault, 1);
    beat_run_to_ms(&beat, 900);
    int64_t before = beat_wall_ns[A];
    beat_run_to_ms(&beat, 1100);
    ck_assert_int_eq(beat_wall_ns[A] - before, 1000);
}
END_TEST

START_TEST(every_kind_of_fault_has_its_name)
{
    static const char *const names[] = {
        "crash",         "power-loss",      "stop",          "pause",      "slow-cpu",  "partition",
        "ring",          "block",           "clog",          "clog-link",  "packets",   "slow-disk",
        "stalled-disk",  "failing-disk",    "failing-flush", "lying-disk", "full-disk", "dead-disk",
        "replaced-disk", "bit-rot",         "bad-sectors",   "clock",      "add",       "remove",
        "swizzle",       "rolling-restart",
    };
    begin(NULL, 0);
    ck_assert_uint_eq(FAULT_KIND_COUNT, sizeof names / sizeof *names);
    for (int kind = 0; kind < FAULT_KIND_COUNT; kind++)
        ck_assert_str_eq(fault_kind_name((enum fault_kind)kind), names[kind]);
}
END_TEST

START_TEST(what_draws_nothing_does_nothing)
{
    const struct fault_side side = SIDE(NODE(A));
    const struct fault_options idle[] = {
        { .id = "a", .kind = FAULT_PACKETS, AMOUNT(BURST_END, PROBABILITY_ONE) },
        { .id = "b", .kind = FAULT_SLOW_CPU, AMOUNT(FACTOR, 1 << 16) },
        { .id = "c", .kind = FAULT_SLOW_DISK, AMOUNT(FACTOR, 1 << 16) },
        { .id = "d", .kind = FAULT_FAILING_DISK },
        { .id = "e", .kind = FAULT_LYING_DISK },
        { .id = "f", .kind = FAULT_FAILING_FLUSH },
        { .id = "g", .kind = FAULT_CLOCK },
        { .id = "h", .kind = FAULT_PAUSE, FOR_MS(0) },
        { .id = "i", .kind = FAULT_CRASH, FOR_MS(0) }, /* it starts again */
    };
    struct fault_options faults[9];
    for (int i = 0; i < 9; i++) {
        faults[i] = idle[i];
        faults[i].at_ns = 1000000000;
        faults[i].sides = &side;
        faults[i].side_count = 1;
    }
    begin(faults, 9);
    beat_run_to_ms(&beat, 2000);
    for (size_t i = 0; i < 9; i++)
        ck_assert_msg(timeline_record(beat.timeline, i)->fired == (i == 8), "%s", faults[i].id);
    ck_assert_uint_eq(cluster_view(beat.cluster, A).incarnation, 2);
}
END_TEST

int main(void)
{
    TCase *faults = tcase_create("faults");
    tcase_add_checked_fixture(faults, set_up, tear_down);
    tcase_add_test(faults, what_draws_nothing_does_nothing);
    tcase_add_test(faults, a_crash_lasts_as_long_as_it_says);
    tcase_add_test(faults,
                   a_crash_of_one_that_is_down_does_not_fire_and_does_not_shorten_the_first);
    tcase_add_test(faults, a_crash_keeps_what_was_written_and_a_power_loss_does_not);
    tcase_add_test(faults, a_power_loss_ends_all_instances_of_the_machine_and_brings_them_back);
    tcase_add_test(faults, a_pause_stops_an_instance_and_loses_nothing);
    tcase_add_test(faults, overlapping_pauses_end_with_the_last);
    tcase_add_test(faults, who_is_down_cannot_be_paused);
    tcase_add_test(faults, slow_disks_multiply_and_each_ends_for_itself);
    tcase_add_test(faults, the_slowest_disk_still_has_a_latency);
    tcase_add_test(faults, a_clock_jumps_there_and_back);
    tcase_add_test(faults, a_clock_jumps_once_for_two_instances_of_its_machine);
    tcase_add_test(faults, every_kind_of_fault_has_its_name);
    Suite *suite = suite_create("faults");
    suite_add_tcase(suite, faults);
    return suite_run(suite);
}
