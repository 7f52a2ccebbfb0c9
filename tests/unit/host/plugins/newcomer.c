/* A good plug-in: a protocol that is not built in, and one that replaces a built-in. */
#include "clustersim/protocol.h"

static void on_timer(void *state, struct cs_context *cx, cs_token token)
{
    (void)state, (void)cx, (void)token;
}

static const struct cs_program programs[] = {
    { .role = "server", .state_size = 8, .on_timer = on_timer },
    { .role = "probe", .state_size = 8, .on_timer = on_timer },
    { .role = NULL },
};

static const struct cs_protocol newcomer = { "newcomer", CS_API_VERSION, programs, "It is new." };
static const struct cs_protocol raft = { "raft", CS_API_VERSION, programs, "Another build." };
static const struct cs_protocol *const offered[] = { &newcomer, &raft, NULL };

const struct cs_protocol *const *clustersim_plugin_1(void);
const struct cs_protocol *const *clustersim_plugin_1(void) { return offered; }
