/* Committed entries never change: what was first committed at an index is what every log holds
 * there that is committed up to it.  (Raft, section 5.4.2: a committed entry "will eventually be
 * executed by all of the available state machines", so there can be only one at an index.)
 *
 * State machine safety says the same of what is applied; this says it of what is about to be, one
 * step earlier, and for programs that state no APPLIED facts. */
#include <inttypes.h>

#include "verify/facts.h"
#include "verify/mirror.h"
#include "verify/oracles.h"

static uint64_t least(uint64_t a, uint64_t b) { return a < b ? a : b; }

static void on_fact(struct oracle *oracle, const struct stated_fact *fact, struct replica *replica)
{
    cs_assert(fact->kind == CS_FACT_COMMITTED);
    const struct replicated_log *log = replica->log;
    if (!log->has_entries)
        return; /* a protocol that does not tell what its logs hold */
    oracle->seen++;
    uint64_t limit = least(least(fact->a, log_copy_last(&replica->now)), log->committed_count);
    uint64_t index;
    if (replica_agrees(replica, limit, &index))
        return;
    const struct log_record *committed = log_committed_at(log, index);
    uint64_t term;
    bool held = log_copy_term(&replica->now, log, index, &term);
    cs_assert(committed != NULL);
    cs_assert(held);
    oracle_violation(oracle, fact->at_ns, fact->instance,
                     "%s committed %s entry of term %" PRIu64 " at index %" PRIu64
                     ", where %s had committed one of term %" PRIu64,
                     instance_name(oracle->options, fact->instance),
                     term == committed->term ? "another" : "an", term, index,
                     instance_name(oracle->options, log->committed[index - 1].by), committed->term);
}

const struct oracle_type oracle_committed_entries_agree = {
    .name = "committed_entries_agree",
    .about = "a committed entry never changes: all logs committed up to an index hold the same "
             "there (Raft, section 5.4)",
    .facts = FACT(COMMITTED),
    .on_fact = on_fact,
};
