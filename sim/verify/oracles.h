/* Each oracle is a file of its own; this is what the table and the tests see of it. */
#ifndef VERIFY_ORACLES_H
#define VERIFY_ORACLES_H
#include "verify/oracle.h"

extern const struct oracle_type oracle_one_vote_per_term;
extern const struct oracle_type oracle_election_safety;
extern const struct oracle_type oracle_leader_completeness;
extern const struct oracle_type oracle_log_matching;
extern const struct oracle_type oracle_state_machine_safety;
extern const struct oracle_type oracle_committed_entries_agree;
extern const struct oracle_type oracle_commit_monotonic;
extern const struct oracle_type oracle_durable_before_spoken;
extern const struct oracle_type oracle_recovered_agrees;
extern const struct oracle_type oracle_acknowledged_survives;
extern const struct oracle_type oracle_final_reads;
extern const struct oracle_type oracle_convergence;

#endif
