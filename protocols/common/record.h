/* A small durable record that is replaced as a whole: after a crash it holds the old or the new
 * content, never a mixture.
 *
 * Two slots of whole sectors, written in turn; each carries a sequence number, the content's size
 * and CRC-32C.  The valid slot with the higher number counts.  A write replaces the older slot
 * only, so it needs no barrier before it; what must not be said before it is durable goes after a
 * cs_barrier() on the same volume.
 *
 * What it does not see: a slot that decays after it was made durable looks like one that was torn
 * on the way, and the older one counts.  Where that must be found out, the content says so (a
 * record of a term, say, that is older than the log beside it). */
#ifndef COMMON_RECORD_H
#define COMMON_RECORD_H
#include "clustersim/protocol.h"

enum { RECORD_CONTENT_MAX = 4096 - 32 };

struct record {
    cs_volume volume;
    uint64_t offset;    /* of the first slot, a multiple of the sector */
    uint64_t sequence;  /* of the last write; 0 if there never was one */
    uint32_t slot_size; /* bytes, whole sectors */
};

enum record_status { RECORD_OK, RECORD_NONE, RECORD_BAD_DISK };

/* The room that a record takes on its volume, in bytes, for contents up to `capacity`. */
uint64_t record_extent(uint32_t sector, size_t capacity);

/* Find the record at `offset`; `capacity` is the largest content it will ever hold, and the size of
 * the buffer `content`.  RECORD_NONE if nothing was ever completely written.  On RECORD_OK,
 * *ret_size bytes are in `content`; they need not be durable yet (a process crash keeps unflushed
 * writes), so a cs_barrier() or a flush comes before they are relied on or replaced. */
enum record_status record_open(struct record *record, struct cs_context *cx, cs_volume volume,
                               uint64_t offset, size_t capacity, void *content, size_t *ret_size);

/* Record the replacement; the ticket is what facts rest on.  Two replacements may not be in flight
 * at once: a barrier or a completed flush lies between two writes. */
cs_ticket record_write(struct record *record, struct cs_context *cx, struct cs_bytes content);

#endif
