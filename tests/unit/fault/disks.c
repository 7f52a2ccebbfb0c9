#include "disks.h"

struct disk *disk_of(uint32_t instance) { return cluster_disk(beat.cluster, instance, 0); }

/* A millisecond later, what came of it. */
static enum cs_disk_status asked(uint32_t instance, enum beat_order order, enum cs_disk_op op)
{
    beat_ask(&beat, instance, order);
    beat_run_to_ms(&beat, cluster_now(beat.cluster) / 1000000 + 1);
    return beat_status[instance][op];
}

enum cs_disk_status flushed(uint32_t i) { return asked(i, BEAT_FLUSH, CS_DISK_FLUSH); }
enum cs_disk_status filled(uint32_t i) { return asked(i, BEAT_FILL, CS_DISK_FLUSH); }
enum cs_disk_status has_read(uint32_t i) { return asked(i, BEAT_READ, CS_DISK_READ); }
enum cs_disk_status written(uint32_t instance, uint8_t byte)
{
    beat_write(&beat, instance, byte);
    beat_run_to_ms(&beat, cluster_now(beat.cluster) / 1000000 + 1);
    return beat_status[instance][CS_DISK_WRITE];
}

const char *contents(uint32_t instance)
{
    static char text[SECTORS + 1];
    for (unsigned s = 0; s < SECTORS; s++) {
        uint8_t bytes[SECTOR];
        bool readable = disk_read(disk_of(instance), s * SECTOR, bytes, SECTOR) == DISK_OK;
        text[s] = (char)(readable ? '0' + bytes[0] : '?');
    }
    return text;
}
