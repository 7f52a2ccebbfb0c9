/* How a volume's operations end: when they are done, when the device is stalled, replaced or
 * without power.  (What they do to its contents when they begin is in release.c.) */
#include <stdlib.h>
#include <string.h>

#include "host/internal.h"

void volume_init(struct cluster *cluster, struct instance *instance, uint32_t count)
{
    instance->devices = arena_alloc(cluster->memory, count * sizeof *instance->devices);
    instance->stalls = arena_alloc(cluster->memory, count * sizeof *instance->stalls);
    instance->parked = arena_alloc(cluster->memory, count * sizeof *instance->parked);
    instance->under_way = arena_alloc(cluster->memory, count * sizeof *instance->under_way);
    instance->depth_most = arena_alloc(cluster->memory, count * sizeof *instance->depth_most);
    instance->queued = arena_alloc(cluster->memory, count * sizeof *instance->queued);
    instance->unheard = arena_alloc(cluster->memory, count * sizeof *instance->unheard);
    for (uint32_t v = 0; v < count; v++)
        instance->parked[v] = (struct event_list){ NONE, NONE };
    instance->lent.stalls = instance->stalls;
}

size_t cluster_volume_count(const struct cluster *cluster, uint32_t instance)
{
    cs_assert(instance < cluster->options->instance_count);
    return cluster->instances[instance].lent.volume_count;
}

struct disk *cluster_disk(struct cluster *cluster, uint32_t instance, cs_volume volume)
{
    cs_assert(instance < cluster->options->instance_count);
    cs_assert(volume < cluster->instances[instance].lent.volume_count);
    return cluster->instances[instance].lent.volumes[volume];
}

bool cluster_volume_is(const struct cluster *cluster, uint32_t index, cs_volume volume,
                       const char *name)
{
    cs_assert(index < cluster->options->instance_count);
    const struct context_instance *lent = &cluster->instances[index].lent;
    cs_assert(volume < lent->volume_count);
    size_t spec = 0;
    while (volume >= lent->volume_first[spec + 1])
        spec++;
    return strcmp(lent->program->volumes[spec].name, name) == 0;
}

/* ---- Under way ------------------------------------------------------------------------------- */

void volume_done(struct instance *instance)
{
    for (size_t v = 0; v < instance->lent.volume_count; v++) {
        free(instance->under_way[v].items);
        free(instance->unheard[v].due);
    }
}

static struct under_way *under_way_of(struct cluster *cluster, uint32_t index)
{
    const struct event *event = event_at(cluster, index);
    return &cluster->instances[event->instance].under_way[event->disk.volume];
}

static void make_room(struct under_way *list)
{
    if (list->first + list->count < list->capacity)
        return;
    if (2 * list->count >= list->capacity) {
        list->capacity = list->capacity == 0 ? 4 : list->capacity * 2;
        list->items = realloc(list->items, list->capacity * sizeof *list->items);
        cs_assert(list->items != NULL);
    }
    memmove(list->items, list->items + list->first, list->count * sizeof *list->items);
    list->first = 0;
}

void volume_push(struct cluster *cluster, uint64_t due, uint32_t index)
{
    struct under_way *list = under_way_of(cluster, index);
    make_room(list);
    uint32_t end = list->first + list->count++;
    cs_assert(end < list->capacity);
    bool behind = list->count == 1 || list->items[end - 1].due <= due;
    list->mixed = list->mixed || !behind;
    list->items[end].due = due;
    list->items[end].event = index;
    event_push(cluster, due, index);
    volume_note_depth(cluster, event_at(cluster, index)->instance,
                      event_at(cluster, index)->disk.volume);
}

/* The queue's entry came up.  Operations end in the order in which they began, but for a replaced
 * device's and grouped flushes: the one that is looked for stands near the front. */
static void came_up(struct cluster *cluster, uint32_t index)
{
    struct under_way *list = under_way_of(cluster, index);
    uint32_t i = list->first;
    while (list->items[i].event != index) {
        i++;
        cs_assert(i < list->first + list->count);
    }
    memmove(&list->items[list->first + 1], &list->items[list->first],
            (i - list->first) * sizeof *list->items);
    list->first++;
    list->count--;
    if (list->count == 0) {
        list->first = 0;
        list->mixed = false;
    }
}

void cluster_slow_disk(struct cluster *cluster, uint32_t index, cs_volume volume, uint32_t factor)
{
    struct disk *disk = cluster_disk(cluster, index, volume);
    struct instance *instance = &cluster->instances[index];
    struct under_way *list = &instance->under_way[volume];
    uint32_t before = disk_slowness(disk);
    disk_slow(disk, cluster->now, factor);
    unheard_rescale(cluster, instance, volume, before);
    for (uint32_t i = list->first; i < list->first + list->count; i++) {
        uint32_t event = list->items[i].event;
        uint64_t due = disk_rescaled(disk, cluster->now, list->items[i].due, before);
        bool same = event_at(cluster, event)->disk.device == instance->devices[volume];
        if (!same || due == list->items[i].due)
            continue;
        list->items[i].event = event_push_again(cluster, due, event);
        list->items[i].due = due;
    }
}

/* ---- Answers --------------------------------------------------------------------------------- */

static bool device_is_gone(const struct instance *instance, const struct event *event)
{
    return event->disk.device != instance->devices[event->disk.volume];
}

/* Whether the one who asked is still there. */
static bool is_heard(const struct instance *instance, const struct event *event)
{
    return instance->up && event->incarnation == instance->incarnation;
}

static void drop_data(struct cluster *cluster, struct event *event)
{
    if (event->payload != NULL)
        payload_release(cluster, event->payload);
    event->payload = NULL;
}

static void finish_operation(struct cluster *cluster, uint32_t index)
{
    struct event *event = event_at(cluster, index);
    struct instance *instance = &cluster->instances[event->instance];
    if (!is_heard(instance, event)) {
        event_free(cluster, index);
        return;
    }
    struct disk *disk = instance->lent.volumes[event->disk.volume];
    enum disk_result result = (enum disk_result)event->disk_status;
    result = device_is_gone(instance, event) ? DISK_DEAD : disk_answer(disk, result);
    event->disk_status = (uint8_t)context_disk_status(result);
    if (result != DISK_OK) {
        instance->counters.disk_errors++;
        drop_data(cluster, event);
    }
    if (event->disk.token != CS_SILENT) {
        instance_input(cluster, event->instance, index);
    } else {
        event_free(cluster, index);
    }
}

/* A failed barrier ends the instance when it would have gone on: now, or after a pause. */
static void pass_barrier(struct cluster *cluster, const struct event *event)
{
    struct instance *instance = &cluster->instances[event->instance];
    cs_assert(instance->occupied);
    cs_assert(!instance->release_due);
    cluster_record(cluster, TRACE_DISK, CS_DISK_FLUSH | event->disk_status << 8, event->instance,
                   event->disk.ticket, 1);
    if (event->disk_status == CS_DISK_OK)
        NARRATE(cluster, barrier, event->instance, event->disk.volume);
    instance->barrier_status = event->disk_status;
    instance->release_due = true;
    instance_drain(cluster, event->instance);
}

static void finish_flush(struct cluster *cluster, uint32_t index)
{
    struct event *event = event_at(cluster, index);
    struct instance *instance = &cluster->instances[event->instance];
    struct disk *disk = instance->lent.volumes[event->disk.volume];
    enum disk_result result = event->turned_away ? DISK_TIMEOUT : DISK_DEAD;
    if (!device_is_gone(instance, event) && !event->turned_away)
        result = disk_flush(disk, event->disk.offset);
    event->disk_status = (uint8_t)context_disk_status(result);
    bool heard = is_heard(instance, event);
    instance->counters.disk_errors += heard && result != DISK_OK;
    if (heard && event->barrier) {
        struct event barrier = *event;
        event_free(cluster, index);
        pass_barrier(cluster, &barrier);
    } else if (heard && event->disk.token != CS_SILENT) {
        event->kind = EVENT_DISK;
        event->disk.offset = 0;
        instance_input(cluster, event->instance, index);
    } else {
        event_free(cluster, index);
    }
}

/* The operation ends, and its place is free: for what waits for that after the answer. */
static void finish(struct cluster *cluster, uint32_t index)
{
    struct event ended = *event_at(cluster, index);
    if (ended.kind == EVENT_FLUSHED) {
        finish_flush(cluster, index);
    } else {
        finish_operation(cluster, index);
    }
    volume_give_place(cluster, &ended);
}

/* ---- Stalls ---------------------------------------------------------------------------------- */

/* True if the event has to wait, and does. */
static bool park(struct cluster *cluster, uint32_t index)
{
    struct event *event = event_at(cluster, index);
    struct instance *instance = &cluster->instances[event->instance];
    struct event_list *parked = &instance->parked[event->disk.volume];
    if (instance->stalls[event->disk.volume] == 0 || event->turned_away)
        return false;
    event->next = NONE;
    if (parked->last == NONE) {
        parked->first = index;
    } else {
        event_at(cluster, parked->last)->next = index;
    }
    parked->last = index;
    return true;
}

/* The first of those that wait, or NONE. */
static uint32_t unpark(struct cluster *cluster, struct event_list *parked)
{
    uint32_t index = parked->first;
    if (index == NONE)
        return NONE;
    parked->first = event_at(cluster, index)->next;
    if (parked->first == NONE)
        parked->last = NONE;
    return index;
}

void volume_on_done(struct cluster *cluster, uint32_t event)
{
    came_up(cluster, event);
    if (!park(cluster, event))
        finish(cluster, event);
}

/* True if other operations have passed ahead of the flush, and it goes on. */
static bool is_later(struct cluster *cluster, uint32_t index)
{
    const struct event *event = event_at(cluster, index);
    const struct instance *instance = &cluster->instances[event->instance];
    if (device_is_gone(instance, event) || event->turned_away)
        return false;
    uint64_t at = disk_flush_end(instance->lent.volumes[event->disk.volume], event->disk.flush);
    if (at <= cluster->now)
        return false;
    volume_push(cluster, at, index);
    return true;
}

void volume_on_flushed(struct cluster *cluster, uint32_t event)
{
    came_up(cluster, event);
    if (!is_later(cluster, event) && !park(cluster, event))
        finish(cluster, event);
}

bool volume_is_stalled(const struct instance *instance)
{
    for (size_t v = 0; v < instance->lent.volume_count; v++) {
        if (instance->stalls[v] > 0)
            return true;
    }
    return false;
}

static void end_stall(struct cluster *cluster, uint32_t index, cs_volume volume)
{
    struct instance *instance = &cluster->instances[index];
    struct event_list *parked = &instance->parked[volume];
    for (uint32_t event; (event = unpark(cluster, parked)) != NONE;)
        finish(cluster, event);
    if (!volume_is_stalled(instance))
        instance_stall_over(cluster, index);
    instance_boot_late(cluster, index);
}

/* Before what waits goes in another way than by being done. */
static void note_most(struct cluster *cluster, uint32_t index, cs_volume volume)
{
    uint32_t most = cluster_volume_most(cluster, index, volume);
    cluster->instances[index].depth_most[volume] = most;
}

void cluster_stall_disk(struct cluster *cluster, uint32_t instance, cs_volume volume, bool stalled)
{
    cs_assert(instance < cluster->options->instance_count);
    cs_assert(volume < cluster->instances[instance].lent.volume_count);
    uint32_t *stalls = &cluster->instances[instance].stalls[volume];
    if (stalled) {
        unheard_settle(cluster, &cluster->instances[instance], volume);
        (*stalls)++;
        return;
    }
    cs_assert(*stalls > 0);
    note_most(cluster, instance, volume);
    if (--*stalls == 0)
        end_stall(cluster, instance, volume);
}

/* ---- Ends of devices --------------------------------------------------------------------------
 */

/* What is under way is the old one's. */
static void new_device(struct instance *instance, cs_volume volume)
{
    instance->devices[volume]++;
    instance->under_way[volume].mixed = true;
}

void cluster_replace_disk(struct cluster *cluster, uint32_t instance, cs_volume volume)
{
    note_most(cluster, instance, volume);
    disk_replace(cluster_disk(cluster, instance, volume));
    new_device(&cluster->instances[instance], volume);
    volume_clear_places(cluster, instance, volume);
}

uint64_t volume_power_loss(struct cluster *cluster, uint32_t index, enum disk_loss loss)
{
    uint64_t sectors = 0;
    struct instance *instance = &cluster->instances[index];
    cs_assert(!instance->up);
    for (uint32_t v = 0; v < instance->lent.volume_count; v++) {
        note_most(cluster, index, v);
        for (uint32_t event; (event = unpark(cluster, &instance->parked[v])) != NONE;)
            event_free(cluster, event);
        uint64_t changed = disk_power_loss(instance->lent.volumes[v], loss);
        new_device(instance, v);
        volume_clear_places(cluster, index, v);
        cluster_record(cluster, TRACE_END, END_POWER_LOSS, index, v, changed);
        sectors += changed;
    }
    return sectors;
}

bool cluster_has_unflushed(struct cluster *cluster, uint32_t index)
{
    uint32_t machine = cluster->instances[index].machine;
    for (uint32_t i = 0; i < cluster->options->instance_count; i++) {
        const struct instance *instance = &cluster->instances[i];
        for (size_t v = 0; instance->machine == machine && v < instance->lent.volume_count; v++) {
            const struct disk *disk = instance->lent.volumes[v];
            uint64_t written = disk_written(disk);
            if (written > 0 && !disk_is_durable(disk, written))
                return true;
        }
    }
    return false;
}
