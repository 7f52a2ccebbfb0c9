/* What keeps a cluster from electing too eagerly: pre-vote (thesis 9.6), servers that hear from a
 * leader (4.2.3), and leaders without a majority (6.2). */
#include "raft_bench.h"

static void setup(void)
{
    bench_open(&(struct bench_options){ .servers = 5, .pre_vote = true, .check_quorum = true });
}

/* ---- Pre-vote ---- */

START_TEST(a_server_asks_before_it_raises_its_term)
{
    rig_timer(rig, RAFT_TIMER_ELECTION);
    expect("count pre_votes 1\n"
           "send RequestVote to 2 3 4 5: PreVote term=1 last=0/0\n"
           "set timer 0 in 150ms\n");
    expect_state("pre-candidate term=0 last=0 stored=0 commit=0 applied=0");
}
END_TEST

START_TEST(a_majority_of_pre_votes_starts_the_election)
{
    rig_timer(rig, RAFT_TIMER_ELECTION);
    grant_pre_vote(2, 0, 1);
    expect("");
    grant_pre_vote(3, 0, 1);
    expect_sends("send RequestVote to 2 3 4 5: RequestVote term=1 last=0/0\n");
    expect_facts("fact VOTED term=1 for=1 durable\n"
                 "fact ROLE CANDIDATE term=1\n");
}
END_TEST

/* A voter may be in the very term that is asked about: it has lost an election there. */
START_TEST(a_pre_vote_of_a_voter_in_the_asked_term_counts)
{
    rig_timer(rig, RAFT_TIMER_ELECTION);
    grant_pre_vote(2, 1, 1);
    grant_pre_vote(3, 1, 1);
    expect_state("candidate term=1 last=0 stored=0 commit=0 applied=0");
}
END_TEST

START_TEST(pre_votes_are_not_votes)
{
    rig_timer(rig, RAFT_TIMER_ELECTION);
    grant_pre_vote(2, 0, 1);
    grant_pre_vote(3, 0, 1);
    grant_pre_vote(4, 0, 1);
    grant_pre_vote(5, 0, 1);
    expect_state("candidate term=1 last=0 stored=0 commit=0 applied=0");
    grant_vote(2, 1);
    grant_vote(3, 1);
    expect_state("leader term=1 last=1 stored=1 commit=0 applied=0");
}
END_TEST

START_TEST(a_pre_vote_changes_nothing_at_the_voter)
{
    cs_duration left;
    rig_advance(rig, cs_ms(100));
    ask_pre_vote(2, 8, 0, 0);
    expect("send Vote to 2: PreVoteReply term=0 asked=8 granted\n");
    expect_state("follower term=0 last=0 stored=0 commit=0 applied=0");
    ck_assert(rig_timer_left(rig, RAFT_TIMER_ELECTION, &left));
    ck_assert_uint_eq(left.ns, cs_ms(50).ns);
}
END_TEST

START_TEST(a_pre_vote_may_be_given_to_several)
{
    ask_pre_vote(2, 1, 0, 0);
    expect_sends("send Vote to 2: PreVoteReply term=0 asked=1 granted\n");
    ask_pre_vote(3, 1, 0, 0);
    expect_sends("send Vote to 3: PreVoteReply term=0 asked=1 granted\n");
}
END_TEST

START_TEST(a_pre_vote_needs_a_log_that_is_up_to_date)
{
    given_log("1 1");
    rig_advance(rig, cs_ms(200));
    ask_pre_vote(3, 2, 1, 1);
    expect("reached pre_vote_refused\n"
           "send Vote to 3: PreVoteReply term=1 asked=2 refused\n");
}
END_TEST

/* A refusal names the voter's term, so that who is behind catches up and is heard next time. */
START_TEST(a_refused_pre_candidate_learns_the_later_term)
{
    rig_timer(rig, RAFT_TIMER_ELECTION);
    struct wire_writer writer = wire_writer_on((uint8_t[64]){ 0 }, 64);
    struct cs_bytes refusal =
        vote_put(&writer, &(struct vote){ .pre_vote = true, .term = 6, .asked = 1 });
    rig_message(rig, 2, RAFT_VOTE, refusal);
    expect_state("follower term=6 last=0 stored=0 commit=0 applied=0");
    rig_timer(rig, RAFT_TIMER_ELECTION);
    expect_sends("send RequestVote to 2 3 4 5: PreVote term=7 last=0/0\n");
}
END_TEST

/* Two who have both lost their leader would otherwise wait for each other. */
START_TEST(a_pre_candidate_has_given_up_its_leader)
{
    append(2, 1, 0, 0, "", 0);
    rig_timer(rig, RAFT_TIMER_ELECTION);
    ask_pre_vote(3, 2, 0, 0);
    expect_sends("send Vote to 3: PreVoteReply term=1 asked=2 granted\n");
    query(1, "x");
    expect_sends("send Reply to 100: Reply not-leader tag=1/1\n");
}
END_TEST

/* ---- Who hears from a leader ---- */

/* "If a server receives a RequestVote request within the minimum election timeout of hearing from a
 * current leader, it does not update its term or grant its vote." */
START_TEST(who_hears_from_a_leader_does_not_depose_it)
{
    append(2, 1, 0, 0, "", 0);
    rig_advance(rig, cs_ms(149));
    ask_vote(3, 2, 0, 0);
    expect("reached leader_kept\n"
           "reached vote_refused\n"
           "send Vote to 3: Vote term=1 asked=2 refused\n");
    expect_state("follower term=1 last=0 stored=0 commit=0 applied=0");
    ask_pre_vote(3, 2, 0, 0);
    expect_sends("send Vote to 3: PreVoteReply term=1 asked=2 refused\n");
    rig_advance(rig, cs_ms(1));
    ask_vote(3, 2, 0, 0);
    expect_sends("send Vote to 3: Vote term=2 asked=2 granted\n");
}
END_TEST

START_TEST(a_leader_with_check_quorum_is_not_deposed_by_a_candidate)
{
    become_leader();
    ask_vote(3, 9, 5, 8);
    expect_sends("send Vote to 3: Vote term=1 asked=9 refused\n");
    expect_state("leader term=1 last=1 stored=1 commit=0 applied=0");
}
END_TEST

/* Else a candidate that has moved on could never be reached: it refuses the leader's requests. */
START_TEST(a_leader_is_deposed_by_a_follower_in_a_later_term)
{
    become_leader();
    refuse(3, 9, 0, 1, 0);
    expect_state("follower term=9 last=1 stored=1 commit=0 applied=0");
    expect_reached("reached leader_stepped_down\n");
}
END_TEST

START_TEST(without_check_quorum_votes_go_by_the_paper)
{
    bench_close();
    bench_open(&(struct bench_options){ .servers = 5 });
    append(2, 1, 0, 0, "", 0);
    ask_vote(3, 2, 0, 0);
    expect_sends("send Vote to 3: Vote term=2 asked=2 granted\n");
}
END_TEST

/* ---- Leaders without a majority ---- */

/* "A leader steps down if an election timeout elapses without a successful round of heartbeats to a
 * majority of its cluster." */
START_TEST(a_leader_without_a_majority_steps_down)
{
    become_leader();
    for (int i = 0; i < 3; i++) {
        rig_timer(rig, RAFT_TIMER_HEARTBEAT);
        succeed(2, 1, 1, 1); /* one is not enough */
    }
    rig_timer(rig, RAFT_TIMER_HEARTBEAT);
    expect("reached quorum_lost\n"
           "fact ROLE FOLLOWER term=1\n"
           "cancel timer 1\n"
           "set timer 0 in 150ms\n"
           "reached leader_stepped_down\n");
}
END_TEST

START_TEST(a_leader_that_a_majority_answers_stays)
{
    become_leader();
    for (int i = 0; i < 20; i++) {
        rig_timer(rig, RAFT_TIMER_HEARTBEAT);
        succeed(2, 1, 1, 1);
        succeed((cs_node)(3 + i % 3), 1, 1, 1);
    }
    expect_state("leader term=1 last=1 stored=1 commit=1 applied=1");
}
END_TEST

START_TEST(refusals_are_answers_too)
{
    become_leader();
    for (int i = 0; i < 20; i++) {
        rig_timer(rig, RAFT_TIMER_HEARTBEAT);
        refuse(2, 1, 0, 1, 0);
        refuse(3, 1, 0, 1, 0);
    }
    expect_state("leader term=1 last=1 stored=1 commit=0 applied=0");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("raft-votes-kept");
    TCase *tcase = tcase_create("votes kept");
    tcase_add_checked_fixture(tcase, setup, bench_close);
    tcase_add_test(tcase, a_server_asks_before_it_raises_its_term);
    tcase_add_test(tcase, a_majority_of_pre_votes_starts_the_election);
    tcase_add_test(tcase, a_pre_vote_of_a_voter_in_the_asked_term_counts);
    tcase_add_test(tcase, pre_votes_are_not_votes);
    tcase_add_test(tcase, a_pre_vote_changes_nothing_at_the_voter);
    tcase_add_test(tcase, a_pre_vote_may_be_given_to_several);
    tcase_add_test(tcase, a_pre_vote_needs_a_log_that_is_up_to_date);
    tcase_add_test(tcase, a_refused_pre_candidate_learns_the_later_term);
    tcase_add_test(tcase, a_pre_candidate_has_given_up_its_leader);
    tcase_add_test(tcase, who_hears_from_a_leader_does_not_depose_it);
    tcase_add_test(tcase, a_leader_with_check_quorum_is_not_deposed_by_a_candidate);
    tcase_add_test(tcase, a_leader_is_deposed_by_a_follower_in_a_later_term);
    tcase_add_test(tcase, without_check_quorum_votes_go_by_the_paper);
    tcase_add_test(tcase, a_leader_without_a_majority_steps_down);
    tcase_add_test(tcase, a_leader_that_a_majority_answers_stays);
    tcase_add_test(tcase, refusals_are_answers_too);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
