/* Disks in trouble, as an instance meets them. */
#include <check.h>
#include <stdio.h>
#include <string.h>

#include "host/narrate.h"
#include "story.h"
#include "support/suite.h"

#define ALWAYS (UINT64_C(1) << 32)

enum { FLUSHED = 100 }; /* a token */

static struct small_cluster small;
static struct cluster *cluster;
static struct cs_text narration;

static void tell_end(void *self, uint64_t at_ns, uint32_t instance, enum instance_end end,
                     const char *reason)
{
    (void)self, (void)at_ns, (void)instance;
    story_tell("end %d %s", end, reason != NULL ? reason : "");
}

static void tell_fact(void *self, const struct stated_fact *fact)
{
    (void)self;
    story_tell("fact %llu durable %d", (unsigned long long)fact->a, fact->durable);
}

static void set_up(void)
{
    story_act = NULL;
    small_cluster_init(&small, &story_program, 2);
    cluster = story_begin(&small);
    cluster_observe(cluster,
                    &(struct cluster_observer){ .on_end = tell_end, .on_fact = tell_fact });
    cluster_run(cluster, 1, UINT64_MAX);
    story_told();
}

static void tear_down(void)
{
    cluster_free(cluster);
    text_done(&narration);
}

static void run_to_ms(uint64_t ms) { cluster_run(cluster, ms * 1000000 + 1, UINT64_MAX); }

static void ask(void) { cluster_request(cluster, 0, &(struct cs_op){ .kind = CS_OP_WORK }); }

static struct disk *disk(void) { return cluster_disk(cluster, 0, 0); }

static void certain(enum disk_trouble trouble) { disk_set_trouble(disk(), trouble, ALWAYS); }

static void well(enum disk_trouble trouble) { disk_set_trouble(disk(), trouble, 0); }

/* What the volume holds at `offset`. */
static char held(uint64_t offset)
{
    char byte;
    ck_assert_int_eq(disk_read(disk(), offset, &byte, 1), DISK_OK);
    return byte;
}

static void write_byte(struct cs_context *cx, uint64_t offset, char byte, cs_token token)
{
    cs_write(cx, 0, offset, cs_bytes_of(&byte, 1), token);
}

static void state(struct cs_context *cx, uint64_t number, cs_ticket rests_on)
{
    cs_fact(cx, &(struct cs_fact){ .kind = CS_FACT_VOTED, .a = number, .rests_on = rests_on });
}

/* What an operation answered: said behind the line of the completion. */
static void tell_status(const struct story_event *event)
{
    static const char *const statuses[] = { "OK",   "MEDIUM",  "DEAD",
                                            "FULL", "TIMEOUT", "OUT_OF_RANGE" };
    if (event->input == STORY_DISK)
        story_tell("%s, %zu bytes", statuses[event->status], event->bytes.size);
}

static enum cs_disk_status read_status;

static void read_at_once(const struct story_event *event)
{
    char bytes[4];
    const struct cs_span span = { .offset = 0, .data = bytes, .size = sizeof bytes };
    if (event->input != STORY_REQUEST)
        return;
    read_status = cs_read_now(event->cx, 0, &span, 1);
    state(event->cx, 1, CS_TICKET_NONE);
}

/* ---- Barriers -------------------------------------------------------------------------------- */

static void persist_then_speak(const struct story_event *event)
{
    if (event->input != STORY_REQUEST)
        return;
    cs_ticket ticket = cs_write(event->cx, 0, 0, cs_bytes_of("vote", 4), CS_SILENT);
    cs_barrier(event->cx, 0);
    state(event->cx, 1, ticket);
}

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

static void write_silently_then_flush(const struct story_event *event)
{
    tell_status(event);
    if (event->input == STORY_REQUEST) {
        write_byte(event->cx, 0, 'x', CS_SILENT);
        cs_flush(event->cx, 0, FLUSHED);
    }
}

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

static void one_of_each(const struct story_event *event)
{
    tell_status(event);
    if (event->input == STORY_REQUEST) {
        write_byte(event->cx, 0, 'x', 1);
        cs_discard(event->cx, 0, 0, 512, 2);
        cs_read(event->cx, 0, 0, 4, 3);
        cs_flush(event->cx, 0, 4);
    }
}

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

/* ---- Stalls ---------------------------------------------------------------------------------- */

START_TEST(a_stalled_disk_answers_after_the_release_in_order)
{
    story_act = one_of_each;
    cluster_stall_disk(cluster, 0, 0, true);
    ask();
    run_to_ms(7);
    ck_assert_str_eq(story_told(), "1ns a request 1\n");
    cluster_stall_disk(cluster, 0, 0, false);
    ck_assert_str_eq(story_told(), "7.000001ms a disk 1\n7.000001ms OK, 0 bytes\n"
                                   "7.000001ms a disk 2\n7.000001ms OK, 0 bytes\n"
                                   "7.000001ms a disk 3\n7.000001ms OK, 4 bytes\n"
                                   "7.000001ms a disk 4\n7.000001ms OK, 0 bytes\n");
}
END_TEST

START_TEST(what_is_not_due_at_the_release_ends_in_its_own_time)
{
    story_act = one_of_each;
    ask();
    cluster_run(cluster, 15000, UINT64_MAX);
    cluster_stall_disk(cluster, 0, 0, true);
    cluster_run(cluster, 60002, UINT64_MAX);
    cluster_stall_disk(cluster, 0, 0, false);
    run_to_ms(1);
    ck_assert_str_eq(story_told(), "1ns a request 1\n10.001us a disk 1\n10.001us OK, 0 bytes\n"
                                   "60.002us a disk 2\n60.002us OK, 0 bytes\n"
                                   "70.001us a disk 3\n70.001us OK, 4 bytes\n"
                                   "170.001us a disk 4\n170.001us OK, 0 bytes\n");
}
END_TEST

START_TEST(a_stall_ends_when_each_that_was_begun_has_ended)
{
    story_act = persist_then_speak;
    cluster_stall_disk(cluster, 0, 0, true);
    cluster_stall_disk(cluster, 0, 0, true);
    ask();
    run_to_ms(1);
    cluster_stall_disk(cluster, 0, 0, false);
    run_to_ms(2);
    ck_assert_str_eq(story_told(), "1ns a request 1\n");
    cluster_stall_disk(cluster, 0, 0, false);
    ck_assert_str_eq(story_told(), "2.000001ms fact 1 durable 1\n");
}
END_TEST

START_TEST(what_is_under_way_goes_on_at_the_new_speed)
{
    /* A flush of 100 us that has begun at 10.001 us. */
    story_act = persist_then_speak;
    ask();
    cluster_run(cluster, 60001, UINT64_MAX); /* half of it is done */
    cluster_slow_disk(cluster, 0, 0, 100 << 16);
    run_to_ms(5);
    ck_assert_str_eq(story_told(), "1ns a request 1\n");
    cluster_slow_disk(cluster, 0, 0, 1 << 16);
    run_to_ms(6);
    ck_assert_str_eq(story_told(), "5.000601ms fact 1 durable 1\n");
}
END_TEST

START_TEST(a_stall_holds_up_no_other_instance)
{
    story_act = persist_then_speak;
    cluster_stall_disk(cluster, 0, 0, true);
    cluster_request(cluster, 1, &(struct cs_op){ .kind = CS_OP_WORK });
    run_to_ms(1);
    ck_assert_str_eq(story_told(), "1ns b request 1\n110.001us fact 1 durable 1\n");
}
END_TEST

START_TEST(an_instance_boots_when_its_volume_is_no_longer_stalled)
{
    cluster_crash(cluster, 0);
    cluster_stall_disk(cluster, 0, 0, true);
    cluster_restart(cluster, 0);
    run_to_ms(5);
    ck_assert_str_eq(story_told(), "1ns end 0 \n");
    cluster_stall_disk(cluster, 0, 0, false);
    run_to_ms(6);
    ck_assert_str_eq(story_told(), "5.000001ms a start 2\n");
    cluster_crash(cluster, 0);
    cluster_stall_disk(cluster, 0, 0, true);
    cluster_stall_disk(cluster, 0, 0, false);
    run_to_ms(7); /* nobody has asked for another boot */
    ck_assert_str_eq(story_told(), "6.000001ms end 0 \n");
}
END_TEST

START_TEST(a_step_that_reads_at_once_goes_on_after_the_stall)
{
    story_act = read_at_once;
    cluster_stall_disk(cluster, 0, 0, true);
    ask();
    run_to_ms(1);
    ck_assert_int_eq(read_status, CS_DISK_OK);
    ck_assert_str_eq(story_told(), "1ns a request 1\n");
    cluster_stall_disk(cluster, 0, 0, false);
    run_to_ms(2);
    ck_assert_str_eq(story_told(), "1.050001ms fact 1 durable 0\n");
    cluster_stall_disk(cluster, 0, 0, true);
    ask();
    run_to_ms(3);
    cluster_crash(cluster, 0); /* its step is gone with it */
    cluster_stall_disk(cluster, 0, 0, false);
    run_to_ms(4);
    ck_assert_ptr_null(strstr(story_told(), "fact"));
}
END_TEST

START_TEST(a_power_loss_ends_what_a_stall_holds_up)
{
    story_act = write_silently_then_flush;
    cluster_stall_disk(cluster, 0, 0, true);
    ask();
    run_to_ms(1);
    cluster_power_loss(cluster, 0, DISK_LOSE);
    cluster_restart(cluster, 0);
    cluster_stall_disk(cluster, 0, 0, false);
    run_to_ms(2);
    ck_assert_str_eq(story_told(), "1ns a request 1\n1.000001ms end 1 \n1.000001ms a start 2\n");
    ck_assert_int_eq(held(0), 0);
}
END_TEST

START_TEST(a_flush_goes_on_for_a_process_that_crashes_in_a_stall)
{
    story_act = write_silently_then_flush;
    cluster_stall_disk(cluster, 0, 0, true);
    ask();
    run_to_ms(1);
    cluster_crash(cluster, 0);
    cluster_stall_disk(cluster, 0, 0, false);
    cluster_power_loss(cluster, 0, DISK_LOSE);
    ck_assert_int_eq(held(0), 'x');
    ck_assert_str_eq(story_told(), "1ns a request 1\n1.000001ms end 0 \n");
}
END_TEST

/* ---- Replacement ----------------------------------------------------------------------------- */

static void tell_identity(const struct story_event *event)
{
    if (event->input == STORY_REQUEST)
        *event->state = cs_volume_info(event->cx, 0).identity;
    if (event->input == STORY_REQUEST && event->number == 2)
        story_tell("identity %d", cs_volume_info(event->cx, 0).identity == disk_identity(disk()));
}

START_TEST(a_replaced_disk_is_empty_and_has_another_identity)
{
    story_act = tell_identity;
    ck_assert_int_eq(disk_write(disk(), 0, "old", 3), DISK_OK);
    uint64_t before = disk_identity(disk());
    certain(DISK_READ_FAILS);
    cluster_replace_disk(cluster, 0, 0);
    ck_assert_uint_ne(disk_identity(disk()), before);
    ck_assert_int_eq(held(0), 0);
    ask();
    ask();
    run_to_ms(1);
    ck_assert_str_eq(story_told(), "1ns a request 1\n1ns a request 2\n1ns identity 1\n");
}
END_TEST

START_TEST(what_is_under_way_on_a_replaced_disk_ends_dead)
{
    story_act = one_of_each;
    ask();
    cluster_run(cluster, 15000, UINT64_MAX);
    cluster_replace_disk(cluster, 0, 0);
    run_to_ms(1);
    ck_assert_str_eq(story_told(), "1ns a request 1\n10.001us a disk 1\n10.001us OK, 0 bytes\n"
                                   "20.001us a disk 2\n20.001us DEAD, 0 bytes\n"
                                   "70.001us a disk 3\n70.001us DEAD, 0 bytes\n"
                                   "170.001us a disk 4\n170.001us DEAD, 0 bytes\n");
}
END_TEST

static void write_now_and_flush_first(const struct story_event *event)
{
    if (event->input != STORY_REQUEST)
        return;
    if (event->number == 1)
        cs_flush(event->cx, 0, CS_SILENT);
    if (event->number == 2)
        write_byte(event->cx, 0, 'n', CS_SILENT);
}

START_TEST(a_flush_of_the_old_disk_makes_nothing_durable_on_the_new_one)
{
    story_act = write_now_and_flush_first;
    ask();
    cluster_run(cluster, 50000, UINT64_MAX);
    cluster_replace_disk(cluster, 0, 0);
    disk_fail_flushes(disk(), 1);
    ask();
    run_to_ms(1);
    ck_assert_uint_eq(disk_trouble_count(disk(), DISK_FLUSH_FAILS), 0);
    cluster_power_loss(cluster, 0, DISK_LOSE);
    ck_assert_int_eq(held(0), 0);
}
END_TEST

START_TEST(a_barrier_on_a_replaced_disk_stops_the_instance)
{
    story_act = persist_then_speak;
    ask();
    cluster_run(cluster, 50000, UINT64_MAX);
    cluster_replace_disk(cluster, 0, 0);
    run_to_ms(1);
    ck_assert_str_eq(story_told(), "1ns a request 1\n110.001us end 2 barrier failed: DEAD\n");
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

static void add_stalls(Suite *suite)
{
    TCase *tests = tcase_create("stalls and replacement");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, a_stalled_disk_answers_after_the_release_in_order);
    tcase_add_test(tests, what_is_not_due_at_the_release_ends_in_its_own_time);
    tcase_add_test(tests, a_stall_ends_when_each_that_was_begun_has_ended);
    tcase_add_test(tests, what_is_under_way_goes_on_at_the_new_speed);
    tcase_add_test(tests, a_stall_holds_up_no_other_instance);
    tcase_add_test(tests, an_instance_boots_when_its_volume_is_no_longer_stalled);
    tcase_add_test(tests, a_step_that_reads_at_once_goes_on_after_the_stall);
    tcase_add_test(tests, a_power_loss_ends_what_a_stall_holds_up);
    tcase_add_test(tests, a_flush_goes_on_for_a_process_that_crashes_in_a_stall);
    tcase_add_test(tests, a_replaced_disk_is_empty_and_has_another_identity);
    tcase_add_test(tests, what_is_under_way_on_a_replaced_disk_ends_dead);
    tcase_add_test(tests, a_flush_of_the_old_disk_makes_nothing_durable_on_the_new_one);
    tcase_add_test(tests, a_barrier_on_a_replaced_disk_stops_the_instance);
    suite_add_tcase(suite, tests);
}

int main(void)
{
    Suite *suite = suite_create("disk-faults");
    add_answers(suite);
    add_stalls(suite);
    return suite_run(suite);
}
