/* Echo whose server has a bug: it writes where there is nothing. */
#include "echo_variant.h"

static int *volatile nowhere = (int *)64; /* not NULL: a sanitizer would see that coming */

static void server_on_message(void *state, struct cs_context *cx, cs_node from, cs_kind kind,
                              struct cs_bytes body)
{
    (void)state, (void)cx, (void)from, (void)kind, (void)body;
    *nowhere = 1;
}

const struct cs_protocol *const *clustersim_plugin_1(void)
{
    return echo_variant(server_on_message);
}
