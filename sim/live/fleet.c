/* The order of what is told.
 *
 * Oracles and histories need an order that agrees with cause and effect.  A node stamps what it
 * tells with the machine's clock and writes it before it sends any message that follows.  A sweep
 * takes the time, then hears all nodes, then tells the cluster what is stamped up to that time, by
 * stamps.  If X is a cause of Y, then X was written before Y was stamped: so if Y is told in a
 * sweep, X was written before the sweep began and is heard in it, and its stamp is the lower one.
 *
 * The cluster's clock shows the sweep's time then: an operation's end is recorded no earlier than
 * it was, and its beginning, which the cluster's queue decides, no later than the request was
 * written.  So the intervals in the history hold the real ones. */
#include "live/fleet.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "live/child.h"

enum {
    HELLO_WITHIN_MS = 20000,
    SHUT_DOWN_WITHIN_MS = 5000,
    BATCH_NS = 100000000, /* an interruption is noticed after so long */
};

struct fleet {
    struct fleet_options options;
    const struct cluster_options *cluster_options;
    struct cluster *cluster; /* NULL before fleet_attach() */
    struct child *children;  /* by instance */
    uint32_t count;
    uint8_t *cuts;    /* [from][to]: 1 = cut, as the nodes were told */
    uint64_t zero_ns; /* the machine's clock at time 0 of the run */
    uint64_t epoch_ns;
    GPtrArray *answers; /* struct answer: those that wait for the next sweep */
    unsigned nested;    /* an incarnation is about to end */
    char *failure;
    bool limited;
};

struct answer {
    uint32_t instance;
    cs_request request;
    size_t size;
    uint8_t bytes[];
};

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
    uint64_t until_ns = wire_monotonic_ns() + HELLO_WITHIN_MS * UINT64_C(1000000);
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
            g_set_error(error, G_SPAWN_ERROR, G_SPAWN_ERROR_FAILED, "%s did not start %s",
                        name_of(fleet, i), is_interrupted(fleet) ? "yet" : "in 20s");
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
    fleet->children = g_new0(struct child, fleet->count);
    fleet->cuts = g_new0(uint8_t, (size_t)fleet->count * fleet->count);
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

void fleet_free(struct fleet *fleet)
{
    if (fleet == NULL)
        return;
    for (uint32_t i = 0; i < fleet->count; i++)
        child_done(&fleet->children[i]);
    g_free(fleet->children);
    g_free(fleet->cuts);
    g_ptr_array_unref(fleet->answers);
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
    const struct cs_bytes part =
        cs_bytes_of(fleet->cuts + (size_t)from * fleet->count, fleet->count);
    wire_add(fleet->children[from].out, WIRE_CUTS, 0, &part, 1);
}

static void on_boot(void *self, uint32_t instance, enum cs_start start)
{
    struct fleet *fleet = self;
    struct child *child = &fleet->children[instance];
    g_autoptr(GError) error = NULL;
    if (child->pid == 0 && !spawn(fleet, instance, &error)) {
        fail(fleet, g_strdup(error->message));
        return;
    }
    const struct wire_start how = { .start = start, .epoch_ns = fleet->epoch_ns };
    const struct cs_bytes part = cs_bytes_of(&how, sizeof how);
    say_cuts(fleet, instance);
    wire_add(child->out, WIRE_START, 0, &part, 1);
    child_write(child);
}

static void on_request(void *self, uint32_t instance, cs_request request, const struct cs_op *op)
{
    struct fleet *fleet = self;
    struct child *child = &fleet->children[instance];
    if (child->pid == 0)
        return;
    wire_add_request(child->out, request, op);
    child_write(child);
}

static void on_pause(void *self, uint32_t instance, bool paused)
{
    const struct fleet *fleet = self;
    const struct child *child = &fleet->children[instance];
    if (child->pid != 0)
        (void)kill(child->pid, paused ? SIGSTOP : SIGCONT);
}

/* ---- What the nodes tell --------------------------------------------------------------------- */

/* The counters of an instance are those of all its incarnations: arrays of uint64_t. */
static void add_counters(struct instance_counters *sum, const struct instance_counters *more)
{
    _Static_assert(sizeof *sum % sizeof(uint64_t) == 0, "counters are numbers of 64 bits");
    uint64_t *to = (uint64_t *)(void *)sum;
    const uint64_t *from = (const uint64_t *)(const void *)more;
    for (size_t i = 0; i < sizeof *sum / sizeof *to; i++)
        to[i] += from[i];
}

static void tell_counters(struct fleet *fleet, uint32_t index, struct cs_bytes body)
{
    struct child *child = &fleet->children[index];
    cs_assert(body.size == sizeof child->now);
    memcpy(&child->now, body.data, sizeof child->now);
    struct instance_counters sum = child->before;
    add_counters(&sum, &child->now);
    cluster_tell_counters(fleet->cluster, index, &sum);
}

/* Names and reasons are told as literals: they stay. */
static const char *literal(struct cs_bytes body)
{
    g_autofree char *text = g_strndup(body.data, body.size);
    return g_intern_string(text);
}

static void tell_answer(struct fleet *fleet, uint32_t index, cs_request request,
                        struct cs_bytes body)
{
    struct cs_result result;
    bool good = wire_get_reply(body, &result);
    cs_assert(good);
    if (fleet->nested == 0) {
        if (cluster_view(fleet->cluster, index).up)
            cluster_tell_reply(fleet->cluster, index, request, &result);
        return;
    }
    struct answer *answer = g_malloc(sizeof *answer + body.size);
    *answer = (struct answer){ .instance = index, .request = request, .size = body.size };
    memcpy(answer->bytes, body.data, body.size);
    g_ptr_array_add(fleet->answers, answer);
}

static void tell(struct fleet *fleet, uint32_t index, const struct wire_head *head,
                 struct cs_bytes body)
{
    struct stated_fact fact;
    switch ((enum wire_kind)head->kind) {
    case WIRE_HELLO:
        fleet->children[index].said_hello = true;
        break;
    case WIRE_READY:
        cluster_tell_ready(fleet->cluster, index);
        break;
    case WIRE_FACT:
        cs_assert(body.size == sizeof fact);
        memcpy(&fact, body.data, sizeof fact);
        cluster_tell_fact(fleet->cluster, index, &fact);
        break;
    case WIRE_REPLY:
        tell_answer(fleet, index, head->number, body);
        break;
    case WIRE_REACHED:
        cluster_tell_reached(fleet->cluster, index, literal(body));
        break;
    case WIRE_COUNT:
        cluster_tell_count(fleet->cluster, index, literal(body), head->number);
        break;
    case WIRE_COUNTERS:
        tell_counters(fleet, index, body);
        break;
    case WIRE_STOPPED:
        if (!fleet->children[index].ending)
            cluster_tell_stop(fleet->cluster, index, literal(body));
        break;
    case WIRE_START:
    case WIRE_REQUEST:
    case WIRE_CUTS:
    case WIRE_SHUT_DOWN:
        cs_assert(false && "a node does not tell such things");
    }
}

/* The child whose next frame is the earliest of those stamped up to the horizon; its index, or the
 * count. */
static uint32_t earliest(const struct fleet *fleet, uint64_t horizon_ns, struct wire_head *ret_head,
                         struct cs_bytes *ret_body)
{
    uint32_t first = fleet->count;
    uint64_t first_ns = horizon_ns;
    for (uint32_t i = 0; i < fleet->count; i++) {
        struct wire_head head;
        struct cs_bytes body;
        if (!child_peek(&fleet->children[i], &head, &body) || head.at_ns > first_ns ||
            (first < fleet->count && head.at_ns == first_ns))
            continue;
        first = i;
        first_ns = head.at_ns;
        *ret_head = head;
        *ret_body = body;
    }
    return first;
}

static void tell_up_to(struct fleet *fleet, uint64_t horizon_ns)
{
    struct wire_head head;
    struct cs_bytes body;
    uint32_t index = earliest(fleet, horizon_ns, &head, &body);
    while (index < fleet->count) {
        g_autofree void *kept = g_memdup2(body.data, body.size);
        child_take(&fleet->children[index], &head);
        if (cluster_view(fleet->cluster, index).up)
            tell(fleet, index, &head, cs_bytes_of(kept, body.size));
        index = earliest(fleet, horizon_ns, &head, &body);
    }
}

static void hear_all(struct fleet *fleet)
{
    for (uint32_t i = 0; i < fleet->count; i++) {
        child_write(&fleet->children[i]);
        child_hear(&fleet->children[i]);
    }
}

/* An incarnation ends: what it said to the last, and what led to that, is told while it is up.  The
 * cluster's clock stands where a fault is due, which is a little earlier than now: answers wait for
 * the next sweep. */
static void on_end(void *self, uint32_t instance, enum instance_end end)
{
    struct fleet *fleet = self;
    struct child *child = &fleet->children[instance];
    if (child->ending)
        return;
    child->ending = true;
    if (end == END_SHUT_DOWN && child->pid != 0) {
        (void)kill(child->pid, SIGCONT);
        wire_add(child->out, WIRE_SHUT_DOWN, 0, NULL, 0);
        child_join(child, SHUT_DOWN_WITHIN_MS);
    } else if (end == END_STOPPED) {
        child_join(child, SHUT_DOWN_WITHIN_MS);
    }
    child_kill(child);
    uint64_t horizon_ns = wire_monotonic_ns();
    fleet->nested++;
    hear_all(fleet);
    tell_up_to(fleet, horizon_ns);
    fleet->nested--;
    add_counters(&child->before, &child->now);
    child->now = (struct instance_counters){ 0 };
    child->ending = false;
}

/* ---- Pacing ---------------------------------------------------------------------------------- */

static void tell_answers(struct fleet *fleet)
{
    for (guint i = 0; i < fleet->answers->len; i++) {
        struct answer *answer = g_ptr_array_index(fleet->answers, i);
        tell_answer(fleet, answer->instance, answer->request,
                    cs_bytes_of(answer->bytes, answer->size));
    }
    g_ptr_array_set_size(fleet->answers, 0);
}

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
    struct cs_bytes body;
    for (uint32_t i = 0; i < fleet->count; i++) {
        struct child *child = &fleet->children[i];
        if (!child->closed || child->pid == 0 || child_peek(child, &head, &body))
            continue;
        int status = -1;
        g_autofree char *how = child_reap(child, &status);
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
    hear_all(fleet);
    tell_answers(fleet);
    tell_up_to(fleet, fleet->zero_ns + now_ns);
    find_dead(fleet);
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
        uint64_t next_ns = MIN(cluster_next(fleet->cluster), until_ns);
        uint64_t real_ns = wire_monotonic_ns() - fleet->zero_ns;
        uint64_t wait_ns = next_ns > real_ns ? next_ns - real_ns : 0;
        wait_for_children(fleet, MIN(wait_ns, BATCH_NS));
    }
}

const char *fleet_failure(const struct fleet *fleet) { return fleet->failure; }
bool fleet_reached_limit(const struct fleet *fleet) { return fleet->limited; }
