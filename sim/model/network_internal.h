/* What the files of the network share: network.c decides what becomes of a message, network_pair.c
 * keeps the pairs, network_cut.c and network_condition.c what is in place between machines. */
#ifndef MODEL_NETWORK_INTERNAL_H
#define MODEL_NETWORK_INTERNAL_H
#include "clustersim/protocol.h"
#include "model/network.h"
#include "model/span.h"

/* A directed pair of machines that has sent something. */
struct pair {
    uint64_t name; /* from << 32 | to; PAIR_NONE in an empty slot */
    const struct link_options *link;
    struct random_stream messages; /* DRAW_COUNT draws further with each message */
    uint64_t extras_key;           /* of the streams of its link's extras and of conditions */
    uint64_t busy_until;           /* the link */
    uint64_t throttled_until;      /* the lower bandwidth of conditions */
    uint32_t number;               /* among all pairs, from 0 */
    bool bursts;                   /* in a burst of the link's own */
};
_Static_assert(sizeof(struct pair) == 64, "a pair is one cache line");

#define PAIR_NONE UINT64_MAX /* a pair of a machine with itself, which has no slot */

_Static_assert(NETWORK_SIDES_MAX == 64, "a bit for each side");

/* What is in place at a time, any number of it, each under the lowest number that was free. */
struct slots {
    void **items;           /* NULL where there is none */
    uint32_t end, capacity; /* behind the last one; all that there is room for */
    uint32_t count;
    uint32_t free_from; /* none below is free */
};

struct cut {
    bool clog;
    uint64_t blocked[NETWORK_SIDES_MAX];
    uint8_t sides[]; /* by machine */
};

enum { CONCERNS_SENDER = 1, CONCERNS_RECEIVER = 2 };

struct placed_condition {
    struct network_condition condition;
    uint64_t count;  /* messages that it has touched */
    uint8_t *bursts; /* by pair: it is in a burst; those behind are not */
    uint32_t burst_count;
    uint8_t concerns[]; /* by machine: CONCERNS_ bits */
};

/* What a condition has done to the present message. */
struct touch {
    struct placed_condition *condition;
    bool lost, touched[2]; /* lost it; doubled or slowed it, or touched this copy */
};

struct interface {
    uint64_t send_until, receive_until;
    uint64_t sent_busy_ns, received_busy_ns;
    uint64_t send_most_ns, receive_most_ns; /* that waited since network_begin_window() */
};

/* When the link of a pair is occupied from now on: behind an interface there may be gaps. */
struct busy_span {
    uint64_t begin, end;
};
struct link_load {
    uint64_t done_ns; /* how long it was occupied since network_take_link_use() */
    struct busy_span *ahead;
    uint32_t count, capacity;
    uint64_t ahead_ns; /* what they come to, */
    uint64_t most_ns;  /* and the most since network_take_link_use() */
};

struct network {
    uint64_t seed;
    const struct topology *topology;
    const uint64_t *machine_keys;
    struct pair *pairs; /* open addressing, linear probing; iterated only where order is nothing */
    size_t pair_count, pair_capacity;
    struct slots cuts;       /* struct cut */
    struct slots conditions; /* struct placed_condition */
    struct touch *touches;   /* of the present message; room for all conditions */
    uint32_t touch_count;
    struct interface *interfaces; /* by machine, or NULL */
    struct link_load *loads;      /* by slot of `pairs`; NULL: no link has a limited bandwidth */
};

/* What becomes of a message by chance. */
struct fate {
    bool lost, duplicated;
    uint64_t extra_ns[2];          /* of each copy, over the link's own delay */
    uint64_t damage[2];            /* of each copy */
    uint64_t bandwidth_bits_per_s; /* the lowest of the conditions, 0: none has one */
    uint64_t queue_limit_bytes;    /* the same */
};

/* ---- Draws -------------------------------------------------------------------------------------
 *
 * A draw is a function of its place, so one that does not matter need not be computed. */

/* Draw number `index` of those that begin at `start`. */
static inline uint64_t draw(struct random_stream start, uint32_t index)
{
    start.counter += index;
    return random_next(&start);
}

static inline bool draw_chance(struct random_stream start, uint32_t index, uint64_t parts)
{
    start.counter += index;
    return parts > 0 && random_chance(&start, parts);
}

static inline uint64_t draw_delay(struct random_stream start, uint32_t index,
                                  const struct distribution *distribution)
{
    return distribution_quantile(distribution, draw(start, index));
}

/* network_cut.c */
uint32_t slots_take(struct slots *slots, void *item);
void slots_give_back(struct slots *slots, uint32_t number); /* the item is the caller's */
void slots_done(struct slots *slots);                       /* frees the items */
static inline void *slots_at(const struct slots *slots, uint32_t number)
{
    cs_assert(number < slots->end);
    cs_assert(slots->items[number] != NULL);
    return slots->items[number];
}

/* network_pair.c */
void network_pairs_init(struct network *network);
void network_pairs_done(struct network *network);
/* The link of the pair will be occupied in `span`, which comes behind all that were noted. */
void network_note_busy(struct network *network, const struct pair *pair, uint64_t now,
                       struct busy_span span);
struct pair *network_pair(struct network *network, uint32_t from, uint32_t to);

/* network_condition.c */
/* The bursts and the damage that are the link's own, for message number `message` of the pair. */
void network_link_extras(struct pair *pair, uint64_t message, struct fate *fate);
/* What the conditions that concern it do to message number `message` of the pair. */
void network_add_conditions(struct network *network, struct pair *pair, uint64_t message,
                            uint32_t kind, struct fate *fate);
void network_conditions_done(struct network *network);
/* The message got as far as its fate: count it for those conditions that had a part in it. */
void network_count_touched(struct network *network, const struct fate *fate);

#endif
