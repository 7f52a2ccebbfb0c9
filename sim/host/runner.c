/* Instances whose programs run elsewhere: what is told of them. */
#include "host/internal.h"

void cluster_run_elsewhere(struct cluster *cluster, const struct cluster_runner *runner)
{
    cs_assert(runner->self != NULL);
    cs_assert(cluster->handled == 0);
    cluster->runner = *runner;
}

struct context_instance *cluster_lend(struct cluster *cluster, uint32_t instance)
{
    cs_assert(instance < cluster->options->instance_count);
    return &cluster->instances[instance].lent;
}

static struct instance *told_of(struct cluster *cluster, uint32_t index)
{
    cs_assert(cluster->runner.self != NULL);
    cs_assert(index < cluster->options->instance_count);
    struct instance *instance = &cluster->instances[index];
    cs_assert(instance->up);
    return instance;
}

void cluster_tell_ready(struct cluster *cluster, uint32_t index)
{
    struct instance *instance = told_of(cluster, index);
    cs_assert(!instance->ready);
    instance->ready = true;
    OBSERVE(cluster, on_ready, cluster->now, index, instance->incarnation);
}

void cluster_tell_fact(struct cluster *cluster, uint32_t index, const struct stated_fact *fact)
{
    const struct instance *instance = told_of(cluster, index);
    struct stated_fact stated = *fact;
    stated.at_ns = cluster->now;
    stated.instance = index;
    stated.group = instance->options->group;
    stated.incarnation = instance->incarnation;
    release_stated(cluster, &stated);
}

void cluster_tell_reply(struct cluster *cluster, uint32_t index, cs_request request,
                        const struct cs_result *result)
{
    told_of(cluster, index);
    OBSERVE(cluster, on_reply, cluster->now, index, request, result);
}

void cluster_tell_reached(struct cluster *cluster, uint32_t index, const char *name)
{
    told_of(cluster, index);
    OBSERVE(cluster, on_reached, cluster->now, index, name);
}

void cluster_tell_count(struct cluster *cluster, uint32_t index, const char *name, uint64_t count)
{
    told_of(cluster, index);
    OBSERVE(cluster, on_count, cluster->now, index, name, count);
}

void cluster_tell_counters(struct cluster *cluster, uint32_t index,
                           const struct instance_counters *counters)
{
    told_of(cluster, index)->counters = *counters;
}

void cluster_tell_stop(struct cluster *cluster, uint32_t index, const char *reason)
{
    told_of(cluster, index);
    instance_end(cluster, index, END_STOPPED, reason);
}
