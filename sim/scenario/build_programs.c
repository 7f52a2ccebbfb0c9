/* Other builds of what a group runs: those that nodes start with, and all that there are. */
#include <string.h>

#include "base/text.h"
#include "host/fits.h"
#include "scenario/build_faults.h"

/* ---- One build ------------------------------------------------------------------------------- */

/* What the group's program is called means the same program in that build, or nothing. */
static const struct cs_program *find(const struct build *build, const struct group_build *group,
                                     const char *name)
{
    cs_assert(group->program != NULL);
    cs_assert(group->protocol != NULL);
    const struct cs_protocol *protocol = NULL;
    const struct cs_program *program =
        registry_find_build(build->loading->registry, group->program_name, name, &protocol);
    bool same = program != NULL && strcmp(protocol->name, group->protocol->name) == 0;
    return same ? program : NULL;
}

/* Which builds of the program there are, and which of them was probably meant. */
static void tell_missing(struct build *build, const struct group_build *group, const char *name,
                         const struct path *path)
{
    const struct registry *registry = build->loading->registry;
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    g_autoptr(GString) list = g_string_new(NULL);
    bool known = false;
    for (size_t i = 0; i < registry_build_count(registry); i++) {
        const char *other = registry_build_at(registry, i);
        known |= strcmp(other, name) == 0;
        if (find(build, group, other) == NULL)
            continue;
        g_string_append_printf(list, "%s\"%s\"", names->len > 0 ? ", " : "", other);
        g_ptr_array_add(names, (void *)other);
    }
    cs_assert(names->len > 0);
    wrong_name(build->loading, path, PART_VALUE,
               nearest_name(name, (const char *const *)names->pdata, names->len),
               "build \"%s\" %s \"%s\"; builds of it: %s", name,
               known ? "does not bring" : "does not exist, of", group->program_name, list->str);
}

const struct cs_program *build_of_program(struct build *build, const struct group_build *group,
                                          const char *name, const struct path *path)
{
    const struct cs_program *program = find(build, group, name);
    struct cs_text difference = { 0 };
    if (program == NULL) {
        tell_missing(build, group, name, path);
        return NULL;
    }
    bool fits = program_fits(group->program, program, &difference);
    if (!fits) {
        wrong_value(build->loading, path,
                    "build \"%s\" cannot take the place of the \"%s\" that \"%s\" runs: %s", name,
                    group->program_name, group->name, text_string(&difference));
    }
    text_done(&difference);
    return fits ? program : NULL;
}

/* ---- Those that nodes start with ------------------------------------------------------------- */

/* The instance that a group's scenario calls `node`, or BUILD_NONE. */
static uint32_t find_node(const struct build *build, uint32_t index, const char *node)
{
    const struct group_build *group = build_group(build, index);
    g_autofree char *name =
        group->copies > 0 ? g_strconcat(group->name, "/", node, NULL) : g_strdup(node);
    uint32_t found = build_find(build->instance_index, name);
    bool own = found != BUILD_NONE && build_instance(build, found)->group == index;
    return own ? found : BUILD_NONE;
}

static void tell_stranger(struct build *build, uint32_t index, const char *node,
                          const struct path *path)
{
    const struct group_build *group = build_group(build, index);
    size_t prefix = group->copies > 0 ? strlen(group->name) + 1 : 0;
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    for (uint32_t i = group->first; i < group->first + group->count; i++)
        g_ptr_array_add(names, (void *)(build_instance(build, i)->name + prefix));
    wrong_name(build->loading, path, PART_KEY,
               nearest_name(node, (const char *const *)names->pdata, names->len),
               "\"%s\" is none of the nodes of \"%s\"", node, group->base);
}

/* What is wrong is told of the first copy: the others are the same. */
void build_node_builds(struct build *build, uint32_t index, const struct path *group_path)
{
    const struct group_build *group = build_group(build, index);
    struct path path = path_key(group_path, "build");
    const char *node = NULL;
    const json_t *value = NULL;
    json_object_foreach(json_object_get(group->json, "build"), node, value)
    {
        struct path member = path_key(&path, node);
        const char *name = json_string_value(value);
        if (name == NULL || format_is_note(node) || group->program == NULL)
            continue;
        uint32_t found = find_node(build, index, node);
        const struct cs_program *program = NULL;
        if (group->copy > 0) {
            program = find(build, group, name);
        } else if (found == BUILD_NONE) {
            tell_stranger(build, index, node, &member);
        } else {
            program = build_of_program(build, group, name, &member);
        }
        if (found == BUILD_NONE || program == NULL)
            continue;
        build_instance(build, found)->program = program;
        build_instance(build, found)->build = plan_memory_string(build->loading->memory, name);
        build->plan->mixed_builds = true;
    }
}

/* ---- All that a run has ------------------------------------------------------------------------
 */

/* Whether a firing of the fault may bring this program to somebody of the group. */
static bool is_brought(const struct fault_options *fault, uint32_t group,
                       const struct cs_program *program)
{
    for (uint32_t b = 0; b < fault->build_count; b++) {
        if (fault->builds[b].programs[group] == program)
            return true;
    }
    return false;
}

/* One build of a group: who starts with it, which faults bring it.  False if nobody and none. */
static bool list_build(struct build *build, uint32_t index, const char *name,
                       struct plan_build *ret_listed)
{
    const struct group_build *group = build_group(build, index);
    const struct cs_program *program = find(build, group, name);
    const struct plan *plan = build->plan;
    struct plan_memory *memory = build->loading->memory;
    const char **nodes = plan_memory_alloc(memory, group->count + 1, sizeof *nodes);
    const char **faults = plan_memory_alloc(memory, plan->fault_count + 1, sizeof *faults);
    uint32_t node_count = 0, fault_count = 0;
    for (uint32_t i = group->first; program != NULL && i < group->first + group->count; i++) {
        if (plan->cluster.instances[i].program == program)
            nodes[node_count++] = plan->cluster.instances[i].name;
    }
    for (uint32_t f = 0; program != NULL && f < plan->fault_count; f++) {
        if (is_brought(&plan->faults[f], index, program))
            faults[fault_count++] = plan->faults[f].id;
    }
    *ret_listed = (struct plan_build){ group->name, name, nodes, faults };
    return node_count + fault_count > 0;
}

void build_list_builds(struct build *build)
{
    struct plan *plan = build->plan;
    const struct registry *registry = build->loading->registry;
    size_t count = registry_build_count(registry);
    if (!plan->mixed_builds || problems_count(build->loading->problems) > 0)
        return;
    struct plan_build *listed =
        plan_memory_alloc(build->loading->memory, count * build->server_groups + 1, sizeof *listed);
    for (uint32_t g = 0; g < build->server_groups; g++) {
        uint32_t before = plan->build_count;
        for (size_t i = 0; i < count; i++) {
            const char *name =
                plan_memory_string(build->loading->memory, registry_build_at(registry, i));
            plan->build_count += list_build(build, g, name, &listed[plan->build_count]);
        }
        if (plan->build_count == before + 1)
            plan->build_count = before; /* the usual one */
    }
    plan->builds = listed;
}
