/* Leader Completeness: "If a log entry is committed in a given term, then that entry will be
 * present in the logs of the leaders for all higher-numbered terms."  (Raft, figure 3.)
 *
 * A fact does not say in which term an entry was committed; but an entry known to be committed when
 * M was the highest term that had had a leader was committed in term M or before, so every leader
 * of a term above M has to hold it.  The election of a term below M, when it is stated late, is
 * held to the entries of earlier eras only; nothing else would be sound, since an old-term leader
 * may still be elected, harmlessly, after a newer one has committed something.
 *
 * A log's replica remembers up to where it was found to agree with what is committed, so an
 * election costs as much as there are new entries. */
#include <inttypes.h>

#include "verify/facts.h"
#include "verify/mirror.h"
#include "verify/oracles.h"

static void report(struct oracle *oracle, const struct stated_fact *fact,
                   const struct replica *replica, uint64_t index)
{
    const struct replicated_log *log = replica->log;
    const char *name = instance_name(oracle->options, fact->instance);
    const char *by = instance_name(oracle->options, log->committed[index - 1].by);
    uint64_t last = log_copy_last(&replica->now);
    uint64_t term;
    if (!log_copy_term(&replica->now, log, index, &term)) {
        oracle_violation(oracle, fact->at_ns, fact->instance,
                         "%s leads term %" PRIu64 " with a log that ends at index %" PRIu64
                         ", without the entry at index %" PRIu64 " that %s had committed",
                         name, fact->a, last, index, by);
        return;
    }
    const struct log_record *committed = log_committed_at(log, index);
    cs_assert(committed != NULL);
    oracle_violation(oracle, fact->at_ns, fact->instance,
                     "%s leads term %" PRIu64 " with %s entry of term %" PRIu64 " at index %" PRIu64
                     ", where %s had committed one of term %" PRIu64,
                     name, fact->a, term == committed->term ? "another" : "an", term, index, by,
                     committed->term);
}

static void on_fact(struct oracle *oracle, const struct stated_fact *fact, struct replica *replica)
{
    cs_assert(fact->kind == CS_FACT_LEADER);
    if (!replica->log->has_entries)
        return; /* a protocol that does not tell what its logs hold */
    oracle->seen++;
    uint64_t index;
    if (!replica_agrees(replica, log_committed_before(replica->log, fact->a), &index))
        report(oracle, fact, replica, index);
}

const struct oracle_type oracle_leader_completeness = {
    .name = "leader_completeness",
    .about = "a leader's log holds every entry committed in an earlier term (Raft, figure 3)",
    .facts = FACT(LEADER),
    .on_fact = on_fact,
};
