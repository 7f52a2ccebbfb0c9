/* Small disks for tests, and what is written on them and read. */
#ifndef TEST_DISK_BENCH_H
#define TEST_DISK_BENCH_H
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "model/disk.h"

enum { SECTOR = 512, KEY = 99 };
#define TEBIBYTE (UINT64_C(1) << 40)

static inline struct disk *disk_of(uint64_t size, uint32_t sector)
{
    struct disk_options options = {
        .read_latency = distribution_constant(100),
        .write_latency = distribution_constant(20),
        .flush_latency = distribution_constant(3000),
        .bandwidth_bytes_per_s = 1000000000,
        .sector = sector,
    };
    return disk_new(&options, size, KEY);
}

static inline void write_bytes(struct disk *disk, uint64_t offset, size_t size, int value)
{
    uint8_t data[4 * SECTOR];
    ck_assert_uint_le(size, sizeof data);
    memset(data, value, size);
    ck_assert_int_eq(disk_write(disk, offset, data, size), DISK_OK);
}

static inline void flush(struct disk *disk)
{
    ck_assert_int_eq(disk_flush(disk, disk_written(disk)), DISK_OK);
}

static inline void check_bytes(struct disk *disk, uint64_t offset, size_t size, uint8_t expected)
{
    uint8_t data[4 * SECTOR];
    ck_assert_uint_le(size, sizeof data);
    ck_assert_int_eq(disk_read(disk, offset, data, size), DISK_OK);
    for (size_t i = 0; i < size; i++)
        ck_assert_msg(data[i] == expected, "byte %zu is %u, not %u", i, data[i], expected);
}

static inline uint8_t byte_at(struct disk *disk, uint64_t offset)
{
    uint8_t byte;
    ck_assert_int_eq(disk_read(disk, offset, &byte, 1), DISK_OK);
    return byte;
}

#endif
