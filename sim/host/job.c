/* Jobs: work that occupies one of a machine's cores without blocking the instance that asked for
 * it.  They wait for a free core in the order in which they came, whichever instance of the machine
 * they belong to. */
#include <stdlib.h>

#include "host/internal.h"

static uint32_t job_new(struct cluster *cluster)
{
    uint32_t index = cluster->job_free;
    if (index != NONE) {
        cluster->job_free = cluster->jobs[index].next;
        return index;
    }
    if (cluster->job_count == cluster->job_capacity) {
        cluster->job_capacity = cluster->job_capacity == 0 ? 64 : cluster->job_capacity * 2;
        cluster->jobs = realloc(cluster->jobs, cluster->job_capacity * sizeof *cluster->jobs);
        cs_assert(cluster->jobs != NULL);
    }
    index = cluster->job_count++;
    cluster->jobs[index] = (struct job){ 0 };
    return index;
}

static void job_free(struct cluster *cluster, uint32_t index)
{
    struct job *job = &cluster->jobs[index];
    cluster->instances[job->instance].job_count--;
    job->state = JOB_FREE;
    job->generation++;
    job->next = cluster->job_free;
    cluster->job_free = index;
}

/* The cores that are busy are about to become more or fewer. */
static void count_cores(const struct cluster *cluster, struct machine *machine)
{
    machine->core_busy_ns += machine->cores_busy * (cluster->now - machine->core_since);
    machine->core_since = cluster->now;
}

struct machine_use cluster_machine_use(const struct cluster *cluster, uint32_t index)
{
    cs_assert(index < cluster->options->topology.machine_count);
    const struct machine *machine = &cluster->machines[index];
    uint64_t since_ns = cluster->now - machine->core_since;
    return (struct machine_use){
        .core_busy_ns = machine->core_busy_ns + machine->cores_busy * since_ns,
        .jobs_waiting = machine->jobs_waiting,
        .jobs_most = machine->jobs_most,
    };
}

static void job_run(struct cluster *cluster, uint32_t index)
{
    struct job *job = &cluster->jobs[index];
    struct machine *machine = &cluster->machines[cluster->instances[job->instance].machine];
    count_cores(cluster, machine);
    machine->cores_busy++;
    job->state = JOB_RUNNING;
    uint32_t event = event_new(cluster, EVENT_JOB, job->instance);
    struct event *record = event_at(cluster, event);
    record->incarnation = job->incarnation;
    record->job.job = index;
    record->job.generation = job->generation;
    job->event = event;
    job->due = cluster->now + cpu_time(&cluster->instances[job->instance], job->cost_ns);
    event_push(cluster, job->due, event);
}

static void job_unlink(struct cluster *cluster, struct machine *machine, uint32_t index)
{
    struct job *job = &cluster->jobs[index];
    cs_assert(job->state == JOB_WAITING);
    cs_assert(machine->jobs_waiting > 0);
    machine->jobs_waiting--;
    if (job->previous == NONE) {
        machine->job_first = job->next;
    } else {
        cluster->jobs[job->previous].next = job->next;
    }
    if (job->next == NONE) {
        machine->job_last = job->previous;
    } else {
        cluster->jobs[job->next].previous = job->previous;
    }
}

/* A core has become free: the longest waiting job takes it. */
static void core_freed(struct cluster *cluster, struct machine *machine)
{
    cs_assert(machine->cores_busy > 0);
    count_cores(cluster, machine);
    machine->cores_busy--;
    uint32_t first = machine->job_first;
    if (first == NONE)
        return;
    job_unlink(cluster, machine, first);
    job_run(cluster, first);
}

void job_start(struct cluster *cluster, uint32_t index, cs_token token, uint64_t cost_ns)
{
    struct instance *instance = &cluster->instances[index];
    struct machine *machine = &cluster->machines[instance->machine];
    uint32_t slot = job_new(cluster);
    struct job *job = &cluster->jobs[slot];
    instance->job_count++;
    job->instance = index;
    job->incarnation = instance->incarnation;
    job->token = token;
    job->cost_ns = cost_ns;
    if (machine->cores_busy < cluster->options->machines[instance->machine].cores) {
        job_run(cluster, slot);
        return;
    }
    machine->jobs_waiting++;
    if (machine->jobs_waiting > machine->jobs_most)
        machine->jobs_most = machine->jobs_waiting;
    job->state = JOB_WAITING;
    job->next = NONE;
    job->previous = machine->job_last;
    if (machine->job_last == NONE) {
        machine->job_first = slot;
    } else {
        cluster->jobs[machine->job_last].next = slot;
    }
    machine->job_last = slot;
}

void job_rescale(struct cluster *cluster, uint32_t index, uint32_t before)
{
    const struct instance *instance = &cluster->instances[index];
    for (uint32_t i = 0; i < cluster->job_count && instance->job_count > 0; i++) {
        struct job *job = &cluster->jobs[i];
        if (job->instance != index || job->state != JOB_RUNNING)
            continue;
        job->due = cpu_rescaled(instance, cluster->now, job->due, before);
        job->event = event_push_again(cluster, job->due, job->event);
    }
}

static void job_drop(struct cluster *cluster, uint32_t slot)
{
    struct job *job = &cluster->jobs[slot];
    struct machine *machine = &cluster->machines[cluster->instances[job->instance].machine];
    enum job_state state = job->state;
    if (state == JOB_WAITING)
        job_unlink(cluster, machine, slot);
    job_free(cluster, slot);
    if (state == JOB_RUNNING)
        core_freed(cluster, machine);
}

static bool job_is(const struct job *job, uint32_t index, uint32_t incarnation)
{
    return job->state != JOB_FREE && job->instance == index && job->incarnation == incarnation;
}

void job_cancel(struct cluster *cluster, uint32_t index, cs_token token)
{
    struct instance *instance = &cluster->instances[index];
    for (uint32_t i = 0; i < cluster->job_count && instance->job_count > 0; i++) {
        const struct job *job = &cluster->jobs[i];
        if (job_is(job, index, instance->incarnation) && job->token == token)
            job_drop(cluster, i);
    }
}

void job_cancel_all(struct cluster *cluster, uint32_t index)
{
    struct instance *instance = &cluster->instances[index];
    /* Waiting ones first, so that none of them is started by a core that another one leaves. */
    for (int running = 0; running <= 1; running++) {
        for (uint32_t i = 0; i < cluster->job_count && instance->job_count > 0; i++) {
            const struct job *job = &cluster->jobs[i];
            if (job_is(job, index, instance->incarnation) && (running || job->state == JOB_WAITING))
                job_drop(cluster, i);
        }
    }
}

bool job_due(struct cluster *cluster, uint32_t index, uint32_t generation)
{
    cs_assert(index < cluster->job_count);
    struct job *job = &cluster->jobs[index];
    if (job->state != JOB_RUNNING || job->generation != generation)
        return false;
    job->state = JOB_DONE;
    core_freed(cluster, &cluster->machines[cluster->instances[job->instance].machine]);
    return true;
}

bool job_take(struct cluster *cluster, uint32_t index, uint32_t generation, cs_token *ret_token)
{
    struct job *job = &cluster->jobs[index];
    if (job->state != JOB_DONE || job->generation != generation)
        return false;
    *ret_token = job->token;
    cluster->instances[job->instance].counters.jobs_done++;
    job_free(cluster, index);
    return true;
}
