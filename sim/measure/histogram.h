/* A log-linear latency histogram: values in ns from 1 to 2^62, relative error below 1/128, sparse
 * in memory.  Reports in the text format of HdrHistogram's percentile output (.hgrm). */
#ifndef MEASURE_HISTOGRAM_H
#define MEASURE_HISTOGRAM_H
#include <stdint.h>
#include <stdio.h>

struct histogram;
struct histogram *histogram_new(void);
void histogram_free(struct histogram *histogram);
void histogram_reset(struct histogram *histogram);
void histogram_add(struct histogram *histogram, uint64_t value);
uint64_t histogram_count(const struct histogram *histogram);
uint64_t histogram_max(const struct histogram *histogram); /* exact */
uint64_t histogram_min(const struct histogram *histogram); /* exact */
/* The mean of the values, exact, rounded down; 0 if empty. */
uint64_t histogram_mean(const struct histogram *histogram);
/* The smallest recorded value (to the histogram's precision, never above the max) at or below which
 * at least parts / 1,000,000 of the values lie; 0 if empty. */
uint64_t histogram_percentile(const struct histogram *histogram, uint32_t parts_per_million);
/* Write the percentile table; values are divided by `unit` and printed with three decimals. */
void histogram_write(const struct histogram *histogram, uint64_t unit, FILE *file);

#endif
