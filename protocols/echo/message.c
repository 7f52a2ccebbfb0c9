/* See message.h. */
#include "echo/message.h"

struct cs_bytes echo_put(struct wire_writer *writer, enum echo_kind kind,
                         const struct echo_message *message)
{
    cs_assert(message->work <= ECHO_WORK_MAX);
    wire_put_u64(writer, message->tag);
    if (kind == ECHO_REQUEST)
        wire_put_u64(writer, message->work);
    wire_put_bytes(writer, message->payload);
    return wire_seal(writer, kind);
}

bool echo_get(cs_kind kind, struct cs_bytes body, struct echo_message *ret_message)
{
    if (kind != ECHO_REQUEST && kind != ECHO_REPLY)
        return false;
    struct wire_reader reader = wire_open(kind, body);
    struct echo_message message = { .tag = wire_get_u64(&reader) };
    if (kind == ECHO_REQUEST)
        message.work = wire_get_u64(&reader);
    message.payload = wire_get_bytes(&reader);
    if (!wire_end(&reader) || message.work > ECHO_WORK_MAX)
        return false;
    *ret_message = message;
    return true;
}

void echo_describe(cs_kind kind, struct cs_bytes body, struct cs_text *out)
{
    struct echo_message message;
    if (!echo_get(kind, body, &message)) {
        cs_text_add(out, "malformed, %zu bytes", body.size);
        return;
    }
    cs_text_add(out, "tag=%llx", (unsigned long long)message.tag);
    if (kind == ECHO_REQUEST)
        cs_text_add(out, " work=%llu", (unsigned long long)message.work);
    cs_text_add(out, " payload=%zu", message.payload.size);
}
