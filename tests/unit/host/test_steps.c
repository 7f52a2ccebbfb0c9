/* Steps: when inputs are handled, when effects are released, what a crash, a pause and a barrier do
 * to both. */
#include <check.h>

#include "story.h"
#include "support/suite.h"

static struct small_cluster small;
static struct cluster *cluster;

static const uint64_t a_millisecond[] = { 1000000 };

static void set_up(void)
{
    story_act = NULL;
    small_cluster_init(&small, &story_program, 3);
    for (int i = 0; i < 3; i++)
        small.instances[i].unit_costs_ns = a_millisecond;
}

static void tear_down(void) { cluster_free(cluster); }

static void begin(void)
{
    cluster = story_begin(&small);
    cluster_run(cluster, 1, UINT64_MAX);
    ck_assert_str_eq(story_told(), "0s a start 0\n0s b start 0\n0s c start 0\n");
}

static void run_to_ms(uint64_t ms) { cluster_run(cluster, ms * 1000000 + 1, UINT64_MAX); }

static bool is(const struct story_event *event, const char *name, enum story_input input)
{
    return event->name[0] == name[0] && event->input == input;
}

static void ask(uint32_t instance)
{
    cluster_request(cluster, instance, &(struct cs_op){ .kind = CS_OP_WORK });
}

static void at(struct cs_context *cx, cs_node to, cs_kind kind)
{
    cs_send(cx, to, kind, cs_bytes_of("x", 1));
}

/* ---- Order and time -------------------------------------------------------------------------- */

static void charge_between_two_sends(const struct story_event *event)
{
    if (is(event, "a", STORY_REQUEST)) {
        at(event->cx, 1, 1);
        cs_charge(event->cx, 0, 2);
        at(event->cx, 1, 2);
        cs_set_timer(event->cx, 9, cs_ms(1));
    }
}

START_TEST(effects_are_released_in_recorded_order_at_the_start_plus_what_was_charged)
{
    story_act = charge_between_two_sends;
    begin();
    ask(0);
    run_to_ms(20);
    ck_assert_str_eq(story_told(), "1ns a request 1\n"
                                   "3.000001ms b message 1 from a\n"
                                   "3.000001ms b message 2 from a\n"
                                   "3.000001ms a timer 9\n");
}
END_TEST

static cs_instant seen_now[2];

static void charge_and_look_at_the_clock(const struct story_event *event)
{
    if (!is(event, "a", STORY_REQUEST))
        return;
    seen_now[0] = cs_now(event->cx);
    cs_charge(event->cx, 0, 5);
    seen_now[1] = cs_now(event->cx);
}

START_TEST(the_clock_stands_still_during_a_step)
{
    story_act = charge_and_look_at_the_clock;
    begin();
    ask(0);
    run_to_ms(10);
    ck_assert_uint_eq(seen_now[0].ns, 1);
    ck_assert_uint_eq(seen_now[1].ns, 1);
}
END_TEST

static void charge_each_request(const struct story_event *event)
{
    if (event->input == STORY_REQUEST)
        cs_charge(event->cx, 0, 2);
}

START_TEST(inputs_wait_in_order_while_the_instance_is_busy)
{
    story_act = charge_each_request;
    begin();
    ask(0);
    ask(0);
    ask(0);
    ask(1);
    run_to_ms(20);
    ck_assert_str_eq(story_told(), "1ns a request 1\n"
                                   "1ns b request 1\n"
                                   "2.000001ms a request 2\n"
                                   "4.000001ms a request 3\n");
    ck_assert_uint_eq(cluster_counters(cluster, 0)->busy_ns, 6000000);
}
END_TEST

START_TEST(a_slow_processor_takes_whole_nanoseconds_and_leaves_out_the_rest)
{
    static const uint64_t three_ns[] = { 3 };
    story_act = charge_each_request;
    small.instances[0].unit_costs_ns = three_ns;
    begin();
    cluster_slow_cpu(cluster, 0, 5 << 14); /* 6 ns times 5/4 */
    ask(0);
    run_to_ms(1);
    ck_assert_uint_eq(cluster_counters(cluster, 0)->busy_ns, 7);
}
END_TEST

START_TEST(a_step_under_way_takes_the_rest_of_its_time_at_the_new_speed)
{
    story_act = charge_each_request; /* 2 ms each */
    begin();
    ask(0);
    ask(0);
    cluster_run(cluster, 500001, UINT64_MAX);
    cluster_slow_cpu(cluster, 0, 10 << 16); /* 1.5 ms are left: 15 ms */
    ck_assert_uint_eq(cluster_view(cluster, 0).charge_left_ns, 15000000);
    cluster_run(cluster, 10500001, UINT64_MAX);
    cluster_slow_cpu(cluster, 0, 10 << 16); /* what changes nothing */
    cluster_slow_cpu(cluster, 0, 1 << 16);  /* 5 ms are left: 0.5 ms */
    run_to_ms(20);
    ck_assert_str_eq(story_told(), "1ns a request 1\n11.000001ms a request 2\n");
    ck_assert_uint_eq(cluster_counters(cluster, 0)->busy_ns, 11000000 + 2000000);
    ck_assert_uint_eq(cluster_view(cluster, 0).charge_left_ns, 0);
}
END_TEST

START_TEST(a_crash_takes_back_what_a_slow_processor_has_not_worked_off)
{
    story_act = charge_each_request; /* 2 ms each */
    begin();
    ask(0);
    cluster_run(cluster, 1000001, UINT64_MAX);
    cluster_slow_cpu(cluster, 0, 4 << 16);
    cluster_run(cluster, 2000001, UINT64_MAX);
    cluster_crash(cluster, 0);
    ck_assert_uint_eq(cluster_counters(cluster, 0)->busy_ns, 2000000);
    cluster_slow_cpu(cluster, 0, 1 << 16);
    cluster_restart(cluster, 0);
    run_to_ms(10);
    ck_assert_str_eq(story_told(), "1ns a request 1\n2.000001ms a start 2\n");
    ck_assert_uint_eq(cluster_counters(cluster, 0)->busy_ns, 2000000);
}
END_TEST

static void send_on_request(const struct story_event *event)
{
    if (is(event, "a", STORY_REQUEST)) {
        for (cs_kind kind = 1; kind <= 4; kind++)
            at(event->cx, 1, kind);
    }
}

START_TEST(a_message_costs_its_price_and_its_bytes)
{
    story_act = send_on_request;
    small.instances[1].cpu = (struct cpu_options){ .per_message_ns = 3000, .per_byte_ps = 500000 };
    begin();
    ask(0);
    run_to_ms(20);
    story_told();
    ck_assert_uint_eq(cluster_counters(cluster, 1)->busy_ns, 4 * (3000 + 500));
}
END_TEST

START_TEST(a_full_inbox_drops_messages)
{
    story_act = send_on_request;
    small.instances[1].cpu = (struct cpu_options){ .per_message_ns = 1000000, .inbox_limit = 2 };
    begin();
    ask(0);
    run_to_ms(20);
    ck_assert_str_eq(story_told(), "1ns a request 1\n"
                                   "1.000001ms b message 1 from a\n"
                                   "2.000001ms b message 2 from a\n"
                                   "3.000001ms b message 3 from a\n");
    ck_assert_uint_eq(cluster_counters(cluster, 1)->messages_overflowed, 1);
}
END_TEST

static void timers_and_messages(const struct story_event *event)
{
    if (is(event, "b", STORY_REQUEST)) {
        cs_set_timer(event->cx, 8, cs_us(1500));
        cs_set_timer(event->cx, 9, cs_us(1600));
    } else if (is(event, "a", STORY_REQUEST)) {
        cs_kind first = event->number == 1 ? 1 : 2, last = event->number == 1 ? 1 : 4;
        for (cs_kind kind = first; kind <= last; kind++)
            at(event->cx, 1, kind);
    }
}

/* Two timers that have expired wait with them. */
START_TEST(only_messages_count_for_the_limit_of_an_inbox)
{
    story_act = timers_and_messages;
    small.instances[1].cpu = (struct cpu_options){ .per_message_ns = 2000000, .inbox_limit = 2 };
    begin();
    ask(1);
    ask(0);
    cluster_run(cluster, 1000000, UINT64_MAX);
    ask(0);
    cluster_run(cluster, 2500000, UINT64_MAX);
    ck_assert_uint_eq(cluster_view(cluster, 1).inbox_depth, 4);
    run_to_ms(20);
    ck_assert_str_eq(story_told(), "1ns b request 1\n"
                                   "1ns a request 1\n"
                                   "1ms a request 2\n"
                                   "1.000001ms b message 1 from a\n"
                                   "3.000001ms b timer 8\n"
                                   "3.000001ms b timer 9\n"
                                   "3.000001ms b message 2 from a\n"
                                   "5.000001ms b message 3 from a\n");
    ck_assert_uint_eq(cluster_counters(cluster, 1)->messages_overflowed, 1);
}
END_TEST

/* ---- Barriers -------------------------------------------------------------------------------- */

static void persist_then_speak(const struct story_event *event)
{
    if (!is(event, "a", STORY_REQUEST))
        return;
    at(event->cx, 1, 1);
    cs_write(event->cx, 0, 0, cs_bytes_of("promise", 7), CS_SILENT);
    cs_barrier(event->cx, 0);
    at(event->cx, 1, 2);
    cs_set_timer(event->cx, 5, cs_ms(1));
}

START_TEST(a_barrier_holds_back_what_follows_until_the_flush_is_done)
{
    story_act = persist_then_speak;
    begin();
    ask(0);
    run_to_ms(20);
    /* The write takes 10 us, the flush 100 us; the timer counts from its release. */
    ck_assert_str_eq(story_told(), "1ns a request 1\n"
                                   "1.000001ms b message 1 from a\n"
                                   "1.110001ms b message 2 from a\n"
                                   "1.110001ms a timer 5\n");
}
END_TEST

START_TEST(the_next_inputs_wait_behind_a_barrier)
{
    story_act = persist_then_speak;
    begin();
    ask(0);
    ask(0);
    cluster_run(cluster, 300000, UINT64_MAX);
    ck_assert_str_eq(story_told(), "1ns a request 1\n110.001us a request 2\n");
}
END_TEST

START_TEST(a_crash_before_the_barrier_is_done_keeps_only_the_prefix)
{
    story_act = persist_then_speak;
    begin();
    ask(0);
    cluster_run(cluster, 50000, UINT64_MAX);
    cluster_crash(cluster, 0);
    run_to_ms(20);
    ck_assert_str_eq(story_told(), "1ns a request 1\n1.000001ms b message 1 from a\n");
}
END_TEST

/* ---- Crash, restart, pause ------------------------------------------------------------------- */

static uint64_t state_seen;

static void count_in_state(const struct story_event *event)
{
    if (event->input == STORY_REQUEST) {
        cs_charge(event->cx, 0, 1);
        at(event->cx, 1, 7);
        *event->state += 1;
    }
    if (event->input == STORY_TIMER || event->input == STORY_REQUEST)
        state_seen = *event->state;
    if (event->input == STORY_START)
        cs_set_timer(event->cx, 3, cs_ms(10));
}

START_TEST(a_crash_loses_the_state_the_inbox_the_timers_and_what_was_not_released)
{
    story_act = count_in_state;
    begin();
    ask(0);
    ask(0);
    cluster_run(cluster, 500000, UINT64_MAX);
    cluster_crash(cluster, 0);
    ck_assert(!cluster_view(cluster, 0).up);
    run_to_ms(12);
    ck_assert_str_eq(story_told(), "1ns a request 1\n10ms b timer 3\n10ms c timer 3\n");
    cluster_restart(cluster, 0);
    run_to_ms(30);
    ck_assert_str_eq(story_told(), "12.000001ms a start 2\n22.000001ms a timer 3\n");
    ck_assert_uint_eq(state_seen, 0);
    ck_assert_uint_eq(cluster_view(cluster, 0).incarnation, 2);
}
END_TEST

START_TEST(a_crash_takes_back_what_was_charged_and_not_worked_off)
{
    story_act = charge_each_request; /* 2 ms each */
    begin();
    ask(0);
    cluster_run(cluster, 500001, UINT64_MAX);
    ck_assert_uint_eq(cluster_view(cluster, 0).charge_left_ns, 1500000);
    cluster_crash(cluster, 0);
    ck_assert_uint_eq(cluster_counters(cluster, 0)->busy_ns, 500000);
    ck_assert_uint_eq(cluster_view(cluster, 0).charge_left_ns, 0);
    cluster_restart(cluster, 0);
    run_to_ms(1);
    ask(0);
    run_to_ms(5);
    ck_assert_uint_eq(cluster_counters(cluster, 0)->busy_ns, 2500000);
    cluster_crash(cluster, 0); /* idle: all was worked off */
    ck_assert_uint_eq(cluster_counters(cluster, 0)->busy_ns, 2500000);
}
END_TEST

START_TEST(what_is_sent_to_an_instance_that_is_down_is_lost)
{
    story_act = send_on_request;
    begin();
    cluster_crash(cluster, 1);
    ask(0);
    run_to_ms(20);
    ck_assert_str_eq(story_told(), "1ns a request 1\n");
    ck_assert_uint_eq(cluster_counters(cluster, 1)->messages_dead, 4);
}
END_TEST

static void timers_at_start(const struct story_event *event)
{
    if (event->input == STORY_START) {
        for (cs_token token = 1; token <= 3; token++)
            cs_set_timer(event->cx, token, cs_ms(token));
    }
}

START_TEST(a_pause_stops_execution_and_not_the_clock)
{
    story_act = timers_at_start;
    begin();
    cluster_pause(cluster, 1);
    cluster_crash(cluster, 2);
    run_to_ms(10);
    ck_assert_str_eq(story_told(), "1ms a timer 1\n2ms a timer 2\n3ms a timer 3\n");
    cluster_resume(cluster, 1);
    ck_assert_str_eq(story_told(), "10.000001ms b timer 1\n10.000001ms b timer 2\n"
                                   "10.000001ms b timer 3\n");
}
END_TEST

START_TEST(a_pause_holds_back_what_a_step_had_still_to_release)
{
    story_act = charge_between_two_sends;
    begin();
    ask(0);
    run_to_ms(1);
    cluster_pause(cluster, 0);
    run_to_ms(10);
    ck_assert_str_eq(story_told(), "1ns a request 1\n");
    cluster_resume(cluster, 0);
    run_to_ms(30);
    ck_assert_str_eq(story_told(), "11.000001ms b message 1 from a\n"
                                   "11.000001ms b message 2 from a\n11.000001ms a timer 9\n");
}
END_TEST

static void stop_in_between(const struct story_event *event)
{
    if (is(event, "a", STORY_REQUEST)) {
        at(event->cx, 1, 1);
        cs_stop(event->cx, "enough");
        at(event->cx, 1, 2);
    }
}

static const char *stop_reason;

static void on_end(void *self, uint64_t at_ns, uint32_t instance, enum instance_end end,
                   const char *reason)
{
    (void)self;
    (void)at_ns;
    ck_assert_uint_eq(instance, 0);
    ck_assert_int_eq(end, END_STOPPED);
    stop_reason = reason;
}

START_TEST(a_stop_ends_the_incarnation_after_the_effects_before_it)
{
    story_act = stop_in_between;
    begin();
    cluster_observe(cluster, &(struct cluster_observer){ .on_end = on_end });
    ask(0);
    run_to_ms(20);
    ck_assert_str_eq(story_told(), "1ns a request 1\n1.000001ms b message 1 from a\n");
    ck_assert_str_eq(stop_reason, "enough");
    ck_assert(!cluster_view(cluster, 0).up);
}
END_TEST

int main(void)
{
    TCase *steps = tcase_create("steps");
    tcase_add_checked_fixture(steps, set_up, tear_down);
    tcase_add_test(steps,
                   effects_are_released_in_recorded_order_at_the_start_plus_what_was_charged);
    tcase_add_test(steps, the_clock_stands_still_during_a_step);
    tcase_add_test(steps, inputs_wait_in_order_while_the_instance_is_busy);
    tcase_add_test(steps, a_step_under_way_takes_the_rest_of_its_time_at_the_new_speed);
    tcase_add_test(steps, a_crash_takes_back_what_a_slow_processor_has_not_worked_off);
    tcase_add_test(steps, a_slow_processor_takes_whole_nanoseconds_and_leaves_out_the_rest);
    tcase_add_test(steps, a_message_costs_its_price_and_its_bytes);
    tcase_add_test(steps, a_full_inbox_drops_messages);
    tcase_add_test(steps, only_messages_count_for_the_limit_of_an_inbox);
    tcase_add_test(steps, a_barrier_holds_back_what_follows_until_the_flush_is_done);
    tcase_add_test(steps, the_next_inputs_wait_behind_a_barrier);
    tcase_add_test(steps, a_crash_before_the_barrier_is_done_keeps_only_the_prefix);
    tcase_add_test(steps, a_crash_loses_the_state_the_inbox_the_timers_and_what_was_not_released);
    tcase_add_test(steps, a_crash_takes_back_what_was_charged_and_not_worked_off);
    tcase_add_test(steps, what_is_sent_to_an_instance_that_is_down_is_lost);
    tcase_add_test(steps, a_pause_stops_execution_and_not_the_clock);
    tcase_add_test(steps, a_pause_holds_back_what_a_step_had_still_to_release);
    tcase_add_test(steps, a_stop_ends_the_incarnation_after_the_effects_before_it);
    Suite *suite = suite_create("steps");
    suite_add_tcase(suite, steps);
    return suite_run(suite);
}
