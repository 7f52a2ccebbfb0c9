#include "scenario/build_selectors.h"

#include <string.h>

#include "scenario/help.h"
#include "scenario/value.h"

static const struct {
    const char *name;
    enum cs_role role;
} roles[] = {
    { "follower", CS_ROLE_FOLLOWER },
    { "candidate", CS_ROLE_CANDIDATE },
    { "leader", CS_ROLE_LEADER },
    { "learner", CS_ROLE_LEARNER },
};

/* What follows "one:".  False if it is no role. */
static bool read_role(const char *text, struct selector *ret)
{
    ret->kind = SELECT_ONE;
    ret->any_role = strcmp(text, "any") == 0;
    ret->spare = strcmp(text, "spare") == 0;
    for (size_t i = 0; i < G_N_ELEMENTS(roles); i++) {
        if (strcmp(text, roles[i].name) == 0) {
            ret->role = roles[i].role;
            return true;
        }
    }
    return ret->any_role || ret->spare;
}

/* Words that choose from a group. */
static bool read_word(const char *text, struct selector *ret)
{
    static const struct {
        const char *word;
        enum selector_kind kind;
    } words[] = {
        { "leader", SELECT_LEADER },     { "any", SELECT_ONE },   { "minority", SELECT_MINORITY },
        { "majority", SELECT_MAJORITY }, { "rest", SELECT_REST },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(words); i++) {
        if (strcmp(text, words[i].word) == 0) {
            ret->kind = words[i].kind;
            ret->any_role = words[i].kind == SELECT_ONE;
            return true;
        }
    }
    return false;
}

static void wrong_selector(struct build *build, const char *text, const struct path *path)
{
    static const char *const words[] = { "leader",      "any",          "minority",
                                         "majority",    "rest",         "one:any",
                                         "one:leader",  "one:follower", "one:candidate",
                                         "one:learner", "one:spare" };
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    for (size_t i = 0; i < G_N_ELEMENTS(words); i++)
        g_ptr_array_add(names, (void *)words[i]);
    for (uint32_t g = 0; g < build->server_groups; g++)
        g_ptr_array_add(names, (void *)build_group(build, g)->name);
    for (uint32_t i = 0; i < MIN(build->server_instances, 10000); i++)
        g_ptr_array_add(names, (void *)build_instance(build, i)->name);
    wrong_name(build->loading, path, PART_VALUE, build_nearest(text, names),
               "\"%s\" is no node, no group and no selector", text);
}

/* For a reader. */
json_t *scenario_selector_forms(void)
{
    static const struct {
        const char *form, *about;
    } forms[] = {
        { "A", "a node by its name, or a client like load-1-1" },
        { "kv-0/A", "a node of a copy" },
        { "kv", "all of a group" },
        { "leader", "the leader with the highest term" },
        { "any", "one that is up, by chance" },
        { "one:follower", "one by chance that is that: follower, candidate, leader, learner, any" },
        { "one:spare", "for \"add\": one that has not joined yet, by chance" },
        { "minority", "the largest minority, by chance" },
        { "majority", "the smallest majority, by chance" },
        { "fraction:0.4", "so many by chance, rounded down, but at least one" },
        { "rest", "those that no other selector of the fault chose" },
        { "region:eu", "who is there, clients too" },
        { "rack:eu-1", "who is there, clients too" },
        { "kv/leader", "with several groups: of which one" },
    };
    json_t *list = json_array();
    for (size_t i = 0; i < G_N_ELEMENTS(forms); i++) {
        json_array_append_new(
            list, json_pack("{s:s, s:s}", "name", forms[i].form, "about", forms[i].about));
    }
    return list;
}

/* "region:eu" and "rack:eu-1": places, whatever the group. */
static bool read_place(struct build *build, const char *text, const struct path *path,
                       struct selector *ret)
{
    bool region = g_str_has_prefix(text, "region:");
    if (!region && !g_str_has_prefix(text, "rack:"))
        return false;
    const char *name = strchr(text, ':') + 1;
    ret->kind = region ? SELECT_REGION : SELECT_RACK;
    ret->index = build_find(region ? build->region_index : build->rack_index, name);
    if (ret->index == BUILD_NONE) {
        build_unknown(build, path, PART_VALUE, region ? "region" : "rack", name,
                      region ? build->region_names : build->rack_names);
    }
    return true;
}

/* "fraction:0.4".  Errors are reported. */
static bool read_fraction(struct build *build, const char *text, const struct path *path,
                          struct selector *ret)
{
    if (!g_str_has_prefix(text, "fraction:"))
        return false;
    ret->kind = SELECT_FRACTION;
    g_autofree char *wrong = value_fraction(strchr(text, ':') + 1, &ret->fraction);
    if (wrong != NULL)
        wrong_value(build->loading, path, "%s", wrong);
    return true;
}

/* A server or a client by its name, or a group of servers. */
static bool read_node(struct build *build, const char *text, struct selector *ret)
{
    uint32_t instance = build_find(build->instance_index, text);
    uint32_t group = build_find(build->group_index, text);
    if (instance != BUILD_NONE) {
        ret->kind = SELECT_INSTANCE;
        ret->index = instance;
        ret->group = build_instance(build, instance)->group;
        return true;
    }
    if (group == BUILD_NONE || group >= build->server_groups)
        return false;
    ret->kind = SELECT_GROUP;
    ret->group = group;
    return true;
}

static void read_selector(struct build *build, const char *text, const struct path *path,
                          struct selector *ret)
{
    cs_assert(text != NULL);
    ret->text = plan_memory_string(build->loading->memory, text);
    ret->index = BUILD_NONE;
    ret->group = build->server_groups == 1 ? 0 : BUILD_NONE;
    if (read_node(build, text, ret))
        return;
    const char *slash = strchr(text, '/');
    const char *word = slash == NULL ? text : slash + 1;
    if (slash != NULL && build_find(build->instance_index, word) != BUILD_NONE) {
        wrong_selector(build, text, path);
        return;
    }
    if (slash != NULL) {
        g_autofree char *group = g_strndup(text, (gsize)(slash - text));
        ret->group = build_find_group(build, group, path, 0, 0);
        if (ret->group == BUILD_NONE)
            return;
    }
    if (read_place(build, word, path, ret))
        return;
    bool chooses = read_word(word, ret) || read_fraction(build, word, path, ret) ||
                   (g_str_has_prefix(word, "one:") && read_role(word + 4, ret));
    if (!chooses) {
        wrong_selector(build, text, path);
    } else if (ret->group == BUILD_NONE) {
        wrong_value(build->loading, path,
                    "\"%s\" of which group?  With several, say it like \"%s/%s\"", text,
                    build->server_groups > 0 ? build_group(build, 0)->name : "group", text);
    }
}

struct fault_side build_side(struct build *build, const json_t *value, const struct path *path)
{
    cs_assert(path != NULL);
    bool list = json_is_array(value);
    size_t count = list ? json_array_size(value) : 1;
    struct selector *selectors =
        plan_memory_alloc(build->loading->memory, count, sizeof *selectors);
    for (size_t i = 0; i < count; i++) {
        struct path element = path_index(path, i);
        const char *text = json_string_value(list ? json_array_get(value, i) : value);
        if (text != NULL)
            read_selector(build, text, list ? &element : path, &selectors[i]);
    }
    return (struct fault_side){ selectors, (uint32_t)count };
}
