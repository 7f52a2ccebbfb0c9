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
 * "A write takes effect only if somebody open wants its value" looks like one of them and is wrong
 * alone: a write that nobody wants has to be out of the way in time. */
#ifndef VERIFY_LINEAR_SEARCH_H
#define VERIFY_LINEAR_SEARCH_H
#include "verify/linear_set.h"

struct linear_place {
    const struct linear_op *op; /* NULL: free */
    uint64_t *twins;            /* those of equal operations that return earlier */
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
    struct linear_sequences *sequences;
    struct linear_set sets[2];
    unsigned current;
    size_t words;
    struct linear_place *places;
    /* By place, `words` words each: what is open; of that what only observes, what never returns,
     * and what replaces the value. */
    uint64_t *open, *observers, *lasting, *replacers;
    uint64_t *entry, *next; /* a configuration each, to work on */
    uint16_t *op_places;    /* by operation */
    size_t op_capacity;
    struct linear_look *looks;
    size_t look_count, look_capacity, look_first;
    bool looks_ahead; /* true at first; without, it ends at the first event that is impossible */
    uint64_t now;
    uint64_t steps, steps_max;
    uint64_t configurations; /* at most at a time */
    uint64_t observers_left; /* answers yet to come that could be impossible */
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

/* Events of a key in their order: an operation's index, times two, plus one for its end. */
struct linear_events {
    const struct linear_op *ops;
    const size_t *events;
    size_t count;
    struct linear_value initial;
};

/* Take all events.  *ret_event is where it ended: `count`, or the event that is impossible, or
 * where there were too many steps; the configurations are then those just before it. */
enum linear_verdict linear_search_run(struct linear_search *search,
                                      const struct linear_events *events, size_t *ret_event);

#endif
