/* See log_frame.h. */
#include "common/log_frame.h"

#include <string.h>

#include "common/wire.h"

enum { CHECKSUM_SIZE = 4, SIZE_OFFSET = 4 };

void log_frame_put(struct log_frame *frame, uint8_t *buffer)
{
    size_t size = log_frame_size(frame->content.size);
    struct wire_writer writer = wire_writer_on(buffer + CHECKSUM_SIZE, size - CHECKSUM_SIZE);
    cs_assert(frame->content.size <= LOG_CONTENT_MAX);
    wire_put_u32(&writer, (uint32_t)frame->content.size);
    wire_put_u64(&writer, frame->offset);
    wire_put_u64(&writer, frame->sequence);
    wire_put_u64(&writer, frame->flushed);
    wire_put_u64(&writer, frame->life);
    wire_put_u32(&writer, frame->previous);
    wire_put_u32(&writer, frame->kind);
    wire_put_u64(&writer, frame->index);
    wire_put_u64(&writer, frame->term);
    cs_assert(writer.size == LOG_FRAME_HEADER - CHECKSUM_SIZE);
    wire_put_raw(&writer, frame->content);
    cs_assert(!writer.overflow);
    memset(writer.data + writer.size, 0, writer.capacity - writer.size);

    frame->checksum = cs_crc32c(0, cs_bytes_of(writer.data, writer.size));
    struct wire_writer front = wire_writer_on(buffer, CHECKSUM_SIZE);
    wire_put_u32(&front, frame->checksum);
}

size_t log_frame_claimed_size(const uint8_t header[LOG_FRAME_HEADER], uint64_t offset)
{
    struct wire_reader reader =
        wire_reader_on(cs_bytes_of(header + SIZE_OFFSET, LOG_FRAME_HEADER - SIZE_OFFSET));
    uint32_t content_size = wire_get_u32(&reader);
    if (wire_get_u64(&reader) != offset || content_size > LOG_CONTENT_MAX)
        return 0;
    return log_frame_size(content_size);
}

bool log_frame_get(struct cs_bytes bytes, uint64_t offset, struct log_frame *ret_frame)
{
    struct wire_reader reader = wire_reader_on(bytes);
    struct log_frame frame = { .checksum = wire_get_u32(&reader) };
    const uint8_t *covered = reader.data;
    uint32_t content_size = wire_get_u32(&reader);
    frame.offset = wire_get_u64(&reader);
    frame.sequence = wire_get_u64(&reader);
    frame.flushed = wire_get_u64(&reader);
    frame.life = wire_get_u64(&reader);
    frame.previous = wire_get_u32(&reader);
    frame.kind = wire_get_u32(&reader);
    frame.index = wire_get_u64(&reader);
    frame.term = wire_get_u64(&reader);
    frame.content = wire_get_raw(&reader, content_size);
    if (reader.bad || frame.offset != offset)
        return false;
    size_t covered_size = LOG_FRAME_HEADER - CHECKSUM_SIZE + content_size;
    if (cs_crc32c(0, cs_bytes_of(covered, covered_size)) != frame.checksum)
        return false;
    *ret_frame = frame;
    return true;
}
