/* struct raft_fsm: client sessions (common/session.h) around a state machine of common/.
 *
 * A snapshot is u64 digest of the state, then what sessions_save() makes of it.
 *
 * A command of the library is u8 what (enum service_what: REGISTER or COMMAND), u64 stamp of the
 * leader's clock, u64 session, u64 serial, u64 first unanswered, bytes operation. */
#include "libraft/machine.h"

#include <string.h>

#include "libraft/server.h"

struct cs_bytes libraft_command_put(struct wire_writer *writer,
                                    const struct service_request *request, uint64_t stamp_ns)
{
    wire_put_u8(writer, (uint8_t)request->what);
    wire_put_u64(writer, stamp_ns);
    wire_put_u64(writer, request->session);
    wire_put_u64(writer, request->serial);
    wire_put_u64(writer, request->first_unanswered);
    wire_put_bytes(writer, request->body);
    return cs_bytes_of(writer->data, writer->size);
}

static int machine_apply(struct raft_fsm *fsm, const struct raft_buffer *buffer, void **result)
{
    struct libraft *server = fsm->data;
    struct wire_reader reader = wire_reader_on(cs_bytes_of(buffer->base, buffer->len));
    uint8_t what = wire_get_u8(&reader);
    uint64_t stamp_ns = wire_get_u64(&reader);
    struct session_command command = { .session = wire_get_u64(&reader) };
    command.serial = wire_get_u64(&reader);
    command.first_unanswered = wire_get_u64(&reader);
    command.command = wire_get_bytes(&reader);
    if (!wire_end(&reader))
        return RAFT_MALFORMED;
    uint64_t index = server->raft.last_applied + 1; /* the library counts it when this returns */
    server->outcome = (struct libraft_outcome){ .index = index };
    size_t expired = sessions_advance(&server->sessions, server->cx, stamp_ns);
    if (expired > 0)
        cs_count(server->cx, "sessions_expired", expired);
    if (what == SERVICE_REGISTER) {
        sessions_register(&server->sessions, server->cx, index);
    } else {
        server->outcome.verdict =
            sessions_apply(&server->sessions, server->cx, index, &command, &server->outcome.result);
    }
    *result = &server->outcome;
    return 0;
}

/* ---- Snapshots ----------------------------------------------------------------------------------
 */

/* Where the machine cannot be saved the library tries again later. */
static int machine_snapshot(struct raft_fsm *fsm, struct raft_buffer *buffers[], unsigned *count)
{
    struct libraft *server = fsm->data;
    if (server->sessions.machine->save == NULL)
        return RAFT_BUSY;
    struct wire_writer writer = wire_writer_in(server->cx, &server->message);
    wire_put_u64(&writer, sessions_digest(&server->sessions));
    sessions_save(&server->sessions, &writer);
    if (writer.overflow)
        return RAFT_TOOBIG;
    struct raft_buffer *buffer = raft_malloc(sizeof *buffer);
    *buffer = (struct raft_buffer){ .base = raft_malloc(writer.size), .len = writer.size };
    memcpy(buffer->base, writer.data, writer.size);
    *buffers = buffer;
    *count = 1;
    return 0;
}

uint64_t libraft_snapshot_digest(struct cs_bytes head)
{
    struct wire_reader reader = wire_reader_on(head);
    return wire_get_u64(&reader);
}

static void begin_machine(struct libraft *server)
{
    uint64_t machine = cs_param_number(server->cx, LIBRAFT_PARAM_STATE_MACHINE);
    sessions_init(&server->sessions, server->cx, &state_machines[machine],
                  cs_param_duration(server->cx, LIBRAFT_PARAM_SESSION_TIMEOUT).ns);
}

/* The state before stays in the arena until the incarnation ends. */
static int machine_restore(struct raft_fsm *fsm, struct raft_buffer *buffer)
{
    struct libraft *server = fsm->data;
    struct wire_reader reader = wire_reader_on(cs_bytes_of(buffer->base, buffer->len));
    uint64_t digest = wire_get_u64(&reader);
    begin_machine(server);
    if (reader.bad || server->sessions.machine->load == NULL ||
        !sessions_load(&server->sessions, server->cx, cs_bytes_of(reader.data, reader.size)) ||
        sessions_digest(&server->sessions) != digest)
        return RAFT_MALFORMED;
    raft_free(buffer->base);
    return 0;
}

void libraft_machine_init(struct libraft *server)
{
    begin_machine(server);
    server->fsm = (struct raft_fsm){ .version = 1,
                                     .data = server,
                                     .apply = machine_apply,
                                     .snapshot = machine_snapshot,
                                     .restore = machine_restore };
}
