/* Narration: the hooks that the other files call, each of which writes one line.
 *
 * They are called through NARRATE() (internal.h), so that a cluster without narration pays for a
 * comparison with NULL, and they change nothing but the text. */
#include "host/narrate.h"

#include <string.h>

#include "host/effect_text.h"
#include "host/internal.h"

enum { VALUE_SHOWN_MAX = 32 }; /* bytes of a request's value; of a larger one just the size */

#define U(number) ((unsigned long long)(number))

static const char *const starts[] = {
    [CS_START_FOUND] = "found",
    [CS_START_JOIN] = "join",
    [CS_START_RESTART] = "restart",
};

static const char *const ops[CS_OP_COUNT] = {
    [CS_OP_GET] = "GET",
    [CS_OP_PUT] = "PUT",
    [CS_OP_DELETE] = "DELETE",
    [CS_OP_CAS] = "CAS",
    [CS_OP_APPEND] = "APPEND",
    [CS_OP_SCAN] = "SCAN",
    [CS_OP_TXN] = "TXN",
    [CS_OP_ACQUIRE] = "ACQUIRE",
    [CS_OP_RELEASE] = "RELEASE",
    [CS_OP_READ_BLOCK] = "READ_BLOCK",
    [CS_OP_WRITE_BLOCK] = "WRITE_BLOCK",
    [CS_OP_WORK] = "WORK",
    [CS_OP_ADD_MEMBER] = "ADD_MEMBER",
    [CS_OP_REMOVE_MEMBER] = "REMOVE_MEMBER",
    [CS_OP_PROMOTE_MEMBER] = "PROMOTE_MEMBER",
    [CS_OP_TRANSFER_LEADERSHIP] = "TRANSFER_LEADERSHIP",
    [CS_OP_SNAPSHOT] = "SNAPSHOT",
};

/* ---- Beginning and end ----------------------------------------------------------------------- */

/* A program may name a node that there is not. */
static const char *name_of(const void *self, cs_node node)
{
    const struct cluster *cluster = self;
    return node < cluster->options->instance_count ? cluster->options->instances[node].name
                                                   : "a stranger";
}

static struct node_names names_of(const struct cluster *cluster)
{
    return (struct node_names){ .name = name_of, .self = cluster };
}

static bool passes(const struct narration_filter *filter, uint32_t index)
{
    if (filter == NULL || filter->instances == NULL)
        return true;
    for (uint32_t i = 0; i < filter->instance_count; i++) {
        if (filter->instances[i] == index)
            return true;
    }
    return false;
}

void cluster_narrate(struct cluster *cluster, struct cs_text *out,
                     const struct narration_filter *filter)
{
    struct narrator *narrator = &cluster->narrator;
    *narrator = (struct narrator){
        .out = out,
        .facts = filter == NULL || !filter->without_facts,
    };
    for (uint32_t i = 0; i < cluster->options->instance_count; i++) {
        struct instance *instance = &cluster->instances[i];
        instance->narrated = out != NULL && passes(filter, i);
        instance->lent.log_wanted = instance->narrated;
        int width = (int)strlen(instance->options->name);
        if (instance->narrated && width > narrator->name_width)
            narrator->name_width = width;
    }
}

/* ---- The margin ------------------------------------------------------------------------------ */

/* Begin a line of `index`; NULL if nobody wants to hear of it. */
static struct cs_text *begin_line(struct cluster *cluster, uint32_t index, const char *indent)
{
    const struct narrator *narrator = &cluster->narrator;
    cs_assert(narrator->out != NULL);
    cs_assert(index < cluster->options->instance_count);
    if (!cluster->instances[index].narrated)
        return NULL;
    uint64_t us = cluster->now / 1000;
    cs_text_add(narrator->out, "%6llu.%03llums  %-*s  %s", U(us / 1000), U(us % 1000),
                narrator->name_width, cluster->options->instances[index].name, indent);
    return narrator->out;
}

static struct cs_text *begin_input(struct cluster *cluster, uint32_t index)
{
    return begin_line(cluster, index, "");
}

static struct cs_text *begin_effect(struct cluster *cluster, uint32_t index)
{
    return begin_line(cluster, index, "  ");
}

/* ---- Inputs ---------------------------------------------------------------------------------- */

static void add_bytes(struct cs_text *text, const char *what, struct cs_bytes bytes)
{
    if (bytes.size == 0)
        return;
    cs_text_add(text, "%s", what);
    if (bytes.size <= VALUE_SHOWN_MAX) {
        effect_text_add_quoted(text, bytes);
    } else {
        cs_text_add(text, "(%zu bytes)", bytes.size);
    }
}

static bool names_a_node(enum cs_op_kind kind)
{
    return kind == CS_OP_ADD_MEMBER || kind == CS_OP_REMOVE_MEMBER ||
           kind == CS_OP_PROMOTE_MEMBER || kind == CS_OP_TRANSFER_LEADERSHIP;
}

static void add_op(struct cs_text *text, const struct cluster *cluster, const struct cs_op *op)
{
    cs_assert((unsigned)op->kind < CS_OP_COUNT);
    struct node_names names = names_of(cluster);
    cs_text_add(text, "%s", ops[op->kind]);
    add_bytes(text, " ", op->key);
    add_bytes(text, " if ", op->expected);
    add_bytes(text, " = ", op->value);
    if (op->number != 0)
        cs_text_add(text, " number=%llu", U(op->number));
    if (names_a_node(op->kind) && op->node != CS_NODE_NONE) {
        cs_text_add(text, " ");
        effect_text_add_node(text, &names, op->node);
    }
    for (size_t i = 0; i < op->part_count; i++) {
        cs_text_add(text, i == 0 ? " [" : ", ");
        add_op(text, cluster, &op->parts[i]);
        cs_text_add(text, i + 1 == op->part_count ? "]" : "");
    }
}

/* "Vote from B", or "Vote to B". */
static void add_message(struct cs_text *text, const struct cluster *cluster, uint32_t who,
                        cs_kind kind, const char *way, cs_node peer)
{
    struct node_names names = names_of(cluster);
    effect_text_add_kind(text, cluster->instances[who].lent.program, kind);
    cs_text_add(text, " %s ", way);
    effect_text_add_node(text, &names, peer);
}

void narrate_start(struct cluster *cluster, uint32_t index)
{
    const struct instance *instance = &cluster->instances[index];
    struct cs_text *text = begin_input(cluster, index);
    if (text == NULL)
        return;
    cs_text_add(text, "start %s", starts[instance->start]);
    if (instance->incarnation > 1)
        cs_text_add(text, ", incarnation %u", instance->incarnation);
    cs_text_add(text, "\n");
}

void narrate_message(struct cluster *cluster, const struct event *event)
{
    cs_assert(event->payload != NULL);
    struct cs_text *text = begin_input(cluster, event->instance);
    if (text == NULL)
        return;
    cs_text_add(text, "<- ");
    add_message(text, cluster, event->instance, event->message.kind, "from", event->message.from);
    cs_text_add(text, ": ");
    effect_text_add_body(text, cluster->instances[event->instance].lent.program,
                         event->message.kind,
                         cs_bytes_of(event->payload->data, event->payload->size));
    cs_text_add(text, "\n");
}

void narrate_token(struct cluster *cluster, uint32_t index, const char *what, cs_token token)
{
    struct cs_text *text = begin_input(cluster, index);
    if (text != NULL)
        cs_text_add(text, "%s %llu\n", what, U(token));
}

void narrate_disk(struct cluster *cluster, const struct event *event)
{
    struct cs_text *text = begin_input(cluster, event->instance);
    if (text == NULL)
        return;
    effect_text_add_done(text, &cluster->instances[event->instance].lent,
                         (enum cs_disk_op)event->disk_op, (enum cs_disk_status)event->disk_status,
                         event->disk.volume);
    cs_text_add(text, "\n");
}

void narrate_request(struct cluster *cluster, const struct event *event)
{
    cs_assert(event->payload != NULL);
    struct cs_text *text = begin_input(cluster, event->instance);
    if (text == NULL)
        return;
    cs_text_add(text, "request %llu: ", U(event->request.id));
    add_op(text, cluster, request_unpack(event->payload));
    cs_text_add(text, "\n");
}

/* ---- Effects --------------------------------------------------------------------------------- */

static bool rests_durably(const struct instance *instance, const struct effect *effect)
{
    const struct cs_fact *fact = &effect->fact.fact;
    return effect->kind == EFFECT_FACT && fact->rests_on != CS_TICKET_NONE &&
           ticket_is_durable(instance, fact->volume, fact->rests_on);
}

void narrate_effect(struct cluster *cluster, uint32_t index, struct cs_context *cx,
                    const struct effect *effect)
{
    if (effect->kind == EFFECT_FACT && !cluster->narrator.facts)
        return;
    struct cs_text *text = begin_effect(cluster, index);
    if (text == NULL)
        return;
    struct node_names names = names_of(cluster);
    bool durable = rests_durably(&cluster->instances[index], effect);
    effect_text_add(text, cx, effect, &names, durable);
    cs_text_add(text, "\n");
}

void narrate_barrier(struct cluster *cluster, uint32_t index, cs_volume volume)
{
    struct cs_text *text = begin_effect(cluster, index);
    if (text == NULL)
        return;
    cs_text_add(text, "past barrier ");
    effect_text_add_volume(text, &cluster->instances[index].lent, volume);
    cs_text_add(text, "\n");
}

void narrate_no_room(struct cluster *cluster, uint32_t index, cs_volume volume, const char *what)
{
    struct cs_text *text = begin_effect(cluster, index);
    if (text == NULL)
        return;
    cs_text_add(text, "%s room at ", what);
    effect_text_add_volume(text, &cluster->instances[index].lent, volume);
    cs_text_add(text, "\n");
}

/* ---- What goes wrong ------------------------------------------------------------------------- */

static const char *const drops[NETWORK_DROP_COUNT] = {
    [NETWORK_LOST] = ": lost",
    [NETWORK_CUT] = ": cut off",
    [NETWORK_OVERFLOW] = ": a queue is full",
};

/* What is worth a word of how the network takes a message. */
static const char *verb_of(const struct network_route *route)
{
    if (route->drop == NETWORK_HELD)
        return "hold ";
    if (route->drop != NETWORK_DELIVERED)
        return "drop ";
    if (route->copies > 1)
        return "double ";
    return route->damage[0] != 0 ? "damage " : NULL;
}

/* Of two copies. */
static const char *damaged_of(const struct network_route *route)
{
    if (route->damage[0] != 0 && route->damage[1] != 0)
        return "both";
    return route->damage[0] != 0 ? "the first" : "the second";
}

void narrate_route(struct cluster *cluster, uint32_t from, uint32_t to, cs_kind kind,
                   const struct network_route *route)
{
    const char *verb = verb_of(route);
    struct cs_text *text = verb != NULL ? begin_effect(cluster, from) : NULL;
    if (text == NULL)
        return;
    cs_text_add(text, "%s", verb);
    add_message(text, cluster, from, kind, "to", to);
    cs_text_add(text, "%s", drops[route->drop] != NULL ? drops[route->drop] : "");
    if (route->copies > 1 && (route->damage[0] | route->damage[1]) != 0)
        cs_text_add(text, ": %s damaged", damaged_of(route));
    cs_text_add(text, "\n");
}

void narrate_held(struct cluster *cluster, const struct held *held, enum network_drop drop)
{
    struct cs_text *text = begin_input(cluster, held->from);
    if (text == NULL)
        return;
    cs_text_add(text, "%s", drop == NETWORK_CUT ? "drop held " : "let go ");
    add_message(text, cluster, held->from, held->kind, "to", held->to);
    cs_text_add(text, "%s\n", drops[drop] != NULL ? drops[drop] : "");
}

void narrate_drop(struct cluster *cluster, const struct event *event, const char *why)
{
    struct cs_text *text = begin_input(cluster, event->instance);
    if (text == NULL)
        return;
    cs_text_add(text, "drop ");
    add_message(text, cluster, event->instance, event->message.kind, "from", event->message.from);
    cs_text_add(text, ": %s\n", why);
}

/* An instance that the host stops, as if it had said so itself. */
void narrate_stop(struct cluster *cluster, uint32_t index, const char *reason)
{
    struct cs_text *text = begin_effect(cluster, index);
    if (text != NULL)
        cs_text_add(text, "%s %s\n", effect_verb(EFFECT_STOP), reason);
}

void narrate_end(struct cluster *cluster, uint32_t index, enum instance_end end)
{
    const struct instance *instance = &cluster->instances[index];
    if (end == END_STOPPED) /* its last effect has said so */
        return;
    struct cs_text *text = begin_input(cluster, index);
    if (text == NULL)
        return;
    cs_text_add(text, end == END_CRASH       ? "crash"
                      : end == END_SHUT_DOWN ? "shut down"
                                             : "power loss");
    if (instance->step != NULL) {
        cs_assert(instance->step_next <= instance->step->effect_count);
        cs_text_add(text, ", %zu effects unreleased",
                    instance->step->effect_count - instance->step_next);
    }
    cs_text_add(text, "\n");
}
