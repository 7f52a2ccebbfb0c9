/* Faults of the network.  It holds a number of cuts and of conditions at a time; one more does
 * nothing. */
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "fault/internal.h"

static struct network *network_of(const struct firing *firing)
{
    return cluster_network(firing->timeline->cluster);
}

static uint32_t machine_count(const struct firing *firing)
{
    return cluster_options_of(firing->timeline->cluster)->topology.machine_count;
}

/* ---- Cuts ------------------------------------------------------------------------------------ */

/* Target i's machine is on side sides_of[i]; one that has several targets counts as on the last
 * one's; all others are on the last side, which reaches and is reached by all. */
static bool cut(struct firing *firing, const uint32_t *sides_of,
                const uint64_t blocked[NETWORK_SIDES_MAX], bool clog)
{
    const struct cluster_options *options = cluster_options_of(firing->timeline->cluster);
    if (firing->timeline->cut_count == NETWORK_CUTS_MAX) {
        return false;
    }
    uint8_t *sides = malloc(machine_count(firing));
    cs_assert(sides != NULL);
    memset(sides, NETWORK_SIDES_MAX - 1, machine_count(firing));
    for (uint32_t i = 0; i < firing->record.target_count; i++) {
        cs_assert(sides_of[i] < NETWORK_SIDES_MAX);
        sides[options->instances[firing->targets[i]].machine] = (uint8_t)sides_of[i];
    }
    firing->handle = network_cut(network_of(firing), sides, blocked, clog);
    firing->timeline->cut_count++;
    free(sides);
    return true;
}

bool begin_partition(struct firing *firing)
{
    uint64_t blocked[NETWORK_SIDES_MAX] = { 0 };
    uint32_t last = firing->side_of[firing->record.target_count - 1];
    cs_assert(last < NETWORK_SIDES_MAX - 1);
    for (uint32_t s = 0; s <= last; s++) {
        blocked[s] = ((UINT64_C(2) << last) - 1) & ~(UINT64_C(1) << s);
    }
    return cut(firing, firing->side_of, blocked, false);
}

/* Each target is a side; those that are not its neighbours are blocked. */
bool begin_ring(struct firing *firing)
{
    uint64_t blocked[NETWORK_SIDES_MAX] = { 0 };
    uint32_t sides[NETWORK_SIDES_MAX];
    uint32_t count = firing->record.target_count;
    if (count < 4 || count >= NETWORK_SIDES_MAX) {
        return false;
    }
    for (uint32_t s = 0; s < count; s++) {
        uint64_t reached = UINT64_C(1) << s | UINT64_C(1) << (s + 1) % count |
                           UINT64_C(1) << (s + count - 1) % count;
        blocked[s] = ((UINT64_C(1) << count) - 1) & ~reached;
        sides[s] = s;
    }
    return cut(firing, sides, blocked, false);
}

bool begin_block(struct firing *firing)
{
    uint64_t blocked[NETWORK_SIDES_MAX] = { 1u << 1 };
    return cut(firing, firing->side_of, blocked, false);
}

bool begin_clog_link(struct firing *firing)
{
    uint64_t blocked[NETWORK_SIDES_MAX] = { 1u << 1 };
    return cut(firing, firing->side_of, blocked, true);
}

/* Side 0 is the targets', one another's messages too; the last side is everybody else's. */
bool begin_clog(struct firing *firing)
{
    uint64_t blocked[NETWORK_SIDES_MAX] = { 0 };
    const uint64_t others = UINT64_C(1) << (NETWORK_SIDES_MAX - 1);
    blocked[0] = others | 1;
    blocked[NETWORK_SIDES_MAX - 1] = 1;
    return cut(firing, firing->side_of, blocked, true);
}

void end_cut(struct firing *firing)
{
    cluster_heal(firing->timeline->cluster, firing->handle);
    firing->timeline->cut_count--;
}

/* ---- Conditions ------------------------------------------------------------------------------ */

static uint64_t parts(const struct firing *firing, enum fault_amount amount)
{
    cs_assert(firing->record.amounts[amount] >= 0);
    return (uint64_t)firing->record.amounts[amount];
}

static struct network_condition condition_of(const struct firing *firing)
{
    return (struct network_condition){
        .key = hash_string(firing->name),
        .either = firing->side_of[firing->record.target_count - 1] == 0,
        .kinds = firing->fault->message_kinds,
        .kind_count = firing->fault->message_kind_count,
        .loss = parts(firing, AMOUNT_LOSS),
        .duplicate = parts(firing, AMOUNT_DUPLICATE),
        .reorder = parts(firing, AMOUNT_REORDER),
        .corrupt = parts(firing, AMOUNT_CORRUPT),
        .burst_begin = parts(firing, AMOUNT_BURST_BEGIN),
        .burst_end = parts(firing, AMOUNT_BURST_END),
        .delay = firing->fault->delay,
        .bandwidth_bits_per_s = parts(firing, AMOUNT_BANDWIDTH),
    };
}

/* With one side: what its machines send, and what they receive; with two: from the first to the
 * second. */
bool begin_packets(struct firing *firing)
{
    if (firing->timeline->condition_count == NETWORK_CONDITIONS_MAX) {
        return false;
    }
    struct network_condition condition = condition_of(firing);
    uint8_t *from = machines_of(firing, 0);
    uint8_t *to = machines_of(firing, condition.either ? 0 : 1);
    firing->handle = network_degrade(network_of(firing), from, to, &condition);
    firing->timeline->condition_count++;
    free(from);
    free(to);
    return true;
}

void end_packets(struct firing *firing)
{
    firing->record.changed = network_condition_count(network_of(firing), firing->handle);
    network_restore(network_of(firing), firing->handle);
    firing->timeline->condition_count--;
}
