/* Shelf: a key-value store on one server, in memory.  An example of a protocol outside clustersim's
 * own tree: it sees what is installed, and nothing else.
 *
 * The client is the ready-made one of common/service.h.  It asks again until it is answered, so a
 * request may come twice; sessions (common/session.h) see to it that it is carried out once. */
#include "common/service.h"
#include "common/session.h"

struct shelf {
    struct sessions sessions;
    uint64_t commands; /* so far; numbers sessions and commands */
    uint8_t *message;  /* cs_message_max() bytes, for the reply being made */
};

static void on_start(void *state, struct cs_context *cx, enum cs_start kind)
{
    struct shelf *shelf = state;
    (void)kind; /* nothing is kept, so every start is the same */
    shelf->message = cs_alloc(cx, cs_message_max(cx));
    sessions_init(&shelf->sessions, cx, &state_machines[0], cs_seconds(60).ns);
}

/* The reply to a command; false if its client no longer waits for one. */
static bool carry_out(struct shelf *shelf, struct cs_context *cx,
                      const struct service_request *request, struct service_reply *reply)
{
    const struct session_command command = { .session = request->session,
                                             .serial = request->serial,
                                             .first_unanswered = request->first_unanswered,
                                             .command = request->body };
    switch (sessions_apply(&shelf->sessions, cx, ++shelf->commands, &command, &reply->result)) {
    case SESSION_REPEATED:
        cs_reached(cx, "repeated");
        return true;
    case SESSION_APPLIED:
        return true;
    case SESSION_EXPIRED:
        reply->status = SERVICE_EXPIRED;
        return true;
    case SESSION_STALE:
        break;
    }
    return false;
}

static void on_message(void *state, struct cs_context *cx, cs_node from, cs_kind kind,
                       struct cs_bytes body)
{
    struct shelf *shelf = state;
    struct service_request request;
    if (kind != SERVICE_REQUEST || !service_request_get(body, &request)) {
        cs_count(cx, "malformed", 1);
        return;
    }
    struct service_reply reply = { .status = SERVICE_DONE,
                                   .tag = request.tag,
                                   .attempt = request.attempt,
                                   .leader = cs_self(cx) };
    sessions_advance(&shelf->sessions, cx, cs_now(cx).ns);
    if (request.what == SERVICE_REGISTER) {
        reply.status = SERVICE_REGISTERED;
        reply.session = ++shelf->commands;
        sessions_register(&shelf->sessions, cx, reply.session);
    } else if (request.what == SERVICE_QUERY) {
        reply.result = sessions_query(&shelf->sessions, cx, request.body);
    } else if (!carry_out(shelf, cx, &request, &reply)) {
        return;
    }
    struct wire_writer writer = wire_writer_on(shelf->message, cs_message_max(cx));
    cs_send(cx, from, SERVICE_REPLY, service_reply_put(&writer, &reply));
}

static const char *const kinds[] = { SERVICE_KIND_NAMES, NULL };

static const struct cs_program programs[] = {
    { .role = "server",
      .state_size = sizeof(struct shelf),
      .kinds = kinds,
      .group_max = 1,
      .on_start = on_start,
      .on_message = on_message,
      .describe = service_describe },
    SERVICE_CLIENT_PROGRAM,
    { .role = NULL },
};

static const struct cs_protocol shelf = {
    .name = "shelf",
    .api_version = CS_API_VERSION,
    .programs = programs,
    .about = "Keeps values by key on one server, in memory.",
};

__attribute__((visibility("default"))) const struct cs_protocol *const *clustersim_plugin_1(void);

const struct cs_protocol *const *clustersim_plugin_1(void)
{
    static const struct cs_protocol *const protocols[] = { &shelf, NULL };
    return protocols;
}
