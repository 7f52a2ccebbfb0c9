/* The life of an instance: boot, inputs one at a time, steps, end.
 *
 * An instance is *occupied* from the start of a step until its last effect is released.  Inputs
 * that come meanwhile, or during a pause, wait in the inbox in the order in which they came. */
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "host/effect_text.h"
#include "host/internal.h"
#include "host/step_budget.h"

/* ---- Contexts -------------------------------------------------------------------------------- */

static struct cs_context *context_take(struct cluster *cluster)
{
    if (cluster->context_count > 0)
        return cluster->contexts[--cluster->context_count];
    struct cs_context *cx = calloc(1, sizeof *cx);
    cs_assert(cx != NULL);
    context_init(cx);
    return cx;
}

static void context_give_back(struct cluster *cluster, struct cs_context *cx)
{
    if (cluster->context_count == cluster->context_capacity) {
        uint32_t capacity = cluster->context_capacity == 0 ? 16 : cluster->context_capacity * 2;
        cluster->contexts = realloc(cluster->contexts, capacity * sizeof(struct cs_context *));
        cs_assert(cluster->contexts != NULL);
        cluster->context_capacity = capacity;
    }
    cluster->contexts[cluster->context_count++] = cx;
}

/* ---- Steps ----------------------------------------------------------------------------------- */

static void record_input(struct cluster *cluster, enum trace_kind kind, const struct event *event,
                         unsigned detail, uint64_t a)
{
    uint64_t digest = event->payload != NULL ? event->payload->digest : 0;
    cluster_record(cluster, kind, detail, event->instance, a, digest);
}

static void handle_disk(struct instance *instance, struct cs_context *cx, const struct event *event)
{
    if (instance->lent.program->on_disk == NULL)
        return;
    struct cs_completion done = {
        .op = (enum cs_disk_op)event->disk_op,
        .status = (enum cs_disk_status)event->disk_status,
        .volume = event->disk.volume,
        .ticket = event->disk.ticket,
        .token = event->disk.token,
        .offset = event->disk.offset,
    };
    if (event->payload != NULL)
        done.data = cs_bytes_of(event->payload->data, event->payload->size);
    instance->lent.program->on_disk(instance->state, cx, &done);
}

static uint64_t message_cost(const struct instance *instance, const struct event *event)
{
    const struct cpu_options *cpu = &instance->options->cpu;
    uint64_t bytes = event->payload != NULL ? event->payload->size : 0;
    return cpu->per_message_ns + bytes * cpu->per_byte_ps / 1000;
}

static void handle_message(struct instance *instance, struct cs_context *cx,
                           const struct event *event)
{
    instance->counters.messages_delivered++;
    cx->charged_ns += message_cost(instance, event);
    if (instance->lent.program->on_message == NULL)
        return;
    struct cs_bytes body = cs_bytes_of(event->payload->data, event->payload->size);
    instance->lent.program->on_message(instance->state, cx, event->message.from,
                                       event->message.kind, body);
}

/* Let the program handle one input.  Returns false if it was void (a cancelled timer or job). */
static bool handle(struct cluster *cluster, struct instance *instance, struct cs_context *cx,
                   const struct event *event)
{
    const struct cs_program *program = instance->lent.program;
    cs_token token;
    switch ((enum event_kind)event->kind) {
    case EVENT_BOOT:
        record_input(cluster, TRACE_START, event, instance->start, instance->incarnation);
        NARRATE(cluster, start, event->instance);
        if (cluster->runner.self != NULL) {
            cluster->runner.on_boot(cluster->runner.self, event->instance, instance->start);
        } else if (program->on_start != NULL) {
            program->on_start(instance->state, cx, instance->start);
        }
        return true;
    case EVENT_MESSAGE:
        record_input(cluster, TRACE_MESSAGE, event, event->message.kind, event->message.from);
        NARRATE(cluster, message, event);
        handle_message(instance, cx, event);
        return true;
    case EVENT_TIMER:
        if (!timer_take(&instance->timers, event->timer.slot, event->timer.generation, &token))
            return false;
        record_input(cluster, TRACE_TIMER, event, 0, 0);
        NARRATE(cluster, token, event->instance, "timer", token);
        instance->counters.timers_fired++;
        if (program->on_timer != NULL)
            program->on_timer(instance->state, cx, token);
        return true;
    case EVENT_DISK:
        record_input(cluster, TRACE_DISK, event, event->disk_op | event->disk_status << 8,
                     event->disk.ticket);
        NARRATE(cluster, disk, event);
        handle_disk(instance, cx, event);
        return true;
    case EVENT_JOB:
        if (!job_take(cluster, event->job.job, event->job.generation, &token))
            return false;
        record_input(cluster, TRACE_JOB, event, 0, 0);
        NARRATE(cluster, token, event->instance, "done job", token);
        if (program->on_job != NULL)
            program->on_job(instance->state, cx, token);
        return true;
    case EVENT_REQUEST:
        record_input(cluster, TRACE_REQUEST, event, 0, event->request.id);
        NARRATE(cluster, request, event);
        if (cluster->runner.self != NULL) {
            cluster->runner.on_request(cluster->runner.self, event->instance, event->request.id,
                                       request_unpack(event->payload));
        } else if (program->on_request != NULL) {
            program->on_request(instance->state, cx, event->request.id,
                                request_unpack(event->payload));
        }
        return true;
    case EVENT_RECEIVE:
    case EVENT_VOID:
    case EVENT_FLUSHED:
    case EVENT_RELEASE:
    case EVENT_CALL:
    case EVENT_KIND_COUNT:
        break;
    }
    cs_assert(false && "not an input");
    return false;
}

/* Release the step from where it stopped.  True if the instance is free again. */
static bool step_go_on(struct cluster *cluster, uint32_t index)
{
    struct instance *instance = &cluster->instances[index];
    cs_assert(instance->occupied);
    if (!release_effects(cluster, index))
        return false;
    context_give_back(cluster, instance->step);
    instance->step = NULL;
    instance->occupied = false;
    if (!instance->ready && cluster->runner.self == NULL) {
        instance->ready = true;
        OBSERVE(cluster, on_ready, cluster->now, index, instance->incarnation);
    }
    return true;
}

/* The step takes so long from now on; its effects are released then. */
static void charge(struct cluster *cluster, uint32_t index, uint64_t cost_ns)
{
    struct instance *instance = &cluster->instances[index];
    cs_assert(instance->release_event == NONE);
    instance->counters.busy_ns += cost_ns;
    instance->charged_until = cluster->now + cost_ns;
    uint32_t event = event_new(cluster, EVENT_RELEASE, index);
    event_at(cluster, event)->incarnation = instance->incarnation;
    event_push(cluster, instance->charged_until, event);
    instance->release_event = event;
}

void instance_rescale(struct cluster *cluster, uint32_t index, uint32_t before)
{
    struct instance *instance = &cluster->instances[index];
    if (instance->release_event == NONE)
        return;
    uint64_t until = cpu_rescaled(instance, cluster->now, instance->charged_until, before);
    instance->counters.busy_ns += until - instance->charged_until;
    instance->charged_until = until;
    instance->release_event = event_push_again(cluster, until, instance->release_event);
}

void instance_release(struct cluster *cluster, uint32_t index)
{
    struct instance *instance = &cluster->instances[index];
    instance->release_event = NONE;
    instance->release_due = true;
    instance_drain(cluster, index);
}

bool instance_waits_for_disk(const struct instance *instance)
{
    if (volume_is_stalled(instance) || instance->awaited_room != NONE)
        return true;
    if (instance->step == NULL || instance->step_next == 0 || instance->release_due)
        return false;
    return instance->step->effects[instance->step_next - 1].kind == EFFECT_BARRIER;
}

void instance_stall_over(struct cluster *cluster, uint32_t index)
{
    struct instance *instance = &cluster->instances[index];
    if (!instance->stall_waits)
        return;
    instance->stall_waits = false;
    charge(cluster, index, cpu_time(instance, instance->stall_cost_ns));
}

/* One step.  Takes the event over. */
static void step(struct cluster *cluster, uint32_t index, uint32_t event_index)
{
    struct instance *instance = &cluster->instances[index];
    const struct machine *machine = &cluster->machines[instance->machine];
    cs_assert(instance->up && !instance->occupied && instance->paused == 0);
    struct cs_context *cx = context_take(cluster);
    cs_instant now = { clock_monotonic(&machine->clock, cluster->now) };
    cs_instant wall = { clock_wall_at(&machine->clock, now.ns) };
    context_begin(cx, &instance->lent, now, wall, cluster->now);
    /* A copy: the slab may move while the handler runs. */
    struct event event = *event_at(cluster, event_index);
    if (__builtin_expect(cluster->step_watcher.on_step != NULL, 0)) {
        cluster->step_watcher.on_step(cluster->step_watcher.self, cluster->now, index,
                                      instance->counters.steps + 1);
    }
    step_budget_begin();
    bool handled = handle(cluster, instance, cx, &event);
    event_free(cluster, event_index);
    if (!handled) {
        context_give_back(cluster, cx);
        return;
    }
    instance->counters.steps++;
    instance->occupied = true;
    instance->step = cx;
    instance->step_next = 0;
    uint64_t cost = cpu_time(instance, cx->charged_ns);
    if (cx->stalled) {
        instance->stall_waits = true;
        instance->stall_cost_ns = cx->charged_ns;
    } else if (cost == 0) {
        step_go_on(cluster, index);
    } else {
        charge(cluster, index, cost);
    }
}

/* ---- Inputs ---------------------------------------------------------------------------------- */

static void inbox_append(struct cluster *cluster, struct instance *instance, uint32_t event_index)
{
    struct event *event = event_at(cluster, event_index);
    event->next = NONE;
    if (instance->inbox_last == NONE) {
        instance->inbox_first = event_index;
    } else {
        event_at(cluster, instance->inbox_last)->next = event_index;
    }
    instance->inbox_last = event_index;
    instance->inbox_depth++;
    if (instance->inbox_depth > instance->inbox_most)
        instance->inbox_most = instance->inbox_depth;
    instance->inbox_messages += event->kind == EVENT_MESSAGE;
}

static uint32_t inbox_take(struct cluster *cluster, struct instance *instance)
{
    uint32_t index = instance->inbox_first;
    struct event *event = event_at(cluster, index);
    instance->inbox_first = event->next;
    if (instance->inbox_first == NONE)
        instance->inbox_last = NONE;
    instance->inbox_depth--;
    instance->inbox_messages -= event->kind == EVENT_MESSAGE;
    return index;
}

/* True if the barrier that the step has waited for failed, and the instance is no more. */
static bool stopped_by_barrier(struct cluster *cluster, uint32_t index)
{
    struct instance *instance = &cluster->instances[index];
    if (instance->barrier_status == CS_DISK_OK)
        return false;
    const char *reason = effect_barrier_failure((enum cs_disk_status)instance->barrier_status);
    instance->counters.barriers_failed++;
    NARRATE(cluster, stop, index, reason);
    instance_end(cluster, index, END_STOPPED, reason);
    return true;
}

void instance_drain(struct cluster *cluster, uint32_t index)
{
    struct instance *instance = &cluster->instances[index];
    while (instance->up && instance->paused == 0) {
        if (instance->occupied) {
            if (!instance->release_due)
                return;
            instance->release_due = false;
            if (stopped_by_barrier(cluster, index))
                return;
            if (!step_go_on(cluster, index))
                return;
        }
        if (instance->inbox_first == NONE)
            return;
        step(cluster, index, inbox_take(cluster, instance));
    }
}

void instance_input(struct cluster *cluster, uint32_t index, uint32_t event_index)
{
    struct instance *instance = &cluster->instances[index];
    cs_assert(instance->up);
    bool free_now = !instance->occupied && instance->paused == 0;
    if (free_now) {
        cs_assert(instance->inbox_first == NONE);
        step(cluster, index, event_index);
        if (instance->inbox_first != NONE)
            instance_drain(cluster, index);
        return;
    }
    const struct event *event = event_at(cluster, event_index);
    uint32_t limit = instance->options->cpu.inbox_limit;
    if (event->kind == EVENT_MESSAGE && limit > 0 && instance->inbox_messages >= limit) {
        instance->counters.messages_overflowed++;
        record_input(cluster, TRACE_DROP, event, event->message.kind, event->message.from);
        NARRATE(cluster, drop, event, "its inbox is full");
        event_free(cluster, event_index);
        return;
    }
    inbox_append(cluster, instance, event_index);
}

/* ---- Beginning and end ----------------------------------------------------------------------- */

void instance_boot_at(struct cluster *cluster, uint32_t index, uint64_t at)
{
    uint32_t event = event_new(cluster, EVENT_BOOT, index);
    event_at(cluster, event)->boot.number = cluster->instances[index].boots;
    event_push(cluster, at, event);
}

void instance_boot_late(struct cluster *cluster, uint32_t index)
{
    struct instance *instance = &cluster->instances[index];
    if (!instance->boot_waits || instance->barred || volume_is_stalled(instance))
        return;
    instance->boot_waits = false;
    instance_boot_at(cluster, index, cluster->now);
}

void instance_cancel_boot(struct instance *instance)
{
    cs_assert(!instance->up);
    if (instance->incarnation == 0)
        return;
    instance->boots++;
    instance->boot_waits = false;
}

void instance_boot(struct cluster *cluster, uint32_t index)
{
    struct instance *instance = &cluster->instances[index];
    cs_assert(!instance->up);
    instance->up = true;
    instance->ready = false;
    instance->stopped = false;
    instance->incarnation++;
    instance->boots++;
    instance->role = CS_ROLE_OTHER;
    instance->term = 0;
    instance->commit_index = 0;
    instance->lent.program = instance->program;
    instance->running = instance->build;
    instance->state = arena_alloc(instance->lent.arena, instance->lent.program->state_size);
    for (size_t v = 0; v < instance->lent.volume_count; v++) {
        instance->lent.tickets[v] = 0;
        instance->ticket_base[v] = disk_written(instance->lent.volumes[v]);
    }
    OBSERVE(cluster, on_boot, cluster->now, index, instance->incarnation, instance->start);
    uint32_t event = event_new(cluster, EVENT_BOOT, index);
    instance_input(cluster, index, event);
}

/* Whether an instance that has stopped itself starts again. */
static bool comes_back(const struct instance *instance, const char *reason)
{
    const struct restart_policy *restart = &instance->options->restart;
    cs_assert(reason != NULL);
    if (!restart->enabled || restart->reasons == NULL)
        return restart->enabled;
    size_t i = 0;
    while (restart->reasons[i] != NULL && strcmp(restart->reasons[i], reason) != 0)
        i++;
    return restart->reasons[i] != NULL;
}

void instance_end(struct cluster *cluster, uint32_t index, enum instance_end end,
                  const char *reason)
{
    struct instance *instance = &cluster->instances[index];
    cs_assert(instance->up);
    if (cluster->runner.self != NULL)
        cluster->runner.on_end(cluster->runner.self, index, end);
    cs_assert(instance->up);
    if (instance->charged_until > cluster->now)
        instance->counters.busy_ns -= instance->charged_until - cluster->now;
    instance->charged_until = 0;
    instance->release_event = NONE;
    cluster_record(cluster, TRACE_END, end, index, instance->incarnation,
                   reason != NULL ? hash_string(reason) : 0);
    NARRATE(cluster, end, index, end);
    job_cancel_all(cluster, index);
    timer_table_reset(&instance->timers);
    instance->counters.messages_dead += instance->inbox_messages;
    while (instance->inbox_first != NONE)
        event_free(cluster, inbox_take(cluster, instance));
    if (instance->step != NULL)
        context_give_back(cluster, instance->step);
    instance->step = NULL;
    instance->occupied = false;
    instance->release_due = false;
    instance->barrier_status = CS_DISK_OK;
    instance->stall_waits = false;
    instance->awaited_room = NONE;
    instance->paused = 0;
    arena_reset(instance->lent.arena);
    instance->state = NULL;
    instance->up = false;
    bool again = end == END_STOPPED && comes_back(instance, reason);
    instance->stopped = end == END_STOPPED && !again;
    instance->role = CS_ROLE_OTHER;
    instance->start = CS_START_RESTART;
    OBSERVE(cluster, on_end, cluster->now, index, end, reason);
    if (again)
        instance_boot_at(cluster, index, cluster->now + instance->options->restart.after_ns);
}
