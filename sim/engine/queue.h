/* The pending-event set: what leaves is ordered by (at, sequence), so equal times leave in the
 * order in which they came.
 *
 * A chunked radix ladder (engine/ladder.h): a push and a pop cost about the same for ten events and
 * for a million.  Only these functions are known outside; the tests hold a heap with explicit keys
 * behind the same functions against it (tests/support/heap_queue.h). */
#ifndef ENGINE_QUEUE_H
#define ENGINE_QUEUE_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct event_queue;

struct event_queue *event_queue_new(void);
void event_queue_free(struct event_queue *queue);

/* Forget all events and the time; memory and the key of ties stay. */
void event_queue_reset(struct event_queue *queue);

/* With a key other than 0, equal times leave in an order drawn from it instead, to explore races:
 * of those that wait for one instant, at any time, each is the next with equal probability.
 * Requires an empty queue. */
void event_queue_shuffle_ties(struct event_queue *queue, uint64_t key);

/* Requires at >= the time of the last event popped. */
void event_queue_push(struct event_queue *queue, uint64_t at, uint32_t record);

/* False if there is none. */
bool event_queue_pop(struct event_queue *queue, uint64_t *ret_at, uint32_t *ret_record);

/* The time of the next event, UINT64_MAX if there is none. */
uint64_t event_queue_next_time(const struct event_queue *queue);

/* The record that leaves after `ahead` others, if nothing comes between and it is already known; a
 * guess for whoever wants it in the cache by then.  False if there is none. */
bool event_queue_guess(const struct event_queue *queue, uint32_t ahead, uint32_t *ret_record);
size_t event_queue_count(const struct event_queue *queue);

/* Call `visit` for each event inside, in no order; of equal times the lower sequence came first.
 * For looking, not for deciding. */
typedef void (*event_queue_visit)(void *argument, uint64_t at, uint64_t sequence, uint32_t record);
void event_queue_each(const struct event_queue *queue, event_queue_visit visit, void *argument);

/* Bytes allocated. */
size_t event_queue_memory(const struct event_queue *queue);

#endif
