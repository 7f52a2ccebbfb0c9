/* What may be wrong with a disk: chances that strike operations, and sectors that decay.
 *
 * A trouble's stream is indexed by the number of the operation, so that a draw which nobody needs
 * is not made, and still shifts no other. */
#include <stdlib.h>
#include <string.h>

#include "clustersim/protocol.h"
#include "model/disk_internal.h"

static const char *const purposes[DISK_TROUBLE_COUNT] = {
    [DISK_READ_FAILS] = "read-fails",
    [DISK_WRITE_FAILS] = "write-fails",
    [DISK_FLUSH_FAILS] = "flush-fails",
    [DISK_TIMES_OUT] = "times-out",
    [DISK_LIES] = "lies",
    [DISK_LOSES_WRITES] = "loses-writes",
    [DISK_MISDIRECTS] = "misdirects",
    [DISK_IS_FULL] = "is-full",
    [DISK_IS_DEAD] = "is-dead",
};

void disk_trouble_init(struct disk *disk)
{
    for (size_t i = 0; i < DISK_TROUBLE_COUNT; i++)
        disk->troubles[i].key = random_key(disk->key, "disk", purposes[i]);
    disk->places = random_key(disk->key, "disk", "misdirected-place");
    disk->fates = random_key(disk->key, "disk", "failed-flush");
}

void disk_trouble_reset(struct disk *disk)
{
    for (size_t i = 0; i < DISK_TROUBLE_COUNT; i++)
        disk->troubles[i].chance = 0;
    disk->failing_flushes = 0;
    disk->spoiled_count = 0;
}

/* ---- Chances --------------------------------------------------------------------------------- */

void disk_set_trouble(struct disk *disk, enum disk_trouble trouble, uint64_t chance)
{
    cs_assert((unsigned)trouble < DISK_TROUBLE_COUNT);
    cs_assert(chance <= PROBABILITY_ONE);
    disk->troubles[trouble].chance = chance;
}

uint64_t disk_trouble(const struct disk *disk, enum disk_trouble trouble)
{
    cs_assert((unsigned)trouble < DISK_TROUBLE_COUNT);
    return disk->troubles[trouble].chance;
}

uint64_t disk_trouble_count(const struct disk *disk, enum disk_trouble trouble)
{
    cs_assert((unsigned)trouble < DISK_TROUBLE_COUNT);
    return disk->troubles[trouble].count;
}

bool disk_trouble_strikes(struct disk *disk, enum disk_trouble trouble)
{
    cs_assert(disk->operations > 0);
    uint64_t chance = disk->troubles[trouble].chance;
    if (chance == 0)
        return false;
    struct random_stream stream = { disk->troubles[trouble].key, disk->operations };
    bool strikes = random_chance(&stream, chance);
    disk->troubles[trouble].count += strikes;
    return strikes;
}

void disk_fail_flushes(struct disk *disk, uint32_t count)
{
    uint32_t left = UINT32_MAX - disk->failing_flushes;
    disk->failing_flushes += count < left ? count : left;
}

bool disk_flush_is_to_fail(struct disk *disk)
{
    if (disk->failing_flushes == 0)
        return disk_trouble_strikes(disk, DISK_FLUSH_FAILS);
    disk->failing_flushes--;
    disk->troubles[DISK_FLUSH_FAILS].count++;
    return true;
}

enum disk_result disk_answer(struct disk *disk, enum disk_result result)
{
    if (result == DISK_DEAD || disk->troubles[DISK_IS_DEAD].chance < PROBABILITY_ONE)
        return result;
    disk->troubles[DISK_IS_DEAD].count++;
    return DISK_DEAD;
}

/* The range's place among those in [0, end) that lie whole sectors apart.  Returns how many. */
static uint64_t count_places(const struct disk *disk, uint64_t offset, size_t size, uint64_t end)
{
    uint64_t within = offset % disk->options.sector;
    cs_assert(end >= offset + size);
    return (end - size - within) / disk->options.sector + 1;
}

uint64_t disk_trouble_place(struct disk *disk, uint64_t offset, size_t size)
{
    uint64_t end = image_end(&disk->image);
    if (end < offset + size)
        end = offset + size;
    if (end > disk->size)
        end = disk->size;
    uint64_t places = count_places(disk, offset, size, end);
    if (places == 1)
        places = count_places(disk, offset, size, disk->size);
    if (places == 1 || !disk_trouble_strikes(disk, DISK_MISDIRECTS))
        return offset;
    struct random_stream stream = { disk->places, disk->operations };
    uint64_t place = random_below(&stream, places - 1);
    if (place >= offset / disk->options.sector)
        place++;
    return offset % disk->options.sector + place * disk->options.sector;
}

/* ---- Sectors that cannot be read ------------------------------------------------------------- */

/* How many spoiled sectors come before `sector`. */
static size_t spoiled_before(const struct disk *disk, uint64_t sector)
{
    size_t low = 0;
    size_t high = disk->spoiled_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (disk->spoiled[middle] < sector) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static bool is_spoiled(const struct disk *disk, uint64_t sector)
{
    size_t place = spoiled_before(disk, sector);
    return place < disk->spoiled_count && disk->spoiled[place] == sector;
}

bool disk_spoiled(const struct disk *disk, uint64_t offset, uint64_t size)
{
    if (disk->spoiled_count == 0 || size == 0)
        return false;
    size_t place = spoiled_before(disk, offset / disk->options.sector);
    return place < disk->spoiled_count &&
           disk->spoiled[place] <= (offset + size - 1) / disk->options.sector;
}

/* The last sector of a device may be shorter than the others. */
static bool ends_a_sector(const struct disk *disk, uint64_t end)
{
    return end % disk->options.sector == 0 || end == disk->size;
}

bool disk_spoiled_in_part(const struct disk *disk, uint64_t offset, uint64_t size)
{
    uint64_t end = offset + size;
    if (disk->spoiled_count == 0 || size == 0)
        return false;
    if (offset % disk->options.sector != 0 && is_spoiled(disk, offset / disk->options.sector))
        return true;
    return !ends_a_sector(disk, end) && is_spoiled(disk, (end - 1) / disk->options.sector);
}

void disk_heal(struct disk *disk, uint64_t offset, uint64_t size)
{
    if (disk->spoiled_count == 0)
        return;
    uint32_t sector = disk->options.sector;
    uint64_t end = offset + size;
    size_t first = spoiled_before(disk, (offset + sector - 1) / sector);
    size_t last =
        spoiled_before(disk, ends_a_sector(disk, end) ? (end + sector - 1) / sector : end / sector);
    if (first >= last)
        return;
    memmove(disk->spoiled + first, disk->spoiled + last,
            (disk->spoiled_count - last) * sizeof *disk->spoiled);
    disk->spoiled_count -= last - first;
}

/* ---- Decay ----------------------------------------------------------------------------------- */

struct sectors {
    uint64_t *items; /* by index */
    size_t count, capacity;
};

static bool holds_data(const uint8_t *bytes, size_t size)
{
    return bytes[0] != 0 || memcmp(bytes, bytes + 1, size - 1) != 0;
}

static void sectors_add(struct sectors *sectors, uint64_t sector)
{
    if (sectors->count == sectors->capacity) {
        sectors->capacity = sectors->capacity == 0 ? 64 : 2 * sectors->capacity;
        sectors->items = realloc(sectors->items, sectors->capacity * sizeof *sectors->items);
        cs_assert(sectors->items != NULL);
    }
    sectors->items[sectors->count++] = sector;
}

/* Bytes of a sector; the last one may be short. */
static size_t sector_size(const struct disk *disk, uint64_t sector)
{
    uint64_t left = disk->size - sector * disk->options.sector;
    return left < disk->options.sector ? (size_t)left : disk->options.sector;
}

/* Those that hold data and can be read, in ascending order.  The caller frees them. */
static struct sectors sound_sectors(const struct disk *disk)
{
    struct sectors sound = { 0 };
    uint64_t at = 0;
    size_t part;
    for (; image_next(&disk->image, at, disk->size, &at, &part); at += part) {
        uint64_t sector = at / disk->options.sector;
        for (; sector * disk->options.sector < at + part; sector++) {
            const uint8_t *bytes = image_peek(&disk->image, sector * disk->options.sector);
            if (holds_data(bytes, sector_size(disk, sector)) && !is_spoiled(disk, sector))
                sectors_add(&sound, sector);
        }
    }
    return sound;
}

/* Move a drawn choice of `count` of them, or all if there are fewer, to the front. */
static void choose(struct sectors *sectors, uint32_t count, struct random_stream *stream)
{
    if (sectors->count > count) {
        for (size_t i = 0; i < count; i++) {
            size_t other = i + (size_t)random_below(stream, sectors->count - i);
            uint64_t chosen = sectors->items[other];
            sectors->items[other] = sectors->items[i];
            sectors->items[i] = chosen;
        }
        sectors->count = count;
    }
}

static struct random_stream stream_of_call(const struct disk *disk, const char *purpose,
                                           uint64_t call)
{
    return random_stream_of(random_mix(random_key(disk->key, "disk", purpose) + call));
}

uint64_t disk_sound_sectors(const struct disk *disk)
{
    struct sectors sound = sound_sectors(disk);
    free(sound.items);
    return sound.count;
}

uint32_t disk_rot(struct disk *disk, uint32_t count)
{
    uint64_t call = disk->rot_count++;
    struct random_stream choices = stream_of_call(disk, "rot-sectors", call);
    struct random_stream bits = stream_of_call(disk, "rot-bits", call);
    struct sectors sound = sound_sectors(disk);
    choose(&sound, count, &choices);
    for (size_t i = 0; i < sound.count; i++) {
        uint64_t bit = random_below(&bits, 8 * sector_size(disk, sound.items[i]));
        uint64_t offset = sound.items[i] * disk->options.sector + bit / 8;
        uint8_t byte;
        image_read(&disk->image, offset, &byte, 1);
        byte ^= (uint8_t)(1u << bit % 8);
        image_write(&disk->image, offset, &byte, 1);
    }
    free(sound.items);
    return (uint32_t)sound.count;
}

static int compare_sectors(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a;
    uint64_t y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

uint32_t disk_spoil(struct disk *disk, uint32_t count)
{
    struct random_stream choices = stream_of_call(disk, "spoiled-sectors", disk->spoil_count++);
    struct sectors sound = sound_sectors(disk);
    choose(&sound, count, &choices);
    size_t total = disk->spoiled_count + sound.count;
    if (total > disk->spoiled_capacity) {
        disk->spoiled_capacity = 2 * total;
        disk->spoiled = realloc(disk->spoiled, disk->spoiled_capacity * sizeof *disk->spoiled);
        cs_assert(disk->spoiled != NULL);
    }
    if (sound.count > 0) {
        memcpy(disk->spoiled + disk->spoiled_count, sound.items, sound.count * sizeof *sound.items);
        qsort(disk->spoiled, total, sizeof *disk->spoiled, compare_sectors);
    }
    disk->spoiled_count = total;
    free(sound.items);
    return (uint32_t)sound.count;
}
