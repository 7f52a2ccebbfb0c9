/* A write-ahead log: entries with consecutive indices from 1, each with a term, kept on one volume
 * and in memory.
 *
 * On disk it is a sequence of frames that only grows: ENTRY (index, term, content) and TRUNCATE
 * (first index removed).  A frame carries its sequence number, the highest sequence number known to
 * be flushed when it was written, its size, and CRC-32C seeded with the checksum of the frame
 * before it; so a frame left over from an earlier life of the same place never fits the chain.
 *
 * Recovery reads frames until one does not fit.  If any later frame that is whole in itself says
 * that the bad one had been flushed, the log is corrupt, and says so; otherwise the tail was torn
 * or lost in a crash before anybody was promised it, and the log ends there.  (The distinction:
 * Alagappan et al., "Protocol-Aware Recovery for Consensus-Based Storage", FAST 2018,
 * section 3.3.3.) */
#ifndef COMMON_LOG_H
#define COMMON_LOG_H
#include "clustersim/protocol.h"

struct log_slot; /* one entry in memory */

struct log {
    cs_volume volume;
    uint64_t first_index;      /* of the oldest entry kept; 1 until the log is compacted */
    uint64_t last_index;       /* first_index - 1 if empty */
    uint64_t end_offset;       /* bytes: where the next frame goes */
    uint64_t sequence;         /* of the last frame */
    uint64_t flushed_sequence; /* highest known to be durable */
    uint32_t chain;            /* checksum of the last frame */
    cs_ticket last_ticket;     /* of the last frame written in this incarnation */
    struct log_slot *slots;    /* ring or array over first_index..last_index */
    size_t slot_capacity;
};

enum log_status {
    LOG_OK,      /* recovered, or empty */
    LOG_CORRUPT, /* an entry that had been made durable is damaged */
    LOG_BAD_DISK /* the volume failed */
};

/* Recover what is on the volume.  What is found need not be durable yet (a process crash keeps
 * unflushed writes): flush or cs_barrier() before relying on it. */
enum log_status log_open(struct log *log, struct cs_context *cx, cs_volume volume);

/* Append at last_index + 1.  The content is copied.  Returns the ticket that claims about it rest
 * on. */
cs_ticket log_append(struct log *log, struct cs_context *cx, uint64_t term,
                     struct cs_bytes content);
/* Remove index `from` and all after it.  Requires first_index <= from <= last_index + 1. */
cs_ticket log_truncate(struct log *log, struct cs_context *cx, uint64_t from);
/* Tell the log that a flush covering `ticket` has completed: later frames say so. */
void log_flushed(struct log *log, cs_ticket ticket);

/* The term at `index`: 0 for index 0.  Requires index <= last_index. */
uint64_t log_term_at(const struct log *log, uint64_t index);
/* Borrowed until the entry is truncated. */
struct cs_bytes log_content_at(const struct log *log, uint64_t index);

#endif
