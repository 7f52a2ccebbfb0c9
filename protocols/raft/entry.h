/* The content of a log entry, the same in memory, in messages and on disk:
 *
 *   u8 kind, u64 stamp, then
 *   NOOP      nothing more
 *   REGISTER  nothing more: the session is named by the entry's index
 *   COMMAND   u64 session, u64 serial, u64 first unanswered, bytes command
 *   QUERY     bytes query, for reads through the log
 *
 * The stamp is the leader's clock (thesis 6.3) in nanoseconds; it never goes down along the log. */
#ifndef RAFT_ENTRY_H
#define RAFT_ENTRY_H
#include "clustersim/protocol.h"
#include "common/session.h"
#include "common/wire.h"

/* On disk: extended, never renumbered. */
enum entry_kind {
    ENTRY_NOOP = 1,
    ENTRY_REGISTER = 2,
    ENTRY_COMMAND = 3,
    ENTRY_QUERY = 4,
};

struct entry {
    enum entry_kind kind;
    uint64_t stamp_ns;
    struct session_command command; /* COMMAND; of a QUERY only the bytes */
};

/* Bytes of a content beside the command. */
enum { ENTRY_OVERHEAD = 40 };

struct cs_bytes entry_put(struct wire_writer *writer, const struct entry *entry);
/* False if malformed; what is filled in borrows from `content`. */
bool entry_get(struct cs_bytes content, struct entry *ret_entry);

#endif
