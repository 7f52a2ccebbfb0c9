/* A chunked radix ladder: a monotone, stable priority queue of 16-byte entries.
 *
 * Times are numbers of eleven digits to the base 64.  An entry waits in the slot (level, digit):
 * level is the highest digit in which its time differs from `last`, a lower bound of all that is
 * inside.  So the lowest occupied slot of the lowest occupied level holds the next entries.  If
 * they are few they are sorted into `bottom`, from where they leave; if they are many they are
 * dealt to lower levels first.  This is the radix heap of Ahuja, Mehlhorn, Orlin and Tarjan,
 * "Faster Algorithms for the Shortest Path Problem" (JACM 37, 1990), section 3, with the bottom of
 * the ladder queue of Tang, Goh and Thng (ACM TOMACS 15, 2005).
 *
 * Invariants:
 * - `last` <= `now` <= every time inside, and all of `bottom` is before all slots but for equal
 *   times, which came earlier.
 * - Where a time belongs depends on it and `last` alone, and a slot is a first-in-first-out list:
 *   equal times leave in the order in which they came, and no sequence number is compared.
 * - A slot is dealt to levels below it only while they are empty. */
#ifndef ENGINE_LADDER_H
#define ENGINE_LADDER_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "clustersim/protocol.h"

enum {
    LADDER_DIGIT_BITS = 6,
    LADDER_DIGITS = 1 << LADDER_DIGIT_BITS,
    LADDER_LEVELS = 11, /* digits of 64 bits, rounded up */
    LADDER_CHUNK_ENTRIES = 31,
    LADDER_FEW = 32,        /* a slot with no more goes into the bottom at once */
    LADDER_GATHER = 16,     /* several slots with no more between them go together */
    LADDER_BOTTOM_MAX = 128 /* beyond it the bottom goes back into slots */
};

struct ladder_entry {
    uint64_t at;
    uint32_t record;
    uint32_t tag; /* carried, never looked at */
};
_Static_assert(sizeof(struct ladder_entry) == 16, "four entries a cache line");

/* Every chunk of a slot but the last is full. */
struct ladder_chunk {
    struct ladder_chunk *next;
    uint64_t unused;
    struct ladder_entry entries[LADDER_CHUNK_ENTRIES];
};
_Static_assert(sizeof(struct ladder_chunk) == 512, "chunks lie on cache lines");

struct ladder_slot {
    struct ladder_chunk *head, *tail; /* meaningful while count > 0 */
    uint64_t least;                   /* the least time inside */
    uint32_t chunk_left;              /* free entries of the last chunk */
    uint32_t count;
};

/* All zero bytes: empty, at time 0. */
struct ladder {
    uint64_t last;   /* ns; a lower bound, see above */
    uint64_t span;   /* a time below last + span belongs into the bottom */
    uint64_t now;    /* ns; of the entry that left last */
    size_t count;    /* of entries inside */
    uint32_t levels; /* bit set of those with an occupied slot */
    uint32_t bottom_count;
    struct ladder_chunk *free_chunks;
    struct ladder_block *blocks;
    size_t bytes; /* of all blocks */
    uint64_t occupied[LADDER_LEVELS];
    struct ladder_entry bottom[LADDER_BOTTOM_MAX]; /* the next entry is the last one */
    struct ladder_slot slots[LADDER_LEVELS][LADDER_DIGITS];
};

void ladder_done(struct ladder *ladder);
void ladder_reset(struct ladder *ladder); /* keeps the memory */

/* Fill the bottom, which is empty.  Requires that an entry is inside. */
void ladder_open(struct ladder *ladder);

/* Put a full bottom back into slots, so that a burst of short delays costs no long moves. */
void ladder_spill(struct ladder *ladder);

/* Put an entry into its slot. */
void ladder_put(struct ladder *ladder, struct ladder_entry entry);

/* The time of the next entry, UINT64_MAX if there is none.  Opens nothing: what is pushed next may
 * come before it. */
static inline uint64_t ladder_next_time(const struct ladder *ladder)
{
    if (ladder->bottom_count > 0)
        return ladder->bottom[ladder->bottom_count - 1].at;
    if (ladder->levels == 0)
        return UINT64_MAX;
    int level = __builtin_ctz(ladder->levels);
    return ladder->slots[level][__builtin_ctzll(ladder->occupied[level])].least;
}

/* Requires room: bottom_count < LADDER_BOTTOM_MAX. */
static inline void ladder_bottom_insert(struct ladder *ladder, struct ladder_entry entry)
{
    uint32_t i = ladder->bottom_count++;
    while (i > 0 && ladder->bottom[i - 1].at <= entry.at) {
        ladder->bottom[i] = ladder->bottom[i - 1];
        i--;
    }
    ladder->bottom[i] = entry;
}

static inline void ladder_push(struct ladder *ladder, struct ladder_entry entry)
{
    cs_assert(entry.at >= ladder->now);
    ladder->count++;
    if (entry.at - ladder->last < ladder->span) {
        if (ladder->bottom_count < LADDER_BOTTOM_MAX) {
            ladder_bottom_insert(ladder, entry);
            return;
        }
        ladder_spill(ladder);
    }
    ladder_put(ladder, entry);
}

/* Requires that an entry is inside. */
static inline struct ladder_entry ladder_pop(struct ladder *ladder)
{
    cs_assert(ladder->count > 0);
    if (ladder->bottom_count == 0)
        ladder_open(ladder);
    struct ladder_entry entry = ladder->bottom[--ladder->bottom_count];
    cs_assert(entry.at >= ladder->now);
    ladder->now = entry.at;
    ladder->count--;
    return entry;
}

#endif
