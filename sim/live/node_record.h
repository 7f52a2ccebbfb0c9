/* Writing a node's log (node_log.h), a record at a time, each before what follows from it. */
#ifndef LIVE_NODE_RECORD_H
#define LIVE_NODE_RECORD_H
#include "live/node_log.h"

struct record;

struct record_options {
    const char *path; /* of a file that does not exist yet */
    const char *build, *instance, *scenario;
    uint64_t seed;
    const struct context_instance *lent; /* with its files */
};

/* What the instance reads at once from its files is recorded from now on: they are put in between.
 * Errors: G_FILE_ERROR. */
struct record *record_new(const struct record_options *options, struct context_instance *lent,
                          GError **error);
/* The node ends, and says so; NULL is allowed.  False, and an error, if anything could not be
 * written. */
bool record_end(struct record *record, GError **error);

/* Whether something could not be written; NULL is allowed. */
bool record_has_failed(const struct record *record);

void record_input(struct record *record, const struct cs_context *cx,
                  const struct node_input *input);
void record_effects(struct record *record, struct cs_context *cx);

#endif
