/* Sequences of 64-bit items, each kept once and named by a number: the states of queues and sets.
 *
 * Equal sequences have the same number, so states compare as numbers.  Nothing is removed but by
 * linear_sequences_collect(), which keeps what is in use and numbers it anew. */
#ifndef VERIFY_LINEAR_SEQUENCES_H
#define VERIFY_LINEAR_SEQUENCES_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { LINEAR_EMPTY = 0 }; /* the number of the empty sequence */

struct linear_sequences;
struct linear_sequences *linear_sequences_new(void);
void linear_sequences_free(struct linear_sequences *sequences);

size_t linear_sequence_size(const struct linear_sequences *sequences, uint64_t number);
uint64_t linear_sequence_item(const struct linear_sequences *sequences, uint64_t number,
                              size_t index);

/* The sequence with an item added at `index`, or without the one there. */
uint64_t linear_sequence_with(struct linear_sequences *sequences, uint64_t number, size_t index,
                              uint64_t item);
uint64_t linear_sequence_without(struct linear_sequences *sequences, uint64_t number, size_t index);

/* The sequence of these items. */
uint64_t linear_sequence_of(struct linear_sequences *sequences, const uint64_t *items, size_t size);

/* The index of the first item that is not below `item`, of a sequence in ascending order. */
size_t linear_sequence_place(const struct linear_sequences *sequences, uint64_t number,
                             uint64_t item);

/* Whether it is time to collect. */
bool linear_sequences_full(const struct linear_sequences *sequences);
/* Keep the sequences named here only, and let the names follow. */
void linear_sequences_collect(struct linear_sequences *sequences, uint64_t *numbers, size_t count,
                              size_t stride);

#endif
