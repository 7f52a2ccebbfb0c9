/* The table of metrics: which aggregates they have, in which unit, and which filters. */
#include <inttypes.h>
#include <string.h>

#include "measure/threshold.h"

#define OF_FILTER(filter) (1u << (filter))

enum {
    BY_TIME = OF_FILTER(FILTER_PHASE) | OF_FILTER(FILTER_FAULT),
    BY_PLACE = OF_FILTER(FILTER_GROUP) | OF_FILTER(FILTER_REGION) | OF_FILTER(FILTER_NODE),
    BY_OPERATION = OF_FILTER(FILTER_OP) | BY_PLACE,
};

struct metric_type {
    const char *name;
    enum threshold_unit units[AGGREGATE_KINDS];
    unsigned filters;
};

static const struct metric_type types[] = {
    [METRIC_LATENCY] = { "latency",
                         { [AGGREGATE_COUNT] = UNIT_NUMBER,
                           [AGGREGATE_RATE] = UNIT_RATE,
                           [AGGREGATE_AVG] = UNIT_NS,
                           [AGGREGATE_MIN] = UNIT_NS,
                           [AGGREGATE_MAX] = UNIT_NS,
                           [AGGREGATE_PERCENTILE] = UNIT_NS,
                           [AGGREGATE_VALUE] = UNIT_NS },
                         BY_TIME | BY_OPERATION },
    [METRIC_THROUGHPUT] = { "throughput",
                            { [AGGREGATE_COUNT] = UNIT_NUMBER,
                              [AGGREGATE_RATE] = UNIT_RATE,
                              [AGGREGATE_AVG] = UNIT_RATE,
                              [AGGREGATE_MIN] = UNIT_RATE,
                              [AGGREGATE_MAX] = UNIT_RATE,
                              [AGGREGATE_PERCENTILE] = UNIT_RATE,
                              [AGGREGATE_VALUE] = UNIT_RATE },
                            BY_TIME | BY_OPERATION },
    [METRIC_ERRORS] = { "errors",
                        { [AGGREGATE_COUNT] = UNIT_NUMBER,
                          [AGGREGATE_RATE] = UNIT_SHARE,
                          [AGGREGATE_VALUE] = UNIT_SHARE },
                        BY_TIME | BY_OPERATION },
    [METRIC_UNAVAILABLE] = { "unavailable",
                             { [AGGREGATE_MAX] = UNIT_NS, [AGGREGATE_VALUE] = UNIT_NS },
                             BY_TIME | BY_OPERATION },
    [METRIC_RECOVERY] = { "recovery",
                          { [AGGREGATE_COUNT] = UNIT_NUMBER,
                            [AGGREGATE_AVG] = UNIT_NS,
                            [AGGREGATE_MIN] = UNIT_NS,
                            [AGGREGATE_MAX] = UNIT_NS,
                            [AGGREGATE_PERCENTILE] = UNIT_NS,
                            [AGGREGATE_VALUE] = UNIT_NS },
                          OF_FILTER(FILTER_FAULT) | BY_OPERATION },
    [METRIC_ELECTIONS] = { "elections",
                           { [AGGREGATE_COUNT] = UNIT_NUMBER,
                             [AGGREGATE_RATE] = UNIT_RATE,
                             [AGGREGATE_VALUE] = UNIT_NUMBER },
                           BY_TIME | BY_PLACE },
    [METRIC_MESSAGES] = { "messages",
                          { [AGGREGATE_COUNT] = UNIT_NUMBER,
                            [AGGREGATE_RATE] = UNIT_RATE,
                            [AGGREGATE_AVG] = UNIT_RATE,
                            [AGGREGATE_MIN] = UNIT_RATE,
                            [AGGREGATE_MAX] = UNIT_RATE,
                            [AGGREGATE_PERCENTILE] = UNIT_RATE,
                            [AGGREGATE_VALUE] = UNIT_NUMBER },
                          BY_TIME | BY_PLACE },
    [METRIC_BYTES] = { "bytes",
                       { [AGGREGATE_COUNT] = UNIT_BYTES,
                         [AGGREGATE_RATE] = UNIT_BANDWIDTH,
                         [AGGREGATE_AVG] = UNIT_BANDWIDTH,
                         [AGGREGATE_MIN] = UNIT_BANDWIDTH,
                         [AGGREGATE_MAX] = UNIT_BANDWIDTH,
                         [AGGREGATE_PERCENTILE] = UNIT_BANDWIDTH,
                         [AGGREGATE_VALUE] = UNIT_BYTES },
                       BY_TIME | BY_PLACE },
    [METRIC_FLUSHES] = { "flushes",
                         { [AGGREGATE_COUNT] = UNIT_NUMBER,
                           [AGGREGATE_RATE] = UNIT_RATE,
                           [AGGREGATE_AVG] = UNIT_RATE,
                           [AGGREGATE_MIN] = UNIT_RATE,
                           [AGGREGATE_MAX] = UNIT_RATE,
                           [AGGREGATE_PERCENTILE] = UNIT_RATE,
                           [AGGREGATE_VALUE] = UNIT_NUMBER },
                         BY_TIME | BY_PLACE },
    [METRIC_COUNTER] = { NULL,
                         { [AGGREGATE_COUNT] = UNIT_NUMBER,
                           [AGGREGATE_RATE] = UNIT_RATE,
                           [AGGREGATE_VALUE] = UNIT_NUMBER },
                         0 },
};
_Static_assert(sizeof types / sizeof types[0] == METRIC_COUNT, "every metric has a type");

static const char *const aggregate_names[] = {
    [AGGREGATE_COUNT] = "count", [AGGREGATE_RATE] = "rate", [AGGREGATE_AVG] = "avg",
    [AGGREGATE_MIN] = "min",     [AGGREGATE_MAX] = "max",   [AGGREGATE_PERCENTILE] = "p",
    [AGGREGATE_VALUE] = "value",
};
_Static_assert(sizeof aggregate_names / sizeof aggregate_names[0] == AGGREGATE_KINDS,
               "every aggregate has a name");

static const char *const filter_names[] = { "phase", "fault", "op", "group", "region", "node" };
_Static_assert(sizeof filter_names / sizeof filter_names[0] == FILTERS, "every filter has a name");

const char *metric_name(enum metric metric)
{
    cs_assert(metric < METRIC_COUNTER);
    return types[metric].name;
}

const char *aggregate_name(enum aggregate aggregate)
{
    cs_assert(aggregate < AGGREGATE_KINDS);
    return aggregate_names[aggregate];
}

const char *filter_name(unsigned filter)
{
    cs_assert(filter < FILTERS);
    return filter_names[filter];
}

enum threshold_unit threshold_unit(enum metric metric, enum aggregate aggregate)
{
    cs_assert(metric < METRIC_COUNT);
    cs_assert(aggregate < AGGREGATE_KINDS);
    return types[metric].units[aggregate];
}

bool metric_has_filter(enum metric metric, unsigned filter)
{
    cs_assert(metric < METRIC_COUNT);
    cs_assert(filter < FILTERS);
    return (types[metric].filters & OF_FILTER(filter)) != 0;
}

bool threshold_met(const struct threshold *threshold, uint64_t value)
{
    switch (threshold->comparison) {
    case COMPARE_LESS:
        return value < threshold->limit;
    case COMPARE_AT_MOST:
        return value <= threshold->limit;
    case COMPARE_MORE:
        return value > threshold->limit;
    case COMPARE_AT_LEAST:
        return value >= threshold->limit;
    case COMPARE_EQUAL:
        return value == threshold->limit;
    }
    cs_assert(false && "no such comparison");
    return false;
}

/* value / 10^decimals without zeros at the end. */
static void add_decimal(struct cs_text *text, uint64_t value, unsigned decimals)
{
    while (decimals > 0 && value % 10 == 0) {
        value /= 10;
        decimals--;
    }
    uint64_t one = 1;
    for (unsigned i = 0; i < decimals; i++)
        one *= 10;
    cs_text_add(text, "%" PRIu64, value / one);
    if (decimals > 0)
        cs_text_add(text, ".%0*" PRIu64, (int)decimals, value % one);
}

void threshold_add_text(struct cs_text *text, enum threshold_unit unit, uint64_t value)
{
    cs_assert(unit != UNIT_NONE);
    switch (unit) {
    case UNIT_NONE:
    case UNIT_NUMBER:
        cs_text_add(text, "%" PRIu64, value);
        break;
    case UNIT_NS:
        if (value == UINT64_MAX) {
            cs_text_add(text, "never");
        } else {
            text_add_duration(text, value);
        }
        break;
    case UNIT_RATE:
        add_decimal(text, value, 3);
        cs_text_add(text, "/s");
        break;
    case UNIT_SHARE:
        add_decimal(text, value, 7);
        cs_text_add(text, "%%");
        break;
    case UNIT_BYTES:
        cs_text_add(text, "%" PRIu64 "B", value);
        break;
    case UNIT_BANDWIDTH:
        cs_text_add(text, "%" PRIu64 "bit/s", value);
        break;
    }
}
