/* Models count a piece of work when they are asked for it.  What they have done by now is that
 * without the backlog: a server that never idles while there is work is busy for all of it. */
#include "measure/usage.h"

#include <stdlib.h>

#include "base/wide.h"

enum { MILLION = 1000000 };

struct usage {
    struct cluster *cluster;
    uint64_t (*done_ns)[RESOURCE_DISK]; /* by instance: work done by the end of the last window */
    uint64_t *disk_done_ns;             /* the same of volumes, those of instance 0 first */
    size_t *volume_first;               /* by instance */
    struct network_link_use *links;     /* by machine, of the window that has ended; or NULL */
};

/* Work that was done between `*before` and now; `done_ns` in all. */
static uint32_t share_of(uint64_t done_ns, uint64_t *before, uint64_t capacity_ns)
{
    cs_assert(capacity_ns > 0);
    cs_assert(done_ns >= *before);
    wide ppm = (wide)(done_ns - *before) * MILLION / capacity_ns;
    *before = done_ns;
    /* More than all can be when a crash or a new device has cut work short that was counted. */
    return ppm < MILLION ? (uint32_t)ppm : MILLION;
}

static struct resource_use cpu_use(struct usage *usage, uint32_t instance, uint64_t length_ns)
{
    struct instance_view view = cluster_view(usage->cluster, instance);
    uint64_t done_ns = cluster_counters(usage->cluster, instance)->busy_ns - view.charge_left_ns;
    return (struct resource_use){
        .busy_ppm = share_of(done_ns, &usage->done_ns[instance][RESOURCE_CPU], length_ns),
        .waiting = view.inbox_depth,
        .most = view.inbox_most,
    };
}

static struct resource_use core_use(struct usage *usage, uint32_t instance, uint64_t length_ns)
{
    const struct cluster_options *options = cluster_options_of(usage->cluster);
    uint32_t machine = options->instances[instance].machine;
    struct machine_use use = cluster_machine_use(usage->cluster, machine);
    uint64_t capacity_ns = length_ns * options->machines[machine].cores;
    return (struct resource_use){
        .busy_ppm =
            share_of(use.core_busy_ns, &usage->done_ns[instance][RESOURCE_CORES], capacity_ns),
        .waiting = use.jobs_waiting,
        .most = use.jobs_most,
    };
}

static struct resource_use nic_use(uint64_t busy_ns, uint64_t backlog_ns, uint64_t most_ns,
                                   uint64_t *before, uint64_t length_ns)
{
    cs_assert(busy_ns >= backlog_ns);
    return (struct resource_use){
        .busy_ppm = share_of(busy_ns - backlog_ns, before, length_ns),
        .waiting = backlog_ns,
        .most = most_ns,
    };
}

static struct resource_use disk_use_of(struct usage *usage, uint32_t instance, uint64_t length_ns)
{
    struct resource_use busiest = { 0 };
    size_t count = cluster_volume_count(usage->cluster, instance);
    for (size_t v = 0; v < count; v++) {
        struct disk *disk = cluster_disk(usage->cluster, instance, (cs_volume)v);
        struct disk_use use = disk_use(disk, cluster_now(usage->cluster));
        cs_assert(use.busy_ns >= use.backlog_ns);
        uint64_t *before = &usage->disk_done_ns[usage->volume_first[instance] + v];
        uint32_t busy_ppm = share_of(use.busy_ns - use.backlog_ns, before, length_ns);
        if (busy_ppm > busiest.busy_ppm)
            busiest.busy_ppm = busy_ppm;
        if (use.backlog_ns > busiest.waiting)
            busiest.waiting = use.backlog_ns;
        if (use.most_ns > busiest.most)
            busiest.most = use.most_ns;
    }
    return busiest;
}

static struct resource_use link_use_of(const struct usage *usage, uint32_t instance,
                                       uint64_t length_ns)
{
    if (usage->links == NULL)
        return (struct resource_use){ 0 };
    const struct network_link_use *link =
        &usage->links[cluster_options_of(usage->cluster)->instances[instance].machine];
    uint64_t before = 0;
    return (struct resource_use){
        .busy_ppm = share_of(link->done_ns, &before, length_ns),
        .waiting = link->backlog_ns,
        .most = link->most_ns,
    };
}

uint32_t usage_disk_depth(const struct usage *usage, uint32_t instance, uint32_t *ret_most)
{
    uint32_t deepest = 0;
    *ret_most = 0;
    for (size_t v = 0; v < cluster_volume_count(usage->cluster, instance); v++) {
        uint32_t depth = cluster_volume_depth(usage->cluster, instance, (cs_volume)v);
        uint32_t most = cluster_volume_most(usage->cluster, instance, (cs_volume)v);
        deepest = depth > deepest ? depth : deepest;
        *ret_most = most > *ret_most ? most : *ret_most;
    }
    return deepest;
}

void usage_begin_window(struct usage *usage) { cluster_begin_window(usage->cluster); }

void usage_end_window(struct usage *usage)
{
    if (usage->links != NULL) {
        network_take_link_use(cluster_network(usage->cluster), cluster_now(usage->cluster),
                              usage->links);
    }
}

void usage_take(struct usage *usage, uint32_t instance, uint64_t length_ns,
                struct resource_use ret_use[RESOURCE_COUNT])
{
    const struct cluster_options *options = cluster_options_of(usage->cluster);
    cs_assert(instance < options->instance_count);
    cs_assert(length_ns > 0);
    struct network_interface_view nic =
        network_interface(cluster_network(usage->cluster), options->instances[instance].machine,
                          cluster_now(usage->cluster));
    uint64_t *before = usage->done_ns[instance];
    ret_use[RESOURCE_CPU] = cpu_use(usage, instance, length_ns);
    ret_use[RESOURCE_CORES] = core_use(usage, instance, length_ns);
    ret_use[RESOURCE_NIC_OUT] = nic_use(nic.sent_busy_ns, nic.send_backlog_ns, nic.send_most_ns,
                                        &before[RESOURCE_NIC_OUT], length_ns);
    ret_use[RESOURCE_NIC_IN] = nic_use(nic.received_busy_ns, nic.receive_backlog_ns,
                                       nic.receive_most_ns, &before[RESOURCE_NIC_IN], length_ns);
    ret_use[RESOURCE_DISK] = disk_use_of(usage, instance, length_ns);
    ret_use[RESOURCE_LINK] = link_use_of(usage, instance, length_ns);
}

struct usage *usage_new(struct cluster *cluster)
{
    uint32_t count = cluster_options_of(cluster)->instance_count;
    struct usage *usage = calloc(1, sizeof *usage);
    cs_assert(usage != NULL);
    usage->cluster = cluster;
    usage->done_ns = calloc(count, sizeof *usage->done_ns);
    usage->volume_first = calloc(count, sizeof *usage->volume_first);
    cs_assert(usage->done_ns != NULL);
    cs_assert(usage->volume_first != NULL);
    size_t volumes = 0;
    for (uint32_t i = 0; i < count; i++) {
        usage->volume_first[i] = volumes;
        volumes += cluster_volume_count(cluster, i);
    }
    usage->disk_done_ns = calloc(volumes + 1, sizeof *usage->disk_done_ns);
    cs_assert(usage->disk_done_ns != NULL);
    if (network_has_link_use(cluster_network(cluster))) {
        usage->links =
            calloc(cluster_options_of(cluster)->topology.machine_count, sizeof *usage->links);
        cs_assert(usage->links != NULL);
    }
    return usage;
}

void usage_free(struct usage *usage)
{
    if (usage == NULL)
        return;
    free(usage->done_ns);
    free(usage->disk_done_ns);
    free(usage->volume_first);
    free(usage->links);
    free(usage);
}
