/* Faults of processes and machines: stops, who is held down by whom, slow processors, drifting
 * clocks, members that come and go. */
#include <check.h>
#include <string.h>

#include "fixture.h"
#include "support/suite.h"

/* Write to the first volume and lose the power of the machine, as a test of what was durable. */
static uint8_t durable_byte(uint32_t instance)
{
    uint8_t bytes[512];
    cluster_power_loss(beat.cluster, beat.small.instances[instance].machine, DISK_LOSE);
    disk_read(cluster_disk(beat.cluster, instance, 0), 0, bytes, sizeof bytes);
    return bytes[0];
}

/* ---- Stops ----------------------------------------------------------------------------------- */

START_TEST(a_stop_keeps_everything_and_ends_after_its_time)
{
    const struct fault_options fault = {
        .id = "x", .kind = FAULT_STOP, AT_MS(1000), FOR_MS(500), SIDES(SIDE(NODE(B), NODE(C)))
    };
    begin(&fault, 1);
    beat_run_to_ms(&beat, 995);
    beat_write(&beat, B, 7);
    beat_run_to_ms(&beat, 1000);
    ck_assert(!beat_up(&beat, B) && !beat_up(&beat, C) && beat_up(&beat, A));
    ck_assert_uint_eq(beat_seen.ends[B][END_SHUT_DOWN], 1);
    ck_assert_uint_eq(durable_byte(B), 7);
    beat_run_to_ms(&beat, 1499);
    ck_assert(!beat_up(&beat, B) && !beat_up(&beat, C));
    beat_run_to_ms(&beat, 1500);
    ck_assert(beat_up(&beat, B) && beat_up(&beat, C));
    ck_assert_int_eq(beat_start[B], CS_START_RESTART);
    ck_assert_uint_eq(beat_found[B], 7);
    ck_assert_str_eq(beat_told(&beat, &fault), "x#0 1s..1.5s b c\n");
}
END_TEST

START_TEST(a_stop_without_an_end_lasts_until_the_heal)
{
    const struct fault_options fault = {
        .id = "x", .kind = FAULT_STOP, AT_MS(1000), SIDES(SIDE(NODE(B)))
    };
    begin(&fault, 1);
    beat_run_to_ms(&beat, 9999);
    ck_assert(!beat_up(&beat, B));
    beat_run_to_ms(&beat, 10000);
    ck_assert(beat_up(&beat, B));
}
END_TEST

/* ---- Who holds whom down --------------------------------------------------------------------- */

START_TEST(one_that_another_fault_has_ended_is_down_until_both_are_over)
{
    for (int longer = 0; longer < 2; longer++) {
        const struct fault_options faults[] = {
            { .id = "x",
              .kind = FAULT_POWER_LOSS,
              AT_MS(1200),
              FOR_MS(longer ? 800 : 200),
              SIDES(SIDE(NODE(A))) },
            { .id = "y", .kind = FAULT_CRASH, AT_MS(1000), FOR_MS(500), SIDES(SIDE(NODE(B))) },
        };
        beat.small.instances[B].machine = A;
        begin(faults, 2);
        beat_run_to_ms(&beat, 1300);
        ck_assert(!beat_up(&beat, A) && !beat_up(&beat, B));
        beat_run_to_ms(&beat, 1499);
        ck_assert(beat_up(&beat, A) == !longer);
        ck_assert(!beat_up(&beat, B));
        beat_run_to_ms(&beat, 1500);
        ck_assert(beat_up(&beat, B) == !longer);
        beat_run_to_ms(&beat, 2000);
        ck_assert(beat_up(&beat, A) && beat_up(&beat, B));
        ck_assert_uint_eq(view(B).incarnation, 2);
        if (!longer) {
            tear_down();
            set_up();
        }
    }
}
END_TEST

START_TEST(one_that_stops_itself_is_not_brought_back_by_a_fault_that_waited_for_it)
{
    const struct fault_options fault = { .id = "x",
                                         .kind = FAULT_CRASH,
                                         AMOUNT(EFFECTS, 1000),
                                         AT_MS(1000),
                                         FOR_MS(500),
                                         SIDES(SIDE(NODE(B))) };
    begin(&fault, 1);
    beat_run_to_ms(&beat, 1100);
    beat_ask(&beat, B, BEAT_STOP);
    beat_run_to_ms(&beat, 9000);
    ck_assert(!beat_up(&beat, B));
    ck_assert(view(B).stopped);
    ck_assert_uint_eq(beat_seen.ends[B][END_STOPPED], 1);
    ck_assert(!record(0)->fired);
    beat_run_to_ms(&beat, 11000); /* nor by the heal */
    ck_assert(!beat_up(&beat, B));
}
END_TEST

START_TEST(one_that_has_stopped_itself_stays_down_when_its_machine_loses_power_and_has_it_again)
{
    const struct fault_options fault = {
        .id = "x", .kind = FAULT_POWER_LOSS, AT_MS(1000), FOR_MS(500), SIDES(SIDE(NODE(A)))
    };
    beat.small.instances[B].machine = A;
    begin(&fault, 1);
    beat_run_to_ms(&beat, 900);
    beat_ask(&beat, B, BEAT_STOP);
    beat_run_to_ms(&beat, 9000);
    ck_assert(beat_up(&beat, A));
    ck_assert(!beat_up(&beat, B));
}
END_TEST

START_TEST(nobody_boots_on_a_machine_without_power)
{
    const struct fault_options faults[] = {
        /* b is about to start again when the power goes ... */
        { .id = "x", .kind = FAULT_CRASH, AT_MS(1000), FOR_MS(200), SIDES(SIDE(NODE(B))) },
        /* ... and c waits for its disk. */
        { .id = "y", .kind = FAULT_CRASH, AT_MS(1000), FOR_MS(100), SIDES(SIDE(NODE(C))) },
        { .id = "z", .kind = FAULT_STALLED_DISK, AT_MS(1000), FOR_MS(300), SIDES(SIDE(NODE(C))) },
        { .id = "p", .kind = FAULT_POWER_LOSS, AT_MS(1200), FOR_MS(800), SIDES(SIDE(NODE(A))) },
    };
    beat.small.instances[B].machine = beat.small.instances[C].machine = A;
    begin(faults, 4);
    beat_run_to_ms(&beat, 1201);
    for (uint64_t ms = 1201; ms < 2000; ms += 17) {
        beat_run_to_ms(&beat, ms);
        for (uint32_t i = A; i <= C; i++)
            ck_assert(!beat_up(&beat, i));
    }
    beat_run_to_ms(&beat, 2000);
    for (uint32_t i = A; i <= C; i++)
        ck_assert(beat_up(&beat, i) && view(i).incarnation == 2);
}
END_TEST

START_TEST(a_machine_loses_its_power_though_its_process_has_crashed_before)
{
    const struct fault_options faults[] = {
        { .id = "x", .kind = FAULT_CRASH, AT_MS(1000), FOR_MS(200), SIDES(SIDE(NODE(B))) },
        { .id = "p",
          .kind = FAULT_POWER_LOSS,
          AT_MS(1100),
          FOR_MS(500),
          LOSS(DISK_LOSE),
          SIDES(SIDE(NODE(B))) },
    };
    begin(faults, 2);
    beat_run_to_ms(&beat, 998);
    beat_write(&beat, B, 7);
    beat_run_to_ms(&beat, 1599);
    ck_assert(record(1)->fired);
    ck_assert_uint_eq(record(1)->changed, 1);
    ck_assert(!beat_up(&beat, B));
    beat_run_to_ms(&beat, 1600);
    ck_assert(beat_up(&beat, B));
    ck_assert_uint_eq(beat_found[B], 0); /* what the crash alone would have left */
}
END_TEST

START_TEST(a_loss_of_power_calls_off_the_return_of_who_has_stopped_itself)
{
    const struct fault_options fault = {
        .id = "p", .kind = FAULT_POWER_LOSS, AT_MS(1100), FOR_MS(500), SIDES(SIDE(NODE(B)))
    };
    beat.small.instances[B].restart =
        (struct restart_policy){ .enabled = true, .after_ns = MS(200) };
    begin(&fault, 1);
    beat_run_to_ms(&beat, 1000);
    beat_ask(&beat, B, BEAT_STOP);
    beat_run_to_ms(&beat, 1599);
    ck_assert(record(0)->fired);
    ck_assert(!beat_up(&beat, B));
    beat_run_to_ms(&beat, 1600);
    ck_assert(beat_up(&beat, B));
    ck_assert_uint_eq(view(B).incarnation, 2);
}
END_TEST

START_TEST(a_machine_all_of_whose_processes_are_gone_for_good_has_nothing_to_lose)
{
    const struct fault_options faults[] = {
        { .id = "r", .kind = FAULT_REMOVE, AT_MS(1000), SIDES(SIDE(NODE(A))) },
        { .id = "p", .kind = FAULT_POWER_LOSS, AT_MS(1200), FOR_MS(100), SIDES(SIDE(NODE(A))) },
        { .id = "q", .kind = FAULT_POWER_LOSS, AT_MS(1400), FOR_MS(100), SIDES(SIDE(NODE(C))) },
    };
    beat.small.instances[B].machine = A;
    beat.small.instances[D].machine = C;
    begin(faults, 3);
    beat_run_to_ms(&beat, 1100);
    beat_ask(&beat, B, BEAT_STOP);
    beat_ask(&beat, C, BEAT_STOP); /* d still runs beside it */
    beat_run_to_ms(&beat, 1450);
    ck_assert(!record(1)->fired);
    ck_assert(record(2)->fired);
    ck_assert(!beat_up(&beat, D));
}
END_TEST

START_TEST(who_crashes_during_a_pause_starts_again_unpaused)
{
    const struct fault_options faults[] = {
        { .id = "x", .kind = FAULT_PAUSE, AT_MS(1000), FOR_MS(1000), SIDES(SIDE(NODE(B))) },
        { .id = "y", .kind = FAULT_CRASH, AT_MS(1200), FOR_MS(300), SIDES(SIDE(NODE(B))) },
    };
    begin(faults, 2);
    beat_run_to_ms(&beat, 1300);
    ck_assert(!beat_up(&beat, B));
    beat_run_to_ms(&beat, 1500);
    beat_see_to_ms(&beat, 1999);
    ck_assert(beat_up(&beat, B) && !view(B).paused);
    ck_assert_uint_eq(view(B).incarnation, 2);
    ck_assert(beat_seen.heard[A][B] > 0 && beat_seen.heard[B][A] > 0);
    beat_run_to_ms(&beat, 2050);
    ck_assert(!view(B).paused);
}
END_TEST

START_TEST(the_end_of_a_pause_does_not_resume_a_later_process)
{
    const struct fault_options faults[] = {
        { .id = "x", .kind = FAULT_PAUSE, AT_MS(1000), FOR_MS(1000), SIDES(SIDE(NODE(B))) },
        { .id = "y", .kind = FAULT_CRASH, AT_MS(1200), FOR_MS(300), SIDES(SIDE(NODE(B))) },
        { .id = "z", .kind = FAULT_PAUSE, AT_MS(1600), FOR_MS(1000), SIDES(SIDE(NODE(B))) },
    };
    begin(faults, 3);
    beat_run_to_ms(&beat, 2100);
    ck_assert(beat_up(&beat, B) && view(B).paused);
    beat_run_to_ms(&beat, 2700);
    ck_assert(beat_up(&beat, B) && !view(B).paused);
}
END_TEST

START_TEST(a_first_boot_that_is_due_without_power_waits_for_it)
{
    const struct fault_options fault = {
        .id = "x", .kind = FAULT_POWER_LOSS, AT_MS(1000), FOR_MS(1000), SIDES(SIDE(NODE(A)))
    };
    /* B and C share A's machine; B's boot falls due in the dark, C's after it. */
    beat.small.instances[B].machine = beat.small.instances[A].machine;
    beat.small.instances[C].machine = beat.small.instances[A].machine;
    beat.small.instances[B].boot_at_ns = UINT64_C(1500000000);
    beat.small.instances[C].boot_at_ns = UINT64_C(2500000000);
    begin(&fault, 1);
    beat_run_to_ms(&beat, 1999);
    ck_assert(!beat_up(&beat, A) && !beat_up(&beat, B));
    beat_run_to_ms(&beat, 2001);
    ck_assert(beat_up(&beat, A) && beat_up(&beat, B) && !beat_up(&beat, C));
    ck_assert_uint_eq(view(A).incarnation, 2);
    ck_assert_uint_eq(view(B).incarnation, 1);
    beat_run_to_ms(&beat, 2501);
    ck_assert(beat_up(&beat, C));
}
END_TEST

START_TEST(who_is_to_come_back_comes_back_with_the_power)
{
    const struct fault_options fault = {
        .id = "x", .kind = FAULT_POWER_LOSS, AT_MS(1000), FOR_MS(1000), SIDES(SIDE(NODE(A)))
    };
    beat.small.instances[B].machine = beat.small.instances[A].machine;
    beat.small.instances[B].restart =
        (struct restart_policy){ .enabled = true, .after_ns = 500000000 };
    begin(&fault, 1);
    beat_run_to_ms(&beat, 900);
    beat_ask(&beat, B, BEAT_STOP);
    beat_run_to_ms(&beat, 1999);
    ck_assert(!beat_up(&beat, B));
    beat_run_to_ms(&beat, 2001);
    ck_assert(beat_up(&beat, B));
    ck_assert_uint_eq(view(B).incarnation, 2);
}
END_TEST

/* ---- Processors and clocks ------------------------------------------------------------------- */

START_TEST(slow_processors_multiply_and_each_ends_for_itself)
{
    const struct fault_options faults[] = {
        { .id = "x",
          .kind = FAULT_SLOW_CPU,
          AMOUNT(FACTOR, 3 << 16),
          AT_MS(1000),
          FOR_MS(500),
          SIDES(SIDE(NODE(A), NODE(B))) },
        { .id = "y",
          .kind = FAULT_SLOW_CPU,
          AMOUNT(FACTOR, 5 << 15),
          AT_MS(1200),
          FOR_MS(600),
          SIDES(SIDE(NODE(A))) },
    };
    for (uint32_t i = A; i <= C; i++)
        beat_step_ns[i] = 100000;
    begin(faults, 2);
    static const struct {
        uint64_t ms;
        uint64_t delays_us[3]; /* from a, b and c to d: the step and a millisecond */
    } cases[] = {
        { 990, { 1100, 1100, 1100 } },  { 1190, { 1300, 1300, 1100 } },
        { 1490, { 1750, 1300, 1100 } }, { 1790, { 1250, 1100, 1100 } },
        { 2000, { 1100, 1100, 1100 } },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        beat_run_to_ms(&beat, cases[i].ms - 100);
        beat_see_to_ms(&beat, cases[i].ms);
        for (uint32_t from = A; from <= C; from++)
            ck_assert_uint_eq(beat_seen.delay_max[D][from], cases[i].delays_us[from] * 1000);
    }
}
END_TEST

START_TEST(a_slow_processor_is_slow_for_who_starts_on_it_meanwhile)
{
    const struct fault_options faults[] = {
        { .id = "x", .kind = FAULT_CRASH, AT_MS(900), FOR_MS(300), SIDES(SIDE(NODE(A))) },
        { .id = "y",
          .kind = FAULT_SLOW_CPU,
          AMOUNT(FACTOR, 3 << 16),
          AT_MS(1000),
          FOR_MS(500),
          SIDES(SIDE(NODE(A))) },
    };
    beat_step_ns[A] = 100000;
    begin(faults, 2);
    beat_run_to_ms(&beat, 1200);
    beat_see_to_ms(&beat, 1490);
    ck_assert_uint_eq(beat_seen.delay_max[D][A], 1300000);
    ck_assert_str_eq(beat_told(&beat, faults), "x#0 900ms..1.2s a\ny#0 1s.. a\n");
}
END_TEST

START_TEST(a_clock_that_drifts_beats_faster_and_drifts_add_up)
{
    const struct fault_options faults[] = {
        { .id = "x",
          .kind = FAULT_CLOCK,
          AMOUNT(DRIFT, 50000000),
          AT_MS(1000),
          FOR_MS(4000),
          SIDES(SIDE(NODE(A), NODE(B))) },
        { .id = "y",
          .kind = FAULT_CLOCK,
          SHIFTED(DRIFT, -80000000),
          AT_MS(3000),
          FOR_MS(4000),
          SIDES(SIDE(NODE(A))) },
    };
    beat.small.machines[B].clock.drift_ppb = 10000000;
    begin(faults, 2);
    static const struct {
        uint64_t from_ms, to_ms;
        unsigned beats[3]; /* of a: by 5 % more, then 3 % less, then 8 % less; b runs 1 % fast */
    } cases[] = {
        { 1000, 2998, { 209, 211, 199 } },
        { 3000, 4998, { 193, 211, 199 } },
        { 5000, 6998, { 183, 201, 199 } },
        { 7000, 8998, { 199, 201, 199 } },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        beat_run_to_ms(&beat, cases[i].from_ms);
        beat_see_to_ms(&beat, cases[i].to_ms);
        for (uint32_t n = A; n <= C; n++) {
            ck_assert_uint_ge(beat_seen.beats[n] + 1, cases[i].beats[n]);
            ck_assert_uint_le(beat_seen.beats[n], cases[i].beats[n] + 1);
        }
    }
}
END_TEST

START_TEST(drifts_never_make_a_clock_run_more_than_a_tenth_wrong)
{
    const struct fault_options fault = { .id = "x",
                                         .kind = FAULT_CLOCK,
                                         SHIFTED(DRIFT, -60000000),
                                         AT_MS(1000),
                                         FOR_MS(2000),
                                         SIDES(SIDE(NODE(A))) };
    const struct fault_options faults[] = { fault, fault, fault };
    begin(faults, 3);
    beat_run_to_ms(&beat, 1000);
    beat_see_to_ms(&beat, 2998);
    ck_assert_uint_ge(beat_seen.beats[A], 178);
    ck_assert_uint_le(beat_seen.beats[A], 181);
    beat_run_to_ms(&beat, 3000);
    beat_see_to_ms(&beat, 4998);
    ck_assert_uint_ge(beat_seen.beats[A], 198);
}
END_TEST

START_TEST(a_clock_that_was_set_while_its_instance_was_down_is_so_for_the_next)
{
    const struct fault_options faults[] = {
        { .id = "x", .kind = FAULT_CRASH, AT_MS(900), FOR_MS(300), SIDES(SIDE(NODE(A))) },
        { .id = "y",
          .kind = FAULT_CLOCK,
          AMOUNT(JUMP, 5000),
          AT_MS(1000),
          FOR_MS(500),
          SIDES(SIDE(NODE(A))) },
    };
    begin(faults, 2);
    beat_run_to_ms(&beat, 800);
    int64_t before = beat_wall_ns[A];
    beat_run_to_ms(&beat, 1400);
    ck_assert_int_eq(beat_wall_ns[A] - before, 5000);
    beat_run_to_ms(&beat, 1600);
    ck_assert_int_eq(beat_wall_ns[A], before);
}
END_TEST

/* ---- Members that come and go ---------------------------------------------------------------- */

START_TEST(one_that_was_left_out_is_added_once)
{
    const struct fault_options faults[] = {
        { .id = "x", .kind = FAULT_ADD, AT_MS(1000), SIDES(SIDE(NODE(B))) },
        { .id = "y", .kind = FAULT_ADD, AT_MS(1000), SIDES(SIDE(NODE(B))) },
        { .id = "z", .kind = FAULT_ADD, AT_MS(1500), SIDES(SIDE(NODE(A), NODE(B))) },
    };
    beat.small.instances[B].boot_at_ns = UINT64_MAX;
    begin(faults, 3);
    beat_run_to_ms(&beat, 999);
    ck_assert(!beat_up(&beat, B));
    beat_run_to_ms(&beat, 1600);
    ck_assert(beat_up(&beat, B));
    ck_assert_int_eq(beat_start[B], CS_START_JOIN);
    ck_assert_uint_eq(view(B).incarnation, 1);
    ck_assert_str_eq(beat_told(&beat, faults),
                     "x#0 1s..1s b\ny#0 1s..1s b !\nz#0 1.5s..1.5s a b !\n");
    ck_assert(!beat_any_lasts(&beat));
}
END_TEST

START_TEST(one_that_was_removed_never_comes_back)
{
    const struct fault_options faults[] = {
        { .id = "x", .kind = FAULT_REMOVE, AT_MS(1000), SIDES(SIDE(NODE(B))) },
        { .id = "y", .kind = FAULT_POWER_LOSS, AT_MS(1200), FOR_MS(100), SIDES(SIDE(NODE(A))) },
        { .id = "z", .kind = FAULT_ADD, AT_MS(1500), SIDES(SIDE(NODE(B))) },
    };
    beat.small.instances[B].machine = A;
    begin(faults, 3);
    beat_run_to_ms(&beat, 995);
    beat_write(&beat, B, 7);
    beat_run_to_ms(&beat, 1000);
    ck_assert_uint_eq(beat_seen.ends[B][END_SHUT_DOWN], 1);
    ck_assert_uint_eq(durable_byte(B), 7);
    beat_run_to_ms(&beat, 12000);
    ck_assert(!beat_up(&beat, B));
    ck_assert_uint_eq(view(B).incarnation, 1);
    ck_assert_uint_eq(record(0)->until_ns, UINT64_MAX);
    ck_assert(!record(2)->fired);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("processes");
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, a_stop_keeps_everything_and_ends_after_its_time);
    tcase_add_test(tcase, a_stop_without_an_end_lasts_until_the_heal);
    tcase_add_test(tcase, one_that_another_fault_has_ended_is_down_until_both_are_over);
    tcase_add_test(tcase, one_that_stops_itself_is_not_brought_back_by_a_fault_that_waited_for_it);
    tcase_add_test(
        tcase,
        one_that_has_stopped_itself_stays_down_when_its_machine_loses_power_and_has_it_again);
    tcase_add_test(tcase, nobody_boots_on_a_machine_without_power);
    tcase_add_test(tcase, a_machine_loses_its_power_though_its_process_has_crashed_before);
    tcase_add_test(tcase, a_loss_of_power_calls_off_the_return_of_who_has_stopped_itself);
    tcase_add_test(tcase, a_machine_all_of_whose_processes_are_gone_for_good_has_nothing_to_lose);
    tcase_add_test(tcase, who_crashes_during_a_pause_starts_again_unpaused);
    tcase_add_test(tcase, the_end_of_a_pause_does_not_resume_a_later_process);
    tcase_add_test(tcase, a_first_boot_that_is_due_without_power_waits_for_it);
    tcase_add_test(tcase, who_is_to_come_back_comes_back_with_the_power);
    tcase_add_test(tcase, slow_processors_multiply_and_each_ends_for_itself);
    tcase_add_test(tcase, a_slow_processor_is_slow_for_who_starts_on_it_meanwhile);
    tcase_add_test(tcase, a_clock_that_drifts_beats_faster_and_drifts_add_up);
    tcase_add_test(tcase, drifts_never_make_a_clock_run_more_than_a_tenth_wrong);
    tcase_add_test(tcase, a_clock_that_was_set_while_its_instance_was_down_is_so_for_the_next);
    tcase_add_test(tcase, one_that_was_left_out_is_added_once);
    tcase_add_test(tcase, one_that_was_removed_never_comes_back);
    Suite *suite = suite_create("fault_processes");
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
