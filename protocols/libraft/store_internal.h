/* What the files of the store share: store.c its record and its recovery, store_log.c the entries,
 * store_snapshot.c the snapshots. */
#ifndef LIBRAFT_STORE_INTERNAL_H
#define LIBRAFT_STORE_INTERNAL_H
#include "libraft/message.h"
#include "libraft/server.h"

enum { META_SIZE = 1024, CONTENT_TYPE = 1 };

static inline struct libraft *store_server(const struct raft_io *io) { return io->impl; }

/* Where in common/log.h an entry is, and the reverse. */
static inline uint64_t store_place(const struct libraft_store *store, uint64_t index)
{
    return index - store->shift;
}

static inline uint64_t store_index(const struct libraft_store *store, uint64_t place)
{
    return place + store->shift;
}

static inline bool store_holds(const struct libraft_store *store, uint64_t index)
{
    uint64_t place = store_place(store, index);
    return place >= store->first && place <= store->log.last_index;
}

/* Write the record and wait: what is recorded from here on happens after it is durable. */
cs_ticket store_write_meta(struct libraft *server);

/* Read the snapshot that counts.  NULL if it cannot be read. */
struct raft_snapshot *store_read_snapshot(struct libraft *server);

/* A flush of the log, or of a snapshot, has completed. */
void store_on_log_flushed(struct libraft *server, const struct cs_completion *done);
void store_on_snapshot_flushed(struct libraft *server, enum cs_disk_status status);

#endif
