/* What becomes of a message, and the queues that it passes. */
#include "model/network.h"

#include <stdlib.h>

#include "model/network_internal.h"

/* The draws of one message, in this order. */
enum {
    DRAW_LOSS,
    DRAW_LATENCY,
    DRAW_JITTER,
    DRAW_REORDER,
    DRAW_REORDER_LATENCY,
    DRAW_DUPLICATE,
    DRAW_DUPLICATE_LATENCY,
    DRAW_COUNT /* for ever: what is new is drawn from the extras (network_condition.c) */
};

/* ---- A network --------------------------------------------------------------------------------
 */

struct network *network_new(uint64_t seed, const struct topology *topology,
                            const uint64_t *machine_keys)
{
    topology_check(topology);
    struct network *network = calloc(1, sizeof *network);
    cs_assert(network != NULL);
    network->seed = seed;
    network->topology = topology;
    network->machine_keys = machine_keys;
    if (topology->interfaces != NULL) {
        network->interfaces = calloc(topology->machine_count, sizeof *network->interfaces);
        cs_assert(network->interfaces != NULL);
    }
    network_pairs_init(network);
    return network;
}

void network_free(struct network *network)
{
    if (network == NULL)
        return;
    slots_done(&network->cuts);
    network_conditions_done(network);
    free(network->interfaces);
    network_pairs_done(network);
    free(network);
}

/* ---- Queues ------------------------------------------------------------------------------------
 */

/* A queue before something of a bandwidth, as one message finds it. */
struct queue {
    uint64_t bandwidth_bits_per_s; /* 0: nobody waits */
    uint64_t limit_bytes;          /* 0: none */
    uint64_t *busy_until;
    uint64_t *busy_ns; /* counts the transfers, or NULL */
    uint64_t *most_ns; /* that has waited, or NULL */
};

/* Whether more than `limit_bytes` leave in `wait_ns` at this bandwidth. */
static bool holds_more(uint64_t wait_ns, uint64_t bandwidth_bits_per_s, uint64_t limit_bytes)
{
    return (wide)wait_ns * bandwidth_bits_per_s > (wide)limit_bytes * UINT64_C(8000000000);
}

/* A message of `size` bytes comes at *at and has passed at *at.  False if there is no room. */
static bool pass(struct queue queue, uint64_t size, uint64_t *at)
{
    uint64_t bandwidth = queue.bandwidth_bits_per_s;
    if (bandwidth == 0)
        return true;
    cs_assert(size <= UINT64_MAX / 8);
    uint64_t start = *at > *queue.busy_until ? *at : *queue.busy_until;
    if (queue.limit_bytes > 0 && holds_more(start - *at, bandwidth, queue.limit_bytes))
        return false;
    uint64_t came = *at, transfer_ns = span_of_transfer(size * 8, bandwidth);
    *at = *queue.busy_until = span_add(start, transfer_ns);
    if (queue.most_ns != NULL && *at - came > *queue.most_ns)
        *queue.most_ns = *at - came;
    if (queue.busy_ns != NULL)
        *queue.busy_ns = span_add(*queue.busy_ns, transfer_ns);
    return true;
}

static bool pass_sending_interface(struct network *network, uint32_t machine, uint64_t size,
                                   uint64_t *at)
{
    const struct interface_options *options = &network->topology->interfaces[machine];
    struct interface *interface = &network->interfaces[machine];
    struct queue queue = { options->bandwidth_bits_per_s, options->queue_limit_bytes,
                           &interface->send_until, &interface->sent_busy_ns,
                           &interface->send_most_ns };
    return pass(queue, size, at);
}

static bool pass_link(struct network *network, struct pair *pair, uint64_t now, uint64_t size,
                      uint64_t *at)
{
    struct queue queue = { pair->link->bandwidth_bits_per_s, pair->link->queue_limit_bytes,
                           &pair->busy_until, NULL, NULL };
    uint64_t came = *at > pair->busy_until ? *at : pair->busy_until;
    if (!pass(queue, size, at))
        return false;
    if (network->loads != NULL && queue.bandwidth_bits_per_s > 0)
        network_note_busy(network, pair, now, (struct busy_span){ came, *at });
    return true;
}

static bool pass_conditions(struct pair *pair, const struct fate *fate, uint64_t size, uint64_t *at)
{
    uint64_t limit = fate->queue_limit_bytes;
    struct queue queue = { fate->bandwidth_bits_per_s,
                           limit > 0 ? limit : pair->link->queue_limit_bytes,
                           &pair->throttled_until, NULL, NULL };
    return pass(queue, size, at);
}

/* The message takes its turns.  Returns false if it is dropped at a full queue, else in *at when
 * its last bit is on its way. */
static bool leave(struct network *network, struct pair *pair, uint32_t from, uint64_t size,
                  const struct fate *fate, uint64_t *at)
{
    uint64_t now = *at;
    if (network->interfaces != NULL && !pass_sending_interface(network, from, size, at))
        return false;
    return pass_link(network, pair, now, size, at) && pass_conditions(pair, fate, size, at);
}

bool network_receives_in_turn(const struct network *network, uint32_t from, uint32_t to)
{
    cs_assert(to < network->topology->machine_count);
    return network->interfaces != NULL && from != to &&
           network->topology->interfaces[to].bandwidth_bits_per_s > 0;
}

bool network_receive(struct network *network, uint64_t now, uint32_t to, uint64_t size,
                     uint64_t *ret_at)
{
    cs_assert(to < network->topology->machine_count);
    cs_assert(network->interfaces != NULL);
    const struct interface_options *options = &network->topology->interfaces[to];
    struct interface *interface = &network->interfaces[to];
    struct queue queue = { options->bandwidth_bits_per_s, options->queue_limit_bytes,
                           &interface->receive_until, &interface->received_busy_ns,
                           &interface->receive_most_ns };
    uint64_t at = now;
    if (!pass(queue, size, &at))
        return false;
    *ret_at = at;
    return true;
}

struct network_interface_view network_interface(const struct network *network, uint32_t machine,
                                                uint64_t now)
{
    cs_assert(machine < network->topology->machine_count);
    if (network->interfaces == NULL)
        return (struct network_interface_view){ 0 };
    const struct interface *interface = &network->interfaces[machine];
    return (struct network_interface_view){
        .sent_busy_ns = interface->sent_busy_ns,
        .received_busy_ns = interface->received_busy_ns,
        .send_backlog_ns = interface->send_until > now ? interface->send_until - now : 0,
        .receive_backlog_ns = interface->receive_until > now ? interface->receive_until - now : 0,
        .send_most_ns = interface->send_most_ns,
        .receive_most_ns = interface->receive_most_ns,
    };
}

void network_begin_window(struct network *network, uint64_t now)
{
    for (uint32_t m = 0; network->interfaces != NULL && m < network->topology->machine_count; m++) {
        struct network_interface_view view = network_interface(network, m, now);
        network->interfaces[m].send_most_ns = view.send_backlog_ns;
        network->interfaces[m].receive_most_ns = view.receive_backlog_ns;
    }
}

/* ---- Messages ----------------------------------------------------------------------------------
 */

/* What chance does to the pair's next message. */
static struct fate draw_fate(struct network *network, struct pair *pair, uint32_t kind)
{
    const struct link_options *link = pair->link;
    struct fate fate = {
        .lost = draw_chance(pair->messages, DRAW_LOSS, link->loss),
        .duplicated = draw_chance(pair->messages, DRAW_DUPLICATE, link->duplicate),
    };
    uint64_t message = pair->messages.counter / DRAW_COUNT;
    if ((link->burst_begin | link->corrupt) != 0)
        network_link_extras(pair, message, &fate);
    if (network->conditions.count > 0)
        network_add_conditions(network, pair, message, kind, &fate);
    return fate;
}

/* How long the link alone takes with a copy, once the last bit is on its way. */
static uint64_t link_delay(const struct pair *pair, uint32_t copy)
{
    const struct link_options *link = pair->link;
    struct random_stream message = pair->messages;
    if (copy > 0)
        return draw_delay(message, DRAW_DUPLICATE_LATENCY, &link->latency);
    uint64_t delay_ns = draw_delay(message, DRAW_LATENCY, &link->latency);
    if (link->jitter_ns > 0) {
        uint64_t jitter_ns = random_scale(draw(message, DRAW_JITTER), link->jitter_ns + 1);
        delay_ns = span_add(delay_ns, jitter_ns);
    }
    if (draw_chance(message, DRAW_REORDER, link->reorder))
        delay_ns = span_add(delay_ns, draw_delay(message, DRAW_REORDER_LATENCY, &link->latency));
    return delay_ns;
}

static void route_copies(const struct pair *pair, const struct fate *fate, uint64_t left_ns,
                         struct network_route *route)
{
    route->copies = fate->duplicated ? 2 : 1;
    for (uint32_t i = 0; i < route->copies; i++) {
        uint64_t delay_ns = span_add(left_ns, span_add(link_delay(pair, i), fate->extra_ns[i]));
        route->delay_ns[i] = delay_ns < NETWORK_DELAY_MAX ? delay_ns : NETWORK_DELAY_MAX;
        route->damage[i] = fate->damage[i];
    }
}

/* Whether nothing but the latency can happen to what goes over the link. */
static bool is_plain(const struct network *network, const struct link_options *link)
{
    return network->conditions.count == 0 && network->cuts.count == 0 &&
           network->interfaces == NULL &&
           (link->loss | link->duplicate | link->reorder | link->jitter_ns | link->burst_begin |
            link->corrupt | link->bandwidth_bits_per_s) == 0;
}

/* NOLINTNEXTLINE(readability-function-size): each parameter is a property of the message */
void network_send(struct network *network, uint64_t now, uint32_t from, uint32_t to, uint32_t kind,
                  uint64_t size, struct network_route *ret_route)
{
    cs_assert(from < network->topology->machine_count);
    cs_assert(to < network->topology->machine_count);
    *ret_route = (struct network_route){ .drop = NETWORK_DELIVERED };
    if (from == to) {
        ret_route->copies = 1;
        return;
    }
    struct pair *pair = network_pair(network, from, to);
    if (is_plain(network, pair->link)) {
        uint64_t delay_ns = draw_delay(pair->messages, DRAW_LATENCY, &pair->link->latency);
        ret_route->delay_ns[0] = delay_ns < NETWORK_DELAY_MAX ? delay_ns : NETWORK_DELAY_MAX;
        ret_route->copies = 1;
        pair->messages.counter += DRAW_COUNT;
        return;
    }
    struct fate fate = draw_fate(network, pair, kind);
    uint64_t left_at = now;
    ret_route->drop = NETWORK_OVERFLOW;
    if (leave(network, pair, from, size, &fate, &left_at))
        ret_route->drop = network_obstacle(network, from, to);
    bool through = ret_route->drop == NETWORK_DELIVERED || ret_route->drop == NETWORK_HELD;
    if (through && network->conditions.count > 0)
        network_count_touched(network, &fate);
    if (through && fate.lost)
        ret_route->drop = NETWORK_LOST;
    if (through && !fate.lost)
        route_copies(pair, &fate, left_at - now, ret_route);
    pair->messages.counter += DRAW_COUNT;
}

/* ---- Damage ------------------------------------------------------------------------------------
 */

enum { FLIPS_MAX = 4 };

void network_damage(uint64_t damage, uint8_t *data, size_t size)
{
    cs_assert(damage != 0);
    if (size == 0)
        return;
    cs_assert(size <= UINT64_MAX / 8);
    struct random_stream stream = random_stream_of(damage);
    uint64_t flipped[FLIPS_MAX];
    uint64_t flips = 1 + random_below(&stream, FLIPS_MAX);
    uint32_t count = 0;
    for (uint64_t i = 0; i < flips; i++) {
        uint64_t bit = random_below(&stream, size * 8);
        bool again = false; /* would undo an earlier flip */
        for (uint32_t k = 0; k < count; k++)
            again |= flipped[k] == bit;
        if (again)
            continue;
        flipped[count++] = bit;
        data[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
}
