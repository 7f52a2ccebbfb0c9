/* The ladder keeps equal times in order by itself.  When ties are shuffled, the events of the
 * present instant (`ladder.now`) leave it for a heap over drawn numbers, and none stays behind. */
#include "engine/queue.h"

#include <stdlib.h>

#include "base/random.h"
#include "clustersim/protocol.h"
#include "engine/ladder.h"
#include "engine/ties.h"

struct event_queue {
    uint64_t tie_key;  /* 0: first in, first out */
    uint64_t sequence; /* of the last push */
    struct ties ties;  /* of the present instant, if there is a key */
    struct ladder ladder;
};

struct event_queue *event_queue_new(void)
{
    struct event_queue *queue = calloc(1, sizeof *queue);
    cs_assert(queue != NULL);
    return queue;
}

void event_queue_free(struct event_queue *queue)
{
    if (queue == NULL)
        return;
    ties_done(&queue->ties);
    ladder_done(&queue->ladder);
    free(queue);
}

void event_queue_reset(struct event_queue *queue)
{
    queue->sequence = 0;
    queue->ties.count = 0;
    ladder_reset(&queue->ladder);
}

void event_queue_shuffle_ties(struct event_queue *queue, uint64_t key)
{
    cs_assert(event_queue_count(queue) == 0);
    queue->tie_key = key;
}

/* The sequence number whose lower half is `tag`: the greatest so far, so that an event which waits
 * for more than 2^32 pushes draws another number. */
static uint64_t sequence_of(const struct event_queue *queue, uint32_t tag)
{
    return queue->sequence - (uint32_t)((uint32_t)queue->sequence - tag);
}

static void tie_push(struct event_queue *queue, uint64_t sequence, uint32_t record)
{
    ties_push(&queue->ties, random_mix(sequence ^ queue->tie_key), record);
}

void event_queue_push(struct event_queue *queue, uint64_t at, uint32_t record)
{
    uint64_t sequence = ++queue->sequence;
    if (queue->tie_key != 0 && at == queue->ladder.now) {
        tie_push(queue, sequence, record);
        return;
    }
    struct ladder_entry entry = { .at = at, .record = record, .tag = (uint32_t)sequence };
    ladder_push(&queue->ladder, entry);
}

/* Take all events of the next instant from the ladder. */
static void gather_ties(struct event_queue *queue)
{
    cs_assert(queue->ties.count == 0);
    uint64_t at = ladder_next_time(&queue->ladder);
    while (queue->ladder.count > 0 && ladder_next_time(&queue->ladder) == at) {
        struct ladder_entry entry = ladder_pop(&queue->ladder);
        tie_push(queue, sequence_of(queue, entry.tag), entry.record);
    }
    cs_assert(queue->ladder.now == at);
}

static bool pop_tie(struct event_queue *queue, uint64_t *ret_at, uint32_t *ret_record)
{
    if (event_queue_count(queue) == 0)
        return false;
    if (queue->ties.count == 0)
        gather_ties(queue);
    *ret_at = queue->ladder.now;
    *ret_record = ties_pop(&queue->ties);
    return true;
}

bool event_queue_pop(struct event_queue *queue, uint64_t *ret_at, uint32_t *ret_record)
{
    if (queue->tie_key != 0)
        return pop_tie(queue, ret_at, ret_record);
    if (queue->ladder.count == 0)
        return false;
    struct ladder_entry entry = ladder_pop(&queue->ladder);
    *ret_at = entry.at;
    *ret_record = entry.record;
    return true;
}

uint64_t event_queue_next_time(const struct event_queue *queue)
{
    return queue->ties.count > 0 ? queue->ladder.now : ladder_next_time(&queue->ladder);
}

bool event_queue_guess(const struct event_queue *queue, uint32_t ahead, uint32_t *ret_record)
{
    if (ahead >= queue->ladder.bottom_count)
        return false;
    *ret_record = queue->ladder.bottom[queue->ladder.bottom_count - 1 - ahead].record;
    return true;
}

size_t event_queue_count(const struct event_queue *queue)
{
    return queue->ties.count + queue->ladder.count;
}

static void visit_entry(const struct event_queue *queue, const struct ladder_entry *entry,
                        event_queue_visit visit, void *argument)
{
    visit(argument, entry->at, sequence_of(queue, entry->tag), entry->record);
}

static void visit_slot(const struct event_queue *queue, const struct ladder_slot *slot,
                       event_queue_visit visit, void *argument)
{
    uint32_t left = slot->count;
    for (const struct ladder_chunk *chunk = slot->head; left > 0; chunk = chunk->next) {
        uint32_t count = left < LADDER_CHUNK_ENTRIES ? left : LADDER_CHUNK_ENTRIES;
        for (uint32_t i = 0; i < count; i++)
            visit_entry(queue, &chunk->entries[i], visit, argument);
        left -= count;
    }
}

void event_queue_each(const struct event_queue *queue, event_queue_visit visit, void *argument)
{
    for (size_t i = 0; i < queue->ties.count; i++) {
        const struct tie *tie = &queue->ties.heap[i];
        visit(argument, queue->ladder.now, tie->order, tie->record);
    }
    for (uint32_t i = 0; i < queue->ladder.bottom_count; i++)
        visit_entry(queue, &queue->ladder.bottom[i], visit, argument);
    for (unsigned level = 0; level < LADDER_LEVELS; level++) {
        for (unsigned digit = 0; digit < LADDER_DIGITS; digit++) {
            if ((queue->ladder.occupied[level] >> digit & 1) != 0)
                visit_slot(queue, &queue->ladder.slots[level][digit], visit, argument);
        }
    }
}

size_t event_queue_memory(const struct event_queue *queue)
{
    return sizeof *queue + queue->ladder.bytes + queue->ties.capacity * sizeof *queue->ties.heap;
}
