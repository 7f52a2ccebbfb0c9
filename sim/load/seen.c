#include "load/seen.h"

#include <stdlib.h>
#include <string.h>

struct place {
    uint32_t rank; /* whose value it is */
    uint32_t capacity;
    size_t size;
    uint8_t *value;
};

struct seen {
    uint32_t count;
    struct place places[];
};

struct seen *seen_new(uint32_t key_count)
{
    cs_assert(key_count > 0);
    uint32_t count = key_count < SEEN_MAX ? key_count : SEEN_MAX;
    struct seen *seen = calloc(1, sizeof *seen + count * sizeof *seen->places);
    cs_assert(seen != NULL);
    seen->count = count;
    return seen;
}

void seen_free(struct seen *seen)
{
    if (seen == NULL)
        return;
    for (uint32_t i = 0; i < seen->count; i++)
        free(seen->places[i].value);
    free(seen);
}

void seen_set(struct seen *seen, uint32_t rank, struct cs_bytes value)
{
    struct place *place = &seen->places[rank % seen->count];
    cs_assert(value.size <= UINT32_MAX);
    if (value.size > place->capacity) {
        place->value = realloc(place->value, value.size);
        cs_assert(place->value != NULL);
        place->capacity = (uint32_t)value.size;
    }
    if (value.size > 0)
        memcpy(place->value, value.data, value.size);
    place->size = value.size;
    place->rank = rank;
}

void seen_forget(struct seen *seen, uint32_t rank)
{
    struct place *place = &seen->places[rank % seen->count];
    if (place->rank == rank)
        place->size = 0;
}

struct cs_bytes seen_get(const struct seen *seen, uint32_t rank)
{
    const struct place *place = &seen->places[rank % seen->count];
    if (place->rank != rank)
        return cs_bytes_of(NULL, 0);
    return cs_bytes_of(place->value, place->size);
}
