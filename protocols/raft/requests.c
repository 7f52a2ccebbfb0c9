/* What clients ask: thesis 6.2 (redirects), 6.3 (sessions), 8 of the paper.
 *
 * The leader appends a command and answers when it is applied.  A leader that steps down sends
 * those who wait away without saying what became of their commands: that is decided by others, and
 * the client asks again within its session. */
#include "raft/raft.h"

enum { WAITERS_FIRST = 64 };

void raft_send_reply(struct raft *rf, struct cs_context *cx, cs_node client,
                     const struct service_reply *reply)
{
    struct service_reply message = *reply;
    message.leader = rf->role == RAFT_LEADER ? cs_self(cx) : rf->leader;
    struct wire_writer writer = wire_writer_in(cx, &rf->message);
    cs_send(cx, client, SERVICE_REPLY, service_reply_put(&writer, &message));
}

/* ---- Those who wait -----------------------------------------------------------------------------
 */

static void grow(struct raft *rf, struct cs_context *cx)
{
    cs_assert(rf->waiter_count == rf->waiter_capacity);
    size_t capacity = rf->waiter_capacity == 0 ? WAITERS_FIRST : rf->waiter_capacity * 2;
    struct raft_waiter *waiters = cs_alloc(cx, capacity * sizeof *waiters);
    for (size_t i = 0; i < rf->waiter_count; i++)
        waiters[i] = rf->waiters[(rf->waiter_first + i) % rf->waiter_capacity];
    cs_release(cx, rf->waiters);
    rf->waiters = waiters;
    rf->waiter_first = 0;
    rf->waiter_capacity = capacity;
}

/* It waits for the last entry. */
static void add_waiter(struct raft *rf, struct cs_context *cx, cs_node client,
                       const struct service_request *request)
{
    if (rf->waiter_count == rf->waiter_capacity)
        grow(rf, cx);
    rf->waiters[(rf->waiter_first + rf->waiter_count++) % rf->waiter_capacity] =
        (struct raft_waiter){ .index = rf->log.last_index,
                              .tag = request->tag,
                              .attempt = request->attempt,
                              .client = client };
}

static struct raft_waiter pop(struct raft *rf)
{
    cs_assert(rf->waiter_count > 0);
    struct raft_waiter waiter = rf->waiters[rf->waiter_first];
    rf->waiter_first = (rf->waiter_first + 1) % rf->waiter_capacity;
    rf->waiter_count--;
    return waiter;
}

void raft_answer(struct raft *rf, struct cs_context *cx, uint64_t index,
                 struct service_reply *reply)
{
    if (rf->waiter_count == 0 || rf->waiters[rf->waiter_first].index != index)
        return;
    cs_assert(rf->role == RAFT_LEADER); /* they are sent away when it steps down */
    struct raft_waiter waiter = pop(rf);
    reply->tag = waiter.tag;
    reply->attempt = waiter.attempt;
    raft_send_reply(rf, cx, waiter.client, reply);
}

void raft_drop_waiters(struct raft *rf, struct cs_context *cx)
{
    while (rf->waiter_count > 0) {
        struct raft_waiter waiter = pop(rf);
        raft_send_reply(rf, cx, waiter.client,
                        &(struct service_reply){ .status = SERVICE_NOT_LEADER,
                                                 .tag = waiter.tag,
                                                 .attempt = waiter.attempt });
    }
}

/* ---- Requests -----------------------------------------------------------------------------------
 */

/* Our own write and our followers' go on at the same time (thesis 10.2.1). */
bool raft_propose(struct raft *rf, struct cs_context *cx, struct entry *entry)
{
    cs_assert(rf->role == RAFT_LEADER);
    entry->stamp_ns = rf->clock_base_ns + cs_since(cs_now(cx), rf->clock_local).ns;
    struct wire_writer writer = wire_writer_in(cx, &rf->content);
    if (!raft_append(rf, cx, rf->term, entry_put(&writer, entry)))
        return false;
    raft_flush(rf, cx);
    raft_replicate(rf, cx);
    return true;
}

static struct entry entry_of(const struct service_request *request)
{
    struct entry entry = { .kind = ENTRY_REGISTER };
    if (request->what == SERVICE_REGISTER)
        return entry;
    entry.kind = request->what == SERVICE_COMMAND ? ENTRY_COMMAND : ENTRY_QUERY;
    entry.command = (struct session_command){ .session = request->session,
                                              .serial = request->serial,
                                              .first_unanswered = request->first_unanswered,
                                              .command = request->body };
    return entry;
}

/* An entry travels whole in one message. */
static bool fits(const struct raft *rf, const struct service_request *request)
{
    return request->body.size + ENTRY_OVERHEAD + APPEND_ENTRY_OVERHEAD + APPEND_OVERHEAD <=
           rf->message_max;
}

void raft_on_request(struct raft *rf, struct cs_context *cx, cs_node client,
                     const struct service_request *request)
{
    struct service_reply reply = { .tag = request->tag, .attempt = request->attempt };
    if (rf->role != RAFT_LEADER) {
        reply.status = SERVICE_NOT_LEADER;
        raft_send_reply(rf, cx, client, &reply);
        return;
    }
    if (request->what == SERVICE_ADMINISTER || !fits(rf, request)) { /* no administration yet */
        reply.status = SERVICE_REFUSED;
        raft_send_reply(rf, cx, client, &reply);
        return;
    }
    if (request->what == SERVICE_QUERY && rf->read_mode == RAFT_READ_INDEX) {
        raft_read_index(rf, cx, client, request);
        return;
    }
    struct entry entry = entry_of(request);
    if (raft_propose(rf, cx, &entry)) /* nothing is applied before the flush */
        add_waiter(rf, cx, client, request);
}
