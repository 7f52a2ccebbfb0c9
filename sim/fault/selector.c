/* Whom a fault meets.  Selectors are resolved in the order in which they are written; what one has
 * chosen stays on its side, those that go by chance choose among the others, and `rest` comes last.
 * A group's spares are chosen from once they have joined. */
#include <stdlib.h>

#include "fault/internal.h"

struct choice {
    const struct timeline *timeline;
    struct random_stream *stream;
    uint32_t count;
    bool *chosen; /* by instance */
};

/* Unless another selector has chosen it. */
static void choose(struct choice *choice, uint32_t instance, uint32_t side)
{
    if (choice->chosen[instance]) {
        return;
    }
    choice->chosen[instance] = true;
    choice->timeline->targets[choice->count] = instance;
    choice->timeline->side_of[choice->count] = side;
    choice->count++;
}

static const struct cluster_options *options_of(const struct choice *choice)
{
    return cluster_options_of(choice->timeline->cluster);
}

/* The members of a group and its spares. */
static uint32_t count_of(const struct group_options *group)
{
    return group->member_count + group->spare_count;
}

/* Whether the group's instance `i` is a member or has joined. */
static bool belongs(const struct choice *choice, const struct group_options *group, uint32_t i)
{
    return i < group->member_count ||
           cluster_view(choice->timeline->cluster, group->members[i]).incarnation > 0;
}

static uint32_t size_of(const struct choice *choice, const struct group_options *group)
{
    uint32_t size = 0;
    for (uint32_t i = 0; i < count_of(group); i++) {
        size += belongs(choice, group, i);
    }
    return size;
}

/* The leader with the highest term; CS_NODE_NONE if nobody leads. */
static uint32_t find_leader(const struct choice *choice, const struct group_options *group)
{
    uint32_t leader = CS_NODE_NONE;
    uint64_t term = 0;
    for (uint32_t i = 0; i < count_of(group); i++) {
        struct instance_view view = cluster_view(choice->timeline->cluster, group->members[i]);
        if (view.up && view.role == CS_ROLE_LEADER &&
            (leader == CS_NODE_NONE || view.term > term)) {
            leader = group->members[i];
            term = view.term;
        }
    }
    return leader;
}

/* Whether the group's instance `i` is one that SELECT_ONE may choose. */
static bool is_candidate(const struct choice *choice, const struct selector *selector,
                         const struct group_options *group, uint32_t i)
{
    struct instance_view view = cluster_view(choice->timeline->cluster, group->members[i]);
    if (choice->chosen[group->members[i]]) {
        return false;
    }
    if (selector->spare) {
        return !belongs(choice, group, i);
    }
    return view.up && (selector->any_role || view.role == selector->role);
}

/* One of those that fit, by chance. */
static bool choose_one(struct choice *choice, const struct selector *selector, uint32_t side)
{
    const struct group_options *group = &options_of(choice)->groups[selector->group];
    uint32_t fitting = 0;
    for (uint32_t i = 0; i < count_of(group); i++) {
        fitting += is_candidate(choice, selector, group, i);
    }
    uint64_t bits = random_next(choice->stream);
    if (fitting == 0) {
        return false;
    }
    uint64_t pick = random_scale(bits, fitting);
    uint32_t i = 0;
    while (!is_candidate(choice, selector, group, i) || pick-- > 0) {
        i++;
        cs_assert(i < count_of(group));
    }
    choose(choice, group->members[i], side);
    return true;
}

/* `wanted` of a group's members by chance, whether they are up or not: selection sampling, Knuth,
 * "The Art of Computer Programming" 2, section 3.4.2, algorithm S.  One draw a member, whatever
 * comes of it. */
static bool choose_some(struct choice *choice, const struct group_options *group, uint32_t wanted,
                        uint32_t side)
{
    uint32_t before = choice->count, left = 0;
    for (uint32_t i = 0; i < count_of(group); i++) {
        left += belongs(choice, group, i) && !choice->chosen[group->members[i]];
    }
    for (uint32_t i = 0; i < count_of(group); i++) {
        uint64_t bits = random_next(choice->stream);
        if (!belongs(choice, group, i) || choice->chosen[group->members[i]]) {
            continue;
        }
        if (random_scale(bits, left) < wanted) {
            choose(choice, group->members[i], side);
            wanted--;
        }
        left--;
    }
    return choice->count > before;
}

/* Everybody there, servers and clients. */
static bool choose_place(struct choice *choice, const struct selector *selector, uint32_t side)
{
    const struct cluster_options *options = options_of(choice);
    bool found = false;
    for (uint32_t i = 0; i < options->instance_count; i++) {
        uint32_t rack = options->topology.rack_of_machine[options->instances[i].machine];
        bool inside = selector->kind == SELECT_RACK
                          ? rack == selector->index
                          : options->topology.region_of_rack[rack] == selector->index;
        if (inside) {
            choose(choice, i, side);
        }
        found |= inside;
    }
    return found;
}

static bool choose_all(struct choice *choice, const struct group_options *group, uint32_t side)
{
    for (uint32_t i = 0; i < count_of(group); i++) {
        if (belongs(choice, group, i)) {
            choose(choice, group->members[i], side);
        }
    }
    return group->member_count > 0;
}

static uint32_t fraction_of(uint64_t fraction, uint32_t count)
{
    uint32_t wanted = (uint32_t)((fraction * count) >> 32);
    return wanted == 0 ? 1 : wanted;
}

/* Returns false if there is nobody of this kind. */
static bool choose_by(struct choice *choice, const struct selector *selector, uint32_t side)
{
    const struct group_options *group = &options_of(choice)->groups[selector->group];
    uint32_t before = choice->count, size = size_of(choice, group);
    switch (selector->kind) {
    case SELECT_INSTANCE:
        choose(choice, selector->index, side);
        return true;
    case SELECT_GROUP:
        return choose_all(choice, group, side);
    case SELECT_REST:
        choose_all(choice, group, side);
        return choice->count > before;
    case SELECT_LEADER: {
        uint32_t leader = find_leader(choice, group);
        if (leader != CS_NODE_NONE) {
            choose(choice, leader, side);
        }
        return leader != CS_NODE_NONE;
    }
    case SELECT_ONE:
        return choose_one(choice, selector, side);
    case SELECT_MINORITY:
        cs_assert(size > 0);
        return choose_some(choice, group, (size - 1) / 2, side);
    case SELECT_MAJORITY:
        return choose_some(choice, group, size / 2 + 1, side);
    case SELECT_FRACTION:
        return choose_some(choice, group, fraction_of(selector->fraction, size), side);
    case SELECT_REGION:
    case SELECT_RACK:
        return choose_place(choice, selector, side);
    }
    cs_assert(false && "no such selector");
    return false;
}

/* One pass over a fault's selectors: `rest` alone, or all others. */
static bool choose_pass(struct choice *choice, const struct fault_options *fault, bool rest)
{
    for (uint32_t s = 0; s < fault->side_count; s++) {
        for (uint32_t i = 0; i < fault->sides[s].count; i++) {
            const struct selector *selector = &fault->sides[s].selectors[i];
            if ((selector->kind == SELECT_REST) == rest && !choose_by(choice, selector, s)) {
                return false;
            }
        }
    }
    return true;
}

/* Put the targets in the order of their sides; within one they stay as they were chosen. */
static void sort_by_side(uint32_t *targets, uint32_t *side_of, uint32_t count)
{
    for (uint32_t i = 1; i < count; i++) {
        uint32_t target = targets[i], side = side_of[i], to = i;
        for (; to > 0 && side_of[to - 1] > side; to--) {
            targets[to] = targets[to - 1];
            side_of[to] = side_of[to - 1];
        }
        targets[to] = target;
        side_of[to] = side;
    }
}

/* In the order of sides, so that a side without anybody shows as a gap. */
static bool every_side_has_somebody(const struct choice *choice, uint32_t side_count)
{
    uint32_t sides = 0;
    for (uint32_t i = 0; i < choice->count; i++) {
        sides += i == 0 || choice->timeline->side_of[i] != choice->timeline->side_of[i - 1];
    }
    return sides == side_count;
}

uint32_t resolve_targets(const struct timeline *timeline, const struct fault_options *fault,
                         struct random_stream *stream)
{
    uint32_t instances = cluster_options_of(timeline->cluster)->instance_count;
    struct choice choice = { .timeline = timeline, .stream = stream };
    choice.chosen = calloc(instances, sizeof(bool));
    cs_assert(choice.chosen != NULL);
    bool found = choose_pass(&choice, fault, false) && choose_pass(&choice, fault, true);
    free(choice.chosen);
    cs_assert(choice.count <= instances);
    sort_by_side(timeline->targets, timeline->side_of, choice.count);
    return found && every_side_has_somebody(&choice, fault->side_count) ? choice.count : 0;
}
