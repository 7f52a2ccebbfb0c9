/* What a volume holds before and after a power loss, and when its operations are done. */
#include <string.h>

#include "disk_bench.h"
#include "support/suite.h"

/* `count` of `total` is within five standard errors of one in `divisor`. */
static void check_share(uint64_t count, uint64_t total, uint64_t divisor)
{
    double probability = 1 / (double)divisor;
    double distance = (double)count - (double)total * probability;
    double variance = (double)total * probability * (1 - probability);
    ck_assert_msg(distance * distance <= 25 * variance, "%lu of %lu, not one in %lu", count, total,
                  divisor);
}

/* ---- Contents -------------------------------------------------------------------------------- */

START_TEST(reads_see_pending_writes_in_their_order)
{
    struct disk *disk = disk_of(TEBIBYTE, SECTOR);
    check_bytes(disk, 700, 1000, 0);
    write_bytes(disk, 1000, 200, 1);
    write_bytes(disk, 1100, 200, 2);
    check_bytes(disk, 900, 100, 0);
    check_bytes(disk, 1000, 100, 1);
    check_bytes(disk, 1100, 200, 2);
    check_bytes(disk, 1300, 100, 0);
    disk_free(disk);
}
END_TEST

START_TEST(what_is_out_of_range_is_refused_without_effect_but_numbered)
{
    struct disk *disk = disk_of(4 * SECTOR, SECTOR);
    uint8_t data[2 * SECTOR] = { 1 };
    ck_assert_int_eq(disk_write(disk, 3 * SECTOR, data, sizeof data), DISK_OUT_OF_RANGE);
    ck_assert_int_eq(disk_write(disk, UINT64_MAX, data, 1), DISK_OUT_OF_RANGE);
    ck_assert_int_eq(disk_discard(disk, 1, 4 * SECTOR), DISK_OUT_OF_RANGE);
    ck_assert_int_eq(disk_read(disk, 4 * SECTOR, data, 1), DISK_OUT_OF_RANGE);
    ck_assert_uint_eq(disk_written(disk), 3);
    check_bytes(disk, 0, 4 * SECTOR, 0);
    ck_assert_int_eq(disk_write(disk, 4 * SECTOR, data, 0), DISK_OK);
    ck_assert_int_eq(disk_write(disk, 4 * SECTOR - 1, data, 1), DISK_OK);
    ck_assert_uint_eq(disk_power_loss(disk, DISK_LOSE), 1);
    disk_free(disk);
}
END_TEST

START_TEST(a_discard_reads_as_zeros_and_a_lost_one_brings_the_content_back)
{
    struct disk *disk = disk_of(TEBIBYTE, SECTOR);
    write_bytes(disk, 5 * SECTOR, SECTOR, 7);
    flush(disk);
    ck_assert_int_eq(disk_discard(disk, 0, TEBIBYTE), DISK_OK);
    check_bytes(disk, 5 * SECTOR, SECTOR, 0);
    ck_assert_uint_eq(disk_power_loss(disk, DISK_LOSE), 1);
    check_bytes(disk, 5 * SECTOR, SECTOR, 7);
    disk_discard(disk, 0, TEBIBYTE);
    flush(disk);
    disk_power_loss(disk, DISK_LOSE);
    check_bytes(disk, 5 * SECTOR, SECTOR, 0);
    disk_free(disk);
}
END_TEST

START_TEST(a_replaced_device_is_empty_idle_and_another)
{
    struct disk *disk = disk_of(TEBIBYTE, SECTOR);
    uint64_t first = disk_identity(disk);
    write_bytes(disk, 0, SECTOR, 1);
    flush(disk);
    write_bytes(disk, SECTOR, SECTOR, 2);
    disk_slow(disk, 0, 1 << 20);
    disk_finish_flush(disk, 0);
    disk_replace(disk);
    ck_assert_uint_ne(disk_identity(disk), first);
    check_bytes(disk, 0, 2 * SECTOR, 0);
    ck_assert(disk_is_durable(disk, disk_written(disk)));
    ck_assert_uint_eq(disk_power_loss(disk, DISK_ANY), 0);
    ck_assert_uint_eq(disk_finish_flush(disk, 10), 3010);
    disk_free(disk);
}
END_TEST

/* ---- Power loss ------------------------------------------------------------------------------ */

START_TEST(a_flush_covers_only_the_writes_before_it)
{
    struct disk *disk = disk_of(TEBIBYTE, SECTOR);
    write_bytes(disk, 0, SECTOR, 1);
    uint64_t covered = disk_written(disk);
    write_bytes(disk, 0, 100, 2);
    write_bytes(disk, SECTOR, SECTOR, 3);
    ck_assert_int_eq(disk_flush(disk, covered), DISK_OK);
    ck_assert(disk_is_durable(disk, 1));
    ck_assert(!disk_is_durable(disk, 2));
    ck_assert_uint_eq(disk_power_loss(disk, DISK_LOSE), 2);
    check_bytes(disk, 0, SECTOR, 1);
    check_bytes(disk, SECTOR, SECTOR, 0);
    disk_free(disk);
}
END_TEST

START_TEST(an_older_flush_that_completes_late_takes_nothing_back)
{
    struct disk *disk = disk_of(TEBIBYTE, SECTOR);
    write_bytes(disk, 0, SECTOR, 1);
    write_bytes(disk, 0, SECTOR, 2);
    ck_assert_int_eq(disk_flush(disk, 2), DISK_OK);
    ck_assert_int_eq(disk_flush(disk, 1), DISK_OK);
    ck_assert(disk_is_durable(disk, 2));
    disk_power_loss(disk, DISK_LOSE);
    check_bytes(disk, 0, SECTOR, 2);
    disk_free(disk);
}
END_TEST

START_TEST(a_completed_flush_survives_any_power_loss)
{
    enum { SIZE = 64 * SECTOR };
    static const enum disk_loss losses[] = { DISK_KEEP, DISK_LOSE, DISK_ANY, DISK_TORN };
    static uint8_t before[SIZE], after[SIZE];
    struct random_stream stream = random_stream_of(1);
    struct disk *disk = disk_of(SIZE, SECTOR);
    for (int round = 0; round < 2000; round++) {
        for (int i = 0; i < 10; i++) {
            size_t size = (size_t)random_below(&stream, 3 * SECTOR);
            write_bytes(disk, random_below(&stream, SIZE - size), size, round % 256);
        }
        flush(disk);
        disk_read(disk, 0, before, SIZE);
        ck_assert_uint_eq(disk_power_loss(disk, losses[round % 4]), 0);
        disk_read(disk, 0, after, SIZE);
        ck_assert(memcmp(before, after, SIZE) == 0);
    }
    disk_free(disk);
}
END_TEST

START_TEST(a_process_crash_keeps_every_write)
{
    struct disk *disk = disk_of(TEBIBYTE, SECTOR);
    write_bytes(disk, 100, 3 * SECTOR, 1);
    ck_assert_uint_eq(disk_power_loss(disk, DISK_KEEP), 0);
    check_bytes(disk, 100, 3 * SECTOR, 1);
    ck_assert(disk_is_durable(disk, 1));
    ck_assert_uint_eq(disk_power_loss(disk, DISK_LOSE), 0);
    check_bytes(disk, 100, 3 * SECTOR, 1);
    disk_free(disk);
}
END_TEST

/* Each sector was 0 and has been 1 and 2: three versions, and nine for two neighbours. */
START_TEST(each_unflushed_sector_is_decided_alone)
{
    enum { SECTORS = 30000 };
    struct disk *disk = disk_of(TEBIBYTE, SECTOR);
    for (int value = 1; value <= 2; value++) {
        for (uint64_t s = 0; s < SECTORS; s++)
            write_bytes(disk, s * SECTOR + 16, 32, value);
    }
    uint64_t changed = disk_power_loss(disk, DISK_ANY);
    uint64_t single[3] = { 0 };
    uint64_t joint[9] = { 0 };
    for (uint64_t s = 0; s < SECTORS; s += 2) {
        uint8_t first = byte_at(disk, s * SECTOR + 16);
        uint8_t second = byte_at(disk, (s + 1) * SECTOR + 16);
        check_bytes(disk, s * SECTOR + 16, 32, first);
        single[first]++;
        single[second]++;
        joint[first * 3 + second]++;
    }
    ck_assert_uint_eq(changed, single[0] + single[1]);
    for (size_t i = 0; i < 3; i++)
        check_share(single[i], SECTORS, 3);
    for (size_t i = 0; i < 9; i++)
        check_share(joint[i], SECTORS / 2, 9);
    disk_free(disk);
}
END_TEST

START_TEST(one_write_over_many_sectors_is_kept_in_part)
{
    struct disk *disk = disk_of(TEBIBYTE, SECTOR);
    uint64_t kept = 0;
    for (uint64_t i = 0; i < 100; i++)
        write_bytes(disk, 4 * SECTOR * i, 4 * SECTOR, 1);
    disk_power_loss(disk, DISK_ANY);
    for (uint64_t s = 0; s < 400; s++) {
        check_bytes(disk, s * SECTOR, SECTOR, byte_at(disk, s * SECTOR));
        kept += byte_at(disk, s * SECTOR);
    }
    check_share(kept, 400, 2);
    disk_free(disk);
}
END_TEST

/* Count the places where two adjacent bytes of a sector differ; the last is told. */
static size_t count_edges(const uint8_t *sector, size_t *ret_at)
{
    size_t edges = 0;
    for (size_t i = 1; i < SECTOR; i++) {
        if (sector[i] != sector[i - 1]) {
            edges++;
            *ret_at = i;
        }
    }
    return edges;
}

START_TEST(a_torn_sector_mixes_two_versions_at_an_eight_byte_boundary)
{
    enum { SECTORS = 20000 };
    struct disk *disk = disk_of(TEBIBYTE, SECTOR);
    for (uint64_t s = 0; s < SECTORS; s++)
        write_bytes(disk, s * SECTOR, SECTOR, 1);
    disk_power_loss(disk, DISK_TORN);
    uint64_t torn = 0, new_first = 0, cuts_seen = 0;
    for (uint64_t s = 0; s < SECTORS; s++) {
        uint8_t sector[SECTOR];
        size_t cut = 0;
        disk_read(disk, s * SECTOR, sector, SECTOR);
        size_t edges = count_edges(sector, &cut);
        ck_assert_uint_le(edges, 1);
        if (edges == 0)
            continue;
        ck_assert_uint_eq(cut % 8, 0);
        cuts_seen |= UINT64_C(1) << (cut / 8);
        new_first += sector[0];
        torn++;
    }
    check_share(torn, SECTORS, 4);
    check_share(new_first, torn, 2);
    ck_assert_uint_eq(cuts_seen, UINT64_MAX - 1); /* all of 8, 16, … 504 */
    disk_free(disk);
}
END_TEST

START_TEST(no_sector_is_torn_where_tearing_is_not_asked_for)
{
    struct disk *disk = disk_of(TEBIBYTE, SECTOR);
    for (uint64_t s = 0; s < 1000; s++)
        write_bytes(disk, s * SECTOR, SECTOR, 1);
    disk_power_loss(disk, DISK_ANY);
    for (uint64_t s = 0; s < 1000; s++)
        check_bytes(disk, s * SECTOR, SECTOR, byte_at(disk, s * SECTOR));
    disk_free(disk);
}
END_TEST

START_TEST(a_write_that_changes_nothing_makes_no_version)
{
    struct disk *disk = disk_of(TEBIBYTE, SECTOR);
    struct disk *twin = disk_of(TEBIBYTE, SECTOR);
    uint8_t kept[100 * SECTOR], twin_kept[100 * SECTOR];
    for (uint64_t s = 0; s < 100; s++) {
        write_bytes(disk, s * SECTOR, SECTOR, 1);
        write_bytes(twin, s * SECTOR, SECTOR, 1);
        write_bytes(twin, s * SECTOR + 8, 100, 1);
    }
    disk_discard(twin, 200 * SECTOR, 1000 * SECTOR);
    write_bytes(twin, 300 * SECTOR, SECTOR, 0);
    ck_assert_uint_eq(disk_power_loss(disk, DISK_TORN), disk_power_loss(twin, DISK_TORN));
    disk_read(disk, 0, kept, sizeof kept);
    disk_read(twin, 0, twin_kept, sizeof twin_kept);
    ck_assert(memcmp(kept, twin_kept, sizeof kept) == 0);
    disk_free(disk);
    disk_free(twin);
}
END_TEST

/* ---- Time ------------------------------------------------------------------------------------ */

START_TEST(operations_are_served_one_at_a_time_in_arrival_order)
{
    struct disk *disk = disk_of(TEBIBYTE, SECTOR);
    ck_assert_uint_eq(disk_finish_write(disk, 0, 4000), 4020);
    ck_assert_uint_eq(disk_finish_flush(disk, 10), 7020);
    ck_assert_uint_eq(disk_finish_read(disk, 7000, 50), 7170);
    ck_assert_uint_eq(disk_finish_read(disk, 10000, 50), 10150);
    disk_free(disk);
}
END_TEST

/* Write, flush, then twice write and flush while the first flush is under way (until 1000); then
 * once more when it is over. */
static void check_flushes(bool group_flush, const uint64_t expected[8])
{
    struct disk_options options = { .write_latency = distribution_constant(20),
                                    .flush_latency = distribution_constant(1000),
                                    .sector = SECTOR,
                                    .group_flush = group_flush };
    struct disk *disk = disk_new(&options, TEBIBYTE, KEY);
    ck_assert_uint_eq(disk_finish_flush(disk, 0), expected[0]);
    ck_assert_uint_eq(disk_finish_write(disk, 100, 1), expected[1]);
    ck_assert_uint_eq(disk_finish_flush(disk, 110), expected[2]);
    ck_assert_uint_eq(disk_finish_write(disk, 200, 1), expected[3]);
    ck_assert_uint_eq(disk_finish_flush(disk, 210), expected[4]);
    ck_assert_uint_eq(disk_flush_number(disk), expected[5]);
    ck_assert_uint_eq(disk_flush_end(disk, disk_flush_number(disk)), group_flush ? 2040 : 0);
    ck_assert_uint_eq(disk_finish_write(disk, 1000, 1), expected[6]);
    ck_assert_uint_eq(disk_finish_flush(disk, 1010), expected[7]);
    ck_assert_uint_eq(disk_use(disk, 1010).busy_ns, expected[7]);
    ck_assert_uint_eq(disk_use(disk, 1010).backlog_ns, expected[7] - 1010);
    ck_assert_uint_eq(disk_use(disk, expected[7]).backlog_ns, 0);
    disk_free(disk);
}

/* A step that reads twice asks for the second read before its time has come. */
START_TEST(the_time_before_an_operation_arrives_is_no_backlog)
{
    struct disk_options options = { .read_latency = distribution_constant(20), .sector = SECTOR };
    struct disk *disk = disk_new(&options, TEBIBYTE, KEY);
    ck_assert_uint_eq(disk_finish_read(disk, 0, 1), 20);
    ck_assert_uint_eq(disk_finish_read(disk, 1000, 1), 1020);
    ck_assert_uint_eq(disk_use(disk, 10).busy_ns, 40);
    ck_assert_uint_eq(disk_use(disk, 10).backlog_ns, 20);
    ck_assert_uint_eq(disk_use(disk, 1005).backlog_ns, 15);
    ck_assert_uint_eq(disk_use(disk, 1020).backlog_ns, 0);
    /* At half the speed what is left takes twice as long, and what is done stays done. */
    disk_slow(disk, 30, 2 << 16);
    ck_assert_uint_eq(disk_use(disk, 30).busy_ns, 60);
    ck_assert_uint_eq(disk_use(disk, 30).backlog_ns, 40);
    disk_free(disk);
}
END_TEST

START_TEST(each_flush_takes_its_turn)
{
    static const uint64_t expected[] = { 1000, 1020, 2020, 2040, 3040, 3, 3060, 4060 };
    check_flushes(false, expected);
}
END_TEST

/* The second and the third flush are one, which both writes precede: it ends at 2040, not at 2020.
 * What comes when it has begun waits behind it. */
START_TEST(flushes_that_wait_for_another_are_served_together)
{
    static const uint64_t expected[] = { 1000, 1020, 2020, 1040, 2040, 2, 2060, 3060 };
    check_flushes(true, expected);
}
END_TEST

START_TEST(a_flush_that_was_joined_shifts_no_later_latency)
{
    struct disk_options options = { .flush_latency = distribution_uniform(1000, 1 << 30),
                                    .sector = SECTOR };
    struct disk *each = disk_new(&options, TEBIBYTE, KEY);
    options.group_flush = true;
    struct disk *group = disk_new(&options, TEBIBYTE, KEY);
    const uint64_t later = UINT64_C(1) << 40;
    for (uint64_t i = 0; i < 5; i++) {
        disk_finish_flush(each, i);
        disk_finish_flush(group, i);
    }
    ck_assert_uint_eq(disk_flush_number(each), 5);
    ck_assert_uint_eq(disk_flush_number(group), 2);
    ck_assert_uint_eq(disk_finish_flush(each, later), disk_finish_flush(group, later));
    disk_free(each);
    disk_free(group);
}
END_TEST

/* A read in the middle of a step arrives later than the device is asked how busy it is. */
START_TEST(what_will_arrive_while_the_device_works_waits_behind_that)
{
    struct disk_options options = { .read_latency = distribution_constant(100), .sector = SECTOR };
    struct disk *disk = disk_new(&options, TEBIBYTE, KEY);
    ck_assert_uint_eq(disk_finish_read(disk, 1000, 1), 1100);
    ck_assert_uint_eq(disk_finish_read(disk, 1080, 1), 1200);
    ck_assert_uint_eq(disk_use(disk, 1030).backlog_ns, 170);
    ck_assert_uint_eq(disk_finish_read(disk, 1500, 1), 1600); /* it will have been idle before */
    ck_assert_uint_eq(disk_use(disk, 1300).backlog_ns, 100);
    ck_assert_uint_eq(disk_use(disk, 1550).backlog_ns, 50);
    ck_assert_uint_eq(disk_use(disk, 1600).busy_ns, 300);
    disk_free(disk);
}
END_TEST

START_TEST(a_slow_device_multiplies_its_latencies)
{
    struct disk *disk = disk_of(TEBIBYTE, SECTOR);
    disk_slow(disk, 0, 5 << 15);
    ck_assert_uint_eq(disk_finish_flush(disk, 0), 7500);
    ck_assert_uint_eq(disk_finish_write(disk, 10000, 7), 10057);
    disk_slow(disk, 0, 1 << 16);
    ck_assert_uint_eq(disk_finish_flush(disk, 20000), 23000);
    disk_free(disk);
}
END_TEST

/* The first flush would end at 1000 and ends at 1980; until then others join the one behind it. */
START_TEST(a_device_that_becomes_slow_lets_flushes_join_for_as_long_as_the_one_before_takes)
{
    struct disk_options options = { .flush_latency = distribution_constant(1000),
                                    .sector = SECTOR,
                                    .group_flush = true };
    struct disk *disk = disk_new(&options, TEBIBYTE, KEY);
    ck_assert_uint_eq(disk_finish_flush(disk, 0), 1000);
    ck_assert_uint_eq(disk_finish_flush(disk, 10), 2000);
    disk_slow(disk, 20, 2 << 16);
    ck_assert_uint_eq(disk_finish_flush(disk, 1979), 3980);
    ck_assert_uint_eq(disk_flush_number(disk), 2);
    ck_assert_uint_eq(disk_finish_flush(disk, 1980), 5980);
    ck_assert_uint_eq(disk_flush_number(disk), 3);
    disk_free(disk);
}
END_TEST

START_TEST(unlimited_bandwidth_takes_no_time)
{
    struct disk_options options = { .write_latency = distribution_constant(20), .sector = SECTOR };
    struct disk *disk = disk_new(&options, TEBIBYTE, KEY);
    ck_assert_uint_eq(disk_finish_write(disk, 0, TEBIBYTE), 20);
    disk_free(disk);
}
END_TEST

START_TEST(each_kind_of_latency_has_its_own_stream)
{
    struct disk_options options = {
        .read_latency = distribution_uniform(0, 1 << 30),
        .write_latency = distribution_uniform(0, 1 << 30),
        .flush_latency = distribution_uniform(0, 1 << 30),
        .sector = SECTOR,
    };
    const uint64_t later = UINT64_C(1) << 40;
    struct disk *busy = disk_new(&options, TEBIBYTE, KEY);
    struct disk *calm = disk_new(&options, TEBIBYTE, KEY);
    for (int i = 0; i < 10; i++) {
        disk_finish_read(busy, 0, 1);
        write_bytes(busy, 0, 10, i);
        disk_power_loss(busy, DISK_TORN);
    }
    ck_assert_uint_eq(disk_finish_write(busy, later, 1), disk_finish_write(calm, later, 1));
    ck_assert_uint_eq(disk_finish_flush(busy, 2 * later), disk_finish_flush(calm, 2 * later));
    ck_assert_uint_ne(disk_finish_read(busy, 3 * later, 1), disk_finish_read(calm, 3 * later, 1));
    disk_free(busy);
    disk_free(calm);
}
END_TEST

static TCase *content_tests(void)
{
    TCase *tests = tcase_create("contents");
    tcase_add_test(tests, reads_see_pending_writes_in_their_order);
    tcase_add_test(tests, what_is_out_of_range_is_refused_without_effect_but_numbered);
    tcase_add_test(tests, a_discard_reads_as_zeros_and_a_lost_one_brings_the_content_back);
    tcase_add_test(tests, a_replaced_device_is_empty_idle_and_another);
    return tests;
}

static TCase *power_loss_tests(void)
{
    TCase *tests = tcase_create("power loss");
    tcase_add_test(tests, a_flush_covers_only_the_writes_before_it);
    tcase_add_test(tests, an_older_flush_that_completes_late_takes_nothing_back);
    tcase_add_test(tests, a_completed_flush_survives_any_power_loss);
    tcase_add_test(tests, a_process_crash_keeps_every_write);
    tcase_add_test(tests, each_unflushed_sector_is_decided_alone);
    tcase_add_test(tests, one_write_over_many_sectors_is_kept_in_part);
    tcase_add_test(tests, a_torn_sector_mixes_two_versions_at_an_eight_byte_boundary);
    tcase_add_test(tests, no_sector_is_torn_where_tearing_is_not_asked_for);
    tcase_add_test(tests, a_write_that_changes_nothing_makes_no_version);
    return tests;
}

static TCase *time_tests(void)
{
    TCase *tests = tcase_create("time");
    tcase_add_test(tests, operations_are_served_one_at_a_time_in_arrival_order);
    tcase_add_test(tests, what_will_arrive_while_the_device_works_waits_behind_that);
    tcase_add_test(tests, a_slow_device_multiplies_its_latencies);
    tcase_add_test(
        tests, a_device_that_becomes_slow_lets_flushes_join_for_as_long_as_the_one_before_takes);
    tcase_add_test(tests, the_time_before_an_operation_arrives_is_no_backlog);
    tcase_add_test(tests, each_flush_takes_its_turn);
    tcase_add_test(tests, flushes_that_wait_for_another_are_served_together);
    tcase_add_test(tests, a_flush_that_was_joined_shifts_no_later_latency);
    tcase_add_test(tests, unlimited_bandwidth_takes_no_time);
    tcase_add_test(tests, each_kind_of_latency_has_its_own_stream);
    return tests;
}

int main(void)
{
    Suite *suite = suite_create("disk");
    suite_add_tcase(suite, content_tests());
    suite_add_tcase(suite, power_loss_tests());
    suite_add_tcase(suite, time_tests());
    return suite_run(suite);
}
