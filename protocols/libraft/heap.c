/* The library's memory is the incarnation's arena: a crash takes it with everything else. */
#include "libraft/server.h"

enum { ALIGNMENT_MAX = 16 }; /* of cs_alloc() */

static struct cs_context *context_of(void *data)
{
    struct libraft *server = data;
    cs_assert(server->cx != NULL); /* the library runs within steps only */
    return server->cx;
}

/* The library takes NULL for a lack of memory, so that nothing is a byte. */
static size_t size_of(size_t size) { return size > 0 ? size : 1; }

static void *heap_malloc(void *data, size_t size)
{
    return cs_alloc(context_of(data), size_of(size));
}

static void heap_free(void *data, void *memory) { cs_release(context_of(data), memory); }

static void *heap_calloc(void *data, size_t count, size_t size)
{
    cs_assert(count == 0 || size <= SIZE_MAX / count);
    return cs_alloc(context_of(data), size_of(count * size));
}

static void *heap_realloc(void *data, void *memory, size_t size)
{
    return cs_resize(context_of(data), memory, size_of(size));
}

static void *heap_aligned_alloc(void *data, size_t alignment, size_t size)
{
    cs_assert(alignment <= ALIGNMENT_MAX);
    return cs_alloc(context_of(data), size_of(size));
}

static void heap_aligned_free(void *data, size_t alignment, void *memory)
{
    cs_assert(alignment <= ALIGNMENT_MAX);
    cs_release(context_of(data), memory);
}

void libraft_heap_init(struct libraft *server)
{
    server->heap = (struct raft_heap){ .data = server,
                                       .malloc = heap_malloc,
                                       .free = heap_free,
                                       .calloc = heap_calloc,
                                       .realloc = heap_realloc,
                                       .aligned_alloc = heap_aligned_alloc,
                                       .aligned_free = heap_aligned_free };
}
