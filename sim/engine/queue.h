/* The pending-event set: what leaves is ordered by (at, sequence), so equal times leave in the
 * order in which they came.
 *
 * A 4-ary heap with explicit keys.  Only these functions are known outside, so that a faster
 * structure can take its place and be tested against it. */
#ifndef ENGINE_QUEUE_H
#define ENGINE_QUEUE_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct event_queue;

struct event_queue *event_queue_new(void);
void event_queue_free(struct event_queue *queue);
void event_queue_reset(struct event_queue *queue);

/* With a key other than 0, equal times leave in an order drawn from it instead, to explore races.
 */
void event_queue_shuffle_ties(struct event_queue *queue, uint64_t key);

/* Requires at >= the time of the last event popped. */
void event_queue_push(struct event_queue *queue, uint64_t at, uint32_t record);

/* False if there is none. */
bool event_queue_pop(struct event_queue *queue, uint64_t *ret_at, uint32_t *ret_record);

/* The time of the next event, UINT64_MAX if there is none. */
uint64_t event_queue_next_time(const struct event_queue *queue);
size_t event_queue_count(const struct event_queue *queue);

#endif
