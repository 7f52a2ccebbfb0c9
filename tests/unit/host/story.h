/* A program for tests of the host: it writes down every input with its time, and does what the test
 * says. */
#ifndef TEST_STORY_H
#define TEST_STORY_H
#include "support/small_cluster.h"

enum story_input { STORY_START, STORY_MESSAGE, STORY_TIMER, STORY_DISK, STORY_JOB, STORY_REQUEST };

struct story_event {
    enum story_input input;
    const char *name; /* of the instance */
    uint64_t number;  /* the message's kind, the token, the request, or the kind of start */
    cs_node from;
    enum cs_disk_status status;
    struct cs_bytes bytes;
    struct cs_context *cx;
    uint64_t *state; /* one number, zero in each incarnation */
};

/* What an instance does with an input; NULL: nothing. */
extern void (*story_act)(const struct story_event *event);

extern const struct cs_program story_program;
extern const struct cs_program story_program_2; /* another build: says "v2" before each line */

/* "2ms b message 7 from a\n…" since the last call; times are the cluster's own. */
const char *story_told(void);
void story_tell(const char *format, ...) CS_PRINTF(1, 2);

/* Make the cluster, remember it for the times, forget the story so far. */
struct cluster *story_begin(const struct small_cluster *small);

#endif
