#include "model/disk.h"

#include <stdlib.h>
#include <string.h>

#include "clustersim/protocol.h"
#include "model/image.h"
#include "model/pending.h"
#include "model/span.h"

enum { SLOW_NORMAL = 1 << 16, SECTOR_MIN = 512, SECTOR_MAX = 4096, TEAR_BYTES = 8 };

_Static_assert(IMAGE_PAGE_BYTES % SECTOR_MAX == 0, "a sector lies in one page");

struct disk {
    struct disk_options options;
    uint64_t size;
    uint64_t identity;
    uint64_t written, durable;
    uint64_t busy_until;
    uint32_t slow; /* latencies are multiplied by slow / 2^16 */
    struct image image;
    struct pending pending;
    struct random_stream reads, writes, flushes, power_losses, identities;
};

static struct random_stream stream_of(uint64_t key, const char *purpose)
{
    return random_stream_of(random_key(key, "disk", purpose));
}

struct disk *disk_new(const struct disk_options *options, uint64_t size, uint64_t key)
{
    cs_assert(options->sector >= SECTOR_MIN);
    cs_assert(options->sector <= SECTOR_MAX);
    cs_assert((options->sector & (options->sector - 1)) == 0);
    cs_assert(size <= DISK_SIZE_MAX);
    struct disk *disk = calloc(1, sizeof *disk);
    cs_assert(disk != NULL);
    disk->options = *options;
    disk->size = size;
    disk->slow = SLOW_NORMAL;
    disk->reads = stream_of(key, "read-latency");
    disk->writes = stream_of(key, "write-latency");
    disk->flushes = stream_of(key, "flush-latency");
    disk->power_losses = stream_of(key, "power-loss");
    disk->identities = stream_of(key, "identity");
    disk->identity = random_next(&disk->identities);
    return disk;
}

void disk_free(struct disk *disk)
{
    if (disk == NULL)
        return;
    image_reset(&disk->image);
    pending_done(&disk->pending);
    free(disk);
}

uint64_t disk_size(const struct disk *disk) { return disk->size; }
uint32_t disk_sector(const struct disk *disk) { return disk->options.sector; }
uint64_t disk_written(const struct disk *disk) { return disk->written; }
uint64_t disk_durable(const struct disk *disk) { return disk->durable; }
uint64_t disk_identity(const struct disk *disk) { return disk->identity; }

/* ---- Contents ---------------------------------------------------------------------------------
 */

static bool in_range(const struct disk *disk, uint64_t offset, uint64_t size)
{
    return size <= disk->size && offset <= disk->size - size;
}

/* Keep what [offset, offset + size) holds as a piece of the latest write. */
static void keep_old(struct disk *disk, uint64_t offset, size_t size)
{
    image_read(&disk->image, offset, pending_push(&disk->pending, disk->written, offset, size),
               size);
}

enum disk_result disk_write(struct disk *disk, uint64_t offset, const void *data, size_t size)
{
    disk->written++;
    if (!in_range(disk, offset, size))
        return DISK_OUT_OF_RANGE;
    if (size == 0)
        return DISK_OK;
    keep_old(disk, offset, size);
    image_write(&disk->image, offset, data, size);
    return DISK_OK;
}

enum disk_result disk_discard(struct disk *disk, uint64_t offset, uint64_t size)
{
    disk->written++;
    if (!in_range(disk, offset, size))
        return DISK_OUT_OF_RANGE;
    uint64_t at = offset;
    size_t part;
    for (; image_next(&disk->image, at, offset + size, &at, &part); at += part)
        keep_old(disk, at, part);
    image_clear(&disk->image, offset, size);
    return DISK_OK;
}

enum disk_result disk_read(struct disk *disk, uint64_t offset, void *ret_data, size_t size)
{
    if (!in_range(disk, offset, size))
        return DISK_OUT_OF_RANGE;
    image_read(&disk->image, offset, ret_data, size);
    return DISK_OK;
}

void disk_make_durable(struct disk *disk, uint64_t written)
{
    cs_assert(written <= disk->written);
    if (written <= disk->durable)
        return;
    disk->durable = written;
    pending_forget(&disk->pending, written);
}

void disk_replace(struct disk *disk)
{
    image_reset(&disk->image);
    pending_reset(&disk->pending);
    disk->durable = disk->written;
    disk->busy_until = 0;
    disk->slow = SLOW_NORMAL;
    disk->identity = random_next(&disk->identities);
}

/* ---- Power loss -------------------------------------------------------------------------------
 */

/* That a pending piece covers a sector or part of it. */
struct touch {
    uint64_t sector; /* index from 0 */
    size_t piece;    /* index into the pending ones */
};

/* One sector's pending history: its touches, and what it holds now. */
struct history {
    const struct touch *touches; /* in the order of the writes */
    size_t count;
    uint64_t offset; /* of the sector, bytes */
    uint8_t newest[SECTOR_MAX];
};

static int compare_touches(const void *a, const void *b)
{
    const struct touch *x = a;
    const struct touch *y = b;
    if (x->sector != y->sector)
        return x->sector < y->sector ? -1 : 1;
    return (x->piece > y->piece) - (x->piece < y->piece);
}

/* All touches of pending pieces by sector, then by age.  The caller frees them. */
static struct touch *list_touches(const struct disk *disk, size_t *ret_count)
{
    const struct pending *pending = &disk->pending;
    size_t count = 0;
    size_t capacity = pending_count(pending) * 2;
    struct touch *touches = malloc(capacity * sizeof *touches);
    for (size_t i = 0; i < pending_count(pending); i++) {
        const struct pending_piece *piece = pending_piece(pending, i);
        uint64_t sector = piece->offset / disk->options.sector;
        uint64_t last = (piece->offset + piece->size - 1) / disk->options.sector;
        size_t needed = count + (size_t)(last - sector + 1);
        if (needed > capacity) {
            capacity = needed * 2;
            touches = realloc(touches, capacity * sizeof *touches);
        }
        cs_assert(touches != NULL);
        for (; sector <= last; sector++)
            touches[count++] = (struct touch){ .sector = sector, .piece = i };
    }
    qsort(touches, count, sizeof *touches, compare_touches);
    *ret_count = count;
    return touches;
}

/* Put the bytes that a piece replaced back into the sector image `content`.  True if that changed
 * it. */
static bool take_back(const struct disk *disk, const struct history *history, size_t touch,
                      uint8_t *content)
{
    const struct pending_piece *piece =
        pending_piece(&disk->pending, history->touches[touch].piece);
    const uint8_t *bytes = pending_bytes(&disk->pending, piece);
    uint64_t sector_end = history->offset + disk->options.sector;
    uint64_t start = piece->offset > history->offset ? piece->offset : history->offset;
    uint64_t end = piece->offset + piece->size;
    if (end > sector_end)
        end = sector_end;
    cs_assert(start < end);
    uint8_t *into = content + (start - history->offset);
    const uint8_t *old = bytes + (start - piece->offset);
    bool changed = memcmp(into, old, (size_t)(end - start)) != 0;
    memcpy(into, old, (size_t)(end - start));
    return changed;
}

/* Make `content` the version that `back` changes before the newest one, or the oldest if there are
 * fewer.  Returns how many changes were taken back. */
static size_t version(const struct disk *disk, const struct history *history, size_t back,
                      uint8_t *content)
{
    size_t changes = 0;
    memcpy(content, history->newest, disk->options.sector);
    for (size_t i = history->count; i > 0 && changes < back; i--)
        changes += take_back(disk, history, i - 1, content);
    return changes;
}

/* Perhaps replace the tail of `content`, version `chosen` of `versions`, by another version's. */
static void tear(struct disk *disk, const struct history *history, size_t versions, size_t chosen,
                 uint8_t *content)
{
    uint32_t units = disk->options.sector / TEAR_BYTES;
    bool torn = random_chance(&disk->power_losses, PROBABILITY_ONE / 4);
    size_t other = (size_t)random_below(&disk->power_losses, versions - 1);
    size_t cut = TEAR_BYTES * (1 + (size_t)random_below(&disk->power_losses, units - 1));
    if (!torn)
        return;
    uint8_t tail[SECTOR_MAX];
    version(disk, history, other + (other >= chosen), tail);
    memcpy(content + cut, tail + cut, disk->options.sector - cut);
}

/* Decide what one sector holds after a power loss.  True if it is not what it held before.  A
 * sector whose writes changed nothing draws nothing; any other draws one number, and three more
 * where sectors may be torn. */
static bool decide_sector(struct disk *disk, struct history *history, enum disk_loss loss)
{
    uint8_t content[SECTOR_MAX];
    uint32_t size = disk->options.sector;
    image_read(&disk->image, history->offset, history->newest, size);
    size_t versions = 1 + version(disk, history, SIZE_MAX, content);
    if (versions == 1)
        return false;
    if (loss != DISK_LOSE) {
        size_t chosen = (size_t)random_below(&disk->power_losses, versions);
        version(disk, history, chosen, content);
        if (loss == DISK_TORN)
            tear(disk, history, versions, chosen, content);
    }
    if (memcmp(content, history->newest, size) == 0)
        return false;
    image_write(&disk->image, history->offset, content, size);
    return true;
}

static uint64_t decide_sectors(struct disk *disk, enum disk_loss loss)
{
    size_t count;
    struct touch *touches = list_touches(disk, &count);
    uint64_t changed = 0;
    for (size_t i = 0, end; i < count; i = end) {
        for (end = i + 1; end < count && touches[end].sector == touches[i].sector; end++)
            ;
        struct history history = {
            .touches = touches + i,
            .count = end - i,
            .offset = touches[i].sector * disk->options.sector,
        };
        changed += decide_sector(disk, &history, loss);
    }
    free(touches);
    return changed;
}

uint64_t disk_power_loss(struct disk *disk, enum disk_loss loss)
{
    uint64_t changed = 0;
    if (loss != DISK_KEEP && pending_count(&disk->pending) > 0)
        changed = decide_sectors(disk, loss);
    pending_reset(&disk->pending);
    disk->durable = disk->written;
    return changed;
}

/* ---- Time -------------------------------------------------------------------------------------
 */

/* The device is free again when an operation that arrives at `now` is done. */
static uint64_t finish(struct disk *disk, uint64_t now, uint64_t latency_ns, uint64_t transfer_ns)
{
    uint64_t start = now > disk->busy_until ? now : disk->busy_until;
    uint64_t slowed_ns = span_clamp((wide)latency_ns * disk->slow / SLOW_NORMAL);
    disk->busy_until = span_add(start, span_add(slowed_ns, transfer_ns));
    return disk->busy_until;
}

uint64_t disk_finish_read(struct disk *disk, uint64_t now, uint64_t size)
{
    return finish(disk, now, distribution_sample(&disk->options.read_latency, &disk->reads),
                  span_of_transfer(size, disk->options.bandwidth_bytes_per_s));
}

uint64_t disk_finish_write(struct disk *disk, uint64_t now, uint64_t size)
{
    return finish(disk, now, distribution_sample(&disk->options.write_latency, &disk->writes),
                  span_of_transfer(size, disk->options.bandwidth_bytes_per_s));
}

uint64_t disk_finish_flush(struct disk *disk, uint64_t now)
{
    return finish(disk, now, distribution_sample(&disk->options.flush_latency, &disk->flushes), 0);
}

void disk_slow(struct disk *disk, uint32_t factor) { disk->slow = factor; }
