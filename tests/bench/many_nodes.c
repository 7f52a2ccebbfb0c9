/* What an event costs, and a node, when there are very many nodes.
 *
 *     many-nodes
 *
 * Busy nodes send their neighbour a heartbeat every 50 ms of simulated time and wait for that of
 * the other one, as Raft's followers do: each heartbeat puts a timer off.  Idle nodes have done the
 * same once, and sleep.  One JSON object a line: CPU time per event, the median of five runs of
 * about EVENTS events, and the memory per node, which is the growth of the process.  A benchmark,
 * never a test: it judges nothing. */
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "bench.h"
#include "host/cluster.h"

#define PERIOD_NS UINT64_C(50000000)
#define EVENTS    2000000

/* ---- The program ----------------------------------------------------------------------------- */

enum { TOKEN_BEAT, TOKEN_MISSED };

struct node {
    uint64_t beats, missed;
};

/* How many nodes go on beating: those with the lowest numbers. */
static uint32_t busy_nodes;

static void beat(struct node *node, struct cs_context *cx)
{
    const struct cs_group all = cs_group(cx, "self");
    cs_node self = cs_self(cx);
    node->beats++;
    /* The neighbour is far away in memory. */
    cs_node neighbour = all.nodes[(self + 1) % all.count];
    cs_send(cx, neighbour, 1, cs_bytes_of(&node->beats, sizeof node->beats));
    if (self < busy_nodes)
        cs_set_timer(cx, TOKEN_BEAT, cs_ns(PERIOD_NS));
}

static void on_start(void *state, struct cs_context *cx, enum cs_start kind)
{
    (void)kind;
    (void)state;
    cs_set_timer(cx, TOKEN_BEAT, cs_ns(1 + cs_random(cx, "phase", PERIOD_NS)));
}

static void on_timer(void *state, struct cs_context *cx, cs_token token)
{
    struct node *node = state;
    if (token == TOKEN_BEAT) {
        beat(node, cx);
    } else {
        node->missed++;
    }
}

static void on_message(void *state, struct cs_context *cx, cs_node from, cs_kind kind,
                       struct cs_bytes body)
{
    (void)state;
    (void)from;
    (void)kind;
    (void)body;
    if (cs_self(cx) < busy_nodes)
        cs_set_timer(cx, TOKEN_MISSED, cs_ns(4 * PERIOD_NS));
}

static const struct cs_program program = {
    .role = "node",
    .state_size = sizeof(struct node),
    .on_start = on_start,
    .on_timer = on_timer,
    .on_message = on_message,
};

/* ---- The cluster ----------------------------------------------------------------------------- */

struct nodes {
    struct cluster_options options;
    struct link_options link;
    struct group_options group;
    struct machine_options *machines;
    struct instance_options *instances;
    uint32_t *members, *rack_of_machine;
    char (*names)[16];
    uint32_t region_of_rack[1], link_of_racks[1];
    const char *place[1];
};

static void *array(size_t count, size_t size)
{
    void *memory = calloc(count, size);
    cs_assert(memory != NULL);
    return memory;
}

static struct nodes *nodes_new(uint32_t count)
{
    struct nodes *nodes = array(1, sizeof *nodes);
    nodes->machines = array(count, sizeof *nodes->machines);
    nodes->instances = array(count, sizeof *nodes->instances);
    nodes->members = array(count, sizeof *nodes->members);
    nodes->rack_of_machine = array(count, sizeof *nodes->rack_of_machine);
    nodes->names = array(count, sizeof *nodes->names);
    for (uint32_t i = 0; i < count; i++) {
        snprintf(nodes->names[i], sizeof nodes->names[i], "n%u", i);
        nodes->machines[i] = (struct machine_options){ .name = nodes->names[i], .cores = 1 };
        nodes->instances[i] = (struct instance_options){ .name = nodes->names[i],
                                                         .machine = i,
                                                         .program_name = "node",
                                                         .program = &program,
                                                         .cpu = { .per_message_ns = 1000 },
                                                         .start = CS_START_FOUND };
        nodes->members[i] = i;
    }
    nodes->place[0] = "here";
    nodes->link.latency = distribution_lognormal(250000, 1000000);
    nodes->group =
        (struct group_options){ .name = "all", .members = nodes->members, .member_count = count };
    nodes->options = (struct cluster_options){
        .seed = 1,
        .topology = { .machine_count = count,
                      .rack_count = 1,
                      .region_count = 1,
                      .region_names = nodes->place,
                      .rack_names = nodes->place,
                      .region_of_rack = nodes->region_of_rack,
                      .rack_of_machine = nodes->rack_of_machine,
                      .links = &nodes->link,
                      .link_count = 1,
                      .link_of_racks = nodes->link_of_racks },
        .machines = nodes->machines,
        .instances = nodes->instances,
        .instance_count = count,
        .groups = &nodes->group,
        .group_count = 1,
    };
    return nodes;
}

static void nodes_free(struct nodes *nodes)
{
    free(nodes->machines);
    free(nodes->instances);
    free(nodes->members);
    free(nodes->rack_of_machine);
    free(nodes->names);
    free(nodes);
}

/* ---- Measuring ------------------------------------------------------------------------------- */

static double peak_bytes(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)usage.ru_maxrss * 1024;
}

static double events_cost(struct cluster *cluster, uint32_t busy)
{
    uint64_t events = cluster_events(cluster);
    /* A busy node has two events or a little more in a period. */
    uint64_t span = PERIOD_NS * (EVENTS / (2 * (uint64_t)busy) + 1);
    double begun = bench_now_ns();
    bool whole = cluster_run(cluster, cluster_now(cluster) + span, UINT64_MAX);
    cs_assert(whole);
    cs_assert(cluster_events(cluster) - events >= EVENTS);
    return (bench_now_ns() - begun) / (double)(cluster_events(cluster) - events);
}

/* Sizes grow, so that the process's peak is the latest cluster's. */
static void measure(uint32_t count, uint32_t busy)
{
    double samples[BENCH_SAMPLES];
    char parameters[64];
    busy_nodes = busy;
    struct nodes *nodes = nodes_new(count);
    struct cluster *cluster = cluster_new(&nodes->options);
    /* Everyone has started, beaten once, and found its neighbour. */
    bool whole = cluster_run(cluster, 6 * PERIOD_NS, UINT64_MAX);
    cs_assert(whole);
    for (int i = 0; i < BENCH_SAMPLES; i++)
        samples[i] = events_cost(cluster, busy);
    snprintf(parameters, sizeof parameters, "\"nodes\": %u, \"busy\": %u", count, busy);
    bench_print("many-nodes", parameters, bench_median(samples), "ns/event");
    bench_print("many-nodes", parameters, peak_bytes() / count, "bytes of peak memory/node");
    cluster_free(cluster);
    nodes_free(nodes);
}

int main(void)
{
    measure(10, 10);
    measure(1000, 1000);
    measure(100000, 100000);
    measure(1000000, 100000);
    return 0;
}
