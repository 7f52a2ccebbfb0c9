/* shrink: the smallest scenario that still fails in the same way.
 *
 * The search tries smaller scenarios (scenario/reduce.h) in a fixed order and takes the first that
 * fails alike, until none does.  Trials run in processes of their own, several at a time; which of
 * them is taken depends on their order alone, so that the result does not depend on how many run
 * at once.  Every answer is kept in a file: to go on after an interruption is to search again from
 * the beginning, with the answers known. */
#ifndef COMMAND_SHRINK_H
#define COMMAND_SHRINK_H
#include <glib.h>
#include <jansson.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "clustersim/protocol.h"
#include "host/registry.h"
#include "scenario/plan.h"

/* ---- What is run ----------------------------------------------------------------------------- */

struct shrink_world {
    const char *path;           /* the scenario, which file names in it count from */
    const char *const *plugins; /* NULL-terminated, or NULL */
    const char *const *sets;    /* of the first run */
    const struct cs_protocol *const *protocols;
};

/* The finding that must come again: the verdict of the run, and one of its findings by the same
 * check; of an instance that stopped itself for the same reason, of a threshold by the same
 * metric.  Of a process that died: the same first words. */
struct shrink_target {
    char *crash; /* what was said; NULL: the run ended */
    enum verdict verdict;
    char *check, *detail;
    uint64_t at_ns; /* UINT64_MAX: it has no time */
    char *reason;   /* that of `stopped`, or a threshold's metric and what was asked; else NULL */
    bool needs_faults; /* and without any fault it must not come */
    uint64_t work_max; /* events; more than the first run needed by far */
};
void shrink_target_done(struct shrink_target *target);
/* Whether an outcome of shrink_trial() has the finding. */
bool shrink_is_same(const json_t *outcome);

/* Run once, in this process, and tell what came out: findings, sizes, and the timeline of what
 * fired as a scenario ("replay").  A process that dies tells the last through `descriptor`. */
json_t *shrink_first_run(const struct shrink_world *world, bool has_seed, uint64_t seed,
                         int descriptor);
/* Run a candidate: {"same": …} and its sizes. */
json_t *shrink_trial(const struct shrink_world *world, const json_t *scenario,
                     const struct shrink_target *target, int descriptor);

/* ---- Processes ------------------------------------------------------------------------------- */

struct shrink_pool {
    unsigned workers;
    uint64_t guard_ms; /* a run that takes longer is stopped, and is not the same */
    const volatile sig_atomic_t *interrupted;
};
/* Called in a process of its own. */
typedef json_t *(*shrink_work)(void *self, size_t index, int descriptor);
/* Called here: is a result what was looked for? */
typedef bool (*shrink_found)(void *self, const json_t *result);

struct shrink_task {
    shrink_work work;
    shrink_found found;
    void *self; /* of both */
};
/* Fill results[0..count), of which some may be known already, up to the first that was looked for,
 * *ret_first, or `count`.  Those behind it may be known or not.  A process that died has the result
 * {"crashed": what it said first, "last": what it told}, and "by_clock" if it was stopped: another
 * machine might say otherwise, and it is not to be kept.  False if interrupted. */
bool shrink_pool_run(const struct shrink_pool *pool, const struct shrink_task *task, size_t count,
                     json_t **results, size_t *ret_first);

/* ---- The first run --------------------------------------------------------------------------- */

struct shrink_input {
    const char *argument; /* a folder of results, or a scenario */
    const char *file;     /* the result's place */
    bool has_seed;
    uint64_t seed;
    const char *const *sets, *const *plugins; /* NULL-terminated, or NULL */
    const struct cs_protocol *const *protocols;
};

struct shrink_base {
    struct shrink_world world;
    struct registry *registry; /* keeps plug-ins loaded */
    char *path, *build;
    json_t *scenario; /* what fired as a timeline; what has its default is not said */
    json_t *outcome;  /* of the first run */
    struct shrink_target target;
};

/* Run, and find out what is to come again.  EXIT_PASS, or what to exit with after it was told. */
int shrink_base_make(const struct shrink_input *input, const struct shrink_pool *pool,
                     struct shrink_base *ret_base);
void shrink_base_done(struct shrink_base *base);

/* ---- What is known --------------------------------------------------------------------------- */

struct shrink_state;
/* Answers of an earlier search are read with `resume`.  NULL, and it is told, if they are of
 * another search (*ret_status EXIT_USAGE) or a file cannot be used. */
struct shrink_state *shrink_state_open(const char *path, const char *identity, bool resume,
                                       int *ret_status);
void shrink_state_free(struct shrink_state *state);
/* The outcome of a candidate, or NULL.  Borrowed. */
const json_t *shrink_state_get(const struct shrink_state *state, const char *candidate);
/* Takes over `outcome`. */
void shrink_state_add(struct shrink_state *state, const char *candidate, json_t *outcome);
/* Count a candidate as asked for.  True if it was not before. */
bool shrink_state_ask(struct shrink_state *state, const char *candidate);
bool shrink_state_asked(const struct shrink_state *state, const char *candidate);
/* A candidate's name: a hash of its text.  g_free. */
char *shrink_name(const json_t *scenario);

/* ---- The search ------------------------------------------------------------------------------ */

enum shrink_end { SHRINK_DONE, SHRINK_RUNS_MAX, SHRINK_INTERRUPTED };

struct shrink_search {
    const struct shrink_pool *pool;
    struct shrink_base *base;
    struct shrink_state *state;
    uint64_t runs_max; /* 0: no limit */
    uint64_t runs;
    enum shrink_end end;
    bool out_of_luck;
    json_t *best, *best_outcome;
    /* Something smaller was found. */
    void (*on_better)(void *argument, const struct shrink_search *search);
    void *argument;
    json_t **candidates; /* under way */
};

/* Make base->scenario the best, and find out what it is held to.  False unless it has the finding,
 * or if it ended before that. */
bool shrink_search_begin(struct shrink_search *search);
/* From there to the smallest. */
void shrink_search_run(struct shrink_search *search);
void shrink_search_done(struct shrink_search *search);
/* The faults of a timeline without which the finding does not come, each left out alone: ids, or
 * NULL if the search came to its end before that. */
json_t *shrink_knock_out(struct shrink_search *search, const json_t *scenario);

/* ---- What came out --------------------------------------------------------------------------- */

struct shrink_report {
    const struct shrink_search *search;
    const char *file;
    const char *const *plugins;
    const json_t *necessary, *necessary_before; /* NULL: not found out */
    const char *state;                          /* the file by which to go on, or NULL */
};

/* The text of the file. */
char *shrink_file_text(const struct shrink_search *search);
/* One line: "3 of 23 faults, 5 of 5 nodes, …".  g_free. */
char *shrink_progress(const struct shrink_search *search);
void shrink_print(const struct shrink_report *report);
json_t *shrink_json(const struct shrink_report *report);

#endif
