/* What a server keeps on its volumes: term and vote in one record, the log, and how far it is
 * durable.
 *
 * Term and vote are written rarely and waited for (cs_barrier): nothing is said in a term before
 * the term is durable (thesis 3.8, figure 3.1).  The log is written all the time: entries are
 * written at once, flushed in the background, and acknowledged when a completed flush covers them.
 * While a flush is under way further entries gather; one more flush then serves them all. */
#include <string.h>

#include "raft/raft.h"

enum { META_VERSION = 1, META_SIZE = 32 };

/* ---- Term and vote ------------------------------------------------------------------------------
 */

static struct cs_bytes meta_put(const struct raft *rf, struct cs_context *cx, uint8_t *buffer)
{
    struct wire_writer writer = wire_writer_on(buffer, META_SIZE);
    wire_put_u8(&writer, META_VERSION);
    wire_put_u64(&writer, rf->term);
    wire_put_u32(&writer, rf->vote);
    wire_put_u64(&writer, cs_volume_info(cx, RAFT_VOLUME_LOG).identity);
    cs_assert(!writer.overflow);
    return cs_bytes_of(buffer, writer.size);
}

static bool meta_get(struct raft *rf, struct cs_bytes bytes, uint64_t *ret_log_identity)
{
    struct wire_reader reader = wire_reader_on(bytes);
    uint8_t version = wire_get_u8(&reader);
    uint64_t term = wire_get_u64(&reader);
    cs_node vote = wire_get_u32(&reader);
    uint64_t log_identity = wire_get_u64(&reader);
    if (!wire_end(&reader) || version != META_VERSION || term >= RAFT_NUMBER_MAX)
        return false;
    rf->term = term;
    rf->vote = vote;
    *ret_log_identity = log_identity;
    return true;
}

static cs_ticket meta_write(struct raft *rf, struct cs_context *cx)
{
    uint8_t buffer[META_SIZE];
    cs_ticket ticket = record_write(&rf->record, cx, meta_put(rf, cx, buffer));
    cs_barrier(cx, RAFT_VOLUME_META);
    return ticket;
}

void raft_persist(struct raft *rf, struct cs_context *cx, uint64_t term, cs_node vote)
{
    cs_assert(term >= rf->term);
    cs_assert(term > rf->term || rf->vote == CS_NODE_NONE); /* one vote a term */
    rf->term = term;
    rf->vote = vote;
    cs_ticket ticket = meta_write(rf, cx);
    cs_fact(cx, &(struct cs_fact){ .kind = CS_FACT_VOTED,
                                   .a = term,
                                   .b = vote,
                                   .volume = RAFT_VOLUME_META,
                                   .rests_on = ticket });
}

/* ---- Recovery -----------------------------------------------------------------------------------
 */

static void state_recovered(const struct raft *rf, struct cs_context *cx)
{
    cs_fact(cx, &(struct cs_fact){ .kind = CS_FACT_VOTED,
                                   .recovered = true,
                                   .a = rf->term,
                                   .b = rf->vote,
                                   .volume = RAFT_VOLUME_META });
    for (uint64_t i = rf->log.first_index; i <= rf->log.last_index; i++) {
        cs_fact(cx, &(struct cs_fact){ .kind = CS_FACT_APPENDED,
                                       .recovered = true,
                                       .a = i,
                                       .b = log_term_at(&rf->log, i),
                                       .content = log_content_at(&rf->log, i) });
    }
    if (rf->stored > 0) {
        cs_fact(cx, &(struct cs_fact){ .kind = CS_FACT_STORED,
                                       .recovered = true,
                                       .a = rf->stored,
                                       .b = log_term_at(&rf->log, rf->stored),
                                       .volume = RAFT_VOLUME_LOG });
    }
}

/* A server that has lost its term, its vote or its log must not go on under its name: it could vote
 * twice, or take part in a majority with entries that it no longer has (thesis 3.8).  A term is
 * durable before the first entry of it is written, so a younger log tells that the record is old.
 * Returns why to stop, or NULL. */
static const char *recover_meta(struct raft *rf, struct cs_context *cx, enum record_status status,
                                struct cs_bytes meta)
{
    uint64_t log_identity;
    if (status == RECORD_NONE)
        return "term and vote lost";
    if (!meta_get(rf, meta, &log_identity))
        return "term and vote unreadable";
    if (log_identity != cs_volume_info(cx, RAFT_VOLUME_LOG).identity)
        return "log volume replaced";
    if (log_term_at(&rf->log, rf->log.last_index) > rf->term)
        return "term older than the log";
    return NULL;
}

static bool recover(struct raft *rf, struct cs_context *cx, enum record_status status,
                    struct cs_bytes meta)
{
    const char *stop = recover_meta(rf, cx, status, meta);
    if (stop != NULL) {
        cs_stop(cx, stop);
        return false;
    }
    /* What a process crash left unflushed is visible but not yet durable. */
    cs_barrier(cx, RAFT_VOLUME_META);
    cs_barrier(cx, RAFT_VOLUME_LOG);
    log_flushed(&rf->log, CS_TICKET_NONE);
    rf->stored = rf->log.last_index;
    state_recovered(rf, cx);
    return true;
}

bool raft_storage_start(struct raft *rf, struct cs_context *cx, enum cs_start kind)
{
    enum log_status log = log_open(&rf->log, cx, RAFT_VOLUME_LOG);
    if (log != LOG_OK) {
        cs_stop(cx, log == LOG_CORRUPT ? "log corrupt" : "log volume failed");
        return false;
    }
    uint8_t content[META_SIZE];
    size_t size = 0;
    enum record_status meta =
        record_open(&rf->record, cx, RAFT_VOLUME_META, 0, sizeof content, content, &size);
    rf->vote = CS_NODE_NONE;
    if (meta == RECORD_BAD_DISK) {
        cs_stop(cx, "meta volume failed");
        return false;
    }
    if (kind == CS_START_RESTART)
        return recover(rf, cx, meta, cs_bytes_of(content, size));

    if (meta != RECORD_NONE || rf->log.last_index > 0) {
        cs_stop(cx, "volumes of a new server are not empty");
        return false;
    }
    /* From here on a missing record means that it was lost. */
    meta_write(rf, cx);
    return true;
}

/* ---- The log ------------------------------------------------------------------------------------
 */

bool raft_append(struct raft *rf, struct cs_context *cx, uint64_t term, struct cs_bytes content)
{
    cs_assert(term <= rf->term);
    cs_assert(term >= log_term_at(&rf->log, rf->log.last_index));
    if (log_append(&rf->log, cx, term, content) == CS_TICKET_NONE) {
        cs_stop(cx, "log full");
        return false;
    }
    cs_charge(cx, RAFT_COST_ENTRY, 1);
    cs_fact(cx,
            &(struct cs_fact){
                .kind = CS_FACT_APPENDED, .a = rf->log.last_index, .b = term, .content = content });
    return true;
}

bool raft_truncate(struct raft *rf, struct cs_context *cx, uint64_t from)
{
    cs_assert(from > rf->commit);
    cs_assert(from <= rf->log.last_index);
    cs_assert(rf->role != RAFT_LEADER); /* thesis 3.5: a leader never removes entries */
    /* Said first: a crash behind the write alone would look like entries that were lost. */
    cs_fact(cx, &(struct cs_fact){ .kind = CS_FACT_TRUNCATED, .a = from });
    if (log_truncate(&rf->log, cx, from) == CS_TICKET_NONE) {
        cs_stop(cx, "log full");
        return false;
    }
    /* A flush that is under way covers what it replaced, not what will replace it. */
    if (rf->stored >= from)
        rf->stored = from - 1;
    if (rf->flush_index >= from)
        rf->flush_index = from - 1;
    cs_reached(cx, "log_truncated");
    return true;
}

void raft_flush(struct raft *rf, struct cs_context *cx)
{
    if (rf->flushing || rf->stored == rf->log.last_index)
        return;
    rf->flushing = true;
    rf->flush_index = rf->log.last_index;
    cs_flush(cx, RAFT_VOLUME_LOG, RAFT_DISK_FLUSH_LOG);
}

void raft_on_flushed(struct raft *rf, struct cs_context *cx, const struct cs_completion *done)
{
    cs_assert(rf->flushing);
    if (done->status != CS_DISK_OK) {
        /* What a failed flush has kept is unknowable; another one that succeeds says nothing. */
        cs_stop(cx, "log flush failed");
        return;
    }
    log_flushed(&rf->log, done->ticket);
    rf->flushing = false;
    if (rf->flush_index > rf->stored) {
        rf->stored = rf->flush_index;
        cs_fact(cx, &(struct cs_fact){ .kind = CS_FACT_STORED,
                                       .a = rf->stored,
                                       .b = log_term_at(&rf->log, rf->stored),
                                       .volume = RAFT_VOLUME_LOG,
                                       .rests_on = done->ticket });
    }
    raft_flush(rf, cx);
    if (rf->role == RAFT_LEADER) {
        raft_advance_commit(rf, cx);
    } else {
        raft_acknowledge(rf, cx);
    }
}

bool raft_log_matches(const struct raft *rf, uint64_t index, uint64_t term)
{
    if (index == 0)
        return term == 0;
    return index >= rf->log.first_index && index <= rf->log.last_index &&
           log_term_at(&rf->log, index) == term;
}

/* Terms never go down along a log, so it can be searched by halves. */
uint64_t raft_log_find(const struct raft *rf, uint64_t from, uint64_t term)
{
    cs_assert(from <= rf->log.last_index);
    uint64_t low = rf->log.first_index - 1; /* its term counts as small enough */
    uint64_t high = from;
    while (low < high) {
        uint64_t middle = low + (high - low + 1) / 2;
        if (log_term_at(&rf->log, middle) <= term) {
            low = middle;
        } else {
            high = middle - 1;
        }
    }
    return low;
}
