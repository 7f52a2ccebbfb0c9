/* Linearizability of histories: is there an order of the operations that keeps their order in real
 * time and that explains every answer?  (Herlihy and Wing, TOPLAS 1990)
 *
 * Just-in-time linearization (Lowe, CPE 2017): the events are taken in their order, with a set of
 * configurations, each a state that the object may have and the open operations that have taken
 * effect in it.  Only where an operation returns does anything branch: configurations without it
 * are closed under "one more open operation takes effect" until it has.  If none is left, nothing
 * explains the answer.  Keys are checked one by one, since linearizability is local.
 *
 * Operations of unknown outcome stay open for ever: they may take effect at any time, or never. */
#ifndef VERIFY_LINEAR_H
#define VERIFY_LINEAR_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "clustersim/protocol.h"

/* A value, or the state of an object: bytes by their hash and size, a number, a lock. */
struct linear_value {
    uint64_t hash;
    uint64_t size; /* LINEAR_ABSENT: there is no value */
};
#define LINEAR_ABSENT UINT64_MAX
#define LINEAR_UNSEEN (UINT64_MAX - 1) /* some value that no answer can tell from others */

struct linear_value linear_nothing(void);
/* Of bytes as a history keeps them: a long value's description counts as that value. */
struct linear_value linear_bytes(struct cs_bytes kept);
/* How the bytes begin, if that can be told of any value that begins with them, however it is kept:
 * equal for those.  0 if it cannot. */
uint32_t linear_head(struct cs_bytes kept);
struct linear_value linear_number(int64_t number);
/* A set of elements is the sum of these. */
struct linear_value linear_element(struct linear_value element);
static inline bool linear_same(struct linear_value a, struct linear_value b)
{
    return a.hash == b.hash && a.size == b.size;
}

enum linear_kind {
    LINEAR_READ, /* `seen` is what it found */
    LINEAR_WRITE,
    LINEAR_CAS,    /* `seen` is what it expects */
    LINEAR_DELETE, /* a value */
    LINEAR_APPEND,
    LINEAR_ADD, /* a number to a counter */
    LINEAR_ENQUEUE,
    LINEAR_DEQUEUE, /* `seen` is what it got */
    LINEAR_ACQUIRE,
    LINEAR_RELEASE,
    LINEAR_INSERT, /* into a set */
    LINEAR_REMOVE,
    LINEAR_KIND_COUNT,
};

/* What an answer says about an operation that could have gone either way. */
enum linear_outcome {
    LINEAR_ANY, /* nothing; also when there was no answer, or only one way */
    LINEAR_YES, /* the condition held: values were equal, the key was there, the lock was free … */
    LINEAR_NO,  /* it did not, and nothing changed */
};

#define LINEAR_NEVER UINT64_MAX

struct linear_op {
    uint64_t invoked;  /* its place among all events of the history */
    uint64_t returned; /* likewise, or LINEAR_NEVER: the outcome is unknown */
    struct linear_value value, seen;
    const char *text; /* the bytes of what a read found or a write adds; NULL if they are not known.
                         Only to look ahead */
    uint32_t head;    /* how a value that is written begins, as linear_head() says; 0 otherwise */
    uint32_t seen_head; /* likewise, of what it has seen or expects */
    uint32_t key;
    uint32_t number; /* the caller's */
    uint32_t client; /* who asked, by any number */
    uint8_t kind;    /* enum linear_kind */
    uint8_t outcome; /* enum linear_outcome */
    bool unseen;     /* the checker's: what it writes counts as LINEAR_UNSEEN */
};

struct linear_sequences;

struct linear_model {
    const char *name;
    const char *about;
    uint32_t kinds; /* bit 1 << LINEAR_x: the operations that it has */
    struct linear_value initial;
    /* Whether the operation can take effect in this state as it was answered; *ret_state is then
     * the state that it leaves. */
    bool (*step)(struct linear_sequences *sequences, const struct linear_op *op,
                 struct linear_value state, struct linear_value *ret_state);
    bool in_sequences; /* a state's hash names a sequence (verify/linear_sequences.h) */
};

extern const struct linear_model *const linear_models[]; /* NULL-terminated */
const struct linear_model *linear_model_find(const char *name);

/* Whether the answer says something about the state: only such operations can be impossible. */
static inline bool linear_observes(const struct linear_op *op)
{
    cs_assert(op->kind < LINEAR_KIND_COUNT);
    return op->kind == LINEAR_READ || op->outcome != LINEAR_ANY;
}
/* Whether it changes nothing, so that it may take effect as soon as it can. */
static inline bool linear_only_observes(const struct linear_op *op)
{
    cs_assert(op->kind < LINEAR_KIND_COUNT);
    return op->kind == LINEAR_READ || op->outcome == LINEAR_NO;
}

enum linear_verdict { LINEAR_OK, LINEAR_ILLEGAL, LINEAR_UNKNOWN };
const char *linear_verdict_name(enum linear_verdict verdict);

#define LINEAR_STEPS_DEFAULT UINT64_C(50000000)
enum { LINEAR_STATES_KEPT = 8 };

struct linear_report {
    enum linear_verdict verdict; /* illegal if any key is, else unknown if any key is */
    uint64_t operations;         /* checked, those of unknown outcome included */
    uint64_t observed;           /* of them those whose answer says something */
    uint64_t constrained;        /* of these, those before whose end somebody could have written */
    uint64_t keys, keys_illegal, keys_unknown;
    uint64_t keys_witnessed; /* shown to be right by the order of `places` */
    uint64_t steps;          /* operations that were tried in a state */
    uint64_t configurations; /* at most at a time */
    /* The first key, by the place of the event, that is illegal; else unknown. */
    uint32_t key;
    const struct linear_op *failed; /* the operation that cannot return so, or where it was given up
                                     */
    const struct linear_op **window; /* a smallest set of operations found that is illegal by
                                        itself, by their invocation; `failed` is one of them */
    size_t window_count;
    struct linear_value window_state;               /* what the object was when the window began */
    struct linear_value states[LINEAR_STATES_KEPT]; /* possible just before `failed` returned */
    size_t states_count, states_kept;
};

struct linear_options {
    uint64_t steps_max; /* for each key; 0: the default */
    size_t window;      /* events of a key that are looked at together; 0: the default */
    /* Where each operation stands in an order that is tried first, 0: not told; or NULL. */
    const uint64_t *places;
};

/* Check all keys.  The operations, ordered by their invocations, stay the caller's and must outlive
 * the report.  No two events may have the same place.  Values that nobody can have seen are made
 * one and the same, LINEAR_UNSEEN. */
void linear_check(const struct linear_model *model, const struct linear_options *options,
                  struct linear_op *ops, size_t count, struct linear_report *ret_report);
void linear_report_done(struct linear_report *report);

#endif
