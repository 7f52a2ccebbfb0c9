/* Which elements of a list matter: delta debugging (Zeller and Hildebrandt, "Simplifying and
 * Isolating Failure-Inducing Input", IEEE TSE 2002), with complements only. */
#ifndef SCENARIO_DDMIN_H
#define SCENARIO_DDMIN_H
#include <stdbool.h>
#include <stddef.h>

/* Which of these subsets still does it?  The lowest index, or `subset_count` if none does.  Each is
 * an array of as many flags as the list has elements. */
typedef size_t (*ddmin_first)(void *self, bool *const *subsets, size_t subset_count);

/* Clear flags of `keep` until no single one more can go.  What is kept at the beginning does it.
 * Chunks shrink from all to single elements; what is asked next depends on the answers alone. */
void ddmin(bool *keep, size_t count, ddmin_first first, void *self);

#endif
