/* The commit index "increases monotonically" (Raft, figure 2): within an incarnation it never goes
 * back, never exceeds the instance's own log, and names an entry of the term that the log holds
 * there; and no entry is removed that the instance itself has committed. */
#include <inttypes.h>
#include <stdlib.h>

#include "verify/facts.h"
#include "verify/mirror.h"
#include "verify/oracles.h"

struct progress {
    uint32_t incarnation;
    uint64_t committed; /* index */
};

static void *create(const struct cluster_options *options)
{
    (void)options;
    struct side_table *progress = calloc(1, sizeof *progress);
    cs_assert(progress != NULL);
    progress->size = sizeof(struct progress);
    return progress;
}

static void destroy(void *state)
{
    struct side_table *progress = state;
    free(progress->values);
    free(progress);
}

static void on_truncated(struct oracle *oracle, const struct stated_fact *fact, uint64_t committed)
{
    if (fact->a > committed)
        return;
    oracle_violation(oracle, fact->at_ns, fact->instance,
                     "%s removed its log from index %" PRIu64
                     " on, though it had committed up to index %" PRIu64,
                     instance_name(oracle->options, fact->instance), fact->a, committed);
}

static void check_log(struct oracle *oracle, const struct stated_fact *fact,
                      const struct replica *replica)
{
    const char *name = instance_name(oracle->options, fact->instance);
    uint64_t last = log_copy_last(&replica->now);
    uint64_t term;
    if (fact->a > last) {
        oracle_violation(oracle, fact->at_ns, fact->instance,
                         "%s committed index %" PRIu64 ", but its log ends at index %" PRIu64, name,
                         fact->a, last);
    } else if (log_copy_term(&replica->now, replica->log, fact->a, &term) && term != fact->b) {
        oracle_violation(oracle, fact->at_ns, fact->instance,
                         "%s committed index %" PRIu64 " as of term %" PRIu64
                         ", but its log holds an entry of term %" PRIu64 " there",
                         name, fact->a, fact->b, term);
    }
}

static void on_fact(struct oracle *oracle, const struct stated_fact *fact, struct replica *replica)
{
    cs_assert(fact->kind == CS_FACT_COMMITTED || fact->kind == CS_FACT_TRUNCATED);
    struct progress *progress = side_table_at(oracle->state, replica->number);
    if (progress->incarnation != fact->incarnation)
        *progress = (struct progress){ .incarnation = fact->incarnation };
    if (fact->kind == CS_FACT_TRUNCATED) {
        on_truncated(oracle, fact, progress->committed);
        return;
    }
    oracle->seen++;
    if (fact->a < progress->committed) {
        oracle_violation(oracle, fact->at_ns, fact->instance,
                         "%s's commit index went back from %" PRIu64 " to %" PRIu64,
                         instance_name(oracle->options, fact->instance), progress->committed,
                         fact->a);
    }
    if (replica->log->has_entries)
        check_log(oracle, fact, replica);
    progress->committed = fact->a;
}

const struct oracle_type oracle_commit_monotonic = {
    .name = "commit_monotonic",
    .about = "a commit index never goes back, nor beyond the instance's own log (Raft, figure 2)",
    .facts = FACT(COMMITTED) | FACT(TRUNCATED),
    .create = create,
    .destroy = destroy,
    .on_fact = on_fact,
};
