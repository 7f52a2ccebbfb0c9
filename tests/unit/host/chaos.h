/* A program that answers every input with random effects, and the laws that it can see: for tests
 * of random runs. */
#ifndef TEST_CHAOS_H
#define TEST_CHAOS_H
#include <check.h>

#include "host/cluster.h"
#include "support/small_cluster.h"

enum { CHAOS_VOLUME_BYTES = 1 << 16 };

/* What a watcher knows of an instance. */
struct chaos_watched {
    bool up;
    uint32_t pauses, stalls;
    uint32_t incarnation;
    uint64_t last_fact; /* number of the last one in this incarnation */
};

/* The run that is under way. */
struct chaos_run {
    uint64_t seed;
    struct cluster *cluster;
    bool active; /* the program begins something new */
    struct chaos_watched watched[SMALL_INSTANCES_MAX];
};
extern struct chaos_run run;

/* Over all seeds: a law about nothing says nothing. */
struct chaos_seen {
    uint64_t inputs, ends, facts, stops, held, tail_dropped, disk_errors, failed_barriers;
};
extern struct chaos_seen seen;

#define LAW(condition)                                                                             \
    do {                                                                                           \
        if (!(condition))                                                                          \
            ck_abort_msg("RANDOM_RUNS_SEED=%llu: at %llu ns: broken: %s",                          \
                         (unsigned long long)run.seed,                                             \
                         (unsigned long long)cluster_now(run.cluster), #condition);                \
    } while (0)

extern const struct cs_program chaos_program;
extern const uint64_t chaos_costs_ns[];

#endif
