/* Mirrors: what each instance's log holds, as its facts tell, kept once for all oracles.
 *
 * A *replica* is one instance's copy of one replicated log; a *log* is what the replicas of a
 * (group, scope) have in common.  Every distinct entry, by (index, term), is one record of its
 * log, and a replica's log is an array of record numbers.  A record remembers the record before it,
 * so "the same entry after the same past" is one comparison by induction: that is the Log Matching
 * property, exactly rather than by a digest of the past.
 *
 * Of each log the entries known to be committed are kept in order: the first COMMITTED or APPLIED
 * fact that covers an index decides what is there.
 *
 * A record that contradicts an earlier one of its (index, term) is kept, so that the mirror says
 * what the replica holds, but is not entered in the index.  Log indices count from 1. */
#ifndef VERIFY_MIRROR_H
#define VERIFY_MIRROR_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "host/cluster.h"
#include "verify/index.h"

#define RECORD_NONE UINT32_MAX

struct log_record {
    uint64_t index;
    uint64_t term;
    uint64_t digest; /* of the content */
    uint32_t before; /* the record at index - 1, or RECORD_NONE if not known */
    uint32_t by;     /* the instance that stated it first */
};

struct committed_entry {
    uint32_t record; /* or RECORD_NONE: committed, but nobody has said yet what it is */
    uint32_t by;     /* the instance that said so first */
};

/* From `first_index` on, entries were known to be committed when `leader_term` was the highest term
 * that had had a leader: they were committed in that term or before. */
struct commit_era {
    uint64_t first_index;
    uint64_t leader_term;
};

struct replicated_log {
    uint32_t number; /* from 0, in the order of the first facts */
    uint32_t group;
    uint64_t scope;
    bool has_entries;           /* somebody stated APPENDED */
    struct log_record *records; /* the first is the root: index 0, term 0 */
    size_t record_count, record_capacity;
    struct index by_index_and_term;
    struct committed_entry *committed; /* that of index i at i - 1 */
    size_t committed_count, committed_capacity;
    struct commit_era *eras;
    size_t era_count, era_capacity;
    uint64_t leader_term_max;
};

/* What a log holds: entries base + 1 to base + count. */
struct log_copy {
    uint64_t base; /* a snapshot covers the entries up to this */
    uint64_t base_term;
    bool base_term_known;
    uint32_t base_record; /* or RECORD_NONE */
    uint32_t *records;
    size_t count, capacity;
};

enum append_outcome {
    APPEND_FITS,
    APPEND_HOLE,          /* does not follow the last entry */
    APPEND_OTHER_CONTENT, /* `conflict` has its index and term, but another content */
    APPEND_OTHER_PAST,    /* `conflict` is the same entry, after another one */
};

struct replica {
    uint32_t number; /* from 0, in the order of the first facts */
    uint32_t instance;
    struct replicated_log *log;
    struct replica *next; /* of the same instance */
    struct log_copy now;
    uint64_t stored; /* claims to keep the entries up to this, which `now` holds */
    uint64_t agrees; /* `now` is known to agree with what is committed, up to this */
    /* What it had claimed to keep before this incarnation. */
    struct log_copy former;
    uint64_t former_stored;
    /* The last APPENDED fact. */
    enum append_outcome append;
    uint32_t conflict;        /* of APPEND_OTHER_x: a record */
    uint64_t append_ended_at; /* of APPEND_HOLE: where the log ended */
};

struct log_mirrors;
struct log_mirrors *log_mirrors_new(uint32_t instance_count);
void log_mirrors_free(struct log_mirrors *mirrors);

/* The replica that a fact is about, as it is after the fact. */
struct replica *log_mirrors_take(struct log_mirrors *mirrors, const struct stated_fact *fact);
/* A new incarnation: what was claimed becomes `former`, and the log is empty. */
void log_mirrors_boot(struct log_mirrors *mirrors, uint32_t instance, enum cs_start start);
/* on_start is over: the recovered log stands for the claims made before. */
void log_mirrors_ready(struct log_mirrors *mirrors, uint32_t instance);

/* The replicas of an instance, linked by `next`, or NULL. */
struct replica *log_mirrors_of(const struct log_mirrors *mirrors, uint32_t instance);

static inline uint64_t log_copy_last(const struct log_copy *copy)
{
    return copy->base + copy->count;
}

/* The record at `index` that a copy of `log` holds; NULL if it is outside base + 1 .. last. */
static inline const struct log_record *log_copy_at(const struct log_copy *copy,
                                                   const struct replicated_log *log, uint64_t index)
{
    if (index <= copy->base || index > log_copy_last(copy))
        return NULL;
    uint32_t record = copy->records[index - copy->base - 1];
    cs_assert(record < log->record_count);
    return &log->records[record];
}

/* True, with the term at `index`, if the copy tells it. */
bool log_copy_term(const struct log_copy *copy, const struct replicated_log *log, uint64_t index,
                   uint64_t *ret_term);

static inline bool log_record_same(const struct log_record *a, const struct log_record *b)
{
    return a->term == b->term && a->digest == b->digest;
}

/* What is committed at `index`, or NULL if not known. */
const struct log_record *log_committed_at(const struct replicated_log *log, uint64_t index);

/* Up to which index entries are known to have been committed in terms below `term`. */
uint64_t log_committed_before(const struct replicated_log *log, uint64_t term);

/* Whether the replica holds, or has in a snapshot, every committed entry up to `limit`, which is at
 * most committed_count.  If not, *ret_index is the first at which it does not.  What has been
 * compared is not compared again. */
bool replica_agrees(struct replica *replica, uint64_t limit, uint64_t *ret_index);

#endif
