/* The client: asks the primary of the key's pair, over a channel to each. */
#ifndef MIRROR_CLIENT_H
#define MIRROR_CLIENT_H
#include "common/channel.h"

/* An operation that is not answered yet. */
struct mirror_call {
    uint64_t tag;
    cs_request request;
    size_t pair;
    bool reads; /* and changes nothing */
};

struct mirror_client {
    struct cs_group servers;
    size_t pair_count;
    struct channel *channels;  /* to the primary of each pair */
    size_t *open;              /* calls to each pair; at most a window of them */
    struct mirror_call *calls; /* in the order in which they were made */
    size_t call_count, call_capacity;
    uint64_t next_tag;
    struct wire_buffer operation, message;
    uint64_t dropped; /* messages that made no sense */
};

void mirror_client_on_start(void *state, struct cs_context *cx, enum cs_start kind);
void mirror_client_on_message(void *state, struct cs_context *cx, cs_node from, cs_kind kind,
                              struct cs_bytes body);
void mirror_client_on_timer(void *state, struct cs_context *cx, cs_token token);
void mirror_client_on_request(void *state, struct cs_context *cx, cs_request id,
                              const struct cs_op *op);
void mirror_client_inspect(const void *state, struct cs_text *out);

#endif
