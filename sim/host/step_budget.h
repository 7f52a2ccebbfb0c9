/* A budget of basic blocks for each step, for programs that were built with
 * -fsanitize-coverage=trace-pc: a handler that never returns becomes a failed assertion, at the
 * same place in every run of the seed, which no clock could say.  Others are not counted. */
#ifndef HOST_STEP_BUDGET_H
#define HOST_STEP_BUDGET_H

void step_budget_begin(void);

#endif
