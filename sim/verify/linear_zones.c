/* Reads and writes of values that differ, by zones.  (Gibbons and Korach, "Testing Shared
 * Memories", SIAM J. Comput. 1997, section 4.)
 *
 * A write and those who read its value are a cluster, and stand together in any order that explains
 * the answers.  The zone of a cluster lies between the first end in it and the last beginning in
 * it. If the end comes first, its value must have been there all that time: the zone goes forward.
 * Else all of it can take effect at any one moment between the two: the zone goes backward.  There
 * is an order if and only if
 *   - every value that was read was written, and no read ended before that write began,
 *   - no two forward zones overlap,
 *   - no backward zone lies within a forward one.
 * What was there at the beginning was written before all.  A write that never returned has no end;
 * it has taken effect if it was read, and otherwise nothing asks for it.
 *
 * The events have their places in time, so that zones are put in order without sorting. */
#include "verify/linear_zones.h"

#include <stdlib.h>

#include "verify/index.h"

#define NEVER UINT32_MAX

struct cluster {
    struct linear_value value;
    uint32_t first_end, last_begin; /* places; NEVER: none has ended */
    uint32_t written;               /* where its write begins; NEVER: nobody has written it */
    uint32_t key;
};

struct zones {
    struct cluster *clusters;
    size_t count, capacity;
    struct index index; /* of clusters by key and value */
    struct linear_value initial;
    uint32_t last; /* place of an event */
    bool *shown;
};

static bool is_known(const struct linear_op *op)
{
    return op->kind == LINEAR_WRITE || op->kind == LINEAR_READ;
}

static uint64_t hash_of(uint32_t key, struct linear_value value)
{
    return index_hash(value.hash + value.size, key);
}

static struct cluster *cluster_of(struct zones *zones, uint32_t key, struct linear_value value)
{
    uint64_t hash = hash_of(key, value);
    struct index_probe probe = index_probe(&zones->index, hash);
    while (index_next(&zones->index, &probe)) {
        struct cluster *found = &zones->clusters[probe.number];
        if (found->key == key && linear_same(found->value, value))
            return found;
    }
    cs_assert(zones->count < UINT32_MAX);
    uint32_t number = (uint32_t)zones->count++;
    zones->clusters =
        array_reserve(zones->clusters, &zones->capacity, zones->count, sizeof *zones->clusters);
    zones->clusters[number] =
        (struct cluster){ .value = value, .first_end = NEVER, .written = NEVER, .key = key };
    index_add(&zones->index, hash, number);
    return &zones->clusters[number];
}

static void take(struct zones *zones, const struct linear_op *op)
{
    bool writes = op->kind == LINEAR_WRITE;
    if (!writes && op->returned == LINEAR_NEVER)
        return; /* nobody knows what it has read */
    struct cluster *cluster = cluster_of(zones, op->key, writes ? op->value : op->seen);
    bool lost = op->returned == LINEAR_NEVER;
    uint32_t begin = (uint32_t)op->invoked, end = lost ? NEVER : (uint32_t)op->returned;
    if (writes && (cluster->written != NEVER || linear_same(op->value, zones->initial)))
        zones->shown[op->key] = false; /* a read does not tell which of the two */
    if (writes)
        cluster->written = begin;
    if (begin > cluster->last_begin)
        cluster->last_begin = begin;
    if (end < cluster->first_end)
        cluster->first_end = end;
    if ((lost ? begin : end) > zones->last)
        zones->last = lost ? begin : end;
}

/* All clusters, of the keys that may yet be shown to be right. */
static void take_all(struct zones *zones, const struct linear_op *ops, size_t count, bool *answered)
{
    enum { AHEAD = 12 };
    index_reserve(&zones->index, count / 2);
    for (size_t i = 0; i < count; i++) {
        const struct linear_op *op = &ops[i], *later = i + AHEAD < count ? op + AHEAD : op;
        bool writes = later->kind == LINEAR_WRITE;
        index_prefetch(&zones->index, hash_of(later->key, writes ? later->value : later->seen));
        answered[op->key] |= op->returned != LINEAR_NEVER;
        if (!is_known(op)) {
            zones->shown[op->key] = false;
        } else if (zones->shown[op->key]) {
            take(zones, op);
        }
    }
}

/* The clusters by where their zones begin, one more than their number, 0: none; and where the zone
 * of what was there at the beginning ends, by key.  The caller frees it. */
static uint32_t *zones_in_order(const struct zones *zones, uint32_t *ret_until)
{
    uint32_t *order = calloc((size_t)zones->last + 1, sizeof *order);
    cs_assert(order != NULL);
    for (size_t c = 0; c < zones->count; c++) {
        const struct cluster *cluster = &zones->clusters[c];
        if (cluster->first_end == NEVER)
            continue;
        if (cluster->written != NEVER) {
            uint32_t end = cluster->first_end, begin = cluster->last_begin;
            zones->shown[cluster->key] &= end > cluster->written;
            order[end < begin ? end : begin] = (uint32_t)c + 1;
        } else if (linear_same(cluster->value, zones->initial)) {
            ret_until[cluster->key] = cluster->last_begin;
        } else {
            zones->shown[cluster->key] = false;
        }
    }
    return order;
}

/* `until` is where the last forward zone of each key ends.  One that begins there or later begins
 * behind all zones that came before: what still overlaps the last ends, or begins to go forward,
 * before it does. */
static void compare_zones(const struct zones *zones, const uint32_t *order, uint32_t *until)
{
    for (size_t place = 0; place <= zones->last; place++) {
        if (order[place] == 0)
            continue;
        const struct cluster *cluster = &zones->clusters[order[place] - 1];
        zones->shown[cluster->key] &= cluster->first_end > until[cluster->key];
        if (cluster->first_end < cluster->last_begin)
            until[cluster->key] = cluster->last_begin;
    }
}

size_t linear_zones(const struct linear_model *model, const struct linear_op *ops, size_t count,
                    size_t keys, bool *shown, bool *ret_answered)
{
    struct zones zones = { .initial = model->initial, .shown = shown };
    size_t left = 0;
    cs_assert(!model->in_sequences);
    cs_assert((model->kinds >> LINEAR_WRITE & 1) != 0);
    for (size_t key = 0; key < keys; key++)
        shown[key] = true;
    take_all(&zones, ops, count, ret_answered);
    uint32_t *until = calloc(keys + 1, sizeof *until);
    cs_assert(until != NULL);
    uint32_t *order = zones_in_order(&zones, until);
    compare_zones(&zones, order, until);
    for (size_t key = 0; key < keys; key++)
        left += !shown[key];
    free(order);
    free(until);
    free(zones.clusters);
    index_done(&zones.index);
    return left;
}
