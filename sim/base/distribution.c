#include "base/distribution.h"

#include <stdbool.h>

#include "base/fixed.h"
#include "base/wide.h"
#include "clustersim/protocol.h"

#define SHAPE_MIN      (1.0 / 1024)
#define SHAPE_MAX      1048576.0
#define QUANTILE_99    2.3263478740408408 /* of the standard normal distribution */
#define LOG2_FINE_BITS 57
#define LOG2_E         1.4426950408889634
#define VALUE_MAX      ((uint64_t)INT64_MAX)

static uint64_t saturated(wide value) { return value > VALUE_MAX ? VALUE_MAX : (uint64_t)value; }

static fixed32 fixed32_of(double x)
{
    cs_assert(x >= 0);
    cs_assert(x < 0x1p31);
    return (fixed32)(x * 0x1p32 + 0.5);
}

/* ---- Construction ---------------------------------------------------------------------------- */

struct distribution distribution_constant(uint64_t value)
{
    return (struct distribution){ .kind = DISTRIBUTION_CONSTANT, .value = value };
}

struct distribution distribution_uniform(uint64_t low, uint64_t high)
{
    cs_assert(low <= high);
    return (struct distribution){ .kind = DISTRIBUTION_UNIFORM, .value = low, .spread = high };
}

struct distribution distribution_exponential(uint64_t mean)
{
    return (struct distribution){ .kind = DISTRIBUTION_EXPONENTIAL, .value = mean };
}

struct distribution distribution_normal(uint64_t mean, uint64_t deviation)
{
    return (struct distribution){ .kind = DISTRIBUTION_NORMAL, .value = mean, .spread = deviation };
}

struct distribution distribution_lognormal(uint64_t p50, uint64_t p99)
{
    cs_assert(p50 > 0);
    cs_assert(p50 <= p99);
    double sigma = cs_math_log((double)p99 / (double)p50) / QUANTILE_99;
    return (struct distribution){ .kind = DISTRIBUTION_LOGNORMAL,
                                  .value = p50,
                                  .shape = fixed32_of(sigma * LOG2_E) };
}

static struct distribution with_shape(enum distribution_kind kind, uint64_t scale, double shape)
{
    cs_assert(scale > 0);
    cs_assert(shape >= SHAPE_MIN);
    cs_assert(shape <= SHAPE_MAX);
    return (struct distribution){ .kind = kind, .value = scale, .shape = fixed32_of(1 / shape) };
}

struct distribution distribution_pareto(uint64_t scale, double alpha)
{
    return with_shape(DISTRIBUTION_PARETO, scale, alpha);
}

struct distribution distribution_weibull(uint64_t scale, double shape)
{
    return with_shape(DISTRIBUTION_WEIBULL, scale, shape);
}

struct distribution distribution_shifted(uint64_t shift, const struct distribution *inner)
{
    cs_assert(inner != NULL);
    return (struct distribution){ .kind = DISTRIBUTION_SHIFTED, .value = shift, .inner = inner };
}

struct distribution distribution_mixture(const struct distribution_part *parts, uint32_t count)
{
    cs_assert(count > 0);
    for (uint32_t i = 0; i < count; i++) {
        cs_assert(parts[i].distribution != NULL);
        cs_assert(i == 0 || parts[i - 1].upto <= parts[i].upto);
    }
    cs_assert(parts[count - 1].upto == UINT64_MAX);
    return (struct distribution){ .kind = DISTRIBUTION_MIXTURE, .count = count, .parts = parts };
}

struct distribution distribution_empirical(const struct distribution_point *points, uint32_t count)
{
    cs_assert(count > 0);
    for (uint32_t i = 1; i < count; i++) {
        cs_assert(points[i - 1].quantile <= points[i].quantile);
        cs_assert(points[i - 1].value <= points[i].value);
    }
    return (
        struct distribution){ .kind = DISTRIBUTION_EMPIRICAL, .count = count, .points = points };
}

/* ---- Quantiles ------------------------------------------------------------------------------- */

/* -log2(1 - bits / 2^64), with 57 fraction bits: 0 to 64. */
static uint64_t minus_log2_rest(uint64_t bits)
{
    return bits == 0 ? 0 : (UINT64_C(64) << LOG2_FINE_BITS) - fixed_log2_fine(-bits);
}

/* -ln(1 - bits / 2^64), with 57 fraction bits. */
static uint64_t minus_ln_rest(uint64_t bits) { return wide_high(minus_log2_rest(bits), FIXED_LN2); }

static uint64_t uniform_quantile(uint64_t low, uint64_t high, uint64_t bits)
{
    uint64_t count = high - low + 1; /* 0 stands for 2^64 */
    return low + (count == 0 ? bits : random_scale(bits, count));
}

static uint64_t exponential_quantile(uint64_t mean, uint64_t bits)
{
    return saturated((wide)mean * minus_ln_rest(bits) >> LOG2_FINE_BITS);
}

static uint64_t normal_quantile(uint64_t mean, uint64_t deviation, uint64_t bits)
{
    int64_t z = fixed_normal_quantile(bits);
    wide distance = (wide)deviation * (uint64_t)(z < 0 ? -z : z) >> 32;
    if (z < 0)
        return distance < mean ? mean - (uint64_t)distance : 0;
    return saturated(mean + distance);
}

static uint64_t lognormal_quantile(uint64_t median, fixed32 sigma, uint64_t bits)
{
    int64_t z = fixed_normal_quantile(bits);
    int64_t exponent = (int64_t)((wide)sigma * (uint64_t)(z < 0 ? -z : z) >> 32);
    return fixed_scale_exp2(median, z < 0 ? -exponent : exponent);
}

/* scale * (1 - u)^(-1/alpha) */
static uint64_t pareto_quantile(uint64_t scale, fixed32 inverse_alpha, uint64_t bits)
{
    wide exponent = (wide)minus_log2_rest(bits) * inverse_alpha >> LOG2_FINE_BITS;
    return fixed_scale_exp2(scale, (int64_t)exponent);
}

/* scale * (-ln(1 - u))^(1/shape) */
static uint64_t weibull_quantile(uint64_t scale, fixed32 inverse_shape, uint64_t bits)
{
    uint64_t exponential = minus_ln_rest(bits);
    if (exponential == 0)
        return 0;
    int64_t log2 = (int64_t)fixed_log2(exponential) - ((int64_t)LOG2_FINE_BITS << 32);
    wide exponent = (wide)(uint64_t)(log2 < 0 ? -log2 : log2) * inverse_shape >> 32;
    return fixed_scale_exp2(scale, log2 < 0 ? -(int64_t)exponent : (int64_t)exponent);
}

static uint64_t mixture_quantile(const struct distribution *mixture, uint64_t bits)
{
    const struct distribution_part *part = mixture->parts;
    const struct distribution_part *last = mixture->parts + mixture->count - 1;
    uint64_t from = 0;
    for (; part < last && bits >= part->upto; part++)
        from = part->upto;
    return distribution_quantile(part->distribution, random_mix(bits - from));
}

/* The first point whose quantile is above `bits`, or `count`. */
static uint32_t points_above(const struct distribution *empirical, uint64_t bits)
{
    uint32_t low = 0;
    uint32_t high = empirical->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (empirical->points[middle].quantile > bits) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return low;
}

static uint64_t empirical_quantile(const struct distribution *empirical, uint64_t bits)
{
    uint32_t above = points_above(empirical, bits);
    if (above == 0)
        return empirical->points[0].value;
    if (above == empirical->count)
        return empirical->points[above - 1].value;

    const struct distribution_point *low = &empirical->points[above - 1];
    const struct distribution_point *high = &empirical->points[above];
    wide part = (wide)(high->value - low->value) * (bits - low->quantile);
    return low->value + (uint64_t)(part / (high->quantile - low->quantile));
}

static uint64_t quantile(const struct distribution *d, uint64_t bits)
{
    switch (d->kind) {
    case DISTRIBUTION_CONSTANT:
        return d->value;
    case DISTRIBUTION_UNIFORM:
        return uniform_quantile(d->value, d->spread, bits);
    case DISTRIBUTION_EXPONENTIAL:
        return exponential_quantile(d->value, bits);
    case DISTRIBUTION_NORMAL:
        return normal_quantile(d->value, d->spread, bits);
    case DISTRIBUTION_LOGNORMAL:
        return lognormal_quantile(d->value, d->shape, bits);
    case DISTRIBUTION_PARETO:
        return pareto_quantile(d->value, d->shape, bits);
    case DISTRIBUTION_WEIBULL:
        return weibull_quantile(d->value, d->shape, bits);
    case DISTRIBUTION_SHIFTED:
        return saturated((wide)d->value + distribution_quantile(d->inner, bits));
    case DISTRIBUTION_MIXTURE:
        return mixture_quantile(d, bits);
    case DISTRIBUTION_EMPIRICAL:
        return empirical_quantile(d, bits);
    }
    cs_assert(false && "the kind exists");
    return 0;
}

uint64_t distribution_quantile(const struct distribution *distribution, uint64_t bits)
{
    return saturated(quantile(distribution, bits));
}

/* ---- Minimum --------------------------------------------------------------------------------- */

static uint64_t mixture_min(const struct distribution *mixture)
{
    uint64_t min = VALUE_MAX;
    uint64_t from = 0;
    for (uint32_t i = 0; i < mixture->count; i++) {
        bool has_weight = mixture->parts[i].upto > from || i == mixture->count - 1;
        uint64_t part_min = has_weight ? distribution_min(mixture->parts[i].distribution) : min;
        min = part_min < min ? part_min : min;
        from = mixture->parts[i].upto;
    }
    return min;
}

uint64_t distribution_min(const struct distribution *distribution)
{
    if (distribution->kind == DISTRIBUTION_MIXTURE)
        return mixture_min(distribution);
    if (distribution->kind == DISTRIBUTION_SHIFTED)
        return saturated((wide)distribution->value + distribution_min(distribution->inner));
    return distribution_quantile(distribution, 0);
}

bool distribution_is_only(const struct distribution *distribution, uint64_t value)
{
    if (distribution->kind == DISTRIBUTION_SHIFTED) {
        return value >= distribution->value &&
               distribution_is_only(distribution->inner, value - distribution->value);
    }
    if (distribution->kind != DISTRIBUTION_MIXTURE) {
        return distribution_quantile(distribution, 0) == value &&
               distribution_quantile(distribution, UINT64_MAX) == value;
    }
    uint64_t from = 0;
    for (uint32_t i = 0; i < distribution->count; i++) {
        const struct distribution_part *part = &distribution->parts[i];
        bool has_weight = part->upto > from || i == distribution->count - 1;
        if (has_weight && !distribution_is_only(part->distribution, value))
            return false;
        from = part->upto;
    }
    return true;
}
