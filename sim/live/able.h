/* Which faults real processes can be given. */
#ifndef LIVE_ABLE_H
#define LIVE_ABLE_H
#include "fault/timeline.h"

/* Why a fault cannot be carried out on real processes: half a sentence, or NULL if it can. */
const char *able_obstacle(const struct fault_options *fault);

#endif
