/* Fewer nodes.  Where one goes, everything goes that names it: targets of faults, and faults that
 * are left without one; its place, its machine, its links.
 *
 * A smaller group bears less.  A step is left out if more nodes of the group would be out of action
 * at a time than a minority of it, unless that was so before: such a failure might be nobody's
 * mistake. */
#include <string.h>

#include "clustersim/protocol.h"
#include "scenario/fault_syntax.h"
#include "scenario/reduce_internal.h"

enum { NODES_IN_PAIRS_MAX = 9 };

/* ---- Names ----------------------------------------------------------------------------------- */

/* Nodes with a count, as names; numbers go on from `*number`. */
static json_t *names_of(const char *group, const json_t *nodes, json_int_t *number)
{
    if (!json_is_object(nodes))
        return NULL;
    const char *given = json_string_value(json_object_get(nodes, "prefix"));
    g_autofree char *prefix = given != NULL ? g_strdup(given) : g_strconcat(group, "-", NULL);
    json_int_t count = json_integer_value(json_object_get(nodes, "count"));
    json_t *names = json_array();
    for (json_int_t i = 0; i < count; i++) {
        g_autofree char *name = g_strdup_printf("%s%" JSON_INTEGER_FORMAT, prefix, (*number)++);
        json_array_append_new(names, json_string(name));
    }
    return names;
}

json_t *reduce_named_nodes(const json_t *scenario)
{
    static const char *const keys[] = { "nodes", "spares" };
    json_t *result = json_deep_copy(scenario);
    const char *name = NULL;
    json_t *group = NULL;
    json_object_foreach(json_object_get(result, "groups"), name, group)
    {
        json_int_t number = 1;
        for (size_t i = 0; i < G_N_ELEMENTS(keys); i++) {
            json_t *names = names_of(name, json_object_get(group, keys[i]), &number);
            if (names != NULL)
                json_object_set_new(group, keys[i], names);
        }
    }
    return result;
}

/* Does `text` mean the node?  "kv-0/A" is the node A of a copy. */
static bool means(const char *text, const char *node)
{
    const char *slash = text != NULL ? strrchr(text, '/') : NULL;
    return text != NULL && strcmp(slash != NULL ? slash + 1 : text, node) == 0;
}

/* ---- What names a node ----------------------------------------------------------------------- */

/* A value without the strings that mean a node; NULL if nothing is left of an array. */
static json_t *purged(const json_t *value, const char *node)
{
    if (!json_is_array(value))
        return means(json_string_value(value), node) ? NULL : json_incref((json_t *)value);
    json_t *kept = json_array();
    for (size_t i = 0; i < json_array_size(value); i++) {
        json_t *element = purged(json_array_get(value, i), node);
        if (element != NULL)
            json_array_append_new(kept, element);
    }
    if (json_array_size(kept) > 0)
        return kept;
    json_decref(kept);
    return NULL;
}

/* A fault without the node; NULL if it hits nobody else. */
static json_t *spared(const json_t *fault, const char *node)
{
    static const char *const keys[] = { "target", "from", "to", "node" };
    enum fault_kind kind = fault_syntax_kind(fault);
    if (kind == FAULT_KIND_COUNT)
        return json_incref((json_t *)fault);
    const struct fault_syntax *syntax = &fault_syntax[kind];
    json_t *value = json_object_get(fault, syntax->key);
    json_t *kept = NULL;
    if (syntax->form == FORM_OBJECT) {
        kept = json_copy(value);
        for (size_t i = 0; kept != NULL && i < G_N_ELEMENTS(keys); i++) {
            json_t *side = json_object_get(kept, keys[i]);
            json_t *rest = side != NULL ? purged(side, node) : NULL;
            if (rest != NULL) {
                json_object_set_new(kept, keys[i], rest);
            } else if (side != NULL) {
                json_decref(kept);
                kept = NULL;
            }
        }
    } else {
        kept = purged(value, node);
        bool alone = syntax->form == FORM_SIDES && json_array_size(kept) < 2;
        if (kept != NULL && alone) {
            json_decref(kept);
            kept = NULL;
        }
    }
    if (kept == NULL)
        return NULL;
    json_t *copy = json_copy((json_t *)fault);
    json_object_set_new(copy, syntax->key, kept);
    return copy;
}

static json_t *without_faults_of(json_t *scenario, const char *node)
{
    const json_t *timeline = reduce_timeline_of(scenario);
    if (timeline == NULL)
        return scenario;
    json_t *kept = json_array();
    for (size_t i = 0; i < json_array_size(timeline); i++) {
        json_t *fault = spared(json_array_get(timeline, i), node);
        if (fault != NULL)
            json_array_append_new(kept, fault);
    }
    json_t *result = reduce_with_timeline(scenario, kept);
    json_decref(scenario);
    return result;
}

/* "A <-> B" and "A -> B" name the node A. */
static bool link_names(const char *link, const char *node)
{
    g_auto(GStrv) words = g_strsplit(link, " ", 3);
    bool pair = g_strv_length(words) == 3;
    return pair && (means(words[0], node) || means(words[2], node));
}

/* Take the node out of what `scenario`, a copy of its own, says of places, machines and links. */
static void purge_topology(json_t *topology, const char *node)
{
    const char *name = NULL, *rack = NULL;
    json_t *value = NULL, *members = NULL;
    void *next = NULL;
    json_object_foreach_safe(json_object_get(topology, "nodes"), next, name, value)
    {
        if (means(name, node))
            json_object_del(json_object_get(topology, "nodes"), name);
    }
    json_object_foreach_safe(json_object_get(topology, "links"), next, name, value)
    {
        if (link_names(name, node))
            json_object_del(json_object_get(topology, "links"), name);
    }
    json_object_foreach(json_object_get(topology, "regions"), name, value)
    {
        json_t *racks = json_object_get(value, "racks");
        json_object_foreach_safe(racks, next, rack, members)
        {
            json_t *rest = purged(members, node);
            json_object_set_new(racks, rack, rest != NULL ? rest : json_array());
        }
    }
}

/* ---- What a group bears ---------------------------------------------------------------------- */

/* What puts those that it names out of action: they are down or held, or have no disk to trust. */
static const bool disables[FAULT_KIND_COUNT] = {
    [FAULT_CRASH] = true, [FAULT_POWER_LOSS] = true, [FAULT_STOP] = true,
    [FAULT_PAUSE] = true, [FAULT_CLOG] = true,       [FAULT_REMOVE] = true,
};

static const bool harms_disks[FAULT_KIND_COUNT] = {
    [FAULT_FAILING_DISK] = true, [FAULT_FAILING_FLUSH] = true, [FAULT_LYING_DISK] = true,
    [FAULT_FULL_DISK] = true,    [FAULT_DEAD_DISK] = true,     [FAULT_REPLACED_DISK] = true,
    [FAULT_BIT_ROT] = true,      [FAULT_BAD_SECTORS] = true,
};

static bool names_node(const json_t *value, const char *node)
{
    bool named = means(json_string_value(value), node);
    for (size_t i = 0; i < json_array_size(value); i++)
        named = named || names_node(json_array_get(value, i), node);
    const json_t *target = json_object_get(value, "target");
    return named || (target != NULL && names_node(target, node));
}

/* Is the node out of action at `at_ns`?  A disk that was harmed stays so. */
static bool is_out(const json_t *timeline, const char *node, int64_t at_ns)
{
    for (size_t i = 0; i < json_array_size(timeline); i++) {
        const json_t *fault = json_array_get(timeline, i);
        enum fault_kind kind = fault_syntax_kind(fault);
        if (kind == FAULT_KIND_COUNT)
            continue;
        const char *loss = json_string_value(json_object_get(fault, "disk"));
        bool harm = harms_disks[kind] || g_strcmp0(loss, "empty") == 0;
        if (!disables[kind] && !harm)
            continue;
        int64_t from = reduce_ns(fault, "/at", 0);
        int64_t length = harm ? INT64_MAX / 2 : reduce_ns(fault, "/for", INT64_MAX / 2);
        bool then = from <= at_ns && at_ns < from + length;
        if (then && names_node(json_object_get(fault, fault_syntax[kind].key), node))
            return true;
    }
    return false;
}

/* Are ever more than a minority of these nodes out of action? */
static bool over_tolerance(const json_t *scenario, const json_t *nodes)
{
    const json_t *timeline = reduce_timeline_of(scenario);
    size_t minority = (json_array_size(nodes) - 1) / 2;
    for (size_t i = 0; i < json_array_size(timeline); i++) {
        int64_t at = reduce_ns(json_array_get(timeline, i), "/at", 0);
        size_t out = 0;
        for (size_t n = 0; n < json_array_size(nodes); n++)
            out += is_out(timeline, json_string_value(json_array_get(nodes, n)), at);
        if (out > minority)
            return true;
    }
    return false;
}

/* ---- Steps ----------------------------------------------------------------------------------- */

/* The scenario without one of a group's nodes. */
static json_t *without_node(const json_t *scenario, const char *group, const char *key,
                            const char *node)
{
    const json_t *groups = json_object_get(scenario, "groups");
    const json_t *nodes = json_object_get(json_object_get(groups, group), key);
    json_t *rest = purged(nodes, node);
    if (rest == NULL)
        return NULL;
    g_autofree char *pointer = g_strdup_printf("/groups/%s/%s", group, key);
    json_t *step = without_faults_of(reduce_edit(scenario, pointer, rest), node);
    const json_t *builds =
        json_object_get(json_object_get(json_object_get(step, "groups"), group), "build");
    if (json_object_get(builds, node) != NULL) {
        g_autofree char *builds_pointer = g_strdup_printf("/groups/%s/build", group);
        json_t *copy = json_copy((json_t *)builds);
        json_object_del(copy, node);
        step = reduce_also(step, builds_pointer, copy);
    }
    const json_t *topology = json_object_get(step, "topology");
    if (topology != NULL) {
        json_t *copy = json_deep_copy(topology);
        purge_topology(copy, node);
        step = reduce_also(step, "/topology", copy);
    }
    return step;
}

static bool is_bearable(const json_t *before, const json_t *step, const char *group)
{
    const json_t *old =
        json_object_get(json_object_get(json_object_get(before, "groups"), group), "nodes");
    const json_t *now =
        json_object_get(json_object_get(json_object_get(step, "groups"), group), "nodes");
    return over_tolerance(before, old) || !over_tolerance(step, now);
}

static void add_if_bearable(const json_t *scenario, json_t *step, const char *group,
                            GPtrArray *list)
{
    if (step != NULL && is_bearable(scenario, step, group)) {
        reduce_add(list, step);
    } else {
        json_decref(step);
    }
}

static const char *name_at(const json_t *nodes, size_t index)
{
    return json_string_value(json_array_get(nodes, index));
}

/* Two at a time first: what needs a majority may bear three nodes and not four. */
static void add_pairs(const json_t *scenario, const char *group, const json_t *nodes,
                      GPtrArray *list)
{
    size_t count = json_array_size(nodes);
    for (size_t a = count; a > 1 && count > 2 && count <= NODES_IN_PAIRS_MAX; a--) {
        json_t *one = without_node(scenario, group, "nodes", name_at(nodes, a - 1));
        for (size_t b = a - 1; one != NULL && b > 0; b--) {
            json_t *two = without_node(one, group, "nodes", name_at(nodes, b - 1));
            add_if_bearable(scenario, two, group, list);
        }
        json_decref(one);
    }
}

void reduce_nodes(const json_t *scenario, GPtrArray *list)
{
    static const char *const keys[] = { "nodes", "spares" };
    const char *group = NULL;
    const json_t *value = NULL;
    json_object_foreach(json_object_get(scenario, "groups"), group, value)
    {
        add_pairs(scenario, group, json_object_get(value, "nodes"), list);
        for (size_t k = 0; k < G_N_ELEMENTS(keys); k++) {
            const json_t *nodes = json_object_get(value, keys[k]);
            for (size_t n = json_is_array(nodes) ? json_array_size(nodes) : 0; n > 0; n--) {
                json_t *step = without_node(scenario, group, keys[k], name_at(nodes, n - 1));
                add_if_bearable(scenario, step, group, list);
            }
        }
        json_int_t copies = json_integer_value(json_object_get(value, "copies"));
        g_autofree char *pointer = g_strdup_printf("/groups/%s/copies", group);
        if (copies > 1)
            reduce_add(list, reduce_edit(scenario, pointer, json_integer(copies - 1)));
    }
}
