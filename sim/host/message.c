/* The way of a datagram: into the network, at times behind a clog, through the interface of its
 * machine, to whoever lives there when it arrives. */
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "host/internal.h"

/* ---- To the receiver ---------------------------------------------------------------------------
 */

/* What a damaged copy carries.  The caller owns a reference. */
static struct payload *damaged(struct cluster *cluster, const struct payload *sent, uint64_t damage)
{
    struct payload *payload = payload_new(cluster, sent->size);
    memcpy(payload->data, sent->data, sent->size);
    network_damage(damage, payload->data, payload->size);
    payload->digest = hash_bytes(payload->data, payload->size);
    return payload;
}

/* One copy sets out now.  Takes a reference of its own to the payload. */
static void deliver(struct cluster *cluster, uint32_t from, uint32_t to, cs_kind kind,
                    uint64_t delay_ns, struct payload *payload)
{
    bool in_turn = network_receives_in_turn(cluster->network, cluster->instances[from].machine,
                                            cluster->instances[to].machine);
    uint32_t index = event_new(cluster, in_turn ? EVENT_RECEIVE : EVENT_MESSAGE, to);
    struct event *event = event_at(cluster, index);
    event->message.from = from;
    event->message.kind = kind;
    event->payload = payload;
    payload->references++;
    event_push(cluster, cluster->now + delay_ns, index);
}

static void deliver_copies(struct cluster *cluster, uint32_t from, uint32_t to, cs_kind kind,
                           const struct network_route *route, struct payload *payload)
{
    cs_assert(route->copies <= 2);
    for (uint32_t i = 0; i < route->copies; i++) {
        if (route->damage[i] == 0 || payload->size == 0) {
            deliver(cluster, from, to, kind, route->delay_ns[i], payload);
            continue;
        }
        struct payload *copy = damaged(cluster, payload, route->damage[i]);
        deliver(cluster, from, to, kind, route->delay_ns[i], copy);
        payload_release(cluster, copy);
        cluster->instances[from].counters.messages_corrupted++;
    }
}

static void drop(struct cluster *cluster, uint32_t index, enum network_drop why, const char *words)
{
    const struct event *event = event_at(cluster, index);
    cluster_record(cluster, TRACE_DROP, event->message.kind, event->instance,
                   event->message.from | (uint64_t)why << 32, event->payload->digest);
    NARRATE(cluster, drop, event, words);
    event_free(cluster, index);
}

void message_receive(struct cluster *cluster, uint32_t index)
{
    struct event *event = event_at(cluster, index);
    cs_assert(event->kind == EVENT_RECEIVE);
    cs_assert(event->payload != NULL);
    uint32_t machine = cluster->instances[event->instance].machine;
    uint64_t at;
    if (!network_receive(cluster->network, cluster->now, machine, event->payload->size, &at)) {
        cluster->instances[event->message.from].counters.messages_tail_dropped++;
        drop(cluster, index, NETWORK_OVERFLOW, "the interface's queue is full");
        return;
    }
    event->kind = EVENT_MESSAGE;
    event_push(cluster, at, index);
}

void message_arrive(struct cluster *cluster, uint32_t index)
{
    const struct event *event = event_at(cluster, index);
    struct instance *instance = &cluster->instances[event->instance];
    if (instance->up) {
        instance_input(cluster, event->instance, index);
        return;
    }
    instance->counters.messages_dead++;
    drop(cluster, index, NETWORK_DELIVERED, "it is down");
}

/* ---- Behind a clog -----------------------------------------------------------------------------
 */

void message_held_init(struct held_list *held)
{
    *held = (struct held_list){ .slab_free = NONE, .first = NONE, .last = NONE };
}

void message_held_done(struct held_list *held) { free(held->slab); }

static uint32_t held_new(struct held_list *held)
{
    uint32_t index = held->slab_free;
    if (index != NONE) {
        held->slab_free = held->slab[index].next;
        return index;
    }
    if (held->slab_count == held->slab_capacity) {
        uint32_t capacity = held->slab_capacity == 0 ? 64 : held->slab_capacity * 2;
        cs_assert(capacity > held->slab_capacity);
        held->slab = realloc(held->slab, capacity * sizeof *held->slab);
        cs_assert(held->slab != NULL);
        held->slab_capacity = capacity;
    }
    return held->slab_count++;
}

static void hold(struct cluster *cluster, uint32_t from, uint32_t to, cs_kind kind,
                 const struct network_route *route, struct payload *payload)
{
    struct held_list *held = &cluster->held;
    cs_assert(route->copies > 0);
    uint32_t index = held_new(held);
    held->slab[index] = (struct held){
        .next = NONE, .from = from, .to = to, .kind = kind, .route = *route, .payload = payload
    };
    payload->references++;
    *(held->last == NONE ? &held->first : &held->slab[held->last].next) = index;
    held->last = index;
    held->copies += route->copies;
    cluster->instances[from].counters.messages_held++;
}

/* It is in no list any more. */
static void let_go(struct cluster *cluster, const struct held *held)
{
    uint32_t from = cluster->instances[held->from].machine;
    uint32_t to = cluster->instances[held->to].machine;
    enum network_drop drop = network_obstacle(cluster->network, from, to);
    NARRATE(cluster, held, held, drop);
    if (drop == NETWORK_DELIVERED) {
        deliver_copies(cluster, held->from, held->to, held->kind, &held->route, held->payload);
    } else {
        cs_assert(drop == NETWORK_CUT);
        cluster->instances[held->from].counters.messages_cut += held->route.copies;
        cluster_record(cluster, TRACE_DROP, held->kind, held->to, held->from | (uint64_t)drop << 32,
                       held->payload->digest);
    }
    payload_release(cluster, held->payload);
}

void message_release_held(struct cluster *cluster)
{
    struct held_list *held = &cluster->held;
    uint32_t next = held->first;
    held->first = held->last = NONE;
    while (next != NONE) {
        uint32_t index = next;
        struct held *one = &held->slab[index];
        next = one->next;
        if (network_clogged(cluster->network, cluster->instances[one->from].machine,
                            cluster->instances[one->to].machine)) {
            one->next = NONE;
            *(held->last == NONE ? &held->first : &held->slab[held->last].next) = index;
            held->last = index;
            continue;
        }
        held->copies -= one->route.copies;
        let_go(cluster, one);
        one->next = held->slab_free;
        held->slab_free = index;
    }
}

/* ---- From the sender ---------------------------------------------------------------------------
 */

void message_send(struct cluster *cluster, uint32_t from, uint32_t to, cs_kind kind,
                  struct payload *payload)
{
    struct instance *sender = &cluster->instances[from];
    const struct instance *receiver = &cluster->instances[to];
    struct network_route route;
    network_send(cluster->network, cluster->now, sender->machine, receiver->machine, kind,
                 payload->size, &route);
    cluster_record(cluster, TRACE_EFFECT + EFFECT_SEND, kind, from, to | (uint64_t)route.drop << 32,
                   payload->digest);
    NARRATE(cluster, route, from, to, kind, &route);
    sender->counters.messages_sent++;
    sender->counters.bytes_sent += payload->size;
    sender->counters.messages_lost += route.drop == NETWORK_LOST;
    sender->counters.messages_cut += route.drop == NETWORK_CUT;
    sender->counters.messages_tail_dropped += route.drop == NETWORK_OVERFLOW;
    sender->counters.messages_duplicated += route.copies > 1;
    if (route.drop == NETWORK_HELD) {
        hold(cluster, from, to, kind, &route, payload);
    } else {
        deliver_copies(cluster, from, to, kind, &route, payload);
    }
}
