/* Distributions of non-negative integers (nanoseconds, bytes, …), sampled by integer code only, so
 * that a draw is the same on every machine, compiler and optimisation level.
 *
 * Every sample is one 64-bit number put through the inverse of the distribution function, so a
 * sample costs exactly one draw and distribution_quantile() is a pure function that tests can ask
 * directly. */
#ifndef BASE_DISTRIBUTION_H
#define BASE_DISTRIBUTION_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/random.h"

enum distribution_kind {
    DISTRIBUTION_CONSTANT,
    DISTRIBUTION_UNIFORM,     /* low..high, both inclusive */
    DISTRIBUTION_EXPONENTIAL, /* mean */
    DISTRIBUTION_NORMAL,      /* mean, standard deviation; negative draws become 0 */
    DISTRIBUTION_LOGNORMAL,   /* median and sigma */
    DISTRIBUTION_PARETO,      /* scale (the minimum) and shape alpha */
    DISTRIBUTION_WEIBULL,     /* scale and shape */
    DISTRIBUTION_SHIFTED,     /* a constant plus a distribution */
    DISTRIBUTION_MIXTURE,     /* weighted parts */
    DISTRIBUTION_EMPIRICAL,   /* linear between quantiles */
};

/* Fixed point with 32 fraction bits, for shapes. */
typedef uint64_t fixed32;
#define FIXED32_ONE (UINT64_C(1) << 32)

struct distribution_point {
    uint64_t quantile; /* of 2^64; the last point may be UINT64_MAX for 1 */
    uint64_t value;
};

struct distribution_part {
    uint64_t upto; /* cumulated weight of 2^64, exclusive; the last part's is UINT64_MAX */
    const struct distribution *distribution;
};

/* Built by the functions below; a copy shares the arrays, which belong to the caller and outlive
 * it. */
struct distribution {
    enum distribution_kind kind;
    uint32_t count;  /* of points or parts */
    uint64_t value;  /* constant, low, mean, median, scale or shift */
    uint64_t spread; /* high, standard deviation */
    fixed32 shape;   /* sigma / ln(2), 1/alpha, 1/shape */
    union {
        const struct distribution *inner;
        const struct distribution_part *parts;
        const struct distribution_point *points;
    };
};

struct distribution distribution_constant(uint64_t value);
/* Requires low <= high. */
struct distribution distribution_uniform(uint64_t low, uint64_t high);
struct distribution distribution_exponential(uint64_t mean);
struct distribution distribution_normal(uint64_t mean, uint64_t deviation);
/* By the median and the 99th percentile.  Requires 0 < p50 <= p99. */
struct distribution distribution_lognormal(uint64_t p50, uint64_t p99);
/* Requires scale > 0, alpha > 0 (at least 1/1024 and at most 2^20; the same for a Weibull shape).
 */
struct distribution distribution_pareto(uint64_t scale, double alpha);
struct distribution distribution_weibull(uint64_t scale, double shape);
struct distribution distribution_shifted(uint64_t shift, const struct distribution *inner);
/* One number chooses the part and draws from it: where it fell in the part's range is mixed anew.
 */
struct distribution distribution_mixture(const struct distribution_part *parts, uint32_t count);
/* `points` do not fall in either field (equal quantiles make a jump, equal values an atom); below
 * the first and above the last quantile the value is constant. */
struct distribution distribution_empirical(const struct distribution_point *points, uint32_t count);

/* The value below which a fraction bits / 2^64 of the draws lie, at most INT64_MAX.  Monotone in
 * `bits`, except for a mixture: there it only turns uniform bits into draws. */
uint64_t distribution_quantile(const struct distribution *distribution, uint64_t bits);

static inline uint64_t distribution_sample(const struct distribution *distribution,
                                           struct random_stream *stream)
{
    return distribution_quantile(distribution, random_next(stream));
}

/* The smallest value that a sample can take. */
uint64_t distribution_min(const struct distribution *distribution);

/* Whether every sample is `value`. */
bool distribution_is_only(const struct distribution *distribution, uint64_t value);

/* Zipf over ranks 0..count-1 with weight (rank + 1)^-theta, by a table of cumulated weights made
 * once (at most 16 bytes a rank).  Requires count > 0 and theta in 0..8. */
struct zipf;
struct zipf *zipf_new(uint32_t count, double theta);
void zipf_free(struct zipf *zipf);
uint32_t zipf_rank(const struct zipf *zipf, uint64_t bits);

#endif
