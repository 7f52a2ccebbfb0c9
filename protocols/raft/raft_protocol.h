/* Raft: a replicated log with a strong leader, and a state machine on top of it.
 *
 * After Diego Ongaro, "Consensus: Bridging Theory and Practice", Stanford 2014 ("thesis" in the
 * comments of this folder), with pre-vote, check-quorum, pipelined replication, the leader's write
 * in parallel with its followers', client sessions and linearizable reads. */
#ifndef RAFT_RAFT_PROTOCOL_H
#define RAFT_RAFT_PROTOCOL_H
#include "clustersim/protocol.h"

extern const struct cs_protocol raft_protocol;

#endif
