/* Thresholds: the numbers that come from instances, and which metric has which. */
#include "measure/threshold.h"

#include <stdlib.h>
#include <string.h>

#include "measure/threshold_internal.h"

/* ---- What instances did, by window ------------------------------------------------------------
 */

static uint64_t sample_count(const struct sample *sample, enum metric metric)
{
    if (metric == METRIC_MESSAGES)
        return sample->messages_sent;
    if (metric == METRIC_BYTES)
        return sample->bytes_sent;
    cs_assert(metric == METRIC_FLUSHES);
    return sample->flushes;
}

static bool samples_value(const struct threshold *threshold,
                          const struct threshold_subject *subject, const struct spans *spans,
                          uint64_t *ret_value)
{
    const struct sample_table *table = subject->samples;
    struct windows windows = windows_new(subject);
    for (size_t w = 0; w < table->window_count; w++) {
        uint64_t begin_ns = w * table->window_ns, end_ns = window_end(subject, w), sum = 0;
        if (!within_spans(spans, begin_ns, end_ns))
            continue;
        for (uint32_t i = 0; i < table->instance_count; i++) {
            uint32_t group = subject->cluster->instances[i].group;
            const struct sample *sample = &table->samples[w * table->instance_count + i];
            if (at_place(&threshold->filter, subject, i, group))
                sum += sample_count(sample, threshold->metric);
        }
        windows_add(&windows, sum, end_ns - begin_ns);
    }
    uint64_t unit = threshold->metric == METRIC_BYTES ? 8 : 1000;
    bool any = windows_value(threshold, &windows, unit, ret_value);
    windows_done(&windows);
    return any;
}

/* ---- Elections and counters ------------------------------------------------------------------ */

static bool elections_value(const struct threshold *threshold,
                            const struct threshold_subject *subject, const struct spans *spans,
                            uint64_t *ret_value)
{
    if (spans->length_ns == 0)
        return false;
    uint64_t count = 0;
    for (size_t i = 0; i < subject->samples->change_count; i++) {
        const struct role_change *change = &subject->samples->changes[i];
        uint32_t group = subject->cluster->instances[change->instance].group;
        count += change->up && change->role == CS_ROLE_LEADER &&
                 within_spans(spans, change->at_ns, change->at_ns + 1) &&
                 at_place(&threshold->filter, subject, change->instance, group);
    }
    bool rate = threshold->aggregate == AGGREGATE_RATE;
    *ret_value = rate ? per_second(count, 1000, spans->length_ns) : count;
    return true;
}

static bool find_tally(const struct tally *tallies, size_t count, const char *name,
                       uint64_t *ret_count)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(tallies[i].name, name) == 0) {
            *ret_count = tallies[i].count;
            return true;
        }
    }
    return false;
}

/* Over all instances and the whole run: nobody keeps when. */
static bool counter_value(const struct threshold *threshold,
                          const struct threshold_subject *subject, uint64_t *ret_value)
{
    const struct sample_table *table = subject->samples;
    uint64_t count = 0;
    if (!find_tally(table->counters, table->counter_count, threshold->counter, &count) &&
        !find_tally(table->reached, table->reached_count, threshold->counter, &count))
        return false;
    bool rate = threshold->aggregate == AGGREGATE_RATE;
    if (rate && subject->times->end_ns == 0)
        return false;
    *ret_value = rate ? per_second(count, 1000, subject->times->end_ns) : count;
    return true;
}

/* ---- The whole ------------------------------------------------------------------------------- */

bool threshold_value(const struct threshold *threshold, const struct threshold_subject *subject,
                     uint64_t *ret_value)
{
    cs_assert(threshold_unit(threshold->metric, threshold->aggregate) != UNIT_NONE);
    struct spans spans = spans_of(&threshold->filter, subject);
    uint64_t value = 0;
    bool any = false;
    switch (threshold->metric) {
    case METRIC_LATENCY:
        any = latency_value(threshold, subject, &spans, &value);
        break;
    case METRIC_THROUGHPUT:
        any = throughput_value(threshold, subject, &spans, &value);
        break;
    case METRIC_ERRORS:
        any = errors_value(threshold, subject, &value);
        break;
    case METRIC_UNAVAILABLE:
        any = unavailable_value(threshold, subject, &spans, &value);
        break;
    case METRIC_RECOVERY:
        any = recovery_value(threshold, subject, &value);
        break;
    case METRIC_ELECTIONS:
        any = elections_value(threshold, subject, &spans, &value);
        break;
    case METRIC_MESSAGES:
    case METRIC_BYTES:
    case METRIC_FLUSHES:
        any = samples_value(threshold, subject, &spans, &value);
        break;
    case METRIC_COUNTER:
        any = counter_value(threshold, subject, &value);
        break;
    case METRIC_COUNT:
        break;
    }
    free(spans.items);
    if (any)
        *ret_value = value;
    return any;
}
