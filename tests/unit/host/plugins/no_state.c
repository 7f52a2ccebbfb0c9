/* A plug-in with a program that has nowhere to keep anything. */
#include "clustersim/protocol.h"

static const struct cs_program programs[] = {
    { .role = "server", .state_size = 8 },
    { .role = "client" },
    { .role = NULL },
};
static const struct cs_protocol blank = { "blank", CS_API_VERSION, programs, "" };
static const struct cs_protocol *const offered[] = { &blank, NULL };

const struct cs_protocol *const *clustersim_plugin_1(void);
const struct cs_protocol *const *clustersim_plugin_1(void) { return offered; }
