#include "model/topology.h"

#include "clustersim/protocol.h"

static uint64_t pair_of(uint32_t from, uint32_t to) { return (uint64_t)from << 32 | to; }

static uint64_t exception_pair(const struct link_exception *exception)
{
    return pair_of(exception->from, exception->to);
}

static void check_exceptions(const struct topology *topology)
{
    for (size_t i = 0; i < topology->exception_count; i++) {
        const struct link_exception *exception = &topology->exceptions[i];
        cs_assert(exception->from < topology->machine_count);
        cs_assert(exception->to < topology->machine_count);
        cs_assert(exception->link < topology->link_count);
        cs_assert(i == 0 || exception_pair(exception - 1) < exception_pair(exception));
    }
}

static void check_link(const struct link_options *link)
{
    cs_assert(link->loss <= PROBABILITY_ONE);
    cs_assert(link->duplicate <= PROBABILITY_ONE);
    cs_assert(link->reorder <= PROBABILITY_ONE);
    cs_assert(link->corrupt <= PROBABILITY_ONE);
    cs_assert(link->burst_begin <= PROBABILITY_ONE);
    cs_assert(link->burst_end <= PROBABILITY_ONE);
    cs_assert(link->jitter_ns < UINT64_MAX);
}

void topology_check(const struct topology *topology)
{
    for (uint32_t i = 0; i < topology->machine_count; i++)
        cs_assert(topology->rack_of_machine[i] < topology->rack_count);
    for (uint32_t i = 0; i < topology->rack_count; i++)
        cs_assert(topology->region_of_rack[i] < topology->region_count);
    for (size_t i = 0; i < (size_t)topology->rack_count * topology->rack_count; i++)
        cs_assert(topology->link_of_racks[i] < topology->link_count);
    for (uint32_t i = 0; i < topology->link_count; i++)
        check_link(&topology->links[i]);
    check_exceptions(topology);
}

uint32_t topology_link(const struct topology *topology, uint32_t from, uint32_t to)
{
    cs_assert(from < topology->machine_count);
    cs_assert(to < topology->machine_count);
    size_t low = 0;
    size_t high = topology->exception_count; /* the answer, if there is one, is in [low, high) */
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        uint64_t pair = exception_pair(&topology->exceptions[middle]);
        if (pair == pair_of(from, to))
            return topology->exceptions[middle].link;
        if (pair < pair_of(from, to)) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    size_t racks = (size_t)topology->rack_of_machine[from] * topology->rack_count;
    return topology->link_of_racks[racks + topology->rack_of_machine[to]];
}
