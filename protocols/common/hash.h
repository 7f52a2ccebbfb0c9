/* Hashes for protocols: the same number on every machine, in every build and version, so that it
 * may travel and be kept.  The one place where a protocol reaches xxHash. */
#ifndef COMMON_HASH_H
#define COMMON_HASH_H
#include "clustersim/protocol.h"

/* XXH3, 64 bits, with a seed: different seeds give independent numbers for the same key. */
uint64_t hash_key(struct cs_bytes key, uint64_t seed);

/* Which of `count` buckets a key belongs to, by its hash: equally many keys to each, and where a
 * bucket is added at the end, only the keys that move there move.  Lamping and Veach, "A Fast,
 * Minimal Memory, Consistent Hash Algorithm" (2014), figure 1.  Takes about log(count) steps.
 * Requires count > 0. */
size_t hash_jump(uint64_t hash, size_t count);

#endif
