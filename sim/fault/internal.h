/* What the files of the timeline share: timeline.c decides when, selector.c whom, apply.c what is
 * done to them. */
#ifndef FAULT_INTERNAL_H
#define FAULT_INTERNAL_H
#include "fault/timeline.h"

/* One firing and what has to be undone when it ends. */
struct firing {
    struct fault_record record;
    struct timeline *timeline;
    uint32_t *targets, *side_of; /* what the record shows */
    uint32_t *held;              /* instances that it keeps down */
    uint32_t held_count;
    uint32_t handle; /* of a cut or a condition */
    bool active;
};

/* The streams of one fault, and where it stands. */
struct fault_state {
    struct timeline *timeline;
    uint32_t index;
    uint32_t firings;
    struct random_stream targets, durations, gaps;
};

struct timeline {
    struct cluster *cluster;
    const struct fault_options *faults;
    uint32_t fault_count;
    struct fault_state *states;
    struct firing **firings;
    size_t firing_count, firing_capacity;
    size_t active_count;
    uint64_t heal_at_ns;
    enum heal heal;
    uint32_t *holds; /* by instance: firings that keep it down */
};

/* The targets of one firing, in the order of sides; `side_of` and `targets` have room for all
 * instances.  Returns how many; 0 if a selector finds nobody. */
uint32_t resolve_targets(const struct timeline *timeline, const struct fault_options *fault,
                         struct random_stream *stream, uint32_t *targets, uint32_t *side_of);

void apply_begin(struct firing *firing);
void apply_end(struct firing *firing);
/* Forget that anything keeps this instance down, and start it if it is. */
void apply_restart(struct timeline *timeline, uint32_t instance);

#endif
