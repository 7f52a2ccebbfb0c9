/* Raft's messages: what they say, and how they look as bytes.
 *
 *   RequestVote    u8 flags (1 pre-vote), u64 term, u64 last index, u64 last term
 *   Vote           u8 flags (1 pre-vote, 2 granted), u64 term, u64 asked
 *   AppendEntries  u64 term, u64 prev index, u64 prev term, u64 commit, u64 round, u32 count,
 *                  then of each entry: u64 term, bytes content
 *   AppendReply    u8 flags (2 success), u64 term, u64 round, u64 prev index, u64 match index,
 *                  u64 last index, u64 conflict term
 *
 * Each is sealed with a checksum (common/wire.h) and checked as a whole before anything of it is
 * believed: kinds of entries, terms that never go down, numbers that leave room to count on. */
#ifndef RAFT_MESSAGES_H
#define RAFT_MESSAGES_H
#include "clustersim/protocol.h"
#include "common/service.h"
#include "common/wire.h"

enum raft_kind {
    RAFT_REQUEST_VOTE = SERVICE_KIND_COUNT,
    RAFT_VOTE,
    RAFT_APPEND_ENTRIES,
    RAFT_APPEND_REPLY,
    RAFT_KIND_COUNT
};

/* Terms, indices and rounds stay below this in a believable message. */
#define RAFT_NUMBER_MAX (UINT64_C(1) << 62)

struct request_vote {
    bool pre_vote; /* thesis 9.6: would you vote for me in `term`? */
    uint64_t term; /* the candidate's; of a pre-vote, the one that it would start */
    uint64_t last_index;
    uint64_t last_term;
};

struct vote {
    bool pre_vote;
    bool granted;
    uint64_t term;  /* the voter's */
    uint64_t asked; /* the term in which the vote was asked for */
};

struct append_entries {
    uint64_t term;
    uint64_t prev_index;
    uint64_t prev_term;
    uint64_t commit;
    uint64_t round; /* of heartbeats in this term, for reads (thesis 6.4) */
    uint32_t count;
    struct wire_reader entries; /* for entry_get(), checked */
};

struct append_reply {
    bool success;
    uint64_t term;
    uint64_t round;         /* the highest seen from this leader */
    uint64_t prev_index;    /* of the request answered */
    uint64_t match_index;   /* success: durable and equal to the leader's log up to here */
    uint64_t last_index;    /* success: equal up to here; refusal: where to look for agreement */
    uint64_t conflict_term; /* refusal: of the entry at prev_index, whose first index is
                               last_index; 0: there is none, and our log ends at last_index - 1 */
};

/* Bytes of a sealed AppendEntries beside its entries, and of an entry beside its content. */
enum { APPEND_OVERHEAD = 48, APPEND_ENTRY_OVERHEAD = 12 };

struct cs_bytes request_vote_put(struct wire_writer *writer, const struct request_vote *message);
struct cs_bytes vote_put(struct wire_writer *writer, const struct vote *message);
struct cs_bytes append_reply_put(struct wire_writer *writer, const struct append_reply *message);
/* The head, without `count` and `entries`: follow with append_entry_put() for each entry and one
 * append_entries_seal(). */
void append_entries_put(struct wire_writer *writer, const struct append_entries *message);
void append_entry_put(struct wire_writer *writer, uint64_t term, struct cs_bytes content);
struct cs_bytes append_entries_seal(struct wire_writer *writer, uint32_t count);

/* False if malformed; then nothing is filled in. */
bool request_vote_get(struct cs_bytes body, struct request_vote *ret_message);
bool vote_get(struct cs_bytes body, struct vote *ret_message);
bool append_entries_get(struct cs_bytes body, struct append_entries *ret_message);
bool append_reply_get(struct cs_bytes body, struct append_reply *ret_message);
/* The next entry of a message that append_entries_get() has checked. */
struct cs_bytes append_entry_next(struct append_entries *message, uint64_t *ret_term);

/* One line for any bytes. */
void raft_describe(cs_kind kind, struct cs_bytes body, struct cs_text *out);

#endif
