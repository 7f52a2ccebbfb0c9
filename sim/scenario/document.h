/* A scenario as it was given: files that extend one another, and what the command line sets, merged
 * into one JSON value; and for each part of it, which text it came from. */
#ifndef SCENARIO_DOCUMENT_H
#define SCENARIO_DOCUMENT_H
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "scenario/path.h"
#include "scenario/problem.h"
#include "scenario/source.h"

struct document {
    GPtrArray *layers;  /* struct source, the strongest first */
    GPtrArray *others;  /* struct source: other files that errors point into */
    GPtrArray *folders; /* of each layer, NULL for an option */
    json_t *root;       /* merged; NULL if no file could be read */
};

/* Read `path`, or `text` as if it stood there, and what it extends.  Errors go to `problems`; the
 * root is NULL if there are any. */
struct document *document_load(const char *path, const char *text, struct problems *problems);
void document_free(struct document *document);

/* Set the value at `pointer`, for the option `name` ("--set /seed=…").  Takes over `value`. */
void document_set(struct document *document, const char *name, const char *pointer, json_t *value,
                  struct problems *problems);
/* Merge an object onto the whole, for what stands at `name` (RFC 7396). */
void document_merge(struct document *document, const char *name, json_t *value);
/* True if an option sets the value at `pointer`, a part of it, or something around it; of the
 * whole, "", never. */
bool document_is_set(const struct document *document, const char *pointer);
/* An option "POINTER=JSON". */
void document_set_text(struct document *document, const char *text, struct problems *problems);

enum document_part { PART_KEY, PART_VALUE };

/* The text that a value, or else the nearest one around it, comes from. */
const struct source *document_find(const struct document *document, const struct path *path,
                                   enum document_part part, struct span *ret_span);

/* The folder that relative file names in this value count from. */
const char *document_folder(const struct document *document, const struct path *path);

#endif
