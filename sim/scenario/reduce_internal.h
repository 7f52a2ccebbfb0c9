/* What the passes share. */
#ifndef SCENARIO_REDUCE_INTERNAL_H
#define SCENARIO_REDUCE_INTERNAL_H
#include "scenario/reduce.h"

/* Takes over `step`; NULL adds nothing. */
void reduce_add(GPtrArray *list, json_t *step);
/* The same of a step made in two: NULL if either fails. */
json_t *reduce_also(json_t *scenario, const char *pointer, json_t *value);

/* The duration at `pointer`, or `fallback`. */
int64_t reduce_ns(const json_t *scenario, const char *pointer, int64_t fallback);
json_t *reduce_duration(int64_t ns);
const json_t *reduce_timeline_of(const json_t *scenario);
json_t *reduce_with_timeline(const json_t *scenario, json_t *timeline);

void reduce_parts(const json_t *scenario, const struct reduce_facts *facts, GPtrArray *list);
void reduce_spread(const json_t *scenario, GPtrArray *list);
void reduce_time(const json_t *scenario, const struct reduce_facts *facts, GPtrArray *list);
void reduce_nodes(const json_t *scenario, GPtrArray *list);
void reduce_load(const json_t *scenario, GPtrArray *list);
void reduce_luck(const json_t *scenario, GPtrArray *list);
void reduce_windows(const json_t *scenario, GPtrArray *list);

#endif
