#include "live/alarms.h"

void alarms_init(struct alarms *alarms)
{
    *alarms = (struct alarms){
        .heap = g_array_new(FALSE, FALSE, sizeof(struct alarm_entry)),
        .present = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, g_free),
    };
}

void alarms_done(struct alarms *alarms)
{
    g_array_unref(alarms->heap);
    g_hash_table_unref(alarms->present);
    *alarms = (struct alarms){ 0 };
}

static struct alarm_entry *entry_at(const struct alarms *alarms, guint index)
{
    cs_assert(index < alarms->heap->len);
    return &g_array_index(alarms->heap, struct alarm_entry, index);
}

static bool is_before(const struct alarm_entry *a, const struct alarm_entry *b)
{
    return a->at_ns != b->at_ns ? a->at_ns < b->at_ns : a->generation < b->generation;
}

static void swap(struct alarm_entry *a, struct alarm_entry *b)
{
    struct alarm_entry kept = *a;
    *a = *b;
    *b = kept;
}

void alarms_set(struct alarms *alarms, cs_token token, uint64_t at_ns)
{
    cs_assert(at_ns < UINT64_MAX);
    uint64_t generation = ++alarms->generation;
    g_hash_table_insert(alarms->present, g_memdup2(&token, sizeof token),
                        g_memdup2(&generation, sizeof generation));
    struct alarm_entry entry = { at_ns, generation, token };
    g_array_append_val(alarms->heap, entry);
    for (guint i = alarms->heap->len - 1; i > 0; i = (i - 1) / 2) {
        struct alarm_entry *above = entry_at(alarms, (i - 1) / 2);
        if (!is_before(entry_at(alarms, i), above))
            break;
        swap(entry_at(alarms, i), above);
    }
}

void alarms_cancel(struct alarms *alarms, cs_token token)
{
    g_hash_table_remove(alarms->present, &token);
}

static void remove_first(struct alarms *alarms)
{
    cs_assert(alarms->heap->len > 0);
    guint count = alarms->heap->len - 1;
    *entry_at(alarms, 0) = *entry_at(alarms, count);
    g_array_set_size(alarms->heap, count);
    for (guint i = 0, child = 1; child < count; i = child, child = 2 * i + 1) {
        if (child + 1 < count && is_before(entry_at(alarms, child + 1), entry_at(alarms, child)))
            child++;
        if (!is_before(entry_at(alarms, child), entry_at(alarms, i)))
            break;
        swap(entry_at(alarms, child), entry_at(alarms, i));
    }
}

static bool counts(const struct alarms *alarms, const struct alarm_entry *entry)
{
    const uint64_t *generation = g_hash_table_lookup(alarms->present, &entry->token);
    return generation != NULL && *generation == entry->generation;
}

uint64_t alarms_next(struct alarms *alarms)
{
    while (alarms->heap->len > 0 && !counts(alarms, entry_at(alarms, 0)))
        remove_first(alarms);
    return alarms->heap->len > 0 ? entry_at(alarms, 0)->at_ns : UINT64_MAX;
}

bool alarms_take(struct alarms *alarms, uint64_t now_ns, cs_token *ret_token)
{
    if (alarms_next(alarms) > now_ns)
        return false;
    *ret_token = entry_at(alarms, 0)->token;
    remove_first(alarms);
    g_hash_table_remove(alarms->present, ret_token);
    return true;
}
