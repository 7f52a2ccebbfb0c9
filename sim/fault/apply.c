/* What each kind of fault does to its targets, and how it ends: one table. */
#include <stdlib.h>

#include "fault/internal.h"

enum {
    AT_ONCE = 1,  /* nothing is left to undo */
    WANTS_UP = 2, /* it ends or pauses who is up */
};

static const struct {
    const char *name;
    bool (*begin)(struct firing *firing); /* false: nothing could be done */
    void (*end)(struct firing *firing);
    unsigned flags;
} kinds[FAULT_KIND_COUNT] = {
    [FAULT_CRASH] = { "crash", begin_crash, end_down, WANTS_UP },
    [FAULT_POWER_LOSS] = { "power-loss", begin_power_loss, end_down, WANTS_UP },
    [FAULT_STOP] = { "stop", begin_stop, end_down, WANTS_UP },
    [FAULT_PAUSE] = { "pause", begin_pause, end_pause, WANTS_UP },
    [FAULT_SLOW_CPU] = { "slow-cpu", begin_slow_cpu, end_slow_cpu, 0 },
    [FAULT_PARTITION] = { "partition", begin_cut, end_cut, 0 },
    [FAULT_RING] = { "ring", begin_cut, end_cut, 0 },
    [FAULT_BLOCK] = { "block", begin_cut, end_cut, 0 },
    [FAULT_CLOG] = { "clog", begin_cut, end_cut, 0 },
    [FAULT_CLOG_LINK] = { "clog-link", begin_cut, end_cut, 0 },
    [FAULT_PACKETS] = { "packets", begin_packets, end_packets, 0 },
    [FAULT_SLOW_DISK] = { "slow-disk", begin_disk_trouble, end_disk_trouble, 0 },
    [FAULT_STALLED_DISK] = { "stalled-disk", begin_stalled_disk, end_stalled_disk, 0 },
    [FAULT_FAILING_DISK] = { "failing-disk", begin_disk_trouble, end_disk_trouble, 0 },
    [FAULT_FAILING_FLUSH] = { "failing-flush", begin_failing_flush, NULL, AT_ONCE },
    [FAULT_LYING_DISK] = { "lying-disk", begin_disk_trouble, end_disk_trouble, 0 },
    [FAULT_FULL_DISK] = { "full-disk", begin_disk_trouble, end_disk_trouble, 0 },
    [FAULT_DEAD_DISK] = { "dead-disk", begin_disk_trouble, end_disk_trouble, 0 },
    [FAULT_REPLACED_DISK] = { "replaced-disk", begin_replaced_disk, NULL, AT_ONCE },
    [FAULT_BIT_ROT] = { "bit-rot", begin_bit_rot, NULL, AT_ONCE },
    [FAULT_BAD_SECTORS] = { "bad-sectors", begin_bad_sectors, NULL, AT_ONCE },
    [FAULT_CLOCK] = { "clock", begin_clock, end_clock, 0 },
    [FAULT_ADD] = { "add", begin_add, NULL, AT_ONCE },
    [FAULT_REMOVE] = { "remove", begin_stop, end_down, WANTS_UP },
    [FAULT_SWIZZLE] = { "swizzle", NULL, NULL, 0 },
    [FAULT_ROLLING_RESTART] = { "rolling-restart", NULL, NULL, 0 },
};

uint8_t *machines_of(const struct firing *firing, uint32_t side)
{
    const struct cluster_options *options = cluster_options_of(firing->timeline->cluster);
    uint8_t *machines = calloc(options->topology.machine_count, 1);
    cs_assert(machines != NULL);
    for (uint32_t i = 0; i < firing->record.target_count; i++) {
        if (side == UINT32_MAX || firing->side_of[i] == side) {
            machines[options->instances[firing->targets[i]].machine] = 1;
        }
    }
    return machines;
}

const char *fault_kind_name(enum fault_kind kind)
{
    cs_assert(kind < FAULT_KIND_COUNT);
    return kinds[kind].name;
}

bool apply_begin(struct firing *firing)
{
    cs_assert(firing->record.kind < FAULT_SIMPLE_COUNT);
    return kinds[firing->record.kind].begin(firing);
}

void apply_end(struct firing *firing)
{
    cs_assert(kinds[firing->record.kind].end != NULL);
    kinds[firing->record.kind].end(firing);
}

/* Which numbers make a kind do something: those from `first` to `last`, and `more`. */
static const struct {
    enum fault_kind kind;
    enum fault_amount first, last, more;
} movers[] = {
    { FAULT_PACKETS, AMOUNT_LOSS, AMOUNT_BURST_BEGIN, AMOUNT_BANDWIDTH },
    { FAULT_FAILING_DISK, AMOUNT_READ, AMOUNT_TIMEOUT, AMOUNT_TIMEOUT },
    { FAULT_FAILING_FLUSH, AMOUNT_COUNT, AMOUNT_COUNT, AMOUNT_COUNT },
    { FAULT_LYING_DISK, AMOUNT_LOST, AMOUNT_MISDIRECTED, AMOUNT_FLUSH },
    { FAULT_CLOCK, AMOUNT_JUMP, AMOUNT_DRIFT, AMOUNT_DRIFT },
};

bool apply_is_idle(const struct firing *firing)
{
    const struct fault_record *record = &firing->record;
    enum fault_kind kind = record->kind;
    bool comes_back = kinds[kind].end == end_down; /* a process that ends and starts again */
    if (record->due_ns == record->at_ns && !comes_back && !apply_ends_at_once(kind)) {
        return true;
    }
    if (kind == FAULT_SLOW_CPU || kind == FAULT_SLOW_DISK) {
        return record->amounts[AMOUNT_FACTOR] == 1 << 16;
    }
    if (kind == FAULT_PACKETS && !distribution_is_only(&firing->fault->delay, 0)) {
        return false;
    }
    for (size_t i = 0; i < sizeof movers / sizeof *movers; i++) {
        bool moves = movers[i].kind != kind || record->amounts[movers[i].more] != 0;
        for (unsigned a = movers[i].first; a <= (unsigned)movers[i].last; a++) {
            moves |= record->amounts[a] != 0;
        }
        if (!moves) {
            return true;
        }
    }
    return false;
}

bool apply_ends_at_once(enum fault_kind kind) { return (kinds[kind].flags & AT_ONCE) != 0; }
bool apply_waits(const struct firing *firing)
{
    enum fault_kind kind = firing->record.kind;
    return (kind == FAULT_CRASH || kind == FAULT_POWER_LOSS) &&
           firing->record.amounts[AMOUNT_EFFECTS] > 0;
}

bool apply_wants_up(enum fault_kind kind) { return (kinds[kind].flags & WANTS_UP) != 0; }
