/* A run that was recorded: what its folder of results tells of it. */
#ifndef COMMAND_RECORDED_H
#define COMMAND_RECORDED_H
#include <jansson.h>

#include "command/determinism/digest_log.h"

struct recorded {
    char *folder;           /* as given, or that of the run.json that was given */
    char *scenario;         /* the file of the effective scenario */
    json_t *run;            /* run.json */
    const char *build;      /* of it */
    uint64_t seed, digest;  /* of it */
    char **plugins;         /* files, NULL-terminated: those of --plugin, and of the scenario where
                               they do not lie beside it */
    struct digest_log *log; /* NULL: an older version has left none */
};

/* Whether a path is a run's folder, or its run.json: else it is taken for a scenario. */
bool recorded_is_run(const char *path);

/* A file by its relative name, in this folder or the nearest one above it that has it, or else in
 * the caller's, as repro.sh looks for it.  g_free. */
char *recorded_find(const char *folder, const char *name);

/* Read it.  EXIT_PASS; or, and a complaint, EXIT_USAGE if it is not what a whole run has left, or
 * EXIT_ENVIRONMENT if it cannot be read. */
int recorded_read(const char *path, struct recorded *ret_recorded);
void recorded_done(struct recorded *recorded);

#endif
