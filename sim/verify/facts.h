/* What each kind of fact means to the oracles: one row a kind.
 *
 * What a protocol has to observe so that the oracles understand it:
 *   - A log has no holes: APPENDED follows the last entry, or base, of the log.  A fact about an
 *     index at or below the last one with other content replaces that entry and all after it.
 *   - TRUNCATED is stated before the write that removes the entries, since a crash may come between
 *     the two.
 *   - APPLIED and CHOSEN carry the same content as APPENDED: the entry itself.  Where a term or
 *     ballot is no property of the entry, it is stated as 0.
 *   - APPLIED may carry a digest of the state after the entry.  It is a function of the entries up
 *     to there, as it is on a restarted replica too.
 *   - STATE is stated whenever what is replicated has changed, also by what on_start found.
 *   - SNAPSHOT covers the log up to its index.  Entries after it stay if the log holds the entry of
 *     that index and term, and are gone otherwise (Raft, figure 13, steps 6 and 7).
 *   - LEADER is stated at the election, before anything is committed in its term.
 *   - on_start states the whole log that it found as recovered APPENDED facts, after the SNAPSHOT
 *     that it begins with, and the vote as a recovered VOTED fact.  What it states as recovered it
 *     claims to keep from then on, so it is flushed first: a process crash leaves writes that are
 *     visible, but not yet durable. */
#ifndef VERIFY_FACTS_H
#define VERIFY_FACTS_H
#include <stdbool.h>
#include <stdint.h>

#include "host/cluster.h"

#define FACT(kind) (UINT64_C(1) << (CS_FACT_##kind))

/* Those that change what a log holds, or which entries are known to be committed. */
#define FACTS_OF_LOGS                                                                              \
    (FACT(LEADER) | FACT(APPENDED) | FACT(TRUNCATED) | FACT(STORED) | FACT(COMMITTED) |            \
     FACT(APPLIED) | FACT(SNAPSHOT))

struct fact_row {
    const char *name;
    bool durable; /* claims that what it says outlives a crash */
    bool lasting; /* durable, and never settled later: a restart has to find it again */
    bool a_node;  /* a names an instance; b likewise */
    bool b_node;
    const char *a, *b, *c; /* what the fields mean, NULL: not used */
};

const struct fact_row *fact_row(enum cs_fact_kind kind);

/* Add "VOTED (term 4, vote A)". */
void fact_describe(struct cs_text *text, const struct stated_fact *fact,
                   const struct cluster_options *options);

/* The name of an instance: "B", "nobody" for CS_NODE_NONE, "a stranger" if there is no such one. */
const char *instance_name(const struct cluster_options *options, uint64_t instance);

/* A point in time as text: "12.204s". */
struct moment {
    char text[32];
};
struct moment moment_of(uint64_t at_ns);

#endif
