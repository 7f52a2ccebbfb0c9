/* A plug-in with a protocol of one program, "extra". */
#include "clustersim/protocol.h"

static const struct cs_program programs[] = { { .role = "server", .state_size = 8 }, { 0 } };
static const struct cs_protocol extra = { "extra", CS_API_VERSION, programs, "Is elsewhere." };
static const struct cs_protocol *const protocols[] = { &extra, NULL };

const struct cs_protocol *const *clustersim_plugin_1(void);
const struct cs_protocol *const *clustersim_plugin_1(void) { return protocols; }
