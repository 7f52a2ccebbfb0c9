/* A write-ahead log: entries with consecutive indices from 1, each with a term, kept on one volume
 * and in memory.
 *
 * On disk it is a sequence of frames that only grows: ENTRY (index, term, content) and TRUNCATE
 * (first index removed).  A frame carries its own place, its sequence number, the highest sequence
 * number known to be flushed when it was written, a number drawn by the incarnation that wrote it,
 * the checksum of the frame before it, and CRC-32C of all that.  So the frames form a chain, and a
 * frame left over from an earlier life of the same place never fits it: even an equal entry,
 * written again by a later incarnation, has another checksum.
 *
 * Recovery reads frames until one does not fit.  If a later frame that is whole in itself says that
 * the bad one had been flushed, the log is corrupt, and says so; otherwise the tail was torn or
 * lost in a crash before anybody was promised it, and the log ends there.  (The distinction:
 * Alagappan et al., "Protocol-Aware Recovery for Consensus-Based Storage", FAST 2018,
 * section 3.3.3.)
 *
 * What it does not see: frames that decay before any later one says that they were flushed, that is
 * the last ones, look like a torn tail. */
#ifndef COMMON_LOG_H
#define COMMON_LOG_H
#include "clustersim/protocol.h"

enum { LOG_CONTENT_MAX = 1 << 16 }; /* bytes of one entry */

struct log_slot;   /* one entry in memory */
struct log_unsure; /* one frame that is not known to be durable */

struct log {
    cs_volume volume;
    uint64_t first_index; /* of the oldest entry kept; always 1: nothing compacts the log yet */
    uint64_t last_index;  /* first_index - 1 if empty */
    uint64_t end_offset;  /* bytes: where the next frame goes */
    uint64_t sequence;    /* of the last frame */
    uint64_t flushed_sequence; /* highest known to be durable */
    uint64_t life;             /* of this incarnation; random */
    uint32_t chain;            /* checksum of the last frame */
    cs_ticket last_ticket;     /* of the last frame written in this incarnation */
    struct log_slot *slots;    /* slots[index - first_index] */
    size_t slot_capacity;
    uint64_t recovered_sequence; /* of the last frame that log_open() found */
    struct log_unsure *unsure;   /* frames written since then, oldest at unsure_first */
    size_t unsure_first, unsure_end, unsure_capacity;
    uint8_t *frame; /* where a frame is put together */
    size_t frame_capacity;
};

enum log_status {
    LOG_OK,      /* recovered, or empty */
    LOG_CORRUPT, /* an entry that had been made durable is damaged */
    LOG_BAD_DISK /* the volume failed */
};

/* Recover what is on the volume, which the log has for itself.  What is found need not be durable
 * yet (a process crash keeps unflushed writes): flush or cs_barrier() before relying on it.  Unless
 * the result is LOG_OK, the log holds what fits before the damage and must not be written to. */
enum log_status log_open(struct log *log, struct cs_context *cx, cs_volume volume);

/* Append at last_index + 1.  The content is copied.  Returns the ticket that claims about it rest
 * on, or CS_TICKET_NONE, with nothing changed, if the volume is full.  Requires content of at most
 * LOG_CONTENT_MAX bytes. */
cs_ticket log_append(struct log *log, struct cs_context *cx, uint64_t term,
                     struct cs_bytes content);
/* Remove index `from` and all after it.  Requires first_index <= from <= last_index + 1.  Returns
 * as log_append(): a removal takes room, too. */
cs_ticket log_truncate(struct log *log, struct cs_context *cx, uint64_t from);
/* Tell the log that a flush covering `ticket` has completed: later frames say so.  Any flush of
 * this incarnation covers all that log_open() found.  After a cs_barrier() this may be called in
 * the same step, since what is recorded later is written later. */
void log_flushed(struct log *log, cs_ticket ticket);

/* The term at `index`: 0 for index 0.  Requires index <= last_index. */
uint64_t log_term_at(const struct log *log, uint64_t index);
/* Borrowed until the entry is truncated. */
struct cs_bytes log_content_at(const struct log *log, uint64_t index);

#endif
