/* A volume's bounded queue: how many operations its device holds, served or waiting.
 *
 * An operation takes a place when its effect is released and gives it back when it ends, whether or
 * not somebody still wants to hear of it; a power loss or a new device ends them all.  Blocking
 * reads take no place: their instance does nothing else meanwhile.  What finds no place either
 * waits in its step, and with it the effects behind it and the instance's next inputs, as at a
 * barrier; or it is turned away, which its answer says at once: CS_DISK_TIMEOUT.  A write that was
 * turned away is none that the device has lost: the next flush fails and tells.  A flush that was
 * turned away has done nothing, neither for the writes before it nor to them. */
#include "host/internal.h"

static bool is_full(const struct instance *instance, cs_volume volume)
{
    const struct disk_options *disk = &instance->options->disk;
    cs_assert(volume < instance->lent.volume_count);
    return disk->queue_limit > 0 && instance->queued[volume] >= disk->queue_limit;
}

bool volume_is_closed(const struct instance *instance, cs_volume volume)
{
    return instance->options->disk.queue_fails && is_full(instance, volume);
}

bool volume_admits(struct cluster *cluster, uint32_t index, cs_volume volume)
{
    struct instance *instance = &cluster->instances[index];
    cs_assert(instance->awaited_room == NONE);
    if (!is_full(instance, volume) || instance->options->disk.queue_fails)
        return true;
    NARRATE(cluster, no_room, index, volume, "waits for");
    instance->counters.disk_waits++;
    instance->awaited_room = volume;
    return false;
}

void volume_take_place(struct instance *instance, cs_volume volume)
{
    cs_assert(!is_full(instance, volume));
    instance->queued[volume] += instance->options->disk.queue_limit > 0;
}

/* Let the step go on that waits for room, if one does. */
static void let_go_on(struct cluster *cluster, uint32_t index, cs_volume volume)
{
    struct instance *instance = &cluster->instances[index];
    if (instance->awaited_room != volume)
        return;
    cs_assert(instance->up && instance->occupied);
    cs_assert(!instance->release_due);
    instance->awaited_room = NONE;
    instance->release_due = true;
    instance_drain(cluster, index);
}

void volume_give_place(struct cluster *cluster, const struct event *ended)
{
    struct instance *instance = &cluster->instances[ended->instance];
    cs_volume volume = ended->disk.volume;
    bool here = ended->disk.device == instance->devices[volume];
    if (instance->options->disk.queue_limit == 0 || ended->turned_away || !here)
        return;
    cs_assert(instance->queued[volume] > 0);
    instance->queued[volume]--;
    let_go_on(cluster, ended->instance, volume);
}

void volume_clear_places(struct cluster *cluster, uint32_t index, cs_volume volume)
{
    cluster->instances[index].queued[volume] = 0;
    unheard_clear(&cluster->instances[index], volume);
    let_go_on(cluster, index, volume);
}
