/* The table of the directed pairs that have sent something. */
#include <stdlib.h>

#include "model/network_internal.h"

enum { CAPACITY_FIRST = 64, CACHE_LINE = 64 };

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
    for (size_t i = 0; i < network->pair_capacity; i++) {
        const struct pair *pair = &network->pairs[i];
        if (pair->name != PAIR_NONE)
            *slot_of(pairs, capacity, pair->name) = *pair;
    }
    free(network->pairs);
    network->pairs = pairs;
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
}

struct pair *network_pair(struct network *network, uint32_t from, uint32_t to)
{
    uint64_t name = (uint64_t)from << 32 | to;
    struct pair *pair = slot_of(network->pairs, network->pair_capacity, name);
    return pair->name == name ? pair : add(network, from, to);
}
