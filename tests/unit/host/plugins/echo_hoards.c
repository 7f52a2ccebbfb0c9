/* Echo whose server, now and then, wants more memory than there is. */
#include "echo_variant.h"

static void server_on_message(void *state, struct cs_context *cx, cs_node from, cs_kind kind,
                              struct cs_bytes body)
{
    volatile bool greedy = cs_random(cx, "patience", 500) == 0;
    while (greedy) {
        volatile char *memory = cs_alloc(cx, 1 << 26);
        for (size_t i = 0; i < 1 << 26; i += 4096)
            memory[i] = 1;
    }
    echo_protocol.programs[0].on_message(state, cx, from, kind, body);
}

const struct cs_protocol *const *clustersim_plugin_1(void)
{
    return echo_variant(server_on_message);
}
