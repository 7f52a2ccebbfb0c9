/* What conditions, and the extras of a link, do to a message.
 *
 * The draws of condition k for message number m of a pair lie at EXTRA_STRIDE * m in a stream named
 * by the pair and the condition's key: not by its handle, which depends on what else is in place.
 *
 * Losses in bursts are the two-state model of Gilbert, "Capacity of a Burst-Noise Channel" (Bell
 * System Technical Journal, 1960), with a bad state that loses everything. */
#include <stdlib.h>
#include <string.h>

#include "model/network_internal.h"

/* New ones come behind: the places are for ever. */
enum {
    EXTRA_LOSS,
    EXTRA_BURST,
    EXTRA_DUPLICATE,
    EXTRA_REORDER,
    EXTRA_REORDER_LATENCY,
    EXTRA_DELAY,      /* of the first copy and of the second */
    EXTRA_DAMAGE = 7, /* likewise */
    EXTRA_COUNT = 9,
    EXTRA_STRIDE = 16
};
_Static_assert(EXTRA_COUNT <= EXTRA_STRIDE, "the draws of a message do not overlap the next one's");

/* ---- In place ----------------------------------------------------------------------------------
 */

static void check_condition(const struct network_condition *condition)
{
    cs_assert(condition->loss <= PROBABILITY_ONE);
    cs_assert(condition->burst_begin <= PROBABILITY_ONE);
    cs_assert(condition->burst_end <= PROBABILITY_ONE);
    cs_assert(condition->duplicate <= PROBABILITY_ONE);
    cs_assert(condition->reorder <= PROBABILITY_ONE);
    cs_assert(condition->corrupt <= PROBABILITY_ONE);
    cs_assert(condition->kind_count == 0 || condition->kinds != NULL);
}

uint32_t network_degrade(struct network *network, const uint8_t *from, const uint8_t *to,
                         const struct network_condition *condition)
{
    uint32_t machines = network->topology->machine_count;
    check_condition(condition);
    struct placed_condition *placed = calloc(1, sizeof *placed + machines);
    cs_assert(placed != NULL);
    placed->condition = *condition;
    for (uint32_t i = 0; i < machines; i++) {
        placed->concerns[i] =
            (uint8_t)((from[i] != 0 ? CONCERNS_SENDER : 0) | (to[i] != 0 ? CONCERNS_RECEIVER : 0));
    }
    uint32_t before = network->conditions.capacity;
    uint32_t handle = slots_take(&network->conditions, placed);
    if (network->conditions.capacity > before) {
        size_t room = network->conditions.capacity * sizeof *network->touches;
        network->touches = realloc(network->touches, room);
        cs_assert(network->touches != NULL);
    }
    return handle;
}

static bool concerns(const struct placed_condition *placed, uint32_t from, uint32_t to)
{
    bool sends = (placed->concerns[from] & CONCERNS_SENDER) != 0;
    bool receives = (placed->concerns[to] & CONCERNS_RECEIVER) != 0;
    return placed->condition.either ? sends || receives : sends && receives;
}

static bool is_throttled(const struct network *network, uint32_t from, uint32_t to)
{
    for (uint32_t c = 0; c < network->conditions.end; c++) {
        const struct placed_condition *placed = network->conditions.items[c];
        if (placed != NULL && placed->condition.bandwidth_bits_per_s > 0 &&
            concerns(placed, from, to))
            return true;
    }
    return false;
}

/* Nobody waits any more between machines that no condition slows. */
static void end_throttles(struct network *network)
{
    for (size_t i = 0; i < network->pair_capacity; i++) {
        struct pair *pair = &network->pairs[i];
        if (pair->throttled_until > 0 &&
            !is_throttled(network, (uint32_t)(pair->name >> 32), (uint32_t)pair->name))
            pair->throttled_until = 0;
    }
}

void network_restore(struct network *network, uint32_t condition)
{
    struct placed_condition *placed = slots_at(&network->conditions, condition);
    slots_give_back(&network->conditions, condition);
    if (placed->condition.bandwidth_bits_per_s > 0)
        end_throttles(network);
    free(placed->bursts);
    free(placed);
}

void network_conditions_done(struct network *network)
{
    for (uint32_t c = 0; c < network->conditions.end; c++) {
        const struct placed_condition *placed = network->conditions.items[c];
        if (placed != NULL)
            free(placed->bursts);
    }
    slots_done(&network->conditions);
    free(network->touches);
}

uint64_t network_condition_count(const struct network *network, uint32_t condition)
{
    const struct placed_condition *placed = slots_at(&network->conditions, condition);
    return placed->count;
}

/* ---- What they leave ---------------------------------------------------------------------------
 */

/* `parts` of what `of` leaves, both per 2^32. */
static uint64_t share(uint64_t parts, uint64_t of) { return (uint64_t)((wide)parts * of >> 32); }

uint64_t network_condition_spared(const struct network_condition *condition)
{
    uint64_t spared =
        share(PROBABILITY_ONE - condition->loss, PROBABILITY_ONE - condition->corrupt);
    uint64_t begin = condition->burst_begin, end = condition->burst_end;
    return begin == 0 ? spared : (uint64_t)((wide)spared * end / (begin + end));
}

uint64_t network_spared(const struct network *network, uint32_t from, uint32_t to)
{
    if (from == to)
        return PROBABILITY_ONE;
    if (!network_reachable(network, from, to))
        return 0;
    uint64_t spared = PROBABILITY_ONE;
    for (uint32_t c = 0; c < network->conditions.end; c++) {
        const struct placed_condition *placed = network->conditions.items[c];
        if (placed != NULL && concerns(placed, from, to))
            spared = share(spared, network_condition_spared(&placed->condition));
    }
    return spared;
}

/* ---- What they do ------------------------------------------------------------------------------
 */

static struct random_stream extras_of(uint64_t key, uint64_t message)
{
    return (struct random_stream){ .key = key, .counter = message * EXTRA_STRIDE };
}

/* One step of the two-state chain.  True if the pair is in a burst with this message. */
static bool step_burst(bool inside, struct random_stream extras, uint64_t begin, uint64_t end)
{
    return draw_chance(extras, EXTRA_BURST, inside ? end : begin) ? !inside : inside;
}

/* The same of a condition, which keeps where its pairs are. */
static bool step_placed_burst(struct placed_condition *placed, uint32_t pair,
                              struct random_stream extras)
{
    const struct network_condition *condition = &placed->condition;
    bool before = pair < placed->burst_count && placed->bursts[pair] != 0;
    bool inside = step_burst(before, extras, condition->burst_begin, condition->burst_end);
    if (inside && pair >= placed->burst_count) {
        uint32_t count = 2 * pair + 16;
        placed->bursts = realloc(placed->bursts, count);
        cs_assert(placed->bursts != NULL);
        memset(placed->bursts + placed->burst_count, 0, count - placed->burst_count);
        placed->burst_count = count;
    }
    if (inside != before)
        placed->bursts[pair] = inside;
    return inside;
}

/* Both copies are drawn for, whether or not there will be two: another cause may double the message
 * yet.  The first cause decides how a copy is harmed.  Returns bit i for copy i. */
static uint32_t step_damage(struct random_stream extras, uint64_t corrupt, struct fate *fate)
{
    uint32_t harmed = 0;
    for (uint32_t copy = 0; copy < 2; copy++) {
        if (!draw_chance(extras, EXTRA_DAMAGE + copy, corrupt))
            continue;
        harmed |= 1u << copy;
        if (fate->damage[copy] == 0)
            fate->damage[copy] = random_mix(draw(extras, EXTRA_DAMAGE + copy)) | 1;
    }
    return harmed;
}

void network_link_extras(struct pair *pair, uint64_t message, struct fate *fate)
{
    struct random_stream extras = extras_of(pair->extras_key, message);
    const struct link_options *link = pair->link;
    pair->bursts = step_burst(pair->bursts, extras, link->burst_begin, link->burst_end);
    fate->lost |= pair->bursts;
    step_damage(extras, link->corrupt, fate);
}

/* Delay both copies.  Returns bit i if copy i comes later by it. */
static uint32_t step_delay(const struct network_condition *condition, const struct pair *pair,
                           struct random_stream extras, struct fate *fate)
{
    uint64_t delay_ns[2] = { draw_delay(extras, EXTRA_DELAY, &condition->delay),
                             draw_delay(extras, EXTRA_DELAY + 1, &condition->delay) };
    if (draw_chance(extras, EXTRA_REORDER, condition->reorder)) {
        uint64_t again_ns = draw_delay(extras, EXTRA_REORDER_LATENCY, &pair->link->latency);
        delay_ns[0] = span_add(delay_ns[0], again_ns);
    }
    for (uint32_t copy = 0; copy < 2; copy++)
        fate->extra_ns[copy] = span_add(fate->extra_ns[copy], delay_ns[copy]);
    return (delay_ns[0] > 0 ? 1u : 0) | (delay_ns[1] > 0 ? 2u : 0);
}

/* The lower of a limit and another one; 0 is none. */
static uint64_t lower_limit(uint64_t limit, uint64_t other)
{
    return limit == 0 || (other > 0 && other < limit) ? other : limit;
}

static bool step_bandwidth(const struct network_condition *condition, struct fate *fate)
{
    if (condition->bandwidth_bits_per_s == 0)
        return false;
    fate->bandwidth_bits_per_s =
        lower_limit(fate->bandwidth_bits_per_s, condition->bandwidth_bits_per_s);
    fate->queue_limit_bytes = lower_limit(fate->queue_limit_bytes, condition->queue_limit_bytes);
    return true;
}

static struct touch add_condition(struct placed_condition *placed, const struct pair *pair,
                                  uint64_t message, struct fate *fate)
{
    const struct network_condition *condition = &placed->condition;
    struct random_stream extras =
        extras_of(random_mix(pair->extras_key + random_mix(condition->key)), message);
    bool lost = draw_chance(extras, EXTRA_LOSS, condition->loss);
    lost |= step_placed_burst(placed, pair->number, extras);
    bool doubled = draw_chance(extras, EXTRA_DUPLICATE, condition->duplicate);
    bool slowed = step_bandwidth(condition, fate);
    uint32_t copies = step_delay(condition, pair, extras, fate);
    copies |= step_damage(extras, condition->corrupt, fate);
    fate->lost |= lost;
    fate->duplicated |= doubled;
    bool first = doubled || slowed || (copies & 1) != 0;
    return (struct touch){ placed, lost, { first, (copies & 2) != 0 } };
}

static bool is_of_kind(const struct network_condition *condition, uint32_t kind)
{
    for (uint32_t i = 0; i < condition->kind_count; i++) {
        if (condition->kinds[i] == kind)
            return true;
    }
    return condition->kind_count == 0;
}

void network_add_conditions(struct network *network, struct pair *pair, uint64_t message,
                            uint32_t kind, struct fate *fate)
{
    uint32_t from = (uint32_t)(pair->name >> 32), to = (uint32_t)pair->name;
    network->touch_count = 0;
    for (uint32_t c = 0; c < network->conditions.end; c++) {
        struct placed_condition *placed = network->conditions.items[c];
        if (placed != NULL && concerns(placed, from, to) && is_of_kind(&placed->condition, kind))
            network->touches[network->touch_count++] = add_condition(placed, pair, message, fate);
    }
    cs_assert(network->touch_count <= network->conditions.count);
}

void network_count_touched(struct network *network, const struct fate *fate)
{
    for (uint32_t i = 0; i < network->touch_count; i++) {
        const struct touch *touch = &network->touches[i];
        bool arrives = touch->touched[0] || (fate->duplicated && touch->touched[1]);
        touch->condition->count += touch->lost || (arrives && !fate->lost);
    }
}
