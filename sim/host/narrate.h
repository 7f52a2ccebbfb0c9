/* Narration: what a cluster does as lines of text, while it does it.
 *
 *     151.250ms  B  <- RequestVote from A: RequestVote term=1 last=0/0
 *     151.255ms  B    write meta 0+512
 *     151.255ms  B    barrier meta
 *
 * In the margin stands the true time, cut to microseconds, and who.  Inputs are told when they are
 * handled, effects when they are released, indented: with a CPU that costs time, or a barrier, that
 * is later, and others may have their say in between.  A message that does not arrive is told too:
 * by its sender if the network drops or doubles it, by its receiver if that is down or full.
 *
 * Telling changes nothing of what happens: not the digest, not a draw, not the order. */
#ifndef HOST_NARRATE_H
#define HOST_NARRATE_H
#include "base/text.h"
#include "host/cluster.h"

/* What to leave out; all zero is nothing. */
struct narration_filter {
    bool without_facts;
    const uint32_t *instances; /* only these are told of; NULL: all */
    uint32_t instance_count;
};

/* From now on append a line to `out` for every input that is handled and every effect that is
 * released, those of cs_log() included.  `out` is borrowed until the narration ends, `filter`
 * (NULL: everything) for the call alone.  A NULL `out` ends it; a new one replaces the one before.
 */
void cluster_narrate(struct cluster *cluster, struct cs_text *out,
                     const struct narration_filter *filter);

#endif
