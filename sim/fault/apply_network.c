/* Faults of the network. */
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "fault/internal.h"

static struct network *network_of(const struct firing *firing)
{
    return cluster_network(firing->timeline->cluster);
}

/* Who a fault meets: instances, in the order of their sides. */
struct met {
    const uint32_t *targets, *side_of;
    uint32_t count;
};

/* ---- Cuts ------------------------------------------------------------------------------------ */

/* Each target is a side; those that are not its neighbours are blocked. */
static bool block_ring(uint32_t count, uint64_t *blocked)
{
    if (count < 4 || count >= NETWORK_SIDES_MAX) {
        return false;
    }
    for (uint32_t s = 0; s < count; s++) {
        uint64_t reached = UINT64_C(1) << s | UINT64_C(1) << (s + 1) % count |
                           UINT64_C(1) << (s + count - 1) % count;
        blocked[s] = ((UINT64_C(1) << count) - 1) & ~reached;
    }
    return true;
}

static void block_sides(uint32_t last, uint64_t *blocked)
{
    cs_assert(last < CUT_OTHERS);
    for (uint32_t s = 0; s <= last; s++) {
        blocked[s] = ((UINT64_C(2) << last) - 1) & ~(UINT64_C(1) << s);
    }
}

/* Which sides cannot reach which, by a fault of this kind.  False if it blocks nothing. */
static bool block(enum fault_kind kind, const struct met *met, uint64_t *blocked)
{
    if (kind == FAULT_RING)
        return block_ring(met->count, blocked);
    if (kind == FAULT_PARTITION) {
        block_sides(met->side_of[met->count - 1], blocked);
    } else if (kind == FAULT_BLOCK || kind == FAULT_CLOG_LINK) {
        blocked[0] = 1u << 1;
    } else if (kind == FAULT_CLOG) {
        /* What the targets send and receive, from one another too. */
        blocked[0] = UINT64_C(1) << CUT_OTHERS | 1;
        blocked[CUT_OTHERS] = 1;
    }
    return blocked[0] != 0;
}

/* Target i's machine is on its side, or on one of its own in a ring; one that has several targets
 * counts as on the last one's; all others are on the last side, which reaches and is reached by
 * all.  The caller frees it. */
static uint8_t *sides_of(const struct timeline *timeline, enum fault_kind kind,
                         const struct met *met)
{
    const struct cluster_options *options = cluster_options_of(timeline->cluster);
    uint8_t *sides = malloc(options->topology.machine_count);
    cs_assert(sides != NULL);
    memset(sides, CUT_OTHERS, options->topology.machine_count);
    for (uint32_t i = 0; i < met->count; i++) {
        uint32_t side = kind == FAULT_RING ? i : met->side_of[i];
        cs_assert(side < CUT_OTHERS);
        sides[options->instances[met->targets[i]].machine] = (uint8_t)side;
    }
    return sides;
}

/* Whether there are two machines one of which cannot reach the other: the targets may have been
 * programs of one machine, which reaches itself. */
static bool blocks_any(const struct timeline *timeline, const uint8_t *sides,
                       const uint64_t *blocked)
{
    uint32_t count[NETWORK_SIDES_MAX] = { 0 };
    for (uint32_t m = 0; m < cluster_options_of(timeline->cluster)->topology.machine_count; m++)
        count[sides[m]]++;
    for (uint32_t s = 0; s < NETWORK_SIDES_MAX; s++) {
        for (uint32_t t = 0; t < NETWORK_SIDES_MAX; t++) {
            bool reached = (blocked[s] >> t & 1) == 0;
            if (!reached && count[s] > 0 && count[t] > (s == t))
                return true;
        }
    }
    return false;
}

bool begin_cut(struct firing *firing)
{
    enum fault_kind kind = firing->record.kind;
    const struct met met = { firing->targets, firing->side_of, firing->record.target_count };
    uint64_t blocked[NETWORK_SIDES_MAX] = { 0 };
    if (!block(kind, &met, blocked)) {
        return false;
    }
    uint8_t *sides = sides_of(firing->timeline, kind, &met);
    bool clog = kind == FAULT_CLOG || kind == FAULT_CLOG_LINK;
    bool any = blocks_any(firing->timeline, sides, blocked);
    if (any)
        firing->handle = network_cut(network_of(firing), sides, blocked, clog);
    free(sides);
    return any;
}

void end_cut(struct firing *firing) { cluster_heal(firing->timeline->cluster, firing->handle); }

/* ---- Conditions ------------------------------------------------------------------------------ */

static uint64_t parts(const int64_t *amounts, enum fault_amount amount)
{
    cs_assert(amounts[amount] >= 0);
    return (uint64_t)amounts[amount];
}

/* What the amounts say, without whom it concerns. */
static struct network_condition condition_of(const int64_t *amounts)
{
    return (struct network_condition){
        .loss = parts(amounts, AMOUNT_LOSS),
        .duplicate = parts(amounts, AMOUNT_DUPLICATE),
        .reorder = parts(amounts, AMOUNT_REORDER),
        .corrupt = parts(amounts, AMOUNT_CORRUPT),
        .burst_begin = parts(amounts, AMOUNT_BURST_BEGIN),
        .burst_end = parts(amounts, AMOUNT_BURST_END),
        .bandwidth_bits_per_s = parts(amounts, AMOUNT_BANDWIDTH),
        .queue_limit_bytes = parts(amounts, AMOUNT_QUEUE),
    };
}

/* With one side: what its machines send, and what they receive; with two: from the first to the
 * second. */
bool begin_packets(struct firing *firing)
{
    struct network_condition condition = condition_of(firing->record.amounts);
    condition.key = hash_string(firing->name);
    condition.either = firing->side_of[firing->record.target_count - 1] == 0;
    condition.kinds = firing->fault->message_kinds;
    condition.kind_count = firing->fault->message_kind_count;
    condition.delay = firing->fault->delay;
    uint8_t *from = machines_of(firing, 0);
    uint8_t *to = machines_of(firing, condition.either ? 0 : 1);
    firing->handle = network_degrade(network_of(firing), from, to, &condition);
    free(from);
    free(to);
    return true;
}

void end_packets(struct firing *firing)
{
    firing->record.changed = network_condition_count(network_of(firing), firing->handle);
    network_restore(network_of(firing), firing->handle);
}

/* ---- Before it is done ----------------------------------------------------------------------- */

bool cut_of_targets(const struct timeline *timeline, enum fault_kind kind, const int64_t *amounts,
                    uint32_t count, struct proposed_cut *ret_cut)
{
    const struct met met = { timeline->targets, timeline->side_of, count };
    struct proposed_cut cut = { 0 };
    if (kind == FAULT_PACKETS) {
        struct network_condition condition = condition_of(amounts);
        cut.spared = network_condition_spared(&condition);
        if (cut.spared == PROBABILITY_ONE) {
            return false;
        }
        kind = met.side_of[count - 1] == 0 ? FAULT_CLOG : FAULT_BLOCK; /* as wide as these */
    }
    if (!block(kind, &met, cut.blocked)) {
        return false;
    }
    cut.sides = sides_of(timeline, kind, &met);
    *ret_cut = cut;
    return true;
}
