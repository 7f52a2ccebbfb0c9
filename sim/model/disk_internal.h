/* What the files of the disk share: disk.c its contents, flushes and time, disk_loss.c what becomes
 * of pending writes, disk_trouble.c what may be wrong. */
#ifndef MODEL_DISK_INTERNAL_H
#define MODEL_DISK_INTERNAL_H
#include "base/random.h"
#include "model/disk.h"
#include "model/image.h"
#include "model/pending.h"

enum { DISK_SECTOR_MIN = 512, DISK_SECTOR_MAX = 4096 };

_Static_assert(IMAGE_PAGE_BYTES % DISK_SECTOR_MAX == 0, "a sector lies in one page");

/* Writes in a row that came to the same end. */
struct disk_range {
    uint64_t first, last; /* by number, inclusive */
    enum disk_result result;
};

struct disk_ranges { /* ascending */
    struct disk_range *items;
    size_t count, capacity;
};

struct disk {
    struct disk_options options;
    uint64_t size;
    uint64_t identity;
    uint64_t written;
    uint64_t settled;           /* writes that a flush, a power loss or a replacement has decided */
    struct disk_ranges failed;  /* of those, the ones that nobody may rely on */
    struct disk_ranges refused; /* writes that the next flush will fail for */
    uint64_t busy_from;         /* the latest time that it was idle before */
    uint64_t busy_until;
    uint64_t busy_ns; /* of all operations so far */
    uint64_t most_ns; /* disk_use() */
    uint32_t slow;    /* latencies are multiplied by slow / 2^16 */
    struct {
        uint64_t number;     /* of the latest */
        uint64_t start, end; /* the latest's; with nothing behind it while it can be joined */
        uint64_t joined_until;
    } flush;
    struct image image;
    struct pending pending;
    struct random_stream reads, writes, flushes, power_losses, identities;

    uint64_t key;
    uint64_t operations; /* reads, writes, discards and flushes so far */
    struct {
        uint64_t key;
        uint64_t chance; /* / 2^32 */
        uint64_t count;
    } troubles[DISK_TROUBLE_COUNT];
    uint64_t places; /* key of the stream of misdirected writes' places */
    uint64_t fates;  /* key of the streams of what a failed flush keeps */
    uint32_t failing_flushes;
    uint64_t rot_count, spoil_count; /* calls, each with streams of its own */
    uint64_t *spoiled;               /* sectors by index, ascending */
    size_t spoiled_count, spoiled_capacity;
};

/* disk.c: no write is pending any more, and none is refused. */
void disk_settle_all(struct disk *disk);

/* disk_loss.c */
/* Keep or lose, by a draw each, every sector of every pending write up to `written`. */
void disk_loss_failed_flush(struct disk *disk, uint64_t written);

/* disk_trouble.c */
void disk_trouble_init(struct disk *disk);
void disk_trouble_reset(struct disk *disk); /* all is well again */
/* Whether the trouble strikes the present operation, which ends so. */
bool disk_trouble_strikes(struct disk *disk, enum disk_trouble trouble);
bool disk_flush_is_to_fail(struct disk *disk);
/* Move the place of the present write, if it is misdirected. */
uint64_t disk_trouble_place(struct disk *disk, uint64_t offset, size_t size);
/* Whether a sector cannot be read of those that the range touches, or covers but in part. */
bool disk_spoiled(const struct disk *disk, uint64_t offset, uint64_t size);
bool disk_spoiled_in_part(const struct disk *disk, uint64_t offset, uint64_t size);
/* The range is written: sectors that it covers can be read again. */
void disk_heal(struct disk *disk, uint64_t offset, uint64_t size);

#endif
