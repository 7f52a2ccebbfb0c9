/* Timers by token: slots in an array.  A few are looked through; more are found through an
 * open-addressing index.
 *
 * A slot stays while its timer is armed, expired and waiting, or has an entry in the queue; then it
 * is free again.  So a client with a timer for each request holds as many slots as are open. */
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "host/internal.h"

enum { SCANNED_MAX = 4 }; /* so many slots have no index */

void timer_table_done(struct timer_table *table)
{
    free(table->timers);
    free(table->index);
    *table = (struct timer_table){ .free_slot = NONE };
}

/* Forget all timers.  Generations go on, so that entries still in the queue are stale. */
void timer_table_reset(struct timer_table *table)
{
    table->free_slot = NONE;
    table->live = 0;
    if (table->index != NULL)
        memset(table->index, 0, table->index_size * sizeof *table->index);
    for (uint32_t i = table->count; i-- > 0;) {
        struct timer *timer = &table->timers[i];
        *timer =
            (struct timer){ .generation = timer->generation + 1, .deadline = table->free_slot };
        table->free_slot = i;
    }
}

static uint32_t home_of(const struct timer_table *table, cs_token token)
{
    return (uint32_t)random_mix(token) & (table->index_size - 1);
}

static uint32_t find_slot(const struct timer_table *table, cs_token token)
{
    if (table->index == NULL) {
        uint32_t slot = 0;
        while (slot < table->count &&
               (!table->timers[slot].used || table->timers[slot].token != token))
            slot++;
        return slot < table->count ? slot : NONE;
    }
    for (uint32_t i = home_of(table, token);; i = (i + 1) & (table->index_size - 1)) {
        uint32_t slot = table->index[i];
        if (slot == 0)
            return NONE;
        if (table->timers[slot - 1].token == token)
            return slot - 1;
    }
}

static void index_insert(struct timer_table *table, uint32_t slot)
{
    uint32_t i = home_of(table, table->timers[slot].token);
    while (table->index[i] != 0)
        i = (i + 1) & (table->index_size - 1);
    table->index[i] = slot + 1;
}

/* Remove by moving back what a gap would hide: Knuth, volume 3, section 6.4, algorithm R. */
static void index_remove(struct timer_table *table, cs_token token)
{
    uint32_t mask = table->index_size - 1;
    uint32_t gap = home_of(table, token);
    while (table->timers[table->index[gap] - 1].token != token)
        gap = (gap + 1) & mask;
    for (uint32_t i = (gap + 1) & mask; table->index[i] != 0; i = (i + 1) & mask) {
        uint32_t home = home_of(table, table->timers[table->index[i] - 1].token);
        if (((i - home) & mask) >= ((i - gap) & mask)) {
            table->index[gap] = table->index[i];
            gap = i;
        }
    }
    table->index[gap] = 0;
}

static void index_grow(struct timer_table *table)
{
    uint32_t size = table->index_size == 0 ? 16 : table->index_size * 2;
    free(table->index);
    table->index = calloc(size, sizeof *table->index);
    cs_assert(table->index != NULL);
    table->index_size = size;
    for (uint32_t i = 0; i < table->count; i++) {
        if (table->timers[i].used)
            index_insert(table, i);
    }
}

static uint32_t slot_new(struct timer_table *table, cs_token token)
{
    uint32_t slot = table->free_slot;
    if (slot != NONE) {
        table->free_slot = (uint32_t)table->timers[slot].deadline;
    } else {
        if (table->count == table->capacity) {
            table->capacity = table->capacity == 0 ? 8 : table->capacity * 2;
            table->timers = realloc(table->timers, table->capacity * sizeof *table->timers);
            cs_assert(table->timers != NULL);
        }
        slot = table->count++;
        table->timers[slot] = (struct timer){ 0 };
    }
    struct timer *timer = &table->timers[slot];
    *timer = (struct timer){ .token = token, .generation = timer->generation, .used = true };
    table->live++;
    if (table->count <= SCANNED_MAX) {
        cs_assert(table->index == NULL);
    } else if (table->live * 2 > table->index_size) {
        index_grow(table); /* indexes the new slot too */
    } else {
        index_insert(table, slot);
    }
    return slot;
}

static void slot_free_if_idle(struct timer_table *table, uint32_t slot)
{
    struct timer *timer = &table->timers[slot];
    cs_assert(timer->used);
    if (timer->armed || timer->entry || timer->expired)
        return;
    if (table->index != NULL)
        index_remove(table, timer->token);
    timer->used = false;
    timer->deadline = table->free_slot;
    table->free_slot = slot;
    table->live--;
}

static void push_entry(struct cluster *cluster, uint32_t index, uint32_t slot)
{
    struct instance *instance = &cluster->instances[index];
    struct timer *timer = &instance->timers.timers[slot];
    timer->entry = true;
    timer->entry_at = timer->deadline;
    timer->generation++;
    uint32_t event = event_new(cluster, EVENT_TIMER, index);
    struct event *record = event_at(cluster, event);
    record->incarnation = instance->incarnation;
    record->timer.slot = slot;
    record->timer.generation = timer->generation;
    event_push(cluster, timer->deadline, event);
}

static uint64_t true_deadline(const struct cluster *cluster, uint32_t index, uint64_t local_ns)
{
    const struct machine *machine = &cluster->machines[cluster->instances[index].machine];
    return clock_when(&machine->clock, cluster->now, local_ns);
}

void timer_set(struct cluster *cluster, uint32_t index, cs_token token, uint64_t local_ns)
{
    struct timer_table *table = &cluster->instances[index].timers;
    uint32_t slot = find_slot(table, token);
    if (slot == NONE)
        slot = slot_new(table, token);
    struct timer *timer = &table->timers[slot];
    timer->armed = true;
    timer->expired = false;
    timer->local_ns = local_ns;
    timer->deadline = true_deadline(cluster, index, local_ns);
    if (!timer->entry || timer->entry_at > timer->deadline)
        push_entry(cluster, index, slot);
}

void timer_retime(struct cluster *cluster, uint32_t index)
{
    struct timer_table *table = &cluster->instances[index].timers;
    for (uint32_t slot = 0; slot < table->count; slot++) {
        struct timer *timer = &table->timers[slot];
        if (!timer->used || !timer->armed)
            continue;
        cs_assert(timer->entry); /* which stays if it is too early: then it is pushed again */
        timer->deadline = true_deadline(cluster, index, timer->local_ns);
        if (timer->entry_at > timer->deadline)
            push_entry(cluster, index, slot);
    }
}

void timer_cancel(struct cluster *cluster, uint32_t index, cs_token token)
{
    struct timer_table *table = &cluster->instances[index].timers;
    uint32_t slot = find_slot(table, token);
    if (slot == NONE)
        return;
    table->timers[slot].armed = false;
    table->timers[slot].expired = false;
    slot_free_if_idle(table, slot);
}

bool timer_due(struct cluster *cluster, uint32_t index, uint32_t slot, uint32_t generation)
{
    struct timer_table *table = &cluster->instances[index].timers;
    cs_assert(slot < table->count);
    struct timer *timer = &table->timers[slot];
    if (!timer->used || timer->generation != generation)
        return false; /* an entry that a sooner one has replaced */
    cs_assert(timer->entry);
    timer->entry = false;
    if (!timer->armed) {
        slot_free_if_idle(table, slot);
        return false;
    }
    if (timer->deadline > cluster->now) {
        push_entry(cluster, index, slot);
        return false;
    }
    timer->armed = false;
    timer->expired = true;
    return true;
}

bool timer_take(struct timer_table *table, uint32_t slot, uint32_t generation, cs_token *ret_token)
{
    cs_assert(slot < table->count);
    struct timer *timer = &table->timers[slot];
    if (!timer->used || !timer->expired || timer->generation != generation)
        return false;
    *ret_token = timer->token;
    timer->expired = false;
    slot_free_if_idle(table, slot);
    return true;
}
