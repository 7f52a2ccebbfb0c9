/* A set of configurations: what the object may be, and which open operations have taken effect.
 *
 * A configuration is two words of state and one bit for each place in the window of open
 * operations.  Of two with the same state and the same operations that will return, the one that
 * has used fewer of those that never return is as good as the other, which is dropped: whatever
 * follows from the latter follows from the former. */
#ifndef VERIFY_LINEAR_SET_H
#define VERIFY_LINEAR_SET_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "verify/linear.h"

enum { LINEAR_STATE_WORDS = 2 };

/* All zero is an empty set that linear_set_shape() makes ready. */
struct linear_set {
    uint64_t *entries; /* `stride` words each: hash and size of the state, then the bits */
    bool *dropped;     /* by a better one that came later */
    size_t count, capacity, dropped_capacity;
    size_t stride;
    uint64_t *slots; /* entry, and in the upper half the generation that it is of */
    size_t slot_count;
    uint64_t generation;
};

/* Configurations have `words` words of bits from now on; those that are there get zeros. */
void linear_set_shape(struct linear_set *set, size_t words);
void linear_set_done(struct linear_set *set);
void linear_set_clear(struct linear_set *set);

/* Look at what is there as if it had just been added: after its bits were changed from outside.
 * `lasting` are the places of operations that never return. */
void linear_set_index(struct linear_set *set, const uint64_t *lasting);

/* Add a configuration of `stride` words unless there is one that is as good. */
bool linear_set_add(struct linear_set *set, const uint64_t *entry, const uint64_t *lasting);

/* Take out those that were dropped. */
void linear_set_compact(struct linear_set *set);

static inline uint64_t *linear_set_at(const struct linear_set *set, size_t index)
{
    return set->entries + index * set->stride;
}

static inline struct linear_value linear_state_of(const uint64_t *entry)
{
    return (struct linear_value){ entry[0], entry[1] };
}

static inline bool linear_bit(const uint64_t *bits, size_t place)
{
    return (bits[place / 64] >> place % 64 & 1) != 0;
}
static inline void linear_bit_set(uint64_t *bits, size_t place)
{
    bits[place / 64] |= UINT64_C(1) << place % 64;
}
static inline void linear_bit_clear(uint64_t *bits, size_t place)
{
    bits[place / 64] &= ~(UINT64_C(1) << place % 64);
}

#endif
