/* log: everything that a completed flush covers comes back, and nothing that was not written. */
#include <string.h>

#include "common/log.h"
#include "common/log_frame.h"
#include "log_fixture.h"
#include "support/suite.h"

/* ---- What is kept ---------------------------------------------------------------------------- */

START_TEST(an_empty_volume_is_an_empty_log)
{
    EXPECT_LOG("");
    ck_assert_uint_eq(log_bench_log(rig)->first_index, 1);
    ck_assert_uint_eq(log_bench_log(rig)->last_index, 0);
    ck_assert_uint_eq(log_term_at(log_bench_log(rig), 0), 0);
}
END_TEST

START_TEST(an_entry_is_one_write)
{
    log_bench_step(rig, APPEND(1, "hello"), FLUSH);
    rig_expect(rig, "write log 0+72\n"
                    "flush log\n"
                    "done flush log\n");
}
END_TEST

START_TEST(a_frame_ends_in_zeros)
{
    static const uint8_t zeros[7];
    uint8_t padding[7];
    log_bench_step(rig, APPEND(1, "12345678"), APPEND(1, "1"));
    read_volume(72 + LOG_FRAME_HEADER + 1, padding, sizeof padding);
    ck_assert_mem_eq(padding, zeros, sizeof zeros);
}
END_TEST

/* Up to 140 frames wait for the flush that covers them. */
START_TEST(what_is_known_to_be_flushed_follows_the_flushes)
{
    rig_hold(rig, true);
    for (uint64_t frame = 1; frame <= 2000; frame++) {
        log_bench_step(rig, APPEND(1, "a"));
        if (frame % 70 != 0)
            continue;
        log_bench_step(rig, FLUSH);
        if (frame > 70)
            rig_complete_flush(rig);
        ck_assert_uint_eq(log_bench_log(rig)->flushed_sequence, frame - 70);
    }
}
END_TEST

START_TEST(entries_come_back_in_order)
{
    log_bench_step(rig, APPEND(1, "a"), APPEND(1, ""), APPEND(3, "ccc"), FLUSH);
    log_bench_reopen(rig, DISK_LOSE);
    EXPECT_LOG("1:a 1: 3:ccc");
    ck_assert_uint_eq(log_bench_log(rig)->last_index, 3);
}
END_TEST

START_TEST(a_log_goes_on_where_it_ended)
{
    log_bench_step(rig, APPEND(1, "a"), FLUSH);
    log_bench_reopen(rig, DISK_LOSE);
    log_bench_step(rig, APPEND(2, "b"), FLUSH);
    log_bench_reopen(rig, DISK_LOSE);
    EXPECT_LOG("1:a 2:b");
}
END_TEST

START_TEST(a_removal_is_kept_and_what_follows_it_too)
{
    log_bench_step(rig, APPEND(1, "a"), APPEND(1, "b"), APPEND(1, "c"), FLUSH);
    log_bench_step(rig, TRUNCATE(2), APPEND(2, "B"), FLUSH);
    EXPECT_LOG("1:a 2:B");
    log_bench_reopen(rig, DISK_LOSE);
    EXPECT_LOG("1:a 2:B");
    log_bench_step(rig, TRUNCATE(1), FLUSH);
    log_bench_reopen(rig, DISK_LOSE);
    EXPECT_LOG("");
}
END_TEST

/* Many blocks of recovery's window, and frames that lie across their borders. */
START_TEST(large_entries_come_back)
{
    enum { COUNT = 60 };
    rig_free(rig);
    rig = log_bench_new(8 << 20, 1);
    for (size_t i = 0; i < COUNT; i++) {
        size_t size = i % 3 == 0 ? LOG_CONTENT_MAX : 7001 * i % LOG_CONTENT_MAX;
        log_bench_step(rig, log_bench_append(i, all((char)('0' + i), size)));
    }
    log_bench_step(rig, FLUSH);
    log_bench_reopen(rig, DISK_LOSE);
    ck_assert_int_eq(log_bench_status(rig), LOG_OK);
    ck_assert_uint_eq(log_bench_log(rig)->last_index, COUNT);
    for (size_t i = 0; i < COUNT; i++) {
        size_t size = i % 3 == 0 ? LOG_CONTENT_MAX : 7001 * i % LOG_CONTENT_MAX;
        struct cs_bytes content = log_content_at(log_bench_log(rig), i + 1);
        ck_assert_uint_eq(content.size, size);
        ck_assert_mem_eq(content.data, all((char)('0' + i), size).data, size);
    }
}
END_TEST

START_TEST(a_full_volume_takes_nothing_more_and_loses_nothing)
{
    rig_free(rig);
    rig = log_bench_new(4 * SECTOR, 1); /* 2048 bytes: 28 frames of 72, and 32 bytes */
    for (size_t i = 0; i < 28; i++) {
        log_bench_step(rig, APPEND(1, "a"));
        ck_assert(!log_bench_full(rig));
    }
    log_bench_step(rig, APPEND(1, "b"));
    ck_assert(log_bench_full(rig));
    rig_expect(rig, "");
    log_bench_step(rig, TRUNCATE(1), FLUSH);
    ck_assert(log_bench_full(rig));
    ck_assert_uint_eq(log_bench_log(rig)->last_index, 28);
    log_bench_reopen(rig, DISK_LOSE);
    ck_assert_int_eq(log_bench_status(rig), LOG_OK);
    ck_assert_uint_eq(log_bench_log(rig)->last_index, 28);
}
END_TEST

START_TEST(a_volume_can_be_filled_to_its_last_byte)
{
    rig_free(rig);
    rig = log_bench_new(SECTOR, 1);
    log_bench_step(rig, log_bench_append(1, all('a', SECTOR - LOG_FRAME_HEADER)), FLUSH);
    ck_assert(!log_bench_full(rig));
    log_bench_reopen(rig, DISK_LOSE);
    ck_assert_int_eq(log_bench_status(rig), LOG_OK);
    ck_assert_uint_eq(log_bench_log(rig)->last_index, 1);
}
END_TEST

/* ---- Crashes --------------------------------------------------------------------------------- */

START_TEST(a_process_crash_keeps_what_was_written)
{
    rig_hold(rig, true);
    log_bench_step(rig, APPEND(1, "a"), FLUSH);
    log_bench_step(rig, APPEND(1, "b"));
    rig_hold(rig, false);
    log_bench_reopen(rig, DISK_KEEP);
    EXPECT_LOG("1:a 1:b");
}
END_TEST

START_TEST(a_lost_tail_ends_the_log_where_it_was_flushed)
{
    log_bench_step(rig, APPEND(1, "a"), FLUSH);
    log_bench_step(rig, APPEND(1, "b"), TRUNCATE(1), APPEND(2, "c"));
    log_bench_reopen(rig, DISK_LOSE);
    EXPECT_LOG("1:a");
}
END_TEST

/* The last frame reaches the medium up to `cut`; behind it is what was there: zeros, or anything.
 */
static void tear_at_every_byte(uint8_t rest)
{
    uint8_t frame[LOG_FRAME_HEADER + 24], torn[sizeof frame];
    log_bench_step(rig, APPEND(1, "a"), FLUSH);
    uint64_t offset = log_bench_log(rig)->end_offset;
    log_bench_step(rig, APPEND(1, "a content of 21 bytes"), FLUSH);
    read_volume(offset, frame, sizeof frame);
    for (size_t cut = 0; cut <= sizeof frame; cut++) {
        memset(torn, rest, sizeof torn);
        memcpy(torn, frame, cut);
        write_volume(offset, torn, sizeof torn);
        log_bench_reopen(rig, DISK_KEEP);
        EXPECT_LOG(cut < LOG_FRAME_HEADER + 21 ? "1:a" : "1:a 1:a content of 21 bytes");
    }
}

START_TEST(a_tail_torn_at_any_byte_over_zeros_is_no_entry) { tear_at_every_byte(0); }
END_TEST

START_TEST(a_tail_torn_at_any_byte_over_garbage_is_no_entry) { tear_at_every_byte(0xa5); }
END_TEST

START_TEST(a_later_frame_that_survived_an_earlier_one_does_not_count)
{
    static const uint8_t zeros[2 * SECTOR];
    log_bench_step(rig, APPEND(1, "a"), FLUSH);
    uint64_t offset = log_bench_log(rig)->end_offset;
    log_bench_step(rig, log_bench_append(1, all('b', 2 * SECTOR)), APPEND(1, "c"));
    write_volume(offset, zeros, sizeof zeros);
    log_bench_reopen(rig, DISK_KEEP);
    EXPECT_LOG("1:a");
    log_bench_step(rig, APPEND(2, "B"), FLUSH);
    log_bench_reopen(rig, DISK_LOSE);
    EXPECT_LOG("1:a 2:B");
}
END_TEST

static void at_every_effect(enum disk_loss loss, const char *const *stories)
{
    for (size_t effects = 0; effects <= 5; effects++) {
        rig_free(rig);
        rig = log_bench_new(VOLUME, effects);
        log_bench_step(rig, APPEND(1, "a"), APPEND(1, "b"), APPEND(1, "c"), FLUSH);
        rig_crash_after(rig, effects, loss);
        log_bench_step(rig, TRUNCATE(2), APPEND(2, "B"), FLUSH, APPEND(2, "C"));
        log_bench_reopen(rig, loss);
        EXPECT_LOG(stories[effects]);
    }
}

START_TEST(a_process_crash_between_two_effects_keeps_a_prefix_of_them)
{
    at_every_effect(DISK_KEEP, (const char *const[]){ "1:a 1:b 1:c", "1:a", "1:a 2:B", "1:a 2:B",
                                                      "1:a 2:B 2:C", "1:a 2:B 2:C" });
}
END_TEST

START_TEST(a_power_loss_between_two_effects_keeps_what_was_flushed)
{
    at_every_effect(DISK_LOSE, (const char *const[]){ "1:a 1:b 1:c", "1:a 1:b 1:c", "1:a 1:b 1:c",
                                                      "1:a 2:B", "1:a 2:B", "1:a 2:B" });
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(tcase, an_empty_volume_is_an_empty_log);
    tcase_add_test(tcase, an_entry_is_one_write);
    tcase_add_test(tcase, a_frame_ends_in_zeros);
    tcase_add_test(tcase, what_is_known_to_be_flushed_follows_the_flushes);
    tcase_add_test(tcase, entries_come_back_in_order);
    tcase_add_test(tcase, a_log_goes_on_where_it_ended);
    tcase_add_test(tcase, a_removal_is_kept_and_what_follows_it_too);
    tcase_add_test(tcase, large_entries_come_back);
    tcase_add_test(tcase, a_full_volume_takes_nothing_more_and_loses_nothing);
    tcase_add_test(tcase, a_volume_can_be_filled_to_its_last_byte);
    tcase_add_test(tcase, a_process_crash_keeps_what_was_written);
    tcase_add_test(tcase, a_lost_tail_ends_the_log_where_it_was_flushed);
    tcase_add_test(tcase, a_tail_torn_at_any_byte_over_zeros_is_no_entry);
    tcase_add_test(tcase, a_tail_torn_at_any_byte_over_garbage_is_no_entry);
    tcase_add_test(tcase, a_later_frame_that_survived_an_earlier_one_does_not_count);
    tcase_add_test(tcase, a_process_crash_between_two_effects_keeps_a_prefix_of_them);
    tcase_add_test(tcase, a_power_loss_between_two_effects_keeps_what_was_flushed);
}

int main(void)
{
    Suite *suite = suite_create("log");
    TCase *tcase = tcase_create("log");
    tcase_add_checked_fixture(tcase, setup, teardown);
    add_tests(tcase);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
