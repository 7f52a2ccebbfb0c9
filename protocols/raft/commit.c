/* The commit index, and applying: thesis 3.5, 3.6.2 (committing entries from previous terms), 3.8
 * (the commit index may be volatile). */
#include "raft/raft.h"

/* Entries applied in one step at most; a long log is caught up with in steps between which messages
 * are answered. */
enum { APPLY_BATCH_MAX = 1024 };

/* Thesis 3.6.2: only entries of the current term are committed by counting; what precedes them is
 * committed with them.  Thesis 10.2.1: our own copy counts when it is durable, like any other. */
void raft_advance_commit(struct raft *rf, struct cs_context *cx)
{
    cs_assert(rf->role == RAFT_LEADER);
    for (size_t i = 0; i < rf->voters.count; i++)
        rf->values[i] = i == rf->voters.self ? rf->stored : rf->peers[i].match_index;
    uint64_t agreed = voters_agreed(&rf->voters, rf->values);
    if (agreed > rf->commit && log_term_at(&rf->log, agreed) == rf->term)
        raft_commit(rf, cx, agreed);
}

void raft_commit(struct raft *rf, struct cs_context *cx, uint64_t index)
{
    cs_assert(index <= rf->log.last_index);
    if (index <= rf->commit)
        return;
    rf->commit = index;
    cs_fact(cx, &(struct cs_fact){
                    .kind = CS_FACT_COMMITTED, .a = index, .b = log_term_at(&rf->log, index) });
    if (!rf->apply_pending)
        raft_apply(rf, cx);
}

/* ---- Applying -----------------------------------------------------------------------------------
 */

static struct service_reply apply_command(struct raft *rf, struct cs_context *cx, uint64_t index,
                                          const struct session_command *command)
{
    struct service_reply reply = { .status = SERVICE_DONE };
    switch (sessions_apply(&rf->sessions, cx, index, command, &reply.result)) {
    case SESSION_APPLIED:
        break;
    case SESSION_REPEATED:
        cs_reached(cx, "session_retry_filtered");
        break;
    case SESSION_EXPIRED:
        reply.status = SERVICE_EXPIRED;
        cs_reached(cx, "session_expired");
        break;
    case SESSION_STALE: /* its client has given it up, and waits for no answer */
        reply.status = SERVICE_EXPIRED;
        break;
    }
    return reply;
}

/* What there is to answer to whoever waits for the entry. */
static struct service_reply apply_entry(struct raft *rf, struct cs_context *cx, uint64_t index,
                                        const struct entry *entry)
{
    struct service_reply reply = { .status = SERVICE_DONE };
    size_t expired = sessions_advance(&rf->sessions, cx, entry->stamp_ns);
    if (expired > 0)
        cs_count(cx, "sessions_expired", expired);
    switch (entry->kind) {
    case ENTRY_NOOP: /* nobody waits for it */
        break;
    case ENTRY_REGISTER:
        sessions_register(&rf->sessions, cx, index);
        reply.status = SERVICE_REGISTERED;
        reply.session = index;
        break;
    case ENTRY_COMMAND:
        reply = apply_command(rf, cx, index, &entry->command);
        break;
    case ENTRY_QUERY: /* only who answers it needs the answer */
        if (rf->waiter_count > 0)
            reply.result = sessions_query(&rf->sessions, cx, entry->command.command);
        break;
    }
    return reply;
}

static bool apply_next(struct raft *rf, struct cs_context *cx)
{
    uint64_t index = rf->applied + 1;
    struct cs_bytes content = log_content_at(&rf->log, index);
    struct entry entry;
    if (!entry_get(content, &entry)) {
        cs_stop(cx, "log entry unreadable");
        return false;
    }
    rf->applied = index;
    cs_charge(cx, RAFT_COST_ENTRY, 1);
    struct service_reply reply = apply_entry(rf, cx, index, &entry);
    cs_fact(cx, &(struct cs_fact){ .kind = CS_FACT_APPLIED,
                                   .a = index,
                                   .b = log_term_at(&rf->log, index),
                                   .c = sessions_digest(&rf->sessions),
                                   .content = content });
    raft_answer(rf, cx, index, &reply);
    return true;
}

void raft_apply(struct raft *rf, struct cs_context *cx)
{
    cs_assert(rf->applied <= rf->commit);
    for (int i = 0; i < APPLY_BATCH_MAX && rf->applied < rf->commit; i++) {
        if (!apply_next(rf, cx))
            return;
    }
    rf->apply_pending = rf->applied < rf->commit;
    if (rf->apply_pending)
        cs_set_timer(cx, RAFT_TIMER_APPLY, cs_ns(0));
    if (rf->role == RAFT_LEADER)
        raft_answer_reads(rf, cx);
}
