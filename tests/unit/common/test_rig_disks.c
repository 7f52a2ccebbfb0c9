/* The rig: disks, time and ends, as a test of a protocol may rely on them. */
#include <string.h>

#include "rig_program.h"
#include "support/suite.h"

/* ---- Disks ----------------------------------------------------------------------------------- */

static void write_and_read_now(struct cs_context *cx)
{
    char data[12] = "";
    struct cs_span spans[] = { { 100, data, 8 }, { 200, data + 8, 3 } };
    cs_write(cx, META, 98, text("..abcdefgh.."), CS_SILENT);
    cs_discard(cx, META, 102, 2, CS_SILENT);
    cs_write(cx, META, 103, text("Z"), CS_SILENT);
    cs_write(cx, 1, 100, text("another volume"), CS_SILENT);
    cs_write(cx, META, 190, text("0123456789xyz"), CS_SILENT);
    ck_assert_int_eq(cs_read_now(cx, META, spans, 2), CS_DISK_OK);
    ck_assert_mem_eq(data, "ab\0Zefghxyz", 11);
    spans[1].offset = 65534;
    ck_assert_int_eq(cs_read_now(cx, META, spans, 2), CS_DISK_OUT_OF_RANGE);
}

static void read_later(struct cs_context *cx)
{
    char data[4];
    struct cs_span span = { 200, data, 3 };
    ck_assert_int_eq(cs_read_now(cx, META, &span, 1), CS_DISK_OK);
    ck_assert_mem_eq(data, "xyz", 3);
}

START_TEST(a_read_at_once_sees_what_the_step_wrote)
{
    run(write_and_read_now);
    run(read_later);
}
END_TEST

static void use_tokens(struct cs_context *cx)
{
    ck_assert_uint_eq(cs_read(cx, META, 0, 3, 1), 0);
    ck_assert_uint_eq(cs_write(cx, META, 0, text("abc"), 2), 1);
    ck_assert_uint_eq(cs_write(cx, 1, 0, text("abc"), CS_SILENT), 1);
    ck_assert_uint_eq(cs_discard(cx, META, 0, 1, 3), 2);
    ck_assert_uint_eq(cs_flush(cx, META, 4), 2);
    ck_assert_uint_eq(cs_read(cx, META, 65536, 1, 5), 2);
}

START_TEST(completions_follow_the_step_in_its_order)
{
    run(use_tokens);
    rig_expect(rig, "read meta 0+3\n"
                    "write meta 0+3\n"
                    "write data0 0+3\n"
                    "discard meta 0+1\n"
                    "flush meta\n"
                    "read meta 65536+1\n"
                    "done read meta\n"
                    "log token 1 ticket 0 3 bytes\n"
                    "done write meta\n"
                    "log token 2 ticket 1 0 bytes\n"
                    "done discard meta\n"
                    "log token 3 ticket 2 0 bytes\n"
                    "done flush meta\n"
                    "log token 4 ticket 2 0 bytes\n"
                    "done read meta OUT_OF_RANGE\n"
                    "log token 5 ticket 2 0 bytes\n");
}
END_TEST

static void persist_then_speak(struct cs_context *cx)
{
    cs_ticket ticket = cs_write(cx, META, 0, text("vote"), CS_SILENT);
    cs_barrier(cx, META);
    cs_fact(cx, &(struct cs_fact){ .kind = CS_FACT_PROMISED, .rests_on = ticket });
    cs_set_timer(cx, 1, cs_ms(10));
}

START_TEST(what_follows_a_held_barrier_waits_for_it)
{
    cs_duration left;
    rig_hold(rig, true);
    run(persist_then_speak);
    rig_expect(rig, "write meta 0+4\nbarrier meta\n");
    ck_assert_uint_eq(rig_held(rig), 1);
    rig_advance(rig, cs_ms(5));
    rig_complete_flush(rig);
    rig_expect(rig, "fact PROMISED instance=0 ballot=0 durable\nset timer 1 in 10ms\n");
    ck_assert(rig_timer_left(rig, 1, &left));
    ck_assert_uint_eq(left.ns, 10000000);
}
END_TEST

START_TEST(a_barrier_that_fails_ends_the_incarnation)
{
    rig_hold(rig, true);
    run(persist_then_speak);
    rig_fail_flush(rig, CS_DISK_DEAD);
    rig_expect(rig, "stop barrier failed: DEAD\n");
    ck_assert(!rig_is_up(rig));
}
END_TEST

static void flush_twice(struct cs_context *cx)
{
    cs_write(cx, META, 0, text("a"), CS_SILENT);
    cs_write(cx, META, 512, text("b"), CS_SILENT);
    cs_flush(cx, META, 1);
    cs_write(cx, META, 1024, text("c"), CS_SILENT);
    cs_flush(cx, META, 2);
}

START_TEST(a_held_flush_makes_durable_what_was_before_it)
{
    char data[3];
    rig_hold(rig, true);
    run(flush_twice);
    rig_complete_flush(rig);
    rig_expect(rig, "done flush meta\nlog token 1 ticket 2 0 bytes\n");
    rig_fail_flush(rig, CS_DISK_TIMEOUT);
    rig_expect(rig, "done flush meta TIMEOUT\nlog token 2 ticket 3 0 bytes\n");
    rig_crash(rig, DISK_LOSE);
    for (size_t i = 0; i < 3; i++)
        disk_read(rig_disk(rig, META), 512 * i, &data[i], 1);
    ck_assert_mem_eq(data, "ab\0", 3);
}
END_TEST

/* ---- Time and ends --------------------------------------------------------------------------- */

static void arm(struct cs_context *cx)
{
    cs_set_timer(cx, 1, cs_ms(10));
    cs_set_timer(cx, 2, cs_ms(20));
    cs_set_timer(cx, 1, cs_ms(30));
    cs_set_timer(cx, 3, cs_ms(5));
    cs_cancel_timer(cx, 3);
}

START_TEST(a_timer_fires_once_at_its_last_deadline)
{
    cs_duration left;
    cs_instant begin = rig_now(rig);
    run(arm);
    ck_assert(!rig_timer_left(rig, 3, &left));
    rig_timer(rig, 2);
    rig_expect(rig, "log timer 2\n");
    ck_assert_uint_eq(cs_since(rig_now(rig), begin).ns, 20000000);
    ck_assert(!rig_timer_left(rig, 2, &left));
    ck_assert(rig_timer_left(rig, 1, &left));
    ck_assert_uint_eq(left.ns, 10000000);
    rig_advance(rig, cs_ms(100));
    rig_timer(rig, 1);
    ck_assert_uint_eq(cs_since(rig_now(rig), begin).ns, 120000000);
}
END_TEST

static void ask_jobs(struct cs_context *cx)
{
    cs_job(cx, cs_ms(1), 1);
    cs_job(cx, cs_ms(1), 2);
    cs_cancel_job(cx, 1);
}

START_TEST(a_job_comes_back)
{
    run(ask_jobs);
    rig_job(rig, 2);
    rig_expect(rig, "log job 2\n");
}
END_TEST

START_TEST(a_crash_ends_timers_and_held_flushes)
{
    cs_duration left;
    run(arm);
    rig_hold(rig, true);
    run(persist_then_speak);
    rig_crash(rig, DISK_KEEP);
    ck_assert_uint_eq(rig_held(rig), 0);
    rig_hold(rig, false);
    rig_restart(rig);
    rig_expect(rig, "log started again\n");
    ck_assert(!rig_timer_left(rig, 1, &left));
    run(use_tokens);
}
END_TEST

START_TEST(a_crash_between_two_effects_keeps_the_first_ones)
{
    rig_crash_after(rig, 1, DISK_KEEP);
    run(persist_then_speak);
    rig_expect(rig, "write meta 0+4\n");
    ck_assert(!rig_is_up(rig));
}
END_TEST

static void stop(struct cs_context *cx)
{
    cs_count(cx, "before", 1);
    cs_stop(cx, "enough");
    cs_count(cx, "after", 1);
}

START_TEST(a_stop_is_the_last_effect)
{
    run(stop);
    rig_expect(rig, "count before 1\nstop enough\n");
    ck_assert(!rig_is_up(rig));
}
END_TEST

START_TEST(a_message_arrives_with_its_sender)
{
    rig_message(rig, 3, 1, cs_bytes_of("hello", 6));
    rig_expect(rig, "log from 3 kind 1: hello\n");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("rig_disks");
    TCase *tests = tcase_create("rig_disks");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, a_read_at_once_sees_what_the_step_wrote);
    tcase_add_test(tests, completions_follow_the_step_in_its_order);
    tcase_add_test(tests, what_follows_a_held_barrier_waits_for_it);
    tcase_add_test(tests, a_barrier_that_fails_ends_the_incarnation);
    tcase_add_test(tests, a_held_flush_makes_durable_what_was_before_it);
    tcase_add_test(tests, a_timer_fires_once_at_its_last_deadline);
    tcase_add_test(tests, a_job_comes_back);
    tcase_add_test(tests, a_crash_ends_timers_and_held_flushes);
    tcase_add_test(tests, a_crash_between_two_effects_keeps_the_first_ones);
    tcase_add_test(tests, a_stop_is_the_last_effect);
    tcase_add_test(tests, a_message_arrives_with_its_sender);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
