/* Cuts and clogs: who cannot reach whom.  Few are in place at a time, so they are asked one by one.
 */
#include <stdlib.h>
#include <string.h>

#include "model/network_internal.h"

/* ---- What is in place --------------------------------------------------------------------------
 */

uint32_t slots_take(struct slots *slots, void *item)
{
    cs_assert(item != NULL);
    uint32_t number = slots->free_from;
    while (number < slots->end && slots->items[number] != NULL)
        number++;
    if (number == slots->capacity) {
        slots->capacity = slots->capacity == 0 ? 8 : slots->capacity * 2;
        slots->items = realloc(slots->items, slots->capacity * sizeof(void *));
        cs_assert(slots->items != NULL);
    }
    slots->items[number] = item;
    slots->end = number < slots->end ? slots->end : number + 1;
    slots->free_from = number + 1;
    slots->count++;
    return number;
}

void slots_give_back(struct slots *slots, uint32_t number)
{
    cs_assert(number < slots->end);
    cs_assert(slots->items[number] != NULL);
    slots->items[number] = NULL;
    slots->count--;
    if (number < slots->free_from)
        slots->free_from = number;
    while (slots->end > 0 && slots->items[slots->end - 1] == NULL)
        slots->end--;
}

void slots_done(struct slots *slots)
{
    for (uint32_t i = 0; i < slots->end; i++)
        free(slots->items[i]);
    free(slots->items);
}

/* ---- Cuts --------------------------------------------------------------------------------------
 */

uint32_t network_cut(struct network *network, const uint8_t *sides,
                     const uint64_t blocked[NETWORK_SIDES_MAX], bool clog)
{
    uint32_t machines = network->topology->machine_count;
    struct cut *cut = malloc(sizeof *cut + machines);
    cs_assert(cut != NULL);
    cut->clog = clog;
    memcpy(cut->blocked, blocked, sizeof cut->blocked);
    for (uint32_t i = 0; i < machines; i++) {
        cs_assert(sides[i] < NETWORK_SIDES_MAX);
        cut->sides[i] = sides[i];
    }
    return slots_take(&network->cuts, cut);
}

void network_heal(struct network *network, uint32_t cut)
{
    struct cut *healed = slots_at(&network->cuts, cut);
    slots_give_back(&network->cuts, cut);
    free(healed);
}

static bool stands_between(const struct cut *cut, uint32_t from, uint32_t to)
{
    return cut != NULL && (cut->blocked[cut->sides[from]] >> cut->sides[to] & 1) != 0;
}

enum network_drop network_obstacle(const struct network *network, uint32_t from, uint32_t to)
{
    cs_assert(from < network->topology->machine_count);
    cs_assert(to < network->topology->machine_count);
    enum network_drop obstacle = NETWORK_DELIVERED;
    for (uint32_t c = 0; from != to && c < network->cuts.end; c++) {
        const struct cut *cut = network->cuts.items[c];
        if (!stands_between(cut, from, to))
            continue;
        if (!cut->clog)
            return NETWORK_CUT;
        obstacle = NETWORK_HELD;
    }
    return obstacle;
}

bool network_reachable(const struct network *network, uint32_t from, uint32_t to)
{
    return network_obstacle(network, from, to) == NETWORK_DELIVERED;
}

bool network_clogged(const struct network *network, uint32_t from, uint32_t to)
{
    cs_assert(from < network->topology->machine_count);
    cs_assert(to < network->topology->machine_count);
    for (uint32_t c = 0; from != to && c < network->cuts.end; c++) {
        const struct cut *cut = network->cuts.items[c];
        if (stands_between(cut, from, to) && cut->clog)
            return true;
    }
    return false;
}

uint64_t network_place_of(const struct network *network, uint32_t machine)
{
    cs_assert(machine < network->topology->machine_count);
    uint64_t place = 0;
    for (uint32_t c = 0; c < network->cuts.end; c++) {
        const struct cut *cut = network->cuts.items[c];
        place = random_mix(place + (cut == NULL ? 0 : 1u + cut->sides[machine]));
    }
    for (uint32_t c = 0; c < network->conditions.end; c++) {
        const struct placed_condition *placed = network->conditions.items[c];
        place = random_mix(place + (placed == NULL ? 0 : 1u + placed->concerns[machine]));
    }
    return place;
}
