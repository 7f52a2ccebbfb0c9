/* Small random histories of clients of a few replicas that tell each other late, so that some of
 * them are as each of the weaker models promises; some answers may then be changed. */
#ifndef TEST_WEAK_STORY_H
#define TEST_WEAK_STORY_H
#include <stdbool.h>
#include <stdint.h>

enum { OPS_MAX = 7, KEYS = 2, SESSIONS = 4 };

struct call {
    int kind, key, session, outcome;
    int value, seen; /* 0: nothing */
    int invoked, returned;
    bool open;
};

struct story {
    struct call calls[OPS_MAX];
    int count, clock;
};

/* Number N is the same on every machine. */
void story_make(struct story *story, uint64_t number);
void story_print(const struct story *story);

#endif
