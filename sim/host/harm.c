/* What faults do: instances that end and come back, machines that lose their power, clocks and
 * processors that go wrong. */
#include "host/cluster.h"
#include "host/internal.h"

void cluster_crash(struct cluster *cluster, uint32_t index)
{
    cs_assert(index < cluster->options->instance_count);
    if (cluster->instances[index].up)
        instance_end(cluster, index, END_CRASH, NULL);
}

void cluster_shut_down(struct cluster *cluster, uint32_t index)
{
    cs_assert(index < cluster->options->instance_count);
    struct instance *instance = &cluster->instances[index];
    if (!instance->up)
        return;
    for (uint32_t v = 0; v < instance->lent.volume_count; v++)
        disk_flush(instance->lent.volumes[v], disk_written(instance->lent.volumes[v]));
    instance_end(cluster, index, END_SHUT_DOWN, NULL);
}

bool cluster_join(struct cluster *cluster, uint32_t index)
{
    cs_assert(index < cluster->options->instance_count);
    struct instance *instance = &cluster->instances[index];
    bool known = instance->options->boot_at_ns != UINT64_MAX || instance->joins;
    if (instance->incarnation > 0 || known)
        return false;
    instance->joins = true;
    instance->start = CS_START_JOIN;
    instance_boot_at(cluster, index, cluster->now);
    return true;
}

uint64_t cluster_power_loss(struct cluster *cluster, uint32_t machine, enum disk_loss loss)
{
    cs_assert(machine < cluster->options->topology.machine_count);
    uint64_t sectors = 0;
    for (uint32_t i = 0; i < cluster->options->instance_count; i++) {
        if (cluster->instances[i].machine != machine)
            continue;
        if (cluster->instances[i].up) {
            instance_end(cluster, i, END_POWER_LOSS, NULL);
        } else {
            instance_cancel_boot(&cluster->instances[i]);
        }
        sectors += volume_power_loss(cluster, i, loss);
    }
    return sectors;
}

void cluster_restart(struct cluster *cluster, uint32_t instance)
{
    cs_assert(instance < cluster->options->instance_count);
    if (!cluster->instances[instance].up)
        instance_boot_at(cluster, instance, cluster->now);
}

void cluster_bar(struct cluster *cluster, uint32_t index, bool barred)
{
    cs_assert(index < cluster->options->instance_count);
    struct instance *instance = &cluster->instances[index];
    instance->barred = barred;
    instance_boot_late(cluster, index);
}

bool cluster_pause(struct cluster *cluster, uint32_t index)
{
    cs_assert(index < cluster->options->instance_count);
    struct instance *instance = &cluster->instances[index];
    instance->paused += instance->up;
    if (cluster->runner.self != NULL && instance->paused == 1)
        cluster->runner.on_pause(cluster->runner.self, index, true);
    return instance->up;
}

void cluster_resume(struct cluster *cluster, uint32_t instance)
{
    cs_assert(instance < cluster->options->instance_count);
    cs_assert(cluster->instances[instance].paused > 0);
    if (--cluster->instances[instance].paused > 0)
        return;
    if (cluster->runner.self != NULL)
        cluster->runner.on_pause(cluster->runner.self, instance, false);
    instance_drain(cluster, instance);
}

void cluster_heal(struct cluster *cluster, uint32_t cut)
{
    network_heal(cluster->network, cut);
    message_release_held(cluster);
}

void cluster_clock_jump(struct cluster *cluster, uint32_t machine, int64_t by_ns)
{
    cs_assert(machine < cluster->options->topology.machine_count);
    clock_jump(&cluster->machines[machine].clock, by_ns);
}

void cluster_clock_drift(struct cluster *cluster, uint32_t machine, int32_t drift_ppb)
{
    cs_assert(machine < cluster->options->topology.machine_count);
    clock_set_drift(&cluster->machines[machine].clock, cluster->now, drift_ppb);
    for (uint32_t i = 0; i < cluster->options->instance_count; i++) {
        if (cluster->instances[i].machine == machine)
            timer_retime(cluster, i);
    }
}

void cluster_slow_cpu(struct cluster *cluster, uint32_t instance, uint32_t factor)
{
    cs_assert(instance < cluster->options->instance_count);
    cs_assert(factor > 0);
    uint32_t before = cluster->instances[instance].cpu_factor;
    if (factor == before)
        return;
    cluster->instances[instance].cpu_factor = factor;
    instance_rescale(cluster, instance, before);
    job_rescale(cluster, instance, before);
}
