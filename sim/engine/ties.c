#include "engine/ties.h"

#include <stdlib.h>

#include "clustersim/protocol.h"

void ties_done(struct ties *ties)
{
    free(ties->heap);
    *ties = (struct ties){ 0 };
}

void ties_push(struct ties *ties, uint64_t order, uint32_t record)
{
    if (ties->count == ties->capacity) {
        ties->capacity = ties->capacity == 0 ? 64 : ties->capacity * 2;
        cs_assert(ties->capacity <= SIZE_MAX / sizeof *ties->heap);
        ties->heap = realloc(ties->heap, ties->capacity * sizeof *ties->heap);
        cs_assert(ties->heap != NULL);
    }
    size_t i = ties->count++;
    for (; i > 0 && order < ties->heap[(i - 1) / 2].order; i = (i - 1) / 2)
        ties->heap[i] = ties->heap[(i - 1) / 2];
    ties->heap[i] = (struct tie){ .order = order, .record = record };
}

uint32_t ties_pop(struct ties *ties)
{
    cs_assert(ties->count > 0);
    uint32_t record = ties->heap[0].record;
    struct tie moved = ties->heap[--ties->count];
    size_t i = 0;
    for (size_t child = 1; child < ties->count; child = 2 * i + 1) {
        if (child + 1 < ties->count && ties->heap[child + 1].order < ties->heap[child].order)
            child++;
        if (moved.order < ties->heap[child].order)
            break;
        ties->heap[i] = ties->heap[child];
        i = child;
    }
    ties->heap[i] = moved;
    return record;
}
