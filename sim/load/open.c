/* The operations that have no answer yet.
 *
 * A workload's deadlines ascend with its operations' starts: they all have the same time, and the
 * final reads, which have more, come last.  So a list in that order needs one wake-up in the queue,
 * for its first, however many are open. */
#include "load/internal.h"

void open_table_init(struct open_table *table) { *table = (struct open_table){ .free = NONE }; }

void open_table_done(struct open_table *table)
{
    free(table->operations);
    request_table_done(&table->requests);
}

static uint32_t take_free(struct open_table *table)
{
    uint32_t index = table->free;
    if (index != NONE) {
        table->free = table->operations[index].next;
        return index;
    }
    if (table->used == table->capacity) {
        table->capacity = table->capacity == 0 ? 64 : table->capacity * 2;
        table->operations = realloc(table->operations, table->capacity * sizeof *table->operations);
        cs_assert(table->operations != NULL);
    }
    return table->used++;
}

uint32_t open_add(struct load *load, const struct open_operation *operation)
{
    struct open_table *table = &load->open;
    struct workload *workload = operation->client->workload;
    uint32_t index = take_free(table);
    table->operations[index] = *operation;
    table->operations[index].next = NONE;
    table->operations[index].previous = workload->last;
    if (workload->last == NONE) {
        workload->first = index;
    } else {
        struct open_operation *last = &table->operations[workload->last];
        cs_assert(last->deadline_ns <= operation->deadline_ns);
        last->next = index;
    }
    workload->last = index;
    table->count++;
    request_table_add(&table->requests, operation->request, index);
    return index;
}

struct open_operation open_take(struct load *load, uint32_t index)
{
    struct open_table *table = &load->open;
    cs_assert(index < table->used);
    struct open_operation operation = table->operations[index];
    cs_assert(operation.client != NULL);
    struct workload *workload = operation.client->workload;
    if (operation.previous == NONE) {
        workload->first = operation.next;
    } else {
        table->operations[operation.previous].next = operation.next;
    }
    if (operation.next == NONE) {
        workload->last = operation.previous;
    } else {
        table->operations[operation.next].previous = operation.previous;
    }
    table->operations[index] = (struct open_operation){ .next = table->free };
    table->free = index;
    cs_assert(table->count > 0);
    table->count--;
    request_table_remove(&table->requests, operation.request);
    return operation;
}
