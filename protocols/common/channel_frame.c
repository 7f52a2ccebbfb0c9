/* See channel_frame.h. */
#include "common/channel_frame.h"

struct cs_bytes channel_frame_put(struct wire_writer *writer, cs_kind kind,
                                  const struct channel_frame *frame)
{
    cs_assert(frame->from != 0);
    wire_put_u8(writer, (uint8_t)frame->what);
    wire_put_u64(writer, frame->from);
    if (frame->what == CHANNEL_HELLO) {
        wire_put_u64(writer, frame->nonce);
        wire_put_u64(writer, frame->echo);
        return wire_seal(writer, kind);
    }
    cs_assert(frame->to != 0);
    wire_put_u64(writer, frame->to);
    wire_put_u64(writer, frame->sequence);
    wire_put_u64(writer, frame->received);
    wire_put_u64(writer, frame->selective);
    wire_put_u32(writer, frame->window);
    wire_put_bytes(writer, frame->message);
    return wire_seal(writer, kind);
}

/* Whether DATA can be meant so: no message without a number, none without an incarnation. */
static bool data_makes_sense(const struct channel_frame *frame)
{
    if (frame->to == 0 || frame->window == 0)
        return false;
    return frame->sequence > 0 || frame->message.size == 0;
}

bool channel_frame_get(cs_kind kind, struct cs_bytes body, struct channel_frame *ret_frame)
{
    struct wire_reader reader = wire_open(kind, body);
    struct channel_frame frame = { 0 };
    uint8_t what = wire_get_u8(&reader);
    frame.from = wire_get_u64(&reader);
    if (what == CHANNEL_HELLO) {
        frame.nonce = wire_get_u64(&reader);
        frame.echo = wire_get_u64(&reader);
    } else {
        frame.to = wire_get_u64(&reader);
        frame.sequence = wire_get_u64(&reader);
        frame.received = wire_get_u64(&reader);
        frame.selective = wire_get_u64(&reader);
        frame.window = wire_get_u32(&reader);
        frame.message = wire_get_bytes(&reader);
    }
    if (!wire_end(&reader) || what >= CHANNEL_WHAT_COUNT || frame.from == 0)
        return false;
    frame.what = (enum channel_what)what;
    if (frame.what == CHANNEL_DATA && !data_makes_sense(&frame))
        return false;
    *ret_frame = frame;
    return true;
}
