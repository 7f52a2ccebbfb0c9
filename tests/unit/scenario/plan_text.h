/* A whole plan as text, one line a thing, so that two can be compared. */
#ifndef TEST_SCENARIO_PLAN_TEXT_H
#define TEST_SCENARIO_PLAN_TEXT_H
#include "scenario/plan.h"

/* g_free. */
char *plan_text(const struct plan *plan);

#endif
