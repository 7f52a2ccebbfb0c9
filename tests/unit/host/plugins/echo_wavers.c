/* Echo whose server looks at the clock on the wall, as no protocol may: from the fifth second on
 * its answers take as long as the nanoseconds say. */
#include <time.h>

#include "echo_variant.h"

static void server_on_message(void *state, struct cs_context *cx, cs_node from, cs_kind kind,
                              struct cs_bytes body)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    if (cs_now(cx).ns >= UINT64_C(5000000000))
        cs_charge(cx, ECHO_COST_REQUEST, (uint64_t)now.tv_nsec % 7);
    echo_protocol.programs[0].on_message(state, cx, from, kind, body);
}

const struct cs_protocol *const *clustersim_plugin_1(void)
{
    return echo_variant(server_on_message);
}
