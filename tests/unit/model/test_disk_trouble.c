/* What may be wrong with a volume: each trouble does what its name says, and nothing else. */
#include <string.h>

#include "support/suite.h"
#include "trouble_bench.h"

#define HALF (PROBABILITY_ONE / 2)

/* ---- Operations that fail ---------------------------------------------------------------------
 */

/* What each operation answers while a trouble is certain. */
static const struct {
    enum disk_trouble trouble;
    enum disk_result read, write, discard, flush;
} answers[] = {
    { DISK_READ_FAILS, DISK_MEDIUM, DISK_OK, DISK_OK, DISK_OK },
    { DISK_WRITE_FAILS, DISK_OK, DISK_MEDIUM, DISK_MEDIUM, DISK_OK },
    { DISK_FLUSH_FAILS, DISK_OK, DISK_OK, DISK_OK, DISK_MEDIUM },
    { DISK_TIMES_OUT, DISK_TIMEOUT, DISK_TIMEOUT, DISK_TIMEOUT, DISK_TIMEOUT },
    { DISK_LIES, DISK_OK, DISK_OK, DISK_OK, DISK_OK },
    { DISK_LOSES_WRITES, DISK_OK, DISK_OK, DISK_OK, DISK_OK },
    { DISK_MISDIRECTS, DISK_OK, DISK_OK, DISK_OK, DISK_OK },
    { DISK_IS_FULL, DISK_OK, DISK_FULL, DISK_OK, DISK_OK },
    { DISK_IS_DEAD, DISK_DEAD, DISK_DEAD, DISK_DEAD, DISK_DEAD },
};

START_TEST(each_trouble_has_its_answers_and_none_when_it_is_taken_away)
{
    enum disk_trouble trouble = answers[_i].trouble;
    ck_assert_uint_eq(sizeof answers / sizeof answers[0], DISK_TROUBLE_COUNT);
    fill();
    ck_assert_int_eq(disk_discard(disk, 0, SIZE), DISK_OK);
    flush(disk);
    disk_set_trouble(disk, trouble, ALWAYS);
    ck_assert_uint_eq(disk_trouble(disk, trouble), ALWAYS);
    ck_assert_int_eq(read_at(0, SECTOR), answers[_i].read);
    ck_assert_int_eq(disk_flush(disk, 0), answers[_i].flush);
    ck_assert_int_eq(disk_discard(disk, 0, SECTOR), answers[_i].discard);
    ck_assert_int_eq(write_at(0, SECTOR, 9), answers[_i].write);
    disk_set_trouble(disk, trouble, 0);
    flush_all(); /* tells of refused writes */
    ck_assert_int_eq(write_at(0, SECTOR, 9), DISK_OK);
    ck_assert_int_eq(flush_all(), DISK_OK);
    check_bytes(disk, 0, SECTOR, 9);
}
END_TEST

START_TEST(a_refused_write_or_discard_changes_nothing)
{
    static const enum disk_trouble troubles[] = { DISK_WRITE_FAILS, DISK_TIMES_OUT, DISK_IS_DEAD };
    size_t changed[SECTORS];
    fill();
    for (size_t i = 0; i < 3; i++) {
        disk_set_trouble(disk, troubles[i], ALWAYS);
        ck_assert_int_ne(write_at(100, 3 * SECTOR, 200), DISK_OK);
        ck_assert_int_ne(disk_discard(disk, 100, 3 * SECTOR), DISK_OK);
        disk_set_trouble(disk, troubles[i], 0);
    }
    ck_assert_uint_eq(changed_sectors(changed), 0);
    ck_assert_uint_eq(disk_power_loss(disk, DISK_LOSE), 0);
    ck_assert_uint_eq(disk_written(disk), SECTORS + 6);
}
END_TEST

START_TEST(a_chance_strikes_that_share_of_the_operations)
{
    uint64_t failed = 0;
    disk_set_trouble(disk, DISK_READ_FAILS, PROBABILITY_ONE / 8);
    for (int i = 0; i < 4000; i++)
        failed += read_at(0, 1) == DISK_MEDIUM;
    ck_assert_uint_gt(failed, 400);
    ck_assert_uint_lt(failed, 600);
    ck_assert_uint_eq(disk_trouble_count(disk, DISK_READ_FAILS), failed);
}
END_TEST

/* Which of 200 reads and writes a chance of one half for `trouble` strikes. */
static void strikes(enum disk_trouble trouble, enum disk_trouble other, bool ret_struck[200])
{
    set_up();
    disk_set_trouble(disk, trouble, HALF);
    if (other != trouble)
        disk_set_trouble(disk, other, HALF);
    for (int i = 0; i < 200; i++) {
        uint64_t before = disk_trouble_count(disk, trouble);
        if (i % 2 == 0) {
            read_at(0, 1);
        } else {
            write_at(0, 1, 1);
        }
        ret_struck[i] = disk_trouble_count(disk, trouble) > before;
    }
    tear_down();
}

START_TEST(no_trouble_shifts_the_draws_of_another)
{
    bool alone[200], beside[200];
    tear_down();
    strikes(DISK_READ_FAILS, DISK_READ_FAILS, alone);
    strikes(DISK_READ_FAILS, DISK_WRITE_FAILS, beside);
    ck_assert_mem_eq(alone, beside, sizeof alone);
    strikes(DISK_READ_FAILS, DISK_MISDIRECTS, beside);
    ck_assert_mem_eq(alone, beside, sizeof alone);
    strikes(DISK_LOSES_WRITES, DISK_LOSES_WRITES, alone);
    strikes(DISK_LOSES_WRITES, DISK_MISDIRECTS, beside);
    ck_assert_mem_eq(alone, beside, sizeof alone);
    set_up();
}
END_TEST

START_TEST(only_a_write_that_needs_room_finds_the_device_full)
{
    ck_assert_int_eq(write_at(0, 10, 1), DISK_OK);
    disk_set_trouble(disk, DISK_IS_FULL, ALWAYS);
    ck_assert_int_eq(write_at(100, SECTOR, 2), DISK_OK);
    ck_assert_int_eq(write_at(4096, 0, 2), DISK_OK);
    ck_assert_int_eq(write_at(4090, 20, 2), DISK_FULL);
    ck_assert_int_eq(write_at(4096, 1, 2), DISK_FULL);
    ck_assert_int_eq(disk_discard(disk, 0, 4096), DISK_OK);
    ck_assert_int_eq(write_at(0, 1, 2), DISK_FULL);
    ck_assert_uint_eq(disk_trouble_count(disk, DISK_IS_FULL), 3);
}
END_TEST

START_TEST(an_operation_ends_dead_if_the_device_has_died_meanwhile)
{
    ck_assert_int_eq(disk_answer(disk, DISK_OK), DISK_OK);
    disk_set_trouble(disk, DISK_IS_DEAD, ALWAYS - 1);
    ck_assert_int_eq(disk_answer(disk, DISK_MEDIUM), DISK_MEDIUM);
    disk_set_trouble(disk, DISK_IS_DEAD, ALWAYS);
    ck_assert_int_eq(disk_answer(disk, DISK_OK), DISK_DEAD);
    ck_assert_uint_eq(disk_trouble_count(disk, DISK_IS_DEAD), 1);
}
END_TEST

/* ---- Flushes that fail ------------------------------------------------------------------------
 */

START_TEST(a_write_error_surfaces_at_the_next_flush_and_only_there)
{
    disk_set_trouble(disk, DISK_WRITE_FAILS, ALWAYS);
    uint64_t before = disk_written(disk);
    ck_assert_int_eq(write_at(0, 1, 1), DISK_MEDIUM);
    disk_set_trouble(disk, DISK_WRITE_FAILS, 0);
    ck_assert_int_eq(disk_flush(disk, before), DISK_OK); /* it began before the write */
    ck_assert_int_eq(write_at(0, 1, 2), DISK_OK);
    ck_assert_int_eq(flush_all(), DISK_MEDIUM);
    ck_assert_int_eq(write_at(0, 1, 3), DISK_OK);
    ck_assert_int_eq(flush_all(), DISK_OK);
    ck_assert(!disk_is_durable(disk, 1));
    ck_assert(!disk_is_durable(disk, 2));
    ck_assert(disk_is_durable(disk, 3));
}
END_TEST

START_TEST(a_flush_tells_of_the_first_refusal_that_it_covers)
{
    ck_assert_int_eq(write_at(SIZE, 1, 1), DISK_OUT_OF_RANGE);
    disk_set_trouble(disk, DISK_TIMES_OUT, ALWAYS);
    write_at(0, 1, 1);
    write_at(0, 1, 1);
    disk_set_trouble(disk, DISK_TIMES_OUT, 0);
    ck_assert_int_eq(disk_flush(disk, 2), DISK_OUT_OF_RANGE);
    ck_assert_int_eq(disk_flush(disk, 2), DISK_OK);
    ck_assert_int_eq(disk_flush(disk, 3), DISK_TIMEOUT);
    ck_assert_int_eq(disk_flush(disk, 3), DISK_OK);
    for (uint64_t write = 1; write <= 3; write++)
        ck_assert(!disk_is_durable(disk, write));
}
END_TEST

START_TEST(a_counted_failure_fails_that_many_flushes)
{
    disk_fail_flushes(disk, 2);
    ck_assert_int_eq(flush_all(), DISK_MEDIUM);
    ck_assert_int_eq(flush_all(), DISK_MEDIUM);
    ck_assert_int_eq(flush_all(), DISK_OK);
    ck_assert_uint_eq(disk_trouble_count(disk, DISK_FLUSH_FAILS), 2);
}
END_TEST

START_TEST(a_failed_flush_keeps_or_loses_each_sector_for_good)
{
    size_t changed[SECTORS];
    uint8_t before[SIZE], after[SIZE];
    fill();
    ck_assert_int_eq(write_at(0, SIZE, 200), DISK_OK);
    disk_fail_flushes(disk, 1);
    ck_assert_int_eq(flush_all(), DISK_MEDIUM);
    size_t kept = changed_sectors(changed);
    ck_assert_uint_gt(kept, SECTORS / 4);
    ck_assert_uint_lt(kept, SECTORS * 3 / 4);
    read_all(before);
    for (size_t i = 0; i < kept; i++)
        ck_assert_uint_eq(before[changed[i] * SECTOR], 200);
    ck_assert_uint_eq(disk_power_loss(disk, DISK_LOSE), 0);
    read_all(after);
    ck_assert_mem_eq(before, after, SIZE);
}
END_TEST

/* A newer write over a part of what is lost stays, and its own loss brings back what is then below
 * it. */
START_TEST(what_a_failed_flush_loses_is_lost_below_newer_writes_too)
{
    uint8_t data[SIZE];
    fill();
    ck_assert_int_eq(write_at(0, SIZE, 200), DISK_OK);
    uint64_t covered = disk_written(disk);
    for (uint64_t s = 0; s < SECTORS; s++)
        ck_assert_int_eq(write_at(s * SECTOR + 100, 50, 250), DISK_OK);
    disk_fail_flushes(disk, 1);
    ck_assert_int_eq(disk_flush(disk, covered), DISK_MEDIUM);
    read_all(data);
    for (size_t s = 0; s < SECTORS; s++) {
        uint8_t below = data[s * SECTOR];
        ck_assert(below == 200 || below == s + 1);
        for (size_t i = 0; i < SECTOR; i++)
            ck_assert_uint_eq(data[s * SECTOR + i], i >= 100 && i < 150 ? 250 : below);
    }
    uint8_t after[SIZE];
    ck_assert_uint_eq(disk_power_loss(disk, DISK_LOSE), SECTORS);
    read_all(after);
    for (size_t i = 0; i < SIZE; i++)
        ck_assert_uint_eq(after[i], data[i - i % SECTOR]);
}
END_TEST

START_TEST(what_a_failed_flush_covered_is_never_durable)
{
    write_at(0, 1, 1);
    flush(disk);
    write_at(0, 1, 2);
    write_at(0, 1, 3);
    disk_fail_flushes(disk, 1);
    flush_all();
    write_at(0, 1, 4);
    ck_assert(!disk_is_durable(disk, 4));
    flush(disk);
    ck_assert(disk_is_durable(disk, 1));
    ck_assert(!disk_is_durable(disk, 2));
    ck_assert(!disk_is_durable(disk, 3));
    ck_assert(disk_is_durable(disk, 4));
    ck_assert(!disk_is_durable(disk, 5));
}
END_TEST

START_TEST(a_failed_flush_takes_nothing_back_that_an_earlier_one_covered)
{
    fill();
    uint64_t covered = disk_written(disk);
    write_at(0, SIZE, 200);
    flush(disk);
    disk_fail_flushes(disk, 1);
    ck_assert_int_eq(disk_flush(disk, covered), DISK_MEDIUM);
    ck_assert(disk_is_durable(disk, covered));
    check_bytes(disk, 0, SECTOR, 200);
}
END_TEST

START_TEST(refused_writes_do_not_count_as_durable_after_a_power_loss)
{
    disk_set_trouble(disk, DISK_WRITE_FAILS, ALWAYS);
    write_at(0, 1, 1);
    disk_set_trouble(disk, DISK_WRITE_FAILS, 0);
    write_at(0, 1, 2);
    disk_power_loss(disk, DISK_KEEP);
    ck_assert(!disk_is_durable(disk, 1));
    ck_assert(disk_is_durable(disk, 2));
    ck_assert_int_eq(flush_all(), DISK_OK);
}
END_TEST

/* ---- Operations that lie ----------------------------------------------------------------------
 */

START_TEST(a_lying_flush_is_told_durable_and_lost_at_a_power_loss)
{
    fill();
    ck_assert_int_eq(write_at(0, SECTOR, 200), DISK_OK);
    disk_set_trouble(disk, DISK_LIES, ALWAYS);
    ck_assert_int_eq(flush_all(), DISK_OK);
    ck_assert(disk_is_durable(disk, disk_written(disk)));
    ck_assert_uint_eq(disk_trouble_count(disk, DISK_LIES), 1);
    ck_assert_uint_eq(disk_power_loss(disk, DISK_LOSE), 1);
    check_bytes(disk, 0, SECTOR, 1);
}
END_TEST

START_TEST(a_flush_that_keeps_its_word_keeps_it_for_those_that_lied)
{
    fill();
    write_at(0, SECTOR, 200);
    disk_set_trouble(disk, DISK_LIES, ALWAYS);
    flush(disk);
    disk_set_trouble(disk, DISK_LIES, 0);
    flush(disk);
    ck_assert_uint_eq(disk_power_loss(disk, DISK_LOSE), 0);
    check_bytes(disk, 0, SECTOR, 200);
}
END_TEST

START_TEST(a_lost_write_says_ok_and_leaves_the_old_content)
{
    size_t changed[SECTORS];
    fill();
    disk_set_trouble(disk, DISK_LOSES_WRITES, ALWAYS);
    ck_assert_int_eq(write_at(10 * SECTOR, 3 * SECTOR, 200), DISK_OK);
    ck_assert_int_eq(flush_all(), DISK_OK);
    ck_assert(disk_is_durable(disk, disk_written(disk)));
    ck_assert_uint_eq(changed_sectors(changed), 0);
    ck_assert_uint_eq(disk_trouble_count(disk, DISK_LOSES_WRITES), 1);
}
END_TEST

START_TEST(a_misdirected_write_lands_whole_sectors_away)
{
    static bool landed[SECTORS];
    size_t changed[SECTORS];
    fill();
    disk_set_trouble(disk, DISK_MISDIRECTS, ALWAYS);
    for (int i = 0; i < 2000; i++) {
        uint8_t data[SIZE];
        ck_assert_int_eq(write_at(10 * SECTOR + 100, 200, 200), DISK_OK);
        ck_assert_uint_eq(changed_sectors(changed), 1);
        read_all(data);
        for (size_t j = 0; j < SECTOR; j++) {
            uint64_t expected = j >= 100 && j < 300 ? 200 : changed[0] + 1;
            suite_require(data[changed[0] * SECTOR + j] == expected);
        }
        landed[changed[0]] = true;
        disk_power_loss(disk, DISK_LOSE);
    }
    for (size_t s = 0; s < SECTORS; s++)
        ck_assert(landed[s] == (s != 10));
}
END_TEST

START_TEST(a_misdirected_write_stays_where_data_is_if_that_has_room)
{
    uint64_t found = 0;
    tear_down();
    disk = disk_of(TEBIBYTE, SECTOR);
    ck_assert_int_eq(write_at(0, SECTOR, 1), DISK_OK);
    disk_set_trouble(disk, DISK_MISDIRECTS, ALWAYS);
    ck_assert_int_eq(write_at(0, SECTOR, 2), DISK_OK);
    for (uint64_t at = SECTOR; at < 4096; at += SECTOR)
        found += byte_at(disk, at) == 2;
    ck_assert_uint_eq(found, 1);
    check_bytes(disk, 0, SECTOR, 1);
}
END_TEST

START_TEST(a_write_over_the_whole_device_cannot_be_misdirected)
{
    disk_set_trouble(disk, DISK_MISDIRECTS, ALWAYS);
    ck_assert_int_eq(write_at(0, SIZE, 7), DISK_OK);
    ck_assert_uint_eq(disk_trouble_count(disk, DISK_MISDIRECTS), 0);
    check_bytes(disk, SIZE - SECTOR, SECTOR, 7);
}
END_TEST

static void add_failing(Suite *suite)
{
    TCase *tests = tcase_create("operations that fail");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_loop_test(tests, each_trouble_has_its_answers_and_none_when_it_is_taken_away, 0,
                        DISK_TROUBLE_COUNT);
    tcase_add_test(tests, a_refused_write_or_discard_changes_nothing);
    tcase_add_test(tests, a_chance_strikes_that_share_of_the_operations);
    tcase_add_test(tests, no_trouble_shifts_the_draws_of_another);
    tcase_add_test(tests, only_a_write_that_needs_room_finds_the_device_full);
    tcase_add_test(tests, an_operation_ends_dead_if_the_device_has_died_meanwhile);
    tcase_add_test(tests, a_write_error_surfaces_at_the_next_flush_and_only_there);
    tcase_add_test(tests, a_flush_tells_of_the_first_refusal_that_it_covers);
    tcase_add_test(tests, a_counted_failure_fails_that_many_flushes);
    tcase_add_test(tests, a_failed_flush_keeps_or_loses_each_sector_for_good);
    tcase_add_test(tests, what_a_failed_flush_loses_is_lost_below_newer_writes_too);
    tcase_add_test(tests, what_a_failed_flush_covered_is_never_durable);
    tcase_add_test(tests, a_failed_flush_takes_nothing_back_that_an_earlier_one_covered);
    tcase_add_test(tests, refused_writes_do_not_count_as_durable_after_a_power_loss);
    suite_add_tcase(suite, tests);
}

static void add_lying(Suite *suite)
{
    TCase *tests = tcase_create("operations that lie");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, a_lying_flush_is_told_durable_and_lost_at_a_power_loss);
    tcase_add_test(tests, a_flush_that_keeps_its_word_keeps_it_for_those_that_lied);
    tcase_add_test(tests, a_lost_write_says_ok_and_leaves_the_old_content);
    tcase_add_test(tests, a_misdirected_write_lands_whole_sectors_away);
    tcase_add_test(tests, a_misdirected_write_stays_where_data_is_if_that_has_room);
    tcase_add_test(tests, a_write_over_the_whole_device_cannot_be_misdirected);
    suite_add_tcase(suite, tests);
}

int main(void)
{
    Suite *suite = suite_create("disk-trouble");
    add_failing(suite);
    add_lying(suite);
    return suite_run(suite);
}
