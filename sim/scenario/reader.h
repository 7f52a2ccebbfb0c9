/* Reading a JSON value by the format's tables. */
#ifndef SCENARIO_READER_H
#define SCENARIO_READER_H
#include "scenario/format.h"
#include "scenario/loading.h"

/* Check the object `given` and return it, its keys in the tables' order and the files that it names
 * embedded; if it is `full`, with every default filled in.  Parts that are wrong are reported and
 * left out.  NULL if nothing is left. */
json_t *reader_object(struct loading *loading, const struct format *format, const json_t *given,
                      const struct path *path, bool full);

/* A copy of `weak` in which what `strong` has replaces it, key by key, down through objects and
 * maps of the tables, but not into a value such as a distribution. */
json_t *reader_merge(const struct format *format, const json_t *weak, const json_t *strong);

/* A table's default, parsed. */
json_t *reader_fallback(const char *text);

#endif
