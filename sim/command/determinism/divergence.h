/* Where two runs that should be equal part.
 *
 * One run has left a digest log; the other is compared with it while it runs.  The comparison keeps
 * the records since the last checkpoint that was equal, so that at the first one that is not both
 * sides can be shown record by record. */
#ifndef COMMAND_DIVERGENCE_H
#define COMMAND_DIVERGENCE_H
#include <stdio.h>

#include "command/determinism/digest_log.h"
#include "host/cluster.h"

struct divergence {
    const struct digest_log *first; /* the run that the second is compared with */
    struct cluster *cluster;        /* the second; it is halted where it parts */
    GArray *window;                 /* its records since `window_first` */
    GArray *events;                 /* uint64_t: how many events each of them comes after */
    GString *marks;                 /* and their marks */
    uint64_t mark_state, window_first;
    bool goes_on; /* by the caller: the second run is not halted where it parts */
    bool found;
    bool exact;      /* the first differing record is known, else only the window */
    uint64_t number; /* of that record, if exact; else of the window's first */
    uint64_t marked; /* by the first log's marks: the record that differs, or one of the next few
                        after it.  UINT64_MAX: it has no marks */
    uint64_t window_end; /* records of the second run when it was halted or over */
};

void divergence_init(struct divergence *divergence, const struct digest_log *first);
void divergence_done(struct divergence *divergence);

/* The second run begins, with no record so far. */
void divergence_watch(struct divergence *divergence, struct cluster *cluster);
/* Take in the record that its trace has just added. */
void divergence_add(struct divergence *divergence, const struct trace_record *record);
/* How many events of the second run had been begun with record `number`, which is in the window; at
 * its end, with the last. */
uint64_t divergence_event(const struct divergence *divergence, uint64_t number);
/* Record `number` of the second run, NULL if it is not in the window. */
const struct trace_record *divergence_record(const struct divergence *divergence, uint64_t number);

/* It is over.  True if it differs. */
bool divergence_end(struct divergence *divergence);

/* One line: which record, when, where, what.  The caller frees it. */
char *divergence_summary(const struct divergence *divergence);
/* A few lines: the last equal record, and both sides of the first that differs.  The sides are
 * called by their names. */
void divergence_print(const struct divergence *divergence, const char *name_first,
                      const char *name_second, FILE *file);

#endif
