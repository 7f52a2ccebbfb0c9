/* Metrics: three passes over the history.  One counts, by window and by phase; one walks the
 * operations in the order of their intended starts, a window's latencies after another's; one walks
 * starts and ends in time, for the longest gap. */
#include "measure/metrics.h"

#include <stdlib.h>

#include "base/wide.h"

#define SECOND UINT64_C(1000000000)

enum { MEDIAN = 500000, P95 = 950000, P99 = 990000, P99_9 = 999000 };

static const char *const phase_names[] = {
    [PHASE_WARMUP] = "warmup", [PHASE_STEADY] = "steady", [PHASE_FAULTS] = "faults",
    [PHASE_HEAL] = "heal",     [PHASE_SETTLE] = "settle",
};
_Static_assert(sizeof phase_names / sizeof phase_names[0] == PHASE_COUNT, "every phase has a name");

const char *phase_name(enum phase phase)
{
    cs_assert(phase < PHASE_COUNT);
    return phase_names[phase];
}

/* The phase of [at_ns, until_ns), by the rules of the format. */
static enum phase phase_of(const struct metrics_options *options, uint64_t at_ns, uint64_t until_ns)
{
    if (at_ns < options->warmup_ns)
        return PHASE_WARMUP;
    if (at_ns >= options->duration_ns)
        return PHASE_SETTLE;
    enum phase phase = PHASE_STEADY;
    for (size_t i = 0; i < options->fault_count; i++) {
        const struct fault_span *fault = &options->faults[i];
        if (fault->at_ns >= until_ns)
            continue;
        if (fault->until_ns > at_ns)
            return PHASE_FAULTS;
        if (at_ns - fault->until_ns < PHASE_HEAL_NS)
            phase = PHASE_HEAL;
    }
    return phase;
}

enum phase metrics_phase(const struct metrics_options *options, uint64_t at_ns)
{
    return phase_of(options, at_ns, at_ns + 1);
}

/* ---- Counting ---------------------------------------------------------------------------------
 */

static bool counts(const struct operation *operation)
{
    return operation->workload != HISTORY_FINAL_READ;
}

/* *ret_latency is what the operation adds to a distribution; false if nothing. */
static bool latency_of(const struct operation *operation, uint64_t *ret_latency)
{
    if (operation->outcome != OUTCOME_OK && operation->outcome != OUTCOME_UNKNOWN)
        return false;
    cs_assert(operation->ended_ns >= operation->intended_ns);
    *ret_latency = operation->ended_ns - operation->intended_ns;
    return true;
}

static void count_outcome(struct outcome_counts *counts, uint8_t outcome)
{
    switch ((enum outcome)outcome) {
    case OUTCOME_OK:
        counts->ok++;
        break;
    case OUTCOME_FAILED:
        counts->failed++;
        break;
    case OUTCOME_OPEN:
    case OUTCOME_UNKNOWN:
        counts->unknown++;
        break;
    }
}

static void share_add(struct metrics_share *share, const struct operation *operation)
{
    uint64_t latency;
    count_outcome(&share->counts, operation->outcome);
    if (latency_of(operation, &latency))
        histogram_add(share->latency, latency);
}

static bool is_measured(const struct metrics_options *options, uint64_t at_ns)
{
    return at_ns >= options->warmup_ns && at_ns < options->duration_ns;
}

static void count_all(struct metrics *metrics, const struct history *history,
                      const struct metrics_options *options)
{
    for (size_t i = 0; i < history_count(history); i++) {
        const struct operation *operation = history_at(history, i);
        if (!counts(operation))
            continue;
        if (is_measured(options, operation->intended_ns))
            share_add(&metrics->measured, operation);
        share_add(&metrics->phases[metrics_phase(options, operation->intended_ns)], operation);
        if (operation->outcome == OUTCOME_OPEN)
            continue;
        metrics->answered +=
            operation->outcome == OUTCOME_OK && is_measured(options, operation->ended_ns);
        uint64_t window = operation->ended_ns / options->window_ns;
        if (window < metrics->window_count)
            count_outcome(&metrics->windows[window].counts, operation->outcome);
    }
}

/* ---- Latency by window ------------------------------------------------------------------------
 */

struct start {
    uint64_t intended_ns;
    uint64_t latency_ns;
};

static int compare_numbers(uint64_t a, uint64_t b) { return (a > b) - (a < b); }

static int compare_starts(const void *a, const void *b)
{
    const struct start *x = a, *y = b;
    int order = compare_numbers(x->intended_ns, y->intended_ns);
    return order != 0 ? order : compare_numbers(x->latency_ns, y->latency_ns);
}

static void *array_of(size_t count, size_t item_size)
{
    void *array = calloc(count > 0 ? count : 1, item_size);
    cs_assert(array != NULL);
    return array;
}

/* All that have a latency, in the order of their intended starts.  The caller frees it. */
static struct start *starts_of(const struct history *history, size_t *ret_count)
{
    struct start *starts = array_of(history_count(history), sizeof *starts);
    size_t count = 0;
    for (size_t i = 0; i < history_count(history); i++) {
        const struct operation *operation = history_at(history, i);
        uint64_t latency;
        if (counts(operation) && latency_of(operation, &latency))
            starts[count++] = (struct start){ operation->intended_ns, latency };
    }
    qsort(starts, count, sizeof *starts, compare_starts);
    *ret_count = count;
    return starts;
}

static void window_latency(struct metrics_window *window, const struct histogram *latency)
{
    window->latency_count = histogram_count(latency);
    window->p50_ns = histogram_percentile(latency, MEDIAN);
    window->p95_ns = histogram_percentile(latency, P95);
    window->p99_ns = histogram_percentile(latency, P99);
    window->p99_9_ns = histogram_percentile(latency, P99_9);
    window->max_ns = histogram_max(latency);
}

static void measure_windows(struct metrics *metrics, const struct history *history,
                            const struct metrics_options *options)
{
    size_t count, next = 0;
    struct start *starts = starts_of(history, &count);
    struct histogram *latency = histogram_new();
    for (size_t w = 0; w < metrics->window_count; w++) {
        struct metrics_window *window = &metrics->windows[w];
        uint64_t end_ns = window->start_ns + options->window_ns;
        histogram_reset(latency);
        for (; next < count && starts[next].intended_ns < end_ns; next++)
            histogram_add(latency, starts[next].latency_ns);
        window_latency(window, latency);
    }
    cs_assert(next <= count);
    histogram_free(latency);
    free(starts);
}

static void make_windows(struct metrics *metrics, const struct metrics_options *options)
{
    cs_assert(options->window_ns > 0);
    metrics->window_count =
        options->end_ns / options->window_ns + (options->end_ns % options->window_ns > 0);
    metrics->windows = array_of(metrics->window_count, sizeof *metrics->windows);
    for (size_t w = 0; w < metrics->window_count; w++) {
        uint64_t start = w * options->window_ns;
        metrics->windows[w].start_ns = start;
        metrics->windows[w].phase = phase_of(options, start, start + options->window_ns);
    }
}

/* ---- The longest gap --------------------------------------------------------------------------
 */

enum change { CHANGE_BEGIN, CHANGE_END, CHANGE_ANSWER };

struct change_at {
    uint64_t at_ns;
    enum change change;
};

static int compare_changes(const void *a, const void *b)
{
    const struct change_at *x = a, *y = b;
    int order = compare_numbers(x->at_ns, y->at_ns);
    return order != 0 ? order : compare_numbers(x->change, y->change);
}

/* When operations begin to wait, and when they end, in time.  The caller frees it. */
static struct change_at *changes_of(const struct history *history, size_t *ret_count)
{
    struct change_at *changes = array_of(2 * history_count(history), sizeof *changes);
    size_t count = 0;
    for (size_t i = 0; i < history_count(history); i++) {
        const struct operation *operation = history_at(history, i);
        if (!counts(operation))
            continue;
        changes[count++] = (struct change_at){ operation->intended_ns, CHANGE_BEGIN };
        bool ok = operation->outcome == OUTCOME_OK;
        if (operation->outcome != OUTCOME_OPEN) {
            changes[count++] =
                (struct change_at){ operation->ended_ns, ok ? CHANGE_ANSWER : CHANGE_END };
        }
    }
    qsort(changes, count, sizeof *changes, compare_changes);
    *ret_count = count;
    return changes;
}

/* The stretch between two ok answers that is under way. */
struct gap {
    uint64_t pending;  /* operations */
    uint64_t since_ns; /* up to where it has been summed */
    uint64_t began_ns; /* where it first was a gap */
    uint64_t sum_ns;   /* of the times with something pending */
};

/* Sum up to `at_ns`, and keep the longest. */
static void gap_extend(struct gap *gap, struct metrics *metrics, uint64_t at_ns)
{
    if (at_ns <= gap->since_ns)
        return;
    metrics->in_system_ns += (wide)gap->pending * (at_ns - gap->since_ns);
    if (gap->pending > 0) {
        if (gap->sum_ns == 0)
            gap->began_ns = gap->since_ns;
        gap->sum_ns += at_ns - gap->since_ns;
    }
    gap->since_ns = at_ns;
    if (gap->sum_ns > metrics->unavailable_ns_max) {
        metrics->unavailable_ns_max = gap->sum_ns;
        metrics->unavailable_at_ns = gap->began_ns;
    }
}

static void find_gap(struct metrics *metrics, const struct history *history,
                     const struct metrics_options *options, uint64_t end_ns)
{
    size_t count;
    struct change_at *changes = changes_of(history, &count);
    struct gap gap = { .since_ns = options->warmup_ns };
    for (size_t i = 0; i < count && changes[i].at_ns < end_ns; i++) {
        gap_extend(&gap, metrics, changes[i].at_ns);
        if (changes[i].change == CHANGE_BEGIN) {
            gap.pending++;
            continue;
        }
        cs_assert(gap.pending > 0);
        gap.pending--;
        if (changes[i].change == CHANGE_ANSWER)
            gap.sum_ns = 0;
    }
    gap_extend(&gap, metrics, end_ns);
    free(changes);
}

/* ---- Little's law -----------------------------------------------------------------------------
 */

/* How much of [from_ns, until_ns) the operation spent in the system, after `began_ns`. */
static uint64_t time_within(const struct operation *operation, uint64_t began_ns, uint64_t from_ns,
                            uint64_t until_ns)
{
    uint64_t begin = began_ns > from_ns ? began_ns : from_ns;
    bool open = operation->outcome == OUTCOME_OPEN || operation->ended_ns > until_ns;
    uint64_t end = open ? until_ns : operation->ended_ns;
    return end > begin ? end - begin : 0;
}

static void check_measured(const struct metrics *metrics, const struct history *history,
                           uint64_t from_ns, uint64_t until_ns)
{
    wide sum_ns = 0;
    for (size_t i = 0; i < history_count(history); i++) {
        const struct operation *operation = history_at(history, i);
        if (counts(operation))
            sum_ns += time_within(operation, operation->intended_ns, from_ns, until_ns);
    }
    cs_assert(sum_ns == metrics->in_system_ns);
}

/* The history has integrated while the run went on: over all operations, as they started. */
static void check_history(const struct history *history)
{
    uint64_t until_ns;
    wide integral_ns, sum_ns = 0;
    if (!history_integral(history, &until_ns, &integral_ns))
        return;
    for (size_t i = 0; i < history_count(history); i++) {
        const struct operation *operation = history_at(history, i);
        sum_ns += time_within(operation, operation->started_ns, 0, until_ns);
    }
    cs_assert(sum_ns == integral_ns);
}

/* ---- The whole --------------------------------------------------------------------------------
 */

struct metrics *metrics_new(const struct history *history, const struct metrics_options *options)
{
    cs_assert(options->warmup_ns <= options->duration_ns);
    struct metrics *metrics = array_of(1, sizeof *metrics);
    metrics->measured.latency = histogram_new();
    for (unsigned phase = 0; phase < PHASE_COUNT; phase++)
        metrics->phases[phase].latency = histogram_new();
    make_windows(metrics, options);
    count_all(metrics, history, options);
    measure_windows(metrics, history, options);

    uint64_t end_ns =
        options->end_ns < options->duration_ns ? options->end_ns : options->duration_ns;
    if (end_ns > options->warmup_ns) {
        metrics->measured_ns = end_ns - options->warmup_ns;
        wide answers = (wide)metrics->answered * SECOND;
        metrics->throughput_per_s = (uint64_t)(answers / metrics->measured_ns);
        find_gap(metrics, history, options, end_ns);
        check_measured(metrics, history, options->warmup_ns, end_ns);
    }
    check_history(history);
    return metrics;
}

void metrics_free(struct metrics *metrics)
{
    if (metrics == NULL)
        return;
    histogram_free(metrics->measured.latency);
    for (unsigned phase = 0; phase < PHASE_COUNT; phase++)
        histogram_free(metrics->phases[phase].latency);
    free(metrics->windows);
    free(metrics);
}
