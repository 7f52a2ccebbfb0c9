/* A build of raft with a mistake: its server does not remember for whom it has voted. */
#include "raft_variant.h"

static void server_on_message(void *state, struct cs_context *cx, cs_node from, cs_kind kind,
                              struct cs_bytes body)
{
    struct raft *rf = state;
    if (kind == RAFT_REQUEST_VOTE && rf->role == RAFT_FOLLOWER)
        rf->vote = CS_NODE_NONE;
    raft_protocol.programs[0].on_message(state, cx, from, kind, body);
}

const struct cs_protocol *const *clustersim_plugin_1(void)
{
    struct cs_program *programs = raft_variant();
    programs[0].on_message = server_on_message;
    return raft_offered(programs);
}
