/* Thresholds: which time, operations and instances a filter leaves, and aggregates of what is left.
 *
 * A filter by phase or fault is first made into spans of time, cut where a phase can begin or end.
 * Divisions round down. */
#include <stdlib.h>

#include "measure/threshold_internal.h"

#define SECOND UINT64_C(1000000000)

enum { MILLION = 1000000 };

void *zeroed_array(size_t count, size_t item_size)
{
    void *array = calloc(count > 0 ? count : 1, item_size);
    cs_assert(array != NULL);
    return array;
}

int compare_u64(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static uint64_t smaller(uint64_t a, uint64_t b) { return a < b ? a : b; }
static uint64_t larger(uint64_t a, uint64_t b) { return a > b ? a : b; }

/* ---- The filter's time ----------------------------------------------------------------------- */

static bool in_phase(const struct threshold_filter *filter, const struct metrics_options *times,
                     uint64_t at_ns)
{
    if (filter->phase == FILTER_ANY)
        return at_ns >= times->warmup_ns && at_ns < times->duration_ns;
    return (uint32_t)metrics_phase(times, at_ns) == filter->phase;
}

/* Whether a fault of the filter is active at any time in [from_ns, until_ns), or at its begin. */
static bool in_fault(const struct threshold_filter *filter, const struct threshold_subject *subject,
                     uint64_t from_ns, uint64_t until_ns)
{
    if (filter->of_fault == NULL)
        return true;
    for (size_t i = 0; i < subject->times->fault_count; i++) {
        const struct fault_span *span = &subject->times->faults[i];
        if (filter->of_fault[subject->fault_of_span[i]] && span->at_ns < until_ns &&
            span->until_ns > from_ns)
            return true;
    }
    return false;
}

static bool in_time(const struct threshold_filter *filter, const struct threshold_subject *subject,
                    uint64_t at_ns)
{
    return in_phase(filter, subject->times, at_ns) && in_fault(filter, subject, at_ns, at_ns + 1);
}

/* Every instant at which a phase or a fault begins or ends, sorted.  The caller frees it. */
static uint64_t *cuts_of(const struct metrics_options *times, size_t *ret_count)
{
    uint64_t *cuts = zeroed_array(4 + 3 * times->fault_count, sizeof *cuts);
    size_t count = 0;
    cuts[count++] = 0;
    cuts[count++] = times->warmup_ns;
    cuts[count++] = times->duration_ns;
    cuts[count++] = times->end_ns;
    for (size_t i = 0; i < times->fault_count; i++) {
        uint64_t until_ns = times->faults[i].until_ns;
        cuts[count++] = times->faults[i].at_ns;
        cuts[count++] = until_ns;
        cuts[count++] = until_ns > UINT64_MAX - PHASE_HEAL_NS ? until_ns : until_ns + PHASE_HEAL_NS;
    }
    qsort(cuts, count, sizeof *cuts, compare_u64);
    *ret_count = count;
    return cuts;
}

struct spans spans_of(const struct threshold_filter *filter,
                      const struct threshold_subject *subject)
{
    size_t count;
    uint64_t *cuts = cuts_of(subject->times, &count);
    struct spans spans = { .items = zeroed_array(count, sizeof *spans.items) };
    for (size_t i = 0; i + 1 < count && cuts[i] < subject->times->end_ns; i++) {
        if (cuts[i] == cuts[i + 1] || !in_time(filter, subject, cuts[i]))
            continue;
        struct fault_span *last = spans.count > 0 ? &spans.items[spans.count - 1] : NULL;
        spans.length_ns += cuts[i + 1] - cuts[i];
        if (last != NULL && last->until_ns == cuts[i]) {
            last->until_ns = cuts[i + 1];
        } else {
            spans.items[spans.count++] = (struct fault_span){ cuts[i], cuts[i + 1] };
        }
    }
    free(cuts);
    return spans;
}

bool within_spans(const struct spans *spans, uint64_t from_ns, uint64_t until_ns)
{
    for (size_t i = 0; i < spans->count; i++) {
        if (spans->items[i].at_ns <= from_ns && until_ns <= spans->items[i].until_ns)
            return true;
    }
    return false;
}

/* ---- Which operations and instances ---------------------------------------------------------- */

bool at_place(const struct threshold_filter *filter, const struct threshold_subject *subject,
              uint32_t instance, uint32_t group)
{
    const struct topology *topology = &subject->cluster->topology;
    cs_assert(instance < subject->cluster->instance_count);
    if (filter->node != FILTER_ANY && filter->node != instance)
        return false;
    if (filter->group != FILTER_ANY &&
        (group < filter->group || group - filter->group >= filter->group_count))
        return false;
    if (filter->region == FILTER_ANY)
        return true;
    uint32_t rack = topology->rack_of_machine[subject->cluster->instances[instance].machine];
    return topology->region_of_rack[rack] == filter->region;
}

/* An operation as far as its client, target and kind say. */
bool is_asked_for(const struct threshold_filter *filter, const struct threshold_subject *subject,
                  const struct operation *operation)
{
    if (operation->workload == HISTORY_FINAL_READ)
        return false;
    if (filter->op != FILTER_ANY && filter->op != operation->kind)
        return false;
    return at_place(filter, subject, operation->client, operation->group);
}

/* The same, and its intended start and life are in the filter's time. */
bool is_sampled(const struct threshold_filter *filter, const struct threshold_subject *subject,
                const struct operation *operation)
{
    if (!is_asked_for(filter, subject, operation) ||
        !in_phase(filter, subject->times, operation->intended_ns))
        return false;
    bool open = operation->outcome == OUTCOME_OPEN;
    uint64_t until_ns = open ? UINT64_MAX : operation->ended_ns;
    return in_fault(filter, subject, operation->intended_ns,
                    larger(until_ns, operation->intended_ns + 1));
}

/* ---- Aggregates ------------------------------------------------------------------------------ */

uint64_t per_second(wide count, uint64_t unit, uint64_t length_ns)
{
    cs_assert(length_ns > 0);
    return (uint64_t)(count * unit * SECOND / length_ns);
}

static uint64_t sum_of(const uint64_t *values, size_t count, wide *ret_sum)
{
    wide sum = 0;
    for (size_t i = 0; i < count; i++) {
        if (values[i] == UINT64_MAX)
            return UINT64_MAX; /* one that never came has no mean */
        sum += values[i];
    }
    *ret_sum = sum;
    return 0;
}

/* The smallest value at or below which the share of the values lies: nearest rank. */
static uint64_t ranked(const uint64_t *sorted, size_t count, uint32_t parts_per_million)
{
    cs_assert(count > 0);
    cs_assert(parts_per_million <= MILLION);
    wide rank = ((wide)count * parts_per_million + MILLION - 1) / MILLION;
    return sorted[rank == 0 ? 0 : rank - 1];
}

bool aggregate_values(enum aggregate aggregate, uint32_t percentile, uint64_t *values, size_t count,
                      uint64_t *ret_value)
{
    wide sum = 0;
    if (aggregate == AGGREGATE_COUNT) {
        *ret_value = count;
        return count > 0;
    }
    if (count == 0)
        return false;
    qsort(values, count, sizeof *values, compare_u64);
    switch (aggregate) {
    case AGGREGATE_MIN:
        *ret_value = values[0];
        return true;
    case AGGREGATE_MAX:
    case AGGREGATE_VALUE:
        *ret_value = values[count - 1];
        return true;
    case AGGREGATE_PERCENTILE:
        *ret_value = ranked(values, count, percentile);
        return true;
    case AGGREGATE_AVG:
        *ret_value =
            sum_of(values, count, &sum) == UINT64_MAX ? UINT64_MAX : (uint64_t)(sum / (wide)count);
        return true;
    case AGGREGATE_COUNT:
    case AGGREGATE_RATE:
    case AGGREGATE_KINDS:
        break;
    }
    cs_assert(false && "not an aggregate of values");
    return false;
}

/* ---- What is counted by window --------------------------------------------------------------- */

uint64_t window_end(const struct threshold_subject *subject, size_t window)
{
    return smaller((window + 1) * subject->samples->window_ns, subject->samples->end_ns);
}

struct windows windows_new(const struct threshold_subject *subject)
{
    size_t count = subject->samples->window_count;
    return (struct windows){ .values = zeroed_array(count, sizeof(uint64_t)),
                             .lengths_ns = zeroed_array(count, sizeof(uint64_t)) };
}

void windows_done(struct windows *windows)
{
    free(windows->values);
    free(windows->lengths_ns);
}

void windows_add(struct windows *windows, uint64_t value, uint64_t length_ns)
{
    windows->values[windows->count] = value;
    windows->lengths_ns[windows->count++] = length_ns;
    windows->sum += value;
    windows->length_ns += length_ns;
}

bool windows_value(const struct threshold *threshold, struct windows *windows, uint64_t unit,
                   uint64_t *ret_value)
{
    bool sum = threshold->aggregate == AGGREGATE_COUNT || threshold->aggregate == AGGREGATE_VALUE;
    bool mean = threshold->aggregate == AGGREGATE_RATE || threshold->aggregate == AGGREGATE_AVG;
    if (windows->length_ns == 0)
        return false;
    if (sum || mean) {
        *ret_value =
            sum ? (uint64_t)windows->sum : per_second(windows->sum, unit, windows->length_ns);
        return true;
    }
    for (size_t i = 0; i < windows->count; i++)
        windows->values[i] = per_second(windows->values[i], unit, windows->lengths_ns[i]);
    return aggregate_values(threshold->aggregate, threshold->percentile, windows->values,
                            windows->count, ret_value);
}
