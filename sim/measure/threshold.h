/* Thresholds: one number of a run, by metric, filter and aggregate, and the limit that it must
 * keep.  Everything is an integer in the unit of the aggregate: what is compared is what is shown.
 *
 * Operations are those of clients, without final reads.  Without a filter by phase only what falls
 * into [warmup, duration) counts.  Latencies, errors and the fault filter go by an operation's
 * intended start and life; throughput counts answers when they come.  What instances do is known by
 * window: windows that lie wholly within the filter's time count. */
#ifndef MEASURE_THRESHOLD_H
#define MEASURE_THRESHOLD_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"
#include "host/cluster.h"
#include "measure/history.h"
#include "measure/metrics.h"
#include "measure/samples.h"

enum metric {
    METRIC_LATENCY,
    METRIC_THROUGHPUT,
    METRIC_ERRORS,
    METRIC_UNAVAILABLE,
    METRIC_RECOVERY,
    METRIC_ELECTIONS,
    METRIC_MESSAGES,
    METRIC_BYTES,
    METRIC_FLUSHES,
    METRIC_COUNTER, /* a name given to cs_count() or cs_reached() */
    METRIC_COUNT
};

enum aggregate {
    AGGREGATE_COUNT,
    AGGREGATE_RATE,
    AGGREGATE_AVG,
    AGGREGATE_MIN,
    AGGREGATE_MAX,
    AGGREGATE_PERCENTILE,
    AGGREGATE_VALUE, /* the metric's own number: latency p(99), throughput avg, errors rate,
                        unavailable and recovery max, of the others count */
    AGGREGATE_KINDS
};

enum comparison { COMPARE_LESS, COMPARE_AT_MOST, COMPARE_MORE, COMPARE_AT_LEAST, COMPARE_EQUAL };

enum threshold_unit {
    UNIT_NONE,     /* the metric has no such aggregate */
    UNIT_NUMBER,   /* things */
    UNIT_NS,       /* UINT64_MAX: never */
    UNIT_RATE,     /* thousandths per second */
    UNIT_SHARE,    /* parts per 10^9 */
    UNIT_BYTES,    /* bytes */
    UNIT_BANDWIDTH /* bits per second */
};

/* The names that scenarios use. */
const char *metric_name(enum metric metric); /* not of METRIC_COUNTER */
const char *aggregate_name(enum aggregate aggregate);
enum threshold_unit threshold_unit(enum metric metric, enum aggregate aggregate);

enum { FILTER_PHASE, FILTER_FAULT, FILTER_OP, FILTER_GROUP, FILTER_REGION, FILTER_NODE, FILTERS };
const char *filter_name(unsigned filter);
/* Whether a metric can be told apart in this way. */
bool metric_has_filter(enum metric metric, unsigned filter);

#define FILTER_ANY UINT32_MAX

struct threshold_filter {
    uint32_t phase;              /* enum phase, or FILTER_ANY, as all of these */
    const bool *of_fault;        /* by index of the fault's options; NULL: any time */
    uint32_t op;                 /* enum cs_op_kind */
    uint32_t group, group_count; /* the first of a group's copies, and how many */
    uint32_t region;             /* the client's, or the instance's */
    uint32_t node;
};

struct threshold {
    const char *metric_text; /* as written: "latency{phase=steady}" */
    const char *expression;  /* "p(99) < 200ms" */
    enum metric metric;
    const char *counter; /* METRIC_COUNTER */
    struct threshold_filter filter;
    enum aggregate aggregate;
    uint32_t percentile; /* parts per million */
    enum comparison comparison;
    uint64_t limit; /* in the aggregate's unit */
};

/* What a run left behind. */
struct threshold_subject {
    const struct cluster_options *cluster;
    const struct history *history;
    const struct sample_table *samples;
    const struct metrics_options *times;
    const uint32_t *fault_of_span; /* which fault each of times->faults was a firing of */
};

/* The number that a threshold is about; false if there is nothing to make it of. */
bool threshold_value(const struct threshold *threshold, const struct threshold_subject *subject,
                     uint64_t *ret_value);
bool threshold_met(const struct threshold *threshold, uint64_t value);
/* An aggregate of plain values, which are sorted here: of runs, say.  False if there are none. */
bool aggregate_values(enum aggregate aggregate, uint32_t percentile, uint64_t *values, size_t count,
                      uint64_t *ret_value);

/* "141.5ms", "968.2/s", "4.5%", …: exact. */
void threshold_add_text(struct cs_text *text, enum threshold_unit unit, uint64_t value);

#endif
