/* Presets: published measurements by name.  One stands for the keys that a scenario would otherwise
 * spell out, and is weaker than any that it does. */
#ifndef SCENARIO_PRESETS_H
#define SCENARIO_PRESETS_H
#include "scenario/loading.h"

/* The choices of "topology.preset" and of "topology.nodes.*.disk.preset", NULL-terminated. */
extern const char *const preset_topology_names[], *const preset_disk_names[];

struct preset {
    const char *name;
    const char *key;    /* where it stands: "topology" or "disk" */
    const char *about;  /* one sentence, with the numbers */
    const char *source; /* where they were published */
};
/* The presets, in order; NULL behind the last one. */
const struct preset *preset_at(size_t index);

/* Put what the scenario's presets stand for beside their names, where it says nothing itself.
 * Reports regions that a preset does not know. */
void presets_apply(struct loading *loading);

/* ---- presets_latency.c ---- */

enum { PRESET_REGIONS = 10 };

struct preset_region {
    const char *code, *name; /* "VA", "us-east-1" */
};
/* The regions of "aws-2017", and the round trip from the one to the other, in units of 10 us. */
extern const struct preset_region preset_regions[PRESET_REGIONS];
uint32_t preset_round_trip(size_t from, size_t to);

#endif
