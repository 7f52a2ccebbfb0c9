/* Histories that are read from files, as operations that can be checked.
 *
 * Four formats, told apart by how the text begins:
 *   - history.jsonl of a run: {"t_ns":…,"session":…,"type":…,"op":…,…}
 *   - Jepsen's and Knossos's histories in EDN, or in JSON; also Porcupine's logs of a key-value
 *     store, which are such maps with a key
 *   - Jepsen's logs of etcd: INFO  jepsen.util - 3 :invoke :cas [1 2]
 *
 * Where a read asks for [key nil] all values are [key value], as jepsen.independent writes them.
 *
 * An operation that failed did not happen, except that a compare-and-set in the logs of etcd fails
 * because of the value.  One of unknown outcome, or without an end, may happen at any time.  Lines
 * that are not about clients are passed over. */
#ifndef ARCHIVE_ARCHIVE_H
#define ARCHIVE_ARCHIVE_H
#include "base/text.h"
#include "verify/linear.h"

/* Where an operation comes from. */
struct archive_call {
    uint64_t line, end_line;                        /* 0: it has no end */
    struct cs_bytes process, name, asked, answered; /* as they are written */
    struct cs_bytes written;                        /* the value that it writes, if any */
    bool unknown;
};

struct form_block;

struct archive_key {
    struct cs_bytes group, key; /* empty where there are none */
};

struct archive {
    struct linear_op *ops;
    uint64_t *places;           /* of each, as linear_options has them; NULL: none was told */
    struct archive_call *calls; /* by an operation's `number` */
    size_t count;
    struct archive_key *keys; /* by number */
    size_t key_count;
    size_t failed;    /* operations that did not happen */
    const char *data; /* the text */
    size_t size;
    bool mapped;
    struct form_block *blocks;
};

/* What is wrong, and where. */
struct archive_problem {
    uint64_t line;   /* 0: with the file as a whole */
    bool unreadable; /* the file itself cannot be read */
    struct cs_text text;
};

bool archive_read(struct archive *archive, const char *path, const struct linear_model *model,
                  struct archive_problem *problem);
/* The same of bytes, which must outlive the archive. */
bool archive_parse(struct archive *archive, const char *data, size_t size,
                   const struct linear_model *model, struct archive_problem *problem);
void archive_done(struct archive *archive);

/* Read a history and check it as it is read: nothing of it is kept but what is open, what never
 * returned, and the names of keys and processes.  It stops at the first key that is illegal or
 * given up; of that the report says no more.  *ret_failed counts operations that did not happen. */
bool archive_check(const char *path, const struct linear_model *model,
                   const struct linear_options *options, struct linear_report *ret_report,
                   size_t *ret_failed, struct archive_problem *problem);

#endif
