/* See determinism.h.
 *
 * With --twice the first run leaves a log with all its records, up to DIGEST_LOG_KEPT, and the
 * second is compared with it.  Where they part later than that only the window is known; then a
 * second pair of runs keeps the records from that window on.  What is not deterministic need not
 * show at the same place again, or at all, so that is tried a few times. */
#include "command/determinism/determinism.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "command/command.h"

enum { PAIRS_MAX = 4 };

/* ---- Options --------------------------------------------------------------------------------- */

/* "A..B": records A to B, at most DIGEST_LOG_KEPT of them. */
static bool settle_records(struct determinism *determinism)
{
    const char *text = determinism->records_text;
    uint64_t first = 0, last = 0;
    g_auto(GStrv) ends = g_strsplit(text, "..", 2);
    bool good = g_strv_length(ends) == 2 &&
                g_ascii_string_to_unsigned(ends[0], 10, 0, UINT64_MAX / 2, &first, NULL) &&
                g_ascii_string_to_unsigned(ends[1], 10, first, UINT64_MAX / 2, &last, NULL);
    if (!good || last - first >= DIGEST_LOG_KEPT) {
        complain("--records \"%s\" is no range like 4096..8191 of at most %d records", text,
                 DIGEST_LOG_KEPT);
        return false;
    }
    determinism->kept_first = first;
    determinism->kept_max = last - first + 1;
    return true;
}

/* Which options make no sense together; NULL if all is well. */
static const char *contradiction(const struct determinism *determinism, int scenario_count)
{
    bool files = determinism->log_path != NULL || determinism->compare_path != NULL;
    if (files && scenario_count != 1)
        return "--digest-log and --compare are for one scenario at a time";
    if (files && determinism->twice) {
        return "--twice compares two runs of its own: it goes with neither --digest-log nor "
               "--compare";
    }
    if (determinism->records_text != NULL && determinism->log_path == NULL)
        return "--records says what --digest-log keeps: it needs that";
    return NULL;
}

bool determinism_settle(struct determinism *determinism, int scenario_count)
{
    const char *wrong = contradiction(determinism, scenario_count);
    if (wrong != NULL) {
        complain("%s", wrong);
        return false;
    }
    determinism->logs = true;
    determinism->kept_max = determinism->twice ? DIGEST_LOG_KEPT : 0;
    if (determinism->records_text != NULL && !settle_records(determinism))
        return false;
    if (determinism->compare_path == NULL)
        return true;
    g_autoptr(GError) error = NULL;
    determinism->theirs = digest_log_read(determinism->compare_path, &error);
    if (determinism->theirs == NULL)
        complain("%s", error->message);
    determinism->against = determinism->theirs;
    return determinism->theirs != NULL;
}

static void forget_run(struct determinism *determinism)
{
    digest_log_free(determinism->log);
    determinism->log = NULL;
    if (determinism->watches)
        divergence_done(&determinism->divergence);
    determinism->watches = false;
}

void determinism_clear(struct determinism *determinism)
{
    forget_run(determinism);
    digest_log_free(determinism->theirs);
    g_free(determinism->log_text);
    g_free(determinism->log_path);
    g_free(determinism->records_text);
    g_free(determinism->compare_path);
}

static bool same_instances(const struct digest_log *log, const struct plan *plan)
{
    bool same = log->instances->len == plan->cluster.instance_count;
    for (guint i = 0; same && i < log->instances->len; i++)
        same = strcmp(log->instances->pdata[i], plan->cluster.instances[i].name) == 0;
    return same;
}

bool determinism_fits(const struct determinism *determinism, const struct plan *plan)
{
    const struct digest_log *theirs = determinism->theirs;
    if (theirs == NULL)
        return true;
    bool same = strcmp(theirs->scenario, plan->name) == 0 && same_instances(theirs, plan) &&
                (theirs->seed == plan->seed || plan->expect.within_seeds > 1);
    if (!same) {
        complain("%s is the log of another run: %s with seed 0x%016" PRIx64,
                 determinism->compare_path, theirs->scenario, theirs->seed);
    }
    return same;
}

/* ---- A run under way ------------------------------------------------------------------------- */

static void on_record(void *argument, const struct trace_record *record)
{
    struct determinism *determinism = argument;
    if (determinism->log != NULL)
        digest_log_add(determinism->log, determinism->trace, record);
    if (determinism->watches)
        divergence_add(&determinism->divergence, record);
}

void determinism_begin(void *argument, const struct plan *plan, struct cluster *cluster)
{
    struct determinism *determinism = argument;
    forget_run(determinism);
    determinism->trace = cluster_trace(cluster);
    if (determinism->logs) {
        determinism->log =
            digest_log_new(plan->name, plan->seed, determinism->kept_first, determinism->kept_max);
        for (uint32_t i = 0; i < plan->cluster.instance_count; i++) {
            g_ptr_array_add(determinism->log->instances, g_strdup(plan->cluster.instances[i].name));
        }
    }
    if (determinism->against != NULL && determinism->against->seed == plan->seed) {
        divergence_init(&determinism->divergence, determinism->against);
        divergence_watch(&determinism->divergence, cluster);
        determinism->watches = true;
    }
    if (determinism->log != NULL || determinism->watches)
        trace_set_sink(determinism->trace, on_record, determinism);
}

/* ---- Twice ----------------------------------------------------------------------------------- */

/* The log of the run that is over.  The caller frees it. */
static struct digest_log *take_log(struct determinism *determinism)
{
    struct digest_log *log = determinism->log;
    cs_assert(log != NULL);
    digest_log_end(log, determinism->trace);
    determinism->log = NULL;
    return log;
}

/* Run again and compare.  False if nothing differs, or the run was interrupted. */
static bool second_run_differs(struct determinism *determinism, const struct simulation *simulation,
                               determinism_run run, const struct digest_log *first)
{
    determinism->logs = false;
    determinism->against = first;
    struct simulation *again = run(simulation->plan, simulation->replay, determinism);
    cs_assert(determinism->watches);
    bool whole = again->verdict != VERDICT_INTERRUPTED;
    bool differs = whole && divergence_end(&determinism->divergence);
    determinism->divergence.cluster = simulation->cluster; /* only for its names */
    simulation_free(again);
    return differs;
}

/* Run again with the records from `from` on.  NULL if that was interrupted. */
static struct digest_log *first_run_again(struct determinism *determinism,
                                          const struct simulation *simulation, determinism_run run,
                                          uint64_t from)
{
    determinism->logs = true;
    determinism->kept_first = from;
    determinism->against = NULL;
    struct simulation *again = run(simulation->plan, simulation->replay, determinism);
    struct digest_log *log = take_log(determinism);
    if (again->verdict == VERDICT_INTERRUPTED) {
        digest_log_free(log);
        log = NULL;
    }
    simulation_free(again);
    return log;
}

static void judge_twice(struct determinism *determinism, struct simulation *simulation,
                        determinism_run run)
{
    struct digest_log *first = take_log(determinism);
    g_autofree char *summary = NULL;
    bool exact = false;
    for (int pair = 1; first != NULL && pair <= PAIRS_MAX; pair++) {
        bool differs = second_run_differs(determinism, simulation, run, first);
        if (!differs && summary == NULL)
            break;
        const struct divergence *divergence = &determinism->divergence;
        uint64_t from = first->first;
        if (differs) {
            g_free(summary);
            summary = divergence_summary(divergence);
            exact = divergence->exact;
            from = divergence->window_first;
        }
        if (exact || pair == PAIRS_MAX)
            break;
        digest_log_free(first);
        first = first_run_again(determinism, simulation, run, from);
    }
    if (exact)
        divergence_print(&determinism->divergence, "first", "second", stderr);
    if (summary != NULL) {
        simulation_add_finding(simulation, VERDICT_NONDETERMINISM, "digest", UINT64_MAX,
                               "two runs of one seed differ: %s", summary);
    }
    digest_log_free(first);
    /* As settled, for the next scenario. */
    determinism->logs = true;
    determinism->kept_first = 0;
    determinism->against = NULL;
}

/* ---- Logs ------------------------------------------------------------------------------------ */

static int judge_comparison(struct determinism *determinism, struct simulation *simulation)
{
    struct divergence *divergence = &determinism->divergence;
    if (!determinism->watches) {
        complain("no run had the seed of %s", determinism->compare_path);
        return EXIT_USAGE;
    }
    if (!divergence_end(divergence))
        return EXIT_PASS;
    divergence_print(divergence, "theirs", "ours", stderr);
    if (!divergence->exact) {
        fprintf(stderr,
                "for both sides of the first record that differs, make their log again with "
                "--records %" PRIu64 "..%" PRIu64 "\n",
                divergence->window_first, divergence->window_first + DIGEST_LOG_EVERY - 1);
    }
    g_autofree char *summary = divergence_summary(divergence);
    simulation_add_finding(simulation, VERDICT_NONDETERMINISM, "digest", UINT64_MAX,
                           "this run and that of %s differ: %s", determinism->compare_path,
                           summary);
    return EXIT_PASS;
}

static int write_log(struct determinism *determinism)
{
    struct digest_log *log = take_log(determinism);
    g_autoptr(GError) error = NULL;
    bool good = digest_log_write(log, determinism->log_path, &error);
    if (!good)
        complain("the digest log cannot be written: %s", error->message);
    digest_log_free(log);
    return good ? EXIT_PASS : EXIT_ENVIRONMENT;
}

/* For the results: the log as it would be without --records, which leave it the same. */
static void keep_text(struct determinism *determinism)
{
    struct digest_log *log = determinism->log;
    cs_assert(log != NULL);
    GArray *records = log->records;
    GArray *none = g_array_new(FALSE, FALSE, sizeof(struct trace_record));
    digest_log_end(log, determinism->trace);
    log->records = none;
    g_free(determinism->log_text);
    determinism->log_text = digest_log_text(log);
    log->records = records;
    g_array_free(none, TRUE);
}

int determinism_judge(struct determinism *determinism, struct simulation *simulation,
                      determinism_run run)
{
    keep_text(determinism);
    if (simulation->verdict == VERDICT_INTERRUPTED)
        return EXIT_PASS;
    int status = EXIT_PASS;
    if (determinism->theirs != NULL)
        status = judge_comparison(determinism, simulation);
    if (determinism->twice)
        judge_twice(determinism, simulation, run);
    if (determinism->log_path != NULL) {
        status =
            (int)exit_worse((enum exit_status)status, (enum exit_status)write_log(determinism));
    }
    return status;
}
