/* The entries of the log: appended, truncated, flushed; and the first of all, a configuration. */
#include "libraft/store_internal.h"

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
    struct libraft *server = store_server(io);
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
    struct libraft *server = store_server(io);
    struct libraft_store *store = &server->store;
    uint64_t from = store_place(store, index);
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

void store_on_log_flushed(struct libraft *server, const struct cs_completion *done)
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
                                                   .a = store_index(store, store->stored),
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
    struct libraft *server = store_server(io);
    if (server->store.term > 0 || server->store.log.last_index > 0)
        return RAFT_CANTBOOTSTRAP;
    int status = libraft_io_set_term(io, 1);
    return status != 0 ? status : append_configuration(server, 1, configuration);
}

int libraft_io_recover(struct raft_io *io, const struct raft_configuration *configuration)
{
    struct libraft *server = store_server(io);
    return append_configuration(server, server->store.term, configuration);
}
