/* What a scenario says about sweeps: seeds, matrix, thresholds over runs, what must be reached. */
#include <string.h>

#include "scenario/build.h"
#include "scenario/build_thresholds.h"
#include "scenario/value.h"

/* ---- Seeds ---- */

/* A seed like 0x2a, or a decimal number. */
static bool read_seed(const char *text, uint64_t *ret_seed)
{
    if (g_str_has_prefix(text, "0x")) {
        g_autofree char *wrong = value_seed(text, ret_seed);
        return wrong == NULL;
    }
    return g_ascii_string_to_unsigned(text, 10, 0, UINT64_MAX, ret_seed, NULL);
}

char *plan_seeds(const char *text, uint64_t *ret_first, uint64_t *ret_last)
{
    uint64_t first = 0, last = 0;
    const char *dots = strstr(text, "..");
    g_autofree char *from = dots != NULL ? g_strndup(text, (gsize)(dots - text)) : g_strdup(text);
    if (!read_seed(from, &first) || !read_seed(dots != NULL ? dots + 2 : from, &last)) {
        return g_strdup_printf(
            "\"%s\" is no range of seeds; it is written like \"0..999\" or \"0x0..0x3e7\"", text);
    }
    if (first > last)
        return g_strdup_printf("\"%s\": the first seed is above the last", text);
    *ret_first = first;
    *ret_last = last;
    return NULL;
}

static void read_seeds(struct build *build, const json_t *json, const struct path *sweep_path)
{
    const char *text = json_string_value(json_object_get(json, "seeds"));
    struct path path = path_key(sweep_path, "seeds");
    struct plan_sweep *sweep = &build->plan->sweep;
    if (text == NULL)
        return;
    g_autofree char *wrong = plan_seeds(text, &sweep->seed_first, &sweep->seed_last);
    sweep->has_seeds = wrong == NULL;
    if (wrong != NULL)
        wrong_value(build->loading, &path, "%s", wrong);
}

/* ---- Matrix ---- */

static const char *const *value_texts(struct build *build, const json_t *values)
{
    size_t count = json_array_size(values);
    const char **texts = plan_memory_alloc(build->loading->memory, count + 1, sizeof *texts);
    for (size_t i = 0; i < count; i++) {
        char *text = json_dumps(json_array_get(values, i), JSON_ENCODE_ANY | JSON_COMPACT);
        texts[i] = plan_memory_string(build->loading->memory, text);
        free(text);
    }
    return texts;
}

static void read_matrix(struct build *build, const json_t *json, const struct path *sweep_path)
{
    const json_t *map = json_object_get(json, "matrix");
    struct path map_path = path_key(sweep_path, "matrix");
    struct plan_matrix *matrix =
        plan_memory_alloc(build->loading->memory, json_object_size(map) + 1, sizeof *matrix);
    uint32_t count = 0;
    const char *pointer;
    json_t *values;
    json_object_foreach((json_t *)map, pointer, values)
    {
        struct path path = path_key(&map_path, pointer);
        if (!json_is_array(values))
            continue;
        if (*pointer != '/') {
            wrong_key(build->loading, &path,
                      "\"%s\" is no JSON pointer; it is written like "
                      "\"/topology/links/default/loss\"",
                      pointer);
            continue;
        }
        matrix[count++] = (struct plan_matrix){ plan_memory_string(build->loading->memory, pointer),
                                                value_texts(build, values) };
    }
    build->plan->sweep.matrix = matrix;
    build->plan->sweep.matrix_count = count;
}

/* ---- Thresholds over runs ---- */

static const char *const own_metrics[] = {
    [SWEEP_RUNS] = "runs",
    [SWEEP_VIOLATIONS] = "violations",
    [SWEEP_FAILURES] = "failures",
};

/* Each aggregate's unit: of what is counted over runs, and of the values that runs have. */
static void units_of(const struct plan_sweep_threshold *of, enum threshold_unit *units)
{
    for (unsigned a = 0; a < AGGREGATE_KINDS; a++)
        units[a] = UNIT_NONE;
    units[AGGREGATE_COUNT] = UNIT_NUMBER;
    if (of->of != SWEEP_METRIC) {
        units[AGGREGATE_VALUE] = UNIT_NUMBER;
        units[AGGREGATE_RATE] = of->of == SWEEP_RUNS ? UNIT_NONE : UNIT_SHARE;
        return;
    }
    static const enum aggregate of_values[] = { AGGREGATE_AVG, AGGREGATE_MIN, AGGREGATE_MAX,
                                                AGGREGATE_PERCENTILE };
    for (size_t i = 0; i < G_N_ELEMENTS(of_values); i++)
        units[of_values[i]] = threshold_unit(of->threshold.metric, AGGREGATE_VALUE);
}

static bool read_sweep_metric(struct build *build, const struct path *path, const char *key,
                              struct plan_sweep_threshold *ret)
{
    for (size_t m = 0; m < G_N_ELEMENTS(own_metrics); m++) {
        if (strcmp(own_metrics[m], key) != 0)
            continue;
        ret->of = (enum sweep_metric)m;
        ret->threshold.metric_text = own_metrics[m];
        return true;
    }
    const char *near = nearest_name(key, own_metrics, G_N_ELEMENTS(own_metrics));
    if (near != NULL) {
        wrong_name(build->loading, path, PART_KEY, near, "there is no metric \"%s\" of a sweep",
                   key);
        return false;
    }
    ret->of = SWEEP_METRIC;
    return build_metric(build, path, key, &ret->threshold);
}

static void read_sweep_threshold(struct build *build, const struct path *path, const json_t *list,
                                 const struct plan_sweep_threshold *metric, GArray *thresholds)
{
    enum threshold_unit units[AGGREGATE_KINDS];
    units_of(metric, units);
    for (size_t i = 0; i < json_array_size(list); i++) {
        struct path element = path_index(path, i);
        const char *expression = json_string_value(json_array_get(list, i));
        struct plan_sweep_threshold threshold = *metric;
        if (expression == NULL ||
            !expression_read(build->loading, &element, expression, metric->threshold.metric_text,
                             units, &threshold.threshold))
            continue;
        threshold.unit = units[threshold.threshold.aggregate];
        threshold.threshold.expression = plan_memory_string(build->loading->memory, expression);
        g_array_append_val(thresholds, threshold);
    }
}

static void read_sweep_thresholds(struct build *build, json_t *json, const struct path *sweep_path)
{
    json_t *map = json_object_get(json, "thresholds");
    struct path map_path = path_key(sweep_path, "thresholds");
    g_autoptr(GArray) thresholds = g_array_new(FALSE, TRUE, sizeof(struct plan_sweep_threshold));
    const char *key;
    json_t *list;
    void *next;
    json_object_foreach_safe(map, next, key, list)
    {
        struct path path = path_key(&map_path, key);
        struct plan_sweep_threshold metric = { 0 };
        if (!json_is_array(list))
            continue;
        if (read_sweep_metric(build, &path, key, &metric)) {
            read_sweep_threshold(build, &path, list, &metric, thresholds);
        } else if (build->loading->cut_short) {
            json_object_del(map, key);
        }
    }
    struct plan_sweep_threshold *kept =
        plan_memory_alloc(build->loading->memory, thresholds->len + 1, sizeof *kept);
    for (guint i = 0; i < thresholds->len; i++)
        kept[i] = g_array_index(thresholds, struct plan_sweep_threshold, i);
    build->plan->sweep.thresholds = kept;
    build->plan->sweep.threshold_count = thresholds->len;
}

void build_sweep(struct build *build)
{
    const json_t *checks = json_object_get(build->root, "checks");
    json_t *json = json_object_get(build->root, "sweep");
    struct path path = path_key(&build->path, "sweep");
    build->plan->sometimes =
        plan_memory_strings(build->loading->memory, json_object_get(checks, "sometimes"));
    if (json == NULL)
        return;
    read_seeds(build, json, &path);
    read_matrix(build, json, &path);
    read_sweep_thresholds(build, json, &path);
}
