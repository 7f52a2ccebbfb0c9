/* What a server does for clients: thesis chapter 6. */
#include <string.h>

#include "raft_bench.h"

static void setup(void) { bench_open(&(struct bench_options){ .servers = 3 }); }

/* A leader whose follower 2 answers everything; session 2 is open. */
static void given_session(void)
{
    become_leader();
    succeed(2, 1, 1, 1);
    register_session(1);
    succeed(2, 1, 2, 2);
}

/* ---- Finding the leader (6.2) ---- */

START_TEST(who_is_not_the_leader_says_who_is)
{
    command(7, 1, 1, "x", "a");
    expect("send Reply to 100: Reply not-leader tag=7/1\n");
    append(3, 1, 0, 0, "", 0);
    command(8, 1, 1, "x", "a");
    expect("send Reply to 100: Reply not-leader tag=8/1 leader=3\n");
    query(9, "x");
    expect("send Reply to 100: Reply not-leader tag=9/1 leader=3\n");
}
END_TEST

/* ---- Commands and sessions (6.3) ---- */

/* "Respond after entry applied to state machine." */
START_TEST(a_client_is_answered_when_its_entry_is_applied)
{
    become_leader();
    succeed(2, 1, 1, 1);
    register_session(1);
    expect_sends("send AppendEntries to 2: AppendEntries term=1 prev=1/1 entries=1 commit=1\n");
    succeed(2, 1, 2, 2);
    expect_sends("send Reply to 100: Reply registered tag=1/1 session=2\n");
    command(2, 2, 1, "x", "a");
    expect_sends("send AppendEntries to 2: AppendEntries term=1 prev=2/1 entries=1 commit=2\n");
    succeed(2, 1, 3, 3);
    expect_sends("send Reply to 100: Reply done tag=2/1 ok value=0 bytes\n");
}
END_TEST

START_TEST(a_command_that_comes_twice_is_carried_out_once_and_answered_twice)
{
    given_session();
    command(2, 2, 1, "x", "a");
    command(2, 2, 1, "x", "a");
    succeed(2, 1, 4, 4);
    expect_sends("send Reply to 100: Reply done tag=2/1 ok value=0 bytes\n"
                 "send Reply to 100: Reply done tag=2/1 ok value=0 bytes\n");
    expect_reached("reached session_retry_filtered\n");
    query(3, "x");
    succeed_in_round(2, 1, 4, 1);
    expect_sends("send Reply to 100: Reply done tag=3/1 ok value=1 bytes\n");
}
END_TEST

START_TEST(a_command_of_an_unknown_session_is_not_carried_out)
{
    given_session();
    command(2, 77, 1, "x", "a");
    succeed(2, 1, 3, 3);
    expect_sends("send Reply to 100: Reply expired tag=2/1\n");
    expect_reached("reached session_expired\n");
}
END_TEST

START_TEST(a_session_expires_by_the_clock_in_the_log)
{
    given_session();
    rig_advance(rig, cs_seconds(61));
    command(2, 2, 1, "x", "a");
    succeed(2, 1, 3, 3);
    expect_sends("send Reply to 100: Reply expired tag=2/1\n");
    expect_counts("count sessions_expired 1\n");
}
END_TEST

/* The next leader's clock goes on from the last stamp in the log, wherever its own clock stands. */
START_TEST(the_clock_of_sessions_goes_on_under_another_leader)
{
    given_session();
    rig_advance(rig, cs_seconds(40));
    command(2, 2, 1, "x", "a");
    refuse(2, 5, 0, 1, 0);
    rig_advance(rig, cs_seconds(1000)); /* nobody leads, and no session grows older */
    become_leader();
    command(3, 2, 2, "x", "b");
    succeed(2, 6, 5, 5);
    expect_replies("send Reply to 100: Reply done tag=3/1 ok value=0 bytes\n");
    rig_advance(rig, cs_seconds(61));
    command(4, 2, 3, "x", "c");
    succeed(2, 6, 6, 6);
    expect_replies("send Reply to 100: Reply expired tag=4/1\n");
}
END_TEST

/* The outcome is decided by others; it is not a failure. */
START_TEST(a_leader_that_steps_down_sends_those_who_wait_away)
{
    given_session();
    command(2, 2, 1, "x", "a");
    query(3, "x");
    refuse(2, 5, 0, 1, 0);
    expect_sends("send Reply to 100: Reply not-leader tag=2/1\n"
                 "send Reply to 100: Reply not-leader tag=3/1\n");
    /* and whoever leads next commits the entry, without an answer from here */
    append(2, 6, 3, 1, "6", 4);
    expect_replies("");
    expect_state("follower term=6 last=4 stored=4 commit=4 applied=4");
}
END_TEST

START_TEST(a_request_too_large_to_travel_is_refused)
{
    static uint8_t body[64990 - SERVICE_OVERHEAD], buffer[65000];
    given_session();
    struct wire_writer writer = wire_writer_on(buffer, sizeof buffer);
    struct cs_bytes request =
        service_request_put(&writer, &(struct service_request){ .what = SERVICE_COMMAND,
                                                                .tag = 2,
                                                                .attempt = 1,
                                                                .session = 2,
                                                                .serial = 1,
                                                                .first_unanswered = 1,
                                                                .body = { body, sizeof body } });
    rig_message(rig, BENCH_CLIENT, SERVICE_REQUEST, request);
    expect("send Reply to 100: Reply refused tag=2/1\n");
}
END_TEST

/* ---- Reads (6.4) ---- */

START_TEST(a_read_waits_for_a_round_of_heartbeats_that_began_after_it)
{
    given_session();
    rig_timer(rig, RAFT_TIMER_HEARTBEAT); /* round 1 */
    query(2, "x");
    expect("send AppendEntries to 2: AppendEntries term=1 prev=2/1 entries=0 commit=2 round=2\n"
           "send AppendEntries to 3: AppendEntries term=1 prev=0/0 entries=0 commit=2 round=2\n");
    succeed_in_round(2, 1, 2, 1);
    expect("");
    succeed_in_round(2, 1, 2, 2);
    expect("send Reply to 100: Reply done tag=2/1 ok value=0 bytes\n");
}
END_TEST

START_TEST(one_answer_is_no_majority_of_five)
{
    bench_close();
    bench_open(&(struct bench_options){ .servers = 5 });
    become_leader();
    succeed(2, 1, 1, 1);
    succeed(3, 1, 1, 1);
    query(2, "x");
    succeed_in_round(2, 1, 1, 1);
    expect("");
    succeed_in_round(3, 1, 1, 1);
    expect("send Reply to 100: Reply done tag=2/1 ok value=0 bytes\n");
}
END_TEST

/* "If the leader has not yet marked an entry from its current term committed, it waits until it has
 * done so." */
START_TEST(a_read_waits_for_the_first_commit_of_the_term)
{
    given_log("1 1");
    become_leader();
    query(2, "x");
    succeed_in_round(2, 2, 2, 1);
    expect_replies("");
    succeed_in_round(2, 2, 3, 1);
    expect_replies("send Reply to 100: Reply done tag=2/1 ok value=0 bytes\n");
}
END_TEST

/* A read sees what was committed when it arrived, and needs not wait for more. */
START_TEST(a_read_does_not_wait_for_later_commands)
{
    given_session();
    command(2, 2, 1, "x", "a");
    query(3, "x");
    succeed_in_round(2, 1, 2, 1);
    expect_replies("send Reply to 100: Reply done tag=3/1 ok value=0 bytes\n");
}
END_TEST

/* Four rounds at most are under way; what comes then shares the next. */
START_TEST(reads_gather_while_rounds_are_under_way)
{
    given_session();
    for (uint64_t tag = 11; tag <= 14; tag++) {
        query(tag, "x");
        ck_assert_uint_eq(rig_sent_count(rig), 2);
    }
    query(15, "x");
    query(16, "x");
    expect("");
    succeed_in_round(2, 1, 2, 4);
    expect("send Reply to 100: Reply done tag=11/1 ok value=0 bytes\n"
           "send Reply to 100: Reply done tag=12/1 ok value=0 bytes\n"
           "send Reply to 100: Reply done tag=13/1 ok value=0 bytes\n"
           "send Reply to 100: Reply done tag=14/1 ok value=0 bytes\n"
           "send AppendEntries to 2: AppendEntries term=1 prev=2/1 entries=0 commit=2 round=5\n"
           "send AppendEntries to 3: AppendEntries term=1 prev=0/0 entries=0 commit=2 round=5\n");
    succeed_in_round(2, 1, 2, 5);
    expect("send Reply to 100: Reply done tag=15/1 ok value=0 bytes\n"
           "send Reply to 100: Reply done tag=16/1 ok value=0 bytes\n");
}
END_TEST

START_TEST(a_round_that_nobody_has_begun_is_not_believed)
{
    given_session();
    query(2, "x");
    succeed_in_round(2, 1, 2, 99);
    expect("count malformed 1\n");
}
END_TEST

START_TEST(reads_through_the_log_are_entries)
{
    bench_close();
    bench_open(&(struct bench_options){ .servers = 3, .read_log = true });
    given_session();
    command(2, 2, 1, "x", "abc");
    query(3, "x");
    expect_sends("send AppendEntries to 2: AppendEntries term=1 prev=3/1 entries=1 commit=2\n");
    succeed(2, 1, 4, 4);
    expect_replies("send Reply to 100: Reply done tag=2/1 ok value=0 bytes\n"
                   "send Reply to 100: Reply done tag=3/1 ok value=3 bytes\n");
}
END_TEST

START_TEST(a_follower_echoes_the_round_of_its_leader)
{
    append_in_round(2, 1, 7);
    expect_sends("send AppendReply to 2: AppendReply term=1 success match=0 last=0 round=7\n");
    append_in_round(2, 1, 3); /* late: what is known of the leader is not less true */
    expect_sends("send AppendReply to 2: AppendReply term=1 success match=0 last=0 round=7\n");
    append_in_round(3, 2, 1); /* another leader counts anew */
    expect_sends("send AppendReply to 3: AppendReply term=2 success match=0 last=0 round=1\n");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("raft-clients");
    TCase *tcase = tcase_create("clients");
    tcase_add_checked_fixture(tcase, setup, bench_close);
    tcase_add_test(tcase, who_is_not_the_leader_says_who_is);
    tcase_add_test(tcase, a_client_is_answered_when_its_entry_is_applied);
    tcase_add_test(tcase, a_command_that_comes_twice_is_carried_out_once_and_answered_twice);
    tcase_add_test(tcase, a_command_of_an_unknown_session_is_not_carried_out);
    tcase_add_test(tcase, a_session_expires_by_the_clock_in_the_log);
    tcase_add_test(tcase, the_clock_of_sessions_goes_on_under_another_leader);
    tcase_add_test(tcase, a_leader_that_steps_down_sends_those_who_wait_away);
    tcase_add_test(tcase, a_request_too_large_to_travel_is_refused);
    tcase_add_test(tcase, a_read_waits_for_a_round_of_heartbeats_that_began_after_it);
    tcase_add_test(tcase, one_answer_is_no_majority_of_five);
    tcase_add_test(tcase, a_read_waits_for_the_first_commit_of_the_term);
    tcase_add_test(tcase, a_read_does_not_wait_for_later_commands);
    tcase_add_test(tcase, reads_gather_while_rounds_are_under_way);
    tcase_add_test(tcase, a_round_that_nobody_has_begun_is_not_believed);
    tcase_add_test(tcase, reads_through_the_log_are_entries);
    tcase_add_test(tcase, a_follower_echoes_the_round_of_its_leader);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
