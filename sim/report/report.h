/* Reports: what a run leaves behind, in a folder of its own.
 *
 * A report is plain data.  run_report_init() reads what can be read off a finished simulation; the
 * caller adds the verdict and what led to it.  Everything that is written depends on the report
 * alone, so that two machines write the same bytes, but for host.json and the rendered charts. */
#ifndef REPORT_REPORT_H
#define REPORT_REPORT_H
#include <glib.h>
#include <jansson.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "measure/history.h"
#include "measure/metrics.h"
#include "measure/samples.h"
#include "report/finding.h"
#include "report/picture.h"
#include "scenario/plan.h"

/* What became of one check. */
struct report_check {
    const char *name;
    bool enabled; /* false: the scenario switched it off, and the rest says nothing */
    enum check_verdict verdict;
    const char *detail; /* one sentence, or "" */
    uint64_t at_ns;     /* UINT64_MAX if it has no time */
    uint64_t seen;      /* facts or operations that it judged */
};

/* What became of one of the plan's thresholds. */
struct threshold_result {
    const struct threshold *threshold;
    bool judged; /* false: there was nothing to make a number of */
    uint64_t value;
    bool met;
};

/* Sums over all instances and the whole run. */
struct report_totals {
    uint64_t events;
    uint64_t messages_sent, messages_delivered, messages_dropped;
    uint64_t messages_lost, messages_cut, messages_tail_dropped, messages_dead,
        messages_overflowed; /* what `dropped` is the sum of */
    uint64_t messages_duplicated, messages_held, messages_corrupted;
    uint64_t bytes_sent, disk_bytes, flushes, disk_waits, disk_turned_away, disk_errors,
        barriers_failed;
    uint64_t starts; /* incarnations, of clients too */
    uint64_t simulated_ns;
};

struct run_report {
    /* By the caller. */
    const char *build_id;
    enum verdict verdict;
    bool expected;              /* the run ended as its scenario says it must */
    GArray *findings;           /* struct finding, worst first; borrowed, NULL if there are none */
    const char *const *sets;    /* --set, NULL-terminated, or NULL */
    const char *const *plugins; /* --plugin, as given, NULL-terminated, or NULL */
    GArray *thresholds;         /* struct threshold_result; borrowed, NULL if there are none */
    const struct picture *evidence; /* with its file's name; borrowed, NULL if there is none */
    uint64_t wall_ns;               /* how long it took; 0 if nobody knows */
    uint64_t wall_started_s;        /* since the Unix epoch; 0 if nobody knows */
    const char *trace;              /* what trace.txt holds, borrowed; NULL: there is none */
    const char *host;               /* "live", borrowed; NULL: it was simulated */
    const char *digest_log;         /* what digest.log holds, borrowed; NULL: there is none */

    /* By run_report_init(). */
    const struct plan *plan;
    const struct history *history;
    struct sample_table samples;
    uint64_t digest;
    struct report_totals totals;
    GArray *checks;          /* struct report_check */
    GArray *faults;          /* struct fault_record, in the order in which they fired */
    struct metrics *metrics; /* of the history */
};

/* Read a finished simulation, which must outlive the report.  `samples` is finished here.  What is
 * the caller's is left alone. */
void run_report_init(struct run_report *report, const struct plan *plan, struct cluster *cluster,
                     const struct history *history, struct samples *samples,
                     const struct timeline *timeline, const struct verifier *verifier);
void run_report_done(struct run_report *report);

/* A check that is not an oracle: liveness, for one. */
void run_report_add_check(struct run_report *report, const struct report_check *check);

/* Judge the plan's thresholds by a run that came to its end: struct threshold_result, in their
 * order.  `samples` is finished here. */
GArray *report_judge_thresholds(const struct plan *plan, const struct history *history,
                                struct samples *samples, const struct timeline *timeline);
/* The number that a metric of the plan has in this run; false if it has none. */
bool report_metric(const struct run_report *report, const struct threshold *threshold,
                   uint64_t *ret_value);

/* Results as in run.json; NULL is none. */
json_t *report_thresholds_json(const GArray *results);

/* run.json, as `run --format json` prints it too. */
void report_write_run(const struct run_report *report, FILE *file);

/* "<scenario>/<seed>-<hash>": where a run's folder is below the results.  The hash covers the build
 * and the effective scenario; what an interrupted run leaves does not take the place of a whole
 * one.  The caller frees it. */
char *report_folder_name(const struct run_report *report);

/* Write the folder below `out` (which is made if need be), in place of an existing one, and let
 * `out`/latest point to it.  Nothing is seen half-written.  The scripts and data of charts are part
 * of it, their pictures are not: report_draw().
 *
 * Returns the folder's path, which the caller frees, or NULL and `error` (G_FILE_ERROR). */
char *report_write(const struct run_report *report, const char *out, GError **error);

/* Add a chart of latencies by percentile to a run's folder: its script and its data.  Curves with
 * nothing in them are left out; at least one has something.  `report` gives scenario and seed. */
struct latency_curve {
    const char *title;
    const struct histogram *latency;
};
enum { LATENCY_CURVES_MAX = 4 };
struct latency_chart {
    const char *name, *about; /* of its files, and its title */
    const struct latency_curve *curves;
    size_t count;
};
bool report_write_curves(const struct run_report *report, const char *folder,
                         const struct latency_chart *chart, GError **error);

/* Let gnuplot draw the charts of a run's folder, if it has any, for a minute at most and until
 * *interrupted (which may be NULL) is not 0.  Errors: G_SPAWN_ERROR or G_SPAWN_EXIT_ERROR if
 * gnuplot is missing, fails or is stopped; then some or all pictures are missing. */
bool report_draw(const char *folder, const volatile sig_atomic_t *interrupted, GError **error);

/* Draw them again.  Errors as of report_draw(); G_FILE_ERROR if it is not such a folder, has no
 * chart, or a chart lacks its script or data. */
bool report_plot(const char *folder, GError **error);

#endif
