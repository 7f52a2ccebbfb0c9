/* The log of one incarnation of a node: its inputs, what it read at once, and the effects that it
 * recorded, byte for byte.
 *
 * The file begins with the line NODE_LOG_TITLE, whose number is the format's version.  Then come
 * records: a frame, then as many bytes as it says.  A frame's `check` hashes its record and the
 * check of the one before it, so that a record that was changed, left out or moved is noticed.
 * Numbers lie as in memory: a log is replayed by the build that wrote it.
 *
 *   HEAD     build, instance, scenario (strings), seed, whether lines of cs_log() were formatted,
 *            and size, sector and identity of each volume
 *   INPUT    kind, start, from, message, request, token; op, status, volume, ticket, token and
 * offset of a disk operation; both clocks; bytes READ     by cs_read_now(): volume, status, offset,
 * bytes EFFECTS  CPU time charged; for each effect its token, its line of text, its bytes END how
 * many inputs there were
 *
 * A string is its size (32 bits) and its bytes.  INPUT is followed by its READs and its EFFECTS,
 * unless the node died meanwhile. */
#ifndef LIVE_NODE_LOG_H
#define LIVE_NODE_LOG_H
#include <glib.h>

#include "live/node_input.h"

#define NODE_LOG_TITLE   "clustersim node log "
#define NODE_LOG_VERSION "1\n"

enum log_kind { LOG_HEAD = 1, LOG_INPUT, LOG_READ, LOG_EFFECTS, LOG_END };

struct log_frame {
    uint32_t size; /* bytes behind it */
    uint32_t kind; /* enum log_kind */
    uint64_t check;
};

/* Of a record with that body, after one with the check `before` (0 for the first). */
uint64_t log_check(uint64_t before, enum log_kind kind, struct cs_bytes body);

/* The bytes of an effect: what it does, all of it, but for its token.  A token that is a small
 * number is among them; one of more than 32 bits may be a pointer, which differs from process to
 * process, and is told by its being the same one again. */
void log_add_effect(GByteArray *out, struct cs_context *cx, const struct effect *effect);
/* Its token; 0 if it has none. */
cs_token log_token_of(const struct effect *effect);
static inline bool log_token_is_name(cs_token token)
{
    return token > UINT32_MAX && token != CS_SILENT;
}

/* ---- Reading --------------------------------------------------------------------------------- */

/* All of these point into the log's bytes. */
struct log_read {
    cs_volume volume;
    enum cs_disk_status status;
    uint64_t offset;
    struct cs_bytes bytes;
};

struct log_effect {
    cs_token token;
    struct cs_bytes line, bytes;
};

struct log_step {
    struct node_input input;
    uint64_t now_ns, wall_ns;
    bool complete; /* its effects are there */
    uint64_t charged_ns;
    guint read_first, read_count;     /* in the log's `reads` */
    guint effect_first, effect_count; /* in the log's `effects` */
};

struct node_log {
    char *build, *instance, *scenario;
    uint64_t seed;
    bool lines;      /* of cs_log() were formatted */
    bool ended;      /* it has its END: the node was not killed, and nothing is missing */
    uint64_t size;   /* of the file */
    GArray *volumes; /* struct cs_volume_info */
    GArray *steps;   /* struct log_step */
    GArray *reads;   /* struct log_read */
    GArray *effects; /* struct log_effect */
    GBytes *bytes;
};

/* Read a whole log, which keeps a reference to `bytes`.  NULL, and G_FILE_ERROR_INVAL with a
 * sentence that names the place, if it is damaged, ends within a record or is of another version.
 * One that ends between two records, without its END, is good. */
struct node_log *node_log_parse(GBytes *bytes, GError **error);
void node_log_free(struct node_log *log);

/* How many bytes of a log its whole records have: the last write of a node that was killed may have
 * come in part. */
size_t node_log_whole(struct cs_bytes file);

#endif
