/* run: one or more scenarios, each to a verdict, the numbers and charts. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "command/command.h"
#include "command/determinism/determinism.h"
#include "command/interrupt.h"
#include "command/progress.h"
#include "command/simulate.h"
#include "command/summary.h"
#include "report/report.h"
#include "scenario/value.h"

struct run_settings {
    char *seed_text, *until_text, *out, *format, *trace;
    char **sets, **plugins;
    gboolean no_charts, strict_charts;
    struct determinism determinism;
    bool json; /* as `format` says */
    struct plan_overrides overrides;
};

/* The command that gives the same run again. */
static char *replay_command(const struct plan *plan, const struct run_settings *settings)
{
    GString *command = g_string_new("clustersim run ");
    g_autofree char *source = g_shell_quote(plan->source);
    g_string_append_printf(command, "%s --seed 0x%016" G_GINT64_MODIFIER "x", source, plan->seed);
    for (char **set = settings->sets; set != NULL && *set != NULL; set++) {
        g_autofree char *quoted = g_shell_quote(*set);
        g_string_append_printf(command, " --set %s", quoted);
    }
    for (char **plugin = settings->plugins; plugin != NULL && *plugin != NULL; plugin++) {
        g_autofree char *quoted = g_shell_quote(*plugin);
        g_string_append_printf(command, " --plugin %s", quoted);
    }
    if (settings->until_text != NULL)
        g_string_append_printf(command, " --until %s", settings->until_text);
    if (settings->determinism.twice)
        g_string_append(command, " --twice");
    if (settings->determinism.compare_path != NULL) {
        g_autofree char *quoted = g_shell_quote(settings->determinism.compare_path);
        g_string_append_printf(command, " --compare %s", quoted);
    }
    return g_string_free(command, FALSE);
}

/* ---- One run --------------------------------------------------------------------------------- */

/* Both `determinism` and `narration` may be NULL. */
static struct simulation *simulate_aloud(const struct plan *plan, const char *replay,
                                         struct determinism *determinism,
                                         struct narration *narration)
{
    struct progress progress;
    progress_begin(&progress);
    const struct simulation_options options = {
        .interrupted = &interrupt_signal,
        .on_progress = progress_show,
        .argument = &progress,
        .on_begin = determinism != NULL ? determinism_begin : NULL,
        .begin_argument = determinism,
        .replay = replay,
        .narration = narration,
    };
    struct simulation *simulation = simulation_run(plan, &options);
    progress_end(&progress);
    return simulation;
}

static struct simulation *simulate(const struct plan *plan, const char *replay,
                                   struct determinism *determinism)
{
    return simulate_aloud(plan, replay, determinism, NULL);
}

static bool traces(const struct run_settings *settings, const struct plan *plan, const char *when)
{
    return strcmp(settings->trace != NULL ? settings->trace : plan->output.trace, when) == 0;
}

/* A run that did not end as it should is made once more to be told.  Nothing was kept of the first
 * one, so that runs which end well pay nothing.  One that found nondeterminism has told more than
 * another run could. */
static void narrate_failure(struct simulation *simulation, struct narration *narration)
{
    bool worth = !simulation_as_expected(simulation) &&
                 simulation->verdict != VERDICT_INTERRUPTED &&
                 simulation->verdict != VERDICT_NONDETERMINISM;
    if (!worth)
        return;
    struct simulation *again =
        simulate_aloud(simulation->plan, simulation->replay, NULL, narration);
    if (again->verdict == VERDICT_INTERRUPTED) {
        narration_done(narration);
    } else if (again->digest != simulation->digest) {
        simulation_add_finding(simulation, VERDICT_NONDETERMINISM, "digest", UINT64_MAX,
                               "the run that trace.txt tells of has another digest, "
                               "%016" G_GINT64_MODIFIER "x; --twice says more",
                               again->digest);
    }
    simulation_free(again);
}

static struct plan *load_plan(const char *path, const struct plan_overrides *overrides,
                              struct registry *registry)
{
    g_autoptr(GString) errors = g_string_new(NULL);
    struct plan *plan = plan_load(path, overrides, registry, errors);
    if (plan == NULL)
        fputs(errors->str, stderr);
    return plan;
}

/* Run the scenario; with expect.within.seeds, seed after seed until one shows what is expected.
 * *plan is then the plan of the run that is returned. */
static struct simulation *find_run(const char *path, struct run_settings *settings,
                                   struct registry *registry, struct plan **plan,
                                   struct narration *narration)
{
    uint64_t first = (*plan)->seed;
    uint64_t seeds = MAX((*plan)->expect.within_seeds, 1);
    for (uint64_t tried = 1;; tried++) {
        g_autofree char *replay = replay_command(*plan, settings);
        narration_done(narration);
        struct simulation *simulation =
            simulate_aloud(*plan, replay, &settings->determinism,
                           traces(settings, *plan, "full") ? narration : NULL);
        bool found = simulation_as_expected(simulation);
        if (seeds > 1 && (found || tried == seeds)) {
            fprintf(stderr,
                    found ? "found by seed %" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT "\n"
                          : "not found by %" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT " seeds\n",
                    tried, seeds);
        }
        if (found || tried == seeds || interrupt_signal != 0)
            return simulation;
        simulation_free(simulation);
        plan_free(*plan);
        struct plan_overrides overrides = settings->overrides;
        overrides.has_seed = true;
        overrides.seed = first + tried;
        overrides.again = true;
        *plan = load_plan(path, &overrides, registry);
        g_assert(*plan != NULL); /* only the seed differs from one that was good */
    }
}

/* ---- One scenario ---------------------------------------------------------------------------- */

static void fill_report(struct run_report *report, struct simulation *simulation,
                        const struct run_settings *settings, const char *build,
                        struct narration *narration, gint64 wall_us)
{
    cs_assert(wall_us >= 0);
    *report = (struct run_report){
        .build_id = build,
        .verdict = simulation->verdict,
        .expected = simulation_as_expected(simulation),
        .findings = simulation->findings,
        .thresholds = simulation->thresholds,
        .evidence = simulation->evidence,
        .sets = (const char *const *)settings->sets,
        .plugins = (const char *const *)settings->plugins,
        .wall_ns = (uint64_t)wall_us * 1000,
        .wall_started_s = (uint64_t)(g_get_real_time() - wall_us) / 1000000,
        .digest_log = settings->determinism.log_text,
        .trace = narration->text.size > 0 ? narration_finish(narration) : NULL,
    };
    simulation_report(simulation, report);
}

/* The numbers are safe and the verdict is said: nothing that happens here changes them. */
static enum exit_status draw_charts(const char *folder, bool strict)
{
    g_autoptr(GError) error = NULL;
    if (interrupt_signal != 0) {
        fprintf(stderr, "no charts of an interrupted run; clustersim plot %s draws them\n", folder);
    } else if (!report_draw(folder, &interrupt_signal, &error)) {
        complain("%sno charts: %s", strict ? "" : "warning: ", error->message);
        return strict ? EXIT_ENVIRONMENT : EXIT_PASS;
    }
    return EXIT_PASS;
}

/* The command that shows where a run went wrong.  Nothing can be told of one that was interrupted
 * or does not come again. */
static void tell_look(const struct simulation *simulation, const char *folder)
{
    if (simulation->findings->len == 0 || simulation_as_expected(simulation))
        return;
    const struct finding *worst = &g_array_index(simulation->findings, struct finding, 0);
    if (worst->at_ns == UINT64_MAX || worst->verdict == VERDICT_INTERRUPTED ||
        worst->verdict == VERDICT_NONDETERMINISM)
        return;
    g_autofree char *quoted = g_shell_quote(folder);
    g_autofree char *at = value_duration_text((int64_t)worst->at_ns);
    fprintf(stderr, "look: clustersim replay %s --at %s --around %s\n", quoted, at, at);
}

/* Write the results and say what came out.  Returns what the writing adds to the exit status. */
static enum exit_status tell(struct simulation *simulation, const struct run_settings *settings,
                             const struct registry *registry, struct narration *narration,
                             gint64 wall_us)
{
    struct run_report report;
    g_autofree char *build = build_of(registry);
    fill_report(&report, simulation, settings, build, narration, wall_us);
    enum exit_status status = EXIT_PASS;
    g_autoptr(GError) error = NULL;
    g_autofree char *folder = report_write(&report, settings->out, &error);
    if (folder == NULL) {
        complain("the results cannot be written: %s", error->message);
        status = EXIT_ENVIRONMENT;
    }
    if (settings->json) {
        report_write_run(&report, stdout);
    } else {
        summary_print(simulation, report.metrics, folder, (double)wall_us / 1e6, stdout);
    }
    if (!output_flush())
        status = EXIT_ENVIRONMENT;
    run_report_done(&report);
    if (folder != NULL)
        tell_look(simulation, folder);
    if (folder != NULL && !settings->no_charts && simulation->plan->output.charts)
        status = exit_worse(status, draw_charts(folder, settings->strict_charts));
    return status;
}

/* A scenario that is to run: everything that can be wrong with it was looked for. */
struct job {
    const char *path;
    struct registry *registry;
    struct plan *plan;
};

static void job_clear(struct job *job)
{
    plan_free(job->plan);
    if (job->registry != NULL)
        registry_free(job->registry);
    *job = (struct job){ 0 };
}

/* "note: builds of kv: built-in (A, B), next (C; faults: upgrade)", for each group that has
 * several. */
static void note_builds(const struct plan *plan)
{
    const char *group = "";
    for (uint32_t i = 0; i < plan->build_count; i++) {
        const struct plan_build *listed = &plan->builds[i];
        bool first = strcmp(listed->group, group) != 0;
        group = listed->group;
        g_autofree char *nodes = g_strjoinv(", ", (char **)listed->nodes);
        g_autofree char *faults = g_strjoinv(", ", (char **)listed->faults);
        const char *between = nodes[0] != '\0' && faults[0] != '\0' ? "; " : "";
        if (first)
            fprintf(stderr, "%snote: builds of %s: ", i > 0 ? "\n" : "", group);
        fprintf(stderr, "%s%s (%s%s%s%s)", first ? "" : ", ", listed->name, nodes, between,
                faults[0] != '\0' ? "faults: " : "", faults);
    }
    fputs(plan->build_count > 0 ? "\n" : "", stderr);
}

static enum exit_status run_job(struct job *job, struct run_settings *settings)
{
    cs_assert(job->plan != NULL);
    fprintf(stderr, "%s: seed 0x%016" G_GINT64_MODIFIER "x\n", job->plan->name, job->plan->seed);
    for (size_t i = 0; i < registry_count(job->registry); i++) {
        if (registry_replaced(job->registry, i)) {
            fprintf(stderr, "note: %s comes from plug-in %s\n", registry_at(job->registry, i)->name,
                    registry_origin(job->registry, i));
        }
    }
    note_builds(job->plan);
    struct narration narration = { 0 };
    gint64 begun = g_get_monotonic_time();
    struct simulation *simulation =
        find_run(job->path, settings, job->registry, &job->plan, &narration);
    gint64 wall_us = g_get_monotonic_time() - begun;
    int judged = determinism_judge(&settings->determinism, simulation, simulate);
    if (traces(settings, job->plan, "on-failure"))
        narrate_failure(simulation, &narration);
    enum exit_status status = exit_worse(simulation_status(simulation), (enum exit_status)judged);
    status = exit_worse(status, tell(simulation, settings, job->registry, &narration, wall_us));
    if (status != EXIT_PASS) {
        g_autofree char *replay = replay_command(job->plan, settings);
        fprintf(stderr, "again: %s\n", replay);
    }
    simulation_free(simulation);
    narration_done(&narration);
    return status;
}

/* Whether results can be written to `out`/`name`, as far as can be said without making it. */
static bool can_write(const char *out, const char *name)
{
    g_autofree char *place = g_build_filename(out, name, NULL);
    while (!g_file_test(place, G_FILE_TEST_EXISTS)) {
        char *above = g_path_get_dirname(place);
        g_free(place);
        place = above;
    }
    int number = g_file_test(place, G_FILE_TEST_IS_DIR) ? 0 : ENOTDIR;
    if (number == 0 && access(place, W_OK | X_OK) != 0)
        number = errno;
    if (number != 0)
        complain("the results cannot be written: %s: %s", place, g_strerror(number));
    return number == 0;
}

/* Load all scenarios and say all that is wrong. */
static enum exit_status load_jobs(struct job *jobs, char **paths, int count,
                                  const struct run_settings *settings,
                                  const struct cs_protocol *const *protocols)
{
    enum exit_status status = EXIT_PASS;
    for (int i = 0; i < count; i++) {
        struct job *job = &jobs[i];
        job->path = paths[i];
        job->registry = registry_new(protocols);
        job->plan = load_plan(paths[i], &settings->overrides, job->registry);
        if (job->plan == NULL || !determinism_fits(&settings->determinism, job->plan))
            status = EXIT_USAGE;
    }
    for (int i = 0; status == EXIT_PASS && i < count; i++) {
        if (!can_write(settings->out, jobs[i].plan->name))
            status = EXIT_ENVIRONMENT;
    }
    return status;
}

/* ---- The verb -------------------------------------------------------------------------------- */

static bool settle_trace(const char *trace)
{
    static const char *const words[] = { "none", "on-failure", "full", NULL };
    if (trace == NULL || g_strv_contains(words, trace))
        return true;
    complain("--trace \"%s\" is none of none, on-failure and full", trace);
    return false;
}

static bool settle_out(char **out)
{
    if (*out == NULL)
        *out = g_strdup("results");
    if (**out == '\0')
        complain("--out \"\": the name of a folder is empty");
    return **out != '\0';
}

/* Options whose text has to make sense before anything runs. */
static bool settle_options(struct run_settings *settings)
{
    settings->overrides.sets = (const char *const *)settings->sets;
    settings->overrides.plugins = (const char *const *)settings->plugins;
    if (settings->seed_text != NULL) {
        g_autofree char *wrong = value_seed(settings->seed_text, &settings->overrides.seed);
        if (wrong != NULL) {
            complain("--seed \"%s\": %s", settings->seed_text, wrong);
            return false;
        }
        settings->overrides.has_seed = true;
    }
    if (settings->until_text != NULL) {
        int64_t until_ns = 0;
        g_autofree char *wrong = value_duration(settings->until_text, &until_ns);
        if (wrong != NULL || until_ns <= 0) {
            complain("--until \"%s\": %s", settings->until_text,
                     wrong != NULL ? wrong : "not a time after 0");
            return false;
        }
        settings->overrides.has_duration = true;
        settings->overrides.duration_ns = (uint64_t)until_ns;
    }
    if (!format_is_json(settings->format, &settings->json))
        return false;
    return settle_trace(settings->trace) && settle_out(&settings->out);
}

static void settings_clear(struct run_settings *settings)
{
    g_free(settings->seed_text);
    g_free(settings->until_text);
    g_free(settings->out);
    g_free(settings->format);
    g_free(settings->trace);
    g_strfreev(settings->sets);
    g_strfreev(settings->plugins);
    determinism_clear(&settings->determinism);
}

static int run_scenarios(int argc, char **argv, struct run_settings *settings,
                         const struct cs_protocol *const *protocols)
{
    if (argc < 2) {
        complain("run needs a scenario file; see clustersim run --help");
        return EXIT_USAGE;
    }
    if (!settle_options(settings) || !determinism_settle(&settings->determinism, argc - 1))
        return EXIT_USAGE;
    struct job *jobs = g_new0(struct job, argc);
    enum exit_status status = load_jobs(jobs, argv + 1, argc - 1, settings, protocols);
    interrupt_catch(INTERRUPT_AGAIN_ENDS); /* a pipe that nobody writes to can be left till here */
    bool good = status == EXIT_PASS;
    for (int i = 0; good && i < argc - 1 && interrupt_signal == 0; i++) {
        status = exit_worse(status, run_job(&jobs[i], settings));
        job_clear(&jobs[i]);
    }
    for (int i = 0; i < argc - 1; i++)
        job_clear(&jobs[i]);
    g_free(jobs);
    return interrupt_signal != 0 ? (int)exit_worse(status, EXIT_INTERRUPTED) : (int)status;
}

int run_main(const struct verb *verb, int argc, char **argv,
             const struct cs_protocol *const *protocols)
{
    struct run_settings settings = { 0 };
    const GOptionEntry entries[] = {
        { "seed", 0, 0, G_OPTION_ARG_STRING, &settings.seed_text,
          "use this seed, like 0x2a, not the scenario's", "HEX" },
        OPTION_SETS(settings.sets),
        { "until", 0, 0, G_OPTION_ARG_STRING, &settings.until_text,
          "run for this long, like 90s, not the scenario's duration", "T" },
        OPTION_PLUGINS(settings.plugins),
        { "twice", 0, 0, G_OPTION_ARG_NONE, &settings.determinism.twice,
          "run again; name the first event that differs", NULL },
        { "digest-log", 0, 0, G_OPTION_ARG_FILENAME, &settings.determinism.log_path,
          "write the digest's checkpoints, for --compare", "FILE" },
        { "records", 0, 0, G_OPTION_ARG_STRING, &settings.determinism.records_text,
          "keep these trace records too, like 4096..8191", "A..B" },
        { "compare", 0, 0, G_OPTION_ARG_FILENAME, &settings.determinism.compare_path,
          "stop where the run differs from that of this log", "FILE" },
        { "out", 0, 0, G_OPTION_ARG_FILENAME, &settings.out,
          "write results below this folder; by default results", "DIR" },
        OPTION_FORMAT(settings.format),
        { "trace", 0, 0, G_OPTION_ARG_STRING, &settings.trace,
          "write trace.txt: none, on-failure or full", "WHEN" },
        { "no-charts", 0, 0, G_OPTION_ARG_NONE, &settings.no_charts, "draw no charts", NULL },
        { "strict-charts", 0, 0, G_OPTION_ARG_NONE, &settings.strict_charts,
          "end with status 7 if charts cannot be drawn, instead of a warning", NULL },
        { 0 },
    };
    int status = EXIT_PASS;
    if (options_parse(verb, entries, &argc, &argv, &status)) {
        status = files_are_named(verb, argc, argv) ? run_scenarios(argc, argv, &settings, protocols)
                                                   : EXIT_USAGE;
    }
    settings_clear(&settings);
    return status;
}
