/* One run, from the first event to the verdict.
 *
 * The load goes on through the settling time; then it stops, what is open ends or meets its
 * deadline, every key is read once, and the oracles judge what they kept for the end. */
#include "command/simulate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/assert.h"
#include "command/command.h"
#include "command/stuck.h"
#include "fault/timeline.h"
#include "host/describe.h"
#include "host/narrate.h"
#include "load/workload.h"
#include "measure/samples.h"
#include "verify/linear_history.h"
#include "verify/oracle.h"

/* ---- Findings -------------------------------------------------------------------------------- */

/* Several findings: the worst wins, in the order that SCENARIO gives to exit codes. */
static int badness(enum verdict verdict)
{
    switch (verdict) {
    case VERDICT_PASS:
        return 0;
    case VERDICT_THRESHOLD:
        return 1;
    case VERDICT_INCONCLUSIVE:
        return 2;
    case VERDICT_UNEXPECTED:
        return 3;
    case VERDICT_VIOLATION:
        return 4;
    case VERDICT_NONDETERMINISM:
        return 5;
    case VERDICT_INTERRUPTED:
        return 6;
    }
    g_assert_not_reached();
}

static gint compare_findings(gconstpointer a, gconstpointer b)
{
    const struct finding *x = a, *y = b;
    if (x->verdict != y->verdict)
        return badness(y->verdict) - badness(x->verdict);
    if (x->at_ns != y->at_ns)
        return x->at_ns < y->at_ns ? -1 : 1;
    return strcmp(x->check, y->check);
}

/* The worst finding first; it gives the verdict. */
static void order_findings(struct simulation *simulation)
{
    g_array_sort(simulation->findings, compare_findings);
    simulation->verdict = VERDICT_PASS;
    if (simulation->findings->len > 0)
        simulation->verdict = g_array_index(simulation->findings, struct finding, 0).verdict;
}

void simulation_add_finding(struct simulation *simulation, enum verdict verdict, const char *check,
                            uint64_t at_ns, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    struct finding finding = {
        .check = check,
        .verdict = verdict,
        .detail = g_strdup_vprintf(format, arguments),
        .at_ns = at_ns,
    };
    va_end(arguments);
    g_array_append_val(simulation->findings, finding);
    if (simulation->judged)
        order_findings(simulation);
}

static void finding_clear(gpointer data)
{
    struct finding *finding = data;
    g_free(finding->detail);
}

static bool stop_is_allowed(const struct plan *plan, const char *reason)
{
    return plan->allowed_stops != NULL && g_strv_contains(plan->allowed_stops, reason);
}

static void on_end(void *self, uint64_t at_ns, uint32_t instance, enum instance_end end,
                   const char *reason)
{
    struct simulation *simulation = self;
    if (end != END_STOPPED || stop_is_allowed(simulation->plan, reason))
        return;
    simulation_add_finding(simulation, VERDICT_VIOLATION, "stopped", at_ns, "%s stopped itself: %s",
                           simulation->plan->cluster.instances[instance].name, reason);
}

/* What a failed assertion prints about the run that is under way.  Then the process ends as after
 * any other internal error: what a core file would tell, the replay command tells too. */
static void on_assertion(void *argument)
{
    const struct simulation *simulation = argument;
    fprintf(stderr,
            "seed 0x%016" G_GINT64_MODIFIER "x, at %" G_GUINT64_FORMAT " ns; the last events:\n",
            simulation->plan->seed, cluster_now(simulation->cluster));
    describe_last(simulation->cluster, 20, stderr);
    if (simulation->replay != NULL)
        fprintf(stderr, "again: %s\n", simulation->replay);
    fflush(NULL);
    _exit(EXIT_INTERNAL);
}

#if !defined(__SANITIZE_ADDRESS__)
static const struct simulation *under_way;

/* A program that reads or writes where it must not takes the process with it; not silently. */
static void on_fatal_signal(int number)
{
    const struct simulation *simulation = under_way;
    under_way = NULL;
    signal(number, SIG_DFL);
    if (simulation == NULL) {
        raise(number);
        return;
    }
    fprintf(stderr, "%s: fatal signal %d (%s)\n", simulation->plan->name, number,
            strsignal(number));
    on_assertion((void *)simulation);
}

static void catch_fatal_signals(const struct simulation *simulation)
{
    static const int numbers[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL };
    struct sigaction action = { .sa_handler = simulation != NULL ? on_fatal_signal : SIG_DFL };
    under_way = simulation;
    for (size_t i = 0; i < G_N_ELEMENTS(numbers); i++)
        sigaction(numbers[i], &action, NULL);
}
#else
/* The sanitizer has handlers of its own, which say more. */
static void catch_fatal_signals(const struct simulation *simulation) { (void)simulation; }
#endif

/* ---- Running --------------------------------------------------------------------------------- */

/* A slice takes a few milliseconds at most, however little simulated time passes in it.  A firing
 * of a fault is kept for the results, with half a kilobyte or so: more of them than this say
 * nothing that fewer do not. */
enum { SLICE_WORK = 4096, FIRINGS_MAX = 100000 };

static bool is_interrupted(const struct simulation_options *options)
{
    return options->interrupted != NULL && *options->interrupted != 0;
}

static bool fires_too_often(const struct simulation *simulation)
{
    return timeline_record_count(simulation->timeline) >= FIRINGS_MAX;
}

/* Run up to `until_ns` in slices, so that progress shows and an interruption is noticed.  Where
 * they end depends on the run alone, and so does where a limit ends it. */
static bool run_until(struct simulation *simulation, const struct simulation_options *options,
                      uint64_t until_ns)
{
    uint64_t end_ns = simulation->plan->duration_ns + simulation->plan->settle_ns;
    uint64_t work_max = simulation->plan->events_max;
    struct cluster *cluster = simulation->cluster;
    while (cluster_now(cluster) < until_ns) {
        uint64_t work = MIN(work_max, cluster_work(cluster) + SLICE_WORK);
        bool there = cluster_run(cluster, until_ns, work);
        if (options->narration != NULL)
            narration_trim(options->narration);
        bool halted = !there && cluster_work(cluster) < work;
        bool limited = !there && (work == work_max || fires_too_often(simulation));
        if (halted || limited || is_interrupted(options))
            return false;
        if (options->on_progress != NULL)
            options->on_progress(options->argument, cluster_now(cluster), end_ns);
    }
    return true;
}

/* Until nothing is open.  Every operation has a deadline, so this ends. */
static bool run_until_idle(struct simulation *simulation, const struct simulation_options *options)
{
    while (load_open_count(simulation->load) > 0) {
        uint64_t next = cluster_now(simulation->cluster) + 100000000u;
        if (!run_until(simulation, options, next))
            return false;
    }
    return true;
}

static uint64_t answered_within(const struct history *history, uint64_t from_ns, uint64_t until_ns)
{
    uint64_t count = 0;
    for (size_t i = 0; i < history_count(history); i++) {
        const struct operation *op = history_at(history, i);
        count += op->outcome == OUTCOME_OK && op->workload != HISTORY_FINAL_READ &&
                 op->ended_ns >= from_ns && op->ended_ns < until_ns;
    }
    return count;
}

/* Past the heal, up to where liveness is judged: then it shows what is stuck, if anything is. */
static bool run_past_heal(struct simulation *simulation, const struct simulation_options *options)
{
    const struct plan *plan = simulation->plan;
    uint64_t limit_ns = plan->duration_ns + MIN(plan->liveness.progress_within_ns, plan->settle_ns);
    if (!run_until(simulation, options, plan->duration_ns))
        return false;
    uint64_t *commits = stuck_mark(simulation->cluster);
    bool reached = run_until(simulation, options, limit_ns);
    bool stuck = reached && plan->liveness.enabled &&
                 answered_within(simulation->history, plan->duration_ns, limit_ns) == 0;
    if (stuck)
        stuck_describe(simulation->cluster, commits, &simulation->stuck);
    free(commits);
    return reached;
}

static bool run_all(struct simulation *simulation, const struct simulation_options *options)
{
    const struct plan *plan = simulation->plan;
    if (!run_past_heal(simulation, options))
        return false;
    if (!run_until(simulation, options, plan->duration_ns + plan->settle_ns))
        return false;
    load_stop(simulation->load);
    if (!run_until_idle(simulation, options))
        return false;
    load_final_reads(simulation->load);
    return run_until_idle(simulation, options);
}

/* ---- Judging --------------------------------------------------------------------------------- */

#define NOT_REACHED "not reached: it is judged at the end of a run"

/* After the last heal an operation must be answered within the time that the scenario gives. */
static void judge_liveness(struct simulation *simulation, bool complete)
{
    const struct plan *plan = simulation->plan;
    if (!plan->liveness.enabled || plan->workload_count == 0)
        return;
    if (!complete) {
        simulation_add_finding(simulation, VERDICT_INCONCLUSIVE, "liveness", UINT64_MAX,
                               NOT_REACHED);
        return;
    }
    uint64_t healed = plan->duration_ns;
    uint64_t until = healed + plan->liveness.progress_within_ns;
    simulation->progress_after_heal = answered_within(simulation->history, healed, until);
    if (simulation->progress_after_heal > 0)
        return;
    struct cs_text within = { 0 };
    text_add_duration(&within, plan->liveness.progress_within_ns);
    bool cut_short = plan->settle_ns < plan->liveness.progress_within_ns;
    simulation_add_finding(
        simulation, cut_short ? VERDICT_INCONCLUSIVE : VERDICT_VIOLATION, "liveness", healed,
        "no operation was answered within %s of the heal%s%s", text_string(&within),
        cut_short ? ", and the settling time is shorter" : "", text_string(&simulation->stuck));
    text_done(&within);
}

/* The history as it is, of a run that was cut short too: what is open then may yet happen. */
static void judge_linearizable(struct simulation *simulation, bool complete)
{
    const struct plan *plan = simulation->plan;
    if (!plan->linearizable.enabled)
        return;
    struct linear_history linear;
    struct linear_report report;
    const struct linear_options options = { .steps_max = plan->linearizable.steps_max };
    linear_history_init(&linear, simulation->history);
    linear_check(linear_model_find("kv"), &options, linear.ops, linear.count, &report);
    simulation->linearizable_seen = report.constrained;
    if (report.verdict != LINEAR_OK) {
        struct cs_text text = { 0 };
        linear_history_explain(&linear, &report, &text);
        bool illegal = report.verdict == LINEAR_ILLEGAL;
        const struct operation *failed = history_at(simulation->history, report.failed->number);
        simulation_add_finding(simulation, illegal ? VERDICT_VIOLATION : VERDICT_INCONCLUSIVE,
                               "linearizable", illegal ? failed->ended_ns : UINT64_MAX, "%s",
                               text_string(&text));
        text_done(&text);
    } else if (!complete || report.constrained == 0) {
        simulation_add_finding(simulation, VERDICT_INCONCLUSIVE, "linearizable", UINT64_MAX, "%s",
                               complete ? "it saw nothing to judge" : NOT_REACHED);
    }
    linear_report_done(&report);
    linear_history_done(&linear);
}

/* A check that is no oracle, as far as the findings tell of it. */
static struct report_check check_of(const struct simulation *simulation, const char *name,
                                    bool enabled, uint64_t seen)
{
    struct report_check check = {
        .name = name,
        .enabled = enabled,
        .verdict = seen > 0 ? CHECK_PASS : CHECK_INCONCLUSIVE,
        .detail = "",
        .at_ns = UINT64_MAX,
        .seen = seen,
    };
    for (guint i = 0; i < simulation->findings->len; i++) {
        const struct finding *finding = &g_array_index(simulation->findings, struct finding, i);
        if (strcmp(finding->check, name) != 0)
            continue;
        check.detail = finding->detail;
        check.at_ns = finding->at_ns;
        check.verdict =
            finding->verdict == VERDICT_VIOLATION ? CHECK_VIOLATION : CHECK_INCONCLUSIVE;
    }
    return check;
}

struct report_check simulation_liveness(const struct simulation *simulation)
{
    const struct plan *plan = simulation->plan;
    return check_of(simulation, "liveness", plan->liveness.enabled && plan->workload_count > 0,
                    simulation->progress_after_heal);
}

struct report_check simulation_linearizable(const struct simulation *simulation)
{
    return check_of(simulation, "linearizable", simulation->plan->linearizable.enabled,
                    simulation->linearizable_seen);
}

/* A fault of the timeline that never fired, or a nemesis that found nothing to do, leaves a run
 * that says less than it seems to. */
static void judge_faults(struct simulation *simulation)
{
    const struct plan *plan = simulation->plan;
    bool *fired = g_new0(bool, plan->fault_count + 1);
    bool chosen = false;
    for (size_t i = 0; i < timeline_record_count(simulation->timeline); i++) {
        const struct fault_record *record = timeline_record(simulation->timeline, i);
        fired[record->fault] |= record->fired;
        chosen |= record->fired && record->fault >= plan->placed_count;
    }
    for (uint32_t f = 0; f < plan->placed_count; f++) {
        if (!fired[f]) {
            simulation_add_finding(simulation, VERDICT_INCONCLUSIVE, "fault", UINT64_MAX,
                                   "\"%s\" never fired", plan->faults[f].id);
        }
    }
    g_free(fired);
    if (plan->nemesis != NULL && !chosen) {
        simulation_add_finding(simulation, VERDICT_INCONCLUSIVE, "fault", UINT64_MAX,
                               "the nemesis never found anything to do");
    }
}

/* Why a check has seen nothing; a run that did not come to its end cannot be judged by that. */
static const char *reason_for_silence(const struct oracle_type *type, bool complete)
{
    if (complete)
        return "it saw nothing to judge";
    return type->needs_history ? NOT_REACHED : "it had seen nothing to judge by then";
}

static void judge_oracles(struct simulation *simulation, bool complete)
{
    for (size_t i = 0; i < verifier_count(simulation->verifier); i++) {
        const struct oracle *oracle = verifier_at(simulation->verifier, i);
        const struct plan_check *check = NULL;
        for (size_t t = 0; oracle_types[t] != NULL; t++) {
            if (oracle_types[t] == oracle->type)
                check = &simulation->plan->checks[t];
        }
        g_assert(check != NULL);
        enum check_verdict verdict = oracle_verdict(oracle);
        if (verdict == CHECK_VIOLATION) {
            simulation_add_finding(simulation, VERDICT_VIOLATION, oracle->type->name,
                                   oracle->violated_at_ns, "%s", text_string(&oracle->detail));
        } else if (verdict == CHECK_INCONCLUSIVE && check->named) {
            simulation_add_finding(simulation, VERDICT_INCONCLUSIVE, oracle->type->name, UINT64_MAX,
                                   "%s", reason_for_silence(oracle->type, complete));
        }
    }
}

/* A run in which no check saw anything says nothing: it must not look green. */
static void judge_silence(struct simulation *simulation)
{
    uint64_t seen = simulation->progress_after_heal + simulation->linearizable_seen;
    for (size_t i = 0; i < verifier_count(simulation->verifier); i++)
        seen += verifier_at(simulation->verifier, i)->seen;
    if (seen == 0) {
        simulation_add_finding(simulation, VERDICT_INCONCLUSIVE, "checks", UINT64_MAX,
                               "no check saw anything to judge");
    }
}

/* Why a run did not come to its end, unless a violation or a divergence says so itself. */
static void judge_end(struct simulation *simulation, bool interrupted)
{
    uint64_t now_ns = cluster_now(simulation->cluster);
    uint64_t events_max = simulation->plan->events_max;
    if (interrupted) {
        simulation_add_finding(simulation, VERDICT_INTERRUPTED, "events", now_ns,
                               "the run was interrupted");
    } else if (verifier_violated(simulation->verifier)) {
        return;
    } else if (cluster_work(simulation->cluster) >= events_max) {
        simulation_add_finding(simulation, VERDICT_INCONCLUSIVE, "events", now_ns,
                               "the limit of %" G_GUINT64_FORMAT " events was reached", events_max);
    } else if (fires_too_often(simulation)) {
        simulation_add_finding(simulation, VERDICT_INCONCLUSIVE, "faults", now_ns,
                               "the limit of %d firings was reached", FIRINGS_MAX);
    }
}

/* A finding for each threshold that is not met, or has nothing to be judged by. */
static void judge_thresholds(struct simulation *simulation)
{
    const struct plan *plan = simulation->plan;
    simulation->thresholds = report_judge_thresholds(plan, simulation->history, simulation->samples,
                                                     simulation->timeline);
    for (guint i = 0; i < simulation->thresholds->len; i++) {
        const struct threshold_result *result =
            &g_array_index(simulation->thresholds, struct threshold_result, i);
        const struct threshold *threshold = result->threshold;
        struct cs_text value = { 0 };
        if (!result->judged) {
            simulation_add_finding(simulation, VERDICT_INCONCLUSIVE, "threshold", UINT64_MAX,
                                   "%s: %s has no samples", threshold->metric_text,
                                   threshold->expression);
        } else if (!result->met) {
            threshold_add_text(&value, threshold_unit(threshold->metric, threshold->aggregate),
                               result->value);
            simulation_add_finding(simulation, VERDICT_THRESHOLD, "threshold", UINT64_MAX,
                                   "%s: %s is not met: %s", threshold->metric_text,
                                   threshold->expression, text_string(&value));
        }
        text_done(&value);
    }
}

static void judge(struct simulation *simulation, bool complete, bool interrupted)
{
    if (!complete)
        judge_end(simulation, interrupted);
    judge_oracles(simulation, complete);
    judge_liveness(simulation, complete);
    if (!interrupted)
        judge_linearizable(simulation, complete);
    if (complete) {
        judge_faults(simulation);
        judge_silence(simulation);
        judge_thresholds(simulation);
    }
    simulation->judged = true;
    order_findings(simulation);
}

/* ---- The whole ------------------------------------------------------------------------------- */

static void enabled_oracles(const struct plan *plan, bool *ret_enabled)
{
    for (size_t t = 0; oracle_types[t] != NULL; t++)
        ret_enabled[t] = plan->checks[t].enabled;
}

struct simulation *simulation_run(const struct plan *plan, const struct simulation_options *options)
{
    struct simulation *simulation = g_new0(struct simulation, 1);
    simulation->plan = plan;
    simulation->replay = g_strdup(options->replay);
    simulation->findings = g_array_new(FALSE, TRUE, sizeof(struct finding));
    g_array_set_clear_func(simulation->findings, finding_clear);
    simulation->cluster = cluster_new(&plan->cluster);
    if (options->on_begin != NULL)
        options->on_begin(options->begin_argument, plan, simulation->cluster);
    if (options->narration != NULL)
        cluster_narrate(simulation->cluster, &options->narration->text, NULL);
    bool enabled[64] = { false };
    enabled_oracles(plan, enabled);
    simulation->verifier = verifier_new(simulation->cluster, enabled);
    struct cluster_observer observer = { .self = simulation, .on_end = on_end };
    cluster_observe(simulation->cluster, &observer);
    simulation->history = history_new();
    simulation->load = load_new(simulation->cluster, plan->seed, plan->workloads,
                                plan->workload_count, simulation->history);
    simulation->timeline_options = (struct timeline_options){
        .seed = plan->seed,
        .faults = plan->faults,
        .fault_count = plan->fault_count,
        .nemesis = plan->nemesis,
        .warmup_ns = plan->warmup_ns,
        .heal_at_ns = plan->duration_ns,
        .heal = plan->heal,
    };
    simulation->timeline = timeline_new(simulation->cluster, &simulation->timeline_options);
    simulation->samples =
        samples_new(simulation->cluster, plan->window_ns, plan->duration_ns + plan->settle_ns);

    assert_set_hook(on_assertion, simulation);
    catch_fatal_signals(simulation);
    bool complete = run_all(simulation, options);
    bool interrupted = is_interrupted(options);
    simulation->end_ns = cluster_now(simulation->cluster);
    simulation->digest = cluster_digest(simulation->cluster);
    verifier_finish(simulation->verifier, simulation->end_ns, simulation->history);
    judge(simulation, complete, interrupted);
    catch_fatal_signals(NULL);
    assert_set_hook(NULL, NULL);
    return simulation;
}

void simulation_free(struct simulation *simulation)
{
    if (simulation == NULL)
        return;
    samples_free(simulation->samples);
    timeline_free(simulation->timeline);
    load_free(simulation->load);
    verifier_free(simulation->verifier);
    cluster_free(simulation->cluster);
    history_free(simulation->history);
    g_array_free(simulation->findings, TRUE);
    text_done(&simulation->stuck);
    if (simulation->thresholds != NULL)
        g_array_free(simulation->thresholds, TRUE);
    g_free(simulation->replay);
    g_free(simulation);
}

bool simulation_as_expected(const struct simulation *simulation)
{
    const struct plan_expect *expect = &simulation->plan->expect;
    if (expect->verdict != simulation->verdict)
        return false;
    if (expect->check == NULL)
        return true;
    for (guint i = 0; i < simulation->findings->len; i++) {
        const struct finding *finding = &g_array_index(simulation->findings, struct finding, i);
        if (finding->verdict == expect->verdict && strcmp(finding->check, expect->check) == 0)
            return true;
    }
    return false;
}

enum exit_status simulation_status(const struct simulation *simulation)
{
    bool free_to_fail =
        simulation->verdict == VERDICT_INTERRUPTED || simulation->verdict == VERDICT_NONDETERMINISM;
    if (free_to_fail)
        return exit_of_verdict(simulation->verdict);
    if (simulation_as_expected(simulation))
        return EXIT_PASS;
    if (simulation->plan->expect.verdict != VERDICT_PASS)
        return EXIT_UNEXPECTED;
    return exit_of_verdict(simulation->verdict);
}
