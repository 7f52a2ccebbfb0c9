/* Sweeps: many runs, of cells (a scenario and a choice from its matrix) and seeds.
 *
 * Before the others come the cells of the scenarios' corpus, of one run each: every entry as it is
 * stored, and its seed in each cell of its scenario.  They are runs like others, but told apart.
 *
 * Every run has a number: cells in order, in each its seeds in order.  A run becomes one line of
 * JSON that depends on the run alone, so runs.jsonl, sorted by number, has the same bytes whoever
 * ran what where.  The manifest, sweep.json, says what the cells are; it and the lines are all that
 * a summary is made of. */
#ifndef COMMAND_SWEEP_H
#define COMMAND_SWEEP_H
#include <glib.h>
#include <jansson.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "host/registry.h"
#include "scenario/plan.h"

#define SWEEP_RUNS_MAX UINT64_C(1000000000)

/* ---- Cells ----------------------------------------------------------------------------------- */

struct sweep_cell {
    const char *file;           /* the scenario, as given; or an entry's, interned */
    const char *corpus;         /* the entry's name, interned; NULL: it is a cell of seeds */
    bool stored;                /* the entry itself, not its seed in the scenario */
    char **sets;                /* --set of all, then the matrix' choice; NULL-terminated */
    const char *const *plugins; /* borrowed; NULL-terminated, or NULL */
    uint64_t first, last, base; /* seeds, and the number of the first run */
    GPtrArray *metrics;         /* struct threshold: whose values thresholds over runs need;
                                   borrowed from `plan` */
    struct plan *plan;          /* of the first seed, then of whichever runs */
    struct registry *registry;
};

/* What the command line says about all scenarios. */
struct sweep_request {
    char **files;
    size_t file_count;
    char **sets, **plugins, **matrix; /* NULL-terminated, or NULL */
    bool has_seeds, no_corpus;
    uint64_t first, last;
    const struct cs_protocol *const *protocols;
};

/* Check everything and make the cells (struct sweep_cell) and the manifest.  False if anything is
 * wrong, which is then told. */
bool sweep_cells(const struct sweep_request *request, GArray **ret_cells, json_t **ret_manifest);
void sweep_cells_free(GArray *cells);

/* ---- Numbers of runs ------------------------------------------------------------------------- */

struct sweep_space {
    const json_t *cells; /* of the manifest */
    uint64_t total;
};

/* False if it is not a manifest's. */
bool sweep_space_of(const json_t *manifest, struct sweep_space *ret_space);
/* The number of a line of runs.jsonl; false if it belongs to no cell. */
bool sweep_number(const struct sweep_space *space, const json_t *line, uint64_t *ret_number);
/* The cell of a run, and its seed. */
size_t sweep_locate(const struct sweep_space *space, uint64_t number, uint64_t *ret_seed);
/* "0x" and sixteen digits.  g_free. */
char *sweep_seed_text(uint64_t seed);

/* The command that gives one run again.  g_free. */
char *sweep_replay(const json_t *cell, uint64_t seed);
/* The command that shows what happened around a time of it.  g_free. */
char *sweep_look(const json_t *cell, uint64_t seed, uint64_t at_ns);
/* The command that looks for the smallest scenario that fails so.  g_free. */
char *sweep_shrink(const json_t *cell, uint64_t seed);
/* Of a manifest's cell: the entry of the corpus that it is of, or NULL. */
const char *sweep_corpus(const json_t *cell);
/* What the cell chose: "/topology/links/default/loss=0.01", "" without a matrix.  g_free. */
char *sweep_choice(const json_t *cell);

/* ---- One run --------------------------------------------------------------------------------- */

/* Run, and tell it in one line, without its end.  *ret_status is the exit status that `run` would
 * have.  The cell's plan becomes that of the seed.  g_free. */
char *sweep_run(const struct sweep_cell *cell, size_t index, uint64_t seed,
                const struct cs_protocol *const *protocols, uint32_t *ret_status);
/* The line of a run that has not told one: "crashed" (status 70) or, by the wall-clock guard,
 * "stopped" (status 4). */
char *sweep_lost_run(const json_t *cell, size_t index, uint64_t seed, const char *ended,
                     uint32_t status, const char *detail);

/* "check: detail" without what differs from seed to seed; the nodes are those of `plan`, which may
 * be NULL.  g_free. */
char *sweep_cause(const struct plan *plan, const char *check, const char *detail);

/* ---- Lines on disk --------------------------------------------------------------------------- */

struct sweep_store;
struct sweep_store *sweep_store_new(const struct sweep_space *space);
void sweep_store_free(struct sweep_store *store);
/* Have a folder, which is there, to itself until the store is freed or the process ends, however
 * that happens; false, with a complaint, if another sweep has it. */
bool sweep_store_claim(struct sweep_store *store, const char *folder);
/* In a process of its own: leave the folder to whom it was forked from. */
void sweep_store_leave(struct sweep_store *store);
/* Take over the complete lines of a file; a line cut short at its end is left out, a missing file
 * has none.  False, and it is told, if it cannot be read or a run is there twice and differs
 * (*ret_differs). */
bool sweep_store_read(struct sweep_store *store, const char *path, bool *ret_differs);
/* What is added from now on goes to this file, line by line. */
bool sweep_store_open(struct sweep_store *store, const char *path);
bool sweep_store_add(struct sweep_store *store, uint64_t number, const char *line, uint32_t status);
bool sweep_store_has(const struct sweep_store *store, uint64_t number);
uint64_t sweep_store_count(const struct sweep_store *store);
uint64_t sweep_store_failed(const struct sweep_store *store);
/* The number of the `failures`th failed run, beyond which nothing is wanted; with fewer, or 0, the
 * number of all runs. */
uint64_t sweep_store_horizon(const struct sweep_store *store, uint64_t failures);
/* Forget what comes after the `failures`th failed run. */
void sweep_store_cut(struct sweep_store *store, uint64_t failures);
/* Write all lines in their order, in one step. */
bool sweep_store_write(struct sweep_store *store, const char *path);

/* ---- Workers --------------------------------------------------------------------------------- */

struct sweep_limits {
    unsigned workers;
    uint64_t shard, shards; /* runs whose number is `shard` modulo `shards` */
    uint64_t failures_max;  /* 0: no limit */
    uint64_t budget_ms;     /* of wall-clock time; 0: no limit */
    uint64_t guard_ms;      /* for one run */
};

/* Read --shard, "2/3" for the second of three; NULL is all.  "auto" takes it from the variables of
 * the CI system, and tells which.  False, and a complaint, if that names none. */
bool sweep_read_shard(const char *text, struct sweep_limits *limits);

enum sweep_end { SWEEP_DONE, SWEEP_INTERRUPTED, SWEEP_FAILURES_MAX, SWEEP_BUDGET, SWEEP_BROKEN };

/* Run what the store does not have yet. */
enum sweep_end sweep_work(const GArray *cells, const struct sweep_space *space,
                          const struct sweep_limits *limits, struct sweep_store *store,
                          const struct cs_protocol *const *protocols,
                          const volatile sig_atomic_t *interrupted);

/* ---- What came out --------------------------------------------------------------------------- */

/* The summary of runs.jsonl, as in sweep.json; NULL, and it is told, if that cannot be read.
 * `wanted` is how many runs there should be; thresholds over runs, and what must be reached, are
 * judged only with `judged`. */
json_t *sweep_summary(const json_t *manifest, const char *runs_path, uint64_t wanted, bool judged);
int sweep_summary_status(const json_t *summary);
void sweep_summary_print(const json_t *manifest, const json_t *summary, const char *folder,
                         FILE *file);
/* JUnit's XML. */
bool sweep_junit_write(const json_t *manifest, const char *runs_path, const char *path);
/* GitHub's annotations and step summary, where its variables say that there is somebody to read
 * them. */
void sweep_tell_github(const json_t *manifest, const json_t *summary);

/* Judge what the store holds, write sweep.json and runs.jsonl into `folder`, and tell it.  Takes
 * over nothing; returns the exit status. */
struct sweep_outlet {
    const char *folder, *junit; /* junit may be NULL */
    bool json;
    const char *stopped; /* why there are not all runs, or NULL */
    uint64_t wanted;     /* runs */
    bool judged;
};
int sweep_finish(json_t *manifest, struct sweep_store *store, const struct sweep_outlet *outlet);
/* Write sweep.json; complains. */
bool sweep_write_manifest(const json_t *manifest, const char *folder);
json_t *sweep_read_manifest(const char *folder);

#endif
