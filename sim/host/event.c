/* The slab of event records, and the bytes that they carry. */
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "host/internal.h"

static void slab_grow(struct cluster *cluster)
{
    uint32_t capacity = cluster->event_capacity == 0 ? 1024 : cluster->event_capacity * 2;
    cs_assert(capacity > cluster->event_capacity);
    cluster->events = realloc(cluster->events, capacity * sizeof *cluster->events);
    cs_assert(cluster->events != NULL);
    cluster->event_capacity = capacity;
}

uint32_t event_new(struct cluster *cluster, enum event_kind kind, uint32_t instance)
{
    uint32_t index = cluster->event_free;
    if (index != NONE) {
        cluster->event_free = cluster->events[index].next;
    } else {
        if (cluster->event_count == cluster->event_capacity)
            slab_grow(cluster);
        index = cluster->event_count++;
    }
    cluster->events[index] =
        (struct event){ .kind = (uint8_t)kind, .next = NONE, .instance = instance };
    return index;
}

void event_free(struct cluster *cluster, uint32_t index)
{
    struct event *event = event_at(cluster, index);
    if (event->payload != NULL)
        payload_release(cluster, event->payload);
    event->payload = NULL;
    event->next = cluster->event_free;
    cluster->event_free = index;
}

uint32_t event_push_again(struct cluster *cluster, uint64_t at, uint32_t index)
{
    uint32_t again = event_new(cluster, EVENT_VOID, event_at(cluster, index)->instance);
    *event_at(cluster, again) = *event_at(cluster, index);
    event_at(cluster, index)->kind = EVENT_VOID;
    event_at(cluster, index)->payload = NULL;
    event_push(cluster, at, again);
    return again;
}

struct payload *payload_new(struct cluster *cluster, size_t size)
{
    cs_assert(size <= UINT32_MAX);
    struct payload *payload = arena_alloc(cluster->memory, sizeof *payload + size);
    payload->references = 1;
    payload->size = (uint32_t)size;
    return payload;
}

struct payload *payload_copy(struct cluster *cluster, struct cs_bytes bytes)
{
    cs_assert(bytes.size <= UINT32_MAX);
    struct payload *payload = arena_alloc_raw(cluster->memory, sizeof *payload + bytes.size);
    payload->references = 1;
    payload->size = (uint32_t)bytes.size;
    payload->digest = hash_bytes(bytes.data, bytes.size);
    if (bytes.size > 0)
        memcpy(payload->data, bytes.data, bytes.size);
    return payload;
}

void payload_release(struct cluster *cluster, struct payload *payload)
{
    cs_assert(payload->references > 0);
    if (--payload->references == 0)
        arena_release(cluster->memory, payload);
}
