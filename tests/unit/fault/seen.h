/* Faults seen from outside: who hears whom while they last. */
#ifndef TEST_SEEN_H
#define TEST_SEEN_H
#include "fixture.h"

/* Run from the present to `ms` and see only what happened in between, messages on their way at
 * either end aside. */
void see_to(uint64_t ms);

bool heard(uint32_t to, uint32_t from);
/* "ab.": who hears whom among the first three: to a from b and c, to b from a and c, … */
const char *hearing(void);

#endif
