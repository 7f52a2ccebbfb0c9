/* The messages of common/service.h; the client is in service_client.c. */
#include "common/service.h"

#include "common/state_machine.h"

struct cs_bytes service_request_put(struct wire_writer *writer,
                                    const struct service_request *request)
{
    cs_assert(request->what < SERVICE_WHAT_COUNT);
    wire_put_u8(writer, (uint8_t)request->what);
    wire_put_u64(writer, request->tag);
    wire_put_u32(writer, request->attempt);
    wire_put_u64(writer, request->session);
    wire_put_u64(writer, request->serial);
    wire_put_u64(writer, request->first_unanswered);
    wire_put_bytes(writer, request->body);
    return wire_seal(writer, SERVICE_REQUEST);
}

bool service_request_get(struct cs_bytes body, struct service_request *ret_request)
{
    struct wire_reader reader = wire_open(SERVICE_REQUEST, body);
    struct service_request request;
    uint8_t what = wire_get_u8(&reader);
    request.tag = wire_get_u64(&reader);
    request.attempt = wire_get_u32(&reader);
    request.session = wire_get_u64(&reader);
    request.serial = wire_get_u64(&reader);
    request.first_unanswered = wire_get_u64(&reader);
    request.body = wire_get_bytes(&reader);
    if (!wire_end(&reader) || what >= SERVICE_WHAT_COUNT)
        return false;
    request.what = (enum service_what)what;
    if (request.what == SERVICE_COMMAND && (request.session == 0 || request.first_unanswered == 0 ||
                                            request.first_unanswered > request.serial))
        return false;
    *ret_request = request;
    return true;
}

struct cs_bytes service_reply_put(struct wire_writer *writer, const struct service_reply *reply)
{
    cs_assert(reply->status < SERVICE_STATUS_COUNT);
    wire_put_u8(writer, (uint8_t)reply->status);
    wire_put_u64(writer, reply->tag);
    wire_put_u32(writer, reply->attempt);
    wire_put_u32(writer, reply->leader);
    wire_put_u64(writer, reply->session);
    wire_put_bytes(writer, reply->result);
    return wire_seal(writer, SERVICE_REPLY);
}

bool service_reply_get(struct cs_bytes body, struct service_reply *ret_reply)
{
    struct wire_reader reader = wire_open(SERVICE_REPLY, body);
    struct service_reply reply;
    uint8_t status = wire_get_u8(&reader);
    reply.tag = wire_get_u64(&reader);
    reply.attempt = wire_get_u32(&reader);
    reply.leader = wire_get_u32(&reader);
    reply.session = wire_get_u64(&reader);
    reply.result = wire_get_bytes(&reader);
    if (!wire_end(&reader) || status >= SERVICE_STATUS_COUNT)
        return false;
    reply.status = (enum service_status)status;
    if (reply.status == SERVICE_REGISTERED && reply.session == 0)
        return false;
    *ret_reply = reply;
    return true;
}

/* ---- Describing ---------------------------------------------------------------------------------
 */

static const char *const what_names[] = { "register", "command", "query", "administer" };
static const char *const status_names[] = { "done", "registered", "not-leader", "expired",
                                            "refused" };
static const char *const result_names[] = { "ok", "failed", "unknown", "refused", "lost" };
_Static_assert(sizeof what_names / sizeof what_names[0] == SERVICE_WHAT_COUNT, "named");
_Static_assert(sizeof status_names / sizeof status_names[0] == SERVICE_STATUS_COUNT, "named");
_Static_assert(sizeof result_names / sizeof result_names[0] == CS_STATUS_COUNT, "named");

static void describe_request(const struct service_request *request, struct cs_text *out)
{
    cs_text_add(out, "Request %s tag=%llu/%u", what_names[request->what],
                (unsigned long long)request->tag, request->attempt);
    if (request->what == SERVICE_COMMAND) {
        cs_text_add(out, " session=%llu/%llu", (unsigned long long)request->session,
                    (unsigned long long)request->serial);
    }
    struct cs_op op;
    if (request->what != SERVICE_REGISTER && op_get(request->body, &op)) {
        cs_text_add(out, " %s key=%zu value=%zu bytes", op_name(op.kind), op.key.size,
                    op.value.size);
    }
}

static void describe_reply(const struct service_reply *reply, struct cs_text *out)
{
    cs_text_add(out, "Reply %s tag=%llu/%u", status_names[reply->status],
                (unsigned long long)reply->tag, reply->attempt);
    if (reply->status == SERVICE_NOT_LEADER && reply->leader != CS_NODE_NONE)
        cs_text_add(out, " leader=%u", reply->leader);
    if (reply->status == SERVICE_REGISTERED)
        cs_text_add(out, " session=%llu", (unsigned long long)reply->session);
    struct cs_result result;
    if (reply->status == SERVICE_DONE && result_get(reply->result, &result))
        cs_text_add(out, " %s value=%zu bytes", result_names[result.status], result.value.size);
}

void service_describe(cs_kind kind, struct cs_bytes body, struct cs_text *out)
{
    struct service_request request;
    struct service_reply reply;
    if (kind == SERVICE_REQUEST && service_request_get(body, &request)) {
        describe_request(&request, out);
    } else if (kind == SERVICE_REPLY && service_reply_get(body, &reply)) {
        describe_reply(&reply, out);
    } else {
        cs_text_add(out, "malformed, %zu bytes", body.size);
    }
}
