/* Faults of processes, machines and their clocks. */
#include <stdlib.h>

#include "fault/internal.h"

static const struct cluster_options *options_of(const struct firing *firing)
{
    return cluster_options_of(firing->timeline->cluster);
}

/* ---- Down and up --------------------------------------------------------------------------------
 *
 * An instance starts again when nothing holds it down any more. */

static void make_room_to_hold(struct firing *firing)
{
    firing->held = calloc(options_of(firing)->instance_count, sizeof *firing->held);
    cs_assert(firing->held != NULL);
}

static void hold_down(struct firing *firing, uint32_t instance)
{
    firing->timeline->holds[instance]++;
    firing->held[firing->held_count++] = instance;
}

/* AMOUNT_EFFECTS counts one more than the effects, so that 0 is a crash at once. */
static bool waits_for_a_step(const struct firing *firing)
{
    return firing->record.amounts[AMOUNT_EFFECTS] > 0;
}

/* The crash comes in the middle of the target's next step that is long enough. */
static void crash_within_a_step(struct firing *firing)
{
    uint32_t effects = (uint32_t)firing->record.amounts[AMOUNT_EFFECTS] - 1;
    for (uint32_t i = 0; i < firing->record.target_count; i++) {
        hold_down(firing, firing->targets[i]);
        cluster_crash_within(firing->timeline->cluster, firing->targets[i], effects,
                             firing->record.loss.loss);
    }
}

bool begin_crash(struct firing *firing)
{
    make_room_to_hold(firing);
    if (waits_for_a_step(firing)) {
        crash_within_a_step(firing);
        return true;
    }
    for (uint32_t i = 0; i < firing->record.target_count; i++) {
        hold_down(firing, firing->targets[i]);
        cluster_crash(firing->timeline->cluster, firing->targets[i]);
    }
    return true;
}

/* Every instance of a target's machine goes down with it.  Held are those that this ends and those
 * that another fault has ended; who had not booted or has stopped itself is left alone. */
static void hold_machines(struct firing *firing, const uint8_t *dark)
{
    struct timeline *timeline = firing->timeline;
    const struct cluster_options *options = options_of(firing);
    for (uint32_t i = 0; i < options->instance_count; i++) {
        bool concerned = cluster_view(timeline->cluster, i).up || timeline->holds[i] > 0;
        if (dark[options->instances[i].machine] && concerned) {
            hold_down(firing, i);
        }
    }
}

bool begin_power_loss(struct firing *firing)
{
    make_room_to_hold(firing);
    if (waits_for_a_step(firing)) {
        crash_within_a_step(firing);
        return true;
    }
    uint8_t *dark = machines_of(firing, UINT32_MAX);
    const struct cluster_options *options = options_of(firing);
    hold_machines(firing, dark);
    for (uint32_t m = 0; m < options->topology.machine_count; m++) {
        if (dark[m]) {
            firing->record.changed +=
                cluster_power_loss(firing->timeline->cluster, m, firing->record.loss.loss);
        }
    }
    for (uint32_t i = 0; firing->record.loss.empty && i < options->instance_count; i++) {
        if (dark[options->instances[i].machine]) {
            replace_disks(firing, i);
        }
    }
    free(dark);
    return true;
}

bool begin_stop(struct firing *firing)
{
    make_room_to_hold(firing);
    for (uint32_t i = 0; i < firing->record.target_count; i++) {
        hold_down(firing, firing->targets[i]);
        cluster_shut_down(firing->timeline->cluster, firing->targets[i]);
    }
    return true;
}

/* Those that were left out and have never run; false if all have. */
bool begin_add(struct firing *firing)
{
    bool added = false;
    for (uint32_t i = 0; i < firing->record.target_count; i++) {
        added |= cluster_join(firing->timeline->cluster, firing->targets[i]);
    }
    return added;
}

static void let_go(struct firing *firing, uint32_t instance)
{
    struct timeline *timeline = firing->timeline;
    cs_assert(timeline->holds[instance] > 0);
    if (waits_for_a_step(firing)) {
        cluster_crash_within(timeline->cluster, instance, UINT32_MAX, DISK_KEEP);
    }
    if (--timeline->holds[instance] == 0) {
        cluster_restart(timeline->cluster, instance);
    }
}

void end_down(struct firing *firing)
{
    for (uint32_t i = 0; i < firing->held_count; i++) {
        let_go(firing, firing->held[i]);
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
            let_go(firing, instance);
            break;
        }
    }
}

/* ---- Pauses and slow processors -------------------------------------------------------------- */

bool begin_pause(struct firing *firing)
{
    for (uint32_t i = 0; i < firing->record.target_count; i++) {
        cluster_pause(firing->timeline->cluster, firing->targets[i]);
    }
    return true;
}

void end_pause(struct firing *firing)
{
    for (uint32_t i = 0; i < firing->record.target_count; i++) {
        cluster_resume(firing->timeline->cluster, firing->targets[i]);
    }
}

static void set_speeds(struct firing *firing)
{
    for (uint32_t i = 0; i < firing->record.target_count; i++) {
        uint32_t factor =
            joined_factor(firing->timeline, FAULT_SLOW_CPU, firing->targets[i], UINT32_MAX);
        cluster_slow_cpu(firing->timeline->cluster, firing->targets[i], factor);
    }
}

bool begin_slow_cpu(struct firing *firing)
{
    set_speeds(firing);
    return true;
}

void end_slow_cpu(struct firing *firing) { set_speeds(firing); }

/* ---- Clocks ---------------------------------------------------------------------------------- */

/* What active firings add to the drift of a machine, parts per 10^9. */
static int64_t drift_added(const struct timeline *timeline, uint32_t machine)
{
    const struct cluster_options *options = cluster_options_of(timeline->cluster);
    int64_t drift = 0;
    for (size_t f = 0; f < timeline->active_count; f++) {
        const struct firing *firing = timeline->active[f];
        bool meets = false;
        for (uint32_t i = 0; i < firing->record.target_count; i++) {
            meets |= options->instances[firing->targets[i]].machine == machine;
        }
        if (meets && firing->record.kind == FAULT_CLOCK) {
            drift += firing->record.amounts[AMOUNT_DRIFT];
        }
    }
    return drift;
}

/* Each machine once, however many targets it has.  Clocks run at most 10 % wrong. */
static void move_clocks(struct firing *firing, int64_t by_ns)
{
    struct timeline *timeline = firing->timeline;
    uint8_t *machines = machines_of(firing, UINT32_MAX);
    const struct cluster_options *options = options_of(firing);
    for (uint32_t m = 0; m < options->topology.machine_count; m++) {
        if (!machines[m]) {
            continue;
        }
        if (by_ns != 0) {
            cluster_clock_jump(timeline->cluster, m, by_ns);
        }
        if (firing->record.amounts[AMOUNT_DRIFT] != 0) {
            const int64_t limit = 99999999;
            int64_t drift = options->machines[m].clock.drift_ppb + drift_added(timeline, m);
            drift = drift > limit ? limit : drift < -limit ? -limit : drift;
            cluster_clock_drift(timeline->cluster, m, (int32_t)drift);
        }
    }
    free(machines);
}

bool begin_clock(struct firing *firing)
{
    move_clocks(firing, firing->record.amounts[AMOUNT_JUMP]);
    return true;
}

void end_clock(struct firing *firing) { move_clocks(firing, -firing->record.amounts[AMOUNT_JUMP]); }
