/* Faults seen from outside: who hears whom while they last. */
#ifndef TEST_SEEN_H
#define TEST_SEEN_H
#include "beat.h"

extern struct beat beat;

void set_up(void);
void tear_down(void);
void begin(const struct fault_options *faults, uint32_t count);

/* Run from the present to `ms` and see only what happened in between, messages on their way at
 * either end aside. */
void see_to(uint64_t ms);

bool heard(uint32_t to, uint32_t from);
/* "ab.": who hears whom among the first three: to a from b and c, to b from a and c, … */
const char *hearing(void);

#endif
