/* A test's log on an empty volume, and words for short. */
#ifndef TEST_LOG_FIXTURE_H
#define TEST_LOG_FIXTURE_H
#include "log_bench.h"

enum { VOLUME = 1 << 20, SECTOR = 512 };

extern struct rig *rig;

void setup(void);
void teardown(void);

#define APPEND(term, content) log_bench_text(term, content)
#define TRUNCATE(from)        log_bench_truncate(from)
#define FLUSH                 log_bench_flush()

#define EXPECT_LOG(entries)                                                                        \
    do {                                                                                           \
        ck_assert_int_eq(log_bench_status(rig), LOG_OK);                                           \
        ck_assert_str_eq(log_bench_entries(rig), entries);                                         \
    } while (0)

/* A content of `size` times the same byte; the last four are there. */
struct cs_bytes all(char byte, size_t size);

void read_volume(uint64_t offset, void *data, size_t size);
void write_volume(uint64_t offset, const void *data, size_t size);

#endif
