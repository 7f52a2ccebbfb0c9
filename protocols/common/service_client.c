/* The client of a replicated service: finds the leader, repeats, numbers its sessions.
 *
 * The generator's sessions are the client's calls: at most one operation of each is open.  The
 * first command of a call registers a session of the protocol; if that is answered twice the second
 * session is an orphan and expires.  An operation goes to the member taken for the leader; a
 * redirect is followed at once, as often as there are members, and after that at the pace of the
 * retry timer, which doubles up to a maximum.
 *
 * What an operation that got no answer has done is unknown, if a command was ever sent; the call is
 * then retired, since its session has a command in it that may yet be carried out. */
#include <string.h>

#include "common/service.h"
#include "common/state_machine.h"

enum call_stage { CALL_IDLE, CALL_REGISTERING, CALL_COMMANDING, CALL_QUERYING, CALL_ADMINISTERING };

struct service_call {
    struct service_call *next; /* in its bucket, or unused */
    uint64_t number;           /* the generator's session */
    uint32_t slot;
    enum call_stage stage;

    uint64_t session; /* the protocol's; 0: not registered */
    uint64_t serial;  /* of the last command in it */
    cs_instant used;  /* when its last command ended */

    cs_request request;
    uint64_t tag;
    uint32_t attempt;
    uint32_t redirects; /* followed since the retry timer was last armed */
    cs_node target;
    cs_instant deadline;
    cs_duration retry;
    bool sessionless;  /* a query, or administration */
    bool command_sent; /* from then on giving up is not a definite failure */
    uint8_t *op;       /* encoded */
    size_t op_size, op_capacity;
};

enum { CLIENT_SLOT_BITS = 24, CLIENT_BUCKETS_FIRST = 64, CLIENT_OP_OVERHEAD = 32 };

enum { PARAM_RETRY_FIRST, PARAM_RETRY_MAX, PARAM_GIVE_UP, PARAM_SESSION_IDLE };

const struct cs_param service_client_params[] = {
    [PARAM_RETRY_FIRST] = { .name = "retry_first",
                            .kind = CS_PARAM_DURATION,
                            .fallback = "\"250ms\"",
                            .min = 1000,
                            .help = "How long to wait for an answer before the first repetition." },
    [PARAM_RETRY_MAX] = { .name = "retry_max",
                          .kind = CS_PARAM_DURATION,
                          .fallback = "\"1s\"",
                          .min = 1000,
                          .help = "The wait doubles with each repetition up to this." },
    [PARAM_GIVE_UP] = { .name = "give_up",
                        .kind = CS_PARAM_DURATION,
                        .fallback = "\"10s\"",
                        .min = 1000,
                        .help = "An operation without an answer ends after this, commands "
                                "unknown, queries failed." },
    [PARAM_SESSION_IDLE] = { .name = "session_idle",
                             .kind = CS_PARAM_DURATION,
                             .fallback = "\"20s\"",
                             .min = 1000,
                             .help = "A session unused for this long is replaced; less than the "
                                     "service's session_timeout." },
    { .name = NULL },
};

const char *const service_client_uses[] = { "service", NULL };
const char *const service_client_kinds[] = { SERVICE_KIND_NAMES, NULL };

void service_client_on_start(void *state, struct cs_context *cx, enum cs_start kind)
{
    struct service_client *client = state;
    (void)kind; /* it keeps nothing on a disk */
    client->members = cs_group(cx, "service");
    cs_assert(client->members.count > 0);
    client->retry_first = cs_param_duration(cx, PARAM_RETRY_FIRST);
    client->retry_max = cs_param_duration(cx, PARAM_RETRY_MAX);
    client->give_up = cs_param_duration(cx, PARAM_GIVE_UP);
    client->session_idle = cs_param_duration(cx, PARAM_SESSION_IDLE);
    client->leader = client->members.nodes[cs_random(cx, "first-member", client->members.count)];
    client->bucket_count = CLIENT_BUCKETS_FIRST;
    client->buckets = cs_alloc(cx, client->bucket_count * sizeof(struct service_call *));
    client->message.max = cs_message_max(cx);
}

/* ---- Calls by session and by slot ---------------------------------------------------------------
 */

static struct service_call **bucket(struct service_client *client, uint64_t number)
{
    uint64_t hash = (number ^ (number >> 29)) * UINT64_C(0x9e3779b97f4a7c15);
    return &client->buckets[(size_t)(hash >> 32) & (client->bucket_count - 1)];
}

static void grow_buckets(struct service_client *client, struct cs_context *cx)
{
    client->bucket_count *= 2;
    cs_release(cx, client->buckets);
    client->buckets = cs_alloc(cx, client->bucket_count * sizeof(struct service_call *));
    for (size_t i = 0; i < client->call_count; i++) {
        struct service_call **head = bucket(client, client->calls[i]->number);
        client->calls[i]->next = *head;
        *head = client->calls[i];
    }
}

static struct service_call *new_call(struct service_client *client, struct cs_context *cx)
{
    struct service_call *call = client->unused;
    if (call != NULL) {
        client->unused = call->next;
        return call;
    }
    cs_assert(client->call_count < (UINT64_C(1) << CLIENT_SLOT_BITS));
    if (client->call_count == client->bucket_count)
        grow_buckets(client, cx); /* while every call is in a bucket */
    if (client->call_count == client->call_capacity) {
        client->call_capacity = client->call_capacity == 0 ? 16 : client->call_capacity * 2;
        client->calls =
            cs_resize(cx, client->calls, client->call_capacity * sizeof(struct service_call *));
    }
    call = cs_alloc(cx, sizeof *call);
    call->slot = (uint32_t)client->call_count;
    client->calls[client->call_count++] = call;
    return call;
}

static struct service_call *call_of(struct service_client *client, struct cs_context *cx,
                                    uint64_t number)
{
    for (struct service_call *call = *bucket(client, number); call != NULL; call = call->next) {
        if (call->number == number)
            return call;
    }
    struct service_call *call = new_call(client, cx);
    struct service_call **head = bucket(client, number);
    call->number = number;
    call->session = 0;
    call->serial = 0;
    call->next = *head;
    *head = call;
    return call;
}

static void retire(struct service_client *client, struct service_call *call)
{
    struct service_call **link = bucket(client, call->number);
    while (*link != call) {
        cs_assert(*link != NULL);
        link = &(*link)->next;
    }
    *link = call->next;
    call->next = client->unused;
    client->unused = call;
}

/* ---- Asking -------------------------------------------------------------------------------------
 */

static cs_node member_after(const struct service_client *client, cs_node node)
{
    for (size_t i = 0; i + 1 < client->members.count; i++) {
        if (client->members.nodes[i] == node)
            return client->members.nodes[i + 1];
    }
    return client->members.nodes[0];
}

static bool is_member(const struct service_client *client, cs_node node)
{
    for (size_t i = 0; i < client->members.count; i++) {
        if (client->members.nodes[i] == node)
            return true;
    }
    return false;
}

static void ask(struct service_client *client, struct cs_context *cx, struct service_call *call)
{
    struct service_request request = { .tag = call->tag, .attempt = ++call->attempt };
    switch (call->stage) {
    case CALL_REGISTERING:
        request.what = SERVICE_REGISTER;
        break;
    case CALL_COMMANDING:
        request.what = SERVICE_COMMAND;
        request.session = call->session;
        request.serial = call->serial;
        request.first_unanswered = call->serial; /* one at a time: every earlier one has ended */
        request.body = cs_bytes_of(call->op, call->op_size);
        call->command_sent = true;
        break;
    case CALL_QUERYING:
        request.what = SERVICE_QUERY;
        request.body = cs_bytes_of(call->op, call->op_size);
        break;
    case CALL_ADMINISTERING:
        request.what = SERVICE_ADMINISTER;
        request.body = cs_bytes_of(call->op, call->op_size);
        call->command_sent = true;
        break;
    case CALL_IDLE:
        cs_assert(call->stage != CALL_IDLE);
    }
    call->target = client->leader;
    struct wire_writer writer = wire_writer_in(cx, &client->message);
    cs_send(cx, call->target, SERVICE_REQUEST, service_request_put(&writer, &request));
}

/* Wait for the answer: the present back-off and up to a quarter more, so that clients that failed
 * together do not come back together; never past the deadline. */
static void wait_for_answer(struct cs_context *cx, struct service_call *call)
{
    cs_duration left = cs_since(call->deadline, cs_now(cx));
    cs_duration wait = cs_ns(call->retry.ns + cs_random(cx, "retry", call->retry.ns / 4 + 1));
    call->redirects = 0;
    cs_set_timer(cx, call->slot, wait.ns < left.ns ? wait : left);
}

static void finish(struct service_client *client, struct cs_context *cx, struct service_call *call,
                   const struct cs_result *result)
{
    cs_assert(call->stage != CALL_IDLE);
    cs_cancel_timer(cx, call->slot);
    cs_reply(cx, call->request, result);
    call->stage = CALL_IDLE;
    call->tag = 0;
    if (!call->sessionless)
        call->used = cs_now(cx);
    if (result->status == CS_UNKNOWN)
        retire(client, call);
}

/* End without an answer.  A command that was sent may have been carried out, or may be yet. */
static void abandon(struct service_client *client, struct cs_context *cx, struct service_call *call)
{
    const struct cs_result result = { .status = call->command_sent ? CS_UNKNOWN : CS_FAILED };
    cs_count(cx, "client_gave_up", 1);
    finish(client, cx, call, &result);
}

static void store_op(struct cs_context *cx, struct service_call *call, const struct cs_op *op)
{
    size_t size = CLIENT_OP_OVERHEAD + op->key.size + op->value.size + op->expected.size;
    if (size > call->op_capacity) {
        cs_release(cx, call->op);
        call->op = cs_alloc(cx, size);
        call->op_capacity = size;
    }
    struct wire_writer writer = wire_writer_on(call->op, call->op_capacity);
    op_put(&writer, op);
    cs_assert(!writer.overflow);
    call->op_size = writer.size;
}

static void begin_command(struct cs_context *cx, struct service_client *client,
                          struct service_call *call)
{
    /* A session that has lain idle may have expired; what is asked of it then ends unknown. */
    if (call->session != 0 && cs_since(cs_now(cx), call->used).ns > client->session_idle.ns)
        call->session = 0;
    if (call->session == 0) {
        call->stage = CALL_REGISTERING;
        call->serial = 0;
        return;
    }
    call->stage = CALL_COMMANDING;
    call->serial++;
}

void service_client_on_request(void *state, struct cs_context *cx, cs_request id,
                               const struct cs_op *op)
{
    struct service_client *client = state;
    struct cs_result refused = { .status = CS_REFUSED };
    size_t size =
        SERVICE_OVERHEAD + CLIENT_OP_OVERHEAD + op->key.size + op->value.size + op->expected.size;
    if (op->part_count > 0 || size > client->message.max) {
        cs_reply(cx, id, &refused);
        return;
    }

    struct service_call *call = call_of(client, cx, op->session);
    if (call->stage != CALL_IDLE) { /* the generator has given up the one before */
        abandon(client, cx, call);
        call = call_of(client, cx, op->session);
    }
    call->request = id;
    call->sessionless = op_is_query(op->kind) || op_is_administration(op->kind);
    call->command_sent = false;
    call->attempt = 0;
    call->tag = (++client->operations << CLIENT_SLOT_BITS) | call->slot;
    call->deadline = cs_after(cs_now(cx), client->give_up);
    call->retry = client->retry_first;
    store_op(cx, call, op);
    if (call->sessionless) {
        call->stage = op_is_query(op->kind) ? CALL_QUERYING : CALL_ADMINISTERING;
    } else {
        begin_command(cx, client, call);
    }
    ask(client, cx, call);
    wait_for_answer(cx, call);
}

void service_client_on_timer(void *state, struct cs_context *cx, cs_token token)
{
    struct service_client *client = state;
    cs_assert(token < client->call_count);
    struct service_call *call = client->calls[token];
    cs_assert(call->stage != CALL_IDLE);
    if (cs_now(cx).ns >= call->deadline.ns) {
        abandon(client, cx, call);
        return;
    }
    cs_count(cx, "client_retries", 1);
    /* Whoever was asked has not answered; another call may already have found that out. */
    if (client->leader == call->target)
        client->leader = member_after(client, call->target);
    call->retry = cs_ns(call->retry.ns * 2);
    if (call->retry.ns > client->retry_max.ns)
        call->retry = client->retry_max;
    ask(client, cx, call);
    wait_for_answer(cx, call);
}

/* ---- Answers ------------------------------------------------------------------------------------
 */

/* Thesis 6.2: a server that is not the leader says who is, as far as it knows. */
static void on_not_leader(struct service_client *client, struct cs_context *cx,
                          struct service_call *call, cs_node from,
                          const struct service_reply *reply)
{
    if (reply->attempt != call->attempt || from != call->target)
        return; /* an answer to an earlier copy: we have asked elsewhere since */
    if (reply->leader != from && is_member(client, reply->leader)) {
        client->leader = reply->leader;
    } else if (client->leader == from) {
        client->leader = member_after(client, from);
    }
    if (call->redirects++ >= client->members.count)
        return; /* nobody leads; the retry timer sets the pace */
    cs_count(cx, "client_redirects", 1);
    ask(client, cx, call);
}

static void on_registered(struct service_client *client, struct cs_context *cx,
                          struct service_call *call, uint64_t session)
{
    if (call->stage != CALL_REGISTERING)
        return; /* registered twice: nobody will use the second */
    call->session = session;
    call->serial = 1;
    call->stage = CALL_COMMANDING;
    call->retry = client->retry_first;
    ask(client, cx, call);
    wait_for_answer(cx, call);
}

static void on_done(struct service_client *client, struct cs_context *cx, struct service_call *call,
                    struct cs_bytes bytes)
{
    struct cs_result result;
    if (call->stage == CALL_REGISTERING || !result_get(bytes, &result)) {
        cs_count(cx, "malformed", 1);
        return;
    }
    finish(client, cx, call, &result);
}

void service_client_on_message(void *state, struct cs_context *cx, cs_node from, cs_kind kind,
                               struct cs_bytes body)
{
    struct service_client *client = state;
    struct service_reply reply;
    if (kind != SERVICE_REPLY || !is_member(client, from) || !service_reply_get(body, &reply)) {
        cs_count(cx, "malformed", 1);
        return;
    }
    uint64_t slot = reply.tag & ((UINT64_C(1) << CLIENT_SLOT_BITS) - 1);
    if (slot >= client->call_count || client->calls[slot]->tag != reply.tag)
        return; /* of an operation that has ended */
    struct service_call *call = client->calls[slot];
    if (call->stage == CALL_IDLE)
        return;

    if (reply.status != SERVICE_NOT_LEADER)
        client->leader = from;
    switch (reply.status) {
    case SERVICE_DONE:
        on_done(client, cx, call, reply.result);
        break;
    case SERVICE_REGISTERED:
        on_registered(client, cx, call, reply.session);
        break;
    case SERVICE_NOT_LEADER:
        on_not_leader(client, cx, call, from, &reply);
        break;
    case SERVICE_EXPIRED:
        /* Another copy of this command may have been carried out before the session expired. */
        finish(client, cx, call, &(struct cs_result){ .status = CS_UNKNOWN });
        break;
    case SERVICE_REFUSED:
        /* So is every other copy: what is refused depends on the request alone. */
        finish(client, cx, call, &(struct cs_result){ .status = CS_REFUSED });
        break;
    case SERVICE_STATUS_COUNT:
        break;
    }
}

void service_client_inspect(const void *state, struct cs_text *out)
{
    const struct service_client *client = state;
    size_t open = 0;
    for (size_t i = 0; i < client->call_count; i++)
        open += client->calls[i]->stage != CALL_IDLE;
    cs_text_add(out, "leader=%u calls=%zu open=%zu operations=%llu", client->leader,
                client->call_count, open, (unsigned long long)client->operations);
}
