/* A volume that takes two operations at a time.  Writes take 10 us, flushes 100 us. */
#include <check.h>
#include <string.h>

#include "story.h"
#include "support/suite.h"

static struct small_cluster small;
static struct cluster *cluster;

static void tell_end(void *self, uint64_t at_ns, uint32_t instance, enum instance_end end,
                     const char *reason)
{
    (void)self, (void)at_ns, (void)instance;
    story_tell("end %d %s", end, reason != NULL ? reason : "");
}

static void tell_fact(void *self, const struct stated_fact *fact)
{
    (void)self;
    story_tell("fact %llu", (unsigned long long)fact->a);
}

static void set_up(void)
{
    story_act = NULL;
    small_cluster_init(&small, &story_program, 1);
    small.instances[0].disk.queue_limit = 2;
}

static void tear_down(void) { cluster_free(cluster); }

static void begin(void (*act)(const struct story_event *event))
{
    cluster = story_begin(&small);
    cluster_observe(cluster,
                    &(struct cluster_observer){ .on_end = tell_end, .on_fact = tell_fact });
    cluster_run(cluster, 1, UINT64_MAX);
    story_told();
    story_act = act;
}

static void begin_with_failures(void (*act)(const struct story_event *event))
{
    small.instances[0].disk.queue_fails = true;
    begin(act);
}

static void run_to_us(uint64_t us) { cluster_run(cluster, us * 1000 + 1, UINT64_MAX); }
static void ask(void) { cluster_request(cluster, 0, &(struct cs_op){ .kind = CS_OP_WORK }); }
static struct disk *disk(void) { return cluster_disk(cluster, 0, 0); }

static char held(uint64_t offset)
{
    char byte;
    ck_assert_int_eq(disk_read(disk(), offset, &byte, 1), DISK_OK);
    return byte;
}

static void write_x(struct cs_context *cx, uint64_t offset, cs_token token)
{
    cs_write(cx, 0, offset, cs_bytes_of("x", 1), token);
}

static void state(struct cs_context *cx, uint64_t number)
{
    cs_fact(cx, &(struct cs_fact){ .kind = CS_FACT_VOTED, .a = number });
}

static void tell_status(const struct story_event *event)
{
    if (event->input == STORY_DISK && event->status != CS_DISK_OK)
        story_tell("status %d", event->status);
}

static void four_writes(const struct story_event *event)
{
    tell_status(event);
    if (event->input != STORY_REQUEST || event->number != 1)
        return;
    for (cs_token token = 1; token <= 4; token++)
        write_x(event->cx, 512 * token, token);
    state(event->cx, event->number);
}

/* ---- Waiting --------------------------------------------------------------------------------- */

START_TEST(a_full_queue_holds_up_the_step_and_the_inputs_behind_it)
{
    begin(four_writes);
    ask();
    ask();
    run_to_us(1000);
    ck_assert_str_eq(story_told(), "1ns a request 1\n"
                                   "20.001us fact 1\n"
                                   "20.001us a request 2\n"
                                   "20.001us a disk 1\n"
                                   "20.001us a disk 2\n"
                                   "30.001us a disk 3\n"
                                   "40.001us a disk 4\n");
    ck_assert_uint_eq(cluster_counters(cluster, 0)->disk_waits, 2);
    ck_assert_uint_eq(cluster_counters(cluster, 0)->disk_turned_away, 0);
    for (uint64_t i = 1; i <= 4; i++)
        ck_assert_int_eq(held(512 * i), 'x');
}
END_TEST

static void three_silent_writes(const struct story_event *event)
{
    if (event->input != STORY_REQUEST)
        return;
    write_x(event->cx, 0, CS_SILENT);
    write_x(event->cx, 0, CS_SILENT);
    write_x(event->cx, 0, CS_SILENT);
    state(event->cx, 1);
}

START_TEST(writes_that_nobody_waits_for_take_places_too)
{
    begin(three_silent_writes);
    ask();
    run_to_us(1000);
    ck_assert_str_eq(story_told(), "1ns a request 1\n10.001us fact 1\n");
}
END_TEST

START_TEST(a_queue_without_a_limit_holds_up_nothing)
{
    small.instances[0].disk.queue_limit = 0;
    begin(three_silent_writes);
    ask();
    run_to_us(1000);
    ck_assert_str_eq(story_told(), "1ns a request 1\n1ns fact 1\n");
}
END_TEST

static void read_and_flush(const struct story_event *event)
{
    if (event->input != STORY_REQUEST)
        return;
    cs_flush(event->cx, 0, 1);
    cs_read(event->cx, 0, 0, 1, 2);
    cs_barrier(event->cx, 0);
    state(event->cx, 1);
}

START_TEST(reads_flushes_and_barriers_take_places)
{
    begin(read_and_flush);
    ask();
    run_to_us(1000);
    /* The barrier comes when the first flush has ended, and is served after the read, 50 us. */
    ck_assert_str_eq(story_told(), "1ns a request 1\n"
                                   "250.001us fact 1\n"
                                   "250.001us a disk 1\n"
                                   "250.001us a disk 2\n");
}
END_TEST

START_TEST(a_stall_keeps_the_places_taken)
{
    begin(four_writes);
    cluster_stall_disk(cluster, 0, 0, true);
    ask();
    run_to_us(500);
    ck_assert_str_eq(story_told(), "1ns a request 1\n");
    ck_assert(cluster_view(cluster, 0).waits_for_disk);
    cluster_stall_disk(cluster, 0, 0, false);
    ck_assert_str_eq(story_told(), "500.001us fact 1\n500.001us a disk 1\n500.001us a disk 2\n");
}
END_TEST

START_TEST(a_new_device_has_all_its_places_free)
{
    begin(four_writes);
    ask();
    run_to_us(1);
    cluster_replace_disk(cluster, 0, 0);
    ck_assert_str_eq(story_told(), "1ns a request 1\n1.001us fact 1\n");
    run_to_us(1000);
    /* What was under way at the old one ends when it would have: 2 is CS_DISK_DEAD. */
    ck_assert_str_eq(story_told(), "10.001us a disk 1\n10.001us status 2\n"
                                   "11.001us a disk 3\n"
                                   "20.001us a disk 2\n20.001us status 2\n"
                                   "21.001us a disk 4\n");
}
END_TEST

static void two_silent_writes(const struct story_event *event)
{
    if (event->input != STORY_REQUEST)
        return;
    write_x(event->cx, 0, CS_SILENT);
    write_x(event->cx, 0, CS_SILENT);
    state(event->cx, 1);
}

START_TEST(operations_of_a_crashed_process_keep_their_places)
{
    begin(four_writes);
    ask();
    run_to_us(1);
    cluster_crash(cluster, 0);
    cluster_restart(cluster, 0);
    run_to_us(2);
    story_told();
    story_act = two_silent_writes;
    ask();
    run_to_us(1000);
    ck_assert_str_eq(story_told(), "2.001us a request 2\n20.001us fact 1\n");
    ck_assert_int_eq(held(512 * 2), 'x');
    ck_assert_int_eq(held(512 * 3), 0); /* waited, and never came */
}
END_TEST

START_TEST(a_power_loss_frees_the_places)
{
    begin(four_writes);
    ask();
    run_to_us(1);
    cluster_power_loss(cluster, 0, DISK_LOSE);
    cluster_restart(cluster, 0);
    run_to_us(2);
    story_told();
    story_act = two_silent_writes;
    ask();
    run_to_us(1000);
    ck_assert_str_eq(story_told(), "2.001us a request 2\n2.001us fact 1\n");
}
END_TEST

START_TEST(a_pause_goes_on_when_there_is_room)
{
    begin(four_writes);
    ask();
    run_to_us(1);
    cluster_pause(cluster, 0);
    run_to_us(500);
    ck_assert_str_eq(story_told(), "1ns a request 1\n");
    cluster_resume(cluster, 0);
    ck_assert_str_eq(story_told(), "500.001us fact 1\n500.001us a disk 1\n500.001us a disk 2\n");
}
END_TEST

/* ---- Failing --------------------------------------------------------------------------------- */

START_TEST(what_finds_no_place_fails_at_once_and_the_next_flush_tells)
{
    begin_with_failures(four_writes);
    ask();
    run_to_us(30);
    /* 4 is CS_DISK_TIMEOUT. */
    ck_assert_str_eq(story_told(), "1ns a request 1\n"
                                   "1ns fact 1\n"
                                   "1ns a disk 3\n1ns status 4\n"
                                   "1ns a disk 4\n1ns status 4\n"
                                   "10.001us a disk 1\n"
                                   "20.001us a disk 2\n");
    ck_assert_uint_eq(cluster_counters(cluster, 0)->disk_turned_away, 2);
    ck_assert_uint_eq(cluster_counters(cluster, 0)->disk_errors, 2);
    ck_assert_uint_eq(cluster_counters(cluster, 0)->disk_bytes_written, 2);
    ck_assert_int_eq(held(512 * 2), 'x');
    ck_assert_int_eq(held(512 * 3), 0);
    ck_assert_int_eq(disk_flush(disk(), 4), DISK_TIMEOUT);
    ck_assert(!disk_is_durable(disk(), 3));
}
END_TEST

static void flush_behind(const struct story_event *event)
{
    tell_status(event);
    if (event->input != STORY_REQUEST)
        return;
    write_x(event->cx, 0, CS_SILENT);
    write_x(event->cx, 512, CS_SILENT);
    cs_flush(event->cx, 0, 1);
}

START_TEST(a_flush_that_finds_no_place_does_nothing)
{
    begin_with_failures(flush_behind);
    ask();
    run_to_us(1000);
    ck_assert_str_eq(story_told(), "1ns a request 1\n1ns a disk 1\n1ns status 4\n");
    ck_assert(!disk_is_durable(disk(), 2));
    ck_assert_int_eq(disk_flush(disk(), 2), DISK_OK);
    ck_assert(disk_is_durable(disk(), 2));
}
END_TEST

static void barrier_behind(const struct story_event *event)
{
    if (event->input != STORY_REQUEST)
        return;
    write_x(event->cx, 0, CS_SILENT);
    write_x(event->cx, 512, CS_SILENT);
    cs_barrier(event->cx, 0);
    state(event->cx, 1);
}

START_TEST(a_barrier_that_finds_no_place_stops_the_instance)
{
    begin_with_failures(barrier_behind);
    ask();
    run_to_us(1000);
    ck_assert_str_eq(story_told(), "1ns a request 1\n1ns end 2 barrier failed: TIMEOUT\n");
}
END_TEST

START_TEST(a_stall_does_not_hold_up_the_refusal)
{
    begin_with_failures(four_writes);
    cluster_stall_disk(cluster, 0, 0, true);
    ask();
    run_to_us(500);
    ck_assert_str_eq(story_told(), "1ns a request 1\n1ns fact 1\n"
                                   "1ns a disk 3\n1ns status 4\n1ns a disk 4\n1ns status 4\n");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("volume_queue");
    TCase *tests = tcase_create("volume_queue");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, a_full_queue_holds_up_the_step_and_the_inputs_behind_it);
    tcase_add_test(tests, writes_that_nobody_waits_for_take_places_too);
    tcase_add_test(tests, a_queue_without_a_limit_holds_up_nothing);
    tcase_add_test(tests, reads_flushes_and_barriers_take_places);
    tcase_add_test(tests, a_stall_keeps_the_places_taken);
    tcase_add_test(tests, a_new_device_has_all_its_places_free);
    tcase_add_test(tests, operations_of_a_crashed_process_keep_their_places);
    tcase_add_test(tests, a_power_loss_frees_the_places);
    tcase_add_test(tests, a_pause_goes_on_when_there_is_room);
    tcase_add_test(tests, what_finds_no_place_fails_at_once_and_the_next_flush_tells);
    tcase_add_test(tests, a_flush_that_finds_no_place_does_nothing);
    tcase_add_test(tests, a_barrier_that_finds_no_place_stops_the_instance);
    tcase_add_test(tests, a_stall_does_not_hold_up_the_refusal);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
