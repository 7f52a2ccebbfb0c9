/* Reliable, ordered delivery between two instances, over datagrams that are lost, doubled, late,
 * reordered and damaged.
 *
 * What one side sends the other one takes in the same order, each message once, as long as both
 * live.  Sequence numbers, cumulative acknowledgement, a window and retransmission are those of TCP
 * (RFC 9293, sections 3.4 and 3.8), with messages for octets; selective acknowledgement is that of
 * RFC 2018, the timeout that of RFC 6298.  There is no congestion control and no end: a channel
 * goes on trying.
 *
 * An incarnation that begins anew has forgotten what it sent and received, so nothing of before may
 * count.  Each bears a random name, every datagram bears the two that it goes between, and what
 * does not match is dropped.  A new name is believed from whoever sends back a random number made
 * for this purpose: an earlier incarnation cannot do that, however late its datagrams come (the
 * three-way handshake of RFC 9293, section 3.5, and figure 9 there for who finds its peer
 * restarted).  The user of the side that lives on is told, CHANNEL_RESET: what it sent before may
 * or may not have arrived, and is not sent again; what it sends from now on goes to the new
 * incarnation.  So across restarts a message is delivered at most once, and never after a later
 * one.
 *
 * The user passes in what bears the channel's kind and its timer's token, and takes what comes of
 * it until nothing is left, before its handler returns:
 *
 *     channel_on_message(&server->channel, cx, from, body);
 *     while ((event = channel_take(&server->channel, cx, &message)) != CHANNEL_NOTHING)
 *         …
 *
 * Memory is bounded: at most `window` messages are kept in each direction.  Who sends more is told
 * that the channel is full, and tries again after a later input. */
#ifndef COMMON_CHANNEL_H
#define COMMON_CHANNEL_H
#include "clustersim/protocol.h"
#include "common/round_trip.h"
#include "common/wire.h"

enum { CHANNEL_WINDOW_MAX = 64 }; /* as many as one datagram can acknowledge */

/* Bytes of a datagram beside its message: messages have cs_message_max() less this. */
enum { CHANNEL_OVERHEAD = 53 };

struct channel_options {
    cs_node peer;
    cs_kind kind;      /* of the datagrams, the same on both sides */
    cs_token timer;    /* of this channel alone */
    uint32_t window;   /* messages under way in each direction; 1..CHANNEL_WINDOW_MAX */
    cs_duration first; /* how long to wait for an answer before anything is measured … */
    cs_duration min;   /* … and afterwards at least and at most */
    cs_duration max;
};

/* A message that is kept; its bytes are from cs_alloc(). */
struct channel_slot {
    uint8_t *bytes;
    size_t size;
    bool used;       /* received: it is here; sent: it waits for an acknowledgement */
    bool arrived;    /* sent: acknowledged selectively */
    bool hurried;    /* sent: again, before the timeout, because later ones arrived */
    uint32_t times;  /* sent */
    cs_instant last; /* sent */
};

struct channel_counts {
    uint64_t malformed; /* datagrams that made no sense */
    uint64_t stale;     /* between other incarnations, or of another sender */
    uint64_t doubled;   /* messages that were here already */
    uint64_t beyond;    /* messages for which there was no room */
    uint64_t again;     /* messages sent more than once, each time */
    uint64_t resets;
};

struct channel {
    struct channel_options options;
    uint64_t self;  /* this incarnation's name */
    uint64_t peer;  /* the other one's; 0: nobody has answered yet */
    uint64_t nonce; /* asked for and not sent back yet; 0: none */
    bool reset;     /* to be told */
    uint8_t *lent;  /* the message that was taken last, or NULL */
    bool owes;      /* an acknowledgement: it goes with the next datagram */
    struct round_trip round;
    bool timer_runs;

    uint64_t accepted;     /* the last message that the user sent */
    uint64_t sent;         /* up to here they were sent at least once */
    uint64_t acknowledged; /* up to here they arrived */
    uint32_t peer_window;

    uint64_t received; /* up to here they arrived */
    uint64_t taken;    /* up to here the user has them */

    struct channel_slot *outgoing, *incoming; /* by sequence modulo the window */
    struct wire_buffer buffer;                /* for the datagram being made */
    struct channel_counts counts;
};

/* Requires room for CHANNEL_OVERHEAD and more in a datagram.  Says hello to the peer. */
void channel_init(struct channel *channel, struct cs_context *cx,
                  const struct channel_options *options);

/* Forget all and give the memory back; the timer is cancelled. */
void channel_done(struct channel *channel, struct cs_context *cx);

/* The longest message, in bytes. */
size_t channel_message_max(const struct cs_context *cx);

/* How many messages can be sent now. */
size_t channel_room(const struct channel *channel);

/* Send, now or when the peer has answered; the bytes are copied.  False if there is no room. */
bool channel_send(struct channel *channel, struct cs_context *cx, struct cs_bytes message);

/* A datagram of the channel's kind; any bytes do.  Requires that all was taken. */
void channel_on_message(struct channel *channel, struct cs_context *cx, cs_node from,
                        struct cs_bytes body);

/* The channel's timer. */
void channel_on_timer(struct channel *channel, struct cs_context *cx);

enum channel_event {
    CHANNEL_NOTHING,
    CHANNEL_MESSAGE, /* the next one, borrowed until the next call for this channel */
    CHANNEL_RESET,   /* the peer is another incarnation from here on */
};
enum channel_event channel_take(struct channel *channel, struct cs_context *cx,
                                struct cs_bytes *ret_message);

/* One line for a datagram, for traces; the message itself is the user's. */
void channel_describe(cs_kind kind, struct cs_bytes body, struct cs_text *out);

#endif
