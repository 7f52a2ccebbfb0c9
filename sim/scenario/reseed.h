/* What a plan draws from its seed, before anything runs: starts and clocks.  plan_reseed(). */
#ifndef SCENARIO_RESEED_H
#define SCENARIO_RESEED_H
#include "scenario/distribution_json.h"
#include "scenario/plan.h"

struct start_draw {
    struct instance_options *instance;
    struct distribution late; /* ns after the beginning */
};

struct clock_draw {
    struct machine_options *machine;
    struct drawn offset; /* ns */
    struct drawn drift;  /* parts per billion */
};

struct plan_draws {
    struct start_draw *starts;
    size_t start_count;
    struct clock_draw *clocks;
    size_t clock_count;
};

void draw_clock(const struct clock_draw *draw, uint64_t seed);

#endif
