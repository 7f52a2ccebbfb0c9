/* See message.h. */
#include "mirror/message.h"

#include "common/channel.h"
#include "common/channel_frame.h"

struct cs_bytes mirror_message_put(struct wire_writer *writer, const struct mirror_message *message)
{
    wire_put_u8(writer, (uint8_t)message->what);
    wire_put_u64(writer, message->number);
    wire_put_bytes(writer, message->body);
    cs_assert(!writer->overflow);
    return cs_bytes_of(writer->data, writer->size);
}

bool mirror_message_get(struct cs_bytes bytes, struct mirror_message *ret_message)
{
    struct wire_reader reader = wire_reader_on(bytes);
    uint8_t what = wire_get_u8(&reader);
    struct mirror_message message = { .number = wire_get_u64(&reader) };
    message.body = wire_get_bytes(&reader);
    if (!wire_end(&reader) || what >= MIRROR_WHAT_COUNT)
        return false;
    message.what = (enum mirror_what)what;
    *ret_message = message;
    return true;
}

static const char *const names[] = { "ask", "answer", "copy", "kept", "want", "part", "whole" };
_Static_assert(sizeof names / sizeof names[0] == MIRROR_WHAT_COUNT, "each has a name");

void mirror_describe(cs_kind kind, struct cs_bytes body, struct cs_text *out)
{
    struct channel_frame frame;
    struct mirror_message message;
    channel_describe(kind, body, out);
    if (channel_frame_get(kind, body, &frame) && mirror_message_get(frame.message, &message)) {
        cs_text_add(out, ": %s %llu", names[message.what], (unsigned long long)message.number);
    }
}
