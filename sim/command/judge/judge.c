/* What a run comes to: its findings, the worst of them as the verdict, and the exit status. */
#include "command/judge/judge.h"

#include <string.h>

#include "base/assert.h"
#include "command/command.h"
#include "command/judge/evidence.h"
#include "command/judge/weak.h"
#include "fault/timeline.h"
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
    cs_assert(verdict != VERDICT_PASS);
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
    g_free(finding->evidence);
}

GArray *judge_new_findings(void)
{
    GArray *findings = g_array_new(FALSE, TRUE, sizeof(struct finding));
    g_array_set_clear_func(findings, finding_clear);
    return findings;
}

/* ---- Judging --------------------------------------------------------------------------------- */

enum { FIRINGS_MAX = 100000 };

bool judge_fires_too_often(const struct simulation *simulation)
{
    return timeline_record_count(simulation->timeline) > FIRINGS_MAX;
}

uint64_t judge_answered(const struct history *history, uint64_t from_ns, uint64_t until_ns)
{
    cs_assert(from_ns <= until_ns);
    uint64_t count = 0;
    for (size_t i = 0; i < history_count(history); i++) {
        const struct operation *op = history_at(history, i);
        count += op->outcome == OUTCOME_OK && op->workload != HISTORY_FINAL_READ &&
                 op->ended_ns >= from_ns && op->ended_ns < until_ns;
    }
    return count;
}

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
    simulation->progress_after_heal = judge_answered(simulation->history, healed, until);
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

/* The last finding gets its picture. */
static void draw_linearizable(struct simulation *simulation, const struct linear_history *linear,
                              const struct linear_report *report)
{
    g_assert(simulation->evidence == NULL);
    g_assert(simulation->findings->len > 0);
    simulation->evidence = evidence_picture(simulation, linear, report);
    g_array_index(simulation->findings, struct finding, simulation->findings->len - 1).evidence =
        g_strdup(simulation->evidence->file);
}

/* Nothing was found; whether that means something. */
static void tell_linearizable(struct simulation *simulation, uint64_t constrained, bool complete)
{
    simulation->linearizable_seen = constrained;
    if (complete && constrained > 0)
        return;
    simulation_add_finding(simulation, VERDICT_INCONCLUSIVE, "linearizable", UINT64_MAX, "%s",
                           complete ? "it saw nothing to judge" : NOT_REACHED);
}

/* Whether a long history is seen to be right event by event, without its operations in another form
 * beside it. */
static bool is_linearizable_as_told(struct simulation *simulation, bool complete)
{
    enum { LONG = 100000 };
    struct linear_report report;
    const struct linear_options options = { .steps_max = simulation->plan->linearizable.steps_max };
    if (history_count(simulation->history) < LONG)
        return false;
    linear_history_check(simulation->history, &options, &report);
    if (report.verdict == LINEAR_OK)
        tell_linearizable(simulation, report.constrained, complete);
    return report.verdict == LINEAR_OK;
}

/* The history as it is, of a run that was cut short too: what is open then may yet happen. */
static void judge_linearizable(struct simulation *simulation, bool complete)
{
    const struct plan *plan = simulation->plan;
    if (!plan->linearizable.enabled || is_linearizable_as_told(simulation, complete))
        return;
    struct linear_history linear;
    struct linear_report report;
    linear_history_init(&linear, simulation->history);
    const struct linear_options options = {
        .steps_max = plan->linearizable.steps_max,
        .places = plan->linearizable.witness ? linear.places : NULL,
    };
    linear_check(linear_model_find("kv"), &options, linear.ops, linear.count, &report);
    simulation->linearizable_seen = report.constrained;
    if (report.verdict != LINEAR_OK) {
        struct cs_text text = { 0 };
        cs_assert(report.failed != NULL);
        linear_history_explain(&linear, &report, &text);
        bool illegal = report.verdict == LINEAR_ILLEGAL;
        const struct operation *failed = history_at(simulation->history, report.failed->number);
        simulation_add_finding(simulation, illegal ? VERDICT_VIOLATION : VERDICT_INCONCLUSIVE,
                               "linearizable", illegal ? failed->ended_ns : UINT64_MAX, "%s",
                               text_string(&text));
        text_done(&text);
        if (illegal)
            draw_linearizable(simulation, &linear, &report);
    } else {
        tell_linearizable(simulation, report.constrained, complete);
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

struct report_check simulation_weak(const struct simulation *simulation, enum weak_model weak)
{
    return check_of(simulation, weak_model_check(weak), simulation->plan->weak[weak],
                    simulation->weak_seen[weak]);
}

/* What one fault of the timeline that fired has left undone. */
static void judge_rest(struct simulation *simulation, uint32_t fault, bool rebuilt)
{
    const struct fault_options *options = &simulation->plan->faults[fault];
    uint32_t late = timeline_late_firings(simulation->timeline, fault);
    if (options->build_count > 0 && !rebuilt) {
        simulation_add_finding(simulation, VERDICT_INCONCLUSIVE, "fault", UINT64_MAX,
                               "\"%s\" brought no build to anybody who had another one",
                               options->id);
    }
    if (late > 0) {
        simulation_add_finding(simulation, VERDICT_INCONCLUSIVE, "fault", UINT64_MAX,
                               "%u of the firings of \"%s\" %s due when the duration was over",
                               late, options->id, late == 1 ? "was" : "were");
    }
}

/* A fault of the timeline that never fired, one that brought a build to nobody who had another one,
 * one whose firings did not all come, or a nemesis that found nothing to do, leaves a run that says
 * less than it seems to. */
static void judge_faults(struct simulation *simulation)
{
    const struct plan *plan = simulation->plan;
    cs_assert(plan->placed_count <= plan->fault_count);
    bool *fired = g_new0(bool, plan->fault_count + 1);
    bool *rebuilt = g_new0(bool, plan->fault_count + 1);
    bool chosen = false;
    for (size_t i = 0; i < timeline_record_count(simulation->timeline); i++) {
        const struct fault_record *record = timeline_record(simulation->timeline, i);
        cs_assert(record->fault < plan->fault_count);
        fired[record->fault] |= record->fired;
        rebuilt[record->fault] |= record->rebuilt > 0;
        chosen |= record->fired && record->fault >= plan->placed_count;
    }
    for (uint32_t f = 0; f < plan->placed_count; f++) {
        if (!fired[f]) {
            simulation_add_finding(simulation, VERDICT_INCONCLUSIVE, "fault", UINT64_MAX,
                                   "\"%s\" never fired", plan->faults[f].id);
        } else {
            judge_rest(simulation, f, rebuilt[f]);
        }
    }
    g_free(fired);
    g_free(rebuilt);
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
    return type->needs_history || type->at_rest != NULL ? NOT_REACHED
                                                        : "it had seen nothing to judge by then";
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
    for (int m = 0; m < WEAK_MODEL_COUNT; m++)
        seen += simulation->weak_seen[m];
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
    } else if (judge_fires_too_often(simulation)) {
        uint64_t at_ns = timeline_record(simulation->timeline, FIRINGS_MAX)->at_ns;
        simulation_add_finding(simulation, VERDICT_INCONCLUSIVE, "faults", at_ns,
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

void judge(struct simulation *simulation, bool complete, bool interrupted)
{
    cs_assert(!simulation->judged);
    if (!complete)
        judge_end(simulation, interrupted);
    judge_oracles(simulation, complete);
    judge_liveness(simulation, complete);
    if (!interrupted) {
        judge_linearizable(simulation, complete);
        judge_weak(simulation, complete);
    }
    if (complete) {
        judge_faults(simulation);
        judge_silence(simulation);
        judge_thresholds(simulation);
    }
    simulation->judged = true;
    order_findings(simulation);
}

/* ---- Expectations -----------------------------------------------------------------------------
 */

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
