/* struct raft_fsm: client sessions (common/session.h) around a state machine of common/.
 *
 * A command of the library is u8 what (enum service_what: REGISTER or COMMAND), u64 stamp of the
 * leader's clock, u64 session, u64 serial, u64 first unanswered, bytes operation. */
#include "libraft/machine.h"

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

/* Not yet: the machines of common/ cannot be saved.  The library tries again later. */
static int machine_snapshot(struct raft_fsm *fsm, struct raft_buffer *buffers[], unsigned *count)
{
    (void)fsm;
    *buffers = NULL;
    *count = 0;
    return RAFT_BUSY;
}

static int machine_restore(struct raft_fsm *fsm, struct raft_buffer *buffer)
{
    (void)fsm;
    raft_free(buffer->base);
    return RAFT_MALFORMED;
}

void libraft_machine_init(struct libraft *server)
{
    uint64_t machine = cs_param_number(server->cx, LIBRAFT_PARAM_STATE_MACHINE);
    sessions_init(&server->sessions, server->cx, &state_machines[machine],
                  cs_param_duration(server->cx, LIBRAFT_PARAM_SESSION_TIMEOUT).ns);
    server->fsm = (struct raft_fsm){ .version = 1,
                                     .data = server,
                                     .apply = machine_apply,
                                     .snapshot = machine_snapshot,
                                     .restore = machine_restore };
}
