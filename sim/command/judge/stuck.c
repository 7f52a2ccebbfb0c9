#include "command/judge/stuck.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "fault/in_touch.h"

/* So many inputs waiting tell that an instance does not keep up. */
enum { INBOX_LONG = 100 };

static const char *const role_names[] = {
    [CS_ROLE_FOLLOWER] = "follower", [CS_ROLE_CANDIDATE] = "candidate", [CS_ROLE_LEADER] = "leader",
    [CS_ROLE_LEARNER] = "learner",   [CS_ROLE_OTHER] = "server",
};
_Static_assert(sizeof role_names / sizeof *role_names == CS_ROLE_COUNT, "every role has a name");

uint64_t *stuck_mark(const struct cluster *cluster)
{
    uint32_t count = cluster_options_of(cluster)->instance_count;
    uint64_t *commits = calloc(count, sizeof *commits);
    cs_assert(commits != NULL);
    for (uint32_t i = 0; i < count; i++)
        commits[i] = cluster_view(cluster, i).commit_index;
    return commits;
}

static bool is_server_group(const struct cluster_options *options,
                            const struct group_options *group)
{
    if (group->member_count == 0)
        return false;
    return strcmp(options->instances[group->members[0]].program->role, "client") != 0;
}

/* What is wrong with one member, or nothing. */
static const char *trouble_of(const struct instance_view *view)
{
    if (view->stopped)
        return "has stopped itself";
    if (!view->up)
        return "is down";
    if (view->paused)
        return "is paused";
    if (view->waits_for_disk)
        return "waits for its disk";
    return view->inbox_depth >= INBOX_LONG ? "does not keep up with its inbox" : NULL;
}

enum { SHOWN = 9 }; /* names in a list */

/* ", cannot reach C, D": those of `others` that most of what an instance sends does not reach. */
static void describe_reach(struct cluster *cluster, uint32_t from, const uint32_t *others,
                           uint32_t count, struct cs_text *text)
{
    const struct network *network = cluster_network(cluster);
    const struct instance_options *instances = cluster_options_of(cluster)->instances;
    uint32_t unreached = 0;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t machine = instances[others[i]].machine;
        if (network_spared(network, instances[from].machine, machine) >= PROBABILITY_ONE / 2)
            continue;
        if (unreached < SHOWN) {
            cs_text_add(text, "%s%s", unreached == 0 ? ", cannot reach " : ", ",
                        instances[others[i]].name);
        }
        unreached++;
    }
    if (unreached > SHOWN)
        cs_text_add(text, " and %" PRIu32 " more", unreached - SHOWN);
}

static void describe_member(struct cluster *cluster, const struct group_options *group,
                            uint32_t member, struct cs_text *text)
{
    struct instance_view member_view = cluster_view(cluster, member);
    const struct instance_view *view = &member_view;
    const char *name = cluster_options_of(cluster)->instances[member].name;
    const char *trouble = trouble_of(view);
    cs_text_add(text, "%s ", name);
    if (trouble != NULL) {
        cs_text_add(text, "%s", trouble);
    } else {
        cs_text_add(text, "is %s", role_names[view->role]);
    }
    if (view->up && view->term > 0)
        cs_text_add(text, " in term %" PRIu64, view->term);
    if (view->up && view->inbox_depth >= INBOX_LONG)
        cs_text_add(text, " with %" PRIu32 " waiting", view->inbox_depth);
    if (view->up)
        describe_reach(cluster, member, group->members, group->member_count, text);
}

static void describe_members(struct cluster *cluster, const struct group_options *group,
                             struct cs_text *text)
{
    for (uint32_t i = 0; i < group->member_count && i < SHOWN; i++) {
        cs_text_add(text, "%s", i == 0 ? ": " : "; ");
        describe_member(cluster, group, group->members[i], text);
    }
    if (group->member_count > SHOWN)
        cs_text_add(text, "; …");
}

struct group_state {
    uint32_t working;  /* up, and not paused */
    uint32_t in_touch; /* the most of them that are */
    uint32_t leader;   /* that of the highest term; CS_NODE_NONE */
    bool has_roles, moves;
};

static struct group_state state_of(struct cluster *cluster, const struct group_options *group,
                                   const uint64_t *since)
{
    struct group_state state = { .leader = CS_NODE_NONE };
    uint64_t term = 0;
    uint32_t *working = calloc(group->member_count, sizeof *working);
    cs_assert(working != NULL);
    for (uint32_t i = 0; i < group->member_count; i++) {
        uint32_t member = group->members[i];
        struct instance_view view = cluster_view(cluster, member);
        if (view.up && !view.paused)
            working[state.working++] = member;
        state.has_roles |= view.up && view.role != CS_ROLE_OTHER;
        state.moves |= view.commit_index > since[member];
        if (view.up && view.role == CS_ROLE_LEADER && view.term >= term) {
            state.leader = member;
            term = view.term;
        }
    }
    state.in_touch = most_in_touch(cluster, working, state.working, NULL);
    free(working);
    return state;
}

static void describe_group(struct cluster *cluster, const struct group_options *group,
                           const uint64_t *since, struct cs_text *text)
{
    struct group_state state = state_of(cluster, group, since);
    const struct instance_options *instances = cluster_options_of(cluster)->instances;
    if (state.working <= group->member_count / 2) {
        cs_text_add(text, ". %s has no quorum, %" PRIu32 " of %" PRIu32 " work", group->name,
                    state.working, group->member_count);
    } else if (state.in_touch <= group->member_count / 2) {
        cs_text_add(text, ". %s has no quorum, at most %" PRIu32 " of %" PRIu32 " are in touch",
                    group->name, state.in_touch, group->member_count);
    } else if (state.has_roles && state.leader == CS_NODE_NONE) {
        cs_text_add(text, ". %s has no leader", group->name);
    } else if (state.has_roles && !state.moves) {
        cs_text_add(text, ". %s has committed nothing since, though %s leads", group->name,
                    instances[state.leader].name);
    } else if (state.has_roles) {
        cs_text_add(text, ". %s has committed since", group->name);
    } else {
        cs_text_add(text, ". Of %s", group->name);
    }
    describe_members(cluster, group, text);
}

/* ". load-1 cannot reach A, B": clients that the network keeps from servers. */
static void describe_clients(struct cluster *cluster, const struct group_options *clients,
                             struct cs_text *text)
{
    const struct cluster_options *options = cluster_options_of(cluster);
    for (uint32_t c = 0; c < clients->member_count && c < SHOWN; c++) {
        struct cs_text reach = { 0 };
        uint32_t client = clients->members[c];
        for (uint32_t g = 0; g < options->group_count; g++) {
            const struct group_options *group = &options->groups[g];
            if (is_server_group(options, group))
                describe_reach(cluster, client, group->members, group->member_count, &reach);
        }
        if (reach.size > 0)
            cs_text_add(text, ". %s%s", options->instances[client].name, text_string(&reach) + 1);
        text_done(&reach);
    }
}

void stuck_describe(struct cluster *cluster, const uint64_t *since, struct cs_text *text)
{
    const struct cluster_options *options = cluster_options_of(cluster);
    for (uint32_t g = 0; g < options->group_count; g++) {
        if (is_server_group(options, &options->groups[g]))
            describe_group(cluster, &options->groups[g], since, text);
    }
    for (uint32_t g = 0; g < options->group_count; g++) {
        if (!is_server_group(options, &options->groups[g]))
            describe_clients(cluster, &options->groups[g], text);
    }
}
