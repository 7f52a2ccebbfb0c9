/* A plug-in from the future.  The protocol before it is good, but is not to be kept. */
#include "clustersim/protocol.h"

static void on_timer(void *state, struct cs_context *cx, cs_token token)
{
    (void)state, (void)cx, (void)token;
}

static const struct cs_program programs[] = {
    { .role = "server", .state_size = 8, .on_timer = on_timer },
    { .role = NULL },
};

static const struct cs_protocol good = { "good", CS_API_VERSION, programs, "" };
static const struct cs_protocol future = { "future", CS_API_VERSION + 1, programs, "" };
static const struct cs_protocol *const offered[] = { &good, &future, NULL };

const struct cs_protocol *const *clustersim_plugin_1(void);
const struct cs_protocol *const *clustersim_plugin_1(void) { return offered; }
