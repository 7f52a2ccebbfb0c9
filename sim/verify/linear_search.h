/* The search on one key: the configurations that the events so far allow.
 *
 * Rules that keep them few, each with the reason why nothing is lost:
 *   - An operation that changes nothing takes effect as soon as its answer is right: it is in
 *     nobody's way there.
 *   - Of equal open operations the one that returns first goes first: they can be exchanged.
 *   - One that never returns takes no effect where that would change nothing.
 *   - Of configurations that differ in what they have used of those that never return, those that
 *     have used least are kept (verify/linear_set.h).
 *   - While nothing can replace a value before some read returns by one that is ever seen, but only
 *     append to it, the value is a beginning of what that read found.
 *   - A state that no answer to come tells from others is LINEAR_UNSEEN, as all of these are.
 *   - A value that some answer must find, and that nothing makes again, stays until it has.
 *   - When a value is replaced, every open operation that only writes may have taken effect just
 *     before, or may do so yet: it counts either way, and nothing branches.
 *   - A write and those who read its value, and nobody else's, take effect together at such a
 *     moment if all of them are open: nothing can be better.
 *   - Other than at its own end, such an operation takes effect only if an open one looks for what
 *     it leads to.  Alone this would be wrong: a write that nobody wants has to be out of the way
 * in time.  It is not in the way if it counts either way when the next value replaces it. */
#ifndef VERIFY_LINEAR_SEARCH_H
#define VERIFY_LINEAR_SEARCH_H
#include <stdlib.h>

#include "verify/linear_set.h"
#include "verify/linear_wants.h"

struct linear_place {
    const struct linear_op *op;     /* NULL: free */
    uint64_t *twins;                /* those of equal operations that return earlier */
    const struct linear_want *want; /* of what it writes, if that is all it is for */
};

/* A read, in the order in which they return, and when something that replaces the value before it
 * returned was last invoked. */
struct linear_look {
    const struct linear_op *op;
    uint64_t replaced; /* 0: never */
    size_t place;      /* in the window; SIZE_MAX before it is invoked */
};

struct linear_search {
    const struct linear_model *model;
    const struct linear_op *ops; /* of the key */
    struct linear_sequences *sequences;
    struct linear_set sets[2];
    unsigned current;
    size_t words;
    struct linear_place *places;
    /* By place, `words` words each: what is open; of that what only observes, what never returns,
     * what replaces the value; what returns and writes whatever it finds; what finds something;
     * what writes a value that no other operation does, and that is only read. */
    uint64_t *open, *observers, *lasting, *replacers, *blind, *finders, *sources;
    uint64_t *entry, *next; /* a configuration each, to work on */
    uint16_t *op_places;    /* by operation */
    size_t op_capacity;
    struct linear_wants wants;
    struct linear_look *looks;
    size_t look_count, look_capacity, look_first;
    bool looks_ahead; /* true at first; without, it ends at the first event that is impossible */
    bool merges;      /* states that no answer tells apart; true at first */
    uint64_t now;
    uint64_t steps, steps_max; /* of the key */
    uint64_t configurations;   /* at most at a time */
    uint64_t observers_left;   /* answers yet to come that could be impossible */
    /* When the object was last known to be in one state and nothing that returns was open; and the
     * operations that never return which had taken no effect by then. */
    size_t quiet_event;
    struct linear_value quiet_state;
    size_t *quiet_open; /* their invocations, as events are told */
    size_t quiet_open_count, quiet_open_capacity;
};

void linear_search_init(struct linear_search *search, const struct linear_model *model,
                        uint64_t steps_max);
void linear_search_done(struct linear_search *search);

/* The window of open operations (verify/linear_window.c). */
static inline struct linear_set *linear_current(struct linear_search *search)
{
    return &search->sets[search->current];
}
void linear_window_grow(struct linear_search *search);
void linear_window_reset(struct linear_search *search);
/* A place for one more; false if there are too many. */
bool linear_window_enter(struct linear_search *search, const struct linear_op *op,
                         size_t *ret_place);
void linear_window_leave(struct linear_search *search, size_t place);
/* Forget operations that never return and have taken effect in every configuration. */
void linear_window_retire(struct linear_search *search);
/* Whether an equal operation has to go first. */
bool linear_window_twin_first(const struct linear_search *search, uint64_t *entry, size_t place);

/* Whether it can make a value of another: to one that some answer shows.  After a write of one that
 * none shows, only another replacement leads to what a read has found. */
bool linear_replaces(const struct linear_op *op);

/* Whether it writes whatever it finds, and is not told what that was. */
static inline bool linear_is_blind(const struct linear_op *op)
{
    return op->kind == LINEAR_WRITE || op->kind == LINEAR_APPEND ||
           (op->kind == LINEAR_DELETE && op->outcome == LINEAR_ANY);
}

/* Whether something could count either way that does not, once `op` has taken effect. */
bool linear_absorbs_any(const struct linear_search *search, const struct linear_op *op,
                        uint64_t *entry);
/* The value is replaced: what is open and writes whatever it finds counts either way. */
void linear_absorb(const struct linear_search *search, uint64_t *entry);
/* The same where the state is LINEAR_UNSEEN, of what leaves it so. */
void linear_absorb_unseen(const struct linear_search *search, uint64_t *entry);
/* Whether the value must not be left in `entry`. */
bool linear_must_stay(struct linear_search *search, struct linear_value value, uint64_t *entry);
/* Whether no answer to come tells the state from others; `op` has made it of `before`, or is NULL
 * if this was asked before. */
bool linear_is_dead(struct linear_search *search, const struct linear_op *op,
                    struct linear_value before, uint64_t *entry);

/* Take all events, and what is carried on to them.  *ret_event is where it ended: `count`, or the
 * event that is impossible, or where there were too many steps; the configurations are then those
 * just before it. */
enum linear_verdict linear_search_run(struct linear_search *search,
                                      const struct linear_events *events, size_t *ret_event);

#endif
