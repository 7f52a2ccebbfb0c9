/* A digest log: what a run did, short enough to be kept and exact enough to be compared.
 *
 * It has a checkpoint, the digest so far, every DIGEST_LOG_EVERY records, and the records
 * themselves of one range.  As a file it is lines of text, so that it travels between machines:
 *
 *     clustersim digest log 1
 *     scenario NAME
 *     seed 0x…
 *     instance INDEX NAME
 *     checkpoint RECORDS DIGEST MARKS    the digest over so many records
 *     record NUMBER AT KIND DETAIL INSTANCE A B
 *     end RECORDS DIGEST MARKS
 *
 * MARKS has a character for each record since the checkpoint before, six bits of a hash over all
 * of those up to it.  So the first record that differs can be told without having been kept: of 64
 * that differ, 63 have another mark, and the rest is noticed at the next.  Logs without marks are
 * read too. */
#ifndef COMMAND_DIGEST_LOG_H
#define COMMAND_DIGEST_LOG_H
#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "engine/trace.h"

enum {
    DIGEST_LOG_EVERY = 4096,  /* records between two checkpoints; a multiple of TRACE_KEPT */
    DIGEST_LOG_KEPT = 1 << 19 /* records of the range at most: 16 MiB */
};

struct digest_log {
    char *scenario;
    uint64_t seed;
    GPtrArray *instances;     /* char *: their names */
    uint64_t first, kept_max; /* the range: records are numbered from 0 */
    GArray *checkpoints;      /* uint64_t: the digest over (i + 1) * DIGEST_LOG_EVERY records */
    GArray *records;          /* struct trace_record: those of the range */
    GString *marks;           /* one for each record; empty: the log has none */
    uint64_t mark_state;      /* of the hash */
    uint64_t count, digest;   /* of the whole run, once it is over */
};

/* For records first … first + kept_max - 1, none if kept_max is 0. */
struct digest_log *digest_log_new(const char *scenario, uint64_t seed, uint64_t first,
                                  uint64_t kept_max);
void digest_log_free(struct digest_log *log);

/* Take in the record that `trace` has just added. */
void digest_log_add(struct digest_log *log, struct trace *trace, const struct trace_record *record);
/* The run is over. */
void digest_log_end(struct digest_log *log, struct trace *trace);

/* The mark of a record.  *state is 0 at a checkpoint, and goes from record to record. */
char digest_log_mark(uint64_t *state, const struct trace_record *record);

/* Record `number`, NULL if it was not kept. */
const struct trace_record *digest_log_record(const struct digest_log *log, uint64_t number);

/* The log as text.  g_free. */
char *digest_log_text(const struct digest_log *log);
bool digest_log_write(const struct digest_log *log, const char *path, GError **error);
/* Returns NULL if the file cannot be read or is no such log. */
struct digest_log *digest_log_read(const char *path, GError **error);

#endif
