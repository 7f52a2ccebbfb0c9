/* The loop over the queue, and the public face of the host. */
#include "host/cluster.h"

#include <stddef.h>
#include <stdlib.h>

#include "base/hash.h"
#include "host/internal.h"

/* ---- Making and unmaking --------------------------------------------------------------------- */

static struct network *make_network(struct cluster *cluster, const struct cluster_options *options)
{
    uint64_t *keys = arena_alloc(cluster->memory, options->topology.machine_count * sizeof *keys);
    for (uint32_t i = 0; i < options->topology.machine_count; i++)
        keys[i] = hash_string(options->machines[i].name);
    return network_new(options->seed, &options->topology, keys);
}

struct cluster *cluster_new(const struct cluster_options *options)
{
    cs_assert(options->instance_count > 0);
    cs_assert(options->topology.machine_count > 0);
    struct cluster *cluster = calloc(1, sizeof *cluster);
    cs_assert(cluster != NULL);
    cluster->options = options;
    cluster->event_free = cluster->job_free = NONE;
    message_held_init(&cluster->held);
    cluster->agenda.next_at = UINT64_MAX;
    cluster->queue = event_queue_new();
    if (options->shuffle_ties)
        event_queue_shuffle_ties(cluster->queue, random_key(options->seed, "queue", "ties") | 1);
    cluster->trace = trace_new();
    cluster->pool = arena_pool_new(options->memory_limit);
    cluster->memory = arena_new(cluster->pool);
    cluster->network = make_network(cluster, options);
    cluster->machines = calloc(options->topology.machine_count, sizeof *cluster->machines);
    cluster->instances = calloc(options->instance_count, sizeof *cluster->instances);
    cs_assert(cluster->machines != NULL);
    cs_assert(cluster->instances != NULL);
    for (uint32_t i = 0; i < options->topology.machine_count; i++) {
        cs_assert(options->machines[i].cores > 0);
        clock_init(&cluster->machines[i].clock, &options->machines[i].clock);
        cluster->machines[i].job_first = cluster->machines[i].job_last = NONE;
    }
    for (uint32_t i = 0; i < options->instance_count; i++) {
        instance_init(cluster, i);
        if (options->instances[i].boot_at_ns != UINT64_MAX)
            instance_boot_at(cluster, i, options->instances[i].boot_at_ns);
    }
    return cluster;
}

void cluster_free(struct cluster *cluster)
{
    if (cluster == NULL)
        return;
    for (uint32_t i = 0; i < cluster->options->instance_count; i++) {
        struct instance *instance = &cluster->instances[i];
        if (instance->step != NULL) {
            context_done(instance->step);
            free(instance->step);
        }
        instance_done(instance);
    }
    for (uint32_t i = 0; i < cluster->context_count; i++) {
        context_done(cluster->contexts[i]);
        free(cluster->contexts[i]);
    }
    agenda_done(&cluster->agenda);
    free(cluster->contexts);
    free(cluster->instances);
    free(cluster->machines);
    free(cluster->events);
    free(cluster->jobs);
    message_held_done(&cluster->held);
    network_free(cluster->network);
    arena_free(cluster->memory);
    arena_pool_free(cluster->pool);
    trace_free(cluster->trace);
    event_queue_free(cluster->queue);
    free(cluster);
}

void cluster_observe(struct cluster *cluster, const struct cluster_observer *observer)
{
    cs_assert(cluster->observer_count < OBSERVERS_MAX);
    cluster->observers[cluster->observer_count++] = *observer;
    if (observer->on_fact != NULL)
        cluster->fact_observers[cluster->fact_observer_count++] = *observer;
}

/* ---- Events ---------------------------------------------------------------------------------- */

/* Whether an event that is an input of one incarnation still has somebody to go to. */
static bool input_is_alive(struct cluster *cluster, const struct event *event)
{
    switch ((enum event_kind)event->kind) {
    case EVENT_TIMER:
        return timer_due(cluster, event->instance, event->timer.slot, event->timer.generation);
    case EVENT_JOB:
        return job_due(cluster, event->job.job, event->job.generation);
    case EVENT_REQUEST:
    case EVENT_RELEASE:
        return true;
    case EVENT_BOOT:
    case EVENT_MESSAGE:
    case EVENT_DISK:
    case EVENT_RECEIVE:
    case EVENT_VOID:
    case EVENT_FLUSHED:
    case EVENT_CALL:
    case EVENT_KIND_COUNT:
        break;
    }
    cs_assert(false && "not such an event");
    return false;
}

static void on_input(struct cluster *cluster, uint32_t index)
{
    struct event event = *event_at(cluster, index);
    struct instance *instance = &cluster->instances[event.instance];
    bool mine = instance->up && event.incarnation == instance->incarnation;
    if (!mine || !input_is_alive(cluster, &event)) {
        event_free(cluster, index);
    } else if (event.kind == EVENT_RELEASE) {
        event_free(cluster, index);
        instance_release(cluster, event.instance);
    } else {
        instance_input(cluster, event.instance, index);
    }
}

static void on_call(struct cluster *cluster, uint32_t index)
{
    struct event event = *event_at(cluster, index);
    event_free(cluster, index);
    cluster_record(cluster, TRACE_CALL, 0, NONE, event.call.label, 0);
    event.call.function(event.call.argument, cluster->now);
}

static void on_boot(struct cluster *cluster, uint32_t index)
{
    struct event event = *event_at(cluster, index);
    event_free(cluster, index);
    struct instance *instance = &cluster->instances[event.instance];
    if (instance->up || event.boot.number != instance->boots)
        return;
    instance->boot_waits = instance->barred || volume_is_stalled(instance);
    if (!instance->boot_waits)
        instance_boot(cluster, event.instance);
}

static void dispatch(struct cluster *cluster, uint32_t index)
{
    switch ((enum event_kind)event_at(cluster, index)->kind) {
    case EVENT_BOOT:
        on_boot(cluster, index);
        break;
    case EVENT_MESSAGE:
        message_arrive(cluster, index);
        break;
    case EVENT_RECEIVE:
        message_receive(cluster, index);
        break;
    case EVENT_DISK:
        volume_on_done(cluster, index);
        break;
    case EVENT_FLUSHED:
        volume_on_flushed(cluster, index);
        break;
    case EVENT_CALL:
        on_call(cluster, index);
        break;
    case EVENT_VOID:
        event_free(cluster, index);
        break;
    case EVENT_TIMER:
    case EVENT_JOB:
    case EVENT_REQUEST:
    case EVENT_RELEASE:
        on_input(cluster, index);
        break;
    case EVENT_KIND_COUNT:
        cs_assert(false && "no such event");
    }
}

/* Below so many instances what an event touches is in the cache anyway. */
enum { FETCH_INSTANCES_MIN = 2000, FETCH_EVENT = 6, FETCH_INSTANCE = 4, FETCH_BEHIND = 2 };

static void fetch_lines(const void *at, size_t size)
{
    for (size_t offset = 0; offset < size; offset += 64)
        __builtin_prefetch((const char *)at + offset);
}

/* Have the memory on its way that the next events will touch: first a record, later its instance,
 * then what that points to.  Changes nothing. */
static void fetch_ahead(const struct cluster *cluster)
{
    uint32_t index;
    if (event_queue_guess(cluster->queue, FETCH_EVENT, &index))
        __builtin_prefetch(&cluster->events[index]);
    if (event_queue_guess(cluster->queue, FETCH_INSTANCE, &index)) {
        const struct event *event = &cluster->events[index];
        __builtin_prefetch(event->payload);
        if (event->instance != NONE) {
            fetch_lines(&cluster->instances[event->instance],
                        offsetof(struct instance, lent.purposes));
        }
    }
    if (event_queue_guess(cluster->queue, FETCH_BEHIND, &index)) {
        const struct event *event = &cluster->events[index];
        if (event->instance == NONE)
            return;
        const struct instance *instance = &cluster->instances[event->instance];
        fetch_lines(instance->options, sizeof *instance->options);
        __builtin_prefetch(&cluster->machines[instance->machine].clock);
        fetch_lines(instance->timers.timers, 2 * sizeof(struct timer));
        __builtin_prefetch(instance->timers.index);
        __builtin_prefetch(instance->state);
    }
}

__attribute__((noinline)) void cs_breakpoint(uint64_t event, uint64_t at_ns, const char *node,
                                             const void *state)
{
    /* Not empty for the compiler, which else leaves the call out. */
    __asm__ volatile("" : : "r"(event), "r"(at_ns), "r"(node), "r"(state) : "memory");
}

static void break_at(const struct cluster *cluster, uint32_t index)
{
    uint32_t who = cluster->events[index].instance;
    const struct instance *instance = who == NONE ? NULL : &cluster->instances[who];
    cs_breakpoint(cluster->handled, cluster->now, instance == NULL ? "-" : instance->options->name,
                  instance == NULL ? NULL : instance->state);
}

/* The loop.  `breaks` is a constant where this is called, so that a run which breaks nowhere does
 * not look for `break_event`. */
static inline __attribute__((always_inline)) bool run(struct cluster *cluster, uint64_t until_ns,
                                                      uint64_t events_max, bool breaks,
                                                      uint64_t break_event)
{
    cs_assert(until_ns >= cluster->now);
    for (;;) {
        uint64_t next = event_queue_next_time(cluster->queue);
        bool intervene = cluster->agenda.next_at <= next;
        next = intervene ? cluster->agenda.next_at : next;
        if (next >= until_ns)
            break;
        if (cluster->halted || cluster->handled + cluster->intervened >= events_max)
            return false;
        if (intervene) {
            cluster->intervened++;
            cluster->now = next;
            agenda_run(&cluster->agenda);
            continue;
        }
        uint32_t index;
        event_queue_pop(cluster->queue, &cluster->now, &index);
        if (cluster->options->instance_count >= FETCH_INSTANCES_MIN)
            fetch_ahead(cluster);
        cluster->handled++;
        if (breaks && cluster->handled == break_event)
            break_at(cluster, index);
        dispatch(cluster, index);
    }
    if (cluster->halted)
        return false;
    cluster->now = until_ns;
    return true;
}

bool cluster_run(struct cluster *cluster, uint64_t until_ns, uint64_t events_max)
{
    return run(cluster, until_ns, events_max, false, 0);
}

bool cluster_run_breaking(struct cluster *cluster, uint64_t until_ns, uint64_t events_max,
                          uint64_t break_event)
{
    return run(cluster, until_ns, events_max, true, break_event);
}

void cluster_halt(struct cluster *cluster) { cluster->halted = true; }

/* ---- Asking and arranging -------------------------------------------------------------------- */

uint64_t cluster_now(const struct cluster *cluster) { return cluster->now; }
uint64_t cluster_next(const struct cluster *cluster)
{
    uint64_t next = event_queue_next_time(cluster->queue);
    return cluster->agenda.next_at < next ? cluster->agenda.next_at : next;
}
uint64_t cluster_events(const struct cluster *cluster) { return cluster->handled; }
uint64_t cluster_work(const struct cluster *cluster)
{
    return cluster->handled + cluster->intervened;
}
uint64_t cluster_digest(struct cluster *cluster) { return trace_digest(cluster->trace); }
struct trace *cluster_trace(struct cluster *cluster) { return cluster->trace; }
struct network *cluster_network(struct cluster *cluster) { return cluster->network; }
const struct cluster_options *cluster_options_of(const struct cluster *cluster)
{
    return cluster->options;
}

void cluster_call_at(struct cluster *cluster, uint64_t at_ns, cluster_call function, void *argument,
                     uint64_t label)
{
    uint32_t index = event_new(cluster, EVENT_CALL, NONE);
    struct event *event = event_at(cluster, index);
    event->call.function = function;
    event->call.argument = argument;
    event->call.label = label;
    event_push(cluster, at_ns, index);
}

void cluster_intervene_at(struct cluster *cluster, uint64_t at_ns, uint64_t rank,
                          cluster_call function, void *argument)
{
    cs_assert(at_ns >= cluster->now);
    agenda_add(&cluster->agenda, at_ns, rank, function, argument);
}

void cluster_note_intervention(struct cluster *cluster, uint64_t label, uint64_t detail)
{
    cluster_record(cluster, TRACE_CALL, 1, NONE, label, detail);
}

cs_request cluster_request(struct cluster *cluster, uint32_t instance, const struct cs_op *op)
{
    cs_assert(instance < cluster->options->instance_count);
    uint32_t index = event_new(cluster, EVENT_REQUEST, instance);
    struct payload *payload = request_pack(cluster, op);
    payload->digest = random_mix(hash_bytes(op->key.data, op->key.size) + op->kind) ^
                      hash_bytes(op->value.data, op->value.size);
    struct event *event = event_at(cluster, index);
    event->incarnation = cluster->instances[instance].incarnation;
    event->payload = payload;
    cs_request request = ++cluster->instances[instance].requests;
    event->request.id = request;
    event_push(cluster, cluster->now, index);
    return request;
}

struct instance_view cluster_view(const struct cluster *cluster, uint32_t index)
{
    cs_assert(index < cluster->options->instance_count);
    const struct instance *instance = &cluster->instances[index];
    return (struct instance_view){
        .up = instance->up,
        .paused = instance->paused > 0,
        .stopped = instance->stopped,
        .waits_for_disk = instance_waits_for_disk(instance),
        .incarnation = instance->incarnation,
        .role = instance->role,
        .term = instance->term,
        .commit_index = instance->commit_index,
        .inbox_depth = instance->inbox_depth,
        .inbox_most = instance->inbox_most,
        .charge_left_ns =
            instance->charged_until > cluster->now ? instance->charged_until - cluster->now : 0,
    };
}

const struct instance_counters *cluster_counters(const struct cluster *cluster, uint32_t instance)
{
    cs_assert(instance < cluster->options->instance_count);
    return &cluster->instances[instance].counters;
}

uint64_t cluster_held(const struct cluster *cluster) { return cluster->held.copies; }
