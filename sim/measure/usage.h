/* Usage: how busy each resource of an instance was in a window, and what waits for it. */
#ifndef MEASURE_USAGE_H
#define MEASURE_USAGE_H
#include "host/cluster.h"

enum resource {
    RESOURCE_CPU,     /* the instance's own, one input at a time */
    RESOURCE_CORES,   /* of its machine, for jobs */
    RESOURCE_NIC_OUT, /* its machine's interface */
    RESOURCE_NIC_IN,
    RESOURCE_DISK, /* the busiest of its volumes */
    RESOURCE_LINK, /* the busiest of those that lead from its machine */
    RESOURCE_COUNT
};

/* Of nobody's concern if the resource has no limit: all zero. */
struct resource_use {
    uint32_t busy_ppm; /* share of the window in which it worked */
    uint64_t waiting;  /* at the window's end: of the CPU inputs, of the cores jobs, of the others
                          the ns until they have caught up */
    uint64_t most;     /* that waited at any time in the window */
};

struct usage;
struct usage *usage_new(struct cluster *cluster);
void usage_free(struct usage *usage);

/* A window ends now: before usage_take() for each instance. */
void usage_end_window(struct usage *usage);
/* What an instance was like in it; it was `length_ns` long. */
void usage_take(struct usage *usage, uint32_t instance, uint64_t length_ns,
                struct resource_use ret_use[RESOURCE_COUNT]);
/* How many operations the volume of an instance has to do that has most of them, now; *ret_most: at
 * any time in the window. */
uint32_t usage_disk_depth(const struct usage *usage, uint32_t instance, uint32_t *ret_most);
/* The next window begins: after all of those. */
void usage_begin_window(struct usage *usage);

#endif
