/* What a fault leaves behind beside its effect: how often it acted, and a note in the digest. */
#include <check.h>

#include "beat.h"
#include "support/suite.h"

static struct beat beat;

static void set_up(void) { beat_init(&beat); }
static void tear_down(void) { beat_done(&beat); }

/* ---- How often a disk's trouble acted -------------------------------------------------------- */

/* Let an instance read so often, in its own time. */
static void read_at_ms(uint32_t instance, uint64_t ms, unsigned times)
{
    beat_run_to_ms(&beat, ms);
    for (unsigned i = 0; i < times; i++)
        beat_ask(&beat, instance, BEAT_READ);
}

#define FAILING_READS(NAME, AT, FOR)                                                               \
    {                                                                                              \
        .id = (NAME), .kind = FAULT_FAILING_DISK, AMOUNT(READ, PROBABILITY_ONE), AT_MS(AT),        \
        FOR_MS(FOR), SIDES(SIDE(NODE(A)))                                                          \
    }

START_TEST(a_trouble_of_a_disk_tells_how_often_it_acted_while_it_lasted)
{
    const struct fault_options faults[] = {
        FAILING_READS("first", 1000, 500),  FAILING_READS("second", 2000, 500),
        FAILING_READS("third", 3000, 1000), FAILING_READS("within", 3400, 1000),
        FAILING_READS("idle", 5000, 500),
    };
    static const uint64_t changed[] = { 3, 2, 1 + 4, 4 + 8, 0 };
    beat_begin(&beat, 1, faults, 5);
    read_at_ms(A, 500, 16); /* before any */
    read_at_ms(A, 1200, 3);
    read_at_ms(B, 1200, 16); /* not its disk */
    read_at_ms(A, 2200, 2);
    read_at_ms(A, 3200, 1);
    read_at_ms(A, 3600, 4);
    read_at_ms(A, 4200, 8);
    beat_run_to_ms(&beat, 6000);
    ck_assert_uint_eq(timeline_record_count(beat.timeline), 5);
    for (size_t i = 0; i < 5; i++)
        ck_assert_uint_eq(timeline_record(beat.timeline, i)->changed, changed[i]);
}
END_TEST

START_TEST(troubles_of_another_kind_are_not_counted)
{
    const struct fault_options faults[] = {
        FAILING_READS("fails", 1000, 500),
        { .id = "lies",
          .kind = FAULT_LYING_DISK,
          AMOUNT(LOST, PROBABILITY_ONE),
          AT_MS(1000),
          FOR_MS(500),
          SIDES(SIDE(NODE(A))) },
    };
    beat_begin(&beat, 1, faults, 2);
    read_at_ms(A, 1200, 3);
    beat_write(&beat, A, 7);
    beat_run_to_ms(&beat, 2000);
    ck_assert_uint_eq(timeline_record(beat.timeline, 0)->changed, 3);
    ck_assert_uint_eq(timeline_record(beat.timeline, 1)->changed, 1);
}
END_TEST

/* ---- In the digest --------------------------------------------------------------------------- */

/* Of a run in which nothing is said: only what is noted of the fault can make a difference. */
static uint64_t quiet_digest(const struct fault_options *fault)
{
    tear_down();
    set_up();
    beat_quiet = true;
    beat_begin(&beat, 1, fault, 1);
    beat_run_to_ms(&beat, 3000);
    ck_assert(timeline_record(beat.timeline, 0)->fired);
    return cluster_digest(beat.cluster);
}

#define FAULT(KIND, ...)                                                                           \
    {                                                                                              \
        .id = "x", .kind = (KIND), AT_MS(1000), FOR_MS(500), __VA_ARGS__                           \
    }

START_TEST(the_digest_tells_faults_apart_by_kind_targets_sides_and_amounts)
{
    const struct fault_options faults[] = {
        FAULT(FAULT_PARTITION, SIDES(SIDE(NODE(A)), SIDE(NODE(B), NODE(C)))),
        FAULT(FAULT_PARTITION, SIDES(SIDE(NODE(A), NODE(B)), SIDE(NODE(C)))), /* other sides */
        FAULT(FAULT_PARTITION, SIDES(SIDE(NODE(A)), SIDE(NODE(B)), SIDE(NODE(C)))),
        FAULT(FAULT_PARTITION, SIDES(SIDE(NODE(A)), SIDE(NODE(B), NODE(D)))), /* another target */
        FAULT(FAULT_BLOCK, SIDES(SIDE(NODE(A)), SIDE(NODE(B), NODE(C)))),     /* another kind */
        FAULT(FAULT_PACKETS, AMOUNT(LOSS, 1), SIDES(SIDE(NODE(A)), SIDE(NODE(B), NODE(C)))),
        FAULT(FAULT_PACKETS, AMOUNT(LOSS, 2), SIDES(SIDE(NODE(A)), SIDE(NODE(B), NODE(C)))),
    };
    enum { COUNT = sizeof faults / sizeof *faults };
    uint64_t digests[COUNT];
    beat_begin(&beat, 1, NULL, 0);
    for (size_t i = 0; i < COUNT; i++) {
        digests[i] = quiet_digest(&faults[i]);
        for (size_t k = 0; k < i; k++)
            ck_assert_msg(digests[i] != digests[k], "faults %zu and %zu look alike", k, i);
    }
    ck_assert_uint_eq(quiet_digest(&faults[0]), digests[0]);
}
END_TEST

START_TEST(the_digest_does_not_tell_what_a_fault_is_called)
{
    const struct fault_options one = FAULT(FAULT_CLOG, SIDES(SIDE(NODE(A))));
    struct fault_options renamed = one;
    renamed.id = "y";
    beat_begin(&beat, 1, NULL, 0);
    ck_assert_uint_eq(quiet_digest(&one), quiet_digest(&renamed));
}
END_TEST

/* ---- Several stalls at once ------------------------------------------------------------------ */

#define STALL(NAME, AT, FOR, WHERE)                                                                \
    {                                                                                              \
        .id = (NAME), .kind = FAULT_STALLED_DISK, AT_MS(AT), FOR_MS(FOR), .where = (WHERE),        \
        SIDES(SIDE(NODE(A)))                                                                       \
    }

START_TEST(who_starts_while_two_disks_are_stalled_waits_for_both)
{
    const struct fault_options faults[] = {
        { .id = "kill", .kind = FAULT_CRASH, AT_MS(900), FOR_MS(300), SIDES(SIDE(NODE(A))) },
        STALL("one", 1000, _i == 0 ? 500 : 900, "kept"),
        STALL("two", 1000, _i == 0 ? 900 : 500, "flushed"),
    };
    beat_begin(&beat, 1, faults, 3);
    beat_run_to_ms(&beat, 1899);
    ck_assert(!beat_up(&beat, A));
    beat_run_to_ms(&beat, 1901);
    ck_assert(beat_up(&beat, A));
    ck_assert_uint_eq(beat_seen.boots[A], 2);
}
END_TEST

START_TEST(a_disk_that_is_stalled_three_times_answers_when_the_last_stall_is_over)
{
    const struct fault_options faults[] = {
        STALL("one", 1000, 500, NULL),
        STALL("two", 1100, 200, NULL),
        STALL("three", 1200, 600, NULL),
    };
    beat_begin(&beat, 1, faults, 3);
    beat_run_to_ms(&beat, 1010);
    beat_status[A][CS_DISK_FLUSH] = CS_DISK_TIMEOUT;
    beat_ask(&beat, A, BEAT_FLUSH);
    beat_run_to_ms(&beat, 1799);
    ck_assert_int_eq(beat_status[A][CS_DISK_FLUSH], CS_DISK_TIMEOUT);
    beat_run_to_ms(&beat, 1801);
    ck_assert_int_eq(beat_status[A][CS_DISK_FLUSH], CS_DISK_OK);
}
END_TEST

int main(void)
{
    TCase *tests = tcase_create("fault records");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, a_trouble_of_a_disk_tells_how_often_it_acted_while_it_lasted);
    tcase_add_test(tests, troubles_of_another_kind_are_not_counted);
    tcase_add_test(tests, the_digest_tells_faults_apart_by_kind_targets_sides_and_amounts);
    tcase_add_test(tests, the_digest_does_not_tell_what_a_fault_is_called);
    tcase_add_loop_test(tests, who_starts_while_two_disks_are_stalled_waits_for_both, 0, 2);
    tcase_add_test(tests, a_disk_that_is_stalled_three_times_answers_when_the_last_stall_is_over);
    Suite *suite = suite_create("fault records");
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
