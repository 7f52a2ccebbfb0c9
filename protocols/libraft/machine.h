/* What the library replicates. */
#ifndef LIBRAFT_MACHINE_H
#define LIBRAFT_MACHINE_H
#include "common/service.h"
#include "common/session.h"
#include "common/wire.h"

/* Bytes of a command beside its operation. */
enum { LIBRAFT_COMMAND_OVERHEAD = 64 };

/* Of the command applied last; the library hands it to the callback of who asked. */
struct libraft_outcome {
    uint64_t index;
    enum session_verdict verdict;
    struct cs_bytes result; /* borrowed until the next command */
};

/* A registration or a command as the library's log keeps it, in the writer's buffer. */
struct cs_bytes libraft_command_put(struct wire_writer *writer,
                                    const struct service_request *request, uint64_t stamp_ns);

/* The digest of the state that a snapshot, which begins like this, is of: equal on all servers,
 * whose snapshots may be other bytes.  0 if it is none. */
uint64_t libraft_snapshot_digest(struct cs_bytes head);

#endif
