/* The summary of a sweep: one pass over runs.jsonl. */
#include <errno.h>
#include <string.h>

#include "command/command.h"
#include "command/sweep/sweep.h"
#include "measure/confidence.h"

#define CONFIDENCE 0.95

/* Runs that failed for the same cause. */
struct failure {
    char *key;         /* the cause, of an entry of the corpus with its name */
    const char *cause; /* the end of it */
    uint64_t count;
    uint64_t number; /* of the first */
    json_t *line;    /* the first */
};

struct cell_sum {
    uint64_t runs, passed, failed, inconclusive, violations, expected;
    int status;      /* the worst */
    GArray **values; /* uint64_t: for each threshold over runs, what the runs have */
    size_t threshold_count;
};

struct sum {
    const json_t *manifest;
    struct sweep_space space;
    struct cell_sum *cells;
    GPtrArray *failures; /* struct failure, by their first run */
    GHashTable *by_cause;
    json_t *checks;  /* name -> how many runs it judged */
    json_t *broken;  /* name -> how many runs violated it */
    json_t *reached; /* scenario -> name -> how many runs reached it */
};

static json_t *number_json(uint64_t value)
{
    return json_integer((json_int_t)MIN(value, (uint64_t)INT64_MAX));
}

static uint64_t number_of(const json_t *object, const char *key)
{
    return (uint64_t)json_integer_value(json_object_get(object, key));
}

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text != NULL ? text : "";
}

static void count_name(json_t *object, const char *name, uint64_t add)
{
    uint64_t count = number_of(object, name);
    json_object_set_new(object, name, number_json(count + add));
}

/* ---- Line by line ---------------------------------------------------------------------------- */

static void failure_free(gpointer data)
{
    struct failure *failure = data;
    json_decref(failure->line);
    g_free(failure->key);
    g_free(failure);
}

/* Every run whose status is not 0; the worst finding is its cause. */
static void add_failure(struct sum *sum, const json_t *cell, json_t *line, uint64_t number)
{
    const char *entry = sweep_corpus(cell);
    const char *given = json_string_value(json_object_get(line, "cause"));
    const char *cause = given != NULL ? given : "expect: the run ended otherwise";
    g_autofree char *key = g_strconcat(entry != NULL ? entry : "", "\n", cause, NULL);
    struct failure *failure = g_hash_table_lookup(sum->by_cause, key);
    if (failure == NULL) {
        failure = g_new0(struct failure, 1);
        failure->key = g_strdup(key);
        failure->cause = strchr(failure->key, '\n') + 1;
        failure->number = number;
        failure->line = json_incref(line);
        g_ptr_array_add(sum->failures, failure);
        g_hash_table_insert(sum->by_cause, failure->key, failure);
    }
    failure->count++;
}

static void add_checks(struct sum *sum, const json_t *line)
{
    const char *name = NULL;
    const json_t *value = NULL;
    size_t index = 0;
    json_object_foreach((json_t *)json_object_get(line, "checks"), name, value)
        count_name(sum->checks, name, 1);
    json_array_foreach(json_object_get(line, "findings"), index, value)
    {
        if (strcmp(text_of(value, "verdict"), "violation") == 0)
            count_name(sum->broken, text_of(value, "check"), 1);
    }
}

static void add_reached(struct sum *sum, const json_t *line)
{
    const char *scenario = text_of(line, "scenario"), *name = NULL;
    const json_t *value = NULL;
    json_t *names = json_object_get(sum->reached, scenario);
    json_object_foreach((json_t *)json_object_get(line, "reached"), name, value)
        count_name(names, name, json_integer_value(value) > 0);
}

static void add_values(struct cell_sum *cell, const json_t *thresholds, const json_t *line)
{
    const json_t *values = json_object_get(line, "values");
    for (size_t t = 0; t < cell->threshold_count; t++) {
        const char *metric = text_of(json_array_get(thresholds, t), "metric");
        const json_t *value = json_object_get(values, metric);
        if (!json_is_integer(value))
            continue;
        uint64_t number = (uint64_t)json_integer_value(value);
        number = number == INT64_MAX ? UINT64_MAX : number; /* never */
        g_array_append_val(cell->values[t], number);
    }
}

static void add_line(struct sum *sum, json_t *line)
{
    uint64_t number = 0;
    if (!sweep_number(&sum->space, line, &number))
        return;
    size_t index = (size_t)number_of(line, "cell");
    cs_assert(index < json_array_size(sum->space.cells));
    const json_t *cell_json = json_array_get(sum->space.cells, index);
    struct cell_sum *cell = &sum->cells[index];
    int status = (int)number_of(line, "status");
    bool within = number_of(json_object_get(cell_json, "expect"), "within_seeds") > 0;
    bool forgiven = within && status == EXIT_UNEXPECTED;
    cell->runs++;
    cell->expected += json_is_true(json_object_get(line, "expected"));
    cell->violations += strcmp(text_of(line, "verdict"), "violation") == 0;
    if (status == EXIT_PASS || forgiven) {
        cell->passed++;
    } else {
        cell->inconclusive += status == EXIT_INCONCLUSIVE;
        cell->failed += status != EXIT_INCONCLUSIVE;
        cell->status = (int)exit_worse((enum exit_status)cell->status, (enum exit_status)status);
        add_failure(sum, cell_json, line, number);
    }
    if (sweep_corpus(cell_json) != NULL)
        return; /* chosen because they failed, these runs prove nothing about seeds */
    add_checks(sum, line);
    add_reached(sum, line);
    add_values(cell, json_object_get(cell_json, "thresholds"), line);
}

static bool read_lines(struct sum *sum, const char *path)
{
    FILE *file = fopen(path, "re");
    char *text = NULL;
    size_t capacity = 0;
    if (file == NULL) {
        complain("%s cannot be read: %s", path, g_strerror(errno));
        return false;
    }
    while (getline(&text, &capacity, file) > 0) {
        json_t *line = json_loads(text, 0, NULL);
        if (line != NULL)
            add_line(sum, line);
        json_decref(line);
    }
    free(text);
    fclose(file);
    return true;
}

/* ---- Over all runs --------------------------------------------------------------------------- */

/* As enum sweep_metric, aggregate, … of the manifest. */
enum {
    PARSED_OF,
    PARSED_AGGREGATE,
    PARSED_PERCENTILE,
    PARSED_COMPARISON,
    PARSED_LIMIT,
    PARSED_UNIT
};

static uint64_t parsed(const json_t *threshold, size_t index)
{
    const json_t *list = json_object_get(threshold, "parsed");
    return (uint64_t)json_integer_value(json_array_get(list, index));
}

static bool runs_value(const struct cell_sum *cell, const json_t *threshold, size_t index,
                       uint64_t *ret_value)
{
    cs_assert(index < cell->threshold_count);
    enum sweep_metric of = (enum sweep_metric)parsed(threshold, PARSED_OF);
    enum aggregate aggregate = (enum aggregate)parsed(threshold, PARSED_AGGREGATE);
    if (of == SWEEP_METRIC) {
        GArray *values = cell->values[index];
        return aggregate_values(aggregate, (uint32_t)parsed(threshold, PARSED_PERCENTILE),
                                (uint64_t *)(void *)values->data, values->len, ret_value);
    }
    uint64_t count = of == SWEEP_RUNS         ? cell->runs
                     : of == SWEEP_VIOLATIONS ? cell->violations
                                              : cell->failed;
    *ret_value =
        aggregate == AGGREGATE_RATE && cell->runs > 0 ? count * 1000000000 / cell->runs : count;
    return cell->runs > 0;
}

/* One threshold of one cell; the worst status goes to *status. */
static json_t *judge_threshold(const struct cell_sum *cell, const json_t *threshold, size_t index,
                               int *status)
{
    uint64_t value = 0;
    const struct threshold limit = {
        .comparison = (enum comparison)parsed(threshold, PARSED_COMPARISON),
        .limit = parsed(threshold, PARSED_LIMIT),
    };
    bool any = runs_value(cell, threshold, index, &value);
    bool met = any && threshold_met(&limit, value);
    struct cs_text text = { 0 };
    if (any)
        threshold_add_text(&text, (enum threshold_unit)parsed(threshold, PARSED_UNIT), value);
    json_t *judged = json_pack("{s:s, s:s, s:o, s:o}", "metric", text_of(threshold, "metric"),
                               "expression", text_of(threshold, "expression"), "value",
                               any ? json_string(text_string(&text)) : json_null(), "met",
                               any ? json_boolean(met) : json_null());
    text_done(&text);
    if (!met) {
        *status =
            (int)exit_worse((enum exit_status) * status, any ? EXIT_THRESHOLD : EXIT_INCONCLUSIVE);
    }
    return judged;
}

/* Whether a scenario that is to show something within so many seeds has shown it. */
static int judge_expectation(const struct cell_sum *cell, const json_t *cell_json)
{
    uint64_t within = number_of(json_object_get(cell_json, "expect"), "within_seeds");
    bool seeds = sweep_corpus(cell_json) == NULL;
    return seeds && within > 0 && cell->runs > 0 && cell->expected == 0 ? EXIT_UNEXPECTED
                                                                        : EXIT_PASS;
}

static json_t *cells_json(struct sum *sum, bool judged, int *status)
{
    json_t *list = json_array();
    for (size_t c = 0; c < json_array_size(sum->space.cells); c++) {
        struct cell_sum *cell = &sum->cells[c];
        const json_t *cell_json = json_array_get(sum->space.cells, c);
        const json_t *thresholds = json_object_get(cell_json, "thresholds");
        cs_assert(cell->runs == cell->passed + cell->failed + cell->inconclusive);
        cs_assert(cell->expected <= cell->runs);
        json_t *results = json_array();
        for (size_t t = 0; judged && t < cell->threshold_count; t++) {
            json_array_append_new(
                results, judge_threshold(cell, json_array_get(thresholds, t), t, &cell->status));
        }
        if (judged) {
            cell->status = (int)exit_worse((enum exit_status)cell->status,
                                           (enum exit_status)judge_expectation(cell, cell_json));
        }
        *status = (int)exit_worse((enum exit_status) * status, (enum exit_status)cell->status);
        json_array_append_new(list, json_pack("{s:o, s:o, s:o, s:o, s:i, s:o}", "runs",
                                              number_json(cell->runs), "passed",
                                              number_json(cell->passed), "failed",
                                              number_json(cell->failed), "inconclusive",
                                              number_json(cell->inconclusive), "status",
                                              cell->status, "thresholds", results));
    }
    return list;
}

static gint compare_failures(gconstpointer a, gconstpointer b)
{
    const struct failure *x = *(const struct failure *const *)a,
                         *y = *(const struct failure *const *)b;
    return (x->number > y->number) - (x->number < y->number);
}

static json_t *failure_json(const struct sum *sum, const struct failure *failure)
{
    const json_t *finding = json_array_get(json_object_get(failure->line, "findings"), 0);
    const json_t *at = json_object_get(finding, "at_ns");
    uint64_t seed = 0;
    size_t cell = sweep_locate(&sum->space, failure->number, &seed);
    cs_assert(cell < json_array_size(sum->space.cells));
    cs_assert(failure->count > 0);
    const json_t *cell_json = json_array_get(sum->space.cells, cell);
    g_autofree char *again = sweep_replay(cell_json, seed);
    g_autofree char *look = NULL;
    if (json_is_integer(at))
        look = sweep_look(cell_json, seed, (uint64_t)json_integer_value(at));
    int status = (int)number_of(failure->line, "status");
    g_autofree char *shrink = status == EXIT_INCONCLUSIVE ? NULL : sweep_shrink(cell_json, seed);
    const char *entry = sweep_corpus(cell_json);
    return json_pack("{s:s, s:s, s:s, s:o, s:i, s:s, s:i, s:o, s:s?, s:s, s:s?}", "cause",
                     failure->cause, "verdict", text_of(failure->line, "verdict"), "detail",
                     text_of(finding, "detail"), "runs", number_json(failure->count), "cell",
                     (int)cell, "seed", text_of(failure->line, "seed"), "status", status, "look",
                     look != NULL ? json_string(look) : json_null(), "shrink", shrink, "again",
                     again, "corpus", entry);
}

static json_t *failures_json(struct sum *sum)
{
    json_t *list = json_array();
    g_ptr_array_sort(sum->failures, compare_failures);
    for (guint i = 0; i < sum->failures->len; i++) {
        const struct failure *failure = g_ptr_array_index(sum->failures, i);
        json_array_append_new(list, failure_json(sum, failure));
    }
    return list;
}

/* What was to be reached, by scenario; with `judged` what never was makes the sweep inconclusive.
 */
static json_t *sometimes_json(const struct sum *sum, bool judged, int *status)
{
    json_t *list = json_array();
    const char *scenario = NULL, *name = NULL;
    json_t *names = NULL;
    const json_t *value = NULL;
    json_object_foreach(sum->reached, scenario, names)
    {
        json_object_foreach(names, name, value)
        {
            json_array_append_new(list, json_pack("{s:s, s:s, s:O}", "scenario", scenario, "name",
                                                  name, "runs", (json_t *)value));
            if (judged && json_integer_value(value) == 0)
                *status = (int)exit_worse((enum exit_status) * status, EXIT_INCONCLUSIVE);
        }
    }
    return list;
}

/* What the runs that judged each check prove about it. */
static json_t *properties_json(const struct sum *sum)
{
    json_t *list = json_array();
    const char *name = NULL;
    const json_t *value = NULL;
    json_object_foreach(sum->checks, name, value)
    {
        uint64_t runs = (uint64_t)json_integer_value(value);
        uint64_t failed = MIN(number_of(sum->broken, name), runs);
        uint64_t ppb = confidence_upper_ppb(failed, runs, CONFIDENCE);
        json_array_append_new(list, json_pack("{s:s, s:o, s:o, s:o}", "name", name, "runs",
                                              number_json(runs), "failed", number_json(failed),
                                              "failure_probability_below_ppb", number_json(ppb)));
    }
    return list;
}

/* ---- The whole ------------------------------------------------------------------------------- */

static void sum_begin(struct sum *sum, const json_t *manifest)
{
    size_t count = json_array_size(sum->space.cells);
    sum->manifest = manifest;
    sum->cells = g_new0(struct cell_sum, count);
    sum->failures = g_ptr_array_new_with_free_func(failure_free);
    sum->by_cause = g_hash_table_new(g_str_hash, g_str_equal);
    sum->checks = json_object();
    sum->broken = json_object();
    sum->reached = json_object();
    for (size_t c = 0; c < count; c++) {
        const json_t *cell_json = json_array_get(sum->space.cells, c);
        struct cell_sum *cell = &sum->cells[c];
        cell->threshold_count = json_array_size(json_object_get(cell_json, "thresholds"));
        cell->values = g_new0(GArray *, cell->threshold_count + 1);
        for (size_t t = 0; t < cell->threshold_count; t++)
            cell->values[t] = g_array_new(FALSE, FALSE, sizeof(uint64_t));
        const char *scenario = text_of(cell_json, "scenario");
        if (json_object_get(sum->reached, scenario) == NULL)
            json_object_set_new(sum->reached, scenario, json_object());
        size_t index = 0;
        const json_t *name = NULL;
        json_array_foreach(json_object_get(cell_json, "sometimes"), index, name)
            count_name(json_object_get(sum->reached, scenario), json_string_value(name), 0);
    }
}

static void sum_done(struct sum *sum)
{
    for (size_t c = 0; c < json_array_size(sum->space.cells); c++) {
        for (size_t t = 0; t < sum->cells[c].threshold_count; t++)
            g_array_unref(sum->cells[c].values[t]);
        g_free(sum->cells[c].values);
    }
    g_free(sum->cells);
    g_hash_table_destroy(sum->by_cause);
    g_ptr_array_unref(sum->failures);
    json_decref(sum->checks);
    json_decref(sum->broken);
    json_decref(sum->reached);
}

/* The runs of the corpus come first; how many of them are this shard's. */
static uint64_t corpus_wanted(const struct sum *sum)
{
    uint64_t count = 0, shard = 1, shards = 1;
    const char *text = text_of(sum->manifest, "shard");
    for (size_t c = 0; c < json_array_size(sum->space.cells); c++)
        count += sweep_corpus(json_array_get(sum->space.cells, c)) != NULL;
    if (*text != '\0') {
        char *end = NULL;
        shard = g_ascii_strtoull(text, &end, 10);
        shards = *end == '/' ? g_ascii_strtoull(end + 1, NULL, 10) : 1;
    }
    return count / MAX(shards, 1) + (count % MAX(shards, 1) >= MAX(shard, 1));
}

/* The runs of all cells of seeds, or of the corpus. */
static struct cell_sum total_of(const struct sum *sum, bool corpus)
{
    struct cell_sum all = { 0 };
    for (size_t c = 0; c < json_array_size(sum->space.cells); c++) {
        if ((sweep_corpus(json_array_get(sum->space.cells, c)) != NULL) != corpus)
            continue;
        all.runs += sum->cells[c].runs;
        all.passed += sum->cells[c].passed;
        all.failed += sum->cells[c].failed;
        all.inconclusive += sum->cells[c].inconclusive;
    }
    return all;
}

static json_t *corpus_json(const struct sum *sum)
{
    const struct cell_sum all = total_of(sum, true);
    return json_pack("{s:o, s:o, s:o, s:o, s:o}", "wanted", number_json(corpus_wanted(sum)), "runs",
                     number_json(all.runs), "passed", number_json(all.passed), "failed",
                     number_json(all.failed), "inconclusive", number_json(all.inconclusive));
}

static json_t *totals_json(struct sum *sum, uint64_t wanted, bool judged)
{
    const struct cell_sum all = total_of(sum, false), corpus = total_of(sum, true);
    cs_assert(all.failed + all.inconclusive <= all.runs);
    bool complete = all.runs + corpus.runs == wanted;
    int status = EXIT_PASS;
    wanted -= MIN(wanted, corpus_wanted(sum));
    json_t *cells = cells_json(sum, judged, &status);
    json_t *sometimes = sometimes_json(sum, judged, &status);
    uint64_t told = all.runs - all.inconclusive;
    json_t *bound =
        told == 0 ? json_null() : number_json(confidence_upper_ppb(all.failed, told, CONFIDENCE));
    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:b, s:o, s:i, s:o, s:o, s:o, s:o, s:o}", "wanted",
                     number_json(wanted), "runs", number_json(all.runs), "passed",
                     number_json(all.passed), "failed", number_json(all.failed), "inconclusive",
                     number_json(all.inconclusive), "complete", (int)complete,
                     "failure_probability_below_ppb", bound, "status", status, "cells", cells,
                     "failures", failures_json(sum), "sometimes", sometimes, "properties",
                     properties_json(sum), "corpus", corpus_json(sum));
}

json_t *sweep_summary(const json_t *manifest, const char *runs_path, uint64_t wanted, bool judged)
{
    struct sum sum = { 0 };
    bool good = sweep_space_of(manifest, &sum.space);
    cs_assert(good);
    sum_begin(&sum, manifest);
    json_t *summary = read_lines(&sum, runs_path) ? totals_json(&sum, wanted, judged) : NULL;
    sum_done(&sum);
    return summary;
}

int sweep_summary_status(const json_t *summary) { return (int)number_of(summary, "status"); }
