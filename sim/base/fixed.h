/* Integer logarithm, exponential, square root and the normal distribution's quantile, in fixed
 * point: the same bits on every machine.  Each is monotone, bit for bit. */
#ifndef BASE_FIXED_H
#define BASE_FIXED_H
#include <stdint.h>

#include "base/wide.h"

/* ln(2), with 64 fraction bits. */
#define FIXED_LN2 UINT64_C(0xb17217f7d1cf79ac)

/* log2(x) with 32 fraction bits, rounded down, error below 2^-30.  Requires x > 0. */
uint64_t fixed_log2(uint64_t x);

/* The same with 57 fraction bits, error below 2^-50: for what is small after a subtraction. */
uint64_t fixed_log2_fine(uint64_t x);

/* value * 2^(exponent / 2^32), rounded down to an integer, before that with a relative error below
 * 2^-30; saturates at INT64_MAX.  The exponent may be negative. */
uint64_t fixed_scale_exp2(uint64_t value, int64_t exponent);

/* The largest r with r * r <= x. */
uint64_t fixed_sqrt(uint64_t x);
uint64_t fixed_sqrt_wide(wide x);

/* The standard normal quantile of (bits + 0.5) / 2^64, with 32 fraction bits: Wichura, "Algorithm
 * AS 241" (1988), PPND16 in integers; absolute error below 2^-28.  Odd: that of ~bits is minus that
 * of bits. */
int64_t fixed_normal_quantile(uint64_t bits);

#endif
