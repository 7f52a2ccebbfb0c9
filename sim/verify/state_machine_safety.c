/* State Machine Safety: "If a server has applied a log entry at a given index to its state machine,
 * no other server will ever apply a different log entry for the same index."  (Raft, figure 3.)
 *
 * Beyond that, an incarnation applies the entries in order and without gaps, from 1 or from the one
 * after a snapshot; and as the state is a function of the entries, the states after an index, and
 * snapshots of it, are the same on all. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "verify/facts.h"
#include "verify/mirror.h"
#include "verify/oracles.h"

struct progress {
    uint32_t incarnation;
    uint64_t applied; /* index */
};

struct snapshot {
    uint64_t index;
    uint64_t term;
    uint64_t digest;
    uint32_t log;
    uint32_t by;
};

/* The state after an entry, as the first who told it had it. */
struct state {
    uint64_t digest; /* 0: nobody has told it */
    uint32_t by;
};

/* An index so far beyond the last one known is a mistake of the protocol, which other rules report;
 * it must not take the memory. */
enum { STATES_GAP_MAX = 1 << 24 };

/* Of one log, that after index i at i - 1. */
struct states {
    struct state *states;
    size_t count, capacity;
};

struct safety {
    struct side_table progress;
    struct side_table states; /* by log */
    struct snapshot *snapshots;
    size_t count, capacity;
    struct index by_log_and_index;
};

static void *create(const struct cluster_options *options)
{
    (void)options;
    struct safety *safety = calloc(1, sizeof *safety);
    cs_assert(safety != NULL);
    safety->progress.size = sizeof(struct progress);
    safety->states.size = sizeof(struct states);
    return safety;
}

static void destroy(void *state)
{
    struct safety *safety = state;
    free(safety->progress.values);
    for (uint32_t log = 0; log < safety->states.count; log++)
        free(((struct states *)side_table_at(&safety->states, log))->states);
    free(safety->states.values);
    free(safety->snapshots);
    index_done(&safety->by_log_and_index);
    free(safety);
}

/* The first snapshot of this log and index; `wanted` itself, if it is. */
static const struct snapshot *first_of(struct safety *safety, const struct snapshot *wanted)
{
    uint64_t hash = index_hash(wanted->log, wanted->index);
    struct index_probe probe = index_probe(&safety->by_log_and_index, hash);
    while (index_next(&safety->by_log_and_index, &probe)) {
        const struct snapshot *snapshot = &safety->snapshots[probe.number];
        if (snapshot->log == wanted->log && snapshot->index == wanted->index)
            return snapshot;
    }
    cs_assert(safety->count < UINT32_MAX);
    safety->snapshots = array_reserve(safety->snapshots, &safety->capacity, safety->count + 1,
                                      sizeof *safety->snapshots);
    safety->snapshots[safety->count] = *wanted;
    index_add(&safety->by_log_and_index, hash, (uint32_t)safety->count);
    return &safety->snapshots[safety->count++];
}

static void on_snapshot(struct oracle *oracle, const struct stated_fact *fact,
                        const struct replica *replica, struct progress *progress)
{
    struct snapshot snapshot = {
        .index = fact->a,
        .term = fact->b,
        .digest = fact->digest,
        .log = replica->log->number,
        .by = fact->instance,
    };
    if (progress->applied < fact->a)
        progress->applied = fact->a;
    const struct snapshot *first = first_of(oracle->state, &snapshot);
    if (first->term == fact->b && first->digest == fact->digest)
        return;
    oracle_violation(oracle, fact->at_ns, fact->instance,
                     "%s has another snapshot at index %" PRIu64 " (term %" PRIu64
                     ") than %s had (term %" PRIu64 ")",
                     instance_name(oracle->options, fact->instance), fact->a, fact->b,
                     instance_name(oracle->options, first->by), first->term);
}

static void check_order(struct oracle *oracle, const struct stated_fact *fact, uint64_t applied)
{
    const char *name = instance_name(oracle->options, fact->instance);
    if (fact->a == applied + 1)
        return;
    if (applied == 0) {
        oracle_violation(oracle, fact->at_ns, fact->instance,
                         "%s began to apply entries at index %" PRIu64, name, fact->a);
    } else {
        oracle_violation(oracle, fact->at_ns, fact->instance,
                         "%s applied index %" PRIu64 " next after index %" PRIu64, name, fact->a,
                         applied);
    }
}

static void check_entry(struct oracle *oracle, const struct stated_fact *fact,
                        const struct replica *replica)
{
    const struct log_record *record = log_committed_at(replica->log, fact->a);
    if (record == NULL || (record->term == fact->b && record->digest == fact->digest))
        return;
    uint32_t by = replica->log->committed[fact->a - 1].by;
    oracle_violation(oracle, fact->at_ns, fact->instance,
                     "%s applied %s entry of term %" PRIu64 " at index %" PRIu64
                     ", where %s had committed one of term %" PRIu64,
                     instance_name(oracle->options, fact->instance),
                     record->term == fact->b ? "another" : "an", fact->b, fact->a,
                     instance_name(oracle->options, by), record->term);
}

/* The states that replicas that applied an entry say they have: the entries may be the same, and
 * what was made of them not. */
static void check_state(struct oracle *oracle, const struct stated_fact *fact,
                        const struct replica *replica, uint64_t applied)
{
    struct safety *safety = oracle->state;
    struct states *states = side_table_at(&safety->states, replica->log->number);
    if (fact->c == 0 || fact->a != applied + 1)
        return;
    cs_assert(fact->a > 0);
    if (fact->a > states->count + STATES_GAP_MAX)
        return;
    if (fact->a > states->count) {
        states->states =
            array_reserve(states->states, &states->capacity, fact->a, sizeof *states->states);
        memset(states->states + states->count, 0,
               (fact->a - states->count) * sizeof *states->states);
        states->count = fact->a;
    }
    struct state *first = &states->states[fact->a - 1];
    if (first->digest == 0)
        *first = (struct state){ .digest = fact->c, .by = fact->instance };
    if (first->digest == fact->c)
        return;
    oracle_violation(oracle, fact->at_ns, fact->instance,
                     "%s has another state after index %" PRIu64 " than %s has",
                     instance_name(oracle->options, fact->instance), fact->a,
                     instance_name(oracle->options, first->by));
}

static void on_fact(struct oracle *oracle, const struct stated_fact *fact, struct replica *replica)
{
    cs_assert(fact->kind == CS_FACT_APPLIED || fact->kind == CS_FACT_SNAPSHOT);
    struct safety *safety = oracle->state;
    struct progress *progress = side_table_at(&safety->progress, replica->number);
    if (progress->incarnation != fact->incarnation)
        *progress = (struct progress){ .incarnation = fact->incarnation };
    if (fact->kind == CS_FACT_SNAPSHOT) {
        on_snapshot(oracle, fact, replica, progress);
        return;
    }
    oracle->seen++;
    check_order(oracle, fact, progress->applied);
    check_entry(oracle, fact, replica);
    check_state(oracle, fact, replica, progress->applied);
    progress->applied = fact->a;
}

const struct oracle_type oracle_state_machine_safety = {
    .name = "state_machine_safety",
    .about = "no two instances apply different entries at an index, each applies them in order, to "
             "equal states (Raft, figure 3)",
    .facts = FACT(APPLIED) | FACT(SNAPSHOT),
    .create = create,
    .destroy = destroy,
    .on_fact = on_fact,
};
