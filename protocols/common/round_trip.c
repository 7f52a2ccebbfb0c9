/* See round_trip.h. */
#include "common/round_trip.h"

/* The least that is added for variation: the clock's granularity G of section 2. */
enum { GRANULARITY_NS = 1000 };

void round_trip_init(struct round_trip *round, cs_duration first, cs_duration min, cs_duration max)
{
    cs_assert(min.ns > 0);
    cs_assert(min.ns <= first.ns);
    cs_assert(first.ns <= max.ns);
    *round = (struct round_trip){ .min = min, .max = max, .timeout = first };
}

static uint64_t within(const struct round_trip *round, uint64_t timeout_ns)
{
    if (timeout_ns < round->min.ns)
        return round->min.ns;
    return timeout_ns > round->max.ns ? round->max.ns : timeout_ns;
}

void round_trip_measured(struct round_trip *round, cs_duration took)
{
    /* No measurement is so long that a few of them overflow; zero means that there is none. */
    uint64_t r = took.ns == 0 ? 1 : took.ns;
    if (r > UINT64_MAX / 16)
        r = UINT64_MAX / 16;
    if (round->smoothed.ns == 0) { /* 2.2 */
        round->smoothed = cs_ns(r);
        round->varied = cs_ns(r / 2);
    } else { /* 2.3: RTTVAR first, with the old SRTT; alpha = 1/8, beta = 1/4 */
        uint64_t old = round->smoothed.ns;
        uint64_t off = r > old ? r - old : old - r;
        round->varied = cs_ns(round->varied.ns - round->varied.ns / 4 + off / 4);
        round->smoothed = cs_ns(old - old / 8 + r / 8);
    }
    uint64_t spread = 4 * round->varied.ns;
    if (spread < GRANULARITY_NS)
        spread = GRANULARITY_NS;
    round->timeout = cs_ns(within(round, round->smoothed.ns + spread));
}

void round_trip_back_off(struct round_trip *round)
{
    uint64_t half = round->max.ns / 2;
    round->timeout =
        cs_ns(round->timeout.ns > half ? round->max.ns : within(round, 2 * round->timeout.ns));
}
