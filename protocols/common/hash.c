/* See hash.h. */
#include "common/hash.h"

/* As a part of this file, so that no object of a protocol calls a library; the parts of it that
 * allocate are not used, and leave nothing behind. */
#undef malloc
#undef free
#define XXH_INLINE_ALL
#include <xxhash.h>

uint64_t hash_key(struct cs_bytes key, uint64_t seed)
{
    cs_assert(key.data != NULL || key.size == 0);
    return XXH3_64bits_withSeed(key.data, key.size, seed);
}

size_t hash_jump(uint64_t hash, size_t count)
{
    cs_assert(count > 0);
    cs_assert(count <= INT32_MAX); /* with 31 random bits a step */
    uint64_t random = hash;
    uint64_t bucket = 0, next = 0;
    while (next < count) {
        bucket = next;
        random = random * UINT64_C(2862933555777941757) + 1;
        /* Basic operations of IEEE 754 only, so the same on every machine. */
        double spread = (double)(UINT64_C(1) << 31) / (double)((random >> 33) + 1);
        next = (uint64_t)((double)(bucket + 1) * spread);
    }
    return (size_t)bucket;
}
