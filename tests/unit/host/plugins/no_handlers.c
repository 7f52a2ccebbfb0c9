/* A plug-in whose client has no handlers. */
#include "clustersim/protocol.h"

static void on_timer(void *state, struct cs_context *cx, cs_token token)
{
    (void)state, (void)cx, (void)token;
}

static const struct cs_program programs[] = {
    { .role = "server", .state_size = 8, .on_timer = on_timer },
    { .role = "client", .state_size = 8 },
    { .role = NULL },
};
static const struct cs_protocol idle = { "idle", CS_API_VERSION, programs, "" };
static const struct cs_protocol *const offered[] = { &idle, NULL };

const struct cs_protocol *const *clustersim_plugin_1(void);
const struct cs_protocol *const *clustersim_plugin_1(void) { return offered; }
