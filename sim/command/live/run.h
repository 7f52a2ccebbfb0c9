/* A scenario in real processes, to the same verdict and the same results. */
#ifndef COMMAND_LIVE_RUN_H
#define COMMAND_LIVE_RUN_H
#include "command/command.h"
#include "command/live/live.h"

struct live_settings {
    struct live_common common;
    char *out, *folder, *record, *format, *limit_text;
    gboolean no_charts;
    bool json;
    bool quiet;             /* nothing is said of the run on standard output */
    uint64_t time_limit_ns; /* 0: by the scenario's length */
};

/* False, and a complaint, if an option makes no sense. */
bool live_settle(struct live_settings *settings);
void live_settings_clear(struct live_settings *settings);

/* Run it and write its results.  *ret_folder, which the caller frees, is where they are, or NULL.
 * What its nodes have measured is there as costs.json. */
enum exit_status live_run(const char *path, const struct live_settings *settings,
                          const struct cs_protocol *const *protocols, char **ret_folder);

#endif
