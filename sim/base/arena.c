/* Blocks in chunks in a pool.
 *
 * A block is a header of 16 bytes and its memory.  Small blocks are carved one after the other from
 * the arena's newest chunk and come back to the free list of their size class; a large block has a
 * chunk of its own, which goes back to the pool when the block is released.  The pool keeps free
 * chunks in lists by the same size classes, and gives memory back to the system only when it would
 * exceed its limit otherwise.
 *
 * Invariants: a block's header names the life (arena and reset) that it belongs to, so that a
 * pointer of another arena or from before a reset is caught; a free block's is LIFE_NONE.  Of a
 * chunk, AddressSanitizer may touch only the bytes that were asked for: headers are opened for the
 * time of an access. */
#include "base/arena.h"

#include <stdlib.h>
#include <string.h>

#include "clustersim/protocol.h"

#if defined(__has_feature)
#if __has_feature(address_sanitizer) && !defined(__SANITIZE_ADDRESS__)
#define __SANITIZE_ADDRESS__ 1
#endif
#endif

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(at, size)   ((void)(at), (void)(size))
#define ASAN_UNPOISON_MEMORY_REGION(at, size) ((void)(at), (void)(size))
#endif

#define ALIGNMENT      ((size_t)16)
#define LIFE_NONE      0u
#define SMALL_SIZE_MAX ((size_t)4096)
#define SHRINK_MIN     ((size_t)256)  /* smaller blocks stay where they are */
#define CHUNK_SIZE_MIN ((size_t)1024) /* there may be a million arenas */
#define CHUNK_SIZE_MAX ((size_t)256 * 1024)
#define SIZE_LIMIT     ((size_t)1 << 46) /* nobody has that much; keeps sums from overflowing */

/* Sizes of classes: 16, 32, … 128, then four steps to each doubling. */
#define LINEAR_CLASSES 8u
#define SMALL_CLASSES  28u /* up to SMALL_SIZE_MAX */
#define CLASS_LARGE    UINT32_MAX
#define CLASSES        (LINEAR_CLASSES + 4u * (47 - 7))

struct block {
    union {
        size_t size;        /* as asked for, of a live block */
        struct block *next; /* in its free list */
    };
    uint32_t size_class; /* or CLASS_LARGE */
    uint32_t life;
};
_Static_assert(sizeof(struct block) == ALIGNMENT, "a block's memory follows its header, aligned");

struct chunk {
    struct chunk *next;
    struct chunk *previous;
    size_t size; /* bytes behind this header */
    uint32_t size_class;
    uint32_t reserved;
};
_Static_assert(sizeof(struct chunk) % ALIGNMENT == 0, "a chunk's first block is aligned");

struct arena_pool {
    size_t limit;
    size_t bytes;
    size_t arena_count;
    uint32_t last_life;
    struct chunk *free[CLASSES];
};

struct arena {
    struct arena_pool *pool;
    struct chunk *chunks; /* newest first, large blocks' among them */
    uint8_t *at, *end;    /* what is left of the newest chunk for small blocks */
    size_t next_chunk_size;
    size_t bytes;
    uint32_t life;
    struct block *free[SMALL_CLASSES];
};
_Static_assert(sizeof(struct arena) < 512, "every node has an arena");

/* ---- Size classes ---------------------------------------------------------------------------- */

/* The smallest class that holds `size` bytes. */
static uint32_t class_of(size_t size)
{
    cs_assert(size <= 2 * SIZE_LIMIT);
    if (size <= LINEAR_CLASSES * ALIGNMENT)
        return size == 0 ? 0 : (uint32_t)((size - 1) / ALIGNMENT);
    unsigned exponent = 63u - (unsigned)__builtin_clzll(size - 1); /* 2^exponent < size */
    uint32_t quarter = (uint32_t)((size - 1) >> (exponent - 2)) & 3;
    return LINEAR_CLASSES + 4 * (exponent - 7) + quarter;
}

static size_t class_size(uint32_t size_class)
{
    if (size_class < LINEAR_CLASSES)
        return (size_class + 1) * ALIGNMENT;
    unsigned exponent = 7 + (size_class - LINEAR_CLASSES) / 4;
    size_t quarters = 5 + (size_class - LINEAR_CLASSES) % 4;
    return quarters << (exponent - 2);
}

/* ---- Pool ------------------------------------------------------------------------------------ */

struct arena_pool *arena_pool_new(size_t limit)
{
    struct arena_pool *pool = calloc(1, sizeof(*pool));
    cs_assert(pool != NULL);
    pool->limit = limit;
    return pool;
}

static uint8_t *chunk_memory(struct chunk *chunk) { return (uint8_t *)(chunk + 1); }

/* Give all free chunks back to the system. */
static void pool_trim(struct arena_pool *pool)
{
    for (uint32_t i = 0; i < CLASSES; i++) {
        while (pool->free[i] != NULL) {
            struct chunk *chunk = pool->free[i];
            pool->free[i] = chunk->next;
            pool->bytes -= sizeof(*chunk) + chunk->size;
            ASAN_UNPOISON_MEMORY_REGION(chunk_memory(chunk), chunk->size);
            free(chunk);
        }
    }
}

void arena_pool_free(struct arena_pool *pool)
{
    if (pool == NULL)
        return;
    cs_assert(pool->arena_count == 0);
    pool_trim(pool);
    cs_assert(pool->bytes == 0);
    free(pool);
}

size_t arena_pool_bytes(const struct arena_pool *pool) { return pool->bytes; }

/* Count `size` bytes that are about to be taken from the system. */
static void pool_charge(struct arena_pool *pool, size_t size)
{
    if (pool->limit != 0 && pool->bytes + size > pool->limit)
        pool_trim(pool);
    cs_assert(pool->limit == 0 || pool->bytes + size <= pool->limit);
    pool->bytes += size;
}

/* A chunk with at least `size` bytes, poisoned. */
static struct chunk *pool_take(struct arena_pool *pool, size_t size)
{
    uint32_t size_class = class_of(size);
    struct chunk *chunk = pool->free[size_class];
    if (chunk != NULL) {
        pool->free[size_class] = chunk->next;
        return chunk;
    }
    size_t chunk_size = class_size(size_class);
    pool_charge(pool, sizeof(*chunk) + chunk_size);
    chunk = aligned_alloc(ALIGNMENT, sizeof(*chunk) + chunk_size);
    cs_assert(chunk != NULL);
    chunk->size = chunk_size;
    chunk->size_class = size_class;
    ASAN_POISON_MEMORY_REGION(chunk_memory(chunk), chunk_size);
    return chunk;
}

static void pool_give(struct arena_pool *pool, struct chunk *chunk)
{
    ASAN_POISON_MEMORY_REGION(chunk_memory(chunk), chunk->size);
    chunk->next = pool->free[chunk->size_class];
    pool->free[chunk->size_class] = chunk;
}

/* ---- Arena ----------------------------------------------------------------------------------- */

/* Empty, in a new life. */
static void arena_begin(struct arena *arena)
{
    struct arena_pool *pool = arena->pool;
    pool->last_life += pool->last_life + 1 == LIFE_NONE ? 2 : 1;
    *arena =
        (struct arena){ .pool = pool, .next_chunk_size = CHUNK_SIZE_MIN, .life = pool->last_life };
}

struct arena *arena_new(struct arena_pool *pool)
{
    cs_assert(pool != NULL);
    struct arena *arena = malloc(sizeof(*arena));
    cs_assert(arena != NULL);
    pool_charge(pool, sizeof(*arena));
    pool->arena_count++;
    arena->pool = pool;
    arena_begin(arena);
    return arena;
}

void arena_reset(struct arena *arena)
{
    while (arena->chunks != NULL) {
        struct chunk *chunk = arena->chunks;
        arena->chunks = chunk->next;
        pool_give(arena->pool, chunk);
    }
    arena_begin(arena);
}

void arena_free(struct arena *arena)
{
    if (arena == NULL)
        return;
    arena_reset(arena);
    cs_assert(arena->pool->arena_count > 0);
    arena->pool->arena_count--;
    arena->pool->bytes -= sizeof(*arena);
    free(arena);
}

size_t arena_bytes(const struct arena *arena) { return arena->bytes; }

static struct chunk *arena_add_chunk(struct arena *arena, size_t size)
{
    struct chunk *chunk = pool_take(arena->pool, size);
    chunk->previous = NULL;
    chunk->next = arena->chunks;
    if (chunk->next != NULL)
        chunk->next->previous = chunk;
    arena->chunks = chunk;
    return chunk;
}

static void arena_drop_chunk(struct arena *arena, struct chunk *chunk)
{
    if (chunk->previous != NULL) {
        chunk->previous->next = chunk->next;
    } else {
        arena->chunks = chunk->next;
    }
    if (chunk->next != NULL)
        chunk->next->previous = chunk->previous;
    pool_give(arena->pool, chunk);
}

/* ---- Blocks ---------------------------------------------------------------------------------- */

static void *block_memory(struct block *block) { return block + 1; }

/* The header in front of `memory`, opened and checked. */
static struct block *block_open(const struct arena *arena, void *memory)
{
    cs_assert((uintptr_t)memory % ALIGNMENT == 0);
    struct block *block = (struct block *)memory - 1;
    ASAN_UNPOISON_MEMORY_REGION(block, sizeof(*block));
    cs_assert(block->life == arena->life);
    return block;
}

static void block_close(struct block *block) { ASAN_POISON_MEMORY_REGION(block, sizeof(*block)); }

static struct chunk *large_chunk(struct block *block) { return (struct chunk *)(void *)block - 1; }

/* How much the block's place holds. */
static size_t block_capacity(struct block *block)
{
    return block->size_class == CLASS_LARGE ? large_chunk(block)->size - sizeof(*block)
                                            : class_size(block->size_class);
}

/* A block with its header open. */
static struct block *take_large(struct arena *arena, size_t size)
{
    struct chunk *chunk = arena_add_chunk(arena, sizeof(struct block) + size);
    struct block *block = (struct block *)(void *)chunk_memory(chunk);
    ASAN_UNPOISON_MEMORY_REGION(block, sizeof(*block));
    block->size_class = CLASS_LARGE;
    return block;
}

/* A block with its header open. */
static struct block *take_small(struct arena *arena, uint32_t size_class)
{
    struct block *block = arena->free[size_class];
    if (block != NULL) {
        ASAN_UNPOISON_MEMORY_REGION(block, sizeof(*block));
        cs_assert(block->life == LIFE_NONE);
        cs_assert(block->size_class == size_class);
        arena->free[size_class] = block->next;
        return block;
    }
    size_t needed = sizeof(*block) + class_size(size_class);
    if ((size_t)(arena->end - arena->at) < needed) {
        size_t size = needed > arena->next_chunk_size ? needed : arena->next_chunk_size;
        struct chunk *chunk = arena_add_chunk(arena, size);
        arena->at = chunk_memory(chunk);
        arena->end = arena->at + chunk->size;
        if (arena->next_chunk_size < CHUNK_SIZE_MAX)
            arena->next_chunk_size *= 2;
    }
    block = (struct block *)(void *)arena->at;
    arena->at += needed;
    ASAN_UNPOISON_MEMORY_REGION(block, sizeof(*block));
    block->size_class = size_class;
    return block;
}

void *arena_alloc(struct arena *arena, size_t size)
{
    return memset(arena_alloc_raw(arena, size), 0, size);
}

void *arena_alloc_raw(struct arena *arena, size_t size)
{
    cs_assert(size <= SIZE_LIMIT);
    struct block *block =
        size <= SMALL_SIZE_MAX ? take_small(arena, class_of(size)) : take_large(arena, size);
    void *memory = block_memory(block);
    block->size = size;
    block->life = arena->life;
    block_close(block);
    ASAN_UNPOISON_MEMORY_REGION(memory, size);
    arena->bytes += size;
    return memory;
}

void arena_release(struct arena *arena, void *memory)
{
    if (memory == NULL)
        return;
    struct block *block = block_open(arena, memory);
    cs_assert(arena->bytes >= block->size);
    arena->bytes -= block->size;
    block->life = LIFE_NONE;
    if (block->size_class == CLASS_LARGE) {
        arena_drop_chunk(arena, large_chunk(block));
        return;
    }
    ASAN_POISON_MEMORY_REGION(memory, block->size);
    block->next = arena->free[block->size_class];
    arena->free[block->size_class] = block;
    block_close(block);
}

void *arena_resize(struct arena *arena, void *memory, size_t size)
{
    if (memory == NULL)
        return arena_alloc(arena, size);
    struct block *block = block_open(arena, memory);
    size_t old_size = block->size;
    size_t capacity = block_capacity(block);
    if (size > capacity || (size < capacity / 4 && capacity >= SHRINK_MIN)) {
        block_close(block);
        void *moved = arena_alloc(arena, size);
        memcpy(moved, memory, old_size < size ? old_size : size);
        arena_release(arena, memory);
        return moved;
    }
    block->size = size;
    block_close(block);
    arena->bytes += size - old_size;
    ASAN_POISON_MEMORY_REGION(memory, capacity);
    ASAN_UNPOISON_MEMORY_REGION(memory, size);
    if (size > old_size)
        memset((uint8_t *)memory + old_size, 0, size - old_size);
    return memory;
}
