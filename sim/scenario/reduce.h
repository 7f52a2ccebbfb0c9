/* Smaller scenarios: what can be taken away from one, step by step.
 *
 * A step is a new value that shares with the old one what did not change.  Every step makes the
 * scenario smaller by a measure that no other step raises (the number of values, a count, a rate, a
 * duration, the digits of a time), so that taking steps comes to an end.  A step may be wrong, as
 * when it takes away what something else names; loading it says so. */
#ifndef SCENARIO_REDUCE_H
#define SCENARIO_REDUCE_H
#include <glib.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

/* In the order in which they pay. */
enum reduce_pass {
    REDUCE_JUDGES,  /* checks and thresholds beside the one that matters, what is written */
    REDUCE_TIME,    /* the end, the settling time, the time before the first fault */
    REDUCE_FAULTS,  /* has no list: reduce_timeline() with subsets */
    REDUCE_PARTS,   /* any key and element that need not be: its default takes over */
    REDUCE_SPREAD,  /* distributions become their median */
    REDUCE_NODES,   /* nodes, with the faults that name nobody else */
    REDUCE_LOAD,    /* clients, rates, keys, sizes, when the load begins and ends */
    REDUCE_WINDOWS, /* of each fault: how long, when, whom, how much */
    REDUCE_PASS_COUNT,
    REDUCE_LUCK = REDUCE_PASS_COUNT, /* of many faults a few, under other seeds */
};

/* What a finding needs. */
struct reduce_facts {
    const char *check;  /* its name */
    const char *metric; /* of a threshold, else NULL */
    uint64_t at_ns;     /* UINT64_MAX: it has no time */
};

/* The steps of a pass: json_t, to be freed with the array. */
GPtrArray *reduce_list(const json_t *scenario, enum reduce_pass pass,
                       const struct reduce_facts *facts);

/* Steps that leave out a key or element each that may have a default, faults excepted. */
GPtrArray *reduce_defaults(const json_t *scenario);

/* The scenario with these faults of its timeline only. */
json_t *reduce_timeline(const json_t *scenario, const bool *keep);
size_t reduce_fault_count(const json_t *scenario);
const char *reduce_fault_id(const json_t *scenario, size_t index);

/* The scenario with the value at `pointer` replaced by `value`, which is taken over; NULL removes
 * it.  Returns NULL if there is no such place. */
json_t *reduce_edit(const json_t *scenario, const char *pointer, json_t *value);

/* Nodes that are only counted get their names, so that they can go one by one. */
json_t *reduce_named_nodes(const json_t *scenario);

#endif
