/* Why nothing goes on: what a finding about liveness says of each group of servers. */
#ifndef COMMAND_STUCK_H
#define COMMAND_STUCK_H
#include "base/text.h"
#include "host/cluster.h"

/* Where each instance stood at an instant: its commit index, by instance.  free(). */
uint64_t *stuck_mark(const struct cluster *cluster);

/* Add ". kv has no quorum, 1 of 3 work: A is down; B has stopped itself; …" and the like for each
 * group of servers that looks stuck, as of now.  `since` is a mark of earlier. */
void stuck_describe(struct cluster *cluster, const uint64_t *since, struct cs_text *text);

#endif
