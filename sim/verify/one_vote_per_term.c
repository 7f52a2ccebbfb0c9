/* One vote a term: a voter states at most one vote in a term, over all its incarnations, and the
 * terms of its VOTED facts never go back.  (Raft, section 5.2: "Each server will vote for at most
 * one candidate in a given term"; both are durable, so a restart is no excuse.)
 *
 * As terms do not go back, the latest term's vote is all there is to remember. */
#include <inttypes.h>
#include <stdlib.h>

#include "verify/facts.h"
#include "verify/mirror.h"
#include "verify/oracles.h"

struct ballot {
    uint64_t term;
    uint64_t voted_at_ns;
    uint64_t vote;
    bool voted; /* in `term` */
};

static void *create(const struct cluster_options *options)
{
    (void)options;
    struct side_table *ballots = calloc(1, sizeof *ballots);
    cs_assert(ballots != NULL);
    ballots->size = sizeof(struct ballot);
    return ballots;
}

static void destroy(void *state)
{
    struct side_table *ballots = state;
    free(ballots->values);
    free(ballots);
}

static void on_fact(struct oracle *oracle, const struct stated_fact *fact, struct replica *replica)
{
    cs_assert(fact->kind == CS_FACT_VOTED);
    struct ballot *ballot = side_table_at(oracle->state, replica->number);
    const char *name = instance_name(oracle->options, fact->instance);
    oracle->seen++;
    if (fact->a < ballot->term) {
        oracle_violation(oracle, fact->at_ns, fact->instance,
                         "%s went back from term %" PRIu64 " to term %" PRIu64, name, ballot->term,
                         fact->a);
        return;
    }
    if (fact->a > ballot->term)
        *ballot = (struct ballot){ .term = fact->a };
    if (fact->b == CS_NODE_NONE)
        return;
    if (ballot->voted && ballot->vote != fact->b) {
        struct moment before = moment_of(ballot->voted_at_ns);
        oracle_violation(oracle, fact->at_ns, fact->instance,
                         "%s voted twice in term %" PRIu64 ": for %s (at %s) and for %s", name,
                         fact->a, instance_name(oracle->options, ballot->vote), before.text,
                         instance_name(oracle->options, fact->b));
        return;
    }
    if (!ballot->voted)
        ballot->voted_at_ns = fact->at_ns;
    ballot->voted = true;
    ballot->vote = fact->b;
}

const struct oracle_type oracle_one_vote_per_term = {
    .name = "one_vote_per_term",
    .about = "a voter never votes for two candidates in one term, nor goes back to an earlier term "
             "(Raft, section 5.2)",
    .facts = FACT(VOTED),
    .create = create,
    .destroy = destroy,
    .on_fact = on_fact,
};
