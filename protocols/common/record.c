/* See record.h.  A slot, all little-endian:
 *
 *   u32  CRC-32C of everything after it, up to the end of the content
 *   u32  size of the content, bytes
 *   u64  sequence number, from 1; slot sequence % 2 holds it
 *        content, then zeros to the end of the last sector */
#include "common/record.h"

#include <string.h>

#include "common/wire.h"

enum { SLOT_HEADER = 16, SLOT_CHECKSUM = 4, SLOT_MAX = 4096 };

_Static_assert(SLOT_HEADER + RECORD_CONTENT_MAX <= SLOT_MAX, "the largest record fits a slot");

static uint32_t whole_sectors(uint32_t sector, size_t size)
{
    cs_assert(sector > 0 && sector <= SLOT_MAX);
    return (uint32_t)((size + sector - 1) / sector * sector);
}

uint64_t record_extent(uint32_t sector, size_t capacity)
{
    cs_assert(capacity <= RECORD_CONTENT_MAX);
    return 2 * (uint64_t)whole_sectors(sector, SLOT_HEADER + capacity);
}

static uint64_t slot_offset(const struct record *record, uint64_t sequence)
{
    return record->offset + sequence % 2 * record->slot_size;
}

/* The sequence number of a whole slot, else 0.  On success *ret_content is borrowed from `slot`. */
static uint64_t slot_check(struct cs_bytes slot, struct cs_bytes *ret_content)
{
    struct wire_reader reader = wire_reader_on(slot);
    uint32_t checksum = wire_get_u32(&reader);
    const uint8_t *covered = reader.data;
    uint32_t size = wire_get_u32(&reader);
    uint64_t sequence = wire_get_u64(&reader);
    struct cs_bytes content = wire_get_raw(&reader, size);
    if (reader.bad)
        return 0;
    if (cs_crc32c(0, cs_bytes_of(covered, SLOT_HEADER - SLOT_CHECKSUM + size)) != checksum)
        return 0;
    *ret_content = content;
    return sequence;
}

/* Take over what slot `parity` holds, if it is whole and younger than what was found before. */
static enum record_status open_slot(struct record *record, struct cs_context *cx, uint64_t parity,
                                    size_t capacity, void *content, size_t *ret_size)
{
    uint8_t buffer[SLOT_MAX];
    struct cs_span span = { slot_offset(record, parity), buffer, record->slot_size };
    if (cs_read_now(cx, record->volume, &span, 1) != CS_DISK_OK)
        return RECORD_BAD_DISK;
    struct cs_bytes found;
    uint64_t sequence = slot_check(cs_bytes_of(buffer, record->slot_size), &found);
    if (sequence <= record->sequence || sequence % 2 != parity || found.size > capacity)
        return RECORD_NONE;
    if (found.size > 0)
        memcpy(content, found.data, found.size);
    record->sequence = sequence;
    *ret_size = found.size;
    return RECORD_OK;
}

/* Three of the parameters say where the record is.  NOLINTNEXTLINE(readability-function-size) */
enum record_status record_open(struct record *record, struct cs_context *cx, cs_volume volume,
                               uint64_t offset, size_t capacity, void *content, size_t *ret_size)
{
    struct cs_volume_info info = cs_volume_info(cx, volume);
    uint64_t extent = record_extent(info.sector, capacity);
    cs_assert(offset % info.sector == 0);
    cs_assert(offset <= info.size && extent <= info.size - offset);
    *record =
        (struct record){ .volume = volume, .offset = offset, .slot_size = (uint32_t)(extent / 2) };
    size_t size = 0;
    for (uint64_t parity = 0; parity < 2; parity++) {
        if (open_slot(record, cx, parity, capacity, content, &size) == RECORD_BAD_DISK)
            return RECORD_BAD_DISK;
    }
    if (record->sequence == 0)
        return RECORD_NONE;
    *ret_size = size;
    return RECORD_OK;
}

cs_ticket record_write(struct record *record, struct cs_context *cx, struct cs_bytes content)
{
    uint8_t buffer[SLOT_MAX] = { 0 };
    struct wire_writer writer =
        wire_writer_on(buffer + SLOT_CHECKSUM, record->slot_size - SLOT_CHECKSUM);
    cs_assert(record->slot_size > SLOT_HEADER && record->slot_size <= SLOT_MAX);
    record->sequence++;
    wire_put_u32(&writer, (uint32_t)content.size);
    wire_put_u64(&writer, record->sequence);
    wire_put_raw(&writer, content);
    cs_assert(!writer.overflow);

    struct wire_writer front = wire_writer_on(buffer, SLOT_CHECKSUM);
    wire_put_u32(&front, cs_crc32c(0, cs_bytes_of(writer.data, writer.size)));
    return cs_write(cx, record->volume, slot_offset(record, record->sequence),
                    cs_bytes_of(buffer, record->slot_size), CS_SILENT);
}
