#include "live/files.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/effect_text.h"
#include "live/wire.h"

static enum cs_disk_status status_of(int number)
{
    switch (number) {
    case 0:
        return CS_DISK_OK;
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
        return CS_DISK_FULL;
    case ENODEV:
    case ENXIO:
        return CS_DISK_DEAD;
    default:
        return CS_DISK_MEDIUM;
    }
}

/* ---- Opening --------------------------------------------------------------------------------- */

static bool fail(GError **error, const char *path)
{
    int number = errno;
    g_set_error(error, G_FILE_ERROR, g_file_error_from_errno(number), "%s: %s", path,
                g_strerror(number));
    return false;
}

static bool open_volume(struct files_volume *volume, const char *path, const struct disk *model,
                        bool empty, GError **error)
{
    struct stat status;
    volume->size = disk_size(model);
    volume->sector = disk_sector(model);
    volume->fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (volume->fd >= 0) {
        volume->made = g_strdup(path);
    } else if (errno == EEXIST) {
        volume->fd = open(path, O_RDWR | O_CLOEXEC | (empty ? O_TRUNC : 0));
    }
    if (volume->fd < 0 || fstat(volume->fd, &status) != 0)
        return fail(error, path);
    volume->identity = status.st_ino;
    if ((uint64_t)status.st_size < volume->size && ftruncate(volume->fd, (off_t)volume->size) != 0)
        return fail(error, path);
    return true;
}

static bool open_volumes(struct files *files, const struct context_instance *lent,
                         const struct files_options *options, GError **error)
{
    for (uint32_t v = 0; v < files->count; v++) {
        struct cs_text name = { 0 };
        effect_text_add_volume(&name, lent, v);
        g_autofree char *path = g_build_filename(options->folder, text_string(&name), NULL);
        text_done(&name);
        if (!open_volume(&files->volumes[v], path, lent->volumes[v], options->empty, error))
            return false;
    }
    return true;
}

static enum cs_disk_status read_span(void *self, cs_volume volume, const struct cs_span *span)
{
    return files_read(self, volume, span->offset, span->data, span->size);
}

static struct cs_volume_info info(void *self, cs_volume volume)
{
    const struct files *files = self;
    cs_assert(volume < files->count);
    const struct files_volume *file = &files->volumes[volume];
    return (struct cs_volume_info){ file->size, file->sector, file->identity };
}

static gpointer flush_loop(gpointer argument)
{
    struct files *files = argument;
    for (;;) {
        struct files_flush *flush = g_async_queue_pop(files->asked);
        if (flush->fd < 0) {
            g_free(flush);
            return NULL;
        }
        int number = fdatasync(flush->fd) == 0 ? 0 : errno;
        if (flush->status == CS_DISK_OK)
            flush->status = status_of(number);
        flush->done_ns = wire_monotonic_ns();
        g_async_queue_push(files->ended, flush);
        eventfd_write(files->wake_fd, 1);
    }
}

bool files_open(struct files *files, const struct context_instance *lent,
                const struct files_options *options, GError **error)
{
    *files = (struct files){
        .face = { .self = files, .read = read_span, .info = info },
        .count = (uint32_t)lent->volume_count,
        .sync = options->sync,
        .asked = g_async_queue_new_full(g_free),
        .ended = g_async_queue_new_full(g_free),
        .wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK),
    };
    cs_assert(files->wake_fd >= 0);
    files->volumes = g_new0(struct files_volume, files->count + 1);
    for (uint32_t v = 0; v < files->count; v++)
        files->volumes[v].fd = -1;
    if (!open_volumes(files, lent, options, error))
        return false;
    if (options->sync)
        files->thread = g_thread_new("flush", flush_loop, files);
    return true;
}

void files_close(struct files *files)
{
    if (files->thread != NULL) {
        struct files_flush *last = g_new0(struct files_flush, 1);
        last->fd = -1;
        g_async_queue_push(files->asked, last);
        g_thread_join(files->thread);
    }
    for (uint32_t v = 0; v < files->count; v++) {
        if (files->volumes[v].fd >= 0)
            close(files->volumes[v].fd);
        g_free(files->volumes[v].made);
    }
    g_async_queue_unref(files->asked);
    g_async_queue_unref(files->ended);
    close(files->wake_fd);
    g_free(files->volumes);
    *files = (struct files){ 0 };
}

void files_take_back(struct files *files)
{
    for (uint32_t v = 0; v < files->count; v++) {
        if (files->volumes[v].made != NULL)
            (void)g_unlink(files->volumes[v].made);
    }
}

/* ---- Operations ------------------------------------------------------------------------------ */

static bool is_inside(const struct files_volume *volume, uint64_t offset, uint64_t size)
{
    return offset <= volume->size && size <= volume->size - offset;
}

enum cs_disk_status files_read(struct files *files, cs_volume volume, uint64_t offset,
                               void *ret_data, size_t size)
{
    cs_assert(volume < files->count);
    const struct files_volume *file = &files->volumes[volume];
    if (!is_inside(file, offset, size))
        return CS_DISK_OUT_OF_RANGE;
    uint8_t *at = ret_data;
    while (size > 0) {
        ssize_t got = pread(file->fd, at, size, (off_t)offset);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return CS_DISK_MEDIUM;
        at += got;
        offset += (uint64_t)got;
        size -= (size_t)got;
    }
    return CS_DISK_OK;
}

static enum cs_disk_status refuse(struct files_volume *file, enum cs_disk_status status)
{
    if (file->refused == CS_DISK_OK)
        file->refused = status;
    return status;
}

enum cs_disk_status files_write(struct files *files, cs_volume volume, uint64_t offset,
                                struct cs_bytes data)
{
    cs_assert(volume < files->count);
    struct files_volume *file = &files->volumes[volume];
    if (!is_inside(file, offset, data.size))
        return refuse(file, CS_DISK_OUT_OF_RANGE);
    const uint8_t *at = data.data;
    size_t size = data.size;
    while (size > 0) {
        ssize_t put = pwrite(file->fd, at, size, (off_t)offset);
        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return refuse(file, status_of(errno));
        at += put;
        offset += (uint64_t)put;
        size -= (size_t)put;
    }
    return CS_DISK_OK;
}

/* A hole reads as zeros; where a file system cannot make one, zeros are written. */
enum cs_disk_status files_discard(struct files *files, cs_volume volume, uint64_t offset,
                                  uint64_t size)
{
    cs_assert(volume < files->count);
    struct files_volume *file = &files->volumes[volume];
    if (!is_inside(file, offset, size))
        return refuse(file, CS_DISK_OUT_OF_RANGE);
    if (size == 0)
        return CS_DISK_OK;
    if (fallocate(file->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)offset,
                  (off_t)size) == 0)
        return CS_DISK_OK;
    static const uint8_t zeros[4096];
    enum cs_disk_status status = CS_DISK_OK;
    while (size > 0 && status == CS_DISK_OK) {
        size_t part = size < sizeof zeros ? (size_t)size : sizeof zeros;
        status = files_write(files, volume, offset, cs_bytes_of(zeros, part));
        offset += part;
        size -= part;
    }
    return status;
}

void files_flush(struct files *files, const struct files_flush *flush)
{
    cs_assert(flush->volume < files->count);
    cs_assert(files->volumes[flush->volume].fd >= 0);
    struct files_flush *asked = g_memdup2(flush, sizeof *flush);
    struct files_volume *file = &files->volumes[flush->volume];
    asked->fd = file->fd;
    asked->asked_ns = asked->done_ns = wire_monotonic_ns();
    asked->status = file->refused;
    file->refused = CS_DISK_OK;
    if (files->sync) {
        g_async_queue_push(files->asked, asked);
    } else {
        g_async_queue_push(files->ended, asked);
    }
}

struct files_flush *files_ended(struct files *files)
{
    eventfd_t count;
    (void)eventfd_read(files->wake_fd, &count);
    struct files_flush *flush = g_async_queue_try_pop(files->ended);
    if (flush == NULL)
        return NULL;
    cs_assert(flush->volume < files->count);
    cs_assert(flush->done_ns >= flush->asked_ns);
    struct files_volume *file = &files->volumes[flush->volume];
    if (flush->status == CS_DISK_OK && flush->ticket > file->durable)
        file->durable = flush->ticket;
    flush->took_ns = wire_monotonic_ns() - MAX(flush->asked_ns, files->done_ns);
    files->done_ns = flush->done_ns;
    return flush;
}

void files_flush_all(struct files *files)
{
    for (uint32_t v = 0; v < files->count; v++)
        fdatasync(files->volumes[v].fd);
}
