/* Builds of one program, "extra": by their states they can be told apart, and one does not fit. */
#include "clustersim/protocol.h"

static void on_timer(void *state, struct cs_context *cx, cs_token token)
{
    (void)state, (void)cx, (void)token;
}

#ifndef STATE_SIZE
#define STATE_SIZE 8
#endif

#ifdef ONE_MORE_COST
static const char *const costs[] = { "entry", NULL };
#else
static const char *const costs[] = { NULL };
#endif

static const struct cs_program programs[] = {
    { .role = "server", .state_size = STATE_SIZE, .costs = costs, .on_timer = on_timer },
    { 0 },
};
static const struct cs_protocol extra = { "extra", CS_API_VERSION, programs, "A build." };
static const struct cs_protocol *const protocols[] = { &extra, NULL };

const struct cs_protocol *const *clustersim_plugin_1(void);
const struct cs_protocol *const *clustersim_plugin_1(void) { return protocols; }
