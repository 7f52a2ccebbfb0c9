/* Groups of servers: their programs, copies, instances and what they use. */
#include <string.h>

#include "scenario/build.h"

/* How many names that are, 0 if that is wrong. */
static uint64_t count_nodes(const json_t *nodes)
{
    if (json_is_array(nodes))
        return json_array_size(nodes);
    return (uint64_t)build_number(KIND_NUMBER, nodes, "count", 0);
}

/* The name of entry `index` of a list of names, or of {count, prefix}, whose numbers begin behind
 * `before`; NULL if it is wrong. */
static char *nth_name(const json_t *names, const char *group, uint64_t before, uint64_t index)
{
    cs_assert(names != NULL);
    cs_assert(group != NULL);
    if (json_is_array(names))
        return g_strdup(json_string_value(json_array_get(names, index)));
    const char *prefix = json_string_value(json_object_get(names, "prefix"));
    if (prefix != NULL)
        return g_strdup_printf("%s%" G_GUINT64_FORMAT, prefix, before + index + 1);
    return g_strdup_printf("%s-%" G_GUINT64_FORMAT, group, before + index + 1);
}

/* The nodes under one key of a group, behind the `before` that it has already. */
static void add_nodes(struct build *build, uint32_t index, const struct path *group_path,
                      const char *key, uint64_t before)
{
    const struct group_build *group = build_group(build, index);
    const char *base = group->base;
    const char *group_name = group->copies > 0 ? group->name : NULL;
    const json_t *nodes = json_object_get(group->json, key);
    const json_t *machines = json_object_get(group->json, "on");
    uint64_t machine_count = count_nodes(machines);
    struct path nodes_path = path_key(group_path, key);
    for (uint64_t i = 0; i < count_nodes(nodes); i++) {
        struct path element =
            json_is_array(nodes) ? path_index(&nodes_path, (size_t)i) : nodes_path;
        g_autofree char *node = nth_name(nodes, base, before, i);
        g_autofree char *machine =
            machine_count == 0 ? NULL : nth_name(machines, base, 0, (before + i) % machine_count);
        if (node == NULL)
            continue;
        g_autofree char *name =
            group_name == NULL ? g_strdup(node) : g_strconcat(group_name, "/", node, NULL);
        build_add_instance(build, name, index, machine, &element);
    }
}

/* One group, or one copy of it. */
static void add_group(struct build *build, const struct group_build *like, const char *name,
                      const struct path *path)
{
    cs_assert(like->workload == BUILD_NONE);
    cs_assert(like->base != NULL);
    if (build_find(build->group_index, name) != BUILD_NONE) {
        wrong_key(build->loading, path, "duplicate group name \"%s\"", name);
        return;
    }
    struct group_build group = *like;
    group.name = plan_memory_string(build->loading->memory, name);
    group.first = build->instances->len;
    g_array_append_val(build->groups, group);
    uint32_t index = build->groups->len - 1;
    build_index(build->group_index, group.name, index);
    add_nodes(build, index, path, "nodes", 0);
    uint32_t founders = build_group(build, index)->count;
    add_nodes(build, index, path, "spares", count_nodes(json_object_get(group.json, "nodes")));
    build_group(build, index)->spares = build_group(build, index)->count - founders;
    build_node_builds(build, index, path);
}

/* Some protocols keep their members in tables of a fixed size. */
static void check_group_max(struct build *build, const struct group_build *group,
                            const struct path *path)
{
    uint64_t members = count_nodes(json_object_get(group->json, "nodes")) +
                       count_nodes(json_object_get(group->json, "spares"));
    if (group->program == NULL || group->program->group_max == 0 ||
        members <= group->program->group_max)
        return;
    struct path nodes = path_key(path, "nodes");
    wrong_value(build->loading, &nodes,
                "\"%s\" runs in groups of at most %zu, not %" G_GUINT64_FORMAT, group->program_name,
                group->program->group_max, members);
}

static void add_copies(struct build *build, const char *base, json_t *json)
{
    struct loading *loading = build->loading;
    struct path path = path_key(&build->groups_path, base);
    struct group_build like = { .base = plan_memory_string(loading->memory, base),
                                .json = json,
                                .workload = BUILD_NONE };
    like.copies = (uint32_t)build_number(KIND_NUMBER, json, "copies", 0);
    uint64_t nodes =
        count_nodes(json_object_get(json, "nodes")) + count_nodes(json_object_get(json, "spares"));
    nodes *= MAX(like.copies, 1);
    if (nodes + build->instances->len > BUILD_NODES_MAX) {
        wrong_key(loading, &path, "more than %d nodes in all", BUILD_NODES_MAX);
        build->too_many_nodes = true;
        return;
    }
    like.program_name =
        plan_memory_string(loading->memory, json_string_value(json_object_get(json, "program")));
    struct path program_path = path_key(&path, "program");
    if (like.program_name != NULL)
        like.program = build_find_program(build, like.program_name, &program_path, &like.protocol);
    if (like.program != NULL)
        like.params = build_params(build, like.program, json, &path);
    check_group_max(build, &like, &path);
    if (like.copies == 0)
        add_group(build, &like, base, &path);
    for (like.copy = 0; like.copy < like.copies; like.copy++) {
        g_autofree char *name = g_strdup_printf("%s-%u", base, like.copy);
        add_group(build, &like, name, &path);
    }
}

static bool is_used(const struct cs_program *program, const char *name)
{
    for (const char *const *use = program->uses; use != NULL && *use != NULL; use++) {
        if (strcmp(*use, name) == 0)
            return true;
    }
    return false;
}

/* Names that are bound but that the program does not use. */
static void check_bound(struct build *build, const struct group_build *group, const json_t *uses,
                        const struct path *path)
{
    cs_assert(group->program != NULL);
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    for (const char *const *use = group->program->uses; use != NULL && *use != NULL; use++)
        g_ptr_array_add(names, (void *)*use);
    const char *name = NULL;
    const json_t *value = NULL;
    json_object_foreach((json_t *)uses, name, value)
    {
        if (format_is_note(name) || is_used(group->program, name))
            continue;
        struct path member = path_key(path, name);
        wrong_name(build->loading, &member, PART_KEY,
                   nearest_name(name, (const char *const *)names->pdata, names->len),
                   "program \"%s\" uses nothing named \"%s\"", group->program_name, name);
    }
}

static void bind_uses(struct build *build, struct group_build *group)
{
    cs_assert(group->program != NULL);
    cs_assert(group->copies == 0 || group->copy < group->copies);
    struct path group_path = build_group_path(build, group);
    struct path path = path_key(&group_path, "uses");
    const json_t *uses = json_object_get(group->json, "uses");
    size_t count = 0;
    while (group->program->uses != NULL && group->program->uses[count] != NULL)
        count++;
    group->uses = plan_memory_alloc(build->loading->memory, count, sizeof *group->uses);
    for (size_t i = 0; i < count; i++) {
        const char *name = group->program->uses[i];
        struct path member = path_key(&path, name);
        const char *target = json_string_value(json_object_get(uses, name));
        uint32_t found = target == NULL
                             ? BUILD_NONE
                             : build_find_group(build, target, &member, group->copy, group->copies);
        if (target == NULL && json_object_get(uses, name) == NULL && group->copy == 0) {
            wrong_value(build->loading, &path,
                        "program \"%s\" uses \"%s\": say which group that is", group->program_name,
                        name);
        }
        group->uses[group->use_count++] = (struct group_use){ name, found };
    }
    if (group->copy == 0)
        check_bound(build, group, uses, &path);
}

static void bind_all_uses(struct build *build)
{
    for (uint32_t g = 0; g < build->server_groups; g++) {
        struct group_build *group = build_group(build, g);
        if (group->program != NULL)
            bind_uses(build, group);
    }
}

/* A name that is both a group's and a node's could not be told apart in a selector. */
static void check_names(struct build *build)
{
    for (uint32_t g = 0; g < build->groups->len; g++) {
        const struct group_build *group = build_group(build, g);
        struct path path = build_group_path(build, group);
        if (build_find(build->instance_index, group->name) != BUILD_NONE) {
            wrong_key(build->loading, &path, "\"%s\" is the name of a group and of a node",
                      group->name);
        }
    }
}

void build_groups(struct build *build)
{
    cs_assert(build->groups->len == 0);
    cs_assert(build->instances->len == 0);
    const char *name = NULL;
    json_t *json = NULL;
    json_object_foreach(json_object_get(build->root, "groups"), name, json)
    {
        if (json_is_object(json))
            add_copies(build, name, json);
    }
    build->server_groups = build->groups->len;
    build->server_instances = build->instances->len;
    check_names(build);
    bind_all_uses(build);
}
