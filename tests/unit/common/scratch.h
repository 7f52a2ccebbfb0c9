/* A context with nothing behind it but memory, for tests of what only allocates. */
#ifndef TEST_SCRATCH_H
#define TEST_SCRATCH_H
#include "base/arena.h"
#include "host/context.h"

struct scratch {
    struct arena_pool *pool;
    struct cs_program program;
    struct context_instance instance;
    struct cs_context cx;
};

static inline void scratch_init(struct scratch *scratch)
{
    *scratch = (struct scratch){ .pool = arena_pool_new(0) };
    scratch->instance.arena = arena_new(scratch->pool);
    scratch->instance.program = &scratch->program;
    context_init(&scratch->cx);
    context_begin(&scratch->cx, &scratch->instance, (cs_instant){ 0 }, (cs_instant){ 0 }, 0);
}

static inline void scratch_done(struct scratch *scratch)
{
    context_done(&scratch->cx);
    arena_free(scratch->instance.arena);
    arena_pool_free(scratch->pool);
}

#endif
