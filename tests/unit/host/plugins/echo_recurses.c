/* Echo whose server has a bug: it calls itself until there is no stack left. */
#include "echo_variant.h"

static volatile int depth;

static int deeper(int from)
{
    volatile char space[4096];
    space[0] = (char)from;
    depth++;
    return depth > 0 ? deeper(from + 1) + space[0] : 0;
}

static void server_on_message(void *state, struct cs_context *cx, cs_node from, cs_kind kind,
                              struct cs_bytes body)
{
    (void)state, (void)cx, (void)from, (void)kind, (void)body;
    depth = deeper(0);
}

const struct cs_protocol *const *clustersim_plugin_1(void)
{
    return echo_variant(server_on_message);
}
