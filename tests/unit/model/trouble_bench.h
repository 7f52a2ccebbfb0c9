/* A disk of 64 sectors, each of which may hold a number of its own. */
#ifndef TEST_TROUBLE_BENCH_H
#define TEST_TROUBLE_BENCH_H
#include <string.h>

#include "disk_bench.h"

#define ALWAYS PROBABILITY_ONE

enum { SECTORS = 64, SIZE = SECTORS * SECTOR };

static struct disk *disk;

static inline void set_up(void) { disk = disk_of(SIZE, SECTOR); }

static inline void tear_down(void) { disk_free(disk); }

static inline enum disk_result write_at(uint64_t offset, size_t size, int value)
{
    uint8_t data[SIZE];
    memset(data, value, size);
    return disk_write(disk, offset, data, size);
}

static inline enum disk_result read_at(uint64_t offset, size_t size)
{
    uint8_t data[SIZE];
    return disk_read(disk, offset, data, size);
}

static inline enum disk_result flush_all(void) { return disk_flush(disk, disk_written(disk)); }

/* Every sector its own number, from 1, and durable. */
static inline void fill(void)
{
    for (int s = 0; s < SECTORS; s++)
        ck_assert_int_eq(write_at((uint64_t)s * SECTOR, SECTOR, s + 1), DISK_OK);
    flush(disk);
}

static inline void read_all(uint8_t *ret_data)
{
    ck_assert_int_eq(disk_read(disk, 0, ret_data, SIZE), DISK_OK);
}

/* The sectors that do not hold what fill() has written, in ascending order. */
static inline size_t changed_sectors(size_t ret_sectors[SECTORS])
{
    uint8_t data[SIZE], expected[SECTOR];
    size_t count = 0;
    read_all(data);
    for (size_t s = 0; s < SECTORS; s++) {
        memset(expected, (int)s + 1, SECTOR);
        if (memcmp(data + s * SECTOR, expected, SECTOR) != 0)
            ret_sectors[count++] = s;
    }
    return count;
}

#endif
