/* Three instances of the story's program, whose ends are told too. */
#ifndef TEST_THREE_H
#define TEST_THREE_H
#include "story.h"

enum { A, B, C };
enum { SECTOR = 512 };

extern struct small_cluster small;
extern struct cluster *cluster;

/* A test's fixture; begin() makes the cluster of what the test has changed in `small`. */
void set_up(void);
void tear_down(void);

void begin(void); /* past the starts, whose story is forgotten */
void run_to_ms(uint64_t ms);
void ask(uint32_t instance);

/* The byte that a volume would have after a power loss that loses what is not flushed. */
uint8_t durable_byte(uint32_t instance, uint64_t sector);

#endif
