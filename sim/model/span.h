/* Arithmetic on nanoseconds for the models: sums that stop at the end of time instead of wrapping,
 * and the time that a transfer takes. */
#ifndef MODEL_SPAN_H
#define MODEL_SPAN_H
#include <stdint.h>

#include "base/wide.h"

static inline uint64_t span_clamp(wide ns) { return ns > UINT64_MAX ? UINT64_MAX : (uint64_t)ns; }

static inline uint64_t span_add(uint64_t a_ns, uint64_t b_ns)
{
    uint64_t sum;
    return __builtin_add_overflow(a_ns, b_ns, &sum) ? UINT64_MAX : sum;
}

/* How long `amount` takes at a rate of `per_s`, rounded up; no time at the rate 0, which is
 * unlimited. */
static inline uint64_t span_of_transfer(uint64_t amount, uint64_t per_s)
{
    uint64_t product;
    if (per_s == 0)
        return 0;
    if (!__builtin_mul_overflow(amount, UINT64_C(1000000000), &product))
        return product / per_s + (product % per_s != 0);
    return span_clamp(((wide)amount * 1000000000u + per_s - 1) / per_s);
}

#endif
