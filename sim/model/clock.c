#include "model/clock.h"

#include "base/wide.h"
#include "clustersim/protocol.h"
#include "model/span.h"

enum { PARTS = 1000000000, DRIFT_LIMIT_PPB = PARTS / 10 };

/* Local nanoseconds per PARTS true ones. */
static uint64_t rate(const struct clock *clock)
{
    return (uint64_t)(PARTS + (int64_t)clock->options.drift_ppb);
}

static void check_drift(int32_t drift_ppb)
{
    cs_assert(drift_ppb > -DRIFT_LIMIT_PPB);
    cs_assert(drift_ppb < DRIFT_LIMIT_PPB);
}

void clock_init(struct clock *clock, const struct clock_options *options)
{
    check_drift(options->drift_ppb);
    *clock = (struct clock){ .options = *options };
}

uint64_t clock_monotonic(const struct clock *clock, uint64_t now)
{
    cs_assert(now >= clock->base_true_ns);
    uint64_t true_ns = now - clock->base_true_ns;
    if (clock->options.drift_ppb == 0) /* most clocks, which are read at every step */
        return span_add(clock->base_local_ns, true_ns);
    wide elapsed = (wide)true_ns * rate(clock) / PARTS;
    return span_clamp(clock->base_local_ns + elapsed);
}

uint64_t clock_wall_at(const struct clock *clock, uint64_t monotonic)
{
    int64_t shift;
    bool overflow = __builtin_add_overflow(clock->options.offset_ns, clock->jumped_ns, &shift);
    cs_assert(!overflow);
    wide shown = (wide)monotonic + CLOCK_WALL_EPOCH_NS;
    if (shift >= 0)
        return span_clamp(shown + (uint64_t)shift);
    uint64_t back = -(uint64_t)shift;
    return shown > back ? span_clamp(shown - back) : 0;
}

/* The clock shows base_local + floor(elapsed * rate / PARTS); that is at least local_ns from the
 * smallest `elapsed` on with elapsed * rate >= (local_ns - base_local) * PARTS. */
uint64_t clock_when(const struct clock *clock, uint64_t now, uint64_t local_ns)
{
    if (clock_monotonic(clock, now) >= local_ns)
        return now;
    cs_assert(local_ns > clock->base_local_ns);
    wide missing = (wide)(local_ns - clock->base_local_ns) * PARTS;
    wide elapsed = (missing + rate(clock) - 1) / rate(clock);
    return span_clamp(clock->base_true_ns + elapsed);
}

void clock_jump(struct clock *clock, int64_t by_ns)
{
    bool overflow = __builtin_add_overflow(clock->jumped_ns, by_ns, &clock->jumped_ns);
    cs_assert(!overflow);
}

void clock_set_drift(struct clock *clock, uint64_t now, int32_t drift_ppb)
{
    check_drift(drift_ppb);
    clock->base_local_ns = clock_monotonic(clock, now);
    clock->base_true_ns = now;
    clock->options.drift_ppb = drift_ppb;
}
