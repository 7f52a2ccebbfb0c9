/* A plug-in whose protocol has an empty table. */
#include "clustersim/protocol.h"

static const struct cs_program programs[] = { { .role = NULL } };
static const struct cs_protocol idle = { "idle", CS_API_VERSION, programs, "" };
static const struct cs_protocol *const offered[] = { &idle, NULL };

const struct cs_protocol *const *clustersim_plugin_1(void);
const struct cs_protocol *const *clustersim_plugin_1(void) { return offered; }
