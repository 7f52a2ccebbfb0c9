/* One run: a plan in, everything that was seen out. */
#ifndef COMMAND_SIMULATE_H
#define COMMAND_SIMULATE_H
#include <signal.h>

#include "base/text.h"
#include "command/command.h"
#include "command/narration.h"
#include "report/finding.h"
#include "report/picture.h"
#include "report/report.h"
#include "scenario/plan.h"

/* Where a run is looked at, once, which changes nothing of it: when all events before `at_ns` have
 * been handled, or, with an `event` above 0, all those before that one (they count from 1). */
struct simulation_stop {
    uint64_t at_ns, event;
    void (*on_stop)(void *argument, struct cluster *cluster);
    void *argument;
    bool reached;
};

struct simulation;

struct simulation_options {
    const volatile sig_atomic_t *interrupted; /* stop early when it is not 0; may be NULL */
    void (*on_progress)(void *argument, uint64_t now_ns, uint64_t end_ns); /* may be NULL */
    void *argument;
    /* Nothing has happened yet; may be NULL. */
    void (*on_begin)(void *argument, const struct plan *plan, struct cluster *cluster);
    void *begin_argument;
    /* An assertion failed, or worse, and the process is about to end; may be NULL. */
    void (*on_failure)(void *argument, const struct simulation *simulation);
    void *failure_argument;
    const char *replay;          /* the command that gives this run again, for a failed assertion */
    struct narration *narration; /* NULL: nothing is told */
    struct simulation_stop *stops;
    size_t stop_count;
    uint64_t break_event; /* cs_breakpoint() is called there; 0: nowhere */
    /* In place of cluster_run(), where something else than the queue says how time passes; it needs
     * no stop and no break.  NULL: none. */
    bool (*pace)(void *argument, uint64_t until_ns);
    void *pace_argument;
};

struct simulation {
    const struct plan *plan;
    void (*on_failure)(void *argument, const struct simulation *simulation);
    void *failure_argument;
    char *replay;
    struct cluster *cluster;
    struct history *history;
    struct load *load;
    struct timeline_options timeline_options;
    struct timeline *timeline;
    struct verifier *verifier;
    struct samples *samples;
    GArray *findings;         /* struct finding, worst first once it is judged */
    struct picture *evidence; /* of what is not linearizable, or NULL */
    GArray *thresholds;       /* struct threshold_result; NULL if the run did not come to its end */
    bool judged;
    enum verdict verdict;
    uint64_t digest;
    uint64_t end_ns;                      /* simulated */
    uint64_t progress_after_heal;         /* operations */
    uint64_t linearizable_seen;           /* answers that could have been wrong */
    uint64_t weak_seen[WEAK_MODEL_COUNT]; /* likewise, by weaker promises */
    struct cs_text stuck;                 /* why there was none, as ". kv has no leader: …" */
    struct simulation *watched_before;    /* an earlier one that is not freed yet, or NULL */
};

struct simulation *simulation_run(const struct plan *plan,
                                  const struct simulation_options *options);
/* The worst finding gives the verdict, one that is added after the run too. */
void simulation_add_finding(struct simulation *simulation, enum verdict verdict, const char *check,
                            uint64_t at_ns, const char *format, ...) G_GNUC_PRINTF(5, 6);
/* What can be read off it, and every check: run_report_init(). */
void simulation_report(struct simulation *simulation, struct run_report *report);
void simulation_free(struct simulation *simulation);

/* What became of the checks that are no oracles. */
struct report_check simulation_liveness(const struct simulation *simulation);
struct report_check simulation_linearizable(const struct simulation *simulation);
struct report_check simulation_weak(const struct simulation *simulation, enum weak_model weak);

/* Whether a run ended as its scenario says it must. */
bool simulation_as_expected(const struct simulation *simulation);
/* The exit status that follows. */
enum exit_status simulation_status(const struct simulation *simulation);

#endif
