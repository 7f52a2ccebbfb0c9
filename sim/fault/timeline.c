/* When faults fire, how long they last, and what happens at the heal. */
#include "fault/timeline.h"

#include <stdlib.h>

#include "base/hash.h"
#include "fault/internal.h"

static uint64_t add_saturating(uint64_t a, uint64_t b)
{
    return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

/* ---- Ending ------------------------------------------------------------------------------------
 */

static void end_firing(struct firing *firing, uint64_t at_ns)
{
    if (!firing->active) {
        return;
    }
    firing->active = false;
    firing->timeline->active_count--;
    firing->record.until_ns = at_ns;
    apply_end(firing);
}

static void on_end(void *argument, uint64_t at_ns) { end_firing(argument, at_ns); }

static bool keeps_down(enum fault_kind kind)
{
    return kind == FAULT_CRASH || kind == FAULT_POWER_LOSS;
}

/* Start members until a majority of each group is up. */
static void restart_majorities(struct timeline *timeline)
{
    const struct cluster_options *options = cluster_options_of(timeline->cluster);
    for (uint32_t g = 0; g < options->group_count; g++) {
        const struct group_options *group = &options->groups[g];
        uint32_t up = 0;
        for (uint32_t i = 0; i < group->member_count; i++) {
            up += timeline->holds[group->members[i]] == 0;
        }
        for (uint32_t i = 0; i < group->member_count && up <= group->member_count / 2; i++) {
            if (timeline->holds[group->members[i]] > 0) {
                apply_restart(timeline, group->members[i]);
                up++;
            }
        }
    }
}

static void on_heal(void *argument, uint64_t at_ns)
{
    struct timeline *timeline = argument;
    for (size_t i = 0; i < timeline->firing_count; i++) {
        struct firing *firing = timeline->firings[i];
        if (timeline->heal == HEAL_ALL ||
            !keeps_down(timeline->faults[firing->record.fault].kind)) {
            end_firing(firing, at_ns);
        }
    }
    if (timeline->heal == HEAL_MAJORITY) {
        restart_majorities(timeline);
    }
}

/* ---- Firing
 * -------------------------------------------------------------------------------------- */

static struct firing *firing_new(struct timeline *timeline, uint32_t fault, uint32_t number,
                                 uint64_t at_ns)
{
    uint32_t instances = cluster_options_of(timeline->cluster)->instance_count;
    struct firing *firing = calloc(1, sizeof *firing);
    cs_assert(firing != NULL);
    firing->timeline = timeline;
    firing->targets = calloc(instances, sizeof *firing->targets);
    firing->side_of = calloc(instances, sizeof *firing->side_of);
    firing->held = calloc(instances, sizeof *firing->held);
    cs_assert(firing->targets != NULL);
    cs_assert(firing->side_of != NULL);
    cs_assert(firing->held != NULL);
    firing->record = (struct fault_record){
        .fault = fault,
        .firing = number,
        .at_ns = at_ns,
        .until_ns = at_ns,
        .targets = firing->targets,
        .side_of = firing->side_of,
    };
    if (timeline->firing_count == timeline->firing_capacity) {
        size_t capacity = timeline->firing_capacity == 0 ? 16 : timeline->firing_capacity * 2;
        timeline->firings = realloc(timeline->firings, capacity * sizeof(struct firing *));
        cs_assert(timeline->firings != NULL);
        timeline->firing_capacity = capacity;
    }
    timeline->firings[timeline->firing_count++] = firing;
    return firing;
}

static void firing_free(struct firing *firing)
{
    free(firing->targets);
    free(firing->side_of);
    free(firing->held);
    free(firing);
}

/* Only who is up can crash: others are no targets. */
static void keep_those_that_are_up(struct firing *firing)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < firing->record.target_count; i++) {
        uint32_t instance = firing->targets[i];
        if (cluster_view(firing->timeline->cluster, instance).up) {
            firing->targets[kept] = instance;
            firing->side_of[kept++] = firing->side_of[i];
        }
    }
    firing->record.target_count = kept;
}

static void fire(struct timeline *timeline, struct fault_state *state, uint64_t at_ns)
{
    const struct fault_options *fault = &timeline->faults[state->index];
    struct firing *firing = firing_new(timeline, state->index, state->firings++, at_ns);
    firing->record.target_count =
        resolve_targets(timeline, fault, &state->targets, firing->targets, firing->side_of);
    if (keeps_down(fault->kind)) {
        keep_those_that_are_up(firing);
    }
    /* Drawn whether it fires or not, so that the next firing's draws are where they were. */
    uint64_t duration = distribution_sample(&fault->duration, &state->durations);
    if (firing->record.target_count == 0) {
        return;
    }
    firing->record.fired = true;
    firing->record.until_ns = UINT64_MAX;
    firing->active = true;
    timeline->active_count++;
    apply_begin(firing);
    if (fault->has_duration) {
        cluster_call_at(timeline->cluster, add_saturating(at_ns, duration), on_end, firing,
                        random_mix(hash_string(fault->id)));
    }
}

static void on_fire(void *argument, uint64_t at_ns);

static void schedule(struct timeline *timeline, struct fault_state *state, uint64_t at_ns)
{
    if (at_ns < timeline->heal_at_ns) {
        cluster_call_at(timeline->cluster, at_ns, on_fire, state,
                        hash_string(timeline->faults[state->index].id));
    }
}

static void on_fire(void *argument, uint64_t at_ns)
{
    struct fault_state *state = argument;
    struct timeline *timeline = state->timeline;
    const struct fault_options *fault = &timeline->faults[state->index];
    fire(timeline, state, at_ns);
    if (!fault->repeats || (fault->repeat_count > 0 && state->firings >= fault->repeat_count)) {
        return;
    }
    uint64_t gap = distribution_sample(&fault->every, &state->gaps);
    uint64_t next = add_saturating(at_ns, gap == 0 ? 1 : gap);
    if (fault->repeat_count > 0 || next < fault->repeat_until_ns) {
        schedule(timeline, state, next);
    }
}

/* ---- The timeline
 * ----------------------------------------------------------------------------------- */

struct timeline *timeline_new(struct cluster *cluster, uint64_t seed,
                              const struct fault_options *faults, uint32_t fault_count,
                              uint64_t heal_at_ns, enum heal heal)
{
    struct timeline *timeline = calloc(1, sizeof *timeline);
    cs_assert(timeline != NULL);
    timeline->cluster = cluster;
    timeline->faults = faults;
    timeline->fault_count = fault_count;
    timeline->heal_at_ns = heal_at_ns;
    timeline->heal = heal;
    timeline->states = calloc(fault_count + 1, sizeof *timeline->states);
    timeline->holds = calloc(cluster_options_of(cluster)->instance_count, sizeof(uint32_t));
    cs_assert(timeline->states != NULL);
    cs_assert(timeline->holds != NULL);
    if (heal != HEAL_NONE) {
        cluster_call_at(cluster, heal_at_ns, on_heal, timeline, hash_string("heal"));
    }
    for (uint32_t i = 0; i < fault_count; i++) {
        timeline->states[i] = (struct fault_state){
            .timeline = timeline,
            .index = i,
            .targets = random_stream_of(random_key(seed, faults[i].id, "target")),
            .durations = random_stream_of(random_key(seed, faults[i].id, "duration")),
            .gaps = random_stream_of(random_key(seed, faults[i].id, "gap")),
        };
        schedule(timeline, &timeline->states[i], faults[i].at_ns);
    }
    return timeline;
}

void timeline_free(struct timeline *timeline)
{
    if (timeline == NULL) {
        return;
    }
    for (size_t i = 0; i < timeline->firing_count; i++) {
        firing_free(timeline->firings[i]);
    }
    free(timeline->firings);
    free(timeline->states);
    free(timeline->holds);
    free(timeline);
}

size_t timeline_record_count(const struct timeline *timeline) { return timeline->firing_count; }

const struct fault_record *timeline_record(const struct timeline *timeline, size_t index)
{
    cs_assert(index < timeline->firing_count);
    return &timeline->firings[index]->record;
}

bool timeline_active(const struct timeline *timeline) { return timeline->active_count > 0; }
