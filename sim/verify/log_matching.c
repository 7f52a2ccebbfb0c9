/* Log Matching: "If two logs contain an entry with the same index and term, then the logs are
 * identical in all entries up through the given index."  (Raft, figure 3.)  And a log has no holes.
 *
 * The mirrors keep one record for each (index, term), with the record before it.  That every
 * APPENDED fact finds the same content after the same record is, by induction over the index, the
 * property for all pairs of logs. */
#include <inttypes.h>

#include "verify/facts.h"
#include "verify/mirror.h"
#include "verify/oracles.h"

static void report_hole(struct oracle *oracle, const struct stated_fact *fact,
                        const struct replica *replica)
{
    oracle_violation(oracle, fact->at_ns, fact->instance,
                     "%s appended index %" PRIu64 " to a log that ended at index %" PRIu64,
                     instance_name(oracle->options, fact->instance), fact->a,
                     replica->append_ended_at);
}

static void report_conflict(struct oracle *oracle, const struct stated_fact *fact,
                            const struct replica *replica)
{
    cs_assert(replica->conflict < replica->log->record_count);
    const struct log_record *known = &replica->log->records[replica->conflict];
    const char *name = instance_name(oracle->options, fact->instance);
    const char *by = instance_name(oracle->options, known->by);
    if (replica->append == APPEND_OTHER_PAST) {
        oracle_violation(oracle, fact->at_ns, fact->instance,
                         "%s appended the entry at index %" PRIu64 " of term %" PRIu64
                         ", as %s had, but after another entry at index %" PRIu64,
                         name, fact->a, fact->b, by, fact->a - 1);
    } else {
        oracle_violation(oracle, fact->at_ns, fact->instance,
                         "%s appended another entry at index %" PRIu64 " of term %" PRIu64
                         " than %s had",
                         name, fact->a, fact->b, by);
    }
}

static void on_fact(struct oracle *oracle, const struct stated_fact *fact, struct replica *replica)
{
    cs_assert(fact->kind == CS_FACT_APPENDED);
    oracle->seen++;
    if (replica->append == APPEND_HOLE) {
        report_hole(oracle, fact, replica);
    } else if (replica->append != APPEND_FITS) {
        report_conflict(oracle, fact, replica);
    }
}

const struct oracle_type oracle_log_matching = {
    .name = "log_matching",
    .about = "logs with the same entry at an index agree in all entries before it, and have no "
             "holes (Raft, figure 3)",
    .facts = FACT(APPENDED),
    .on_fact = on_fact,
};
