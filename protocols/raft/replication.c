/* AppendEntries as sent: thesis 3.5 (log replication), 10.2 (writing in parallel, batching and
 * pipelining).
 *
 * A follower is probed until its log is known to agree with ours at the place before `next_index`:
 * one request at a time, repeated by heartbeats.  Then it is replicated to: `next_index` runs ahead
 * of the replies, up to max_inflight requests.  A refusal leads back to probing.  A heartbeat asks
 * about the place before `next_index`, so that a lost request shows as a refusal and a lost reply
 * is given again: no pause outlasts a heartbeat that gets through. */
#include "raft/raft.h"

void raft_replication_start(struct raft *rf, struct cs_context *cx)
{
    rf->round = 0;
    rf->round_confirmed = 0;
    for (size_t i = 0; i < rf->voters.count; i++) {
        struct raft_peer *peer = &rf->peers[i];
        peer->next_index = rf->log.last_index + 1;
        peer->match_index = 0;
        peer->round = 0;
        peer->heard = cs_now(cx);
        peer->probing = true;
        peer->probe_sent = false;
        peer->inflight_count = 0;
    }
    /* The replicated clock goes on from the last stamp in the log (thesis 6.3), with our own
     * monotonic clock: no jump of a wall clock can expire anybody's session. */
    rf->clock_local = cs_now(cx);
    rf->clock_base_ns = 0;
    struct entry last;
    if (rf->log.last_index >= rf->log.first_index &&
        entry_get(log_content_at(&rf->log, rf->log.last_index), &last))
        rf->clock_base_ns = last.stamp_ns;
}

/* ---- Requests in flight -------------------------------------------------------------------------
 */

static void inflight_add(const struct raft *rf, struct raft_peer *peer, uint64_t last_index)
{
    cs_assert(peer->inflight_count < rf->max_inflight);
    size_t place = (peer->inflight_first + peer->inflight_count++) % rf->max_inflight;
    peer->inflight[place] = last_index;
}

static void inflight_release(const struct raft *rf, struct raft_peer *peer, uint64_t match_index)
{
    while (peer->inflight_count > 0 && peer->inflight[peer->inflight_first] <= match_index) {
        peer->inflight_first = (peer->inflight_first + 1) % rf->max_inflight;
        peer->inflight_count--;
    }
}

/* True if a request with entries may be sent to it now; of a probe, with or without. */
static bool is_ready(const struct raft *rf, size_t place)
{
    const struct raft_peer *peer = &rf->peers[place];
    if (place == rf->voters.self)
        return false;
    if (peer->probing)
        return !peer->probe_sent;
    return peer->next_index <= rf->log.last_index && peer->inflight_count < rf->max_inflight;
}

/* ---- Sending ------------------------------------------------------------------------------------
 */

static struct wire_writer begin_append(struct raft *rf, struct cs_context *cx, uint64_t next_index)
{
    cs_assert(next_index >= rf->log.first_index);
    cs_assert(next_index <= rf->log.last_index + 1);
    struct wire_writer writer = wire_writer_in(cx, &rf->message);
    append_entries_put(&writer, &(struct append_entries){
                                    .term = rf->term,
                                    .prev_index = next_index - 1,
                                    .prev_term = log_term_at(&rf->log, next_index - 1),
                                    .commit = rf->commit,
                                    .round = rf->round,
                                });
    return writer;
}

/* Consecutive entries from `next_index` on: at least one if there is any, and as many as stay
 * within batch_bytes. */
static uint32_t add_entries(const struct raft *rf, struct wire_writer *writer, uint64_t next_index)
{
    uint32_t count = 0;
    for (uint64_t i = next_index; i <= rf->log.last_index; i++) {
        struct cs_bytes content = log_content_at(&rf->log, i);
        size_t size = writer->size + APPEND_ENTRY_OVERHEAD + content.size;
        if (count > 0 && size > rf->batch_bytes)
            break;
        append_entry_put(writer, log_term_at(&rf->log, i), content);
        count++;
    }
    cs_assert(!writer->overflow);
    return count;
}

static void mark_sent(const struct raft *rf, struct raft_peer *peer, uint32_t count)
{
    if (peer->probing) {
        peer->probe_sent = true;
        return;
    }
    cs_assert(count > 0);
    peer->next_index += count;
    inflight_add(rf, peer, peer->next_index - 1);
}

void raft_replicate(struct raft *rf, struct cs_context *cx)
{
    cs_node targets[VOTERS_MAX];
    cs_assert(rf->role == RAFT_LEADER);
    for (size_t i = 0; i < rf->voters.count; i++) {
        while (is_ready(rf, i)) {
            uint64_t next_index = rf->peers[i].next_index;
            struct wire_writer writer = begin_append(rf, cx, next_index);
            uint32_t entries = add_entries(rf, &writer, next_index);
            struct cs_bytes bytes = append_entries_seal(&writer, entries);
            size_t count = 0;
            for (size_t j = i; j < rf->voters.count; j++) {
                if (!is_ready(rf, j) || rf->peers[j].next_index != next_index)
                    continue;
                targets[count++] = rf->voters.nodes[j];
                mark_sent(rf, &rf->peers[j], entries);
            }
            cs_send_many(cx, targets, count, RAFT_APPEND_ENTRIES, &bytes, 1);
        }
    }
}

void raft_heartbeat(struct raft *rf, struct cs_context *cx)
{
    cs_node targets[VOTERS_MAX];
    bool sent[VOTERS_MAX] = { false };
    cs_assert(rf->role == RAFT_LEADER);
    rf->round++;
    for (size_t i = 0; i < rf->voters.count; i++) {
        if (i == rf->voters.self || sent[i])
            continue;
        /* Those who are at the same place get the same bytes. */
        uint64_t next_index = rf->peers[i].next_index;
        size_t count = 0;
        for (size_t j = i; j < rf->voters.count; j++) {
            if (j == rf->voters.self || rf->peers[j].next_index != next_index)
                continue;
            sent[j] = true;
            targets[count++] = rf->voters.nodes[j];
        }
        struct wire_writer writer = begin_append(rf, cx, next_index);
        struct cs_bytes bytes = append_entries_seal(&writer, 0);
        cs_send_many(cx, targets, count, RAFT_APPEND_ENTRIES, &bytes, 1);
    }
    raft_confirm_rounds(rf, cx);
}

/* Thesis 6.2: "a leader steps down if an election timeout elapses without a successful round of
 * heartbeats to a majority of its cluster". */
static bool has_quorum(struct raft *rf, const struct cs_context *cx)
{
    for (size_t i = 0; i < rf->voters.count; i++)
        rf->values[i] = i == rf->voters.self ? cs_now(cx).ns : rf->peers[i].heard.ns;
    cs_instant heard = { voters_agreed(&rf->voters, rf->values) };
    return cs_since(cs_now(cx), heard).ns <= rf->patience.ns;
}

void raft_on_heartbeat_timer(struct raft *rf, struct cs_context *cx)
{
    cs_assert(rf->role == RAFT_LEADER);
    if (rf->check_quorum && !has_quorum(rf, cx)) {
        cs_reached(cx, "quorum_lost");
        raft_become_follower(rf, cx, rf->term, CS_NODE_NONE);
        return;
    }
    raft_heartbeat(rf, cx);
    cs_set_timer(cx, RAFT_TIMER_HEARTBEAT, rf->heartbeat);
}

/* ---- Replies ------------------------------------------------------------------------------------
 */

static void on_success(struct raft *rf, struct cs_context *cx, struct raft_peer *peer,
                       const struct append_reply *message)
{
    if (message->match_index > peer->match_index) {
        peer->match_index = message->match_index;
        inflight_release(rf, peer, peer->match_index);
        raft_advance_commit(rf, cx);
    }
    if (peer->probing) {
        peer->probing = false;
        peer->probe_sent = false;
        cs_assert(peer->inflight_count == 0);
        peer->next_index = message->last_index + 1;
    }
    if (peer->next_index <= peer->match_index)
        peer->next_index = peer->match_index + 1;
}

/* Thesis 3.5: go back by terms.  Where the follower's entry at the place before has a term that we
 * do not have, its first entry of that term cannot agree either; where we have it, our last entry
 * of it may. */
static uint64_t agreement_before(const struct raft *rf, const struct append_reply *message)
{
    uint64_t before = message->prev_index - 1; /* progress, whatever the hint */
    if (before > rf->log.last_index)
        before = rf->log.last_index;
    if (message->conflict_term > 0) {
        uint64_t found = raft_log_find(rf, before, message->conflict_term);
        if (found > 0 && log_term_at(&rf->log, found) == message->conflict_term)
            return found;
        before = found;
    }
    return before < message->last_index - 1 ? before : message->last_index - 1;
}

static void on_refusal(struct raft *rf, struct raft_peer *peer, const struct append_reply *message)
{
    /* Late, or doubled: about a place that has been settled since, or another than is probed. */
    if (message->prev_index <= peer->match_index || message->prev_index >= peer->next_index ||
        (peer->probing && message->prev_index != peer->next_index - 1))
        return;
    uint64_t before = agreement_before(rf, message);
    if (before < peer->match_index)
        before = peer->match_index;
    peer->next_index = before + 1;
    peer->probing = true;
    peer->probe_sent = false;
    peer->inflight_count = 0;
}

void raft_on_append_reply(struct raft *rf, struct cs_context *cx, size_t voter,
                          const struct append_reply *message)
{
    cs_assert(voter < rf->voters.count);
    if (message->term > rf->term) {
        raft_become_follower(rf, cx, message->term, CS_NODE_NONE);
        return;
    }
    if (rf->role != RAFT_LEADER || message->term < rf->term || voter == rf->voters.self)
        return;
    if (message->round > rf->round ||
        (message->success && message->last_index > rf->log.last_index)) {
        cs_count(cx, "malformed", 1);
        return;
    }
    struct raft_peer *peer = &rf->peers[voter];
    peer->heard = cs_now(cx);
    if (message->success) {
        on_success(rf, cx, peer, message);
    } else {
        on_refusal(rf, peer, message);
    }
    if (message->round > peer->round) {
        peer->round = message->round;
        raft_confirm_rounds(rf, cx);
    }
    raft_replicate(rf, cx);
}
