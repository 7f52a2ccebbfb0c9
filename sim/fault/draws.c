/* The numbers that a firing draws, each from a stream that is named after the fault, the firing and
 * the purpose. */
#include "base/hash.h"
#include "fault/internal.h"

struct random_stream firing_stream(const struct timeline *timeline, const struct fault_state *state,
                                   const char *purpose)
{
    uint64_t fault = hash_string(timeline->faults[state->index].id);
    return random_stream_of(random_key_pair(timeline->seed, fault, state->firings, purpose));
}

uint64_t firing_draw(const struct timeline *timeline, const struct fault_state *state,
                     const struct distribution *distribution, const char *purpose)
{
    struct random_stream stream = firing_stream(timeline, state, purpose);
    return distribution_sample(distribution, &stream);
}

/* What a draw is held to: what a scenario could write, so that a record of it is one. */
static const struct {
    int64_t least, most;
} limits[AMOUNT_KINDS] = {
    /* up to here chances: 0 to PROBABILITY_ONE */
    [AMOUNT_BANDWIDTH] = { 1, INT64_MAX },
    [AMOUNT_FACTOR] = { 1, FAULT_FACTOR_MAX },
    [AMOUNT_COUNT] = { 0, INT64_MAX },
    [AMOUNT_JUMP] = { -FAULT_JUMP_MAX_NS, FAULT_JUMP_MAX_NS },
    [AMOUNT_DRIFT] = { -FAULT_DRIFT_MAX_PPB, FAULT_DRIFT_MAX_PPB },
    [AMOUNT_EFFECTS] = { 0, UINT32_MAX },
    [AMOUNT_HOLD] = { 0, FAULT_TIME_MAX_NS },
    [AMOUNT_GAP] = { 0, FAULT_TIME_MAX_NS },
    [AMOUNT_STEP] = { 0, INT64_MAX },
    [AMOUNT_QUEUE] = { 1, INT64_MAX },
};

/* sample + shift, as far as that can be told. */
static int64_t shifted(uint64_t sample, int64_t shift)
{
    uint64_t distance = shift < 0 ? 0 - (uint64_t)shift : (uint64_t)shift;
    if (shift < 0 && sample < distance)
        return -(int64_t)(distance - sample);
    uint64_t sum = shift < 0 ? sample - distance : add_saturating(sample, distance);
    return sum > INT64_MAX ? INT64_MAX : (int64_t)sum;
}

static int64_t held(unsigned amount, int64_t value)
{
    int64_t least = limits[amount].least;
    int64_t most = amount <= AMOUNT_SHARE ? (int64_t)PROBABILITY_ONE : limits[amount].most;
    return value < least ? least : value > most ? most : value;
}

/* Every amount has a place of its own in the stream, used or not. */
void firing_amounts(const struct timeline *timeline, const struct fault_state *state,
                    int64_t *ret_amounts)
{
    const struct fault_options *fault = &timeline->faults[state->index];
    struct random_stream stream = firing_stream(timeline, state, "amounts");
    for (unsigned a = 0; a < AMOUNT_KINDS; a++) {
        const struct fault_draw *amount = &fault->amounts[a];
        uint64_t sample = distribution_sample(&amount->distribution, &stream);
        bool none = amount->shift == 0 && distribution_is_only(&amount->distribution, 0);
        ret_amounts[a] = none ? 0 : held(a, shifted(sample, amount->shift));
    }
}

/* Which one of `count` things, by weights that stand `step` bytes apart. */
static uint32_t pick(struct random_stream stream, const uint64_t *weights, size_t step,
                     uint32_t count)
{
    const char *at = (const char *)weights;
    uint64_t total = 0;
    for (uint32_t i = 0; i < count; i++) {
        total += *(const uint64_t *)(const void *)(at + i * step);
    }
    uint64_t left = random_below(&stream, total);
    for (uint32_t i = 0; i < count; i++) {
        uint64_t weight = *(const uint64_t *)(const void *)(at + i * step);
        if (left < weight) {
            return i;
        }
        left -= weight;
    }
    cs_assert(false && "what was drawn is less than the sum");
    return 0;
}

struct fault_loss firing_loss(const struct timeline *timeline, const struct fault_state *state)
{
    const struct fault_options *fault = &timeline->faults[state->index];
    if (fault->loss_count == 0) {
        return (struct fault_loss){ .loss = DISK_KEEP };
    }
    uint32_t i = pick(firing_stream(timeline, state, "loss"), &fault->losses[0].weight,
                      sizeof *fault->losses, fault->loss_count);
    return fault->losses[i].loss;
}

const struct fault_build *firing_build(const struct timeline *timeline,
                                       const struct fault_state *state)
{
    const struct fault_options *fault = &timeline->faults[state->index];
    if (fault->build_count == 0) {
        return NULL;
    }
    uint32_t i = pick(firing_stream(timeline, state, "build"), &fault->builds[0].weight,
                      sizeof *fault->builds, fault->build_count);
    return &fault->builds[i];
}
