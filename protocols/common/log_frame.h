/* One frame of a log on its volume (see log.h), all little-endian:
 *
 *   u32  CRC-32C of everything after it, up to the end of the content
 *   u32  size of the content, bytes
 *   u64  offset of the frame on the volume
 *   u64  sequence number, from 1
 *   u64  highest sequence number known to be flushed
 *   u64  life: drawn by the incarnation that wrote it
 *   u32  checksum of the frame before; 0 for the first
 *   u32  enum log_frame_kind
 *   u64  index: of the entry, or the first one removed
 *   u64  term of the entry, 0 for a removal
 *        content, then zeros to a multiple of 8 bytes
 *
 * The offset makes a copy of a frame somewhere else (inside a content, or misdirected by the
 * device) no frame. */
#ifndef COMMON_LOG_FRAME_H
#define COMMON_LOG_FRAME_H
#include "common/log.h"

enum { LOG_FRAME_HEADER = 64, LOG_FRAME_ALIGNMENT = 8, LOG_FRAME_OFFSET_AT = 8 };
enum { LOG_FRAME_MAX = LOG_FRAME_HEADER + LOG_CONTENT_MAX };

enum log_frame_kind { LOG_FRAME_ENTRY = 1, LOG_FRAME_TRUNCATE = 2 };

struct log_frame {
    uint32_t checksum; /* filled in by log_frame_put() and log_frame_get() */
    uint64_t offset;
    uint64_t sequence;
    uint64_t flushed;
    uint64_t life;
    uint32_t previous;
    uint32_t kind;
    uint64_t index;
    uint64_t term;
    struct cs_bytes content;
};

/* Bytes on the volume, padding included. */
static inline size_t log_frame_size(size_t content_size)
{
    size_t size = LOG_FRAME_HEADER + content_size;
    return (size + LOG_FRAME_ALIGNMENT - 1) / LOG_FRAME_ALIGNMENT * LOG_FRAME_ALIGNMENT;
}

/* Write the frame to `buffer`, which has room for log_frame_size() bytes. */
void log_frame_put(struct log_frame *frame, uint8_t *buffer);

/* The size of the frame that `header` begins, if it can be one at `offset`, else 0. */
size_t log_frame_claimed_size(const uint8_t header[LOG_FRAME_HEADER], uint64_t offset);

/* Read the frame that is said to lie at `offset`; its content is borrowed from `bytes`.  False if
 * it is not whole. */
bool log_frame_get(struct cs_bytes bytes, uint64_t offset, struct log_frame *ret_frame);

#endif
