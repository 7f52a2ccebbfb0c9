#include "libraft/message.h"

enum { FLAG_DISRUPT = 1, FLAG_PRE_VOTE = 2, ENTRY_LEAST = 13 /* bytes of an entry without data */ };

/* ---- Configurations -----------------------------------------------------------------------------
 */

void libraft_configuration_put(struct wire_writer *writer,
                               const struct raft_configuration *configuration)
{
    wire_put_u32(writer, configuration->n);
    for (unsigned i = 0; i < configuration->n; i++) {
        const struct raft_server *server = &configuration->servers[i];
        wire_put_u64(writer, server->id);
        wire_put_u8(writer, (uint8_t)server->role);
        wire_put_bytes(writer, cs_bytes_of(server->address, strlen(server->address)));
    }
}

/* One server, or false with nothing added. */
static bool get_server(struct wire_reader *reader, struct raft_configuration *configuration)
{
    uint64_t id = wire_get_u64(reader);
    uint8_t role = wire_get_u8(reader);
    struct cs_bytes address = wire_get_bytes(reader);
    char text[12];
    if (reader->bad || id == 0 || address.size == 0 || address.size >= sizeof text ||
        memchr(address.data, '\0', address.size) != NULL)
        return false;
    memcpy(text, address.data, address.size);
    text[address.size] = '\0';
    return raft_configuration_add(configuration, id, text, role) == 0;
}

bool libraft_configuration_get(struct cs_bytes bytes, struct raft_configuration *ret_configuration)
{
    struct wire_reader reader = wire_reader_on(bytes);
    struct raft_configuration configuration;
    raft_configuration_init(&configuration);
    uint32_t count = wire_get_u32(&reader);
    bool whole = true;
    for (uint32_t i = 0; i < count && whole; i++)
        whole = get_server(&reader, &configuration);
    if (!whole || !wire_end(&reader)) {
        raft_configuration_close(&configuration);
        return false;
    }
    *ret_configuration = configuration;
    return true;
}

/* ---- Writing ------------------------------------------------------------------------------------
 */

static void put_entries(struct wire_writer *writer, const struct raft_append_entries *message)
{
    wire_put_u32(writer, message->n_entries);
    for (unsigned i = 0; i < message->n_entries; i++) {
        const struct raft_entry *entry = &message->entries[i];
        wire_put_u64(writer, entry->term);
        wire_put_u8(writer, (uint8_t)entry->type);
        wire_put_bytes(writer, cs_bytes_of(entry->buf.base, entry->buf.len));
    }
}

static void put_snapshot(struct wire_writer *writer, const struct raft_install_snapshot *message)
{
    wire_put_u64(writer, message->term);
    wire_put_u64(writer, message->last_index);
    wire_put_u64(writer, message->last_term);
    wire_put_u64(writer, message->conf_index);
    size_t begun = wire_begin_bytes(writer);
    libraft_configuration_put(writer, &message->conf);
    wire_end_bytes(writer, begun);
    wire_put_bytes(writer, cs_bytes_of(message->data.base, message->data.len));
}

static void put_vote(struct wire_writer *writer, const struct raft_request_vote *message)
{
    wire_put_u64(writer, message->term);
    wire_put_u64(writer, message->candidate_id);
    wire_put_u64(writer, message->last_log_index);
    wire_put_u64(writer, message->last_log_term);
    wire_put_u8(writer, (uint8_t)((message->disrupt_leader ? FLAG_DISRUPT : 0) |
                                  (message->pre_vote ? FLAG_PRE_VOTE : 0)));
}

struct cs_bytes libraft_message_put(struct wire_writer *writer, const struct raft_message *message,
                                    cs_kind *ret_kind)
{
    cs_assert(message->type >= RAFT_IO_APPEND_ENTRIES);
    cs_assert(message->type <= RAFT_IO_TIMEOUT_NOW);
    cs_kind kind = LIBRAFT_APPEND_ENTRIES + message->type - RAFT_IO_APPEND_ENTRIES;
    switch (message->type) {
    case RAFT_IO_APPEND_ENTRIES:
        wire_put_u64(writer, message->append_entries.term);
        wire_put_u64(writer, message->append_entries.prev_log_index);
        wire_put_u64(writer, message->append_entries.prev_log_term);
        wire_put_u64(writer, message->append_entries.leader_commit);
        put_entries(writer, &message->append_entries);
        break;
    case RAFT_IO_APPEND_ENTRIES_RESULT:
        wire_put_u64(writer, message->append_entries_result.term);
        wire_put_u64(writer, message->append_entries_result.rejected);
        wire_put_u64(writer, message->append_entries_result.last_log_index);
        break;
    case RAFT_IO_REQUEST_VOTE:
        put_vote(writer, &message->request_vote);
        break;
    case RAFT_IO_REQUEST_VOTE_RESULT:
        wire_put_u64(writer, message->request_vote_result.term);
        wire_put_u8(writer, message->request_vote_result.vote_granted);
        wire_put_u8(writer, (uint8_t)message->request_vote_result.pre_vote);
        break;
    case RAFT_IO_INSTALL_SNAPSHOT:
        put_snapshot(writer, &message->install_snapshot);
        break;
    default:
        wire_put_u64(writer, message->timeout_now.term);
        wire_put_u64(writer, message->timeout_now.last_log_index);
        wire_put_u64(writer, message->timeout_now.last_log_term);
        break;
    }
    *ret_kind = kind;
    return wire_seal(writer, kind);
}

/* ---- Reading ------------------------------------------------------------------------------------
 */

static bool is_entry_type(uint8_t type)
{
    return type == RAFT_COMMAND || type == RAFT_BARRIER || type == RAFT_CHANGE;
}

/* The bytes that the data of so many entries take; `bad` if they are malformed. */
static size_t measure_entries(struct wire_reader *reader, uint32_t count)
{
    size_t size = 0;
    for (uint32_t i = 0; i < count && !reader->bad; i++) {
        wire_get_u64(reader);
        if (!is_entry_type(wire_get_u8(reader)))
            reader->bad = true;
        size += wire_get_bytes(reader).size;
    }
    return size;
}

/* The library frees a batch by the pointer of the first entry: all data lies in one. */
static bool get_entries(struct wire_reader *reader, struct raft_append_entries *message)
{
    uint32_t count = wire_get_u32(reader);
    if (reader->bad || count > reader->size / ENTRY_LEAST)
        return false;
    struct wire_reader measured = *reader;
    size_t size = measure_entries(&measured, count);
    if (!wire_end(&measured))
        return false;
    message->n_entries = count;
    message->entries = NULL;
    if (count == 0)
        return true;
    message->entries = raft_malloc(count * sizeof *message->entries);
    uint8_t *batch = raft_malloc(size);
    for (uint32_t i = 0; i < count; i++) {
        struct raft_entry entry = { .term = wire_get_u64(reader), .batch = batch };
        entry.type = wire_get_u8(reader);
        struct cs_bytes data = wire_get_bytes(reader);
        entry.buf = (struct raft_buffer){ .base = batch, .len = data.size };
        if (i > 0) {
            const struct raft_buffer *before = &message->entries[i - 1].buf;
            entry.buf.base = (uint8_t *)before->base + before->len;
        }
        if (data.size > 0)
            memcpy(entry.buf.base, data.data, data.size);
        message->entries[i] = entry;
    }
    const struct raft_buffer *last = &message->entries[count - 1].buf;
    cs_assert((uint8_t *)last->base + last->len == batch + size);
    return true;
}

static bool get_append(struct wire_reader *reader, struct raft_append_entries *message)
{
    message->term = wire_get_u64(reader);
    message->prev_log_index = wire_get_u64(reader);
    message->prev_log_term = wire_get_u64(reader);
    message->leader_commit = wire_get_u64(reader);
    return get_entries(reader, message);
}

static bool get_append_result(struct wire_reader *reader,
                              struct raft_append_entries_result *message)
{
    message->term = wire_get_u64(reader);
    message->rejected = wire_get_u64(reader);
    message->last_log_index = wire_get_u64(reader);
    return wire_end(reader);
}

static bool get_vote(struct wire_reader *reader, struct raft_request_vote *message)
{
    message->term = wire_get_u64(reader);
    message->candidate_id = wire_get_u64(reader);
    message->last_log_index = wire_get_u64(reader);
    message->last_log_term = wire_get_u64(reader);
    uint8_t flags = wire_get_u8(reader);
    message->disrupt_leader = (flags & FLAG_DISRUPT) != 0;
    message->pre_vote = (flags & FLAG_PRE_VOTE) != 0;
    return wire_end(reader) && flags <= (FLAG_DISRUPT | FLAG_PRE_VOTE);
}

static bool get_vote_result(struct wire_reader *reader, struct raft_request_vote_result *message)
{
    message->term = wire_get_u64(reader);
    uint8_t granted = wire_get_u8(reader);
    uint8_t pre_vote = wire_get_u8(reader);
    message->vote_granted = granted != 0;
    message->pre_vote = (raft_tribool)pre_vote;
    return wire_end(reader) && granted <= 1 && pre_vote <= raft_tribool_false;
}

static bool get_snapshot(struct wire_reader *reader, struct raft_install_snapshot *message)
{
    message->term = wire_get_u64(reader);
    message->last_index = wire_get_u64(reader);
    message->last_term = wire_get_u64(reader);
    message->conf_index = wire_get_u64(reader);
    struct cs_bytes configuration = wire_get_bytes(reader);
    struct cs_bytes data = wire_get_bytes(reader);
    if (!wire_end(reader) || !libraft_configuration_get(configuration, &message->conf))
        return false;
    message->data = (struct raft_buffer){ .base = raft_malloc(data.size), .len = data.size };
    if (data.size > 0)
        memcpy(message->data.base, data.data, data.size);
    return true;
}

bool libraft_message_get(cs_kind kind, struct cs_bytes body, struct raft_message *ret_message)
{
    struct wire_reader reader = wire_open(kind, body);
    if (reader.bad || kind < LIBRAFT_APPEND_ENTRIES || kind > LIBRAFT_TIMEOUT_NOW)
        return false;
    struct raft_message *message = ret_message;
    *message = (struct raft_message){ .type = (unsigned short)(kind - LIBRAFT_APPEND_ENTRIES +
                                                               RAFT_IO_APPEND_ENTRIES) };
    switch (message->type) {
    case RAFT_IO_APPEND_ENTRIES:
        return get_append(&reader, &message->append_entries);
    case RAFT_IO_APPEND_ENTRIES_RESULT:
        return get_append_result(&reader, &message->append_entries_result);
    case RAFT_IO_REQUEST_VOTE:
        return get_vote(&reader, &message->request_vote);
    case RAFT_IO_REQUEST_VOTE_RESULT:
        return get_vote_result(&reader, &message->request_vote_result);
    case RAFT_IO_INSTALL_SNAPSHOT:
        return get_snapshot(&reader, &message->install_snapshot);
    default:
        message->timeout_now.term = wire_get_u64(&reader);
        message->timeout_now.last_log_index = wire_get_u64(&reader);
        message->timeout_now.last_log_term = wire_get_u64(&reader);
        return wire_end(&reader);
    }
}

/* ---- Parts --------------------------------------------------------------------------------------
 */

struct cs_bytes libraft_part_put(struct wire_writer *writer, const struct libraft_part *part)
{
    cs_assert(part->number < part->count);
    cs_assert(part->bytes.size <= part->size);
    wire_put_u64(writer, part->message);
    wire_put_u32(writer, part->kind);
    wire_put_u32(writer, part->number);
    wire_put_u32(writer, part->count);
    wire_put_u32(writer, part->size);
    wire_put_bytes(writer, part->bytes);
    return wire_seal(writer, LIBRAFT_PART);
}

bool libraft_part_get(struct cs_bytes body, struct libraft_part *ret_part)
{
    struct wire_reader reader = wire_open(LIBRAFT_PART, body);
    struct libraft_part part = { .message = wire_get_u64(&reader) };
    part.kind = wire_get_u32(&reader);
    part.number = wire_get_u32(&reader);
    part.count = wire_get_u32(&reader);
    part.size = wire_get_u32(&reader);
    part.bytes = wire_get_bytes(&reader);
    bool last = part.number + 1 == part.count;
    if (!wire_end(&reader) || part.message == 0 || part.number >= part.count ||
        part.bytes.size > part.size || (!last && part.bytes.size != part.size))
        return false;
    *ret_part = part;
    return true;
}

/* ---- For people ---------------------------------------------------------------------------------
 */

/* The fields up to the entries, the configuration or the end are numbers of 64 bits. */
static void describe_numbers(cs_kind kind, struct wire_reader *reader, struct cs_text *out)
{
    static const char *const fields[][5] = {
        { "term", "previous", "previous-term", "commit", NULL },
        { "term", "rejected", "last", NULL },
        { "term", "candidate", "last", "last-term", NULL },
        { "term", NULL },
        { "term", "last", "last-term", "configuration", NULL },
        { "term", "last", "last-term", NULL },
    };
    _Static_assert(sizeof fields / sizeof fields[0] ==
                       LIBRAFT_TIMEOUT_NOW - LIBRAFT_APPEND_ENTRIES + 1,
                   "every message of the library has fields");
    cs_assert(kind >= LIBRAFT_APPEND_ENTRIES);
    cs_assert(kind <= LIBRAFT_TIMEOUT_NOW);
    const char *const *names = fields[kind - LIBRAFT_APPEND_ENTRIES];
    for (size_t i = 0; names[i] != NULL; i++) {
        cs_text_add(out, "%s%s=%llu", i > 0 ? " " : "", names[i],
                    (unsigned long long)wire_get_u64(reader));
    }
}

void libraft_describe(cs_kind kind, struct cs_bytes body, struct cs_text *out)
{
    if (kind < SERVICE_KIND_COUNT) {
        service_describe(kind, body, out);
        return;
    }
    struct wire_reader reader = wire_open(kind, body);
    struct libraft_part part;
    bool is_part = kind == LIBRAFT_PART && libraft_part_get(body, &part);
    if (reader.bad || kind >= LIBRAFT_KIND_COUNT || (kind == LIBRAFT_PART && !is_part)) {
        cs_text_add(out, "malformed");
    } else if (is_part) {
        cs_text_add(out, "%u of %u of message %llu", part.number + 1, part.count,
                    (unsigned long long)part.message);
    } else {
        describe_numbers(kind, &reader, out);
        if (kind == LIBRAFT_APPEND_ENTRIES)
            cs_text_add(out, " entries=%u", wire_get_u32(&reader));
        if (kind == LIBRAFT_REQUEST_VOTE || kind == LIBRAFT_VOTE_RESULT) {
            cs_text_add(out, kind == LIBRAFT_REQUEST_VOTE ? " flags=%u" : " granted=%u",
                        wire_get_u8(&reader));
        }
    }
}
