/* When faults fire, how long they last, and what happens at the heal. */
#include "fault/timeline.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "fault/internal.h"

static uint64_t add_saturating(uint64_t a, uint64_t b)
{
    return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

static void *grown(void *array, size_t *capacity, size_t count)
{
    if (count < *capacity) {
        return array;
    }
    *capacity = *capacity == 0 ? 16 : *capacity * 2;
    array = realloc(array, *capacity * sizeof(struct firing *));
    cs_assert(array != NULL);
    return array;
}

static enum fault_kind kind_of(const struct firing *firing)
{
    return firing->timeline->faults[firing->record.fault].kind;
}

/* ---- Ending ---------------------------------------------------------------------------------- */

static void activate(struct firing *firing)
{
    struct timeline *timeline = firing->timeline;
    timeline->active = grown(timeline->active, &timeline->active_capacity, timeline->active_count);
    timeline->active[timeline->active_count++] = firing;
    firing->active = true;
}

static void deactivate(struct firing *firing)
{
    struct timeline *timeline = firing->timeline;
    size_t i = 0;
    while (timeline->active[i] != firing) {
        i++;
        cs_assert(i < timeline->active_count);
    }
    timeline->active_count--;
    memmove(&timeline->active[i], &timeline->active[i + 1],
            (timeline->active_count - i) * sizeof(struct firing *));
    firing->active = false;
}

static void end_firing(struct firing *firing, uint64_t at_ns)
{
    cs_assert(firing->active);
    deactivate(firing);
    firing->record.until_ns = at_ns;
    apply_end(firing);
}

/* Its time is over, unless a heal came before. */
static void on_end(void *argument, uint64_t at_ns)
{
    struct firing *firing = argument;
    if (firing->active) {
        end_firing(firing, at_ns);
    }
}

static bool keeps_down(enum fault_kind kind)
{
    return kind == FAULT_CRASH || kind == FAULT_POWER_LOSS;
}

/* Start members that are held down until a majority of each group is up. */
static void restart_majorities(struct timeline *timeline)
{
    const struct cluster_options *options = cluster_options_of(timeline->cluster);
    for (uint32_t g = 0; g < options->group_count; g++) {
        const struct group_options *group = &options->groups[g];
        uint32_t up = 0;
        for (uint32_t i = 0; i < group->member_count; i++) {
            up += cluster_view(timeline->cluster, group->members[i]).up;
        }
        for (uint32_t i = 0; i < group->member_count && up <= group->member_count / 2; i++) {
            if (timeline->holds[group->members[i]] > 0) {
                apply_restart(timeline, group->members[i]);
                up++;
            }
        }
    }
}

/* A heal of a majority leaves the others down, for as long as their faults last. */
static bool outlasts_heal(const struct firing *firing)
{
    return firing->timeline->heal == HEAL_MAJORITY && keeps_down(kind_of(firing)) &&
           firing->held_count > 0;
}

static void on_heal(void *argument, uint64_t at_ns)
{
    struct timeline *timeline = argument;
    if (timeline->heal == HEAL_MAJORITY) {
        restart_majorities(timeline);
    }
    size_t i = 0;
    while (i < timeline->active_count) {
        if (outlasts_heal(timeline->active[i])) {
            i++;
        } else {
            end_firing(timeline->active[i], at_ns);
        }
    }
}

/* ---- Firing ---------------------------------------------------------------------------------- */

/* Each firing has streams of its own, so that what one draws shifts no other. */
static struct random_stream stream_of(const struct timeline *timeline,
                                      const struct fault_state *state, const char *purpose)
{
    uint64_t fault = hash_string(timeline->faults[state->index].id);
    return random_stream_of(random_key_pair(timeline->seed, fault, state->firings, purpose));
}

static uint64_t draw(const struct timeline *timeline, const struct fault_state *state,
                     const struct distribution *distribution, const char *purpose)
{
    struct random_stream stream = stream_of(timeline, state, purpose);
    return distribution_sample(distribution, &stream);
}

/* Only who is up can crash or be paused: others are no targets. */
static uint32_t keep_those_that_are_up(const struct timeline *timeline, uint32_t count)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t instance = timeline->targets[i];
        if (cluster_view(timeline->cluster, instance).up) {
            timeline->targets[kept] = instance;
            timeline->side_of[kept++] = timeline->side_of[i];
        }
    }
    return kept;
}

static uint32_t *copied(const uint32_t *numbers, uint32_t count)
{
    uint32_t *copy = malloc(count * sizeof *copy + 1);
    cs_assert(copy != NULL);
    memcpy(copy, numbers, count * sizeof *copy);
    return copy;
}

/* A firing of a fault at the targets that are in the timeline's arrays. */
static struct firing *firing_new(struct timeline *timeline, const struct fault_state *state,
                                 uint64_t at_ns, uint32_t target_count)
{
    struct firing *firing = calloc(1, sizeof *firing);
    cs_assert(firing != NULL);
    firing->timeline = timeline;
    firing->targets = copied(timeline->targets, target_count);
    firing->side_of = copied(timeline->side_of, target_count);
    firing->record = (struct fault_record){
        .fault = state->index,
        .firing = state->firings,
        .at_ns = at_ns,
        .until_ns = at_ns,
        .targets = firing->targets,
        .side_of = firing->side_of,
        .target_count = target_count,
    };
    timeline->firings =
        grown(timeline->firings, &timeline->firing_capacity, timeline->firing_count);
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

static void fire(struct timeline *timeline, const struct fault_state *state, uint64_t at_ns)
{
    const struct fault_options *fault = &timeline->faults[state->index];
    struct random_stream stream = stream_of(timeline, state, "target");
    uint32_t count = resolve_targets(timeline, fault, &stream);
    if (keeps_down(fault->kind) || fault->kind == FAULT_PAUSE) {
        count = keep_those_that_are_up(timeline, count);
    }
    struct firing *firing = firing_new(timeline, state, at_ns, count);
    if (count == 0) {
        return;
    }
    activate(firing);
    if (!apply_begin(firing)) {
        deactivate(firing);
        return;
    }
    firing->record.fired = true;
    firing->record.until_ns = UINT64_MAX;
    if (fault->has_duration) {
        uint64_t end_ns =
            add_saturating(at_ns, draw(timeline, state, &fault->duration, "duration"));
        cluster_call_at(timeline->cluster, end_ns, on_end, firing,
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
    uint64_t gap = draw(timeline, state, &fault->every, "gap");
    state->firings++;
    if (!fault->repeats || (fault->repeat_count > 0 && state->firings >= fault->repeat_count)) {
        return;
    }
    uint64_t next = add_saturating(at_ns, gap == 0 ? 1 : gap); /* time goes on */
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
    timeline->seed = seed;
    timeline->faults = faults;
    timeline->fault_count = fault_count;
    timeline->heal_at_ns = heal_at_ns;
    timeline->heal = heal;
    timeline->states = calloc(fault_count + 1, sizeof *timeline->states);
    uint32_t instances = cluster_options_of(cluster)->instance_count;
    timeline->holds = calloc(instances, sizeof *timeline->holds);
    timeline->targets = calloc(instances, sizeof *timeline->targets);
    timeline->side_of = calloc(instances, sizeof *timeline->side_of);
    cs_assert(timeline->states != NULL);
    cs_assert(timeline->holds != NULL);
    cs_assert(timeline->targets != NULL);
    cs_assert(timeline->side_of != NULL);
    if (heal != HEAL_NONE) {
        cluster_call_at(cluster, heal_at_ns, on_heal, timeline, hash_string("heal"));
    }
    for (uint32_t i = 0; i < fault_count; i++) {
        timeline->states[i] = (struct fault_state){
            .timeline = timeline,
            .index = i,
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
    free(timeline->active);
    free(timeline->states);
    free(timeline->holds);
    free(timeline->targets);
    free(timeline->side_of);
    free(timeline);
}

size_t timeline_record_count(const struct timeline *timeline) { return timeline->firing_count; }

const struct fault_record *timeline_record(const struct timeline *timeline, size_t index)
{
    cs_assert(index < timeline->firing_count);
    return &timeline->firings[index]->record;
}

bool timeline_active(const struct timeline *timeline) { return timeline->active_count > 0; }
