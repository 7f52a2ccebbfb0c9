/* Messages to and from the library.  It was made for TCP, and sends all that a follower lacks in
 * one message; here it has datagrams, so that a large message is cut into parts.  One part lost,
 * and all of it is: the library sends again. */
#include <string.h>

#include "libraft/message.h"
#include "libraft/server.h"

static void send_parts(struct libraft *server, cs_node to, cs_kind kind, struct cs_bytes message)
{
    cs_assert(server->message_max > LIBRAFT_PART_OVERHEAD);
    cs_assert(message.size > server->message_max);
    uint32_t size = (uint32_t)(server->message_max - LIBRAFT_PART_OVERHEAD);
    struct libraft_part part = { .message = ++server->parted,
                                 .kind = kind,
                                 .count = (uint32_t)((message.size + size - 1) / size),
                                 .size = size };
    for (; part.number < part.count; part.number++) {
        size_t offset = (size_t)part.number * size;
        size_t left = message.size - offset;
        part.bytes = cs_bytes_of((const uint8_t *)message.data + offset, left < size ? left : size);
        struct wire_writer writer = wire_writer_in(server->cx, &server->part);
        cs_send(server->cx, to, LIBRAFT_PART, libraft_part_put(&writer, &part));
    }
}

int libraft_io_send(struct raft_io *io, struct raft_io_send *request,
                    const struct raft_message *message, raft_io_send_cb cb)
{
    struct libraft *server = io->impl;
    cs_node to = libraft_node(message->server_id);
    cs_kind kind;
    struct wire_writer writer = wire_writer_in(server->cx, &server->message);
    struct cs_bytes bytes = libraft_message_put(&writer, message, &kind);
    if (bytes.size <= server->message_max) {
        cs_send(server->cx, to, kind, bytes);
    } else {
        send_parts(server, to, kind, bytes);
    }
    request->cb = cb;
    if (cb != NULL)
        libraft_io_due(server, &(struct libraft_due){ .send = request });
    return 0;
}

/* ---- Receiving ----------------------------------------------------------------------------------
 */

static bool deliver(struct libraft *server, size_t place, cs_kind kind, struct cs_bytes body)
{
    cs_assert(place < server->members.count);
    struct raft_message message;
    if (!libraft_message_get(kind, body, &message))
        return false;
    message.server_id = libraft_id(server->members.nodes[place]);
    message.server_address = server->peers[place].address;
    server->on_recv(&server->io, &message);
    return true;
}

static void forget(struct libraft *server, struct libraft_assembly *assembly)
{
    cs_release(server->cx, assembly->seen);
    cs_release(server->cx, assembly->bytes);
    *assembly = (struct libraft_assembly){ .id = 0 };
}

/* Where the parts of this message are gathered: a new place takes that of the oldest message. */
static struct libraft_assembly *assembly_of(struct libraft *server, size_t place,
                                            const struct libraft_part *part)
{
    cs_assert(part->count > 0);
    cs_assert(part->message > 0);
    struct libraft_assembly *all = server->peers[place].assemblies;
    struct libraft_assembly *oldest = &all[0];
    for (size_t i = 0; i < LIBRAFT_ASSEMBLIES; i++) {
        if (all[i].id == part->message)
            return &all[i];
        if (all[i].id < oldest->id)
            oldest = &all[i];
    }
    forget(server, oldest);
    *oldest = (struct libraft_assembly){
        .id = part->message,
        .kind = part->kind,
        .count = part->count,
        .part_size = part->size,
        .seen = cs_alloc(server->cx, part->count * sizeof(bool)),
        .bytes = cs_alloc(server->cx, (size_t)part->count * part->size),
    };
    return oldest;
}

static bool receive_part(struct libraft *server, size_t place, struct cs_bytes body)
{
    struct libraft_part part;
    if (!libraft_part_get(body, &part) ||
        (uint64_t)part.count * part.size > LIBRAFT_MESSAGE_MAX + (uint64_t)part.size)
        return false;
    struct libraft_assembly *assembly = assembly_of(server, place, &part);
    if (assembly->kind != part.kind || assembly->count != part.count ||
        assembly->part_size != part.size)
        return false;
    if (assembly->seen[part.number])
        return true;
    assembly->seen[part.number] = true;
    assembly->have++;
    cs_assert(assembly->have <= assembly->count);
    assembly->size += part.bytes.size;
    memcpy(assembly->bytes + (size_t)part.number * part.size, part.bytes.data, part.bytes.size);
    if (assembly->have < assembly->count)
        return true;
    bool understood =
        deliver(server, place, part.kind, cs_bytes_of(assembly->bytes, assembly->size));
    forget(server, assembly);
    return understood;
}

bool libraft_receive(struct libraft *server, size_t place, cs_kind kind, struct cs_bytes body)
{
    if (server->on_recv == NULL)
        return true; /* closed */
    if (kind == LIBRAFT_PART)
        return receive_part(server, place, body);
    return deliver(server, place, kind, body);
}
