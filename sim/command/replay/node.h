/* replay --node: the log of a live node, fed to a simulated instance. */
#ifndef COMMAND_REPLAY_NODE_H
#define COMMAND_REPLAY_NODE_H
#include "command/replay/settings.h"

/* The exit status: pass if every effect is the recorded one, nondeterminism if not. */
int replay_node(const struct replay_settings *settings, const struct cs_protocol *const *protocols);

#endif
