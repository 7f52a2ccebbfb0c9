/* The corpus: what once failed, kept beside the scenario that it was found in.
 *
 * An entry is a scenario that runs by itself, seeds/NAME.json in the folder of its scenario, with
 * what was found in its key "found".  Its seed is that of the first failure: as long as nothing
 * else changes it fails in the scenario itself too; the entry outlives that. */
#ifndef COMMAND_CORPUS_H
#define COMMAND_CORPUS_H
#include <glib.h>
#include <jansson.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "clustersim/protocol.h"

/* ---- Entries --------------------------------------------------------------------------------- */

struct corpus_entry {
    char *name;     /* of the file, without .json */
    char *path;     /* of the file */
    char *scenario; /* the file in the folder above */
    char *check, *cause;
    uint64_t seed;
};

/* The folder of the entries of a scenario.  g_free. */
char *corpus_folder(const char *scenario);
/* The entries of a scenario (struct corpus_entry, which the array owns), in the order of their
 * names.  All entries in the folder must be whole, of scenarios that are there, and different.
 * NULL, and all that is wrong is told with its place, if one is not. */
GPtrArray *corpus_read(const char *scenario);

/* ---- Running them ---------------------------------------------------------------------------- */

struct corpus_world {
    const char *const *plugins; /* NULL-terminated, or NULL */
    const struct cs_protocol *const *protocols;
    unsigned workers;
    const volatile sig_atomic_t *interrupted;
};

/* Run files as scenarios that are to pass, each in a process of its own: what sweep_run() tells of
 * each, in their order.  Files that are no scenarios are told: EXIT_USAGE; or EXIT_INTERRUPTED. */
int corpus_try(const struct corpus_world *world, char **files, size_t count, json_t **ret_lines);

/* ---- The verb -------------------------------------------------------------------------------- */

struct corpus_add {
    const char *source;   /* a folder of results, or a scenario */
    const char *scenario; /* NULL: the one below this folder that bears the name */
    const char *name;     /* NULL: made of scenario, check and seed */
    struct corpus_world world;
};
/* Make an entry.  EXIT_PASS and its file (g_free), or what to exit with after it was told. */
int corpus_add(const struct corpus_add *add, char **ret_path);

#endif
