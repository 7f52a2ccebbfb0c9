/* Messages that are too long for a datagram: through TCP, which no more than UDP promises that they
 * arrive.
 *
 * A node listens at the number of its port and opens a connection to each instance that it sends a
 * long message to, for that direction alone.  A message is lost if the connection cannot be made or
 * breaks before it was handed to the kernel, or if too much waits already. */
#ifndef LIVE_STREAMS_H
#define LIVE_STREAMS_H
#include <glib.h>

#include "live/wire.h"

struct streams_options {
    uint32_t port_base, self, count;
    uint64_t run; /* the key that messages of this run have */
    void *owner;
    /* A message has come. */
    void (*on_message)(void *owner, const struct wire_datagram *head, struct cs_bytes body);
    /* All that could be read now was. */
    void (*on_batch)(void *owner);
    uint64_t *lost; /* counted here */
};

struct streams;

/* NULL, and errno, if the port cannot be used. */
struct streams *streams_new(const struct streams_options *options);
void streams_free(struct streams *streams);
void streams_send(struct streams *streams, uint32_t to, cs_kind kind, struct cs_bytes body);

#endif
