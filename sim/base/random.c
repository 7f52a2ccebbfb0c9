#include "base/random.h"

#include "base/hash.h"
#include "clustersim/protocol.h"

#define GAMMA 0x9e3779b97f4a7c15u /* 2^64 divided by the golden ratio, odd */

/* One more word of a name.  A bijection in `word` for each key, and in the key for each word. */
static uint64_t key_add(uint64_t key, uint64_t word) { return random_mix((key ^ word) + GAMMA); }

uint64_t random_key_pair(uint64_t seed, uint64_t first, uint64_t second, const char *purpose)
{
    cs_assert(purpose != NULL);
    uint64_t key = key_add(0, seed);
    key = key_add(key, first);
    key = key_add(key, second);
    return key_add(key, hash_string(purpose));
}

uint64_t random_key(uint64_t seed, const char *entity, const char *purpose)
{
    cs_assert(entity != NULL);
    return random_key_pair(seed, hash_string(entity), 0, purpose);
}

uint64_t random_below(struct random_stream *stream, uint64_t bound)
{
    cs_assert(bound > 0);
    return random_scale(random_next(stream), bound);
}
