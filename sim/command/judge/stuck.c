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

/* How one is kept from another: most of what it sends does not arrive, or does and most of the
 * answers do not. */
enum way { CANNOT_REACH, DOES_NOT_HEAR };

static bool is_kept(const struct network *network, enum way way, uint32_t machine, uint32_t other)
{
    bool there = network_spared(network, machine, other) >= PROBABILITY_ONE / 2;
    bool back = network_spared(network, other, machine) >= PROBABILITY_ONE / 2;
    return way == CANNOT_REACH ? !there : there && !back;
}

/* ", cannot reach C, D": those of `others` that an instance is kept from in this way. */
static void describe_kept(struct cluster *cluster, enum way way, uint32_t instance,
                          const struct group_options *others, struct cs_text *text)
{
    const struct network *network = cluster_network(cluster);
    const struct instance_options *instances = cluster_options_of(cluster)->instances;
    const char *separator = way == CANNOT_REACH ? ", cannot reach " : ", does not hear ";
    uint32_t kept = 0;
    for (uint32_t i = 0; i < others->member_count; i++) {
        const struct instance_options *other = &instances[others->members[i]];
        if (!is_kept(network, way, instances[instance].machine, other->machine))
            continue;
        if (kept < SHOWN)
            cs_text_add(text, "%s%s", kept == 0 ? separator : ", ", other->name);
        kept++;
    }
    if (kept > SHOWN)
        cs_text_add(text, " and %" PRIu32 " more", kept - SHOWN);
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
        describe_kept(cluster, CANNOT_REACH, member, group, text);
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

/* Whether any client is there that could ask. */
static bool any_client_works(const struct cluster *cluster)
{
    const struct cluster_options *options = cluster_options_of(cluster);
    for (uint32_t g = 0; g < options->group_count; g++) {
        const struct group_options *group = &options->groups[g];
        for (uint32_t i = 0; !is_server_group(options, group) && i < group->member_count; i++) {
            struct instance_view view = cluster_view(cluster, group->members[i]);
            if (view.up && !view.paused)
                return true;
        }
    }
    return false;
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
    } else if (state.has_roles && !state.moves && !any_client_works(cluster)) {
        cs_text_add(text, ". Nobody is there to ask %s, which %s leads", group->name,
                    instances[state.leader].name);
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

/* ", is down" or ", cannot reach A, B, does not hear C": what keeps a client from servers. */
static void describe_client(struct cluster *cluster, uint32_t client, struct cs_text *text)
{
    const struct cluster_options *options = cluster_options_of(cluster);
    struct instance_view view = cluster_view(cluster, client);
    const char *trouble = trouble_of(&view);
    if (trouble != NULL)
        cs_text_add(text, ", %s", trouble);
    for (uint32_t g = 0; view.up && g < options->group_count; g++) {
        if (!is_server_group(options, &options->groups[g]))
            continue;
        describe_kept(cluster, CANNOT_REACH, client, &options->groups[g], text);
        describe_kept(cluster, DOES_NOT_HEAR, client, &options->groups[g], text);
    }
}

/* ". load-1 cannot reach A, B. load-2 is down": those with a trouble. */
static void describe_clients(struct cluster *cluster, const struct group_options *clients,
                             struct cs_text *text)
{
    const struct instance_options *instances = cluster_options_of(cluster)->instances;
    uint32_t troubled = 0;
    for (uint32_t c = 0; c < clients->member_count; c++) {
        struct cs_text trouble = { 0 };
        describe_client(cluster, clients->members[c], &trouble);
        if (trouble.size > 0 && troubled++ < SHOWN) {
            cs_text_add(text, ". %s%s", instances[clients->members[c]].name,
                        text_string(&trouble) + 1);
        }
        text_done(&trouble);
    }
    if (troubled > SHOWN)
        cs_text_add(text, ". %" PRIu32 " more clients are no better off", troubled - SHOWN);
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
