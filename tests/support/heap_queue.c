/* A 4-ary implicit heap over (at, order): the children of slot i are 4i + 1 to 4i + 4.  `order` is
 * the sequence number, or a bijective mix of it when ties are shuffled, so no two entries ever
 * compare equal. */
#include "support/heap_queue.h"

#include <stdlib.h>

#include "base/random.h"
#include "clustersim/protocol.h"

struct entry {
    uint64_t at;
    uint64_t order;
    uint32_t record;
};

struct heap_queue {
    struct entry *entries;
    size_t count, capacity;
    uint64_t sequence; /* of the last push */
    uint64_t tie_key;  /* 0: first in, first out */
    uint64_t popped_at;
};

static inline bool entry_before(const struct entry *a, const struct entry *b)
{
    return a->at < b->at || (a->at == b->at && a->order < b->order);
}

struct heap_queue *heap_queue_new(void)
{
    struct heap_queue *queue = calloc(1, sizeof *queue);
    cs_assert(queue != NULL);
    return queue;
}

void heap_queue_free(struct heap_queue *queue)
{
    if (queue == NULL)
        return;
    free(queue->entries);
    free(queue);
}

void heap_queue_reset(struct heap_queue *queue)
{
    queue->count = 0;
    queue->sequence = 0;
    queue->popped_at = 0;
}

void heap_queue_shuffle_ties(struct heap_queue *queue, uint64_t key)
{
    cs_assert(queue->count == 0);
    queue->tie_key = key;
}

static void queue_grow(struct heap_queue *queue)
{
    cs_assert(queue->capacity <= SIZE_MAX / 2 / sizeof *queue->entries);
    queue->capacity = queue->capacity == 0 ? 1024 : queue->capacity * 2;
    queue->entries = realloc(queue->entries, queue->capacity * sizeof *queue->entries);
    cs_assert(queue->entries != NULL);
}

void heap_queue_push(struct heap_queue *queue, uint64_t at, uint32_t record)
{
    cs_assert(at >= queue->popped_at);
    if (queue->count == queue->capacity)
        queue_grow(queue);
    uint64_t order = ++queue->sequence;
    if (queue->tie_key != 0)
        order = random_mix(order ^ queue->tie_key);
    struct entry entry = { .at = at, .order = order, .record = record };
    struct entry *entries = queue->entries;
    size_t i = queue->count++;
    while (i > 0) {
        size_t parent = (i - 1) / 4;
        if (!entry_before(&entry, &entries[parent]))
            break;
        entries[i] = entries[parent];
        i = parent;
    }
    entries[i] = entry;
}

/* Put `entry` where it belongs below the hole at `i`. */
static void sift_down(struct entry *entries, size_t count, size_t i, struct entry entry)
{
    for (;;) {
        size_t child = 4 * i + 1;
        if (child >= count)
            break;
        size_t end = child + 4 < count ? child + 4 : count;
        size_t least = child;
        for (size_t c = child + 1; c < end; c++) {
            if (entry_before(&entries[c], &entries[least]))
                least = c;
        }
        if (!entry_before(&entries[least], &entry))
            break;
        entries[i] = entries[least];
        i = least;
    }
    entries[i] = entry;
}

bool heap_queue_pop(struct heap_queue *queue, uint64_t *ret_at, uint32_t *ret_record)
{
    if (queue->count == 0)
        return false;
    struct entry *entries = queue->entries;
    *ret_at = entries[0].at;
    *ret_record = entries[0].record;
    cs_assert(entries[0].at >= queue->popped_at);
    queue->popped_at = entries[0].at;
    queue->count--;
    if (queue->count > 0)
        sift_down(entries, queue->count, 0, entries[queue->count]);
    return true;
}

uint64_t heap_queue_next_time(const struct heap_queue *queue)
{
    return queue->count == 0 ? UINT64_MAX : queue->entries[0].at;
}

size_t heap_queue_count(const struct heap_queue *queue) { return queue->count; }

size_t heap_queue_memory(const struct heap_queue *queue)
{
    return sizeof *queue + queue->capacity * sizeof *queue->entries;
}
