/* Two instances of the story's program, for tests that ask them for work and read what they did. */
#ifndef TEST_PAIR_H
#define TEST_PAIR_H
#include "story.h"

extern struct small_cluster small;
extern struct cluster *cluster;

/* A test's fixture; begin() makes the cluster of what the test has changed in `small`. */
void set_up(void);
void tear_down(void);

void begin(void); /* past the starts, whose story is forgotten */
void run_to_ms(uint64_t ms);
void ask(uint32_t instance);

#endif
