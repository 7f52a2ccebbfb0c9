/* The language of thresholds: METRIC{FILTER=VALUE, …} and AGGREGATE OP VALUE, read from texts.
 * Names of the scenario's own (faults, groups, …) are left to the caller. */
#ifndef SCENARIO_THRESHOLD_TEXT_H
#define SCENARIO_THRESHOLD_TEXT_H
#include "measure/threshold.h"
#include "scenario/loading.h"

/* A key, in its parts. */
struct metric_text {
    char *name;
    char *filters[FILTERS]; /* NULL: not filtered by this */
};
void metric_text_clear(struct metric_text *text);

/* False, and the error is reported at the key `path`, if it is not written so. */
bool metric_text_read(struct loading *loading, const struct path *path, const char *key,
                      struct metric_text *ret_text);
/* What a key filters by, as by "fault", or NULL.  g_free. */
char *metric_text_filter(const char *key, const char *filter);

/* Whether a key filters by a fault, or by a phase that there is only with one. */
bool metric_text_needs_faults(const char *key);

/* Whether the fault `id` is meant by `name`: a fault's id stands for all of its firings, which a
 * written-out timeline calls ID.1, ID.2, … */
bool fault_is_named(const char *id, const char *name);

/* Read an expression about values of the units given, by aggregate; `of` names the metric.  Reports
 * what is wrong at `path`. */
bool expression_read(struct loading *loading, const struct path *path, const char *expression,
                     const char *of, const enum threshold_unit units[AGGREGATE_KINDS],
                     struct threshold *threshold);

#endif
