/* What the files of a fleet share: fleet.c starts, paces and ends the processes, fleet_tell.c tells
 * the cluster what they say. */
#ifndef LIVE_FLEET_INTERNAL_H
#define LIVE_FLEET_INTERNAL_H
#include "live/child.h"
#include "live/fleet.h"

struct fleet {
    struct fleet_options options;
    const struct cluster_options *cluster_options;
    struct cluster *cluster; /* NULL before fleet_attach() */
    struct child *children;  /* by instance */
    uint32_t count;
    uint8_t *cuts;    /* [from][to]: 1 = cut, as the nodes were told */
    uint64_t zero_ns; /* the machine's clock at time 0 of the run */
    uint64_t epoch_ns;
    GPtrArray *answers; /* struct answer: those that wait for the next sweep */
    unsigned nested;    /* an incarnation is about to end */
    char *failure;
    bool surroundings; /* what has failed was not of the program's own doing */
    bool limited;
    struct costs costs;
};

struct answer {
    uint32_t instance;
    cs_request request;
    size_t size;
    uint8_t bytes[];
};

void fleet_add_counters(struct instance_counters *sum, const struct instance_counters *more);
/* Read what the nodes have said, and write what they are to hear. */
void fleet_hear_all(struct fleet *fleet);
/* Tell the cluster what is stamped up to the horizon, by stamps. */
void fleet_tell_up_to(struct fleet *fleet, uint64_t horizon_ns);
/* Tell it the answers that had to wait. */
void fleet_tell_answers(struct fleet *fleet);

#endif
