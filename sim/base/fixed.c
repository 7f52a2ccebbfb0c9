/* Logarithm, exponential, square root and normal quantile in integers.
 *
 * Every function here is monotone, bit for bit: a distribution's quantile must not fall when its
 * argument grows.  Rounding each step of a polynomial down does not give that by itself.  It holds
 * where the last step is an exact product t * q(t), rounded once, of a long factor q (63 bits) that
 * loses at most a few units when t (under 60 bits) grows by one; or where the argument is so coarse
 * that one step outweighs all rounding.  Between two segments of a table it holds because the
 * series, cut after a term that makes it too small, ends below the next segment's start. */
#include "base/fixed.h"

#include <stddef.h>

#include "base/wide.h"
#include "clustersim/protocol.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

#define SEGMENT_BITS 6
#define SEGMENTS     (1 << SEGMENT_BITS)

/* ---- Logarithm ------------------------------------------------------------------------------- */

/* 2^63 / (1 + i/64), rounded up. */
static const uint64_t reciprocals[SEGMENTS] = {
    0x8000000000000000, 0x7e07e07e07e07e08, 0x7c1f07c1f07c1f08, 0x7a44c6afc2dd9ca9,
    0x7878787878787879, 0x76b981dae6076b99, 0x7507507507507508, 0x73615a240e6c2b45,
    0x71c71c71c71c71c8, 0x70381c0e070381c1, 0x6eb3e45306eb3e46, 0x6d3a06d3a06d3a07,
    0x6bca1af286bca1b0, 0x6a63bd81a98ef607, 0x6906906906906907, 0x67b23a5440cf6475,
    0x6666666666666667, 0x6522c3f35ba78195, 0x63e7063e7063e707, 0x62b2e43dafcea68e,
    0x6186186186186187, 0x6060606060606061, 0x5f417d05f417d060, 0x5e293205e293205f,
    0x5d1745d1745d1746, 0x5c0b81702e05c0b9, 0x5b05b05b05b05b06, 0x5a05a05a05a05a06,
    0x590b21642c8590b3, 0x5816058160581606, 0x572620ae4c415c99, 0x563b48c20563b48d,
    0x5555555555555556, 0x54741fab8be05475, 0x5397829cbc14e5e1, 0x52bf5a814afd6a06,
    0x51eb851eb851eb86, 0x511be1958b67ebba, 0x5050505050505051, 0x4f88b2f392a409f2,
    0x4ec4ec4ec4ec4ec5, 0x4e04e04e04e04e05, 0x4d4873ecade304d5, 0x4c8f8d28ac42fd9c,
    0x4bda12f684bda130, 0x4b27ed3604b27ed4, 0x4a7904a7904a7905, 0x49cd42e2049cd42f,
    0x4924924924924925, 0x487ede0487ede049, 0x47dc11f7047dc120, 0x473c1ab68a0473c2,
    0x469ee58469ee5847, 0x4604604604604605, 0x456c797dd49c3412, 0x44d72044d72044d8,
    0x4444444444444445, 0x43b3d5af9a723f79, 0x4325c53ef368eb05, 0x429a0429a0429a05,
    0x4210842108421085, 0x4189374bc6a7ef9e, 0x4104104104104105, 0x4081020408102041,
};

/* -log2(reciprocals[i] / 2^63), with 57 fraction bits. */
static const uint64_t segment_log2[SEGMENTS] = {
    0x0000000000000000, 0x000b73cb42e16915, 0x0016bad3758efd87, 0x0021d6713f453f35,
    0x002cc7edf592262d, 0x00379084815b5775, 0x004231623369e78e, 0x004caba789e2b868,
    0x00570068e7ef5a1e, 0x006130af40bc0ecc, 0x006b3d78b6d3b250, 0x007527b930c965bf,
    0x007ef05ae409a029, 0x0088983ed6985bae, 0x0092203d587039cc, 0x009b892675266f67,
    0x00a4d3c25e68dc58, 0x00ae00d1cfdeb43d, 0x00b7110e6ce866f3, 0x00c0052b18b0e2a2,
    0x00c8ddd448f8b846, 0x00d19bb053fb0285, 0x00da3f5fb9c41505, 0x00e2c97d694adab4,
    0x00eb3a9f01975078, 0x00f393550f3aa690, 0x00fbd42b46583676, 0x0103fda8b97997f3,
    0x010c10500d63aa66, 0x01140c9faa1e543a, 0x011bf311e95d00de, 0x0123c41d42727c80,
    0x012b803473f7ad0f, 0x013327c6ab49ca6c, 0x013abb3faa02166d, 0x01423b07e986aa96,
    0x0149a784bcd1b8b0, 0x01510118708a8f8e, 0x015848226989d33c, 0x015f7cff41e09aec,
    0x0166a008e4788cbd, 0x016db196a761949e, 0x0174b1fd64e0753c, 0x017ba18f93502e41,
    0x0182809d5be7072e, 0x01894f74b06ef8b4, 0x01900e6160002cd0, 0x0196bdad2acb5f5f,
    0x019d5d9fd5010b36, 0x01a3ee7f38e181ed, 0x01aa708f58014d38, 0x01b0e4126bcc86bd,
    0x01b74948f5532da5, 0x01bda071cc67e6db, 0x01c3e9ca2e1a0553, 0x01ca258dca933163,
    0x01d053f6d2608967, 0x01d6753e032ea0f0, 0x01dc899ab3ff56c6, 0x01e29142e0e01402,
    0x01e88c6b3626a72b, 0x01ee7b471b3a9508, 0x01f45e08bcf06555, 0x01fa34e1177c2336,
};

/* log2(e) / (i + 1), with 63 fraction bits. */
static const uint64_t log2_series[] = {
    0xb8aa3b295c17f0bc, 0x5c551d94ae0bf85e, 0x3d8e13b87407fae9, 0x2e2a8eca5705fc2f,
    0x24eed8a1df37fcf2, 0x1ec709dc3a03fd75, 0x1a61762a7aded93f, 0x171547652b82fe17,
};

/* x = 2^n * c * (1 + r): c is the start of one of 64 segments of [1, 2), 0 <= r < 1/64, and
 * log2(1 + r) = r * (log2(e) - log2(e)/2 r + log2(e)/3 r^2 - …), cut off after r^8. */
uint64_t fixed_log2_fine(uint64_t x)
{
    cs_assert(x > 0);
    unsigned n = 63u - (unsigned)__builtin_clzll(x);
    uint64_t mantissa = x << (63 - n); /* 63 fraction bits */
    size_t segment = mantissa >> (63 - SEGMENT_BITS) & (SEGMENTS - 1);
    wide ratio = (wide)mantissa * reciprocals[segment];        /* 126 fraction bits */
    uint64_t r = (uint64_t)((ratio - ((wide)1 << 126)) >> 62); /* 64 fraction bits */
    uint64_t q = log2_series[COUNT_OF(log2_series) - 1];

    for (size_t i = COUNT_OF(log2_series) - 1; i-- > 0;)
        q = log2_series[i] - wide_high(q, r);
    return ((uint64_t)n << 57) + segment_log2[segment] + (uint64_t)((wide)r * q >> 70);
}

uint64_t fixed_log2(uint64_t x) { return fixed_log2_fine(x) >> (57 - 32); }

/* ---- Exponential ----------------------------------------------------------------------------- */

/* 2^(i/64), with 63 fraction bits. */
static const uint64_t segment_exp2[SEGMENTS] = {
    0x8000000000000000, 0x8164d1f3bc030773, 0x82cd8698ac2ba1d7, 0x843a28c3acde4046,
    0x85aac367cc487b15, 0x871f61969e8d1010, 0x88980e8092da8527, 0x8a14d575496efd9a,
    0x8b95c1e3ea8bd6e7, 0x8d1adf5b7e5ba9e6, 0x8ea4398b45cd53c0, 0x9031dc431466b1dc,
    0x91c3d373ab11c336, 0x935a2b2f13e6e92c, 0x94f4efa8fef70961, 0x96942d3720185a00,
    0x9837f0518db8a96f, 0x99e0459320b7fa65, 0x9b8d39b9d54e5539, 0x9d3ed9a72cffb751,
    0x9ef5326091a111ae, 0xa0b0510fb9714fc2, 0xa27043030c496819, 0xa43515ae09e6809e,
    0xa5fed6a9b15138ea, 0xa7cd93b4e965356a, 0xa9a15ab4ea7c0ef8, 0xab7a39b5a93ed337,
    0xad583eea42a14ac6, 0xaf3b78ad690a4375, 0xb123f581d2ac2590, 0xb311c412a9112489,
    0xb504f333f9de6484, 0xb6fd91e328d17791, 0xb8fbaf4762fb9ee9, 0xbaff5ab2133e45fb,
    0xbd08a39f580c36bf, 0xbf1799b67a731083, 0xc12c4cca66709456, 0xc346ccda24976407,
    0xc5672a115506dadd, 0xc78d74c8abb9b15d, 0xc9b9bd866e2f27a3, 0xcbec14fef2727c5d,
    0xce248c151f8480e4, 0xd06333daef2b2595, 0xd2a81d91f12ae45a, 0xd4f35aabcfedfa1f,
    0xd744fccad69d6af4, 0xd99d15c278afd7b6, 0xdbfbb797daf23755, 0xde60f4825e0e9124,
    0xe0ccdeec2a94e111, 0xe33f8972be8a5a51, 0xe5b906e77c8348a8, 0xe8396a503c4bdc68,
    0xeac0c6e7dd24392f, 0xed4f301ed9942b84, 0xefe4b99bdcdaf5cb, 0xf281773c59ffb13a,
    0xf5257d152486cc2c, 0xf7d0df730ad13bb9, 0xfa83b2db722a033a, 0xfd3e0c0cf486c175,
};

/* ln(2)^(i+1) / (i+1)!, with 64 fraction bits. */
static const uint64_t exp2_series[] = {
    0xb17217f7d1cf79ac, 0x3d7f7bff058b1d51, 0x0e35846b82505fc6,
    0x0276556df749cee5, 0x005761ff9e299cc4,
};

/* 2^(fraction / 2^32), with 63 fraction bits: at least 2^63. */
static uint64_t exp2_mantissa(uint32_t fraction)
{
    size_t segment = fraction >> (32 - SEGMENT_BITS);
    uint64_t r = ((uint64_t)fraction << 32) & (UINT64_MAX >> SEGMENT_BITS); /* 64 fraction bits */
    uint64_t q = exp2_series[COUNT_OF(exp2_series) - 1];

    for (size_t i = COUNT_OF(exp2_series) - 1; i-- > 0;)
        q = exp2_series[i] + wide_high(q, r);
    return segment_exp2[segment] + wide_high(segment_exp2[segment], wide_high(q, r));
}

uint64_t fixed_scale_exp2(uint64_t value, int64_t exponent)
{
    if (value == 0)
        return 0;
    int64_t whole = exponent >> 32; /* rounded down, also below zero */
    if (whole >= 64)
        return INT64_MAX;
    if (whole < -64)
        return 0;

    wide product = (wide)value * exp2_mantissa((uint32_t)exponent); /* 63 fraction bits */
    if (whole > 0 && product >> (127 - whole) != 0)
        return INT64_MAX;
    wide result = whole > 63 ? product << (whole - 63) : product >> (63 - whole);
    return result > INT64_MAX ? INT64_MAX : (uint64_t)result;
}

/* ---- Square root ----------------------------------------------------------------------------- */

/* Newton's step u -> (u + n / u) / 2 on ever longer heads of n, so that each division is as short
 * as the digits that it is to give: Zimmermann, "Karatsuba Square Root" (INRIA RR-3805, 1999),
 * without the remainder.  From `bits` leading bits of the root each step makes 2 * bits - 1 or more
 * that are off by at most one; the last one is put right.
 *
 * Requires n >= 2^126.  The result is the largest r with r * r <= n. */
static uint64_t sqrt_normalized(wide n)
{
    uint64_t head = (uint64_t)(n >> 64);
    cs_assert(head >> 62 != 0);
    uint32_t u = 1 + (uint32_t)(head >> 62);
    u = (u << 1) + (uint32_t)(head >> 59) / u;
    u = (u << 3) + (uint32_t)(head >> 53) / u;
    u = (u << 7) + (uint32_t)(head >> 41) / u;
    uint64_t root = ((uint64_t)u << 15) + (head >> 17) / u;
    wide quotient = (n >> 33) / root;
    wide last = ((wide)root << 31) + quotient;
    root = last >> 64 != 0 ? UINT64_MAX : (uint64_t)last;
    return (wide)root * root > n ? root - 1 : root;
}

uint64_t fixed_sqrt_wide(wide x)
{
    if (x == 0)
        return 0;
    unsigned zeros = x >> 64 != 0 ? (unsigned)__builtin_clzll((uint64_t)(x >> 64))
                                  : 64u + (unsigned)__builtin_clzll((uint64_t)x);
    unsigned half = zeros / 2; /* the root of x * 4^half is that of x times 2^half */
    return sqrt_normalized(x << (2 * half)) >> half;
}

uint64_t fixed_sqrt(uint64_t x) { return fixed_sqrt_wide(x); }

/* ---- The normal distribution's quantile ------------------------------------------------------ */

/* Wichura's rational functions keep his names and digits; the numbers have 46 fraction bits.  All
 * are positive, and so are the arguments. */
#define RATIO_BITS   46
#define RATIO(x)     ((uint64_t)((x)*0x1p46 + 0.5))
#define RATIO_DEGREE 7

struct ratio {
    uint64_t numerator[RATIO_DEGREE + 1];
    uint64_t denominator[RATIO_DEGREE + 1];
};

/* |u - 1/2| <= 0.425, in 0.180625 - (u - 1/2)^2 */
static const struct ratio ratio_center = {
    .numerator = { RATIO(3.3871328727963666080), RATIO(1.3314166789178437745e+2),
                   RATIO(1.9715909503065514427e+3), RATIO(1.3731693765509461125e+4),
                   RATIO(4.5921953931549871457e+4), RATIO(6.7265770927008700853e+4),
                   RATIO(3.3430575583588128105e+4), RATIO(2.5090809287301226727e+3) },
    .denominator = { RATIO(1.0), RATIO(4.2313330701600911252e+1), RATIO(6.8718700749205790830e+2),
                     RATIO(5.3941960214247511077e+3), RATIO(2.1213794301586595867e+4),
                     RATIO(3.9307895800092710610e+4), RATIO(2.8729085735721942674e+4),
                     RATIO(5.2264952788528545610e+3) },
};

/* r = sqrt(-ln(1 - u)) <= 5, in r - 1.6 */
static const struct ratio ratio_tail = {
    .numerator = { RATIO(1.42343711074968357734), RATIO(4.63033784615654529590),
                   RATIO(5.76949722146069140550), RATIO(3.64784832476320460504),
                   RATIO(1.27045825245236838258), RATIO(2.41780725177450611770e-1),
                   RATIO(2.27238449892691845833e-2), RATIO(7.74545014278341407640e-4) },
    .denominator = { RATIO(1.0), RATIO(2.05319162663775882187), RATIO(1.67638483018380384940),
                     RATIO(6.89767334985100004550e-1), RATIO(1.48103976427480074590e-1),
                     RATIO(1.51986665636164571966e-2), RATIO(5.47593808499534494600e-4),
                     RATIO(1.05075007164441684324e-9) },
};

/* r > 5, in r - 5 */
static const struct ratio ratio_far = {
    .numerator = { RATIO(6.65790464350110377720), RATIO(5.46378491116411436990),
                   RATIO(1.78482653991729133580), RATIO(2.96560571828504891230e-1),
                   RATIO(2.65321895265761230930e-2), RATIO(1.24266094738807843860e-3),
                   RATIO(2.71155556874348757815e-5), RATIO(2.01033439929228813265e-7) },
    .denominator = { RATIO(1.0), RATIO(5.99832206555887937690e-1), RATIO(1.36929880922735805310e-1),
                     RATIO(1.48753612908506148525e-2), RATIO(7.86869131145613259100e-4),
                     RATIO(1.84631831751005468180e-5), RATIO(1.42151175831644588870e-7),
                     RATIO(2.04426310338993978564e-15) },
};

#define CENTER_BITS 40                                      /* of |u - 1/2|, see ratio_apply() */
#define CENTER_END  ((UINT64_C(425) << CENTER_BITS) / 1000) /* 0.425 */
#define CENTER_R    RATIO(0.180625)                         /* 0.425^2 */
#define TAIL_BITS   32                                      /* of r */
#define TAIL_START  (UINT64_C(0x19999999a))                 /* 1.6 */
#define TAIL_END    (UINT64_C(5) << TAIL_BITS)

/* factor * numerator(x) / denominator(x), in units of the factor.  The rounding inside moves a
 * quantile by less than 2^-44 in the center and 2^-38 in the tails; one step of the grid on which
 * the callers keep their arguments moves it by more than 2^-39 and 2^-32.
 *
 * The two polynomials go side by side: each is one chain of multiplications that wait for each
 * other. */
static uint64_t ratio_apply(const struct ratio *ratio, uint64_t x, uint64_t factor)
{
    uint64_t numerator = ratio->numerator[RATIO_DEGREE];
    uint64_t denominator = ratio->denominator[RATIO_DEGREE];
    for (size_t i = RATIO_DEGREE; i-- > 0;) {
        numerator = ratio->numerator[i] + (uint64_t)((wide)numerator * x >> RATIO_BITS);
        denominator = ratio->denominator[i] + (uint64_t)((wide)denominator * x >> RATIO_BITS);
    }
    return (uint64_t)((wide)factor * numerator / denominator);
}

/* `q` is |u - 1/2|, up to CENTER_END. */
static uint64_t quantile_center(uint64_t q)
{
    cs_assert(q <= CENTER_END);
    uint64_t square = (uint64_t)((wide)q * q >> (2 * CENTER_BITS - RATIO_BITS));
    uint64_t x = CENTER_R > square ? CENTER_R - square : 0;
    return ratio_apply(&ratio_center, x, q) >> (CENTER_BITS - 32);
}

/* `r` is above TAIL_START. */
static uint64_t quantile_tail(uint64_t r)
{
    const unsigned shift = RATIO_BITS - TAIL_BITS;
    const uint64_t one = UINT64_C(1) << RATIO_BITS;
    cs_assert(r >= TAIL_START);
    if (r <= TAIL_END)
        return ratio_apply(&ratio_tail, (r - TAIL_START) << shift, one) >> shift;
    return ratio_apply(&ratio_far, (r - TAIL_END) << shift, one) >> shift;
}

static uint64_t larger(uint64_t a, uint64_t b) { return a > b ? a : b; }

/* The quantile of u = 1/2 + (upper + 1/2) / 2^64, for upper < 2^63.  Where one formula ends, the
 * next must not begin lower: the end of the one before is its least value. */
static uint64_t quantile_upper(uint64_t upper)
{
    const unsigned shift = 64 - CENTER_BITS;
    uint64_t q = upper >> shift;
    if (q <= CENTER_END)
        return quantile_center(q);

    uint64_t twice_rest =
        2 * ((UINT64_C(1) << 63) - 1 - upper) + 1; /* 1 - u, with 65 fraction bits */
    uint64_t minus_log2 = (UINT64_C(65) << 57) - fixed_log2_fine(twice_rest);
    uint64_t r = fixed_sqrt_wide((wide)minus_log2 * FIXED_LN2 >> (57 + 64 - 2 * TAIL_BITS));
    uint64_t least = r > TAIL_END ? quantile_tail(TAIL_END) : quantile_center(CENTER_END);
    return larger(least, quantile_tail(r));
}

int64_t fixed_normal_quantile(uint64_t bits)
{
    const uint64_t half = UINT64_C(1) << 63;
    return bits >= half ? (int64_t)quantile_upper(bits - half)
                        : -(int64_t)quantile_upper(half - 1 - bits);
}
