/* Raft's timer pattern: each delivery of a heartbeat resets an election timer that hardly ever
 * fires.
 *
 * Groups of five nodes.  A leader sends four messages every 50 ms; each arrives after 0.1 to 1 ms,
 * sets its receiver's timer to 150 to 300 ms from then and is answered.  So nine useful events and
 * four resets a group and round.  As in sim/host/timer.c the timer's entry stays in the queue and
 * is pushed again if it comes before the deadline.  Each event is checked against partitions and
 * its receiver's incarnation, and recorded in the trace, which hashes it. */
#include "base/random.h"
#include "bench.h"
#include "engine/trace.h"

enum { GROUP = 5, WARM_UP_ROUNDS = 8, EVENTS_PER_ROUND = 9, EVENTS_MIN = 1000000 };
enum event_kind { HEARTBEAT, TIMER, MESSAGE, ANSWER };

#define HEARTBEAT_NS UINT64_C(50000000)

struct event {
    enum event_kind kind;
    uint32_t to, from;
    uint32_t incarnation; /* of the receiver */
    uint32_t next_free;
    uint32_t unused;
    uint64_t payload[5];
};
_Static_assert(sizeof(struct event) == 64, "an event is a cache line, as the simulator's");

struct node {
    uint64_t deadline; /* ns */
    uint32_t side;     /* of a partition */
    uint32_t incarnation;
    uint64_t heartbeats, answers;
    uint64_t unused[4];
};
_Static_assert(sizeof(struct node) == 64, "a node's hot state is a cache line");

struct world {
    struct pending *queue;
    struct trace *trace;
    struct random_stream stream;
    struct event *events;
    struct node *nodes;
    uint32_t event_count, event_capacity, free_event; /* free_event: UINT32_MAX if there is none */
    uint64_t useful, early, fired, dropped;
};

static uint32_t event_new(struct world *world, enum event_kind kind, uint32_t from, uint32_t to)
{
    uint32_t index = world->free_event;
    if (index != UINT32_MAX) {
        world->free_event = world->events[index].next_free;
    } else {
        index = world->event_count++;
        cs_assert(index < world->event_capacity);
    }
    struct event *event = &world->events[index];
    event->kind = kind;
    event->from = from;
    event->to = to;
    event->incarnation = world->nodes[to].incarnation;
    return index;
}

static void event_free(struct world *world, uint32_t index)
{
    world->events[index].next_free = world->free_event;
    world->free_event = index;
}

static uint64_t draw_latency(struct world *world)
{
    return 100000 + random_below(&world->stream, 900000);
}

static uint64_t draw_timeout(struct world *world)
{
    return 150000000 + random_below(&world->stream, 150000000);
}

static void on_heartbeat(struct world *world, uint64_t now, uint32_t index)
{
    uint32_t leader = world->events[index].to;
    world->nodes[leader].heartbeats++;
    for (uint32_t i = 1; i < GROUP; i++) {
        uint32_t message = event_new(world, MESSAGE, leader, leader + i);
        world->events[message].payload[0] = world->nodes[leader].heartbeats;
        pending_push(world->queue, now + draw_latency(world), message);
    }
    pending_push(world->queue, now + HEARTBEAT_NS, index);
}

static void on_message(struct world *world, uint64_t now, uint32_t index)
{
    struct event *event = &world->events[index];
    uint32_t leader = event->from;
    world->nodes[event->to].deadline = now + draw_timeout(world);
    event->kind = ANSWER;
    event->from = event->to;
    event->to = leader;
    event->incarnation = world->nodes[leader].incarnation;
    pending_push(world->queue, now + draw_latency(world), index);
}

static void on_timer(struct world *world, uint64_t now, uint32_t index)
{
    uint64_t deadline = world->nodes[world->events[index].to].deadline;
    if (deadline <= now) {
        world->fired++;
        event_free(world, index);
        return;
    }
    world->early++;
    pending_push(world->queue, deadline, index);
}

static void dispatch(struct world *world, uint64_t now, uint32_t index)
{
    struct event *event = &world->events[index];
    const struct node *receiver = &world->nodes[event->to];
    if (event->incarnation != receiver->incarnation ||
        world->nodes[event->from].side != receiver->side) {
        world->dropped++;
        event_free(world, index);
        return;
    }
    if (event->kind == TIMER) {
        on_timer(world, now, index);
        return;
    }
    world->useful++;
    trace_add(world->trace, &(struct trace_record){ .at = now,
                                                    .kind = (uint16_t)event->kind,
                                                    .instance = event->to,
                                                    .a = event->from,
                                                    .b = event->payload[0] });
    if (event->kind == HEARTBEAT) {
        on_heartbeat(world, now, index);
    } else if (event->kind == MESSAGE) {
        on_message(world, now, index);
    } else {
        world->nodes[event->to].answers++;
        event_free(world, index);
    }
}

static void run(struct world *world, uint64_t useful)
{
    uint64_t goal = world->useful + useful;
    while (world->useful < goal) {
        uint64_t now = 0;
        uint32_t index = 0;
        bool popped = pending_pop(world->queue, &now, &index);
        cs_assert(popped);
        dispatch(world, now, index);
    }
}

static struct world world_new(uint32_t nodes)
{
    struct world world = { .queue = pending_new(),
                           .trace = trace_new(),
                           .stream = random_stream_of(1),
                           .event_capacity = nodes * 3,
                           .free_event = UINT32_MAX };
    world.events = calloc(world.event_capacity, sizeof *world.events);
    world.nodes = calloc(nodes, sizeof *world.nodes);
    cs_assert(world.events != NULL);
    cs_assert(world.nodes != NULL);
    for (uint32_t i = 0; i < nodes; i++) {
        bool leads = i % GROUP == 0;
        uint64_t at = leads ? random_below(&world.stream, HEARTBEAT_NS) : draw_timeout(&world);
        world.nodes[i].deadline = at;
        pending_push(world.queue, at, event_new(&world, leads ? HEARTBEAT : TIMER, i, i));
    }
    return world;
}

static void measure(uint32_t nodes)
{
    struct world world = world_new(nodes);
    uint64_t round = (uint64_t)nodes / GROUP * EVENTS_PER_ROUND;
    uint64_t useful = round > EVENTS_MIN ? round : EVENTS_MIN;
    run(&world, WARM_UP_ROUNDS * round);
    double samples[BENCH_SAMPLES];
    for (int i = 0; i < BENCH_SAMPLES; i++) {
        double begun = bench_now_ns();
        run(&world, useful);
        samples[i] = (bench_now_ns() - begun) / (double)useful;
    }
    cs_assert(world.fired == 0);
    cs_assert(world.dropped == 0);
    char parameters[140];
    snprintf(parameters, sizeof parameters,
             "\"queue\": \"%s\", \"nodes\": %u, \"early_per_event\": %.3f, \"digest\": \"%016llx\"",
             BENCH_QUEUE, nodes, (double)world.early / (double)world.useful,
             (unsigned long long)trace_digest(world.trace));
    bench_print("queue_timers", parameters, bench_median(samples), "ns/event");
    pending_free(world.queue);
    trace_free(world.trace);
    free(world.events);
    free(world.nodes);
}

int main(void)
{
    const uint32_t sizes[] = { 5, 1000, 100000 };
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
        measure(sizes[i]);
    return 0;
}
