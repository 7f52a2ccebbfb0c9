/* AppendEntries as received: thesis 3.5 (log replication), figure 3.1 "AppendEntries RPC".
 *
 * A follower answers at once what leaves its log as it is, and a request with new entries when a
 * flush has covered them.  It claims only what it has both compared with this leader's log and made
 * durable, so a reply is true whenever it arrives. */
#include "raft/raft.h"

static void reply(struct raft *rf, struct cs_context *cx, cs_node leader,
                  const struct append_reply *message)
{
    struct wire_writer writer = wire_writer_in(cx, &rf->message);
    cs_send(cx, leader, RAFT_APPEND_REPLY, append_reply_put(&writer, message));
}

static void succeed(struct raft *rf, struct cs_context *cx)
{
    uint64_t match = rf->verified < rf->stored ? rf->verified : rf->stored;
    cs_assert(rf->verified <= rf->log.last_index);
    reply(rf, cx, rf->leader,
          &(struct append_reply){ .success = true,
                                  .term = rf->term,
                                  .round = rf->leader_round,
                                  .prev_index = rf->verified,
                                  .match_index = match,
                                  .last_index = rf->verified });
    rf->acknowledge_late = rf->verified > rf->stored;
}

/* Thesis 3.5: "the follower can include the term of the conflicting entry and the first index it
 * stores for that term", so that the leader passes over a term at a time. */
static void refuse(struct raft *rf, struct cs_context *cx, cs_node leader,
                   const struct append_entries *message)
{
    struct append_reply refusal = { .term = rf->term,
                                    .prev_index = message->prev_index,
                                    .last_index = rf->log.last_index + 1 };
    if (message->term == rf->term) {
        refusal.round = rf->leader_round;
        if (message->prev_index <= rf->log.last_index) {
            refusal.conflict_term = log_term_at(&rf->log, message->prev_index);
            cs_assert(refusal.conflict_term > 0);
            refusal.last_index =
                raft_log_find(rf, message->prev_index, refusal.conflict_term - 1) + 1;
        }
    }
    reply(rf, cx, leader, &refusal);
}

void raft_acknowledge(struct raft *rf, struct cs_context *cx)
{
    if (rf->role == RAFT_FOLLOWER && rf->leader != CS_NODE_NONE && rf->acknowledge_late)
        succeed(rf, cx);
}

/* Thesis figure 3.1, AppendEntries, receiver steps 3 and 4: an entry that is there already is left
 * alone, whatever follows it; only one that conflicts is removed, with all that follow.  Returns
 * how many entries were new, or -1 if this cannot come from a leader of our term, or the log is
 * full. */
static int64_t take_entries(struct raft *rf, struct cs_context *cx, struct append_entries *message)
{
    int64_t taken = 0;
    for (uint64_t i = 1; i <= message->count; i++) {
        uint64_t index = message->prev_index + i;
        uint64_t term;
        struct cs_bytes content = append_entry_next(message, &term);
        if (raft_log_matches(rf, index, term))
            continue;
        if (index <= rf->log.last_index) {
            if (index <= rf->commit || index <= rf->verified)
                return -1;
            if (!raft_truncate(rf, cx, index))
                return -1;
        }
        cs_assert(index == rf->log.last_index + 1);
        if (!raft_append(rf, cx, term, content))
            return -1;
        taken++;
    }
    return taken;
}

/* Who leads in its term, and that it was heard.  False if there is another leader in that term. */
static bool follow(struct raft *rf, struct cs_context *cx, cs_node from,
                   const struct append_entries *message)
{
    bool later = message->term > rf->term;
    if (!later && (rf->role == RAFT_LEADER || (rf->leader != CS_NODE_NONE && rf->leader != from)))
        return false;
    if (later || rf->role != RAFT_FOLLOWER)
        raft_become_follower(rf, cx, message->term, CS_NODE_NONE);
    rf->leader = from;
    rf->heard_leader = true;
    rf->heard_at = cs_now(cx);
    if (message->round > rf->leader_round)
        rf->leader_round = message->round;
    raft_arm_election_timer(rf, cx);
    return true;
}

void raft_on_append_entries(struct raft *rf, struct cs_context *cx, cs_node from,
                            struct append_entries *message)
{
    if (message->term < rf->term) { /* receiver step 1 */
        refuse(rf, cx, from, message);
        return;
    }
    if (!follow(rf, cx, from, message)) {
        cs_count(cx, "second_leader", 1);
        return;
    }
    if (!raft_log_matches(rf, message->prev_index, message->prev_term)) { /* receiver step 2 */
        refuse(rf, cx, from, message);
        return;
    }
    int64_t taken = take_entries(rf, cx, message);
    if (taken < 0) {
        cs_count(cx, "impossible_append", 1);
        return;
    }
    uint64_t covered = message->prev_index + message->count;
    if (covered > rf->verified)
        rf->verified = covered;

    /* Receiver step 5: what follows the entries of this request may yet differ from the leader's
     * log, so its commit index counts no further than they reach. */
    raft_commit(rf, cx, message->commit < covered ? message->commit : covered);
    raft_flush(rf, cx);
    if (taken == 0) {
        succeed(rf, cx);
    } else {
        rf->acknowledge_late = true;
    }
}
