/* corpus add: a failure becomes an entry. */
#include <errno.h>
#include <string.h>

#include "command/command.h"
#include "command/corpus/corpus.h"
#include "command/replay/recorded.h"
#include "command/sweep/sweep.h"
#include "scenario/json_text.h"
#include "scenario/scalar.h"
#include "scenario/value.h"

/* What an entry is made of. */
struct failure {
    json_t *scenario;    /* that runs by itself */
    char *folder;        /* that file names in it count from; NULL: the found scenario's */
    char *name;          /* of the scenario that it was found in */
    char *check, *cause; /* of the worst finding */
};

static void failure_done(struct failure *failure)
{
    json_decref(failure->scenario);
    g_free(failure->folder);
    g_free(failure->name);
    g_free(failure->check);
    g_free(failure->cause);
}

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text != NULL ? text : "";
}

/* ---- Where it was found ---------------------------------------------------------------------- */

static bool bears(const char *path, const char *name)
{
    json_t *root = json_load_file(path, 0, NULL);
    bool same = strcmp(text_of(root, "name"), name) == 0 &&
                json_object_get(root, "found") == NULL && json_object_get(root, "groups") != NULL;
    json_decref(root);
    return same;
}

/* Scenarios of this name in a folder and those below it, but for corpora and results. */
static void look_for(const char *folder, const char *name, unsigned depth, GPtrArray *paths)
{
    GDir *dir = g_dir_open(folder, 0, NULL);
    for (const char *file; dir != NULL && (file = g_dir_read_name(dir)) != NULL;) {
        g_autofree char *path =
            strcmp(folder, ".") == 0 ? g_strdup(file) : g_build_filename(folder, file, NULL);
        bool inner = g_file_test(path, G_FILE_TEST_IS_DIR);
        if (inner && depth > 0 && *file != '.' && strcmp(file, "seeds") != 0 &&
            strcmp(file, "results") != 0)
            look_for(path, name, depth - 1, paths);
        if (!inner && g_str_has_suffix(file, ".json") && bears(path, name))
            g_ptr_array_add(paths, g_steal_pointer(&path));
    }
    if (dir != NULL)
        g_dir_close(dir);
}

/* The scenario beside which the entry goes.  NULL after it was told.  g_free. */
static char *place_of(const struct corpus_add *add, const struct failure *failure)
{
    enum { DEPTH = 2 };
    if (add->scenario != NULL) {
        if (g_file_test(add->scenario, G_FILE_TEST_IS_REGULAR))
            return g_strdup(add->scenario);
        complain("--scenario %s: there is no such file", add->scenario);
        return NULL;
    }
    g_autoptr(GPtrArray) paths = g_ptr_array_new_with_free_func(g_free);
    look_for(".", failure->name, DEPTH, paths);
    if (paths->len == 1)
        return g_strdup(g_ptr_array_index(paths, 0));
    complain("%s below this folder is named %s; --scenario FILE says in which it was found",
             paths->len == 0 ? "no scenario" : "more than one scenario", failure->name);
    return NULL;
}

/* ---- A folder of results --------------------------------------------------------------------- */

static const json_t *worst_of(const json_t *findings)
{
    size_t index = 0;
    const json_t *finding = NULL;
    json_array_foreach(findings, index, finding)
    {
        const char *verdict = text_of(finding, "verdict");
        if (strcmp(verdict, "inconclusive") != 0 && strcmp(verdict, "interrupted") != 0)
            return finding;
    }
    return NULL;
}

static int take_finding(const char *source, const json_t *findings, const struct plan *plan,
                        struct failure *failure)
{
    const json_t *finding = worst_of(findings);
    if (finding == NULL) {
        complain("nothing to keep: %s has not failed", source);
        return EXIT_USAGE;
    }
    failure->check = g_strdup(text_of(finding, "check"));
    failure->cause = sweep_cause(plan, failure->check, text_of(finding, "detail"));
    return EXIT_PASS;
}

static int take_folder(const struct corpus_add *add, struct failure *failure)
{
    struct recorded recorded;
    int status = recorded_read(add->source, &recorded);
    if (status != EXIT_PASS)
        return status;
    g_autofree char *path = g_build_filename(recorded.folder, "replay.json", NULL);
    g_autoptr(GString) errors = g_string_new(NULL);
    const struct plan_overrides overrides = {
        .plugins =
            add->world.plugins != NULL ? add->world.plugins : (const char *const *)recorded.plugins,
    };
    struct registry *registry = registry_new(add->world.protocols);
    struct plan *plan = plan_load(path, &overrides, registry, errors);
    fputs(errors->str, stderr);
    status = plan == NULL ? EXIT_USAGE
                          : take_finding(add->source, json_object_get(recorded.run, "findings"),
                                         plan, failure);
    if (status == EXIT_PASS) {
        g_autofree char *seed = sweep_seed_text(recorded.seed);
        failure->scenario = json_load_file(path, 0, NULL);
        failure->name = g_strdup(plan->name);
        json_object_set_new(failure->scenario, "seed", json_string(seed));
    }
    plan_free(plan);
    registry_free(registry);
    recorded_done(&recorded);
    return status;
}

/* ---- A scenario ------------------------------------------------------------------------------ */

/* The seed that it runs with, said or not. */
static void say_seed(const struct failure *failure, const json_t *line)
{
    json_object_set(failure->scenario, "seed", json_object_get(line, "seed"));
}

static int take_file(const struct corpus_add *add, struct failure *failure)
{
    char *files[] = { (char *)add->source, NULL };
    json_t *lines = NULL;
    int status = corpus_try(&add->world, files, 1, &lines);
    const json_t *line = json_array_get(lines, 0);
    if (status == EXIT_PASS)
        status = take_finding(add->source, json_object_get(line, "findings"), NULL, failure);
    if (status == EXIT_PASS) {
        const char *cause = text_of(line, "cause");
        g_free(failure->cause);
        failure->cause = g_strdup(cause);
        failure->scenario = json_load_file(add->source, 0, NULL);
        failure->folder = g_path_get_dirname(add->source);
        failure->name = g_strdup(text_of(failure->scenario, "name"));
        if (g_str_has_suffix(failure->name, "-shrunk"))
            failure->name[strlen(failure->name) - strlen("-shrunk")] = '\0';
        say_seed(failure, line);
        if (json_object_get(failure->scenario, "extends") != NULL) {
            complain("%s extends another scenario; an entry runs by itself: clustersim shrink %s "
                     "-o FILE makes one of it",
                     add->source, add->source);
            status = EXIT_USAGE;
        }
    }
    json_decref(lines);
    return status;
}

/* ---- The entry ------------------------------------------------------------------------------- */

/* The plug-ins that it names are found from where it will be: by a relative name where they lie
 * below the scenario's folder. */
static void place_plugins(const struct failure *failure, const char *place)
{
    g_autofree char *above = g_path_get_dirname(place);
    g_autofree char *to = g_canonicalize_filename(above, NULL);
    g_autofree char *prefix = g_strconcat(to, "/", NULL);
    g_autofree char *from =
        g_canonicalize_filename(failure->folder != NULL ? failure->folder : above, NULL);
    json_t *list = json_object_get(failure->scenario, "plugins");
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *name = json_string_value(json_array_get(list, i));
        cs_assert(name != NULL);
        g_autofree char *whole = g_canonicalize_filename(name, from);
        bool below = g_str_has_prefix(whole, prefix);
        g_autofree char *relative = g_strconcat("../", below ? whole + strlen(prefix) : "", NULL);
        json_array_set_new(list, i, json_string(below ? relative : whole));
    }
}

/* Its text: what is said of it first, then what was found, then the scenario.  g_free. */
static char *entry_text(const struct failure *failure, const char *place)
{
    cs_assert(failure->check != NULL);
    cs_assert(failure->cause != NULL);
    g_autofree char *base = g_path_get_basename(place);
    json_t *whole = json_object();
    json_t *about = json_object_get(failure->scenario, "about");
    if (about != NULL)
        json_object_set(whole, "about", about);
    json_object_set_new(whole, "found",
                        json_pack("{s:s, s:s, s:s}", "scenario", base, "check", failure->check,
                                  "cause", failure->cause));
    json_object_del(failure->scenario, "found");
    json_object_del(failure->scenario, "expect");
    json_object_del(failure->scenario, "$schema");
    json_object_update(whole, failure->scenario);
    GString *text = g_string_new(NULL);
    json_text_add(text, whole, 0);
    g_string_append_c(text, '\n');
    json_decref(whole);
    return g_string_free(text, FALSE);
}

/* "nemesis-election_safety-0x14".  g_free. */
static char *name_of(const struct corpus_add *add, const struct failure *failure, const char *place)
{
    uint64_t seed = 0;
    g_autofree char *wrong = value_seed(text_of(failure->scenario, "seed"), &seed);
    cs_assert(wrong == NULL);
    if (add->name != NULL)
        return g_strdup(add->name);
    g_autofree char *base = g_path_get_basename(place);
    if (g_str_has_suffix(base, ".json"))
        base[strlen(base) - strlen(".json")] = '\0';
    return g_strdup_printf("%s-%s-0x%" G_GINT64_MODIFIER "x", base, failure->check, seed);
}

/* False if the corpus has the same under another name, which is told. */
static bool is_new(const GPtrArray *entries, const struct failure *failure)
{
    for (guint i = 0; i < entries->len; i++) {
        const struct corpus_entry *entry = g_ptr_array_index(entries, i);
        g_autofree char *seed = sweep_seed_text(entry->seed);
        if (strcmp(entry->check, failure->check) != 0 ||
            strcmp(entry->cause, failure->cause) != 0 ||
            strcmp(seed, text_of(failure->scenario, "seed")) != 0)
            continue;
        complain("%s has this seed and finding already", entry->path);
        return false;
    }
    return true;
}

/* Write a file that is not there yet. */
static int write_new(const char *path, const char *text)
{
    g_autofree char *folder = g_path_get_dirname(path);
    if (g_mkdir_with_parents(folder, 0755) != 0) {
        complain("%s cannot be made: %s", folder, g_strerror(errno));
        return EXIT_ENVIRONMENT;
    }
    if (g_file_test(path, G_FILE_TEST_EXISTS)) {
        complain("%s is there already; --name says another name", path);
        return EXIT_USAGE;
    }
    g_autoptr(GError) error = NULL;
    if (g_file_set_contents(path, text, -1, &error))
        return EXIT_PASS;
    complain("%s cannot be written: %s", path, error->message);
    return EXIT_ENVIRONMENT;
}

static int write_entry(const struct corpus_add *add, const struct failure *failure, char **ret_path)
{
    cs_assert(failure->scenario != NULL);
    g_autofree char *place = place_of(add, failure);
    if (place == NULL)
        return EXIT_USAGE;
    g_autoptr(GPtrArray) entries = corpus_read(place);
    if (entries == NULL || !is_new(entries, failure))
        return EXIT_USAGE;
    g_autofree char *name = name_of(add, failure, place);
    if (!name_valid(name)) {
        complain("--name \"%s\": a name is of letters, digits, '.', '_' and '-'", name);
        return EXIT_USAGE;
    }
    g_autofree char *file = g_strconcat(name, ".json", NULL);
    g_autofree char *folder = corpus_folder(place);
    g_autofree char *path = g_build_filename(folder, file, NULL);
    place_plugins(failure, place);
    g_autofree char *text = entry_text(failure, place);
    int status = write_new(path, text);
    if (status == EXIT_PASS)
        *ret_path = g_steal_pointer(&path);
    return status;
}

int corpus_add(const struct corpus_add *add, char **ret_path)
{
    struct failure failure = { 0 };
    int status =
        recorded_is_run(add->source) ? take_folder(add, &failure) : take_file(add, &failure);
    if (status == EXIT_PASS)
        status = write_entry(add, &failure, ret_path);
    failure_done(&failure);
    return status;
}
