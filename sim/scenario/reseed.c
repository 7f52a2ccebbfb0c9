#include "scenario/reseed.h"

/* Draws of a normal distribution have no end. */
#define OFFSET_LIMIT_NS (INT64_C(10) * 86400 * 1000000000)
#define DRIFT_LIMIT_PPB INT64_C(99999999) /* model/clock.h: below 10^8 */

static void draw_start(const struct start_draw *draw, uint64_t seed)
{
    struct random_stream stream =
        random_stream_of(random_key(seed, draw->instance->name, "start-jitter"));
    uint64_t at_ns = distribution_sample(&draw->late, &stream);
    draw->instance->boot_at_ns = MIN(at_ns, (uint64_t)INT64_MAX);
}

void draw_clock(const struct clock_draw *draw, uint64_t seed)
{
    struct random_stream stream = random_stream_of(random_key(seed, draw->machine->name, "clock"));
    int64_t offset_ns = (int64_t)distribution_sample(&draw->offset.distribution, &stream);
    int64_t drift_ppb = (int64_t)distribution_sample(&draw->drift.distribution, &stream);
    offset_ns += draw->offset.shift;
    drift_ppb += draw->drift.shift;
    draw->machine->clock = (struct clock_options){
        .offset_ns = CLAMP(offset_ns, -OFFSET_LIMIT_NS, OFFSET_LIMIT_NS),
        .drift_ppb = (int32_t)CLAMP(drift_ppb, -DRIFT_LIMIT_PPB, DRIFT_LIMIT_PPB),
    };
}

void plan_reseed(struct plan *plan, uint64_t seed)
{
    const struct plan_draws *draws = plan->draws;
    cs_assert(draws != NULL);
    cs_assert(!plan->swarm || seed == plan->seed);
    plan->seed = plan->cluster.seed = seed;
    for (size_t i = 0; i < draws->start_count; i++)
        draw_start(&draws->starts[i], seed);
    for (size_t i = 0; i < draws->clock_count; i++)
        draw_clock(&draws->clocks[i], seed);
}
