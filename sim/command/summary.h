/* What a run says on standard output: the verdict, then the numbers. */
#ifndef COMMAND_SUMMARY_H
#define COMMAND_SUMMARY_H
#include <stdio.h>

#include "command/simulate.h"
#include "measure/metrics.h"

/* `folder` is where the results are, NULL if they could not be written. */
void summary_print(const struct simulation *simulation, const struct metrics *metrics,
                   const char *folder, double wall_s, FILE *file);

#endif
