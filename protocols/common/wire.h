/* Messages and records as bytes: little-endian, explicit, checksummed.
 *
 * A writer fills a buffer of the caller's; what does not fit sets `overflow` and writes nothing
 * more.  A reader never goes past its input; what is missing or out of bounds sets `bad`, and every
 * later get returns zero, so a decoder reads all fields and asks once, with wire_end(), at the end.
 *
 * wire_seal() appends CRC-32C of everything written so far, seeded with the message's kind, so that
 * a changed byte or a kind taken for another is found; wire_open() checks and removes it. */
#ifndef COMMON_WIRE_H
#define COMMON_WIRE_H
#include <string.h>

#include "clustersim/protocol.h"

/* Where messages are put together, one after the other: as large as the largest so far has been. */
struct wire_buffer {
    uint8_t *data;
    size_t capacity; /* bytes */
    size_t max;      /* bytes: it never grows beyond */
};

struct wire_writer {
    uint8_t *data;
    size_t size;     /* bytes written */
    size_t capacity; /* bytes */
    bool overflow;
    struct wire_buffer *buffer; /* grows when it has to; NULL: the writer has no more than it has */
    struct cs_context *cx;
};

struct wire_reader {
    const uint8_t *data;
    size_t size; /* bytes left */
    bool bad;
};

/* Between the machine's order of bytes and little-endian, either way. */
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define WIRE_LITTLE(bits, value) (value)
#else
#define WIRE_LITTLE(bits, value) (__builtin_bswap##bits(value))
#endif

static inline struct wire_writer wire_writer_on(void *buffer, size_t capacity)
{
    return (struct wire_writer){ .data = buffer, .capacity = capacity };
}

/* On a buffer that grows; what was in it is lost. */
static inline struct wire_writer wire_writer_in(struct cs_context *cx, struct wire_buffer *buffer)
{
    cs_assert(buffer->max > 0);
    return (struct wire_writer){
        .data = buffer->data, .capacity = buffer->capacity, .buffer = buffer, .cx = cx
    };
}

/* Make room for `size` bytes more; sets `overflow` if that is beyond the limit. */
void wire_make_room(struct wire_writer *writer, size_t size);

/* The next `size` bytes of the buffer, or NULL: everything after a lack of room is dropped. */
static inline uint8_t *wire_extend(struct wire_writer *writer, size_t size)
{
    cs_assert(writer->size <= writer->capacity);
    if (size > writer->capacity - writer->size)
        wire_make_room(writer, size);
    if (writer->overflow)
        return NULL;
    uint8_t *at = writer->data + writer->size;
    writer->size += size;
    return at;
}

/* The words are copied whole, which is one instruction each where the machine is little-endian. */
static inline void wire_put_u8(struct wire_writer *writer, uint8_t value)
{
    uint8_t *at = wire_extend(writer, sizeof value);
    if (at != NULL)
        *at = value;
}

static inline void wire_put_u16(struct wire_writer *writer, uint16_t value)
{
    uint8_t *at = wire_extend(writer, sizeof value);
    uint16_t little = WIRE_LITTLE(16, value);
    if (at != NULL)
        memcpy(at, &little, sizeof little);
}

static inline void wire_put_u32(struct wire_writer *writer, uint32_t value)
{
    uint8_t *at = wire_extend(writer, sizeof value);
    uint32_t little = WIRE_LITTLE(32, value);
    if (at != NULL)
        memcpy(at, &little, sizeof little);
}

static inline void wire_put_u64(struct wire_writer *writer, uint64_t value)
{
    uint8_t *at = wire_extend(writer, sizeof value);
    uint64_t little = WIRE_LITTLE(64, value);
    if (at != NULL)
        memcpy(at, &little, sizeof little);
}

/* A length of 32 bits, then the bytes. */
void wire_put_bytes(struct wire_writer *writer, struct cs_bytes bytes);
void wire_put_raw(struct wire_writer *writer, struct cs_bytes bytes);
/* Bytes of a length that is known only when they are written: what is written between the two is
 * what wire_get_bytes() gives.  The first returns what the second has to be given. */
size_t wire_begin_bytes(struct wire_writer *writer);
void wire_end_bytes(struct wire_writer *writer, size_t begun);
/* Append the checksum and return the whole message.  Requires that nothing overflowed. */
struct cs_bytes wire_seal(struct wire_writer *writer, cs_kind kind);

/* A reader over the sealed message `body` without its checksum; `bad` from the start if that does
 * not match. */
struct wire_reader wire_open(cs_kind kind, struct cs_bytes body);

static inline struct wire_reader wire_reader_on(struct cs_bytes bytes)
{
    return (struct wire_reader){ .data = bytes.data, .size = bytes.size };
}

/* The next `size` bytes of the input, or NULL: nothing is read after the first lack. */
static inline const uint8_t *wire_take(struct wire_reader *reader, size_t size)
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

static inline uint8_t wire_get_u8(struct wire_reader *reader)
{
    const uint8_t *at = wire_take(reader, sizeof(uint8_t));
    return at == NULL ? 0 : *at;
}

static inline uint16_t wire_get_u16(struct wire_reader *reader)
{
    uint16_t little = 0;
    const uint8_t *at = wire_take(reader, sizeof little);
    if (at != NULL)
        memcpy(&little, at, sizeof little);
    return WIRE_LITTLE(16, little);
}

static inline uint32_t wire_get_u32(struct wire_reader *reader)
{
    uint32_t little = 0;
    const uint8_t *at = wire_take(reader, sizeof little);
    if (at != NULL)
        memcpy(&little, at, sizeof little);
    return WIRE_LITTLE(32, little);
}

static inline uint64_t wire_get_u64(struct wire_reader *reader)
{
    uint64_t little = 0;
    const uint8_t *at = wire_take(reader, sizeof little);
    if (at != NULL)
        memcpy(&little, at, sizeof little);
    return WIRE_LITTLE(64, little);
}

/* Borrowed from the reader's input. */
struct cs_bytes wire_get_bytes(struct wire_reader *reader);
struct cs_bytes wire_get_raw(struct wire_reader *reader, size_t size);
/* True if nothing was bad and nothing is left. */
bool wire_end(const struct wire_reader *reader);

#endif
