#include "model/network.h"

#include <stdlib.h>

#include "clustersim/protocol.h"
#include "model/span.h"

/* The draws of one message, in this order, and those of each condition that applies to it. */
enum {
    DRAW_LOSS,
    DRAW_LATENCY,
    DRAW_JITTER,
    DRAW_REORDER,
    DRAW_REORDER_LATENCY,
    DRAW_DUPLICATE,
    DRAW_DUPLICATE_LATENCY,
    DRAW_COUNT
};
enum { EXTRA_LOSS, EXTRA_DUPLICATE, EXTRA_DELAY, EXTRA_DUPLICATE_DELAY, EXTRA_COUNT };

/* A directed pair of machines that has sent something.  `messages` is DRAW_COUNT draws further with
 * each message. */
struct pair {
    uint64_t name; /* from << 32 | to; NAME_NONE in an empty slot */
    const struct link_options *link;
    struct random_stream messages;
    uint64_t conditions_key;
    uint64_t busy_until;
};

#define NAME_NONE UINT64_MAX /* a pair of a machine with itself, which has no slot */

/* What is in place at one machine: bit c stands for cut c, or for condition c. */
struct place {
    uint64_t on_side[NETWORK_SIDES_MAX]; /* cuts that put it on side s */
    uint64_t cut_off[NETWORK_SIDES_MAX]; /* cuts by which it cannot reach side s */
    uint64_t conditions;                 /* that it is a member of */
};

struct network {
    uint64_t seed;
    const struct topology *topology;
    const uint64_t *machine_keys;
    struct place *places; /* by machine */
    uint64_t cuts;        /* bit c: cut c is in place */
    uint64_t conditions;
    struct network_condition condition[NETWORK_CONDITIONS_MAX];
    struct pair *pairs; /* open addressing, linear probing; never iterated but to grow */
    size_t pair_count, pair_capacity;
};

enum { PAIR_CAPACITY_FIRST = 64 };

_Static_assert(NETWORK_CUTS_MAX == 64, "a bit for each cut");
_Static_assert(NETWORK_CONDITIONS_MAX == 64, "a bit for each condition");

/* ---- Pairs ------------------------------------------------------------------------------------
 */

static struct pair *new_pairs(size_t capacity)
{
    struct pair *pairs = calloc(capacity, sizeof *pairs);
    cs_assert(pairs != NULL);
    for (size_t i = 0; i < capacity; i++)
        pairs[i].name = NAME_NONE;
    return pairs;
}

/* The slot of `name`: its own, or the empty one that it would take. */
static struct pair *pair_slot(struct pair *pairs, size_t capacity, uint64_t name)
{
    size_t i = (size_t)random_mix(name) & (capacity - 1);
    while (pairs[i].name != name && pairs[i].name != NAME_NONE)
        i = (i + 1) & (capacity - 1);
    return &pairs[i];
}

static void grow_pairs(struct network *network)
{
    size_t capacity = network->pair_capacity * 2;
    struct pair *pairs = new_pairs(capacity);
    for (size_t i = 0; i < network->pair_capacity; i++) {
        const struct pair *pair = &network->pairs[i];
        if (pair->name != NAME_NONE)
            *pair_slot(pairs, capacity, pair->name) = *pair;
    }
    free(network->pairs);
    network->pairs = pairs;
    network->pair_capacity = capacity;
}

static struct pair *add_pair(struct network *network, uint32_t from, uint32_t to)
{
    const uint64_t *keys = network->machine_keys;
    uint64_t name = (uint64_t)from << 32 | to;
    if (++network->pair_count > network->pair_capacity / 2)
        grow_pairs(network);
    struct pair *pair = pair_slot(network->pairs, network->pair_capacity, name);
    *pair = (struct pair){
        .name = name,
        .link = &network->topology->links[topology_link(network->topology, from, to)],
        .messages =
            random_stream_of(random_key_pair(network->seed, keys[from], keys[to], "message")),
        .conditions_key = random_key_pair(network->seed, keys[from], keys[to], "condition"),
    };
    return pair;
}

static struct pair *pair_of(struct network *network, uint32_t from, uint32_t to)
{
    uint64_t name = (uint64_t)from << 32 | to;
    struct pair *pair = pair_slot(network->pairs, network->pair_capacity, name);
    return pair->name == name ? pair : add_pair(network, from, to);
}

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
    network->places = calloc(topology->machine_count, sizeof *network->places);
    cs_assert(network->places != NULL);
    network->pair_capacity = PAIR_CAPACITY_FIRST;
    network->pairs = new_pairs(network->pair_capacity);
    return network;
}

void network_free(struct network *network)
{
    if (network == NULL)
        return;
    free(network->places);
    free(network->pairs);
    free(network);
}

/* ---- Cuts and conditions ----------------------------------------------------------------------
 */

/* Take the lowest bit that is clear in *taken. */
static uint32_t take_bit(uint64_t *taken)
{
    cs_assert(*taken != UINT64_MAX);
    uint32_t bit = (uint32_t)__builtin_ctzll(~*taken);
    *taken |= UINT64_C(1) << bit;
    return bit;
}

static void give_bit_back(uint64_t *taken, uint32_t bit)
{
    cs_assert(bit < 64);
    cs_assert((*taken >> bit & 1) != 0);
    *taken &= ~(UINT64_C(1) << bit);
}

uint32_t network_cut(struct network *network, const uint8_t *sides,
                     const uint8_t blocked[NETWORK_SIDES_MAX])
{
    uint32_t cut = take_bit(&network->cuts);
    uint64_t mask = UINT64_C(1) << cut;
    for (uint32_t i = 0; i < network->topology->machine_count; i++) {
        struct place *place = &network->places[i];
        cs_assert(sides[i] < NETWORK_SIDES_MAX);
        place->on_side[sides[i]] |= mask;
        for (uint32_t s = 0; s < NETWORK_SIDES_MAX; s++) {
            if ((blocked[sides[i]] >> s & 1) != 0)
                place->cut_off[s] |= mask;
        }
    }
    return cut;
}

void network_heal(struct network *network, uint32_t cut)
{
    give_bit_back(&network->cuts, cut);
    uint64_t kept = ~(UINT64_C(1) << cut);
    for (uint32_t i = 0; i < network->topology->machine_count; i++) {
        for (uint32_t s = 0; s < NETWORK_SIDES_MAX; s++) {
            network->places[i].on_side[s] &= kept;
            network->places[i].cut_off[s] &= kept;
        }
    }
}

bool network_reachable(const struct network *network, uint32_t from, uint32_t to)
{
    cs_assert(from < network->topology->machine_count);
    cs_assert(to < network->topology->machine_count);
    if (network->cuts == 0 || from == to)
        return true;
    const struct place *sender = &network->places[from];
    const struct place *receiver = &network->places[to];
    uint64_t between = 0; /* cuts that block the pair */
    for (uint32_t s = 0; s < NETWORK_SIDES_MAX; s++)
        between |= sender->cut_off[s] & receiver->on_side[s];
    return between == 0;
}

uint32_t network_degrade(struct network *network, const uint8_t *members,
                         const struct network_condition *condition)
{
    cs_assert(condition->loss <= PROBABILITY_ONE);
    cs_assert(condition->duplicate <= PROBABILITY_ONE);
    uint32_t index = take_bit(&network->conditions);
    network->condition[index] = *condition;
    for (uint32_t i = 0; i < network->topology->machine_count; i++) {
        if (members[i] != 0)
            network->places[i].conditions |= UINT64_C(1) << index;
    }
    return index;
}

void network_restore(struct network *network, uint32_t condition)
{
    give_bit_back(&network->conditions, condition);
    for (uint32_t i = 0; i < network->topology->machine_count; i++)
        network->places[i].conditions &= ~(UINT64_C(1) << condition);
}

/* ---- Messages ---------------------------------------------------------------------------------
 */

/* What becomes of a message, before it is told as a route. */
struct fate {
    bool lost, duplicated;
    uint64_t delay_ns[2]; /* of the first and the second copy, without the wait for the link */
};

/* Draw number `index` of the message, or condition, whose draws begin at `start`. */
static uint64_t draw(struct random_stream start, uint32_t index)
{
    start.counter += index;
    return random_next(&start);
}

static bool draw_chance(struct random_stream start, uint32_t index, uint64_t parts)
{
    start.counter += index;
    return random_chance(&start, parts);
}

static uint64_t draw_delay(struct random_stream start, uint32_t index,
                           const struct distribution *distribution)
{
    return distribution_quantile(distribution, draw(start, index));
}

/* What the link alone does to a message.  A draw is a function of its number, so one that does not
 * matter need not be computed. */
static struct fate link_fate(const struct link_options *link, struct random_stream message)
{
    uint64_t delay_ns = draw_delay(message, DRAW_LATENCY, &link->latency);
    if (link->jitter_ns > 0) {
        uint64_t jitter_ns = random_scale(draw(message, DRAW_JITTER), link->jitter_ns + 1);
        delay_ns = span_add(delay_ns, jitter_ns);
    }
    if (draw_chance(message, DRAW_REORDER, link->reorder))
        delay_ns = span_add(delay_ns, draw_delay(message, DRAW_REORDER_LATENCY, &link->latency));
    struct fate fate = {
        .lost = draw_chance(message, DRAW_LOSS, link->loss),
        .duplicated = draw_chance(message, DRAW_DUPLICATE, link->duplicate),
        .delay_ns = { delay_ns, draw_delay(message, DRAW_DUPLICATE_LATENCY, &link->latency) },
    };
    return fate;
}

/* Add the conditions of the set `applying` as independent causes.  Condition c of a message draws
 * from the same place of the pair's condition stream whatever else is in place: the message's
 * number times the most conditions there can be, plus c. */
static void add_conditions(const struct network *network, const struct pair *pair,
                           uint64_t applying, struct fate *fate)
{
    uint64_t message_index = pair->messages.counter / DRAW_COUNT;
    for (; applying != 0; applying &= applying - 1) {
        uint32_t c = (uint32_t)__builtin_ctzll(applying);
        const struct network_condition *condition = &network->condition[c];
        struct random_stream extra = random_stream_of(pair->conditions_key);
        extra.counter = (message_index * NETWORK_CONDITIONS_MAX + c) * EXTRA_COUNT;
        fate->lost |= draw_chance(extra, EXTRA_LOSS, condition->loss);
        fate->duplicated |= draw_chance(extra, EXTRA_DUPLICATE, condition->duplicate);
        fate->delay_ns[0] =
            span_add(fate->delay_ns[0], draw_delay(extra, EXTRA_DELAY, &condition->delay));
        fate->delay_ns[1] = span_add(fate->delay_ns[1],
                                     draw_delay(extra, EXTRA_DUPLICATE_DELAY, &condition->delay));
    }
}

/* The message takes its turn on the link.  Returns how long after `now` its last bit has left. */
static uint64_t occupy(struct pair *pair, uint64_t now, uint64_t size)
{
    if (pair->link->bandwidth_bits_per_s == 0)
        return 0;
    cs_assert(size <= UINT64_MAX / 8);
    uint64_t start = now > pair->busy_until ? now : pair->busy_until;
    pair->busy_until =
        span_add(start, span_of_transfer(size * 8, pair->link->bandwidth_bits_per_s));
    return pair->busy_until - now;
}

static void route_fate(const struct fate *fate, uint64_t left_ns, struct network_route *ret_route)
{
    *ret_route = (struct network_route){ .drop = fate->lost ? NETWORK_LOST : NETWORK_DELIVERED };
    if (fate->lost)
        return;
    ret_route->copies = fate->duplicated ? 2 : 1;
    for (uint32_t i = 0; i < ret_route->copies; i++) {
        uint64_t delay_ns = span_add(left_ns, fate->delay_ns[i]);
        ret_route->delay_ns[i] = delay_ns < NETWORK_DELAY_MAX ? delay_ns : NETWORK_DELAY_MAX;
    }
}

void network_send(struct network *network, uint64_t now, uint32_t from, uint32_t to, uint64_t size,
                  struct network_route *ret_route)
{
    cs_assert(from < network->topology->machine_count);
    cs_assert(to < network->topology->machine_count);
    if (from == to) {
        *ret_route = (struct network_route){ .drop = NETWORK_DELIVERED, .copies = 1 };
        return;
    }
    struct pair *pair = pair_of(network, from, to);
    struct fate fate = link_fate(pair->link, pair->messages);
    uint64_t applying = network->places[from].conditions | network->places[to].conditions;
    if (applying != 0)
        add_conditions(network, pair, applying, &fate);
    pair->messages.counter += DRAW_COUNT;
    uint64_t left_ns = occupy(pair, now, size);
    *ret_route = (struct network_route){ .drop = NETWORK_CUT };
    if (network_reachable(network, from, to))
        route_fate(&fate, left_ns, ret_route);
}
