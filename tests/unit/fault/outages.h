/* A nemesis that knows nearly every kind of fault, and a reader of the records who tells whom they
 * put out of action. */
#ifndef TEST_OUTAGES_H
#define TEST_OUTAGES_H
#include "beat.h"

enum { ENTRIES_MAX = 48 };

extern struct beat beat;
extern struct fault_options faults[ENTRIES_MAX];
extern struct nemesis_entry entries[ENTRIES_MAX];
extern struct nemesis_options nemesis; /* of them; from 100 ms to 2.4 s */

/* How an instance is out of action by a fault of its own, as a reader of the records sees it. */
enum outage {
    SPARED,     /* it goes on */
    OUT_WHILE,  /* as long as the fault lasts */
    OUT_FOREVER /* its disk cannot be trusted any more */
};
struct known_kind {
    enum fault_kind kind;
    enum outage outage;
    uint64_t weight;
};
enum { KINDS = 21 };
extern const struct known_kind kinds[KINDS];

/* By group: one of it by chance, all of it. */
extern const struct fault_side sides[2][2];

void set_up(void);
void tear_down(void);
/* Each kind for each of `groups` groups; compound ones for all of a group. */
void fill(uint32_t groups);

bool is_out(uint32_t instance);
/* All but the largest set of one that works and those that work and are in touch with it. */
uint32_t out_of(uint32_t group);

/* What a run has shown: the most of each group that were out at an instant, and which kinds. */
extern uint32_t most[2];
extern unsigned fired[KINDS];
void run_seed(uint64_t seed);
/* In the run that is under way. */
unsigned fired_in_all(void);

#endif
