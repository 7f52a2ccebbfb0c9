/* A disk against a naive one that remembers every write of every sector, in random histories of
 * writes, discards, flushes that succeed, fail or lie, and power losses. */
#include <stdlib.h>
#include <string.h>

#include "disk_bench.h"
#include "support/suite.h"

enum { REFERENCE_SECTORS = 24, REFERENCE_WRITES = 512, REFERENCE_SECTOR_MAX = 4096 };

/* A part of a sector that was filled with one value. */
struct reference_write {
    uint64_t number;
    size_t start, end;
    int value;
};

/* What each sector held when it was last durable, and the writes since. */
struct reference {
    uint32_t sector;
    uint64_t written;
    struct {
        uint8_t durable[REFERENCE_SECTOR_MAX];
        struct reference_write writes[REFERENCE_WRITES];
        size_t count;
    } sectors[REFERENCE_SECTORS];
    struct random_stream losses;
};

static uint64_t reference_size(const struct reference *reference)
{
    return (uint64_t)REFERENCE_SECTORS * reference->sector;
}

static void reference_write(struct reference *reference, uint64_t offset, uint64_t size, int value)
{
    reference->written++;
    for (uint64_t at = offset, end; at < offset + size; at = end) {
        uint64_t s = at / reference->sector;
        end = (s + 1) * reference->sector;
        if (end > offset + size)
            end = offset + size;
        ck_assert_uint_lt(reference->sectors[s].count, REFERENCE_WRITES);
        reference->sectors[s].writes[reference->sectors[s].count++] = (struct reference_write){
            .number = reference->written,
            .start = at - s * reference->sector,
            .end = end - s * reference->sector,
            .value = value,
        };
    }
}

static void fill(uint8_t *content, const struct reference_write *write)
{
    memset(content + write->start, write->value, write->end - write->start);
}

/* What sector `s` held after its first `count` pending writes. */
static void reference_content(const struct reference *reference, size_t s, size_t count,
                              uint8_t *ret_content)
{
    memcpy(ret_content, reference->sectors[s].durable, reference->sector);
    for (size_t i = 0; i < count; i++)
        fill(ret_content, &reference->sectors[s].writes[i]);
}

/* A flush of the first `written` writes ends. */
static void reference_flush(struct reference *reference, uint64_t written, bool fails)
{
    uint64_t key = random_key(KEY, "disk", "failed-flush");
    for (size_t s = 0; s < REFERENCE_SECTORS; s++) {
        size_t left = 0;
        for (size_t i = 0; i < reference->sectors[s].count; i++) {
            struct reference_write write = reference->sectors[s].writes[i];
            struct random_stream fate = { random_mix(key + write.number), s };
            if (write.number > written) {
                reference->sectors[s].writes[left++] = write;
            } else if (!fails || random_chance(&fate, PROBABILITY_ONE / 2)) {
                fill(reference->sectors[s].durable, &write);
            }
        }
        reference->sectors[s].count = left;
    }
}

static void reference_read(const struct reference *reference, uint8_t *ret_data)
{
    for (size_t s = 0; s < REFERENCE_SECTORS; s++) {
        reference_content(reference, s, reference->sectors[s].count,
                          ret_data + s * reference->sector);
    }
}

/* The distinct contents in a row, the newest first.  Returns how many. */
static size_t reference_versions(const struct reference *reference, size_t s,
                                 uint8_t ret_versions[REFERENCE_WRITES + 1][REFERENCE_SECTOR_MAX])
{
    size_t count = 0;
    for (size_t i = reference->sectors[s].count + 1; i-- > 0;) {
        reference_content(reference, s, i, ret_versions[count]);
        if (count == 0 ||
            memcmp(ret_versions[count], ret_versions[count - 1], reference->sector) != 0)
            count++;
    }
    return count;
}

static void reference_decide(struct reference *reference, size_t s, enum disk_loss loss)
{
    static uint8_t versions[REFERENCE_WRITES + 1][REFERENCE_SECTOR_MAX];
    uint8_t content[REFERENCE_SECTOR_MAX];
    size_t count = reference_versions(reference, s, versions);
    size_t chosen = 0;
    suite_require(count > 0);
    if (loss == DISK_LOSE) {
        chosen = count - 1;
    } else if (loss != DISK_KEEP && count > 1) {
        chosen = (size_t)random_below(&reference->losses, count);
    }
    memcpy(content, versions[chosen], reference->sector);
    if (loss == DISK_TORN && count > 1) {
        bool torn = random_chance(&reference->losses, PROBABILITY_ONE / 4);
        size_t tail = (size_t)random_below(&reference->losses, count - 1);
        size_t cut = 8 + 8 * (size_t)random_below(&reference->losses, reference->sector / 8 - 1);
        tail = tail < chosen ? tail : tail + 1;
        if (torn)
            memcpy(content + cut, versions[tail] + cut, reference->sector - cut);
    }
    reference->sectors[s].count = 0;
    memcpy(reference->sectors[s].durable, content, reference->sector);
}

static uint64_t reference_power_loss(struct reference *reference, enum disk_loss loss)
{
    static uint8_t before[REFERENCE_SECTORS * REFERENCE_SECTOR_MAX];
    uint64_t changed = 0;
    reference_read(reference, before);
    for (size_t s = 0; s < REFERENCE_SECTORS; s++) {
        reference_decide(reference, s, loss);
        changed += memcmp(before + s * reference->sector, reference->sectors[s].durable,
                          reference->sector) != 0;
    }
    return changed;
}

static struct reference *reference_new(uint32_t sector)
{
    struct reference *reference = calloc(1, sizeof *reference);
    ck_assert_ptr_nonnull(reference);
    reference->sector = sector;
    reference->losses = random_stream_of(random_key(KEY, "disk", "power-loss"));
    return reference;
}

/* A flush that may fail or lie, on both. */
static void flush_both(struct disk *disk, struct reference *reference, struct random_stream *stream)
{
    uint64_t covered = random_below(stream, disk_written(disk) + 1);
    uint64_t dice = random_below(stream, 4);
    if (dice == 0) {
        disk_fail_flushes(disk, 1);
        ck_assert_int_eq(disk_flush(disk, covered), DISK_MEDIUM);
        reference_flush(reference, covered, true);
    } else if (dice == 1) {
        disk_set_trouble(disk, DISK_LIES, PROBABILITY_ONE);
        ck_assert_int_eq(disk_flush(disk, covered), DISK_OK);
        disk_set_trouble(disk, DISK_LIES, 0);
    } else {
        ck_assert_int_eq(disk_flush(disk, covered), DISK_OK);
        reference_flush(reference, covered, false);
    }
}

/* One random operation on both. */
static void step_both(struct disk *disk, struct reference *reference, struct random_stream *stream)
{
    static uint8_t data[REFERENCE_SECTORS * REFERENCE_SECTOR_MAX];
    uint64_t size = random_below(stream, 3 * reference->sector);
    uint64_t offset = random_below(stream, reference_size(reference) - size + 1);
    uint64_t dice = random_below(stream, 100);
    int value = (int)random_below(stream, 3);
    if (dice < 70) {
        memset(data, value, size);
        ck_assert_int_eq(disk_write(disk, offset, data, size), DISK_OK);
        reference_write(reference, offset, size, value);
    } else if (dice < 80) {
        ck_assert_int_eq(disk_discard(disk, offset, size), DISK_OK);
        reference_write(reference, offset, size, 0);
    } else if (dice < 96) {
        flush_both(disk, reference, stream);
    } else {
        enum disk_loss loss = (enum disk_loss)random_below(stream, 4);
        ck_assert_uint_eq(disk_power_loss(disk, loss), reference_power_loss(reference, loss));
    }
}

START_TEST(any_history_agrees_with_a_list_of_the_writes_to_each_sector)
{
    static const uint32_t sectors[] = { 512, 1024, 4096 };
    static uint8_t data[REFERENCE_SECTORS * REFERENCE_SECTOR_MAX], expected[sizeof data];
    struct reference *reference = reference_new(sectors[_i % 3]);
    struct disk *disk = disk_of(reference_size(reference), reference->sector);
    struct random_stream stream = random_stream_of((uint64_t)_i);
    for (int step = 0; step < 3000; step++) {
        step_both(disk, reference, &stream);
        ck_assert_uint_eq(disk_written(disk), reference->written);
        ck_assert_int_eq(disk_read(disk, 0, data, reference_size(reference)), DISK_OK);
        reference_read(reference, expected);
        ck_assert_msg(memcmp(data, expected, reference_size(reference)) == 0, "step %d", step);
    }
    disk_free(disk);
    free(reference);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("disk-random");
    TCase *tests = tcase_create("against a reference");
    tcase_add_loop_test(tests, any_history_agrees_with_a_list_of_the_writes_to_each_sector, 0, 12);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
