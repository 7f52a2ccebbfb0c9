/* What things cost in a live run: measured by its nodes, summed up by who has started them. */
#ifndef LIVE_COSTS_H
#define LIVE_COSTS_H
#include "live/wire.h"
#include "measure/histogram.h"

/* CPU time of messages handled, of `bytes`: sums for a straight line through all of them. */
struct cost_line {
    double count, bytes, ns, bytes_squared, bytes_ns;
};

struct costs {
    struct histogram *network; /* ns from a node's sending a message to another one's taking it */
    struct histogram *write;   /* ns of a write or a discard */
    struct histogram *flush;   /* ns, without the time that it waited for the one before it */
    struct cost_line cpu;      /* of servers */
};

void costs_init(struct costs *costs);
void costs_done(struct costs *costs);
void costs_add(struct costs *costs, const struct wire_cost *cost, bool server);

/* The line of least squares: ns for each message and ps for each of its bytes, neither below 0.
 * Zeros if nothing was handled. */
void costs_cpu(const struct costs *costs, uint64_t *ret_per_message_ns, uint64_t *ret_per_byte_ps);

#endif
