/* How clients talk to a replicated service: the messages between them, and the client program.
 *
 * A request goes to the member that the client takes for the leader.  Any other member answers
 * NOT_LEADER, with a hint if it knows better.  Requests and replies may be lost, doubled and late:
 * a client repeats its request until it is answered or it gives up, a server answers each copy, and
 * sessions (common/session.h) see to it that a command is carried out once.
 *
 *   request  u8 what, u64 tag, u32 attempt, u64 session, u64 serial, u64 first unanswered, bytes
 *   reply    u8 status, u64 tag, u32 attempt, u32 leader, u64 session, bytes result
 *
 * The tag names the client's operation and the attempt one copy of its request; both come back in
 * the reply.  A protocol numbers its own messages from SERVICE_KIND_COUNT on. */
#ifndef COMMON_SERVICE_H
#define COMMON_SERVICE_H
#include "clustersim/protocol.h"
#include "common/wire.h"

enum service_kind { SERVICE_REQUEST, SERVICE_REPLY, SERVICE_KIND_COUNT };
#define SERVICE_KIND_NAMES "Request", "Reply"

/* Bytes of a sealed request or reply beside the command or the result. */
enum { SERVICE_OVERHEAD = 64 };

/* ---- Messages -----------------------------------------------------------------------------------
 */

enum service_what {
    SERVICE_REGISTER,   /* open a session */
    SERVICE_COMMAND,    /* carry this out in the session */
    SERVICE_QUERY,      /* changes nothing and needs no session */
    SERVICE_ADMINISTER, /* a change of the group itself; twice is as good as once: no session */
    SERVICE_WHAT_COUNT
};

struct service_request {
    enum service_what what;
    uint64_t tag;
    uint32_t attempt;
    uint64_t session; /* of a command: at least 1 */
    uint64_t serial;  /* of a command: at least 1 */
    uint64_t first_unanswered;
    struct cs_bytes body; /* an operation; borrowed from the message */
};

enum service_status {
    SERVICE_DONE,       /* a result follows */
    SERVICE_REGISTERED, /* the session is named */
    SERVICE_NOT_LEADER, /* says nothing about whether the request will have an effect */
    SERVICE_EXPIRED,    /* the session has expired: not carried out now, perhaps before */
    SERVICE_REFUSED,    /* certainly without effect, from this copy */
    SERVICE_STATUS_COUNT
};

struct service_reply {
    enum service_status status;
    uint64_t tag;
    uint32_t attempt;
    cs_node leader;   /* a hint, or CS_NODE_NONE */
    uint64_t session; /* of SERVICE_REGISTERED: at least 1 */
    struct cs_bytes result;
};

/* The sealed message, in the writer's buffer. */
struct cs_bytes service_request_put(struct wire_writer *writer,
                                    const struct service_request *request);
struct cs_bytes service_reply_put(struct wire_writer *writer, const struct service_reply *reply);
/* False if it is malformed. */
bool service_request_get(struct cs_bytes body, struct service_request *ret_request);
bool service_reply_get(struct cs_bytes body, struct service_reply *ret_reply);

/* One line for a message of these two kinds. */
void service_describe(cs_kind kind, struct cs_bytes body, struct cs_text *out);

/* ---- The client ---------------------------------------------------------------------------------
 */

struct service_call; /* a session of the generator and its open operation */

/* The state of a client program.  It uses every timer token. */
struct service_client {
    struct cs_group members; /* the group "service" */
    cs_node leader;          /* whom we take for it */
    cs_duration retry_first, retry_max, give_up, session_idle;
    struct service_call **calls; /* by the low bits of tags, which are timer tokens too */
    size_t call_count, call_capacity;
    struct service_call *unused; /* retired sessions, for reuse */
    struct service_call **buckets;
    size_t bucket_count;        /* a power of two */
    uint64_t operations;        /* begun so far */
    struct wire_buffer message; /* for the message being made */
};

/* A protocol's client program is made of these. */
extern const struct cs_param service_client_params[];
extern const char *const service_client_uses[];
extern const char *const service_client_kinds[];
void service_client_on_start(void *state, struct cs_context *cx, enum cs_start kind);
void service_client_on_message(void *state, struct cs_context *cx, cs_node from, cs_kind kind,
                               struct cs_bytes body);
void service_client_on_timer(void *state, struct cs_context *cx, cs_token token);
void service_client_on_request(void *state, struct cs_context *cx, cs_request id,
                               const struct cs_op *op);
void service_client_inspect(const void *state, struct cs_text *out);

/* It, as an entry of the protocol's table. */
#define SERVICE_CLIENT_PROGRAM                                                                     \
    {                                                                                              \
        .role = "client", .state_size = sizeof(struct service_client),                             \
        .params = service_client_params, .uses = service_client_uses,                              \
        .kinds = service_client_kinds, .on_start = service_client_on_start,                        \
        .on_message = service_client_on_message, .on_timer = service_client_on_timer,              \
        .on_request = service_client_on_request, .describe = service_describe,                     \
        .inspect = service_client_inspect                                                          \
    }

#endif
