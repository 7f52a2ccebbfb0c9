/* Selectors: "leader", "kv-0/one:follower", "fraction:0.4", "region:eu", a node, a group. */
#ifndef SCENARIO_BUILD_SELECTORS_H
#define SCENARIO_BUILD_SELECTORS_H
#include "scenario/build.h"

/* One selector or a list of them, as a fault's side.  Errors are reported. */
struct fault_side build_side(struct build *build, const json_t *value, const struct path *path);

#endif
