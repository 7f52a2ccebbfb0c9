/* What intervenes from outside between two events: a binary heap on (at, rank, sequence). */
#include <stdlib.h>

#include "host/internal.h"

struct intervention {
    uint64_t at, rank, sequence;
    cluster_call function;
    void *argument;
};

static bool earlier(const struct intervention *a, const struct intervention *b)
{
    if (a->at != b->at)
        return a->at < b->at;
    return a->rank != b->rank ? a->rank < b->rank : a->sequence < b->sequence;
}

void agenda_add(struct agenda *agenda, uint64_t at, uint64_t rank, cluster_call function,
                void *argument)
{
    if (agenda->count == agenda->capacity) {
        agenda->capacity = agenda->capacity == 0 ? 16 : agenda->capacity * 2;
        agenda->heap = realloc(agenda->heap, agenda->capacity * sizeof *agenda->heap);
        cs_assert(agenda->heap != NULL);
    }
    struct intervention added = { at, rank, agenda->sequence++, function, argument };
    size_t hole = agenda->count++;
    for (; hole > 0 && earlier(&added, &agenda->heap[(hole - 1) / 2]); hole = (hole - 1) / 2)
        agenda->heap[hole] = agenda->heap[(hole - 1) / 2];
    agenda->heap[hole] = added;
    agenda->next_at = agenda->heap[0].at;
}

/* Take the first one out. */
static struct intervention take(struct agenda *agenda)
{
    cs_assert(agenda->count > 0);
    struct intervention first = agenda->heap[0];
    struct intervention last = agenda->heap[--agenda->count];
    size_t hole = 0;
    for (;;) {
        size_t child = 2 * hole + 1;
        if (child >= agenda->count)
            break;
        if (child + 1 < agenda->count && earlier(&agenda->heap[child + 1], &agenda->heap[child]))
            child++;
        if (!earlier(&agenda->heap[child], &last))
            break;
        agenda->heap[hole] = agenda->heap[child];
        hole = child;
    }
    if (agenda->count > 0)
        agenda->heap[hole] = last;
    agenda->next_at = agenda->count > 0 ? agenda->heap[0].at : UINT64_MAX;
    return first;
}

void agenda_run(struct agenda *agenda)
{
    struct intervention next = take(agenda);
    next.function(next.argument, next.at);
}

void agenda_done(struct agenda *agenda)
{
    free(agenda->heap);
    *agenda = (struct agenda){ .next_at = UINT64_MAX };
}
