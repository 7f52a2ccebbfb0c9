/* What the tests of the scenario folder share: two made-up protocols, and scenarios in files of a
 * folder that is removed at the end. */
#ifndef TEST_SCENARIO_GIVEN_H
#define TEST_SCENARIO_GIVEN_H
#include "scenario/plan.h"

/* "store": a server with parameters, costs and volumes, and a client that uses "service".
 * "router": a server that uses "backends", and no client. */
struct registry *given_registry(void);

/* Make the folder current; every test begins in an empty one. */
void given_folder(void);
void given_no_folder(void);
void given_file(const char *name, const char *text);
void given_bytes(const char *name, const void *bytes, size_t size);

/* A small scenario that uses most of the format: given.json. */
const char *given_scenario(void);

/* Load, and abort the test unless there is a plan. */
struct plan *given_plan(const char *name);
struct plan *given_plan_of_text(const char *text);
/* Load, and abort the test unless there are errors; they are returned. */
char *given_errors(const char *name);
char *given_errors_of_text(const char *text);
/* The same with --set options. */
struct plan *given_plan_with(const char *name, const char *const *sets);
char *given_errors_with(const char *name, const char *const *sets);

#endif
