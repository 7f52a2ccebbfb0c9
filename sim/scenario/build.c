/* What the parts of building share. */
#include "scenario/build.h"

#include <string.h>

#include "scenario/scalar.h"

int64_t build_number(enum kind kind, const json_t *object, const char *key, int64_t fallback)
{
    const json_t *value = json_object_get(object, key);
    return value == NULL ? fallback : scalar_value(kind, value);
}

uint64_t build_ns(const json_t *object, const char *key, uint64_t fallback)
{
    int64_t ns = build_number(KIND_DURATION, object, key, (int64_t)fallback);
    cs_assert(ns >= 0);
    return (uint64_t)ns;
}

bool build_is(const json_t *object, const char *key, const char *word)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text != NULL && strcmp(text, word) == 0;
}

uint64_t build_limit(enum kind kind, const json_t *value)
{
    const char *text = json_string_value(value);
    if (value == NULL || (text != NULL && strcmp(text, "unlimited") == 0))
        return 0;
    int64_t limit = scalar_value(kind, value);
    cs_assert(limit > 0);
    return (uint64_t)limit;
}

static const json_t *given_at(const struct build *build, const struct path *path)
{
    if (path->up == NULL)
        return build->loading->document->root;
    const json_t *outer = given_at(build, path->up);
    return path->key != NULL ? json_object_get(outer, path->key)
                             : json_array_get(outer, path->index);
}

bool build_given(const struct build *build, const struct path *object, const char *key)
{
    cs_assert(key != NULL);
    return json_object_get(given_at(build, object), key) != NULL;
}

/* The name that is the same but for the group before its slash, which one of both may lack. */
static const char *same_in_its_group(const char *name, const GPtrArray *names)
{
    const char *slash = strrchr(name, '/');
    const char *own = slash == NULL ? name : slash + 1;
    for (guint i = 0; i < names->len; i++) {
        const char *other = names->pdata[i];
        const char *other_slash = strrchr(other, '/');
        if (strcmp(own, other_slash == NULL ? other : other_slash + 1) == 0)
            return other;
    }
    return NULL;
}

const char *build_nearest(const char *name, const GPtrArray *names)
{
    const char *same = same_in_its_group(name, names);
    return same != NULL ? same : nearest_name(name, (const char *const *)names->pdata, names->len);
}

void build_unknown(struct build *build, const struct path *path, enum document_part part,
                   const char *what, const char *name, GPtrArray *names)
{
    wrong_name(build->loading, path, part, build_nearest(name, names), "%s \"%s\" does not exist",
               what, name);
}

struct path build_group_path(const struct build *build, const struct group_build *group)
{
    cs_assert(group->base != NULL || group->workload != BUILD_NONE);
    if (group->workload != BUILD_NONE)
        return path_index(&build->workload_path, group->workload);
    return path_key(&build->groups_path, group->base);
}

static bool is_selector_word(const char *name)
{
    static const char *const words[] = {
        "leader", "any", "minority", "majority", "rest", "default"
    };
    for (size_t i = 0; i < G_N_ELEMENTS(words); i++) {
        if (strcmp(name, words[i]) == 0)
            return true;
    }
    return false;
}

static uint32_t add_machine(struct build *build, const char *name, uint32_t owner)
{
    cs_assert(name != NULL);
    uint32_t index = build_find(build->machine_index, name);
    if (index != BUILD_NONE)
        return index;
    const char *kept = plan_memory_string(build->loading->memory, name);
    struct machine_build machine = { kept, owner, BUILD_NONE };
    g_array_append_val(build->machines, machine);
    build_index(build->machine_index, kept, build->machines->len - 1);
    return build->machines->len - 1;
}

bool build_add_instance(struct build *build, const char *name, uint32_t group,
                        const char *machine_name, const struct path *path)
{
    cs_assert(group < build->groups->len);
    cs_assert(build->instances->len < BUILD_NODES_MAX);
    uint32_t taken = build_find(build->instance_index, name);
    if (taken != BUILD_NONE) {
        const struct group_build *other = build_group(build, build_instance(build, taken)->group);
        wrong_value(build->loading, path, "duplicate node name \"%s\": it is in \"%s\" already",
                    name, other->name);
        return false;
    }
    if (is_selector_word(name)) {
        wrong_value(build->loading, path, "\"%s\" has a meaning of its own; no node can bear it",
                    name);
        return false;
    }
    uint32_t index = build->instances->len;
    const char *kept = plan_memory_string(build->loading->memory, name);
    bool shared = machine_name != NULL;
    uint32_t machine =
        add_machine(build, shared ? machine_name : name, shared ? BUILD_NONE : index);
    struct instance_build instance = { kept, group, machine, NULL, NULL, NULL };
    g_array_append_val(build->instances, instance);
    build_index(build->instance_index, kept, index);
    build_group(build, group)->count++;
    return true;
}

uint32_t build_find_group(struct build *build, const char *name, const struct path *path,
                          uint32_t copy, uint32_t copies)
{
    cs_assert(copies == 0 || copy < copies);
    cs_assert(name != NULL);
    uint32_t exact = build_find(build->group_index, name);
    if (exact != BUILD_NONE && exact < build->server_groups)
        return exact;
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    for (uint32_t g = 0; g < build->server_groups; g++) {
        const struct group_build *group = build_group(build, g);
        g_ptr_array_add(names, (void *)group->name);
        if (strcmp(group->base, name) != 0)
            continue;
        if (group->copies == copies)
            return g + copy;
        wrong_value(build->loading, path, "group \"%s\" has %u copies: say which, like \"%s\"",
                    name, group->copies, group->name);
        return BUILD_NONE;
    }
    build_unknown(build, path, PART_VALUE, "group", name, names);
    return BUILD_NONE;
}

const struct cs_program *build_find_program(struct build *build, const char *name,
                                            const struct path *path,
                                            const struct cs_protocol **ret_protocol)
{
    cs_assert(name != NULL);
    const struct registry *registry = build->loading->registry;
    const struct cs_program *program = registry_find(registry, name, ret_protocol);
    if (program != NULL)
        return program;
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    for (size_t i = 0; i < registry_count(registry); i++) {
        const struct cs_protocol *protocol = registry_at(registry, i);
        for (const struct cs_program *p = protocol->programs; p->role != NULL; p++) {
            bool server = strcmp(p->role, "server") == 0;
            g_ptr_array_add(names, server ? g_strdup(protocol->name)
                                          : g_strdup_printf("%s-%s", protocol->name, p->role));
        }
    }
    build_unknown(build, path, PART_VALUE, "program", name, names);
    return NULL;
}
