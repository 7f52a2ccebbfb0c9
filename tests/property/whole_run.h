/* A run of a scenario that a test has as text, from reading it to its report. */
#ifndef TEST_WHOLE_RUN_H
#define TEST_WHOLE_RUN_H
#include "command/simulate.h"

struct whole_run {
    struct registry *registry;
    struct plan *plan;
    struct simulation *simulation;
    struct run_report report;
};

/* Aborts the test if the scenario is wrong. */
void whole_run_of(struct whole_run *run, const char *scenario, uint64_t seed);
void whole_run_done(struct whole_run *run);

#endif
