#include "verify/index.h"

#include <string.h>

enum { SLOTS_MIN = 16, CAPACITY_MIN = 16 };

void *array_reserve(void *array, size_t *capacity, size_t count, size_t size)
{
    cs_assert(size > 0);
    if (count <= *capacity)
        return array;
    size_t wanted = *capacity < CAPACITY_MIN ? CAPACITY_MIN : *capacity;
    while (wanted < count) {
        cs_assert(wanted <= SIZE_MAX / 2 / size);
        wanted *= 2;
    }
    array = realloc(array, wanted * size);
    cs_assert(array != NULL);
    *capacity = wanted;
    return array;
}

void side_table_grow(struct side_table *table, size_t count)
{
    cs_assert(table->size > 0);
    cs_assert(count > table->count);
    table->values = array_reserve(table->values, &table->capacity, count, table->size);
    memset((char *)table->values + table->count * table->size, 0,
           (count - table->count) * table->size);
    table->count = count;
}

static void put(struct index *index, struct index_slot slot)
{
    uint32_t at = slot.tag & index->mask;
    while (index->slots[at].number != 0)
        at = (at + 1) & index->mask;
    index->slots[at] = slot;
}

static void resize(struct index *index, uint32_t slot_count)
{
    cs_assert(slot_count > 0);
    cs_assert((slot_count & (slot_count - 1)) == 0);
    struct index old = *index;
    index->slots = calloc(slot_count, sizeof *index->slots);
    cs_assert(index->slots != NULL);
    index->mask = slot_count - 1;
    for (uint32_t i = 0; old.slots != NULL && i <= old.mask; i++) {
        if (old.slots[i].number != 0)
            put(index, old.slots[i]);
    }
    free(old.slots);
}

void index_reserve(struct index *index, size_t count)
{
    uint32_t slots = SLOTS_MIN;
    cs_assert(index->slots == NULL);
    while (slots / 2 < count && slots < UINT32_MAX / 4)
        slots *= 2;
    resize(index, slots);
}

void index_add(struct index *index, uint64_t hash, uint32_t number)
{
    cs_assert(number < UINT32_MAX);
    if (index->slots == NULL) {
        resize(index, SLOTS_MIN);
    } else if (index->count >= (index->mask + 1) / 2) {
        resize(index, (index->mask + 1) * 2);
    }
    put(index, (struct index_slot){ .tag = (uint32_t)(hash >> 32), .number = number + 1 });
    index->count++;
}

void index_done(struct index *index)
{
    free(index->slots);
    *index = (struct index){ 0 };
}
