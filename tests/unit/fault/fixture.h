/* One cluster of the beat for each test, and what all tests of faults ask of it. */
#ifndef TEST_FIXTURE_H
#define TEST_FIXTURE_H
#include "beat.h"

extern struct beat beat;

void set_up(void);
void tear_down(void);
void begin(const struct fault_options *faults, uint32_t count);

struct instance_view view(uint32_t instance);
const struct fault_record *record(size_t index);

#endif
