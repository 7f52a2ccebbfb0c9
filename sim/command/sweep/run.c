/* One run of a sweep, as a line.  What is in it depends on the run alone. */
#include <string.h>

#include "command/command.h"
#include "command/simulate.h"
#include "command/sweep/sweep.h"

/* ---- What findings have in common ------------------------------------------------------------ */

static bool is_instance(const struct plan *plan, const char *word)
{
    for (uint32_t i = 0; plan != NULL && i < plan->cluster.instance_count; i++) {
        if (strcmp(plan->cluster.instances[i].name, word) == 0)
            return true;
    }
    return false;
}

static bool in_word(char c) { return g_ascii_isalnum(c) || c == '_' || c == '-' || c == '/'; }

/* A word with its digits as N, or NODE if it is one; numbers in hexadecimal as a whole. */
static void add_word(GString *shape, const struct plan *plan, const char *word)
{
    cs_assert(*word != '\0');
    if (is_instance(plan, word)) {
        g_string_append(shape, "NODE");
        return;
    }
    bool hexadecimal = g_str_has_prefix(word, "0x") && word[2] != '\0';
    if (hexadecimal) {
        g_string_append_c(shape, 'N');
        return;
    }
    for (const char *p = word; *p != '\0'; p++) {
        bool digit = g_ascii_isdigit(*p);
        if (!digit) {
            g_string_append_c(shape, *p);
        } else if (p == word || !g_ascii_isdigit(p[-1])) {
            g_string_append_c(shape, 'N');
        }
    }
}

/* The size of what is quoted at `text`, or of a time like 1.5ms; *ret_shape is what all such look
 * like.  0: it is neither. */
static size_t span_of(const char *text, const char **ret_shape)
{
    static const char *const units[] = { "ns", "us", "ms", "s" };
    const char *end = *text == '"' ? strchr(text + 1, '"') : NULL;
    *ret_shape = end != NULL ? "\"…\"" : "T";
    if (end != NULL)
        return (size_t)(end - text) + 1;
    size_t digits = g_ascii_isdigit(*text) ? strspn(text, "0123456789.") : 0;
    for (size_t i = 0; digits > 0 && i < G_N_ELEMENTS(units); i++) {
        size_t size = digits + strlen(units[i]);
        if (g_str_has_prefix(text + digits, units[i]) && !in_word(text[size]))
            return size;
    }
    return 0;
}

char *sweep_cause(const struct plan *plan, const char *check, const char *detail)
{
    GString *shape = g_string_new(check);
    g_string_append(shape, ": ");
    for (const char *p = detail; *p != '\0';) {
        const char *alike = NULL;
        size_t size = span_of(p, &alike);
        if (size > 0) {
            g_string_append(shape, alike);
            p += size;
            continue;
        }
        while (in_word(p[size]))
            size++;
        if (size == 0) {
            g_string_append_c(shape, *p++);
            continue;
        }
        g_autofree char *word = g_strndup(p, size);
        add_word(shape, plan, word);
        p += size;
    }
    return g_string_free(shape, FALSE);
}

/* ---- The line -------------------------------------------------------------------------------- */

static json_t *number(uint64_t value)
{
    return json_integer((json_int_t)MIN(value, (uint64_t)INT64_MAX));
}

static json_t *text_json(const char *text)
{
    g_autofree char *valid = g_utf8_make_valid(text, -1);
    return json_string(valid);
}

static json_t *findings_json(const struct simulation *simulation)
{
    json_t *list = json_array();
    for (guint i = 0; i < simulation->findings->len; i++) {
        const struct finding *finding = &g_array_index(simulation->findings, struct finding, i);
        json_array_append_new(
            list,
            json_pack("{s:s, s:s, s:o, s:o}", "check", finding->check, "verdict",
                      verdict_name(finding->verdict), "detail", text_json(finding->detail), "at_ns",
                      finding->at_ns == UINT64_MAX ? json_null() : number(finding->at_ns)));
    }
    return list;
}

static json_t *checks_json(const struct run_report *report)
{
    json_t *object = json_object();
    for (guint i = 0; i < report->checks->len; i++) {
        const struct report_check *check = &g_array_index(report->checks, struct report_check, i);
        bool judged = check->enabled && check->verdict != CHECK_INCONCLUSIVE;
        if (judged && check->seen > 0)
            json_object_set_new(object, check->name, number(check->seen));
    }
    return object;
}

static uint64_t tally_of(const struct tally *tallies, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(tallies[i].name, name) == 0)
            return tallies[i].count;
    }
    return 0;
}

/* How often what the sweep must reach was reached. */
static json_t *reached_json(const struct run_report *report)
{
    json_t *object = json_object();
    const struct sample_table *table = &report->samples;
    for (const char *const *name = report->plan->sometimes; name != NULL && *name != NULL; name++) {
        uint64_t count = tally_of(table->reached, table->reached_count, *name) +
                         tally_of(table->counters, table->counter_count, *name);
        json_object_set_new(object, *name, number(count));
    }
    return object;
}

/* The run's own numbers of metrics that thresholds over runs ask for; null: it has none. */
static json_t *values_json(const struct sweep_cell *cell, const struct run_report *report,
                           bool complete)
{
    json_t *object = json_object();
    for (guint i = 0; i < cell->metrics->len; i++) {
        struct threshold metric = *(const struct threshold *)g_ptr_array_index(cell->metrics, i);
        uint64_t value = 0;
        metric.aggregate = AGGREGATE_VALUE;
        bool any = complete && report_metric(report, &metric, &value);
        json_object_set_new(object, metric.metric_text, any ? number(value) : json_null());
    }
    return object;
}

static json_t *metrics_json(const struct run_report *report)
{
    const struct metrics *metrics = report->metrics;
    const struct histogram *latency = metrics->measured.latency;
    bool any = histogram_count(latency) > 0;
    json_t *object = json_object();
    json_object_set_new(object, "ok", number(metrics->measured.counts.ok));
    json_object_set_new(object, "failed", number(metrics->measured.counts.failed));
    json_object_set_new(object, "unknown", number(metrics->measured.counts.unknown));
    json_object_set_new(object, "p50_ns",
                        any ? number(histogram_percentile(latency, 500000)) : json_null());
    json_object_set_new(object, "p99_ns",
                        any ? number(histogram_percentile(latency, 990000)) : json_null());
    json_object_set_new(object, "throughput_per_s", number(metrics->throughput_per_s));
    json_object_set_new(object, "unavailable_ns_max", number(metrics->unavailable_ns_max));
    json_object_set_new(object, "events", number(report->totals.events));
    json_object_set_new(object, "simulated_ns", number(report->totals.simulated_ns));
    return object;
}

static json_t *cause_json(const struct simulation *simulation)
{
    if (simulation->findings->len == 0)
        return json_null();
    const struct finding *finding = &g_array_index(simulation->findings, struct finding, 0);
    g_autofree char *cause = sweep_cause(simulation->plan, finding->check, finding->detail);
    return text_json(cause);
}

static json_t *line_json(const struct sweep_cell *cell, size_t index, uint64_t seed,
                         const struct simulation *simulation, const struct run_report *report)
{
    g_autofree char *seed_text = sweep_seed_text(seed);
    g_autofree char *digest =
        g_strdup_printf("xxh3:%016" G_GINT64_MODIFIER "x", simulation->digest);
    json_t *line = json_pack("{s:i, s:s, s:s, s:s, s:s, s:b, s:i, s:o, s:o, s:o}", "cell",
                             (int)index, "seed", seed_text, "scenario", simulation->plan->name,
                             "digest", digest, "verdict", verdict_name(simulation->verdict),
                             "expected", (int)simulation_as_expected(simulation), "status",
                             (int)simulation_status(simulation), "cause", cause_json(simulation),
                             "findings", findings_json(simulation), "checks", checks_json(report));
    if (simulation->plan->threshold_count > 0)
        json_object_set_new(line, "thresholds", report_thresholds_json(simulation->thresholds));
    if (cell->metrics->len > 0) {
        json_object_set_new(line, "values",
                            values_json(cell, report, simulation->thresholds != NULL));
    }
    if (simulation->plan->sometimes != NULL && simulation->plan->sometimes[0] != NULL)
        json_object_set_new(line, "reached", reached_json(report));
    json_object_set_new(line, "metrics", metrics_json(report));
    if (cell->corpus != NULL) {
        json_object_set_new(line, "corpus", json_string(cell->corpus));
        json_object_set_new(line, "stored", json_boolean(cell->stored));
    }
    return line;
}

/* To a string of GLib's, and gone. */
static char *line_text(json_t *line)
{
    cs_assert(line != NULL);
    char *text = json_dumps(line, JSON_COMPACT);
    cs_assert(text != NULL);
    char *copy = g_strdup(text);
    free(text);
    json_decref(line);
    return copy;
}

/* The cell's own plan where the seed only decides what is drawn on the way; where the scenario lets
 * each seed draw another one, a new plan. */
static struct plan *plan_of(const struct sweep_cell *cell, uint64_t seed,
                            const struct cs_protocol *const *protocols,
                            struct registry **ret_registry)
{
    if (!cell->plan->swarm) {
        plan_reseed(cell->plan, seed);
        return cell->plan;
    }
    g_autoptr(GString) errors = g_string_new(NULL);
    *ret_registry = registry_new(protocols);
    const struct plan_overrides overrides = { .has_seed = true,
                                              .seed = seed,
                                              .sets = (const char *const *)cell->sets,
                                              .plugins = cell->plugins,
                                              .again = true };
    struct plan *plan = plan_load(cell->file, &overrides, *ret_registry, errors);
    cs_assert(plan != NULL); /* only the seed differs from one that was good */
    return plan;
}

char *sweep_run(const struct sweep_cell *cell, size_t index, uint64_t seed,
                const struct cs_protocol *const *protocols, uint32_t *ret_status)
{
    struct registry *registry = NULL;
    struct plan *plan = plan_of(cell, seed, protocols, &registry);
    cs_assert(plan->seed == seed);
    struct simulation *simulation = simulation_run(plan, &(struct simulation_options){ 0 });
    struct run_report report = { .build_id = build_id() };
    simulation_report(simulation, &report);
    *ret_status = (uint32_t)simulation_status(simulation);
    char *line = line_text(line_json(cell, index, seed, simulation, &report));
    run_report_done(&report);
    simulation_free(simulation);
    if (registry != NULL) {
        plan_free(plan);
        registry_free(registry);
    }
    return line;
}

char *sweep_lost_run(const json_t *cell, size_t index, uint64_t seed, const char *ended,
                     uint32_t status, const char *detail)
{
    cs_assert(status != EXIT_PASS);
    g_autofree char *seed_text = sweep_seed_text(seed);
    g_autofree char *cause = sweep_cause(NULL, ended, detail);
    json_t *line = json_pack(
        "{s:i, s:s, s:s, s:n, s:s, s:b, s:i, s:o, s:[{s:s, s:s, s:o, s:n}], s:{}}", "cell",
        (int)index, "seed", seed_text, "scenario",
        json_string_value(json_object_get(cell, "scenario")), "digest", "verdict", ended,
        "expected", 0, "status", (int)status, "cause", text_json(cause), "findings", "check",
        "process", "verdict", ended, "detail", text_json(detail), "at_ns", "checks");
    if (sweep_corpus(cell) != NULL) {
        json_object_set(line, "corpus", json_object_get(cell, "corpus"));
        json_object_set(line, "stored", json_object_get(cell, "stored"));
    }
    return line_text(line);
}
