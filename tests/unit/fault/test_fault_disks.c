/* Faults of disks that last, as programs meet them. */
#include <check.h>
#include <string.h>

#include "disks.h"
#include "support/suite.h"

/* ---- What lasts ------------------------------------------------------------------------------ */

START_TEST(a_stalled_disk_answers_at_the_end_of_the_stall)
{
    const struct fault_options faults[] = {
        ON_A(.kind = FAULT_STALLED_DISK),
        { .id = "y",
          .kind = FAULT_STALLED_DISK,
          AT_MS(1200),
          FOR_MS(600),
          .where = "kept",
          SIDES(SIDE(NODE(A))) },
    };
    begin(faults, 2);
    beat_run_to_ms(&beat, 1001);
    uint64_t before = beat_flush_ns[A];
    beat_run_to_ms(&beat, 1499);
    ck_assert_uint_eq(beat_flush_ns[A], before);
    beat_run_to_ms(&beat, 1500);
    ck_assert_uint_gt(beat_flush_ns[A], 9000000); /* of the last beat, at 1.49005 s */
    /* The other volume is stalled for longer. */
    beat_status[A][CS_DISK_FLUSH] = CS_DISK_TIMEOUT;
    flushed(A);
    beat_run_to_ms(&beat, 1799);
    ck_assert_int_eq(beat_status[A][CS_DISK_FLUSH], CS_DISK_TIMEOUT);
    beat_run_to_ms(&beat, 1800);
    ck_assert_int_eq(beat_status[A][CS_DISK_FLUSH], CS_DISK_OK);
}
END_TEST

START_TEST(who_starts_while_its_disk_is_stalled_waits_for_the_end)
{
    const struct fault_options faults[] = {
        { .id = "y", .kind = FAULT_CRASH, AT_MS(900), FOR_MS(300), SIDES(SIDE(NODE(A))) },
        ON_A(.kind = FAULT_STALLED_DISK),
    };
    begin(faults, 2);
    beat_run_to_ms(&beat, 1499);
    ck_assert(!beat_up(&beat, A));
    beat_run_to_ms(&beat, 1500);
    ck_assert(beat_up(&beat, A));
}
END_TEST

START_TEST(a_failing_disk_fails_each_kind_of_operation_by_its_own_chance)
{
    static const struct {
        enum fault_amount amount;
        enum cs_disk_status read, write, flush;
    } cases[] = {
        { AMOUNT_READ, CS_DISK_MEDIUM, CS_DISK_OK, CS_DISK_OK },
        { AMOUNT_WRITE, CS_DISK_OK, CS_DISK_MEDIUM, CS_DISK_MEDIUM },
        { AMOUNT_FLUSH, CS_DISK_OK, CS_DISK_OK, CS_DISK_MEDIUM },
        { AMOUNT_TIMEOUT, CS_DISK_TIMEOUT, CS_DISK_TIMEOUT, CS_DISK_TIMEOUT },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct fault_options fault = ON_A(.kind = FAULT_FAILING_DISK);
        fault.amounts[cases[i].amount].distribution.value = PROBABILITY_ONE;
        begin(&fault, 1);
        beat_run_to_ms(&beat, 1001);
        ck_assert_int_eq(has_read(A), cases[i].read);
        ck_assert_int_eq(written(A, 7), cases[i].write);
        ck_assert_int_eq(flushed(A), cases[i].flush); /* one that was refused makes it fail too */
        ck_assert_int_eq(has_read(B), CS_DISK_OK);
        beat_run_to_ms(&beat, 1501);
        flushed(A);
        ck_assert_int_eq(has_read(A), CS_DISK_OK);
        ck_assert_int_eq(written(A, 8), CS_DISK_OK);
        ck_assert_int_eq(flushed(A), CS_DISK_OK);
        ck_assert_str_eq(beat_told(&beat, &fault), "x#0 1s..1.5s a\n");
        tear_down();
        set_up();
    }
    begin(NULL, 0);
}
END_TEST

START_TEST(a_lying_disk_says_that_it_has_flushed_and_has_not)
{
    const struct fault_options fault =
        ON_A(.kind = FAULT_LYING_DISK, AMOUNT(FLUSH, PROBABILITY_ONE));
    begin(&fault, 1);
    beat_run_to_ms(&beat, 1001);
    ck_assert_int_eq(filled(A), CS_DISK_OK);
    ck_assert_int_eq(filled(B), CS_DISK_OK);
    ck_assert_str_eq(contents(A), "11111111");
    cluster_power_loss(beat.cluster, A, DISK_LOSE);
    cluster_power_loss(beat.cluster, B, DISK_LOSE);
    ck_assert_str_eq(contents(A), "00000000");
    ck_assert_str_eq(contents(B), "11111111");
    cluster_restart(beat.cluster, A);
    beat_run_to_ms(&beat, 1501);
    ck_assert_int_eq(filled(A), CS_DISK_OK);
    cluster_power_loss(beat.cluster, A, DISK_LOSE);
    ck_assert_str_eq(contents(A), "11111111");
}
END_TEST

START_TEST(a_lying_disk_loses_writes)
{
    const struct fault_options fault =
        ON_A(.kind = FAULT_LYING_DISK, AMOUNT(LOST, PROBABILITY_ONE));
    begin(&fault, 1);
    beat_run_to_ms(&beat, 1001);
    ck_assert_int_eq(filled(A), CS_DISK_OK);
    cluster_power_loss(beat.cluster, A, DISK_KEEP);
    ck_assert_str_eq(contents(A), "00000000");
}
END_TEST

START_TEST(a_lying_disk_writes_to_the_wrong_place)
{
    const struct fault_options fault =
        ON_A(.kind = FAULT_LYING_DISK, AMOUNT(MISDIRECTED, PROBABILITY_ONE));
    begin(&fault, 1);
    beat_run_to_ms(&beat, 900);
    ck_assert_int_eq(filled(A), CS_DISK_OK);
    beat_run_to_ms(&beat, 1001);
    ck_assert_int_eq(written(A, 7), CS_DISK_OK);
    const char *wrong = contents(A);
    ck_assert_int_eq(wrong[0], '1');
    ck_assert_ptr_nonnull(strchr(wrong, '7'));
    beat_run_to_ms(&beat, 1501);
    written(A, 8);
    ck_assert_int_eq(contents(A)[0], '8');
}
END_TEST

START_TEST(a_full_disk_takes_nothing_that_needs_room)
{
    const struct fault_options fault = ON_A(.kind = FAULT_FULL_DISK);
    begin(&fault, 1);
    beat_run_to_ms(&beat, 900);
    written(B, 7);
    beat_run_to_ms(&beat, 1001);
    ck_assert_int_eq(written(A, 7), CS_DISK_FULL);
    ck_assert_int_eq(written(B, 8), CS_DISK_OK);
    ck_assert_int_eq(has_read(A), CS_DISK_OK);
    beat_run_to_ms(&beat, 1501);
    ck_assert_int_eq(written(A, 7), CS_DISK_OK);
}
END_TEST

START_TEST(a_dead_disk_does_nothing_until_it_lives_again)
{
    const struct fault_options fault = ON_A(.kind = FAULT_DEAD_DISK);
    begin(&fault, 1);
    beat_run_to_ms(&beat, 1001);
    ck_assert_int_eq(has_read(A), CS_DISK_DEAD);
    ck_assert_int_eq(written(A, 7), CS_DISK_DEAD);
    ck_assert_int_eq(flushed(A), CS_DISK_DEAD);
    beat_run_to_ms(&beat, 1030);
    ck_assert_int_eq(beat_flush_status[A], CS_DISK_DEAD);
    ck_assert_int_eq(beat_flush_status[B], CS_DISK_OK);
    beat_run_to_ms(&beat, 1501);
    flushed(A);
    ck_assert_int_eq(written(A, 7), CS_DISK_OK);
    ck_assert_int_eq(flushed(A), CS_DISK_OK);
}
END_TEST

START_TEST(an_instance_whose_barrier_fails_stops_and_the_faults_end_does_not_bring_it_back)
{
    const struct fault_options fault = ON_A(.kind = FAULT_DEAD_DISK);
    begin(&fault, 1);
    beat_run_to_ms(&beat, 1001);
    beat_ask(&beat, A, BEAT_BARRIER);
    beat_run_to_ms(&beat, 9000);
    ck_assert(!beat_up(&beat, A));
    ck_assert(cluster_view(beat.cluster, A).stopped);
    ck_assert_uint_eq(cluster_counters(beat.cluster, A)->barriers_failed, 1);
}
END_TEST

START_TEST(a_fault_of_one_volume_leaves_the_others_alone)
{
    const struct fault_options faults[] = {
        ON_A(.kind = FAULT_DEAD_DISK, .where = "flushed"),
        { .id = "y",
          .kind = FAULT_SLOW_DISK,
          AMOUNT(FACTOR, 3 << 16),
          AT_MS(1000),
          FOR_MS(500),
          .where = "kept",
          SIDES(SIDE(NODE(B))) },
        { .id = "z",
          .kind = FAULT_DEAD_DISK,
          AT_MS(1000),
          FOR_MS(500),
          .where = "nothing",
          SIDES(SIDE(NODE(B))) },
    };
    begin(faults, 3);
    beat_run_to_ms(&beat, 1030);
    ck_assert_int_eq(beat_flush_status[A], CS_DISK_DEAD);
    ck_assert_int_eq(has_read(A), CS_DISK_OK);
    ck_assert_uint_eq(beat_flush_ns[B], 100000);
    ck_assert_str_eq(beat_told(&beat, faults), "x#0 1s.. a\ny#0 1s.. b\nz#0 1s..1s b !\n");
}
END_TEST

/* How many of 400 reads fail. */
static unsigned reads_failing(uint64_t to_ms)
{
    const struct instance_counters *counters = cluster_counters(beat.cluster, A);
    uint64_t before = counters->disk_errors;
    for (unsigned i = 0; i < 400; i++)
        beat_ask(&beat, A, BEAT_READ);
    beat_run_to_ms(&beat, to_ms);
    return (unsigned)(counters->disk_errors - before);
}

START_TEST(chances_of_overlapping_faults_are_joined_and_each_ends_for_itself)
{
    const struct fault_options faults[] = {
        { .id = "x",
          .kind = FAULT_FAILING_DISK,
          AMOUNT(READ, PROBABILITY_ONE / 2),
          AT_MS(1000),
          FOR_MS(2000),
          SIDES(SIDE(NODE(A))) },
        { .id = "y",
          .kind = FAULT_FAILING_DISK,
          AMOUNT(READ, PROBABILITY_ONE / 2),
          AT_MS(2000),
          FOR_MS(2000),
          SIDES(SIDE(NODE(A))) },
    };
    begin(faults, 2);
    beat_run_to_ms(&beat, 1000);
    unsigned failed = reads_failing(1900); /* within 5 standard errors of 200, 300, 200, 0 */
    ck_assert(failed >= 150 && failed <= 250);
    beat_run_to_ms(&beat, 2000);
    failed = reads_failing(2900);
    ck_assert(failed >= 257 && failed <= 343);
    beat_run_to_ms(&beat, 3000);
    failed = reads_failing(3900);
    ck_assert(failed >= 150 && failed <= 250);
    beat_run_to_ms(&beat, 4000);
    ck_assert_uint_eq(reads_failing(4900), 0);
}
END_TEST

START_TEST(two_dead_disks_are_one_until_both_are_over)
{
    const struct fault_options faults[] = {
        ON_A(.kind = FAULT_DEAD_DISK),
        { .id = "y", .kind = FAULT_DEAD_DISK, AT_MS(1200), FOR_MS(600), SIDES(SIDE(NODE(A))) },
    };
    begin(faults, 2);
    beat_run_to_ms(&beat, 1790);
    ck_assert_int_eq(beat_flush_status[A], CS_DISK_DEAD);
    beat_run_to_ms(&beat, 1850);
    ck_assert_int_eq(beat_flush_status[A], CS_DISK_OK);
}
END_TEST

START_TEST(a_disk_is_in_trouble_for_who_starts_on_it_meanwhile)
{
    const struct fault_options faults[] = {
        { .id = "y", .kind = FAULT_CRASH, AT_MS(900), FOR_MS(300), SIDES(SIDE(NODE(A))) },
        { .id = "z", .kind = FAULT_CRASH, AT_MS(1100), FOR_MS(100), SIDES(SIDE(NODE(B))) },
        ON_A(.kind = FAULT_FAILING_DISK, AMOUNT(FLUSH, PROBABILITY_ONE)),
        { .id = "w",
          .kind = FAULT_SLOW_DISK,
          AMOUNT(FACTOR, 3 << 16),
          AT_MS(1000),
          FOR_MS(500),
          SIDES(SIDE(NODE(B))) },
    };
    begin(faults, 4);
    beat_run_to_ms(&beat, 1400);
    ck_assert(beat_up(&beat, A) && beat_up(&beat, B));
    ck_assert_int_eq(beat_flush_status[A], CS_DISK_MEDIUM);
    ck_assert_uint_eq(beat_flush_ns[B], 300000);
    beat_run_to_ms(&beat, 1600);
    ck_assert_int_eq(beat_flush_status[A], CS_DISK_OK);
    ck_assert_uint_eq(beat_flush_ns[B], 100000);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("disks");
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, a_stalled_disk_answers_at_the_end_of_the_stall);
    tcase_add_test(tcase, who_starts_while_its_disk_is_stalled_waits_for_the_end);
    tcase_add_test(tcase, a_failing_disk_fails_each_kind_of_operation_by_its_own_chance);
    tcase_add_test(tcase, a_lying_disk_says_that_it_has_flushed_and_has_not);
    tcase_add_test(tcase, a_lying_disk_loses_writes);
    tcase_add_test(tcase, a_lying_disk_writes_to_the_wrong_place);
    tcase_add_test(tcase, a_full_disk_takes_nothing_that_needs_room);
    tcase_add_test(tcase, a_dead_disk_does_nothing_until_it_lives_again);
    tcase_add_test(tcase,
                   an_instance_whose_barrier_fails_stops_and_the_faults_end_does_not_bring_it_back);
    tcase_add_test(tcase, a_fault_of_one_volume_leaves_the_others_alone);
    tcase_add_test(tcase, chances_of_overlapping_faults_are_joined_and_each_ends_for_itself);
    tcase_add_test(tcase, two_dead_disks_are_one_until_both_are_over);
    tcase_add_test(tcase, a_disk_is_in_trouble_for_who_starts_on_it_meanwhile);
    Suite *suite = suite_create("fault_disks");
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
