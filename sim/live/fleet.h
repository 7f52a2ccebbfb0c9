/* The processes of a live run, and the books that are kept of them.
 *
 * The parent has a cluster as a simulation has, but its programs run elsewhere: in a process each.
 * Load, faults, samples and oracles work on that cluster, whose clock is the real one: fleet_pace()
 * takes the place of cluster_run().  What the processes tell is told to the cluster, what it
 * begins, ends, pauses and asks is carried out on the processes. */
#ifndef LIVE_FLEET_H
#define LIVE_FLEET_H
#include <glib.h>
#include <signal.h>

#include "live/costs.h"
#include "scenario/plan.h"

struct fleet_options {
    const struct plan *plan;
    const char *const *node_arguments; /* of `clustersim`, before what is the node's own; NULL at
                                          the end */
    const char *folder;                /* of the nodes: one below for each; made here */
    uint32_t port_base;
    bool sync;
    uint32_t datagram_max;
    const char *record;                       /* a folder for the nodes' logs; or NULL */
    uint64_t time_limit_ns;                   /* for the whole run */
    const volatile sig_atomic_t *interrupted; /* end early when it is not 0 */
};

struct fleet;

/* Start the processes and wait until each has its port and its files.  Errors: G_FILE_ERROR or
 * G_SPAWN_ERROR; then nothing is left running. */
struct fleet *fleet_new(const struct fleet_options *options, GError **error);
/* Let every process that runs end by itself, within a few seconds. */
void fleet_shut_down(struct fleet *fleet);
/* Ends every process that is left. */
void fleet_free(struct fleet *fleet);

/* The fleet runs the cluster's programs from now on; time 0 is now. */
void fleet_attach(struct fleet *fleet, struct cluster *cluster);
/* Let the cluster's clock go on with the real one up to `until_ns`.  False if it ended early: it
 * was interrupted, the time limit was reached, or a process died that nobody has killed. */
bool fleet_pace(struct fleet *fleet, uint64_t until_ns);

/* What was measured so far. */
const struct costs *fleet_costs(const struct fleet *fleet);

/* Why a run ended early, if not by an interruption: one sentence, or NULL. */
const char *fleet_failure(const struct fleet *fleet);
/* Whether it was for want of a port, a file, room on a disk or a process. */
bool fleet_failed_by_surroundings(const struct fleet *fleet);
bool fleet_reached_limit(const struct fleet *fleet);

#endif
