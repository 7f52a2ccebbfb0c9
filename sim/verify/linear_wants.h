/* What the answers on one key have still to find: which of its states matter, and for how long.
 *
 * Kept for objects that hold a value.  A state that no answer to come can tell from others is as
 * good as any other such state, and one that an answer must find, but that nothing can make again,
 * must not be left before. */
#ifndef VERIFY_LINEAR_WANTS_H
#define VERIFY_LINEAR_WANTS_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "verify/index.h"
#include "verify/linear.h"

/* Events of a key in their order: an operation's index, times two, plus one for its end. */
struct linear_events {
    const struct linear_op *ops;
    const size_t *events;
    size_t count;
    struct linear_value initial;
    const struct linear_carry *carry; /* what events before them have left, or NULL */
    size_t passed;                    /* how many of the key these were */
    bool more;                        /* others follow, of which nothing is known */
};

/* A value that operations write or look for. */
struct linear_want {
    struct linear_value value;
    uint64_t until;        /* when the last that looks for it returns; 0: nobody does */
    uint64_t last_invoked; /* of those that look for it */
    uint64_t must_invoked; /* of those that must find it */
    uint32_t writers;      /* that can make it the value, the beginning of the history among them */
    uint32_t writer;       /* the last of them that is an operation, plus one */
    uint32_t first, last;  /* of those that look for it and return, in that order; plus one */
    uint32_t family;       /* of the values that begin like it, where values grow */
    bool only_read;        /* everybody who looks for it only reads it */
};

/* Values that begin alike, on a key that is appended to. */
struct linear_family {
    uint32_t head;
    uint32_t makers;           /* operations that can make a value of it of one that is not */
    uint64_t until;            /* when the last returns that looks for one of them */
    struct linear_value value; /* one that is looked for */
    bool mixed;                /* another is, too */
};

struct linear_seeker {
    uint32_t op;
    uint32_t next; /* plus one; 0: none */
};

/* A state of a key that is appended to: the values found that begin with it, as a range of the
 * sorted ones. */
struct linear_prefix {
    struct linear_value state;
    uint32_t low, high;
    uint64_t until;
    uint32_t head; /* how it begins; 0: not known */
    bool vague;    /* its bytes are not known */
};

struct linear_wants {
    bool enabled;
    bool appends;  /* to the key */
    bool presence; /* somebody was told whether there was a value */
    bool headless; /* how some value begins is not known */
    struct index index, prefix_index, family_index;
    struct linear_family *families;
    struct linear_want *wants;
    struct linear_seeker *seekers;
    const struct linear_op **texts; /* reads whose bytes are known, by their bytes */
    uint64_t *ends;                 /* a tree of maxima over when these return */
    struct linear_prefix *prefixes;
    size_t want_count, want_capacity, seeker_count, seeker_capacity;
    size_t family_count, family_capacity;
    size_t text_count, text_capacity, end_capacity, prefix_count, prefix_capacity;
    /* Compare-and-sets that may have found something else than they looked for, in the order in
     * which they return. */
    uint32_t *refused;
    size_t refused_count, refused_capacity, refused_first;
    /* What returns later is open at the end of the events; LINEAR_NEVER: no more follow. */
    uint64_t end;
    /* Whatever the value is before this moment, it is replaced before the events end. */
    uint64_t replaced_until;
    /* Of what looks for values whose bytes are not known. */
    uint64_t vague_until, vague_size;
};

void linear_wants_done(struct linear_wants *wants);
/* Learn what the events of a key look for. */
void linear_wants_learn(struct linear_wants *wants, const struct linear_events *events);

/* What returned before this moment looks for nothing any more. */
static inline void linear_wants_pass(struct linear_wants *wants, const struct linear_op *ops,
                                     uint64_t now)
{
    while (wants->refused_first < wants->refused_count &&
           ops[wants->refused[wants->refused_first]].returned < now)
        wants->refused_first++;
}

/* Whether what is there at this moment is of no account once the events are over. */
static inline bool linear_is_replaced(const struct linear_wants *wants, uint64_t place)
{
    return wants->end == LINEAR_NEVER || place < wants->replaced_until;
}

/* Whether the answers can tell this value from others at all. */
static inline bool linear_is_telling(struct linear_value value)
{
    return value.size != 0 && value.size < LINEAR_UNSEEN;
}

/* Whether the answer is right only if `op->seen` was there. */
static inline bool linear_must_find(const struct linear_op *op)
{
    return op->kind == LINEAR_READ || (op->kind == LINEAR_CAS && op->outcome == LINEAR_YES);
}

/* What is known of the value; NULL if nobody looks for it or writes it. */
struct linear_want *linear_want_of(const struct linear_wants *wants, struct linear_value value);

/* Whether nobody looks for anything else that can be made of the value by appending to it, and one
 * operation at most can make it: it is as on a key that nobody appends to. */
bool linear_is_closed(const struct linear_wants *wants, const struct linear_want *want);

/* How a state begins that `op` makes of `before`; 0 if that is not known. */
uint32_t linear_head_after(const struct linear_wants *wants, const struct linear_op *op,
                           struct linear_value before);

/* When the last operation returns that can find the state `after`, or what is appended to it, if
 * `op` has made it of `before`. */
uint64_t linear_wanted_until(struct linear_wants *wants, const struct linear_op *op,
                             struct linear_value before, struct linear_value after);
/* The same of a state that this was asked about before; LINEAR_NEVER of others. */
uint64_t linear_prefix_until(const struct linear_wants *wants, struct linear_value state);

#endif
