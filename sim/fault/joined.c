/* What the active faults that meet one place come to together: factors are multiplied, chances are
 * joined as independent causes, which multiplies what they spare.
 *
 * The products lie in a binary tree over places that are taken in the order of the beginnings, an
 * empty place counting as 1.  So a beginning and an end cost one step for each level, however many
 * faults overlap.  Products are rounded down, so which are multiplied first shows in the last bit:
 * that depends on the beginnings and ends at this place alone, and a replay has the same. */
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "base/wide.h"
#include "fault/internal.h"

struct joined_part {
    struct joined *joined; /* NULL: it counts no more */
    uint32_t place;
    struct joined_part *of_firing; /* the next of the same firing */
};

static unsigned bits_of(enum join how) { return how == JOIN_FACTORS ? 16 : 32; }

static uint64_t product(enum join how, uint64_t a, uint64_t b)
{
    wide exact = (wide)a * b >> bits_of(how);
    return how == JOIN_FACTORS && exact > UINT32_MAX ? UINT32_MAX : (uint64_t)exact;
}

/* ---- The tree --------------------------------------------------------------------------------
 *
 * Node 1 is the root, the children of node n are 2n and 2n + 1, the places the last `capacity`. */

static void set_place(struct joined *joined, uint32_t place, uint64_t value)
{
    size_t node = (size_t)joined->capacity + place;
    cs_assert(place < joined->capacity);
    joined->nodes[node] = value;
    for (node /= 2; node > 0; node /= 2) {
        joined->nodes[node] =
            product(joined->how, joined->nodes[2 * node], joined->nodes[2 * node + 1]);
    }
}

/* Make room behind the last place: close the gaps, and double the tree if more than half of it is
 * taken. */
static void make_room(struct joined *joined)
{
    struct joined old = *joined;
    uint32_t capacity = old.count >= old.capacity / 2 ? 2 * old.capacity : old.capacity;
    joined->capacity = capacity < 4 ? 4 : capacity;
    joined->nodes = malloc(2 * (size_t)joined->capacity * sizeof *joined->nodes);
    joined->parts = calloc(joined->capacity, sizeof(void *));
    cs_assert(joined->nodes != NULL);
    cs_assert(joined->parts != NULL);
    for (uint32_t n = 0; n < 2 * joined->capacity; n++) {
        joined->nodes[n] = UINT64_C(1) << bits_of(joined->how);
    }
    joined->end = 0;
    for (uint32_t i = 0; i < old.end; i++) {
        if (old.parts[i] != NULL) {
            joined->parts[joined->end] = old.parts[i];
            joined->parts[joined->end]->place = joined->end;
            set_place(joined, joined->end++, old.nodes[old.capacity + i]);
        }
    }
    cs_assert(joined->end == joined->count);
    free(old.nodes);
    free(old.parts);
}

static uint64_t total(const struct joined *joined)
{
    return joined->count == 0 ? UINT64_C(1) << bits_of(joined->how) : joined->nodes[1];
}

/* ---- Parts ----------------------------------------------------------------------------------- */

struct joined *joined_new(enum join how)
{
    struct joined *joined = calloc(1, sizeof *joined);
    cs_assert(joined != NULL);
    joined->how = how;
    return joined;
}

void joined_free(struct joined *joined)
{
    if (joined == NULL) {
        return;
    }
    free(joined->nodes);
    free(joined->parts);
    free(joined);
}

void joined_add(struct joined *joined, struct firing *firing, uint64_t value)
{
    struct joined_part *part = malloc(sizeof *part);
    cs_assert(part != NULL);
    cs_assert(joined->how == JOIN_FACTORS || value <= PROBABILITY_ONE);
    if (joined->end == joined->capacity) {
        make_room(joined);
    }
    *part = (struct joined_part){ joined, joined->end++, firing->parts };
    firing->parts = part;
    joined->parts[part->place] = part;
    joined->count++;
    set_place(joined, part->place, joined->how == JOIN_FACTORS ? value : PROBABILITY_ONE - value);
}

void joined_remove(struct firing *firing)
{
    while (firing->parts != NULL) {
        struct joined_part *part = firing->parts;
        struct joined *joined = part->joined;
        firing->parts = part->of_firing;
        if (joined != NULL) {
            set_place(joined, part->place, UINT64_C(1) << bits_of(joined->how));
            joined->parts[part->place] = NULL;
            joined->count--;
        }
        free(part);
    }
}

void joined_clear(struct joined *joined)
{
    for (uint32_t i = 0; i < joined->end; i++) {
        if (joined->parts[i] != NULL) {
            joined->parts[i]->joined = NULL;
            joined->parts[i] = NULL;
            set_place(joined, i, UINT64_C(1) << bits_of(joined->how));
        }
    }
    joined->count = 0;
}

uint32_t joined_factor(const struct joined *joined)
{
    if (joined == NULL) {
        return 1u << 16;
    }
    uint64_t factor = total(joined);
    cs_assert(factor <= UINT32_MAX);
    return factor > 0 ? (uint32_t)factor : 1;
}

uint64_t joined_chance(const struct joined *joined)
{
    return joined == NULL ? 0 : PROBABILITY_ONE - total(joined);
}

/* ---- Room for them --------------------------------------------------------------------------- */

void joined_make_room(struct timeline *timeline)
{
    const struct cluster_options *options = cluster_options_of(timeline->cluster);
    timeline->slow_cpus = calloc(options->instance_count, sizeof(void *));
    timeline->drifts = calloc(options->topology.machine_count, sizeof *timeline->drifts);
    timeline->volume_first = calloc(options->instance_count, sizeof *timeline->volume_first);
    cs_assert(timeline->slow_cpus != NULL);
    cs_assert(timeline->drifts != NULL);
    cs_assert(timeline->volume_first != NULL);
    for (uint32_t i = 0; i < options->instance_count; i++) {
        timeline->volume_first[i] = timeline->volume_count;
        timeline->volume_count += cluster_volume_count(timeline->cluster, i);
    }
    timeline->volumes = calloc(timeline->volume_count + 1, sizeof(void *));
    cs_assert(timeline->volumes != NULL);
}

void joined_free_room(struct timeline *timeline)
{
    for (uint32_t i = 0; i < cluster_options_of(timeline->cluster)->instance_count; i++) {
        joined_free(timeline->slow_cpus[i]);
    }
    for (size_t v = 0; v < timeline->volume_count; v++) {
        struct joined_volume *volume = timeline->volumes[v];
        for (unsigned row = 0; volume != NULL && row < DISK_ROWS; row++) {
            joined_free(volume->troubles[row]);
        }
        joined_free(volume != NULL ? volume->slow : NULL);
        free(volume);
    }
    free(timeline->volumes);
    free(timeline->volume_first);
    free(timeline->drifts);
    free(timeline->slow_cpus);
}
