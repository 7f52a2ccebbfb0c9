/* What clients ask.  Commands go through the library's log (raft_apply); a query waits for an empty
 * entry of its own (raft_barrier), which no other leader's can overtake, and is answered from the
 * state at that point; a transfer of leadership is the library's (raft_transfer).
 *
 * A leader that steps down sends those who wait away without a word on what became of their
 * commands: the client asks again within its session. */
#include <string.h>

#include "libraft/server.h"

/* Who waits, with the library's request that he waits for; it comes first. */
struct waiter {
    union {
        struct raft_apply apply;
        struct raft_barrier barrier;
        struct raft_transfer transfer;
    };
    struct libraft *server;
    cs_node client;
    uint64_t tag;
    uint32_t attempt;
    enum service_what what;
    size_t query_size;
    uint8_t query[];
};

static void send_reply(struct libraft *server, cs_node client, const struct service_reply *reply)
{
    struct service_reply message = *reply;
    raft_id leader = 0;
    const char *address = NULL;
    raft_leader(&server->raft, &leader, &address);
    message.leader = libraft_node(leader);
    struct wire_writer writer = wire_writer_in(server->cx, &server->part);
    cs_send(server->cx, client, SERVICE_REPLY, service_reply_put(&writer, &message));
}

/* The last word to who waited. */
static void answer(struct waiter *waiter, struct service_reply *reply)
{
    cs_assert(waiter->server->cx != NULL); /* the library answers within steps only */
    struct libraft *server = waiter->server;
    reply->tag = waiter->tag;
    reply->attempt = waiter->attempt;
    send_reply(server, waiter->client, reply);
    cs_release(server->cx, waiter);
}

/* ---- The library's answers ----------------------------------------------------------------------
 */

static void on_applied(struct raft_apply *request, int status, void *result)
{
    struct waiter *waiter = request->data;
    const struct libraft_outcome *outcome = result;
    struct service_reply reply = { .status = SERVICE_NOT_LEADER };
    cs_assert(status != 0 || outcome != NULL);
    if (status == 0 && waiter->what == SERVICE_REGISTER) {
        reply.status = SERVICE_REGISTERED;
        reply.session = outcome->index;
    } else if (status == 0 && outcome->verdict == SESSION_EXPIRED) {
        reply.status = SERVICE_EXPIRED;
    } else if (status == 0 && outcome->verdict == SESSION_STALE) {
        cs_release(waiter->server->cx, waiter); /* its client no longer waits */
        return;
    } else if (status == 0) {
        reply.status = SERVICE_DONE;
        reply.result = outcome->result;
    }
    answer(waiter, &reply);
}

static void on_barrier(struct raft_barrier *request, int status)
{
    struct waiter *waiter = request->data;
    struct libraft *server = waiter->server;
    struct service_reply reply = { .status = SERVICE_NOT_LEADER };
    if (status == 0) {
        reply.status = SERVICE_DONE;
        reply.result = sessions_query(&server->sessions, server->cx,
                                      cs_bytes_of(waiter->query, waiter->query_size));
    }
    answer(waiter, &reply);
}

/* It has worked if we follow somebody, and not if we lead on, or nobody is known. */
static void on_transferred(struct raft_transfer *request)
{
    struct waiter *waiter = request->data;
    struct libraft *server = waiter->server;
    raft_id leader = 0;
    const char *address = NULL;
    raft_leader(&server->raft, &leader, &address);
    struct cs_result result = { .status = CS_OK,
                                .applied = leader != 0 && leader != server->raft.id };
    uint8_t bytes[32];
    struct wire_writer writer = wire_writer_on(bytes, sizeof bytes);
    result_put(&writer, &result);
    cs_assert(!writer.overflow);
    cs_count(server->cx, result.applied ? "transfers_done" : "transfers_failed", 1);
    answer(waiter, &(struct service_reply){ .status = SERVICE_DONE,
                                            .result = cs_bytes_of(bytes, writer.size) });
}

/* ---- Asking the library -------------------------------------------------------------------------
 */

static struct waiter *new_waiter(struct libraft *server, cs_node client,
                                 const struct service_request *request)
{
    size_t query_size = request->what == SERVICE_QUERY ? request->body.size : 0;
    struct waiter *waiter = cs_alloc(server->cx, sizeof *waiter + query_size);
    waiter->server = server;
    waiter->client = client;
    waiter->tag = request->tag;
    waiter->attempt = request->attempt;
    waiter->what = request->what;
    waiter->query_size = query_size;
    if (query_size > 0)
        memcpy(waiter->query, request->body.data, query_size);
    return waiter;
}

static int ask_apply(struct libraft *server, struct waiter *waiter,
                     const struct service_request *request)
{
    uint64_t stamp_ns =
        server->clock_base_ns + cs_since(cs_now(server->cx), server->clock_local).ns;
    struct wire_writer writer = wire_writer_in(server->cx, &server->part);
    struct cs_bytes command = libraft_command_put(&writer, request, stamp_ns);
    cs_assert(!writer.overflow);
    struct raft_buffer buffer = { .base = raft_malloc(command.size), .len = command.size };
    memcpy(buffer.base, command.data, command.size);
    waiter->apply.data = waiter;
    int status = raft_apply(&server->raft, &waiter->apply, &buffer, 1, on_applied);
    if (status != 0)
        raft_free(buffer.base);
    return status;
}

static int ask_administration(struct libraft *server, struct waiter *waiter,
                              const struct service_request *request)
{
    struct cs_op op;
    if (!op_get(request->body, &op) || op.kind != CS_OP_TRANSFER_LEADERSHIP)
        return RAFT_INVALID;
    waiter->transfer.data = waiter;
    raft_id to = op.node == CS_NODE_NONE ? 0 : libraft_id(op.node);
    return raft_transfer(&server->raft, &waiter->transfer, to, on_transferred);
}

static int ask(struct libraft *server, struct waiter *waiter, const struct service_request *request)
{
    switch (request->what) {
    case SERVICE_REGISTER:
    case SERVICE_COMMAND:
        return ask_apply(server, waiter, request);
    case SERVICE_QUERY:
        waiter->barrier.data = waiter;
        return raft_barrier(&server->raft, &waiter->barrier, on_barrier);
    case SERVICE_ADMINISTER:
        return ask_administration(server, waiter, request);
    case SERVICE_WHAT_COUNT:
        break;
    }
    return RAFT_INVALID;
}

void libraft_on_request(struct libraft *server, cs_node client,
                        const struct service_request *request)
{
    struct service_reply reply = { .status = SERVICE_NOT_LEADER,
                                   .tag = request->tag,
                                   .attempt = request->attempt };
    if (request->body.size + LIBRAFT_COMMAND_OVERHEAD > LOG_CONTENT_MAX) {
        reply.status = SERVICE_REFUSED;
        send_reply(server, client, &reply);
        return;
    }
    struct waiter *waiter = new_waiter(server, client, request);
    int status = ask(server, waiter, request);
    if (status == 0)
        return;
    cs_release(server->cx, waiter);
    if (status == RAFT_INVALID || status == RAFT_BADID || status == RAFT_NOTFOUND)
        reply.status = SERVICE_REFUSED;
    send_reply(server, client, &reply);
}
