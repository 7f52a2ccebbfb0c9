/* Echo whose server gives up when the wall clock is more than 1500 ms late: it bears one jump of a
 * second, and not two. */
#include "echo_variant.h"

static void server_on_message(void *state, struct cs_context *cx, cs_node from, cs_kind kind,
                              struct cs_bytes body)
{
    const uint64_t epoch_ns =
        UINT64_C(86400000000000); /* what a right wall clock is ahead of the other */
    if (cs_wall(cx).ns + 1500000000 < cs_now(cx).ns + epoch_ns) {
        cs_stop(cx, "late");
    } else {
        echo_protocol.programs[0].on_message(state, cx, from, kind, body);
    }
}

const struct cs_protocol *const *clustersim_plugin_1(void)
{
    return echo_variant(server_on_message);
}
