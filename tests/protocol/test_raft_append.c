/* Figure 2, "AppendEntries RPC", and section 5.3 of "In Search of an Understandable Consensus
 * Algorithm (Extended Version)": what a follower does. */
#include "raft_bench.h"

static void setup(void) { bench_open(&(struct bench_options){ .servers = 3 }); }

/* ---- The receiver's five steps ---- */

/* "1. Reply false if term < currentTerm." */
START_TEST(reply_false_if_term_is_older_than_current_term)
{
    given_log("1 3");
    append(3, 2, 2, 2, "2", 2);
    expect("send AppendReply to 3: AppendReply term=3 refused prev=2 hint=3/0\n");
    expect_state("follower term=3 last=2 stored=2 commit=0 applied=0");
}
END_TEST

/* "2. Reply false if log doesn't contain an entry at prevLogIndex whose term matches
 * prevLogTerm." */
START_TEST(reply_false_if_there_is_no_entry_at_prev_index)
{
    given_log("1 1");
    append(2, 1, 5, 1, "1", 5);
    expect_sends("send AppendReply to 2: AppendReply term=1 refused prev=5 hint=3/0\n");
    expect_state("follower term=1 last=2 stored=2 commit=0 applied=0");
}
END_TEST

START_TEST(reply_false_if_the_entry_at_prev_index_has_another_term)
{
    given_log("1 1 2 2 2");
    append(3, 4, 4, 3, "4", 5);
    expect_sends("send AppendReply to 3: AppendReply term=4 refused prev=4 hint=3/2\n");
    expect_state("follower term=4 last=5 stored=5 commit=0 applied=0");
}
END_TEST

/* "3. If an existing entry conflicts with a new one (same index but different terms), delete the
 * existing entry and all that follow it." */
START_TEST(if_an_existing_entry_conflicts_delete_it_and_all_that_follow)
{
    given_log("1 1 2 2 2");
    append(3, 4, 2, 1, "3", 0);
    expect_facts("fact VOTED term=4 for=none durable\n"
                 "fact ROLE FOLLOWER term=4\n"
                 "fact TRUNCATED from=3\n"
                 "fact APPENDED index=3 term=3 (9 bytes)\n"
                 "fact STORED index=3 term=3 durable\n");
    expect_state("follower term=4 last=3 stored=3 commit=0 applied=0");
    expect_reached("reached log_truncated\n");
}
END_TEST

/* "If [...]": a request that is late or doubled must not remove what came after it. */
START_TEST(a_stale_append_never_truncates_what_agrees)
{
    given_log("1 1 1 1");
    append(2, 1, 0, 0, "1 1", 0);
    expect("set timer 0 in 150ms\n"
           "send AppendReply to 2: AppendReply term=1 success match=4 last=4\n");
    append(2, 1, 1, 1, "", 0);
    expect_state("follower term=1 last=4 stored=4 commit=0 applied=0");
}
END_TEST

/* The same from a leader that knows nothing of what follows: it claims no more than it compared. */
START_TEST(a_new_leader_is_told_only_what_was_compared_with_its_log)
{
    given_log("1 1 1 1");
    append(3, 2, 1, 1, "1", 0);
    expect_sends("send AppendReply to 3: AppendReply term=2 success match=2 last=2\n");
    expect_state("follower term=2 last=4 stored=4 commit=0 applied=0");
}
END_TEST

/* "4. Append any new entries not already in the log." */
START_TEST(append_new_entries_not_already_in_the_log)
{
    given_log("1 1");
    append(2, 1, 1, 1, "1 1 1", 0);
    expect_facts("fact APPENDED index=3 term=1 (9 bytes)\n"
                 "fact APPENDED index=4 term=1 (9 bytes)\n"
                 "fact STORED index=4 term=1 durable\n");
    rig_expect_lines(rig, "flush", "flush log\n");
    expect_sends("send AppendReply to 2: AppendReply term=1 success match=4 last=4\n");
    append(2, 1, 2, 1, "1 1 1", 0);
    expect_facts("fact APPENDED index=5 term=1 (9 bytes)\n"
                 "fact STORED index=5 term=1 durable\n");
}
END_TEST

/* "5. If leaderCommit > commitIndex, set commitIndex = min(leaderCommit, index of last new
 * entry)." */
START_TEST(commit_reaches_no_further_than_the_entries_of_the_request)
{
    given_log("1 1 1 1");
    append(3, 2, 1, 1, "1", 4);
    expect_facts("fact VOTED term=2 for=none durable\n"
                 "fact ROLE FOLLOWER term=2\n"
                 "fact COMMITTED index=2 term=1\n"
                 "fact APPLIED index=1 term=1 (9 bytes)\n"
                 "fact APPLIED index=2 term=1 (9 bytes)\n");
}
END_TEST

START_TEST(commit_never_goes_back)
{
    append(2, 1, 0, 0, "1 1 1", 3);
    append(2, 1, 3, 1, "", 1);
    append(2, 1, 0, 0, "1", 3);
    expect_state("follower term=1 last=3 stored=3 commit=3 applied=3");
}
END_TEST

/* "State Machine: [...] apply log[lastApplied]" in the order of the log, once each. */
START_TEST(entries_are_applied_in_order_and_once)
{
    append(2, 1, 0, 0, "1 1 1", 2);
    expect_facts("fact VOTED term=1 for=none durable\n"
                 "fact ROLE FOLLOWER term=1\n"
                 "fact APPENDED index=1 term=1 (9 bytes)\n"
                 "fact APPENDED index=2 term=1 (9 bytes)\n"
                 "fact APPENDED index=3 term=1 (9 bytes)\n"
                 "fact COMMITTED index=2 term=1\n"
                 "fact APPLIED index=1 term=1 (9 bytes)\n"
                 "fact APPLIED index=2 term=1 (9 bytes)\n"
                 "fact STORED index=3 term=1 durable\n");
    append(2, 1, 0, 0, "1 1 1", 3);
    expect_facts("fact COMMITTED index=3 term=1\n"
                 "fact APPLIED index=3 term=1 (9 bytes)\n");
}
END_TEST

/* A log that is caught up with at once is applied in steps between which messages are answered. */
START_TEST(a_long_log_is_applied_in_pieces)
{
    static char entries[2 * 1500];
    for (size_t i = 0; i < sizeof entries; i += 2)
        entries[i] = '1', entries[i + 1] = i + 2 == sizeof entries ? '\0' : ' ';
    append(2, 1, 0, 0, entries, 1490);
    expect_state("follower term=1 last=1500 stored=1500 commit=1490 applied=1024");
    append(2, 1, 1500, 1, "", 1500); /* more is committed meanwhile: it waits for its turn */
    expect_state("follower term=1 last=1500 stored=1500 commit=1500 applied=1024");
    rig_timer(rig, RAFT_TIMER_APPLY);
    expect_state("follower term=1 last=1500 stored=1500 commit=1500 applied=1500");
}
END_TEST

/* ---- Acknowledging ---- */

/* A follower says what is durable: thesis 3.8, "each server persists new log entries before they
 * are counted toward the entries' commitment". */
START_TEST(an_entry_is_acknowledged_when_it_is_durable)
{
    given_log("1");
    rig_hold(rig, true);
    append(2, 1, 1, 1, "1", 0);
    expect_sends("");
    append(2, 1, 2, 1, "", 0);
    expect_sends("send AppendReply to 2: AppendReply term=1 success match=1 last=2\n");
    rig_complete_flush(rig);
    expect("done flush log\n"
           "fact STORED index=2 term=1 durable\n"
           "send AppendReply to 2: AppendReply term=1 success match=2 last=2\n");
}
END_TEST

START_TEST(entries_that_come_during_a_flush_share_the_next)
{
    rig_hold(rig, true);
    append(2, 1, 0, 0, "1", 0);
    rig_complete_flush(rig); /* the barrier of the term */
    append(2, 1, 1, 1, "1", 0);
    append(2, 1, 2, 1, "1 1", 0);
    ck_assert_uint_eq(rig_held(rig), 1);
    rig_complete_flush(rig);
    expect("done flush log\n"
           "fact STORED index=1 term=1 durable\n"
           "flush log\n"
           "send AppendReply to 2: AppendReply term=1 success match=1 last=4\n");
    rig_complete_flush(rig);
    expect("done flush log\n"
           "fact STORED index=4 term=1 durable\n"
           "send AppendReply to 2: AppendReply term=1 success match=4 last=4\n");
}
END_TEST

/* The flush that was under way covered the entry that is gone, not its successor. */
START_TEST(a_flush_of_a_removed_entry_does_not_store_its_successor)
{
    given_log("1");
    rig_hold(rig, true);
    append(2, 1, 1, 1, "1 1", 0);
    append(3, 2, 1, 1, "2", 0);
    ck_assert_uint_eq(rig_held(rig), 2);
    rig_complete_flush(rig); /* of the entries of term 1; the barrier still waits */
    expect("");
    rig_complete_flush(rig);
    expect_sends("send AppendReply to 3: AppendReply term=2 success match=1 last=2\n");
    rig_expect_lines(rig, "fact STORED", "");
    rig_complete_flush(rig);
    rig_expect_lines(rig, "fact STORED", "fact STORED index=2 term=2 durable\n");
}
END_TEST

START_TEST(a_flush_of_an_earlier_term_is_not_acknowledged_to_its_leader)
{
    given_log("1");
    rig_hold(rig, true);
    append(2, 1, 1, 1, "1", 0);
    rig_hold(rig, false);
    ask_vote(3, 2, 9, 1);
    rig_complete_flush(rig);
    expect("done flush log\n"
           "fact STORED index=2 term=1 durable\n");
}
END_TEST

START_TEST(a_flush_that_fails_stops_the_server)
{
    given_log("1");
    rig_hold(rig, true);
    append(2, 1, 1, 1, "1", 0);
    rig_fail_flush(rig, CS_DISK_MEDIUM);
    expect("done flush log MEDIUM\n"
           "stop log flush failed\n");
    ck_assert(!rig_is_up(rig));
}
END_TEST

START_TEST(a_server_whose_log_is_full_stops)
{
    bench_close();
    bench_open(&(struct bench_options){ .volume_size = 4096 });
    for (uint64_t i = 0; rig_is_up(rig); i++) {
        ck_assert_uint_lt(i, 100);
        append(2, 1, i, i > 0, "1", 0);
    }
    rig_expect_lines(rig, "stop", "stop log full\n");
}
END_TEST

/* ---- What cannot be ---- */

START_TEST(what_is_committed_is_never_removed)
{
    append(2, 1, 0, 0, "1 1", 2);
    append(3, 3, 0, 0, "2", 0);
    expect_counts("count impossible_append 1\n");
    expect_state("follower term=3 last=2 stored=2 commit=2 applied=2");
}
END_TEST

/* Nor is what its leader itself has been found to hold: nobody can lead with two logs. */
START_TEST(what_agrees_with_its_leader_is_never_removed_in_its_term)
{
    append(2, 3, 0, 0, "1 1 3", 0);
    append(2, 3, 1, 1, "2", 0);
    expect_counts("count impossible_append 1\n");
    expect_state("follower term=3 last=3 stored=3 commit=0 applied=0");
}
END_TEST

START_TEST(a_second_leader_of_a_term_is_not_believed)
{
    given_log("1 1");
    append(3, 1, 0, 0, "1 1 1", 3);
    expect("count second_leader 1\n");
    become_leader();
    append(3, 2, 0, 0, "2", 1);
    expect("count second_leader 1\n");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("raft-append");
    TCase *tcase = tcase_create("append");
    tcase_add_checked_fixture(tcase, setup, bench_close);
    tcase_add_test(tcase, reply_false_if_term_is_older_than_current_term);
    tcase_add_test(tcase, reply_false_if_there_is_no_entry_at_prev_index);
    tcase_add_test(tcase, reply_false_if_the_entry_at_prev_index_has_another_term);
    tcase_add_test(tcase, if_an_existing_entry_conflicts_delete_it_and_all_that_follow);
    tcase_add_test(tcase, a_stale_append_never_truncates_what_agrees);
    tcase_add_test(tcase, a_new_leader_is_told_only_what_was_compared_with_its_log);
    tcase_add_test(tcase, append_new_entries_not_already_in_the_log);
    tcase_add_test(tcase, commit_reaches_no_further_than_the_entries_of_the_request);
    tcase_add_test(tcase, commit_never_goes_back);
    tcase_add_test(tcase, entries_are_applied_in_order_and_once);
    tcase_add_test(tcase, a_long_log_is_applied_in_pieces);
    tcase_add_test(tcase, an_entry_is_acknowledged_when_it_is_durable);
    tcase_add_test(tcase, entries_that_come_during_a_flush_share_the_next);
    tcase_add_test(tcase, a_flush_of_a_removed_entry_does_not_store_its_successor);
    tcase_add_test(tcase, a_flush_of_an_earlier_term_is_not_acknowledged_to_its_leader);
    tcase_add_test(tcase, a_flush_that_fails_stops_the_server);
    tcase_add_test(tcase, a_server_whose_log_is_full_stops);
    tcase_add_test(tcase, what_is_committed_is_never_removed);
    tcase_add_test(tcase, what_agrees_with_its_leader_is_never_removed_in_its_term);
    tcase_add_test(tcase, a_second_leader_of_a_term_is_not_believed);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
