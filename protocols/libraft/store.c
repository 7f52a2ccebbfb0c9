/* What is durable: term and vote, the log, the latest snapshot.
 *
 *   meta      one record: term, vote, which snapshot counts, where the log begins
 *   log       common/log.h; an entry's content is its type, a byte, and its data
 *   snapshot  two halves, written in turn
 *
 * The library wants term, vote and truncation durable when its call returns, which here means: the
 * effects that it causes afterwards wait behind a barrier.  Entries and snapshots it is told of
 * when a flush has completed.
 *
 * common/log.h numbers places from 1 without gaps and keeps all of them.  A snapshot does not cut
 * it: the record says from which place on the log counts, and what an entry's index is, so that one
 * write of the record switches to the snapshot and drops the entries, both or neither. */
#include <string.h>

#include "libraft/store_internal.h"

enum { META_VERSION = 2 };

uint64_t libraft_store_last(const struct libraft_store *store)
{
    return store_index(store, store->log.last_index);
}

uint64_t libraft_store_term(const struct libraft_store *store, uint64_t index)
{
    if (store_holds(store, index))
        return log_term_at(&store->log, store_place(store, index));
    return index == store->snapshot.index ? store->snapshot.term : 0;
}

struct cs_bytes libraft_store_content(const struct libraft_store *store, uint64_t index)
{
    cs_assert(store_holds(store, index));
    return log_content_at(&store->log, store_place(store, index));
}

/* ---- The record ---------------------------------------------------------------------------------
 */

cs_ticket store_write_meta(struct libraft *server)
{
    struct libraft_store *store = &server->store;
    const struct libraft_kept_snapshot *snapshot = &store->snapshot;
    uint8_t buffer[META_SIZE];
    struct wire_writer writer = wire_writer_on(buffer, sizeof buffer);
    wire_put_u8(&writer, META_VERSION);
    wire_put_u64(&writer, store->term);
    wire_put_u32(&writer, store->vote);
    wire_put_u64(&writer, cs_volume_info(server->cx, LIBRAFT_VOLUME_LOG).identity);
    wire_put_u64(&writer, store->first);
    wire_put_u64(&writer, store->shift);
    wire_put_u64(&writer, snapshot->index);
    wire_put_u64(&writer, snapshot->term);
    wire_put_u64(&writer, snapshot->configuration_index);
    wire_put_u64(&writer, snapshot->offset);
    wire_put_u64(&writer, snapshot->size);
    wire_put_u32(&writer, snapshot->crc);
    wire_put_u64(&writer, snapshot->digest);
    wire_put_bytes(&writer, cs_bytes_of(snapshot->configuration, snapshot->configuration_size));
    cs_assert(!writer.overflow);
    cs_ticket ticket = record_write(&store->meta, server->cx, cs_bytes_of(buffer, writer.size));
    cs_barrier(server->cx, LIBRAFT_VOLUME_META);
    return ticket;
}

static bool read_meta(struct libraft *server, struct cs_bytes bytes, uint64_t *ret_log_identity)
{
    struct libraft_store *store = &server->store;
    struct libraft_kept_snapshot *snapshot = &store->snapshot;
    struct wire_reader reader = wire_reader_on(bytes);
    uint8_t version = wire_get_u8(&reader);
    store->term = wire_get_u64(&reader);
    store->vote = wire_get_u32(&reader);
    *ret_log_identity = wire_get_u64(&reader);
    store->first = wire_get_u64(&reader);
    store->shift = wire_get_u64(&reader);
    snapshot->index = wire_get_u64(&reader);
    snapshot->term = wire_get_u64(&reader);
    snapshot->configuration_index = wire_get_u64(&reader);
    snapshot->offset = wire_get_u64(&reader);
    snapshot->size = wire_get_u64(&reader);
    snapshot->crc = wire_get_u32(&reader);
    snapshot->digest = wire_get_u64(&reader);
    struct cs_bytes configuration = wire_get_bytes(&reader);
    if (!wire_end(&reader) || version != META_VERSION)
        return false;
    snapshot->configuration = cs_alloc(server->cx, configuration.size + 1);
    snapshot->configuration_size = configuration.size;
    if (configuration.size > 0)
        memcpy(snapshot->configuration, configuration.data, configuration.size);
    return true;
}

static void state_vote(struct libraft *server, cs_ticket ticket)
{
    cs_fact(server->cx, &(struct cs_fact){ .kind = CS_FACT_VOTED,
                                           .a = server->store.term,
                                           .b = server->store.vote,
                                           .volume = LIBRAFT_VOLUME_META,
                                           .rests_on = ticket });
}

int libraft_io_set_term(struct raft_io *io, raft_term term)
{
    struct libraft *server = store_server(io);
    cs_assert(term > server->store.term);
    server->store.term = term;
    server->store.vote = CS_NODE_NONE;
    state_vote(server, store_write_meta(server));
    return 0;
}

int libraft_io_set_vote(struct raft_io *io, raft_id id)
{
    struct libraft *server = store_server(io);
    server->store.vote = libraft_node(id);
    state_vote(server, store_write_meta(server));
    return 0;
}

/* ---- Opening ------------------------------------------------------------------------------------
 */

/* Why a server that lost what it had promised must not go on under its name, or NULL. */
static const char *recover(struct libraft *server, enum record_status status, struct cs_bytes meta)
{
    struct libraft_store *store = &server->store;
    uint64_t log_identity = 0;
    if (status == RECORD_NONE)
        return "term and vote lost";
    if (!read_meta(server, meta, &log_identity))
        return "term and vote unreadable";
    if (log_identity != cs_volume_info(server->cx, LIBRAFT_VOLUME_LOG).identity)
        return "log volume replaced";
    if (store->first > store->log.last_index + 1)
        return "log shorter than its snapshot";
    if (log_term_at(&store->log, store->log.last_index) > store->term)
        return "term older than the log";
    /* What a process crash left unflushed is visible but not yet durable. */
    cs_barrier(server->cx, LIBRAFT_VOLUME_META);
    cs_barrier(server->cx, LIBRAFT_VOLUME_LOG);
    cs_barrier(server->cx, LIBRAFT_VOLUME_SNAPSHOT);
    log_flushed(&store->log, CS_TICKET_NONE);
    store->stored = store->log.last_index;
    return NULL;
}

bool libraft_store_open(struct libraft *server, enum cs_start kind)
{
    struct libraft_store *store = &server->store;
    struct cs_context *cx = server->cx;
    store->vote = CS_NODE_NONE;
    store->first = 1;
    enum log_status log = log_open(&store->log, cx, LIBRAFT_VOLUME_LOG);
    uint8_t content[META_SIZE];
    size_t size = 0;
    enum record_status meta =
        record_open(&store->meta, cx, LIBRAFT_VOLUME_META, 0, sizeof content, content, &size);
    const char *stop = NULL;
    if (log != LOG_OK) {
        stop = log == LOG_CORRUPT ? "log corrupt" : "log volume failed";
    } else if (meta == RECORD_BAD_DISK) {
        stop = "meta volume failed";
    } else if (kind == CS_START_RESTART) {
        stop = recover(server, meta, cs_bytes_of(content, size));
    } else if (meta != RECORD_NONE || store->log.last_index > 0) {
        stop = "volumes of a new server are not empty";
    } else {
        store_write_meta(server); /* from here on a missing record means that it was lost */
    }
    if (stop != NULL)
        libraft_halt(server, stop);
    return stop == NULL;
}

/* ---- Loading ------------------------------------------------------------------------------------
 */

/* All entries that count; their data lies in one batch, as the library wants it. */
static struct raft_entry *read_entries(const struct libraft_store *store, size_t *ret_count)
{
    cs_assert(store->first <= store->log.last_index + 1);
    size_t count = (size_t)(store->log.last_index + 1 - store->first);
    size_t size = 0;
    *ret_count = count;
    if (count == 0)
        return NULL;
    for (uint64_t place = store->first; place <= store->log.last_index; place++)
        size += log_content_at(&store->log, place).size - CONTENT_TYPE;
    struct raft_entry *entries = raft_malloc(count * sizeof *entries);
    uint8_t *batch = raft_malloc(size);
    size_t used = 0;
    for (size_t i = 0; i < count; i++) {
        struct cs_bytes content = log_content_at(&store->log, store->first + i);
        const uint8_t *bytes = content.data;
        size_t length = content.size - CONTENT_TYPE;
        entries[i] = (struct raft_entry){ .term = log_term_at(&store->log, store->first + i),
                                          .type = bytes[0],
                                          .buf = { .base = batch + used, .len = length },
                                          .batch = batch };
        memcpy(batch + used, bytes + CONTENT_TYPE, length);
        used += length;
    }
    cs_assert(used == size);
    return entries;
}

/* The library's signature.  NOLINTNEXTLINE(readability-function-size) */
int libraft_io_load(struct raft_io *io, raft_term *term, raft_id *voted_for,
                    struct raft_snapshot **snapshot, raft_index *start_index,
                    struct raft_entry *entries[], size_t *n_entries)
{
    struct libraft *server = store_server(io);
    const struct libraft_store *store = &server->store;
    *snapshot = NULL;
    if (store->snapshot.index > 0) {
        *snapshot = store_read_snapshot(server);
        if (*snapshot == NULL)
            return RAFT_CORRUPT;
    }
    *term = store->term;
    *voted_for = store->vote == CS_NODE_NONE ? 0 : libraft_id(store->vote);
    *start_index = store_index(store, store->first);
    *entries = read_entries(store, n_entries);
    return 0;
}

/* ---- Completions --------------------------------------------------------------------------------
 */

void libraft_store_on_disk(struct libraft *server, const struct cs_completion *done)
{
    cs_assert(done->op == CS_DISK_FLUSH);
    if (done->token == LIBRAFT_DISK_LOG) {
        store_on_log_flushed(server, done);
    } else {
        store_on_snapshot_flushed(server, done->status);
    }
}
