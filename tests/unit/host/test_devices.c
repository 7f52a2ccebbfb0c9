/* Timers, disks, facts and names: what an instance has beside its messages. */
#include <check.h>
#include <string.h>

#include "pair.h"
#include "support/suite.h"

/* ---- Timers ---------------------------------------------------------------------------------- */

static void rearm(const struct story_event *event)
{
    if (event->input != STORY_REQUEST)
        return;
    switch (event->number) {
    case 1:
        cs_set_timer(event->cx, 1, cs_ms(5));
        cs_set_timer(event->cx, 2, cs_ms(5));
        cs_set_timer(event->cx, 3, cs_ms(5));
        break;
    case 2: /* at 2 ms */
        cs_set_timer(event->cx, 1, cs_ms(10));
        cs_set_timer(event->cx, 2, cs_ms(1));
        cs_cancel_timer(event->cx, 3);
        break;
    }
}

START_TEST(a_timer_fires_once_at_its_last_deadline)
{
    story_act = rearm;
    begin();
    ask(0);
    run_to_ms(2);
    ask(0);
    run_to_ms(40);
    ck_assert_str_eq(story_told(), "1ns a request 1\n2.000001ms a request 2\n"
                                   "3.000001ms a timer 2\n12.000001ms a timer 1\n");
}
END_TEST

static void cancel_what_has_expired(const struct story_event *event)
{
    if (event->input != STORY_REQUEST)
        return;
    if (event->number == 1) {
        cs_set_timer(event->cx, 1, cs_ms(1));
        cs_set_timer(event->cx, 2, cs_ms(1));
        cs_set_timer(event->cx, 3, cs_ms(1));
    } else if (event->number == 2) {
        cs_charge(event->cx, 0, 5); /* busy while the timers expire */
        cs_cancel_timer(event->cx, 1);
        cs_set_timer(event->cx, 2, cs_ms(3));
    }
}

START_TEST(a_timer_that_was_cancelled_or_rearmed_is_not_delivered_even_if_it_had_expired)
{
    small.instances[0].unit_costs_ns = (const uint64_t[]){ 1000000 };
    story_act = cancel_what_has_expired;
    begin();
    ask(0);
    ask(0);
    run_to_ms(40);
    ck_assert_str_eq(story_told(), "1ns a request 1\n1ns a request 2\n"
                                   "5.000001ms a timer 3\n8.000001ms a timer 2\n");
}
END_TEST

static void many_timers(const struct story_event *event)
{
    if (event->input == STORY_REQUEST) {
        for (cs_token token = 0; token < 1000; token++)
            cs_set_timer(event->cx, token * 0x100000001u, cs_us(1 + token % 10));
    }
    if (event->input == STORY_TIMER)
        *event->state += 1;
    if (event->input == STORY_TIMER && *event->state == 1) {
        for (cs_token token = 500; token < 1000; token++)
            cs_cancel_timer(event->cx, token * 0x100000001u);
    }
}

START_TEST(there_may_be_a_thousand_timers)
{
    story_act = many_timers;
    begin();
    ask(0);
    run_to_ms(40);
    /* The first to fire cancels 500, itself not among them. */
    ck_assert_uint_eq(cluster_counters(cluster, 0)->timers_fired, 500);
    ask(0);
    run_to_ms(80);
    ck_assert_uint_eq(cluster_counters(cluster, 0)->timers_fired, 1500);
}
END_TEST

START_TEST(timers_count_by_the_machines_own_clock)
{
    small.machines[0].clock.drift_ppb = 50000000; /* runs 5 % fast */
    story_act = rearm;
    begin();
    ask(0);
    run_to_ms(40);
    /* 5 ms of this clock pass in 5 / 1.05 ms. */
    const char *told = story_told();
    ck_assert_ptr_nonnull(strstr(told, "4.7619"));
    ck_assert_ptr_null(strstr(told, "5ms"));
}
END_TEST

static void ten_ms(const struct story_event *event)
{
    if (event->input == STORY_REQUEST)
        cs_set_timer(event->cx, 1, cs_ms(10));
}

START_TEST(an_armed_timer_follows_its_clock_when_the_rate_changes)
{
    static const struct {
        int32_t drift_ppb;
        const char *fires; /* what is left, 6 ms, takes 6 / 1.05 or 6 / 0.95 ms */
    } cases[] = { { 50000000, "9.7142" }, { -50000000, "10.3157" } };
    story_act = ten_ms;
    begin();
    ask(0);
    run_to_ms(4);
    story_told();
    cluster_clock_drift(cluster, 0, cases[_i].drift_ppb);
    run_to_ms(40);
    ck_assert_int_eq(strncmp(story_told(), cases[_i].fires, strlen(cases[_i].fires)), 0);
    ck_assert_uint_eq(cluster_counters(cluster, 0)->timers_fired, 1);
}
END_TEST

static void beyond_all_time(const struct story_event *event)
{
    if (event->input != STORY_REQUEST)
        return;
    cs_set_timer(event->cx, 1, cs_ns(UINT64_MAX));
    cs_job(event->cx, cs_ns(UINT64_MAX), 2);
    cs_set_timer(event->cx, 3, cs_ms(1));
}

START_TEST(what_would_come_after_all_time_never_comes)
{
    story_act = beyond_all_time;
    begin();
    cluster_slow_cpu(cluster, 0, 65535u << 16);
    ask(0);
    run_to_ms(1000);
    ck_assert_str_eq(story_told(), "1ns a request 1\n1.000001ms a timer 3\n");
}
END_TEST

/* ---- Disks ----------------------------------------------------------------------------------- */

static char read_back[16];

static void write_flush_read(const struct story_event *event)
{
    if (event->input == STORY_REQUEST) {
        cs_ticket first = cs_write(event->cx, 0, 100, cs_bytes_of("hello", 5), 1);
        cs_ticket second = cs_write(event->cx, 0, 105, cs_bytes_of(", you", 5), 2);
        ck_assert_uint_eq(first, 1);
        ck_assert_uint_eq(second, 2);
        ck_assert_uint_eq(cs_flush(event->cx, 0, 3), 2);
        cs_read(event->cx, 0, 100, 10, 4);
    }
    if (event->input == STORY_DISK && event->number == 4)
        memcpy(read_back, event->bytes.data, event->bytes.size);
}

START_TEST(disk_operations_answer_in_the_time_they_take)
{
    story_act = write_flush_read;
    begin();
    ask(0);
    run_to_ms(40);
    ck_assert_str_eq(story_told(), "1ns a request 1\n10.001us a disk 1\n20.001us a disk 2\n"
                                   "120.001us a disk 3\n170.001us a disk 4\n");
    ck_assert_mem_eq(read_back, "hello, you", 10);
}
END_TEST

static enum cs_disk_status status_seen;

static void read_out_of_range(const struct story_event *event)
{
    if (event->input == STORY_REQUEST)
        cs_read(event->cx, 0, 1 << 20, 1, 4);
    if (event->input == STORY_DISK)
        status_seen = event->status;
}

START_TEST(what_lies_outside_a_volume_is_out_of_range)
{
    story_act = read_out_of_range;
    begin();
    ask(0);
    run_to_ms(40);
    ck_assert_int_eq(status_seen, CS_DISK_OUT_OF_RANGE);
}
END_TEST

static void write_and_look(const struct story_event *event)
{
    if (event->input == STORY_REQUEST)
        cs_write(event->cx, 0, 0, cs_bytes_of("written", 7), CS_SILENT);
    if (event->input == STORY_START && event->number == CS_START_RESTART) {
        const struct cs_span span = { .offset = 0, .data = read_back, .size = 7 };
        ck_assert_int_eq(cs_read_now(event->cx, 0, &span, 1), CS_DISK_OK);
    }
}

START_TEST(a_process_crash_keeps_what_was_written_and_a_power_loss_may_not)
{
    story_act = write_and_look;
    begin();
    ask(0);
    run_to_ms(1);
    cluster_crash(cluster, 0);
    cluster_restart(cluster, 0);
    run_to_ms(2);
    ck_assert_mem_eq(read_back, "written", 7);
    cluster_power_loss(cluster, 0, DISK_LOSE);
    cluster_restart(cluster, 0);
    run_to_ms(3);
    ck_assert_mem_eq(read_back, "\0\0\0\0\0\0\0", 7);
}
END_TEST

/* ---- Facts ----------------------------------------------------------------------------------- */

static void speak_too_early_and_in_time(const struct story_event *event)
{
    struct cs_fact fact = { .kind = CS_FACT_VOTED, .a = event->number };
    if (event->input == STORY_REQUEST) {
        fact.rests_on = cs_write(event->cx, 0, 0, cs_bytes_of("vote", 4), CS_SILENT);
        if (event->number == 2)
            cs_barrier(event->cx, 0);
        if (event->number == 3)
            fact.rests_on = CS_TICKET_NONE;
        if (event->number == 4)
            fact.rests_on += 1; /* no such write */
        cs_fact(event->cx, &fact);
    }
}

static void tell_fact(void *self, const struct stated_fact *fact)
{
    (void)self;
    story_tell("fact %llu rests %d durable %d", (unsigned long long)fact->a, fact->rests,
               fact->durable);
}

START_TEST(a_fact_is_durable_if_the_write_it_rests_on_was_flushed_before_its_release)
{
    story_act = speak_too_early_and_in_time;
    begin();
    cluster_observe(cluster, &(struct cluster_observer){ .on_fact = tell_fact });
    for (int i = 0; i < 4; i++)
        ask(0);
    run_to_ms(40);
    ck_assert_str_eq(story_told(), "1ns a request 1\n1ns fact 1 rests 1 durable 0\n"
                                   "1ns a request 2\n120.001us fact 2 rests 1 durable 1\n"
                                   "120.001us a request 3\n120.001us fact 3 rests 0 durable 0\n"
                                   "120.001us a request 4\n120.001us fact 4 rests 1 durable 0\n");
}
END_TEST

static void rest_on_a_refused_write(const struct story_event *event)
{
    struct cs_fact fact = { .kind = CS_FACT_VOTED };
    if (event->input == STORY_REQUEST) {
        *event->state = cs_write(event->cx, 0, 1 << 20, cs_bytes_of("vote", 4), CS_SILENT);
        cs_flush(event->cx, 0, 1);
    }
    if (event->input == STORY_DISK) {
        ck_assert_int_eq(event->status, CS_DISK_OUT_OF_RANGE);
        fact.a = 1;
        fact.rests_on = *event->state;
        cs_fact(event->cx, &fact);
        fact.a = 2;
        fact.rests_on = cs_write(event->cx, 0, 0, cs_bytes_of("vote", 4), CS_SILENT);
        cs_barrier(event->cx, 0);
        cs_fact(event->cx, &fact);
    }
}

START_TEST(a_write_that_was_refused_is_nothing_to_rest_on)
{
    story_act = rest_on_a_refused_write;
    begin();
    cluster_observe(cluster, &(struct cluster_observer){ .on_fact = tell_fact });
    ask(0);
    run_to_ms(40);
    const char *told = story_told();
    ck_assert_ptr_nonnull(strstr(told, "fact 1 rests 1 durable 0\n"));
    ck_assert_ptr_nonnull(strstr(told, "fact 2 rests 1 durable 1\n"));
}
END_TEST

/* ---- Groups and builds ----------------------------------------------------------------------- */

static void send_to_the_others(const struct story_event *event)
{
    if (event->input != STORY_REQUEST)
        return;
    struct cs_group others = cs_group(event->cx, "others");
    struct cs_group self = cs_group(event->cx, "self");
    ck_assert_uint_eq(self.count, 1);
    ck_assert_uint_eq(self.nodes[0], cs_self(event->cx));
    const struct cs_bytes parts[] = { { "ab", 2 }, { "c", 1 } };
    cs_send_many(event->cx, others.nodes, others.count, 8, parts, 2);
}

START_TEST(a_group_is_reached_by_the_name_that_was_bound_and_builds_may_differ)
{
    small_cluster_init(&small, &story_program, 3);
    small.instances[2].program = &story_program_2;
    small.groups[0].member_count = 1;
    small.groups[0].uses = &(const struct group_use){ .name = "others", .group = 1 };
    small.groups[0].use_count = 1;
    small.groups[1] = (struct group_options){ .name = "others",
                                              .members = (const uint32_t[]){ 1, 2 },
                                              .member_count = 2 };
    small.options.group_count = 2;
    small.instances[1].group = small.instances[2].group = 1;
    story_act = send_to_the_others;
    begin();
    ask(0);
    run_to_ms(5);
    ck_assert_str_eq(story_told(), "1ns a request 1\n1.000001ms b message 8 from a\n"
                                   "1.000001ms v2 c message 8 from a\n");
    ck_assert_uint_eq(cluster_counters(cluster, 0)->bytes_sent, 6);
}
END_TEST

int main(void)
{
    TCase *devices = tcase_create("devices");
    tcase_add_checked_fixture(devices, set_up, tear_down);
    tcase_add_test(devices, a_timer_fires_once_at_its_last_deadline);
    tcase_add_test(devices,
                   a_timer_that_was_cancelled_or_rearmed_is_not_delivered_even_if_it_had_expired);
    tcase_add_test(devices, there_may_be_a_thousand_timers);
    tcase_add_test(devices, timers_count_by_the_machines_own_clock);
    tcase_add_loop_test(devices, an_armed_timer_follows_its_clock_when_the_rate_changes, 0, 2);
    tcase_add_test(devices, what_would_come_after_all_time_never_comes);
    tcase_add_test(devices, disk_operations_answer_in_the_time_they_take);
    tcase_add_test(devices, what_lies_outside_a_volume_is_out_of_range);
    tcase_add_test(devices, a_process_crash_keeps_what_was_written_and_a_power_loss_may_not);
    tcase_add_test(devices,
                   a_fact_is_durable_if_the_write_it_rests_on_was_flushed_before_its_release);
    tcase_add_test(devices, a_write_that_was_refused_is_nothing_to_rest_on);
    tcase_add_test(devices, a_group_is_reached_by_the_name_that_was_bound_and_builds_may_differ);
    Suite *suite = suite_create("devices");
    suite_add_tcase(suite, devices);
    return suite_run(suite);
}
