/* What each kind of fault does to its targets, and how it ends: one table. */
#include <stdlib.h>
#include <string.h>

#include "fault/internal.h"

static const struct cluster_options *options_of(const struct firing *firing)
{
    return cluster_options_of(firing->timeline->cluster);
}

static const struct fault_options *fault_of(const struct firing *firing)
{
    return &firing->timeline->faults[firing->record.fault];
}

/* ---- Down and up ----------------------------------------------------------------------------- */

static void hold_down(struct firing *firing, uint32_t instance)
{
    firing->timeline->holds[instance]++;
    firing->held[firing->held_count++] = instance;
}

static void begin_crash(struct firing *firing)
{
    for (uint32_t i = 0; i < firing->record.target_count; i++) {
        hold_down(firing, firing->targets[i]);
        cluster_crash(firing->timeline->cluster, firing->targets[i]);
    }
}

/* Every instance of a target's machine goes down with it. */
static void begin_power_loss(struct firing *firing)
{
    const struct cluster_options *options = options_of(firing);
    bool *dark = calloc(options->topology.machine_count, sizeof *dark);
    cs_assert(dark != NULL);
    for (uint32_t i = 0; i < firing->record.target_count; i++) {
        uint32_t machine = options->instances[firing->targets[i]].machine;
        if (!dark[machine]) {
            cluster_power_loss(firing->timeline->cluster, machine, fault_of(firing)->loss);
        }
        dark[machine] = true;
    }
    for (uint32_t i = 0; i < options->instance_count; i++) {
        if (dark[options->instances[i].machine]) {
            hold_down(firing, i);
        }
    }
    free(dark);
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
    for (size_t f = 0; f < timeline->firing_count; f++) {
        struct firing *firing = timeline->firings[f];
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

/* ---- Pauses, disks, clocks ----------------------------------------------------------------------
 */

static void begin_pause(struct firing *firing)
{
    for (uint32_t i = 0; i < firing->record.target_count; i++) {
        cluster_pause(firing->timeline->cluster, firing->targets[i]);
    }
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
    for (size_t f = 0; f < timeline->firing_count; f++) {
        const struct firing *firing = timeline->firings[f];
        if (!firing->active || fault_of(firing)->kind != FAULT_SLOW_DISK) {
            continue;
        }
        for (uint32_t i = 0; i < firing->record.target_count; i++) {
            if (firing->targets[i] == instance) {
                factor = (factor * fault_of(firing)->factor) >> 16;
            }
        }
    }
    return factor > UINT32_MAX ? UINT32_MAX : (uint32_t)factor;
}

static void set_slowness(struct firing *firing)
{
    struct cluster *cluster = firing->timeline->cluster;
    for (uint32_t i = 0; i < firing->record.target_count; i++) {
        uint32_t instance = firing->targets[i];
        for (cs_volume v = 0; v < cluster_volume_count(cluster, instance); v++) {
            disk_slow(cluster_disk(cluster, instance, v), slowness_of(firing->timeline, instance));
        }
    }
}

static void jump_clocks(struct firing *firing, int64_t by_ns)
{
    const struct cluster_options *options = options_of(firing);
    for (uint32_t i = 0; i < firing->record.target_count; i++) {
        uint32_t machine = options->instances[firing->targets[i]].machine;
        cluster_clock_jump(firing->timeline->cluster, machine, by_ns);
    }
}

static void begin_clock(struct firing *firing) { jump_clocks(firing, fault_of(firing)->jump_ns); }
static void end_clock(struct firing *firing) { jump_clocks(firing, -fault_of(firing)->jump_ns); }

/* ---- The network
 * ----------------------------------------------------------------------------------- */

static struct network *network_of(const struct firing *firing)
{
    return cluster_network(firing->timeline->cluster);
}

/* Machines that are on no side reach all. */
static void cut_sides(struct firing *firing, const uint8_t blocked[NETWORK_SIDES_MAX])
{
    const struct cluster_options *options = options_of(firing);
    uint8_t *sides = malloc(options->topology.machine_count);
    cs_assert(sides != NULL);
    memset(sides, NETWORK_SIDES_MAX - 1, options->topology.machine_count);
    for (uint32_t i = 0; i < firing->record.target_count; i++) {
        cs_assert(firing->side_of[i] < NETWORK_SIDES_MAX - 1);
        sides[options->instances[firing->targets[i]].machine] = (uint8_t)firing->side_of[i];
    }
    firing->handle = network_cut(network_of(firing), sides, blocked);
    free(sides);
}

static void begin_partition(struct firing *firing)
{
    uint8_t blocked[NETWORK_SIDES_MAX] = { 0 };
    uint32_t sides = fault_of(firing)->side_count;
    cs_assert(sides < NETWORK_SIDES_MAX);
    for (uint32_t s = 0; s < sides; s++) {
        blocked[s] = (uint8_t)(((1u << sides) - 1) & ~(1u << s));
    }
    cut_sides(firing, blocked);
}

static void begin_block(struct firing *firing)
{
    uint8_t blocked[NETWORK_SIDES_MAX] = { 1u << 1 };
    cs_assert(fault_of(firing)->side_count == 2);
    cut_sides(firing, blocked);
}

static void end_cut(struct firing *firing) { network_heal(network_of(firing), firing->handle); }

static void begin_packets(struct firing *firing)
{
    const struct cluster_options *options = options_of(firing);
    uint8_t *members = calloc(options->topology.machine_count, 1);
    cs_assert(members != NULL);
    for (uint32_t i = 0; i < firing->record.target_count; i++) {
        members[options->instances[firing->targets[i]].machine] = 1;
    }
    firing->handle = network_degrade(network_of(firing), members, &fault_of(firing)->condition);
    free(members);
}

static void end_packets(struct firing *firing)
{
    network_restore(network_of(firing), firing->handle);
}

/* ---- The table
 * --------------------------------------------------------------------------------------- */

static const struct {
    const char *name;
    void (*begin)(struct firing *firing);
    void (*end)(struct firing *firing);
} kinds[FAULT_KIND_COUNT] = {
    [FAULT_CRASH] = { "crash", begin_crash, end_down },
    [FAULT_POWER_LOSS] = { "power-loss", begin_power_loss, end_down },
    [FAULT_PAUSE] = { "pause", begin_pause, end_pause },
    [FAULT_PARTITION] = { "partition", begin_partition, end_cut },
    [FAULT_BLOCK] = { "block", begin_block, end_cut },
    [FAULT_PACKETS] = { "packets", begin_packets, end_packets },
    [FAULT_SLOW_DISK] = { "slow-disk", set_slowness, set_slowness },
    [FAULT_CLOCK] = { "clock", begin_clock, end_clock },
};

const char *fault_kind_name(enum fault_kind kind)
{
    cs_assert(kind < FAULT_KIND_COUNT);
    return kinds[kind].name;
}

void apply_begin(struct firing *firing) { kinds[fault_of(firing)->kind].begin(firing); }
void apply_end(struct firing *firing) { kinds[fault_of(firing)->kind].end(firing); }
