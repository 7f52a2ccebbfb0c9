/* Timers of one node: each token has one deadline, the earliest fires first.
 *
 * A binary heap of entries, of which one that was re-armed or cancelled stays until it comes up: it
 * counts only while its generation is its token's present one. */
#ifndef LIVE_ALARMS_H
#define LIVE_ALARMS_H
#include <glib.h>

#include "clustersim/protocol.h"

struct alarm_entry {
    uint64_t at_ns;
    uint64_t generation; /* in the order of arming: equal deadlines fire in that order */
    cs_token token;
};

struct alarms {
    GArray *heap;        /* struct alarm_entry */
    GHashTable *present; /* token -> generation */
    uint64_t generation;
};

void alarms_init(struct alarms *alarms);
void alarms_done(struct alarms *alarms);
void alarms_set(struct alarms *alarms, cs_token token, uint64_t at_ns);
void alarms_cancel(struct alarms *alarms, cs_token token);
/* When the next one is due; UINT64_MAX if there is none. */
uint64_t alarms_next(struct alarms *alarms);
/* Take the next one if it is due at `now_ns`. */
bool alarms_take(struct alarms *alarms, uint64_t now_ns, cs_token *ret_token);

#endif
