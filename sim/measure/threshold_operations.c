/* Thresholds: the numbers that come from operations: one pass each over the history. */
#include <stdlib.h>

#include "measure/threshold_internal.h"

#define SECOND             UINT64_C(1000000000)
#define SHARE_ONE          UINT64_C(1000000000)
#define RECOVERY_WINDOW_NS UINT64_C(100000000)
#define RECOVERY_BEFORE_NS (5 * SECOND)

enum { P99 = 990000 };

/* ---- Latency and errors ---------------------------------------------------------------------- */

static uint64_t latency_aggregate(const struct threshold *threshold,
                                  const struct histogram *latency, uint64_t length_ns)
{
    switch (threshold->aggregate) {
    case AGGREGATE_COUNT:
        return histogram_count(latency);
    case AGGREGATE_RATE:
        return per_second(histogram_count(latency), 1000, length_ns);
    case AGGREGATE_AVG:
        return histogram_mean(latency);
    case AGGREGATE_MIN:
        return histogram_min(latency);
    case AGGREGATE_MAX:
        return histogram_max(latency);
    case AGGREGATE_PERCENTILE:
        return histogram_percentile(latency, threshold->percentile);
    case AGGREGATE_VALUE:
        return histogram_percentile(latency, P99);
    case AGGREGATE_KINDS:
        break;
    }
    cs_assert(false && "no such aggregate");
    return 0;
}

bool latency_value(const struct threshold *threshold, const struct threshold_subject *subject,
                   const struct spans *spans, uint64_t *ret_value)
{
    struct histogram *latency = histogram_new();
    for (size_t i = 0; i < history_count(subject->history); i++) {
        const struct operation *operation = history_at(subject->history, i);
        bool has = operation->outcome == OUTCOME_OK || operation->outcome == OUTCOME_UNKNOWN;
        if (has && is_sampled(&threshold->filter, subject, operation))
            histogram_add(latency, operation->ended_ns - operation->intended_ns);
    }
    bool any = histogram_count(latency) > 0 &&
               (threshold->aggregate != AGGREGATE_RATE || spans->length_ns > 0);
    if (any)
        *ret_value = latency_aggregate(threshold, latency, spans->length_ns);
    histogram_free(latency);
    return any;
}

bool errors_value(const struct threshold *threshold, const struct threshold_subject *subject,
                  uint64_t *ret_value)
{
    uint64_t all = 0, ok = 0;
    for (size_t i = 0; i < history_count(subject->history); i++) {
        const struct operation *operation = history_at(subject->history, i);
        if (!is_sampled(&threshold->filter, subject, operation))
            continue;
        all++;
        ok += operation->outcome == OUTCOME_OK;
    }
    if (all == 0)
        return false;
    bool count = threshold->aggregate == AGGREGATE_COUNT;
    *ret_value = count ? all - ok : (uint64_t)((wide)(all - ok) * SHARE_ONE / all);
    return true;
}

/* ---- Throughput ------------------------------------------------------------------------------ */

/* Answers that came within the spans; and by window, those of windows that lie in them. */
static uint64_t count_answers(const struct threshold *threshold,
                              const struct threshold_subject *subject, const struct spans *spans,
                              uint64_t *by_window)
{
    uint64_t answers = 0;
    for (size_t i = 0; i < history_count(subject->history); i++) {
        const struct operation *operation = history_at(subject->history, i);
        uint64_t at_ns = operation->ended_ns;
        if (operation->outcome != OUTCOME_OK ||
            !is_asked_for(&threshold->filter, subject, operation) ||
            !within_spans(spans, at_ns, at_ns + 1))
            continue;
        answers++;
        uint64_t window = at_ns / subject->samples->window_ns;
        if (window < subject->samples->window_count)
            by_window[window]++;
    }
    return answers;
}

bool throughput_value(const struct threshold *threshold, const struct threshold_subject *subject,
                      const struct spans *spans, uint64_t *ret_value)
{
    if (spans->length_ns == 0)
        return false;
    struct windows windows = windows_new(subject);
    uint64_t *by_window = zeroed_array(subject->samples->window_count, sizeof *by_window);
    uint64_t answers = count_answers(threshold, subject, spans, by_window);
    bool any = true;
    if (threshold->aggregate == AGGREGATE_COUNT) {
        *ret_value = answers;
    } else if (threshold->aggregate == AGGREGATE_RATE || threshold->aggregate == AGGREGATE_AVG ||
               threshold->aggregate == AGGREGATE_VALUE) {
        *ret_value = per_second(answers, 1000, spans->length_ns);
    } else {
        for (size_t w = 0; w < subject->samples->window_count; w++) {
            uint64_t begin_ns = w * subject->samples->window_ns, end_ns = window_end(subject, w);
            if (within_spans(spans, begin_ns, end_ns))
                windows_add(&windows, by_window[w], end_ns - begin_ns);
        }
        any = windows_value(threshold, &windows, 1000, ret_value);
    }
    free(by_window);
    windows_done(&windows);
    return any;
}

/* ---- Unavailability -------------------------------------------------------------------------- */

enum change { CHANGE_OUT, CHANGE_IN, CHANGE_BEGIN, CHANGE_END, CHANGE_ANSWER };

struct change_at {
    uint64_t at_ns;
    enum change change;
};

static int compare_changes(const void *a, const void *b)
{
    const struct change_at *x = a, *y = b;
    if (x->at_ns != y->at_ns)
        return x->at_ns < y->at_ns ? -1 : 1;
    return (x->change > y->change) - (x->change < y->change);
}

/* When the filter's time begins and ends, and operations do.  The caller frees it. */
static struct change_at *changes_of(const struct threshold *threshold,
                                    const struct threshold_subject *subject,
                                    const struct spans *spans, size_t *ret_count)
{
    size_t operations = history_count(subject->history), count = 0;
    struct change_at *changes = zeroed_array(2 * (operations + spans->count), sizeof *changes);
    for (size_t i = 0; i < spans->count; i++) {
        changes[count++] = (struct change_at){ spans->items[i].at_ns, CHANGE_IN };
        changes[count++] = (struct change_at){ spans->items[i].until_ns, CHANGE_OUT };
    }
    for (size_t i = 0; i < operations; i++) {
        const struct operation *operation = history_at(subject->history, i);
        bool ok = operation->outcome == OUTCOME_OK;
        if (!is_asked_for(&threshold->filter, subject, operation))
            continue;
        changes[count++] = (struct change_at){ operation->intended_ns, CHANGE_BEGIN };
        if (operation->outcome != OUTCOME_OPEN) {
            changes[count++] =
                (struct change_at){ operation->ended_ns, ok ? CHANGE_ANSWER : CHANGE_END };
        }
    }
    qsort(changes, count, sizeof *changes, compare_changes);
    *ret_count = count;
    return changes;
}

/* The longest time between two answers, within one span, in which something was pending. */
bool unavailable_value(const struct threshold *threshold, const struct threshold_subject *subject,
                       const struct spans *spans, uint64_t *ret_value)
{
    size_t count;
    struct change_at *changes = changes_of(threshold, subject, spans, &count);
    uint64_t since_ns = 0, gap_ns = 0, gap_max_ns = 0, pending = 0;
    bool inside = false, any = false;
    for (size_t i = 0; i < count; i++) {
        uint64_t passed_ns = changes[i].at_ns - since_ns;
        if (inside && pending > 0) {
            gap_ns += passed_ns;
            gap_max_ns = gap_ns > gap_max_ns ? gap_ns : gap_max_ns;
            any = true;
        }
        since_ns = changes[i].at_ns;
        enum change change = changes[i].change;
        if (change == CHANGE_IN || change == CHANGE_OUT) {
            inside = change == CHANGE_IN;
            gap_ns = 0;
            continue;
        }
        cs_assert(change == CHANGE_BEGIN || pending > 0);
        pending += change == CHANGE_BEGIN ? 1 : UINT64_MAX;
        if (change == CHANGE_ANSWER)
            gap_ns = 0;
    }
    free(changes);
    *ret_value = gap_max_ns;
    return any;
}

/* ---- Recovery -------------------------------------------------------------------------------- */

/* Sorted times of answers in [from_ns, until_ns). */
static size_t count_between(const uint64_t *sorted, size_t count, uint64_t from_ns,
                            uint64_t until_ns)
{
    size_t below[2] = { 0, 0 };
    const uint64_t limits[2] = { from_ns, until_ns };
    for (int i = 0; i < 2; i++) {
        size_t low = 0, high = count;
        while (low < high) {
            size_t middle = low + (high - low) / 2;
            if (sorted[middle] < limits[i]) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        below[i] = low;
    }
    return below[1] - below[0];
}

/* From the fault until the beginning of the first window of 100 ms that has 90 % of the mean of the
 * 5 s before the fault; never, if none of the run has.  False if nothing was answered before. */
static bool recovery_of(const uint64_t *answers, size_t count, uint64_t at_ns, uint64_t end_ns,
                        uint64_t *ret_ns)
{
    uint64_t from_ns = at_ns > RECOVERY_BEFORE_NS ? at_ns - RECOVERY_BEFORE_NS : 0;
    size_t before = count_between(answers, count, from_ns, at_ns);
    if (before == 0)
        return false;
    uint64_t begin_ns = at_ns;
    for (; begin_ns + RECOVERY_WINDOW_NS <= end_ns; begin_ns += RECOVERY_WINDOW_NS) {
        size_t now = count_between(answers, count, begin_ns, begin_ns + RECOVERY_WINDOW_NS);
        if ((wide)now * (at_ns - from_ns) * 10 >= (wide)before * RECOVERY_WINDOW_NS * 9) {
            *ret_ns = begin_ns - at_ns;
            return true;
        }
    }
    *ret_ns = UINT64_MAX;
    return true;
}

bool recovery_value(const struct threshold *threshold, const struct threshold_subject *subject,
                    uint64_t *ret_value)
{
    const struct metrics_options *times = subject->times;
    const bool *of_fault = threshold->filter.of_fault;
    uint64_t *answers = zeroed_array(history_count(subject->history), sizeof *answers);
    uint64_t *values = zeroed_array(times->fault_count, sizeof *values);
    size_t answer_count = 0, count = 0;
    for (size_t i = 0; i < history_count(subject->history); i++) {
        const struct operation *operation = history_at(subject->history, i);
        if (operation->outcome == OUTCOME_OK &&
            is_asked_for(&threshold->filter, subject, operation))
            answers[answer_count++] = operation->ended_ns;
    }
    qsort(answers, answer_count, sizeof *answers, compare_u64);
    for (size_t i = 0; i < times->fault_count; i++) {
        bool wanted = of_fault == NULL || of_fault[subject->fault_of_span[i]];
        count += wanted && recovery_of(answers, answer_count, times->faults[i].at_ns, times->end_ns,
                                       &values[count]);
    }
    bool any =
        aggregate_values(threshold->aggregate, threshold->percentile, values, count, ret_value);
    free(answers);
    free(values);
    return any;
}
