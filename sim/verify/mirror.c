#include "verify/mirror.h"

#include <stdlib.h>

#include "verify/facts.h"

enum {
    ROOT = 0, /* the record before the first entry */
    /* An index this far beyond what is known to be committed is a mistake of the protocol, which
     * other rules report; it must not take the memory. */
    COMMIT_GAP_MAX = 1 << 24,
};

struct log_mirrors {
    struct replica **replicas;
    size_t replica_count, replica_capacity;
    struct index by_instance_and_scope;
    struct replicated_log **logs;
    size_t log_count, log_capacity;
    struct index by_group_and_scope;
    uint32_t instance_count;
    struct replica **first_of; /* by instance */
    bool *ready;               /* by instance: on_start of this incarnation is over */
};

/* ---- Records of a log ------------------------------------------------------------------------ */

static uint32_t record_new(struct replicated_log *log, const struct log_record *record)
{
    cs_assert(log->record_count < RECORD_NONE);
    log->records = array_reserve(log->records, &log->record_capacity, log->record_count + 1,
                                 sizeof *log->records);
    log->records[log->record_count] = *record;
    return (uint32_t)log->record_count++;
}

/* The indexed record of (index, term), or RECORD_NONE. */
static uint32_t record_find(const struct replicated_log *log, uint64_t index, uint64_t term)
{
    struct index_probe probe = index_probe(&log->by_index_and_term, index_hash(index, term));
    while (index_next(&log->by_index_and_term, &probe)) {
        const struct log_record *record = &log->records[probe.number];
        if (record->index == index && record->term == term)
            return probe.number;
    }
    return RECORD_NONE;
}

static uint32_t record_add(struct replicated_log *log, const struct log_record *record)
{
    cs_assert(record->index > 0);
    uint32_t number = record_new(log, record);
    index_add(&log->by_index_and_term, index_hash(record->index, record->term), number);
    return number;
}

/* The record for an entry that a replica appended after the record `wanted->before`. */
static uint32_t record_for_append(struct replica *replica, const struct log_record *wanted)
{
    struct replicated_log *log = replica->log;
    uint32_t number = record_find(log, wanted->index, wanted->term);
    if (number == RECORD_NONE)
        return record_add(log, wanted);
    struct log_record *known = &log->records[number];
    if (known->digest != wanted->digest) {
        replica->append = APPEND_OTHER_CONTENT;
        replica->conflict = number;
        return record_new(log, wanted);
    }
    if (known->before == RECORD_NONE) {
        known->before = wanted->before;
    } else if (wanted->before != RECORD_NONE && wanted->before != known->before &&
               !log_record_same(&log->records[known->before], &log->records[wanted->before])) {
        replica->append = APPEND_OTHER_PAST;
        replica->conflict = number;
    }
    return number;
}

/* The record for an entry that was applied, whether or not anybody has appended it. */
static uint32_t record_for_apply(struct replicated_log *log, const struct stated_fact *fact)
{
    uint32_t number = record_find(log, fact->a, fact->b);
    if (number != RECORD_NONE && log->records[number].digest == fact->digest)
        return number;
    struct log_record record = {
        .index = fact->a,
        .term = fact->b,
        .digest = fact->digest,
        .before = RECORD_NONE,
        .by = fact->instance,
    };
    return number == RECORD_NONE ? record_add(log, &record) : record_new(log, &record);
}

/* ---- Copies
 * ------------------------------------------------------------------------------------- */

bool log_copy_term(const struct log_copy *copy, const struct replicated_log *log, uint64_t index,
                   uint64_t *ret_term)
{
    const struct log_record *record = log_copy_at(copy, log, index);
    if (record != NULL) {
        *ret_term = record->term;
    } else if (index == copy->base && copy->base_term_known) {
        *ret_term = copy->base_term;
    } else {
        return false;
    }
    return true;
}

/* An empty log that continues after `base`, about which nothing is known. */
static void copy_begin(struct log_copy *copy, uint64_t base)
{
    copy->base = base;
    copy->base_term = 0;
    copy->base_term_known = base == 0;
    copy->base_record = base == 0 ? ROOT : RECORD_NONE;
    copy->count = 0;
}

static void copy_truncate(struct log_copy *copy, uint64_t last)
{
    if (last < copy->base) {
        copy_begin(copy, last);
    } else if (last < log_copy_last(copy)) {
        copy->count = last - copy->base;
    }
}

static uint32_t copy_last_record(const struct log_copy *copy)
{
    return copy->count > 0 ? copy->records[copy->count - 1] : copy->base_record;
}

static void copy_append(struct log_copy *copy, uint32_t record)
{
    cs_assert(record != RECORD_NONE);
    copy->records =
        array_reserve(copy->records, &copy->capacity, copy->count + 1, sizeof *copy->records);
    copy->records[copy->count++] = record;
}

/* ---- What is committed
 * -------------------------------------------------------------------------- */

/* `record` is committed at the next index. */
static void commit_next(struct replicated_log *log, uint32_t record, uint32_t by)
{
    uint64_t term = log->leader_term_max;
    uint64_t index = log->committed_count + 1;
    cs_assert(record == RECORD_NONE || log->records[record].index == index);
    if (log->era_count == 0 || log->eras[log->era_count - 1].leader_term < term) {
        log->eras =
            array_reserve(log->eras, &log->era_capacity, log->era_count + 1, sizeof *log->eras);
        log->eras[log->era_count++] = (struct commit_era){ index, term };
    }
    log->committed = array_reserve(log->committed, &log->committed_capacity,
                                   log->committed_count + 1, sizeof *log->committed);
    log->committed[log->committed_count++] = (struct committed_entry){ record, by };
}

/* What a replica holds up to `last` is committed, as far as that is news. */
static void commit_held(struct replica *replica, uint64_t last)
{
    struct replicated_log *log = replica->log;
    if (last > log->committed_count + COMMIT_GAP_MAX)
        return;
    for (uint64_t index = log->committed_count + 1; index <= last; index++) {
        const struct log_copy *copy = &replica->now;
        uint32_t record = RECORD_NONE;
        if (index == copy->base) {
            record = copy->base_record;
        } else if (log_copy_at(copy, log, index) != NULL) {
            record = copy->records[index - copy->base - 1];
        }
        commit_next(log, record, replica->instance);
    }
}

const struct log_record *log_committed_at(const struct replicated_log *log, uint64_t index)
{
    if (index == 0 || index > log->committed_count)
        return NULL;
    uint32_t record = log->committed[index - 1].record;
    return record == RECORD_NONE ? NULL : &log->records[record];
}

uint64_t log_committed_before(const struct replicated_log *log, uint64_t term)
{
    for (size_t e = log->era_count; e > 0; e--) {
        if (log->eras[e - 1].leader_term < term)
            return e == log->era_count ? log->committed_count : log->eras[e].first_index - 1;
    }
    return 0;
}

/* Compare the entry that the base of a copy stands for, as far as it is known. */
static bool base_agrees(const struct replica *replica)
{
    const struct log_copy *copy = &replica->now;
    const struct log_record *committed = log_committed_at(replica->log, copy->base);
    return committed == NULL || !copy->base_term_known || committed->term == copy->base_term;
}

bool replica_agrees(struct replica *replica, uint64_t limit, uint64_t *ret_index)
{
    struct replicated_log *log = replica->log;
    const struct log_copy *copy = &replica->now;
    cs_assert(limit <= log->committed_count);
    if (replica->agrees < copy->base && copy->base <= limit) {
        if (!base_agrees(replica)) {
            *ret_index = copy->base;
            return false;
        }
        replica->agrees = copy->base;
    }
    if (limit <= copy->base)
        return true;
    while (replica->agrees < limit) {
        uint64_t index = replica->agrees + 1;
        struct committed_entry *committed = &log->committed[index - 1];
        const struct log_record *held = log_copy_at(copy, log, index);
        *ret_index = index;
        if (held == NULL)
            return false;
        if (committed->record == RECORD_NONE) {
            *committed = (struct committed_entry){ copy->records[index - copy->base - 1],
                                                   replica->instance };
        } else if (!log_record_same(held, &log->records[committed->record])) {
            return false;
        }
        replica->agrees = index;
    }
    cs_assert(replica->agrees >= limit);
    return true;
}

/* ---- Facts
 * -------------------------------------------------------------------------------------- */

static void lower(uint64_t *value, uint64_t limit)
{
    if (*value > limit)
        *value = limit;
}

/* The entries after `last` are gone, and with them the claim to keep them.  What earlier
 * incarnations claimed stays claimed until on_start is over: nobody has asked it yet to remove
 * anything. */
static void keep_up_to(struct replica *replica, uint64_t last)
{
    cs_assert(last < log_copy_last(&replica->now));
    copy_truncate(&replica->now, last);
    cs_assert(log_copy_last(&replica->now) == last);
    lower(&replica->stored, last);
    lower(&replica->agrees, last);
}

static void take_append(struct replica *replica, const struct stated_fact *fact)
{
    struct log_copy *copy = &replica->now;
    uint64_t last = log_copy_last(copy);
    replica->append = APPEND_FITS;
    replica->log->has_entries = true;
    if (fact->a > last + 1 || fact->a == 0) {
        replica->append = APPEND_HOLE;
        replica->append_ended_at = last;
        if (fact->a == 0)
            return;
        copy_begin(copy, fact->a - 1);
    } else if (fact->a <= copy->base) {
        return; /* covered by the snapshot */
    } else if (fact->a <= last) {
        const struct log_record *held = log_copy_at(copy, replica->log, fact->a);
        if (held->term == fact->b && held->digest == fact->digest)
            return;
        keep_up_to(replica, fact->a - 1);
    }
    struct log_record wanted = {
        .index = fact->a,
        .term = fact->b,
        .digest = fact->digest,
        .before = copy_last_record(copy),
        .by = fact->instance,
    };
    copy_append(copy, record_for_append(replica, &wanted));
    cs_assert(log_copy_last(copy) == fact->a);
}

static void take_stored(struct replica *replica, uint64_t index, uint64_t term)
{
    uint64_t held_term;
    if (index > replica->stored && log_copy_term(&replica->now, replica->log, index, &held_term) &&
        held_term == term)
        replica->stored = index;
}

static void take_snapshot(struct replica *replica, const struct stated_fact *fact)
{
    struct log_copy *copy = &replica->now;
    uint64_t held_term;
    if (fact->a < copy->base)
        return;
    if (!log_copy_term(copy, replica->log, fact->a, &held_term) || held_term != fact->b) {
        copy_begin(copy, fact->a);
        copy->base_term = fact->b;
        copy->base_term_known = true;
        copy->base_record = fact->a == 0 ? ROOT : record_find(replica->log, fact->a, fact->b);
        replica->stored = 0;
        if (fact->a > 0)
            lower(&replica->agrees, fact->a - 1);
    }
    cs_assert(log_copy_last(copy) >= fact->a);
    if (fact->durable || fact->recovered)
        take_stored(replica, fact->a, fact->b);
}

static void take_applied(struct replica *replica, const struct stated_fact *fact)
{
    struct replicated_log *log = replica->log;
    if (fact->a == 0 || fact->a > log->committed_count + COMMIT_GAP_MAX)
        return;
    commit_held(replica, fact->a - 1);
    cs_assert(log->committed_count + 1 >= fact->a);
    if (fact->a == log->committed_count + 1) {
        commit_next(log, record_for_apply(log, fact), fact->instance);
    } else if (log->committed[fact->a - 1].record == RECORD_NONE) {
        log->committed[fact->a - 1] =
            (struct committed_entry){ record_for_apply(log, fact), fact->instance };
    }
}

static void take(struct replica *replica, const struct stated_fact *fact)
{
    uint64_t last = log_copy_last(&replica->now);
    if (fact->kind == CS_FACT_LEADER && fact->a > replica->log->leader_term_max) {
        replica->log->leader_term_max = fact->a;
    } else if (fact->kind == CS_FACT_APPENDED) {
        take_append(replica, fact);
    } else if (fact->kind == CS_FACT_TRUNCATED && fact->a <= last && last > 0) {
        keep_up_to(replica, fact->a > 0 ? fact->a - 1 : 0);
    } else if (fact->kind == CS_FACT_STORED && (fact->durable || fact->recovered)) {
        take_stored(replica, fact->a, fact->b);
    } else if (fact->kind == CS_FACT_COMMITTED) {
        commit_held(replica, fact->a < last ? fact->a : last);
    } else if (fact->kind == CS_FACT_APPLIED) {
        take_applied(replica, fact);
    } else if (fact->kind == CS_FACT_SNAPSHOT) {
        take_snapshot(replica, fact);
    }
}

/* ---- Replicas and logs
 * -------------------------------------------------------------------------- */

static struct replicated_log *log_of(struct log_mirrors *mirrors, uint32_t group, uint64_t scope)
{
    uint64_t hash = index_hash(group, scope);
    struct index_probe probe = index_probe(&mirrors->by_group_and_scope, hash);
    while (index_next(&mirrors->by_group_and_scope, &probe)) {
        struct replicated_log *log = mirrors->logs[probe.number];
        if (log->group == group && log->scope == scope)
            return log;
    }
    struct replicated_log *log = calloc(1, sizeof *log);
    cs_assert(log != NULL);
    log->number = (uint32_t)mirrors->log_count;
    log->group = group;
    log->scope = scope;
    uint32_t root = record_new(log, &(struct log_record){ .before = RECORD_NONE });
    cs_assert(root == ROOT);
    mirrors->logs = array_reserve(mirrors->logs, &mirrors->log_capacity, mirrors->log_count + 1,
                                  sizeof(void *));
    mirrors->logs[mirrors->log_count++] = log;
    index_add(&mirrors->by_group_and_scope, hash, log->number);
    return log;
}

static struct replica *replica_new(struct log_mirrors *mirrors, const struct stated_fact *fact,
                                   uint64_t hash)
{
    struct replica *replica = calloc(1, sizeof *replica);
    cs_assert(replica != NULL);
    replica->number = (uint32_t)mirrors->replica_count;
    replica->instance = fact->instance;
    replica->log = log_of(mirrors, fact->group, fact->scope);
    cs_assert(replica->log->number < mirrors->log_count);
    replica->next = mirrors->first_of[fact->instance];
    mirrors->first_of[fact->instance] = replica;
    copy_begin(&replica->now, 0);
    copy_begin(&replica->former, 0);
    mirrors->replicas = array_reserve(mirrors->replicas, &mirrors->replica_capacity,
                                      mirrors->replica_count + 1, sizeof(void *));
    mirrors->replicas[mirrors->replica_count++] = replica;
    index_add(&mirrors->by_instance_and_scope, hash, replica->number);
    return replica;
}

static struct replica *replica_of(struct log_mirrors *mirrors, const struct stated_fact *fact)
{
    cs_assert(fact->instance < mirrors->instance_count);
    struct replica *first = mirrors->first_of[fact->instance];
    if (first != NULL && first->log->scope == fact->scope)
        return first;
    uint64_t hash = index_hash(fact->instance, fact->scope);
    struct index_probe probe = index_probe(&mirrors->by_instance_and_scope, hash);
    while (index_next(&mirrors->by_instance_and_scope, &probe)) {
        struct replica *replica = mirrors->replicas[probe.number];
        if (replica->instance == fact->instance && replica->log->scope == fact->scope)
            return replica;
    }
    return replica_new(mirrors, fact, hash);
}

struct replica *log_mirrors_take(struct log_mirrors *mirrors, const struct stated_fact *fact)
{
    struct replica *replica = replica_of(mirrors, fact);
    cs_assert(replica->log->group == fact->group);
    if ((FACTS_OF_LOGS >> fact->kind & 1) != 0)
        take(replica, fact);
    return replica;
}

struct replica *log_mirrors_of(const struct log_mirrors *mirrors, uint32_t instance)
{
    cs_assert(instance < mirrors->instance_count);
    return mirrors->first_of[instance];
}

void log_mirrors_boot(struct log_mirrors *mirrors, uint32_t instance, enum cs_start start)
{
    for (struct replica *r = log_mirrors_of(mirrors, instance); r != NULL; r = r->next) {
        /* An incarnation that ended within on_start has not stated all that it found: the claims
         * are those of the one before. */
        if (mirrors->ready[instance]) {
            struct log_copy former = r->former;
            r->former = r->now;
            r->former_stored = r->stored;
            r->now = former;
        }
        if (start != CS_START_RESTART) {
            copy_begin(&r->former, 0);
            r->former_stored = 0;
        }
        copy_begin(&r->now, 0);
        r->stored = 0;
        r->agrees = 0;
    }
    mirrors->ready[instance] = false;
}

void log_mirrors_ready(struct log_mirrors *mirrors, uint32_t instance)
{
    for (struct replica *r = log_mirrors_of(mirrors, instance); r != NULL; r = r->next) {
        lower(&r->former_stored, log_copy_last(&r->now));
        if (r->stored < r->former_stored)
            r->stored = r->former_stored;
        cs_assert(r->stored <= log_copy_last(&r->now));
    }
    mirrors->ready[instance] = true;
}

struct log_mirrors *log_mirrors_new(uint32_t instance_count)
{
    struct log_mirrors *mirrors = calloc(1, sizeof *mirrors);
    cs_assert(mirrors != NULL);
    mirrors->instance_count = instance_count;
    mirrors->first_of = calloc(instance_count + 1, sizeof(void *));
    mirrors->ready = calloc(instance_count + 1, sizeof *mirrors->ready);
    cs_assert(mirrors->first_of != NULL);
    cs_assert(mirrors->ready != NULL);
    return mirrors;
}

void log_mirrors_free(struct log_mirrors *mirrors)
{
    if (mirrors == NULL)
        return;
    for (size_t i = 0; i < mirrors->replica_count; i++) {
        free(mirrors->replicas[i]->now.records);
        free(mirrors->replicas[i]->former.records);
        free(mirrors->replicas[i]);
    }
    for (size_t i = 0; i < mirrors->log_count; i++) {
        free(mirrors->logs[i]->records);
        free(mirrors->logs[i]->committed);
        free(mirrors->logs[i]->eras);
        index_done(&mirrors->logs[i]->by_index_and_term);
        free(mirrors->logs[i]);
    }
    free(mirrors->replicas);
    free(mirrors->logs);
    free(mirrors->first_of);
    free(mirrors->ready);
    index_done(&mirrors->by_instance_and_scope);
    index_done(&mirrors->by_group_and_scope);
    free(mirrors);
}
