/* Disks that fail, as an instance meets them: barriers, answers, facts. */
#include <check.h>
#include <stdio.h>
#include <string.h>

#include "host/narrate.h"
#include "support/suite.h"
#include "trouble.h"

/* ---- Barriers -------------------------------------------------------------------------------- */

START_TEST(a_failed_barrier_stops_the_instance)
{
    story_act = persist_then_speak;
    disk_fail_flushes(disk(), 1);
    ask();
    ask();
    run_to_ms(10);
    ck_assert_str_eq(story_told(), "1ns a request 1\n"
                                   "110.001us end 2 barrier failed: MEDIUM\n");
    ck_assert(!cluster_view(cluster, 0).up);
    ck_assert_uint_eq(cluster_counters(cluster, 0)->barriers_failed, 1);
    ck_assert_uint_eq(cluster_counters(cluster, 0)->disk_errors, 1);
    cluster_restart(cluster, 0);
    ask();
    run_to_ms(20);
    ck_assert_str_eq(story_told(), "10.000001ms a start 2\n");
    ask();
    run_to_ms(30);
    ck_assert_str_eq(story_told(), "20.000001ms a request 4\n20.110001ms fact 1 durable 1\n");
}
END_TEST

START_TEST(a_failed_barrier_says_nothing_of_the_next_incarnation)
{
    story_act = persist_then_speak;
    disk_fail_flushes(disk(), 1);
    ask();
    run_to_ms(10);
    cluster_restart(cluster, 0);
    run_to_ms(20);
    story_told();
    story_act = read_at_once; /* which takes time */
    ask();
    run_to_ms(30);
    ck_assert_str_eq(story_told(), "20.000001ms a request 2\n20.050001ms fact 1 durable 0\n");
}
END_TEST

START_TEST(the_reason_names_how_a_barrier_failed)
{
    static const struct {
        enum disk_trouble trouble;
        const char *reason;
    } cases[] = {
        { DISK_FLUSH_FAILS, "end 2 barrier failed: MEDIUM\n" },
        { DISK_IS_DEAD, "end 2 barrier failed: DEAD\n" },
        { DISK_TIMES_OUT, "end 2 barrier failed: TIMEOUT\n" },
        { DISK_IS_FULL, "end 2 barrier failed: FULL\n" },
    };
    story_act = persist_then_speak;
    certain(cases[_i].trouble);
    ask();
    run_to_ms(10);
    ck_assert_ptr_nonnull(strstr(story_told(), cases[_i].reason));
}
END_TEST

START_TEST(a_paused_instance_is_stopped_by_its_barrier_when_it_goes_on)
{
    story_act = persist_then_speak;
    disk_fail_flushes(disk(), 1);
    ask();
    cluster_run(cluster, 50000, UINT64_MAX);
    cluster_pause(cluster, 0);
    run_to_ms(5);
    ck_assert(cluster_view(cluster, 0).up);
    cluster_resume(cluster, 0);
    ck_assert_str_eq(story_told(), "1ns a request 1\n5.000001ms end 2 barrier failed: MEDIUM\n");
}
END_TEST

START_TEST(the_narration_tells_why_an_instance_was_stopped)
{
    story_act = persist_then_speak;
    cluster_narrate(cluster, &narration, NULL);
    disk_fail_flushes(disk(), 1);
    ask();
    run_to_ms(10);
    ck_assert_str_eq(text_string(&narration), "     0.000ms  a  request 1: WORK\n"
                                              "     0.000ms  a    write disk 0+4\n"
                                              "     0.000ms  a    barrier disk\n"
                                              "     0.110ms  a    stop barrier failed: MEDIUM\n");
}
END_TEST

/* ---- Answers --------------------------------------------------------------------------------- */

START_TEST(a_write_error_surfaces_at_the_next_flush)
{
    story_act = write_silently_then_flush;
    certain(DISK_WRITE_FAILS);
    ask();
    run_to_ms(1);
    well(DISK_WRITE_FAILS);
    ask();
    run_to_ms(2);
    ck_assert_str_eq(story_told(), "1ns a request 1\n"
                                   "110.001us a disk 100\n110.001us MEDIUM, 0 bytes\n"
                                   "1.000001ms a request 2\n"
                                   "1.110001ms a disk 100\n1.110001ms OK, 0 bytes\n");
    ck_assert_uint_eq(cluster_counters(cluster, 0)->disk_errors, 1);
}
END_TEST

START_TEST(each_operation_answers_what_the_device_says)
{
    static const struct {
        enum disk_trouble trouble;
        const char *write, *discard, *read, *flush;
    } cases[] = {
        { DISK_LIES, "OK, 0", "OK, 0", "OK, 4", "OK, 0" },
        { DISK_WRITE_FAILS, "MEDIUM, 0", "MEDIUM, 0", "OK, 4", "MEDIUM, 0" },
        { DISK_READ_FAILS, "OK, 0", "OK, 0", "MEDIUM, 0", "OK, 0" },
        { DISK_IS_FULL, "FULL, 0", "OK, 0", "OK, 4", "FULL, 0" },
        { DISK_TIMES_OUT, "TIMEOUT, 0", "TIMEOUT, 0", "TIMEOUT, 0", "TIMEOUT, 0" },
        { DISK_IS_DEAD, "DEAD, 0", "DEAD, 0", "DEAD, 0", "DEAD, 0" },
    };
    char expected[300];
    story_act = one_of_each;
    certain(cases[_i].trouble);
    ask();
    run_to_ms(1);
    snprintf(expected, sizeof expected,
             "1ns a request 1\n"
             "10.001us a disk 1\n10.001us %s bytes\n20.001us a disk 2\n20.001us %s bytes\n"
             "70.001us a disk 3\n70.001us %s bytes\n170.001us a disk 4\n170.001us %s bytes\n",
             cases[_i].write, cases[_i].discard, cases[_i].read, cases[_i].flush);
    ck_assert_str_eq(story_told(), expected);
}
END_TEST

START_TEST(what_is_under_way_when_the_device_dies_ends_dead)
{
    story_act = one_of_each;
    ask();
    cluster_run(cluster, 15000, UINT64_MAX); /* the write is done, the others are not */
    certain(DISK_IS_DEAD);
    run_to_ms(1);
    ck_assert_str_eq(story_told(), "1ns a request 1\n"
                                   "10.001us a disk 1\n10.001us OK, 0 bytes\n"
                                   "20.001us a disk 2\n20.001us DEAD, 0 bytes\n"
                                   "70.001us a disk 3\n70.001us DEAD, 0 bytes\n"
                                   "170.001us a disk 4\n170.001us DEAD, 0 bytes\n");
    ck_assert_uint_eq(cluster_counters(cluster, 0)->disk_errors, 3);
}
END_TEST

START_TEST(a_read_at_once_returns_what_the_device_says)
{
    static const struct {
        enum disk_trouble trouble;
        enum cs_disk_status status;
    } cases[] = {
        { DISK_READ_FAILS, CS_DISK_MEDIUM },
        { DISK_TIMES_OUT, CS_DISK_TIMEOUT },
        { DISK_IS_DEAD, CS_DISK_DEAD },
        { DISK_WRITE_FAILS, CS_DISK_OK },
    };
    story_act = read_at_once;
    certain(cases[_i].trouble);
    ask();
    run_to_ms(1);
    ck_assert_int_eq(read_status, cases[_i].status);
}
END_TEST

/* ---- Facts ----------------------------------------------------------------------------------- */

static void rest_on_what_failed(const struct story_event *event)
{
    if (event->input == STORY_REQUEST) {
        *event->state = cs_write(event->cx, 0, 0, cs_bytes_of("a", 1), CS_SILENT);
        cs_flush(event->cx, 0, FLUSHED);
    } else if (event->input == STORY_DISK && event->number == FLUSHED) {
        state(event->cx, 1, *event->state);
        cs_flush(event->cx, 0, FLUSHED + 1);
    } else if (event->input == STORY_DISK) {
        state(event->cx, 2, *event->state);
        state(event->cx, 3, cs_write(event->cx, 0, 0, cs_bytes_of("a", 1), CS_SILENT));
        cs_barrier(event->cx, 0);
        state(event->cx, 4, *event->state + 1);
    }
}

START_TEST(what_a_failed_flush_covered_is_nothing_to_rest_on_even_after_one_that_succeeds)
{
    story_act = rest_on_what_failed;
    disk_fail_flushes(disk(), 1);
    ask();
    run_to_ms(1);
    ck_assert_str_eq(story_told(), "1ns a request 1\n110.001us a disk 100\n"
                                   "110.001us fact 1 durable 0\n"
                                   "210.001us a disk 101\n"
                                   "210.001us fact 2 durable 0\n210.001us fact 3 durable 0\n"
                                   "320.001us fact 4 durable 1\n");
}
END_TEST

START_TEST(a_lying_flush_is_told_durable_and_lost_at_a_power_loss)
{
    story_act = persist_then_speak;
    certain(DISK_LIES);
    ask();
    run_to_ms(1);
    ck_assert_str_eq(story_told(), "1ns a request 1\n110.001us fact 1 durable 1\n");
    ck_assert_int_eq(held(0), 'v');
    cluster_power_loss(cluster, 0, DISK_LOSE);
    ck_assert_int_eq(held(0), 0);
}
END_TEST

/* ---- The same again -------------------------------------------------------------------------- */

static uint64_t digest_of(enum disk_trouble trouble)
{
    tear_down();
    set_up();
    story_act = one_of_each;
    certain(trouble);
    ask();
    run_to_ms(1);
    story_told();
    return cluster_digest(cluster);
}

START_TEST(the_digest_tells_how_operations_ended)
{
    uint64_t dead = digest_of(DISK_IS_DEAD);
    uint64_t late = digest_of(DISK_TIMES_OUT);
    ck_assert_uint_ne(dead, late);
    ck_assert_uint_ne(dead, digest_of(DISK_LIES));
    ck_assert_uint_eq(dead, digest_of(DISK_IS_DEAD));
}
END_TEST

static void add_answers(Suite *suite)
{
    TCase *tests = tcase_create("barriers and answers");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, a_failed_barrier_stops_the_instance);
    tcase_add_test(tests, a_failed_barrier_says_nothing_of_the_next_incarnation);
    tcase_add_loop_test(tests, the_reason_names_how_a_barrier_failed, 0, 4);
    tcase_add_test(tests, a_paused_instance_is_stopped_by_its_barrier_when_it_goes_on);
    tcase_add_test(tests, the_narration_tells_why_an_instance_was_stopped);
    tcase_add_test(tests, a_write_error_surfaces_at_the_next_flush);
    tcase_add_loop_test(tests, each_operation_answers_what_the_device_says, 0, 6);
    tcase_add_test(tests, what_is_under_way_when_the_device_dies_ends_dead);
    tcase_add_loop_test(tests, a_read_at_once_returns_what_the_device_says, 0, 4);
    tcase_add_test(tests,
                   what_a_failed_flush_covered_is_nothing_to_rest_on_even_after_one_that_succeeds);
    tcase_add_test(tests, a_lying_flush_is_told_durable_and_lost_at_a_power_loss);
    tcase_add_test(tests, the_digest_tells_how_operations_ended);
    suite_add_tcase(suite, tests);
}

int main(void)
{
    Suite *suite = suite_create("disk-faults");
    add_answers(suite);
    return suite_run(suite);
}
