/* The options of `replay`. */
#ifndef COMMAND_REPLAY_SETTINGS_H
#define COMMAND_REPLAY_SETTINGS_H
#include "command/simulate.h"

enum { REPLAY_LINES = 20, REPLAY_LINES_MAX = 100000 };

struct replay_settings {
    char *seed_text, *until_text, *at_text, *around_text, *break_text, *nodes_text, *trace, *format;
    char *node; /* a node's log takes the place of the run */
    gboolean cut, other_build;
    char **sets, **plugins;
    gint lines;
    bool json;
    struct plan_overrides overrides;
    struct simulation_stop stops[2]; /* --at, --around */
    uint64_t break_event;
};

/* Read what the texts say.  False, and a complaint, if they make no sense. */
bool replay_settle(struct replay_settings *settings);
void replay_settings_clear(struct replay_settings *settings);

#endif
