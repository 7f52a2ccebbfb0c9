/* Sections 5.1 and 5.2 of "In Search of an Understandable Consensus Algorithm (Extended Version)",
 * figure 2 "RequestVote RPC" and "Rules for Servers", and section 5.4.1. */
#include "raft_bench.h"

static void setup(void) { bench_open(&(struct bench_options){ .servers = 5 }); }

/* "When servers start up, they begin as followers." */
START_TEST(servers_start_as_followers)
{
    expect("write meta 512+512\n"
           "barrier meta\n"
           "fact ROLE FOLLOWER term=0\n"
           "set timer 0 in 150ms\n");
    expect_state("follower term=0 last=0 stored=0 commit=0 applied=0");
}
END_TEST

/* "If a follower receives no communication over [the] election timeout, [it] begins an election":
 * "increment currentTerm, vote for self, reset election timer, send RequestVote RPCs to all other
 * servers". */
START_TEST(a_follower_that_hears_nothing_becomes_a_candidate)
{
    rig_timer(rig, RAFT_TIMER_ELECTION);
    expect("write meta 0+512\n"
           "barrier meta\n"
           "fact VOTED term=1 for=1 durable\n"
           "fact ROLE CANDIDATE term=1\n"
           "count elections 1\n"
           "send RequestVote to 2 3 4 5: RequestVote term=1 last=0/0\n"
           "set timer 0 in 150ms\n");
}
END_TEST

/* "If votes received from majority of servers: become leader." */
START_TEST(a_candidate_with_the_votes_of_a_majority_becomes_leader)
{
    rig_timer(rig, RAFT_TIMER_ELECTION);
    grant_vote(2, 1);
    expect("");
    grant_vote(3, 1);
    expect_facts("fact ROLE LEADER term=1\n"
                 "fact LEADER term=1 last=0 last_term=0\n"
                 "fact APPENDED index=1 term=1 (9 bytes)\n"
                 "fact STORED index=1 term=1 durable\n");
    expect_sends("send AppendEntries to 2 3 4 5: "
                 "AppendEntries term=1 prev=0/0 entries=1 commit=0\n");
}
END_TEST

START_TEST(a_vote_counts_once)
{
    rig_timer(rig, RAFT_TIMER_ELECTION);
    grant_vote(2, 1);
    grant_vote(2, 1);
    grant_vote(2, 1);
    expect_state("candidate term=1 last=0 stored=0 commit=0 applied=0");
}
END_TEST

START_TEST(a_vote_of_an_earlier_term_does_not_count)
{
    rig_timer(rig, RAFT_TIMER_ELECTION);
    rig_timer(rig, RAFT_TIMER_ELECTION);
    grant_vote(2, 1);
    grant_vote(3, 1);
    expect_state("candidate term=2 last=0 stored=0 commit=0 applied=0");
}
END_TEST

START_TEST(a_vote_of_a_stranger_does_not_count)
{
    rig_timer(rig, RAFT_TIMER_ELECTION);
    grant_vote(2, 1);
    grant_vote(77, 1);
    expect("count malformed 1\n");
    expect_state("candidate term=1 last=0 stored=0 commit=0 applied=0");
}
END_TEST

START_TEST(a_refusal_does_not_count_as_a_vote)
{
    rig_timer(rig, RAFT_TIMER_ELECTION);
    for (cs_node node = 2; node <= 5; node++)
        refuse_vote(node, 1, 1);
    expect_state("candidate term=1 last=0 stored=0 commit=0 applied=0");
}
END_TEST

/* "If AppendEntries RPC received from new leader: convert to follower." */
START_TEST(a_candidate_that_hears_from_the_leader_of_its_term_follows)
{
    rig_timer(rig, RAFT_TIMER_ELECTION);
    append(3, 1, 0, 0, "", 0);
    expect("fact ROLE FOLLOWER term=1\n"
           "set timer 0 in 150ms\n"
           "send AppendReply to 3: AppendReply term=1 success match=0 last=0\n");
}
END_TEST

/* "If the term in the RPC is smaller than the candidate's current term, then the candidate rejects
 * the RPC and continues in candidate state." */
START_TEST(a_candidate_rejects_the_leader_of_an_earlier_term)
{
    rig_timer(rig, RAFT_TIMER_ELECTION);
    rig_timer(rig, RAFT_TIMER_ELECTION);
    append(3, 1, 0, 0, "", 0);
    expect("send AppendReply to 3: AppendReply term=2 refused prev=0 hint=1/0\n");
    expect_state("candidate term=2 last=0 stored=0 commit=0 applied=0");
}
END_TEST

/* "If election timeout elapses: start new election." */
START_TEST(a_candidate_whose_timeout_elapses_starts_a_new_election)
{
    rig_timer(rig, RAFT_TIMER_ELECTION);
    rig_timer(rig, RAFT_TIMER_ELECTION);
    expect_sends("send RequestVote to 2 3 4 5: RequestVote term=2 last=0/0\n");
    expect_state("candidate term=2 last=0 stored=0 commit=0 applied=0");
}
END_TEST

/* "1. Reply false if term < currentTerm." */
START_TEST(reply_false_if_term_is_older_than_current_term)
{
    ask_vote(2, 5, 0, 0);
    ask_vote(3, 4, 9, 3);
    expect("reached vote_refused\n"
           "send Vote to 3: Vote term=5 asked=4 refused\n");
}
END_TEST

/* "2. If votedFor is null or candidateId, and candidate's log is at least as up-to-date as
 * receiver's log, grant vote." */
START_TEST(grant_the_vote_if_it_is_free)
{
    ask_vote(2, 1, 0, 0);
    expect("write meta 0+512\n"
           "barrier meta\n"
           "fact VOTED term=1 for=2 durable\n"
           "fact ROLE FOLLOWER term=1\n"
           "set timer 0 in 150ms\n"
           "send Vote to 2: Vote term=1 asked=1 granted\n");
}
END_TEST

START_TEST(a_server_votes_for_at_most_one_candidate_in_a_term)
{
    ask_vote(2, 1, 0, 0);
    ask_vote(3, 1, 0, 0);
    expect("reached vote_refused\n"
           "send Vote to 3: Vote term=1 asked=1 refused\n");
    ask_vote(3, 2, 0, 0);
    expect_sends("send Vote to 3: Vote term=2 asked=2 granted\n");
}
END_TEST

START_TEST(the_same_candidate_gets_the_same_vote_again)
{
    ask_vote(2, 1, 0, 0);
    ask_vote(2, 1, 0, 0);
    expect("set timer 0 in 150ms\n"
           "send Vote to 2: Vote term=1 asked=1 granted\n");
}
END_TEST

START_TEST(a_vote_is_free_in_a_term_learned_from_elsewhere)
{
    append(4, 3, 0, 0, "", 0);
    ask_vote(2, 3, 0, 0);
    expect_sends("send Vote to 2: Vote term=3 asked=3 granted\n");
    expect_facts("fact VOTED term=3 for=2 durable\n");
}
END_TEST

START_TEST(a_candidate_votes_for_itself_only)
{
    rig_timer(rig, RAFT_TIMER_ELECTION);
    ask_vote(2, 1, 0, 0);
    expect_sends("send Vote to 2: Vote term=1 asked=1 refused\n");
}
END_TEST

/* "If the logs have last entries with different terms, then the log with the later term is more
 * up-to-date." */
START_TEST(the_later_last_term_is_more_up_to_date_whatever_the_length)
{
    given_log("1 1 2");
    ask_vote(3, 3, 9, 1);
    expect_sends("send Vote to 3: Vote term=3 asked=3 refused\n");
    ask_vote(4, 4, 1, 3);
    expect_sends("send Vote to 4: Vote term=4 asked=4 granted\n");
}
END_TEST

/* "If the logs end with the same term, then whichever log is longer is more up-to-date." */
START_TEST(with_equal_last_terms_the_longer_log_is_more_up_to_date)
{
    given_log("1 1 2");
    ask_vote(3, 3, 2, 2);
    expect_sends("send Vote to 3: Vote term=3 asked=3 refused\n");
    ask_vote(4, 4, 3, 2);
    expect_sends("send Vote to 4: Vote term=4 asked=4 granted\n");
    ask_vote(5, 5, 4, 2);
    expect_sends("send Vote to 5: Vote term=5 asked=5 granted\n");
}
END_TEST

/* The vote that was refused has still brought the later term, which is durable before it is
 * named. */
START_TEST(a_refused_candidate_still_raises_the_term)
{
    given_log("1 1 2");
    ask_vote(3, 3, 1, 1);
    expect("write meta 512+512\n"
           "barrier meta\n"
           "fact VOTED term=3 for=none durable\n"
           "fact ROLE FOLLOWER term=3\n"
           "reached vote_refused\n"
           "send Vote to 3: Vote term=3 asked=3 refused\n");
}
END_TEST

/* "If RPC request or response contains term T > currentTerm: set currentTerm = T, convert to
 * follower." */
START_TEST(a_later_term_in_any_message_makes_a_follower)
{
    rig_timer(rig, RAFT_TIMER_ELECTION);
    refuse_vote(2, 7, 1);
    expect_state("follower term=7 last=0 stored=0 commit=0 applied=0");
    become_leader();
    refuse(3, 9, 0, 1, 0);
    expect_state("follower term=9 last=1 stored=1 commit=0 applied=0");
    become_leader();
    ask_vote(4, 11, 0, 0);
    expect_state("follower term=11 last=2 stored=2 commit=0 applied=0");
    become_leader();
    append(5, 13, 9, 9, "", 0);
    expect_state("follower term=13 last=3 stored=3 commit=0 applied=0");
}
END_TEST

START_TEST(a_leader_that_steps_down_waits_for_an_election_timeout_again)
{
    cs_duration left;
    become_leader();
    ck_assert(!rig_timer_left(rig, RAFT_TIMER_ELECTION, &left));
    refuse_vote(2, 7, 1);
    expect("write meta 512+512\n"
           "barrier meta\n"
           "fact VOTED term=7 for=none durable\n"
           "fact ROLE FOLLOWER term=7\n"
           "cancel timer 1\n"
           "set timer 0 in 150ms\n"
           "reached leader_stepped_down\n");
}
END_TEST

/* "[Followers] receive [...] from current leader or granting vote to candidate": what resets the
 * timer, and what does not. */
START_TEST(only_a_leader_and_a_granted_vote_reset_the_election_timer)
{
    cs_duration left;
    given_log("1");
    rig_advance(rig, cs_ms(100));
    ask_vote(3, 2, 0, 0); /* refused: its log is behind */
    ck_assert(rig_timer_left(rig, RAFT_TIMER_ELECTION, &left));
    ck_assert_uint_eq(left.ns, cs_ms(50).ns);
    append(2, 1, 1, 1, "", 0); /* from a leader of an earlier term */
    ck_assert(rig_timer_left(rig, RAFT_TIMER_ELECTION, &left));
    ck_assert_uint_eq(left.ns, cs_ms(50).ns);
    ask_vote(4, 2, 1, 1);
    ck_assert(rig_timer_left(rig, RAFT_TIMER_ELECTION, &left));
    ck_assert_uint_eq(left.ns, cs_ms(150).ns);
    rig_advance(rig, cs_ms(100));
    append(4, 2, 9, 2, "", 0); /* refused, but from the leader */
    ck_assert(rig_timer_left(rig, RAFT_TIMER_ELECTION, &left));
    ck_assert_uint_eq(left.ns, cs_ms(150).ns);
}
END_TEST

/* A cluster of one elects itself and commits by itself. */
START_TEST(a_single_server_leads_and_commits_alone)
{
    bench_close();
    bench_open(&(struct bench_options){ .servers = 1, .pre_vote = true, .check_quorum = true });
    rig_timer(rig, RAFT_TIMER_ELECTION);
    expect_state("leader term=1 last=1 stored=1 commit=1 applied=1");
    rig_timer(rig, RAFT_TIMER_HEARTBEAT);
    expect("set timer 1 in 50ms\n");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("raft-election");
    TCase *tcase = tcase_create("election");
    tcase_add_checked_fixture(tcase, setup, bench_close);
    tcase_add_test(tcase, servers_start_as_followers);
    tcase_add_test(tcase, a_follower_that_hears_nothing_becomes_a_candidate);
    tcase_add_test(tcase, a_candidate_with_the_votes_of_a_majority_becomes_leader);
    tcase_add_test(tcase, a_vote_counts_once);
    tcase_add_test(tcase, a_vote_of_an_earlier_term_does_not_count);
    tcase_add_test(tcase, a_vote_of_a_stranger_does_not_count);
    tcase_add_test(tcase, a_refusal_does_not_count_as_a_vote);
    tcase_add_test(tcase, a_candidate_that_hears_from_the_leader_of_its_term_follows);
    tcase_add_test(tcase, a_candidate_rejects_the_leader_of_an_earlier_term);
    tcase_add_test(tcase, a_candidate_whose_timeout_elapses_starts_a_new_election);
    tcase_add_test(tcase, reply_false_if_term_is_older_than_current_term);
    tcase_add_test(tcase, grant_the_vote_if_it_is_free);
    tcase_add_test(tcase, a_server_votes_for_at_most_one_candidate_in_a_term);
    tcase_add_test(tcase, the_same_candidate_gets_the_same_vote_again);
    tcase_add_test(tcase, a_vote_is_free_in_a_term_learned_from_elsewhere);
    tcase_add_test(tcase, a_candidate_votes_for_itself_only);
    tcase_add_test(tcase, the_later_last_term_is_more_up_to_date_whatever_the_length);
    tcase_add_test(tcase, with_equal_last_terms_the_longer_log_is_more_up_to_date);
    tcase_add_test(tcase, a_refused_candidate_still_raises_the_term);
    tcase_add_test(tcase, a_later_term_in_any_message_makes_a_follower);
    tcase_add_test(tcase, a_leader_that_steps_down_waits_for_an_election_timeout_again);
    tcase_add_test(tcase, only_a_leader_and_a_granted_vote_reset_the_election_timer);
    tcase_add_test(tcase, a_single_server_leads_and_commits_alone);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
