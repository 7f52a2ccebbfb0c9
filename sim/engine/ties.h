/* The events of one instant, in an order drawn from a key: a binary heap over the drawn numbers,
 * which never compare equal. */
#ifndef ENGINE_TIES_H
#define ENGINE_TIES_H
#include <stddef.h>
#include <stdint.h>

struct tie {
    uint64_t order;
    uint32_t record;
};

struct ties {
    struct tie *heap;
    size_t count, capacity;
};

void ties_done(struct ties *ties);
void ties_push(struct ties *ties, uint64_t order, uint32_t record);

/* The record of the least order.  Requires that there is one. */
uint32_t ties_pop(struct ties *ties);

#endif
