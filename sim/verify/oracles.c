/* The one table of oracles. */
#include "verify/oracles.h"

/* clang-format off */
const struct oracle_type *const oracle_types[] = {
    &oracle_one_vote_per_term,
    &oracle_election_safety,
    &oracle_leader_completeness,
    &oracle_log_matching,
    &oracle_state_machine_safety,
    &oracle_committed_entries_agree,
    &oracle_commit_monotonic,
    &oracle_durable_before_spoken,
    &oracle_recovered_agrees,
    &oracle_acknowledged_survives,
    &oracle_final_reads,
    &oracle_convergence, /* those on request are the last */
    NULL,
};
