/* Election Safety: at most one leader is elected in a given term.  (Raft, figure 3.) */
#include <inttypes.h>
#include <stdlib.h>

#include "verify/facts.h"
#include "verify/mirror.h"
#include "verify/oracles.h"

struct election {
    uint64_t term;
    uint64_t at_ns;
    uint32_t log; /* which (group, scope) */
    uint32_t instance;
};

struct elections {
    struct election *all;
    size_t count, capacity;
    struct index by_log_and_term;
};

static void *create(const struct cluster_options *options)
{
    (void)options;
    struct elections *elections = calloc(1, sizeof *elections);
    cs_assert(elections != NULL);
    return elections;
}

static void destroy(void *state)
{
    struct elections *elections = state;
    free(elections->all);
    index_done(&elections->by_log_and_term);
    free(elections);
}

/* The first election of this log and term; `wanted` itself, if it is. */
static const struct election *first_of(struct elections *elections, const struct election *wanted)
{
    uint64_t hash = index_hash(wanted->log, wanted->term);
    struct index_probe probe = index_probe(&elections->by_log_and_term, hash);
    while (index_next(&elections->by_log_and_term, &probe)) {
        const struct election *election = &elections->all[probe.number];
        if (election->log == wanted->log && election->term == wanted->term)
            return election;
    }
    cs_assert(elections->count < UINT32_MAX);
    elections->all = array_reserve(elections->all, &elections->capacity, elections->count + 1,
                                   sizeof *elections->all);
    elections->all[elections->count] = *wanted;
    index_add(&elections->by_log_and_term, hash, (uint32_t)elections->count);
    return &elections->all[elections->count++];
}

static void on_fact(struct oracle *oracle, const struct stated_fact *fact, struct replica *replica)
{
    cs_assert(fact->kind == CS_FACT_LEADER);
    struct election election = {
        .term = fact->a,
        .at_ns = fact->at_ns,
        .log = replica->log->number,
        .instance = fact->instance,
    };
    oracle->seen++;
    const struct election *first = first_of(oracle->state, &election);
    if (first->instance == fact->instance)
        return;
    struct moment at = moment_of(first->at_ns);
    oracle_violation(oracle, fact->at_ns, fact->instance,
                     "two leaders in term %" PRIu64 ": %s (at %s) and %s", fact->a,
                     instance_name(oracle->options, first->instance), at.text,
                     instance_name(oracle->options, fact->instance));
}

const struct oracle_type oracle_election_safety = {
    .name = "election_safety",
    .about = "at most one leader is elected in a term (Raft, figure 3)",
    .facts = FACT(LEADER),
    .create = create,
    .destroy = destroy,
    .on_fact = on_fact,
};
