/* A network for tests: machines in one rack, all pairs with the same link. */
#ifndef TEST_WORLD_H
#define TEST_WORLD_H
#include "base/random.h"
#include "model/network.h"

#define MILLISECOND UINT64_C(1000000)
#define HALF        (PROBABILITY_ONE / 2)

enum { MACHINES_MAX = 120, SEED = 42 };

struct world {
    struct topology topology;
    struct link_options link;
    struct interface_options interfaces[MACHINES_MAX]; /* see world_use_interfaces() */
    uint32_t rack_of_machine[MACHINES_MAX];
    uint64_t keys[MACHINES_MAX];
    struct network *network;
};

void world_init(struct world *world, uint32_t machine_count, struct link_options link);
void world_done(struct world *world);
/* Make the network anew, after a change of what it is made of. */
void world_again(struct world *world);
/* ... with all interfaces like this one. */
void world_use_interfaces(struct world *world, struct interface_options options);

/* A message of kind 0; the second form: of 100 bytes at time 0. */
struct network_route world_send_at(struct world *world, uint64_t now, uint32_t from, uint32_t to,
                                   uint64_t size);
struct network_route world_send(struct world *world, uint32_t from, uint32_t to);

struct link_options world_uniform_link(void);

/* Put every machine on side 0 but `machine`, which goes to side 1. */
uint32_t world_cut_off(struct world *world, uint32_t machine, uint64_t blocked_from_others,
                       uint64_t blocked_from_it, bool clog);
/* Put the condition on all that the machines whose bits are in `members` send and receive. */
uint32_t world_degrade(struct world *world, uint64_t members,
                       const struct network_condition *condition);

/* `count` of `total` is within five standard errors of the probability parts / 2^32. */
void world_check_rate(uint64_t count, uint64_t total, uint64_t parts);

#endif
