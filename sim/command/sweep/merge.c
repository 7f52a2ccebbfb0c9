/* merge: the shards of a sweep become one. */
#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>

#include "command/command.h"
#include "command/sweep/sweep.h"

struct settings {
    char *out, *format, *junit;
    bool json;
};

/* Whether two folders hold parts of one sweep; says why not. */
static bool fits(const json_t *first, const char *first_folder, const json_t *other,
                 const char *folder)
{
    if (!json_equal(json_object_get(first, "build"), json_object_get(other, "build"))) {
        complain("%s and %s are of different builds", first_folder, folder);
        return false;
    }
    if (!json_equal(json_object_get(first, "cells"), json_object_get(other, "cells"))) {
        complain("%s and %s are of different sweeps", first_folder, folder);
        return false;
    }
    return true;
}

/* Name the runs that are missing, cell by cell. */
static void tell_missing(const struct sweep_space *space, const struct sweep_store *store)
{
    uint64_t count = 0, first = 0;
    for (uint64_t number = 0; number < space->total; number++) {
        uint64_t seed = 0, next = 0;
        size_t cell = sweep_locate(space, number, &seed);
        if (!sweep_store_has(store, number) && count++ == 0)
            first = seed;
        bool last = number + 1 == space->total || sweep_locate(space, number + 1, &next) != cell;
        if (!last || count == 0)
            continue;
        const json_t *about = json_array_get(space->cells, cell);
        g_autofree char *choice = sweep_choice(about);
        g_autofree char *text = sweep_seed_text(first);
        complain("%s%s%s: %" G_GUINT64_FORMAT " runs are missing, the first is seed %s",
                 json_string_value(json_object_get(about, "scenario")), *choice != '\0' ? " " : "",
                 choice, count, text);
        count = 0;
    }
}

static int read_folder(struct sweep_store *store, const json_t *manifest, const char *first,
                       const char *folder)
{
    json_t *other = sweep_read_manifest(folder);
    bool good = other != NULL && fits(manifest, first, other, folder);
    bool differs = false;
    json_decref(other);
    if (!good)
        return EXIT_USAGE;
    g_autofree char *runs = g_build_filename(folder, "runs.jsonl", NULL);
    if (sweep_store_read(store, runs, &differs))
        return EXIT_PASS;
    return differs ? EXIT_NONDETERMINISM : EXIT_ENVIRONMENT;
}

static int merge(int count, char **folders, const struct settings *settings)
{
    json_t *manifest = sweep_read_manifest(folders[0]);
    struct sweep_space space;
    if (manifest == NULL)
        return EXIT_USAGE;
    bool good = sweep_space_of(manifest, &space);
    cs_assert(good);
    json_object_set_new(manifest, "shard", json_null());
    struct sweep_store *store = sweep_store_new(&space);
    int status = EXIT_PASS;
    for (int i = 0; i < count && status == EXIT_PASS; i++)
        status = read_folder(store, manifest, folders[0], folders[i]);
    if (status == EXIT_PASS && g_mkdir_with_parents(settings->out, 0755) != 0) {
        complain("%s cannot be made: %s", settings->out, g_strerror(errno));
        status = EXIT_ENVIRONMENT;
    }
    if (status == EXIT_PASS) {
        bool complete = sweep_store_count(store) == space.total;
        if (!complete)
            tell_missing(&space, store);
        const struct sweep_outlet outlet = {
            .folder = settings->out,
            .junit = settings->junit,
            .json = settings->json,
            .stopped = complete ? NULL : "the folders do not have them",
            .wanted = space.total,
            .judged = complete,
        };
        status = sweep_finish(manifest, store, &outlet);
        if (!complete)
            status = (int)exit_worse((enum exit_status)status, EXIT_INCONCLUSIVE);
    }
    sweep_store_free(store);
    json_decref(manifest);
    return status;
}

int merge_main(const struct verb *verb, int argc, char **argv,
               const struct cs_protocol *const *protocols)
{
    (void)protocols;
    struct settings settings = { 0 };
    const GOptionEntry entries[] = {
        { "out", 0, 0, G_OPTION_ARG_FILENAME, &settings.out,
          "write results into this folder; by default results/merged", "DIR" },
        { "junit", 0, 0, G_OPTION_ARG_FILENAME, &settings.junit, "write JUnit's XML, too", "FILE" },
        OPTION_FORMAT(settings.format),
        { 0 },
    };
    int status = EXIT_PASS;
    if (options_parse(verb, entries, &argc, &argv, &status)) {
        if (settings.out == NULL)
            settings.out = g_strdup("results/merged");
        if (argc < 2)
            complain("merge needs the folders of sweeps; see clustersim merge --help");
        bool good = argc >= 2 && format_is_json(settings.format, &settings.json);
        status = good ? merge(argc - 1, argv + 1, &settings) : EXIT_USAGE;
    }
    g_free(settings.out);
    g_free(settings.format);
    g_free(settings.junit);
    return status;
}
