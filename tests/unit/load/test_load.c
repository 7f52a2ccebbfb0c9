/* Open and closed loops, deadlines, and sessions. */
#include <check.h>
#include <string.h>

#include "servant.h"
#include "support/suite.h"

static struct servants s;
static size_t told;

static void set_up(void)
{
    servants_init(&s, 4);
    told = 0;
}

static void tear_down(void) { servants_done(&s); }

static void refuse(struct cs_context *cx, cs_request request, const struct cs_op *op)
{
    (void)op;
    cs_reply(cx, request, &(struct cs_result){ .status = CS_REFUSED });
}

static void say_unknown(struct cs_context *cx, cs_request request, const struct cs_op *op)
{
    (void)op;
    cs_reply(cx, request, &(struct cs_result){ .status = CS_UNKNOWN });
}

static uint64_t session_of(size_t index) { return history_at(s.history, index)->session; }

/* ---- Loops ----------------------------------------------------------------------------------- */

START_TEST(an_open_loop_does_not_wait_for_answers)
{
    struct workload_options options = open_workload(1, 10);
    options.timeout_ns = 10000000000;
    servants_begin(&s, 1, &options, 1);
    servants_run_to_ms(&s, 300);
    ck_assert_str_eq(servants_asked(&s, &told),
                     "0s a get k0\n100ms a get k0\n200ms a get k0\n300ms a get k0\n");
    ck_assert_uint_eq(load_open_count(s.load), 4);
}
END_TEST

START_TEST(arrivals_go_to_the_clients_in_rotation)
{
    struct workload_options options = open_workload(3, 10);
    servants_begin(&s, 1, &options, 1);
    servants_run_to_ms(&s, 400);
    ck_assert_str_eq(servants_asked(&s, &told), "0s a get k0\n100ms b get k0\n200ms c get k0\n"
                                                "300ms a get k0\n400ms b get k0\n");
}
END_TEST

START_TEST(a_closed_loop_waits_for_the_answer_and_then_thinks)
{
    struct workload_options options = closed_workload(2);
    options.think = distribution_constant(7000000);
    servant_act = servant_after_3ms;
    servants_begin(&s, 1, &options, 1);
    servants_run_to_ms(&s, 25);
    ck_assert_str_eq(servants_asked(&s, &told), "0s a get k0\n0s b get k0\n"
                                                "10ms a get k0\n10ms b get k0\n"
                                                "20ms a get k0\n20ms b get k0\n");
    ck_assert_str_eq(servants_outcome(&s, 2), "10ms..13ms ok");
}
END_TEST

START_TEST(a_closed_client_keeps_as_many_open_as_it_may)
{
    struct workload_options options = closed_workload(1);
    options.outstanding = 3;
    servant_act = servant_after_3ms;
    servants_begin(&s, 1, &options, 1);
    for (uint64_t ms = 0; ms < 30; ms++) {
        servants_run_to_ms(&s, ms);
        ck_assert_uint_eq(load_open_count(s.load), 3);
    }
    ck_assert_uint_eq(history_count(s.history), 30);
}
END_TEST

START_TEST(a_workload_asks_from_its_start_to_before_its_stop)
{
    struct workload_options both[] = { open_workload(1, 100), closed_workload(1) };
    for (int i = 0; i < 2; i++) {
        both[i].start_ns = 20000000;
        both[i].stop_ns = 50000000;
    }
    both[1].name = "other";
    both[1].think = distribution_constant(10000000);
    servant_act = servant_at_once;
    servants_begin(&s, 1, both, 2);
    servants_run_to_ms(&s, 200);
    ck_assert_uint_eq(history_count(s.history), 6);
    ck_assert_uint_eq(history_at(s.history, 0)->started_ns, 20000000);
    ck_assert_uint_eq(history_at(s.history, 5)->started_ns, 40000000);
}
END_TEST

START_TEST(no_operation_begins_once_the_load_is_stopped)
{
    struct workload_options both[] = { open_workload(1, 1000), closed_workload(1) };
    both[1].name = "other";
    servant_act = servant_after_3ms;
    servants_begin(&s, 1, both, 2);
    servants_run_to_ms(&s, 100);
    load_stop(s.load);
    size_t count = history_count(s.history);
    servants_run_to_ms(&s, 200);
    ck_assert_uint_eq(history_count(s.history), count);
    ck_assert_uint_eq(load_open_count(s.load), 0);
}
END_TEST

/* ---- Latency and deadlines ------------------------------------------------------------------- */

START_TEST(latency_counts_from_the_intended_start)
{
    struct workload_options options = open_workload(1, 20);
    s.small.instances[0].unit_costs_ns = (const uint64_t[]){ 100000000 };
    servant_act = servant_at_once;
    servants_begin(&s, 1, &options, 1);
    servants_run_to_ms(&s, 1000);
    /* One comes every 50 ms and takes 100 ms: each waits 50 ms longer than the one before. */
    ck_assert_str_eq(servants_outcome(&s, 0), "0s..100ms ok");
    ck_assert_str_eq(servants_outcome(&s, 1), "50ms..200ms ok");
    ck_assert_str_eq(servants_outcome(&s, 2), "100ms..300ms ok");
    ck_assert_str_eq(servants_outcome(&s, 9), "450ms..1s ok");
}
END_TEST

START_TEST(an_operation_without_an_answer_is_unknown_at_its_deadline)
{
    struct workload_options options = open_workload(1, 10);
    servants_begin(&s, 1, &options, 1);
    servants_run_to_ms(&s, 1100);
    ck_assert_str_eq(servants_outcome(&s, 0), "0s..1s unknown");
    ck_assert_str_eq(servants_outcome(&s, 1), "100ms..1.1s unknown");
    ck_assert_uint_eq(history_at(s.history, 2)->outcome, OUTCOME_OPEN);
    ck_assert(!history_at(s.history, 0)->answered);
}
END_TEST

/* The first of two is answered after 3 ms, the second never. */
static void every_other(struct cs_context *cx, cs_request request, const struct cs_op *op)
{
    if (request % 2 == 1)
        servant_after_3ms(cx, request, op);
}

START_TEST(answers_out_of_order_leave_the_other_deadlines_where_they_were)
{
    struct workload_options options = open_workload(1, 1000);
    options.stop_ns = 10000000;
    servant_act = every_other;
    servants_begin(&s, 1, &options, 1);
    servants_run_to_ms(&s, 2000);
    ck_assert_uint_eq(history_count(s.history), 10);
    ck_assert_str_eq(servants_outcome(&s, 0), "0s..3ms ok");
    ck_assert_str_eq(servants_outcome(&s, 1), "1ms..1.001s unknown");
    ck_assert_str_eq(servants_outcome(&s, 8), "8ms..11ms ok");
    ck_assert_str_eq(servants_outcome(&s, 9), "9ms..1.009s unknown");
    ck_assert_uint_eq(load_open_count(s.load), 0);
}
END_TEST

static void after_1500ms(struct cs_context *cx, cs_request request, const struct cs_op *op)
{
    (void)op;
    servant_ok_after(cx, request, cs_ms(1500));
}

START_TEST(a_late_answer_changes_nothing)
{
    struct workload_options options = closed_workload(1);
    options.stop_ns = 1;
    servant_act = after_1500ms;
    servants_begin(&s, 1, &options, 1);
    servants_run_to_ms(&s, 1400);
    struct operation before = *history_at(s.history, 0);
    servants_run_to_ms(&s, 3000);
    ck_assert_uint_eq(cluster_counters(s.cluster, 0)->timers_fired, 1);
    ck_assert_mem_eq(&before, history_at(s.history, 0), sizeof before);
    ck_assert_str_eq(servants_outcome(&s, 0), "0s..1s unknown");
    ck_assert_uint_eq(history_event_count(s.history), 2);
}
END_TEST

START_TEST(what_a_dead_client_is_asked_is_unknown_at_its_deadline)
{
    struct workload_options options = open_workload(1, 10);
    servant_act = servant_at_once;
    servants_begin(&s, 1, &options, 1);
    servants_run_to_ms(&s, 50);
    cluster_crash(s.cluster, 0);
    servants_run_to_ms(&s, 150);
    cluster_restart(s.cluster, 0);
    servants_run_to_ms(&s, 1500);
    ck_assert_str_eq(servants_outcome(&s, 0), "0s..0s ok");
    ck_assert_str_eq(servants_outcome(&s, 1), "100ms..1.1s unknown");
    ck_assert_str_eq(servants_outcome(&s, 2), "200ms..200ms ok");
}
END_TEST

START_TEST(a_closed_client_goes_on_after_a_deadline)
{
    struct workload_options options = closed_workload(1);
    options.think = distribution_constant(500000000);
    servants_begin(&s, 1, &options, 1);
    servants_run_to_ms(&s, 3500);
    ck_assert_str_eq(servants_asked(&s, &told), "0s a get k0\n1.5s a get k0\n3s a get k0\n");
}
END_TEST

START_TEST(a_closed_client_begins_when_it_boots)
{
    struct workload_options options = closed_workload(2);
    options.think = distribution_constant(1000000000);
    s.small.instances[1].boot_at_ns = 5000000;
    servant_act = servant_at_once;
    servants_begin(&s, 1, &options, 1);
    servants_run_to_ms(&s, 100);
    ck_assert_str_eq(servants_asked(&s, &told), "0s a get k0\n5ms b get k0\n");
    ck_assert_str_eq(servants_outcome(&s, 1), "5ms..5ms ok");
}
END_TEST

START_TEST(no_order_of_equal_times_asks_a_client_before_its_boot)
{
    for (uint64_t seed = 1; seed <= 50; seed++) {
        servants_done(&s);
        servants_init(&s, 4);
        servant_act = servant_at_once;
        s.small.options.seed = seed;
        s.small.options.shuffle_ties = true;
        struct workload_options both[] = { open_workload(2, 1), closed_workload(4) };
        both[1].name = "other";
        both[1].stop_ns = 1;
        both[1].think = distribution_constant(1);
        servants_begin(&s, seed, both, 2);
        servants_run_to_ms(&s, 10);
        ck_assert_uint_eq(history_count(s.history), 5);
        ck_assert_uint_eq(load_open_count(s.load), 0);
    }
}
END_TEST

/* ---- Sessions -------------------------------------------------------------------------------- */

START_TEST(an_idle_session_is_used_again)
{
    struct workload_options options = closed_workload(2);
    options.stop_ns = 30000000;
    servant_act = servant_after_3ms;
    servants_begin(&s, 1, &options, 1);
    servants_run_to_ms(&s, 100);
    ck_assert_uint_eq(history_count(s.history), 20);
    for (size_t i = 0; i < 20; i++)
        ck_assert_uint_eq(session_of(i), 1 + 100000000 * history_at(s.history, i)->client);
}
END_TEST

START_TEST(a_refusal_leaves_its_session_usable)
{
    struct workload_options options = open_workload(1, 10);
    servant_act = refuse;
    servants_begin(&s, 1, &options, 1);
    servants_run_to_ms(&s, 100);
    ck_assert_uint_eq(history_at(s.history, 0)->outcome, OUTCOME_FAILED);
    ck_assert_uint_eq(session_of(1), session_of(0));
}
END_TEST

START_TEST(a_session_whose_answer_was_unknown_is_never_used_again)
{
    struct workload_options options = open_workload(1, 10);
    servant_act = say_unknown;
    servants_begin(&s, 1, &options, 1);
    servants_run_to_ms(&s, 100);
    ck_assert_uint_eq(history_at(s.history, 0)->outcome, OUTCOME_UNKNOWN);
    ck_assert(history_at(s.history, 0)->answered);
    ck_assert_uint_ne(session_of(1), session_of(0));
}
END_TEST

static void after_up_to_150ms(struct cs_context *cx, cs_request request, const struct cs_op *op)
{
    (void)op;
    servant_ok_after(cx, request, cs_ms(cs_random(cx, "delay", 150)));
}

/* Session n of client c of workload w is w * 10^14 + c * 10^8 + n; here, as a small number. */
static uint32_t small_number_of(const struct operation *op)
{
    uint64_t number = op->session % 100000000, client = op->session / 100000000 % 1000000;
    ck_assert_uint_eq(op->session / 100000000000000, op->workload);
    ck_assert_uint_lt(client, 4);
    ck_assert_uint_lt(number, 1024);
    return (uint32_t)((op->workload * 4 + client) * 1024 + number);
}

START_TEST(a_session_that_ended_unknown_is_never_used_again)
{
    struct workload_options both[] = { open_workload(4, 2000), closed_workload(4) };
    enum { SESSIONS_MAX = 8192 };
    static enum { NEW, IDLE, BUSY, RETIRED } states[SESSIONS_MAX];
    static uint32_t owners[SESSIONS_MAX];
    memset(states, 0, sizeof states);
    both[1].name = "other";
    both[0].timeout_ns = both[1].timeout_ns = 100000000;
    servant_act = after_up_to_150ms;
    servants_begin(&s, 1, both, 2);
    servants_run_to_ms(&s, 2000);
    unsigned retired = 0, reused = 0;
    for (size_t i = 0; i < history_event_count(s.history); i++) {
        size_t event = history_event_at(s.history, i);
        const struct operation *op = history_at(s.history, event / 2);
        uint32_t session = small_number_of(op);
        ck_assert_uint_lt(session, SESSIONS_MAX);
        if (event % 2 == 0) {
            ck_assert(states[session] == NEW || states[session] == IDLE);
            ck_assert(states[session] == NEW ||
                      owners[session] == op->client + op->workload * 100u);
            reused += states[session] == IDLE;
            states[session] = BUSY;
            owners[session] = op->client + op->workload * 100u;
        } else {
            ck_assert(states[session] == BUSY);
            states[session] = op->outcome == OUTCOME_UNKNOWN ? RETIRED : IDLE;
            retired += op->outcome == OUTCOME_UNKNOWN;
        }
    }
    ck_assert_uint_gt(retired, 1000);
    ck_assert_uint_gt(reused, 1000);
}
END_TEST

int main(void)
{
    TCase *loops = tcase_create("load");
    tcase_add_checked_fixture(loops, set_up, tear_down);
    tcase_add_test(loops, an_open_loop_does_not_wait_for_answers);
    tcase_add_test(loops, arrivals_go_to_the_clients_in_rotation);
    tcase_add_test(loops, a_closed_loop_waits_for_the_answer_and_then_thinks);
    tcase_add_test(loops, a_closed_client_keeps_as_many_open_as_it_may);
    tcase_add_test(loops, a_workload_asks_from_its_start_to_before_its_stop);
    tcase_add_test(loops, no_operation_begins_once_the_load_is_stopped);
    tcase_add_test(loops, latency_counts_from_the_intended_start);
    tcase_add_test(loops, an_operation_without_an_answer_is_unknown_at_its_deadline);
    tcase_add_test(loops, answers_out_of_order_leave_the_other_deadlines_where_they_were);
    tcase_add_test(loops, a_late_answer_changes_nothing);
    tcase_add_test(loops, what_a_dead_client_is_asked_is_unknown_at_its_deadline);
    tcase_add_test(loops, a_closed_client_goes_on_after_a_deadline);
    tcase_add_test(loops, a_closed_client_begins_when_it_boots);
    tcase_add_test(loops, no_order_of_equal_times_asks_a_client_before_its_boot);
    tcase_add_test(loops, an_idle_session_is_used_again);
    tcase_add_test(loops, a_refusal_leaves_its_session_usable);
    tcase_add_test(loops, a_session_whose_answer_was_unknown_is_never_used_again);
    tcase_add_test(loops, a_session_that_ended_unknown_is_never_used_again);
    Suite *suite = suite_create("load");
    suite_add_tcase(suite, loops);
    return suite_run(suite);
}
