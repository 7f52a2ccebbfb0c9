/* A node's log fed to one simulated instance, whose effects are compared with the recorded ones. */
#ifndef LIVE_NODE_REPLAY_H
#define LIVE_NODE_REPLAY_H
#include "live/node_log.h"
#include "scenario/plan.h"

struct node_replay {
    guint inputs, effects; /* that were the same */
    char *difference;      /* the first one: where, what was recorded and what came; or NULL */
};

/* `plan` is that of the log's scenario.  False, and G_FILE_ERROR_INVAL, if the log does not fit it;
 * then nothing has run. */
bool node_replay(const struct node_log *log, const struct plan *plan,
                 struct node_replay *ret_replay, GError **error);
void node_replay_clear(struct node_replay *replay);

#endif
