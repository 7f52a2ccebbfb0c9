/* Snapshots: written into the half that does not count, read from the one that does. */
#include <string.h>

#include "libraft/store_internal.h"

struct raft_snapshot *store_read_snapshot(struct libraft *server)
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
    struct libraft *server = store_server(io);
    cs_assert(server->store.snapshot.index > 0);
    struct raft_snapshot *snapshot = store_read_snapshot(server);
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
    struct libraft *server = store_server(io);
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
        uint64_t first = store_place(store, kept->index - store->put_trailing + 1);
        if (store_holds(store, kept->index - store->put_trailing + 1) && first > store->first)
            store->first = first;
    }
    cs_assert(store->first <= store->log.last_index + 1);
    cs_release(server->cx, store->snapshot.configuration);
    store->snapshot = *kept;
    cs_barrier(server->cx, LIBRAFT_VOLUME_LOG); /* places before `first` stay taken */
    cs_ticket ticket = store_write_meta(server);
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

void store_on_snapshot_flushed(struct libraft *server, enum cs_disk_status status)
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
