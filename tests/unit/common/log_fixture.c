#include "log_fixture.h"

#include <check.h>
#include <string.h>

struct rig *rig;

void setup(void) { rig = log_bench_new(VOLUME, 1); }

void teardown(void) { rig_free(rig); }

struct cs_bytes all(char byte, size_t size)
{
    static char bytes[4][LOG_CONTENT_MAX];
    static int next;
    char *to = bytes[next++ % 4];
    memset(to, byte, size);
    return cs_bytes_of(to, size);
}

void read_volume(uint64_t offset, void *data, size_t size)
{
    ck_assert_int_eq(disk_read(rig_disk(rig, 0), offset, data, size), DISK_OK);
}

void write_volume(uint64_t offset, const void *data, size_t size)
{
    ck_assert_int_eq(disk_write(rig_disk(rig, 0), offset, data, size), DISK_OK);
}
