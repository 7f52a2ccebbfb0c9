/* What a scenario lets each seed draw: swarm testing of everything that a scenario says, after
 * Groce et al., "Swarm Testing" (ISSTA 2012), section 2.
 *
 * "swarm" maps JSON pointers to lists of values.  A seed takes one of each, from a stream of the
 * pointer's own, so that another pointer shifts none; null leaves what stands there, and an object
 * for the pointer
 * "" is merged onto the scenario.  What the command line sets, or a part of it, is not drawn. */
#ifndef SCENARIO_DRAWS_H
#define SCENARIO_DRAWS_H
#include <stdint.h>

#include "scenario/loading.h"

/* Put what `seed` draws into the document; or, unless `choice` is 0, the value of that number of
 * each list, round and round. */
void draws_apply(struct loading *loading, uint64_t seed, uint32_t choice);

/* How many choices show every value: the longest list's. */
uint32_t draws_count(const struct document *document);

#endif
