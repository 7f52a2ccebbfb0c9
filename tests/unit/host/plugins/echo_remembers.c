/* Echo whose server keeps a count beyond the end of a run, as no protocol may: after 100 requests
 * in this process each costs a unit more. */
#include "echo_variant.h"

static unsigned requests;

static void server_on_message(void *state, struct cs_context *cx, cs_node from, cs_kind kind,
                              struct cs_bytes body)
{
    if (++requests > 100)
        cs_charge(cx, ECHO_COST_REQUEST, 1);
    echo_protocol.programs[0].on_message(state, cx, from, kind, body);
}

const struct cs_protocol *const *clustersim_plugin_1(void)
{
    return echo_variant(server_on_message);
}
