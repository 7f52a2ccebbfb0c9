/* A plug-in with one of the protocols of newcomer.c, whose state has another size. */
#include "clustersim/protocol.h"

static void on_timer(void *state, struct cs_context *cx, cs_token token)
{
    (void)state, (void)cx, (void)token;
}

static const struct cs_program programs[] = {
    { .role = "server", .state_size = 16, .on_timer = on_timer },
    { .role = NULL },
};

static const struct cs_protocol raft = { "raft", CS_API_VERSION, programs, "A later build." };
static const struct cs_protocol *const offered[] = { &raft, NULL };

const struct cs_protocol *const *clustersim_plugin_1(void);
const struct cs_protocol *const *clustersim_plugin_1(void) { return offered; }
