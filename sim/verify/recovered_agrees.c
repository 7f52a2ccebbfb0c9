/* What a restarted instance finds is what it had claimed to keep: its vote, and its log up to the
 * last index that it stated as STORED and did not remove since.  (Raft, section 5.1 and figure 2:
 * term, vote and log survive restarts.  Thesis, section 3.8: a server that lost its disk must not
 * come back under its old identity.)
 *
 * It may find more than it claimed, since a crash can come between a write and the words about it:
 * a later term, a vote where it had claimed only the term, a longer log, a snapshot in the place of
 * entries.  A snapshot whose last entry differs from the one claimed replaced the log, as one sent
 * by a leader may: then nothing is left to compare.
 *
 * What was found is claimed from then on.
 *
 * Judged when on_start is over, for restarts only: a first start claims nothing.  A kind of fact
 * counts as lost altogether only if nothing later can settle it (facts.c, `lasting`). */
#include <inttypes.h>
#include <stdlib.h>

#include "base/text.h"
#include "verify/facts.h"
#include "verify/mirror.h"
#include "verify/oracles.h"

/* The vote of one replica. */
struct vote {
    bool stated;
    uint64_t term;
    uint64_t candidate; /* or CS_NODE_NONE */
};

struct votes {
    struct vote claimed; /* durable, over all incarnations */
    struct vote found;   /* recovered, by incarnation `start` */
    uint64_t start;
};

struct memory {
    uint64_t start; /* counts incarnations */
    bool restarted;
    bool found;         /* anything recovered in this incarnation */
    bool found_lasting; /* among it, something lasting: */
    struct stated_fact last_found;
    bool claimed;              /* anything lasting, durable or found, before */
    struct stated_fact latest; /* the last such claim */
};

struct recovery {
    struct side_table votes; /* by replica */
    struct memory *memories; /* by instance */
};

static void *create(const struct cluster_options *options)
{
    struct recovery *recovery = calloc(1, sizeof *recovery);
    cs_assert(recovery != NULL);
    recovery->votes.size = sizeof(struct votes);
    recovery->memories = calloc((size_t)options->instance_count + 1, sizeof *recovery->memories);
    cs_assert(recovery->memories != NULL);
    return recovery;
}

static void destroy(void *state)
{
    struct recovery *recovery = state;
    free(recovery->votes.values);
    free(recovery->memories);
    free(recovery);
}

/* The latest term's vote counts; within a term, a vote counts more than none. */
static void vote_take(struct vote *vote, uint64_t term, uint64_t candidate)
{
    if (!vote->stated || term > vote->term || (term == vote->term && candidate != CS_NODE_NONE))
        *vote = (struct vote){ .stated = true, .term = term, .candidate = candidate };
}

static void on_recovered(struct recovery *recovery, const struct stated_fact *fact,
                         const struct replica *replica)
{
    struct memory *memory = &recovery->memories[fact->instance];
    memory->found = true;
    if (fact_row(fact->kind)->lasting) {
        memory->found_lasting = true;
        memory->last_found = *fact;
    }
    if (fact->kind != CS_FACT_VOTED)
        return;
    struct votes *votes = side_table_at(&recovery->votes, replica->number);
    if (votes->start != memory->start)
        votes->found = (struct vote){ .stated = false };
    votes->start = memory->start;
    vote_take(&votes->found, fact->a, fact->b);
}

static void on_fact(struct oracle *oracle, const struct stated_fact *fact, struct replica *replica)
{
    struct recovery *recovery = oracle->state;
    cs_assert(fact->instance < oracle->options->instance_count);
    if (fact->recovered) {
        on_recovered(recovery, fact, replica);
        return;
    }
    if (!fact->durable || !fact_row(fact->kind)->lasting)
        return;
    struct memory *memory = &recovery->memories[fact->instance];
    memory->claimed = true;
    memory->latest = *fact;
    if (fact->kind == CS_FACT_VOTED) {
        struct votes *votes = side_table_at(&recovery->votes, replica->number);
        vote_take(&votes->claimed, fact->a, fact->b);
    }
}

static void on_boot(struct oracle *oracle, uint64_t at_ns, uint32_t instance, enum cs_start start)
{
    (void)at_ns;
    struct recovery *recovery = oracle->state;
    struct memory *memory = &recovery->memories[instance];
    memory->start++;
    memory->restarted = start == CS_START_RESTART;
    memory->found = memory->found_lasting = false;
    if (memory->restarted)
        return;
    memory->claimed = false;
    for (struct replica *r = log_mirrors_of(oracle->mirrors, instance); r != NULL; r = r->next) {
        struct votes *votes = side_table_at(&recovery->votes, r->number);
        votes->claimed.stated = false;
    }
}

static void judge_vote(struct oracle *oracle, uint64_t at_ns, uint32_t instance,
                       const struct vote *claimed, const struct vote *found)
{
    const char *name = instance_name(oracle->options, instance);
    if (!claimed->stated)
        return;
    if (!found->stated || found->term < claimed->term) {
        oracle_violation(oracle, at_ns, instance,
                         "%s recovered term %" PRIu64
                         ", though it had claimed to keep term %" PRIu64,
                         name, found->stated ? found->term : 0, claimed->term);
    } else if (found->term == claimed->term && claimed->candidate != CS_NODE_NONE &&
               found->candidate != claimed->candidate) {
        oracle_violation(oracle, at_ns, instance,
                         "%s recovered a vote for %s in term %" PRIu64
                         ", though it had claimed to keep one for %s",
                         name, instance_name(oracle->options, found->candidate), found->term,
                         instance_name(oracle->options, claimed->candidate));
    }
}

/* Whether the recovered log begins with a snapshot that took the place of what was claimed. */
static bool was_replaced(const struct replica *replica)
{
    const struct log_copy *now = &replica->now;
    uint64_t term;
    return log_copy_term(&replica->former, replica->log, now->base, &term) &&
           now->base_term_known && term != now->base_term;
}

static void judge_log(struct oracle *oracle, uint64_t at_ns, const struct replica *replica)
{
    const struct log_copy *now = &replica->now;
    const char *name = instance_name(oracle->options, replica->instance);
    uint64_t last = log_copy_last(now);
    if (was_replaced(replica))
        return;
    for (uint64_t index = now->base + 1; index <= replica->former_stored && index <= last;
         index++) {
        const struct log_record *found = log_copy_at(now, replica->log, index);
        const struct log_record *claimed = log_copy_at(&replica->former, replica->log, index);
        if (claimed == NULL || log_record_same(found, claimed))
            continue;
        oracle_violation(oracle, at_ns, replica->instance,
                         "%s recovered %s entry of term %" PRIu64 " at index %" PRIu64
                         ", though it had claimed to keep one of term %" PRIu64,
                         name, found->term == claimed->term ? "another" : "an", found->term, index,
                         claimed->term);
        return;
    }
    if (last < replica->former_stored) {
        oracle_violation(oracle, at_ns, replica->instance,
                         "%s recovered its log up to index %" PRIu64
                         ", though it had claimed to keep it up to index %" PRIu64,
                         name, last, replica->former_stored);
    }
}

static void judge_nothing_found(struct oracle *oracle, uint64_t at_ns, uint32_t instance,
                                const struct stated_fact *latest)
{
    struct cs_text text = { 0 };
    struct moment at = moment_of(latest->at_ns);
    fact_describe(&text, latest, oracle->options);
    oracle_violation(oracle, at_ns, instance,
                     "%s recovered nothing, though it had claimed to keep %s (at %s)",
                     instance_name(oracle->options, instance), text_string(&text), at.text);
    text_done(&text);
}

/* Judge what was found in one replica; it is claimed from now on. */
static void settle_replica(struct oracle *oracle, uint64_t at_ns, struct replica *replica,
                           uint64_t start)
{
    struct recovery *recovery = oracle->state;
    struct votes *votes = side_table_at(&recovery->votes, replica->number);
    if (votes->start != start)
        votes->found.stated = false;
    judge_vote(oracle, at_ns, replica->instance, &votes->claimed, &votes->found);
    judge_log(oracle, at_ns, replica);
    if (votes->found.stated)
        vote_take(&votes->claimed, votes->found.term, votes->found.candidate);
}

static void on_ready(struct oracle *oracle, uint64_t at_ns, uint32_t instance)
{
    struct recovery *recovery = oracle->state;
    struct memory *memory = &recovery->memories[instance];
    cs_assert(memory->start > 0);
    if (!memory->restarted)
        return;
    oracle->seen += memory->claimed;
    if (memory->claimed && !memory->found) {
        judge_nothing_found(oracle, at_ns, instance, &memory->latest);
        return;
    }
    for (struct replica *r = log_mirrors_of(oracle->mirrors, instance); r != NULL; r = r->next)
        settle_replica(oracle, at_ns, r, memory->start);
    if (memory->found_lasting) {
        memory->claimed = true;
        memory->latest = memory->last_found;
    }
}

const struct oracle_type oracle_recovered_agrees = {
    .name = "recovered_agrees",
    .about = "a restarted instance finds the vote and the log that it had claimed to keep (Raft, "
             "figure 2; thesis, section 3.8)",
    .facts = FACT(VOTED) | FACT(APPENDED) | FACT(STORED) | FACT(SNAPSHOT) | FACT(PROMISED) |
             FACT(ACCEPTED) | FACT(PREPARED) | FACT(DECIDED) | FACT(GRANTED) | FACT(PLACED),
    .create = create,
    .destroy = destroy,
    .on_fact = on_fact,
    .on_boot = on_boot,
    .on_ready = on_ready,
};
