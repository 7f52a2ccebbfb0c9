/* What simulate.c needs to have judged. */
#ifndef COMMAND_JUDGE_H
#define COMMAND_JUDGE_H
#include "command/simulate.h"

/* An array of struct finding that owns their details. */
GArray *judge_new_findings(void);
/* A firing of a fault is kept for the results, with half a kilobyte or so: of too many, the last
 * say nothing that the others do not, and the run ends. */
bool judge_fires_too_often(const struct simulation *simulation);
/* Operations of the load that were answered in [from, until). */
uint64_t judge_answered(const struct history *history, uint64_t from_ns, uint64_t until_ns);
/* The run is over: add what the checks find.  Not complete: it was cut short, by an interruption or
 * otherwise. */
void judge(struct simulation *simulation, bool complete, bool interrupted);

#endif
