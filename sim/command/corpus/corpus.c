/* corpus: failures that are kept beside their scenario. */
#include "command/corpus/corpus.h"

#include <string.h>

#include "command/command.h"
#include "command/interrupt.h"
#include "command/shrink/shrink.h"
#include "command/sweep/sweep.h"
#include "scenario/source.h"

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text != NULL ? text : "";
}

/* ---- Running files --------------------------------------------------------------------------- */

enum { GUARD_MS = 600000 };

struct trial {
    const struct corpus_world *world;
    struct sweep_cell *cells;
};

/* An entry is found mended by passing, whatever it once expected. */
static const char *const expects_nothing[] = { "/expect={}", NULL };

static bool load(const struct corpus_world *world, const char *file, struct sweep_cell *cell)
{
    g_autoptr(GString) errors = g_string_new(NULL);
    const struct plan_overrides overrides = { .sets = expects_nothing, .plugins = world->plugins };
    *cell = (struct sweep_cell){ .file = file,
                                 .sets = (char **)expects_nothing,
                                 .plugins = world->plugins,
                                 .metrics = g_ptr_array_new(),
                                 .registry = registry_new(world->protocols) };
    cell->plan = plan_load(file, &overrides, cell->registry, errors);
    if (cell->plan == NULL) {
        fputs(errors->str, stderr);
        return false;
    }
    cell->first = cell->last = cell->plan->seed;
    return true;
}

static json_t *run_trial(void *self, size_t index, int descriptor)
{
    (void)descriptor;
    const struct trial *trial = self;
    const struct sweep_cell *cell = &trial->cells[index];
    uint32_t status = 0;
    g_autofree char *line = sweep_run(cell, index, cell->first, trial->world->protocols, &status);
    return json_loads(line, 0, NULL);
}

static bool never(void *self, const json_t *result)
{
    (void)self;
    (void)result;
    return false;
}

/* What is told of a process that told nothing itself. */
static json_t *lost(const struct sweep_cell *cell, size_t index, const char *words)
{
    bool slow = strstr(words, "by the wall clock") != NULL;
    json_t *about = json_pack("{s:s}", "scenario", cell->plan->name);
    cs_assert(about != NULL);
    g_autofree char *line = sweep_lost_run(about, index, cell->first, slow ? "stopped" : "crashed",
                                           slow ? EXIT_INCONCLUSIVE : EXIT_INTERNAL, words);
    json_decref(about);
    return json_loads(line, 0, NULL);
}

static int run_loaded(const struct corpus_world *world, struct sweep_cell *cells, size_t count,
                      json_t **ret_lines)
{
    struct trial trial = { world, cells };
    const struct shrink_task task = { run_trial, never, &trial };
    const struct shrink_pool pool = { world->workers, GUARD_MS, world->interrupted };
    g_autofree json_t **results = g_new0(json_t *, count + 1);
    size_t none = 0;
    interrupt_catch(INTERRUPT_AGAIN_IGNORED);
    bool whole = shrink_pool_run(&pool, &task, count, results, &none);
    *ret_lines = json_array();
    for (size_t i = 0; i < count; i++) {
        const char *words = json_string_value(json_object_get(results[i], "crashed"));
        if (whole && words != NULL) {
            json_array_append_new(*ret_lines, lost(&cells[i], i, words));
        } else if (whole) {
            json_array_append(*ret_lines, results[i]);
        }
        json_decref(results[i]);
    }
    cs_assert(!whole || json_array_size(*ret_lines) == count);
    return whole ? EXIT_PASS : EXIT_INTERRUPTED;
}

int corpus_try(const struct corpus_world *world, char **files, size_t count, json_t **ret_lines)
{
    struct sweep_cell *cells = g_new0(struct sweep_cell, count + 1);
    bool good = true;
    for (size_t i = 0; i < count; i++)
        good = load(world, files[i], &cells[i]) && good;
    int status = good ? run_loaded(world, cells, count, ret_lines) : EXIT_USAGE;
    for (size_t i = 0; i < count; i++) {
        plan_free(cells[i].plan);
        registry_free(cells[i].registry);
        g_ptr_array_unref(cells[i].metrics);
    }
    g_free(cells);
    return status;
}

/* ---- list ------------------------------------------------------------------------------------ */

static json_t *entry_json(const struct corpus_entry *entry)
{
    g_autofree char *seed = sweep_seed_text(entry->seed);
    return json_pack("{s:s, s:s, s:s, s:s, s:s}", "name", entry->name, "file", entry->path, "seed",
                     seed, "check", entry->check, "cause", entry->cause);
}

static int list(const GPtrArray *entries, bool json)
{
    json_t *answer = json_array();
    for (guint i = 0; i < entries->len; i++) {
        const struct corpus_entry *entry = g_ptr_array_index(entries, i);
        g_autofree char *seed = sweep_seed_text(entry->seed);
        if (!json)
            printf("%s: seed %s: %s\n", entry->path, seed, entry->cause);
        json_array_append_new(answer, entry_json(entry));
    }
    if (json) {
        print_json(answer);
    } else if (entries->len == 0) {
        puts("no entries");
    }
    json_decref(answer);
    return EXIT_PASS;
}

/* ---- run ------------------------------------------------------------------------------------- */

/* The command that gives the entry's run again.  g_free. */
static char *command_of(const struct corpus_entry *entry, const struct corpus_world *world)
{
    g_autofree char *quoted = g_shell_quote(entry->path);
    GString *command = g_string_new("clustersim run ");
    g_string_append(command, quoted);
    for (const char *const *file = world->plugins; file != NULL && *file != NULL; file++) {
        g_autofree char *plugin = g_shell_quote(*file);
        g_string_append_printf(command, " --plugin %s", plugin);
    }
    return g_string_free(command, FALSE);
}

static void print_entry(const struct corpus_entry *entry, const json_t *line, const char *again)
{
    const json_t *finding = json_array_get(json_object_get(line, "findings"), 0);
    printf("  %-13s %s: seed %s\n", text_of(line, "verdict"), entry->name, text_of(line, "seed"));
    printf("                found: %s\n", entry->cause);
    if (finding == NULL)
        return;
    printf("                now: %s: %s\n", text_of(finding, "check"), text_of(finding, "detail"));
    printf("                again: %s\n", again);
}

/* Judge and tell all entries; returns the worst status. */
static int tell(const GPtrArray *entries, const json_t *lines, const struct corpus_world *world,
                bool json)
{
    cs_assert(json_array_size(lines) == entries->len);
    enum exit_status worst = EXIT_PASS;
    size_t passed = 0, inconclusive = 0;
    json_t *told = json_array();
    for (guint i = 0; i < entries->len; i++) {
        const struct corpus_entry *entry = g_ptr_array_index(entries, i);
        json_t *line = json_array_get(lines, i);
        enum exit_status status =
            (enum exit_status)json_integer_value(json_object_get(line, "status"));
        g_autofree char *again = command_of(entry, world);
        worst = exit_worse(worst, status);
        passed += status == EXIT_PASS;
        inconclusive += status == EXIT_INCONCLUSIVE;
        if (!json)
            print_entry(entry, line, again);
        json_t *about = entry_json(entry);
        json_object_set(about, "verdict", json_object_get(line, "verdict"));
        json_object_set(about, "status", json_object_get(line, "status"));
        json_object_set(about, "digest", json_object_get(line, "digest"));
        json_object_set(about, "findings", json_object_get(line, "findings"));
        json_object_set_new(about, "again", json_string(again));
        json_array_append_new(told, about);
    }
    cs_assert(passed + inconclusive <= entries->len);
    size_t failed = entries->len - passed - inconclusive;
    if (json) {
        json_t *answer =
            json_pack("{s:i, s:i, s:i, s:i, s:O}", "passed", (int)passed, "failed", (int)failed,
                      "inconclusive", (int)inconclusive, "status", (int)worst, "entries", told);
        print_json(answer);
        json_decref(answer);
    } else {
        printf("%zu passed, %zu failed, %zu inconclusive\n", passed, failed, inconclusive);
    }
    json_decref(told);
    return (int)worst;
}

static int run(const GPtrArray *entries, const char *scenario, const struct corpus_world *world,
               bool json)
{
    if (entries->len == 0) {
        complain("%s has no corpus: nothing ran", scenario);
        return EXIT_INCONCLUSIVE;
    }
    char **files = g_new0(char *, entries->len + 1);
    for (guint i = 0; i < entries->len; i++)
        files[i] = ((const struct corpus_entry *)g_ptr_array_index(entries, i))->path;
    json_t *lines = NULL;
    int status = corpus_try(world, files, entries->len, &lines);
    g_free(files);
    if (status == EXIT_PASS)
        status = tell(entries, lines, world, json);
    json_decref(lines);
    return status;
}

/* ---- The verb -------------------------------------------------------------------------------- */

struct settings {
    char *scenario, *name, *format;
    char **plugins;
    bool json;
};

static int add(const struct settings *settings, const char *source,
               const struct corpus_world *world)
{
    const struct corpus_add request = { source, settings->scenario, settings->name, *world };
    g_autofree char *path = NULL;
    int status = corpus_add(&request, &path);
    if (status != EXIT_PASS)
        return status;
    if (settings->json) {
        json_t *answer = json_pack("{s:s}", "file", path);
        print_json(answer);
        json_decref(answer);
    } else {
        printf("%s\n", path);
    }
    return EXIT_PASS;
}

static int carry_out(const struct settings *settings, const char *action, const char *argument,
                     const struct corpus_world *world)
{
    if (strcmp(action, "add") == 0)
        return add(settings, argument, world);
    bool runs = strcmp(action, "run") == 0;
    if (!runs && strcmp(action, "list") != 0) {
        complain("corpus %s: it is one of add, list and run; see clustersim corpus --help", action);
        return EXIT_USAGE;
    }
    if (settings->scenario != NULL || settings->name != NULL) {
        complain("--scenario and --name go with corpus add");
        return EXIT_USAGE;
    }
    g_autofree char *text = NULL;
    size_t size;
    g_autofree char *wrong = source_read_file(argument, &text, &size);
    if (wrong != NULL) {
        fprintf(stderr, "%s: error: %s\n", argument, wrong);
        return EXIT_USAGE;
    }
    g_autoptr(GPtrArray) entries = corpus_read(argument);
    if (entries == NULL)
        return EXIT_USAGE;
    return runs ? run(entries, argument, world, settings->json) : list(entries, settings->json);
}

int corpus_main(const struct verb *verb, int argc, char **argv,
                const struct cs_protocol *const *protocols)
{
    struct settings settings = { 0 };
    struct verb told = *verb;
    told.arguments = "add RUN|FILE | list SCENARIO | run SCENARIO";
    const GOptionEntry entries[] = {
        { "scenario", 0, 0, G_OPTION_ARG_FILENAME, &settings.scenario,
          "add: the scenario that it was found in; by default the one below this folder that bears "
          "its name",
          "FILE" },
        { "name", 0, 0, G_OPTION_ARG_STRING, &settings.name,
          "add: the entry's name; by default of scenario, check and seed", "NAME" },
        OPTION_PLUGINS(settings.plugins),
        OPTION_FORMAT(settings.format),
        { 0 },
    };
    int status = EXIT_PASS;
    if (options_parse(&told, entries, &argc, &argv, &status)) {
        const struct corpus_world world = { (const char *const *)settings.plugins, protocols,
                                            g_get_num_processors(), &interrupt_signal };
        bool good = argc == 3 && files_are_named(verb, argc, argv);
        if (argc != 3)
            complain("corpus needs add, list or run, and what; see clustersim corpus --help");
        good = good && format_is_json(settings.format, &settings.json);
        status = good ? carry_out(&settings, argv[1], argv[2], &world) : EXIT_USAGE;
    }
    g_free(settings.scenario);
    g_free(settings.name);
    g_free(settings.format);
    g_strfreev(settings.plugins);
    return status;
}
