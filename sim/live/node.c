/* A node's life: its port and files, its inputs one at a time, its end.
 *
 * The protocol's handlers run on the context of the simulator (host/context.c), so what they record
 * is the same; only what becomes of it differs.  A step begins when its input is taken; time passes
 * by itself, so what is charged is ignored.  While a barrier waits no input is taken. */
#include "live/node.h"

#include <errno.h>
#include <glib-unix.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "base/random.h"
#include "host/effect_text.h"
#include "live/node_internal.h"

enum {
    DATAGRAM_MAX = 65536,
    DATAGRAMS_AT_ONCE = 64, /* then timers have their turn */
};
#define COUNTERS_EVERY_NS UINT64_C(20000000)

/* ---- Inputs ---------------------------------------------------------------------------------- */

struct node_input *node_input_add(struct node *node, enum node_input_kind kind,
                                  struct cs_bytes bytes)
{
    struct node_waiting *waiting = g_malloc0(sizeof *waiting + bytes.size);
    if (bytes.size > 0)
        memcpy(waiting->bytes, bytes.data, bytes.size);
    waiting->input.kind = kind;
    waiting->input.bytes = cs_bytes_of(waiting->bytes, bytes.size);
    g_queue_push_tail(&node->inbox, waiting);
    return &waiting->input;
}

static void count(struct node *node, enum node_input_kind kind)
{
    node->counters.steps++;
    node->counters.messages_delivered += kind == INPUT_MESSAGE;
    node->counters.timers_fired += kind == INPUT_TIMER;
    node->counters.jobs_done += kind == INPUT_JOB;
}

bool node_found(struct node *node)
{
    if (!node->folder.founding || node_folder_found(&node->folder))
        return true;
    node_stop(node, "its folder cannot be written");
    return false;
}

/* The step's handler has returned, or a barrier has held its effects up. */
static void step_go_on(struct node *node)
{
    node->occupied = !node_release(node);
    if (node->occupied || !node->starting)
        return;
    node->starting = false;
    if (node_found(node))
        wire_add(node->told, WIRE_READY, 0, NULL, 0);
}

static void step(struct node *node, const struct node_input *input)
{
    uint64_t wall = wire_wall_ns();
    cs_assert(!node->occupied);
    context_begin(&node->cx, node->lent, cs_after((cs_instant){ 0 }, cs_ns(wire_monotonic_ns())),
                  (cs_instant){ wall > node->epoch_ns ? wall - node->epoch_ns : 0 }, 0);
    node->next = 0;
    count(node, input->kind);
    record_input(node->record, &node->cx, input);
    uint64_t cpu_ns = wire_cpu_ns();
    node_input_handle(input, node->state, &node->cx);
    record_effects(node->record, &node->cx);
    step_go_on(node);
    node->ended |= record_has_failed(node->record);
    if (input->kind == INPUT_MESSAGE)
        node_add_cost(node, COST_CPU, input->bytes.size, wire_cpu_ns() - cpu_ns);
}

/* Take a timer or a job that is due, as the next input. */
static bool take_alarm(struct node *node)
{
    uint64_t now_ns = wire_monotonic_ns();
    struct node_input input = { .kind = INPUT_TIMER };
    if (!alarms_take(&node->timers, now_ns, &input.token)) {
        input.kind = INPUT_JOB;
        if (!alarms_take(&node->jobs, now_ns, &input.token))
            return false;
    }
    step(node, &input);
    return true;
}

static void take_input(struct node *node)
{
    g_autofree struct node_waiting *waiting = g_queue_pop_head(&node->inbox);
    node->starting |= waiting->input.kind == INPUT_START;
    step(node, &waiting->input);
}

static void on_flushed(struct node *node, const struct files_flush *flush)
{
    node->counters.disk_errors += flush->status != CS_DISK_OK;
    node_add_cost(node, COST_FLUSH, 0, flush->took_ns);
    if (!flush->barrier) {
        if (flush->token == CS_SILENT)
            return;
        struct node_input *input = node_input_add(node, INPUT_DISK, cs_bytes_of(NULL, 0));
        input->done = (struct cs_completion){
            .op = CS_DISK_FLUSH,
            .status = flush->status,
            .volume = flush->volume,
            .ticket = flush->ticket,
            .token = flush->token,
        };
        return;
    }
    cs_assert(node->occupied);
    if (flush->status == CS_DISK_OK) {
        step_go_on(node);
    } else {
        node->counters.barriers_failed++;
        node_stop(node, effect_barrier_failure(flush->status));
    }
}

static void take_flushes(struct node *node)
{
    g_autofree struct files_flush *flush = files_ended(&node->files);
    while (flush != NULL && !node->ended) {
        on_flushed(node, flush);
        g_free(flush);
        flush = files_ended(&node->files);
    }
}

/* ---- The loop -------------------------------------------------------------------------------- */

static void arm(struct node *node)
{
    uint64_t next = MIN(alarms_next(&node->timers), alarms_next(&node->jobs));
    struct itimerspec at = { 0 };
    if (next != UINT64_MAX && !node->occupied) {
        next = MAX(next, 1); /* 0 would disarm it */
        at.it_value.tv_sec = (time_t)(next / 1000000000u);
        at.it_value.tv_nsec = (long)(next % 1000000000u);
    }
    int failed = timerfd_settime(node->timer_fd, TFD_TIMER_ABSTIME, &at, NULL);
    cs_assert(failed == 0);
}

static void tell_counters(struct node *node)
{
    uint64_t now_ns = wire_monotonic_ns();
    if (now_ns - node->counters_told_ns < COUNTERS_EVERY_NS)
        return;
    const struct cs_bytes part = cs_bytes_of(&node->counters, sizeof node->counters);
    wire_add(node->told, WIRE_COUNTERS, 0, &part, 1);
    node_tell_costs(node);
    node->counters_told_ns = now_ns;
}

/* Do all that can be done now. */
static void pump(struct node *node)
{
    take_flushes(node);
    while (!node->occupied && !node->ended) {
        if (!take_alarm(node)) {
            if (g_queue_is_empty(&node->inbox))
                break;
            take_input(node);
        }
        take_flushes(node);
    }
    tell_counters(node);
    node_tell(node);
    if (node->ended) {
        g_main_loop_quit(node->loop);
    } else {
        arm(node);
    }
}

static gboolean on_timer(gint fd, GIOCondition condition, gpointer argument)
{
    uint64_t expirations;
    (void)condition;
    if (read(fd, &expirations, sizeof expirations) < 0 && errno != EAGAIN)
        return G_SOURCE_REMOVE;
    pump(argument);
    return G_SOURCE_CONTINUE;
}

static gboolean on_wake(gint fd, GIOCondition condition, gpointer argument)
{
    (void)fd;
    (void)condition;
    pump(argument);
    return G_SOURCE_CONTINUE;
}

void node_on_message(void *argument, const struct wire_datagram *head, struct cs_bytes body)
{
    struct node *node = argument;
    if (!node->begun) { /* it is not up yet */
        node->counters.messages_dead++;
        return;
    }
    uint64_t now_ns = wire_monotonic_ns();
    if (head->sent_ns <= now_ns)
        node_add_cost(node, COST_NETWORK, body.size, now_ns - head->sent_ns);
    struct node_input *input = node_input_add(node, INPUT_MESSAGE, body);
    input->from = head->from;
    input->message = head->kind;
}

static gboolean on_datagrams(gint fd, GIOCondition condition, gpointer argument)
{
    struct node *node = argument;
    (void)condition;
    for (int i = 0; i < DATAGRAMS_AT_ONCE; i++) {
        struct wire_datagram head;
        ssize_t size = recv(fd, node->datagram, DATAGRAM_MAX, 0);
        if (size < 0)
            break;
        if ((size_t)size < sizeof head)
            continue;
        memcpy(&head, node->datagram, sizeof head);
        if (head.run == node->run && head.from < node->cluster_options.instance_count) {
            node_on_message(node, &head,
                            cs_bytes_of(node->datagram + sizeof head, (size_t)size - sizeof head));
        }
    }
    pump(node);
    return G_SOURCE_CONTINUE;
}

void node_on_batch(void *argument) { pump(argument); }

/* ---- What it is told ------------------------------------------------------------------------- */

static void start(struct node *node, const struct wire_start *how)
{
    cs_assert(!node->begun);
    node->begun = true;
    node->epoch_ns = how->epoch_ns;
    enum cs_start kind = (enum cs_start)(node->folder.founding ? how->first : how->start);
    node_input_add(node, INPUT_START, cs_bytes_of(NULL, 0))->start = kind;
}

static void on_told(struct node *node, const struct wire_head *head, struct cs_bytes body)
{
    struct wire_start how;
    switch ((enum wire_kind)head->kind) {
    case WIRE_START:
        cs_assert(body.size == sizeof how);
        memcpy(&how, body.data, sizeof how);
        start(node, &how);
        break;
    case WIRE_REQUEST:
        node_input_add(node, INPUT_REQUEST, body)->request = head->number;
        break;
    case WIRE_CUTS:
        cs_assert(body.size == node->cluster_options.instance_count);
        memcpy(node->cut, body.data, body.size);
        break;
    case WIRE_SHUT_DOWN:
        files_flush_all(&node->files);
        node_tell_costs(node);
        node->ended = true;
        break;
    case WIRE_HELLO:
    case WIRE_READY:
    case WIRE_FACT:
    case WIRE_REPLY:
    case WIRE_REACHED:
    case WIRE_COUNT:
    case WIRE_COUNTERS:
    case WIRE_COSTS:
    case WIRE_STOPPED:
        cs_assert(false && "a node is not told such things");
    }
}

/* The end of the stream is the end of who has started it: nothing is left to do. */
static gboolean on_control(gint fd, GIOCondition condition, gpointer argument)
{
    struct node *node = argument;
    uint8_t bytes[65536];
    (void)condition;
    ssize_t size = recv(fd, bytes, sizeof bytes, MSG_DONTWAIT);
    if (size < 0 && (errno == EAGAIN || errno == EINTR))
        return G_SOURCE_CONTINUE;
    node->ended |= size <= 0;
    if (size > 0)
        g_byte_array_append(node->heard, bytes, (guint)size);
    struct wire_head head;
    struct cs_bytes body;
    size_t at = 0;
    while (wire_peek(cs_bytes_of(node->heard->data + at, node->heard->len - at), &head, &body)) {
        on_told(node, &head, body);
        at += sizeof head + body.size;
    }
    g_byte_array_remove_range(node->heard, 0, (guint)at);
    pump(node);
    return G_SOURCE_CONTINUE;
}

static gboolean on_signal(gpointer argument)
{
    struct node *node = argument;
    files_flush_all(&node->files);
    node->ended = true;
    g_main_loop_quit(node->loop);
    return G_SOURCE_CONTINUE;
}

/* A time limit ends it as a signal does. */
static gboolean on_limit(gpointer argument)
{
    struct node *node = argument;
    fprintf(stderr, "%s ends: the time limit was reached\n", node->instance->name);
    return on_signal(argument);
}

/* ---- Beginning and end ----------------------------------------------------------------------- */

static void listen_to_all(struct node *node)
{
    cs_assert(node->loop == NULL);
    cs_assert(node->socket >= 0);
    node->loop = g_main_loop_new(NULL, FALSE);
    node->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    cs_assert(node->timer_fd >= 0);
    g_unix_fd_add(node->socket, G_IO_IN, on_datagrams, node);
    g_unix_fd_add(node->timer_fd, G_IO_IN, on_timer, node);
    g_unix_fd_add(node->files.wake_fd, G_IO_IN, on_wake, node);
    if (node->options->control_fd >= 0)
        g_unix_fd_add(node->options->control_fd, G_IO_IN | G_IO_HUP, on_control, node);
    if (node->options->control_fd < 0) {
        g_unix_signal_add(SIGTERM, on_signal, node);
        g_unix_signal_add(SIGINT, on_signal, node);
    }
    if (node->options->time_limit_ns > 0)
        g_timeout_add((guint)(node->options->time_limit_ns / 1000000), on_limit, node);
}

static void node_init(struct node *node, const struct node_options *options)
{
    *node = (struct node){
        .options = options,
        .run = random_key(options->plan->seed, options->plan->name, "live"),
        .told = g_byte_array_new(),
        .heard = g_byte_array_new(),
        .costs = g_array_new(FALSE, FALSE, sizeof(struct wire_cost)),
        .datagram = g_malloc(DATAGRAM_MAX),
        .folder = { .lock = -1 },
        .socket = -1,
    };
    context_init(&node->cx);
    alarms_init(&node->timers);
    alarms_init(&node->jobs);
    g_queue_init(&node->inbox);
}

static void node_done(struct node *node)
{
    node_close(node);
    if (node->loop != NULL) {
        g_main_loop_unref(node->loop);
        close(node->timer_fd);
    }
    context_done(&node->cx);
    alarms_done(&node->timers);
    alarms_done(&node->jobs);
    g_queue_clear_full(&node->inbox, g_free);
    g_byte_array_unref(node->told);
    g_byte_array_unref(node->heard);
    g_array_unref(node->costs);
    g_free(node->stopped);
    g_free(node->datagram);
}

static void run(struct node *node)
{
    const struct node_options *options = node->options;
    const struct wire_start by_itself = {
        .start = CS_START_RESTART,
        .first = node->instance->start,
        .epoch_ns = wire_wall_ns(),
    };
    listen_to_all(node);
    wire_add(node->told, WIRE_HELLO, 0, NULL, 0);
    node_tell(node);
    if (options->on_open != NULL)
        options->on_open(options);
    if (options->control_fd < 0) {
        start(node, &by_itself);
        pump(node);
    }
    if (!node->ended)
        g_main_loop_run(node->loop);
    node_tell(node);
}

bool node_run(const struct node_options *options, GError **error)
{
    struct node node;
    cs_assert(options->instance < options->plan->cluster.instance_count);
    cs_assert(options->time_limit_ns <= NODE_LIMIT_MAX_NS);
    node_init(&node, options);
    bool good = node_open(&node, error);
    if (!good)
        g_prefix_error(error, "cannot start: ");
    if (good) {
        run(&node);
        good = record_end(node.record, error);
        if (!good)
            g_prefix_error(error, "cannot go on: ");
    }
    if (good && node.stopped != NULL) {
        g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_FAILED, "stopped itself: %s", node.stopped);
        good = false;
    }
    node_done(&node);
    return good;
}
