/* What conditions, and the extras of a link, do to a message.
 *
 * The draws of condition k for message number m of a pair lie at EXTRA_STRIDE * m in a stream named
 * by the pair and the condition's key: not by its handle, which depends on what else is in place.
 *
 * Losses in bursts are the two-state model of Gilbert, "Capacity of a Burst-Noise Channel" (Bell
 * System Technical Journal, 1960), with a bad state that loses everything. */
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
    check_condition(condition);
    uint32_t handle = take_bit(&network->conditions, NETWORK_CONDITIONS_MAX);
    uint64_t bit = UINT64_C(1) << handle;
    network->condition[handle] = (struct placed_condition){ .condition = *condition };
    for (uint32_t i = 0; i < network->topology->machine_count; i++) {
        struct place *place = &network->places[i];
        *(condition->either ? &place->sent : &place->senders) |= from[i] != 0 ? bit : 0;
        *(condition->either ? &place->received : &place->receivers) |= to[i] != 0 ? bit : 0;
    }
    return handle;
}

/* Whether a condition that is in place limits the bandwidth of anybody. */
static bool any_throttles(const struct network *network)
{
    for (uint64_t left = network->conditions; left != 0; left &= left - 1) {
        const struct placed_condition *placed = &network->condition[__builtin_ctzll(left)];
        if (placed->condition.bandwidth_bits_per_s > 0)
            return true;
    }
    return false;
}

void network_restore(struct network *network, uint32_t condition)
{
    give_bit_back(&network->conditions, condition);
    uint64_t kept = ~(UINT64_C(1) << condition);
    for (uint32_t i = 0; i < network->topology->machine_count; i++) {
        struct place *place = &network->places[i];
        place->senders &= kept;
        place->receivers &= kept;
        place->sent &= kept;
        place->received &= kept;
    }
    bool throttled =
        network->condition[condition].condition.bandwidth_bits_per_s > 0 && !any_throttles(network);
    for (size_t i = 0; i < network->pair_capacity; i++) {
        network->pairs[i].bursts &= kept;
        if (throttled)
            network->pairs[i].throttled_until = 0;
    }
}

uint64_t network_condition_count(const struct network *network, uint32_t condition)
{
    cs_assert(condition < NETWORK_CONDITIONS_MAX);
    cs_assert((network->conditions >> condition & 1) != 0);
    return network->condition[condition].count;
}

/* ---- What they do ------------------------------------------------------------------------------
 */

static struct random_stream extras_of(uint64_t key, uint64_t message)
{
    return (struct random_stream){ .key = key, .counter = message * EXTRA_STRIDE };
}

/* One step of the two-state chain.  True if the pair is in a burst with this message. */
static bool step_burst(struct pair *pair, uint32_t number, struct random_stream extras,
                       uint64_t begin, uint64_t end)
{
    uint64_t bit = UINT64_C(1) << number;
    bool inside = (pair->bursts & bit) != 0;
    if (draw_chance(extras, EXTRA_BURST, inside ? end : begin)) {
        pair->bursts ^= bit;
        inside = !inside;
    }
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
    fate->lost |= step_burst(pair, LINK_EXTRAS, extras, link->burst_begin, link->burst_end);
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

/* The lowest bandwidth counts. */
static bool step_bandwidth(const struct network_condition *condition, struct fate *fate)
{
    uint64_t bandwidth = condition->bandwidth_bits_per_s;
    if (bandwidth == 0)
        return false;
    if (fate->bandwidth_bits_per_s == 0 || bandwidth < fate->bandwidth_bits_per_s)
        fate->bandwidth_bits_per_s = bandwidth;
    return true;
}

static void add_condition(const struct network *network, struct pair *pair, uint64_t message,
                          uint32_t number, struct fate *fate)
{
    const struct network_condition *condition = &network->condition[number].condition;
    uint64_t bit = UINT64_C(1) << number;
    struct random_stream extras =
        extras_of(random_mix(pair->extras_key + random_mix(condition->key)), message);
    bool lost = draw_chance(extras, EXTRA_LOSS, condition->loss);
    lost |= step_burst(pair, number, extras, condition->burst_begin, condition->burst_end);
    bool doubled = draw_chance(extras, EXTRA_DUPLICATE, condition->duplicate);
    bool slowed = step_bandwidth(condition, fate);
    uint32_t copies = step_delay(condition, pair, extras, fate);
    copies |= step_damage(extras, condition->corrupt, fate);
    fate->lost |= lost;
    fate->duplicated |= doubled;
    fate->losers |= lost ? bit : 0;
    fate->touched[0] |= doubled || slowed || (copies & 1) != 0 ? bit : 0;
    fate->touched[1] |= (copies & 2) != 0 ? bit : 0;
}

static bool is_of_kind(const struct network_condition *condition, uint32_t kind)
{
    for (uint32_t i = 0; i < condition->kind_count; i++) {
        if (condition->kinds[i] == kind)
            return true;
    }
    return condition->kind_count == 0;
}

void network_add_conditions(const struct network *network, struct pair *pair, uint64_t message,
                            uint32_t kind, uint64_t applying, struct fate *fate)
{
    cs_assert((applying & ~network->conditions) == 0);
    for (; applying != 0; applying &= applying - 1) {
        uint32_t number = (uint32_t)__builtin_ctzll(applying);
        if (is_of_kind(&network->condition[number].condition, kind))
            add_condition(network, pair, message, number, fate);
    }
}

void network_count_touched(struct network *network, const struct fate *fate)
{
    uint64_t touched = fate->losers;
    if (!fate->lost)
        touched |= fate->touched[0] | (fate->duplicated ? fate->touched[1] : 0);
    for (; touched != 0; touched &= touched - 1)
        network->condition[__builtin_ctzll(touched)].count++;
}
