/* What is said over mirror's channels:
 *
 *   ASK     u8 what, u64 tag, bytes operation    a client to a primary
 *   ANSWER  u8 what, u64 tag, bytes result       back
 *   COPY    u8 what, u64 number, bytes operation a primary to its backup
 *   KEPT    u8 what, u64 number, no bytes        back: carried out, with all before
 *   WANT    u8 what, u64 0, no bytes             who is blank to its partner
 *   PART    u8 what, u64 0, bytes part           back, several: a part of the store
 *   WHOLE   u8 what, u64 0, no bytes             after them: this was all
 *
 * Operations and results are those of common/state_machine, parts those of common/kv.  A change's
 * number is its place in the pair's order, from 1. */
#ifndef MIRROR_MESSAGE_H
#define MIRROR_MESSAGE_H
#include "common/wire.h"

enum mirror_what {
    MIRROR_ASK,
    MIRROR_ANSWER,
    MIRROR_COPY,
    MIRROR_KEPT,
    MIRROR_WANT,
    MIRROR_PART,
    MIRROR_WHOLE,
    MIRROR_WHAT_COUNT
};

enum { MIRROR_OVERHEAD = 1 + 8 + 4 }; /* bytes beside `body` */

struct mirror_message {
    enum mirror_what what;
    uint64_t number; /* or the tag */
    struct cs_bytes body;
};

struct cs_bytes mirror_message_put(struct wire_writer *writer,
                                   const struct mirror_message *message);
/* False if `bytes` are none.  The body is borrowed from them. */
bool mirror_message_get(struct cs_bytes bytes, struct mirror_message *ret_message);

void mirror_describe(cs_kind kind, struct cs_bytes body, struct cs_text *out);

#endif
