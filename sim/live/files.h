/* The volumes of a node: a file each, written at once and flushed by a thread.
 *
 * `files` serves one thread, the node's; only flushes run elsewhere, one after another, and are
 * handed back in the order in which they were asked for. */
#ifndef LIVE_FILES_H
#define LIVE_FILES_H
#include <glib.h>

#include "host/context.h"

enum { FILES_ERROR_PLACE = 1 };

struct files_volume {
    int fd;
    uint64_t size, identity;
    uint32_t sector;
    cs_ticket durable;           /* the last write that a completed flush covers */
    enum cs_disk_status refused; /* a write was, since the last flush */
    char *made;                  /* its path, if the file was not there before; or NULL */
};

/* A flush; what waits for it gets it back. */
struct files_flush {
    bool barrier;
    cs_volume volume;
    cs_ticket ticket;
    cs_token token;
    int fd;
    enum cs_disk_status status;
    uint64_t asked_ns, done_ns; /* by the machine's monotonic clock */
    uint64_t took_ns; /* from its beginning, when the one before it was done, to its coming back */
};

struct files {
    struct context_files face; /* what contexts read through */
    struct files_volume *volumes;
    uint32_t count;
    bool sync;          /* else a flush does nothing */
    GThread *thread;    /* or NULL without `sync` */
    GAsyncQueue *asked; /* struct files_flush; one of fd -1 ends the thread */
    GAsyncQueue *ended;
    int wake_fd;      /* an eventfd: something is in `ended` */
    uint64_t done_ns; /* of the latest flush that came back */
};

struct files_options {
    const char *folder;
    bool sync;
    bool empty; /* whatever the volumes hold is forgotten */
};

/* Open the volumes of `lent`, which must stay, below the folder; they are made at the first time.
 * Errors: G_FILE_ERROR, with the place. */
bool files_open(struct files *files, const struct context_instance *lent,
                const struct files_options *options, GError **error);
/* Nothing was written: the files that files_open() has made go. */
void files_take_back(struct files *files);
/* Ends the thread; what was written and not flushed is left to the kernel. */
void files_close(struct files *files);

enum cs_disk_status files_read(struct files *files, cs_volume volume, uint64_t offset,
                               void *ret_data, size_t size);
enum cs_disk_status files_write(struct files *files, cs_volume volume, uint64_t offset,
                                struct cs_bytes data);
enum cs_disk_status files_discard(struct files *files, cs_volume volume, uint64_t offset,
                                  uint64_t size);
/* It comes back by files_ended(). */
void files_flush(struct files *files, const struct files_flush *flush);
/* One that has ended, or NULL; g_free. */
struct files_flush *files_ended(struct files *files);
/* Flush everything now. */
void files_flush_all(struct files *files);

#endif
