#include "verify/linear_sequences.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "verify/index.h"

enum { ITEMS_FIRST = 65536 };

struct sequence {
    size_t offset, size; /* in items */
};

struct linear_sequences {
    struct sequence *sequences;
    size_t count, capacity;
    uint64_t *items;
    size_t item_count, item_capacity;
    size_t full_at; /* items */
    struct index index;
};

static uint64_t hash_of(const uint64_t *items, size_t count)
{
    return count == 0 ? 0 : hash_bytes(items, count * sizeof *items);
}

/* What was written behind the last item is a sequence: its number, or that of its equal. */
static uint64_t settle(struct linear_sequences *sequences, size_t size)
{
    const uint64_t *items = sequences->items + sequences->item_count;
    uint64_t hash = hash_of(items, size);
    struct index_probe probe = index_probe(&sequences->index, hash);
    while (index_next(&sequences->index, &probe)) {
        const struct sequence *other = &sequences->sequences[probe.number];
        if (other->size == size && (size == 0 || memcmp(sequences->items + other->offset, items,
                                                        size * sizeof *items) == 0))
            return probe.number;
    }
    sequences->sequences = array_reserve(sequences->sequences, &sequences->capacity,
                                         sequences->count + 1, sizeof *sequences->sequences);
    uint32_t number = (uint32_t)sequences->count++;
    sequences->sequences[number] = (struct sequence){ sequences->item_count, size };
    sequences->item_count += size;
    index_add(&sequences->index, hash, number);
    return number;
}

static uint64_t *room(struct linear_sequences *sequences, size_t size)
{
    sequences->items = array_reserve(sequences->items, &sequences->item_capacity,
                                     sequences->item_count + size, sizeof *sequences->items);
    return sequences->items + sequences->item_count;
}

struct linear_sequences *linear_sequences_new(void)
{
    struct linear_sequences *sequences = calloc(1, sizeof *sequences);
    cs_assert(sequences != NULL);
    sequences->full_at = ITEMS_FIRST;
    room(sequences, 1);
    uint64_t empty = settle(sequences, 0);
    cs_assert(empty == LINEAR_EMPTY);
    return sequences;
}

void linear_sequences_free(struct linear_sequences *sequences)
{
    if (sequences == NULL)
        return;
    free(sequences->sequences);
    free(sequences->items);
    index_done(&sequences->index);
    free(sequences);
}

size_t linear_sequence_size(const struct linear_sequences *sequences, uint64_t number)
{
    cs_assert(number < sequences->count);
    return sequences->sequences[number].size;
}

uint64_t linear_sequence_item(const struct linear_sequences *sequences, uint64_t number,
                              size_t index)
{
    cs_assert(index < linear_sequence_size(sequences, number));
    return sequences->items[sequences->sequences[number].offset + index];
}

static void copy(uint64_t *to, const uint64_t *from, size_t count)
{
    if (count > 0)
        memcpy(to, from, count * sizeof *to);
}

uint64_t linear_sequence_with(struct linear_sequences *sequences, uint64_t number, size_t index,
                              uint64_t item)
{
    size_t size = linear_sequence_size(sequences, number);
    cs_assert(index <= size);
    uint64_t *to = room(sequences, size + 1);
    const uint64_t *from = sequences->items + sequences->sequences[number].offset;
    copy(to, from, index);
    to[index] = item;
    copy(to + index + 1, from + index, size - index);
    return settle(sequences, size + 1);
}

uint64_t linear_sequence_of(struct linear_sequences *sequences, const uint64_t *items, size_t size)
{
    copy(room(sequences, size), items, size);
    return settle(sequences, size);
}

uint64_t linear_sequence_without(struct linear_sequences *sequences, uint64_t number, size_t index)
{
    size_t size = linear_sequence_size(sequences, number);
    cs_assert(index < size);
    uint64_t *to = room(sequences, size);
    const uint64_t *from = sequences->items + sequences->sequences[number].offset;
    copy(to, from, index);
    copy(to + index, from + index + 1, size - index - 1);
    return settle(sequences, size - 1);
}

size_t linear_sequence_place(const struct linear_sequences *sequences, uint64_t number,
                             uint64_t item)
{
    size_t low = 0, high = linear_sequence_size(sequences, number);
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (linear_sequence_item(sequences, number, middle) < item) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

bool linear_sequences_full(const struct linear_sequences *sequences)
{
    return sequences->item_count + sequences->count > sequences->full_at;
}

void linear_sequences_collect(struct linear_sequences *sequences, uint64_t *numbers, size_t count,
                              size_t stride)
{
    struct linear_sequences old = *sequences;
    *sequences = (struct linear_sequences){ .full_at = ITEMS_FIRST };
    room(sequences, 1);
    settle(sequences, 0);
    for (size_t i = 0; i < count; i++) {
        uint64_t *number = &numbers[i * stride];
        size_t size = linear_sequence_size(&old, *number);
        copy(room(sequences, size), old.items + old.sequences[*number].offset, size);
        *number = settle(sequences, size);
    }
    sequences->full_at += 2 * (sequences->item_count + sequences->count);
    free(old.sequences);
    free(old.items);
    index_done(&old.index);
}
