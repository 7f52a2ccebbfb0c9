/* A machine's clocks: the monotonic one drifts, the wall clock drifts, has an offset and may jump.
 * All integers. */
#ifndef MODEL_CLOCK_H
#define MODEL_CLOCK_H
#include <stdint.h>

struct clock_options {
    int64_t offset_ns; /* of the wall clock, at time 0 */
    int32_t drift_ppb; /* parts per 10^9: how much too fast both run; above -10^8 and below 10^8 */
};

/* Wall clocks count from here, so that a negative offset stays positive: one day. */
#define CLOCK_WALL_EPOCH_NS UINT64_C(86400000000000)

struct clock {
    struct clock_options options;
    uint64_t base_true_ns;  /* the true instant at which the rate last changed */
    uint64_t base_local_ns; /* what the monotonic clock showed then */
    int64_t jumped_ns;      /* sum of the wall clock's jumps */
};

/* All instants are true ones, at or after the last change of the rate.  Clocks stop at the ends of
 * their range instead of wrapping. */
void clock_init(struct clock *clock, const struct clock_options *options);
uint64_t clock_monotonic(const struct clock *clock, uint64_t now);
/* What the wall clock shows when the monotonic clock shows `monotonic`. */
uint64_t clock_wall_at(const struct clock *clock, uint64_t monotonic);
/* The first true instant at which the monotonic clock shows at least `local_ns`; `now` if it does
 * already, UINT64_MAX if it never does. */
uint64_t clock_when(const struct clock *clock, uint64_t now, uint64_t local_ns);
void clock_jump(struct clock *clock, int64_t by_ns);
/* Change the rate from `now` on: both clocks stay continuous. */
void clock_set_drift(struct clock *clock, uint64_t now, int32_t drift_ppb);

#endif
