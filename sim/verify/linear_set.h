/* A set of configurations: what the object may be, and which open operations have taken effect.
 *
 * A configuration is two words of state and two bits for each place in the window of open
 * operations, in pairs of words: whether the operation has taken effect, and whether it may count
 * as one that has not all the same, since what it did was overwritten before anybody looked.
 *
 * Of two with the same state one is as good as the other if it leaves as much open: an operation
 * that may count either way is as good as one of which is known what it is, and one that never
 * returns is better not used.  The other is dropped, for whatever follows from it follows from the
 * one. */
#ifndef VERIFY_LINEAR_SET_H
#define VERIFY_LINEAR_SET_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "verify/linear.h"

enum { LINEAR_STATE_WORDS = 2, LINEAR_PLACE_WORDS = 2 };

/* All zero is an empty set that linear_set_shape() makes ready. */
struct linear_set {
    uint64_t *entries; /* `stride` words each: hash and size of the state, then pairs of bits */
    bool *dropped;     /* by a better one that came later */
    size_t count, capacity, dropped_capacity;
    size_t stride;
    uint64_t *slots; /* entry, and in the upper half the generation that it is of */
    size_t slot_count;
    uint64_t generation;
};

/* Configurations have `words` pairs of words of bits from now on; those that are there get zeros.
 */
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

/* The words of a configuration in which the places from 64 * w on are: those that have taken
 * effect, and of these those that may count as if they had not. */
static inline uint64_t *linear_taken(uint64_t *entry, size_t w)
{
    return entry + LINEAR_STATE_WORDS + LINEAR_PLACE_WORDS * w;
}
static inline uint64_t *linear_either(uint64_t *entry, size_t w)
{
    return entry + LINEAR_STATE_WORDS + LINEAR_PLACE_WORDS * w + 1;
}

static inline bool linear_has_taken(uint64_t *entry, size_t place)
{
    return (*linear_taken(entry, place / 64) >> place % 64 & 1) != 0;
}
static inline bool linear_is_either(uint64_t *entry, size_t place)
{
    return (*linear_either(entry, place / 64) >> place % 64 & 1) != 0;
}
/* It has taken effect, for certain. */
static inline void linear_take(uint64_t *entry, size_t place)
{
    *linear_taken(entry, place / 64) |= UINT64_C(1) << place % 64;
    *linear_either(entry, place / 64) &= ~(UINT64_C(1) << place % 64);
}
/* It has not, or its place is free. */
static inline void linear_untake(uint64_t *entry, size_t place)
{
    *linear_taken(entry, place / 64) &= ~(UINT64_C(1) << place % 64);
    *linear_either(entry, place / 64) &= ~(UINT64_C(1) << place % 64);
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
