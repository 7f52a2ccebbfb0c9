/* Linearizable reads without the log: thesis 6.4.
 *
 * A read may see the state once everything is applied that was committed when it arrived, and once
 * a majority has confirmed, after it arrived, that nobody else leads.  The first is the commit
 * index, but at least the first entry of our term: until that is committed, the commit index may be
 * behind (6.4, step 1).  The second is a round of heartbeats that began after the read arrived; one
 * round serves all reads that came before it. */
#include <string.h>

#include "raft/raft.h"

/* A read starts a round at once while fewer than this many are unconfirmed; then reads gather. */
enum { READ_ROUNDS_MAX = 4, READS_FIRST = 16 };

static struct raft_read *read_at(const struct raft *rf, size_t place)
{
    return &rf->reads[(rf->read_first + place) % rf->read_capacity];
}

static void grow(struct raft *rf, struct cs_context *cx)
{
    cs_assert(rf->read_count == rf->read_capacity);
    size_t capacity = rf->read_capacity == 0 ? READS_FIRST : rf->read_capacity * 2;
    struct raft_read *reads = cs_alloc(cx, capacity * sizeof *reads);
    for (size_t i = 0; i < rf->read_count; i++)
        reads[i] = *read_at(rf, i);
    cs_release(cx, rf->reads);
    rf->reads = reads;
    rf->read_first = 0;
    rf->read_capacity = capacity;
}

static void add(struct raft *rf, struct cs_context *cx, cs_node client,
                const struct service_request *request)
{
    if (rf->read_count == rf->read_capacity)
        grow(rf, cx);
    struct raft_read *read = read_at(rf, rf->read_count++);
    read->round = rf->round + 1;
    read->index = rf->commit > rf->term_start ? rf->commit : rf->term_start;
    read->tag = request->tag;
    read->attempt = request->attempt;
    read->client = client;
    if (read->query_capacity < request->body.size) {
        cs_release(cx, read->query);
        read->query_capacity = request->body.size;
        read->query = cs_alloc(cx, read->query_capacity);
    }
    read->query_size = request->body.size;
    if (request->body.size > 0)
        memcpy(read->query, request->body.data, request->body.size);
}

void raft_read_index(struct raft *rf, struct cs_context *cx, cs_node client,
                     const struct service_request *request)
{
    cs_assert(rf->role == RAFT_LEADER);
    add(rf, cx, client, request);
    if (rf->round - rf->round_confirmed < READ_ROUNDS_MAX)
        raft_heartbeat(rf, cx);
}

void raft_confirm_rounds(struct raft *rf, struct cs_context *cx)
{
    cs_assert(rf->role == RAFT_LEADER);
    for (size_t i = 0; i < rf->voters.count; i++)
        rf->values[i] = i == rf->voters.self ? rf->round : rf->peers[i].round;
    uint64_t agreed = voters_agreed(&rf->voters, rf->values);
    if (agreed <= rf->round_confirmed)
        return;
    rf->round_confirmed = agreed;
    raft_answer_reads(rf, cx);
    if (rf->read_count > 0 && read_at(rf, rf->read_count - 1)->round > rf->round)
        raft_heartbeat(rf, cx);
}

static void pop(struct raft *rf)
{
    cs_assert(rf->read_count > 0);
    rf->read_first = (rf->read_first + 1) % rf->read_capacity;
    rf->read_count--;
}

void raft_answer_reads(struct raft *rf, struct cs_context *cx)
{
    while (rf->read_count > 0) {
        const struct raft_read *read = read_at(rf, 0);
        if (read->round > rf->round_confirmed || read->index > rf->applied)
            return;
        struct service_reply reply = { .status = SERVICE_DONE,
                                       .tag = read->tag,
                                       .attempt = read->attempt };
        reply.result =
            sessions_query(&rf->sessions, cx, cs_bytes_of(read->query, read->query_size));
        raft_send_reply(rf, cx, read->client, &reply);
        pop(rf);
    }
}

void raft_drop_reads(struct raft *rf, struct cs_context *cx)
{
    for (; rf->read_count > 0; pop(rf)) {
        const struct raft_read *read = read_at(rf, 0);
        raft_send_reply(rf, cx, read->client,
                        &(struct service_reply){ .status = SERVICE_NOT_LEADER,
                                                 .tag = read->tag,
                                                 .attempt = read->attempt });
    }
}
