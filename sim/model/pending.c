#include "model/pending.h"

#include <stdlib.h>
#include <string.h>

#include "clustersim/protocol.h"

void pending_done(struct pending *pending)
{
    free(pending->pieces);
    free(pending->bytes);
    *pending = (struct pending){ 0 };
}

void pending_reset(struct pending *pending)
{
    pending->first = 0;
    pending->end = 0;
    pending->byte_base += pending->byte_end;
    pending->byte_first = 0;
    pending->byte_end = 0;
}

/* Make room for `extra` more elements behind `*end`: move [*first, *end) to the front where at
 * least half of the array is free in front of it, grow the array otherwise.  Either way an element
 * is moved a constant number of times on average. */
static void *make_room(void *array, size_t element_bytes, size_t *first, size_t *end,
                       size_t *capacity, size_t extra)
{
    size_t count = *end - *first;
    if (count + extra > *capacity / 2) {
        *capacity = 2 * (count + extra) > 64 ? 2 * (count + extra) : 64;
        array = realloc(array, *capacity * element_bytes);
        cs_assert(array != NULL);
    }
    if (count > 0 && *first > 0)
        memmove(array, (uint8_t *)array + *first * element_bytes, count * element_bytes);
    *first = 0;
    *end = count;
    return array;
}

static void make_byte_room(struct pending *pending, size_t size)
{
    pending->byte_base += pending->byte_first;
    pending->bytes = make_room(pending->bytes, 1, &pending->byte_first, &pending->byte_end,
                               &pending->byte_capacity, size);
}

uint8_t *pending_push(struct pending *pending, uint64_t write, uint64_t offset, size_t size)
{
    cs_assert(size > 0);
    cs_assert(pending->end == pending->first || pending->pieces[pending->end - 1].write <= write);
    if (pending->end == pending->capacity) {
        pending->pieces = make_room(pending->pieces, sizeof *pending->pieces, &pending->first,
                                    &pending->end, &pending->capacity, 1);
    }
    if (size > pending->byte_capacity - pending->byte_end)
        make_byte_room(pending, size);
    pending->pieces[pending->end++] = (struct pending_piece){
        .write = write,
        .offset = offset,
        .size = size,
        .at = pending->byte_base + pending->byte_end,
    };
    uint8_t *room = pending->bytes + pending->byte_end;
    pending->byte_end += size;
    cs_assert(pending->byte_end <= pending->byte_capacity);
    return room;
}

void pending_forget(struct pending *pending, uint64_t write)
{
    while (pending->first < pending->end && pending->pieces[pending->first].write <= write)
        pending->byte_first += pending->pieces[pending->first++].size;
    cs_assert(pending->byte_first <= pending->byte_end);
    if (pending->first == pending->end)
        pending_reset(pending);
}

const struct pending_piece *pending_piece(const struct pending *pending, size_t index)
{
    cs_assert(index < pending_count(pending));
    return &pending->pieces[pending->first + index];
}

uint8_t *pending_bytes(const struct pending *pending, const struct pending_piece *piece)
{
    cs_assert(piece->at >= pending->byte_base + pending->byte_first);
    cs_assert(piece->at + piece->size <= pending->byte_base + pending->byte_end);
    return pending->bytes + (piece->at - pending->byte_base);
}
