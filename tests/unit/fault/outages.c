#include "outages.h"

#include <stdio.h>

#include "reach.h"

struct beat beat;
struct fault_options faults[ENTRIES_MAX];
struct nemesis_entry entries[ENTRIES_MAX];
struct nemesis_options nemesis;

const struct known_kind kinds[KINDS] = {
    { FAULT_CRASH, OUT_WHILE, 20 },
    { FAULT_POWER_LOSS, OUT_WHILE, 20 },
    { FAULT_STOP, OUT_WHILE, 20 },
    { FAULT_PAUSE, OUT_WHILE, 20 },
    { FAULT_SLOW_CPU, SPARED, 5 },
    { FAULT_PARTITION, SPARED, 40 }, /* by itself; see reach_in_touch() */
    { FAULT_CLOG, SPARED, 20 },
    { FAULT_PACKETS, SPARED, 20 },
    { FAULT_SLOW_DISK, SPARED, 5 },
    { FAULT_STALLED_DISK, OUT_WHILE, 20 },
    { FAULT_FAILING_DISK, OUT_FOREVER, 1 },
    { FAULT_FAILING_FLUSH, OUT_FOREVER, 1 },
    { FAULT_LYING_DISK, OUT_FOREVER, 1 },
    { FAULT_FULL_DISK, OUT_WHILE, 20 },
    { FAULT_DEAD_DISK, OUT_FOREVER, 1 },
    { FAULT_REPLACED_DISK, OUT_FOREVER, 1 },
    { FAULT_BIT_ROT, OUT_FOREVER, 1 },
    { FAULT_BAD_SECTORS, OUT_FOREVER, 1 },
    { FAULT_CLOCK, SPARED, 5 },
    { FAULT_SWIZZLE, SPARED, 20 },
    { FAULT_ROLLING_RESTART, SPARED, 20 },
};

static const struct selector whom[2][2] = {
    { { .kind = SELECT_ONE, .any_role = true }, { .kind = SELECT_GROUP } },
    { { .kind = SELECT_ONE, .any_role = true, .group = 1 }, { .kind = SELECT_GROUP, .group = 1 } },
};
const struct fault_side sides[2][2] = {
    { { &whom[0][0], 1 }, { &whom[0][1], 1 } },
    { { &whom[1][0], 1 }, { &whom[1][1], 1 } },
};

static void set_amounts(struct fault_options *fault)
{
    static const struct fault_loss_choice losses[] = {
        { { .loss = DISK_LOSE }, 19 },
        { { .loss = DISK_LOSE, .empty = true }, 1 },
    };
    static const enum fault_amount some[] = { AMOUNT_LOSS, AMOUNT_READ, AMOUNT_FLUSH, AMOUNT_LOST };
    for (size_t i = 0; i < sizeof some / sizeof *some; i++)
        fault->amounts[some[i]].distribution.value = PROBABILITY_ONE / 3;
    if (fault->kind == FAULT_PACKETS)
        fault->amounts[AMOUNT_LOSS].distribution = distribution_uniform(0, PROBABILITY_ONE);
    fault->amounts[AMOUNT_FACTOR].distribution.value = 2 << 16;
    fault->amounts[AMOUNT_COUNT].distribution.value = 1;
    fault->amounts[AMOUNT_DRIFT].distribution.value = 1;
    fault->amounts[AMOUNT_HOLD].distribution = distribution_uniform(MS(50), MS(150));
    fault->amounts[AMOUNT_GAP].distribution = distribution_uniform(MS(10), MS(80));
    if (fault->kind == FAULT_CRASH || fault->kind == FAULT_POWER_LOSS)
        fault->amounts[AMOUNT_EFFECTS].distribution = distribution_uniform(0, 12);
    if (fault->kind == FAULT_POWER_LOSS) {
        fault->losses = losses;
        fault->loss_count = 2;
    }
}

void fill(uint32_t groups)
{
    static char ids[ENTRIES_MAX][32];
    nemesis.entry_count = 0;
    for (uint32_t k = 0; k < KINDS; k++) {
        for (uint32_t g = 0; g < groups; g++) {
            uint32_t index = nemesis.entry_count++;
            snprintf(ids[index], sizeof ids[index], "%u-%u", k, g);
            faults[index] = (struct fault_options){
                .id = ids[index],
                .kind = kinds[k].kind,
                .has_duration = true,
                .duration = distribution_uniform(MS(20), MS(400)),
                .sides = &sides[g][kinds[k].kind >= FAULT_SIMPLE_COUNT ||
                                   kinds[k].kind == FAULT_PARTITION],
                .side_count = 1,
                .unscheduled = true,
            };
            set_amounts(&faults[index]);
            entries[index] = (struct nemesis_entry){ .fault = index,
                                                     .weight = kinds[k].weight,
                                                     .shapes = { 1, 1, 1, 1 },
                                                     .symmetric = PROBABILITY_ONE / 2 };
        }
    }
}

void set_up(void)
{
    beat_init(&beat);
    nemesis = (struct nemesis_options){ .entries = entries,
                                        .start_ns = MS(100),
                                        .stop_ns = MS(2400),
                                        .gap = distribution_uniform(MS(1), MS(60)),
                                        .out_limit = OUT_MINORITY };
    beat.nemesis = &nemesis;
}

void tear_down(void) { beat_done(&beat); }

static enum outage outage_of(const struct fault_record *record)
{
    size_t k = 0;
    while (k < KINDS && kinds[k].kind != record->kind)
        k++;
    if (k == KINDS)
        return SPARED;
    bool empty = record->kind == FAULT_POWER_LOSS && record->loss.empty;
    return empty ? OUT_FOREVER : kinds[k].outage;
}

bool is_out(uint32_t instance)
{
    struct instance_view view = cluster_view(beat.cluster, instance);
    bool out = !view.up || view.paused;
    for (size_t r = 0; r < timeline_record_count(beat.timeline) && !out; r++) {
        const struct fault_record *record = timeline_record(beat.timeline, r);
        if (!record->fired || !reach_is_met(&beat, record, instance))
            continue;
        enum outage outage = outage_of(record);
        out |= outage == OUT_FOREVER || (outage == OUT_WHILE && record->until_ns == UINT64_MAX);
    }
    return out;
}

uint32_t out_of(uint32_t group)
{
    const struct group_options *of = &beat.small.groups[group];
    uint32_t largest = 0;
    for (uint32_t i = 0; i < of->member_count; i++) {
        uint32_t size = 0;
        for (uint32_t j = 0; j < of->member_count && !is_out(of->members[i]); j++) {
            size +=
                !is_out(of->members[j]) && reach_in_touch(&beat, of->members[i], of->members[j]);
        }
        largest = size > largest ? size : largest;
    }
    return of->member_count - largest;
}

uint32_t most[2];
unsigned fired[KINDS];

static void write_and_wait(uint32_t instance)
{
    beat_write(&beat, instance, 7);
    beat_ask(&beat, instance, BEAT_BARRIER);
}

void run_seed(uint64_t seed)
{
    beat_begin_with_heal(&beat, seed, faults, nemesis.entry_count, 2500, HEAL_ALL);
    most[0] = most[1] = 0;
    for (uint64_t ms = 101; ms < 2500; ms += 3) {
        beat_run_to_ms(&beat, ms);
        for (uint32_t g = 0; g < 2; g++) {
            uint32_t out = out_of(g);
            most[g] = out > most[g] ? out : most[g];
        }
        if (ms % 10 == 1)
            write_and_wait((uint32_t)(ms / 10 % BEAT_NODES));
    }
    for (size_t r = 0; r < timeline_record_count(beat.timeline); r++) {
        const struct fault_record *record = timeline_record(beat.timeline, r);
        for (size_t k = 0; k < KINDS; k++)
            fired[k] += record->fired && faults[record->fault].kind == kinds[k].kind;
    }
    tear_down();
    set_up();
}

unsigned fired_in_all(void)
{
    unsigned count = 0;
    for (size_t r = 0; r < timeline_record_count(beat.timeline); r++)
        count += timeline_record(beat.timeline, r)->fired;
    return count;
}
