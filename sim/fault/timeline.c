/* When faults fire, how long they last, and what happens at the heal. */
#include "fault/timeline.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "fault/internal.h"

void *timeline_grown(void *array, size_t *capacity, size_t count)
{
    if (count < *capacity) {
        return array;
    }
    *capacity = *capacity == 0 ? 16 : *capacity * 2;
    array = realloc(array, *capacity * sizeof(void *));
    cs_assert(array != NULL);
    return array;
}

/* ---- Ending ---------------------------------------------------------------------------------- */

static void activate(struct firing *firing)
{
    struct timeline *timeline = firing->timeline;
    cs_assert(!firing->active);
    firing->active_before = timeline->active_last;
    *(timeline->active_last != NULL ? &timeline->active_last->active_next
                                    : &timeline->active_first) = firing;
    timeline->active_last = firing;
    timeline->active_count++;
    firing->active = true;
}

static void deactivate(struct firing *firing)
{
    struct timeline *timeline = firing->timeline;
    struct firing *before = firing->active_before, *next = firing->active_next;
    cs_assert(firing->active);
    *(before != NULL ? &before->active_next : &timeline->active_first) = next;
    *(next != NULL ? &next->active_before : &timeline->active_last) = before;
    firing->active_before = firing->active_next = NULL;
    timeline->active_count--;
    firing->active = false;
}

/* What is done goes into the digest by what it is, not by what it is called. */
static void note(const struct firing *firing, bool begins)
{
    const int64_t *amounts = firing->record.amounts;
    uint64_t detail = hash_bytes(amounts, AMOUNT_STEP * sizeof *amounts);
    for (unsigned a = AMOUNT_STEP; a < AMOUNT_KINDS; a++) {
        if (amounts[a] > 0)
            detail = random_mix(detail ^ (uint64_t)amounts[a] ^ (uint64_t)(a - AMOUNT_STEP) << 60);
    }
    for (uint32_t i = 0; i < firing->record.target_count; i++) {
        detail = random_mix(detail ^ firing->targets[i] ^ (uint64_t)firing->side_of[i] << 32);
    }
    uint64_t label = (uint64_t)firing->record.kind << 1 | begins;
    cluster_note_intervention(firing->timeline->cluster, label, detail);
}

static void end_firing(struct firing *firing, uint64_t at_ns)
{
    struct timeline *timeline = firing->timeline;
    cs_assert(firing->active);
    deactivate(firing);
    firing->record.until_ns = at_ns;
    if (firing->record.fired) {
        note(firing, false);
    }
    apply_end(firing);
    timeline->ended_ns = at_ns;
    if (timeline->active_count == 0) {
        triggers_phase(timeline);
    }
}

/* Its time is over, unless a heal came before. */
static void on_end(void *argument, uint64_t at_ns)
{
    struct firing *firing = argument;
    if (firing->active) {
        end_firing(firing, at_ns);
    }
}

bool group_of_clients(const struct cluster_options *options, const struct group_options *group)
{
    if (group->member_count == 0) {
        return false;
    }
    return strcmp(options->instances[group->members[0]].program->role, "client") == 0;
}

/* Start members that are held down until as many are up as a heal wants. */
static void restart_members(struct timeline *timeline, const struct group_options *group)
{
    const struct cluster_options *options = cluster_options_of(timeline->cluster);
    uint32_t up = 0, members = 0, count = group->member_count + group->spare_count;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t member = group->members[i];
        bool joined = cluster_view(timeline->cluster, member).incarnation > 0 ||
                      options->instances[member].boot_at_ns != UINT64_MAX;
        up += cluster_view(timeline->cluster, member).up;
        members += joined && !timeline->removed[member];
    }
    uint32_t wanted = group_of_clients(options, group) ? members : members / 2 + 1;
    for (uint32_t i = 0; i < count && up < wanted; i++) {
        uint32_t member = group->members[i];
        bool starts = cluster_view(timeline->cluster, member).incarnation > 0 ||
                      options->instances[member].boot_at_ns != UINT64_MAX;
        if (timeline->holds[member] > 0 && starts && !timeline->removed[member]) {
            apply_restart(timeline, member);
            up++;
        }
    }
}

/* A heal of a majority leaves the others down, for as long as their faults last; who was removed
 * stays away after any heal. */
static bool outlasts_heal(const struct firing *firing)
{
    return firing->record.kind == FAULT_REMOVE ||
           (firing->timeline->heal == HEAL_MAJORITY && firing->held_count > 0);
}

static void on_heal(void *argument, uint64_t at_ns)
{
    struct timeline *timeline = argument;
    const struct cluster_options *options = cluster_options_of(timeline->cluster);
    for (uint32_t g = 0; timeline->heal == HEAL_MAJORITY && g < options->group_count; g++) {
        restart_members(timeline, &options->groups[g]);
    }
    struct firing *next = NULL;
    for (struct firing *firing = timeline->active_first; firing != NULL; firing = next) {
        next = firing->active_next;
        if (outlasts_heal(firing)) {
            withdraw_crashes(firing);
        } else {
            end_firing(firing, at_ns);
        }
    }
}

/* ---- Firing ---------------------------------------------------------------------------------- */

/* Whether a loss of its power would mean anything to somebody on the machine: it runs, or it will
 * start (again), from what its disks have kept. */
static bool has_anybody(const struct timeline *timeline, uint32_t machine)
{
    const struct cluster_options *options = cluster_options_of(timeline->cluster);
    for (uint32_t i = 0; i < options->instance_count; i++) {
        bool gone = cluster_view(timeline->cluster, i).stopped || timeline->removed[i];
        if (options->instances[i].machine == machine && !gone) {
            return true;
        }
    }
    return false;
}

/* Only who is up can crash or be paused; a machine can lose its power whatever its processes do. */
static bool can_be_met(const struct timeline *timeline, enum fault_kind kind, bool waits,
                       uint32_t instance)
{
    uint32_t machine = cluster_options_of(timeline->cluster)->instances[instance].machine;
    return cluster_view(timeline->cluster, instance).up ||
           (kind == FAULT_POWER_LOSS && !waits && has_anybody(timeline, machine));
}

static uint32_t keep_those_that_can_be_met(const struct timeline *timeline, enum fault_kind kind,
                                           bool waits, uint32_t count)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t instance = timeline->targets[i];
        if (can_be_met(timeline, kind, waits, instance)) {
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

/* A fault that may fire more than once numbers its firings, one that has parts numbers them. */
static char *name_of(const struct fault_options *fault, uint32_t firing, uint32_t part)
{
    char numbers[32] = "";
    bool again =
        fault->repeats || fault->unscheduled || (fault->on != NULL && fault->on_number == 0);
    int size = again ? snprintf(numbers, sizeof numbers, ".%" PRIu32, firing + 1) : 0;
    if (part > 0) {
        snprintf(numbers + size, sizeof numbers - (size_t)size, ".%" PRIu32, part);
    }
    char *name = NULL;
    size = asprintf(&name, "%s%s", fault->id, numbers);
    cs_assert(size >= 0);
    return name;
}

struct firing *firing_new(struct timeline *timeline, const struct firing_place *place,
                          enum fault_kind kind, uint64_t at_ns, uint32_t target_count)
{
    struct firing *firing = calloc(1, sizeof *firing);
    cs_assert(firing != NULL);
    firing->timeline = timeline;
    firing->fault = &timeline->faults[place->fault];
    firing->number = timeline->firing_count;
    firing->targets = copied(timeline->targets, target_count);
    firing->side_of = copied(timeline->side_of, target_count);
    firing->name = name_of(firing->fault, place->firing, place->part);
    firing->record = (struct fault_record){
        .fault = place->fault,
        .firing = place->firing,
        .kind = kind,
        .name = firing->name,
        .at_ns = at_ns,
        .until_ns = at_ns,
        .due_ns = UINT64_MAX,
        .targets = firing->targets,
        .side_of = firing->side_of,
        .target_count = target_count,
    };
    timeline->firings =
        timeline_grown(timeline->firings, &timeline->firing_capacity, timeline->firing_count);
    timeline->firings[timeline->firing_count++] = firing;
    return firing;
}

void firing_bring(struct firing *firing, const struct fault_build *build)
{
    firing->build = build;
    firing->record.build = build != NULL ? build->name : NULL;
}

static void firing_free(struct firing *firing)
{
    joined_remove(firing);
    free(firing->name);
    free(firing->targets);
    free(firing->side_of);
    free(firing->held);
    free(firing->paused);
    free(firing->waiting);
    free(firing);
}

void firing_acts(struct firing *firing)
{
    if (!firing->record.fired) {
        firing->record.fired = true;
        note(firing, true);
    }
}

/* What leaves a trace of its own (an instance ends) follows the note of it, and never fails; a
 * firing that comes to nothing leaves no trace at all. */
void firing_begin(struct firing *firing)
{
    struct timeline *timeline = firing->timeline;
    if (firing->record.target_count == 0 || apply_is_idle(firing)) {
        return;
    }
    bool first = timeline->active_count == 0;
    activate(firing);
    if (apply_wants_up(firing->record.kind) && !apply_waits(firing)) {
        firing_acts(firing);
    }
    if (!apply_begin(firing)) {
        cs_assert(!firing->record.fired);
        deactivate(firing);
        return;
    }
    if (!apply_waits(firing)) {
        firing_acts(firing);
    }
    nemesis_note(firing);
    if (apply_ends_at_once(firing->record.kind)) {
        deactivate(firing);
        timeline->ended_ns = firing->record.at_ns;
    } else {
        firing->record.until_ns = UINT64_MAX;
        if (firing->record.due_ns != UINT64_MAX) {
            cluster_intervene_at(timeline->cluster, firing->record.due_ns,
                                 rank_of(RANK_END, firing->number), on_end, firing);
        }
    }
    if (first) {
        triggers_phase(timeline);
    }
}

struct firing *timeline_fire_at(struct timeline *timeline, struct fault_state *state,
                                enum fault_kind kind, uint64_t at_ns, uint32_t count)
{
    const struct fault_options *fault = &timeline->faults[state->index];
    int64_t amounts[AMOUNT_KINDS];
    firing_amounts(timeline, state, amounts);
    if (apply_wants_up(kind) && amounts[AMOUNT_STEP] == 0) {
        bool waits = amounts[AMOUNT_EFFECTS] > 0;
        count = keep_those_that_can_be_met(timeline, kind, waits, count);
    }
    if (kind >= FAULT_SIMPLE_COUNT) {
        compound_fire(timeline, state, amounts, at_ns, count);
        return NULL;
    }
    struct firing_place place = { state->index, state->firings, 0 };
    struct firing *firing = firing_new(timeline, &place, kind, at_ns, count);
    memcpy(firing->record.amounts, amounts, sizeof amounts);
    firing->record.loss = firing_loss(timeline, state);
    firing_bring(firing, firing_build(timeline, state));
    if (fault->has_duration) {
        uint64_t duration = firing_draw(timeline, state, &fault->duration, "duration");
        if (duration > FAULT_TIME_MAX_NS)
            duration = FAULT_TIME_MAX_NS;
        firing->record.due_ns = add_saturating(at_ns, duration);
    }
    firing_begin(firing);
    return firing;
}

void timeline_fire(struct timeline *timeline, struct fault_state *state, uint64_t at_ns)
{
    const struct fault_options *fault = &timeline->faults[state->index];
    struct random_stream stream = firing_stream(timeline, state, "target");
    uint32_t count = resolve_targets(timeline, fault, &stream);
    timeline_fire_at(timeline, state, fault->kind, at_ns, count);
}

static void on_fire(void *argument, uint64_t at_ns);

static void schedule(struct timeline *timeline, struct fault_state *state, uint64_t at_ns)
{
    if (at_ns < timeline->heal_at_ns) {
        cluster_intervene_at(timeline->cluster, at_ns, rank_of(RANK_BEGIN, state->index), on_fire,
                             state);
    }
}

static void on_fire(void *argument, uint64_t at_ns)
{
    struct fault_state *state = argument;
    struct timeline *timeline = state->timeline;
    const struct fault_options *fault = &timeline->faults[state->index];
    timeline_fire(timeline, state, at_ns);
    uint64_t gap = firing_draw(timeline, state, &fault->every, "gap");
    state->firings++;
    if (!fault->repeats || (fault->repeat_count > 0 && state->firings >= fault->repeat_count)) {
        return;
    }
    uint64_t next = add_saturating(at_ns, gap == 0 ? 1 : gap); /* time goes on */
    if (fault->repeat_count > 0 && next >= timeline->heal_at_ns) {
        state->late += fault->repeat_count - state->firings;
    } else if (fault->repeat_count > 0 || next < fault->repeat_until_ns) {
        schedule(timeline, state, next);
    }
}

/* ---- The timeline ---------------------------------------------------------------------------- */

static void schedule_first(struct timeline *timeline)
{
    bool waits = false;
    for (uint32_t i = 0; i < timeline->fault_count; i++) {
        const struct fault_options *fault = &timeline->faults[i];
        timeline->states[i] = (struct fault_state){ .timeline = timeline, .index = i };
        waits |= fault->on != NULL;
        if (fault->on == NULL && !fault->unscheduled) {
            schedule(timeline, &timeline->states[i], fault->at_ns);
        }
    }
    if (waits) {
        triggers_new(timeline);
    }
}

struct timeline *timeline_new(struct cluster *cluster, const struct timeline_options *options)
{
    struct timeline *timeline = calloc(1, sizeof *timeline);
    cs_assert(timeline != NULL);
    timeline->cluster = cluster;
    timeline->options = options;
    timeline->seed = options->seed;
    timeline->faults = options->faults;
    timeline->fault_count = options->fault_count;
    timeline->heal_at_ns = options->heal_at_ns;
    timeline->heal = options->heal;
    timeline->states = calloc(options->fault_count + 1, sizeof *timeline->states);
    uint32_t instances = cluster_options_of(cluster)->instance_count;
    timeline->holds = calloc(instances, sizeof *timeline->holds);
    timeline->removed = calloc(instances, sizeof *timeline->removed);
    joined_make_room(timeline);
    timeline->targets = calloc(instances, sizeof *timeline->targets);
    timeline->side_of = calloc(instances, sizeof *timeline->side_of);
    cs_assert(timeline->states != NULL);
    cs_assert(timeline->holds != NULL);
    cs_assert(timeline->removed != NULL);
    cs_assert(timeline->targets != NULL);
    cs_assert(timeline->side_of != NULL);
    if (options->heal != HEAL_NONE) {
        cluster_intervene_at(cluster, options->heal_at_ns, rank_of(RANK_HEAL, 0), on_heal,
                             timeline);
    }
    schedule_first(timeline);
    if (options->nemesis != NULL) {
        nemesis_new(timeline, options->nemesis);
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
    nemesis_free(timeline);
    triggers_free(timeline);
    compound_done(timeline);
    free(timeline->firings);
    free(timeline->states);
    free(timeline->holds);
    free(timeline->removed);
    joined_free_room(timeline);
    free(timeline->targets);
    free(timeline->side_of);
    free(timeline);
}

uint32_t timeline_late_firings(const struct timeline *timeline, uint32_t fault)
{
    cs_assert(fault < timeline->fault_count);
    return timeline->states[fault].late;
}

size_t timeline_record_count(const struct timeline *timeline) { return timeline->firing_count; }

const struct fault_record *timeline_record(const struct timeline *timeline, size_t index)
{
    cs_assert(index < timeline->firing_count);
    return &timeline->firings[index]->record;
}
