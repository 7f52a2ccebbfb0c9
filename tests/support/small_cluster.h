/* A small cluster for tests of the host and what stands on it: every instance runs a program of the
 * test's, has a machine of its own unless told otherwise, and every link takes a constant time. */
#ifndef TEST_SMALL_CLUSTER_H
#define TEST_SMALL_CLUSTER_H
#include "host/cluster.h"

enum { SMALL_INSTANCES_MAX = 16, SMALL_GROUPS_MAX = 4 };

struct small_cluster {
    struct cluster_options options;
    struct machine_options machines[SMALL_INSTANCES_MAX];
    struct instance_options instances[SMALL_INSTANCES_MAX];
    struct group_options groups[SMALL_GROUPS_MAX];
    uint32_t members[SMALL_GROUPS_MAX][SMALL_INSTANCES_MAX];
    uint32_t rack_of_machine[SMALL_INSTANCES_MAX];
    uint32_t region_of_rack[1];
    uint32_t link_of_racks[1];
    struct link_options link;
    const char *names[1];
};

/* `count` instances "a", "b", … of `program` in one group "all", links of 1 ms, cost-free CPUs,
 * disks that write in 10 us and flush in 100 us.  Change what is different, then call
 * cluster_new(&small->options). */
void small_cluster_init(struct small_cluster *small, const struct cs_program *program,
                        uint32_t count);

#endif
