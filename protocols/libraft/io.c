/* struct raft_io: what the library asks of its host, but for storage and messages. */
#include "libraft/server.h"

static struct libraft *server_of(const struct raft_io *io) { return io->impl; }

static int io_init(struct raft_io *io, raft_id id, const char *address)
{
    (void)address;
    return id == libraft_id(cs_self(server_of(io)->cx)) ? 0 : RAFT_BADID;
}

static void io_close(struct raft_io *io, raft_io_close_cb cb)
{
    struct libraft *server = server_of(io);
    server->on_tick = NULL;
    server->on_recv = NULL;
    server->on_close = cb;
    cs_cancel_timer(server->cx, LIBRAFT_TIMER_TICK);
}

static int io_start(struct raft_io *io, unsigned msecs, raft_io_tick_cb tick, raft_io_recv_cb recv)
{
    struct libraft *server = server_of(io);
    cs_assert(msecs > 0);
    cs_assert(tick != NULL);
    cs_assert(recv != NULL);
    server->tick = cs_ms(msecs);
    server->on_tick = tick;
    server->on_recv = recv;
    cs_set_timer(server->cx, LIBRAFT_TIMER_TICK, server->tick);
    return 0;
}

static raft_time io_time(struct raft_io *io) { return cs_now(server_of(io)->cx).ns / 1000000; }

static int io_random(struct raft_io *io, int min, int max)
{
    cs_assert(min < max);
    return min + (int)cs_random(server_of(io)->cx, "libraft", (uint64_t)(max - min));
}

/* Work beside the main loop.  It is done at once, and its time is the step's. */
static int io_async_work(struct raft_io *io, struct raft_io_async_work *request,
                         raft_io_async_work_cb cb)
{
    request->cb = cb;
    libraft_io_due(server_of(io),
                   &(struct libraft_due){ .work = request, .status = request->work(request) });
    return 0;
}

void libraft_io_init(struct libraft *server)
{
    server->io = (struct raft_io){ .version = 2,
                                   .impl = server,
                                   .init = io_init,
                                   .close = io_close,
                                   .load = libraft_io_load,
                                   .start = io_start,
                                   .bootstrap = libraft_io_bootstrap,
                                   .recover = libraft_io_recover,
                                   .set_term = libraft_io_set_term,
                                   .set_vote = libraft_io_set_vote,
                                   .send = libraft_io_send,
                                   .append = libraft_io_append,
                                   .truncate = libraft_io_truncate,
                                   .snapshot_put = libraft_io_snapshot_put,
                                   .snapshot_get = libraft_io_snapshot_get,
                                   .time = io_time,
                                   .random = io_random,
                                   .async_work = io_async_work };
}

/* ---- Callbacks ----------------------------------------------------------------------------------
 */

void libraft_io_due(struct libraft *server, const struct libraft_due *due)
{
    cs_assert((due->send != NULL) + (due->work != NULL) + (due->get != NULL) == 1);
    if (server->due_count == server->due_capacity) {
        server->due_capacity = server->due_capacity == 0 ? 16 : server->due_capacity * 2;
        server->due = cs_resize(server->cx, server->due, server->due_capacity * sizeof *due);
    }
    server->due[server->due_count++] = *due;
}

void libraft_io_complete(struct libraft *server)
{
    for (size_t i = 0; i < server->due_count; i++) { /* a callback may send again */
        struct libraft_due due = server->due[i];
        if (due.send != NULL) {
            due.send->cb(due.send, due.status);
        } else if (due.work != NULL) {
            due.work->cb(due.work, due.status);
        } else {
            due.get->cb(due.get, due.snapshot, due.status);
        }
    }
    server->due_count = 0;
    if (server->on_close != NULL) {
        raft_io_close_cb cb = server->on_close;
        server->on_close = NULL;
        cb(&server->io);
    }
}
