/* The library's messages as bytes.  After the fields of a kind comes CRC-32C over them and the kind
 * (common/wire.h); numbers are little-endian, `bytes` is a length of 32 bits and so many bytes.
 *
 *   AppendEntries   u64 term, u64 previous index, u64 previous term, u64 commit index, u32 count,
 *                   then for each entry u64 term, u8 type, bytes data
 *   AppendResult    u64 term, u64 rejected index or 0, u64 last index
 *   RequestVote     u64 term, u64 candidate, u64 last index, u64 last term,
 *                   u8 flags: 1 disrupt the leader, 2 pre-vote
 *   VoteResult      u64 term, u8 granted, u8 pre-vote: 0 unknown, 1 yes, 2 no
 *   InstallSnapshot u64 term, u64 last index, u64 last term, u64 configuration's index,
 *                   bytes configuration, bytes data
 *   TimeoutNow      u64 term, u64 last index, u64 last term
 *   Part            u64 message, u32 its kind, u32 part, u32 of how many, u32 size of a full part,
 *                   bytes
 *
 *   configuration   u32 count, then for each server u64 id, u8 role, bytes address
 *
 * A message that does not fit a datagram travels in parts: whole and sealed, cut into pieces of the
 * same size. */
#ifndef LIBRAFT_MESSAGE_H
#define LIBRAFT_MESSAGE_H
#include <raft.h>

#include "clustersim/protocol.h"
#include "common/service.h"
#include "common/wire.h"

enum libraft_kind {
    LIBRAFT_APPEND_ENTRIES = SERVICE_KIND_COUNT,
    LIBRAFT_APPEND_RESULT,
    LIBRAFT_REQUEST_VOTE,
    LIBRAFT_VOTE_RESULT,
    LIBRAFT_INSTALL_SNAPSHOT,
    LIBRAFT_TIMEOUT_NOW,
    LIBRAFT_PART,
    LIBRAFT_KIND_COUNT
};

struct libraft_part {
    uint64_t message;
    cs_kind kind;
    uint32_t number, count; /* number < count */
    uint32_t size;          /* of every part but the last, which may be shorter */
    struct cs_bytes bytes;  /* borrowed */
};

enum { LIBRAFT_PART_OVERHEAD = 64 };

/* The sealed message in the writer's buffer; its kind in *ret_kind. */
struct cs_bytes libraft_message_put(struct wire_writer *writer, const struct raft_message *message,
                                    cs_kind *ret_kind);
/* False if it is malformed; then nothing was allocated.  Else what it holds was allocated by
 * raft_malloc() and is the library's, as its receive callback wants it.  Sets no sender. */
bool libraft_message_get(cs_kind kind, struct cs_bytes body, struct raft_message *ret_message);

void libraft_configuration_put(struct wire_writer *writer,
                               const struct raft_configuration *configuration);
bool libraft_configuration_get(struct cs_bytes bytes, struct raft_configuration *ret_configuration);

struct cs_bytes libraft_part_put(struct wire_writer *writer, const struct libraft_part *part);
bool libraft_part_get(struct cs_bytes body, struct libraft_part *ret_part);

/* One line for any message, any bytes. */
void libraft_describe(cs_kind kind, struct cs_bytes body, struct cs_text *out);

#endif
