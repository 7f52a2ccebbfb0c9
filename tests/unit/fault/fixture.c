#include "fixture.h"

struct beat beat;

void set_up(void) { beat_init(&beat); }

void tear_down(void) { beat_done(&beat); }

void begin(const struct fault_options *faults, uint32_t count)
{
    beat_begin(&beat, 1, faults, count);
}

struct instance_view view(uint32_t instance) { return cluster_view(beat.cluster, instance); }

const struct fault_record *record(size_t index) { return timeline_record(beat.timeline, index); }
