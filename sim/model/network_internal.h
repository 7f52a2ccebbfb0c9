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
    uint64_t bursts; /* bit c: in a burst of condition c; LINK_EXTRAS: in one of the link's own */
};
_Static_assert(sizeof(struct pair) == 64, "a pair is one cache line");

#define PAIR_NONE UINT64_MAX /* a pair of a machine with itself, which has no slot */

/* A link's own bursts and damage are kept and drawn like those of a condition with this number. */
enum { LINK_EXTRAS = NETWORK_CONDITIONS_MAX };
_Static_assert(LINK_EXTRAS < 64, "a bit for each condition and one more");
_Static_assert(NETWORK_CUTS_MAX == 64, "a bit for each cut");
_Static_assert(NETWORK_SIDES_MAX == 64, "a bit for each side");

struct cut {
    uint64_t blocked[NETWORK_SIDES_MAX];
    uint8_t sides[]; /* by machine */
};

struct placed_condition {
    struct network_condition condition;
    uint64_t count; /* messages that it has touched */
};

/* The conditions that concern a machine: bit c stands for condition c. */
struct place {
    uint64_t senders, receivers; /* it is in `from`, in `to`, of one that wants both */
    uint64_t sent, received;     /* ... of one that wants either */
};

struct interface {
    uint64_t send_until, receive_until;
    uint64_t sent_busy_ns, received_busy_ns;
};

struct network {
    uint64_t seed;
    const struct topology *topology;
    const uint64_t *machine_keys;
    struct pair *pairs; /* open addressing, linear probing; iterated only where order is nothing */
    size_t pair_count, pair_capacity;
    uint64_t cuts, clogs; /* bit c: cut c is in place, and is a clog */
    struct cut *cut[NETWORK_CUTS_MAX];
    uint64_t conditions;
    struct placed_condition condition[NETWORK_CONDITIONS_MAX];
    struct place *places;         /* by machine */
    struct interface *interfaces; /* by machine, or NULL */
};

/* What becomes of a message by chance. */
struct fate {
    bool lost, duplicated;
    uint64_t extra_ns[2];          /* of each copy, over the link's own delay */
    uint64_t damage[2];            /* of each copy */
    uint64_t bandwidth_bits_per_s; /* the lowest of the conditions, 0: none has one */
    uint64_t losers;               /* bit c: condition c has lost it, */
    uint64_t touched[2];           /* ... or has doubled or slowed it, or touched this copy */
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

/* ---- Sets of handles ---------------------------------------------------------------------------
 */

/* Take the lowest of the bits below `count` that is clear in *taken. */
static inline uint32_t take_bit(uint64_t *taken, uint32_t count)
{
    cs_assert(*taken != UINT64_MAX);
    uint32_t bit = (uint32_t)__builtin_ctzll(~*taken);
    cs_assert(bit < count);
    *taken |= UINT64_C(1) << bit;
    return bit;
}

static inline void give_bit_back(uint64_t *taken, uint32_t bit)
{
    cs_assert(bit < 64);
    cs_assert((*taken >> bit & 1) != 0);
    *taken &= ~(UINT64_C(1) << bit);
}

/* network_pair.c */
void network_pairs_init(struct network *network);
struct pair *network_pair(struct network *network, uint32_t from, uint32_t to);

/* network_condition.c */
/* The bursts and the damage that are the link's own, for message number `message` of the pair. */
void network_link_extras(struct pair *pair, uint64_t message, struct fate *fate);
/* The conditions that concern what `from` sends to `to`. */
static inline uint64_t network_applying(const struct network *network, uint32_t from, uint32_t to)
{
    if (network->conditions == 0)
        return 0;
    const struct place *sender = &network->places[from];
    const struct place *receiver = &network->places[to];
    return (sender->senders & receiver->receivers) | sender->sent | receiver->received;
}
void network_add_conditions(const struct network *network, struct pair *pair, uint64_t message,
                            uint32_t kind, uint64_t applying, struct fate *fate);
/* The message got as far as its fate: count it for those conditions that had a part in it. */
void network_count_touched(struct network *network, const struct fate *fate);

#endif
