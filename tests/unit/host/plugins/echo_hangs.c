/* Echo whose server, now and then, never comes back: its process is then named "hangs". */
#include <sys/prctl.h>

#include "echo_variant.h"

static void server_on_message(void *state, struct cs_context *cx, cs_node from, cs_kind kind,
                              struct cs_bytes body)
{
    volatile bool stuck = cs_random(cx, "patience", 500) == 0;
    if (stuck)
        (void)prctl(PR_SET_NAME, "hangs");
    while (stuck)
        ;
    echo_protocol.programs[0].on_message(state, cx, from, kind, body);
}

const struct cs_protocol *const *clustersim_plugin_1(void)
{
    return echo_variant(server_on_message);
}
