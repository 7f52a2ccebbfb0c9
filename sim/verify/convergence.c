/* Convergence: when the faults are healed and nothing is asked any more, all replicas come to the
 * same state.  (Vogels, "Eventually consistent", CACM 2009: "if no new updates are made to the
 * object, eventually all accesses will return the last updated value".)
 *
 * The replicas are the instances of a group that are up then; of a log or shard of its own
 * (scope), those that ever said that they have it.  They are equal when they have applied up to the
 * same index and say that their states are the same; those of programs without a log, when their
 * states are.  How long it may take is the scenario's to say: `at_rest` is asked until they are
 * equal, or the time is over.
 *
 * Where fewer than two replicas are left, or none has said anything, there is nothing to compare.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "base/text.h"
#include "verify/facts.h"
#include "verify/mirror.h"
#include "verify/oracles.h"

/* Where a replica stands, by its last word. */
struct standing {
    struct replica *replica; /* NULL: it has never said anything */
    bool told;               /* in this incarnation */
    bool logged;             /* by APPLIED or SNAPSHOT; else by STATE */
    uint64_t index, term;    /* applied up to here; 0, 0 if it is not logged */
    uint64_t digest;         /* of the state; 0: not told */
};

struct convergence {
    struct side_table standings; /* by replica */
    bool *up;                    /* by instance */
    uint32_t replicas;           /* that were compared in the latest comparison */
};

static void *create(const struct cluster_options *options)
{
    struct convergence *convergence = calloc(1, sizeof *convergence);
    cs_assert(convergence != NULL);
    convergence->standings.size = sizeof(struct standing);
    convergence->up = calloc((size_t)options->instance_count + 1, sizeof *convergence->up);
    cs_assert(convergence->up != NULL);
    return convergence;
}

static void destroy(void *state)
{
    struct convergence *convergence = state;
    free(convergence->standings.values);
    free(convergence->up);
    free(convergence);
}

/* ---- Where everybody stands ---------------------------------------------------------------------
 */

static void on_fact(struct oracle *oracle, const struct stated_fact *fact, struct replica *replica)
{
    struct convergence *convergence = oracle->state;
    struct standing *standing = side_table_at(&convergence->standings, replica->number);
    cs_assert(fact->instance == replica->instance);
    bool logged = fact->kind != CS_FACT_STATE;
    /* A snapshot of what was applied before says nothing new. */
    if (fact->kind == CS_FACT_SNAPSHOT && standing->told && fact->a <= standing->index)
        return;
    *standing = (struct standing){ .replica = replica, .told = true, .logged = logged };
    standing->index = logged ? fact->a : 0;
    standing->term = logged ? fact->b : 0;
    if (fact->kind == CS_FACT_APPLIED) {
        standing->digest = fact->c;
    } else if (fact->kind == CS_FACT_STATE) {
        standing->digest = fact->digest;
    }
}

static void on_boot(struct oracle *oracle, uint64_t at_ns, uint32_t instance, enum cs_start start)
{
    (void)at_ns;
    (void)start;
    struct convergence *convergence = oracle->state;
    cs_assert(instance < oracle->options->instance_count);
    convergence->up[instance] = true;
    for (struct replica *r = log_mirrors_of(oracle->mirrors, instance); r != NULL; r = r->next) {
        struct standing *standing = side_table_at(&convergence->standings, r->number);
        standing->told = false;
    }
}

static void on_end(struct oracle *oracle, uint64_t at_ns, uint32_t instance, enum instance_end end,
                   const char *reason)
{
    (void)at_ns;
    (void)end;
    (void)reason;
    struct convergence *convergence = oracle->state;
    cs_assert(instance < oracle->options->instance_count);
    convergence->up[instance] = false;
}

/* ---- Comparing ----------------------------------------------------------------------------------
 */

/* Two replicas of one log that are not equal; `behind` may have told nothing. */
struct difference {
    uint32_t behind, ahead; /* instances */
    struct standing a, b;   /* theirs */
};

/* Where an instance stands with this log; false if it has no part in it, or is down. */
static bool standing_of(struct oracle *oracle, uint32_t instance, const struct replicated_log *log,
                        struct standing *ret_standing)
{
    struct convergence *convergence = oracle->state;
    if (!convergence->up[instance] || oracle->options->instances[instance].group != log->group)
        return false;
    for (struct replica *r = log_mirrors_of(oracle->mirrors, instance); r != NULL; r = r->next) {
        struct standing *standing = side_table_at(&convergence->standings, r->number);
        if (r->log != log || standing->replica == NULL)
            continue;
        *ret_standing = *standing;
        return true;
    }
    *ret_standing = (struct standing){ .told = false };
    return log->scope == 0;
}

static bool are_equal(const struct standing *a, const struct standing *b)
{
    bool told = a->told && b->told;
    bool same_place = a->logged == b->logged && a->index == b->index && a->term == b->term;
    bool same_state = a->digest == b->digest || a->digest == 0 || b->digest == 0;
    return told && same_place && same_state;
}

/* Compare all replicas of one log with the one that is furthest; false, with the one that is least
 * far, if they differ. */
static bool compare(struct oracle *oracle, const struct replicated_log *log,
                    struct difference *ret_difference)
{
    struct convergence *convergence = oracle->state;
    struct difference difference = { .behind = CS_NODE_NONE, .ahead = CS_NODE_NONE };
    uint32_t count = 0;
    struct standing standing;
    for (uint32_t i = 0; i < oracle->options->instance_count; i++) {
        if (!standing_of(oracle, i, log, &standing))
            continue;
        count++;
        if (!standing.told ||
            (difference.ahead != CS_NODE_NONE && standing.index <= difference.b.index))
            continue;
        difference.ahead = i;
        difference.b = standing;
    }
    if (count < 2 || difference.ahead == CS_NODE_NONE)
        return true;
    convergence->replicas += count;
    for (uint32_t i = 0; i < oracle->options->instance_count; i++) {
        bool has_part = standing_of(oracle, i, log, &standing);
        if (!has_part || are_equal(&standing, &difference.b))
            continue;
        bool further = standing.told && difference.a.index <= standing.index;
        if (difference.behind != CS_NODE_NONE && (!difference.a.told || further))
            continue;
        difference.behind = i;
        difference.a = standing;
    }
    *ret_difference = difference;
    return difference.behind == CS_NODE_NONE;
}

static void report(struct oracle *oracle, uint64_t at_ns, uint64_t since_ns,
                   const struct difference *difference)
{
    const struct standing *a = &difference->a, *b = &difference->b;
    const char *behind = instance_name(oracle->options, difference->behind);
    const char *ahead = instance_name(oracle->options, difference->ahead);
    struct cs_text text = { 0 };
    if (!a->told) {
        cs_text_add(&text, "%s has said nothing of its state since it started", behind);
    } else if (a->index != b->index) {
        cs_text_add(&text, "%s has applied up to index %" PRIu64 ", and %s up to %" PRIu64, behind,
                    a->index, ahead, b->index);
    } else if (a->index > 0) {
        cs_text_add(&text, "%s has another state after index %" PRIu64 " than %s", behind, a->index,
                    ahead);
    } else {
        cs_text_add(&text, "%s has another state than %s", behind, ahead);
    }
    struct moment waited = moment_of(at_ns - since_ns);
    oracle_violation(oracle, at_ns, difference->behind, "%s, %s after the last operation ended",
                     text_string(&text), waited.text);
    text_done(&text);
}

static bool at_rest(struct oracle *oracle, uint64_t since_ns, uint64_t at_ns, bool last)
{
    struct convergence *convergence = oracle->state;
    struct difference difference;
    bool equal = true;
    cs_assert(since_ns <= at_ns);
    convergence->replicas = 0;
    for (uint32_t r = 0; r < convergence->standings.count; r++) {
        const struct standing *standing = side_table_at(&convergence->standings, r);
        bool first = standing->replica != NULL;
        for (uint32_t s = 0; s < r && first; s++) {
            const struct standing *other = side_table_at(&convergence->standings, s);
            first = other->replica == NULL || other->replica->log != standing->replica->log;
        }
        if (!first || compare(oracle, standing->replica->log, &difference))
            continue;
        equal = false;
        if (!last)
            break;
        report(oracle, at_ns, since_ns, &difference);
    }
    if (equal || last)
        oracle->seen = convergence->replicas;
    return equal;
}

const struct oracle_type oracle_convergence = {
    .name = "convergence",
    .about = "when the faults are healed and nothing is asked any more, all replicas come to the "
             "same state (Vogels, CACM 2009); on where a scenario asks for it",
    .facts = FACT(APPLIED) | FACT(SNAPSHOT) | FACT(STATE),
    .on_request = true,
    .create = create,
    .destroy = destroy,
    .on_fact = on_fact,
    .on_boot = on_boot,
    .on_end = on_end,
    .at_rest = at_rest,
};
