/* One volume: what it holds, what of that would survive a power loss, and when its operations
 * finish.
 *
 * The contents are a sparse image that shows every write at once, and for each pending write, in
 * order, the bytes that it replaced.  A completed flush forgets those of the writes that it covers.
 * At a power loss each unflushed sector independently holds any of its versions since it was last
 * durable, the old one included, or is torn.  A version is the whole sector after a write; a write
 * that leaves a sector as it was makes none.  The device serves one operation at a time, in the
 * order in which they come: a read or a write takes its latency and its transfer, a flush its
 * latency.
 *
 * With group flush, one flush of the device serves all that come while an earlier one is under way:
 * it begins when that one is over and everything else that came meanwhile is done.  So reads and
 * writes pass ahead of the flushes that wait, but only until the one under way ends.
 *
 * How many operations it holds is for its user to count (host/volume_queue.c): only that one knows
 * which of them have ended. */
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
    bool group_flush;                  /* flushes that wait for another one are served together */
    uint32_t queue_limit; /* operations that it holds, served or waiting; 0: no limit */
    bool queue_fails;     /* what finds it full ends in DISK_TIMEOUT; else it waits */
};

/* What becomes of unflushed sectors at a power loss. */
enum disk_loss {
    DISK_KEEP, /* all are kept: a process crash */
    DISK_LOSE, /* all are lost */
    DISK_ANY,  /* each holds the old content or any pending version */
    DISK_TORN, /* as DISK_ANY, and a sector may be part one version, part another */
};

/* In the order of enum cs_disk_status. */
enum disk_result {
    DISK_OK,
    DISK_MEDIUM,  /* this range is bad */
    DISK_DEAD,    /* the device is gone */
    DISK_FULL,    /* the write needs room that there is not */
    DISK_TIMEOUT, /* the device did not answer */
    DISK_OUT_OF_RANGE,
};

/* The largest volume: 64 TiB. */
#define DISK_SIZE_MAX (UINT64_C(1) << 46)

struct disk;
/* `key` names its random streams. */
struct disk *disk_new(const struct disk_options *options, uint64_t size, uint64_t key);
void disk_free(struct disk *disk);
uint64_t disk_size(const struct disk *disk);
uint32_t disk_sector(const struct disk *disk);

/* Contents.  A write is visible to reads at once, and pending until a flush that began later has
 * completed.  One that is refused changes nothing, and the next flush fails with what refused it:
 * nobody has to wait for a write's own answer.  A read that fails leaves `ret_data` undefined. */
enum disk_result disk_write(struct disk *disk, uint64_t offset, const void *data, size_t size);
enum disk_result disk_discard(struct disk *disk, uint64_t offset,
                              uint64_t size); /* reads as zeros */
enum disk_result disk_read(struct disk *disk, uint64_t offset, void *ret_data, size_t size);

/* A write or a discard that finds the device's queue full and never reaches it: as one that is
 * refused with DISK_TIMEOUT. */
enum disk_result disk_turn_away(struct disk *disk);

/* The number of writes and discards so far, refused ones too: what a flush that begins now will
 * cover. */
uint64_t disk_written(const struct disk *disk);
/* A flush that began when disk_written() was `written` ends.  If it succeeds, those are durable,
 * or were said to be (DISK_LIES below).  If it fails, each sector of each pending write that it
 * covers is kept or lost by a draw, durable as it then is, and none of them counts as durable: as
 * a kernel that has reported a failed write-back once and forgets the dirty page.  What an earlier
 * flush has covered keeps what was said about it. */
enum disk_result disk_flush(struct disk *disk, uint64_t written);
/* Whether a flush that succeeded covered this write (counted from 1), so that its owner may rely
 * on it. */
bool disk_is_durable(const struct disk *disk, uint64_t write);

/* The answer, at its end, to an operation that began with `result`: DISK_DEAD if the device is
 * dead for certain by then. */
enum disk_result disk_answer(struct disk *disk, enum disk_result result);

/* A power loss.  Pending writes are decided by `loss` and draws of this disk's own stream, then
 * none are pending; what the disk then holds counts as durable.  Returns the number of sectors
 * whose content changed by it. */
uint64_t disk_power_loss(struct disk *disk, enum disk_loss loss);
/* A new, empty device in its place: idle, of normal speed and without trouble; all writes so far
 * that were neither refused nor failed count as durable.  Its identity differs from every earlier
 * one's. */
void disk_replace(struct disk *disk);
uint64_t disk_identity(const struct disk *disk);

/* ---- What may be wrong with it -----------------------------------------------------------------
 *
 * Each trouble lasts until it is taken away (a rate of 0, a flag of false), or happens at once. */

enum disk_trouble {
    DISK_READ_FAILS,   /* chance that a read ends in DISK_MEDIUM */
    DISK_WRITE_FAILS,  /* chance that a write or a discard does */
    DISK_FLUSH_FAILS,  /* chance that a flush does */
    DISK_TIMES_OUT,    /* chance that any operation ends in DISK_TIMEOUT */
    DISK_LIES,         /* chance that a flush says OK and makes nothing durable */
    DISK_LOSES_WRITES, /* chance that a write says OK and never reaches the medium */
    DISK_MISDIRECTS,   /* chance that a write says OK and lands whole sectors away, in the part of
                          the device that holds data if that has room */
    DISK_IS_FULL,      /* chance that a write which needs room ends in DISK_FULL: one to a page
                          of 4 KiB that holds nothing */
    DISK_IS_DEAD,      /* chance that any operation ends in DISK_DEAD */
    DISK_TROUBLE_COUNT
};
/* `chance` is in parts per 2^32.  Draw n of a trouble's stream belongs to operation n of the
 * device, whatever else is set. */
void disk_set_trouble(struct disk *disk, enum disk_trouble trouble, uint64_t chance);
uint64_t disk_trouble(const struct disk *disk, enum disk_trouble trouble);
/* So many more of the next flushes fail (DISK_MEDIUM), after which all is well. */
void disk_fail_flushes(struct disk *disk, uint32_t count);
/* Bit rot: flip one bit in each of `count` sectors that hold data and can be read, drawn from all
 * of them; nothing tells.  A sector of zeros holds no data.  Returns how many there were to flip.
 */
uint32_t disk_rot(struct disk *disk, uint32_t count);
/* How many there are at most. */
uint64_t disk_sound_sectors(const struct disk *disk);
/* Latent sector errors: `count` sectors that hold data cannot be read (DISK_MEDIUM) until a write
 * or a discard covers them wholly; one that covers a part fails likewise.  A healed sector stays
 * so, even if what healed it is lost.  Returns how many there were. */
uint32_t disk_spoil(struct disk *disk, uint32_t count);
/* How often each trouble has acted on an operation so far: a fault that never did fired in vain. */
uint64_t disk_trouble_count(const struct disk *disk, enum disk_trouble trouble);

/* Time.  Each returns the instant at which an operation that arrives at `now` is done. */
uint64_t disk_finish_read(struct disk *disk, uint64_t now, uint64_t size);
uint64_t disk_finish_write(struct disk *disk, uint64_t now, uint64_t size);
uint64_t disk_finish_flush(struct disk *disk, uint64_t now);
/* Number, from 1, of the device's flush that serves the latest one that came. */
uint64_t disk_flush_number(const struct disk *disk);
/* When the flush of that number ends, as far as is known; 0 if that does not change any more.  With
 * group flush, what passes ahead of a flush makes it later than disk_finish_flush() has said. */
uint64_t disk_flush_end(const struct disk *disk, uint64_t number);
/* Multiply every latency by factor / 2^16 from now on; 65536 is normal. */
void disk_slow(struct disk *disk, uint64_t now, uint32_t factor);
uint32_t disk_slowness(const struct disk *disk);
/* When an operation that was to be done at `due` is done after such a change from `before`. */
uint64_t disk_rescaled(const struct disk *disk, uint64_t now, uint64_t due, uint32_t before);

struct disk_use {
    uint64_t busy_ns;    /* of all that it was asked so far, those that wait too */
    uint64_t backlog_ns; /* of them what is yet to be done */
    uint64_t most_ns;    /* the highest backlog since disk_begin_window() */
};
struct disk_use disk_use(const struct disk *disk, uint64_t now);
void disk_begin_window(struct disk *disk, uint64_t now);

#endif
