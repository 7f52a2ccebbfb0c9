/* See wire.h. */
#include "common/wire.h"

#include <string.h>

enum { CHECKSUM_SIZE = 4 };

/* ---- Writing --------------------------------------------------------------------------------- */

/* The next `size` bytes of the buffer, or NULL: everything after a lack of room is dropped. */
static uint8_t *wire_extend(struct wire_writer *writer, size_t size)
{
    cs_assert(writer->size <= writer->capacity);
    if (writer->overflow || size > writer->capacity - writer->size) {
        writer->overflow = true;
        return NULL;
    }
    uint8_t *at = writer->data + writer->size;
    writer->size += size;
    return at;
}

static void wire_put_little(struct wire_writer *writer, uint64_t value, size_t size)
{
    uint8_t *at = wire_extend(writer, size);
    if (at == NULL)
        return;
    for (size_t i = 0; i < size; i++)
        at[i] = (uint8_t)(value >> (8 * i));
}

void wire_put_u8(struct wire_writer *writer, uint8_t value) { wire_put_little(writer, value, 1); }

void wire_put_u16(struct wire_writer *writer, uint16_t value) { wire_put_little(writer, value, 2); }

void wire_put_u32(struct wire_writer *writer, uint32_t value) { wire_put_little(writer, value, 4); }

void wire_put_u64(struct wire_writer *writer, uint64_t value) { wire_put_little(writer, value, 8); }

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

struct wire_reader wire_reader_on(struct cs_bytes bytes)
{
    return (struct wire_reader){ .data = bytes.data, .size = bytes.size };
}

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

/* The next `size` bytes of the input, or NULL: nothing is read after the first lack. */
static const uint8_t *wire_take(struct wire_reader *reader, size_t size)
{
    if (reader->bad || size > reader->size) {
        reader->bad = true;
        return NULL;
    }
    const uint8_t *at = reader->data;
    reader->data += size;
    reader->size -= size;
    return at;
}

static uint64_t wire_get_little(struct wire_reader *reader, size_t size)
{
    const uint8_t *at = wire_take(reader, size);
    uint64_t value = 0;
    if (at == NULL)
        return 0;
    for (size_t i = 0; i < size; i++)
        value |= (uint64_t)at[i] << (8 * i);
    return value;
}

uint8_t wire_get_u8(struct wire_reader *reader) { return (uint8_t)wire_get_little(reader, 1); }

uint16_t wire_get_u16(struct wire_reader *reader) { return (uint16_t)wire_get_little(reader, 2); }

uint32_t wire_get_u32(struct wire_reader *reader) { return (uint32_t)wire_get_little(reader, 4); }

uint64_t wire_get_u64(struct wire_reader *reader) { return wire_get_little(reader, 8); }

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
