/* See log.h.  Invariants: the frames 1..sequence fill the volume from 0 to end_offset, each fits
 * the one before, and entries first_index..last_index in memory are what they say together. */
#include "common/log.h"

#include <string.h>

#include "common/log_frame.h"

struct log_slot {
    uint64_t term;
    void *content; /* NULL if empty */
    size_t size;   /* bytes */
};

struct log_unsure {
    cs_ticket ticket;
    uint64_t sequence;
};

enum { SLOTS_AT_FIRST = 64, UNSURE_AT_FIRST = 64 };

/* ---- In memory ------------------------------------------------------------------------------- */

static struct log_slot *slot_at(const struct log *log, uint64_t index)
{
    cs_assert(index >= log->first_index);
    cs_assert(index <= log->last_index);
    return &log->slots[index - log->first_index];
}

static void push_entry(struct log *log, struct cs_context *cx, uint64_t term,
                       struct cs_bytes content)
{
    size_t count = log->last_index + 1 - log->first_index;
    if (count == log->slot_capacity) {
        log->slot_capacity = count == 0 ? SLOTS_AT_FIRST : 2 * count;
        log->slots = cs_resize(cx, log->slots, log->slot_capacity * sizeof *log->slots);
    }
    struct log_slot slot = { .term = term, .size = content.size };
    if (content.size > 0) {
        slot.content = cs_alloc(cx, content.size);
        memcpy(slot.content, content.data, content.size);
    }
    log->slots[count] = slot;
    log->last_index++;
}

static void drop_entries(struct log *log, struct cs_context *cx, uint64_t from)
{
    cs_assert(from >= log->first_index);
    cs_assert(from <= log->last_index + 1);
    for (; log->last_index >= from; log->last_index--)
        cs_release(cx, slot_at(log, log->last_index)->content);
}

uint64_t log_term_at(const struct log *log, uint64_t index)
{
    return index == 0 ? 0 : slot_at(log, index)->term;
}

struct cs_bytes log_content_at(const struct log *log, uint64_t index)
{
    const struct log_slot *slot = slot_at(log, index);
    return cs_bytes_of(slot->content, slot->size);
}

/* ---- Writing --------------------------------------------------------------------------------- */

/* Remember that the frame `log->sequence` is durable once `ticket` is. */
static void push_unsure(struct log *log, struct cs_context *cx, cs_ticket ticket)
{
    size_t waiting = log->unsure_end - log->unsure_first;
    if (log->unsure_end == log->unsure_capacity) {
        if (2 * waiting >= log->unsure_capacity) {
            log->unsure_capacity =
                log->unsure_capacity == 0 ? UNSURE_AT_FIRST : 2 * log->unsure_capacity;
            log->unsure = cs_resize(cx, log->unsure, log->unsure_capacity * sizeof *log->unsure);
        }
        if (log->unsure_first > 0)
            memmove(log->unsure, log->unsure + log->unsure_first, waiting * sizeof *log->unsure);
        log->unsure_first = 0;
        log->unsure_end = waiting;
    }
    log->unsure[log->unsure_end++] = (struct log_unsure){ ticket, log->sequence };
}

void log_flushed(struct log *log, cs_ticket ticket)
{
    if (log->flushed_sequence < log->recovered_sequence)
        log->flushed_sequence = log->recovered_sequence;
    while (log->unsure_first < log->unsure_end && log->unsure[log->unsure_first].ticket <= ticket)
        log->flushed_sequence = log->unsure[log->unsure_first++].sequence;
    cs_assert(log->flushed_sequence <= log->sequence);
}

static cs_ticket write_frame(struct log *log, struct cs_context *cx, enum log_frame_kind kind,
                             uint64_t index, uint64_t term, struct cs_bytes content)
{
    size_t size = log_frame_size(content.size);
    cs_assert(log->life != 0); /* it was opened, and found in order */
    if (size > cs_volume_info(cx, log->volume).size - log->end_offset)
        return CS_TICKET_NONE;
    if (size > log->frame_capacity) {
        log->frame = cs_resize(cx, log->frame, 2 * size);
        log->frame_capacity = 2 * size;
    }
    struct log_frame frame = {
        .offset = log->end_offset,
        .sequence = log->sequence + 1,
        .flushed = log->flushed_sequence,
        .life = log->life,
        .previous = log->chain,
        .kind = kind,
        .index = index,
        .term = term,
        .content = content,
    };
    log_frame_put(&frame, log->frame);
    log->last_ticket =
        cs_write(cx, log->volume, log->end_offset, cs_bytes_of(log->frame, size), CS_SILENT);
    log->end_offset += size;
    log->sequence = frame.sequence;
    log->chain = frame.checksum;
    push_unsure(log, cx, log->last_ticket);
    return log->last_ticket;
}

cs_ticket log_append(struct log *log, struct cs_context *cx, uint64_t term, struct cs_bytes content)
{
    cs_assert(content.size <= LOG_CONTENT_MAX);
    cs_ticket ticket = write_frame(log, cx, LOG_FRAME_ENTRY, log->last_index + 1, term, content);
    if (ticket != CS_TICKET_NONE)
        push_entry(log, cx, term, content);
    return ticket;
}

cs_ticket log_truncate(struct log *log, struct cs_context *cx, uint64_t from)
{
    cs_assert(from >= log->first_index);
    cs_assert(from <= log->last_index + 1);
    cs_ticket ticket = write_frame(log, cx, LOG_FRAME_TRUNCATE, from, 0, cs_bytes_of(NULL, 0));
    if (ticket != CS_TICKET_NONE)
        drop_entries(log, cx, from);
    return ticket;
}

/* ---- Recovery -------------------------------------------------------------------------------- */

/* A window over the volume that moves forward in large blocks. */
struct scan {
    struct cs_context *cx;
    cs_volume volume;
    uint64_t volume_size;
    uint64_t offset; /* of data[0] on the volume */
    size_t size;     /* bytes in the window */
    uint8_t *data;
    size_t capacity; /* bytes: SCAN_FIRST, or SCAN_WINDOW */
    bool failed;     /* the device did not answer a read */
};

enum {
    SCAN_BLOCK = 1 << 16,
    SCAN_FIRST = SCAN_BLOCK + 4096, /* enough where frames are small */
    SCAN_WINDOW = 3 * SCAN_BLOCK,
    SCAN_ZEROS = 512,
};

_Static_assert(LOG_FRAME_MAX + SCAN_BLOCK <= SCAN_WINDOW, "a frame fits beside the block ahead");

/* Room for one more block behind what is needed from `offset` on. */
static void scan_make_room(struct scan *scan, uint64_t offset)
{
    if (scan->size + SCAN_BLOCK <= scan->capacity)
        return;
    size_t done = offset - scan->offset;
    memmove(scan->data, scan->data + done, scan->size - done);
    scan->size -= done;
    scan->offset = offset;
    if (scan->size + SCAN_BLOCK <= scan->capacity)
        return;
    cs_assert(scan->size + SCAN_BLOCK <= SCAN_WINDOW);
    scan->data = cs_resize(scan->cx, scan->data, SCAN_WINDOW);
    scan->capacity = SCAN_WINDOW;
}

/* `size` bytes at `offset`; NULL past the end of the volume, or if the device failed.  Requires
 * that `offset` never goes back. */
static const uint8_t *scan_view(struct scan *scan, uint64_t offset, size_t size)
{
    cs_assert(offset >= scan->offset);
    cs_assert(offset <= scan->offset + scan->size);
    if (scan->failed || offset > scan->volume_size || size > scan->volume_size - offset)
        return NULL;
    while (offset + size > scan->offset + scan->size) {
        scan_make_room(scan, offset);
        uint64_t next = scan->offset + scan->size;
        uint64_t left = scan->volume_size - next;
        struct cs_span span = { next, scan->data + scan->size,
                                left < SCAN_BLOCK ? left : SCAN_BLOCK };
        if (cs_read_now(scan->cx, scan->volume, &span, 1) != CS_DISK_OK) {
            scan->failed = true;
            return NULL;
        }
        scan->size += span.size;
    }
    return scan->data + (offset - scan->offset);
}

/* The frame at `offset`, if there is a whole one; its content is borrowed until the next call. */
static bool scan_frame(struct scan *scan, uint64_t offset, struct log_frame *ret_frame)
{
    const uint8_t *header = scan_view(scan, offset, LOG_FRAME_HEADER);
    if (header == NULL)
        return false;
    size_t size = log_frame_claimed_size(header, offset);
    if (size == 0)
        return false;
    const uint8_t *frame = scan_view(scan, offset, size);
    return frame != NULL && log_frame_get(cs_bytes_of(frame, size), offset, ret_frame);
}

static bool all_zero(const uint8_t *data, size_t size)
{
    cs_assert(size > 0);
    return data[0] == 0 && memcmp(data, data + 1, size - 1) == 0;
}

/* Of the bytes that were read, the first place from `at` on where a frame may lie: where a header
 * names its own offset, as log_frame_claimed_size() wants it.  At most `end`, or where what was
 * read does not hold a header any more.  Most of a volume is zeros, which name offset 0. */
static uint64_t scan_skip(const struct scan *scan, uint64_t at, uint64_t end)
{
    cs_assert(at >= scan->offset);
    uint64_t read_end = scan->offset + scan->size;
    while (at <= end && at + LOG_FRAME_HEADER <= read_end) {
        const uint8_t *header = scan->data + (at - scan->offset);
        bool whole =
            at > 0 && at + SCAN_ZEROS <= end && at + LOG_FRAME_OFFSET_AT + SCAN_ZEROS <= read_end;
        if (whole && all_zero(header + LOG_FRAME_OFFSET_AT, SCAN_ZEROS)) {
            at += SCAN_ZEROS;
            continue;
        }
        if (log_frame_claimed_size(header, at) != 0)
            break;
        at += LOG_FRAME_ALIGNMENT;
    }
    return at;
}

static bool frame_fits(const struct log *log, const struct log_frame *frame)
{
    if (frame->sequence != log->sequence + 1 || frame->previous != log->chain)
        return false;
    if (frame->flushed > log->sequence)
        return false;
    if (frame->kind == LOG_FRAME_ENTRY)
        return frame->index == log->last_index + 1;
    return frame->kind == LOG_FRAME_TRUNCATE && frame->index >= log->first_index &&
           frame->index <= log->last_index + 1;
}

static void replay_frame(struct log *log, struct cs_context *cx, const struct log_frame *frame)
{
    if (frame->kind == LOG_FRAME_ENTRY) {
        push_entry(log, cx, frame->term, frame->content);
    } else {
        drop_entries(log, cx, frame->index);
    }
    log->end_offset += log_frame_size(frame->content.size);
    log->sequence = frame->sequence;
    log->chain = frame->checksum;
    if (frame->flushed > log->flushed_sequence)
        log->flushed_sequence = frame->flushed;
}

/* Whether a whole frame behind the log's end says that more had been flushed than was found.
 *
 * It is looked for as far as the largest frame reaches, and as far again behind each whole frame.
 * Frames of earlier lives may be among them, and do no harm: what one of them says was flushed,
 * every later life has found, or it would not have gone on. */
static bool lost_durable_frames(const struct log *log, struct scan *scan)
{
    uint64_t at = log->end_offset;
    uint64_t end = at + LOG_FRAME_MAX;
    while (at <= end && !scan->failed) {
        struct log_frame frame;
        at = scan_skip(scan, at, end);
        if (at > end)
            return false;
        if (scan_view(scan, at, LOG_FRAME_HEADER) == NULL)
            return false;
        if (!scan_frame(scan, at, &frame)) {
            at += LOG_FRAME_ALIGNMENT;
            continue;
        }
        if (frame.flushed > log->sequence)
            return true;
        at += log_frame_size(frame.content.size);
        end = at + LOG_FRAME_MAX;
    }
    return false;
}

static enum log_status recover(struct log *log, struct cs_context *cx, struct scan *scan)
{
    struct log_frame frame;
    while (scan_frame(scan, log->end_offset, &frame) && frame_fits(log, &frame))
        replay_frame(log, cx, &frame);
    bool lost = lost_durable_frames(log, scan);
    if (scan->failed)
        return LOG_BAD_DISK;
    return lost ? LOG_CORRUPT : LOG_OK;
}

enum log_status log_open(struct log *log, struct cs_context *cx, cs_volume volume)
{
    *log = (struct log){ .volume = volume, .first_index = 1 };
    struct scan scan = {
        .cx = cx,
        .volume = volume,
        .volume_size = cs_volume_info(cx, volume).size,
        .data = cs_alloc(cx, SCAN_FIRST),
        .capacity = SCAN_FIRST,
    };
    enum log_status status = recover(log, cx, &scan);
    cs_release(cx, scan.data);
    log->recovered_sequence = log->sequence;
    if (status == LOG_OK)
        log->life = 1 + cs_random(cx, "log life", UINT64_MAX);
    return status;
}
