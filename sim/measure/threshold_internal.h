/* What the parts of thresholds share. */
#ifndef MEASURE_THRESHOLD_INTERNAL_H
#define MEASURE_THRESHOLD_INTERNAL_H
#include "base/wide.h"
#include "measure/threshold.h"

/* The time of a filter: spans [at, until) in order, none touching the next. */
struct spans {
    struct fault_span *items;
    size_t count;
    uint64_t length_ns;
};

struct spans spans_of(const struct threshold_filter *filter,
                      const struct threshold_subject *subject);
bool within_spans(const struct spans *spans, uint64_t from_ns, uint64_t until_ns);

bool at_place(const struct threshold_filter *filter, const struct threshold_subject *subject,
              uint32_t instance, uint32_t group);
/* An operation as far as its client, target and kind say. */
bool is_asked_for(const struct threshold_filter *filter, const struct threshold_subject *subject,
                  const struct operation *operation);
/* The same, and its intended start and life are in the filter's time. */
bool is_sampled(const struct threshold_filter *filter, const struct threshold_subject *subject,
                const struct operation *operation);

/* What is counted by window: of those windows that count. */
struct windows {
    uint64_t *values;
    uint64_t *lengths_ns;
    size_t count;
    wide sum;
    uint64_t length_ns;
};

struct windows windows_new(const struct threshold_subject *subject);
void windows_done(struct windows *windows);
void windows_add(struct windows *windows, uint64_t value, uint64_t length_ns);
/* Where a window of the samples ends. */
uint64_t window_end(const struct threshold_subject *subject, size_t window);
/* `unit` is what one of what was counted is per second. */
bool windows_value(const struct threshold *threshold, struct windows *windows, uint64_t unit,
                   uint64_t *ret_value);

/* Zeroed; never NULL.  To be freed. */
void *zeroed_array(size_t count, size_t item_size);
int compare_u64(const void *a, const void *b);
/* `count` times `unit` in `length_ns`, which is not 0. */
uint64_t per_second(wide count, uint64_t unit, uint64_t length_ns);

/* One each: the number of a metric. */
bool latency_value(const struct threshold *threshold, const struct threshold_subject *subject,
                   const struct spans *spans, uint64_t *ret_value);
bool errors_value(const struct threshold *threshold, const struct threshold_subject *subject,
                  uint64_t *ret_value);
bool throughput_value(const struct threshold *threshold, const struct threshold_subject *subject,
                      const struct spans *spans, uint64_t *ret_value);
bool unavailable_value(const struct threshold *threshold, const struct threshold_subject *subject,
                       const struct spans *spans, uint64_t *ret_value);
bool recovery_value(const struct threshold *threshold, const struct threshold_subject *subject,
                    uint64_t *ret_value);

#endif
