/* A model of a correct replicated log that walks at random and writes down what five nodes would
 * tell: a script of facts, boots and ends.
 *
 * The model is omniscient: an election, a replication or a commit is one action, without messages.
 * A crash loses any part of a log that was not flushed, and may come again while a node recovers.
 */
#ifndef TEST_VERIFY_WALK_H
#define TEST_VERIFY_WALK_H
#include "stage.h"

enum { WALK_NODES = 5, WALK_ENTRIES_MAX = 256, WALK_ITEMS_MAX = 16384 };

enum item_kind { ITEM_FACT, ITEM_CRASH, ITEM_RESTART, ITEM_READY };

struct item {
    enum item_kind kind;
    uint32_t instance;
    struct stated_fact fact;
    bool claimed;     /* a recovered entry that had been claimed to be kept */
    uint32_t laggard; /* at an election: a node that misses something committed, or CS_NODE_NONE */
};

struct script {
    struct item items[WALK_ITEMS_MAX];
    size_t count;
};

void walk(struct script *script, uint64_t seed, unsigned actions);
/* Tell it to the oracles of the stage, without item `omitted` (SIZE_MAX: none). */
void script_play(const struct script *script, size_t omitted);

#endif
