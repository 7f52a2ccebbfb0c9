/* See channel.h.  "Section" is of RFC 9293 unless another one is named. */
#include "common/channel.h"

#include <string.h>

#include "common/channel_frame.h"

/* So many later arrivals say that a message was lost and not only overtaken: RFC 6675, DupThresh.
 */
enum { OVERTAKEN_MAX = 3 };

_Static_assert(CHANNEL_OVERHEAD == (int)CHANNEL_DATA_OVERHEAD, "what the user is told is so");

/* ---- Slots ----------------------------------------------------------------------------------- */

static struct channel_slot *outgoing(const struct channel *channel, uint64_t sequence)
{
    return &channel->outgoing[sequence % channel->options.window];
}

static struct channel_slot *incoming(const struct channel *channel, uint64_t sequence)
{
    return &channel->incoming[sequence % channel->options.window];
}

static void fill(struct channel_slot *slot, struct cs_context *cx, struct cs_bytes message)
{
    cs_assert(!slot->used);
    cs_assert(slot->bytes == NULL);
    *slot = (struct channel_slot){ .size = message.size, .used = true };
    if (message.size > 0)
        slot->bytes = memcpy(cs_alloc(cx, message.size), message.data, message.size);
}

static void empty(struct channel_slot *slot, struct cs_context *cx)
{
    if (slot->bytes != NULL)
        cs_release(cx, slot->bytes);
    *slot = (struct channel_slot){ 0 };
}

/* Give back the message that was taken last. */
static void end_loan(struct channel *channel, struct cs_context *cx)
{
    if (channel->lent != NULL)
        cs_release(cx, channel->lent);
    channel->lent = NULL;
}

static void empty_all(struct channel *channel, struct cs_context *cx)
{
    end_loan(channel, cx);
    for (uint32_t i = 0; i < channel->options.window; i++) {
        empty(&channel->outgoing[i], cx);
        empty(&channel->incoming[i], cx);
    }
}

/* ---- Datagrams out --------------------------------------------------------------------------- */

static void transmit(struct channel *channel, struct cs_context *cx,
                     const struct channel_frame *frame)
{
    struct wire_writer writer = wire_writer_in(cx, &channel->buffer);
    cs_send(cx, channel->options.peer, channel->options.kind,
            channel_frame_put(&writer, channel->options.kind, frame));
}

static void say_hello(struct channel *channel, struct cs_context *cx, uint64_t echo)
{
    transmit(
        channel, cx,
        &(struct channel_frame){
            .what = CHANNEL_HELLO, .from = channel->self, .nonce = channel->nonce, .echo = echo });
}

/* Bit i: message received + 2 + i is here, ahead of its turn. */
static uint64_t selective(const struct channel *channel)
{
    uint64_t bits = 0;
    uint64_t end = channel->taken + channel->options.window;
    for (uint64_t sequence = channel->received + 2; sequence <= end; sequence++) {
        if (incoming(channel, sequence)->used)
            bits |= UINT64_C(1) << (sequence - channel->received - 2);
    }
    return bits;
}

/* What was received goes with every message (section 3.4). */
static void send_data(struct channel *channel, struct cs_context *cx, uint64_t sequence)
{
    cs_assert(channel->peer != 0);
    struct channel_frame frame = { .what = CHANNEL_DATA,
                                   .from = channel->self,
                                   .to = channel->peer,
                                   .sequence = sequence,
                                   .received = channel->received,
                                   .selective = selective(channel),
                                   .window = channel->options.window };
    if (sequence > 0) {
        struct channel_slot *slot = outgoing(channel, sequence);
        cs_assert(slot->used);
        frame.message = cs_bytes_of(slot->bytes, slot->size);
        channel->counts.again += slot->times > 0;
        slot->times++;
        slot->last = cs_now(cx);
    }
    channel->owes = false;
    transmit(channel, cx, &frame);
}

/* Send for the first time whatever both windows allow. */
static void send_more(struct channel *channel, struct cs_context *cx)
{
    uint64_t window = channel->options.window;
    if (channel->peer_window < window)
        window = channel->peer_window;
    while (channel->peer != 0 && channel->sent < channel->accepted &&
           channel->sent - channel->acknowledged < window)
        send_data(channel, cx, ++channel->sent);
}

/* ---- The timer (RFC 6298, section 5) --------------------------------------------------------- */

/* The timeout, less the time for which the earliest message has waited already: 5.3 as RFC 7765 has
 * it, or what keeps coming would put off for ever what was lost. */
static cs_duration time_left(const struct channel *channel, struct cs_context *cx)
{
    cs_duration timeout = channel->round.timeout;
    if (channel->acknowledged == channel->sent)
        return timeout;
    uint64_t sequence = channel->acknowledged + 1;
    while (sequence < channel->sent && outgoing(channel, sequence)->arrived)
        sequence++;
    const struct channel_slot *earliest = outgoing(channel, sequence);
    if (earliest->arrived)
        return timeout;
    cs_duration waited = cs_since(cs_now(cx), earliest->last);
    return cs_ns(waited.ns < timeout.ns ? timeout.ns - waited.ns : 1);
}

/* Let it run if something is waited for.  `anew`: set it again, since something has come (5.3). */
static void mind_timer(struct channel *channel, struct cs_context *cx, bool anew)
{
    bool wanted = channel->nonce != 0 || channel->acknowledged < channel->sent;
    if (wanted && (anew || !channel->timer_runs)) {
        cs_set_timer(cx, channel->options.timer, time_left(channel, cx)); /* 5.1 */
    } else if (!wanted && channel->timer_runs) {
        cs_cancel_timer(cx, channel->options.timer); /* 5.2 */
    }
    channel->timer_runs = wanted;
}

/* Not in the paper: 5.4 sends the earliest message again; here goes every one that has waited as
 * long, since they are few and a channel must do with heavy loss. */
static void send_again(struct channel *channel, struct cs_context *cx, cs_duration waited)
{
    for (uint64_t i = channel->acknowledged + 1; i <= channel->sent; i++) {
        const struct channel_slot *slot = outgoing(channel, i);
        bool old = cs_since(cs_now(cx), slot->last).ns >= waited.ns;
        if (!slot->arrived && (old || i == channel->acknowledged + 1))
            send_data(channel, cx, i);
    }
}

void channel_on_timer(struct channel *channel, struct cs_context *cx)
{
    cs_assert(channel->timer_runs);
    cs_duration waited = channel->round.timeout;
    channel->timer_runs = false;
    round_trip_back_off(&channel->round); /* 5.5 */
    if (channel->nonce != 0)
        say_hello(channel, cx, 0);
    send_again(channel, cx, waited);
    mind_timer(channel, cx, true); /* 5.6 */
}

/* ---- Who is there (section 3.5) -------------------------------------------------------------- */

static uint64_t draw(struct cs_context *cx) { return cs_random(cx, "channel", UINT64_MAX) + 1; }

static void start_round(struct channel *channel)
{
    const struct channel_options *options = &channel->options;
    round_trip_init(&channel->round, options->first, options->min, options->max);
}

/* The peer is the incarnation `from`: it lived when the nonce was drawn, and whoever was the peer
 * until then did not live any more when `from` began. */
static void adopt(struct channel *channel, struct cs_context *cx, uint64_t from)
{
    channel->nonce = 0;
    if (from == channel->peer)
        return;
    if (channel->peer != 0) {
        empty_all(channel, cx);
        channel->accepted = channel->sent = channel->acknowledged = 0;
        channel->received = channel->taken = 0;
        channel->owes = false;
        channel->reset = true;
        channel->counts.resets++;
        cs_count(cx, "channel reset", 1);
    }
    channel->peer = from;
    channel->peer_window = channel->options.window;
    start_round(channel);
    send_more(channel, cx);
}

/* Somebody speaks whose name is not the peer's, or who takes us for an earlier incarnation: say who
 * is here, and in the first case ask who is there. */
static void challenge(struct channel *channel, struct cs_context *cx, uint64_t from, uint64_t echo)
{
    if (from != channel->peer && channel->nonce == 0)
        channel->nonce = draw(cx);
    say_hello(channel, cx, echo);
}

static void on_hello(struct channel *channel, struct cs_context *cx,
                     const struct channel_frame *frame)
{
    bool answered = channel->nonce != 0 && frame->echo == channel->nonce;
    if (answered)
        adopt(channel, cx, frame->from);
    if (frame->nonce != 0 || frame->from != channel->peer)
        challenge(channel, cx, frame->from, frame->nonce);
    mind_timer(channel, cx, answered);
}

/* ---- What the peer has received (section 3.4, RFC 2018) -------------------------------------- */

/* Whether it speaks of messages that were sent. */
static bool acknowledges_what_was_sent(const struct channel *channel,
                                       const struct channel_frame *frame)
{
    if (frame->received > channel->sent)
        return false;
    uint64_t rest = channel->sent - frame->received;
    uint64_t bits = rest > 0 ? rest - 1 : 0; /* the first one is missing, by its very meaning */
    return bits >= 64 || frame->selective >> bits == 0;
}

/* A message has arrived; true if that is news.  One that was sent once is measured (Karn). */
static bool note_arrival(struct channel *channel, struct cs_context *cx, uint64_t sequence)
{
    struct channel_slot *slot = outgoing(channel, sequence);
    cs_assert(slot->used);
    if (slot->arrived)
        return false;
    slot->arrived = true;
    if (slot->times == 1)
        round_trip_measured(&channel->round, cs_since(cs_now(cx), slot->last));
    return true;
}

static size_t count_bits(uint64_t bits)
{
    size_t count = 0;
    for (; bits != 0; bits &= bits - 1)
        count++;
    return count;
}

/* Send what later ones have overtaken, once before its timeout: RFC 5681, section 3.2, with the
 * scoreboard of RFC 6675. */
static void hurry(struct channel *channel, struct cs_context *cx, uint64_t bits)
{
    uint64_t first = channel->acknowledged + 1;
    for (uint64_t i = first; i <= channel->sent && count_bits(bits) >= OVERTAKEN_MAX; i++) {
        struct channel_slot *slot = outgoing(channel, i);
        if (!slot->arrived && !slot->hurried) {
            slot->hurried = true;
            send_data(channel, cx, i);
        }
        bits &= ~(UINT64_C(1) << (i - first)); /* the next message is not beyond itself */
    }
}

static void on_acknowledgement(struct channel *channel, struct cs_context *cx,
                               const struct channel_frame *frame)
{
    bool news = false;
    while (channel->acknowledged < frame->received) {
        uint64_t sequence = ++channel->acknowledged;
        news |= note_arrival(channel, cx, sequence);
        empty(outgoing(channel, sequence), cx);
    }
    for (uint32_t i = 0; i < 64; i++) {
        uint64_t sequence = frame->received + 2 + i;
        if ((frame->selective >> i & 1) != 0 && sequence > channel->acknowledged)
            news |= note_arrival(channel, cx, sequence);
    }
    if (frame->received == channel->acknowledged) { /* not a late one */
        channel->peer_window = frame->window;
        hurry(channel, cx, frame->selective);
    }
    send_more(channel, cx);
    mind_timer(channel, cx, news);
}

/* ---- Messages in ----------------------------------------------------------------------------- */

static void on_message(struct channel *channel, struct cs_context *cx,
                       const struct channel_frame *frame)
{
    channel->owes = true;
    if (frame->sequence > channel->taken + channel->options.window) {
        channel->counts.beyond++;
        return;
    }
    if (frame->sequence <= channel->received || incoming(channel, frame->sequence)->used) {
        channel->counts.doubled++;
        return;
    }
    fill(incoming(channel, frame->sequence), cx, frame->message);
    uint64_t end = channel->taken + channel->options.window;
    while (channel->received < end && incoming(channel, channel->received + 1)->used)
        channel->received++;
}

static void drop_malformed(struct channel *channel, struct cs_context *cx)
{
    channel->counts.malformed++;
    cs_count(cx, "malformed", 1);
}

static void on_data(struct channel *channel, struct cs_context *cx,
                    const struct channel_frame *frame)
{
    if (frame->from != channel->peer || frame->to != channel->self) {
        channel->counts.stale++;
        challenge(channel, cx, frame->from, 0);
        mind_timer(channel, cx, false);
        return;
    }
    if (!acknowledges_what_was_sent(channel, frame)) {
        drop_malformed(channel, cx);
        return;
    }
    if (frame->sequence > 0)
        on_message(channel, cx, frame);
    on_acknowledgement(channel, cx, frame);
}

void channel_on_message(struct channel *channel, struct cs_context *cx, cs_node from,
                        struct cs_bytes body)
{
    cs_assert(channel->taken == channel->received);
    cs_assert(!channel->reset);
    cs_assert(channel->lent == NULL);
    struct channel_frame frame;
    if (from != channel->options.peer) {
        channel->counts.stale++;
    } else if (!channel_frame_get(channel->options.kind, body, &frame)) {
        drop_malformed(channel, cx);
    } else if (frame.what == CHANNEL_DATA) {
        on_data(channel, cx, &frame);
    } else {
        on_hello(channel, cx, &frame);
    }
}

enum channel_event channel_take(struct channel *channel, struct cs_context *cx,
                                struct cs_bytes *ret_message)
{
    if (channel->reset) {
        channel->reset = false;
        return CHANNEL_RESET;
    }
    end_loan(channel, cx);
    if (channel->taken == channel->received) {
        if (channel->owes)
            send_data(channel, cx, 0);
        return CHANNEL_NOTHING;
    }
    /* The slot is free from here on: of the next message that belongs there nothing may be said,
     * should the user send something while it has this one. */
    struct channel_slot *slot = incoming(channel, ++channel->taken);
    cs_assert(slot->used);
    channel->lent = slot->bytes;
    *ret_message = cs_bytes_of(slot->bytes, slot->size);
    *slot = (struct channel_slot){ 0 };
    return CHANNEL_MESSAGE;
}

/* ---- The user's side ------------------------------------------------------------------------- */

size_t channel_message_max(const struct cs_context *cx)
{
    cs_assert(cs_message_max(cx) > CHANNEL_OVERHEAD);
    return cs_message_max(cx) - CHANNEL_OVERHEAD;
}

void channel_init(struct channel *channel, struct cs_context *cx,
                  const struct channel_options *options)
{
    cs_assert(options->window > 0);
    cs_assert(options->window <= CHANNEL_WINDOW_MAX);
    *channel = (struct channel){ .options = *options, .peer_window = options->window };
    channel->outgoing = cs_alloc(cx, options->window * sizeof *channel->outgoing);
    channel->incoming = cs_alloc(cx, options->window * sizeof *channel->incoming);
    channel->buffer.max = cs_message_max(cx);
    channel->self = draw(cx);
    channel->nonce = draw(cx);
    start_round(channel);
    say_hello(channel, cx, 0);
    mind_timer(channel, cx, false);
}

void channel_done(struct channel *channel, struct cs_context *cx)
{
    if (channel->timer_runs)
        cs_cancel_timer(cx, channel->options.timer);
    empty_all(channel, cx);
    cs_release(cx, channel->outgoing);
    cs_release(cx, channel->incoming);
    cs_release(cx, channel->buffer.data);
    *channel = (struct channel){ 0 };
}

size_t channel_room(const struct channel *channel)
{
    uint64_t kept = channel->accepted - channel->acknowledged;
    cs_assert(kept <= channel->options.window);
    return channel->options.window - (size_t)kept;
}

bool channel_send(struct channel *channel, struct cs_context *cx, struct cs_bytes message)
{
    cs_assert(message.size <= channel_message_max(cx));
    if (channel_room(channel) == 0)
        return false;
    channel->accepted++;
    fill(outgoing(channel, channel->accepted), cx, message);
    send_more(channel, cx);
    mind_timer(channel, cx, false);
    return true;
}

void channel_describe(cs_kind kind, struct cs_bytes body, struct cs_text *out)
{
    struct channel_frame frame;
    if (!channel_frame_get(kind, body, &frame)) {
        cs_text_add(out, "malformed, %zu bytes", body.size);
    } else if (frame.what == CHANNEL_HELLO) {
        cs_text_add(out, "hello%s%s", frame.nonce != 0 ? " who?" : "",
                    frame.echo != 0 ? " answered" : "");
    } else {
        cs_text_add(out, "received=%llu", (unsigned long long)frame.received);
        if (frame.selective != 0)
            cs_text_add(out, "+%llx", (unsigned long long)frame.selective);
        if (frame.sequence > 0)
            cs_text_add(out, " message=%llu", (unsigned long long)frame.sequence);
    }
}
