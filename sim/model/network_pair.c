/* The table of the directed pairs that have sent something, and what their links have to do. */
#include <stdlib.h>

#include "model/network_internal.h"

enum { CAPACITY_FIRST = 64, CACHE_LINE = 64 };

static struct link_load *new_loads(size_t capacity)
{
    struct link_load *loads = calloc(capacity, sizeof *loads);
    cs_assert(loads != NULL);
    return loads;
}

static struct pair *new_pairs(size_t capacity)
{
    struct pair *pairs = aligned_alloc(CACHE_LINE, capacity * sizeof *pairs);
    cs_assert(pairs != NULL);
    for (size_t i = 0; i < capacity; i++)
        pairs[i] = (struct pair){ .name = PAIR_NONE };
    return pairs;
}

/* The slot of `name`: its own, or the empty one that it would take. */
static struct pair *slot_of(struct pair *pairs, size_t capacity, uint64_t name)
{
    size_t i = (size_t)random_mix(name) & (capacity - 1);
    while (pairs[i].name != name && pairs[i].name != PAIR_NONE)
        i = (i + 1) & (capacity - 1);
    return &pairs[i];
}

static void grow(struct network *network)
{
    size_t capacity = network->pair_capacity * 2;
    struct pair *pairs = new_pairs(capacity);
    struct link_load *loads = network->loads == NULL ? NULL : new_loads(capacity);
    for (size_t i = 0; i < network->pair_capacity; i++) {
        const struct pair *pair = &network->pairs[i];
        if (pair->name == PAIR_NONE)
            continue;
        struct pair *moved = slot_of(pairs, capacity, pair->name);
        *moved = *pair;
        if (loads != NULL)
            loads[moved - pairs] = network->loads[i];
    }
    free(network->pairs);
    free(network->loads);
    network->pairs = pairs;
    network->loads = loads;
    network->pair_capacity = capacity;
}

static struct pair *add(struct network *network, uint32_t from, uint32_t to)
{
    const uint64_t *keys = network->machine_keys;
    uint64_t name = (uint64_t)from << 32 | to;
    cs_assert(from != to);
    cs_assert(network->pair_count < UINT32_MAX);
    uint32_t number = (uint32_t)network->pair_count++;
    if (network->pair_count > network->pair_capacity / 2)
        grow(network);
    struct pair *pair = slot_of(network->pairs, network->pair_capacity, name);
    *pair = (struct pair){
        .name = name,
        .link = &network->topology->links[topology_link(network->topology, from, to)],
        .messages =
            random_stream_of(random_key_pair(network->seed, keys[from], keys[to], "message")),
        .extras_key = random_key_pair(network->seed, keys[from], keys[to], "extras"),
        .number = number,
    };
    return pair;
}

void network_pairs_init(struct network *network)
{
    cs_assert(network->pairs == NULL);
    network->pair_capacity = CAPACITY_FIRST;
    network->pairs = new_pairs(network->pair_capacity);
    bool limited = false;
    for (uint32_t i = 0; i < network->topology->link_count; i++)
        limited |= network->topology->links[i].bandwidth_bits_per_s > 0;
    if (limited)
        network->loads = new_loads(network->pair_capacity);
}

struct pair *network_pair(struct network *network, uint32_t from, uint32_t to)
{
    uint64_t name = (uint64_t)from << 32 | to;
    struct pair *pair = slot_of(network->pairs, network->pair_capacity, name);
    return pair->name == name ? pair : add(network, from, to);
}

bool network_has_link_use(const struct network *network) { return network->loads != NULL; }

/* The highest over pairs: their order in the table is nothing. */
void network_take_link_use(struct network *network, uint64_t now, struct network_link_use *ret_use)
{
    cs_assert(network->loads != NULL);
    for (uint32_t m = 0; m < network->topology->machine_count; m++)
        ret_use[m] = (struct network_link_use){ 0 };
    for (size_t i = 0; i < network->pair_capacity; i++) {
        const struct pair *pair = &network->pairs[i];
        if (pair->name == PAIR_NONE)
            continue;
        struct network_link_use *use = &ret_use[pair->name >> 32];
        struct link_load *load = &network->loads[i];
        uint64_t backlog_ns = pair->busy_until > now ? pair->busy_until - now : 0;
        cs_assert(load->busy_ns >= backlog_ns);
        uint64_t done_ns = load->busy_ns - backlog_ns - load->taken_ns;
        load->taken_ns += done_ns;
        use->done_ns = done_ns > use->done_ns ? done_ns : use->done_ns;
        use->backlog_ns = backlog_ns > use->backlog_ns ? backlog_ns : use->backlog_ns;
    }
}
