#include "load/requests.h"

#include <stdlib.h>

#include "base/random.h"
#include "clustersim/protocol.h"

enum { SIZE_FIRST = 64 };

void request_table_done(struct request_table *table) { free(table->entries); }

static uint32_t home(const struct request_table *table, uint64_t request)
{
    return (uint32_t)random_mix(request) & (table->size - 1);
}

/* The entry of `request`, or the free one where it belongs. */
static uint32_t find(const struct request_table *table, uint64_t request)
{
    uint32_t i = home(table, request);
    while (table->entries[i].request != 0 && table->entries[i].request != request)
        i = (i + 1) & (table->size - 1);
    return i;
}

static void grow(struct request_table *table)
{
    struct request_table larger = { .size = table->size == 0 ? SIZE_FIRST : table->size * 2 };
    larger.count = table->count;
    larger.entries = calloc(larger.size, sizeof *larger.entries);
    cs_assert(larger.entries != NULL);
    for (uint32_t i = 0; i < table->size; i++) {
        if (table->entries[i].request != 0)
            larger.entries[find(&larger, table->entries[i].request)] = table->entries[i];
    }
    free(table->entries);
    *table = larger;
}

void request_table_add(struct request_table *table, uint64_t request, uint32_t operation)
{
    cs_assert(request != 0);
    if (table->count * 2 >= table->size)
        grow(table);
    struct request_entry *entry = &table->entries[find(table, request)];
    cs_assert(entry->request == 0);
    *entry = (struct request_entry){ .request = request, .operation = operation };
    table->count++;
}

/* Free entry `hole` and move back what would no longer be found behind it: Knuth, "The Art of
 * Computer Programming" 3, section 6.4, algorithm R. */
static void close_gap(struct request_table *table, uint32_t hole)
{
    uint32_t mask = table->size - 1;
    for (uint32_t i = (hole + 1) & mask; table->entries[i].request != 0; i = (i + 1) & mask) {
        uint32_t from_home = (i - home(table, table->entries[i].request)) & mask;
        uint32_t from_hole = (i - hole) & mask;
        if (from_home < from_hole)
            continue;
        table->entries[hole] = table->entries[i];
        hole = i;
    }
    table->entries[hole].request = 0;
}

bool request_table_find(const struct request_table *table, uint64_t request,
                        uint32_t *ret_operation)
{
    if (table->count == 0)
        return false;
    cs_assert(request != 0);
    const struct request_entry *entry = &table->entries[find(table, request)];
    if (entry->request == 0)
        return false;
    *ret_operation = entry->operation;
    return true;
}

void request_table_remove(struct request_table *table, uint64_t request)
{
    cs_assert(table->count > 0);
    uint32_t i = find(table, request);
    cs_assert(table->entries[i].request == request);
    close_gap(table, i);
    table->count--;
}
