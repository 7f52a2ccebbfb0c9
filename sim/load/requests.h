/* Which open operation a request stands for: a hash table that is asked by the request's name
 * only (request_name()). */
#ifndef LOAD_REQUESTS_H
#define LOAD_REQUESTS_H
#include <stdbool.h>
#include <stdint.h>

struct request_entry {
    uint64_t request; /* 0: free */
    uint32_t operation;
};

/* All zero is an empty table. */
struct request_table {
    struct request_entry *entries; /* open addressing, at most half full */
    uint32_t size;                 /* a power of two */
    uint32_t count;
};

void request_table_done(struct request_table *table);
/* Requires a request that is not in the table, and not 0. */
void request_table_add(struct request_table *table, uint64_t request, uint32_t operation);
/* False if it is not there. */
bool request_table_find(const struct request_table *table, uint64_t request,
                        uint32_t *ret_operation);
/* Requires that it is there. */
void request_table_remove(struct request_table *table, uint64_t request);

#endif
