/* What thresholds over a run and over the runs of a sweep share. */
#ifndef SCENARIO_BUILD_THRESHOLDS_H
#define SCENARIO_BUILD_THRESHOLDS_H
#include "scenario/build.h"
#include "scenario/threshold_text.h"

/* Read a key, "latency{phase=steady}"; reports what is wrong with it. */
bool build_metric(struct build *build, const struct path *path, const char *key,
                  struct threshold *ret_threshold);

/* Whether a name holds nothing that means something else in a threshold. */
bool name_is_plain(const char *name);

#endif
