/* hash(b1 … bn) = sum of (bi + 1) * BASE^(n-i) modulo 2^61 - 1, four bytes a step. */
#include "base/rolling.h"

#include "base/wide.h"
#include "clustersim/protocol.h"

#define PRIME ((UINT64_C(1) << 61) - 1)
#define BASE  UINT64_C(0x0b9e3779b97f4a7d) /* any number that is neither small nor round */

/* `value` modulo the prime, for any value below 2^122. */
static uint64_t reduced(wide value)
{
    uint64_t sum = (uint64_t)(value & PRIME) + (uint64_t)(value >> 61);
    sum = (sum & PRIME) + (sum >> 61);
    return sum >= PRIME ? sum - PRIME : sum;
}

static uint64_t product(uint64_t a, uint64_t b) { return reduced((wide)a * b); }

uint64_t rolling_hash(const void *data, size_t size)
{
    const uint8_t *bytes = data;
    const uint64_t second = product(BASE, BASE);
    const uint64_t third = product(second, BASE);
    const uint64_t fourth = product(third, BASE);
    uint64_t hash = 0;
    size_t i = 0;
    for (; i + 4 <= size; i += 4) {
        wide sum = (wide)hash * fourth;
        sum += (wide)third * (bytes[i] + 1u) + (wide)second * (bytes[i + 1] + 1u);
        sum += (wide)BASE * (bytes[i + 2] + 1u) + (bytes[i + 3] + 1u);
        hash = reduced(sum);
    }
    for (; i < size; i++)
        hash = reduced((wide)hash * BASE + bytes[i] + 1u);
    cs_assert(hash < PRIME);
    return hash;
}

uint64_t rolling_join(uint64_t head, uint64_t tail, uint64_t tail_size)
{
    cs_assert(head < PRIME);
    cs_assert(tail < PRIME);
    uint64_t power = 1, square = BASE;
    for (uint64_t rest = tail_size; rest > 0; rest >>= 1) {
        if ((rest & 1) != 0)
            power = product(power, square);
        square = product(square, square);
    }
    return reduced((wide)head * power + tail);
}
