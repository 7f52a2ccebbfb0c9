/* Disks in trouble, as programs meet them: what is asked of the first volume of an instance. */
#ifndef TEST_DISKS_H
#define TEST_DISKS_H
#include "fixture.h"

enum { SECTOR = 512, SECTORS = 8 };

struct disk *disk_of(uint32_t instance);

/* Ask, and say a millisecond later what came of it. */
enum cs_disk_status flushed(uint32_t instance);
enum cs_disk_status filled(uint32_t instance);
enum cs_disk_status has_read(uint32_t instance);
enum cs_disk_status written(uint32_t instance, uint8_t byte);

/* "11111111": the first byte of each sector, "?" for one that cannot be read. */
const char *contents(uint32_t instance);

/* One fault on a's disks from 1 s to 1.5 s. */
#define ON_A(...)                                                                                  \
    {                                                                                              \
        .id = "x", AT_MS(1000), FOR_MS(500), SIDES(SIDE(NODE(A))), __VA_ARGS__                     \
    }

#endif
