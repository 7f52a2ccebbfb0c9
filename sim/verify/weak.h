/* Weaker models than linearizability, on what clients saw.
 *
 * A *session* is what one client asks, one operation after the other.  What is known of a read is
 * which write it has read from, which takes values that are written once: a read whose value
 * several writes, or a deletion, may have left says nothing here, and a history with such reads is
 * never called ok, only illegal or unknown.
 *
 * All models but the first rest on two relations of reads and writes: what a read *sees*, and an
 * order of the writes, the same for everybody, of which a read returns the latest on its key that
 * it sees.  A history keeps a guarantee if such an order exists (Viotti and Vukolić, ACM Computing
 * Surveys 2016; Terry et al., PDIS 1994):
 *   monotonic reads       a read sees what earlier reads of its session saw
 *   read your writes      a read sees the earlier writes of its session
 *   monotonic writes      who sees a write sees the earlier writes of its session, which come first
 *   writes follow reads   who sees a write sees what earlier reads of its session saw, likewise
 * One answer shows one value, so that the last two can be observed by sessions only whose reads do
 * not go back: they are judged together with monotonic reads, and where those fail by themselves,
 * unknown.
 *
 * Causal consistency is the variant CC of Bouajjani et al. (POPL 2017): all four hold of what a
 * read sees, but sessions need not agree on the order of writes that do not depend on each other.
 *
 * Sequential consistency (Lamport, 1979): one order of all operations that keeps each session's
 * explains every answer.  It is the only one here that takes every model of verify/linear.h.
 *
 * Of a compare-and-set only one that was applied says something: it reads, then writes.  That
 * nothing comes between is judged by sequential consistency alone.  An operation of unknown outcome
 * has happened if somebody has read what it writes, and its session ends with it; what it may have
 * found says nothing. */
#ifndef VERIFY_WEAK_H
#define VERIFY_WEAK_H
#include "verify/linear.h"

enum weak_model {
    WEAK_SEQUENTIAL,
    WEAK_CAUSAL,
    WEAK_MONOTONIC_READS,
    WEAK_READ_YOUR_WRITES,
    WEAK_MONOTONIC_WRITES,
    WEAK_WRITES_FOLLOW_READS,
    WEAK_MODEL_COUNT,
};

/* "monotonic-reads". */
const char *weak_model_name(enum weak_model model);
/* As a check of a scenario: "monotonic_reads". */
const char *weak_model_check(enum weak_model model);
/* One clause: what it promises. */
const char *weak_model_about(enum weak_model model);
/* False if there is none of this name. */
bool weak_model_find(const char *name, enum weak_model *ret_model);

/* Why one operation comes before another in every order that could explain the history. */
enum weak_link_kind {
    WEAK_LINK_SESSION, /* it does in their session */
    WEAK_LINK_READ,    /* `to` has read what `from` wrote */
    WEAK_LINK_OLDER,   /* `witness` has read what `to` wrote, though it saw `from`, by `through` */
    WEAK_LINK_NEWER,   /* `from` has read what `to` replaces */
};

struct weak_link {
    enum weak_link_kind kind;
    const struct linear_op *from, *to;
    const struct linear_op *witness, *through; /* of LINK_OLDER */
};

enum weak_reason {
    WEAK_FINE,
    WEAK_NOBODY_WROTE, /* `failed` has read what nobody wrote */
    WEAK_NOTHING,      /* `failed` has found nothing, though it sees the first write of the links */
    WEAK_REPLACED, /* `failed` has read what the first write of the links wrote, though it sees what
                      came later, up to which they lead and on to `failed` */
    WEAK_CYCLE,    /* the links lead back to where they begin */
    WEAK_EXHAUSTED, /* every order was tried; `failed` is where the longest ended */
    WEAK_UNCLEAR,   /* unknown: some reads may have read from several writes */
    WEAK_GOES_BACK, /* unknown: reads of a session go back by themselves */
    WEAK_NO_VALUES, /* unknown: answers of this model do not tell what they have read from */
    WEAK_TOO_MUCH,  /* unknown: too many steps */
};
const char *weak_reason_text(enum weak_reason reason);

struct weak_report {
    enum linear_verdict verdict;
    enum weak_reason reason;
    uint64_t operations, keys, sessions;
    uint64_t reads;       /* answers that tell what they have read from */
    uint64_t unclear;     /* answers that do not */
    uint64_t constrained; /* reads that could have been wrong: there was something else to see */
    uint64_t steps;
    const struct linear_op *failed; /* NULL if no single operation is to blame */
    struct weak_link *links;
    size_t link_count;
};

struct weak_input {
    const struct linear_model *model;
    struct linear_op *ops;    /* as for linear_check(), ordered by their invocations */
    const uint32_t *sessions; /* of each, any numbers below `count`; no two of a session overlap */
    size_t count;
    uint64_t steps_max; /* 0: the default, LINEAR_STEPS_DEFAULT */
};

void weak_check(enum weak_model weak, const struct weak_input *input,
                struct weak_report *ret_report);
void weak_report_done(struct weak_report *report);

#endif
