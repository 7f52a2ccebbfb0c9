/* See echo.h. */
#include "echo/echo.h"

#include <string.h>

#include "echo/message.h"

/* ---- The server ------------------------------------------------------------------------------ */

struct server {
    uint8_t *buffer;   /* where a reply is put together; cs_message_max() bytes */
    uint64_t answered; /* requests */
    uint64_t dropped;  /* messages that made no sense */
};

static void server_on_start(void *state, struct cs_context *cx, enum cs_start kind)
{
    struct server *server = state;
    (void)kind; /* nothing is kept, so every start is the same */
    server->buffer = cs_alloc(cx, cs_message_max(cx));
}

static void server_on_message(void *state, struct cs_context *cx, cs_node from, cs_kind kind,
                              struct cs_bytes body)
{
    struct server *server = state;
    struct echo_message request;
    if (kind != ECHO_REQUEST || !echo_get(kind, body, &request)) {
        server->dropped++;
        cs_count(cx, "malformed", 1);
        return;
    }
    cs_charge(cx, ECHO_COST_REQUEST, request.work);
    struct echo_message reply = { .tag = request.tag, .payload = request.payload };
    struct wire_writer writer = wire_writer_on(server->buffer, cs_message_max(cx));
    cs_send(cx, from, ECHO_REPLY, echo_put(&writer, ECHO_REPLY, &reply));
    server->answered++;
}

static void server_inspect(const void *state, struct cs_text *out)
{
    const struct server *server = state;
    cs_text_add(out, "answered %llu, dropped %llu\n", (unsigned long long)server->answered,
                (unsigned long long)server->dropped);
}

/* ---- The client ------------------------------------------------------------------------------ */

/* A question that is not answered yet. */
struct call {
    uint64_t tag; /* names the message and the timer */
    cs_request request;
    uint64_t attempts;       /* so far */
    struct cs_bytes message; /* as sent; from cs_alloc() */
};

struct client {
    struct cs_group servers;
    size_t next_server;
    uint64_t next_tag;
    uint8_t *buffer;    /* where a request is put together; cs_message_max() bytes */
    struct call *calls; /* in no order */
    size_t call_count, call_capacity;
    uint64_t dropped; /* messages that made no sense */
};

static void client_on_start(void *state, struct cs_context *cx, enum cs_start kind)
{
    struct client *client = state;
    (void)kind;
    client->servers = cs_group(cx, "service");
    client->buffer = cs_alloc(cx, cs_message_max(cx));
    /* A late reply to an earlier incarnation must not answer a question of this one. */
    client->next_tag = cs_random(cx, "first tag", UINT64_MAX / 2);
}

static struct call *find_call(const struct client *client, uint64_t tag)
{
    for (size_t i = 0; i < client->call_count; i++) {
        if (client->calls[i].tag == tag)
            return &client->calls[i];
    }
    return NULL;
}

static struct call *add_call(struct client *client, struct cs_context *cx, cs_request request)
{
    if (client->call_count == client->call_capacity) {
        client->call_capacity = client->call_capacity == 0 ? 16 : 2 * client->call_capacity;
        client->calls = cs_resize(cx, client->calls, client->call_capacity * sizeof *client->calls);
    }
    struct call *call = &client->calls[client->call_count++];
    *call = (struct call){ .tag = client->next_tag++, .request = request };
    return call;
}

/* Answer the call and forget it. */
static void end_call(struct client *client, struct cs_context *cx, struct call *call,
                     const struct cs_result *result)
{
    cs_assert(call >= client->calls && call < client->calls + client->call_count);
    cs_reply(cx, call->request, result);
    cs_release(cx, (void *)call->message.data);
    *call = client->calls[--client->call_count];
}

/* Send to the next server in turn, and see to it that a lost message is missed. */
static void send_call(struct client *client, struct cs_context *cx, struct call *call)
{
    cs_assert(client->servers.count > 0);
    cs_node server = client->servers.nodes[client->next_server];
    client->next_server = (client->next_server + 1) % client->servers.count;
    call->attempts++;
    cs_send(cx, server, ECHO_REQUEST, call->message);
    cs_set_timer(cx, call->tag, cs_param_duration(cx, ECHO_CLIENT_RETRY));
}

/* What an operation asks to have echoed; false if echo does not do such things. */
static bool question_of(const struct cs_op *op, size_t payload_max,
                        struct echo_message *ret_message)
{
    struct echo_message message = { .work = 1, .payload = op->value };
    if (op->kind == CS_OP_GET) {
        message.payload = op->key;
    } else if (op->kind == CS_OP_WORK) {
        message.work = op->number;
    } else if (op->kind != CS_OP_PUT) {
        return false;
    }
    if (message.work > ECHO_WORK_MAX || message.payload.size > payload_max)
        return false;
    *ret_message = message;
    return true;
}

static void client_on_request(void *state, struct cs_context *cx, cs_request id,
                              const struct cs_op *op)
{
    struct client *client = state;
    struct echo_message question;
    bool possible = question_of(op, cs_message_max(cx) - ECHO_OVERHEAD, &question);
    if (!possible || client->servers.count == 0) {
        cs_reply(cx, id, &(struct cs_result){ .status = CS_REFUSED });
        return;
    }
    struct call *call = add_call(client, cx, id);
    question.tag = call->tag;
    struct wire_writer writer = wire_writer_on(client->buffer, cs_message_max(cx));
    struct cs_bytes message = echo_put(&writer, ECHO_REQUEST, &question);
    call->message =
        cs_bytes_of(memcpy(cs_alloc(cx, message.size), message.data, message.size), message.size);
    send_call(client, cx, call);
}

static void client_on_message(void *state, struct cs_context *cx, cs_node from, cs_kind kind,
                              struct cs_bytes body)
{
    struct client *client = state;
    struct echo_message reply;
    (void)from;
    if (kind != ECHO_REPLY || !echo_get(kind, body, &reply)) {
        client->dropped++;
        cs_count(cx, "malformed", 1);
        return;
    }
    struct call *call = find_call(client, reply.tag);
    if (call == NULL)
        return; /* answered before: the network doubled it, or the client had asked twice */
    cs_cancel_timer(cx, call->tag);
    end_call(client, cx, call, &(struct cs_result){ .status = CS_OK, .value = reply.payload });
}

static void client_on_timer(void *state, struct cs_context *cx, cs_token token)
{
    struct client *client = state;
    struct call *call = find_call(client, token);
    cs_assert(call != NULL); /* a cancelled timer is never delivered */
    if (call->attempts < cs_param_number(cx, ECHO_CLIENT_ATTEMPTS)) {
        cs_count(cx, "retried", 1);
        send_call(client, cx, call);
        return;
    }
    /* Even if a server has worked for it: an echo changes nothing. */
    end_call(client, cx, call, &(struct cs_result){ .status = CS_FAILED });
}

static void client_inspect(const void *state, struct cs_text *out)
{
    const struct client *client = state;
    cs_text_add(out, "waiting for %zu, dropped %llu\n", client->call_count,
                (unsigned long long)client->dropped);
    for (size_t i = 0; i < client->call_count; i++) {
        cs_text_add(out, "tag %llx: attempt %llu\n", (unsigned long long)client->calls[i].tag,
                    (unsigned long long)client->calls[i].attempts);
    }
}

/* ---- The tables ------------------------------------------------------------------------------ */

static const char *const kinds[] = { "REQUEST", "REPLY", NULL };

static const char *const server_costs[] = { "request", NULL };

static const char *const client_uses[] = { "service", NULL };

static const struct cs_param client_params[] = {
    [ECHO_CLIENT_RETRY] = { .name = "retry",
                            .kind = CS_PARAM_DURATION,
                            .fallback = "\"100ms\"",
                            .min = 1000,
                            .help = "How long to wait for an answer before asking again." },
    [ECHO_CLIENT_ATTEMPTS] = { .name = "attempts",
                               .kind = CS_PARAM_NUMBER,
                               .fallback = "10",
                               .min = 1,
                               .help = "How often to ask before giving up." },
    { .name = NULL },
};

static const struct cs_program programs[] = {
    {
        .role = "server",
        .state_size = sizeof(struct server),
        .costs = server_costs,
        .kinds = kinds,
        .on_start = server_on_start,
        .on_message = server_on_message,
        .describe = echo_describe,
        .inspect = server_inspect,
    },
    {
        .role = "client",
        .state_size = sizeof(struct client),
        .params = client_params,
        .uses = client_uses,
        .kinds = kinds,
        .on_start = client_on_start,
        .on_message = client_on_message,
        .on_timer = client_on_timer,
        .on_request = client_on_request,
        .describe = echo_describe,
        .inspect = client_inspect,
    },
    { .role = NULL },
};

const struct cs_protocol echo_protocol = {
    .name = "echo",
    .api_version = CS_API_VERSION,
    .programs = programs,
    .about = "Sends back what it is sent: the smallest protocol, and the first to read.",
};
