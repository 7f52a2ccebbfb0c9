/* What every part of loading a scenario shares: the text, the errors found so far, and the memory
 * of the plan to be. */
#ifndef SCENARIO_LOADING_H
#define SCENARIO_LOADING_H
#include <glib.h>
#include <jansson.h>

#include "clustersim/protocol.h"
#include "host/registry.h"
#include "scenario/document.h"
#include "scenario/path.h"
#include "scenario/problem.h"

/* What a plan points to: freed all at once. */
struct plan_memory {
    GPtrArray *blocks;
    GStringChunk *strings;
};

struct plan_memory *plan_memory_new(void);
void plan_memory_free(struct plan_memory *memory);
/* Zeroed; never NULL. */
void *plan_memory_alloc(struct plan_memory *memory, size_t count, size_t size);
const char *plan_memory_string(struct plan_memory *memory, const char *string);
/* A NULL-terminated copy of an array of strings; NULL or a value that is no array is empty. */
const char *const *plan_memory_strings(struct plan_memory *memory, const json_t *array);

struct loading {
    struct document *document;
    struct problems *problems;
    struct registry *registry;
    struct plan_memory *memory;
    bool cut_short; /* the command line ends the run earlier: what would come later is left out */
};

/* Report an error about the value, or the key, at `path`. */
void wrong_value(struct loading *loading, const struct path *path, const char *format, ...)
    CS_PRINTF(3, 4);
void wrong_key(struct loading *loading, const struct path *path, const char *format, ...)
    CS_PRINTF(3, 4);
/* The same of a value that is a name, with what it was probably meant to be. */
void wrong_name(struct loading *loading, const struct path *path, enum document_part part,
                const char *suggestion, const char *format, ...) CS_PRINTF(5, 6);
/* A key that the object at `object` does not know. */
void unknown_key(struct loading *loading, const struct path *object, const char *name,
                 const char *suggestion);
/* A required key is missing in the object at `object`. */
void missing_key(struct loading *loading, const struct path *object, const char *name);

#endif
