/* A history's key-value operations by key, and what can be said of one. */
#ifndef VERIFY_KEYS_H
#define VERIFY_KEYS_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "measure/history.h"

/* The operations on one key of one group, in the order of their invocations. */
struct key_run {
    const struct operation *const *operations;
    size_t count;
    struct cs_bytes key;
};

/* Runs are ordered by group and key. */
struct key_runs {
    const struct operation **operations; /* all, sorted */
    struct key_run *runs;
    size_t count;
};

void key_runs_init(struct key_runs *runs, const struct history *history);
void key_runs_done(struct key_runs *runs);

/* -1, 0 or 1: bytes as unsigned numbers; a prefix comes first. */
int bytes_compare(struct cs_bytes a, struct cs_bytes b);
static inline bool bytes_equal(struct cs_bytes a, struct cs_bytes b)
{
    return bytes_compare(a, b) == 0;
}

/* Whether the operation has changed its key, or may have, or may do so yet. */
bool operation_may_have_written(const struct operation *operation);
/* Whether it certainly has, before it ended. */
bool operation_has_written(const struct operation *operation);
/* When an operation that may have written had done so at the latest; UINT64_MAX if it never ended
 * for certain. */
uint64_t operation_written_before(const struct operation *operation);

bool operation_is_final_read(const struct operation *operation);

/* "put", "cas", … */
const char *operation_name(const struct operation *operation);

/* Histories keep long values as "PREFIX~SIZE~0xHASH" (measure/history.h).  The size of the value
 * itself, and whether all of it is kept. */
uint64_t value_size(struct cs_bytes kept, bool *ret_whole);

#endif
