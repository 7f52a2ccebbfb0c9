/* Majorities: any two of them share a member, which is what consensus rests on. */
#ifndef COMMON_QUORUM_H
#define COMMON_QUORUM_H
#include "clustersim/protocol.h"

/* The smallest number of members that is more than half of `count`.  Requires count > 0. */
size_t quorum_majority(size_t count);

/* The highest index that a majority has reached, where match[i] is how far member i is: what a
 * leader may commit, if the entry there is of its own term (Raft, thesis 3.6.2).  Requires
 * count > 0. */
uint64_t quorum_match_index(const uint64_t *match, size_t count);

#endif
