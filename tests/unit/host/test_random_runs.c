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
#include "host/internal.h"
#include "support/small_cluster.h"
#include "support/suite.h"

enum {
    TOKENS = 6,
    UNIT_COSTS = 1,
    VOLUME_BYTES = 1 << 16,
    ACTIVE_MS = 400, /* afterwards nothing new is begun */
    QUIET_MS = 60000,
    CUTS_MAX = 3,
};

static uint64_t seed;

#define LAW(condition)                                                                             \
    do {                                                                                           \
        if (!(condition))                                                                          \
            ck_abort_msg("RANDOM_RUNS_SEED=%llu: at %llu ns: broken: %s",                          \
                         (unsigned long long)seed, (unsigned long long)cluster_now(cluster),       \
                         #condition);                                                              \
    } while (0)

/* What a watcher knows of an instance. */
struct watched {
    bool up;
    uint32_t pauses, stalls;
    uint32_t incarnation;
    uint64_t last_fact; /* number of the last one in this incarnation */
};

static struct small_cluster small;
static struct cluster *cluster;
static struct watched watched[SMALL_INSTANCES_MAX];
static struct random_stream driver;
static uint32_t cuts[CUTS_MAX];
static struct interface_options interfaces[SMALL_INSTANCES_MAX];
static size_t cut_count;
static bool active;
static uint64_t last_at;
static struct {
    uint64_t inputs, ends, facts, stops, held, tail_dropped, disk_errors, failed_barriers;
} seen; /* over all seeds: a law about nothing says nothing */

/* ---- The program ----------------------------------------------------------------------------- */

/* What it asked for and has not heard of yet, by token. */
struct chaos {
    uint32_t incarnation;
    uint64_t facts;
    uint64_t clock; /* at the last input */
    bool armed[TOKENS];
    uint64_t not_before[TOKENS];
    uint32_t jobs[TOKENS];
    uint32_t disk[TOKENS];
};

static uint64_t draw(struct cs_context *cx, uint64_t bound)
{
    return cs_random(cx, "chaos", bound);
}

struct body {
    cs_node from;
    uint32_t incarnation;
    uint64_t check;
};

static uint64_t body_check(const struct body *body)
{
    return random_mix(((uint64_t)body->from << 32 | body->incarnation) + 1);
}

static void act_send(struct chaos *chaos, struct cs_context *cx)
{
    struct cs_group all = cs_group(cx, "self");
    struct body body = { .from = cs_self(cx), .incarnation = chaos->incarnation };
    body.check = body_check(&body);
    struct cs_bytes parts[2] = { cs_bytes_of(&body, 8), cs_bytes_of(&body.check, 8) };
    if (draw(cx, 4) > 0) {
        cs_node to = all.nodes[draw(cx, all.count)];
        cs_send(cx, to, (cs_kind)draw(cx, 3), cs_bytes_of(&body, sizeof body));
    } else {
        cs_send_many(cx, all.nodes, 1 + draw(cx, all.count), 3, parts, 2);
    }
}

static void act_timer(struct chaos *chaos, struct cs_context *cx)
{
    cs_token token = draw(cx, TOKENS - 1) + 1;
    chaos->armed[token] = draw(cx, 3) > 0;
    if (chaos->armed[token]) {
        cs_duration after = cs_us(draw(cx, 5000));
        chaos->not_before[token] = cs_now(cx).ns + after.ns;
        cs_set_timer(cx, token, after);
    } else {
        cs_cancel_timer(cx, token);
    }
}

static void act_job(struct chaos *chaos, struct cs_context *cx)
{
    cs_token token = draw(cx, TOKENS);
    if (draw(cx, 3) > 0) {
        chaos->jobs[token]++;
        cs_job(cx, cs_us(draw(cx, 2000)), token);
    } else {
        chaos->jobs[token] = 0;
        cs_cancel_job(cx, token);
    }
}

static void act_disk(struct chaos *chaos, struct cs_context *cx)
{
    static const uint8_t zeros[3000];
    cs_token token = draw(cx, TOKENS + 1);
    uint64_t offset = draw(cx, VOLUME_BYTES + 1000); /* at times behind the end */
    size_t size = 1 + draw(cx, sizeof zeros);
    bool heard = token < TOKENS;
    if (!heard)
        token = CS_SILENT;
    switch (draw(cx, 5)) {
    case 0:
        token = token == CS_SILENT ? 0 : token;
        heard = true;
        cs_read(cx, 0, offset, size, token);
        break;
    case 1:
        cs_write(cx, 0, offset, cs_bytes_of(zeros, size), token);
        break;
    case 2:
        cs_discard(cx, 0, offset, size, token);
        break;
    case 3:
        cs_flush(cx, 0, token);
        break;
    default:
        heard = false;
        cs_barrier(cx, 0);
    }
    if (heard)
        chaos->disk[token]++;
}

/* Facts are numbered, so that one that is missing, late or out of order shows. */
static void act_fact(struct chaos *chaos, struct cs_context *cx, cs_ticket rests_on)
{
    cs_fact(cx, &(struct cs_fact){ .kind = CS_FACT_APPLIED,
                                   .a = chaos->incarnation,
                                   .b = ++chaos->facts,
                                   .rests_on = rests_on });
}

/* Persist, then speak. */
static void act_durably(struct chaos *chaos, struct cs_context *cx)
{
    cs_ticket ticket = cs_write(cx, 0, 512 * draw(cx, 8), cs_bytes_of("word", 4), CS_SILENT);
    cs_barrier(cx, 0);
    act_fact(chaos, cx, ticket);
}

static void act_once(struct chaos *chaos, struct cs_context *cx)
{
    switch (draw(cx, 16)) {
    case 0:
    case 1:
    case 2:
    case 3:
    case 4:
        act_send(chaos, cx);
        break;
    case 5:
    case 6:
        act_timer(chaos, cx);
        break;
    case 7:
        act_job(chaos, cx);
        break;
    case 8:
        act_durably(chaos, cx);
        break;
    case 9:
    case 10:
        act_disk(chaos, cx);
        break;
    case 11:
        cs_charge(cx, 0, draw(cx, 300));
        break;
    case 12:
        cs_reached(cx, "somewhere");
        cs_log(cx, "step %llu", (unsigned long long)chaos->facts);
        break;
    case 13:
        cs_count(cx, "things", draw(cx, 10));
        break;
    case 14:
        cs_release(cx, cs_resize(cx, cs_alloc(cx, draw(cx, 500)), draw(cx, 5000)));
        break;
    default:
        if (draw(cx, 20) == 0)
            cs_stop(cx, "had enough");
    }
    act_fact(chaos, cx, CS_TICKET_NONE);
}

/* Every input passes here. */
static void live(struct chaos *chaos, struct cs_context *cx)
{
    uint32_t self = cs_self(cx);
    struct instance_view view = cluster_view(cluster, self);
    LAW(view.up && !view.paused);
    LAW(watched[self].up && watched[self].pauses == 0);
    LAW(chaos->incarnation == view.incarnation);
    LAW(cs_now(cx).ns >= chaos->clock); /* the monotonic clock */
    chaos->clock = cs_now(cx).ns;
    seen.inputs++;
    if (!active)
        return;
    for (uint64_t n = draw(cx, 3) * draw(cx, 3); n > 0; n--)
        act_once(chaos, cx);
}

/* Something always goes on: the timer 0 is set again whenever it fires. */
static void beat(struct chaos *chaos, struct cs_context *cx)
{
    cs_duration after = cs_us(200 + draw(cx, 3000));
    chaos->armed[0] = active;
    chaos->not_before[0] = cs_now(cx).ns + after.ns;
    if (active)
        cs_set_timer(cx, 0, after);
}

static bool all_zero(const void *data, size_t size)
{
    const uint8_t *bytes = data;
    size_t i = 0;
    while (i < size && bytes[i] == 0)
        i++;
    return i == size;
}

static void on_start(void *state, struct cs_context *cx, enum cs_start kind)
{
    struct chaos *chaos = state;
    LAW(all_zero(chaos, sizeof *chaos)); /* nothing survives an incarnation */
    chaos->incarnation = cluster_view(cluster, cs_self(cx)).incarnation;
    LAW((kind == CS_START_FOUND) == (chaos->incarnation == 1));
    live(chaos, cx);
    beat(chaos, cx);
}

static void on_message(void *state, struct cs_context *cx, cs_node from, cs_kind kind,
                       struct cs_bytes bytes)
{
    struct body body;
    LAW(kind <= 3);
    LAW(bytes.size == sizeof body);
    memcpy(&body, bytes.data, sizeof body);
    LAW(body.from == from);
    LAW(body.incarnation <= watched[from].incarnation);
    LAW(body.check == body_check(&body));
    live(state, cx);
}

static void on_timer(void *state, struct cs_context *cx, cs_token token)
{
    struct chaos *chaos = state;
    LAW(chaos->armed[token]);
    LAW(cs_now(cx).ns >= chaos->not_before[token]);
    chaos->armed[token] = false;
    live(chaos, cx);
    if (token == 0)
        beat(chaos, cx);
}

static void on_disk(void *state, struct cs_context *cx, const struct cs_completion *done)
{
    struct chaos *chaos = state;
    LAW(chaos->disk[done->token] > 0);
    chaos->disk[done->token]--;
    LAW(done->status == CS_DISK_OK || done->data.size == 0);
    seen.disk_errors += done->status != CS_DISK_OK;
    live(chaos, cx);
}

static void on_job(void *state, struct cs_context *cx, cs_token token)
{
    struct chaos *chaos = state;
    LAW(chaos->jobs[token] > 0);
    chaos->jobs[token]--;
    live(chaos, cx);
}

static void on_request(void *state, struct cs_context *cx, cs_request id, const struct cs_op *op)
{
    LAW(op->kind == CS_OP_PUT && op->key.size == 3 && memcmp(op->key.data, "key", 3) == 0);
    if (draw(cx, 2) == 0)
        cs_reply(cx, id, &(struct cs_result){ .status = CS_OK, .value = op->key });
    live(state, cx);
}

static const struct cs_volume_spec volumes[] = { { .name = "disk", .size = VOLUME_BYTES }, { 0 } };
static const char *const costs[] = { "unit", NULL };
static const uint64_t unit_costs_ns[UNIT_COSTS] = { 1000 };
static const struct cs_program program = {
    .role = "server",
    .state_size = sizeof(struct chaos),
    .volumes = volumes,
    .costs = costs,
    .on_start = on_start,
    .on_message = on_message,
    .on_timer = on_timer,
    .on_disk = on_disk,
    .on_job = on_job,
    .on_request = on_request,
};

/* ---- The watchers ---------------------------------------------------------------------------- */

static void on_record(void *argument, const struct trace_record *record)
{
    (void)argument;
    LAW(record->at == cluster_now(cluster));
    LAW(record->at >= last_at); /* time never goes back */
    last_at = record->at;
    bool input = record->kind >= TRACE_START && record->kind <= TRACE_REQUEST;
    if (!input && record->kind < TRACE_EFFECT)
        return;
    LAW(record->instance < small.options.instance_count);
    LAW(watched[record->instance].up);
    bool barrier_done = record->kind == TRACE_DISK && (record->detail & 255) == CS_DISK_FLUSH;
    if (!barrier_done) /* of which the instance hears nothing */
        LAW(watched[record->instance].pauses == 0);
}

static void on_boot(void *self, uint64_t at_ns, uint32_t instance, uint32_t incarnation,
                    enum cs_start start)
{
    (void)self, (void)at_ns, (void)start;
    LAW(!watched[instance].up);
    LAW(incarnation == watched[instance].incarnation + 1);
    watched[instance].up = true;
    watched[instance].incarnation = incarnation;
    watched[instance].last_fact = 0;
}

static void on_end(void *self, uint64_t at_ns, uint32_t instance, enum instance_end end,
                   const char *reason)
{
    (void)self, (void)at_ns;
    LAW(watched[instance].up);
    LAW((end == END_STOPPED) == (reason != NULL));
    watched[instance].up = false;
    watched[instance].pauses = 0;
    seen.ends++;
    seen.stops += end == END_STOPPED;
    seen.failed_barriers += reason != NULL && strncmp(reason, "barrier failed", 14) == 0;
}

/* An end keeps a prefix of what was recorded: none is left out, none comes later. */
static void on_fact(void *self, const struct stated_fact *fact)
{
    (void)self;
    LAW(watched[fact->instance].up);
    LAW(fact->incarnation == watched[fact->instance].incarnation);
    LAW(fact->a == fact->incarnation);
    LAW(fact->durable == fact->rests); /* a barrier is done before what follows it */
    LAW(fact->b == watched[fact->instance].last_fact + 1);
    watched[fact->instance].last_fact = fact->b;
    seen.facts++;
}

/* Messages in the queue and in inboxes, counted where they lie. */
static uint64_t messages_under_way(void)
{
    uint64_t count = 0;
    for (uint32_t i = 0; i < cluster->event_count; i++) {
        const struct event *event = &cluster->events[i];
        bool message = event->kind == EVENT_MESSAGE || event->kind == EVENT_RECEIVE;
        count += message && event->payload != NULL;
    }
    return count;
}

static void check_conservation(void)
{
    uint64_t begun = 0, ended = 0;
    for (uint32_t i = 0; i < small.options.instance_count; i++) {
        const struct instance_counters *n = cluster_counters(cluster, i);
        begun += n->messages_sent + n->messages_duplicated;
        ended += n->messages_delivered + n->messages_lost + n->messages_cut +
                 n->messages_tail_dropped + n->messages_dead + n->messages_overflowed;
        seen.held += n->messages_held;
        seen.tail_dropped += n->messages_tail_dropped;
    }
    LAW(begun == ended + messages_under_way() + cluster_held(cluster));
}

/* ---- The driver ------------------------------------------------------------------------------ */

static uint64_t below(uint64_t bound) { return random_below(&driver, bound); }

static void cut_or_heal(void)
{
    if (cut_count == CUTS_MAX || (cut_count > 0 && below(2) == 0)) {
        cluster_heal(cluster, cuts[--cut_count]);
        return;
    }
    uint8_t sides[SMALL_INSTANCES_MAX];
    uint64_t blocked[NETWORK_SIDES_MAX] = { 2, below(2) }; /* at times one way only */
    for (size_t i = 0; i < SMALL_INSTANCES_MAX; i++)
        sides[i] = (uint8_t)below(2);
    bool clog = below(2) == 0;
    cuts[cut_count++] = network_cut(cluster_network(cluster), sides, blocked, clog);
}

static void pause_or_resume(uint32_t instance)
{
    if (watched[instance].pauses > 0 && below(4) > 0) {
        watched[instance].pauses--;
        cluster_resume(cluster, instance);
    } else {
        watched[instance].pauses += cluster_pause(cluster, instance);
    }
}

static void stall_or_release(uint32_t instance)
{
    bool stall = watched[instance].stalls == 0 || below(4) == 0;
    if (stall) {
        watched[instance].stalls++;
    } else {
        watched[instance].stalls--;
    }
    cluster_stall_disk(cluster, instance, 0, stall);
}

/* A trouble that comes, or one that goes; or at once. */
static void trouble_a_disk(uint32_t instance)
{
    struct disk *disk = cluster_disk(cluster, instance, 0);
    enum disk_trouble trouble = (enum disk_trouble)below(DISK_TROUBLE_COUNT);
    switch (below(6)) {
    case 0:
        cluster_replace_disk(cluster, instance, 0);
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
    return watched[first].up && watched[first].pauses == 0 ? second : first;
}

static void drive_once(void)
{
    uint32_t instance = some_instance();
    uint32_t machine = small.instances[instance].machine;
    switch (below(13)) {
    case 0:
        cluster_crash(cluster, instance);
        break;
    case 1:
    case 2:
    case 4:
        cluster_restart(cluster, instance);
        break;
    case 3:
        pause_or_resume(instance);
        break;
    case 5:
        cluster_power_loss(cluster, machine, (enum disk_loss)below(DISK_TORN + 1));
        break;
    case 6:
        cut_or_heal();
        break;
    case 7:
        cluster_clock_drift(cluster, machine, (int32_t)below(2000000) - 1000000);
        cluster_clock_jump(cluster, machine, (int64_t)below(2000000000) - 1000000000);
        break;
    case 8:
        cluster_slow_cpu(cluster, instance, 1 + (uint32_t)below(5 << 16));
        break;
    case 9:
        trouble_a_disk(instance);
        break;
    case 10:
        stall_or_release(instance);
        break;
    default:
        cluster_request(
            cluster, instance,
            &(struct cs_op){ .kind = CS_OP_PUT, .key = { "key", 3 }, .value = { "value", 5 } });
    }
}

static void drive(void *argument, uint64_t at_ns)
{
    (void)argument;
    if (!active)
        return;
    drive_once();
    cluster_call_at(cluster, at_ns + below(8000000), drive, NULL, 1);
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
    instance->unit_costs_ns = unit_costs_ns;
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
    driver = random_stream_of(random_key(seed, "random runs", "driver"));
    uint32_t instances = 2 + (uint32_t)below(5);
    uint32_t machines = 1 + (uint32_t)below(instances);
    small_cluster_init(&small, &program, instances);
    small.options.seed = seed;
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
    memset(watched, 0, sizeof watched);
    cut_count = 0;
    last_at = 0;
    active = true;
    cluster = cluster_new(&small.options);
    trace_set_sink(cluster_trace(cluster), on_record, NULL);
    cluster_observe(cluster, &(struct cluster_observer){
                                 .on_boot = on_boot, .on_end = on_end, .on_fact = on_fact });
    cluster_call_at(cluster, 0, drive, NULL, 1);
}

/* Some time of trouble, then everybody goes on and what is under way ends.  Returns the digest. */
static uint64_t run(uint64_t of_seed)
{
    seed = of_seed;
    make_cluster();
    for (uint64_t ms = 1; ms <= ACTIVE_MS; ms++) {
        LAW(cluster_run(cluster, ms * 1000000, 2000000));
        if (ms % 10 == 0)
            check_conservation();
    }
    active = false;
    for (uint32_t i = 0; i < small.options.instance_count; i++) {
        for (; watched[i].pauses > 0; cluster_resume(cluster, i))
            watched[i].pauses--;
        for (; watched[i].stalls > 0; cluster_stall_disk(cluster, i, 0, false))
            watched[i].stalls--;
    }
    while (cut_count > 0)
        cluster_heal(cluster, cuts[--cut_count]);
    LAW(cluster_held(cluster) == 0);
    LAW(cluster_run(cluster, QUIET_MS * UINT64_C(1000000), 4000000));
    check_conservation();
    LAW(messages_under_way() == 0);
    for (uint32_t i = 0; i < small.options.instance_count; i++)
        LAW(cluster_view(cluster, i).inbox_depth == 0);
    uint64_t digest = cluster_digest(cluster);
    cluster_free(cluster);
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
        uint64_t digest = run(s);
        uint64_t again = run(s);
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
