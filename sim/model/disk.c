/* See disk.h.  What it holds, who may rely on that, and time. */
#include <stdlib.h>
#include <string.h>

#include "clustersim/protocol.h"
#include "model/disk_internal.h"
#include "model/span.h"

enum { SLOW_NORMAL = 1 << 16 };

static struct random_stream stream_of(uint64_t key, const char *purpose)
{
    return random_stream_of(random_key(key, "disk", purpose));
}

struct disk *disk_new(const struct disk_options *options, uint64_t size, uint64_t key)
{
    cs_assert(options->sector >= DISK_SECTOR_MIN);
    cs_assert(options->sector <= DISK_SECTOR_MAX);
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
    disk->key = key;
    disk_trouble_init(disk);
    return disk;
}

void disk_free(struct disk *disk)
{
    if (disk == NULL)
        return;
    image_reset(&disk->image);
    pending_done(&disk->pending);
    free(disk->failed.items);
    free(disk->refused.items);
    free(disk->spoiled);
    free(disk);
}

uint64_t disk_size(const struct disk *disk) { return disk->size; }
uint32_t disk_sector(const struct disk *disk) { return disk->options.sector; }
uint64_t disk_written(const struct disk *disk) { return disk->written; }
uint64_t disk_identity(const struct disk *disk) { return disk->identity; }

/* ---- Ranges of writes -------------------------------------------------------------------------
 */

/* Requires that they follow those that are there. */
static void ranges_add(struct disk_ranges *ranges, uint64_t first, uint64_t last,
                       enum disk_result result)
{
    struct disk_range *previous = ranges->count > 0 ? &ranges->items[ranges->count - 1] : NULL;
    cs_assert(first <= last);
    cs_assert(previous == NULL || previous->last < first);
    if (previous != NULL && previous->last + 1 == first && previous->result == result) {
        previous->last = last;
        return;
    }
    if (ranges->count == ranges->capacity) {
        ranges->capacity = ranges->capacity == 0 ? 16 : 2 * ranges->capacity;
        ranges->items = realloc(ranges->items, ranges->capacity * sizeof *ranges->items);
        cs_assert(ranges->items != NULL);
    }
    ranges->items[ranges->count++] = (struct disk_range){ first, last, result };
}

static bool ranges_contain(const struct disk_ranges *ranges, uint64_t write)
{
    size_t low = 0;
    size_t high = ranges->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (ranges->items[middle].last < write) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < ranges->count && ranges->items[low].first <= write;
}

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

/* Why the device would not carry the present write or discard out. */
static enum disk_result refusal(struct disk *disk, uint64_t offset, uint64_t size)
{
    if (disk_trouble_strikes(disk, DISK_IS_DEAD))
        return DISK_DEAD;
    if (disk_trouble_strikes(disk, DISK_TIMES_OUT))
        return DISK_TIMEOUT;
    if (!in_range(disk, offset, size))
        return DISK_OUT_OF_RANGE;
    if (disk_trouble_strikes(disk, DISK_WRITE_FAILS) || disk_spoiled_in_part(disk, offset, size))
        return DISK_MEDIUM;
    return DISK_OK;
}

static enum disk_result refuse(struct disk *disk, enum disk_result result)
{
    ranges_add(&disk->refused, disk->written, disk->written, result);
    return result;
}

enum disk_result disk_write(struct disk *disk, uint64_t offset, const void *data, size_t size)
{
    disk->operations++;
    disk->written++;
    enum disk_result result = refusal(disk, offset, size);
    if (result != DISK_OK)
        return refuse(disk, result);
    if (disk_trouble(disk, DISK_IS_FULL) > 0 && !image_holds(&disk->image, offset, size) &&
        disk_trouble_strikes(disk, DISK_IS_FULL))
        return refuse(disk, DISK_FULL);
    if (size == 0 || disk_trouble_strikes(disk, DISK_LOSES_WRITES))
        return DISK_OK;
    if (disk_trouble(disk, DISK_MISDIRECTS) > 0)
        offset = disk_trouble_place(disk, offset, size);
    disk_heal(disk, offset, size);
    keep_old(disk, offset, size);
    image_write(&disk->image, offset, data, size);
    return DISK_OK;
}

enum disk_result disk_discard(struct disk *disk, uint64_t offset, uint64_t size)
{
    disk->operations++;
    disk->written++;
    enum disk_result result = refusal(disk, offset, size);
    if (result != DISK_OK)
        return refuse(disk, result);
    disk_heal(disk, offset, size);
    uint64_t at = offset;
    size_t part;
    for (; image_next(&disk->image, at, offset + size, &at, &part); at += part)
        keep_old(disk, at, part);
    image_clear(&disk->image, offset, size);
    return DISK_OK;
}

enum disk_result disk_turn_away(struct disk *disk)
{
    cs_assert(disk->options.queue_limit > 0);
    cs_assert(disk->options.queue_fails);
    disk->written++;
    return refuse(disk, DISK_TIMEOUT);
}

enum disk_result disk_read(struct disk *disk, uint64_t offset, void *ret_data, size_t size)
{
    disk->operations++;
    if (disk_trouble_strikes(disk, DISK_IS_DEAD))
        return DISK_DEAD;
    if (disk_trouble_strikes(disk, DISK_TIMES_OUT))
        return DISK_TIMEOUT;
    if (!in_range(disk, offset, size))
        return DISK_OUT_OF_RANGE;
    if (disk_trouble_strikes(disk, DISK_READ_FAILS) || disk_spoiled(disk, offset, size))
        return DISK_MEDIUM;
    image_read(&disk->image, offset, ret_data, size);
    return DISK_OK;
}

/* ---- Who may rely on it -----------------------------------------------------------------------
 */

/* Why the present flush, which covers `written` writes, fails. */
static enum disk_result flush_result(struct disk *disk, uint64_t written)
{
    if (disk_trouble_strikes(disk, DISK_IS_DEAD))
        return DISK_DEAD;
    if (disk_trouble_strikes(disk, DISK_TIMES_OUT))
        return DISK_TIMEOUT;
    if (disk_flush_is_to_fail(disk))
        return DISK_MEDIUM;
    const struct disk_ranges *refused = &disk->refused;
    if (refused->count > 0 && refused->items[0].first <= written)
        return refused->items[0].result;
    return DISK_OK;
}

/* The flush has told of the refused writes that it covers. */
static void forget_refused(struct disk *disk, uint64_t written)
{
    struct disk_ranges *refused = &disk->refused;
    size_t told = 0;
    while (told < refused->count && refused->items[told].last <= written)
        told++;
    refused->count -= told;
    if (told > 0)
        memmove(refused->items, refused->items + told, refused->count * sizeof *refused->items);
    if (refused->count > 0 && refused->items[0].first <= written)
        refused->items[0].first = written + 1;
}

enum disk_result disk_flush(struct disk *disk, uint64_t written)
{
    cs_assert(written <= disk->written);
    disk->operations++;
    enum disk_result result = flush_result(disk, written);
    forget_refused(disk, written);
    if (result != DISK_OK) {
        disk_loss_failed_flush(disk, written);
    } else if (!disk_trouble_strikes(disk, DISK_LIES)) {
        pending_forget(&disk->pending, written);
    }
    if (written > disk->settled) {
        if (result != DISK_OK)
            ranges_add(&disk->failed, disk->settled + 1, written, DISK_MEDIUM);
        disk->settled = written;
    }
    return result;
}

bool disk_is_durable(const struct disk *disk, uint64_t write)
{
    cs_assert(write > 0);
    return write <= disk->settled && !ranges_contain(&disk->failed, write);
}

void disk_settle_all(struct disk *disk)
{
    for (size_t i = 0; i < disk->refused.count; i++) {
        const struct disk_range *range = &disk->refused.items[i];
        uint64_t first = range->first > disk->settled ? range->first : disk->settled + 1;
        if (first <= range->last)
            ranges_add(&disk->failed, first, range->last, DISK_MEDIUM);
    }
    disk->refused.count = 0;
    disk->settled = disk->written;
}

void disk_replace(struct disk *disk)
{
    image_reset(&disk->image);
    pending_reset(&disk->pending);
    disk_settle_all(disk);
    disk_trouble_reset(disk);
    disk->busy_from = disk->busy_until = 0;
    disk->flush.start = disk->flush.end = disk->flush.joined_until = 0;
    disk->slow = SLOW_NORMAL;
    disk->identity = random_next(&disk->identities);
}

/* ---- Time -------------------------------------------------------------------------------------
 */

static uint64_t slowed(const struct disk *disk, uint64_t latency_ns)
{
    return span_clamp((wide)latency_ns * disk->slow / SLOW_NORMAL);
}

static void note_backlog(struct disk *disk, uint64_t now)
{
    uint64_t backlog_ns = disk_use(disk, now).backlog_ns;
    disk->most_ns = backlog_ns > disk->most_ns ? backlog_ns : disk->most_ns;
}

void disk_begin_window(struct disk *disk, uint64_t now)
{
    disk->most_ns = disk_use(disk, now).backlog_ns;
}

/* The device is free again when an operation that arrives at `now` is done. */
static uint64_t append(struct disk *disk, uint64_t now, uint64_t duration_ns)
{
    uint64_t start = now > disk->busy_until ? now : disk->busy_until;
    disk->busy_from = start == now ? now : disk->busy_from;
    disk->busy_until = span_add(start, duration_ns);
    disk->busy_ns = span_add(disk->busy_ns, duration_ns);
    note_backlog(disk, now);
    return disk->busy_until;
}

/* A read or a write.  Before a flush that waits for another one there is room. */
static uint64_t finish(struct disk *disk, uint64_t now, uint64_t latency_ns, uint64_t transfer_ns)
{
    uint64_t duration_ns = span_add(slowed(disk, latency_ns), transfer_ns);
    uint64_t end = append(disk, now, duration_ns);
    if (now >= disk->flush.joined_until)
        return end;
    cs_assert(disk->flush.start >= now);
    disk->flush.start = span_add(disk->flush.start, duration_ns);
    disk->flush.end = end;
    return disk->flush.start;
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
    uint64_t latency_ns = distribution_sample(&disk->options.flush_latency, &disk->flushes);
    if (now < disk->flush.joined_until)
        return disk->flush.end;
    bool waits = disk->options.group_flush && now < disk->flush.end;
    disk->flush.joined_until = waits ? disk->flush.end : 0;
    disk->flush.number++;
    disk->flush.start = now > disk->busy_until ? now : disk->busy_until;
    disk->flush.end = append(disk, now, slowed(disk, latency_ns));
    return disk->flush.end;
}

uint64_t disk_flush_number(const struct disk *disk) { return disk->flush.number; }

uint64_t disk_flush_end(const struct disk *disk, uint64_t number)
{
    cs_assert(number <= disk->flush.number);
    return number == disk->flush.number && disk->options.group_flush ? disk->flush.end : 0;
}

/* An operation may have been asked for that only arrives later: a read in the middle of a step. */
struct disk_use disk_use(const struct disk *disk, uint64_t now)
{
    uint64_t from = now > disk->busy_from ? now : disk->busy_from;
    return (struct disk_use){
        .busy_ns = disk->busy_ns,
        .backlog_ns = disk->busy_until > from ? disk->busy_until - from : 0,
        .most_ns = disk->most_ns,
    };
}

uint32_t disk_slowness(const struct disk *disk) { return disk->slow; }

uint64_t disk_rescaled(const struct disk *disk, uint64_t now, uint64_t due, uint32_t before)
{
    cs_assert(before > 0);
    if (due <= now)
        return due;
    return span_add(now, span_clamp((wide)(due - now) * disk->slow / before));
}

void disk_slow(struct disk *disk, uint64_t now, uint32_t factor)
{
    cs_assert(factor > 0);
    uint32_t before = disk->slow;
    disk->slow = factor;
    uint64_t backlog_ns = disk_use(disk, now).backlog_ns;
    disk->busy_from = disk_rescaled(disk, now, disk->busy_from, before);
    disk->busy_until = disk_rescaled(disk, now, disk->busy_until, before);
    disk->busy_ns += disk_use(disk, now).backlog_ns - backlog_ns;
    note_backlog(disk, now);
    disk->flush.start = disk_rescaled(disk, now, disk->flush.start, before);
    disk->flush.end = disk_rescaled(disk, now, disk->flush.end, before);
    disk->flush.joined_until = disk_rescaled(disk, now, disk->flush.joined_until, before);
}
