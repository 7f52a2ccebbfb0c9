/* What the benchmarks of the engine share: time, medians, JSON lines, and one set of names for both
 * queues, so that a benchmark is compiled once for each: with BENCH_HEAP for the heap of the tests,
 * without it for the event queue. */
#ifndef BENCH_H
#define BENCH_H
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "clustersim/protocol.h"

#ifdef BENCH_HEAP
#include "support/heap_queue.h"
#define BENCH_QUEUE    "heap"
#define pending        heap_queue
#define pending_new    heap_queue_new
#define pending_free   heap_queue_free
#define pending_push   heap_queue_push
#define pending_pop    heap_queue_pop
#define pending_memory heap_queue_memory
#else
#include "engine/queue.h"
#define BENCH_QUEUE    "ladder"
#define pending        event_queue
#define pending_new    event_queue_new
#define pending_free   event_queue_free
#define pending_push   event_queue_push
#define pending_pop    event_queue_pop
#define pending_memory event_queue_memory
#endif

enum { BENCH_SAMPLES = 5 };

/* CPU time of this process: other processes disturb it less than they disturb the clock's. */
static inline double bench_now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static inline int bench_compare(const void *a, const void *b)
{
    const double *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static inline double bench_median(double samples[BENCH_SAMPLES])
{
    qsort(samples, BENCH_SAMPLES, sizeof samples[0], bench_compare);
    return samples[BENCH_SAMPLES / 2];
}

/* `parameters` is the inside of a JSON object. */
static inline void bench_print(const char *name, const char *parameters, double value,
                               const char *unit)
{
    printf("{\"name\": \"%s\", \"parameters\": {%s}, \"value\": %.1f, \"unit\": \"%s\"}\n", name,
           parameters, value, unit);
    fflush(stdout);
}

#endif
