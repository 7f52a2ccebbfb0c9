/* cs_math_log and cs_math_exp: IEEE 754 basic operations on doubles only, so the bits are the same
 * everywhere (with -ffp-contract=off and no excess precision).
 *
 * Both reduce the argument by multiples of ln 2, which is held in two parts so that the reduction
 * loses nothing, and sum a series whose rest is below 2^-56.  Error below 1.1 units in the last
 * place. */
#include <float.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "clustersim/protocol.h"

/* 0: each type to itself; 1: floats to double; 16: half floats to themselves. */
_Static_assert(FLT_EVAL_METHOD == 0 || FLT_EVAL_METHOD == 1 || FLT_EVAL_METHOD == 16,
               "doubles must be rounded to doubles after each operation");

/* ln 2 = LN2_HIGH + LN2_LOW; the high part has 21 zero bits at the end, so its product with an
 * exponent is exact. */
#define LN2_HIGH 0x1.62e42feep-1
#define LN2_LOW  0x1.a39ef35793c76p-33
#define LN2_INV  0x1.71547652b82fep+0

#define MANTISSA_BITS 52
#define EXPONENT_BIAS 1023
#define MANTISSA_MASK ((UINT64_C(1) << MANTISSA_BITS) - 1)
#define SQRT_HALF     0x1.6a09e667f3bcdp-1

static uint64_t bits_of(double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof(bits));
    return bits;
}

static double double_of(uint64_t bits)
{
    double x;
    memcpy(&x, &bits, sizeof(x));
    return x;
}

/* 2^exponent.  Requires a normal result. */
static double power_of_two(int exponent)
{
    cs_assert(exponent > -EXPONENT_BIAS);
    cs_assert(exponent <= EXPONENT_BIAS);
    return double_of((uint64_t)(exponent + EXPONENT_BIAS) << MANTISSA_BITS);
}

/* The sum of coefficients[i] * x^i. */
static double polynomial(const double *coefficients, size_t count, double x)
{
    double sum = 0;
    for (size_t i = count; i-- > 0;)
        sum = coefficients[i] + x * sum;
    return sum;
}

/* x = 2^exponent * m with sqrt(1/2) <= m < sqrt(2).  With f = m - 1 and s = f / (2 + f),
 * log(m) = 2 atanh(s) = 2s + 2s^3/3 + 2s^5/5 + …, and 2s = f - f^2/2 + s f^2/2 keeps the exact f
 * in front. */
double cs_math_log(double x)
{
    static const double series[] = { 2.0 / 3,  2.0 / 5,  2.0 / 7,  2.0 / 9,  2.0 / 11,
                                     2.0 / 13, 2.0 / 15, 2.0 / 17, 2.0 / 19, 2.0 / 21 };
    if (!(x > 0))
        return x == 0 ? -(double)__builtin_inf() : __builtin_nan("");
    if (x > DBL_MAX)
        return x;

    int exponent = 0;
    if (x < DBL_MIN) {
        x *= 0x1p54;
        exponent = -54;
    }
    uint64_t bits = bits_of(x);
    exponent += (int)(bits >> MANTISSA_BITS) - (EXPONENT_BIAS - 1);
    double m = double_of((bits & MANTISSA_MASK) | (uint64_t)(EXPONENT_BIAS - 1) << MANTISSA_BITS);
    if (m < SQRT_HALF) {
        m *= 2;
        exponent--;
    }
    double f = m - 1;
    double s = f / (2 + f);
    double z = s * s;
    double half_square = 0.5 * f * f;
    double rest = z * polynomial(series, sizeof(series) / sizeof(series[0]), z);
    double low = s * (half_square + rest) + exponent * LN2_LOW;
    return exponent * LN2_HIGH + (f - (half_square - low));
}

/* 2^exponent * y with one rounding.  Requires 1/2 < y < 2 and -1100 < exponent < 1100. */
static double scale(double y, int exponent)
{
    if (exponent > EXPONENT_BIAS)
        return y * power_of_two(EXPONENT_BIAS) * power_of_two(exponent - EXPONENT_BIAS);
    if (exponent < -EXPONENT_BIAS + 2)
        return y * power_of_two(exponent + 128) * 0x1p-128;
    return y * power_of_two(exponent);
}

/* x = k ln 2 + r with |r| <= ln(2)/2; exp(r) is summed as 1 + (r + (r^2/2 + …)), with what r lost
 * by rounding added to the small terms. */
double cs_math_exp(double x)
{
    static const double series[] = { 1.0 / 2,
                                     1.0 / 6,
                                     1.0 / 24,
                                     1.0 / 120,
                                     1.0 / 720,
                                     1.0 / 5040,
                                     1.0 / 40320,
                                     1.0 / 362880,
                                     1.0 / 3628800,
                                     1.0 / 39916800,
                                     1.0 / 479001600,
                                     1.0 / 6227020800.0,
                                     1.0 / 87178291200.0 };
    if (x != x)
        return x;
    if (x > 710)
        return (double)__builtin_inf();
    if (x < -746)
        return 0;

    int k = (int)(x * LN2_INV + (x < 0 ? -0.5 : 0.5));
    double high = x - k * LN2_HIGH;
    double low = k * LN2_LOW;
    double r = high - low;
    double lost = (high - r) - low;
    double tail = r * r * polynomial(series, sizeof(series) / sizeof(series[0]), r);
    return scale(1 + (r + (tail + (lost + lost * r))), k);
}
