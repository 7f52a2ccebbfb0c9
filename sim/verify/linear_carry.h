/* What the events of a key leave behind when they are forgotten: the configurations, and the
 * operations that are still open.
 *
 * A search goes on from there as if it had seen the events before.  The open operations have the
 * places from 0 on, in their order; states that name a sequence hold it themselves. */
#ifndef VERIFY_LINEAR_CARRY_H
#define VERIFY_LINEAR_CARRY_H
#include "verify/linear_search.h"

/* All zero holds nothing. */
struct linear_carry {
    uint64_t
        *entries; /* as in a set, of `stride` words; a sequence by where it begins in `items` */
    size_t count, capacity, stride;
    size_t *open; /* indexes of operations */
    size_t open_count, open_capacity;
    uint64_t *items; /* of sequences: how many, and then these */
    size_t item_count, item_capacity;
};

void linear_carry_done(struct linear_carry *carry);

/* Keep what a search of `ops` has come to, instead of what was there. */
void linear_carry_save(struct linear_carry *carry, struct linear_search *search,
                       const struct linear_op *ops);

/* The configurations of an empty search that knows what its events look for. */
void linear_carry_restore(const struct linear_carry *carry, struct linear_search *search);

/* Bytes that it has allocated. */
size_t linear_carry_size(const struct linear_carry *carry);

#endif
