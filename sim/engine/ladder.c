#include "engine/ladder.h"

#include <stdlib.h>

enum { BLOCK_CHUNKS = 127 };

/* Chunks are allocated by the block and never given back before the end. */
struct ladder_block {
    struct ladder_block *next;
    char unused[sizeof(struct ladder_chunk) - sizeof(struct ladder_block *)];
    struct ladder_chunk chunks[BLOCK_CHUNKS];
};
_Static_assert(sizeof(struct ladder_block) == 64 << 10, "a block is a whole number of pages");
_Static_assert((int)LADDER_FEW <= (int)LADDER_BOTTOM_MAX, "a slot of few fits into the bottom");
_Static_assert((int)LADDER_CHUNK_ENTRIES <= (int)LADDER_BOTTOM_MAX, "so does a chunk");
_Static_assert(LADDER_LEVELS *LADDER_DIGIT_BITS >= 64, "the levels cover all times");

void ladder_done(struct ladder *ladder)
{
    while (ladder->blocks != NULL) {
        struct ladder_block *block = ladder->blocks;
        ladder->blocks = block->next;
        free(block);
    }
}

/* ---- Chunks and slots ------------------------------------------------------------------------ */

static inline void chunk_free(struct ladder *ladder, struct ladder_chunk *chunk)
{
    chunk->next = ladder->free_chunks;
    ladder->free_chunks = chunk;
}

static void block_new(struct ladder *ladder)
{
    struct ladder_block *block = aligned_alloc(sizeof(struct ladder_chunk), sizeof *block);
    cs_assert(block != NULL);
    block->next = ladder->blocks;
    ladder->blocks = block;
    ladder->bytes += sizeof *block;
    for (int i = BLOCK_CHUNKS; i-- > 0;)
        chunk_free(ladder, &block->chunks[i]);
}

static inline struct ladder_chunk *chunk_new(struct ladder *ladder)
{
    if (ladder->free_chunks == NULL)
        block_new(ladder);
    struct ladder_chunk *chunk = ladder->free_chunks;
    ladder->free_chunks = chunk->next;
    chunk->next = NULL;
    return chunk;
}

/* How many entries the first chunk of a slot holds. */
static inline uint32_t head_count(const struct ladder_slot *slot)
{
    return slot->count < LADDER_CHUNK_ENTRIES ? slot->count : LADDER_CHUNK_ENTRIES;
}

static inline uint32_t level_of(uint64_t difference)
{
    return (uint32_t)(63 - __builtin_clzll(difference | 1)) / LADDER_DIGIT_BITS;
}

static inline uint32_t digit_of(uint64_t at, uint32_t level)
{
    return (uint32_t)(at >> (level * LADDER_DIGIT_BITS)) & (LADDER_DIGITS - 1);
}

static inline void slot_occupy(struct ladder *ladder, uint32_t level, uint32_t digit)
{
    ladder->occupied[level] |= UINT64_C(1) << digit;
    ladder->levels |= 1u << level;
}

static inline void slot_vacate(struct ladder *ladder, uint32_t level, uint32_t digit)
{
    cs_assert((ladder->occupied[level] >> digit & 1) != 0);
    ladder->slots[level][digit].count = 0;
    ladder->occupied[level] &= ~(UINT64_C(1) << digit);
    if (ladder->occupied[level] == 0)
        ladder->levels &= ~(1u << level);
}

static inline void put(struct ladder *ladder, struct ladder_entry entry)
{
    uint32_t level = level_of(entry.at ^ ladder->last);
    uint32_t digit = digit_of(entry.at, level);
    struct ladder_slot *slot = &ladder->slots[level][digit];
    if (slot->count == 0) {
        slot->head = slot->tail = chunk_new(ladder);
        slot->chunk_left = LADDER_CHUNK_ENTRIES;
        slot->least = entry.at;
        slot_occupy(ladder, level, digit);
    } else if (slot->chunk_left == 0) {
        cs_assert(slot->count <= UINT32_MAX - LADDER_CHUNK_ENTRIES);
        slot->tail = slot->tail->next = chunk_new(ladder);
        slot->chunk_left = LADDER_CHUNK_ENTRIES;
    }
    slot->count++;
    slot->tail->entries[LADDER_CHUNK_ENTRIES - slot->chunk_left--] = entry;
    if (entry.at < slot->least)
        slot->least = entry.at;
}

void ladder_put(struct ladder *ladder, struct ladder_entry entry) { put(ladder, entry); }

void ladder_reset(struct ladder *ladder)
{
    for (uint32_t level = 0; level < LADDER_LEVELS; level++) {
        while (ladder->occupied[level] != 0) {
            uint32_t digit = (uint32_t)__builtin_ctzll(ladder->occupied[level]);
            struct ladder_slot *slot = &ladder->slots[level][digit];
            slot->tail->next = ladder->free_chunks;
            ladder->free_chunks = slot->head;
            slot_vacate(ladder, level, digit);
        }
    }
    cs_assert(ladder->levels == 0);
    ladder->last = 0;
    ladder->span = 0;
    ladder->now = 0;
    ladder->count = 0;
    ladder->bottom_count = 0;
}

/* ---- Towards the bottom ---------------------------------------------------------------------- */

void ladder_spill(struct ladder *ladder)
{
    uint32_t count = ladder->bottom_count;
    ladder->bottom_count = 0;
    ladder->last = ladder->now;
    ladder->span = 0;
    while (count-- > 0)
        put(ladder, ladder->bottom[count]);
}

/* Move the first chunk of a slot of equal times into the bottom.  What is pushed for the same time
 * queues in the slot, behind the rest. */
static void open_equal(struct ladder *ladder, uint32_t digit)
{
    struct ladder_slot *slot = &ladder->slots[0][digit];
    struct ladder_chunk *chunk = slot->head;
    uint32_t count = head_count(slot);
    for (uint32_t i = 0; i < count; i++)
        ladder->bottom[count - 1 - i] = chunk->entries[i];
    ladder->bottom_count = count;
    ladder->last = slot->least;
    ladder->span = 0;
    if (slot->count == count) {
        slot_vacate(ladder, 0, digit);
    } else {
        slot->head = chunk->next;
        slot->count -= count;
    }
    chunk_free(ladder, chunk);
}

/* Sort a slot into the bottom and free its chunks. */
static void sort_slot(struct ladder *ladder, uint32_t level, uint32_t digit)
{
    struct ladder_slot slot = ladder->slots[level][digit];
    slot_vacate(ladder, level, digit);
    cs_assert(slot.count <= LADDER_BOTTOM_MAX - ladder->bottom_count);
    struct ladder_chunk *chunk = slot.head;
    while (slot.count > 0) {
        uint32_t count = head_count(&slot);
        for (uint32_t i = 0; i < count; i++)
            ladder_bottom_insert(ladder, chunk->entries[i]);
        struct ladder_chunk *next = chunk->next;
        chunk_free(ladder, chunk);
        chunk = next;
        slot.count -= count;
    }
}

/* Sort the first slot of a level into the bottom, and those behind it as long as they are few
 * together.  The bottom then stands for all times up to the end of the last one. */
static void open_few(struct ladder *ladder, uint32_t level)
{
    struct ladder_slot *slots = ladder->slots[level];
    uint64_t left = ladder->occupied[level];
    uint32_t digit = (uint32_t)__builtin_ctzll(left);
    uint32_t count = slots[digit].count;
    ladder->last = slots[digit].least;
    uint64_t taken = 0;
    do {
        taken |= UINT64_C(1) << digit;
        left &= left - 1;
        if (left == 0)
            break;
        digit = (uint32_t)__builtin_ctzll(left);
        count += slots[digit].count;
    } while (count <= LADDER_GATHER);
    /* From the last one to the first, so that each is put behind those that are there. */
    digit = 63 - (uint32_t)__builtin_clzll(taken);
    uint64_t below = (UINT64_C(1) << (level * LADDER_DIGIT_BITS)) - 1;
    ladder->span = (slots[digit].least | below) - ladder->last + 1;
    while (taken != 0) {
        digit = 63 - (uint32_t)__builtin_clzll(taken);
        taken &= ~(UINT64_C(1) << digit);
        sort_slot(ladder, level, digit);
    }
}

/* The bits in which the times of a slot differ; if they differ just below `level`, some of them. */
static uint64_t slot_spread(const struct ladder_slot *slot, uint32_t level)
{
    uint64_t spread = 0;
    uint32_t least_bit = (level - 1) * LADDER_DIGIT_BITS; /* of the level below */
    uint32_t left = slot->count;
    const struct ladder_chunk *chunk = slot->head;
    for (; left > 0 && spread >> least_bit == 0; chunk = chunk->next) {
        uint32_t count = left < LADDER_CHUNK_ENTRIES ? left : LADDER_CHUNK_ENTRIES;
        for (uint32_t i = 0; i < count; i++)
            spread |= chunk->entries[i].at ^ slot->least;
        left -= count;
    }
    return spread;
}

/* Deal a slot of many to the levels below, at once to the highest one on which it falls apart. */
static void deal(struct ladder *ladder, uint32_t level, uint32_t digit)
{
    struct ladder_slot slot = ladder->slots[level][digit];
    slot_vacate(ladder, level, digit);
    cs_assert((ladder->levels & ((1u << level) - 1)) == 0);
    uint64_t spread = slot_spread(&slot, level);
    if (spread == 0) { /* all at one time: the list moves as it is */
        ladder->last = slot.least;
        ladder->slots[0][digit_of(slot.least, 0)] = slot;
        slot_occupy(ladder, 0, digit_of(slot.least, 0));
        return;
    }
    uint32_t target = level_of(spread);
    cs_assert(target < level);
    uint64_t below = (UINT64_C(1) << ((target + 1) * LADDER_DIGIT_BITS)) - 1;
    ladder->last = slot.least & ~below;
    struct ladder_chunk *chunk = slot.head;
    while (slot.count > 0) {
        uint32_t count = head_count(&slot);
        for (uint32_t i = 0; i < count; i++)
            put(ladder, chunk->entries[i]);
        struct ladder_chunk *next = chunk->next;
        chunk_free(ladder, chunk);
        chunk = next;
        slot.count -= count;
    }
}

void ladder_open(struct ladder *ladder)
{
    cs_assert(ladder->bottom_count == 0);
    cs_assert(ladder->levels != 0);
    while (ladder->bottom_count == 0) {
        uint32_t level = (uint32_t)__builtin_ctz(ladder->levels);
        uint32_t digit = (uint32_t)__builtin_ctzll(ladder->occupied[level]);
        if (level == 0) {
            open_equal(ladder, digit);
        } else if (ladder->slots[level][digit].count <= LADDER_FEW) {
            open_few(ladder, level);
        } else {
            deal(ladder, level, digit);
        }
    }
}
