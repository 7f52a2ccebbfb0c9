/* Who can still talk to whom: whether a quorum is left.
 *
 * Two machines are in touch if each reaches the other: nothing cuts or clogs either way, and half
 * of the messages at least get through unharmed.  A quorum is gathered by one member from those
 * that it is in touch with, so what counts of a group is the largest set of that form: a member and
 * all those in touch with it.  After a partition that is the largest side, in a ring three
 * neighbours. */
#ifndef FAULT_IN_TOUCH_H
#define FAULT_IN_TOUCH_H
#include <stdbool.h>
#include <stdint.h>

#include "host/cluster.h"

enum { CUT_OTHERS = NETWORK_SIDES_MAX - 1 }; /* the side of those that a fault does not meet */

/* A cut that is yet to be, or losses. */
struct proposed_cut {
    uint8_t *sides; /* by machine */
    uint64_t blocked[NETWORK_SIDES_MAX];
    uint64_t spared; /* what passes all the same, in parts per 2^32: 0 of a cut or a clog */
};

/* Whether two machines are in touch, with `more` as well, if it is not NULL. */
bool machines_in_touch(const struct network *network, const struct proposed_cut *more, uint32_t a,
                       uint32_t b);
/* The size of the largest set of these instances that is one of them and those in touch with it. */
uint32_t most_in_touch(struct cluster *cluster, const uint32_t *instances, uint32_t count,
                       const struct proposed_cut *more);

#endif
