/* Crashes that are ordered: within a step, between two effects, at a step of a number; what is told
 * of the boundaries between effects. */
#include <check.h>
#include <stdio.h>
#include <string.h>

#include "support/suite.h"
#include "three.h"

/* ---- A crash within a step ------------------------------------------------------------------- */

/* A request of a: three messages with a write among them. */
static void three_words(const struct story_event *event)
{
    static const uint8_t sector[SECTOR] = { 7 };
    if (event->input != STORY_REQUEST)
        return;
    cs_send(event->cx, B, 1, cs_bytes_of("x", 1));
    cs_write(event->cx, 0, 0, cs_bytes_of(sector, sizeof sector), CS_SILENT);
    cs_send(event->cx, B, 2, cs_bytes_of("x", 1));
    cs_send(event->cx, B, 3, cs_bytes_of("x", 1));
}

static void crash(void *argument, uint64_t at_ns)
{
    (void)at_ns;
    cluster_crash(cluster, *(const uint32_t *)argument);
}

static uint32_t instances[] = { A, B, C };

static struct crash_order orders[4];
static size_t order_count;

static struct crash_order *order(uint32_t instance, struct crash_order what)
{
    struct crash_order *one = &orders[order_count++ % 4];
    *one = what;
    one->argument = &instances[instance];
    cluster_order_crash(cluster, instance, one);
    return one;
}

static struct crash_order *crash_within(uint32_t instance, uint32_t effects)
{
    return order(instance, (struct crash_order){ .effects = effects, .function = crash });
}

START_TEST(a_crash_within_a_step_keeps_the_first_effects_and_the_rest_never_happens)
{
    static const struct {
        uint32_t effects;
        const char *heard;
        uint8_t written;
    } cases[] = {
        { 0, "1ns a request 1\n1ns a ends: crash\n", 0 },
        { 1, "1ns a request 1\n1ns a ends: crash\n1.000001ms b message 1 from a\n", 0 },
        { 2, "1ns a request 1\n1ns a ends: crash\n1.000001ms b message 1 from a\n", 7 },
        { 3,
          "1ns a request 1\n1ns a ends: crash\n1.000001ms b message 1 from a\n1.000001ms b message "
          "2 from a\n",
          7 },
        { 4,
          "1ns a request 1\n1.000001ms b message 1 from a\n1.000001ms b message 2 from a\n"
          "1.000001ms b message 3 from a\n",
          7 },
    };
    story_act = three_words;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint8_t bytes[SECTOR];
        cluster_free(cluster);
        begin();
        crash_within(A, cases[i].effects);
        ask(A);
        run_to_ms(9);
        ck_assert_str_eq(story_told(), cases[i].heard);
        disk_read(cluster_disk(cluster, A, 0), 0, bytes, sizeof bytes);
        ck_assert_uint_eq(bytes[0], cases[i].written);
        ck_assert(cluster_view(cluster, A).up == (cases[i].effects >= 4));
    }
}
END_TEST

START_TEST(a_crash_within_a_step_waits_for_one_that_is_long_enough)
{
    story_act = three_words;
    begin();
    crash_within(B, 0); /* b receives and says nothing: none of its steps has an effect */
    ask(A);
    run_to_ms(5);
    ck_assert(cluster_view(cluster, B).up);
    ask(B);
    run_to_ms(9);
    ck_assert(!cluster_view(cluster, B).up);
    ck_assert(cluster_view(cluster, A).up);
}
END_TEST

START_TEST(a_crash_in_a_step_comes_in_the_one_of_that_number_and_also_behind_its_last_effect)
{
    static const struct {
        uint64_t step;
        uint32_t effects;
        const char *heard;
    } cases[] = {
        { 2, 0, "2ms a request 2\n2ms a ends: crash\n" },
        { 2, 1, "2ms a request 2\n2ms a ends: crash\n3ms b message 1 from a\n" },
        { 2, 4,
          "2ms a request 2\n2ms a ends: crash\n3ms b message 1 from a\n3ms b message 2 from a\n"
          "3ms b message 3 from a\n" },
        { 2, 5,
          "2ms a request 2\n3ms b message 1 from a\n3ms b message 2 from a\n"
          "3ms b message 3 from a\n" },
    };
    story_act = three_words;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        cluster_free(cluster);
        begin();
        uint64_t before = cluster_counters(cluster, A)->steps;
        order(A, (struct crash_order){ before + cases[i].step, cases[i].effects, crash });
        ask(A);
        run_to_ms(2);
        ck_assert(cluster_view(cluster, A).up);
        story_told();
        ask(A);
        run_to_ms(9);
        ck_assert_str_eq(story_told(), cases[i].heard);
    }
}
END_TEST

/* ---- Boundaries ------------------------------------------------------------------------------ */

static char boundaries[256];
static uint64_t watched_step;

static void watch_step(void *self, uint64_t at_ns, uint32_t instance, uint64_t step)
{
    (void)self;
    (void)at_ns;
    watched_step = instance == A ? step : watched_step;
}

static void watch_boundary(void *self, const struct cluster_boundary *boundary)
{
    size_t size = strlen(boundaries);
    (void)self;
    if (boundary->instance != A)
        return;
    ck_assert_uint_eq(boundary->step, watched_step);
    snprintf(boundaries + size, sizeof boundaries - size, "%u/%u%s ", boundary->effect,
             boundary->effects, boundary->felt ? " felt" : "");
}

/* A request of a: a timer, a message, a word for the log. */
static void felt_once(const struct story_event *event)
{
    if (event->input != STORY_REQUEST)
        return;
    cs_set_timer(event->cx, 1, cs_ms(50));
    cs_send(event->cx, B, 1, cs_bytes_of("x", 1));
    cs_log(event->cx, "said");
}

START_TEST(every_boundary_of_a_step_is_told_with_what_is_felt)
{
    const struct cluster_step_watcher watcher = { NULL, watch_step, watch_boundary };
    story_act = felt_once;
    begin();
    cluster_watch_steps(cluster, &watcher);
    boundaries[0] = '\0';
    ask(A);
    run_to_ms(9);
    ck_assert_str_eq(boundaries, "0/3 1/3 2/3 felt 3/3 ");
}
END_TEST

START_TEST(what_is_written_is_unflushed_until_the_power_is_gone)
{
    story_act = three_words;
    begin();
    ck_assert(!cluster_has_unflushed(cluster, A));
    ask(A);
    run_to_ms(2);
    ck_assert(cluster_has_unflushed(cluster, A));
    ck_assert(!cluster_has_unflushed(cluster, B));
    cluster_power_loss(cluster, small.instances[A].machine, DISK_LOSE);
    ck_assert(!cluster_has_unflushed(cluster, A));
}
END_TEST

START_TEST(an_order_to_crash_is_carried_out_once)
{
    story_act = three_words;
    begin();
    crash_within(A, 2);
    ask(A);
    run_to_ms(2);
    cluster_restart(cluster, A);
    run_to_ms(3);
    ask(A);
    run_to_ms(9);
    ck_assert(cluster_view(cluster, A).up);
    ck_assert_uint_eq(cluster_view(cluster, A).incarnation, 2);
}
END_TEST

START_TEST(an_order_to_crash_is_taken_back)
{
    story_act = three_words;
    begin();
    cluster_withdraw_crash(cluster, A, crash_within(A, 0));
    ask(A);
    run_to_ms(2);
    ck_assert(cluster_view(cluster, A).up);
}
END_TEST

START_TEST(an_order_to_crash_that_is_taken_back_leaves_the_others)
{
    story_act = three_words;
    begin();
    crash_within(A, 3);
    cluster_withdraw_crash(cluster, A, crash_within(A, 0));
    ask(A);
    run_to_ms(9);
    ck_assert_str_eq(story_told(),
                     "1ns a request 1\n1ns a ends: crash\n1.000001ms b message 1 from a\n"
                     "1.000001ms b message 2 from a\n");
}
END_TEST

START_TEST(each_order_to_crash_is_carried_out_by_itself)
{
    story_act = three_words;
    begin();
    crash_within(A, 3);
    crash_within(A, 1);
    ask(A);
    run_to_ms(2);
    ck_assert_str_eq(story_told(),
                     "1ns a request 1\n1ns a ends: crash\n1.000001ms b message 1 from a\n");
    cluster_restart(cluster, A);
    run_to_ms(3);
    story_told();
    ask(A);
    run_to_ms(9);
    ck_assert_str_eq(story_told(), "3ms a request 2\n3ms a ends: crash\n4ms b message 1 from a\n"
                                   "4ms b message 2 from a\n");
}
END_TEST

START_TEST(an_order_to_crash_outlives_an_incarnation)
{
    story_act = three_words;
    begin();
    crash_within(A, 1);
    cluster_crash(cluster, A);
    cluster_restart(cluster, A);
    run_to_ms(2);
    ck_assert(cluster_view(cluster, A).up);
    ask(A);
    run_to_ms(3);
    ck_assert(!cluster_view(cluster, A).up);
}
END_TEST

static void barrier_between(const struct story_event *event)
{
    static const uint8_t sector[SECTOR] = { 7 };
    if (event->input != STORY_REQUEST)
        return;
    cs_write(event->cx, 0, 0, cs_bytes_of(sector, sizeof sector), CS_SILENT);
    cs_barrier(event->cx, 0);
    cs_send(event->cx, B, 1, cs_bytes_of("x", 1));
}

START_TEST(a_crash_behind_a_barrier_comes_when_it_is_done)
{
    story_act = barrier_between;
    begin();
    crash_within(A, 2);
    ask(A);
    cluster_run(cluster, 100000, UINT64_MAX);
    ck_assert(cluster_view(cluster, A).up);
    run_to_ms(9);
    ck_assert_str_eq(story_told(), "1ns a request 1\n110.001us a ends: crash\n");
    ck_assert_uint_eq(durable_byte(A, 0), 7);
}
END_TEST

static void lose_power(void *argument, uint64_t at_ns)
{
    (void)at_ns;
    cluster_power_loss(cluster, *(const uint32_t *)argument, DISK_LOSE);
}

START_TEST(a_power_loss_within_a_step_takes_the_whole_machine)
{
    small.instances[C].machine = A;
    story_act = three_words;
    begin();
    order(A, (struct crash_order){ .effects = 2, .function = lose_power });
    ask(A);
    run_to_ms(9);
    ck_assert_str_eq(story_told(), "1ns a request 1\n1ns a ends: power loss\n"
                                   "1ns c ends: power loss\n1.000001ms b message 1 from a\n");
    uint8_t bytes[SECTOR];
    disk_read(cluster_disk(cluster, A, 0), 0, bytes, sizeof bytes);
    ck_assert_uint_eq(bytes[0], 0);
}
END_TEST

START_TEST(who_crashes_within_a_step_while_paused_does_it_after_the_pause)
{
    story_act = three_words;
    begin();
    crash_within(A, 1);
    cluster_pause(cluster, A);
    ask(A);
    run_to_ms(5);
    ck_assert(cluster_view(cluster, A).up);
    cluster_resume(cluster, A);
    ck_assert(!cluster_view(cluster, A).up);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("crash_orders");
    TCase *tests = tcase_create("crash_orders");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, a_crash_within_a_step_keeps_the_first_effects_and_the_rest_never_happens);
    tcase_add_test(tests, a_crash_within_a_step_waits_for_one_that_is_long_enough);
    tcase_add_test(
        tests, a_crash_in_a_step_comes_in_the_one_of_that_number_and_also_behind_its_last_effect);
    tcase_add_test(tests, every_boundary_of_a_step_is_told_with_what_is_felt);
    tcase_add_test(tests, what_is_written_is_unflushed_until_the_power_is_gone);
    tcase_add_test(tests, an_order_to_crash_is_carried_out_once);
    tcase_add_test(tests, an_order_to_crash_is_taken_back);
    tcase_add_test(tests, an_order_to_crash_that_is_taken_back_leaves_the_others);
    tcase_add_test(tests, each_order_to_crash_is_carried_out_by_itself);
    tcase_add_test(tests, an_order_to_crash_outlives_an_incarnation);
    tcase_add_test(tests, a_crash_behind_a_barrier_comes_when_it_is_done);
    tcase_add_test(tests, a_power_loss_within_a_step_takes_the_whole_machine);
    tcase_add_test(tests, who_crashes_within_a_step_while_paused_does_it_after_the_pause);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
