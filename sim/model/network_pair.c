/* The table of the directed pairs that have sent something, and what their links have to do. */
#include <stdlib.h>
#include <string.h>

#include "model/network_internal.h"

enum { CAPACITY_FIRST = 64, CACHE_LINE = 64, SPANS_FIRST = 4 };

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

void network_pairs_done(struct network *network)
{
    for (size_t i = 0; network->loads != NULL && i < network->pair_capacity; i++)
        free(network->loads[i].ahead);
    free(network->loads);
    free(network->pairs);
}

struct pair *network_pair(struct network *network, uint32_t from, uint32_t to)
{
    uint64_t name = (uint64_t)from << 32 | to;
    struct pair *pair = slot_of(network->pairs, network->pair_capacity, name);
    return pair->name == name ? pair : add(network, from, to);
}

/* ---- What links have to do ------------------------------------------------------------------- */

bool network_has_link_use(const struct network *network) { return network->loads != NULL; }

/* What lies before `now` is done. */
static void pass_time(struct link_load *load, uint64_t now)
{
    uint32_t passed = 0;
    while (passed < load->count && load->ahead[passed].begin < now) {
        struct busy_span *span = &load->ahead[passed];
        uint64_t until = span->end < now ? span->end : now;
        load->done_ns += until - span->begin;
        load->ahead_ns -= until - span->begin;
        span->begin = until;
        if (until < span->end)
            break;
        passed++;
    }
    load->count -= passed;
    if (passed > 0)
        memmove(load->ahead, load->ahead + passed, load->count * sizeof *load->ahead);
}

void network_note_busy(struct network *network, const struct pair *pair, uint64_t now,
                       struct busy_span span)
{
    struct link_load *load = &network->loads[pair - network->pairs];
    pass_time(load, now);
    struct busy_span *last = load->count == 0 ? NULL : &load->ahead[load->count - 1];
    cs_assert(span.begin <= span.end);
    cs_assert(last == NULL || last->end <= span.begin);
    load->ahead_ns += span.end - span.begin;
    load->most_ns = load->ahead_ns > load->most_ns ? load->ahead_ns : load->most_ns;
    if (last != NULL && last->end == span.begin) {
        last->end = span.end;
        return;
    }
    if (load->count == load->capacity) {
        load->capacity = load->capacity == 0 ? SPANS_FIRST : load->capacity * 2;
        load->ahead = realloc(load->ahead, load->capacity * sizeof *load->ahead);
        cs_assert(load->ahead != NULL);
    }
    load->ahead[load->count++] = span;
}

/* The highest over pairs: their order in the table is nothing. */
void network_take_link_use(struct network *network, uint64_t now, struct network_link_use *ret_use)
{
    cs_assert(network->loads != NULL);
    for (uint32_t m = 0; m < network->topology->machine_count; m++)
        ret_use[m] = (struct network_link_use){ 0 };
    for (size_t i = 0; i < network->pair_capacity; i++) {
        if (network->pairs[i].name == PAIR_NONE)
            continue;
        struct network_link_use *use = &ret_use[network->pairs[i].name >> 32];
        struct link_load *load = &network->loads[i];
        pass_time(load, now);
        use->done_ns = load->done_ns > use->done_ns ? load->done_ns : use->done_ns;
        use->backlog_ns = load->ahead_ns > use->backlog_ns ? load->ahead_ns : use->backlog_ns;
        use->most_ns = load->most_ns > use->most_ns ? load->most_ns : use->most_ns;
        load->done_ns = 0;
        load->most_ns = load->ahead_ns;
    }
}
