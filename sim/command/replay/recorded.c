/* See recorded.h. */
#include "command/replay/recorded.h"

#include <errno.h>
#include <string.h>

#include "command/command.h"
#include "scenario/value.h"

bool recorded_is_run(const char *path)
{
    g_autofree char *name = g_path_get_basename(path);
    return g_file_test(path, G_FILE_TEST_IS_DIR) || strcmp(name, "run.json") == 0;
}

/* ---- Files ----------------------------------------------------------------------------------- */

static char *read_text(const char *folder, const char *name, int *ret_status)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);
    g_autoptr(GError) error = NULL;
    char *text = NULL;
    if (g_file_get_contents(path, &text, NULL, &error))
        return text;
    bool missing = g_error_matches(error, G_FILE_ERROR, G_FILE_ERROR_NOENT);
    g_autofree char *sweep = g_build_filename(folder, "sweep.json", NULL);
    *ret_status = missing ? EXIT_USAGE : EXIT_ENVIRONMENT;
    if (!missing) {
        complain("%s", error->message);
    } else if (g_file_test(sweep, G_FILE_TEST_EXISTS)) {
        complain("%s holds a sweep, not a run; its summary has a command for each failure", folder);
    } else {
        complain("%s holds no results of a run: there is no %s in it", folder, name);
    }
    return NULL;
}

static json_t *read_json(const char *folder, const char *name, int *ret_status)
{
    g_autofree char *text = read_text(folder, name, ret_status);
    json_error_t error;
    json_t *json = text == NULL ? NULL : json_loads(text, 0, &error);
    if (text != NULL && json == NULL) {
        complain("%s/%s:%d:%d: %s", folder, name, error.line, error.column, error.text);
        *ret_status = EXIT_USAGE;
    }
    return json;
}

/* ---- run.json -------------------------------------------------------------------------------- */

static bool read_digest(const json_t *run, uint64_t *ret_digest)
{
    const char *text = json_string_value(json_object_get(run, "digest"));
    guint64 digest = 0;
    if (text == NULL || !g_str_has_prefix(text, "xxh3:") ||
        !g_ascii_string_to_unsigned(text + strlen("xxh3:"), 16, 0, UINT64_MAX, &digest, NULL))
        return false;
    *ret_digest = digest;
    return true;
}

static bool take_run(struct recorded *recorded)
{
    const json_t *run = recorded->run, *format = json_object_get(run, "format");
    const char *seed = json_string_value(json_object_get(run, "seed"));
    const char *verdict = json_string_value(json_object_get(run, "verdict"));
    recorded->build = json_string_value(json_object_get(run, "build"));
    if (json_is_integer(format) && json_integer_value(format) != 1) {
        complain("%s/run.json is of format %" JSON_INTEGER_FORMAT "; this reads format 1",
                 recorded->folder, json_integer_value(format));
        return false;
    }
    g_autofree char *wrong = seed != NULL ? value_seed(seed, &recorded->seed) : g_strdup("");
    if (!json_is_integer(format) || recorded->build == NULL || verdict == NULL || wrong != NULL ||
        !read_digest(run, &recorded->digest)) {
        complain("%s/run.json is not what a run has written", recorded->folder);
        return false;
    }
    if (g_strcmp0(json_string_value(json_object_get(run, "host")), "live") == 0) {
        complain("%s: the run was live, so it cannot be replayed as a whole: real time does not "
                 "come again; "
                 "clustersim live --record DIR keeps a log of each node, and clustersim replay "
                 "--node LOG "
                 "replays that",
                 recorded->folder);
        return false;
    }
    if (strcmp(verdict, "interrupted") == 0) {
        complain("%s: the run was interrupted, so there is nothing to compare with; run it anew: "
                 "clustersim run %s --seed %s",
                 recorded->folder, recorded->scenario, seed);
        return false;
    }
    return true;
}

/* ---- Plug-ins -------------------------------------------------------------------------------- */

char *recorded_find(const char *folder, const char *name)
{
    g_autofree char *above = g_canonicalize_filename(folder, NULL);
    for (;;) {
        char *file = g_build_filename(above, name, NULL);
        if (g_file_test(file, G_FILE_TEST_EXISTS))
            return file;
        g_free(file);
        if (strcmp(above, "/") == 0)
            return g_strdup(name);
        char *next = g_path_get_dirname(above);
        g_free(above);
        above = next;
    }
}

static void add_plugins(GPtrArray *files, const struct recorded *recorded, const json_t *list,
                        bool beside)
{
    size_t index = 0;
    const json_t *item = NULL;
    json_array_foreach(list, index, item)
    {
        const char *name = json_string_value(item);
        if (name == NULL)
            continue;
        g_autofree char *there = g_build_filename(recorded->folder, name, NULL);
        bool found = beside && (g_path_is_absolute(name) || g_file_test(there, G_FILE_TEST_EXISTS));
        if (!found)
            g_ptr_array_add(files, recorded_find(recorded->folder, name));
    }
}

/* ---- The whole ------------------------------------------------------------------------------- */

static bool read_log(struct recorded *recorded)
{
    g_autofree char *path = g_build_filename(recorded->folder, "digest.log", NULL);
    if (!g_file_test(path, G_FILE_TEST_EXISTS))
        return true;
    g_autoptr(GError) error = NULL;
    recorded->log = digest_log_read(path, &error);
    if (recorded->log == NULL) {
        complain("%s", error->message);
        return false;
    }
    bool fits = recorded->log->digest == recorded->digest && recorded->log->seed == recorded->seed;
    if (!fits)
        complain("%s is the log of another run than run.json beside it", path);
    return fits;
}

static int read_all(struct recorded *recorded)
{
    int status = EXIT_PASS;
    recorded->run = read_json(recorded->folder, "run.json", &status);
    if (recorded->run == NULL)
        return status;
    if (!take_run(recorded))
        return EXIT_USAGE;
    json_t *scenario = read_json(recorded->folder, "scenario.json", &status);
    if (scenario == NULL)
        return status;
    GPtrArray *files = g_ptr_array_new();
    add_plugins(files, recorded, json_object_get(recorded->run, "plugins"), false);
    add_plugins(files, recorded, json_object_get(scenario, "plugins"), true);
    g_ptr_array_add(files, NULL);
    recorded->plugins = (char **)g_ptr_array_free(files, FALSE);
    json_decref(scenario);
    return read_log(recorded) ? EXIT_PASS : EXIT_USAGE;
}

int recorded_read(const char *path, struct recorded *ret_recorded)
{
    struct recorded recorded = {
        .folder = g_file_test(path, G_FILE_TEST_IS_DIR) ? g_strdup(path) : g_path_get_dirname(path),
    };
    recorded.scenario = g_build_filename(recorded.folder, "scenario.json", NULL);
    int status = read_all(&recorded);
    if (status == EXIT_PASS) {
        cs_assert(recorded.run != NULL);
        cs_assert(recorded.plugins != NULL);
        *ret_recorded = recorded;
    } else {
        recorded_done(&recorded);
    }
    return status;
}

void recorded_done(struct recorded *recorded)
{
    json_decref(recorded->run);
    digest_log_free(recorded->log);
    g_strfreev(recorded->plugins);
    g_free(recorded->folder);
    g_free(recorded->scenario);
    *recorded = (struct recorded){ 0 };
}
