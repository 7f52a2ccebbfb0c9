/* Cuts and clogs: who cannot reach whom.  Few are in place at a time, so they are asked one by one.
 */
#include <stdlib.h>
#include <string.h>

#include "model/network_internal.h"

uint32_t network_cut(struct network *network, const uint8_t *sides,
                     const uint64_t blocked[NETWORK_SIDES_MAX], bool clog)
{
    uint32_t machines = network->topology->machine_count;
    uint32_t handle = take_bit(&network->cuts, NETWORK_CUTS_MAX);
    struct cut *cut = malloc(sizeof *cut + machines);
    cs_assert(cut != NULL);
    memcpy(cut->blocked, blocked, sizeof cut->blocked);
    for (uint32_t i = 0; i < machines; i++) {
        cs_assert(sides[i] < NETWORK_SIDES_MAX);
        cut->sides[i] = sides[i];
    }
    network->cut[handle] = cut;
    if (clog)
        network->clogs |= UINT64_C(1) << handle;
    return handle;
}

void network_heal(struct network *network, uint32_t cut)
{
    give_bit_back(&network->cuts, cut);
    network->clogs &= network->cuts;
    free(network->cut[cut]);
    network->cut[cut] = NULL;
}

/* Those of the cuts in `asked` that stand between the two. */
static uint64_t cuts_between(const struct network *network, uint64_t asked, uint32_t from,
                             uint32_t to)
{
    cs_assert(from < network->topology->machine_count);
    cs_assert(to < network->topology->machine_count);
    if (from == to)
        return 0;
    uint64_t between = 0;
    for (uint64_t left = asked; left != 0; left &= left - 1) {
        uint32_t c = (uint32_t)__builtin_ctzll(left);
        const struct cut *cut = network->cut[c];
        between |= (cut->blocked[cut->sides[from]] >> cut->sides[to] & 1) << c;
    }
    return between;
}

bool network_reachable(const struct network *network, uint32_t from, uint32_t to)
{
    return cuts_between(network, network->cuts, from, to) == 0;
}

enum network_drop network_obstacle(const struct network *network, uint32_t from, uint32_t to)
{
    uint64_t between = cuts_between(network, network->cuts, from, to);
    if (between == 0)
        return NETWORK_DELIVERED;
    return (between & ~network->clogs) != 0 ? NETWORK_CUT : NETWORK_HELD;
}

bool network_clogged(const struct network *network, uint32_t from, uint32_t to)
{
    return cuts_between(network, network->clogs, from, to) != 0;
}
