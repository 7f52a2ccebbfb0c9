#include "reach.h"

bool reach_is_met(const struct beat *beat, const struct fault_record *record, uint32_t instance)
{
    bool met = false;
    for (uint32_t i = 0; i < record->target_count; i++) {
        uint32_t target = record->targets[i];
        bool shares =
            beat->small.instances[target].machine == beat->small.instances[instance].machine;
        met |= target == instance || (record->kind == FAULT_POWER_LOSS && shares);
    }
    return met;
}

/* The place of the last target on this machine; -1 if there is none. */
static int place_in(const struct beat *beat, const struct fault_record *record, uint32_t machine)
{
    int place = -1;
    for (uint32_t i = 0; i < record->target_count; i++) {
        if (beat->small.instances[record->targets[i]].machine == machine)
            place = (int)i;
    }
    return place;
}

/* Whether a fault that lasts keeps all messages of one machine from another, as the format says. */
static bool blocks(const struct beat *beat, const struct fault_record *record, uint32_t from,
                   uint32_t to)
{
    int place[2] = { place_in(beat, record, from), place_in(beat, record, to) };
    int count = (int)record->target_count, side[2];
    for (int i = 0; i < 2; i++)
        side[i] = place[i] < 0 ? -1 : (int)record->side_of[place[i]];
    bool both = place[0] >= 0 && place[1] >= 0;
    int apart = (place[0] - place[1] + count) % (count > 0 ? count : 1);
    switch ((int)record->kind) {
    case FAULT_PARTITION:
        return both && side[0] != side[1];
    case FAULT_RING:
        return both && apart > 1 && apart < count - 1;
    case FAULT_BLOCK:
        return side[0] == 0 && side[1] == 1;
    case FAULT_CLOG:
        return side[0] == 0 || side[1] == 0;
    default:
        return false;
    }
}

/* What of the messages between two machines a fault lets through: packets meet those of a target.
 */
static double share_of(const struct beat *beat, const struct fault_record *record, uint32_t from,
                       uint32_t to)
{
    if (record->kind != FAULT_PACKETS ||
        (place_in(beat, record, from) < 0 && place_in(beat, record, to) < 0))
        return 1;
    return 1 - (double)record->amounts[AMOUNT_LOSS] / (double)PROBABILITY_ONE;
}

bool reach_in_touch(const struct beat *beat, uint32_t a, uint32_t b)
{
    double share = 1;
    uint32_t machines[2] = { beat->small.instances[a].machine, beat->small.instances[b].machine };
    bool blocked = false;
    for (size_t r = 0; r < timeline_record_count(beat->timeline) && !blocked; r++) {
        const struct fault_record *record = timeline_record(beat->timeline, r);
        if (record->fired && record->until_ns == UINT64_MAX && machines[0] != machines[1]) {
            blocked |= blocks(beat, record, machines[0], machines[1]);
            blocked |= blocks(beat, record, machines[1], machines[0]);
            share *= share_of(beat, record, machines[0], machines[1]);
        }
    }
    return !blocked && share > 0.4999999;
}
