/* A program whose every handler is the test's own, on a rig. */
#ifndef TEST_RIG_PROGRAM_H
#define TEST_RIG_PROGRAM_H
#include "support/rig.h"

enum { FLAG, NUMBER, SIZE, DURATION, DISTRIBUTION, CHOICE, COPIES }; /* its parameters */
enum { META, DATA };                                                 /* its volumes */

extern const cs_node members[3];
extern struct rig *rig;

struct rig *new_rig(struct rig_param first);
void setup(void);
void teardown(void);
/* Let it do this on a request. */
void run(void (*function)(struct cs_context *cx));
struct cs_bytes text(const char *string);

#endif
