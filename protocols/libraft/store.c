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

#include "libraft/message.h"
#include "libraft/server.h"

enum { META_VERSION = 2, META_SIZE = 1024, CONTENT_TYPE = 1 };

static struct libraft *server_of(const struct raft_io *io) { return io->impl; }

static uint64_t place_of(const struct libraft_store *store, uint64_t index)
{
    return index - store->shift;
}

static uint64_t index_of(const struct libraft_store *store, uint64_t place)
{
    return place + store->shift;
}

static bool holds(const struct libraft_store *store, uint64_t index)
{
    uint64_t place = place_of(store, index);
    return place >= store->first && place <= store->log.last_index;
}

uint64_t libraft_store_last(const struct libraft_store *store)
{
    return index_of(store, store->log.last_index);
}

uint64_t libraft_store_term(const struct libraft_store *store, uint64_t index)
{
    if (holds(store, index))
        return log_term_at(&store->log, place_of(store, index));
    return index == store->snapshot.index ? store->snapshot.term : 0;
}

struct cs_bytes libraft_store_content(const struct libraft_store *store, uint64_t index)
{
    cs_assert(holds(store, index));
    return log_content_at(&store->log, place_of(store, index));
}

/* ---- The record ---------------------------------------------------------------------------------
 */

/* Write it and wait: what is recorded from here on happens after it is durable. */
static cs_ticket write_meta(struct libraft *server)
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
    struct libraft *server = server_of(io);
    cs_assert(term > server->store.term);
    server->store.term = term;
    server->store.vote = CS_NODE_NONE;
    state_vote(server, write_meta(server));
    return 0;
}

int libraft_io_set_vote(struct raft_io *io, raft_id id)
{
    struct libraft *server = server_of(io);
    server->store.vote = libraft_node(id);
    state_vote(server, write_meta(server));
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
        write_meta(server); /* from here on a missing record means that it was lost */
    }
    if (stop != NULL)
        libraft_halt(server, stop);
    return stop == NULL;
}

/* ---- Snapshots ----------------------------------------------------------------------------------
 */

/* Read the snapshot that counts.  NULL if it cannot be read. */
static struct raft_snapshot *read_snapshot(struct libraft *server)
{
    const struct libraft_kept_snapshot *kept = &server->store.snapshot;
    struct raft_snapshot *snapshot = raft_malloc(sizeof *snapshot);
    struct raft_buffer *buffer = raft_malloc(sizeof *buffer);
    *buffer = (struct raft_buffer){ .base = raft_malloc(kept->size), .len = kept->size };
    *snapshot = (struct raft_snapshot){ .index = kept->index,
                                        .term = kept->term,
                                        .configuration_index = kept->configuration_index,
                                        .bufs = buffer,
                                        .n_bufs = 1 };
    const struct cs_span span = { kept->offset, buffer->base, kept->size };
    if (cs_read_now(server->cx, LIBRAFT_VOLUME_SNAPSHOT, &span, 1) == CS_DISK_OK &&
        cs_crc32c(0, cs_bytes_of(buffer->base, buffer->len)) == kept->crc &&
        libraft_configuration_get(cs_bytes_of(kept->configuration, kept->configuration_size),
                                  &snapshot->configuration))
        return snapshot;
    raft_free(buffer->base);
    raft_free(buffer);
    raft_free(snapshot);
    return NULL;
}

int libraft_io_snapshot_get(struct raft_io *io, struct raft_io_snapshot_get *request,
                            raft_io_snapshot_get_cb cb)
{
    struct libraft *server = server_of(io);
    cs_assert(server->store.snapshot.index > 0);
    struct raft_snapshot *snapshot = read_snapshot(server);
    request->cb = cb;
    libraft_io_due(server, &(struct libraft_due){ .get = request,
                                                  .snapshot = snapshot,
                                                  .status = snapshot != NULL ? 0 : RAFT_IOERR });
    return 0;
}

/* Write the parts one after the other into the half that does not count. */
static bool write_snapshot(struct libraft *server, const struct raft_snapshot *snapshot,
                           struct libraft_kept_snapshot *kept)
{
    struct cs_volume_info info = cs_volume_info(server->cx, LIBRAFT_VOLUME_SNAPSHOT);
    uint64_t half = info.size / 2 / info.sector * info.sector;
    const struct libraft_kept_snapshot *present = &server->store.snapshot;
    uint64_t size = 0;
    for (unsigned i = 0; i < snapshot->n_bufs; i++)
        size += snapshot->bufs[i].len;
    if (size > half)
        return false;
    kept->offset = present->index > 0 && present->offset == 0 ? half : 0;
    if (snapshot->n_bufs > 0) {
        kept->digest =
            libraft_snapshot_digest(cs_bytes_of(snapshot->bufs[0].base, snapshot->bufs[0].len));
    }
    for (unsigned i = 0; i < snapshot->n_bufs; i++) {
        struct cs_bytes part = cs_bytes_of(snapshot->bufs[i].base, snapshot->bufs[i].len);
        if (part.size == 0)
            continue;
        cs_write(server->cx, LIBRAFT_VOLUME_SNAPSHOT, kept->offset + kept->size, part, CS_SILENT);
        kept->crc = cs_crc32c(kept->crc, part);
        kept->size += part.size;
    }
    cs_assert(kept->size == size);
    return true;
}

int libraft_io_snapshot_put(struct raft_io *io, unsigned trailing,
                            struct raft_io_snapshot_put *request,
                            const struct raft_snapshot *snapshot, raft_io_snapshot_put_cb cb)
{
    struct libraft *server = server_of(io);
    struct libraft_store *store = &server->store;
    cs_assert(store->put == NULL); /* the library has one under way at a time */
    cs_assert(snapshot->index > store->snapshot.index);
    struct libraft_kept_snapshot kept = { .index = snapshot->index,
                                          .term = snapshot->term,
                                          .configuration_index = snapshot->configuration_index };
    if (!write_snapshot(server, snapshot, &kept))
        return RAFT_NOSPACE;
    uint8_t configuration[META_SIZE];
    struct wire_writer writer = wire_writer_on(configuration, sizeof configuration);
    libraft_configuration_put(&writer, &snapshot->configuration);
    cs_assert(!writer.overflow);
    kept.configuration = cs_alloc(server->cx, writer.size);
    kept.configuration_size = writer.size;
    memcpy(kept.configuration, configuration, writer.size);
    request->cb = cb;
    store->put = request;
    store->put_trailing = trailing;
    store->put_kept = kept;
    cs_flush(server->cx, LIBRAFT_VOLUME_SNAPSHOT, LIBRAFT_DISK_SNAPSHOT);
    return 0;
}

/* The snapshot is durable: from now on it counts, and the entries that it makes superfluous do not.
 * Without trailing entries it replaces the log, which goes on behind it. */
static void switch_snapshot(struct libraft *server)
{
    struct libraft_store *store = &server->store;
    const struct libraft_kept_snapshot *kept = &store->put_kept;
    if (store->put_trailing == 0) {
        store->first = store->log.last_index + 1;
        store->shift = kept->index - store->log.last_index;
    } else if (kept->index > store->put_trailing) {
        uint64_t first = place_of(store, kept->index - store->put_trailing + 1);
        if (holds(store, kept->index - store->put_trailing + 1) && first > store->first)
            store->first = first;
    }
    cs_assert(store->first <= store->log.last_index + 1);
    cs_release(server->cx, store->snapshot.configuration);
    store->snapshot = *kept;
    cs_barrier(server->cx, LIBRAFT_VOLUME_LOG); /* places before `first` stay taken */
    cs_ticket ticket = write_meta(server);
    cs_fact(server->cx,
            &(struct cs_fact){ .kind = CS_FACT_SNAPSHOT,
                               .a = kept->index,
                               .b = kept->term,
                               .content = cs_bytes_of(&kept->digest, sizeof kept->digest),
                               .volume = LIBRAFT_VOLUME_META,
                               .rests_on = ticket });
    bool installed = store->put_trailing == 0;
    cs_count(server->cx, installed ? "snapshots_installed" : "snapshots_taken", 1);
    cs_reached(server->cx, installed ? "snapshot_installed" : "snapshot_taken");
}

static void on_snapshot_flushed(struct libraft *server, enum cs_disk_status status)
{
    struct raft_io_snapshot_put *request = server->store.put;
    cs_assert(request != NULL);
    if (status != CS_DISK_OK) {
        libraft_halt(server, "snapshot flush failed");
        return;
    }
    switch_snapshot(server);
    server->store.put = NULL;
    request->cb(request, 0);
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
    struct libraft *server = server_of(io);
    const struct libraft_store *store = &server->store;
    *snapshot = NULL;
    if (store->snapshot.index > 0) {
        *snapshot = read_snapshot(server);
        if (*snapshot == NULL)
            return RAFT_CORRUPT;
    }
    *term = store->term;
    *voted_for = store->vote == CS_NODE_NONE ? 0 : libraft_id(store->vote);
    *start_index = index_of(store, store->first);
    *entries = read_entries(store, n_entries);
    return 0;
}

/* ---- The log ------------------------------------------------------------------------------------
 */

static bool append_entry(struct libraft *server, const struct raft_entry *entry)
{
    struct libraft_store *store = &server->store;
    struct wire_writer writer = wire_writer_in(server->cx, &server->message);
    wire_put_u8(&writer, (uint8_t)entry->type);
    wire_put_raw(&writer, cs_bytes_of(entry->buf.base, entry->buf.len));
    if (writer.overflow || writer.size > LOG_CONTENT_MAX)
        return false;
    struct cs_bytes content = cs_bytes_of(writer.data, writer.size);
    if (log_append(&store->log, server->cx, entry->term, content) == CS_TICKET_NONE)
        return false;
    cs_charge(server->cx, LIBRAFT_COST_ENTRY, 1);
    cs_fact(server->cx, &(struct cs_fact){ .kind = CS_FACT_APPENDED,
                                           .a = libraft_store_last(store),
                                           .b = entry->term,
                                           .content = content });
    return true;
}

/* One flush at a time; what comes meanwhile shares the next. */
static void flush(struct libraft *server)
{
    struct libraft_store *store = &server->store;
    if (store->flushing || store->append_first == store->append_end)
        return;
    store->flushing = true;
    store->flush_place = store->log.last_index;
    cs_flush(server->cx, LIBRAFT_VOLUME_LOG, LIBRAFT_DISK_LOG);
}

static void await(struct libraft *server, struct raft_io_append *request)
{
    struct libraft_store *store = &server->store;
    cs_assert(store->append_first <= store->append_end);
    if (store->append_first == store->append_end)
        store->append_first = store->append_end = 0;
    if (store->append_end == store->append_capacity) {
        store->append_capacity = store->append_capacity == 0 ? 16 : store->append_capacity * 2;
        store->appends =
            cs_resize(server->cx, store->appends, store->append_capacity * sizeof *store->appends);
    }
    store->appends[store->append_end++] = (struct libraft_append){ request, store->log.last_index };
}

int libraft_io_append(struct raft_io *io, struct raft_io_append *request,
                      const struct raft_entry entries[], unsigned n, raft_io_append_cb cb)
{
    struct libraft *server = server_of(io);
    for (unsigned i = 0; i < n; i++) {
        if (!append_entry(server, &entries[i])) {
            libraft_halt(server, "log full");
            return RAFT_NOSPACE;
        }
    }
    request->cb = cb;
    await(server, request);
    flush(server);
    return 0;
}

int libraft_io_truncate(struct raft_io *io, raft_index index)
{
    struct libraft *server = server_of(io);
    struct libraft_store *store = &server->store;
    uint64_t from = place_of(store, index);
    cs_assert(from >= store->first);
    cs_assert(from <= store->log.last_index + 1);
    cs_fact(server->cx, &(struct cs_fact){ .kind = CS_FACT_TRUNCATED, .a = index });
    if (log_truncate(&store->log, server->cx, from) == CS_TICKET_NONE) {
        libraft_halt(server, "log full");
        return RAFT_NOSPACE;
    }
    cs_barrier(server->cx, LIBRAFT_VOLUME_LOG);
    /* A flush that is under way covers what was there, not what will come in its place; who waits
     * for it is told all the same, and looks into the library's log. */
    if (store->stored >= from)
        store->stored = from - 1;
    if (store->flush_place >= from)
        store->flush_place = from - 1;
    for (size_t i = store->append_first; i < store->append_end; i++) {
        if (store->appends[i].last >= from)
            store->appends[i].last = from - 1;
    }
    cs_reached(server->cx, "log_truncated");
    return 0;
}

static void on_log_flushed(struct libraft *server, const struct cs_completion *done)
{
    struct libraft_store *store = &server->store;
    cs_assert(store->flushing);
    if (done->status != CS_DISK_OK) {
        libraft_halt(server, "log flush failed");
        return;
    }
    log_flushed(&store->log, done->ticket);
    store->flushing = false;
    cs_assert(store->flush_place <= store->log.last_index);
    if (store->flush_place > store->stored) {
        store->stored = store->flush_place;
        if (store->stored >= store->first) {
            cs_fact(server->cx, &(struct cs_fact){ .kind = CS_FACT_STORED,
                                                   .a = index_of(store, store->stored),
                                                   .b = log_term_at(&store->log, store->stored),
                                                   .volume = LIBRAFT_VOLUME_LOG,
                                                   .rests_on = done->ticket });
        }
    }
    while (store->append_first < store->append_end &&
           store->appends[store->append_first].last <= store->stored) {
        struct raft_io_append *request = store->appends[store->append_first++].request;
        request->cb(request, 0);
    }
    flush(server);
}

void libraft_store_on_disk(struct libraft *server, const struct cs_completion *done)
{
    cs_assert(done->op == CS_DISK_FLUSH);
    if (done->token == LIBRAFT_DISK_LOG) {
        on_log_flushed(server, done);
    } else {
        on_snapshot_flushed(server, done->status);
    }
}

/* ---- The first configuration --------------------------------------------------------------------
 */

static int append_configuration(struct libraft *server, uint64_t term,
                                const struct raft_configuration *configuration)
{
    struct raft_entry entry = { .term = term, .type = RAFT_CHANGE };
    int status = raft_configuration_encode(configuration, &entry.buf);
    if (status != 0)
        return status;
    bool appended = append_entry(server, &entry);
    raft_free(entry.buf.base);
    if (!appended)
        return RAFT_NOSPACE;
    cs_barrier(server->cx, LIBRAFT_VOLUME_LOG);
    log_flushed(&server->store.log, server->store.log.last_ticket);
    server->store.stored = server->store.log.last_index;
    return 0;
}

int libraft_io_bootstrap(struct raft_io *io, const struct raft_configuration *configuration)
{
    struct libraft *server = server_of(io);
    if (server->store.term > 0 || server->store.log.last_index > 0)
        return RAFT_CANTBOOTSTRAP;
    int status = libraft_io_set_term(io, 1);
    return status != 0 ? status : append_configuration(server, 1, configuration);
}

int libraft_io_recover(struct raft_io *io, const struct raft_configuration *configuration)
{
    struct libraft *server = server_of(io);
    return append_configuration(server, server->store.term, configuration);
}
