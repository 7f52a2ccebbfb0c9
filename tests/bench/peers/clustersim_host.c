/* Timers and messages through the host: a program's handlers, the network model, trace and digest.
 *
 *     peer-clustersim-host timers DELAYS INSTANCES EVENTS     ns per timer
 *     peer-clustersim-host messages PAIRS MESSAGES            ns per message
 *
 * `timers`: each instance sets its timer anew whenever it fires.  `messages`: two instances, each
 * on a machine of its own, send a datagram of 100 bytes to and fro; the link takes 1 ms and has 1
 * Gbit/s.  CPU time costs nothing, as in the peers, which do not model it. */
#include "clustersim/protocol.h"
#include "host/cluster.h"
#include "peer.h"

enum { BODY_BYTES = 100 };

static struct peer_delays delays;
static struct peer_watch watch;
static struct cluster *cluster;

static void count_event(void)
{
    if (peer_watch_event(&watch))
        cluster_halt(cluster);
}

/* ---- Programs -------------------------------------------------------------------------------- */

static void sleeper_on_start(void *state, struct cs_context *cx, enum cs_start kind)
{
    struct peer_random *random = state;
    (void)kind;
    random->state = cs_self(cx);
    cs_set_timer(cx, 0, cs_ns(peer_residual(&delays, random)));
}

static void sleeper_on_timer(void *state, struct cs_context *cx, cs_token token)
{
    count_event();
    cs_set_timer(cx, token, cs_ns(peer_delay(&delays, state)));
}

static const struct cs_program sleeper = {
    .role = "sleeper",
    .state_size = sizeof(struct peer_random),
    .on_start = sleeper_on_start,
    .on_timer = sleeper_on_timer,
};

static void send_ping(struct cs_context *cx, cs_node to)
{
    static const uint8_t body[BODY_BYTES];
    cs_send(cx, to, 0, cs_bytes_of(body, sizeof body));
}

static void pinger_on_start(void *state, struct cs_context *cx, enum cs_start kind)
{
    (void)state;
    (void)kind;
    cs_node self = cs_self(cx);
    if (self % 2 == 0)
        send_ping(cx, self + 1);
}

static void pinger_on_message(void *state, struct cs_context *cx, cs_node from, cs_kind kind,
                              struct cs_bytes body)
{
    (void)state;
    (void)kind;
    cs_assert(body.size == BODY_BYTES);
    count_event();
    send_ping(cx, from);
}

static const struct cs_program pinger = {
    .role = "pinger",
    .state_size = 1,
    .on_start = pinger_on_start,
    .on_message = pinger_on_message,
};

/* ---- The cluster ----------------------------------------------------------------------------- */

static void *zeroed(uint32_t count, size_t size)
{
    void *memory = calloc(count, size);
    cs_assert(memory != NULL);
    return memory;
}

static struct topology room_of(uint32_t count)
{
    static const char *const names[] = { "here" };
    static const uint32_t first[1];
    static struct link_options link;
    link = (struct link_options){ .latency = distribution_constant(1000000),
                                  .bandwidth_bits_per_s = 1000000000 };
    return (struct topology){ .machine_count = count,
                              .rack_count = 1,
                              .region_count = 1,
                              .region_names = names,
                              .rack_names = names,
                              .region_of_rack = first,
                              .rack_of_machine = zeroed(count, sizeof(uint32_t)),
                              .links = &link,
                              .link_count = 1,
                              .link_of_racks = first };
}

/* Whatever it allocates lives as long as the process. */
static void run(const struct cs_program *program, uint32_t count)
{
    struct machine_options *machines = zeroed(count, sizeof *machines);
    struct instance_options *instances = zeroed(count, sizeof *instances);
    uint32_t *members = zeroed(count, sizeof *members);
    char(*names)[12] = zeroed(count, sizeof *names);
    for (uint32_t i = 0; i < count; i++) {
        snprintf(names[i], sizeof names[i], "n%u", i);
        machines[i] = (struct machine_options){ .name = names[i], .cores = 1 };
        instances[i] = (struct instance_options){ .name = names[i],
                                                  .machine = i,
                                                  .program_name = program->role,
                                                  .program = program,
                                                  .disk = { .sector = 512 },
                                                  .start = CS_START_FOUND };
        members[i] = i;
    }
    struct group_options group = { .name = "all", .members = members, .member_count = count };
    cluster = cluster_new(&(struct cluster_options){ .seed = 1,
                                                     .topology = room_of(count),
                                                     .machines = machines,
                                                     .instances = instances,
                                                     .instance_count = count,
                                                     .groups = &group,
                                                     .group_count = 1 });
    bool ended = cluster_run(cluster, UINT64_C(1) << 62, UINT64_MAX);
    cs_assert(!ended);
    cs_assert(watch.seen == watch.warm_up + watch.events);
}

int main(int argc, char **argv)
{
    if (argc == 5 && strcmp(argv[1], "timers") == 0) {
        delays = peer_delays_of(argv[2]);
        uint32_t instances = peer_number(argv[3]);
        watch = (struct peer_watch){ .warm_up = instances, .events = peer_number(argv[4]) };
        run(&sleeper, instances);
        return 0;
    }
    if (argc == 4 && strcmp(argv[1], "messages") == 0) {
        uint32_t pairs = peer_number(argv[2]);
        watch = (struct peer_watch){ .warm_up = 10 * pairs, .events = peer_number(argv[3]) };
        run(&pinger, 2 * pairs);
        return 0;
    }
    fputs("usage: peer-clustersim-host timers DELAYS INSTANCES EVENTS\n"
          "       peer-clustersim-host messages PAIRS MESSAGES\n",
          stderr);
    return 2;
}
