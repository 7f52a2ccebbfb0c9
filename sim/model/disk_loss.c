/* What becomes of pending writes when the power fails, or a flush. */
#include <stdlib.h>
#include <string.h>

#include "clustersim/protocol.h"
#include "model/disk_internal.h"

enum { TEAR_BYTES = 8 };

/* ---- Sectors and what touches them ------------------------------------------------------------
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
    uint8_t newest[DISK_SECTOR_MAX];
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

/* ---- A power loss -----------------------------------------------------------------------------
 */

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
    cs_assert(versions > 1);
    cs_assert(chosen < versions);
    bool torn = random_chance(&disk->power_losses, PROBABILITY_ONE / 4);
    size_t other = (size_t)random_below(&disk->power_losses, versions - 1);
    size_t cut = TEAR_BYTES * (1 + (size_t)random_below(&disk->power_losses, units - 1));
    if (!torn)
        return;
    uint8_t tail[DISK_SECTOR_MAX];
    version(disk, history, other + (other >= chosen), tail);
    memcpy(content + cut, tail + cut, disk->options.sector - cut);
}

/* Decide what one sector holds after a power loss.  True if it is not what it held before.  A
 * sector whose writes changed nothing draws nothing; any other draws one number, and three more
 * where sectors may be torn. */
static bool decide_sector(struct disk *disk, struct history *history, enum disk_loss loss)
{
    uint8_t content[DISK_SECTOR_MAX];
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

/* The touches of one sector, which begin at index `first` of all. */
static struct history next_history(const struct disk *disk, const struct touch *touches,
                                   size_t count, size_t first)
{
    size_t end = first + 1;
    cs_assert(first < count);
    while (end < count && touches[end].sector == touches[first].sector)
        end++;
    return (struct history){
        .touches = touches + first,
        .count = end - first,
        .offset = touches[first].sector * disk->options.sector,
    };
}

static uint64_t decide_sectors(struct disk *disk, enum disk_loss loss)
{
    size_t count;
    struct touch *touches = list_touches(disk, &count);
    uint64_t changed = 0;
    for (size_t i = 0, end; i < count; i = end) {
        struct history history = next_history(disk, touches, count, i);
        end = i + history.count;
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
    disk_settle_all(disk);
    return changed;
}

/* ---- A failed flush ---------------------------------------------------------------------------
 *
 * Each byte of a sector has had a chain of values: the durable one, then one of each pending write
 * that covers it.  A piece holds the value before its write, the image the last one.  To lose a
 * write is to take its value out of the chain: what the next piece, or the image, holds becomes
 * what this one's piece held. */

/* Draw `sector` of a stream of each write: what else is pending shifts nothing. */
static bool is_kept(const struct disk *disk, uint64_t write, uint64_t sector)
{
    struct random_stream stream = { random_mix(disk->fates + write), sector };
    return random_chance(&stream, PROBABILITY_ONE / 2);
}

/* Go along the chains of one sector, the oldest write first. */
static void fail_sector(struct disk *disk, struct history *history, uint64_t written)
{
    uint8_t below[DISK_SECTOR_MAX]; /* where `moved`: what the next in the chain has to hold */
    bool moved[DISK_SECTOR_MAX] = { false };
    uint32_t size = disk->options.sector;
    image_read(&disk->image, history->offset, history->newest, size);
    for (size_t i = 0; i < history->count; i++) {
        const struct touch *touch = &history->touches[i];
        const struct pending_piece *piece = pending_piece(&disk->pending, touch->piece);
        uint8_t *bytes = pending_bytes(&disk->pending, piece);
        bool lost = piece->write <= written && !is_kept(disk, piece->write, touch->sector);
        uint64_t start = piece->offset > history->offset ? piece->offset : history->offset;
        uint64_t end = piece->offset + piece->size;
        if (end > history->offset + size)
            end = history->offset + size;
        cs_assert(start < end);
        for (uint64_t at = start; at < end; at++) {
            size_t place = at - history->offset;
            if (moved[place])
                bytes[at - piece->offset] = below[place];
            below[place] = bytes[at - piece->offset];
            moved[place] = lost;
        }
    }
    bool changed = false;
    for (size_t place = 0; place < size; place++) {
        changed |= moved[place] && history->newest[place] != below[place];
        if (moved[place])
            history->newest[place] = below[place];
    }
    if (changed)
        image_write(&disk->image, history->offset, history->newest, size);
}

void disk_loss_failed_flush(struct disk *disk, uint64_t written)
{
    cs_assert(written <= disk->written);
    if (pending_count(&disk->pending) == 0 || pending_piece(&disk->pending, 0)->write > written)
        return;
    size_t count;
    struct touch *touches = list_touches(disk, &count);
    for (size_t i = 0, end; i < count; i = end) {
        struct history history = next_history(disk, touches, count, i);
        end = i + history.count;
        fail_sector(disk, &history, written);
    }
    free(touches);
    pending_forget(&disk->pending, written);
}
