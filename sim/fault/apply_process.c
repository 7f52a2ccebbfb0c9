/* Faults of processes, machines and their clocks. */
#include <stdlib.h>

#include "fault/internal.h"

static const struct cluster_options *options_of(const struct firing *firing)
{
    return cluster_options_of(firing->timeline->cluster);
}

/* ---- Down and up --------------------------------------------------------------------------------
 *
 * An instance starts again when nothing holds it down any more.  Nothing holds one that has stopped
 * itself: that is not for a fault's end to undo. */

static void make_room_to_hold(struct firing *firing)
{
    firing->held = calloc(options_of(firing)->instance_count, sizeof *firing->held);
    cs_assert(firing->held != NULL);
}

static void hold_down(struct firing *firing, uint32_t instance)
{
    cs_assert(firing->held_count < options_of(firing)->instance_count);
    firing->timeline->holds[instance]++;
    firing->held[firing->held_count++] = instance;
}

/* A target comes back with the fault's build.  Others on its machine are left as they are. */
static void change_build(struct firing *firing, uint32_t target)
{
    uint32_t group = options_of(firing)->instances[target].group;
    if (firing->build == NULL) {
        return;
    }
    cs_assert(firing->build->programs[group] != NULL);
    firing->record.rebuilt += cluster_set_program(
        firing->timeline->cluster, target, firing->build->programs[group], firing->build->name);
}

static void crash_one(struct firing *firing, uint32_t instance)
{
    hold_down(firing, instance);
    change_build(firing, instance);
    cluster_crash(firing->timeline->cluster, instance);
}

/* Every instance of a dark machine goes down with it.  Held are those that this ends, those that
 * other faults have ended, and those that have not booted yet, whose first boot waits if it falls
 * due meanwhile; who has stopped itself for good is left alone. */
static void hold_machines(struct firing *firing, const uint8_t *dark)
{
    const struct cluster_options *options = options_of(firing);
    for (uint32_t i = 0; i < options->instance_count; i++) {
        struct instance_view view = cluster_view(firing->timeline->cluster, i);
        if (dark[options->instances[i].machine] && !view.stopped) {
            hold_down(firing, i);
            if (view.incarnation == 0) {
                cluster_bar(firing->timeline->cluster, i, true);
            }
        }
    }
}

static void lose_power(struct firing *firing, const uint8_t *dark)
{
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
}

static void lose_power_of(struct firing *firing, uint32_t instance)
{
    const struct cluster_options *options = options_of(firing);
    uint8_t *dark = calloc(options->topology.machine_count, 1);
    cs_assert(dark != NULL);
    dark[options->instances[instance].machine] = 1;
    lose_power(firing, dark);
    change_build(firing, instance);
    free(dark);
}

/* The step has come, and so many of its effects have happened. */
static void on_moment(void *argument, uint64_t at_ns)
{
    const struct waiting_crash *waiting = argument;
    struct firing *firing = waiting->firing;
    (void)at_ns;
    firing_acts(firing);
    if (firing->record.kind == FAULT_POWER_LOSS) {
        lose_power_of(firing, waiting->instance);
    } else {
        crash_one(firing, waiting->instance);
    }
}

/* Each target crashes in the middle of its own next step that is long enough, or in the step that
 * is named.  Until then nothing holds it down, and nobody else's crash is kept from coming: what
 * never comes has changed nothing. */
static void order_crashes(struct firing *firing)
{
    const int64_t *amounts = firing->record.amounts;
    firing->waiting = calloc(firing->record.target_count, sizeof *firing->waiting);
    cs_assert(firing->waiting != NULL);
    cs_assert(amounts[AMOUNT_EFFECTS] > 0);
    cs_assert(amounts[AMOUNT_EFFECTS] <= UINT32_MAX);
    for (uint32_t i = 0; i < firing->record.target_count; i++) {
        struct waiting_crash *waiting = &firing->waiting[i];
        *waiting = (struct waiting_crash){ firing, firing->targets[i], { 0 } };
        waiting->order = (struct crash_order){
            .step = (uint64_t)amounts[AMOUNT_STEP],
            .effects = (uint32_t)(amounts[AMOUNT_EFFECTS] - 1),
            .function = on_moment,
            .argument = waiting,
        };
        cluster_order_crash(firing->timeline->cluster, waiting->instance, &waiting->order);
    }
}

void withdraw_crashes(struct firing *firing)
{
    for (uint32_t i = 0; firing->waiting != NULL && i < firing->record.target_count; i++) {
        cluster_withdraw_crash(firing->timeline->cluster, firing->waiting[i].instance,
                               &firing->waiting[i].order);
    }
}

bool begin_crash(struct firing *firing)
{
    make_room_to_hold(firing);
    if (apply_waits(firing)) {
        order_crashes(firing);
        return true;
    }
    for (uint32_t i = 0; i < firing->record.target_count; i++) {
        crash_one(firing, firing->targets[i]);
    }
    return true;
}

bool begin_power_loss(struct firing *firing)
{
    make_room_to_hold(firing);
    if (apply_waits(firing)) {
        order_crashes(firing);
        return true;
    }
    uint8_t *dark = machines_of(firing, UINT32_MAX);
    lose_power(firing, dark);
    free(dark);
    for (uint32_t i = 0; i < firing->record.target_count; i++) {
        change_build(firing, firing->targets[i]);
    }
    return true;
}

bool begin_stop(struct firing *firing)
{
    make_room_to_hold(firing);
    for (uint32_t i = 0; i < firing->record.target_count; i++) {
        uint32_t instance = firing->targets[i];
        firing->timeline->removed[instance] |= firing->record.kind == FAULT_REMOVE;
        hold_down(firing, instance);
        change_build(firing, instance);
        cluster_shut_down(firing->timeline->cluster, instance);
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
    if (--timeline->holds[instance] > 0) {
        return;
    }
    if (cluster_view(timeline->cluster, instance).incarnation > 0) {
        cluster_restart(timeline->cluster, instance);
    } else {
        cluster_bar(timeline->cluster, instance, false);
    }
}

void end_down(struct firing *firing)
{
    withdraw_crashes(firing);
    for (uint32_t i = 0; i < firing->held_count; i++) {
        let_go(firing, firing->held[i]);
    }
    firing->held_count = 0;
}

void apply_restart(struct timeline *timeline, uint32_t instance)
{
    for (struct firing *firing = timeline->active_first; firing != NULL;
         firing = firing->active_next) {
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
    struct cluster *cluster = firing->timeline->cluster;
    firing->paused = calloc(firing->record.target_count, sizeof *firing->paused);
    cs_assert(firing->paused != NULL);
    for (uint32_t i = 0; i < firing->record.target_count; i++) {
        if (cluster_pause(cluster, firing->targets[i])) {
            firing->paused[i] = cluster_view(cluster, firing->targets[i]).incarnation;
        }
    }
    return true;
}

/* A process that has ended since needs no resuming, and the next one was never paused. */
void end_pause(struct firing *firing)
{
    struct cluster *cluster = firing->timeline->cluster;
    for (uint32_t i = 0; i < firing->record.target_count; i++) {
        struct instance_view view = cluster_view(cluster, firing->targets[i]);
        if (view.up && view.incarnation == firing->paused[i]) {
            cluster_resume(cluster, firing->targets[i]);
        }
    }
}

static void set_speeds(struct firing *firing)
{
    struct timeline *timeline = firing->timeline;
    for (uint32_t i = 0; i < firing->record.target_count; i++) {
        uint32_t instance = firing->targets[i];
        cluster_slow_cpu(timeline->cluster, instance, joined_factor(timeline->slow_cpus[instance]));
    }
}

bool begin_slow_cpu(struct firing *firing)
{
    for (uint32_t i = 0; i < firing->record.target_count; i++) {
        struct joined **joined = &firing->timeline->slow_cpus[firing->targets[i]];
        if (*joined == NULL) {
            *joined = joined_new(JOIN_FACTORS);
        }
        joined_add(*joined, firing, (uint64_t)firing->record.amounts[AMOUNT_FACTOR]);
    }
    set_speeds(firing);
    return true;
}

void end_slow_cpu(struct firing *firing)
{
    joined_remove(firing);
    set_speeds(firing);
}

/* ---- Clocks ---------------------------------------------------------------------------------- */

/* Each machine once, however many targets it has.  Clocks run at most 10 % wrong, whatever the
 * drifts of several faults add up to. */
static void move_clocks(struct firing *firing, int64_t jump_ns, int64_t drift_ppb)
{
    const int64_t limit = 99999999;
    struct timeline *timeline = firing->timeline;
    uint8_t *machines = machines_of(firing, UINT32_MAX);
    const struct cluster_options *options = options_of(firing);
    for (uint32_t m = 0; m < options->topology.machine_count; m++) {
        if (!machines[m]) {
            continue;
        }
        if (jump_ns != 0) {
            cluster_clock_jump(timeline->cluster, m, jump_ns);
        }
        if (drift_ppb != 0) {
            timeline->drifts[m] += drift_ppb;
            int64_t drift = options->machines[m].clock.drift_ppb + timeline->drifts[m];
            drift = drift > limit ? limit : drift < -limit ? -limit : drift;
            cluster_clock_drift(timeline->cluster, m, (int32_t)drift);
        }
    }
    free(machines);
}

bool begin_clock(struct firing *firing)
{
    move_clocks(firing, firing->record.amounts[AMOUNT_JUMP], firing->record.amounts[AMOUNT_DRIFT]);
    return true;
}

void end_clock(struct firing *firing)
{
    move_clocks(firing, -firing->record.amounts[AMOUNT_JUMP],
                -firing->record.amounts[AMOUNT_DRIFT]);
}
