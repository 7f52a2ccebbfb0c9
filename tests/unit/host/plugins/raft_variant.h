/* Raft with another server: its programs are copied, and a test changes the first. */
#ifndef TEST_RAFT_VARIANT_H
#define TEST_RAFT_VARIANT_H
#include "raft/raft.h"
#include "raft/raft_protocol.h"

const struct cs_protocol *const *clustersim_plugin_1(void);

/* The server's program, to be changed; the protocol that raft_offered() offers has it. */
static inline struct cs_program *raft_variant(void)
{
    static struct cs_program programs[3]; /* server, client, end */
    programs[0] = raft_protocol.programs[0];
    programs[1] = raft_protocol.programs[1];
    cs_assert(raft_protocol.programs[2].role == NULL);
    return programs;
}

static inline const struct cs_protocol *const *raft_offered(const struct cs_program *programs)
{
    static struct cs_protocol protocol;
    static const struct cs_protocol *const offered[] = { &protocol, NULL };
    protocol = raft_protocol;
    protocol.programs = programs;
    return offered;
}

#endif
