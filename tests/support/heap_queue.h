/* What the event queue is held against: a 4-ary heap with explicit keys (at, order) behind the same
 * functions as sim/engine/queue.h, where they are described.  Slower, and plain enough to be
 * believed. */
#ifndef TEST_HEAP_QUEUE_H
#define TEST_HEAP_QUEUE_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct heap_queue;

struct heap_queue *heap_queue_new(void);
void heap_queue_free(struct heap_queue *queue);
void heap_queue_reset(struct heap_queue *queue);
void heap_queue_shuffle_ties(struct heap_queue *queue, uint64_t key);
void heap_queue_push(struct heap_queue *queue, uint64_t at, uint32_t record);
bool heap_queue_pop(struct heap_queue *queue, uint64_t *ret_at, uint32_t *ret_record);
uint64_t heap_queue_next_time(const struct heap_queue *queue);
size_t heap_queue_count(const struct heap_queue *queue);
size_t heap_queue_memory(const struct heap_queue *queue);

#endif
