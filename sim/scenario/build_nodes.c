/* Machines and what runs on them: clocks, CPU costs and disks, merged from `*`, the group and the
 * node.
 *
 * `*` means servers.  Clients are not what is measured: their messages cost nothing and their
 * clocks are right unless the scenario says otherwise for them by name. */
#include <string.h>

#include "scenario/build.h"
#include "scenario/reader.h"

static json_t *nodes_entry(const struct build *build, const char *name)
{
    const json_t *topology = json_object_get(build->root, "topology");
    json_t *entry = json_object_get(json_object_get(topology, "nodes"), name);
    return json_is_object(entry) ? entry : NULL;
}

/* Take over `settings` and return them with the entry `name`, if there is one, merged in. */
static json_t *merged(const struct build *build, json_t *settings, const char *name)
{
    cs_assert(json_is_object(settings));
    const json_t *entry = nodes_entry(build, name);
    if (entry == NULL)
        return settings;
    json_t *result = reader_merge(&format_node, settings, entry);
    json_decref(settings);
    return result;
}

static json_t *client_settings(struct build *build)
{
    json_t *empty = json_object();
    json_t *settings = reader_object(build->loading, &format_node, empty, &build->nodes_path, true);
    json_object_set_new(json_object_get(settings, "cpu"), "per_message", json_string("0s"));
    json_decref(empty);
    return settings;
}

static void merge_group(struct build *build, struct group_build *group)
{
    cs_assert(group->node == NULL);
    json_t *whole = nodes_entry(build, "*");
    cs_assert(whole != NULL);
    bool client = group->workload != BUILD_NONE;
    group->node = client ? client_settings(build) : json_deep_copy(whole);
    group->node = merged(build, group->node, group->base);
    if (strcmp(group->name, group->base) != 0)
        group->node = merged(build, group->node, group->name);
}

/* ---- Names in the entries ---- */

typedef bool (*program_has)(const struct cs_program *program, const char *name, GPtrArray *names);

static bool has_unit(const struct cs_program *program, const char *name, GPtrArray *names)
{
    bool found = false;
    for (const char *const *cost = program->costs; cost != NULL && *cost != NULL; cost++) {
        g_ptr_array_add(names, (void *)*cost);
        found = found || strcmp(*cost, name) == 0;
    }
    return found;
}

static bool has_volume(const struct cs_program *program, const char *name, GPtrArray *names)
{
    bool found = false;
    for (const struct cs_volume_spec *v = program->volumes; v != NULL && v->name != NULL; v++) {
        g_ptr_array_add(names, (void *)v->name);
        found = found || strcmp(v->name, name) == 0;
    }
    return found;
}

/* Does the entry `name` of "nodes" speak of this group's nodes? */
static bool speaks_of(const struct build *build, const char *name, uint32_t index)
{
    cs_assert(index < build->groups->len);
    const struct group_build *group = build_group(build, index);
    uint32_t instance = build_find(build->instance_index, name);
    if (strcmp(name, "*") == 0)
        return index < build->server_groups;
    if (instance != BUILD_NONE)
        return build_instance(build, instance)->group == index;
    return strcmp(name, group->name) == 0 || strcmp(name, group->base) == 0;
}

/* Every name in `map` must be one that a program of the entry's nodes knows. */
static void check_map(struct build *build, const char *entry, const json_t *map,
                      const struct path *path, program_has has, const char *what)
{
    const char *name = NULL;
    const json_t *value = NULL;
    json_object_foreach((json_t *)map, name, value)
    {
        g_autoptr(GPtrArray) names = g_ptr_array_new();
        bool found = format_is_note(name);
        bool judged = false;
        for (uint32_t g = 0; g < build->groups->len; g++) {
            const struct cs_program *program = build_group(build, g)->program;
            if (!speaks_of(build, entry, g))
                continue;
            judged = true;
            found = program == NULL || has(program, name, names) || found;
        }
        struct path member = path_key(path, name);
        if (judged && !found)
            build_unknown(build, &member, PART_KEY, what, name, names);
    }
}

static bool is_node_name(const struct build *build, const char *name)
{
    if (strcmp(name, "*") == 0 || build_find(build->machine_index, name) != BUILD_NONE ||
        build_find(build->instance_index, name) != BUILD_NONE)
        return true;
    for (uint32_t g = 0; g < build->groups->len; g++) {
        const struct group_build *group = build_group(build, g);
        if (strcmp(group->name, name) == 0 || strcmp(group->base, name) == 0)
            return true;
    }
    return false;
}

static GPtrArray *node_names(const struct build *build)
{
    GPtrArray *names = g_ptr_array_new();
    for (uint32_t g = 0; g < build->groups->len; g++)
        g_ptr_array_add(names, (void *)build_group(build, g)->name);
    for (uint32_t i = 0; i < MIN(build->instances->len, 10000); i++)
        g_ptr_array_add(names, (void *)build_instance(build, i)->name);
    return names;
}

static void check_entries(struct build *build)
{
    const json_t *topology = json_object_get(build->root, "topology");
    const char *name = NULL;
    const json_t *entry = NULL;
    json_object_foreach(json_object_get(topology, "nodes"), name, entry)
    {
        struct path path = path_key(&build->nodes_path, name);
        if (!json_is_object(entry))
            continue;
        if (!is_node_name(build, name) && !build->too_many_nodes) {
            g_autoptr(GPtrArray) names = node_names(build);
            build_unknown(build, &path, PART_KEY, "node", name, names);
            continue;
        }
        struct path cpu = path_key(&path, "cpu");
        struct path units = path_key(&cpu, "units");
        struct path disk = path_key(&path, "disk");
        struct path volumes = path_key(&disk, "volumes");
        check_map(build, name, json_object_get(json_object_get(entry, "cpu"), "units"), &units,
                  has_unit, "unit");
        check_map(build, name, json_object_get(json_object_get(entry, "disk"), "volumes"), &volumes,
                  has_volume, "volume");
    }
}

void build_nodes(struct build *build)
{
    check_entries(build);
    if (nodes_entry(build, "*") == NULL)
        return; /* it was wrong */
    for (uint32_t g = 0; g < build->groups->len; g++)
        merge_group(build, build_group(build, g));
    for (uint32_t i = 0; i < build->instances->len; i++) {
        struct instance_build *instance = build_instance(build, i);
        json_t *group = build_group(build, instance->group)->node;
        if (nodes_entry(build, instance->name) != NULL)
            instance->node = merged(build, json_incref(group), instance->name);
    }
}
