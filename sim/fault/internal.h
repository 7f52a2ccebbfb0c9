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

/* Where one fault stands. */
struct fault_state {
    struct timeline *timeline;
    uint32_t index;
    uint32_t firings;
};

struct timeline {
    struct cluster *cluster;
    uint64_t seed;
    const struct fault_options *faults;
    uint32_t fault_count;
    struct fault_state *states;
    struct firing **firings; /* all, in order */
    size_t firing_count, firing_capacity;
    struct firing **active; /* those that last, in order */
    size_t active_count, active_capacity;
    uint32_t cut_count, condition_count; /* that the network has of ours */
    uint64_t heal_at_ns;
    enum heal heal;
    uint32_t *holds;             /* by instance: firings that keep it down */
    uint32_t *targets, *side_of; /* room for all instances, for resolve_targets() */
};

/* Resolve the targets of one firing into timeline->targets and ->side_of, in the order of sides.
 * Returns how many; 0 if a selector or a side finds nobody. */
uint32_t resolve_targets(const struct timeline *timeline, const struct fault_options *fault,
                         struct random_stream *stream);

/* False if nothing could be done. */
bool apply_begin(struct firing *firing);
void apply_end(struct firing *firing);
/* Forget that anything keeps this instance down, and start it. */
void apply_restart(struct timeline *timeline, uint32_t instance);

#endif
