/* Oracles: properties checked at every step, on facts alone.
 *
 * An oracle knows no protocol.  It says which kinds of facts it lives on, sees them as they are
 * released, and reports findings.  One that saw none of its facts is inconclusive, never passed. It
 * works incrementally: nothing scans a log or all instances for each fact. */
#ifndef VERIFY_ORACLE_H
#define VERIFY_ORACLE_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"
#include "host/cluster.h"
#include "measure/history.h"

struct oracle;
struct log_mirrors;
struct replica;

/* What an oracle is made of.  Functions may be NULL. */
struct oracle_type {
    const char *name;   /* as in a scenario's "checks": "election_safety" */
    const char *about;  /* one sentence: what never happens, and the source */
    uint64_t facts;     /* bit CS_FACT_x: those that it lives on */
    bool needs_history; /* judged at the end, on operations */
    bool on_request;    /* only on where a scenario says so: not every system promises it */
    void *(*create)(const struct cluster_options *options);
    void (*destroy)(void *state);
    /* `replica` is what the fact is about, as it is after the fact (verify/mirror.h). */
    void (*on_fact)(struct oracle *oracle, const struct stated_fact *fact, struct replica *replica);
    void (*on_boot)(struct oracle *oracle, uint64_t at_ns, uint32_t instance, enum cs_start start);
    void (*on_ready)(struct oracle *oracle, uint64_t at_ns, uint32_t instance);
    void (*on_end)(struct oracle *oracle, uint64_t at_ns, uint32_t instance, enum instance_end end,
                   const char *reason);
    void (*at_end)(struct oracle *oracle, uint64_t at_ns, const struct history *history);
    /* The faults are healed and nothing has been asked since `since_ns`: whether what it waits for
     * has come.  `last`: there is no more time, and if it has not, that is a finding. */
    bool (*at_rest)(struct oracle *oracle, uint64_t since_ns, uint64_t at_ns, bool last);
};

enum check_verdict { CHECK_PASS, CHECK_VIOLATION, CHECK_INCONCLUSIVE };

struct oracle {
    const struct oracle_type *type;
    void *state;
    const struct cluster_options *options;
    struct log_mirrors *mirrors; /* shared by all oracles */
    uint64_t seen;               /* facts, or operations, that it judged */
    bool violated;
    uint64_t violated_at_ns; /* the first finding; later ones are counted only */
    uint32_t violated_by;    /* instance, or CS_NODE_NONE */
    uint64_t violations;
    struct cs_text detail; /* one sentence */
};

/* Report a finding.  The first one's sentence is kept.  The format is cs_text_add()'s. */
void oracle_violation(struct oracle *oracle, uint64_t at_ns, uint32_t instance, const char *format,
                      ...) CS_PRINTF(4, 5);

enum check_verdict oracle_verdict(const struct oracle *oracle);

/* All there are, NULL-terminated: the one table. */
extern const struct oracle_type *const oracle_types[];

/* A set of them on a cluster. */
struct verifier;
/* `enabled` says for each of oracle_types whether it is on. */
struct verifier *verifier_new(struct cluster *cluster, const bool *enabled);
/* The same without a cluster: facts come through verifier_observer()'s functions. */
struct verifier *verifier_new_on(const struct cluster_options *options, const bool *enabled);
struct cluster_observer verifier_observer(struct verifier *verifier);
void verifier_free(struct verifier *verifier);
/* Whether all oracles that wait for something at rest have got it; see at_rest above. */
bool verifier_at_rest(struct verifier *verifier, uint64_t since_ns, uint64_t at_ns, bool last);
void verifier_finish(struct verifier *verifier, uint64_t at_ns, const struct history *history);
size_t verifier_count(const struct verifier *verifier);
const struct oracle *verifier_at(const struct verifier *verifier, size_t index);
bool verifier_violated(const struct verifier *verifier);

#endif
