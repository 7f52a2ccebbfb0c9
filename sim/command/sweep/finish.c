/* What a sweep and a merge end with: the files, the summary, the exit status. */
#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>

#include "command/command.h"
#include "command/sweep/sweep.h"

bool sweep_write_manifest(const json_t *manifest, const char *folder)
{
    g_autofree char *path = g_build_filename(folder, "sweep.json", NULL);
    g_autofree char *draft = g_strconcat(path, ".draft", NULL);
    FILE *file = fopen(draft, "we");
    bool good = file != NULL && json_dumpf(manifest, file, JSON_INDENT(2)) == 0;
    good = good && fputc('\n', file) != EOF;
    if (file != NULL)
        good = fclose(file) == 0 && good;
    good = good && g_rename(draft, path) == 0;
    if (!good)
        complain("%s cannot be written: %s", path, g_strerror(errno));
    return good;
}

json_t *sweep_read_manifest(const char *folder)
{
    g_autofree char *path = g_build_filename(folder, "sweep.json", NULL);
    json_error_t error;
    json_t *manifest = json_load_file(path, 0, &error);
    struct sweep_space space;
    if (manifest == NULL) {
        complain("%s: %s", path, error.text);
        return NULL;
    }
    if (sweep_space_of(manifest, &space))
        return manifest;
    complain("%s is not what a sweep has written", path);
    json_decref(manifest);
    return NULL;
}

static int tell(const json_t *manifest, const json_t *summary, const struct sweep_outlet *outlet)
{
    const json_t *failure = json_array_get(json_object_get(summary, "failures"), 0);
    if (outlet->json) {
        print_json(manifest);
    } else {
        sweep_summary_print(manifest, summary, outlet->folder, stdout);
    }
    int status = sweep_summary_status(summary);
    if (fflush(stdout) != 0 || ferror(stdout)) {
        complain("standard output cannot be written: %s", g_strerror(errno));
        status = (int)exit_worse((enum exit_status)status, EXIT_ENVIRONMENT);
    }
    sweep_tell_github(manifest, summary);
    if (failure != NULL)
        fprintf(stderr, "again: %s\n", json_string_value(json_object_get(failure, "again")));
    return status;
}

int sweep_finish(json_t *manifest, struct sweep_store *store, const struct sweep_outlet *outlet)
{
    g_autofree char *runs = g_build_filename(outlet->folder, "runs.jsonl", NULL);
    if (!sweep_store_write(store, runs))
        return EXIT_ENVIRONMENT;
    json_t *summary = sweep_summary(manifest, runs, outlet->wanted, outlet->judged);
    if (summary == NULL)
        return EXIT_ENVIRONMENT;
    json_object_set_new(summary, "stopped",
                        outlet->stopped != NULL ? json_string(outlet->stopped) : json_null());
    json_object_set_new(manifest, "summary", summary);
    if (!sweep_write_manifest(manifest, outlet->folder))
        return EXIT_ENVIRONMENT;
    bool good = outlet->junit == NULL || sweep_junit_write(manifest, runs, outlet->junit);
    int status = tell(manifest, summary, outlet);
    return good ? status : (int)exit_worse((enum exit_status)status, EXIT_ENVIRONMENT);
}
