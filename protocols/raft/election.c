/* Roles and votes: thesis 3.4 (leader election), 3.6.1 (election restriction), 4.2.3 (disruptive
 * servers), 6.2 (check-quorum) and 9.6 (pre-vote). */
#include "raft/raft.h"

/* ---- Roles --------------------------------------------------------------------------------------
 */

static enum cs_role outer_role(enum raft_role role)
{
    switch (role) {
    case RAFT_FOLLOWER:
    case RAFT_PRE_CANDIDATE: /* it has not left its term yet */
        return CS_ROLE_FOLLOWER;
    case RAFT_CANDIDATE:
        return CS_ROLE_CANDIDATE;
    case RAFT_LEADER:
        return CS_ROLE_LEADER;
    }
    return CS_ROLE_OTHER;
}

void raft_state_role(struct raft *rf, struct cs_context *cx)
{
    enum cs_role role = outer_role(rf->role);
    if (role == rf->stated_role && rf->term == rf->stated_term)
        return;
    rf->stated_role = role;
    rf->stated_term = rf->term;
    cs_fact(cx, &(struct cs_fact){ .kind = CS_FACT_ROLE, .a = role, .b = rf->term });
}

/* Thesis 3.4: timeouts are drawn anew each time, so that split votes are rare.  The timer counts
 * from the release of this effect, so not while a barrier before it waits for the disk. */
void raft_arm_election_timer(struct raft *rf, struct cs_context *cx)
{
    cs_assert(rf->role != RAFT_LEADER);
    cs_set_timer(cx, RAFT_TIMER_ELECTION, cs_draw(cx, RAFT_PARAM_ELECTION_TIMEOUT));
}

/* Begin a later term; what was known of the term before does not hold in it. */
static void enter_term(struct raft *rf, struct cs_context *cx, uint64_t term, cs_node vote)
{
    cs_assert(term > rf->term);
    raft_persist(rf, cx, term, vote);
    rf->leader = CS_NODE_NONE;
    rf->verified = 0;
    rf->leader_round = 0;
    rf->acknowledge_late = false;
}

void raft_become_follower(struct raft *rf, struct cs_context *cx, uint64_t term, cs_node vote)
{
    bool led = rf->role == RAFT_LEADER;
    cs_assert(term >= rf->term);
    rf->role = RAFT_FOLLOWER;
    if (term > rf->term)
        enter_term(rf, cx, term, vote);
    raft_state_role(rf, cx);
    if (!led)
        return;
    rf->leader = CS_NODE_NONE;
    cs_cancel_timer(cx, RAFT_TIMER_HEARTBEAT);
    raft_arm_election_timer(rf, cx);
    raft_drop_waiters(rf, cx);
    raft_drop_reads(rf, cx);
    cs_reached(cx, "leader_stepped_down");
}

/* Thesis 3.4, 6.4: announce, and append a blank entry, whose commit tells what is committed of
 * earlier terms. */
static void become_leader(struct raft *rf, struct cs_context *cx)
{
    cs_assert(rf->role == RAFT_CANDIDATE);
    cs_assert(rf->vote == cs_self(cx));
    rf->role = RAFT_LEADER;
    rf->leader = cs_self(cx);
    raft_state_role(rf, cx);
    cs_fact(cx, &(struct cs_fact){ .kind = CS_FACT_LEADER,
                                   .a = rf->term,
                                   .b = rf->log.last_index,
                                   .c = log_term_at(&rf->log, rf->log.last_index) });
    cs_cancel_timer(cx, RAFT_TIMER_ELECTION);
    cs_set_timer(cx, RAFT_TIMER_HEARTBEAT, rf->heartbeat);
    rf->patience = cs_draw(cx, RAFT_PARAM_ELECTION_TIMEOUT);
    rf->term_start = rf->log.last_index + 1;
    raft_replication_start(rf, cx);
    raft_propose(rf, cx, &(struct entry){ .kind = ENTRY_NOOP });
}

/* ---- Asking for votes ---------------------------------------------------------------------------
 */

static bool elected(const struct raft *rf)
{
    for (size_t i = 0; i < rf->voters.count; i++)
        rf->values[i] = rf->peers[i].granted;
    return voters_agreed(&rf->voters, rf->values) == 1;
}

/* Our own vote is ours; ask the others. */
static void ask_for_votes(struct raft *rf, struct cs_context *cx, bool pre_vote)
{
    cs_node others[VOTERS_MAX];
    size_t count = 0;
    for (size_t i = 0; i < rf->voters.count; i++) {
        rf->peers[i].granted = i == rf->voters.self;
        if (i != rf->voters.self)
            others[count++] = rf->voters.nodes[i];
    }
    const struct request_vote message = {
        .pre_vote = pre_vote,
        .term = pre_vote ? rf->term + 1 : rf->term,
        .last_index = rf->log.last_index,
        .last_term = log_term_at(&rf->log, rf->log.last_index),
    };
    struct wire_writer writer = wire_writer_in(cx, &rf->message);
    struct cs_bytes bytes = request_vote_put(&writer, &message);
    if (count > 0)
        cs_send_many(cx, others, count, RAFT_REQUEST_VOTE, &bytes, 1);
    raft_arm_election_timer(rf, cx);
}

/* Thesis 3.4, figure 3.1 "Candidates": raise the term, vote for ourselves, durably, then ask. */
static void start_election(struct raft *rf, struct cs_context *cx)
{
    enter_term(rf, cx, rf->term + 1, cs_self(cx));
    rf->role = RAFT_CANDIDATE;
    raft_state_role(rf, cx);
    cs_count(cx, "elections", 1);
    ask_for_votes(rf, cx, false);
    if (elected(rf))
        become_leader(rf, cx);
}

/* Thesis 9.6: only who learns that a majority would vote for it raises its term.  Who asks has
 * given up its leader (otherwise two who wait for each other would refuse each other for ever). */
static void start_pre_vote(struct raft *rf, struct cs_context *cx)
{
    rf->role = RAFT_PRE_CANDIDATE;
    rf->leader = CS_NODE_NONE;
    raft_state_role(rf, cx);
    cs_count(cx, "pre_votes", 1);
    ask_for_votes(rf, cx, true);
    if (elected(rf))
        start_election(rf, cx);
}

void raft_on_election_timeout(struct raft *rf, struct cs_context *cx)
{
    cs_assert(rf->role != RAFT_LEADER);
    if (rf->pre_vote) {
        start_pre_vote(rf, cx);
    } else {
        start_election(rf, cx);
    }
}

void raft_on_vote(struct raft *rf, struct cs_context *cx, size_t voter, const struct vote *message)
{
    cs_assert(voter < rf->voters.count);
    /* A pre-vote is granted for the term after ours, in which the voter may already be. */
    bool awaited = message->pre_vote
                       ? rf->role == RAFT_PRE_CANDIDATE && message->asked == rf->term + 1
                       : rf->role == RAFT_CANDIDATE && message->asked == rf->term;
    if (awaited && message->granted) {
        rf->peers[voter].granted = true;
        if (!elected(rf))
            return;
        if (message->pre_vote) {
            start_election(rf, cx);
        } else {
            become_leader(rf, cx);
        }
    } else if (message->term > rf->term) {
        raft_become_follower(rf, cx, message->term, CS_NODE_NONE);
    }
}

/* ---- Giving votes -------------------------------------------------------------------------------
 */

/* Thesis 4.2.3: who has heard from a leader within the least election timeout does not depose it,
 * and a leader that steps down without a majority (6.2) needs not be deposed.  Without check-quorum
 * a leader that can send and not receive would be kept for ever, so the two go together. */
static bool leader_is_undisputed(const struct raft *rf, const struct cs_context *cx)
{
    if (!rf->check_quorum)
        return false;
    return rf->role == RAFT_LEADER ||
           (rf->heard_leader && cs_since(cs_now(cx), rf->heard_at).ns < rf->vote_blackout.ns);
}

/* Thesis 3.6.1: the log whose last entry has the later term is more up to date; with equal terms,
 * the longer one. */
static bool log_is_up_to_date(const struct raft *rf, const struct request_vote *message)
{
    uint64_t last_term = log_term_at(&rf->log, rf->log.last_index);
    if (message->last_term != last_term)
        return message->last_term > last_term;
    return message->last_index >= rf->log.last_index;
}

static void reply_to_candidate(struct raft *rf, struct cs_context *cx, cs_node candidate,
                               const struct request_vote *message, bool granted)
{
    const struct vote vote = {
        .pre_vote = message->pre_vote, .granted = granted, .term = rf->term, .asked = message->term
    };
    struct wire_writer writer = wire_writer_in(cx, &rf->message);
    if (!granted)
        cs_reached(cx, message->pre_vote ? "pre_vote_refused" : "vote_refused");
    cs_send(cx, candidate, RAFT_VOTE, vote_put(&writer, &vote));
}

/* A pre-vote promises nothing: nothing changes, and the timer is not reset. */
static bool would_vote(const struct raft *rf, cs_node candidate, const struct request_vote *message)
{
    bool free = message->term > rf->term || rf->vote == CS_NODE_NONE || rf->vote == candidate;
    return free && log_is_up_to_date(rf, message);
}

void raft_on_request_vote(struct raft *rf, struct cs_context *cx, cs_node from,
                          const struct request_vote *message)
{
    bool granted = false;
    if (message->term >= rf->term && !leader_is_undisputed(rf, cx)) {
        granted = would_vote(rf, from, message);
    } else if (message->term >= rf->term) { /* our term stays too, or the leader would be deposed */
        cs_reached(cx, "leader_kept");
    }

    bool later = message->term > rf->term && !leader_is_undisputed(rf, cx);
    if (!message->pre_vote && later) {
        raft_become_follower(rf, cx, message->term, granted ? from : CS_NODE_NONE);
    } else if (!message->pre_vote && granted && rf->vote == CS_NODE_NONE) {
        raft_persist(rf, cx, rf->term, from);
    }

    if (!message->pre_vote && granted) {
        cs_assert(rf->vote == from);
        raft_arm_election_timer(rf, cx);
    }
    reply_to_candidate(rf, cx, from, message, granted);
}
