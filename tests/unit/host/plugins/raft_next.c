/* The next build of raft: its server keeps a number more, and says "next" when it starts. */
#include "raft_variant.h"

struct next {
    struct raft raft;
    uint64_t messages;
};

static void server_on_start(void *state, struct cs_context *cx, enum cs_start kind)
{
    const struct next *next = state;
    cs_assert(next->messages == 0);
    cs_reached(cx, "next");
    raft_protocol.programs[0].on_start(state, cx, kind);
}

static void server_on_message(void *state, struct cs_context *cx, cs_node from, cs_kind kind,
                              struct cs_bytes body)
{
    struct next *next = state;
    next->messages++;
    raft_protocol.programs[0].on_message(state, cx, from, kind, body);
}

const struct cs_protocol *const *clustersim_plugin_1(void)
{
    struct cs_program *programs = raft_variant();
    programs[0].state_size = sizeof(struct next);
    programs[0].on_start = server_on_start;
    programs[0].on_message = server_on_message;
    return raft_offered(programs);
}
