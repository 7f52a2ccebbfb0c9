/* Metrics: what clients experienced, computed from a history when the run is over.
 *
 * Latency counts from the intended start, so that a stalled system is charged for the operations
 * that it kept from starting.  An ok operation has the latency of its answer, an unknown one that
 * of its end (its deadline); a failed one has none.  Final reads do not count. */
#ifndef MEASURE_METRICS_H
#define MEASURE_METRICS_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/wide.h"
#include "measure/histogram.h"
#include "measure/history.h"

/* From `at_ns` until before `until_ns` a fault was active. */
struct fault_span {
    uint64_t at_ns, until_ns;
};

enum phase {
    PHASE_WARMUP,
    PHASE_STEADY, /* no fault is active and none ended within PHASE_HEAL_NS */
    PHASE_FAULTS,
    PHASE_HEAL,
    PHASE_SETTLE, /* from the duration on */
    PHASE_COUNT
};
const char *phase_name(enum phase phase);

#define PHASE_HEAL_NS UINT64_C(1000000000)

struct metrics_options {
    uint64_t window_ns;
    uint64_t warmup_ns, duration_ns; /* [warmup, duration) is measured */
    uint64_t end_ns;                 /* of the last window; where the run ended */
    const struct fault_span *faults;
    size_t fault_count;
};

struct outcome_counts {
    uint64_t ok, failed, unknown; /* one that never ended is unknown */
};

/* Outcomes are counted in the window in which they came, latencies belong to the window of the
 * intended start: throughput shows what came out when, latency what a request of that moment met.
 */
struct metrics_window {
    uint64_t start_ns;
    enum phase phase; /* PHASE_FAULTS if one was active at any time in it */
    struct outcome_counts counts;
    uint64_t latency_count; /* 0: the latencies below mean nothing */
    uint64_t p50_ns, p95_ns, p99_ns, p99_9_ns, max_ns;
};

struct metrics_share {
    struct outcome_counts counts;
    struct histogram *latency;
};

struct metrics {
    struct metrics_window *windows;
    size_t window_count;
    struct metrics_share measured;            /* intended starts in [warmup, duration) */
    struct metrics_share phases[PHASE_COUNT]; /* by the phase of the intended start */
    uint64_t measured_ns;                     /* the measured interval's length, as far as it ran */
    uint64_t answered;                        /* ok answers that came in the measured interval */
    uint64_t throughput_per_s;                /* answered, by its length; rounded down */
    /* The number of operations in the system, from the intended start to the end, integrated over
     * the measured interval: by its length, the mean number in the system. */
    wide in_system_ns;
    /* In the measured interval: the longest time between two ok answers (or its bounds) during
     * which something was pending; and where that stretch began. */
    uint64_t unavailable_ns_max;
    uint64_t unavailable_at_ns;
};

/* Asserts Little's law, as an identity of integers: the number in the system, integrated over the
 * starts and ends, is the sum over the operations of the times that they spent in it (Little, "A
 * Proof for the Queuing Formula L = lambda W", 1961).  Operations that never ended count up to the
 * end.  It must hold in the measured interval, and from the first operation to the last event if
 * history_integral() knows. */
struct metrics *metrics_new(const struct history *history, const struct metrics_options *options);
void metrics_free(struct metrics *metrics);

/* The phase of an instant. */
enum phase metrics_phase(const struct metrics_options *options, uint64_t at_ns);

#endif
