/* The cells of a sweep: each scenario with each choice from its matrix. */
#include <string.h>

#include "base/hash.h"
#include "command/command.h"
#include "command/corpus/corpus.h"
#include "command/sweep/sweep.h"
#include "scenario/path.h"

/* ---- The matrix ------------------------------------------------------------------------------ */

/* One pointer and its values, as JSON texts. */
struct axis {
    char *pointer;
    GPtrArray *values;
};

static void axis_clear(gpointer data)
{
    struct axis *axis = data;
    g_free(axis->pointer);
    g_ptr_array_unref(axis->values);
}

static void axis_set(GArray *axes, const char *pointer, GPtrArray *values)
{
    for (guint i = 0; i < axes->len; i++) {
        struct axis *axis = &g_array_index(axes, struct axis, i);
        if (strcmp(axis->pointer, pointer) != 0)
            continue;
        g_ptr_array_unref(axis->values);
        axis->values = values;
        return;
    }
    const struct axis axis = { g_strdup(pointer), values };
    g_array_append_val(axes, axis);
}

/* A word that is no JSON is a string, so that --matrix /…/mode=quick,careful needs no quotes. */
static char *value_text(const char *word)
{
    json_t *value = json_loads(word, JSON_DECODE_ANY, NULL);
    if (value == NULL)
        value = json_string(word);
    char *text = value == NULL ? NULL : json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
    json_decref(value);
    char *copy = g_strdup(text);
    free(text);
    return copy;
}

/* "POINTER=v1,v2": commas within brackets, braces and quotes do not count. */
static GPtrArray *split_values(const char *text)
{
    GPtrArray *values = g_ptr_array_new_with_free_func(g_free);
    int depth = 0;
    bool quoted = false;
    const char *begin = text;
    for (const char *p = text;; p++) {
        if (*p == '"' && (p == text || p[-1] != '\\'))
            quoted = !quoted;
        depth += !quoted && (*p == '[' || *p == '{');
        depth -= !quoted && (*p == ']' || *p == '}');
        if (*p != '\0' && (*p != ',' || quoted || depth > 0))
            continue;
        g_autofree char *word = g_strndup(begin, (gsize)(p - begin));
        char *value = value_text(word);
        if (value != NULL && *word != '\0')
            g_ptr_array_add(values, value);
        begin = p + 1;
        if (*p == '\0')
            return values;
    }
}

static bool add_given_axes(GArray *axes, char **matrix)
{
    for (char **text = matrix; text != NULL && *text != NULL; text++) {
        const char *equals = strchr(*text, '=');
        GPtrArray *values = equals == NULL ? NULL : split_values(equals + 1);
        if (**text != '/' || values == NULL || values->len == 0) {
            complain("--matrix \"%s\" is not POINTER=VALUE,VALUE; write it like "
                     "/topology/links/default/loss=0,0.01",
                     *text);
            if (values != NULL)
                g_ptr_array_unref(values);
            return false;
        }
        g_autofree char *pointer = g_strndup(*text, (gsize)(equals - *text));
        axis_set(axes, pointer, values);
    }
    return true;
}

static GArray *axes_of(const struct plan *plan, char **matrix)
{
    GArray *axes = g_array_new(FALSE, FALSE, sizeof(struct axis));
    g_array_set_clear_func(axes, axis_clear);
    for (uint32_t m = 0; m < plan->sweep.matrix_count; m++) {
        GPtrArray *values = g_ptr_array_new_with_free_func(g_free);
        for (const char *const *value = plan->sweep.matrix[m].values; *value != NULL; value++)
            g_ptr_array_add(values, g_strdup(*value));
        axis_set(axes, plan->sweep.matrix[m].pointer, values);
    }
    if (add_given_axes(axes, matrix))
        return axes;
    g_array_unref(axes);
    return NULL;
}

/* ---- One cell -------------------------------------------------------------------------------- */

static struct plan *load(const struct sweep_request *request, const char *file, char **sets,
                         uint64_t seed, bool has_seed, struct registry **ret_registry)
{
    g_autoptr(GString) errors = g_string_new(NULL);
    const struct plan_overrides overrides = {
        .has_seed = has_seed,
        .seed = seed,
        .sets = (const char *const *)sets,
        .plugins = (const char *const *)request->plugins,
    };
    struct registry *registry = registry_new(request->protocols);
    struct plan *plan = plan_load(file, &overrides, registry, errors);
    if (plan == NULL) {
        fputs(errors->str, stderr);
        registry_free(registry);
        return NULL;
    }
    *ret_registry = registry;
    return plan;
}

/* The metrics that thresholds over runs need a value of, each once. */
static GPtrArray *metrics_of(const struct plan *plan)
{
    GPtrArray *metrics = g_ptr_array_new();
    for (uint32_t t = 0; t < plan->sweep.threshold_count; t++) {
        const struct plan_sweep_threshold *threshold = &plan->sweep.thresholds[t];
        bool known = threshold->of != SWEEP_METRIC;
        for (guint i = 0; i < metrics->len && !known; i++) {
            const struct threshold *other = g_ptr_array_index(metrics, i);
            known = strcmp(other->metric_text, threshold->threshold.metric_text) == 0;
        }
        if (!known)
            g_ptr_array_add(metrics, (void *)&threshold->threshold);
    }
    return metrics;
}

static json_t *strings_json(const char *const *strings)
{
    json_t *list = json_array();
    for (; strings != NULL && *strings != NULL; strings++)
        json_array_append_new(list, json_string(*strings));
    return list;
}

static json_t *thresholds_json(const struct plan *plan)
{
    json_t *list = json_array();
    for (uint32_t t = 0; t < plan->sweep.threshold_count; t++) {
        const struct plan_sweep_threshold *of = &plan->sweep.thresholds[t];
        const struct threshold *threshold = &of->threshold;
        json_array_append_new(
            list,
            json_pack("{s:s, s:s, s:[i,i,i,i,I,i]}", "metric", threshold->metric_text, "expression",
                      threshold->expression, "parsed", (int)of->of, (int)threshold->aggregate,
                      (int)threshold->percentile, (int)threshold->comparison,
                      (json_int_t)MIN(threshold->limit, (uint64_t)INT64_MAX), (int)of->unit));
    }
    return list;
}

/* A file's name relative to the current folder, where it is below it. */
static json_t *file_json(const char *file)
{
    g_autofree char *here = g_get_current_dir();
    size_t size = strlen(here);
    bool below = strncmp(file, here, size) == 0 && file[size] == '/';
    return json_string(below ? file + size + 1 : file);
}

static json_t *files_json(char **files)
{
    json_t *list = json_array();
    for (char **file = files; file != NULL && *file != NULL; file++)
        json_array_append_new(list, file_json(*file));
    return list;
}

/* Nothing is asked of a corpus over all its runs. */
static json_t *cell_json(const struct sweep_cell *cell, const struct sweep_request *request,
                         json_t *matrix)
{
    const struct plan *plan = cell->plan;
    const char *const *sets = cell->stored ? NULL : (const char *const *)request->sets;
    bool corpus = cell->corpus != NULL;
    g_autofree char *first = sweep_seed_text(cell->first);
    g_autofree char *last = sweep_seed_text(cell->last);
    g_autofree char *hash =
        g_strdup_printf("xxh3:%016" G_GINT64_MODIFIER "x", hash_string(plan->effective));
    json_t *json = json_pack("{s:s, s:o, s:s, s:o, s:o, s:o, s:{s:s, s:s}, s:o, s:{s:s, s:i}, s:o}",
                             "scenario", plan->name, "file", file_json(cell->file), "hash", hash,
                             "matrix", matrix, "set", strings_json(sets), "plugins",
                             files_json(request->plugins), "seeds", "first", first, "last", last,
                             "sometimes", strings_json(corpus ? NULL : plan->sometimes), "expect",
                             "verdict", verdict_name(plan->expect.verdict), "within_seeds",
                             (int)plan->expect.within_seeds, "thresholds",
                             corpus ? json_array() : thresholds_json(plan));
    if (corpus) {
        json_object_set_new(json, "corpus", json_string(cell->corpus));
        json_object_set_new(json, "stored", json_boolean(cell->stored));
    }
    return json;
}

/* The sets of the command line, then one value of each axis. */
static char **sets_of(const struct sweep_request *request, const GArray *axes, uint64_t choice,
                      json_t *ret_matrix)
{
    GPtrArray *sets = g_ptr_array_new();
    for (char **set = request->sets; set != NULL && *set != NULL; set++)
        g_ptr_array_add(sets, g_strdup(*set));
    uint64_t below = 1;
    for (guint i = 0; i < axes->len; i++)
        below *= g_array_index(axes, struct axis, i).values->len;
    cs_assert(choice < below);
    for (guint i = 0; i < axes->len; i++) {
        const struct axis *axis = &g_array_index(axes, struct axis, i);
        cs_assert(axis->values->len > 0);
        below /= axis->values->len;
        const char *value = g_ptr_array_index(axis->values, choice / below % axis->values->len);
        g_ptr_array_add(sets, g_strdup_printf("%s=%s", axis->pointer, value));
        json_object_set_new(ret_matrix, axis->pointer, json_loads(value, JSON_DECODE_ANY, NULL));
    }
    cs_assert(below == 1);
    g_ptr_array_add(sets, NULL);
    return (char **)g_ptr_array_free(sets, FALSE);
}

/* ---- All of them ----------------------------------------------------------------------------- */

static uint64_t total_of(const GArray *cells)
{
    if (cells->len == 0)
        return 0;
    const struct sweep_cell *last = &g_array_index(cells, struct sweep_cell, cells->len - 1);
    cs_assert(last->last >= last->first);
    return last->base + (last->last - last->first) + 1;
}

/* A scenario as it was read, and one choice of values for its axes. */
struct choice {
    const char *file;
    const struct plan *given;
    const GArray *axes;
    uint64_t number;
    const struct corpus_entry *entry; /* its seed, not the scenario's; or NULL */
    bool stored;                      /* the entry itself: it has no axes, nor is it given */
};

/* The seeds of a cell: an entry's, the command's, or the scenario's own, or its one. */
static void set_seeds(struct sweep_cell *cell, const struct sweep_request *request,
                      const struct choice *choice)
{
    const struct plan *given = choice->given;
    cell->first = cell->last = choice->entry != NULL ? choice->entry->seed : given->seed;
    if (choice->entry != NULL)
        return;
    if (request->has_seeds) {
        cell->first = request->first;
        cell->last = request->last;
    } else if (given->sweep.has_seeds) {
        cell->first = given->sweep.seed_first;
        cell->last = given->sweep.seed_last;
    }
}

static bool add_cell(const struct sweep_request *request, const struct choice *choice,
                     GArray *cells, json_t *list)
{
    const char *file = choice->file;
    struct sweep_cell cell = { .file = file, .plugins = (const char *const *)request->plugins };
    json_t *matrix = json_object();
    set_seeds(&cell, request, choice);
    cs_assert(cell.first <= cell.last);
    cell.corpus = choice->entry != NULL ? g_intern_string(choice->entry->name) : NULL;
    cell.stored = choice->stored;
    cell.base = total_of(cells);
    cell.sets =
        choice->stored ? g_new0(char *, 1) : sets_of(request, choice->axes, choice->number, matrix);
    bool few = cell.last - cell.first < SWEEP_RUNS_MAX &&
               cell.base + (cell.last - cell.first) < SWEEP_RUNS_MAX;
    if (!few)
        complain("these are more than %" G_GUINT64_FORMAT " runs", SWEEP_RUNS_MAX);
    if (few)
        cell.plan = load(request, file, cell.sets, cell.first, true, &cell.registry);
    if (cell.plan == NULL) {
        json_decref(matrix);
        g_strfreev(cell.sets);
        return false;
    }
    cell.metrics = cell.corpus != NULL ? g_ptr_array_new() : metrics_of(cell.plan);
    json_array_append_new(list, cell_json(&cell, request, matrix));
    g_array_append_val(cells, cell);
    return true;
}

/* One choice with its seeds, or with that of each entry. */
static bool add_choice(const struct sweep_request *request, struct choice *choice,
                       const GPtrArray *entries, GArray *cells, json_t *list)
{
    if (entries == NULL)
        return add_cell(request, choice, cells, list);
    bool good = true;
    for (guint i = 0; i < entries->len && good; i++) {
        choice->entry = g_ptr_array_index(entries, i);
        good = add_cell(request, choice, cells, list);
    }
    return good;
}

/* The cells of a scenario; with `entries` those of its corpus' seeds. */
static bool add_scenario(const struct sweep_request *request, const char *file,
                         const GPtrArray *entries, GArray *cells, json_t *list)
{
    struct registry *registry = NULL;
    struct plan *plan = load(request, file, request->sets, 0, false, &registry);
    if (plan == NULL)
        return false;
    g_autoptr(GArray) axes = axes_of(plan, request->matrix);
    bool good = axes != NULL;
    uint64_t choices = 1;
    for (guint i = 0; good && i < axes->len; i++) {
        choices *= g_array_index(axes, struct axis, i).values->len;
        good = choices <= 100000;
        if (!good)
            complain("%s: the matrix has more than 100,000 cells", file);
    }
    struct choice choice = { .file = file, .given = plan, .axes = axes };
    for (; good && choice.number < choices; choice.number++)
        good = add_choice(request, &choice, entries, cells, list);
    plan_free(plan);
    registry_free(registry);
    return good;
}

static bool add_corpus(const struct sweep_request *request, const char *file, GArray *cells,
                       json_t *list)
{
    g_autoptr(GPtrArray) entries = request->no_corpus ? NULL : corpus_read(file);
    if (entries == NULL || entries->len == 0)
        return request->no_corpus || entries != NULL;
    bool good = true;
    for (guint i = 0; i < entries->len; i++) {
        const struct corpus_entry *entry = g_ptr_array_index(entries, i);
        const struct choice choice = { .file = g_intern_string(entry->path),
                                       .entry = entry,
                                       .stored = true };
        good = add_cell(request, &choice, cells, list) && good;
    }
    return good && add_scenario(request, file, entries, cells, list);
}

static void cell_clear(gpointer data)
{
    struct sweep_cell *cell = data;
    g_strfreev(cell->sets);
    g_ptr_array_unref(cell->metrics);
    plan_free(cell->plan);
    registry_free(cell->registry);
}

/* What runs: the program and all plug-ins, those of each scenario. */
static char *builds_of(const GArray *cells)
{
    g_autoptr(GPtrArray) builds = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < cells->len; i++) {
        char *build = build_of(g_array_index(cells, struct sweep_cell, i).registry);
        if (g_ptr_array_find_with_equal_func(builds, build, g_str_equal, NULL)) {
            g_free(build);
        } else {
            g_ptr_array_add(builds, build);
        }
    }
    cs_assert(builds->len > 0);
    g_ptr_array_add(builds, NULL);
    return g_strjoinv("+", (char **)builds->pdata);
}

bool sweep_cells(const struct sweep_request *request, GArray **ret_cells, json_t **ret_manifest)
{
    cs_assert(request->file_count > 0);
    GArray *cells = g_array_new(FALSE, TRUE, sizeof(struct sweep_cell));
    g_array_set_clear_func(cells, cell_clear);
    json_t *list = json_array();
    bool good = true;
    bool *wrong = g_new0(bool, request->file_count); /* which is told */
    for (size_t f = 0; f < request->file_count; f++)
        wrong[f] = !add_corpus(request, request->files[f], cells, list);
    for (size_t f = 0; f < request->file_count; f++) {
        good = !wrong[f] && good;
        if (!wrong[f])
            good = add_scenario(request, request->files[f], NULL, cells, list) && good;
    }
    g_free(wrong);
    if (!good) {
        json_decref(list);
        g_array_unref(cells);
        return false;
    }
    g_autofree char *build = builds_of(cells);
    *ret_manifest = json_pack("{s:i, s:s, s:n, s:o, s:n}", "format", 1, "build", build, "shard",
                              "cells", list, "summary");
    cs_assert(*ret_manifest != NULL);
    *ret_cells = cells;
    return true;
}

void sweep_cells_free(GArray *cells)
{
    if (cells != NULL)
        g_array_unref(cells);
}
