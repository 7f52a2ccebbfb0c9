/* Distributions as a scenario writes them: a value alone, or an object with one key that names the
 * kind. */
#ifndef SCENARIO_DISTRIBUTION_JSON_H
#define SCENARIO_DISTRIBUTION_JSON_H
#include "base/distribution.h"
#include "scenario/format.h"
#include "scenario/loading.h"

/* A distribution of numbers that may be negative: a sample plus `shift`.  Those of kinds without a
 * sign have shift 0. */
struct drawn {
    struct distribution distribution;
    int64_t shift;
};

enum { DISTRIBUTION_PARTS_MAX = 1000, DISTRIBUTION_POINTS_MAX = 100000 };

/* Check a distribution of values of kind `of`.  Returns it as a new value with the files that it
 * names embedded, or NULL when errors were reported. */
json_t *distribution_check(struct loading *loading, enum kind of, const json_t *given,
                           const struct path *path);

/* Make the distribution of a value that distribution_check() returned. */
struct drawn distribution_make(struct plan_memory *memory, enum kind of, const json_t *checked);

/* Read a table of quantiles (lines "quantile,latency_ms" after that header) into a list of
 * [quantile, "value"].  `path` is where the scenario names the file.  NULL if errors were reported.
 */
json_t *empirical_file(struct loading *loading, const char *name, const struct path *path);

#endif
