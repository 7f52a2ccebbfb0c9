/* How many operations a volume's device has yet to do.  Those whose end somebody waits for are in
 * the queue of events; of the others, which are most of a log's writes, only the times are kept,
 * for this count alone. */
#include <stdlib.h>
#include <string.h>

#include "host/internal.h"

enum { CAPACITY_FIRST = 8 };

void unheard_settle(struct cluster *cluster, struct instance *instance, cs_volume volume)
{
    struct unheard *unheard = &instance->unheard[volume];
    if (instance->stalls[volume] > 0)
        return;
    while (unheard->count > 0 && unheard->due[unheard->first] <= cluster->now) {
        unheard->first++;
        unheard->count--;
    }
}

void unheard_push(struct cluster *cluster, struct instance *instance, cs_volume volume,
                  uint64_t due)
{
    struct unheard *unheard = &instance->unheard[volume];
    unheard_settle(cluster, instance, volume);
    if (unheard->first + unheard->count == unheard->capacity) {
        if (2 * unheard->count >= unheard->capacity) {
            unheard->capacity = unheard->capacity == 0 ? CAPACITY_FIRST : 2 * unheard->capacity;
            unheard->due = realloc(unheard->due, unheard->capacity * sizeof *unheard->due);
            cs_assert(unheard->due != NULL);
        }
        memmove(unheard->due, unheard->due + unheard->first, unheard->count * sizeof *unheard->due);
        unheard->first = 0;
    }
    unheard->due[unheard->first + unheard->count++] = due;
}

void unheard_rescale(struct cluster *cluster, struct instance *instance, cs_volume volume,
                     uint32_t before)
{
    struct unheard *unheard = &instance->unheard[volume];
    for (uint32_t i = unheard->first; i < unheard->first + unheard->count; i++) {
        unheard->due[i] =
            disk_rescaled(instance->lent.volumes[volume], cluster->now, unheard->due[i], before);
    }
}

void unheard_clear(struct instance *instance, cs_volume volume)
{
    instance->unheard[volume].first = instance->unheard[volume].count = 0;
}

/* Whether the operation is one of the present device's. */
static bool is_there(const struct cluster *cluster, const struct instance *instance, uint32_t index)
{
    const struct event *event = &cluster->events[index];
    return event->disk.device == instance->devices[event->disk.volume] && !event->turned_away;
}

uint32_t cluster_volume_most(const struct cluster *cluster, uint32_t index, cs_volume volume)
{
    cs_assert(index < cluster->options->instance_count);
    cs_assert(volume < cluster->instances[index].lent.volume_count);
    uint32_t now = cluster_volume_depth(cluster, index, volume);
    uint32_t most = cluster->instances[index].depth_most[volume];
    return now > most ? now : most;
}

void volume_note_depth(struct cluster *cluster, uint32_t index, cs_volume volume)
{
    struct instance *instance = &cluster->instances[index];
    unheard_settle(cluster, instance, volume);
    uint32_t at_most = instance->under_way[volume].count + instance->unheard[volume].count;
    if (instance->stalls[volume] == 0 && at_most > instance->depth_most[volume])
        instance->depth_most[volume] = cluster_volume_most(cluster, index, volume);
}

/* Where all end in their order and are the device's, those that are done stand at the front. */
static uint32_t not_done(const struct cluster *cluster, const struct instance *instance,
                         const struct under_way *list)
{
    uint32_t i = list->first, end = list->first + list->count, depth = 0;
    if (!list->mixed) {
        while (i < end && list->items[i].due <= cluster->now)
            i++;
        return end - i;
    }
    for (; i < end; i++) {
        bool done = list->items[i].due <= cluster->now;
        depth += !done && is_there(cluster, instance, list->items[i].event);
    }
    return depth;
}

uint32_t cluster_volume_depth(const struct cluster *cluster, uint32_t index, cs_volume volume)
{
    cs_assert(index < cluster->options->instance_count);
    const struct instance *instance = &cluster->instances[index];
    cs_assert(volume < instance->lent.volume_count);
    const struct unheard *unheard = &instance->unheard[volume];
    uint32_t depth = not_done(cluster, instance, &instance->under_way[volume]);
    for (uint32_t i = instance->parked[volume].first; i != NONE; i = cluster->events[i].next)
        depth += is_there(cluster, instance, i);
    uint32_t i = unheard->first, end = unheard->first + unheard->count;
    while (i < end && unheard->due[i] <= cluster->now && instance->stalls[volume] == 0)
        i++;
    return depth + (end - i);
}
