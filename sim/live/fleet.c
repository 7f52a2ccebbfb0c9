/* Starting, pacing and ending the processes of a run. */
#include "live/fleet.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "live/fleet_internal.h"
#include "live/node.h"

enum {
    HELLO_WITHIN_S = 20,
    HELLO_BEYOND_LIMIT_S = 5,
    AFTER_PAUSE_NS = 200000000,
    BATCH_NS = 100000000, /* an interruption is noticed after so long */
};
#define STOP_WITHIN_NS UINT64_C(5000000000) /* a node that a fault stops */
#define END_WITHIN_NS  UINT64_C(2000000000) /* all of them, at the end */
#define SECOND_NS      UINT64_C(1000000000)

/* ---- Starting -------------------------------------------------------------------------------- */

static const char *name_of(const struct fleet *fleet, uint32_t index)
{
    cs_assert(index < fleet->count);
    return fleet->cluster_options->instances[index].name;
}

static bool spawn(struct fleet *fleet, uint32_t index, GError **error)
{
    g_autoptr(GPtrArray) arguments = g_ptr_array_new_with_free_func(g_free);
    const struct fleet_options *options = &fleet->options;
    g_ptr_array_add(arguments, g_strdup("clustersim"));
    for (const char *const *argument = options->node_arguments; *argument != NULL; argument++)
        g_ptr_array_add(arguments, g_strdup(*argument));
    g_ptr_array_add(arguments, g_strdup_printf("--instance=%s", name_of(fleet, index)));
    g_ptr_array_add(arguments,
                    g_strdup_printf("--folder=%s/%s", options->folder, name_of(fleet, index)));
    g_ptr_array_add(arguments, g_strdup_printf("--port-base=%u", options->port_base));
    g_ptr_array_add(arguments, g_strdup(options->sync ? "--sync=fdatasync" : "--sync=none"));
    g_ptr_array_add(arguments, g_strdup_printf("--datagram-max=%u", options->datagram_max));
    cs_assert(fleet->children[index].pid == 0);
    unsigned number = ++fleet->children[index].incarnations;
    if (options->record != NULL) {
        g_ptr_array_add(arguments, g_strdup_printf("--record=%s/%s-%u.log", options->record,
                                                   name_of(fleet, index), number));
    }
    g_ptr_array_add(arguments, g_strdup("--controlled"));
    g_ptr_array_add(arguments, NULL);
    if (child_spawn(&fleet->children[index], "/proc/self/exe", (char **)arguments->pdata, error))
        return true;
    g_prefix_error(error, "%s: ", name_of(fleet, index));
    return false;
}

/* Wait for input of any child. */
static void wait_for_children(struct fleet *fleet, uint64_t wait_ns)
{
    struct pollfd *fds = g_new0(struct pollfd, fleet->count + 1);
    for (uint32_t i = 0; i < fleet->count; i++) {
        const struct child *child = &fleet->children[i];
        fds[i].fd = child->closed ? -1 : child->fd;
        fds[i].events = (short)(POLLIN | (child->out->len > 0 ? POLLOUT : 0));
    }
    const struct timespec timeout = { (time_t)(wait_ns / 1000000000u),
                                      (long)(wait_ns % 1000000000u) };
    (void)ppoll(fds, fleet->count, &timeout, NULL);
    g_free(fds);
}

static bool said_hello(struct child *child)
{
    struct wire_head head;
    struct cs_bytes body;
    if (!child->said_hello && child_peek(child, &head, &body)) {
        cs_assert(head.kind == WIRE_HELLO);
        child_take(child, &head);
        child->said_hello = true;
    }
    return child->said_hello;
}

static bool is_interrupted(const struct fleet *fleet)
{
    return fleet->options.interrupted != NULL && *fleet->options.interrupted != 0;
}

/* Until all that were started have said that they are there. */
static bool wait_for_hello(struct fleet *fleet, GError **error)
{
    uint64_t limit_s = fleet->options.time_limit_ns / SECOND_NS + HELLO_BEYOND_LIMIT_S;
    uint64_t within_s = MIN(HELLO_WITHIN_S, limit_s);
    uint64_t until_ns = wire_monotonic_ns() + within_s * SECOND_NS;
    for (uint32_t i = 0; i < fleet->count;) {
        struct child *child = &fleet->children[i];
        child_hear(child);
        if (child->pid == 0 || said_hello(child)) {
            i++;
        } else if (child->closed) {
            int status = -1;
            g_autofree char *how = child_reap(child, &status);
            g_set_error(error, G_SPAWN_ERROR, G_SPAWN_ERROR_FAILED, "%s died at its start: %s",
                        name_of(fleet, i), how);
            return false;
        } else if (wire_monotonic_ns() >= until_ns || is_interrupted(fleet)) {
            g_set_error(error, G_SPAWN_ERROR, G_SPAWN_ERROR_FAILED,
                        is_interrupted(fleet) ? "%s did not start yet" : "%s did not start in %us",
                        name_of(fleet, i), (unsigned)within_s);
            return false;
        } else {
            wait_for_children(fleet, BATCH_NS);
        }
    }
    return true;
}

struct fleet *fleet_new(const struct fleet_options *options, GError **error)
{
    struct fleet *fleet = g_new0(struct fleet, 1);
    fleet->options = *options;
    fleet->cluster_options = &options->plan->cluster;
    fleet->count = fleet->cluster_options->instance_count;
    cs_assert(fleet->count > 0);
    fleet->children = g_new0(struct child, fleet->count);
    fleet->cuts = g_new0(uint8_t, (size_t)fleet->count * fleet->count);
    costs_init(&fleet->costs);
    fleet->answers = g_ptr_array_new_with_free_func(g_free);
    for (uint32_t i = 0; i < fleet->count; i++)
        child_init(&fleet->children[i]);
    bool good = true;
    for (uint32_t i = 0; i < fleet->count && good; i++) {
        if (fleet->cluster_options->instances[i].boot_at_ns != UINT64_MAX)
            good = spawn(fleet, i, error);
    }
    if (good && wait_for_hello(fleet, error))
        return fleet;
    fleet_free(fleet);
    return NULL;
}

void fleet_shut_down(struct fleet *fleet)
{
    for (uint32_t i = 0; i < fleet->count; i++) {
        struct child *child = &fleet->children[i];
        if (child->pid == 0)
            continue;
        (void)kill(child->pid, SIGCONT);
        wire_add(child->out, WIRE_SHUT_DOWN, 0, NULL, 0);
        child_write(child);
    }
    children_join(fleet->children, fleet->count, wire_monotonic_ns() + END_WITHIN_NS, NULL);
}

void fleet_free(struct fleet *fleet)
{
    if (fleet == NULL)
        return;
    children_join(fleet->children, fleet->count, 0, NULL);
    for (uint32_t i = 0; i < fleet->count; i++)
        child_done(&fleet->children[i]);
    g_free(fleet->children);
    g_free(fleet->cuts);
    g_ptr_array_unref(fleet->answers);
    costs_done(&fleet->costs);
    g_free(fleet->failure);
    g_free(fleet);
}

/* ---- What the cluster wants ------------------------------------------------------------------ */

static void fail(struct fleet *fleet, char *failure)
{
    if (fleet->failure == NULL) {
        fleet->failure = failure;
    } else {
        g_free(failure);
    }
}

static void say_cuts(struct fleet *fleet, uint32_t from)
{
    cs_assert(from < fleet->count);
    const struct cs_bytes part =
        cs_bytes_of(fleet->cuts + (size_t)from * fleet->count, fleet->count);
    wire_add(fleet->children[from].out, WIRE_CUTS, 0, &part, 1);
}

static void on_boot(void *self, uint32_t instance, enum cs_start start)
{
    struct fleet *fleet = self;
    cs_assert(instance < fleet->count);
    struct child *child = &fleet->children[instance];
    g_autoptr(GError) error = NULL;
    if (child->pid == 0 && !spawn(fleet, instance, &error)) {
        fleet->surroundings = true;
        fail(fleet, g_strdup(error->message));
        return;
    }
    if (start != CS_START_RESTART)
        child->first = start;
    const struct wire_start how = {
        .start = start,
        .first = child->first,
        .epoch_ns = fleet->epoch_ns,
    };
    const struct cs_bytes part = cs_bytes_of(&how, sizeof how);
    say_cuts(fleet, instance);
    wire_add(child->out, WIRE_START, 0, &part, 1);
    child_write(child);
}

static void on_request(void *self, uint32_t instance, cs_request request, const struct cs_op *op)
{
    struct fleet *fleet = self;
    cs_assert(instance < fleet->count);
    struct child *child = &fleet->children[instance];
    if (child->pid == 0)
        return;
    wire_add_request(child->out, request, op);
    child_write(child);
}

static void on_pause(void *self, uint32_t instance, bool paused)
{
    struct fleet *fleet = self;
    cs_assert(instance < fleet->count);
    struct child *child = &fleet->children[instance];
    if (child->pid != 0)
        (void)kill(child->pid, paused ? SIGSTOP : SIGCONT);
    child->odd_until_ns = paused ? UINT64_MAX : wire_monotonic_ns() + AFTER_PAUSE_NS;
}

/* It has its time to end, but not beyond the run's. */
static void let_end(struct fleet *fleet, struct child *child)
{
    uint64_t limit_ns = fleet->zero_ns + fleet->options.time_limit_ns;
    children_join(child, 1, MIN(wire_monotonic_ns() + STOP_WITHIN_NS, limit_ns),
                  fleet->options.interrupted);
}

/* An incarnation ends: what it said to the last, and what led to that, is told while it is up.  The
 * cluster's clock stands where a fault is due, which is a little earlier than now: answers wait for
 * the next sweep. */
static void on_end(void *self, uint32_t instance, enum instance_end end)
{
    struct fleet *fleet = self;
    cs_assert(instance < fleet->count);
    struct child *child = &fleet->children[instance];
    if (child->ending)
        return;
    child->ending = true;
    if (end == END_SHUT_DOWN && child->pid != 0) {
        (void)kill(child->pid, SIGCONT);
        wire_add(child->out, WIRE_SHUT_DOWN, 0, NULL, 0);
        let_end(fleet, child);
    } else if (end == END_STOPPED) {
        let_end(fleet, child);
    }
    child_kill(child);
    uint64_t horizon_ns = wire_monotonic_ns();
    fleet->nested++;
    fleet_hear_all(fleet);
    fleet_tell_up_to(fleet, horizon_ns);
    cs_assert(fleet->nested > 0);
    fleet->nested--;
    fleet_add_counters(&child->before, &child->now);
    child->now = (struct instance_counters){ 0 };
    child->ending = false;
}

/* ---- Pacing ---------------------------------------------------------------------------------- */

/* Let every node know whom it cannot reach any more, or again. */
static void update_cuts(struct fleet *fleet)
{
    const struct instance_options *instances = fleet->cluster_options->instances;
    const struct network *network = cluster_network(fleet->cluster);
    for (uint32_t from = 0; from < fleet->count; from++) {
        uint8_t *row = fleet->cuts + (size_t)from * fleet->count;
        bool changed = false;
        for (uint32_t to = 0; to < fleet->count; to++) {
            uint8_t cut =
                !network_reachable(network, instances[from].machine, instances[to].machine);
            changed |= cut != row[to];
            row[to] = cut;
        }
        if (changed && fleet->children[from].pid != 0)
            say_cuts(fleet, from);
    }
}

/* Nobody has killed it, and it has not said that it stops. */
static void find_dead(struct fleet *fleet)
{
    struct wire_head head;
    struct cs_bytes body = { 0 };
    for (uint32_t i = 0; i < fleet->count; i++) {
        struct child *child = &fleet->children[i];
        if (!child->closed || child->pid == 0 || child_peek(child, &head, &body))
            continue;
        int status = -1;
        g_autofree char *how = child_reap(child, &status);
        fleet->surroundings |= status == NODE_STATUS_SURROUNDINGS;
        fail(fleet, g_strdup_printf("%s died: %s", name_of(fleet, i), how));
    }
}

void fleet_attach(struct fleet *fleet, struct cluster *cluster)
{
    const struct cluster_runner runner = {
        .self = fleet,
        .on_boot = on_boot,
        .on_end = on_end,
        .on_pause = on_pause,
        .on_request = on_request,
    };
    cs_assert(fleet->cluster == NULL);
    fleet->cluster = cluster;
    fleet->zero_ns = wire_monotonic_ns();
    fleet->epoch_ns = wire_wall_ns();
    cluster_run_elsewhere(cluster, &runner);
}

/* All that is due up to now, and all that was said up to now. */
static void sweep(struct fleet *fleet, uint64_t now_ns)
{
    (void)cluster_run(fleet->cluster, now_ns, UINT64_MAX);
    update_cuts(fleet);
    fleet_hear_all(fleet);
    fleet_tell_answers(fleet);
    fleet_tell_up_to(fleet, fleet->zero_ns + now_ns);
    find_dead(fleet);
}

/* Whether something was heard that is stamped later than the sweep that heard it.  Nobody else
 * would wake the fleet for it. */
static bool has_untold(const struct fleet *fleet)
{
    struct wire_head head;
    struct cs_bytes body;
    bool untold = false;
    for (uint32_t i = 0; i < fleet->count && !untold; i++)
        untold = child_peek(&fleet->children[i], &head, &body);
    return untold;
}

bool fleet_pace(struct fleet *fleet, uint64_t until_ns)
{
    cs_assert(fleet->cluster != NULL);
    for (;;) {
        uint64_t now_ns = MIN(wire_monotonic_ns() - fleet->zero_ns, until_ns);
        sweep(fleet, MAX(now_ns, cluster_now(fleet->cluster)));
        fleet->limited = now_ns >= fleet->options.time_limit_ns;
        if (fleet->failure != NULL || fleet->limited || is_interrupted(fleet))
            return false;
        if (now_ns >= until_ns)
            return true;
        if (has_untold(fleet))
            continue;
        uint64_t next_ns = MIN(cluster_next(fleet->cluster), until_ns);
        uint64_t real_ns = wire_monotonic_ns() - fleet->zero_ns;
        uint64_t wait_ns = next_ns > real_ns ? next_ns - real_ns : 0;
        wait_for_children(fleet, MIN(wait_ns, BATCH_NS));
    }
}

const struct costs *fleet_costs(const struct fleet *fleet) { return &fleet->costs; }
bool fleet_failed_by_surroundings(const struct fleet *fleet) { return fleet->surroundings; }
const char *fleet_failure(const struct fleet *fleet) { return fleet->failure; }
bool fleet_reached_limit(const struct fleet *fleet) { return fleet->limited; }
