/* One volume: what it holds, what of that would survive a power loss, and when its operations
 * finish.
 *
 * The contents are a sparse image that shows every write at once, and for each pending write, in
 * order, the bytes that it replaced.  A completed flush forgets those of the writes that it covers.
 * At a power loss each unflushed sector independently holds any of its versions since it was last
 * durable, the old one included, or is torn.  A version is the whole sector after a write; a write
 * that leaves a sector as it was makes none.  The device serves one operation at a time: a read or
 * a write takes its latency and its transfer, a flush its latency. */
#ifndef MODEL_DISK_H
#define MODEL_DISK_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/distribution.h"

struct disk_options {
    struct distribution read_latency;  /* ns */
    struct distribution write_latency; /* ns */
    struct distribution flush_latency; /* ns */
    uint64_t bandwidth_bytes_per_s;    /* 0: unlimited */
    uint32_t sector;                   /* bytes, a power of two, 512 to 4096 */
};

/* What becomes of unflushed sectors at a power loss. */
enum disk_loss {
    DISK_KEEP, /* all are kept: a process crash */
    DISK_LOSE, /* all are lost */
    DISK_ANY,  /* each holds the old content or any pending version */
    DISK_TORN, /* as DISK_ANY, and a sector may be part one version, part another */
};

enum disk_result { DISK_OK, DISK_OUT_OF_RANGE };

/* The largest volume: 64 TiB. */
#define DISK_SIZE_MAX (UINT64_C(1) << 46)

struct disk;
/* `key` names its random streams. */
struct disk *disk_new(const struct disk_options *options, uint64_t size, uint64_t key);
void disk_free(struct disk *disk);
uint64_t disk_size(const struct disk *disk);
uint32_t disk_sector(const struct disk *disk);

/* Contents.  A write is visible to reads at once, and pending until a flush that began later has
 * completed. */
enum disk_result disk_write(struct disk *disk, uint64_t offset, const void *data, size_t size);
enum disk_result disk_discard(struct disk *disk, uint64_t offset,
                              uint64_t size); /* reads as zeros */
enum disk_result disk_read(struct disk *disk, uint64_t offset, void *ret_data, size_t size);

/* The number of writes and discards so far, refused ones too: what a flush that begins now will
 * cover. */
uint64_t disk_written(const struct disk *disk);
/* Make the first `written` of them durable.  Never goes back: fewer than before changes nothing. */
void disk_make_durable(struct disk *disk, uint64_t written);
uint64_t disk_durable(const struct disk *disk); /* how many are */

/* A power loss.  Pending writes are decided by `loss` and draws of this disk's own stream, then
 * none are pending; what the disk then holds counts as durable.  Returns the number of sectors
 * whose content changed by it. */
uint64_t disk_power_loss(struct disk *disk, enum disk_loss loss);
/* A new, empty device in its place: idle and of normal speed, all writes so far counted as durable.
 * Its identity differs from every earlier one's. */
void disk_replace(struct disk *disk);
uint64_t disk_identity(const struct disk *disk);

/* Time.  Each returns the instant at which an operation that arrives at `now` is done. */
uint64_t disk_finish_read(struct disk *disk, uint64_t now, uint64_t size);
uint64_t disk_finish_write(struct disk *disk, uint64_t now, uint64_t size);
uint64_t disk_finish_flush(struct disk *disk, uint64_t now);
/* Multiply every latency by factor / 2^16 from now on; 65536 is normal. */
void disk_slow(struct disk *disk, uint32_t factor);

#endif
