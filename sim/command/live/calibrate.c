/* calibrate: a scenario's costs as a live run has measured them, and how near the simulation comes
 * to that run with them. */
#include <errno.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command/command.h"
#include "command/interrupt.h"
#include "command/live/costs.h"
#include "command/live/run.h"
#include "command/replay/recorded.h"
#include "command/simulate.h"
#include "report/report.h"
#include "scenario/json_text.h"

#define SCENARIO_FILE "calibrated.json"
#define CHART         "calibration"

/* The same run, live or simulated. */
struct side {
    const struct histogram *latency;
    json_t *run; /* its run.json */
    /* Of a simulated one. */
    struct registry *registry;
    struct plan *plan;
    struct simulation *simulation;
    struct run_report report;
};

static const char *const side_names[] = { "live", "simulated", "calibrated" };

enum { LIVE, SIMULATED, CALIBRATED, SIDE_COUNT };
_Static_assert(G_N_ELEMENTS(side_names) == SIDE_COUNT, "every side has a name");

struct calibration {
    const struct cs_protocol *const *protocols;
    char **given;       /* the plug-ins of --plugin, or NULL */
    GPtrArray *plugins; /* files: those, and what else the live run has loaded; NULL at the end */
    char *beside;       /* the folder of the scenario that was run live; or NULL */
    char *folder;       /* of the live run */
    char *scenario;     /* the calibrated one's file in it */
    json_t *costs;
    struct histogram *live;
    struct side sides[SIDE_COUNT];
};

/* ---- The live run ---------------------------------------------------------------------------- */

/* Rebuild a histogram from its table: of each row as many values as it has more than the one
 * before. */
static struct histogram *read_latency(const char *folder, GError **error)
{
    g_autofree char *path = g_build_filename(folder, "latency.hgrm", NULL);
    g_autofree char *text = NULL;
    if (!g_file_get_contents(path, &text, NULL, error))
        return NULL;
    struct histogram *histogram = histogram_new();
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    uint64_t before = 0;
    for (char **line = lines; *line != NULL; line++) {
        char *end = NULL;
        double ms = g_ascii_strtod(*line, &end);
        if (end == *line || ms < 0 || ms > 1e12)
            continue;
        (void)g_ascii_strtod(end, &end);
        uint64_t below = g_ascii_strtoull(end, NULL, 10);
        for (; before < below; before++)
            histogram_add(histogram, (uint64_t)(ms * 1e6 + 0.5));
    }
    return histogram;
}

static bool read_live(struct calibration *calibration)
{
    struct side *side = &calibration->sides[LIVE];
    g_autoptr(GError) error = NULL;
    g_autofree char *path = g_build_filename(calibration->folder, "run.json", NULL);
    json_error_t problem;
    side->run = json_load_file(path, 0, &problem);
    if (side->run == NULL) {
        complain("%s:%d:%d: %s", path, problem.line, problem.column, problem.text);
        return false;
    }
    if (g_strcmp0(json_string_value(json_object_get(side->run, "host")), "live") != 0) {
        complain("%s was simulated; calibrate wants a live run, or a scenario to run live",
                 calibration->folder);
        return false;
    }
    side->latency = calibration->live = read_latency(calibration->folder, &error);
    if (side->latency != NULL)
        calibration->costs = costs_read(calibration->folder, &error);
    if (calibration->costs == NULL)
        complain("%s", error->message);
    return calibration->costs != NULL;
}

/* ---- The simulated ones ---------------------------------------------------------------------- */

static json_t *run_json(const struct run_report *report)
{
    char *text = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);
    cs_assert(file != NULL);
    report_write_run(report, file);
    (void)fclose(file);
    json_t *run = json_loadb(text, size, 0, NULL);
    free(text);
    return run;
}

/* Simulate the scenario of a file.  EXIT_PASS unless it cannot be, or was interrupted. */
static int simulate(const struct calibration *calibration, const char *path, struct side *side)
{
    const struct plan_overrides overrides = {
        .plugins = (const char *const *)calibration->plugins->pdata,
    };
    const struct simulation_options options = { .interrupted = &interrupt_signal };
    g_autoptr(GString) errors = g_string_new(NULL);
    cs_assert(side->registry == NULL);
    side->registry = registry_new(calibration->protocols);
    side->plan = plan_load(path, &overrides, side->registry, errors);
    if (side->plan == NULL) {
        fputs(errors->str, stderr);
        return EXIT_USAGE;
    }
    g_autofree char *build = build_of(side->registry);
    side->simulation = simulation_run(side->plan, &options);
    side->report = (struct run_report){
        .build_id = build,
        .verdict = side->simulation->verdict,
        .findings = side->simulation->findings,
        .thresholds = side->simulation->thresholds,
    };
    simulation_report(side->simulation, &side->report);
    side->run = run_json(&side->report);
    cs_assert(side->run != NULL);
    cs_assert(side->report.metrics != NULL);
    side->report.build_id = NULL;
    side->latency = side->report.metrics->measured.latency;
    return side->simulation->verdict == VERDICT_INTERRUPTED ? EXIT_INTERRUPTED : EXIT_PASS;
}

static void side_clear(struct side *side)
{
    if (side->simulation != NULL)
        run_report_done(&side->report);
    if (side->simulation != NULL)
        simulation_free(side->simulation);
    plan_free(side->plan);
    if (side->registry != NULL)
        registry_free(side->registry);
    json_decref(side->run);
}

/* ---- Files ----------------------------------------------------------------------------------- */

static bool write_text(const char *path, const char *text)
{
    g_autoptr(GError) error = NULL;
    if (g_file_set_contents(path, text, -1, &error))
        return true;
    complain("the calibrated scenario cannot be written: %s", error->message);
    return false;
}

static void add_plugin(struct calibration *calibration, const char *file)
{
    g_autofree char *name = g_path_get_basename(file);
    for (guint i = 0; i < calibration->plugins->len; i++) {
        g_autofree char *other = g_path_get_basename(g_ptr_array_index(calibration->plugins, i));
        if (strcmp(name, other) == 0)
            return;
    }
    g_ptr_array_add(calibration->plugins, g_canonicalize_filename(file, NULL));
}

/* Those of a list, which are named from where the scenario was, or the folder of results. */
static void add_plugins(struct calibration *calibration, const json_t *list)
{
    size_t index = 0;
    const json_t *item = NULL;
    json_array_foreach(list, index, item)
    {
        const char *name = json_string_value(item);
        if (name == NULL)
            continue;
        g_autofree char *there =
            calibration->beside != NULL ? g_canonicalize_filename(name, calibration->beside) : NULL;
        bool found = there != NULL && g_file_test(there, G_FILE_TEST_EXISTS);
        g_autofree char *file =
            found ? g_steal_pointer(&there) : recorded_find(calibration->folder, name);
        add_plugin(calibration, file);
    }
}

/* All that the live run has loaded.  The calibrated scenario names them by whole paths, so that it
 * runs from anywhere. */
static void take_plugins(struct calibration *calibration, json_t *scenario)
{
    cs_assert(calibration->plugins->len == 0);
    for (char **file = calibration->given; file != NULL && *file != NULL; file++)
        add_plugin(calibration, *file);
    if (calibration->beside == NULL)
        add_plugins(calibration, json_object_get(calibration->sides[LIVE].run, "plugins"));
    add_plugins(calibration, json_object_get(scenario, "plugins"));
    json_t *list = json_array();
    for (guint i = 0; i < calibration->plugins->len; i++)
        json_array_append_new(list, json_string(g_ptr_array_index(calibration->plugins, i)));
    if (json_array_size(list) > 0)
        json_object_set(scenario, "plugins", list);
    json_decref(list);
    g_ptr_array_add(calibration->plugins, NULL);
}

/* The live run's scenario with the measured costs, into its folder and where else it is wanted. */
static int write_scenario(struct calibration *calibration, const char *original, const char *copy)
{
    json_error_t problem;
    json_t *scenario = json_load_file(original, 0, &problem);
    if (scenario == NULL) {
        complain("%s:%d:%d: %s", original, problem.line, problem.column, problem.text);
        return EXIT_USAGE;
    }
    if (!json_is_object(scenario)) {
        complain("%s: a scenario is an object", original);
        json_decref(scenario);
        return EXIT_USAGE;
    }
    costs_apply(calibration->costs, scenario);
    take_plugins(calibration, scenario);
    g_autoptr(GString) text = g_string_new(NULL);
    json_text_add(text, scenario, 0);
    g_string_append_c(text, '\n');
    json_decref(scenario);
    bool good = write_text(calibration->scenario, text->str) &&
                (copy == NULL || write_text(copy, text->str));
    return good ? EXIT_PASS : EXIT_ENVIRONMENT;
}

static int draw(const struct calibration *calibration)
{
    const struct latency_curve curves[] = {
        { "live", calibration->sides[LIVE].latency },
        { "calibrated", calibration->sides[CALIBRATED].latency },
        { "simulated", calibration->sides[SIMULATED].latency },
    };
    _Static_assert(G_N_ELEMENTS(curves) == SIDE_COUNT, "every side has a curve");
    const struct latency_chart chart = { CHART, "Latency, live and simulated", curves, SIDE_COUNT };
    const struct run_report *report = &calibration->sides[CALIBRATED].report;
    g_autoptr(GError) error = NULL;
    if (!report_write_curves(report, calibration->folder, &chart, &error)) {
        complain("the chart cannot be written: %s", error->message);
        return EXIT_ENVIRONMENT;
    }
    if (!report_draw(calibration->folder, &interrupt_signal, &error))
        complain("warning: no charts: %s", error->message);
    return EXIT_PASS;
}

/* ---- Telling --------------------------------------------------------------------------------- */

static void print_text(const struct calibration *calibration)
{
    static const uint32_t parts[] = { 500000, 900000, 990000 };
    printf("%-12s %10s %10s %10s %12s\n", "", "p50", "p90", "p99", "throughput");
    for (size_t i = 0; i < SIDE_COUNT; i++) {
        const struct side *side = &calibration->sides[i];
        const json_t *metrics = json_object_get(side->run, "metrics");
        printf("%-12s", side_names[i]);
        for (size_t p = 0; p < G_N_ELEMENTS(parts); p++)
            printf(" %7.3f ms", (double)histogram_percentile(side->latency, parts[p]) / 1e6);
        printf(" %10" JSON_INTEGER_FORMAT "/s\n",
               json_integer_value(json_object_get(metrics, "throughput_per_s")));
    }
    printf("scenario     %s\nchart        %s/charts/" CHART ".svg\n", calibration->scenario,
           calibration->folder);
}

static void print_answer(const struct calibration *calibration)
{
    json_t *answer = json_object();
    json_object_set_new(answer, "scenario", json_string(calibration->scenario));
    json_object_set(answer, "costs", calibration->costs);
    for (size_t i = 0; i < SIDE_COUNT; i++) {
        const json_t *run = calibration->sides[i].run;
        json_t *side = json_object();
        json_object_set(side, "verdict", json_object_get(run, "verdict"));
        json_object_set(side, "metrics", json_object_get(run, "metrics"));
        json_object_set_new(answer, side_names[i], side);
    }
    print_json(answer);
    json_decref(answer);
}

/* ---- All of it ------------------------------------------------------------------------------- */

/* The folder is that of a live run. */
static int compare(struct calibration *calibration, const char *copy)
{
    if (!read_live(calibration))
        return EXIT_USAGE;
    if (histogram_count(calibration->live) == 0) {
        complain("%s has no answers whose latency could be compared", calibration->folder);
        return EXIT_USAGE;
    }
    g_autofree char *original = g_build_filename(calibration->folder, "scenario.json", NULL);
    int status = write_scenario(calibration, original, copy);
    if (status == EXIT_PASS)
        status = simulate(calibration, original, &calibration->sides[SIMULATED]);
    if (status == EXIT_PASS)
        status = simulate(calibration, calibration->scenario, &calibration->sides[CALIBRATED]);
    if (status == EXIT_PASS)
        status = draw(calibration);
    return status;
}

/* Run a scenario live first; what its checks say does not matter here, but that it has results. */
static int run_live(struct calibration *calibration, const char *path,
                    const struct live_settings *settings)
{
    int status = (int)live_run(path, settings, calibration->protocols, &calibration->folder);
    return calibration->folder != NULL && status != EXIT_INTERRUPTED ? EXIT_PASS : status;
}

static int calibrate(const char *path, struct live_settings *settings, const char *copy,
                     const struct cs_protocol *const *protocols)
{
    struct calibration calibration = {
        .protocols = protocols,
        .given = settings->common.plugins,
        .plugins = g_ptr_array_new_with_free_func(g_free),
    };
    int status = EXIT_PASS;
    if (recorded_is_run(path)) {
        interrupt_catch(INTERRUPT_AGAIN_IGNORED);
        calibration.folder =
            g_file_test(path, G_FILE_TEST_IS_DIR) ? g_strdup(path) : g_path_get_dirname(path);
    } else {
        g_autofree char *relative = g_path_get_dirname(path);
        calibration.beside = g_canonicalize_filename(relative, NULL);
        status = run_live(&calibration, path, settings);
    }
    if (status == EXIT_PASS) {
        calibration.scenario = g_build_filename(calibration.folder, SCENARIO_FILE, NULL);
        status = compare(&calibration, copy);
    }
    if (status == EXIT_PASS && settings->json) {
        print_answer(&calibration);
    } else if (status == EXIT_PASS) {
        print_text(&calibration);
    }
    for (size_t i = 0; i < SIDE_COUNT; i++)
        side_clear(&calibration.sides[i]);
    histogram_free(calibration.live);
    json_decref(calibration.costs);
    g_ptr_array_unref(calibration.plugins);
    g_free(calibration.beside);
    g_free(calibration.folder);
    g_free(calibration.scenario);
    return status;
}

int calibrate_main(const struct verb *verb, int argc, char **argv,
                   const struct cs_protocol *const *protocols)
{
    struct live_settings settings = { .common = LIVE_COMMON_INIT,
                                      .quiet = true,
                                      .no_charts = true };
    g_autofree char *copy = NULL;
    const GOptionEntry entries[] = {
        { "output", 'o', 0, G_OPTION_ARG_FILENAME, &copy,
          "write the calibrated scenario into this file too", "FILE" },
        { "out", 0, 0, G_OPTION_ARG_FILENAME, &settings.out,
          "write the live run's results below this folder; by default results", "DIR" },
        { "time-limit", 0, 0, G_OPTION_ARG_STRING, &settings.limit_text,
          "end the live run after this long; by default a minute beyond the scenario", "T" },
        OPTION_FORMAT(settings.format),
        LIVE_COMMON_ENTRIES(settings.common),
        { 0 },
    };
    int status = EXIT_PASS;
    if (options_parse(verb, entries, &argc, &argv, &status)) {
        status = EXIT_USAGE;
        if (argc != 2) {
            complain("calibrate needs one scenario, or the folder of a live run; see clustersim "
                     "calibrate --help");
        } else if (files_are_named(verb, argc, argv) && live_settle(&settings)) {
            status = calibrate(argv[1], &settings, copy, protocols);
        }
    }
    live_settings_clear(&settings);
    return status;
}
