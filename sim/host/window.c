/* The most that has waited at each queue since a window of time began. */
#include "host/internal.h"

void cluster_begin_window(struct cluster *cluster)
{
    network_begin_window(cluster->network, cluster->now);
    for (uint32_t m = 0; m < cluster->options->topology.machine_count; m++)
        cluster->machines[m].jobs_most = cluster->machines[m].jobs_waiting;
    for (uint32_t i = 0; i < cluster->options->instance_count; i++) {
        struct instance *instance = &cluster->instances[i];
        instance->inbox_most = instance->inbox_depth;
        for (cs_volume v = 0; v < instance->lent.volume_count; v++) {
            disk_begin_window(instance->lent.volumes[v], cluster->now);
            instance->depth_most[v] = cluster_volume_depth(cluster, i, v);
        }
    }
}
