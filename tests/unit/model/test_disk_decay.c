/* Sectors that rot or cannot be read, and the new device that has none. */
#include <string.h>

#include "support/suite.h"
#include "trouble_bench.h"

/* ---- Sectors that decay -----------------------------------------------------------------------
 */

START_TEST(rot_flips_one_bit_in_each_of_that_many_sectors)
{
    size_t changed[SECTORS];
    uint8_t data[SIZE];
    fill();
    ck_assert_uint_eq(disk_rot(disk, 5), 5);
    ck_assert_uint_eq(changed_sectors(changed), 5);
    read_all(data);
    for (size_t i = 0; i < 5; i++) {
        int flipped = 0;
        for (size_t j = 0; j < SECTOR; j++) {
            uint8_t byte = data[changed[i] * SECTOR + j];
            flipped += __builtin_popcount(byte ^ (unsigned)(changed[i] + 1));
        }
        ck_assert_int_eq(flipped, 1);
    }
    ck_assert_uint_eq(disk_power_loss(disk, DISK_LOSE), 0);
}
END_TEST

START_TEST(decay_finds_only_sectors_that_hold_data)
{
    write_at(7 * SECTOR + 5, 1, 1);
    write_at(20 * SECTOR, 2 * SECTOR, 1);
    write_at(21 * SECTOR, SECTOR, 0);
    ck_assert_uint_eq(disk_rot(disk, 10), 2);
    check_bytes(disk, 21 * SECTOR, SECTOR, 0);
    ck_assert_uint_eq(disk_spoil(disk, 10), 2);
    ck_assert_uint_eq(disk_spoil(disk, 10), 0); /* no sector twice */
    ck_assert_uint_eq(disk_rot(disk, 10), 0);   /* nobody would see it */
    ck_assert_int_eq(read_at(6 * SECTOR, SECTOR), DISK_OK);
    ck_assert_int_eq(read_at(7 * SECTOR, SECTOR), DISK_MEDIUM);
    ck_assert_int_eq(read_at(20 * SECTOR, SECTOR), DISK_MEDIUM);
    ck_assert_int_eq(read_at(21 * SECTOR, SECTOR), DISK_OK);
}
END_TEST

START_TEST(every_sector_that_holds_data_may_decay)
{
    static bool rotten[SECTORS];
    size_t changed[SECTORS];
    for (int i = 0; i < 1000; i++) {
        fill();
        ck_assert_uint_eq(disk_rot(disk, 1), 1);
        ck_assert_uint_eq(changed_sectors(changed), 1);
        rotten[changed[0]] = true;
    }
    for (size_t s = 0; s < SECTORS; s++)
        ck_assert(rotten[s]);
}
END_TEST

START_TEST(a_spoiled_sector_fails_every_read_that_touches_it)
{
    write_at(7 * SECTOR, SECTOR, 1);
    ck_assert_uint_eq(disk_spoil(disk, 1), 1);
    ck_assert_int_eq(read_at(0, 7 * SECTOR), DISK_OK);
    ck_assert_int_eq(read_at(0, 7 * SECTOR + 1), DISK_MEDIUM);
    ck_assert_int_eq(read_at(8 * SECTOR - 1, 1), DISK_MEDIUM);
    ck_assert_int_eq(read_at(8 * SECTOR, SECTOR), DISK_OK);
    ck_assert_int_eq(read_at(7 * SECTOR, 0), DISK_OK);
}
END_TEST

START_TEST(a_write_or_a_discard_heals_a_sector_that_it_covers_wholly)
{
    write_at(7 * SECTOR, SECTOR, 1);
    for (int discard = 0; discard < 2; discard++) {
        ck_assert_uint_eq(disk_spoil(disk, 1), 1);
        ck_assert_int_eq(write_at(7 * SECTOR, SECTOR - 1, 2), DISK_MEDIUM);
        ck_assert_int_eq(write_at(7 * SECTOR + 1, SECTOR, 2), DISK_MEDIUM);
        ck_assert_int_eq(disk_discard(disk, 6 * SECTOR, SECTOR + 1), DISK_MEDIUM);
        ck_assert_int_eq(write_at(6 * SECTOR, SECTOR, 3), DISK_OK); /* its neighbour */
        disk_discard(disk, 6 * SECTOR, SECTOR);
        ck_assert_int_eq(read_at(7 * SECTOR, 1), DISK_MEDIUM);
        if (discard) {
            ck_assert_int_eq(disk_discard(disk, 6 * SECTOR + 1, 2 * SECTOR), DISK_OK);
        } else {
            ck_assert_int_eq(write_at(6 * SECTOR + 1, 2 * SECTOR, 4), DISK_OK);
        }
        check_bytes(disk, 7 * SECTOR, SECTOR, discard ? 0 : 4);
        disk_discard(disk, 6 * SECTOR, SECTOR);
        disk_discard(disk, 8 * SECTOR, SECTOR);
    }
}
END_TEST

START_TEST(a_write_that_never_arrives_heals_nothing)
{
    write_at(7 * SECTOR, SECTOR, 1);
    disk_spoil(disk, 1);
    disk_set_trouble(disk, DISK_LOSES_WRITES, ALWAYS);
    ck_assert_int_eq(write_at(7 * SECTOR, SECTOR, 2), DISK_OK);
    ck_assert_int_eq(read_at(7 * SECTOR, 1), DISK_MEDIUM);
}
END_TEST

START_TEST(many_spoiled_sectors_are_each_found_and_healed)
{
    bool spoiled[SECTORS];
    fill();
    ck_assert_uint_eq(disk_spoil(disk, 20), 20);
    ck_assert_uint_eq(disk_spoil(disk, 20), 20);
    uint64_t count = 0;
    for (uint64_t s = 0; s < SECTORS; s++) {
        spoiled[s] = read_at(s * SECTOR, 1) == DISK_MEDIUM;
        count += spoiled[s];
    }
    ck_assert_uint_eq(count, 40);
    ck_assert_int_eq(write_at(8 * SECTOR, 24 * SECTOR, 9), DISK_OK);
    for (uint64_t s = 0; s < SECTORS; s++)
        ck_assert((read_at(s * SECTOR, 1) == DISK_MEDIUM) == (spoiled[s] && (s < 8 || s >= 32)));
}
END_TEST

START_TEST(a_last_sector_that_is_short_decays_and_heals_like_the_others)
{
    tear_down();
    disk = disk_of(3 * SECTOR + 10, SECTOR);
    ck_assert_int_eq(write_at(3 * SECTOR, 10, 1), DISK_OK);
    ck_assert_uint_eq(disk_rot(disk, 5), 1);
    ck_assert_uint_eq(disk_spoil(disk, 5), 1);
    ck_assert_int_eq(write_at(3 * SECTOR, 9, 1), DISK_MEDIUM);
    ck_assert_int_eq(write_at(3 * SECTOR, 10, 1), DISK_OK);
    ck_assert_int_eq(read_at(3 * SECTOR, 10), DISK_OK);
}
END_TEST

START_TEST(a_replaced_device_has_no_trouble)
{
    fill();
    for (unsigned trouble = 0; trouble < DISK_TROUBLE_COUNT; trouble++)
        disk_set_trouble(disk, (enum disk_trouble)trouble, ALWAYS);
    disk_fail_flushes(disk, 3);
    disk_spoil(disk, 9);
    write_at(0, 1, 1);
    disk_replace(disk);
    ck_assert(!disk_is_durable(disk, disk_written(disk))); /* it was refused */
    for (unsigned trouble = 0; trouble < DISK_TROUBLE_COUNT; trouble++)
        ck_assert_uint_eq(disk_trouble(disk, (enum disk_trouble)trouble), 0);
    ck_assert_int_eq(flush_all(), DISK_OK);
    ck_assert_int_eq(read_at(0, SIZE), DISK_OK);
    check_bytes(disk, 0, SECTOR, 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("disk-decay");
    TCase *tests = tcase_create("sectors that decay");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, rot_flips_one_bit_in_each_of_that_many_sectors);
    tcase_add_test(tests, decay_finds_only_sectors_that_hold_data);
    tcase_add_test(tests, every_sector_that_holds_data_may_decay);
    tcase_add_test(tests, a_spoiled_sector_fails_every_read_that_touches_it);
    tcase_add_test(tests, a_write_or_a_discard_heals_a_sector_that_it_covers_wholly);
    tcase_add_test(tests, a_write_that_never_arrives_heals_nothing);
    tcase_add_test(tests, many_spoiled_sectors_are_each_found_and_healed);
    tcase_add_test(tests, a_last_sector_that_is_short_decays_and_heals_like_the_others);
    tcase_add_test(tests, a_replaced_device_has_no_trouble);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
