/* shrink: from a failure to the smallest scenario that has it. */
#include "command/shrink/shrink.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/hash.h"
#include "command/command.h"
#include "command/interrupt.h"
#include "scenario/reduce.h"
#include "scenario/value.h"

struct settings {
    char *file, *seed_text, *format;
    char **sets, **plugins;
    gint workers;
    gint64 runs_max;
    gboolean resume;
    bool json;
    struct shrink_input input;
    struct shrink_pool pool;
};

enum { GUARD_MS = 120000 };

/* ---- Options --------------------------------------------------------------------------------- */

static bool settle(struct settings *settings, int argc, char **argv,
                   const struct cs_protocol *const *protocols)
{
    if (argc != 2 || settings->file == NULL || *settings->file == '\0') {
        complain("shrink needs one folder of results, or one scenario, and -o FILE; see clustersim "
                 "shrink --help");
        return false;
    }
    if (settings->workers < 0 || settings->runs_max < 0) {
        complain("-j and --max-runs are numbers above 0");
        return false;
    }
    settings->input = (struct shrink_input){
        .argument = argv[1],
        .file = settings->file,
        .sets = (const char *const *)settings->sets,
        .plugins = (const char *const *)settings->plugins,
        .protocols = protocols,
    };
    bool folder = g_file_test(argv[1], G_FILE_TEST_IS_DIR);
    if (folder && (settings->seed_text != NULL || settings->sets != NULL)) {
        complain("--seed and --set go with a scenario; a folder of results has its seed");
        return false;
    }
    if (settings->seed_text != NULL) {
        g_autofree char *wrong = value_seed(settings->seed_text, &settings->input.seed);
        settings->input.has_seed = wrong == NULL;
        if (wrong != NULL) {
            complain("--seed \"%s\": %s", settings->seed_text, wrong);
            return false;
        }
    }
    settings->pool = (struct shrink_pool){
        .workers = settings->workers > 0 ? (unsigned)settings->workers : g_get_num_processors(),
        .guard_ms = GUARD_MS,
        .interrupted = &interrupt_signal,
    };
    cs_assert(settings->pool.workers > 0);
    return format_is_json(settings->format, &settings->json);
}

/* ---- While it goes on ------------------------------------------------------------------------ */

struct outlet {
    const char *file;
    bool terminal, broken;
    gint64 told_us, gap_us;
};

static void write_best(struct outlet *outlet, const struct shrink_search *search)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *text = shrink_file_text(search);
    if (!g_file_set_contents(outlet->file, text, -1, &error) && !outlet->broken) {
        complain("%s cannot be written: %s", outlet->file, error->message);
        outlet->broken = true;
    }
}

static void tell(void *argument, const struct shrink_search *search)
{
    struct outlet *outlet = argument;
    write_best(outlet, search);
    gint64 now = g_get_monotonic_time();
    if (now - outlet->told_us < outlet->gap_us)
        return;
    outlet->told_us = now;
    if (!outlet->terminal)
        outlet->gap_us *= 2;
    g_autofree char *line = shrink_progress(search);
    fprintf(stderr, outlet->terminal ? "\r\033[K%s" : "%s\n", line);
}

/* ---- The whole ------------------------------------------------------------------------------- */

/* What a search is known by: the same questions with the same answers. */
static char *identity_of(const struct shrink_base *base)
{
    g_autofree char *name = shrink_name(base->scenario);
    return g_strdup_printf("%s %s %s", base->build, base->target.check, name);
}

static int finish(const struct settings *settings, struct shrink_search *search,
                  const char *state_path)
{
    cs_assert(search->best != NULL);
    json_t *left = shrink_knock_out(search, search->best);
    json_t *before = shrink_knock_out(search, search->base->scenario);
    const struct shrink_report report = { .search = search,
                                          .file = settings->file,
                                          .plugins = (const char *const *)settings->plugins,
                                          .necessary = left,
                                          .necessary_before = before };
    if (settings->json) {
        json_t *answer = shrink_json(&report);
        print_json(answer);
        json_decref(answer);
    } else {
        shrink_print(&report);
    }
    json_decref(left);
    json_decref(before);
    if (search->end == SHRINK_DONE)
        (void)g_unlink(state_path);
    return search->end == SHRINK_INTERRUPTED ? EXIT_INTERRUPTED : EXIT_PASS;
}

static int begin(const struct settings *settings, struct shrink_search *search,
                 const char *state_path)
{
    const struct shrink_target *target = &search->base->target;
    bool terminal = isatty(STDERR_FILENO);
    struct outlet outlet = { .file = settings->file,
                             .terminal = terminal,
                             .told_us = terminal ? 0 : g_get_monotonic_time(),
                             .gap_us = terminal ? 100000 : 1000000 };
    search->on_better = tell;
    search->argument = &outlet;
    fprintf(stderr, "%s: %s\n", target->check, target->detail);
    bool good = shrink_search_begin(search);
    if (good)
        shrink_search_run(search);
    if (outlet.terminal && outlet.told_us > 0)
        fputs("\r\033[K", stderr);
    if (good) {
        write_best(&outlet, search);
        int status = finish(settings, search, state_path);
        return outlet.broken ? EXIT_ENVIRONMENT : status;
    }
    if (search->end == SHRINK_INTERRUPTED)
        return EXIT_INTERRUPTED;
    complain("not reproduced: the faults that fired, as a timeline, do not lead to it again");
    return EXIT_NONDETERMINISM;
}

static int shrink(const struct settings *settings)
{
    struct shrink_base base;
    int status = shrink_base_make(&settings->input, &settings->pool, &base);
    g_autofree char *state_path = g_strconcat(settings->file, ".state", NULL);
    if (status == EXIT_PASS) {
        g_autofree char *identity = identity_of(&base);
        struct shrink_search search = { .pool = &settings->pool,
                                        .base = &base,
                                        .runs_max = (uint64_t)settings->runs_max };
        search.state = shrink_state_open(state_path, identity, settings->resume, &status);
        if (search.state != NULL)
            status = begin(settings, &search, state_path);
        shrink_state_free(search.state);
        shrink_search_done(&search);
    }
    shrink_base_done(&base);
    return status;
}

static void settings_clear(struct settings *settings)
{
    g_free(settings->file);
    g_free(settings->seed_text);
    g_free(settings->format);
    g_strfreev(settings->sets);
    g_strfreev(settings->plugins);
}

int shrink_main(const struct verb *verb, int argc, char **argv,
                const struct cs_protocol *const *protocols)
{
    g_autoptr(GPtrArray) owned = g_ptr_array_new_with_free_func(g_free);
    options_spell_out_jobs(argc, argv, owned);
    struct settings settings = { 0 };
    const GOptionEntry entries[] = {
        { "output", 'o', 0, G_OPTION_ARG_FILENAME, &settings.file,
          "write the smallest scenario so far to this file", "FILE" },
        { "seed", 0, 0, G_OPTION_ARG_STRING, &settings.seed_text,
          "of a scenario: use this seed, like 0x2a", "HEX" },
        { "set", 0, 0, G_OPTION_ARG_STRING_ARRAY, &settings.sets,
          "of a scenario: replace a value; may be repeated", "POINTER=JSON" },
        OPTION_PLUGINS(settings.plugins),
        { "max-runs", 0, 0, G_OPTION_ARG_INT64, &settings.runs_max,
          "end after so many runs, minimal or not", "N" },
        { "jobs", 'j', 0, G_OPTION_ARG_INT, &settings.workers,
          "runs at a time; by default one for each core", "N" },
        { "resume", 0, 0, G_OPTION_ARG_NONE, &settings.resume, "go on with what FILE.state knows",
          NULL },
        OPTION_FORMAT(settings.format),
        { 0 },
    };
    int status = EXIT_PASS;
    if (options_parse(verb, entries, &argc, &argv, &status)) {
        status = EXIT_USAGE;
        if (files_are_named(verb, argc, argv) && settle(&settings, argc, argv, protocols)) {
            status = shrink(&settings);
        }
    }
    settings_clear(&settings);
    return status;
}
