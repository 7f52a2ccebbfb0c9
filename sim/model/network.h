/* The network: does a datagram arrive, when, how often, and unharmed.
 *
 * Every directed pair of machines has streams of its own (keyed by the machines' names), and the
 * draws of a message have their places there by the message's number in the pair, drawn or not, so
 * that changing a rate, adding a fault or adding a machine shifts no other draw.  What blocks a
 * pair are *cuts*: each puts every machine on a side and says which sides cannot reach which.  A
 * cut drops what is sent through it, or *clogs*: holds it back until it is healed.  What serves a
 * pair badly are the options of its link, and *conditions* that come and go. */
#ifndef MODEL_NETWORK_H
#define MODEL_NETWORK_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/topology.h"

enum network_drop {
    NETWORK_DELIVERED,
    NETWORK_LOST,     /* by chance */
    NETWORK_CUT,      /* by a cut */
    NETWORK_OVERFLOW, /* the queue of a link or an interface was full */
    NETWORK_HELD,     /* not dropped: a clog holds it; see network_clogged() */
    NETWORK_DROP_COUNT
};

/* No delay is longer: about 146 years, so that a sum with the time of the sending cannot overflow.
 */
#define NETWORK_DELAY_MAX (UINT64_C(1) << 62)

struct network_route {
    enum network_drop drop;
    uint32_t copies;      /* 0, 1 or 2; of a held message those that will arrive */
    uint64_t delay_ns[2]; /* of each copy, from the sending, or from the release of a held one */
    uint64_t
        damage[2]; /* of each copy: 0 if it arrives as it was sent, else for network_damage() */
};

struct network;
/* Keeps the pointers; `machine_keys` are hashes of the machines' names. */
struct network *network_new(uint64_t seed, const struct topology *topology,
                            const uint64_t *machine_keys);
void network_free(struct network *network);

/* ---- Messages ----------------------------------------------------------------------------------
 */

/* One message of `size` bytes and of `kind` (the sender's own number), sent at `now`.  A machine
 * reaches itself in no time, whatever is wrong.
 *
 * The message takes its turn at the sender's interface, then at the link of its directed pair, and
 * occupies each for its transfer, whatever becomes of it afterwards; later ones wait.  Who finds
 * more bytes waiting than the limit of a queue is dropped there: one that finds it empty always
 * passes.  The second copy of a message occupies nothing. */
void network_send(struct network *network, uint64_t now, uint32_t from, uint32_t to, uint32_t kind,
                  uint64_t size, struct network_route *ret_route);

/* Whether copies have to take their turn at the interface of `to`: network_receive() says when. */
bool network_receives_in_turn(const struct network *network, uint32_t from, uint32_t to);
/* A copy has come as far as the interface of `to` at `now`, which does not fall from call to call.
 * It is booked here and not at its sending, because what was sent first may arrive last and must
 * not keep the interface waiting.  Returns false if the queue is full and the copy is dropped. */
bool network_receive(struct network *network, uint64_t now, uint32_t to, uint64_t size,
                     uint64_t *ret_at);

/* Harm the `size` bytes of a copy as its route says: one to four bits are flipped, if there are
 * any. */
void network_damage(uint64_t damage, uint8_t *data, size_t size);

struct network_interface_view {
    uint64_t sent_busy_ns, received_busy_ns; /* occupied in all, up to the last booking */
    uint64_t send_backlog_ns;                /* until what waits has left */
    uint64_t receive_backlog_ns;             /* until what waits has come in */
    uint64_t send_most_ns, receive_most_ns;  /* the highest backlogs since network_begin_window() */
};
/* All zero for an interface without a limit. */
struct network_interface_view network_interface(const struct network *network, uint32_t machine,
                                                uint64_t now);

/* The most that has waited is counted from now on. */
void network_begin_window(struct network *network, uint64_t now);

/* Of the links that lead from a machine: how long the one that worked most has worked since the
 * last call, how long the one that most waits for has yet to, and the most that one had to since
 * the last call. */
struct network_link_use {
    uint64_t done_ns, backlog_ns, most_ns;
};
/* Whether any link has a limited bandwidth. */
bool network_has_link_use(const struct network *network);
/* By machine.  The lower bandwidth of a condition is none of the link's. */
void network_take_link_use(struct network *network, uint64_t now, struct network_link_use *ret_use);

/* ---- Cuts --------------------------------------------------------------------------------------
 */

/* Of one cut; any number of cuts may be in place at once. */
enum { NETWORK_SIDES_MAX = 64 };

/* Put a cut in place: `sides` gives each machine a side below NETWORK_SIDES_MAX (copied), bit t of
 * blocked[s] says that side s cannot reach side t.  `clog`: it holds messages instead of dropping
 * them.  Returns a handle for network_heal(). */
uint32_t network_cut(struct network *network, const uint8_t *sides,
                     const uint64_t blocked[NETWORK_SIDES_MAX], bool clog);
/* Whoever keeps the held messages lets go of those that are no longer clogged: cluster_heal(). */
void network_heal(struct network *network, uint32_t cut);
/* What stands between them: NETWORK_CUT, NETWORK_HELD if there are only clogs, or
 * NETWORK_DELIVERED if there is nothing. */
enum network_drop network_obstacle(const struct network *network, uint32_t from, uint32_t to);
bool network_reachable(const struct network *network, uint32_t from, uint32_t to);
/* Whether a clog stands between them, alone or beside cuts. */
bool network_clogged(const struct network *network, uint32_t from, uint32_t to);

/* ---- Conditions --------------------------------------------------------------------------------
 */

/* Extra conditions on what passes between sets of machines, over what the links have; any number of
 * them.  Chances are parts per 2^32, and causes are independent of one another. */
struct network_condition {
    uint64_t key;          /* names its draws: two conditions with one key draw the same */
    bool either;           /* all that `from` sends and all that `to` receives; else what
                              `from` sends to `to` */
    const uint32_t *kinds; /* only messages of these kinds; kind_count 0: of all */
    uint32_t kind_count;
    uint64_t loss;
    uint64_t burst_begin;          /* a burst of losses begins, with this message, ... */
    uint64_t burst_end;            /* ... and is over, with a later one of the pair */
    uint64_t duplicate;            /* a second copy with its own delay */
    uint64_t reorder;              /* a second latency of the link is added */
    uint64_t corrupt;              /* of each copy */
    struct distribution delay;     /* added */
    uint64_t bandwidth_bits_per_s; /* of each directed pair, after its link; of several the lowest.
                                      0: unlimited */
    uint64_t queue_limit_bytes;    /* that may wait for it; of several the lowest.  0: the link's */
};

/* `from` and `to` have one byte a machine, non-zero for the senders and the receivers concerned
 * (copied).  The condition is copied; what it refers to outlives it. */
uint32_t network_degrade(struct network *network, const uint8_t *from, const uint8_t *to,
                         const struct network_condition *condition);
/* What still waits for the condition's bandwidth keeps its delay; nobody waits behind it, unless
 * another condition limits the bandwidth of the same pair. */
void network_restore(struct network *network, uint32_t condition);
/* Which part of the messages that it concerns the condition lets through unharmed in the long run,
 * in parts per 2^32. */
uint64_t network_condition_spared(const struct network_condition *condition);
/* The same of what `from` sends to `to`, with all that is in place between them but the losses of
 * the link itself; 0 if they are cut or clogged. */
uint64_t network_spared(const struct network *network, uint32_t from, uint32_t to);
/* Machines for which this is equal fare alike: each reaches, and is reached by, the same others,
 * and equally well. */
uint64_t network_place_of(const struct network *network, uint32_t machine);
/* How many messages the condition has lost, doubled, delayed or harmed so far, not counting those
 * that a cut or a full queue has dropped. */
uint64_t network_condition_count(const struct network *network, uint32_t condition);

#endif
