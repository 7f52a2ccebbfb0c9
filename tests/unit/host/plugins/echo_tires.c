/* Echo whose server gives up now and then: at one request of about five hundred. */
#include "echo_variant.h"

static void server_on_message(void *state, struct cs_context *cx, cs_node from, cs_kind kind,
                              struct cs_bytes body)
{
    if (cs_random(cx, "patience", 500) == 0) {
        cs_stop(cx, "tired");
    } else {
        echo_protocol.programs[0].on_message(state, cx, from, kind, body);
    }
}

const struct cs_protocol *const *clustersim_plugin_1(void)
{
    return echo_variant(server_on_message);
}
