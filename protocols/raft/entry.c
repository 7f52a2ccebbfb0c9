#include "raft/entry.h"

struct cs_bytes entry_put(struct wire_writer *writer, const struct entry *entry)
{
    wire_put_u8(writer, (uint8_t)entry->kind);
    wire_put_u64(writer, entry->stamp_ns);
    if (entry->kind == ENTRY_COMMAND) {
        wire_put_u64(writer, entry->command.session);
        wire_put_u64(writer, entry->command.serial);
        wire_put_u64(writer, entry->command.first_unanswered);
    }
    if (entry->kind == ENTRY_COMMAND || entry->kind == ENTRY_QUERY)
        wire_put_bytes(writer, entry->command.command);
    cs_assert(!writer->overflow);
    return cs_bytes_of(writer->data, writer->size);
}

bool entry_get(struct cs_bytes content, struct entry *ret_entry)
{
    struct wire_reader reader = wire_reader_on(content);
    struct entry entry = { 0 };
    uint8_t kind = wire_get_u8(&reader);
    entry.stamp_ns = wire_get_u64(&reader);
    if (kind == ENTRY_COMMAND) {
        entry.command.session = wire_get_u64(&reader);
        entry.command.serial = wire_get_u64(&reader);
        entry.command.first_unanswered = wire_get_u64(&reader);
        if (entry.command.session == 0 || entry.command.first_unanswered == 0 ||
            entry.command.first_unanswered > entry.command.serial)
            return false;
    }
    if (kind == ENTRY_COMMAND || kind == ENTRY_QUERY)
        entry.command.command = wire_get_bytes(&reader);
    if (!wire_end(&reader) || kind < ENTRY_NOOP || kind > ENTRY_QUERY)
        return false;
    entry.kind = (enum entry_kind)kind;
    *ret_entry = entry;
    return true;
}
