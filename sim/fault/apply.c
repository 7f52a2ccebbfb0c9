/* What each kind of fault does to its targets, and how it ends: one table. */
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "fault/internal.h"

static const struct cluster_options *options_of(const struct firing *firing)
{
    return cluster_options_of(firing->timeline->cluster);
}

static const struct fault_options *fault_of(const struct firing *firing)
{
    return &firing->timeline->faults[firing->record.fault];
}

/* The machines of a firing's targets: one byte a machine, non-zero if it is among them.  Owned by
 * the caller. */
static uint8_t *machines_of(const struct firing *firing)
{
    const struct cluster_options *options = options_of(firing);
    uint8_t *machines = calloc(options->topology.machine_count, 1);
    cs_assert(machines != NULL);
    for (uint32_t i = 0; i < firing->record.target_count; i++) {
        machines[options->instances[firing->targets[i]].machine] = 1;
    }
    return machines;
}

/* ---- Down and up --------------------------------------------------------------------------------
 *
 * An instance starts again when nothing holds it down any more. */

static void hold_down(struct firing *firing, uint32_t instance)
{
    firing->timeline->holds[instance]++;
    firing->held[firing->held_count++] = instance;
}

static bool begin_crash(struct firing *firing)
{
    firing->held = calloc(firing->record.target_count, sizeof *firing->held);
    cs_assert(firing->held != NULL);
    for (uint32_t i = 0; i < firing->record.target_count; i++) {
        hold_down(firing, firing->targets[i]);
        cluster_crash(firing->timeline->cluster, firing->targets[i]);
    }
    return true;
}

/* Every instance of a target's machine goes down with it.  Held are those that this ends and those
 * that another fault has ended; who had not booted or has stopped itself is left alone. */
static bool begin_power_loss(struct firing *firing)
{
    const struct cluster_options *options = options_of(firing);
    struct timeline *timeline = firing->timeline;
    uint8_t *dark = machines_of(firing);
    firing->held = calloc(options->instance_count, sizeof *firing->held);
    cs_assert(firing->held != NULL);
    for (uint32_t i = 0; i < options->instance_count; i++) {
        bool concerned = cluster_view(timeline->cluster, i).up || timeline->holds[i] > 0;
        if (dark[options->instances[i].machine] && concerned) {
            hold_down(firing, i);
        }
    }
    for (uint32_t m = 0; m < options->topology.machine_count; m++) {
        if (dark[m]) {
            cluster_power_loss(timeline->cluster, m, fault_of(firing)->loss);
        }
    }
    free(dark);
    return true;
}

static void let_go(struct timeline *timeline, uint32_t instance)
{
    cs_assert(timeline->holds[instance] > 0);
    if (--timeline->holds[instance] == 0) {
        cluster_restart(timeline->cluster, instance);
    }
}

static void end_down(struct firing *firing)
{
    for (uint32_t i = 0; i < firing->held_count; i++) {
        let_go(firing->timeline, firing->held[i]);
    }
    firing->held_count = 0;
}

void apply_restart(struct timeline *timeline, uint32_t instance)
{
    for (size_t f = 0; f < timeline->active_count; f++) {
        struct firing *firing = timeline->active[f];
        for (uint32_t i = 0; i < firing->held_count; i++) {
            if (firing->held[i] != instance) {
                continue;
            }
            firing->held[i] = firing->held[--firing->held_count];
            let_go(timeline, instance);
            break;
        }
    }
}

/* ---- Pauses, disks, clocks ------------------------------------------------------------------- */

static bool begin_pause(struct firing *firing)
{
    for (uint32_t i = 0; i < firing->record.target_count; i++) {
        cluster_pause(firing->timeline->cluster, firing->targets[i]);
    }
    return true;
}

static void end_pause(struct firing *firing)
{
    for (uint32_t i = 0; i < firing->record.target_count; i++) {
        cluster_resume(firing->timeline->cluster, firing->targets[i]);
    }
}

/* The product of the factors that act on an instance's disks now, / 2^16. */
static uint32_t slowness_of(const struct timeline *timeline, uint32_t instance)
{
    uint64_t factor = 1u << 16;
    for (size_t f = 0; f < timeline->active_count; f++) {
        const struct firing *firing = timeline->active[f];
        const struct fault_options *fault = fault_of(firing);
        for (uint32_t i = 0; fault->kind == FAULT_SLOW_DISK && i < firing->record.target_count;
             i++) {
            if (firing->targets[i] == instance) {
                factor = factor * fault->factor >> 16;
                factor = factor > UINT32_MAX ? UINT32_MAX : factor;
            }
        }
    }
    return (uint32_t)factor;
}

static void set_slowness(struct firing *firing)
{
    struct cluster *cluster = firing->timeline->cluster;
    for (uint32_t i = 0; i < firing->record.target_count; i++) {
        uint32_t instance = firing->targets[i];
        uint32_t factor = slowness_of(firing->timeline, instance);
        for (cs_volume v = 0; v < cluster_volume_count(cluster, instance); v++) {
            disk_slow(cluster_disk(cluster, instance, v), factor);
        }
    }
}

static bool begin_slowness(struct firing *firing)
{
    set_slowness(firing);
    return true;
}

/* Each machine once, however many targets it has. */
static void jump_clocks(struct firing *firing, int64_t by_ns)
{
    uint8_t *machines = machines_of(firing);
    for (uint32_t m = 0; m < options_of(firing)->topology.machine_count; m++) {
        if (machines[m]) {
            cluster_clock_jump(firing->timeline->cluster, m, by_ns);
        }
    }
    free(machines);
}

static bool begin_clock(struct firing *firing)
{
    jump_clocks(firing, fault_of(firing)->jump_ns);
    return true;
}

static void end_clock(struct firing *firing) { jump_clocks(firing, -fault_of(firing)->jump_ns); }

/* ---- The network --------------------------------------------------------------------------------
 *
 * It holds a number of cuts and of conditions at a time; one more does nothing. */

static struct network *network_of(const struct firing *firing)
{
    return cluster_network(firing->timeline->cluster);
}

/* Machines that are on no side reach all; one that is on two counts as on the last. */
static bool cut_sides(struct firing *firing, const uint64_t blocked[NETWORK_SIDES_MAX])
{
    const struct cluster_options *options = options_of(firing);
    if (firing->timeline->cut_count == NETWORK_CUTS_MAX) {
        return false;
    }
    uint8_t *sides = malloc(options->topology.machine_count);
    cs_assert(sides != NULL);
    memset(sides, NETWORK_SIDES_MAX - 1, options->topology.machine_count);
    for (uint32_t i = 0; i < firing->record.target_count; i++) {
        cs_assert(firing->side_of[i] < NETWORK_SIDES_MAX - 1);
        sides[options->instances[firing->targets[i]].machine] = (uint8_t)firing->side_of[i];
    }
    firing->handle = network_cut(network_of(firing), sides, blocked, false);
    firing->timeline->cut_count++;
    free(sides);
    return true;
}

static bool begin_partition(struct firing *firing)
{
    uint64_t blocked[NETWORK_SIDES_MAX] = { 0 };
    uint32_t sides = fault_of(firing)->side_count;
    cs_assert(sides < NETWORK_SIDES_MAX);
    for (uint32_t s = 0; s < sides; s++) {
        blocked[s] = ((UINT64_C(1) << sides) - 1) & ~(UINT64_C(1) << s);
    }
    return cut_sides(firing, blocked);
}

static bool begin_block(struct firing *firing)
{
    uint64_t blocked[NETWORK_SIDES_MAX] = { 1u << 1 };
    cs_assert(fault_of(firing)->side_count == 2);
    return cut_sides(firing, blocked);
}

static void end_cut(struct firing *firing)
{
    cluster_heal(firing->timeline->cluster, firing->handle);
    firing->timeline->cut_count--;
}

/* Its draws are named after the fault and the firing, so that no other fault shifts them. */
static bool begin_packets(struct firing *firing)
{
    const struct timeline *timeline = firing->timeline;
    if (firing->timeline->condition_count == NETWORK_CONDITIONS_MAX) {
        return false;
    }
    uint8_t *members = machines_of(firing);
    struct network_condition condition = fault_of(firing)->condition;
    condition.key = random_key_pair(timeline->seed, hash_string(fault_of(firing)->id),
                                    firing->record.firing, "packets");
    condition.either = true;
    firing->handle = network_degrade(network_of(firing), members, members, &condition);
    firing->timeline->condition_count++;
    free(members);
    return true;
}

static void end_packets(struct firing *firing)
{
    network_restore(network_of(firing), firing->handle);
    firing->timeline->condition_count--;
}

/* ---- The table
 * --------------------------------------------------------------------------------------- */

static const struct {
    const char *name;
    bool (*begin)(struct firing *firing); /* false: nothing could be done */
    void (*end)(struct firing *firing);
} kinds[FAULT_KIND_COUNT] = {
    [FAULT_CRASH] = { "crash", begin_crash, end_down },
    [FAULT_POWER_LOSS] = { "power-loss", begin_power_loss, end_down },
    [FAULT_PAUSE] = { "pause", begin_pause, end_pause },
    [FAULT_PARTITION] = { "partition", begin_partition, end_cut },
    [FAULT_BLOCK] = { "block", begin_block, end_cut },
    [FAULT_PACKETS] = { "packets", begin_packets, end_packets },
    [FAULT_SLOW_DISK] = { "slow-disk", begin_slowness, set_slowness },
    [FAULT_CLOCK] = { "clock", begin_clock, end_clock },
};

const char *fault_kind_name(enum fault_kind kind)
{
    cs_assert(kind < FAULT_KIND_COUNT);
    return kinds[kind].name;
}

bool apply_begin(struct firing *firing) { return kinds[fault_of(firing)->kind].begin(firing); }
void apply_end(struct firing *firing) { kinds[fault_of(firing)->kind].end(firing); }
