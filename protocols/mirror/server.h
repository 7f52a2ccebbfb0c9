/* The server: a primary, or the backup of one. */
#ifndef MIRROR_SERVER_H
#define MIRROR_SERVER_H
#include "common/channel.h"
#include "common/kv.h"

/* Changes that wait for the backup; more are refused. */
enum { MIRROR_PENDING_MAX = 64 };

/* Somebody that this server has a channel to. */
struct mirror_peer {
    cs_node node;
    struct channel channel;
};

/* A change that the backup has not carried out yet, as far as is known. */
struct mirror_change {
    struct mirror_peer *client;
    uint64_t incarnation; /* of the client: another one is not answered */
    uint64_t tag;
    uint8_t *operation; /* from cs_alloc() */
    size_t size;        /* bytes */
};

struct mirror_server {
    bool primary;
    bool whole; /* it has all that its pair has */
    struct kv store;
    struct mirror_peer *partner;
    struct mirror_peer **peers; /* the partner and every client that has spoken */
    size_t peer_count, peer_capacity;

    bool telling; /* the partner what is in the store, bucket by bucket */
    uint64_t cursor;
    bool copying;                                     /* the partner is whole: it takes changes */
    bool owes;                                        /* the partner how far this backup is */
    struct mirror_change pending[MIRROR_PENDING_MAX]; /* in their order; the first `copied` sent */
    size_t pending_count, copied;

    struct wire_buffer body, message; /* for what is being made */
    uint64_t dropped;                 /* messages that made no sense */
};

void mirror_server_on_start(void *state, struct cs_context *cx, enum cs_start kind);
void mirror_server_on_message(void *state, struct cs_context *cx, cs_node from, cs_kind kind,
                              struct cs_bytes body);
void mirror_server_on_timer(void *state, struct cs_context *cx, cs_token token);
void mirror_server_inspect(const void *state, struct cs_text *out);

#endif
