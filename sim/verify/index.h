/* An index over an array: finds the numbers of the records that may bear a key.
 *
 * The records stay in the caller's array; the index holds (hash, number) pairs by open addressing
 * with linear probing, at most half full, and nothing is ever removed.  The caller compares, so an
 * answer never rests on a hash, and nothing iterates over the slots:
 *
 *     struct index_probe probe = index_probe(&index, hash);
 *     while (index_next(&index, &probe))
 *         if (same(&records[probe.number], key))
 *             return &records[probe.number]; */
#ifndef VERIFY_INDEX_H
#define VERIFY_INDEX_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/random.h"
#include "clustersim/protocol.h"

/* Make room for `count` elements of `size` bytes in `array`; new ones are not initialized. */
void *array_reserve(void *array, size_t *capacity, size_t count, size_t size);

/* A value of `size` bytes beside each of a growing number of things: zero until it is set. */
struct side_table {
    size_t size; /* of a value; set by the owner */
    void *values;
    size_t count, capacity;
};

void side_table_grow(struct side_table *table, size_t count);

/* The value of thing `number`; valid until the table grows. */
static inline void *side_table_at(struct side_table *table, uint32_t number)
{
    if (number >= table->count)
        side_table_grow(table, (size_t)number + 1);
    return (char *)table->values + number * table->size;
}

struct index_slot {
    uint32_t tag;    /* the upper half of the hash */
    uint32_t number; /* plus one; 0: free */
};

/* All zero is an empty index. */
struct index {
    struct index_slot *slots;
    uint32_t mask; /* slots minus one; a power of two minus one */
    uint32_t count;
};

struct index_probe {
    uint32_t tag;
    uint32_t at;     /* the next slot to look at */
    uint32_t number; /* what index_next() found */
};

static inline uint64_t index_hash(uint64_t a, uint64_t b)
{
    return random_mix(random_mix(a + 0x9e3779b97f4a7c15u) + b);
}

static inline struct index_probe index_probe(const struct index *index, uint64_t hash)
{
    uint32_t tag = (uint32_t)(hash >> 32);
    return (struct index_probe){ .tag = tag, .at = tag & index->mask };
}

/* Step to the next candidate; false if there is none. */
static inline bool index_next(const struct index *index, struct index_probe *probe)
{
    if (index->slots == NULL)
        return false;
    for (;;) {
        const struct index_slot *slot = &index->slots[probe->at];
        if (slot->number == 0)
            return false;
        probe->at = (probe->at + 1) & index->mask;
        if (slot->tag == probe->tag) {
            probe->number = slot->number - 1;
            return true;
        }
    }
}

/* Ask for the memory where such a key would be, which will be needed soon. */
static inline void index_prefetch(const struct index *index, uint64_t hash)
{
    if (index->slots != NULL)
        __builtin_prefetch(&index->slots[(uint32_t)(hash >> 32) & index->mask]);
}

/* Room for so many records at once, in an empty index. */
void index_reserve(struct index *index, size_t count);
/* Add record `number`, whose key has this hash.  It must not be there yet. */
void index_add(struct index *index, uint64_t hash, uint32_t number);
void index_done(struct index *index);

#endif
