/* Whom a fault meets.  Selectors are resolved in the order in which they are written; none chooses
 * whom another one of the same fault has chosen, and `rest` comes last. */
#include <stdlib.h>
#include <string.h>

#include "fault/internal.h"

struct choice {
    const struct timeline *timeline;
    struct random_stream *stream;
    uint32_t *targets, *side_of;
    uint32_t count;
    bool *chosen; /* by instance */
};

static void choose(struct choice *choice, uint32_t instance, uint32_t side)
{
    cs_assert(!choice->chosen[instance]);
    choice->chosen[instance] = true;
    choice->targets[choice->count] = instance;
    choice->side_of[choice->count] = side;
    choice->count++;
}

static const struct cluster_options *options_of(const struct choice *choice)
{
    return cluster_options_of(choice->timeline->cluster);
}

/* The leader with the highest term; CS_NODE_NONE if nobody leads. */
static uint32_t find_leader(const struct choice *choice, const struct group_options *group)
{
    uint32_t leader = CS_NODE_NONE;
    uint64_t term = 0;
    for (uint32_t i = 0; i < group->member_count; i++) {
        struct instance_view view = cluster_view(choice->timeline->cluster, group->members[i]);
        if (view.up && view.role == CS_ROLE_LEADER &&
            (leader == CS_NODE_NONE || view.term > term)) {
            leader = group->members[i];
            term = view.term;
        }
    }
    return leader;
}

static bool is_candidate(const struct choice *choice, const struct selector *selector,
                         uint32_t instance)
{
    struct instance_view view = cluster_view(choice->timeline->cluster, instance);
    if (choice->chosen[instance] || !view.up) {
        return false;
    }
    return selector->any_role || view.role == selector->role;
}

/* One of those that are up and fit, by chance. */
static void choose_one(struct choice *choice, const struct selector *selector, uint32_t side)
{
    const struct group_options *group = &options_of(choice)->groups[selector->group];
    uint32_t fitting = 0;
    for (uint32_t i = 0; i < group->member_count; i++) {
        fitting += is_candidate(choice, selector, group->members[i]);
    }
    uint64_t bits = random_next(choice->stream);
    if (fitting == 0) {
        return;
    }
    uint64_t pick = random_scale(bits, fitting);
    for (uint32_t i = 0; i < group->member_count; i++) {
        if (is_candidate(choice, selector, group->members[i]) && pick-- == 0) {
            choose(choice, group->members[i], side);
            return;
        }
    }
}

/* `wanted` of a group's members by chance, whether they are up or not: selection sampling, Knuth,
 * volume 2, section 3.4.2, algorithm S.  One draw a member, whatever comes of it. */
static void choose_some(struct choice *choice, const struct group_options *group, uint32_t wanted,
                        uint32_t side)
{
    uint32_t left = 0;
    for (uint32_t i = 0; i < group->member_count; i++) {
        left += !choice->chosen[group->members[i]];
    }
    for (uint32_t i = 0; i < group->member_count; i++) {
        uint64_t bits = random_next(choice->stream);
        if (choice->chosen[group->members[i]]) {
            continue;
        }
        if (wanted > 0 && random_scale(bits, left) < wanted) {
            choose(choice, group->members[i], side);
            wanted--;
        }
        left--;
    }
}

static void choose_place(struct choice *choice, const struct selector *selector, uint32_t side)
{
    const struct cluster_options *options = options_of(choice);
    for (uint32_t i = 0; i < options->instance_count; i++) {
        uint32_t rack = options->topology.rack_of_machine[options->instances[i].machine];
        bool inside = selector->kind == SELECT_RACK
                          ? rack == selector->index
                          : options->topology.region_of_rack[rack] == selector->index;
        if (inside && !choice->chosen[i]) {
            choose(choice, i, side);
        }
    }
}

static void choose_all(struct choice *choice, const struct group_options *group, uint32_t side)
{
    for (uint32_t i = 0; i < group->member_count; i++) {
        if (!choice->chosen[group->members[i]]) {
            choose(choice, group->members[i], side);
        }
    }
}

static uint32_t fraction_of(uint64_t fraction, uint32_t count)
{
    uint32_t wanted = (uint32_t)((fraction * count) >> 32);
    return wanted == 0 ? 1 : wanted;
}

static void choose_by(struct choice *choice, const struct selector *selector, uint32_t side)
{
    const struct group_options *group = &options_of(choice)->groups[selector->group];
    uint32_t instance;
    switch (selector->kind) {
    case SELECT_INSTANCE:
        if (!choice->chosen[selector->index]) {
            choose(choice, selector->index, side);
        }
        break;
    case SELECT_GROUP:
    case SELECT_REST:
        choose_all(choice, group, side);
        break;
    case SELECT_LEADER:
        instance = find_leader(choice, group);
        if (instance != CS_NODE_NONE && !choice->chosen[instance]) {
            choose(choice, instance, side);
        }
        break;
    case SELECT_ONE:
        choose_one(choice, selector, side);
        break;
    case SELECT_MINORITY:
        choose_some(choice, group, (group->member_count - 1) / 2, side);
        break;
    case SELECT_MAJORITY:
        choose_some(choice, group, group->member_count / 2 + 1, side);
        break;
    case SELECT_FRACTION:
        choose_some(choice, group, fraction_of(selector->fraction, group->member_count), side);
        break;
    case SELECT_REGION:
    case SELECT_RACK:
        choose_place(choice, selector, side);
        break;
    }
}

/* Returns false if a selector that has to find somebody did not. */
static bool choose_sides(struct choice *choice, const struct fault_options *fault, bool rest)
{
    for (uint32_t s = 0; s < fault->side_count; s++) {
        for (uint32_t i = 0; i < fault->sides[s].count; i++) {
            const struct selector *selector = &fault->sides[s].selectors[i];
            if ((selector->kind == SELECT_REST) != rest) {
                continue;
            }
            uint32_t before = choice->count;
            choose_by(choice, selector, s);
            if (choice->count == before) {
                return false;
            }
        }
    }
    return true;
}

uint32_t resolve_targets(const struct timeline *timeline, const struct fault_options *fault,
                         struct random_stream *stream, uint32_t *targets, uint32_t *side_of)
{
    uint32_t instances = cluster_options_of(timeline->cluster)->instance_count;
    struct choice choice = {
        .timeline = timeline,
        .stream = stream,
        .targets = targets,
        .side_of = side_of,
        .chosen = calloc(instances, sizeof(bool)),
    };
    cs_assert(choice.chosen != NULL);
    bool found = choose_sides(&choice, fault, false) && choose_sides(&choice, fault, true);
    free(choice.chosen);
    return found ? choice.count : 0;
}
