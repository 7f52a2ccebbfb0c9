/* Machines to which the same happens are alike, and few kinds of them are there at a time: so each
 * kind is asked about each other kind, and not each machine about each other one. */
#include "fault/in_touch.h"

#include <stdlib.h>

#include "base/random.h"

/* Machines that are alike. */
struct alike {
    uint64_t place;
    uint32_t machine, other; /* two of them; the same if there is one */
    uint32_t count;          /* instances on them */
};

/* What of 2^32 messages passes. */
static uint64_t spared_of(const struct network *network, const struct proposed_cut *more,
                          uint32_t from, uint32_t to)
{
    bool blocked = more != NULL && (more->blocked[more->sides[from]] >> more->sides[to] & 1) != 0;
    uint64_t spared = blocked ? more->spared : PROBABILITY_ONE;
    cs_assert(spared <= PROBABILITY_ONE);
    return spared == 0 ? 0 : (uint64_t)((wide)spared * network_spared(network, from, to) >> 32);
}

bool machines_in_touch(const struct network *network, const struct proposed_cut *more, uint32_t a,
                       uint32_t b)
{
    const uint64_t half = PROBABILITY_ONE / 2;
    if (a == b)
        return true;
    return spared_of(network, more, a, b) >= half && spared_of(network, more, b, a) >= half;
}

static int compare_alike(const void *left, const void *right)
{
    const struct alike *a = left, *b = right;
    if (a->place != b->place)
        return a->place < b->place ? -1 : 1;
    return (a->machine > b->machine) - (a->machine < b->machine);
}

/* One entry for each instance's machine, then one for each kind.  Returns how many. */
static uint32_t sort_out(struct alike *alike, uint32_t count)
{
    uint32_t kinds = 0;
    qsort(alike, count, sizeof *alike, compare_alike);
    for (uint32_t i = 0; i < count; i++) {
        if (kinds > 0 && alike[kinds - 1].place == alike[i].place) {
            alike[kinds - 1].other = alike[i].machine;
            alike[kinds - 1].count++;
        } else {
            alike[kinds++] = alike[i];
        }
    }
    cs_assert(kinds <= count);
    return kinds;
}

uint32_t most_in_touch(struct cluster *cluster, const uint32_t *instances, uint32_t count,
                       const struct proposed_cut *more)
{
    const struct network *network = cluster_network(cluster);
    const struct cluster_options *options = cluster_options_of(cluster);
    struct alike *alike = calloc(count + 1, sizeof *alike);
    cs_assert(alike != NULL);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t machine = options->instances[instances[i]].machine;
        uint64_t place = network_place_of(network, machine);
        place = more == NULL ? place : random_mix(place + 1 + more->sides[machine]);
        alike[i] = (struct alike){ place, machine, machine, 1 };
    }
    uint32_t kinds = sort_out(alike, count), most = 0;
    for (uint32_t k = 0; k < kinds; k++) {
        bool together = machines_in_touch(network, more, alike[k].machine, alike[k].other);
        uint32_t size = together ? alike[k].count : 1;
        for (uint32_t other = 0; other < kinds; other++) {
            bool touch = other != k &&
                         machines_in_touch(network, more, alike[k].machine, alike[other].machine);
            size += touch ? alike[other].count : 0;
        }
        most = size > most ? size : most;
    }
    free(alike);
    return most;
}
