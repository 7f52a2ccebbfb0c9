/* Echo's messages, sealed by common/wire:
 *
 *   REQUEST  u64 tag, u64 work, bytes payload
 *   REPLY    u64 tag, bytes payload
 *
 * The tag is the client's name for the question; the reply brings it back. */
#ifndef ECHO_MESSAGE_H
#define ECHO_MESSAGE_H
#include "common/wire.h"

enum echo_kind { ECHO_REQUEST, ECHO_REPLY };

enum {
    ECHO_OVERHEAD = 24,     /* bytes of the larger message around its payload */
    ECHO_WORK_MAX = 1 << 20 /* units that one request may cost the server */
};

struct echo_message {
    uint64_t tag;
    uint64_t work; /* at most ECHO_WORK_MAX; 0 in a reply */
    struct cs_bytes payload;
};

/* Requires room for ECHO_OVERHEAD and the payload. */
struct cs_bytes echo_put(struct wire_writer *writer, enum echo_kind kind,
                         const struct echo_message *message);

/* False if `body` is not a message of this kind, whatever it is instead.  The payload is borrowed
 * from it. */
bool echo_get(cs_kind kind, struct cs_bytes body, struct echo_message *ret_message);

void echo_describe(cs_kind kind, struct cs_bytes body, struct cs_text *out);

#endif
