/* Thresholds: what their texts name is looked up, so that all errors come before the run. */
#include "scenario/build_thresholds.h"

#include <string.h>

#include "scenario/build.h"

/* ---- Metrics ---- */

/* A name that is none of the metrics' is a counter's, which nobody knows before the run; unless it
 * looks like a slip. */
static bool read_metric(struct build *build, const struct path *path, const char *name,
                        struct threshold *threshold)
{
    const char *names[METRIC_COUNTER];
    for (unsigned m = 0; m < METRIC_COUNTER; m++) {
        names[m] = metric_name((enum metric)m);
        if (strcmp(names[m], name) != 0)
            continue;
        threshold->metric = (enum metric)m;
        return true;
    }
    const char *near = nearest_name(name, names, METRIC_COUNTER);
    if (near != NULL) {
        wrong_name(build->loading, path, PART_KEY, near, "there is no metric \"%s\"", name);
        return false;
    }
    if (!name_is_plain(name)) {
        wrong_key(build->loading, path,
                  "\"%s\" is neither a metric nor a name that a program can count", name);
        return false;
    }
    threshold->metric = METRIC_COUNTER;
    threshold->counter = plan_memory_string(build->loading->memory, name);
    return true;
}

bool name_is_plain(const char *name)
{
    cs_assert(name != NULL);
    size_t size = strlen(name);
    return size > 0 && strcspn(name, " \t{}=<>,\"") == size;
}

/* ---- Filters ---- */

static bool filter_phase(struct build *build, const struct path *path, const char *name,
                         struct threshold_filter *filter)
{
    const char *names[PHASE_COUNT];
    for (unsigned phase = 0; phase < PHASE_COUNT; phase++) {
        names[phase] = phase_name((enum phase)phase);
        if (strcmp(names[phase], name) == 0)
            filter->phase = phase;
    }
    if (filter->phase != FILTER_ANY)
        return true;
    wrong_name(build->loading, path, PART_KEY, nearest_name(name, names, PHASE_COUNT),
               "there is no phase \"%s\": they are warmup, steady, faults, heal and settle", name);
    return false;
}

static bool filter_fault(struct build *build, const struct path *path, const char *name,
                         struct threshold_filter *filter)
{
    const struct plan *plan = build->plan;
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    bool *of_fault =
        plan_memory_alloc(build->loading->memory, plan->fault_count + 1, sizeof *of_fault);
    bool any = false;
    for (uint32_t f = 0; f < plan->fault_count; f++) {
        if (plan->faults[f].id == NULL)
            continue;
        g_ptr_array_add(names, (void *)plan->faults[f].id);
        of_fault[f] = fault_is_named(plan->faults[f].id, name);
        any = any || of_fault[f];
    }
    filter->of_fault = of_fault;
    if (!any && !build->loading->cut_short)
        build_unknown(build, path, PART_KEY, "fault", name, names);
    return any;
}

static const struct {
    const char *name;
    enum cs_op_kind kind;
} op_kinds[] = { { "get", CS_OP_GET },
                 { "put", CS_OP_PUT },
                 { "delete", CS_OP_DELETE },
                 { "cas", CS_OP_CAS },
                 { "append", CS_OP_APPEND },
                 { "work", CS_OP_WORK },
                 { "transfer", CS_OP_TRANSFER_LEADERSHIP } };

static bool filter_op(struct build *build, const struct path *path, const char *name,
                      struct threshold_filter *filter)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    for (size_t i = 0; i < G_N_ELEMENTS(op_kinds); i++) {
        g_ptr_array_add(names, (void *)op_kinds[i].name);
        if (strcmp(op_kinds[i].name, name) == 0)
            filter->op = op_kinds[i].kind;
    }
    if (filter->op == FILTER_ANY)
        build_unknown(build, path, PART_KEY, "operation", name, names);
    return filter->op != FILTER_ANY;
}

/* A group by its name in the results, or all its copies by the name in the scenario. */
static bool filter_group(struct build *build, const struct path *path, const char *name,
                         struct threshold_filter *filter)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    for (uint32_t g = 0; g < build->server_groups; g++) {
        const struct group_build *group = build_group(build, g);
        g_ptr_array_add(names, (void *)group->name);
        if (strcmp(group->name, name) == 0) {
            filter->group = g;
            filter->group_count = 1;
            return true;
        }
        if (strcmp(group->base, name) == 0 && filter->group == FILTER_ANY) {
            filter->group = g;
            filter->group_count = group->copies;
        }
    }
    if (filter->group == FILTER_ANY)
        build_unknown(build, path, PART_KEY, "group", name, names);
    return filter->group != FILTER_ANY;
}

static bool filter_region(struct build *build, const struct path *path, const char *name,
                          struct threshold_filter *filter)
{
    filter->region = build_find(build->region_index, name);
    if (filter->region != BUILD_NONE)
        return true;
    build_unknown(build, path, PART_KEY, "region", name, build->region_names);
    return false;
}

static bool filter_node(struct build *build, const struct path *path, const char *name,
                        struct threshold_filter *filter)
{
    filter->node = build_find(build->instance_index, name);
    if (filter->node != BUILD_NONE)
        return true;
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    for (uint32_t i = 0; i < build->instances->len; i++)
        g_ptr_array_add(names, (void *)build_instance(build, i)->name);
    build_unknown(build, path, PART_KEY, "node", name, names);
    return false;
}
_Static_assert(BUILD_NONE == FILTER_ANY, "what is not found filters nothing");

/* ---- Filters that nothing can pass ---- */

/* Names as one says them: "get, put and cas".  g_free. */
static char *listed(const GPtrArray *names)
{
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < names->len; i++) {
        const char *mark = i == 0 ? "" : i + 1 == names->len ? " and " : ", ";
        g_string_append_printf(text, "%s%s", mark, (const char *)names->pdata[i]);
    }
    return g_string_free(text, FALSE);
}

/* What `filter` of the metric cannot be, and what it can; false. */
static bool refuse_filter(struct build *build, const struct path *path, const char *name,
                          enum metric metric, unsigned filter)
{
    g_autoptr(GPtrArray) others = g_ptr_array_new();
    for (unsigned f = 0; f < FILTERS; f++) {
        if (metric_has_filter(metric, f))
            g_ptr_array_add(others, (void *)filter_name(f));
    }
    g_autofree char *names = listed(others);
    wrong_key(build->loading, path, "%s cannot be told by %s%s%s", name, filter_name(filter),
              others->len > 0 ? ", but by " : ": nobody keeps when and where it was counted",
              names);
    return false;
}

/* Whether any workload asks for operations of the kind. */
static bool op_is_asked(struct build *build, const struct path *path, const char *name,
                        enum cs_op_kind kind)
{
    const struct plan *plan = build->plan;
    g_autoptr(GPtrArray) asked = g_ptr_array_new();
    bool of[CS_OP_COUNT] = { false };
    for (uint32_t w = 0; w < plan->workload_count; w++) {
        for (unsigned op = 0; op < CS_OP_COUNT; op++)
            of[op] |= plan->workloads[w].weights[op] > 0;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(op_kinds); i++) {
        if (of[op_kinds[i].kind])
            g_ptr_array_add(asked, (void *)op_kinds[i].name);
    }
    if (of[kind])
        return true;
    g_autofree char *names = listed(asked);
    wrong_key(build->loading, path, "no workload asks for \"%s\"%s%s", name,
              asked->len > 0 ? ": they ask for " : "", names);
    return false;
}

/* Operations are told by the client that asks; servers hold elections and flush. */
static bool node_can_have(struct build *build, const struct path *path, const char *name,
                          enum metric metric, uint32_t node)
{
    bool serves = node < build->server_instances;
    bool asks = metric_has_filter(metric, FILTER_OP);
    bool served = metric == METRIC_ELECTIONS || metric == METRIC_FLUSHES;
    uint32_t other = serves ? build->server_instances : 0;
    const char *like = other < build->instances->len ? build_instance(build, other)->name : NULL;
    if (asks ? !serves : !served || serves)
        return true;
    wrong_key(build->loading, path, "\"%s\" is a %s, and %s is told by %s%s%s", name,
              serves ? "server" : "client", metric_name(metric),
              asks ? "the client that asks" : "servers", like != NULL ? ", like " : "",
              like != NULL ? like : "");
    return false;
}

static bool phase_lasts(struct build *build, const struct path *path, uint32_t phase)
{
    const struct plan *plan = build->plan;
    bool empty = (phase == PHASE_WARMUP && plan->warmup_ns == 0) ||
                 (phase == PHASE_SETTLE && plan->settle_ns == 0);
    bool of_faults = phase == PHASE_FAULTS || phase == PHASE_HEAL;
    /* Another seed of a scenario that draws may have some. */
    bool faultless = of_faults && plan->fault_count == 0 && !plan->swarm;
    if (empty && !build->loading->cut_short) {
        wrong_key(build->loading, path, "there is no such phase: \"%s\" is 0s",
                  phase_name((enum phase)phase));
    }
    if (faultless && !build->loading->cut_short)
        wrong_key(build->loading, path, "there is no such phase: the scenario has no faults");
    return !empty && !faultless;
}

static bool can_have_samples(struct build *build, const struct path *path,
                             const struct metric_text *text, const struct threshold *threshold)
{
    const struct threshold_filter *filter = &threshold->filter;
    return (filter->op == FILTER_ANY ||
            op_is_asked(build, path, text->filters[FILTER_OP], (enum cs_op_kind)filter->op)) &&
           (filter->node == FILTER_ANY || node_can_have(build, path, text->filters[FILTER_NODE],
                                                        threshold->metric, filter->node)) &&
           (filter->phase == FILTER_ANY || phase_lasts(build, path, filter->phase));
}

static bool read_filters(struct build *build, const struct path *path,
                         const struct metric_text *text, struct threshold *threshold)
{
    static bool (*const readers[])(struct build *, const struct path *, const char *,
                                   struct threshold_filter *) = {
        [FILTER_PHASE] = filter_phase, [FILTER_FAULT] = filter_fault,   [FILTER_OP] = filter_op,
        [FILTER_GROUP] = filter_group, [FILTER_REGION] = filter_region, [FILTER_NODE] = filter_node,
    };
    _Static_assert(G_N_ELEMENTS(readers) == FILTERS, "every filter can be read");
    for (unsigned filter = 0; filter < FILTERS; filter++) {
        if (text->filters[filter] == NULL)
            continue;
        if (!metric_has_filter(threshold->metric, filter))
            return refuse_filter(build, path, text->name, threshold->metric, filter);
        if (!readers[filter](build, path, text->filters[filter], &threshold->filter))
            return false;
    }
    return true;
}

bool build_metric(struct build *build, const struct path *path, const char *key,
                  struct threshold *ret_threshold)
{
    struct metric_text text;
    struct threshold threshold = {
        .metric_text = plan_memory_string(build->loading->memory, key),
        .filter = { .phase = FILTER_ANY,
                    .op = FILTER_ANY,
                    .group = FILTER_ANY,
                    .region = FILTER_ANY,
                    .node = FILTER_ANY },
    };
    if (!metric_text_read(build->loading, path, key, &text))
        return false;
    bool good = read_metric(build, path, text.name, &threshold) &&
                read_filters(build, path, &text, &threshold) &&
                can_have_samples(build, path, &text, &threshold);
    metric_text_clear(&text);
    if (good)
        *ret_threshold = threshold;
    return good;
}

/* ---- The whole ---- */

static void read_expressions(struct build *build, const struct path *path, const json_t *list,
                             const struct threshold *metric, GArray *thresholds)
{
    enum threshold_unit units[AGGREGATE_KINDS];
    for (unsigned a = 0; a < AGGREGATE_KINDS; a++)
        units[a] = threshold_unit(metric->metric, (enum aggregate)a);
    for (size_t i = 0; i < json_array_size(list); i++) {
        struct path element = path_index(path, i);
        const char *expression = json_string_value(json_array_get(list, i));
        struct threshold threshold = *metric;
        const char *of = metric->counter != NULL ? "a counter" : metric_name(metric->metric);
        if (expression == NULL ||
            !expression_read(build->loading, &element, expression, of, units, &threshold))
            continue;
        threshold.expression = plan_memory_string(build->loading->memory, expression);
        g_array_append_val(thresholds, threshold);
    }
}

void build_thresholds(struct build *build)
{
    json_t *map = json_object_get(build->root, "thresholds");
    struct path map_path = path_key(&build->path, "thresholds");
    g_autoptr(GArray) thresholds = g_array_new(FALSE, TRUE, sizeof(struct threshold));
    const char *key;
    json_t *list;
    void *next;
    json_object_foreach_safe(map, next, key, list)
    {
        struct path path = path_key(&map_path, key);
        struct threshold metric;
        if (!json_is_array(list))
            continue;
        if (build_metric(build, &path, key, &metric)) {
            read_expressions(build, &path, list, &metric, thresholds);
        } else if (build->loading->cut_short) {
            json_object_del(map, key); /* about a fault that comes too late */
        }
    }
    struct threshold *kept =
        plan_memory_alloc(build->loading->memory, thresholds->len + 1, sizeof *kept);
    for (guint i = 0; i < thresholds->len; i++)
        kept[i] = g_array_index(thresholds, struct threshold, i);
    build->plan->thresholds = kept;
    build->plan->threshold_count = thresholds->len;
}
