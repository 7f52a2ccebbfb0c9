/* sweep --crash-points: see crash_points.h. */
#include "command/crash/points.h"

#include <stdio.h>
#include <string.h>

#include "command/command.h"
#include "command/interrupt.h"
#include "scenario/value.h"

struct settings {
    char *seed_text, *instances_text, *from_text, *to_text, *down_text, *out, *format;
    char **sets, **plugins, **instances;
    gint workers;
    gint64 runs_max;
    gboolean asked, dry_run;
    bool json;
    uint64_t seed, down_ns;
    struct crash_window window;
};

enum { GUARD_MS = 600000 };
#define DOWN_NS UINT64_C(100000000)

/* What becomes of data that was not flushed. */
static const char *const fates[] = { "keep", "lose-unsynced", "torn-write" };

/* ---- Options --------------------------------------------------------------------------------- */

static bool read_time(const char *option, const char *text, uint64_t *time_ns)
{
    int64_t ns = 0;
    if (text == NULL)
        return true;
    g_autofree char *wrong = value_duration(text, &ns);
    if (wrong == NULL && ns >= 0) {
        *time_ns = (uint64_t)ns;
        return true;
    }
    complain("%s \"%s\": %s", option, text, wrong != NULL ? wrong : "before the beginning");
    return false;
}

static bool settle(struct settings *settings, int argc)
{
    if (argc != 2) {
        complain("sweep --crash-points needs one scenario file; see clustersim sweep "
                 "--crash-points --help");
        return false;
    }
    if (settings->workers < 0 || settings->runs_max < 0) {
        complain("-j and --max-runs are numbers above 0");
        return false;
    }
    if (settings->seed_text != NULL) {
        g_autofree char *wrong = value_seed(settings->seed_text, &settings->seed);
        if (wrong != NULL) {
            complain("--seed \"%s\": %s", settings->seed_text, wrong);
            return false;
        }
    }
    settings->down_ns = DOWN_NS;
    settings->window.from_ns = settings->window.to_ns = UINT64_MAX;
    if (settings->instances_text != NULL)
        settings->instances = g_strsplit(settings->instances_text, ",", -1);
    settings->window.instances = (const char *const *)settings->instances;
    if (settings->out == NULL)
        settings->out = g_strdup("results/crash-points");
    return read_time("--from", settings->from_text, &settings->window.from_ns) &&
           read_time("--to", settings->to_text, &settings->window.to_ns) &&
           read_time("--down", settings->down_text, &settings->down_ns) &&
           format_is_json(settings->format, &settings->json);
}

/* Only instances of server groups can be crashed by a scenario. */
static bool instances_are_known(const struct plan *plan, const char *const *names)
{
    for (size_t i = 0; names != NULL && names[i] != NULL; i++) {
        g_autoptr(GString) servers = g_string_new(NULL);
        bool known = false;
        for (uint32_t k = 0; k < plan->cluster.instance_count; k++) {
            const struct instance_options *instance = &plan->cluster.instances[k];
            if (strcmp(instance->program->role, "client") == 0)
                continue;
            known |= strcmp(instance->name, names[i]) == 0;
            g_string_append_printf(servers, "%s%s", servers->len > 0 ? ", " : "", instance->name);
        }
        if (!known) {
            complain("--instances: there is no server \"%s\"; there are %s", names[i],
                     servers->str);
            return false;
        }
    }
    return true;
}

/* ---- The scenario ---------------------------------------------------------------------------- */

/* The plan's, to be run from anywhere and to be judged by what is found alone. */
static json_t *bare_scenario(const struct plan *plan)
{
    json_t *scenario = plan_placed(plan);
    json_object_del(scenario, "$schema");
    json_object_del(scenario, "expect");
    json_object_del(scenario, "sweep");
    return scenario;
}

/* ---- Running --------------------------------------------------------------------------------- */

static GArray *runs_of(const struct crash_record *record, uint64_t runs_max)
{
    GArray *runs = g_array_new(FALSE, FALSE, sizeof(struct crash_run));
    cs_assert(record->points->len <= record->boundaries);
    for (guint p = 0; p < record->points->len; p++) {
        const struct crash_point *point = &g_array_index(record->points, struct crash_point, p);
        size_t count = point->unflushed ? G_N_ELEMENTS(fates) : 1;
        for (size_t f = 0; f < count; f++) {
            const struct crash_run run = { point, fates[f] };
            if (runs_max == 0 || runs->len < runs_max)
                g_array_append_val(runs, run);
        }
    }
    return runs;
}

struct work {
    const struct crash_world *world;
    const GArray *runs;
};

static json_t *run_one(void *self, size_t index, int descriptor)
{
    const struct work *work = self;
    (void)descriptor;
    cs_assert(index < work->runs->len);
    return crash_trial(work->world, &g_array_index(work->runs, struct crash_run, index));
}

static bool never(void *self, const json_t *result)
{
    (void)self;
    (void)result;
    return false;
}

struct recording {
    const struct plan *plan;
    const struct crash_window *window;
};

static json_t *record_one(void *self, size_t index, int descriptor)
{
    const struct recording *recording = self;
    struct crash_record record;
    (void)index;
    (void)descriptor;
    crash_record_make(recording->plan, recording->window, &record);
    json_t *told = crash_record_json(&record);
    crash_record_done(&record);
    return told;
}

/* Make the record in a process of its own: what a plug-in keeps beyond a run is then not in those
 * that follow.  EXIT_PASS and a record, or what to exit with. */
static int record_apart(const struct crash_world *world, const struct crash_window *window,
                        struct crash_record *ret_record)
{
    struct recording recording = { world->plan, window };
    const struct shrink_pool pool = { .workers = 1,
                                      .guard_ms = GUARD_MS,
                                      .interrupted = &interrupt_signal };
    const struct shrink_task task = { record_one, never, &recording };
    json_t *told = NULL;
    size_t none = 0;
    int status = EXIT_INTERRUPTED;
    if (shrink_pool_run(&pool, &task, 1, &told, &none)) {
        const char *words = json_string_value(json_object_get(told, "crashed"));
        status = words != NULL ? EXIT_INTERNAL : EXIT_PASS;
        if (words != NULL) {
            complain("the run without a crash did not end: %s", words);
        } else {
            crash_record_of(told, ret_record);
        }
    }
    json_decref(told);
    return status;
}

static int run_all(const struct settings *settings, const struct crash_world *world,
                   const struct crash_record *record)
{
    GArray *runs = runs_of(record, (uint64_t)settings->runs_max);
    json_t **results = g_new0(json_t *, runs->len + 1);
    struct work work = { world, runs };
    const struct shrink_pool pool = {
        .workers = settings->workers > 0 ? (unsigned)settings->workers : g_get_num_processors(),
        .guard_ms = GUARD_MS,
        .interrupted = &interrupt_signal,
    };
    const struct shrink_task task = { run_one, never, &work };
    size_t done = settings->dry_run ? 0 : runs->len;
    bool whole = settings->dry_run || shrink_pool_run(&pool, &task, runs->len, results, &done);
    for (done = 0; done < runs->len && results[done] != NULL;)
        done++;
    cs_assert(done == runs->len || !whole || settings->dry_run);
    const struct crash_report report = { .world = world,
                                         .record = record,
                                         .runs = runs,
                                         .results = results,
                                         .done = done,
                                         .folder = settings->out,
                                         .json = settings->json,
                                         .dry_run = settings->dry_run,
                                         .interrupted = !whole };
    int status = crash_tell(&report);
    for (guint i = 0; i < runs->len; i++)
        json_decref(results[i]);
    g_free(results);
    g_array_free(runs, TRUE);
    return status;
}

/* ---- The whole ------------------------------------------------------------------------------- */

static int crash_points(struct settings *settings, const char *path,
                        const struct cs_protocol *const *protocols)
{
    g_autoptr(GString) errors = g_string_new(NULL);
    const char *const *plugins = (const char *const *)settings->plugins;
    struct registry *registry = registry_new(protocols);
    const struct plan_overrides overrides = { .has_seed = settings->seed_text != NULL,
                                              .seed = settings->seed,
                                              .sets = (const char *const *)settings->sets,
                                              .plugins = plugins };
    struct plan *plan = plan_load(path, &overrides, registry, errors);
    fputs(errors->str, stderr);
    int status = EXIT_USAGE;
    if (plan != NULL && instances_are_known(plan, settings->window.instances)) {
        json_t *scenario = bare_scenario(plan);
        const struct crash_world world = { path, plugins,  protocols,
                                           plan, scenario, settings->down_ns };
        struct crash_record record;
        if (settings->from_text == NULL)
            settings->window.from_ns = plan->warmup_ns;
        settings->window.to_ns = MIN(settings->window.to_ns, plan->duration_ns);
        interrupt_catch(INTERRUPT_AGAIN_IGNORED); /* a pipe that nobody writes to is behind us */
        status = EXIT_PASS;
        if (registry_keeps_state(registry)) {
            status = record_apart(&world, &settings->window, &record);
        } else {
            crash_record_make(plan, &settings->window, &record);
        }
        if (status == EXIT_PASS) {
            status = run_all(settings, &world, &record);
            crash_record_done(&record);
        }
        json_decref(scenario);
    }
    plan_free(plan);
    registry_free(registry);
    return status;
}

static void settings_clear(struct settings *settings)
{
    g_free(settings->seed_text);
    g_free(settings->instances_text);
    g_free(settings->from_text);
    g_free(settings->to_text);
    g_free(settings->down_text);
    g_free(settings->out);
    g_free(settings->format);
    g_strfreev(settings->sets);
    g_strfreev(settings->plugins);
    g_strfreev(settings->instances);
}

int crash_points_main(const struct verb *verb, int argc, char **argv,
                      const struct cs_protocol *const *protocols)
{
    struct settings settings = { 0 };
    const GOptionEntry entries[] = {
        { "crash-points", 0, 0, G_OPTION_ARG_NONE, &settings.asked,
          "crash every server before, between and behind the effects of each of its steps", NULL },
        { "instances", 0, 0, G_OPTION_ARG_STRING, &settings.instances_text,
          "crash only these; by default every server", "A,B" },
        { "from", 0, 0, G_OPTION_ARG_STRING, &settings.from_text,
          "no crash before this simulated time; by default the end of the warm-up", "T" },
        { "to", 0, 0, G_OPTION_ARG_STRING, &settings.to_text,
          "no crash from this simulated time on; by default the scenario's duration", "T" },
        { "down", 0, 0, G_OPTION_ARG_STRING, &settings.down_text,
          "start again after this time, or at the heal; by default 100ms", "T" },
        { "max-runs", 0, 0, G_OPTION_ARG_INT64, &settings.runs_max, "only the first runs", "N" },
        { "jobs", 'j', 0, G_OPTION_ARG_INT, &settings.workers,
          "worker processes; by default one for each core", "N" },
        { "seed", 0, 0, G_OPTION_ARG_STRING, &settings.seed_text,
          "use this seed, like 0x2a; by default the scenario's", "HEX" },
        OPTION_SETS(settings.sets),
        OPTION_PLUGINS(settings.plugins),
        { "dry-run", 0, 0, G_OPTION_ARG_NONE, &settings.dry_run,
          "run once, without a crash, and only say how many runs there would be", NULL },
        { "out", 0, 0, G_OPTION_ARG_FILENAME, &settings.out,
          "write scenarios of what is found into this folder; by default results/crash-points",
          "DIR" },
        OPTION_FORMAT(settings.format),
        { 0 },
    };
    int status = EXIT_PASS;
    if (options_parse(verb, entries, &argc, &argv, &status)) {
        status = EXIT_USAGE;
        if (files_are_named(verb, argc, argv) && settle(&settings, argc)) {
            status = crash_points(&settings, argv[1], protocols);
        }
    }
    settings_clear(&settings);
    return status;
}
