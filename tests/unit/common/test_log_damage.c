/* log: damage is told from a torn tail, and what an earlier life has left behind is never taken. */
#include <string.h>

#include "common/log.h"
#include "common/log_frame.h"
#include "log_fixture.h"
#include "support/suite.h"

/* ---- Frames of an earlier life --------------------------------------------------------------- */

/* The incarnation before wrote b and c; b was lost, c survived.  The next one writes the same b
 * again: at c's place there is now a whole frame with the right sequence number, index and term. */
START_TEST(a_frame_of_an_earlier_life_is_never_taken)
{
    static const uint8_t zeros[SECTOR];
    struct cs_op b = log_bench_append(1, all('b', 2 * SECTOR));
    log_bench_step(rig, APPEND(1, "a"), FLUSH);
    uint64_t offset = log_bench_log(rig)->end_offset;
    log_bench_step(rig, b, APPEND(1, "c"));
    write_volume(offset, zeros, sizeof zeros);
    log_bench_reopen(rig, DISK_KEEP);
    EXPECT_LOG("1:a");

    log_bench_step(rig, b, FLUSH);
    log_bench_reopen(rig, DISK_KEEP);
    ck_assert_int_eq(log_bench_status(rig), LOG_OK);
    ck_assert_uint_eq(log_bench_log(rig)->last_index, 2);
}
END_TEST

/* Where the second life's frames end, the first one's go on: whole, in sequence, but of another
 * chain. */
START_TEST(what_an_earlier_life_left_behind_the_end_is_not_read)
{
    log_bench_step(rig, APPEND(1, "a"), FLUSH);
    uint64_t offset = log_bench_log(rig)->end_offset;
    uint8_t first[3 * 72];
    log_bench_step(rig, APPEND(1, "b"), APPEND(1, "c"), APPEND(1, "d"));
    read_volume(offset, first, sizeof first);
    log_bench_reopen(rig, DISK_LOSE);
    write_volume(offset, first, sizeof first); /* it was there all the time, unreadable */
    log_bench_step(rig, APPEND(2, "B"), FLUSH);
    log_bench_reopen(rig, DISK_KEEP);
    EXPECT_LOG("1:a 2:B");
}
END_TEST

/* ---- Damage ---------------------------------------------------------------------------------- */

START_TEST(damage_to_flushed_entries_is_said_and_never_a_shorter_log)
{
    for (int entry = 'a'; entry <= 'e'; entry++)
        log_bench_step(rig, log_bench_append(1, all((char)entry, 20)), FLUSH);
    uint64_t last = log_bench_log(rig)->end_offset - log_frame_size(20);
    for (uint64_t offset = 0; offset < last; offset++) {
        uint8_t byte, damaged;
        read_volume(offset, &byte, 1);
        damaged = byte ^ 0x10;
        write_volume(offset, &damaged, 1);
        log_bench_reopen(rig, DISK_KEEP);
        bool padding = offset % log_frame_size(20) >= LOG_FRAME_HEADER + 20;
        ck_assert_int_eq(log_bench_status(rig), padding ? LOG_OK : LOG_CORRUPT);
        ck_assert(!padding || log_bench_log(rig)->last_index == 5);
        write_volume(offset, &byte, 1);
    }
}
END_TEST

START_TEST(a_flushed_sector_that_is_gone_is_said)
{
    static const uint8_t zeros[SECTOR];
    for (int entry = 'a'; entry <= 'z'; entry++)
        log_bench_step(rig, log_bench_append(1, all((char)entry, 100)), FLUSH);
    log_bench_step(rig, APPEND(1, "the last"));
    write_volume(2 * SECTOR, zeros, SECTOR);
    log_bench_reopen(rig, DISK_KEEP);
    ck_assert_int_eq(log_bench_status(rig), LOG_CORRUPT);
    ck_assert_uint_eq(log_bench_log(rig)->last_index, 6); /* 6 frames of 168 bytes before it */
}
END_TEST

START_TEST(damage_to_the_largest_frame_is_said)
{
    static const uint8_t zeros[LOG_FRAME_MAX];
    log_bench_step(rig, log_bench_append(1, all('a', LOG_CONTENT_MAX)), FLUSH);
    log_bench_step(rig, APPEND(1, "b"), FLUSH);
    write_volume(0, zeros, sizeof zeros);
    log_bench_reopen(rig, DISK_KEEP);
    ck_assert_int_eq(log_bench_status(rig), LOG_CORRUPT);
}
END_TEST

START_TEST(a_flushed_frame_is_found_behind_any_number_of_zeros)
{
    static const uint8_t zeros[4 * SECTOR];
    for (size_t size = 0; size < 3 * SECTOR; size += LOG_FRAME_ALIGNMENT) {
        rig_free(rig);
        rig = log_bench_new(1 << 20, 1);
        log_bench_step(rig, log_bench_append(1, all('a', size)), FLUSH);
        log_bench_step(rig, APPEND(1, "b"), FLUSH);
        write_volume(0, zeros, log_frame_size(size));
        log_bench_reopen(rig, DISK_KEEP);
        ck_assert_int_eq(log_bench_status(rig), LOG_CORRUPT);
    }
}
END_TEST

/* One flush covers more than the largest frame, and only what was written after it says so. */
START_TEST(damage_at_the_front_of_a_large_batch_is_said)
{
    static const uint8_t one = 1;
    for (size_t i = 0; i < 20; i++)
        log_bench_step(rig, log_bench_append(1, all('a', LOG_CONTENT_MAX / 8)));
    log_bench_step(rig, FLUSH);
    log_bench_step(rig, APPEND(1, "b"));
    write_volume(40, &one, 1);
    log_bench_reopen(rig, DISK_KEEP);
    ck_assert_int_eq(log_bench_status(rig), LOG_CORRUPT);
}
END_TEST

START_TEST(damage_before_any_flush_was_known_is_a_torn_tail)
{
    static const uint8_t one = 1;
    rig_hold(rig, true);
    log_bench_step(rig, APPEND(1, "a"), FLUSH);
    log_bench_step(rig, APPEND(1, "b"));
    rig_hold(rig, false);
    write_volume(40, &one, 1);
    log_bench_reopen(rig, DISK_KEEP);
    EXPECT_LOG("");
}
END_TEST

START_TEST(what_was_recovered_and_then_flushed_counts_as_flushed)
{
    static const uint8_t one = 1;
    log_bench_step(rig, APPEND(1, "a"));
    log_bench_reopen(rig, DISK_KEEP);
    log_bench_step(rig, APPEND(1, "b"));
    write_volume(40, &one, 1);
    log_bench_reopen(rig, DISK_KEEP);
    ck_assert_int_eq(log_bench_status(rig), LOG_CORRUPT);
}
END_TEST

START_TEST(a_frame_inside_a_content_proves_nothing)
{
    enum { FRAME = 72 };
    uint8_t frame[FRAME], garbage = 0xff;
    log_bench_step(rig, APPEND(1, "a"), FLUSH);
    log_bench_step(rig, APPEND(1, "b"), FLUSH);
    log_bench_step(rig, APPEND(1, "c"), FLUSH);
    read_volume(2 * FRAME, frame, FRAME); /* it says that 2 frames were flushed */

    rig_free(rig);
    rig = log_bench_new(VOLUME, 2);
    log_bench_step(rig, log_bench_append(1, cs_bytes_of(frame, FRAME)));
    write_volume(40, &garbage, 1);
    log_bench_reopen(rig, DISK_KEEP);
    EXPECT_LOG("");
}
END_TEST

/* What a frame claims is checked before it is believed; the volume ends at 512. */
START_TEST(a_size_on_disk_is_not_trusted)
{
    static const uint32_t sizes[] = {
        0,         4, 6, SECTOR - LOG_FRAME_HEADER, 449, 456, LOG_CONTENT_MAX, LOG_CONTENT_MAX + 1,
        UINT32_MAX
    };
    rig_free(rig);
    rig = log_bench_new(SECTOR, 1);
    log_bench_step(rig, APPEND(1, "hello"), FLUSH);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        uint8_t size[4] = { (uint8_t)sizes[i], (uint8_t)(sizes[i] >> 8), (uint8_t)(sizes[i] >> 16),
                            (uint8_t)(sizes[i] >> 24) };
        write_volume(4, size, sizeof size);
        log_bench_reopen(rig, DISK_KEEP);
        EXPECT_LOG("");
    }
    write_volume(4, (uint8_t[]){ 5, 0, 0, 0 }, 4);
    log_bench_reopen(rig, DISK_KEEP);
    EXPECT_LOG("1:hello");
}
END_TEST

static void forge(struct log_frame frame)
{
    static uint8_t bytes[LOG_FRAME_MAX];
    frame.offset = log_bench_log(rig)->end_offset;
    frame.previous = log_bench_log(rig)->chain;
    log_frame_put(&frame, bytes);
    write_volume(frame.offset, bytes, log_frame_size(frame.content.size));
    log_bench_reopen(rig, DISK_KEEP);
}

/* The chain and the sums are right, but no log would write this. */
START_TEST(a_frame_that_makes_no_sense_ends_the_log)
{
    log_bench_step(rig, APPEND(1, "a"), FLUSH);
    forge((struct log_frame){ .kind = LOG_FRAME_ENTRY, .sequence = 3, .index = 2 });
    EXPECT_LOG("1:a");
    forge((struct log_frame){ .kind = LOG_FRAME_ENTRY, .sequence = 2, .index = 3 });
    EXPECT_LOG("1:a");
    forge((struct log_frame){ .kind = LOG_FRAME_TRUNCATE, .sequence = 2, .index = 0 });
    EXPECT_LOG("1:a");
    forge((struct log_frame){ .kind = LOG_FRAME_TRUNCATE, .sequence = 2, .index = 3 });
    EXPECT_LOG("1:a");
    forge((struct log_frame){ .kind = 3, .sequence = 2, .index = 2 });
    EXPECT_LOG("1:a");
    forge((struct log_frame){ .kind = LOG_FRAME_ENTRY, .sequence = 2, .index = 2, .term = 4 });
    EXPECT_LOG("1:a 4:");
}
END_TEST

/* Its sum is right, but it is larger than any frame that a log writes. */
START_TEST(a_frame_beyond_the_largest_ends_the_log)
{
    enum { SIZE = LOG_CONTENT_MAX + 8 };
    static uint8_t bytes[LOG_FRAME_HEADER + SIZE];
    struct log_frame frame = { .kind = LOG_FRAME_ENTRY, .sequence = 1, .index = 1 };
    log_frame_put(&frame, bytes);
    bytes[4] = 8;
    bytes[6] = 1; /* the size, 65544 */
    uint32_t sum = cs_crc32c(0, cs_bytes_of(bytes + 4, sizeof bytes - 4));
    for (int i = 0; i < 4; i++)
        bytes[i] = (uint8_t)(sum >> 8 * i);
    write_volume(0, bytes, sizeof bytes);
    log_bench_reopen(rig, DISK_KEEP);
    EXPECT_LOG("");
}
END_TEST

START_TEST(garbage_is_an_empty_log)
{
    uint32_t state = 1;
    for (int round = 0; round < 50; round++) {
        uint8_t garbage[4 * SECTOR];
        for (size_t i = 0; i < sizeof garbage; i++) {
            state = state * 1664525 + 1013904223;
            garbage[i] = (uint8_t)(state >> 24);
        }
        write_volume(0, garbage, sizeof garbage);
        log_bench_reopen(rig, DISK_KEEP);
        EXPECT_LOG("");
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("log_damage");
    TCase *tests = tcase_create("log_damage");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, a_frame_of_an_earlier_life_is_never_taken);
    tcase_add_test(tests, what_an_earlier_life_left_behind_the_end_is_not_read);
    tcase_add_test(tests, damage_to_flushed_entries_is_said_and_never_a_shorter_log);
    tcase_add_test(tests, a_flushed_sector_that_is_gone_is_said);
    tcase_add_test(tests, damage_to_the_largest_frame_is_said);
    tcase_add_test(tests, a_flushed_frame_is_found_behind_any_number_of_zeros);
    tcase_add_test(tests, damage_at_the_front_of_a_large_batch_is_said);
    tcase_add_test(tests, damage_before_any_flush_was_known_is_a_torn_tail);
    tcase_add_test(tests, what_was_recovered_and_then_flushed_counts_as_flushed);
    tcase_add_test(tests, a_frame_inside_a_content_proves_nothing);
    tcase_add_test(tests, a_size_on_disk_is_not_trusted);
    tcase_add_test(tests, a_frame_that_makes_no_sense_ends_the_log);
    tcase_add_test(tests, a_frame_beyond_the_largest_ends_the_log);
    tcase_add_test(tests, garbage_is_an_empty_log);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
