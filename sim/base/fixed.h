/* Integer logarithm, exponential, square root and the normal distribution's quantile, in fixed
 * point: the same bits on every machine. */
#ifndef BASE_FIXED_H
#define BASE_FIXED_H
#include <stdint.h>

/* log2(x) with 32 fraction bits, error below 2^-30.  Requires x > 0. */
uint64_t fixed_log2(uint64_t x);

/* value * 2^(exponent / 2^32), relative error below 2^-30, saturating at INT64_MAX.  The exponent
 * may be negative. */
uint64_t fixed_scale_exp2(uint64_t value, int64_t exponent);

/* The largest r with r * r <= x. */
uint64_t fixed_sqrt(uint64_t x);

/* The standard normal quantile of (bits + 0.5) / 2^64, with 32 fraction bits: Wichura, "Algorithm
 * AS 241" (1988), PPND16 in integers; absolute error below 2^-28. */
int64_t fixed_normal_quantile(uint64_t bits);

#endif
