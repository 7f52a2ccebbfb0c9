/* See wire.h. */
#include "common/wire.h"

enum { CHECKSUM_SIZE = 4, BUFFER_AT_FIRST = 256 };

/* ---- Writing --------------------------------------------------------------------------------- */

void wire_make_room(struct wire_writer *writer, size_t size)
{
    struct wire_buffer *buffer = writer->buffer;
    if (writer->overflow || buffer == NULL || size > buffer->max - writer->size) {
        writer->overflow = true;
        return;
    }
    size_t capacity = buffer->capacity > 0 ? buffer->capacity : BUFFER_AT_FIRST;
    while (capacity < writer->size + size)
        capacity *= 2;
    buffer->capacity = capacity < buffer->max ? capacity : buffer->max;
    buffer->data = cs_resize(writer->cx, buffer->data, buffer->capacity);
    writer->data = buffer->data;
    writer->capacity = buffer->capacity;
}

void wire_put_raw(struct wire_writer *writer, struct cs_bytes bytes)
{
    uint8_t *at = wire_extend(writer, bytes.size);
    if (at != NULL && bytes.size > 0)
        memcpy(at, bytes.data, bytes.size);
}

void wire_put_bytes(struct wire_writer *writer, struct cs_bytes bytes)
{
    cs_assert(bytes.size <= UINT32_MAX);
    wire_put_u32(writer, (uint32_t)bytes.size);
    wire_put_raw(writer, bytes);
}

size_t wire_begin_bytes(struct wire_writer *writer)
{
    size_t begun = writer->size;
    wire_put_u32(writer, 0);
    return begun;
}

void wire_end_bytes(struct wire_writer *writer, size_t begun)
{
    if (writer->overflow)
        return;
    cs_assert(begun + sizeof(uint32_t) <= writer->size);
    cs_assert(writer->size - begun - sizeof(uint32_t) <= UINT32_MAX);
    struct wire_writer length = wire_writer_on(writer->data + begun, sizeof(uint32_t));
    wire_put_u32(&length, (uint32_t)(writer->size - begun - sizeof(uint32_t)));
}

/* The kind comes first, so that a message whose kind was changed on the way does not match. */
static uint32_t wire_checksum(cs_kind kind, struct cs_bytes bytes)
{
    uint8_t seed[4];
    struct wire_writer writer = wire_writer_on(seed, sizeof seed);
    wire_put_u32(&writer, kind);
    return cs_crc32c(cs_crc32c(0, cs_bytes_of(seed, sizeof seed)), bytes);
}

struct cs_bytes wire_seal(struct wire_writer *writer, cs_kind kind)
{
    wire_put_u32(writer, wire_checksum(kind, cs_bytes_of(writer->data, writer->size)));
    cs_assert(!writer->overflow);
    return cs_bytes_of(writer->data, writer->size);
}

/* ---- Reading --------------------------------------------------------------------------------- */

struct wire_reader wire_open(cs_kind kind, struct cs_bytes body)
{
    if (body.size < CHECKSUM_SIZE)
        return (struct wire_reader){ .bad = true };
    struct cs_bytes content = cs_bytes_of(body.data, body.size - CHECKSUM_SIZE);
    struct wire_reader tail = wire_reader_on(body);
    wire_get_raw(&tail, content.size);
    if (wire_get_u32(&tail) != wire_checksum(kind, content))
        return (struct wire_reader){ .bad = true };
    return wire_reader_on(content);
}

struct cs_bytes wire_get_raw(struct wire_reader *reader, size_t size)
{
    const uint8_t *at = wire_take(reader, size);
    return cs_bytes_of(at, at == NULL ? 0 : size);
}

struct cs_bytes wire_get_bytes(struct wire_reader *reader)
{
    return wire_get_raw(reader, wire_get_u32(reader));
}

bool wire_end(const struct wire_reader *reader) { return !reader->bad && reader->size == 0; }
