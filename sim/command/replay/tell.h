/* What came out of a replay, as text or JSON. */
#ifndef COMMAND_REPLAY_TELL_H
#define COMMAND_REPLAY_TELL_H
#include "command/determinism/divergence.h"
#include "command/replay/recorded.h"
#include "command/replay/story.h"
#include "command/simulate.h"

/* The state at --at. */
struct moment {
    bool reached;
    uint64_t at_ns, event; /* so many events had been handled */
    GPtrArray *names;      /* const char *: of the nodes that are told */
    GPtrArray *states;     /* char *: a few lines for each of them */
    struct cs_text flight; /* a line for each thing under way */
    size_t flight_count;
};

struct replay_outcome {
    const struct simulation *simulation;
    const struct recorded *recorded;     /* NULL: a scenario was run */
    const struct divergence *divergence; /* NULL: nothing to compare with record by record */
    bool differs;
    const char *build;
    const struct moment *moment;
    const struct story *story;
    uint64_t wall_us;
};

void replay_print(const struct replay_outcome *outcome, FILE *file);
/* The caller owns it. */
json_t *replay_json(const struct replay_outcome *outcome);
/* Where the run parts from what was recorded, as lines for people. */
void replay_print_difference(const struct replay_outcome *outcome, FILE *file);

#endif
