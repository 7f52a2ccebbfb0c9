/* A program that keeps a log, on the rig, and the log's story as text. */
#ifndef TEST_LOG_BENCH_H
#define TEST_LOG_BENCH_H
#include "common/log.h"
#include "support/rig.h"

/* A log on a volume of `volume_size` bytes, opened. */
struct rig *log_bench_new(uint64_t volume_size, uint64_t seed);

/* Operations of a step: log_bench_do() carries out `count` of them in one. */
struct cs_op log_bench_append(uint64_t term, struct cs_bytes content);
struct cs_op log_bench_text(uint64_t term, const char *content);
struct cs_op log_bench_truncate(uint64_t from);
struct cs_op log_bench_flush(void); /* and tell the log when it is complete */
void log_bench_do(struct rig *rig, const struct cs_op *ops, size_t count);
#define log_bench_step(rig, ...)                                                                   \
    log_bench_do(rig, (const struct cs_op[]){ __VA_ARGS__ },                                       \
                 sizeof((const struct cs_op[]){ __VA_ARGS__ }) / sizeof(struct cs_op))

/* End the incarnation and open the log again. */
void log_bench_reopen(struct rig *rig, enum disk_loss loss);

struct log *log_bench_log(struct rig *rig);
enum log_status log_bench_status(struct rig *rig);
/* Whether the last operation found the volume full. */
bool log_bench_full(struct rig *rig);

/* "1:hello 2:world": term and content of each entry.  Valid until called again. */
const char *log_bench_entries(struct rig *rig);

#endif
