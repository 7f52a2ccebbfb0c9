/* A cluster as text, at a moment between two events: what its instances are at, and what is under
 * way.  Looking changes nothing. */
#ifndef HOST_INSPECT_H
#define HOST_INSPECT_H
#include "base/text.h"
#include "host/cluster.h"

/* A few lines on one instance: how it is, its program's own words (cs_program.inspect), its armed
 * timers, and what waits in its inbox. */
void inspect_instance(struct cluster *cluster, uint32_t instance, struct cs_text *out);

/* A line for each message, disk operation, job, request and boot that is under way, in the order in
 * which they will come, then those messages that a clog holds.  `wanted`, one for each instance,
 * says whose are told: to or from one that is; NULL: all.  Returns how many lines. */
size_t inspect_in_flight(const struct cluster *cluster, const bool *wanted, struct cs_text *out);

#endif
