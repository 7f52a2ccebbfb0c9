/* What `run` does about determinism: --twice, --digest-log with --records, and --compare. */
#ifndef COMMAND_DETERMINISM_H
#define COMMAND_DETERMINISM_H
#include "command/determinism/divergence.h"
#include "command/simulate.h"

struct determinism {
    gboolean twice;
    char *log_path, *records_text, *compare_path;
    struct digest_log *theirs; /* of --compare */
    char *log_text;            /* of the run that was judged last: its log without records */
    /* What the next run has to do: leave a log, keep these records in it, compare itself. */
    bool logs;
    uint64_t kept_first, kept_max;
    const struct digest_log *against; /* or NULL */
    /* The run that is under way, or was the last. */
    struct trace *trace;
    struct digest_log *log; /* NULL: it leaves none */
    struct divergence divergence;
    bool watches; /* it is compared */
};

/* How one more run is made, with determinism_begin() for its on_begin. */
typedef struct simulation *(*determinism_run)(const struct plan *plan, const char *replay,
                                              struct determinism *determinism);

/* Read what the options name.  False, and a complaint, if they make no sense. */
bool determinism_settle(struct determinism *determinism, int scenario_count);
void determinism_clear(struct determinism *determinism);

/* Whether the run of `plan` can be compared with the log of --compare; else a complaint. */
bool determinism_fits(const struct determinism *determinism, const struct plan *plan);

/* For simulation_options.on_begin: `argument` is the struct determinism. */
void determinism_begin(void *argument, const struct plan *plan, struct cluster *cluster);

/* The run is over: compare it, and write its log.  Adds what it finds to the simulation, and tells
 * on standard error where the runs part.  Returns what this adds to the exit status. */
int determinism_judge(struct determinism *determinism, struct simulation *simulation,
                      determinism_run run);

#endif
