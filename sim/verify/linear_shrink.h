/* Fewer operations that are impossible by themselves.
 *
 * What is taken out of a window must leave a legal history legal, so that what stays is illegal for
 * what it shows and for nothing else.  A read can go by itself.  A write cannot: those who read it
 * would look wrong.  It goes with every operation that writes or finds its value, and so on for
 * what those write; and with answers that compare a value with others, or tell that there was one,
 * since they may have been about it.  What then is left still finds what was written last. */
#ifndef VERIFY_LINEAR_SHRINK_H
#define VERIFY_LINEAR_SHRINK_H
#include "verify/linear_search.h"

/* A choice of operations: `members` are their indexes in `ops`. */
struct linear_choice {
    const struct linear_op *ops;
    const size_t *members;
    size_t count;
    bool *out; /* by member: taken out */
};

/* Take out of the choice all that has to go with what is out.  False, and nobody knows what would
 * have to go, if values are appended to or the object holds no value.  *budget: how many
 * comparisons may be made; false if it is used up. */
bool linear_shrink_close(struct linear_choice *choice, uint64_t *budget);

/* `window` and its `count` events, which `window` does not point to: illegal at the last event, a
 * return.  Leave events out, first whole clients, then values, then reads, as long as that stays
 * so.  Returns how many are left. */
size_t linear_shrink(struct linear_search *search, struct linear_events window, size_t *events,
                     size_t count);

#endif
