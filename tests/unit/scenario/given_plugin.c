/* A plug-in with a protocol of one program, "extra". */
#include "clustersim/protocol.h"

static void on_timer(void *state, struct cs_context *cx, cs_token token)
{
    (void)state, (void)cx, (void)token;
}

static const struct cs_program programs[] = {
    { .role = "server", .state_size = 8, .on_timer = on_timer },
    { 0 },
};
static const struct cs_protocol extra = { "extra", CS_API_VERSION, programs, "Is elsewhere." };
static const struct cs_protocol *const protocols[] = { &extra, NULL };

const struct cs_protocol *const *clustersim_plugin_1(void);
const struct cs_protocol *const *clustersim_plugin_1(void) { return protocols; }
