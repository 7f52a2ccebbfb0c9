/* The promises below linearizability that a scenario asks for. */
#ifndef COMMAND_JUDGE_WEAK_H
#define COMMAND_JUDGE_WEAK_H
#include "command/simulate.h"

/* Judge them by the history as it is: a finding for each that is broken, or cannot be told. */
void judge_weak(struct simulation *simulation, bool complete);

#endif
