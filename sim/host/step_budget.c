/* See step_budget.h. */
#include "host/step_budget.h"

#include "clustersim/protocol.h"

enum { BLOCKS_MAX = 100000000 };

/* What compilers call at each basic block with -fsanitize-coverage=trace-pc. */
void count_block(void) __asm__("__sanitizer_cov_trace_pc");

static uint32_t blocks; /* of the step at hand */

void step_budget_begin(void) { blocks = 0; }

void count_block(void)
{
    if (++blocks > BLOCKS_MAX)
        cs_assert(false && "a step ends within 100,000,000 basic blocks");
}
