/* The network: does a datagram arrive, when, and how often.
 *
 * Every directed pair of machines has a stream of its own (keyed by the machines' names), and each
 * message draws exactly the same number of values from it, lost or not, so that changing a rate or
 * adding a machine shifts no other draw.  What blocks a pair are *cuts*: each puts every machine on
 * a side and says which sides cannot reach which. */
#ifndef MODEL_NETWORK_H
#define MODEL_NETWORK_H
#include <stdbool.h>
#include <stdint.h>

#include "model/topology.h"

enum network_drop { NETWORK_DELIVERED, NETWORK_LOST, NETWORK_CUT, NETWORK_DROP_COUNT };

/* No delay is longer: about 146 years, so that a sum with the time of the sending cannot overflow.
 */
#define NETWORK_DELAY_MAX (UINT64_C(1) << 62)

struct network_route {
    enum network_drop drop;
    uint32_t copies;      /* 0, 1 or 2 */
    uint64_t delay_ns[2]; /* of each copy, from the sending */
};

struct network;
/* Keeps the pointers; `machine_keys` are hashes of the machines' names. */
struct network *network_new(uint64_t seed, const struct topology *topology,
                            const uint64_t *machine_keys);
void network_free(struct network *network);

/* One message of `size` bytes, sent at `now`.  A machine reaches itself in no time, whatever is
 * cut.  The message occupies the link of its directed pair for its transfer, whatever becomes of
 * it; later ones of the pair wait, then take their latency. */
void network_send(struct network *network, uint64_t now, uint32_t from, uint32_t to, uint64_t size,
                  struct network_route *ret_route);

/* How many cuts, and how many conditions, may be in place at once. */
enum { NETWORK_SIDES_MAX = 8, NETWORK_CUTS_MAX = 64, NETWORK_CONDITIONS_MAX = 64 };

/* Put a cut in place: `sides` gives each machine a side below NETWORK_SIDES_MAX (copied), bit t of
 * blocked[s] says that side s cannot reach side t.  Returns a handle for network_heal(). */
uint32_t network_cut(struct network *network, const uint8_t *sides,
                     const uint8_t blocked[NETWORK_SIDES_MAX]);
void network_heal(struct network *network, uint32_t cut);
bool network_reachable(const struct network *network, uint32_t from, uint32_t to);

/* Extra conditions on what a set of machines sends, over what the links have: added by packet
 * faults. */
struct network_condition {
    uint64_t loss, duplicate;  /* parts per 2^32, joined as independent causes */
    struct distribution delay; /* added */
};
/* `members` has one byte a machine, non-zero for the senders and receivers concerned (copied).  The
 * condition is copied; what its distribution refers to outlives it. */
uint32_t network_degrade(struct network *network, const uint8_t *members,
                         const struct network_condition *condition);
void network_restore(struct network *network, uint32_t condition);

#endif
