/* The hold model: the next event is taken out and one is put in, at its time plus a random delay,
 * so the number of pending events stays.
 *
 *     queue-hold                                 all of the table, medians of five
 *     queue-hold DISTRIBUTION PENDING EVENTS     one run that measures nothing, for callgrind
 *
 * Source of the model: Jones, "An Empirical Comparison of Priority-Queue and Event-Set
 * Implementations" (CACM 29, 1986).  The draw of the delay is part of the cost. */
#include <string.h>

#include "base/random.h"
#include "bench.h"

struct distribution {
    const char *name;
    uint64_t spread_ns; /* uniform in [near_ns, near_ns + spread_ns), but for timers */
    uint64_t near_ns;
    uint64_t timer_parts; /* in 2^32 of all delays: uniform in [150, 300) ms */
    uint64_t max_ns;
};

static const struct distribution distributions[] = {
    { .name = "uniform", .spread_ns = 2000000, .max_ns = 2000000 },
    { .name = "bimodal",
      .spread_ns = 900000,
      .near_ns = 100000,
      .timer_parts = PROBABILITY_ONE / 10,
      .max_ns = 300000000 },
};

static inline uint64_t draw(const struct distribution *distribution, struct random_stream *stream)
{
    uint64_t bits = random_next(stream);
    if ((uint32_t)bits < distribution->timer_parts)
        return 150000000 + random_scale(bits, 150000000);
    return distribution->near_ns + random_scale(bits, distribution->spread_ns);
}

/* The rest of a delay seen at a random moment: long ones are seen more often. */
static uint64_t draw_residual(const struct distribution *distribution, struct random_stream *stream)
{
    uint64_t delay = draw(distribution, stream);
    while (random_below(stream, distribution->max_ns) >= delay)
        delay = draw(distribution, stream);
    return random_below(stream, delay + 1);
}

static void fill(struct pending *queue, const struct distribution *distribution, uint32_t count,
                 struct random_stream *stream)
{
    for (uint32_t i = 0; i < count; i++)
        pending_push(queue, draw_residual(distribution, stream), i);
}

/* What is measured; callgrind finds it by its name. */
static __attribute__((noinline)) uint64_t hold_events(struct pending *queue,
                                                      const struct distribution *distribution,
                                                      uint64_t count, struct random_stream *stream)
{
    uint64_t sum = 0;
    for (uint64_t i = 0; i < count; i++) {
        uint64_t at = 0;
        uint32_t record = 0;
        pending_pop(queue, &at, &record);
        sum += at ^ record;
        pending_push(queue, at + draw(distribution, stream), record);
    }
    return sum;
}

static void measure(const struct distribution *distribution, uint32_t count)
{
    struct pending *queue = pending_new();
    struct random_stream stream = random_stream_of(1);
    uint64_t events = count > 1000000 ? count : 1000000;
    fill(queue, distribution, count, &stream);
    uint64_t sum = hold_events(queue, distribution, events, &stream);
    double samples[BENCH_SAMPLES];
    for (int i = 0; i < BENCH_SAMPLES; i++) {
        double begun = bench_now_ns();
        sum += hold_events(queue, distribution, events, &stream);
        samples[i] = (bench_now_ns() - begun) / (double)events;
    }
    cs_assert(sum != 0);
    char parameters[100];
    snprintf(parameters, sizeof parameters,
             "\"queue\": \"%s\", \"delays\": \"%s\", \"pending\": %u", BENCH_QUEUE,
             distribution->name, count);
    bench_print("queue_hold", parameters, bench_median(samples), "ns/event");
    bench_print("queue_hold_memory", parameters, (double)pending_memory(queue) / count,
                "bytes/event");
    pending_free(queue);
}

static int run_once(const char *name, uint32_t count, uint64_t events)
{
    for (size_t i = 0; i < sizeof distributions / sizeof distributions[0]; i++) {
        if (strcmp(distributions[i].name, name) != 0)
            continue;
        struct pending *queue = pending_new();
        struct random_stream stream = random_stream_of(1);
        fill(queue, &distributions[i], count, &stream);
        hold_events(queue, &distributions[i], events, &stream);
        pending_free(queue);
        return 0;
    }
    fprintf(stderr, "queue-hold: no distribution \"%s\"\n", name);
    return 2;
}

int main(int argc, char **argv)
{
    if (argc == 4) {
        return run_once(argv[1], (uint32_t)strtoul(argv[2], NULL, 10), strtoull(argv[3], NULL, 10));
    }
    if (argc != 1) {
        fputs("usage: queue-hold [DISTRIBUTION PENDING EVENTS]\n", stderr);
        return 2;
    }
    const uint32_t counts[] = { 10, 1000, 100000, 1000000 };
    for (size_t d = 0; d < sizeof distributions / sizeof distributions[0]; d++) {
        for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++)
            measure(&distributions[d], counts[i]);
    }
    return 0;
}
