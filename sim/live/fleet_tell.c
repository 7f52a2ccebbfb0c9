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
#include <string.h>

#include "live/fleet_internal.h"

/* The counters of an instance are those of all its incarnations: arrays of uint64_t. */
void fleet_add_counters(struct instance_counters *sum, const struct instance_counters *more)
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
    fleet_add_counters(&sum, &child->now);
    cluster_tell_counters(fleet->cluster, index, &sum);
}

static void tell_costs(struct fleet *fleet, uint32_t index, struct cs_bytes body)
{
    const struct cs_program *program = fleet->cluster_options->instances[index].program;
    bool server = strcmp(program->role, "client") != 0;
    struct wire_cost cost;
    cs_assert(body.size % sizeof cost == 0);
    if (wire_monotonic_ns() < fleet->children[index].odd_until_ns)
        return;
    for (size_t at = 0; at < body.size; at += sizeof cost) {
        memcpy(&cost, (const uint8_t *)body.data + at, sizeof cost);
        costs_add(&fleet->costs, &cost, server);
    }
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
    g_autofree struct cs_result *result = wire_get_reply(body);
    cs_assert(result != NULL);
    if (fleet->nested == 0) {
        if (cluster_view(fleet->cluster, index).up)
            cluster_tell_reply(fleet->cluster, index, request, result);
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
    case WIRE_COSTS:
        tell_costs(fleet, index, body);
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

void fleet_tell_up_to(struct fleet *fleet, uint64_t horizon_ns)
{
    struct wire_head head;
    struct cs_bytes body = { 0 };
    uint32_t index = earliest(fleet, horizon_ns, &head, &body);
    while (index < fleet->count) {
        g_autofree void *kept = g_memdup2(body.data, body.size);
        child_take(&fleet->children[index], &head);
        if (cluster_view(fleet->cluster, index).up)
            tell(fleet, index, &head, cs_bytes_of(kept, body.size));
        index = earliest(fleet, horizon_ns, &head, &body);
    }
}

void fleet_hear_all(struct fleet *fleet)
{
    for (uint32_t i = 0; i < fleet->count; i++) {
        child_write(&fleet->children[i]);
        child_hear(&fleet->children[i]);
    }
}

void fleet_tell_answers(struct fleet *fleet)
{
    for (guint i = 0; i < fleet->answers->len; i++) {
        struct answer *answer = g_ptr_array_index(fleet->answers, i);
        tell_answer(fleet, answer->instance, answer->request,
                    cs_bytes_of(answer->bytes, answer->size));
    }
    g_ptr_array_set_size(fleet->answers, 0);
}
