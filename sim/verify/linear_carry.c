#include "verify/linear_carry.h"

#include "verify/linear_sequences.h"

void linear_carry_done(struct linear_carry *carry)
{
    free(carry->entries);
    free(carry->open);
    free(carry->items);
    *carry = (struct linear_carry){ 0 };
}

size_t linear_carry_size(const struct linear_carry *carry)
{
    return carry->capacity * carry->stride * sizeof *carry->entries +
           (carry->open_capacity + carry->item_capacity) * sizeof(uint64_t);
}

/* ---- Saving -------------------------------------------------------------------------------------
 */

/* The open operations, by place, and how many. */
static void save_open(struct linear_carry *carry, const struct linear_search *search,
                      const struct linear_op *ops)
{
    carry->open_count = 0;
    for (size_t w = 0; w < search->words; w++) {
        for (uint64_t left = search->open[w]; left != 0; left &= left - 1) {
            size_t place = w * 64 + (size_t)__builtin_ctzll(left);
            carry->open = array_reserve(carry->open, &carry->open_capacity, carry->open_count + 1,
                                        sizeof *carry->open);
            carry->open[carry->open_count++] = (size_t)(search->places[place].op - ops);
        }
    }
}

/* The items of a sequence; returns where they are. */
static uint64_t save_sequence(struct linear_carry *carry, const struct linear_sequences *sequences,
                              uint64_t number)
{
    size_t size = linear_sequence_size(sequences, number), at = carry->item_count;
    carry->items =
        array_reserve(carry->items, &carry->item_capacity, at + size + 1, sizeof *carry->items);
    carry->items[carry->item_count++] = size;
    for (size_t i = 0; i < size; i++)
        carry->items[carry->item_count++] = linear_sequence_item(sequences, number, i);
    return at;
}

/* The bits of a configuration, without those of places that are free. */
static void save_bits(const struct linear_search *search, uint64_t *from, uint64_t *to)
{
    size_t next = 0;
    for (size_t w = 0; w < search->words; w++) {
        for (uint64_t left = search->open[w]; left != 0; left &= left - 1, next++) {
            unsigned bit = (unsigned)__builtin_ctzll(left);
            *linear_taken(to, next / 64) |= (*linear_taken(from, w) >> bit & 1) << next % 64;
            *linear_either(to, next / 64) |= (*linear_either(from, w) >> bit & 1) << next % 64;
        }
    }
}

void linear_carry_save(struct linear_carry *carry, struct linear_search *search,
                       const struct linear_op *ops)
{
    linear_window_retire(search);
    save_open(carry, search, ops);
    const struct linear_set *set = linear_current(search);
    size_t stride = LINEAR_STATE_WORDS + LINEAR_PLACE_WORDS * ((carry->open_count + 63) / 64);
    cs_assert(set->count > 0);
    cs_assert(stride <= set->stride);
    if (stride != carry->stride) {
        free(carry->entries);
        carry->entries = NULL;
        carry->capacity = 0;
        carry->stride = stride;
    }
    carry->count = set->count;
    carry->item_count = 0;
    carry->entries =
        array_reserve(carry->entries, &carry->capacity, set->count, stride * sizeof(uint64_t));
    memset(carry->entries, 0, set->count * stride * sizeof *carry->entries);
    for (size_t i = 0; i < set->count; i++) {
        uint64_t *from = linear_set_at(set, i), *to = carry->entries + i * stride;
        bool named = search->sequences != NULL;
        to[0] = named ? save_sequence(carry, search->sequences, from[0]) : from[0];
        to[1] = from[1];
        save_bits(search, from, to);
    }
}

/* ---- Restoring ----------------------------------------------------------------------------------
 */

void linear_carry_restore(const struct linear_carry *carry, struct linear_search *search)
{
    struct linear_set *set = linear_current(search);
    cs_assert(set->count == 0);
    cs_assert(carry->count > 0);
    if (search->sequences != NULL)
        linear_sequences_collect(search->sequences, NULL, 0, 0);
    for (size_t i = 0; i < carry->count; i++) {
        const uint64_t *from = carry->entries + i * carry->stride;
        uint64_t *entry = search->entry;
        memset(entry, 0, set->stride * sizeof *entry);
        memcpy(entry, from, carry->stride * sizeof *entry);
        if (search->sequences != NULL) {
            const uint64_t *items = carry->items + from[0];
            entry[0] = linear_sequence_of(search->sequences, items + 1, items[0]);
        }
        linear_set_add(set, entry, search->lasting);
    }
    linear_set_compact(set);
}
