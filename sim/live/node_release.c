/* What a node's effects do. */
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "host/effect_text.h"
#include "live/node_internal.h"

/* ---- Telling --------------------------------------------------------------------------------- */

void node_tell(struct node *node)
{
    size_t at = 0;
    if (node->options->control_fd < 0)
        g_byte_array_set_size(node->told, 0);
    while (at < node->told->len) {
        ssize_t put = send(node->options->control_fd, node->told->data + at, node->told->len - at,
                           MSG_NOSIGNAL);
        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0) { /* nobody listens any more: neither will it */
            node->ended = true;
            break;
        }
        at += (size_t)put;
    }
    g_byte_array_set_size(node->told, 0);
}

static void tell(struct node *node, enum wire_kind kind, uint64_t number, const void *data,
                 size_t size)
{
    const struct cs_bytes part = cs_bytes_of(data, size);
    wire_add(node->told, kind, number, &part, 1);
}

void node_add_cost(struct node *node, enum cost_kind kind, size_t bytes, uint64_t ns)
{
    cs_assert(bytes <= UINT32_MAX);
    const struct wire_cost cost = { .kind = kind, .bytes = (uint32_t)bytes, .ns = ns };
    if (node->options->control_fd >= 0)
        g_array_append_val(node->costs, cost);
}

void node_tell_costs(struct node *node)
{
    if (node->costs->len > 0)
        tell(node, WIRE_COSTS, 0, node->costs->data, node->costs->len * sizeof(struct wire_cost));
    g_array_set_size(node->costs, 0);
}

void node_stop(struct node *node, const char *reason)
{
    node_tell_costs(node);
    tell(node, WIRE_COUNTERS, 0, &node->counters, sizeof node->counters);
    tell(node, WIRE_STOPPED, 0, reason, strlen(reason));
    g_free(node->stopped);
    node->stopped = g_strdup(reason);
    node->ended = true;
}

/* ---- Messages -------------------------------------------------------------------------------- */

/* A full buffer or a refused port loses a datagram, as a network may. */
static void send_to(struct node *node, cs_node to, const struct effect *effect)
{
    struct cs_bytes body = effect_bytes(&node->cx, effect);
    node->counters.messages_sent++;
    node->counters.bytes_sent += body.size;
    if (node->cut[to] != 0) {
        node->counters.messages_cut++;
        return;
    }
    if (body.size > node->options->datagram_max) {
        streams_send(node->streams, to, effect->send.kind, body);
        return;
    }
    struct wire_datagram head = { node->run, node->lent->self, effect->send.kind,
                                  wire_monotonic_ns() };
    struct sockaddr_in address = wire_address(node->options->port_base, to);
    struct iovec parts[] = { { &head, sizeof head }, { (void *)body.data, body.size } };
    const struct msghdr message = {
        .msg_name = &address,
        .msg_namelen = sizeof address,
        .msg_iov = parts,
        .msg_iovlen = G_N_ELEMENTS(parts),
    };
    if (sendmsg(node->socket, &message, MSG_NOSIGNAL) < 0)
        node->counters.messages_lost++;
}

static void release_send(struct node *node, const struct effect *effect)
{
    const cs_node *to = effect_targets(&node->cx, effect);
    if (!node_found(node))
        return;
    node_tell(node);
    for (uint32_t i = 0; i < effect->send.to_count; i++) {
        cs_assert(to[i] < node->cluster_options.instance_count);
        send_to(node, to[i], effect);
    }
}

/* ---- Disks ----------------------------------------------------------------------------------- */

static void complete(struct node *node, enum cs_disk_op op, enum cs_disk_status status,
                     const struct effect *effect, struct cs_bytes data)
{
    if (effect->disk.token == CS_SILENT)
        return;
    struct node_input *input = node_input_add(node, INPUT_DISK, data);
    input->done = (struct cs_completion){
        .op = op,
        .status = status,
        .volume = effect->disk.volume,
        .ticket = effect->disk.ticket,
        .token = effect->disk.token,
        .offset = effect->disk.offset,
    };
}

static void release_read(struct node *node, const struct effect *effect)
{
    g_autofree uint8_t *data = g_malloc(effect->disk.size + 1);
    enum cs_disk_status status =
        files_read(&node->files, effect->disk.volume, effect->disk.offset, data, effect->disk.size);
    node->counters.disk_errors += status != CS_DISK_OK;
    complete(node, CS_DISK_READ, status, effect,
             cs_bytes_of(data, status == CS_DISK_OK ? effect->disk.size : 0));
}

static void release_write(struct node *node, const struct effect *effect)
{
    bool write = effect->kind == EFFECT_WRITE;
    struct cs_bytes data = effect_bytes(&node->cx, effect);
    uint64_t begun_ns = wire_monotonic_ns();
    enum cs_disk_status status =
        write ? files_write(&node->files, effect->disk.volume, effect->disk.offset, data)
              : files_discard(&node->files, effect->disk.volume, effect->disk.offset,
                              effect->disk.size);
    node_add_cost(node, COST_WRITE, data.size, wire_monotonic_ns() - begun_ns);
    node->counters.disk_writes++;
    node->counters.disk_bytes_written += write ? data.size : 0;
    node->counters.disk_errors += status != CS_DISK_OK;
    complete(node, write ? CS_DISK_WRITE : CS_DISK_DISCARD, status, effect, cs_bytes_of(NULL, 0));
}

static void release_flush(struct node *node, const struct effect *effect)
{
    const struct files_flush flush = {
        .barrier = effect->kind == EFFECT_BARRIER,
        .volume = effect->disk.volume,
        .ticket = effect->disk.ticket,
        .token = effect->disk.token,
    };
    node->counters.disk_flushes++;
    node_tell(node);
    files_flush(&node->files, &flush);
}

/* ---- Facts and answers ----------------------------------------------------------------------- */

static void release_fact(struct node *node, const struct effect *effect)
{
    const struct cs_fact *fact = &effect->fact.fact;
    bool rests = fact->rests_on != CS_TICKET_NONE;
    cs_assert(!rests || fact->volume < node->files.count);
    if (!node_found(node))
        return;
    const struct stated_fact stated = {
        .kind = fact->kind,
        .recovered = fact->recovered,
        .rests = rests,
        .durable = rests && fact->rests_on <= node->files.volumes[fact->volume].durable,
        .scope = fact->scope,
        .a = fact->a,
        .b = fact->b,
        .c = fact->c,
        .digest = effect->fact.digest,
    };
    tell(node, WIRE_FACT, 0, &stated, sizeof stated);
}

static void release_reply(struct node *node, const struct effect *effect)
{
    struct cs_result result = context_result(&node->cx, effect);
    if (!node_found(node))
        return;
    wire_add_reply(node->told, effect->reply.request, &result);
}

static void release_log(struct node *node, const struct effect *effect)
{
    struct cs_bytes line = effect_bytes(&node->cx, effect);
    if (node->options->log) {
        fprintf(stderr, "%s: %.*s\n", node->instance->name, (int)line.size,
                (const char *)line.data);
    }
}

/* ---- All of them ----------------------------------------------------------------------------- */

static void release_one(struct node *node, const struct effect *effect)
{
    uint64_t now_ns = wire_monotonic_ns();
    switch (effect->kind) {
    case EFFECT_SEND:
        release_send(node, effect);
        break;
    case EFFECT_SET_TIMER:
        alarms_set(&node->timers, effect->timer.token, now_ns + effect->timer.after.ns);
        break;
    case EFFECT_CANCEL_TIMER:
        alarms_cancel(&node->timers, effect->timer.token);
        break;
    case EFFECT_READ:
        release_read(node, effect);
        break;
    case EFFECT_WRITE:
    case EFFECT_DISCARD:
        release_write(node, effect);
        break;
    case EFFECT_FLUSH:
    case EFFECT_BARRIER:
        release_flush(node, effect);
        break;
    case EFFECT_REPLY:
        release_reply(node, effect);
        break;
    case EFFECT_JOB:
        alarms_set(&node->jobs, effect->job.token, now_ns + effect->job.cost.ns);
        break;
    case EFFECT_CANCEL_JOB:
        alarms_cancel(&node->jobs, effect->job.token);
        break;
    case EFFECT_FACT:
        release_fact(node, effect);
        break;
    case EFFECT_REACHED:
    case EFFECT_COUNT:
        tell(node, effect->kind == EFFECT_REACHED ? WIRE_REACHED : WIRE_COUNT, effect->named.count,
             effect->named.name, strlen(effect->named.name));
        break;
    case EFFECT_LOG:
        release_log(node, effect);
        break;
    case EFFECT_STOP:
        node_stop(node, effect->named.name);
        break;
    case EFFECT_KIND_COUNT:
        cs_assert(false && "not an effect");
    }
}

bool node_release(struct node *node)
{
    cs_assert(node->next <= node->cx.effect_count);
    while (node->next < node->cx.effect_count && !node->ended) {
        const struct effect *effect = &node->cx.effects[node->next++];
        release_one(node, effect);
        if (effect->kind == EFFECT_BARRIER)
            return false;
    }
    return !node->ended;
}
