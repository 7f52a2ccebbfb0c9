/* Whom faults meet and keep from each other, as a reader of their records sees it. */
#ifndef TEST_REACH_H
#define TEST_REACH_H
#include "beat.h"

/* A power loss meets all instances of its targets' machines. */
bool reach_is_met(const struct beat *beat, const struct fault_record *record, uint32_t instance);

/* Whether half of the messages of two instances, or more, get through what lasts now. */
bool reach_in_touch(const struct beat *beat, uint32_t a, uint32_t b);

#endif
