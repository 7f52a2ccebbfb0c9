/* When the operations of an open workload arrive.
 *
 * The next one is due when the integral of the rate over time has grown by a *step* since the last:
 * by 1 at a constant distance, by an exponential number with mean 1 for a Poisson process (Lewis,
 * Shedler, "Simulation of nonhomogeneous Poisson processes by thinning", 1979, section 1: the
 * time-scale transformation, exact for a rate that changes).  So draw i belongs to arrival i
 * whatever the rates are, and what rounding to nanoseconds leaves over is carried on: the mean rate
 * is exact. */
#ifndef LOAD_ARRIVALS_H
#define LOAD_ARRIVALS_H
#include "load/workload.h"

/* The integral of a rate in thousandths per second over nanoseconds that makes one operation. */
#define ARRIVALS_UNIT UINT64_C(1000000000000)

struct arrivals {
    const struct workload_options *options;
    struct distribution step; /* units */
    struct random_stream stream;
    uint64_t at_ns;   /* the last arrival, or the start */
    uint64_t surplus; /* units by which the integral had passed its due then */
};

void arrivals_init(struct arrivals *arrivals, const struct workload_options *options, uint64_t key);

/* The next arrival, not before the last one.  False if there is none before the workload's stop. */
bool arrivals_next(struct arrivals *arrivals, uint64_t *ret_at_ns);

#endif
