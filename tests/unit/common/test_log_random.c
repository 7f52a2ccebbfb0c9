/* log, by chance: random operations and power losses against a list of what was done.
 *
 * The law: after a crash the log is what its first n operations make it, where n is at least what
 * the last completed flush covers and at most what was done.  And nothing that a power loss may do
 * is ever taken for corruption. */
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "common/log.h"
#include "log_bench.h"
#include "support/suite.h"

enum { OPERATIONS_MAX = 400, CONTENT_MAX = 3000, ROUNDS = 120, CRASHES = 8 };

/* Operation n is frame n of the log. */
struct operation {
    bool truncate;
    uint64_t from; /* of a removal */
    uint64_t term; /* of an entry; its content is made of it */
    size_t size;
};

struct reference {
    struct operation operations[OPERATIONS_MAX + 1]; /* from 1 */
    uint64_t count;
    uint64_t durable; /* so many of them are */
};

/* The bytes of an entry follow from its term, which no two entries share. */
static struct cs_bytes content_of(uint64_t term, size_t size)
{
    static uint8_t bytes[CONTENT_MAX];
    struct random_stream stream = random_stream_of(term);
    for (size_t i = 0; i < size; i++)
        bytes[i] = (uint8_t)random_next(&stream);
    return cs_bytes_of(bytes, size);
}

static void require_entry(const struct log *log, uint64_t index, const struct operation *operation)
{
    struct cs_bytes found = log_content_at(log, index);
    suite_require(log_term_at(log, index) == operation->term);
    suite_require(found.size == operation->size);
    suite_require(operation->size == 0 ||
                  memcmp(found.data, content_of(operation->term, operation->size).data,
                         operation->size) == 0);
}

/* The log is what the first `count` operations make. */
static void require_equal(const struct log *log, const struct reference *reference, uint64_t count)
{
    uint64_t made_by[OPERATIONS_MAX + 1] = { 0 }; /* the operation that wrote an index */
    uint64_t last_index = 0;
    for (uint64_t i = 1; i <= count; i++) {
        if (reference->operations[i].truncate) {
            last_index = reference->operations[i].from - 1;
        } else {
            made_by[++last_index] = i;
        }
    }
    suite_require(log->last_index == last_index);
    for (uint64_t index = 1; index <= last_index; index++)
        require_entry(log, index, &reference->operations[made_by[index]]);
}

static void append(struct rig *rig, struct reference *reference, struct random_stream *stream)
{
    static uint64_t last_term;
    struct operation *operation = &reference->operations[++reference->count];
    *operation =
        (struct operation){ .term = ++last_term,
                            .size = random_below(stream, 4) == 0 ? random_below(stream, CONTENT_MAX)
                                                                 : random_below(stream, 100) };
    log_bench_step(rig,
                   log_bench_append(operation->term, content_of(operation->term, operation->size)));
}

static void truncate_log(struct rig *rig, struct reference *reference, struct random_stream *stream)
{
    uint64_t from = 1 + random_below(stream, log_bench_log(rig)->last_index + 1);
    reference->operations[++reference->count] =
        (struct operation){ .truncate = true, .from = from };
    log_bench_step(rig, log_bench_truncate(from));
}

/* Operations, flushes that begin and flushes that end, in any order. */
static void work(struct rig *rig, struct reference *reference, struct random_stream *stream)
{
    uint64_t covers[OPERATIONS_MAX];
    size_t begun = 0, ended = 0;
    size_t steps = random_below(stream, 40);
    rig_hold(rig, true);
    for (size_t i = 0; i < steps; i++) {
        uint64_t dice = random_below(stream, 10);
        if (dice < 5) {
            append(rig, reference, stream);
        } else if (dice < 6) {
            truncate_log(rig, reference, stream);
        } else if (dice < 8) {
            log_bench_step(rig, log_bench_flush());
            covers[begun++] = reference->count;
        } else if (ended < begun) {
            rig_complete_flush(rig);
            reference->durable = covers[ended++];
        }
    }
    rig_hold(rig, false);
}

static void crash(struct rig *rig, struct reference *reference, struct random_stream *stream)
{
    static const enum disk_loss losses[] = { DISK_KEEP, DISK_LOSE, DISK_ANY,
                                             DISK_ANY,  DISK_TORN, DISK_TORN };
    enum disk_loss loss = losses[random_below(stream, 6)];
    log_bench_reopen(rig, loss);
    const struct log *log = log_bench_log(rig);
    suite_require(log_bench_status(rig) == LOG_OK);
    suite_require(log->sequence >= reference->durable);
    suite_require(log->sequence <= reference->count);
    suite_require(loss != DISK_KEEP || log->sequence == reference->count);
    suite_require(loss != DISK_LOSE || log->sequence == reference->durable);
    require_equal(log, reference, log->sequence);
    reference->count = log->sequence;
    reference->durable = log->sequence; /* the bench flushes what it found */
}

START_TEST(what_a_flush_covers_survives_any_power_loss)
{
    struct random_stream stream = random_stream_of((uint64_t)_i);
    struct rig *rig = log_bench_new(1 << 20, (uint64_t)_i);
    struct reference *reference = calloc(1, sizeof *reference);
    for (int i = 0; i < CRASHES; i++) {
        work(rig, reference, &stream);
        require_equal(log_bench_log(rig), reference, reference->count);
        crash(rig, reference, &stream);
    }
    free(reference);
    rig_free(rig);
}
END_TEST

/* Whatever is done to the bytes of a volume, opening it ends, reads nothing outside, and finds
 * entries that were written, in their order, or none. */
START_TEST(a_damaged_volume_gives_a_prefix_or_is_said_to_be_corrupt)
{
    struct random_stream stream = random_stream_of(1000 + (uint64_t)_i);
    struct rig *rig = log_bench_new(1 << 17, (uint64_t)_i);
    struct reference *reference = calloc(1, sizeof *reference);
    work(rig, reference, &stream);
    log_bench_reopen(rig, DISK_KEEP);
    uint64_t end = log_bench_log(rig)->end_offset;
    for (int i = 0; i < 20 && end > 0; i++) {
        uint8_t damage[64];
        uint64_t offset = random_below(&stream, end);
        size_t size = 1 + random_below(&stream, sizeof damage);
        for (size_t j = 0; j < size; j++)
            damage[j] = (uint8_t)(random_below(&stream, 2) == 0 ? random_next(&stream) : 0);
        disk_write(rig_disk(rig, 0), offset, damage, size);
        log_bench_reopen(rig, DISK_KEEP);
        suite_require(log_bench_log(rig)->sequence <= reference->count);
        require_equal(log_bench_log(rig), reference, log_bench_log(rig)->sequence);
    }
    free(reference);
    rig_free(rig);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("log_random");
    TCase *tcase = tcase_create("log_random");
    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, what_a_flush_covers_survives_any_power_loss, 0, ROUNDS);
    tcase_add_loop_test(tcase, a_damaged_volume_gives_a_prefix_or_is_said_to_be_corrupt, 0, ROUNDS);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
