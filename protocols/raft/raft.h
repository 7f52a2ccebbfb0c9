/* A Raft server's state, and what its parts ask of each other.
 *
 *   server.c       the program's table and the dispatch of inputs
 *   storage.c      what is durable: term and vote, the log, recovery
 *   election.c     roles, pre-vote, votes
 *   follower.c     AppendEntries as received
 *   replication.c  AppendEntries as sent, and the replies
 *   commit.c       the commit index, and applying
 *   read.c         linearizable reads
 *   requests.c     what clients ask
 *   messages.c entry.c voters.c
 *
 * Log indices and terms count from 1; 0 is before the first.  At all times
 *
 *   applied <= commit <= log.last_index,  stored <= log.last_index,  verified <= log.last_index,
 *   terms along the log never go down, and none is above `term`.
 *
 * Not yet here, and where they would go: snapshots (log.first_index, state_machine's save and
 * load), membership changes (voters.h, a kind of entry), leadership transfer (a flag of
 * RequestVote), leases (read.c). */
#ifndef RAFT_RAFT_H
#define RAFT_RAFT_H
#include "clustersim/protocol.h"
#include "common/log.h"
#include "common/record.h"
#include "common/service.h"
#include "common/session.h"
#include "raft/entry.h"
#include "raft/messages.h"
#include "raft/voters.h"

enum raft_param {
    RAFT_PARAM_ELECTION_TIMEOUT,
    RAFT_PARAM_HEARTBEAT,
    RAFT_PARAM_PRE_VOTE,
    RAFT_PARAM_CHECK_QUORUM,
    RAFT_PARAM_READ_MODE,
    RAFT_PARAM_BATCH_BYTES,
    RAFT_PARAM_MAX_INFLIGHT,
    RAFT_PARAM_SESSION_TIMEOUT,
    RAFT_PARAM_STATE_MACHINE,
    RAFT_PARAM_COUNT
};

enum raft_volume { RAFT_VOLUME_LOG, RAFT_VOLUME_META };
enum raft_cost { RAFT_COST_ENTRY };
enum raft_timer { RAFT_TIMER_ELECTION, RAFT_TIMER_HEARTBEAT, RAFT_TIMER_APPLY };
enum raft_disk_token { RAFT_DISK_FLUSH_LOG };
enum raft_read_mode { RAFT_READ_LOG, RAFT_READ_INDEX };

enum raft_role { RAFT_FOLLOWER, RAFT_PRE_CANDIDATE, RAFT_CANDIDATE, RAFT_LEADER };

/* What the server knows of a voter; of itself too, where it makes sense.  Votes are a candidate's,
 * the rest is a leader's. */
struct raft_peer {
    bool granted; /* its vote, or pre-vote */

    uint64_t next_index;  /* the next entry to send; ahead of replies while replicating */
    uint64_t match_index; /* durable there and equal to our log up to here */
    uint64_t round;       /* the last round of heartbeats that it answered */
    cs_instant heard;     /* the last answer in our term, or our election */

    bool probing;          /* we do not know where its log agrees with ours */
    bool probe_sent;       /* one probe at a time */
    uint64_t *inflight;    /* last indices of unanswered AppendEntries, a ring */
    size_t inflight_first; /* place of the oldest */
    size_t inflight_count;
};

/* A client that waits for the entry at `index`. */
struct raft_waiter {
    uint64_t index;
    uint64_t tag;
    uint32_t attempt;
    cs_node client;
};

/* A read that waits for a round of heartbeats and for the state machine. */
struct raft_read {
    uint64_t round;
    uint64_t index;
    uint64_t tag;
    uint32_t attempt;
    cs_node client;
    uint8_t *query; /* its buffer stays with the place in the ring */
    size_t query_size, query_capacity;
};

struct raft {
    /* Durable before anything is said that rests on it. */
    uint64_t term;
    cs_node vote; /* in `term`; CS_NODE_NONE */
    struct record record;
    struct log log;

    /* What of the log is durable (storage.c). */
    uint64_t stored;       /* up to here */
    uint64_t flush_index;  /* up to here once the flush that is under way is done */
    bool flushing;         /* one flush at a time; what comes meanwhile shares the next */
    bool acknowledge_late; /* follower: tell the leader when more is stored */

    enum raft_role role;
    enum cs_role stated_role; /* the last that was stated, with its term */
    uint64_t stated_term;
    cs_node leader;            /* of `term`, if we know it */
    bool heard_leader;         /* ever, in this incarnation */
    cs_instant heard_at;       /* the last time */
    cs_duration vote_blackout; /* the least election timeout: the leader's undisputed time */
    uint64_t verified;         /* follower: our log equals the leader's up to here */
    uint64_t leader_round;     /* follower: the highest round of the leader */

    uint64_t commit;
    uint64_t applied;
    bool apply_pending; /* RAFT_TIMER_APPLY is armed */

    struct voters voters;
    struct raft_peer *peers; /* by place among the voters */
    uint64_t *values;        /* one a voter, for counting */

    /* Leader. */
    uint64_t term_start;      /* the index of this term's first entry */
    uint64_t round;           /* of heartbeats, the last sent */
    uint64_t round_confirmed; /* by a majority */
    cs_duration patience;     /* how long without a majority until it steps down */
    uint64_t clock_base_ns;   /* the replicated clock, and ... */
    cs_instant clock_local;   /* ... our own, when we were elected */

    struct raft_waiter *waiters; /* a ring, by index */
    size_t waiter_first, waiter_count, waiter_capacity;
    struct raft_read *reads; /* a ring, by round and index */
    size_t read_first, read_count, read_capacity;

    struct sessions sessions;

    cs_duration heartbeat;
    bool pre_vote;
    bool check_quorum;
    enum raft_read_mode read_mode;
    size_t batch_bytes;
    size_t max_inflight;
    size_t message_max;
    struct wire_buffer message; /* for the message being made */
    struct wire_buffer content; /* for the entry being made */
};

/* ---- storage.c ----------------------------------------------------------------------------------
 */

/* Recover, or begin with empty volumes.  False if it stopped the instance. */
bool raft_storage_start(struct raft *rf, struct cs_context *cx, enum cs_start kind);
/* Make term and vote durable; returns once they are, as far as later effects can tell. */
void raft_persist(struct raft *rf, struct cs_context *cx, uint64_t term, cs_node vote);
/* Append an entry at the end, not yet flushed; remove index `from` and all after it.  False if the
 * volume is full: that has stopped the instance. */
bool raft_append(struct raft *rf, struct cs_context *cx, uint64_t term, struct cs_bytes content);
bool raft_truncate(struct raft *rf, struct cs_context *cx, uint64_t from);
/* See to it that a flush covers the whole log, now or after the one under way. */
void raft_flush(struct raft *rf, struct cs_context *cx);
void raft_on_flushed(struct raft *rf, struct cs_context *cx, const struct cs_completion *done);
/* True if the log holds an entry of `term` at `index`; of index 0 and term 0. */
bool raft_log_matches(const struct raft *rf, uint64_t index, uint64_t term);
/* The last index up to `from` whose term is at most `term`; 0 if there is none. */
uint64_t raft_log_find(const struct raft *rf, uint64_t from, uint64_t term);

/* ---- election.c ---------------------------------------------------------------------------------
 */

void raft_arm_election_timer(struct raft *rf, struct cs_context *cx);
/* Follow, in `term`, which is ours or a later one; `vote` is for a later one, or CS_NODE_NONE. */
void raft_become_follower(struct raft *rf, struct cs_context *cx, uint64_t term, cs_node vote);
void raft_on_election_timeout(struct raft *rf, struct cs_context *cx);
void raft_on_request_vote(struct raft *rf, struct cs_context *cx, cs_node from,
                          const struct request_vote *message);
void raft_on_vote(struct raft *rf, struct cs_context *cx, size_t voter, const struct vote *message);
/* State the role, if it or the term has changed since the last time. */
void raft_state_role(struct raft *rf, struct cs_context *cx);

/* ---- follower.c ---------------------------------------------------------------------------------
 */

void raft_on_append_entries(struct raft *rf, struct cs_context *cx, cs_node from,
                            struct append_entries *message);
/* More of our log is durable: tell the leader. */
void raft_acknowledge(struct raft *rf, struct cs_context *cx);

/* ---- replication.c ------------------------------------------------------------------------------
 */

/* A new leader: forget what was known of the others. */
void raft_replication_start(struct raft *rf, struct cs_context *cx);
/* Send each follower what it may be sent. */
void raft_replicate(struct raft *rf, struct cs_context *cx);
/* A round of heartbeats: one AppendEntries without entries to each follower. */
void raft_heartbeat(struct raft *rf, struct cs_context *cx);
void raft_on_heartbeat_timer(struct raft *rf, struct cs_context *cx);
void raft_on_append_reply(struct raft *rf, struct cs_context *cx, size_t voter,
                          const struct append_reply *message);

/* ---- commit.c -----------------------------------------------------------------------------------
 */

/* Leader: commit what a majority has stored. */
void raft_advance_commit(struct raft *rf, struct cs_context *cx);
/* Commit up to `index`, which is in the log, and apply. */
void raft_commit(struct raft *rf, struct cs_context *cx, uint64_t index);
/* Apply what is committed, in bounded pieces. */
void raft_apply(struct raft *rf, struct cs_context *cx);

/* ---- read.c -------------------------------------------------------------------------------------
 */

void raft_read_index(struct raft *rf, struct cs_context *cx, cs_node client,
                     const struct service_request *request);
/* Leader: count who has answered which round. */
void raft_confirm_rounds(struct raft *rf, struct cs_context *cx);
/* Answer the reads that are confirmed and applied. */
void raft_answer_reads(struct raft *rf, struct cs_context *cx);
/* No longer the leader: send the waiting reads away. */
void raft_drop_reads(struct raft *rf, struct cs_context *cx);

/* ---- requests.c ---------------------------------------------------------------------------------
 */

void raft_on_request(struct raft *rf, struct cs_context *cx, cs_node client,
                     const struct service_request *request);
/* Append an entry of our own term, as the leader.  False if that has stopped the instance. */
bool raft_propose(struct raft *rf, struct cs_context *cx, struct entry *entry);
/* Answer the client that waits for `index`, if one does. */
void raft_answer(struct raft *rf, struct cs_context *cx, uint64_t index,
                 struct service_reply *reply);
void raft_drop_waiters(struct raft *rf, struct cs_context *cx);
void raft_send_reply(struct raft *rf, struct cs_context *cx, cs_node client,
                     const struct service_reply *reply);

#endif
