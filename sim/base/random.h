/* Counter-based random streams.
 *
 * A stream is named by (seed, entity, purpose); draw i of a stream is a pure function of the name
 * and i, so that adding a node, a fault or a draw in one place shifts no other.  The function is
 * SplitMix64's output mixer over key + (i + 1) * gamma: Steele, Lea, Flood, "Fast Splittable
 * Pseudorandom Number Generators" (OOPSLA 2014), section 5. */
#ifndef BASE_RANDOM_H
#define BASE_RANDOM_H
#include <stdbool.h>
#include <stdint.h>

#include "base/wide.h"

struct random_stream {
    uint64_t key;
    uint64_t counter; /* draws so far */
};

/* SplitMix64's finalizer: a bijection that spreads every input bit over the output. */
static inline uint64_t random_mix(uint64_t z)
{
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

/* The key of the stream `purpose` of `entity`.  The second form is for entities that are a pair of
 * hashes; the first is the second with hash_string(entity) and 0.  Keys that differ in one of the
 * four only never collide, but for equal hashes of different names. */
uint64_t random_key(uint64_t seed, const char *entity, const char *purpose);
uint64_t random_key_pair(uint64_t seed, uint64_t first, uint64_t second, const char *purpose);

static inline struct random_stream random_stream_of(uint64_t key)
{
    return (struct random_stream){ .key = key, .counter = 0 };
}

/* 64 uniform bits. */
static inline uint64_t random_next(struct random_stream *stream)
{
    return random_mix(stream->key + ++stream->counter * 0x9e3779b97f4a7c15u);
}

/* The number in [0, bound) that the 64 uniform bits `bits` stand for; bias below bound / 2^64. */
static inline uint64_t random_scale(uint64_t bits, uint64_t bound)
{
    return wide_high(bits, bound);
}

/* Uniform in [0, bound), always exactly one draw.  Requires bound > 0. */
uint64_t random_below(struct random_stream *stream, uint64_t bound);

/* True with probability parts / 2^32, always exactly one draw; PROBABILITY_ONE is certain. */
#define PROBABILITY_ONE (UINT64_C(1) << 32)
static inline bool random_chance(struct random_stream *stream, uint64_t parts)
{
    return (random_next(stream) >> 32) < parts;
}

#endif
