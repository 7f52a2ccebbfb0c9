/* The search for an order of all operations that keeps each session's and explains every answer. */
#ifndef VERIFY_WEAK_SEARCH_H
#define VERIFY_WEAK_SEARCH_H
#include "verify/weak_order.h"

/* The edges of the graph hold in any such order.  The report gets the verdict. */
void weak_search(struct weak_check *check, const struct weak_graph *graph);

#endif
