/* The history of a run as operations that can be checked, and what to say of it. */
#ifndef VERIFY_LINEAR_HISTORY_H
#define VERIFY_LINEAR_HISTORY_H
#include "base/text.h"
#include "measure/history.h"
#include "verify/linear.h"

struct linear_key {
    uint32_t group;
    struct cs_bytes key;
};

struct linear_history {
    const struct history *history;
    struct linear_op *ops; /* `number` is the operation in the history */
    uint64_t *places;      /* of each the place that its answer told, 0: none */
    size_t count;
    struct linear_key *keys;
    size_t key_count;
};

/* Gets, puts, deletes, compare-and-sets and appends, by group and key.  What failed did not happen.
 * Groups that saw transactions are left out: nobody knows which keys those wrote. */
void linear_history_init(struct linear_history *linear, const struct history *history);
void linear_history_done(struct linear_history *linear);

/* Whether all keys are linearizable, told event by event: nothing is kept of operations that are
 * decided.  The order of places is not looked at, and of a key that is not the report says no more
 * than that. */
void linear_history_check(const struct history *history, const struct linear_options *options,
                          struct linear_report *ret_report);

/* One sentence on the key that is not linearizable, or was given up. */
void linear_history_explain(const struct linear_history *linear, const struct linear_report *report,
                            struct cs_text *text);
/* A state of the key that the report is about, by an operation that has left or found it. */
void linear_history_tell_state(const struct linear_history *linear,
                               const struct linear_report *report, struct linear_value state,
                               struct cs_text *text);

#endif
