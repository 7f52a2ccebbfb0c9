/* See inspect.h. */
#include "host/inspect.h"

#include <stdlib.h>

#include "host/effect_text.h"
#include "host/internal.h"

enum { WAITING_SHOWN_MAX = 8 };

#define U(number) ((unsigned long long)(number))

static const char *const role_names[CS_ROLE_COUNT] = {
    [CS_ROLE_FOLLOWER] = "follower", [CS_ROLE_CANDIDATE] = "candidate",
    [CS_ROLE_LEADER] = "leader",     [CS_ROLE_LEARNER] = "learner",
    [CS_ROLE_OTHER] = NULL,
};

static const char *const disk_ops[] = {
    [CS_DISK_READ] = "read",
    [CS_DISK_WRITE] = "write",
    [CS_DISK_DISCARD] = "discard",
    [CS_DISK_FLUSH] = "flush",
};

static const char *name_of(const struct cluster *cluster, uint32_t index)
{
    return index < cluster->options->instance_count ? cluster->options->instances[index].name
                                                    : "a stranger";
}

static void add_seconds(struct cs_text *out, uint64_t ns)
{
    cs_text_add(out, "%llu.%09llu s", U(ns / 1000000000), U(ns % 1000000000));
}

/* ---- What an event is ------------------------------------------------------------------------ */

static void add_message(struct cs_text *out, const struct cluster *cluster, uint32_t from,
                        uint32_t to, cs_kind kind, const struct payload *payload)
{
    const struct cs_program *program = cluster->instances[to].lent.program;
    effect_text_add_kind(out, program, kind);
    cs_text_add(out, " from %s: ", name_of(cluster, from));
    effect_text_add_body(out, program, kind, cs_bytes_of(payload->data, payload->size));
}

/* "append from A: …", "flush log", "job 3". */
static void add_event(struct cs_text *out, const struct cluster *cluster, const struct event *event)
{
    const struct instance *instance = &cluster->instances[event->instance];
    switch ((enum event_kind)event->kind) {
    case EVENT_MESSAGE:
    case EVENT_RECEIVE:
        add_message(out, cluster, event->message.from, event->instance, event->message.kind,
                    event->payload);
        break;
    case EVENT_DISK:
    case EVENT_FLUSHED:
        cs_text_add(out, "%s ", event->kind == EVENT_FLUSHED ? "flush" : disk_ops[event->disk_op]);
        effect_text_add_volume(out, &instance->lent, event->disk.volume);
        cs_text_add(out, "%s", event->barrier ? ", for a barrier" : "");
        break;
    case EVENT_JOB:
        cs_text_add(out, "job %llu", U(cluster->jobs[event->job.job].token));
        break;
    case EVENT_REQUEST:
        cs_text_add(out, "request %llu", U(event->request.id));
        break;
    case EVENT_BOOT:
        cs_text_add(out, "boot");
        break;
    case EVENT_RELEASE:
        cs_text_add(out, "release of its step's effects");
        break;
    case EVENT_TIMER:
        cs_text_add(out, "timer %llu", U(instance->timers.timers[event->timer.slot].token));
        break;
    case EVENT_CALL:
    case EVENT_VOID:
    case EVENT_KIND_COUNT:
        cs_assert(false && "it concerns no instance");
    }
}

/* ---- One instance ---------------------------------------------------------------------------- */

static void add_condition(struct cs_text *out, const struct instance_view *view)
{
    if (!view->up) {
        cs_text_add(out, view->incarnation == 0 ? "not started yet"
                         : view->stopped        ? "down, by its own doing"
                                                : "down");
        return;
    }
    cs_text_add(out, "up, incarnation %u", view->incarnation);
    if (role_names[view->role] != NULL)
        cs_text_add(out, ", %s", role_names[view->role]);
    if (view->term > 0)
        cs_text_add(out, ", term %llu", U(view->term));
    if (view->commit_index > 0)
        cs_text_add(out, ", committed %llu", U(view->commit_index));
    cs_text_add(out, "%s%s", view->paused ? ", paused" : "",
                view->waits_for_disk ? ", waits for its disk" : "");
    if (view->charge_left_ns > 0) {
        cs_text_add(out, ", busy for ");
        text_add_duration(out, view->charge_left_ns);
    }
}

/* The program's words, each line indented. */
static void add_state(struct cs_text *out, const struct instance *instance)
{
    struct cs_text state = { 0 };
    if (instance->lent.program->inspect == NULL)
        return;
    instance->lent.program->inspect(instance->state, &state);
    const char *begin = text_string(&state);
    while (*begin != '\0') {
        size_t size = 0;
        while (begin[size] != '\0' && begin[size] != '\n')
            size++;
        cs_text_add(out, "    ");
        text_add_bytes(out, begin, size);
        cs_text_add(out, "\n");
        begin += size + (begin[size] == '\n');
    }
    text_done(&state);
}

static void add_timers(struct cs_text *out, const struct timer_table *table)
{
    const char *mark = "    timers: ";
    for (uint32_t i = 0; i < table->count; i++) {
        const struct timer *timer = &table->timers[i];
        if (!timer->used || !timer->armed)
            continue;
        cs_text_add(out, "%s%llu at ", mark, U(timer->token));
        add_seconds(out, timer->deadline);
        mark = ", ";
    }
    if (*mark == ',')
        cs_text_add(out, "\n");
}

static void add_inbox(struct cs_text *out, const struct cluster *cluster,
                      const struct instance *instance)
{
    uint32_t shown = 0;
    if (instance->inbox_depth == 0)
        return;
    cs_text_add(out, "    inbox, %u: ", instance->inbox_depth);
    for (uint32_t index = instance->inbox_first; index != NONE && shown < WAITING_SHOWN_MAX;
         index = cluster->events[index].next, shown++) {
        cs_text_add(out, "%s", shown > 0 ? "; " : "");
        add_event(out, cluster, &cluster->events[index]);
    }
    cs_text_add(out, "%s\n", shown < instance->inbox_depth ? "; …" : "");
}

void inspect_instance(struct cluster *cluster, uint32_t index, struct cs_text *out)
{
    cs_assert(index < cluster->options->instance_count);
    const struct instance *instance = &cluster->instances[index];
    struct instance_view view = cluster_view(cluster, index);
    cs_text_add(out, "  %s (node %u): ", instance->options->name, index);
    add_condition(out, &view);
    if (view.up && instance->running != NULL)
        cs_text_add(out, ", build %s", instance->running);
    cs_text_add(out, "\n");
    if (!view.up)
        return;
    cs_assert(instance->state != NULL);
    add_state(out, instance);
    add_timers(out, &instance->timers);
    add_inbox(out, cluster, instance);
}

/* ---- What is under way ----------------------------------------------------------------------- */

struct pending {
    uint64_t at, sequence;
    uint32_t event;
};

struct flight {
    const struct cluster *cluster;
    const bool *wanted;
    struct pending *items;
    size_t count, capacity;
};

static bool is_wanted(const struct flight *flight, uint32_t one, uint32_t other)
{
    return flight->wanted == NULL || flight->wanted[one] || flight->wanted[other];
}

/* Timers are told with their instances; what is for an incarnation that is over never comes. */
static bool counts(const struct flight *flight, const struct event *event)
{
    if (event->kind == EVENT_TIMER || event->kind == EVENT_CALL || event->kind == EVENT_VOID)
        return false;
    const struct instance *instance = &flight->cluster->instances[event->instance];
    bool message = event->kind == EVENT_MESSAGE || event->kind == EVENT_RECEIVE;
    if (event->kind == EVENT_BOOT && (instance->up || event->boot.number != instance->boots))
        return false;
    bool over =
        event->incarnation != 0 && (!instance->up || event->incarnation != instance->incarnation);
    return !over &&
           is_wanted(flight, event->instance, message ? event->message.from : event->instance);
}

static void take(void *argument, uint64_t at, uint64_t sequence, uint32_t record)
{
    struct flight *flight = argument;
    cs_assert(record < flight->cluster->event_count);
    if (!counts(flight, &flight->cluster->events[record]))
        return;
    if (flight->count == flight->capacity) {
        flight->capacity = flight->capacity == 0 ? 64 : flight->capacity * 2;
        flight->items = realloc(flight->items, flight->capacity * sizeof *flight->items);
        cs_assert(flight->items != NULL);
    }
    flight->items[flight->count++] = (struct pending){ at, sequence, record };
}

static int compare_pending(const void *a, const void *b)
{
    const struct pending *x = a, *y = b;
    if (x->at != y->at)
        return x->at < y->at ? -1 : 1;
    return (x->sequence > y->sequence) - (x->sequence < y->sequence);
}

/* Messages that a clog holds; returns how many. */
static size_t add_held(const struct flight *flight, struct cs_text *out)
{
    const struct cluster *cluster = flight->cluster;
    size_t count = 0;
    for (uint32_t i = cluster->held.first; i != NONE; i = cluster->held.slab[i].next) {
        const struct held *held = &cluster->held.slab[i];
        if (!is_wanted(flight, held->from, held->to))
            continue;
        cs_text_add(out, "  held by a clog  %s  ", name_of(cluster, held->to));
        add_message(out, cluster, held->from, held->to, held->kind, held->payload);
        cs_text_add(out, "\n");
        count++;
    }
    return count;
}

size_t inspect_in_flight(const struct cluster *cluster, const bool *wanted, struct cs_text *out)
{
    struct flight flight = { .cluster = cluster, .wanted = wanted };
    event_queue_each(cluster->queue, take, &flight);
    if (flight.count > 1)
        qsort(flight.items, flight.count, sizeof *flight.items, compare_pending);
    for (size_t i = 0; i < flight.count; i++) {
        const struct event *event = &cluster->events[flight.items[i].event];
        cs_text_add(out, "  ");
        add_seconds(out, flight.items[i].at);
        cs_text_add(out, "  %s  ", name_of(cluster, event->instance));
        add_event(out, cluster, event);
        cs_text_add(out, "\n");
    }
    free(flight.items);
    return flight.count + add_held(&flight, out);
}
