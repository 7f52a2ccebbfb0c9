/* An arena: memory that is given back all at once.  A crash *is* an arena reset.
 *
 * Blocks are aligned to 16 bytes and zeroed, come in size classes with a free list each, and are
 * carved from chunks that a pool shares between arenas.  Under AddressSanitizer freed and reset
 * memory is poisoned.  Running out of memory, or over a pool's limit, is an assertion failure. */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H
#include <stddef.h>
#include <stdint.h>

/* Where arenas take their chunks; one for a run.  `limit` is the most bytes it may hold, 0 for
 * none. */
struct arena_pool;
struct arena_pool *arena_pool_new(size_t limit);
/* Requires that all its arenas were freed. */
void arena_pool_free(struct arena_pool *pool);
size_t arena_pool_bytes(const struct arena_pool *pool); /* taken from the system */

/* An empty arena holds no chunk. */
struct arena;
struct arena *arena_new(struct arena_pool *pool);
void arena_free(struct arena *arena); /* NULL is allowed */
/* Give all blocks back: their chunks go to the pool. */
void arena_reset(struct arena *arena);

/* Never NULL, not even for size 0. */
void *arena_alloc(struct arena *arena, size_t size);
/* The same, not zeroed: for who fills it at once. */
void *arena_alloc_raw(struct arena *arena, size_t size);
/* As realloc: keeps the first min(old, new) bytes and zeroes the rest. */
void *arena_resize(struct arena *arena, void *memory, size_t size);
/* NULL is allowed. */
void arena_release(struct arena *arena, void *memory);

size_t arena_bytes(const struct arena *arena); /* in blocks now, as asked for */

#endif
