/* The system's own order as a witness.  (Wing and Gong, 1993: an order that is given need only be
 * looked at.) */
#ifndef VERIFY_LINEAR_WITNESS_H
#define VERIFY_LINEAR_WITNESS_H
#include "verify/linear_search.h"

/* Whether the order of `places`, one for each of the operations, 0: not told, is a linearization of
 * the key whose events these are.  If it is not, nothing is said: there may be another.  An
 * operation that never returned may have no place; it takes effect where the next answer looks for
 * what it does, or somewhat earlier, or never.  *steps counts the operations
 * that were tried. */
bool linear_witness(const struct linear_model *model, const struct linear_events *events,
                    const uint64_t *places, uint64_t *steps);

#endif
