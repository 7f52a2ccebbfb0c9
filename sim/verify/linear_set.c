#include "verify/linear_set.h"

#include "verify/index.h"

enum { SLOTS_FIRST = 64 };
#define SLOT_ENTRY UINT32_MAX

void linear_set_shape(struct linear_set *set, size_t words)
{
    size_t stride = LINEAR_STATE_WORDS + LINEAR_PLACE_WORDS * words;
    cs_assert(stride >= set->stride);
    if (stride == set->stride)
        return;
    uint64_t *old = set->entries;
    size_t old_stride = set->stride;
    set->entries = NULL;
    set->capacity = 0;
    set->stride = stride;
    set->entries = array_reserve(NULL, &set->capacity, set->count + 1, stride * sizeof *old);
    for (size_t i = 0; i < set->count; i++) {
        uint64_t *entry = linear_set_at(set, i);
        memset(entry, 0, stride * sizeof *entry);
        memcpy(entry, old + i * old_stride, old_stride * sizeof *entry);
    }
    free(old);
}

void linear_set_done(struct linear_set *set)
{
    free(set->entries);
    free(set->dropped);
    free(set->slots);
    *set = (struct linear_set){ 0 };
}

void linear_set_clear(struct linear_set *set)
{
    set->count = 0;
    set->generation++;
    cs_assert(set->generation <= UINT32_MAX);
}

/* Of what has to be the same in configurations one of which may be as good as the other. */
static uint64_t hash_of(const struct linear_set *set, const uint64_t *entry,
                        const uint64_t *lasting)
{
    uint64_t hash = index_hash(entry[0], entry[1]);
    for (size_t w = LINEAR_STATE_WORDS; w < set->stride; w += LINEAR_PLACE_WORDS)
        hash = random_mix(hash + (entry[w] & ~entry[w + 1] & ~*lasting++));
    return hash;
}

/* Whether one of two configurations makes the other needless. */
enum relation { RELATION_NONE, RELATION_AS_GOOD, RELATION_BETTER };

static enum relation compare(const struct linear_set *set, const uint64_t *there,
                             const uint64_t *other, const uint64_t *lasting)
{
    if (there[0] != other[0] || there[1] != other[1])
        return RELATION_NONE;
    bool as_good = true, better = true;
    for (size_t w = LINEAR_STATE_WORDS; w < set->stride; w += LINEAR_PLACE_WORDS, lasting++) {
        uint64_t used = there[w] ^ other[w];
        uint64_t differ = (used | (there[w + 1] ^ other[w + 1])) & ~*lasting;
        if ((differ & ~there[w + 1] & ~other[w + 1]) != 0)
            return RELATION_NONE;
        as_good &= (differ & ~there[w + 1]) == 0 && (there[w] & used & *lasting) == 0;
        better &= (differ & ~other[w + 1]) == 0 && (other[w] & used & *lasting) == 0;
    }
    return as_good ? RELATION_AS_GOOD : better ? RELATION_BETTER : RELATION_NONE;
}

static void put(struct linear_set *set, uint64_t hash, size_t entry)
{
    size_t mask = set->slot_count - 1;
    size_t at = hash & mask;
    while (set->slots[at] >> 32 == set->generation)
        at = (at + 1) & mask;
    set->slots[at] = set->generation << 32 | entry;
}

static void grow_slots(struct linear_set *set, const uint64_t *lasting)
{
    size_t count = set->slot_count == 0 ? SLOTS_FIRST : set->slot_count;
    while (count < 2 * (set->count + 1))
        count *= 2;
    cs_assert(set->count < SLOT_ENTRY);
    free(set->slots);
    set->slots = calloc(count, sizeof *set->slots);
    cs_assert(set->slots != NULL);
    set->slot_count = count;
    set->generation = 1;
    for (size_t i = 0; i < set->count; i++)
        put(set, hash_of(set, linear_set_at(set, i), lasting), i);
}

void linear_set_index(struct linear_set *set, const uint64_t *lasting)
{
    set->generation++;
    cs_assert(set->generation <= UINT32_MAX);
    if (set->slot_count < 2 * (set->count + 1)) {
        grow_slots(set, lasting);
        return;
    }
    for (size_t i = 0; i < set->count; i++)
        put(set, hash_of(set, linear_set_at(set, i), lasting), i);
}

/* Whether what is there makes the new configuration needless; what that makes needless is dropped.
 */
static bool is_needless(struct linear_set *set, const uint64_t *entry, uint64_t hash,
                        const uint64_t *lasting)
{
    size_t mask = set->slot_count - 1;
    for (size_t at = hash & mask; set->slots[at] >> 32 == set->generation; at = (at + 1) & mask) {
        size_t other = set->slots[at] & SLOT_ENTRY;
        if (set->dropped[other])
            continue;
        enum relation relation = compare(set, linear_set_at(set, other), entry, lasting);
        if (relation == RELATION_AS_GOOD)
            return true;
        set->dropped[other] = relation == RELATION_BETTER;
    }
    return false;
}

bool linear_set_add(struct linear_set *set, const uint64_t *entry, const uint64_t *lasting)
{
    if (set->slot_count < 2 * (set->count + 1))
        grow_slots(set, lasting);
    uint64_t hash = hash_of(set, entry, lasting);
    if (is_needless(set, entry, hash, lasting))
        return false;
    set->entries = array_reserve(set->entries, &set->capacity, set->count + 1,
                                 set->stride * sizeof *set->entries);
    set->dropped =
        array_reserve(set->dropped, &set->dropped_capacity, set->count + 1, sizeof *set->dropped);
    memcpy(linear_set_at(set, set->count), entry, set->stride * sizeof *entry);
    set->dropped[set->count] = false;
    put(set, hash, set->count++);
    return true;
}

void linear_set_compact(struct linear_set *set)
{
    size_t kept = 0;
    for (size_t i = 0; i < set->count; i++) {
        if (set->dropped[i])
            continue;
        if (kept != i) {
            memcpy(linear_set_at(set, kept), linear_set_at(set, i),
                   set->stride * sizeof *set->entries);
        }
        set->dropped[kept++] = false;
    }
    set->count = kept;
}
