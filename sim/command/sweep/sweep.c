/* sweep: scenarios over seeds and a matrix of values, in worker processes. */
#include "command/sweep/sweep.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>

#include "command/command.h"
#include "command/crash/points.h"
#include "command/interrupt.h"
#include "scenario/value.h"

#define JOURNAL "runs.part.jsonl"

struct settings {
    char *seeds_text, *shard_text, *budget_text, *guard_text, *out, *format, *junit;
    char **sets, **plugins, **matrix;
    gint workers;
    gint64 failures_max;
    gboolean dry_run, resume, no_corpus;
    bool json;
    struct sweep_request request;
    struct sweep_limits limits;
};

/* ---- Options --------------------------------------------------------------------------------- */

static bool read_wall_time(const char *option, const char *text, uint64_t fallback_ms,
                           uint64_t *ret_ms)
{
    int64_t ns = 0;
    *ret_ms = fallback_ms;
    if (text == NULL)
        return true;
    g_autofree char *wrong = value_duration(text, &ns);
    if (wrong == NULL && ns >= 1000000) {
        *ret_ms = (uint64_t)ns / 1000000;
        return true;
    }
    complain("%s \"%s\": %s", option, text, wrong != NULL ? wrong : "less than 1ms");
    return false;
}

static bool read_seeds(const char *text, struct sweep_request *request)
{
    if (text == NULL)
        return true;
    g_autofree char *wrong = plan_seeds(text, &request->first, &request->last);
    request->has_seeds = wrong == NULL;
    if (wrong != NULL)
        complain("--seeds: %s", wrong);
    return wrong == NULL;
}

enum { GUARD_MS = 600000 };

static bool settle(struct settings *settings, int argc, char **argv,
                   const struct cs_protocol *const *protocols)
{
    if (argc < 2) {
        complain("sweep needs a scenario file; see clustersim sweep --help");
        return false;
    }
    settings->request = (struct sweep_request){
        .files = argv + 1,
        .file_count = (size_t)argc - 1,
        .sets = settings->sets,
        .plugins = settings->plugins,
        .matrix = settings->matrix,
        .no_corpus = settings->no_corpus,
        .protocols = protocols,
    };
    if (settings->workers < 0 || settings->failures_max < 0) {
        complain("-j and --max-failures are numbers above 0");
        return false;
    }
    settings->limits.workers =
        settings->workers > 0 ? (unsigned)settings->workers : g_get_num_processors();
    cs_assert(settings->limits.workers > 0);
    settings->limits.failures_max = (uint64_t)settings->failures_max;
    if (settings->out == NULL)
        settings->out = g_strdup("results/sweep");
    return read_seeds(settings->seeds_text, &settings->request) &&
           sweep_read_shard(settings->shard_text, &settings->limits) &&
           read_wall_time("--time-budget", settings->budget_text, 0, &settings->limits.budget_ms) &&
           read_wall_time("--run-timeout", settings->guard_text, GUARD_MS,
                          &settings->limits.guard_ms) &&
           format_is_json(settings->format, &settings->json);
}

/* ---- Beginning, and going on ----------------------------------------------------------------- */

/* Whether what lies in the folder is this sweep; says why not. */
static bool is_this_sweep(const json_t *there, const json_t *manifest)
{
    static const char *const parts[] = { "format", "build", "shard", "cells" };
    static const char *const words[] = { "another version's", "of another build", "another shard",
                                         "a sweep of other runs" };
    for (size_t i = 0; i < G_N_ELEMENTS(parts); i++) {
        if (json_equal(json_object_get(there, parts[i]), json_object_get(manifest, parts[i])))
            continue;
        complain("cannot resume: what is there is %s", words[i]);
        return false;
    }
    return true;
}

/* Whether there is an earlier sweep to go on with.  Lines without a manifest may be anybody's. */
static bool goes_on(const struct settings *settings)
{
    g_autofree char *path = g_build_filename(settings->out, "sweep.json", NULL);
    return settings->resume && g_file_test(path, G_FILE_TEST_EXISTS);
}

/* Read what an earlier sweep has left.  EXIT_PASS, or what to exit with. */
static int resume(const struct settings *settings, const json_t *manifest,
                  struct sweep_store *store)
{
    json_t *there = sweep_read_manifest(settings->out);
    bool same = there != NULL && is_this_sweep(there, manifest);
    json_decref(there);
    if (!same)
        return EXIT_USAGE;
    static const char *const names[] = { "runs.jsonl", JOURNAL };
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        bool differs = false;
        g_autofree char *file = g_build_filename(settings->out, names[i], NULL);
        if (!sweep_store_read(store, file, &differs))
            return differs ? EXIT_NONDETERMINISM : EXIT_ENVIRONMENT;
    }
    return EXIT_PASS;
}

/* Make the folder, and forget what is there unless it is to be gone on with. */
static int prepare(const struct settings *settings, const json_t *manifest,
                   struct sweep_store *store)
{
    static const char *const old[] = { "runs.jsonl", JOURNAL, "sweep.json" };
    g_autofree char *journal = g_build_filename(settings->out, JOURNAL, NULL);
    if (g_mkdir_with_parents(settings->out, 0755) != 0) {
        complain("%s cannot be made: %s", settings->out, g_strerror(errno));
        return EXIT_ENVIRONMENT;
    }
    if (!sweep_store_claim(store, settings->out))
        return EXIT_ENVIRONMENT;
    bool on = goes_on(settings);
    int status = on ? resume(settings, manifest, store) : EXIT_PASS;
    for (size_t i = 0; i < G_N_ELEMENTS(old) && !on; i++) {
        g_autofree char *path = g_build_filename(settings->out, old[i], NULL);
        (void)g_unlink(path);
    }
    if (status != EXIT_PASS)
        return status;
    bool good = sweep_write_manifest(manifest, settings->out) && sweep_store_open(store, journal);
    return good ? EXIT_PASS : EXIT_ENVIRONMENT;
}

/* ---- The whole ------------------------------------------------------------------------------- */

static const char *reason_of(enum sweep_end why)
{
    switch (why) {
    case SWEEP_DONE:
        return NULL;
    case SWEEP_INTERRUPTED:
        return "interrupted; --resume goes on";
    case SWEEP_FAILURES_MAX:
        return "so many failures are enough";
    case SWEEP_BUDGET:
        return "the time is up; --resume goes on";
    case SWEEP_BROKEN:
        return "the environment failed; --resume goes on";
    }
    return NULL;
}

static uint64_t wanted_of(const struct sweep_space *space, const struct sweep_limits *limits)
{
    cs_assert(limits->shard < limits->shards);
    return space->total / limits->shards + (space->total % limits->shards > limits->shard);
}

static int work(const struct settings *settings, const GArray *cells, json_t *manifest)
{
    struct sweep_space space;
    bool good = sweep_space_of(manifest, &space);
    cs_assert(good);
    struct sweep_store *store = sweep_store_new(&space);
    int status = prepare(settings, manifest, store);
    if (status == EXIT_PASS) {
        enum sweep_end why = sweep_work(cells, &space, &settings->limits, store,
                                        settings->request.protocols, &interrupt_signal);
        sweep_store_cut(store, settings->limits.failures_max);
        cs_assert(sweep_store_count(store) <= space.total);
        uint64_t wanted = wanted_of(&space, &settings->limits);
        const struct sweep_outlet outlet = {
            .folder = settings->out,
            .junit = settings->junit,
            .json = settings->json,
            .stopped = sweep_store_count(store) < wanted ? reason_of(why) : NULL,
            .wanted = wanted,
            .judged = settings->limits.shards == 1 && sweep_store_count(store) == space.total,
        };
        g_autofree char *journal = g_build_filename(settings->out, JOURNAL, NULL);
        status = sweep_finish(manifest, store, &outlet);
        if (status != EXIT_ENVIRONMENT)
            (void)g_unlink(journal);
        if (why == SWEEP_INTERRUPTED)
            status = (int)exit_worse((enum exit_status)status, EXIT_INTERRUPTED);
        if (why == SWEEP_BROKEN)
            status = (int)exit_worse((enum exit_status)status, EXIT_ENVIRONMENT);
    }
    sweep_store_free(store);
    return status;
}

static void print_cells(const json_t *manifest, const struct settings *settings)
{
    struct sweep_space space;
    bool good = sweep_space_of(manifest, &space);
    cs_assert(good);
    if (settings->json) {
        print_json(manifest);
        return;
    }
    for (size_t i = 0; i < json_array_size(space.cells); i++) {
        const json_t *cell = json_array_get(space.cells, i);
        const json_t *seeds = json_object_get(cell, "seeds");
        g_autofree char *choice = sweep_choice(cell);
        const char *entry = sweep_corpus(cell);
        printf("%s%s%s%s%s%s: seeds %s to %s\n", entry != NULL ? "corpus " : "",
               entry != NULL ? entry : "", entry != NULL ? ": " : "",
               json_string_value(json_object_get(cell, "scenario")), *choice != '\0' ? " " : "",
               choice, json_string_value(json_object_get(seeds, "first")),
               json_string_value(json_object_get(seeds, "last")));
    }
    printf("%" G_GUINT64_FORMAT " runs\n", wanted_of(&space, &settings->limits));
}

static int sweep(struct settings *settings)
{
    GArray *cells = NULL;
    json_t *manifest = NULL;
    if (!sweep_cells(&settings->request, &cells, &manifest))
        return EXIT_USAGE;
    if (settings->limits.shards > 1) {
        g_autofree char *shard =
            g_strdup_printf("%" G_GUINT64_FORMAT "/%" G_GUINT64_FORMAT, settings->limits.shard + 1,
                            settings->limits.shards);
        json_object_set_new(manifest, "shard", json_string(shard));
    }
    int status = EXIT_PASS;
    if (settings->dry_run) {
        print_cells(manifest, settings);
    } else {
        interrupt_catch(INTERRUPT_AGAIN_IGNORED);
        status = work(settings, cells, manifest);
    }
    json_decref(manifest);
    sweep_cells_free(cells);
    return status;
}

static void settings_clear(struct settings *settings)
{
    char **texts[] = { &settings->seeds_text, &settings->shard_text, &settings->budget_text,
                       &settings->guard_text, &settings->out,        &settings->format,
                       &settings->junit };
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
        g_free(*texts[i]);
    g_strfreev(settings->sets);
    g_strfreev(settings->plugins);
    g_strfreev(settings->matrix);
}

/* That is another kind of sweep, with options of its own. */
static bool asks_for_crash_points(int argc, char **argv)
{
    int i = 1;
    while (i < argc && strcmp(argv[i], "--") != 0 && strcmp(argv[i], "--crash-points") != 0)
        i++;
    return i < argc && strcmp(argv[i], "--crash-points") == 0;
}

int sweep_main(const struct verb *verb, int argc, char **argv,
               const struct cs_protocol *const *protocols)
{
    g_autoptr(GPtrArray) owned = g_ptr_array_new_with_free_func(g_free);
    options_spell_out_jobs(argc, argv, owned);
    if (asks_for_crash_points(argc, argv))
        return crash_points_main(verb, argc, argv, protocols);
    gboolean crash_points = FALSE; /* for the help text alone */
    struct settings settings = { 0 };
    const GOptionEntry entries[] = {
        { "seeds", 0, 0, G_OPTION_ARG_STRING, &settings.seeds_text,
          "the first and the last seed, like 0..999; by default the scenario's", "A..B" },
        { "matrix", 0, 0, G_OPTION_ARG_STRING_ARRAY, &settings.matrix,
          "try these values, each with each of other matrices; may be repeated", "POINTER=V1,V2" },
        OPTION_SETS(settings.sets),
        OPTION_PLUGINS(settings.plugins),
        { "jobs", 'j', 0, G_OPTION_ARG_INT, &settings.workers,
          "worker processes; by default one for each core", "N" },
        { "shard", 0, 0, G_OPTION_ARG_STRING, &settings.shard_text,
          "only the runs of shard K of N, or as the CI system says; merge joins them", "K/N|auto" },
        { "max-failures", 0, 0, G_OPTION_ARG_INT64, &settings.failures_max,
          "stop at this many failed runs", "N" },
        { "time-budget", 0, 0, G_OPTION_ARG_STRING, &settings.budget_text,
          "begin no run after this wall-clock time", "T" },
        { "run-timeout", 0, 0, G_OPTION_ARG_STRING, &settings.guard_text,
          "stop a run that takes longer, by the wall clock; by default 10min", "T" },
        { "resume", 0, 0, G_OPTION_ARG_NONE, &settings.resume,
          "go on with what an interrupted sweep has left", NULL },
        { "no-corpus", 0, 0, G_OPTION_ARG_NONE, &settings.no_corpus,
          "leave out what is kept in seeds/ beside the scenarios, which else runs first", NULL },
        { "dry-run", 0, 0, G_OPTION_ARG_NONE, &settings.dry_run, "only say what would run", NULL },
        { "crash-points", 0, 0, G_OPTION_ARG_NONE, &crash_points,
          "instead: crash every server at every effect; with --help for its options", NULL },
        { "out", 0, 0, G_OPTION_ARG_FILENAME, &settings.out,
          "write results into this folder; by default results/sweep", "DIR" },
        { "junit", 0, 0, G_OPTION_ARG_FILENAME, &settings.junit, "write JUnit's XML, too", "FILE" },
        OPTION_FORMAT(settings.format),
        { 0 },
    };
    int status = EXIT_PASS;
    if (options_parse(verb, entries, &argc, &argv, &status)) {
        status = settle(&settings, argc, argv, protocols) ? sweep(&settings) : EXIT_USAGE;
    }
    settings_clear(&settings);
    return status;
}
