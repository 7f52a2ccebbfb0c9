/* Samples: what the cluster looked like at the end of each window and did during it, instance by
 * instance; and, exactly, who took which role when, and what programs counted.
 *
 * Window w is [w * window, (w + 1) * window), the last one cut at `until` or where the run ended.
 */
#ifndef MEASURE_SAMPLES_H
#define MEASURE_SAMPLES_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "host/cluster.h"
#include "measure/usage.h"

struct sample {
    struct resource_use use[RESOURCE_COUNT];
    /* At the window's end. */
    bool up;
    uint8_t role; /* enum cs_role, as it last said */
    uint64_t term;
    uint64_t commit_index;
    uint32_t disk_depth; /* operations that its disk has not done, of the volume with most */
    /* During the window. */
    uint32_t disk_most; /* of such operations */
    uint64_t messages_sent, bytes_sent;
    uint64_t disk_bytes, flushes;
};

/* From `at_ns` on the instance is this, until its next change. */
struct role_change {
    uint64_t at_ns;
    uint32_t instance;
    bool up;       /* false: it ended; role and term are then OTHER and 0 */
    uint8_t role;  /* enum cs_role; OTHER from a boot until it says one */
    uint64_t term; /* as it said */
};

/* What cs_count() and cs_reached() named, summed over instances. */
struct tally {
    const char *name;
    uint64_t count;
};

/* All of it.  Arrays belong to the samples. */
struct sample_table {
    uint64_t window_ns;
    uint64_t end_ns; /* of the last window */
    uint32_t instance_count;
    size_t window_count;
    const struct sample *samples; /* [window * instance_count + instance] */
    const struct role_change *changes;
    size_t change_count; /* in the order in which they happened */
    const struct tally *counters;
    size_t counter_count; /* sorted by name */
    const struct tally *reached;
    size_t reached_count; /* sorted by name */
    const struct tally *stops;
    size_t stop_count; /* why instances stopped themselves, sorted */
};

struct samples;

/* Observe `cluster`, and sample every `window_ns` up to `until_ns`.  To be made before the cluster
 * runs. */
struct samples *samples_new(struct cluster *cluster, uint64_t window_ns, uint64_t until_ns);
void samples_free(struct samples *samples);

/* The run is over, at cluster_now(): take the sample of a window that it left unfinished.  To be
 * called once, before the table is read for good. */
void samples_finish(struct samples *samples);

/* Valid until the cluster runs on or the samples are freed. */
struct sample_table samples_table(const struct samples *samples);

#endif
