/* The plan: a scenario, checked, with every name resolved and every default filled in.  What runs
 * is made from it alone.  A plan owns everything that it points to. */
#ifndef SCENARIO_PLAN_H
#define SCENARIO_PLAN_H
#include <glib.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "fault/timeline.h"
#include "host/cluster.h"
#include "host/registry.h"
#include "load/workload.h"
#include "measure/threshold.h"
#include "verify/oracle.h"
#include "verify/weak.h"

enum verdict {
    VERDICT_PASS,
    VERDICT_VIOLATION,
    VERDICT_THRESHOLD,
    VERDICT_INCONCLUSIVE,
    VERDICT_UNEXPECTED,
    VERDICT_NONDETERMINISM,
    VERDICT_INTERRUPTED,
};
const char *verdict_name(enum verdict verdict);

struct plan_check {
    const char *name; /* an oracle's, "liveness", "linearizable" or a weaker promise's */
    bool enabled;
    bool named; /* the scenario names it: unseen, it is inconclusive; else it is left out when
                   unseen */
};

struct plan_liveness {
    bool enabled;
    uint64_t progress_within_ns; /* an operation is answered within this of the last heal */
};

struct plan_linearizable {
    bool enabled;
    uint64_t steps_max; /* for each key */
    bool witness;       /* the order that the system tells is tried first */
};

struct plan_convergence {
    bool enabled;
    uint64_t within_ns; /* all replicas are equal so long after the last operation ended */
};

struct plan_expect {
    enum verdict verdict;  /* PASS unless the scenario says otherwise */
    const char *check;     /* which check must be violated; NULL: any */
    uint32_t within_seeds; /* 0: not said */
};

struct plan_output {
    bool charts;                    /* any at all */
    const char *const *chart_names; /* NULL-terminated */
    const char *trace;              /* "none", "on-failure" or "full" */
};

/* What is asked of all runs of a sweep together. */
enum sweep_metric { SWEEP_RUNS, SWEEP_VIOLATIONS, SWEEP_FAILURES, SWEEP_METRIC };

struct plan_sweep_threshold {
    enum sweep_metric of;       /* SWEEP_METRIC: of the runs' values of threshold.metric */
    struct threshold threshold; /* its limit is in `unit` */
    enum threshold_unit unit;
};

struct plan_matrix {
    const char *pointer;
    const char *const *values; /* JSON texts, NULL-terminated */
};

struct plan_sweep {
    bool has_seeds;
    uint64_t seed_first, seed_last;
    const struct plan_matrix *matrix;
    uint32_t matrix_count;
    const struct plan_sweep_threshold *thresholds;
    uint32_t threshold_count;
};

/* One of the builds of its program that a group has in a run. */
struct plan_build {
    const char *group, *name;
    const char *const *nodes;  /* that start with it, NULL-terminated */
    const char *const *faults; /* ids of those that may bring it, NULL-terminated */
};

struct plan {
    const char *name, *about;
    const char *const *tags; /* NULL-terminated */
    const char *source;      /* the file, as it was given */
    uint64_t seed;
    uint64_t warmup_ns, duration_ns, settle_ns, window_ns;
    uint64_t events_max;
    enum heal heal;
    struct cluster_options cluster;
    const struct workload_options *workloads;
    uint32_t workload_count;
    const struct fault_options *faults;
    uint32_t fault_count;
    uint32_t placed_count; /* of them those of the timeline; behind them the nemesis' templates */
    const struct nemesis_options *nemesis; /* or NULL */
    const struct plan_check *checks; /* one for each of oracle_types, same order; then "liveness",
                                        "linearizable", those of enum weak_model and one with a
                                        NULL name */
    struct plan_liveness liveness;
    struct plan_linearizable linearizable;
    struct plan_convergence convergence;
    bool weak[WEAK_MODEL_COUNT]; /* weaker promises that the scenario asks for */
    uint64_t weak_steps_max;
    struct plan_expect expect;
    struct plan_output output;
    const struct threshold *thresholds;
    uint32_t threshold_count;
    const char *const *sometimes; /* what a sweep must reach, NULL-terminated */
    struct plan_sweep sweep;
    const char *
        effective; /* the scenario with every default filled in, as JSON text that runs by itself */
    /* By group: its reasons for cs_stop(), NULL-terminated; NULL for clients. */
    const char *const *const *allowed_stops;
    const struct plan_draws *draws; /* plan_reseed() */
    bool swarm;                     /* each seed draws another scenario: it is loaded for each */
    bool mixed_builds; /* a node starts or comes back with another build of its program */
    const struct plan_build *builds; /* of the groups that have several, group by group */
    uint32_t build_count;
    void *memory; /* the plan's own */
};

/* What a command line adds to a scenario. */
struct plan_overrides {
    bool has_seed;
    uint64_t seed;
    const char *const *sets;    /* "POINTER=JSON", NULL-terminated, or NULL */
    const char *const *plugins; /* files, NULL-terminated, or NULL */
    bool has_duration;
    uint64_t duration_ns; /* --until */
    bool again;       /* only the seed differs from a load that was good: its draws need no trial */
    const char *text; /* the scenario itself, if it is not what the file holds; else NULL */
};

/* Read, check and resolve a scenario.  On failure returns NULL, and `errors` holds every message,
 * each as it is printed: "file:line:col: error: … (at /pointer); did you mean …?" with the source
 * line and a caret.  A value that only another seed draws must be good too.  Plug-ins that the
 * scenario names are loaded into `registry`. */
struct plan *plan_load(const char *path, const struct plan_overrides *overrides,
                       struct registry *registry, GString *errors);
void plan_free(struct plan *plan);

/* Make it the plan of another seed, as if it had been loaded with that one; not of a swarm.  Only
 * the text of the effective scenario goes on naming the seed with which it was loaded. */
void plan_reseed(struct plan *plan, uint64_t seed);

/* The effective scenario, to be run from anywhere: its plug-ins by their whole paths.  The caller's
 * reference. */
json_t *plan_placed(const struct plan *plan);

/* The scenario with a timeline of what fired in a run instead of what was planned, as JSON text: it
 * replays the run without drawing any fault.  g_free. */
char *plan_replay(const struct plan *plan, const struct fault_record *const *records, size_t count);

/* The seeds of a text like "0..999" or "0x10..0x1f", the last included; one number is a range of
 * its own.  Returns NULL, or one sentence (g_free). */
char *plan_seeds(const char *text, uint64_t *ret_first, uint64_t *ret_last);

/* The format's JSON Schema (draft 2020-12), as text.  g_free. */
char *scenario_schema(void);

/* Every key as a Markdown table: key, value, default, meaning.  g_free. */
char *scenario_key_table(void);

#endif
