/* log and record on a disk that fails: what cannot be read is said, and never taken for empty. */
#include <string.h>

#include "common/record.h"
#include "log_bench.h"
#include "support/suite.h"

#define ALWAYS (UINT64_C(1) << 32)

enum { SECTOR = 512, VOLUME = 1 << 20 };

static struct rig *rig;

static struct disk *disk(void) { return rig_disk(rig, 0); }

/* Make one sector that holds data unreadable: all of them, then the others are written again. */
static void spoil_only(uint64_t sector, uint64_t sectors)
{
    static uint8_t held[VOLUME];
    ck_assert_int_eq(disk_read(disk(), 0, held, sectors * SECTOR), DISK_OK);
    ck_assert_uint_ge(disk_spoil(disk(), UINT32_MAX), sectors);
    uint64_t behind = (sector + 1) * SECTOR;
    ck_assert_int_eq(disk_write(disk(), 0, held, sector * SECTOR), DISK_OK);
    ck_assert_int_eq(disk_write(disk(), behind, held + behind, sectors * SECTOR - behind), DISK_OK);
}

/* Write the first `sectors` again as `held` says. */
static void heal(const uint8_t *held, uint64_t sectors)
{
    ck_assert_int_eq(disk_write(disk(), 0, held, sectors * SECTOR), DISK_OK);
}

/* ---- The log --------------------------------------------------------------------------------- */

#define APPEND(term, content) log_bench_text(term, content)
#define FLUSH                 log_bench_flush()

static void set_up_log(void) { rig = log_bench_new(VOLUME, 1); }

static void tear_down(void) { rig_free(rig); }

static void expect_log(const char *entries)
{
    ck_assert_int_eq(log_bench_status(rig), LOG_OK);
    ck_assert_str_eq(log_bench_entries(rig), entries);
}

/* 20 entries of 7 KiB: several of the blocks that recovery reads. */
static uint64_t write_large_log(void)
{
    static char content[7 << 10];
    for (int i = 0; i < 20; i++) {
        memset(content, 'a' + i, sizeof content);
        const struct cs_op ops[] = { log_bench_append(1, cs_bytes_of(content, sizeof content)),
                                     FLUSH };
        log_bench_do(rig, ops, 2);
    }
    return log_bench_log(rig)->end_offset / SECTOR; /* sectors that it fills */
}

START_TEST(a_log_that_is_unreadable_at_any_place_is_said)
{
    static uint8_t held[VOLUME];
    uint64_t sectors = write_large_log();
    ck_assert_uint_gt(sectors, 256);
    ck_assert_int_eq(disk_read(disk(), 0, held, sectors * SECTOR), DISK_OK);
    ck_assert_int_eq(disk_discard(disk(), sectors * SECTOR, SECTOR), DISK_OK); /* a torn tail */
    for (uint64_t sector = 0; sector < sectors; sector++) {
        spoil_only(sector, sectors);
        log_bench_reopen(rig, DISK_KEEP);
        ck_assert_int_eq(log_bench_status(rig), LOG_BAD_DISK);
        heal(held, sectors);
    }
    log_bench_reopen(rig, DISK_KEEP);
    ck_assert_int_eq(log_bench_status(rig), LOG_OK);
    ck_assert_uint_eq(log_bench_log(rig)->last_index, 19);
}
END_TEST

START_TEST(a_disk_that_answers_no_read_holds_no_empty_log)
{
    static const enum disk_trouble troubles[] = { DISK_READ_FAILS, DISK_TIMES_OUT, DISK_IS_DEAD };
    log_bench_step(rig, APPEND(1, "a"), APPEND(2, "b"), FLUSH);
    rig_hold(rig, true); /* the barrier behind would fail, too */
    rig_crash(rig, DISK_KEEP);
    disk_set_trouble(disk(), troubles[_i], ALWAYS);
    log_bench_reopen(rig, DISK_KEEP);
    ck_assert_int_eq(log_bench_status(rig), LOG_BAD_DISK);
    disk_set_trouble(disk(), troubles[_i], 0);
    rig_hold(rig, false);
    log_bench_reopen(rig, DISK_KEEP);
    expect_log("1:a 2:b");
}
END_TEST

START_TEST(a_log_is_whole_or_unreadable_but_never_shorter)
{
    uint64_t read = 0, unreadable = 0;
    write_large_log();
    disk_set_trouble(disk(), DISK_READ_FAILS, ALWAYS / 4);
    for (int i = 0; i < 200; i++) {
        log_bench_reopen(rig, DISK_KEEP);
        unreadable += log_bench_status(rig) == LOG_BAD_DISK;
        if (log_bench_status(rig) == LOG_BAD_DISK)
            continue;
        ck_assert_int_eq(log_bench_status(rig), LOG_OK);
        ck_assert_uint_eq(log_bench_log(rig)->last_index, 20);
        read++;
    }
    ck_assert_uint_gt(read, 20);
    ck_assert_uint_gt(unreadable, 20);
}
END_TEST

/* Whatever a failed flush keeps, an older chain of frames is found, not a hole in a newer one. */
START_TEST(after_a_failed_flush_the_log_is_what_was_flushed_and_a_prefix_of_the_rest)
{
    static const char *const prefixes[] = { "1:a 1:b", "1:a 1:b 2:c", "1:a 1:b 2:c 2:d",
                                            "1:a 1:b 2:c 2:d 2:e" };
    bool seen[4] = { false };
    for (uint64_t seed = 0; seed < 200; seed++) {
        tear_down();
        rig = log_bench_new(VOLUME, seed);
        log_bench_step(rig, APPEND(1, "a"), APPEND(1, "b"), FLUSH);
        disk_fail_flushes(disk(), 1);
        log_bench_step(rig, APPEND(2, "c"), APPEND(2, "d"), APPEND(2, "e"), FLUSH);
        rig_expect_lines(rig, "done", "done flush log MEDIUM\n");
        ck_assert_uint_eq(log_bench_log(rig)->flushed_sequence, 2);
        log_bench_reopen(rig, DISK_LOSE);
        ck_assert_int_eq(log_bench_status(rig), LOG_OK);
        int found = 0;
        while (found < 4 && strcmp(log_bench_entries(rig), prefixes[found]) != 0)
            found++;
        ck_assert_int_lt(found, 4);
        seen[found] = true;
    }
    for (int i = 0; i < 4; i++)
        ck_assert(seen[i]);
}
END_TEST

/* The frames behind it say that it had been flushed. */
START_TEST(a_lost_write_in_the_midst_of_a_log_is_said)
{
    log_bench_step(rig, APPEND(1, "a"), FLUSH);
    disk_set_trouble(disk(), DISK_LOSES_WRITES, ALWAYS);
    log_bench_step(rig, APPEND(1, "b"), FLUSH);
    disk_set_trouble(disk(), DISK_LOSES_WRITES, 0);
    log_bench_step(rig, APPEND(1, "c"), FLUSH);
    log_bench_reopen(rig, DISK_KEEP);
    ck_assert_int_eq(log_bench_status(rig), LOG_CORRUPT);
}
END_TEST

START_TEST(a_bit_that_rots_in_a_flushed_frame_is_said)
{
    for (uint64_t seed = 0; seed < 100; seed++) {
        tear_down();
        rig = log_bench_new(VOLUME, seed);
        uint64_t sectors = write_large_log();
        ck_assert_uint_eq(disk_rot(disk(), 1), 1);
        log_bench_reopen(rig, DISK_KEEP);
        bool last = log_bench_status(rig) == LOG_OK && log_bench_log(rig)->last_index == 19;
        ck_assert(last || log_bench_status(rig) == LOG_CORRUPT); /* log.h: what it does not see */
        ck_assert_uint_gt(sectors, 0);
    }
}
END_TEST

/* ---- The record ------------------------------------------------------------------------------ */

enum { CAPACITY = 1500, SLOT_SECTORS = 3, SIZE_UNTOUCHED = 12345 };

struct holder {
    struct record record;
    enum record_status status;
    size_t size;
    uint8_t content[CAPACITY];
};

static void on_start(void *state, struct cs_context *cx, enum cs_start kind)
{
    struct holder *holder = state;
    (void)kind;
    holder->size = SIZE_UNTOUCHED;
    holder->status =
        record_open(&holder->record, cx, 0, 0, CAPACITY, holder->content, &holder->size);
}

static void on_request(void *state, struct cs_context *cx, cs_request id, const struct cs_op *op)
{
    struct holder *holder = state;
    (void)id;
    cs_ticket ticket = record_write(&holder->record, cx, op->value);
    cs_barrier(cx, 0);
    cs_fact(cx, &(struct cs_fact){ .kind = CS_FACT_PROMISED, .a = 1, .rests_on = ticket });
}

static const struct cs_volume_spec volumes[] = { { .name = "meta", .size = 8192 },
                                                 { .name = NULL } };
static const struct cs_program program = { .role = "holder",
                                           .state_size = sizeof(struct holder),
                                           .volumes = volumes,
                                           .on_start = on_start,
                                           .on_request = on_request };

static struct rig *new_holder(uint64_t seed)
{
    struct rig *made = rig_new(&(struct rig_options){ .program = &program, .seed = seed });
    rig_start(made, CS_START_FOUND);
    return made;
}

static void set_up_record(void) { rig = new_holder(1); }

static void put(char byte)
{
    char content[CAPACITY];
    memset(content, byte, sizeof content);
    rig_request(rig, 1, &(struct cs_op){ .kind = CS_OP_PUT, .value = { content, sizeof content } });
}

static void reopen(enum disk_loss loss)
{
    if (rig_is_up(rig))
        rig_crash(rig, loss);
    rig_restart(rig);
}

/* The byte of which the content consists, or 0 if there is none. */
static char found(void)
{
    const struct holder *holder = rig_state(rig);
    if (holder->status != RECORD_OK)
        return 0;
    ck_assert_uint_eq(holder->size, CAPACITY);
    for (size_t i = 1; i < CAPACITY; i++)
        ck_assert_uint_eq(holder->content[i], holder->content[0]);
    return (char)holder->content[0];
}

static void expect_bad_disk(void)
{
    const struct holder *holder = rig_state(rig);
    ck_assert_int_eq(holder->status, RECORD_BAD_DISK);
    ck_assert_uint_eq(holder->size, SIZE_UNTOUCHED);
}

/* Even the older slot: it might be the younger one. */
START_TEST(a_record_that_is_unreadable_at_any_place_is_said)
{
    uint8_t held[2 * SLOT_SECTORS * SECTOR];
    put('a');
    put('b');
    ck_assert_int_eq(disk_read(disk(), 0, held, sizeof held), DISK_OK);
    for (uint64_t sector = 0; sector < 2 * SLOT_SECTORS; sector++) {
        spoil_only(sector, 2 * SLOT_SECTORS);
        reopen(DISK_KEEP);
        expect_bad_disk();
        heal(held, 2 * SLOT_SECTORS);
    }
    reopen(DISK_KEEP);
    ck_assert_int_eq(found(), 'b');
}
END_TEST

START_TEST(a_disk_that_answers_no_read_is_no_missing_record)
{
    static const enum disk_trouble troubles[] = { DISK_READ_FAILS, DISK_TIMES_OUT, DISK_IS_DEAD };
    disk_set_trouble(disk(), troubles[_i], ALWAYS);
    reopen(DISK_KEEP);
    expect_bad_disk();
    disk_set_trouble(disk(), troubles[_i], 0);
    reopen(DISK_KEEP);
    ck_assert_int_eq(((struct holder *)rig_state(rig))->status, RECORD_NONE);
}
END_TEST

START_TEST(a_record_whose_barrier_fails_is_the_old_or_the_new_one)
{
    uint64_t olds = 0, news = 0;
    for (uint64_t seed = 0; seed < 200; seed++) {
        tear_down();
        rig = new_holder(seed);
        put('a');
        put('b');
        disk_fail_flushes(disk(), 1);
        put('c');
        rig_expect(rig, "write meta 1536+1536\n"
                        "barrier meta\n"
                        "stop barrier failed: MEDIUM\n");
        reopen(DISK_KEEP);
        olds += found() == 'b';
        news += found() == 'c';
    }
    ck_assert_uint_eq(olds + news, 200);
    ck_assert_uint_gt(olds, 20);
    ck_assert_uint_gt(news, 5);
}
END_TEST

START_TEST(a_refused_write_leaves_the_old_record)
{
    put('a');
    disk_set_trouble(disk(), DISK_WRITE_FAILS, ALWAYS);
    put('b');
    ck_assert(!rig_is_up(rig));
    disk_set_trouble(disk(), DISK_WRITE_FAILS, 0);
    reopen(DISK_LOSE);
    ck_assert_int_eq(found(), 'a');
}
END_TEST

/* ---- The rig --------------------------------------------------------------------------------- */

static void ask_all(void *state, struct cs_context *cx, cs_request id, const struct cs_op *op)
{
    (void)state, (void)id, (void)op;
    cs_write(cx, 0, 0, cs_bytes_of("x", 1), 1);
    cs_discard(cx, 0, 0, 1, 2);
    cs_read(cx, 0, 0, 1, 3);
    cs_flush(cx, 0, 4);
}

static void say_ticket(void *state, struct cs_context *cx, const struct cs_completion *done)
{
    (void)state;
    if (done->op == CS_DISK_FLUSH && done->ticket > 0)
        cs_fact(cx, &(struct cs_fact){ .kind = CS_FACT_VOTED, .rests_on = done->ticket });
}

START_TEST(a_program_on_the_rig_meets_the_troubles_of_its_disk)
{
    static const struct cs_program asker = {
        .role = "asker", .volumes = volumes, .on_request = ask_all, .on_disk = say_ticket
    };
    tear_down();
    rig = rig_new(&(struct rig_options){ .program = &asker });
    rig_start(rig, CS_START_FOUND);
    disk_set_trouble(disk(), DISK_WRITE_FAILS, ALWAYS);
    disk_set_trouble(disk(), DISK_READ_FAILS, ALWAYS);
    rig_request(rig, 1, &(struct cs_op){ .kind = CS_OP_WORK });
    rig_expect(rig, "write meta 0+1\n"
                    "discard meta 0+1\n"
                    "read meta 0+1\n"
                    "flush meta\n"
                    "done write meta MEDIUM\n"
                    "done discard meta MEDIUM\n"
                    "done read meta MEDIUM\n"
                    "done flush meta MEDIUM\n"
                    "fact VOTED term=0 for=0 NOT DURABLE\n");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("bad-disk");
    TCase *log = tcase_create("log");
    tcase_add_checked_fixture(log, set_up_log, tear_down);
    tcase_add_test(log, a_log_that_is_unreadable_at_any_place_is_said);
    tcase_add_loop_test(log, a_disk_that_answers_no_read_holds_no_empty_log, 0, 3);
    tcase_add_test(log, a_log_is_whole_or_unreadable_but_never_shorter);
    tcase_add_test(log, after_a_failed_flush_the_log_is_what_was_flushed_and_a_prefix_of_the_rest);
    tcase_add_test(log, a_lost_write_in_the_midst_of_a_log_is_said);
    tcase_add_test(log, a_bit_that_rots_in_a_flushed_frame_is_said);
    suite_add_tcase(suite, log);
    TCase *record = tcase_create("record and rig");
    tcase_add_checked_fixture(record, set_up_record, tear_down);
    tcase_add_test(record, a_record_that_is_unreadable_at_any_place_is_said);
    tcase_add_loop_test(record, a_disk_that_answers_no_read_is_no_missing_record, 0, 3);
    tcase_add_test(record, a_record_whose_barrier_fails_is_the_old_or_the_new_one);
    tcase_add_test(record, a_refused_write_leaves_the_old_record);
    tcase_add_test(record, a_program_on_the_rig_meets_the_troubles_of_its_disk);
    suite_add_tcase(suite, record);
    return suite_run(suite);
}
