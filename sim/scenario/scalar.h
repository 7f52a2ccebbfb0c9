/* Single values: one JSON value to one integer. */
#ifndef SCENARIO_SCALAR_H
#define SCENARIO_SCALAR_H
#include <jansson.h>

#include "scenario/format.h"

/* True of the kinds whose value is one integer: numbers, durations, rates, sizes, bandwidths,
 * probabilities (parts per 2^32), parts per 10^9. */
bool scalar_kind(enum kind kind);

/* Is it of the JSON type that such a kind is written in? */
bool scalar_fits(enum kind kind, const json_t *value);

/* Read a value of such a kind.  NULL and *ret_value, or a sentence (g_free). */
char *scalar_read(enum kind kind, const json_t *value, int64_t *ret_value);

/* The same of a value that is known to be good. */
int64_t scalar_value(enum kind kind, const json_t *value);

/* A value as it is written: 1500000 is "1500us" as a duration. */
char *scalar_text(enum kind kind, int64_t value);

/* "a duration like \"90s\"". */
const char *scalar_expects(enum kind kind);

/* What a JSON value is, in words: "a string". */
const char *json_type_words(const json_t *value);

/* Letters, digits, '.', '_' and '-', at most NAME_SIZE_MAX of them. */
enum { NAME_SIZE_MAX = 64 };
bool name_valid(const char *name);

#endif
