/* Who votes, and what a majority of them agrees on.
 *
 * The one place that knows what a quorum is: joint configurations (thesis 4.3) would change this
 * file and nothing else. */
#ifndef RAFT_VOTERS_H
#define RAFT_VOTERS_H
#include "clustersim/protocol.h"

enum { VOTERS_MAX = 64 };

struct voters {
    const cs_node *nodes;
    size_t count; /* 1 to VOTERS_MAX */
    size_t self;  /* our own place among them */
};

/* Is `self` one of the group's members? */
bool voters_name(struct cs_group group, cs_node self);

/* The members of `group`.  Requires that `self` is one of them. */
struct voters voters_of(struct cs_group group, cs_node self);

/* The place of `node`, or `count` if it is no voter. */
size_t voters_place(const struct voters *voters, cs_node node);

/* The largest number that at least a majority's values reach; values[i] is voter i's. */
uint64_t voters_agreed(const struct voters *voters, const uint64_t *values);

#endif
