/* What happens to disks at once and stays: flushes that fail, another device, rot, bad sectors. */
#include <check.h>
#include <string.h>

#include "disks.h"
#include "support/suite.h"

/* How many bits differ from what BEAT_FILL has written. */
static unsigned bits_wrong(uint32_t instance, cs_volume volume)
{
    unsigned wrong = 0;
    for (unsigned s = 0; s < SECTORS; s++) {
        uint8_t bytes[SECTOR];
        disk_read(cluster_disk(beat.cluster, instance, volume), s * SECTOR, bytes, SECTOR);
        bytes[0] ^= 1;
        for (unsigned i = 0; i < SECTOR; i++)
            wrong += (unsigned)__builtin_popcount(bytes[i]);
    }
    return wrong;
}

/* ---- What happens at once -------------------------------------------------------------------- */

START_TEST(so_many_flushes_fail_and_then_none)
{
    const struct fault_options fault = { .id = "x",
                                         .kind = FAULT_FAILING_FLUSH,
                                         AMOUNT(COUNT, 2),
                                         AT_MS(1000),
                                         .where = "kept",
                                         SIDES(SIDE(NODE(A))) };
    begin(&fault, 1);
    beat_run_to_ms(&beat, 999);
    ck_assert_int_eq(flushed(A), CS_DISK_OK);
    beat_run_to_ms(&beat, 1001);
    ck_assert(!beat_any_lasts(&beat));
    ck_assert_int_eq(flushed(A), CS_DISK_MEDIUM);
    ck_assert_int_eq(flushed(B), CS_DISK_OK);
    ck_assert_int_eq(flushed(A), CS_DISK_MEDIUM);
    ck_assert_int_eq(flushed(A), CS_DISK_OK);
    ck_assert_int_eq(beat_flush_status[A], CS_DISK_OK);
    ck_assert_str_eq(beat_told(&beat, &fault), "x#0 1s..1s a\n");
}
END_TEST

START_TEST(a_replaced_disk_is_another_and_empty)
{
    const struct fault_options fault = {
        .id = "x", .kind = FAULT_REPLACED_DISK, AT_MS(1000), .where = "kept", SIDES(SIDE(NODE(A)))
    };
    begin(&fault, 1);
    beat_run_to_ms(&beat, 900);
    filled(A);
    uint64_t identity = disk_identity(disk_of(A));
    uint64_t other = disk_identity(cluster_disk(beat.cluster, A, 1));
    beat_run_to_ms(&beat, 1001);
    ck_assert_str_eq(contents(A), "00000000");
    ck_assert_uint_ne(disk_identity(disk_of(A)), identity);
    ck_assert_uint_eq(disk_identity(cluster_disk(beat.cluster, A, 1)), other);
    ck_assert(beat_up(&beat, A));
    ck_assert_int_eq(has_read(A), CS_DISK_OK);
    ck_assert_uint_eq(beat_found[A], 0);
    ck_assert_int_eq(filled(A), CS_DISK_OK);
}
END_TEST

START_TEST(a_replaced_disk_has_no_trouble_of_the_old_one)
{
    const struct fault_options faults[] = {
        ON_A(.kind = FAULT_DEAD_DISK),
        { .id = "y", .kind = FAULT_REPLACED_DISK, AT_MS(1200), SIDES(SIDE(NODE(A))) },
    };
    begin(faults, 2);
    beat_run_to_ms(&beat, 1190);
    ck_assert_int_eq(beat_flush_status[A], CS_DISK_DEAD);
    beat_run_to_ms(&beat, 1250);
    ck_assert_int_eq(beat_flush_status[A], CS_DISK_OK);
    beat_run_to_ms(&beat, 1600);
    ck_assert_int_eq(beat_flush_status[A], CS_DISK_OK);
}
END_TEST

START_TEST(later_faults_do_not_bring_the_old_ones_troubles_back)
{
    const struct fault_options faults[] = {
        { .id = "x",
          .kind = FAULT_FAILING_DISK,
          AT_MS(1000),
          FOR_MS(2000),
          AMOUNT(FLUSH, PROBABILITY_ONE),
          SIDES(SIDE(NODE(A))) },
        { .id = "y", .kind = FAULT_REPLACED_DISK, AT_MS(1200), SIDES(SIDE(NODE(A))) },
        { .id = "z",
          .kind = FAULT_FAILING_DISK,
          AT_MS(1400),
          FOR_MS(400),
          AMOUNT(READ, PROBABILITY_ONE),
          SIDES(SIDE(NODE(A))) },
    };
    begin(faults, 3);
    beat_run_to_ms(&beat, 1190);
    ck_assert_int_eq(beat_flush_status[A], CS_DISK_MEDIUM);
    beat_run_to_ms(&beat, 1500);
    ck_assert_int_eq(beat_flush_status[A], CS_DISK_OK);
    ck_assert_uint_eq(disk_trouble(disk_of(A), DISK_READ_FAILS), PROBABILITY_ONE);
    beat_run_to_ms(&beat, 1900);
    ck_assert_int_eq(beat_flush_status[A], CS_DISK_OK);
    ck_assert_uint_eq(disk_trouble(disk_of(A), DISK_READ_FAILS), 0);
}
END_TEST

/* What an amount of harm does to a's and b's eight sectors of data. */
static void harm(enum fault_kind kind, uint64_t count, uint64_t share)
{
    static struct fault_options fault;
    fault = (struct fault_options){
        .id = "x", .kind = kind, AMOUNT(COUNT, count), AMOUNT(SHARE, share), AT_MS(1000)
    };
    static const struct selector both[] = { { .kind = SELECT_INSTANCE, .index = A },
                                            { .kind = SELECT_INSTANCE, .index = B } };
    static const struct fault_side side = { both, 2 };
    fault.sides = &side;
    fault.side_count = 1;
    tear_down();
    set_up();
    begin(&fault, 1);
    beat_run_to_ms(&beat, 900);
    filled(A);
    filled(B);
    beat_run_to_ms(&beat, 1001);
}

START_TEST(bit_rot_flips_one_bit_in_each_of_so_many_sectors)
{
    static const struct {
        uint64_t count, share;
        unsigned wrong;
    } cases[] = {
        { 3, 0, 3 },
        { 100, 0, 8 },
        { 0, PROBABILITY_ONE / 2, 4 },
        { 0, 1, 1 },
        { 1, PROBABILITY_ONE / 8 * 3, 4 },
        { 0, PROBABILITY_ONE, 8 },
    };
    begin(NULL, 0);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        harm(FAULT_BIT_ROT, cases[i].count, cases[i].share);
        ck_assert_uint_eq(bits_wrong(A, 0), cases[i].wrong);
        ck_assert_uint_eq(bits_wrong(B, 0), cases[i].wrong);
        ck_assert_uint_eq(bits_wrong(C, 0), SECTORS); /* nothing was ever written */
        ck_assert_uint_eq(record(0)->changed, 2 * cases[i].wrong);
        ck_assert(record(0)->fired);
        ck_assert(!beat_any_lasts(&beat));
        ck_assert_int_eq(has_read(A), CS_DISK_OK);
    }
}
END_TEST

START_TEST(bad_sectors_cannot_be_read_until_they_are_written)
{
    begin(NULL, 0);
    harm(FAULT_BAD_SECTORS, 100, 0);
    ck_assert_str_eq(contents(A), "????????");
    ck_assert_int_eq(has_read(A), CS_DISK_MEDIUM);
    ck_assert_int_eq(written(A, 7), CS_DISK_OK);
    ck_assert_str_eq(contents(A), "7???????");
    ck_assert_int_eq(has_read(A), CS_DISK_OK);
    harm(FAULT_BAD_SECTORS, 3, 0);
    const char *text = contents(B);
    ck_assert_uint_eq(strspn(text, "1?"), 8);
    unsigned bad = 0;
    for (const char *at = text; *at != '\0'; at++)
        bad += *at == '?';
    ck_assert_uint_eq(bad, 3);
    ck_assert_uint_eq(record(0)->changed, 6);
}
END_TEST

START_TEST(a_disk_that_holds_nothing_cannot_rot)
{
    const struct fault_options faults[] = {
        { .id = "x", .kind = FAULT_BIT_ROT, AMOUNT(COUNT, 3), AT_MS(1000), SIDES(SIDE(NODE(A))) },
        { .id = "y",
          .kind = FAULT_BAD_SECTORS,
          AMOUNT(COUNT, 3),
          AT_MS(1000),
          SIDES(SIDE(NODE(A))) },
        { .id = "z", .kind = FAULT_BIT_ROT, AMOUNT(COUNT, 3), AT_MS(1100), SIDES(SIDE(NODE(A))) },
    };
    begin(faults, 3);
    beat_run_to_ms(&beat, 1050);
    filled(A);
    beat_run_to_ms(&beat, 1200);
    ck_assert_str_eq(beat_told(&beat, faults),
                     "x#0 1s..1s a !\ny#0 1s..1s a !\nz#0 1.1s..1.1s a\n");
}
END_TEST

START_TEST(a_fault_that_comes_to_nothing_leaves_no_trace)
{
    uint64_t digests[2];
    const struct fault_options faults[] = {
        { .id = "rot", .kind = FAULT_BIT_ROT, AMOUNT(COUNT, 3), AT_MS(1000), SIDES(SIDE(NODE(A))) },
        { .id = "ring", .kind = FAULT_RING, AT_MS(1000), FOR_MS(9), SIDES(SIDE(NODE(A), NODE(B))) },
        { .id = "add", .kind = FAULT_ADD, AT_MS(1000), SIDES(SIDE(NODE(A))) },
        { .id = "dead",
          .kind = FAULT_DEAD_DISK,
          AT_MS(1000),
          FOR_MS(9),
          .where = "nothing",
          SIDES(SIDE(NODE(A))) },
        { .id = "crash",
          .kind = FAULT_CRASH,
          AMOUNT(EFFECTS, 1000),
          AT_MS(1000),
          FOR_MS(9),
          SIDES(SIDE(NODE(A))) },
    };
    for (uint32_t i = 0; i < 2; i++) {
        begin(faults, i * 5);
        beat_run_to_ms(&beat, 2000);
        digests[i] = cluster_digest(beat.cluster);
        ck_assert_uint_eq(timeline_record_count(beat.timeline), i * 5);
        for (size_t r = 0; r < i * 5; r++)
            ck_assert(!record(r)->fired);
        tear_down();
        set_up();
    }
    begin(NULL, 0);
    ck_assert_uint_eq(digests[0], digests[1]);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("fault_damage");
    TCase *tests = tcase_create("fault_damage");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, so_many_flushes_fail_and_then_none);
    tcase_add_test(tests, a_replaced_disk_is_another_and_empty);
    tcase_add_test(tests, a_replaced_disk_has_no_trouble_of_the_old_one);
    tcase_add_test(tests, later_faults_do_not_bring_the_old_ones_troubles_back);
    tcase_add_test(tests, bit_rot_flips_one_bit_in_each_of_so_many_sectors);
    tcase_add_test(tests, bad_sectors_cannot_be_read_until_they_are_written);
    tcase_add_test(tests, a_disk_that_holds_nothing_cannot_rot);
    tcase_add_test(tests, a_fault_that_comes_to_nothing_leaves_no_trace);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
