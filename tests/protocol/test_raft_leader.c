/* Figure 2, "Rules for Servers: Leaders", sections 5.3 and 5.4.2 of "In Search of an Understandable
 * Consensus Algorithm (Extended Version)", and chapter 10 of the thesis. */
#include <string.h>

#include "raft_bench.h"

static void setup(void) { bench_open(&(struct bench_options){ .servers = 5 }); }

/* ---- Sending ---- */

/* "Upon election: send initial [...] AppendEntries RPCs to each server; repeat during idle
 * periods." */
START_TEST(a_new_leader_announces_itself_and_beats)
{
    given_log("1 1");
    become_leader();
    expect_sends("send AppendEntries to 2 3 4 5: "
                 "AppendEntries term=2 prev=2/1 entries=1 commit=0\n");
    rig_timer(rig, RAFT_TIMER_HEARTBEAT);
    expect("send AppendEntries to 2 3 4 5: "
           "AppendEntries term=2 prev=2/1 entries=0 commit=0 round=1\n"
           "set timer 1 in 50ms\n");
}
END_TEST

/* "If command received from client: append entry to local log." */
START_TEST(a_command_is_appended_and_sent)
{
    become_leader();
    succeed(2, 1, 1, 1);
    succeed(3, 1, 1, 1);
    register_session(1);
    expect_facts("fact APPENDED index=2 term=1 (9 bytes)\n"
                 "fact STORED index=2 term=1 durable\n");
    expect_sends("send AppendEntries to 2 3: AppendEntries term=1 prev=1/1 entries=1 commit=1\n");
}
END_TEST

/* "If last log index >= nextIndex for a follower: send AppendEntries RPC with log entries starting
 * at nextIndex." */
START_TEST(a_follower_gets_the_entries_from_its_next_index_on)
{
    given_log("1 1 1 1");
    become_leader();
    refuse(2, 2, 4, 3, 0); /* its log ends after entry 2 */
    expect_sends("send AppendEntries to 2: AppendEntries term=2 prev=2/1 entries=3 commit=0\n");
}
END_TEST

/* "If AppendEntries fails because of log inconsistency: decrement nextIndex and retry"; with the
 * hint of 5.3, "one AppendEntries RPC will be required for each term with conflicting entries". */
START_TEST(after_a_refusal_next_index_goes_back_over_a_term_that_we_lack)
{
    given_log("1 1 1 4 4");
    become_leader();
    refuse(2, 5, 5, 2, 2); /* it has term 2 from entry 2 on: none of that is ours */
    expect_sends("send AppendEntries to 2: AppendEntries term=5 prev=1/1 entries=5 commit=0\n");
}
END_TEST

START_TEST(after_a_refusal_next_index_goes_to_our_last_entry_of_its_term)
{
    given_log("1 2 2 4 4 4");
    become_leader();
    refuse(2, 5, 6, 3, 2); /* it has term 2 from entry 3 on; ours of term 2 end at entry 3 */
    expect_sends("send AppendEntries to 2: AppendEntries term=5 prev=3/2 entries=4 commit=0\n");
}
END_TEST

/* A hint that makes no sense leads no further than one step back. */
START_TEST(a_refusal_always_makes_progress)
{
    given_log("1 1 1");
    become_leader();
    refuse(2, 2, 3, 99, 0);
    expect_sends("send AppendEntries to 2: AppendEntries term=2 prev=2/1 entries=2 commit=0\n");
    refuse(2, 2, 2, 99, 99);
    expect_sends("send AppendEntries to 2: AppendEntries term=2 prev=1/1 entries=3 commit=0\n");
    refuse(2, 2, 1, 1, 1);
    expect_sends("send AppendEntries to 2: AppendEntries term=2 prev=0/0 entries=4 commit=0\n");
    refuse(2, 2, 0, 1, 0);
    expect_sends("");
}
END_TEST

START_TEST(late_and_doubled_refusals_are_ignored)
{
    given_log("1 1 1");
    become_leader();
    refuse(2, 2, 3, 2, 0);
    expect_sends("send AppendEntries to 2: AppendEntries term=2 prev=1/1 entries=3 commit=0\n");
    refuse(2, 2, 3, 2, 0);
    expect_sends("");
    succeed(2, 2, 4, 4);
    refuse(2, 2, 3, 2, 0);
    expect_sends("");
    ck_assert_ptr_nonnull(strstr(rig_inspect(rig), "2: match=4 next=5 replicating in flight 0"));
}
END_TEST

/* ---- Probing, pipelining, batching (thesis 10.2) ---- */

START_TEST(one_request_at_a_time_until_the_logs_are_known_to_agree)
{
    become_leader();
    register_session(1);
    expect_sends("");
    succeed(2, 1, 1, 1);
    expect_sends("send AppendEntries to 2: AppendEntries term=1 prev=1/1 entries=1 commit=0\n");
}
END_TEST

START_TEST(then_requests_do_not_wait_for_replies)
{
    become_leader();
    succeed(2, 1, 1, 1);
    register_session(1);
    expect_sends("send AppendEntries to 2: AppendEntries term=1 prev=1/1 entries=1 commit=0\n");
    register_session(2);
    expect_sends("send AppendEntries to 2: AppendEntries term=1 prev=2/1 entries=1 commit=0\n");
    register_session(3);
    expect_sends("send AppendEntries to 2: AppendEntries term=1 prev=3/1 entries=1 commit=0\n");
}
END_TEST

START_TEST(what_gathers_while_the_window_is_full_goes_in_one_request)
{
    bench_close();
    bench_open(&(struct bench_options){ .servers = 5, .max_inflight = 2 });
    become_leader();
    succeed(2, 1, 1, 1);
    register_session(1);
    register_session(2);
    register_session(3);
    expect_sends("");
    register_session(4);
    expect_sends("");
    succeed(2, 1, 2, 2);
    expect_sends("send AppendEntries to 2: AppendEntries term=1 prev=3/1 entries=2 commit=0\n");
}
END_TEST

START_TEST(a_batch_stays_within_its_size)
{
    bench_close();
    bench_open(&(struct bench_options){ .servers = 5, .batch_bytes = 86 });
    given_log("1 1 1 1 1");
    become_leader();
    refuse(2, 2, 5, 1, 0);
    /* 44 bytes of head and 21 an entry: two just fit */
    expect_sends("send AppendEntries to 2: AppendEntries term=2 prev=0/0 entries=2 commit=0\n");
    succeed(2, 2, 2, 2);
    expect_sends("send AppendEntries to 2: AppendEntries term=2 prev=2/1 entries=2 commit=0\n"
                 "send AppendEntries to 2: AppendEntries term=2 prev=4/1 entries=2 commit=0\n");
}
END_TEST

/* The window was full of requests that were lost: a heartbeat asks about the place before the next
 * entry, and the refusal brings the leader back. */
START_TEST(a_lost_request_shows_at_the_next_heartbeat)
{
    bench_close();
    bench_open(&(struct bench_options){ .servers = 5, .max_inflight = 1 });
    become_leader();
    succeed(2, 1, 1, 1);
    register_session(1);
    register_session(2);
    rig_timer(rig, RAFT_TIMER_HEARTBEAT);
    ck_assert_ptr_nonnull(strstr(rig_lines(rig, "send"), "to 2: AppendEntries term=1 prev=2/1 "
                                                         "entries=0 commit=0 round=1\n"));
    refuse(2, 1, 2, 2, 0);
    expect_sends("send AppendEntries to 2: "
                 "AppendEntries term=1 prev=1/1 entries=2 commit=0 round=1\n");
}
END_TEST

START_TEST(a_lost_reply_is_given_again_at_the_next_heartbeat)
{
    bench_close();
    bench_open(&(struct bench_options){ .servers = 5, .max_inflight = 1 });
    become_leader();
    succeed(2, 1, 1, 1);
    register_session(1);
    register_session(2);
    expect_sends("");
    rig_timer(rig, RAFT_TIMER_HEARTBEAT);
    succeed_in_round(2, 1, 2, 1);
    expect_sends("send AppendEntries to 2: "
                 "AppendEntries term=1 prev=2/1 entries=1 commit=0 round=1\n");
}
END_TEST

/* A reply of long ago ends a probe as well as its own would, and says less. */
START_TEST(what_a_follower_has_acknowledged_is_not_sent_again_after_a_late_reply)
{
    given_log("1 1 1");
    become_leader();
    succeed(2, 2, 4, 4);
    register_session(1);
    refuse(2, 2, 5, 5, 0); /* that was lost, and another probe begins */
    rig_lines(rig, "send");
    succeed(2, 2, 2, 2);
    expect_sends("send AppendEntries to 2: AppendEntries term=2 prev=4/2 entries=1 commit=0\n");
}
END_TEST

/* ---- Committing ---- */

/* "If there exists an N such that N > commitIndex, a majority of matchIndex[i] >= N, and
 * log[N].term == currentTerm: set commitIndex = N." */
START_TEST(commit_what_a_majority_has_stored)
{
    become_leader();
    succeed(2, 1, 1, 1);
    expect_facts("");
    succeed(3, 1, 1, 1);
    expect_facts("fact COMMITTED index=1 term=1\n"
                 "fact APPLIED index=1 term=1 (9 bytes)\n");
}
END_TEST

START_TEST(a_reply_counts_once)
{
    become_leader();
    succeed(2, 1, 1, 1);
    succeed(2, 1, 1, 1);
    succeed(2, 1, 1, 1);
    expect_state("leader term=1 last=1 stored=1 commit=0 applied=0");
}
END_TEST

START_TEST(what_a_follower_has_not_made_durable_does_not_count)
{
    become_leader();
    succeed(2, 1, 0, 1);
    succeed(3, 1, 0, 1);
    succeed(4, 1, 0, 1);
    expect_state("leader term=1 last=1 stored=1 commit=0 applied=0");
}
END_TEST

/* 5.4.2: "Raft never commits log entries from previous terms by counting replicas." */
START_TEST(leader_never_commits_an_entry_of_an_earlier_term_by_counting)
{
    given_log("1 2");
    become_leader();
    succeed(2, 3, 2, 2);
    succeed(3, 3, 2, 2);
    succeed(4, 3, 2, 2);
    expect_state("leader term=3 last=3 stored=3 commit=0 applied=0");
    succeed(2, 3, 3, 3);
    succeed(3, 3, 3, 3);
    expect_facts("fact COMMITTED index=3 term=3\n"
                 "fact APPLIED index=1 term=1 (9 bytes)\n"
                 "fact APPLIED index=2 term=2 (9 bytes)\n"
                 "fact APPLIED index=3 term=3 (9 bytes)\n");
}
END_TEST

/* Thesis 10.2.1: the leader's write goes on in parallel with its followers'; it counts itself only
 * once it has written. */
START_TEST(the_leader_sends_before_its_own_write_is_durable)
{
    become_leader();
    succeed(2, 1, 1, 1);
    succeed(3, 1, 1, 1);
    rig_hold(rig, true);
    register_session(1);
    expect_sends("send AppendEntries to 2 3: AppendEntries term=1 prev=1/1 entries=1 commit=1\n");
}
END_TEST

START_TEST(the_leader_counts_its_own_copy_only_when_it_is_durable)
{
    become_leader();
    succeed(2, 1, 1, 1);
    succeed(3, 1, 1, 1);
    rig_hold(rig, true);
    register_session(1);
    succeed(2, 1, 2, 2);
    succeed(3, 1, 2, 2);
    expect_state("leader term=1 last=2 stored=1 commit=1 applied=1");
    rig_complete_flush(rig);
    expect_state("leader term=1 last=2 stored=2 commit=2 applied=2");
}
END_TEST

/* Thesis 10.2.1: an entry may even be committed before it is on the leader's own disk. */
START_TEST(a_majority_of_followers_commits_without_the_leader)
{
    become_leader();
    rig_hold(rig, true);
    register_session(1);
    succeed(2, 1, 2, 2);
    succeed(3, 1, 2, 2);
    succeed(4, 1, 2, 2);
    expect_state("leader term=1 last=2 stored=1 commit=2 applied=2");
}
END_TEST

START_TEST(a_single_server_does_not_commit_before_its_flush)
{
    bench_close();
    bench_open(&(struct bench_options){ .servers = 1 });
    become_leader();
    rig_hold(rig, true);
    register_session(1);
    expect_state("leader term=1 last=2 stored=1 commit=1 applied=1");
    rig_complete_flush(rig);
    expect_state("leader term=1 last=2 stored=2 commit=2 applied=2");
}
END_TEST

START_TEST(a_reply_of_an_earlier_term_counts_for_nothing)
{
    given_log("1 1");
    become_leader();
    succeed(2, 1, 2, 2);
    succeed(3, 1, 2, 2);
    succeed(4, 1, 2, 2);
    expect("");
    ck_assert_ptr_nonnull(strstr(rig_inspect(rig), "2: match=0 next=3 probing"));
}
END_TEST

START_TEST(a_refusal_is_never_taken_for_a_success)
{
    become_leader();
    refuse(2, 1, 0, 9, 0);
    refuse(3, 1, 0, 9, 0);
    refuse(4, 1, 0, 9, 0);
    expect_state("leader term=1 last=1 stored=1 commit=0 applied=0");
}
END_TEST

START_TEST(who_claims_more_than_the_log_has_is_not_believed)
{
    become_leader();
    succeed(2, 1, 50, 50);
    expect("count malformed 1\n");
    succeed(3, 1, 50, 50);
    expect_state("leader term=1 last=1 stored=1 commit=0 applied=0");
}
END_TEST

/* Leader Append-Only: "a leader never overwrites or deletes entries in its log". */
START_TEST(a_leader_that_steps_down_keeps_its_log)
{
    given_log("1 1");
    become_leader();
    append(3, 5, 0, 0, "", 0);
    expect_state("follower term=5 last=3 stored=3 commit=0 applied=0");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("raft-leader");
    TCase *tcase = tcase_create("leader");
    tcase_add_checked_fixture(tcase, setup, bench_close);
    tcase_add_test(tcase, a_new_leader_announces_itself_and_beats);
    tcase_add_test(tcase, a_command_is_appended_and_sent);
    tcase_add_test(tcase, a_follower_gets_the_entries_from_its_next_index_on);
    tcase_add_test(tcase, after_a_refusal_next_index_goes_back_over_a_term_that_we_lack);
    tcase_add_test(tcase, after_a_refusal_next_index_goes_to_our_last_entry_of_its_term);
    tcase_add_test(tcase, a_refusal_always_makes_progress);
    tcase_add_test(tcase, late_and_doubled_refusals_are_ignored);
    tcase_add_test(tcase, one_request_at_a_time_until_the_logs_are_known_to_agree);
    tcase_add_test(tcase, then_requests_do_not_wait_for_replies);
    tcase_add_test(tcase, what_gathers_while_the_window_is_full_goes_in_one_request);
    tcase_add_test(tcase, a_batch_stays_within_its_size);
    tcase_add_test(tcase, a_lost_request_shows_at_the_next_heartbeat);
    tcase_add_test(tcase, a_lost_reply_is_given_again_at_the_next_heartbeat);
    tcase_add_test(tcase, what_a_follower_has_acknowledged_is_not_sent_again_after_a_late_reply);
    tcase_add_test(tcase, commit_what_a_majority_has_stored);
    tcase_add_test(tcase, a_reply_counts_once);
    tcase_add_test(tcase, what_a_follower_has_not_made_durable_does_not_count);
    tcase_add_test(tcase, leader_never_commits_an_entry_of_an_earlier_term_by_counting);
    tcase_add_test(tcase, the_leader_sends_before_its_own_write_is_durable);
    tcase_add_test(tcase, the_leader_counts_its_own_copy_only_when_it_is_durable);
    tcase_add_test(tcase, a_majority_of_followers_commits_without_the_leader);
    tcase_add_test(tcase, a_single_server_does_not_commit_before_its_flush);
    tcase_add_test(tcase, a_reply_of_an_earlier_term_counts_for_nothing);
    tcase_add_test(tcase, a_refusal_is_never_taken_for_a_success);
    tcase_add_test(tcase, who_claims_more_than_the_log_has_is_not_believed);
    tcase_add_test(tcase, a_leader_that_steps_down_keeps_its_log);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
