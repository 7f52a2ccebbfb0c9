/* hash(b1 … bn) = sum of (bi + 1) * BASE^(n-i) modulo 2^61 - 1, eight bytes a step. */
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

/* BASE^1 … BASE^8. */
static const uint64_t powers[8] = {
    0x0b9e3779b97f4a7d, 0x07432d85896e09eb, 0x0056b3b0691d104e, 0x1241d3095867be9f,
    0x186abab1699e6a7a, 0x0c5544d673ec3876, 0x05c8250b3e242698, 0x0d3593178b11833d,
};

uint64_t rolling_hash(const void *data, size_t size)
{
    const uint8_t *bytes = data;
    uint64_t hash = 0;
    size_t i = 0;
    for (; i + 8 <= size; i += 8) {
        wide sum = (wide)hash * powers[7] + (bytes[i + 7] + 1u);
#pragma GCC unroll 7
        for (size_t k = 0; k < 7; k++)
            sum += (wide)powers[6 - k] * (bytes[i + k] + 1u);
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
