/* Laws that hold in every run, tried on many small random ones.
 *
 * A seed makes a cluster: how many instances, on how many machines, what links, CPUs and disks they
 * have.  Each instance runs a program that answers every input with random effects.  A driver
 * crashes, restarts, pauses, cuts, slows them and troubles their disks meanwhile.  The program, the
 * trace and the observers each watch the laws that they can see.
 *
 *     RANDOM_RUNS_SEED=N      only that seed; a failure names it
 *     RANDOM_RUNS_COUNT=N     so many seeds instead of 200
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "chaos.h"
#include "host/internal.h"
#include "support/suite.h"

enum {
    ACTIVE_MS = 400, /* afterwards nothing new is begun */
    QUIET_MS = 60000,
    CUTS_MAX = 3,
};

static struct small_cluster small;
static struct random_stream driver;
static uint32_t cuts[CUTS_MAX];
static struct interface_options interfaces[SMALL_INSTANCES_MAX];
static size_t cut_count;
static uint64_t last_at;

/* ---- The watchers ---------------------------------------------------------------------------- */

static void on_record(void *argument, const struct trace_record *record)
{
    (void)argument;
    LAW(record->at == cluster_now(run.cluster));
    LAW(record->at >= last_at); /* time never goes back */
    last_at = record->at;
    bool input = record->kind >= TRACE_START && record->kind <= TRACE_REQUEST;
    if (!input && record->kind < TRACE_EFFECT)
        return;
    LAW(record->instance < small.options.instance_count);
    LAW(run.watched[record->instance].up);
    bool barrier_done = record->kind == TRACE_DISK && (record->detail & 255) == CS_DISK_FLUSH;
    if (!barrier_done) /* of which the instance hears nothing */
        LAW(run.watched[record->instance].pauses == 0);
}

static void on_boot(void *self, uint64_t at_ns, uint32_t instance, uint32_t incarnation,
                    enum cs_start start)
{
    (void)self, (void)at_ns, (void)start;
    LAW(!run.watched[instance].up);
    LAW(incarnation == run.watched[instance].incarnation + 1);
    run.watched[instance].up = true;
    run.watched[instance].incarnation = incarnation;
    run.watched[instance].last_fact = 0;
}

static void on_end(void *self, uint64_t at_ns, uint32_t instance, enum instance_end end,
                   const char *reason)
{
    (void)self, (void)at_ns;
    LAW(run.watched[instance].up);
    LAW((end == END_STOPPED) == (reason != NULL));
    run.watched[instance].up = false;
    run.watched[instance].pauses = 0;
    seen.ends++;
    seen.stops += end == END_STOPPED;
    seen.failed_barriers += reason != NULL && strncmp(reason, "barrier failed", 14) == 0;
}

/* An end keeps a prefix of what was recorded: none is left out, none comes later. */
static void on_fact(void *self, const struct stated_fact *fact)
{
    (void)self;
    LAW(run.watched[fact->instance].up);
    LAW(fact->incarnation == run.watched[fact->instance].incarnation);
    LAW(fact->a == fact->incarnation);
    LAW(fact->durable == fact->rests); /* a barrier is done before what follows it */
    LAW(fact->b == run.watched[fact->instance].last_fact + 1);
    run.watched[fact->instance].last_fact = fact->b;
    seen.facts++;
}

/* Messages in the queue and in inboxes, counted where they lie. */
static uint64_t messages_under_way(void)
{
    uint64_t count = 0;
    for (uint32_t i = 0; i < run.cluster->event_count; i++) {
        const struct event *event = &run.cluster->events[i];
        bool message = event->kind == EVENT_MESSAGE || event->kind == EVENT_RECEIVE;
        count += message && event->payload != NULL;
    }
    return count;
}

static void check_conservation(void)
{
    uint64_t begun = 0, ended = 0;
    for (uint32_t i = 0; i < small.options.instance_count; i++) {
        const struct instance_counters *n = cluster_counters(run.cluster, i);
        begun += n->messages_sent + n->messages_duplicated;
        ended += n->messages_delivered + n->messages_lost + n->messages_cut +
                 n->messages_tail_dropped + n->messages_dead + n->messages_overflowed;
        seen.held += n->messages_held;
        seen.tail_dropped += n->messages_tail_dropped;
    }
    LAW(begun == ended + messages_under_way() + cluster_held(run.cluster));
}

/* ---- The driver ------------------------------------------------------------------------------ */

static uint64_t below(uint64_t bound) { return random_below(&driver, bound); }

static void cut_or_heal(void)
{
    if (cut_count == CUTS_MAX || (cut_count > 0 && below(2) == 0)) {
        cluster_heal(run.cluster, cuts[--cut_count]);
        return;
    }
    uint8_t sides[SMALL_INSTANCES_MAX];
    uint64_t blocked[NETWORK_SIDES_MAX] = { 2, below(2) }; /* at times one way only */
    for (size_t i = 0; i < SMALL_INSTANCES_MAX; i++)
        sides[i] = (uint8_t)below(2);
    bool clog = below(2) == 0;
    cuts[cut_count++] = network_cut(cluster_network(run.cluster), sides, blocked, clog);
}

static void pause_or_resume(uint32_t instance)
{
    if (run.watched[instance].pauses > 0 && below(4) > 0) {
        run.watched[instance].pauses--;
        cluster_resume(run.cluster, instance);
    } else {
        run.watched[instance].pauses += cluster_pause(run.cluster, instance);
    }
}

static void stall_or_release(uint32_t instance)
{
    bool stall = run.watched[instance].stalls == 0 || below(4) == 0;
    if (stall) {
        run.watched[instance].stalls++;
    } else {
        run.watched[instance].stalls--;
    }
    cluster_stall_disk(run.cluster, instance, 0, stall);
}

/* A trouble that comes, or one that goes; or at once. */
static void trouble_a_disk(uint32_t instance)
{
    struct disk *disk = cluster_disk(run.cluster, instance, 0);
    enum disk_trouble trouble = (enum disk_trouble)below(DISK_TROUBLE_COUNT);
    switch (below(6)) {
    case 0:
        cluster_replace_disk(run.cluster, instance, 0);
        break;
    case 1:
        disk_fail_flushes(disk, (uint32_t)below(3));
        break;
    case 2:
        disk_rot(disk, (uint32_t)below(3));
        disk_spoil(disk, (uint32_t)below(3));
        break;
    default:
        disk_set_trouble(disk, trouble, below(3) == 0 ? below(PROBABILITY_ONE + 1) : 0);
    }
}

/* One that is paused or down more often than one that is well: trouble does not pile up. */
static uint32_t some_instance(void)
{
    uint32_t first = (uint32_t)below(small.options.instance_count);
    uint32_t second = (uint32_t)below(small.options.instance_count);
    return run.watched[first].up && run.watched[first].pauses == 0 ? second : first;
}

static void drive_once(void)
{
    uint32_t instance = some_instance();
    uint32_t machine = small.instances[instance].machine;
    switch (below(13)) {
    case 0:
        cluster_crash(run.cluster, instance);
        break;
    case 1:
    case 2:
    case 4:
        cluster_restart(run.cluster, instance);
        break;
    case 3:
        pause_or_resume(instance);
        break;
    case 5:
        cluster_power_loss(run.cluster, machine, (enum disk_loss)below(DISK_TORN + 1));
        break;
    case 6:
        cut_or_heal();
        break;
    case 7:
        cluster_clock_drift(run.cluster, machine, (int32_t)below(2000000) - 1000000);
        cluster_clock_jump(run.cluster, machine, (int64_t)below(2000000000) - 1000000000);
        break;
    case 8:
        cluster_slow_cpu(run.cluster, instance, 1 + (uint32_t)below(5 << 16));
        break;
    case 9:
        trouble_a_disk(instance);
        break;
    case 10:
        stall_or_release(instance);
        break;
    default:
        cluster_request(
            run.cluster, instance,
            &(struct cs_op){ .kind = CS_OP_PUT, .key = { "key", 3 }, .value = { "value", 5 } });
    }
}

static void drive(void *argument, uint64_t at_ns)
{
    (void)argument;
    if (!run.active)
        return;
    drive_once();
    cluster_call_at(run.cluster, at_ns + below(8000000), drive, NULL, 1);
}

/* ---- Runs ------------------------------------------------------------------------------------ */

static struct distribution some_delay(uint64_t max_ns)
{
    switch (below(3)) {
    case 0:
        return distribution_constant(below(max_ns));
    case 1:
        return distribution_uniform(0, max_ns);
    default:
        return distribution_exponential(1 + max_ns / 4);
    }
}

static uint64_t some_chance(void) { return below(2) * below(PROBABILITY_ONE / 4); }

static void make_instance(uint32_t i, uint32_t machines)
{
    struct instance_options *instance = &small.instances[i];
    instance->machine = i % machines;
    instance->unit_costs_ns = chaos_costs_ns;
    instance->cpu.per_message_ns = below(2) * below(50000);
    instance->cpu.per_byte_ps = below(2) * below(100000);
    instance->cpu.inbox_limit = (uint32_t)(below(2) * (1 + below(5)));
    instance->disk.read_latency = some_delay(300000);
    instance->disk.write_latency = some_delay(300000);
    instance->disk.flush_latency = some_delay(5000000);
    instance->disk.bandwidth_bytes_per_s = below(2) * 100000000;
    instance->boot_at_ns = below(2) * below(5000000);
    small.machines[i].cores = 1 + (uint32_t)below(3);
    small.machines[i].clock.drift_ppb = (int32_t)below(200000) - 100000;
}

static void make_cluster(void)
{
    driver = random_stream_of(random_key(run.seed, "random runs", "driver"));
    uint32_t instances = 2 + (uint32_t)below(5);
    uint32_t machines = 1 + (uint32_t)below(instances);
    small_cluster_init(&small, &chaos_program, instances);
    small.options.seed = run.seed;
    small.options.shuffle_ties = below(2) == 1;
    small.options.topology.machine_count = machines;
    for (uint32_t i = 0; i < instances; i++)
        make_instance(i, machines);
    small.link = (struct link_options){
        .latency = some_delay(4000000),
        .jitter_ns = below(2) * below(1000000),
        .loss = some_chance(),
        .duplicate = some_chance(),
        .reorder = some_chance(),
        .bandwidth_bits_per_s = below(2) * 10000000,
        .queue_limit_bytes = below(2) * 100,
        .burst_begin = some_chance(),
        .burst_end = some_chance(),
    };
    for (uint32_t i = 0; i < machines; i++) {
        interfaces[i] = (struct interface_options){ below(2) * 10000000, below(2) * 100 };
    }
    small.options.topology.interfaces = below(2) == 0 ? interfaces : NULL;
    cut_count = 0;
    last_at = 0;
    run.cluster = cluster_new(&small.options);
    trace_set_sink(cluster_trace(run.cluster), on_record, NULL);
    cluster_observe(run.cluster, &(struct cluster_observer){
                                     .on_boot = on_boot, .on_end = on_end, .on_fact = on_fact });
    cluster_call_at(run.cluster, 0, drive, NULL, 1);
}

/* Some time of trouble, then everybody goes on and what is under way ends.  Returns the digest. */
static uint64_t play(uint64_t seed)
{
    run = (struct chaos_run){ .seed = seed, .active = true };
    make_cluster();
    for (uint64_t ms = 1; ms <= ACTIVE_MS; ms++) {
        LAW(cluster_run(run.cluster, ms * 1000000, 2000000));
        if (ms % 10 == 0)
            check_conservation();
    }
    run.active = false;
    for (uint32_t i = 0; i < small.options.instance_count; i++) {
        for (; run.watched[i].pauses > 0; cluster_resume(run.cluster, i))
            run.watched[i].pauses--;
        for (; run.watched[i].stalls > 0; cluster_stall_disk(run.cluster, i, 0, false))
            run.watched[i].stalls--;
    }
    while (cut_count > 0)
        cluster_heal(run.cluster, cuts[--cut_count]);
    LAW(cluster_held(run.cluster) == 0);
    LAW(cluster_run(run.cluster, QUIET_MS * UINT64_C(1000000), 4000000));
    check_conservation();
    LAW(messages_under_way() == 0);
    for (uint32_t i = 0; i < small.options.instance_count; i++)
        LAW(cluster_view(run.cluster, i).inbox_depth == 0);
    uint64_t digest = cluster_digest(run.cluster);
    cluster_free(run.cluster);
    return digest;
}

static uint64_t number_of(const char *name, uint64_t otherwise)
{
    const char *text = getenv(name);
    return text != NULL ? strtoull(text, NULL, 10) : otherwise;
}

START_TEST(every_random_run_keeps_the_laws_and_comes_again)
{
    uint64_t first = number_of("RANDOM_RUNS_SEED", 1);
    uint64_t count = getenv("RANDOM_RUNS_SEED") != NULL ? 1 : number_of("RANDOM_RUNS_COUNT", 200);
    uint64_t before = 0;
    for (uint64_t s = first; s < first + count; s++) {
        uint64_t digest = play(s);
        uint64_t again = play(s);
        LAW(digest == again);
        LAW(digest != before);
        before = digest;
    }
    ck_assert_uint_gt(seen.inputs, 500 * count);
    ck_assert_uint_gt(seen.facts, 500 * count);
    if (count >= 20) {
        ck_assert_uint_gt(seen.ends, count);
        ck_assert_uint_gt(seen.stops, 0);
        ck_assert_uint_gt(seen.held, 0);
        ck_assert_uint_gt(seen.tail_dropped, 0);
        ck_assert_uint_gt(seen.disk_errors, count);
        ck_assert_uint_gt(seen.failed_barriers, count / 4);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("random runs");
    TCase *tests = tcase_create("random runs");
    tcase_set_timeout(tests, 300);
    tcase_add_test(tests, every_random_run_keeps_the_laws_and_comes_again);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
