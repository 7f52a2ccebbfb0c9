/* What effects do when a step is released, one function for each kind. */
#include <string.h>

#include "base/hash.h"
#include "host/internal.h"

/* ---- Messages -------------------------------------------------------------------------------- */

static void release_send(struct cluster *cluster, uint32_t index, const struct cs_context *cx,
                         const struct effect *effect)
{
    struct cs_bytes body = effect_bytes(cx, effect);
    struct payload *payload = payload_copy(cluster, body);
    const cs_node *to = effect_targets(cx, effect);
    for (uint32_t i = 0; i < effect->send.to_count; i++) {
        cs_assert(to[i] < cluster->options->instance_count);
        message_send(cluster, index, to[i], effect->send.kind, payload);
    }
    payload_release(cluster, payload);
}

/* ---- Disks ----------------------------------------------------------------------------------- */

static uint32_t disk_event(struct cluster *cluster, uint32_t index, enum event_kind kind,
                           const struct effect *effect)
{
    const struct instance *instance = &cluster->instances[index];
    uint32_t event_index = event_new(cluster, kind, index);
    struct event *event = event_at(cluster, event_index);
    event->incarnation = instance->incarnation;
    event->disk.volume = effect->disk.volume;
    event->disk.device = instance->devices[effect->disk.volume];
    event->disk.token = effect->disk.token;
    event->disk.ticket = effect->disk.ticket;
    event->disk.offset = effect->disk.offset;
    return event_index;
}

/* The operation found the volume's queue full: it is answered at once. */
static void turn_away(struct cluster *cluster, uint32_t event_index)
{
    struct event *event = event_at(cluster, event_index);
    struct instance *instance = &cluster->instances[event->instance];
    instance->counters.disk_turned_away++;
    event->turned_away = true;
    event->disk_status = CS_DISK_TIMEOUT;
    NARRATE(cluster, no_room, event->instance, event->disk.volume, "finds no");
    volume_push(cluster, cluster->now, event_index);
}

static void release_read(struct cluster *cluster, uint32_t index, const struct effect *effect)
{
    struct disk *disk = cluster->instances[index].lent.volumes[effect->disk.volume];
    uint32_t event_index = disk_event(cluster, index, EVENT_DISK, effect);
    cluster_record(cluster, TRACE_EFFECT + EFFECT_READ, effect->disk.volume, index,
                   effect->disk.offset, effect->disk.size);
    event_at(cluster, event_index)->disk_op = CS_DISK_READ;
    if (volume_is_closed(&cluster->instances[index], effect->disk.volume)) {
        turn_away(cluster, event_index);
        return;
    }
    struct payload *payload = payload_new(cluster, effect->disk.size);
    enum disk_result result =
        disk_read(disk, effect->disk.offset, payload->data, effect->disk.size);
    struct event *event = event_at(cluster, event_index);
    event->disk_status = (uint8_t)context_disk_status(result);
    if (result == DISK_OK) {
        event->payload = payload;
        payload->digest = hash_bytes(payload->data, payload->size);
    } else {
        payload_release(cluster, payload);
    }
    volume_take_place(&cluster->instances[index], effect->disk.volume);
    volume_push(cluster, disk_finish_read(disk, cluster->now, effect->disk.size), event_index);
}

/* What a write or a discard does to the volume's contents. */
static enum disk_result change(struct disk *disk, const struct cs_context *cx,
                               const struct effect *effect)
{
    struct cs_bytes data = effect_bytes(cx, effect);
    return effect->kind == EFFECT_WRITE
               ? disk_write(disk, effect->disk.offset, data.data, data.size)
               : disk_discard(disk, effect->disk.offset, effect->disk.size);
}

/* A write or a discard: what it changes is visible at once, its answer comes when the device is
 * done.  Of one that nobody waits for the end matters only where it frees a place. */
static void release_write(struct cluster *cluster, uint32_t index, const struct cs_context *cx,
                          const struct effect *effect)
{
    struct instance *instance = &cluster->instances[index];
    struct disk *disk = instance->lent.volumes[effect->disk.volume];
    struct cs_bytes data = effect_bytes(cx, effect);
    bool write = effect->kind == EFFECT_WRITE;
    uint64_t size = write ? data.size : 0;
    bool closed = volume_is_closed(instance, effect->disk.volume);
    enum disk_result result = closed ? disk_turn_away(disk) : change(disk, cx, effect);
    instance->counters.disk_writes++;
    instance->counters.disk_bytes_written += closed ? 0 : size;
    cluster_record(cluster, TRACE_EFFECT + effect->kind, effect->disk.volume, index,
                   effect->disk.offset, write ? hash_bytes(data.data, data.size) : 0);
    uint64_t at = closed ? cluster->now : disk_finish_write(disk, cluster->now, size);
    if (effect->disk.token == CS_SILENT && instance->options->disk.queue_limit == 0) {
        unheard_push(cluster, instance, effect->disk.volume, at);
        volume_note_depth(cluster, index, effect->disk.volume);
        return;
    }
    uint32_t event_index = disk_event(cluster, index, EVENT_DISK, effect);
    struct event *event = event_at(cluster, event_index);
    event->disk_op = write ? CS_DISK_WRITE : CS_DISK_DISCARD;
    event->disk_status = (uint8_t)context_disk_status(result);
    if (closed) {
        turn_away(cluster, event_index);
    } else {
        volume_take_place(instance, effect->disk.volume);
        volume_push(cluster, at, event_index);
    }
}

static void release_flush(struct cluster *cluster, uint32_t index, const struct effect *effect)
{
    struct instance *instance = &cluster->instances[index];
    struct disk *disk = instance->lent.volumes[effect->disk.volume];
    instance->counters.disk_flushes++;
    uint32_t event_index = disk_event(cluster, index, EVENT_FLUSHED, effect);
    struct event *event = event_at(cluster, event_index);
    event->disk_op = CS_DISK_FLUSH;
    event->barrier = effect->kind == EFFECT_BARRIER;
    event->disk.offset = disk_written(disk);
    cluster_record(cluster, TRACE_EFFECT + effect->kind, effect->disk.volume, index,
                   event->disk.offset, 0);
    if (volume_is_closed(instance, effect->disk.volume)) {
        turn_away(cluster, event_index);
        return;
    }
    uint64_t at = disk_finish_flush(disk, cluster->now);
    event->disk.flush = disk_flush_number(disk);
    volume_take_place(instance, effect->disk.volume);
    volume_push(cluster, at, event_index);
}

/* ---- Facts and answers ----------------------------------------------------------------------- */

bool ticket_is_durable(const struct instance *instance, cs_volume volume, cs_ticket ticket)
{
    cs_assert(volume < instance->lent.volume_count);
    if (ticket > instance->lent.tickets[volume])
        return false;
    return disk_is_durable(instance->lent.volumes[volume], instance->ticket_base[volume] + ticket);
}

/* What the host itself remembers of what an instance says: for selectors, charts and series. */
static void note_fact(struct instance *instance, const struct stated_fact *fact)
{
    if (fact->kind == CS_FACT_ROLE) {
        instance->role = (enum cs_role)fact->a;
        instance->term = fact->b;
    } else if (fact->kind == CS_FACT_COMMITTED && fact->a > instance->commit_index) {
        instance->commit_index = fact->a;
    }
}

void release_stated(struct cluster *cluster, const struct stated_fact *stated)
{
    note_fact(&cluster->instances[stated->instance], stated);
    cluster_record(cluster, TRACE_EFFECT + EFFECT_FACT, stated->kind, stated->instance, stated->a,
                   stated->b ^ random_mix(stated->c ^ stated->digest));
    for (uint32_t o = 0; o < cluster->fact_observer_count; o++)
        cluster->fact_observers[o].on_fact(cluster->fact_observers[o].self, stated);
}

static void release_fact(struct cluster *cluster, uint32_t index, const struct effect *effect)
{
    struct instance *instance = &cluster->instances[index];
    const struct cs_fact *fact = &effect->fact.fact;
    bool rests = fact->rests_on != CS_TICKET_NONE;
    struct stated_fact stated = {
        .at_ns = cluster->now,
        .instance = index,
        .group = instance->options->group,
        .incarnation = instance->incarnation,
        .kind = fact->kind,
        .recovered = fact->recovered,
        .rests = rests,
        .durable = rests && ticket_is_durable(instance, fact->volume, fact->rests_on),
        .scope = fact->scope,
        .a = fact->a,
        .b = fact->b,
        .c = fact->c,
        .digest = effect->fact.digest,
    };
    release_stated(cluster, &stated);
}

static void release_reply(struct cluster *cluster, uint32_t index, struct cs_context *cx,
                          const struct effect *effect)
{
    struct cs_result result = context_result(cx, effect);
    cluster_record(cluster, TRACE_EFFECT + EFFECT_REPLY, result.status, index,
                   effect->reply.request, hash_bytes(result.value.data, result.value.size));
    OBSERVE(cluster, on_reply, cluster->now, index, effect->reply.request, &result);
}

/* ---- All of them ----------------------------------------------------------------------------- */

static void release_timer(struct cluster *cluster, uint32_t index, const struct effect *effect)
{
    const struct clock *clock = &cluster->machines[cluster->instances[index].machine].clock;
    uint64_t local = clock_monotonic(clock, cluster->now) + effect->timer.after.ns;
    cluster_record(cluster, TRACE_EFFECT + EFFECT_SET_TIMER, 0, index, effect->timer.after.ns, 0);
    timer_set(cluster, index, effect->timer.token, local);
}

static void release_named(struct cluster *cluster, uint32_t index, const struct effect *effect)
{
    const char *name = effect->named.name;
    cluster_record(cluster, TRACE_EFFECT + effect->kind, 0, index, hash_string(name),
                   effect->named.count);
    if (effect->kind == EFFECT_REACHED) {
        OBSERVE(cluster, on_reached, cluster->now, index, name);
    } else {
        OBSERVE(cluster, on_count, cluster->now, index, name, effect->named.count);
    }
}

static void release_one(struct cluster *cluster, uint32_t index, struct cs_context *cx,
                        const struct effect *effect)
{
    switch (effect->kind) {
    case EFFECT_SEND:
        release_send(cluster, index, cx, effect);
        break;
    case EFFECT_SET_TIMER:
        release_timer(cluster, index, effect);
        break;
    case EFFECT_CANCEL_TIMER:
        cluster_record(cluster, TRACE_EFFECT + EFFECT_CANCEL_TIMER, 0, index, 0, 0);
        timer_cancel(cluster, index, effect->timer.token);
        break;
    case EFFECT_READ:
        release_read(cluster, index, effect);
        break;
    case EFFECT_WRITE:
    case EFFECT_DISCARD:
        release_write(cluster, index, cx, effect);
        break;
    case EFFECT_FLUSH:
    case EFFECT_BARRIER:
        release_flush(cluster, index, effect);
        break;
    case EFFECT_REPLY:
        release_reply(cluster, index, cx, effect);
        break;
    case EFFECT_JOB:
        cluster_record(cluster, TRACE_EFFECT + EFFECT_JOB, 0, index, effect->job.cost.ns, 0);
        job_start(cluster, index, effect->job.token, effect->job.cost.ns);
        break;
    case EFFECT_CANCEL_JOB:
        cluster_record(cluster, TRACE_EFFECT + EFFECT_CANCEL_JOB, 0, index, 0, 0);
        job_cancel(cluster, index, effect->job.token);
        break;
    case EFFECT_FACT:
        release_fact(cluster, index, effect);
        break;
    case EFFECT_REACHED:
    case EFFECT_COUNT:
        release_named(cluster, index, effect);
        break;
    case EFFECT_LOG: /* that it was said counts; what was said is made for traces only */
        cluster_record(cluster, TRACE_EFFECT + EFFECT_LOG, 0, index, 0, 0);
        break;
    case EFFECT_STOP:
    case EFFECT_KIND_COUNT:
        cs_assert(false && "handled by the caller");
    }
}

/* Whether others, or the instance's next incarnation, can tell that the effect has happened. */
static bool is_felt(enum effect_kind kind)
{
    static const bool felt[EFFECT_KIND_COUNT] = {
        [EFFECT_SEND] = true,  [EFFECT_WRITE] = true,   [EFFECT_DISCARD] = true,
        [EFFECT_FLUSH] = true, [EFFECT_BARRIER] = true, [EFFECT_REPLY] = true,
        [EFFECT_FACT] = true,  [EFFECT_STOP] = true,
    };
    cs_assert(kind < EFFECT_KIND_COUNT);
    return felt[kind];
}

static void tell_boundary(struct cluster *cluster, uint32_t index)
{
    const struct instance *instance = &cluster->instances[index];
    const struct cs_context *cx = instance->step;
    size_t next = instance->step_next;
    const struct cluster_boundary boundary = {
        .at_ns = cluster->now,
        .instance = index,
        .incarnation = instance->incarnation,
        .step = instance->counters.steps,
        .effect = (uint32_t)next,
        .effects = (uint32_t)cx->effect_count,
        .felt = next > 0 && is_felt(cx->effects[next - 1].kind),
    };
    cluster->step_watcher.on_boundary(cluster->step_watcher.self, &boundary);
}

/* Whether anybody cares where the step stands: seldom. */
static bool is_watched(const struct cluster *cluster, const struct instance *instance)
{
    return __builtin_expect(
        cluster->step_watcher.on_boundary != NULL || instance->crash_orders != NULL, 0);
}

static bool is_due(const struct instance *instance, const struct crash_order *order)
{
    if (instance->step_next != order->effects)
        return false;
    return order->step == 0 ? instance->step_next < instance->step->effect_count
                            : order->step == instance->counters.steps;
}

/* The step stands between two of its effects, or behind the last.  True if it crashed there. */
static bool crashes_here(struct cluster *cluster, uint32_t index)
{
    struct instance *instance = &cluster->instances[index];
    if (__builtin_expect(cluster->step_watcher.on_boundary != NULL, 0))
        tell_boundary(cluster, index);
    struct crash_order **place = &instance->crash_orders;
    while (*place != NULL && !is_due(instance, *place))
        place = &(*place)->next;
    struct crash_order *order = *place;
    if (order == NULL)
        return false;
    *place = order->next;
    order->function(order->argument, cluster->now);
    cs_assert(!instance->up);
    return true;
}

bool release_effects(struct cluster *cluster, uint32_t index)
{
    struct instance *instance = &cluster->instances[index];
    struct cs_context *cx = instance->step;
    while (instance->step_next < cx->effect_count) {
        if (is_watched(cluster, instance) && crashes_here(cluster, index))
            return false;
        const struct effect *effect = &cx->effects[instance->step_next];
        bool disk = effect->kind >= EFFECT_READ && effect->kind <= EFFECT_BARRIER;
        if (disk && !volume_admits(cluster, index, effect->disk.volume))
            return false;
        instance->step_next++;
        NARRATE(cluster, effect, index, cx, effect);
        if (effect->kind == EFFECT_STOP) {
            instance_end(cluster, index, END_STOPPED, effect->named.name);
            return false;
        }
        release_one(cluster, index, cx, effect);
        if (effect->kind == EFFECT_BARRIER)
            return false;
    }
    return !is_watched(cluster, instance) || !crashes_here(cluster, index);
}

void cluster_watch_steps(struct cluster *cluster, const struct cluster_step_watcher *watcher)
{
    cs_assert(watcher->on_step != NULL);
    cs_assert(watcher->on_boundary != NULL);
    cluster->step_watcher = *watcher;
}

void cluster_order_crash(struct cluster *cluster, uint32_t index, struct crash_order *order)
{
    cs_assert(index < cluster->options->instance_count);
    cs_assert(order->function != NULL);
    struct crash_order **place = &cluster->instances[index].crash_orders;
    while (*place != NULL) {
        cs_assert(*place != order);
        place = &(*place)->next;
    }
    order->next = NULL;
    *place = order;
}

void cluster_withdraw_crash(struct cluster *cluster, uint32_t index, struct crash_order *order)
{
    cs_assert(index < cluster->options->instance_count);
    struct crash_order **place = &cluster->instances[index].crash_orders;
    while (*place != NULL && *place != order)
        place = &(*place)->next;
    if (*place != NULL)
        *place = order->next;
}
