/* A build of raft that cannot stand beside the others: its groups are smaller. */
#include "raft_variant.h"

const struct cs_protocol *const *clustersim_plugin_1(void)
{
    struct cs_program *programs = raft_variant();
    programs[0].group_max = 3;
    return raft_offered(programs);
}
