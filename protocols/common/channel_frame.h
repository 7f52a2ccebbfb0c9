/* The datagrams of a channel (channel.h), sealed by wire:
 *
 *   HELLO  u8 what, u64 from, u64 nonce, u64 echo
 *   DATA   u8 what, u64 from, u64 to, u64 sequence, u64 received, u64 selective, u32 window,
 *          bytes message
 *
 * Incarnations are named by random numbers, never 0.  A HELLO says who sends it; with a nonce it
 * asks whom it reaches to send that back as the echo.  DATA goes from one incarnation to another
 * one; sequence 0 carries no message, only what was received. */
#ifndef COMMON_CHANNEL_FRAME_H
#define COMMON_CHANNEL_FRAME_H
#include "common/wire.h"

enum channel_what { CHANNEL_HELLO, CHANNEL_DATA, CHANNEL_WHAT_COUNT };

enum { CHANNEL_DATA_OVERHEAD = 1 + 5 * 8 + 4 + 4 + 4 }; /* bytes beside the message */

struct channel_frame {
    enum channel_what what;
    uint64_t from; /* the sender's incarnation */

    uint64_t nonce; /* HELLO: to be sent back; 0: nothing is asked */
    uint64_t echo;  /* HELLO: the nonce that this answers; 0: none */

    uint64_t to;        /* DATA: the receiver's incarnation, as the sender knows it */
    uint64_t sequence;  /* DATA: of the message, from 1; 0: none */
    uint64_t received;  /* DATA: every message up to this one has arrived */
    uint64_t selective; /* DATA: bit i: so has message received + 2 + i */
    uint32_t
        window; /* DATA: messages beyond `received` for which there is room when all is taken */
    struct cs_bytes message; /* DATA: borrowed */
};

/* Requires room for CHANNEL_DATA_OVERHEAD and the message. */
struct cs_bytes channel_frame_put(struct wire_writer *writer, cs_kind kind,
                                  const struct channel_frame *frame);

/* False if `body` is none, whatever it is instead. */
bool channel_frame_get(cs_kind kind, struct cs_bytes body, struct channel_frame *ret_frame);

#endif
