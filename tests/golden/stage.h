/* A stage for stories: a cluster made from a scenario, without load, faults or oracles, and the
 * comparison of what it told with a committed file. */
#ifndef GOLDEN_STAGE_H
#define GOLDEN_STAGE_H
#include "host/narrate.h"
#include "scenario/plan.h"

struct stage {
    struct registry *registry;
    struct plan *plan;
    struct cluster *cluster;
    struct cs_text told; /* for cluster_narrate() */
};

/* `scenario` is a file beside the tests; `sets` are as those of struct plan_overrides, or NULL.  A
 * scenario that cannot be loaded fails the test. */
void stage_open(struct stage *stage, const char *scenario, const char *const *sets);
void stage_close(struct stage *stage);

/* The instance of that name, which must exist. */
uint32_t stage_instance(const struct stage *stage, const char *name);

/* Fail with a diff unless `text` is what the file `name`.txt beside the tests holds; with BLESS=1
 * in the environment write the file instead. */
void stage_expect_golden(const char *name, const char *text);

#endif
