/* record: after a crash the old content or the new, never a mixture. */
#include <string.h>

#include "common/record.h"
#include "support/rig.h"
#include "support/suite.h"

enum { CAPACITY = 1500, SLOT = 1536, SIZE_UNTOUCHED = 12345 };

/* A program that opens a record when it starts and replaces it at each CS_OP_PUT. */
struct holder {
    struct record record;
    enum record_status status;
    size_t size;
    uint8_t content[RECORD_CONTENT_MAX];
};

static size_t capacity = CAPACITY;

static void on_start(void *state, struct cs_context *cx, enum cs_start kind)
{
    struct holder *holder = state;
    (void)kind;
    holder->size = SIZE_UNTOUCHED;
    holder->status =
        record_open(&holder->record, cx, 0, 0, capacity, holder->content, &holder->size);
    cs_barrier(cx, 0);
}

static void on_request(void *state, struct cs_context *cx, cs_request id, const struct cs_op *op)
{
    struct holder *holder = state;
    (void)id;
    cs_ticket ticket = record_write(&holder->record, cx, op->value);
    cs_barrier(cx, 0);
    cs_fact(cx, &(struct cs_fact){ .kind = CS_FACT_PROMISED, .a = 1, .rests_on = ticket });
}

static const struct cs_volume_spec volumes[] = { { .name = "meta", .size = 8192 },
                                                 { .name = NULL } };
static const struct cs_program program = { .role = "holder",
                                           .state_size = sizeof(struct holder),
                                           .volumes = volumes,
                                           .on_start = on_start,
                                           .on_request = on_request };

static struct rig *rig;

static struct rig *new_rig(uint32_t sector, uint64_t seed)
{
    struct rig *made =
        rig_new(&(struct rig_options){ .program = &program, .sector = sector, .seed = seed });
    rig_start(made, CS_START_FOUND);
    return made;
}

static void setup(void) { rig = new_rig(512, 1); }

static void teardown(void) { rig_free(rig); }

static void put(struct cs_bytes content)
{
    rig_request(rig, 1, &(struct cs_op){ .kind = CS_OP_PUT, .value = content });
}

/* A content of `size` times the same byte. */
static struct cs_bytes all(char byte, size_t size)
{
    static char bytes[RECORD_CONTENT_MAX];
    memset(bytes, byte, sizeof bytes);
    return cs_bytes_of(bytes, size);
}

static void restart(enum disk_loss loss)
{
    rig_crash(rig, loss);
    rig_restart(rig);
}

static bool holds(char byte, size_t size)
{
    const struct holder *holder = rig_state(rig);
    return holder->status == RECORD_OK && holder->size == size &&
           memcmp(holder->content, all(byte, size).data, size) == 0;
}

static enum record_status status(void) { return ((struct holder *)rig_state(rig))->status; }

START_TEST(an_empty_volume_holds_none)
{
    ck_assert_int_eq(status(), RECORD_NONE);
    ck_assert_uint_eq(((struct holder *)rig_state(rig))->size, SIZE_UNTOUCHED);
}
END_TEST

START_TEST(a_write_is_whole_sectors_and_facts_rest_on_it)
{
    put(all('a', 5));
    rig_expect(rig, "write meta 1536+1536\n"
                    "barrier meta\n"
                    "fact PROMISED instance=1 ballot=0 durable\n");
    put(all('b', 5));
    rig_expect_lines(rig, "write", "write meta 0+1536\n");
}
END_TEST

START_TEST(a_slot_ends_in_zeros)
{
    static const uint8_t zeros[SLOT - 16 - 5];
    uint8_t rest[sizeof zeros];
    put(all('a', CAPACITY));
    put(all('b', CAPACITY));
    put(all('c', 5));
    ck_assert_int_eq(disk_read(rig_disk(rig, 0), SLOT + 16 + 5, rest, sizeof rest), DISK_OK);
    ck_assert_mem_eq(rest, zeros, sizeof zeros);
}
END_TEST

START_TEST(a_slot_in_the_other_ones_place_does_not_count)
{
    uint8_t slot[SLOT];
    put(all('a', 5));
    put(all('b', 5));
    disk_read(rig_disk(rig, 0), 0, slot, SLOT);
    disk_write(rig_disk(rig, 0), SLOT, slot, SLOT);
    disk_discard(rig_disk(rig, 0), 0, SLOT);
    restart(DISK_KEEP);
    ck_assert_int_eq(status(), RECORD_NONE);
}
END_TEST

START_TEST(the_last_content_comes_back)
{
    for (int byte = 'a'; byte <= 'z'; byte++) {
        put(all((char)byte, (size_t)byte * 3));
        restart(DISK_LOSE);
        ck_assert(holds((char)byte, (size_t)byte * 3));
    }
    put(all('-', 0));
    restart(DISK_LOSE);
    ck_assert(holds('-', 0));
}
END_TEST

START_TEST(a_write_that_is_lost_leaves_the_old_content)
{
    put(all('a', 100));
    rig_hold(rig, true);
    put(all('b', 100));
    restart(DISK_LOSE);
    ck_assert(holds('a', 100));
}
END_TEST

START_TEST(a_process_crash_keeps_the_new_content)
{
    put(all('a', 100));
    rig_hold(rig, true);
    put(all('b', 100));
    rig_hold(rig, false);
    restart(DISK_KEEP);
    ck_assert(holds('b', 100));
}
END_TEST

/* The third write replaces the first one, and only a part of it reaches the medium: the bytes
 * before `cut`, or those from it on. */
START_TEST(a_torn_write_leaves_the_old_or_the_new_at_every_byte)
{
    uint8_t before[SLOT], after[SLOT];
    put(all('a', CAPACITY));
    put(all('b', CAPACITY - 7));
    ck_assert_int_eq(disk_read(rig_disk(rig, 0), SLOT, before, SLOT), DISK_OK);
    put(all('c', CAPACITY - 300));
    ck_assert_int_eq(disk_read(rig_disk(rig, 0), SLOT, after, SLOT), DISK_OK);

    size_t new_at_front = 0, new_at_back = 0;
    for (size_t cut = 0; cut <= SLOT; cut++) {
        disk_write(rig_disk(rig, 0), SLOT, before, SLOT);
        disk_write(rig_disk(rig, 0), SLOT, after, cut);
        restart(DISK_KEEP);
        suite_require(holds('b', CAPACITY - 7) || holds('c', CAPACITY - 300));
        new_at_front += holds('c', CAPACITY - 300);
        disk_write(rig_disk(rig, 0), SLOT, after, SLOT);
        disk_write(rig_disk(rig, 0), SLOT, before, cut);
        restart(DISK_KEEP);
        suite_require(holds('b', CAPACITY - 7) || holds('c', CAPACITY - 300));
        new_at_back += holds('c', CAPACITY - 300);
    }
    /* New as soon as header (16) and content (1200) are there; and only if nothing of them lacks.
     */
    ck_assert_uint_eq(new_at_front, SLOT + 1 - 1216);
    ck_assert_uint_eq(new_at_back, 1);
}
END_TEST

START_TEST(a_power_loss_leaves_the_old_or_the_new)
{
    size_t olds = 0, news = 0;
    for (uint64_t seed = 0; seed < 300; seed++) {
        rig_free(rig);
        rig = new_rig(512, seed);
        put(all('a', CAPACITY));
        put(all('b', CAPACITY));
        rig_hold(rig, true);
        put(all('c', CAPACITY));
        rig_hold(rig, false);
        restart(seed % 2 == 0 ? DISK_ANY : DISK_TORN);
        olds += holds('b', CAPACITY);
        news += holds('c', CAPACITY);
    }
    ck_assert_uint_eq(olds + news, 300);
    ck_assert_uint_gt(olds, 0);
    ck_assert_uint_gt(news, 0);
}
END_TEST

START_TEST(every_flipped_bit_is_noticed)
{
    put(all('a', 40));
    for (size_t bit = 0; bit < 8 * (16 + 40); bit++) {
        uint8_t byte, flipped;
        disk_read(rig_disk(rig, 0), SLOT + bit / 8, &byte, 1);
        flipped = byte ^ (uint8_t)(1u << bit % 8);
        disk_write(rig_disk(rig, 0), SLOT + bit / 8, &flipped, 1);
        restart(DISK_KEEP);
        ck_assert_int_eq(status(), RECORD_NONE);
        disk_write(rig_disk(rig, 0), SLOT + bit / 8, &byte, 1);
    }
    restart(DISK_KEEP);
    ck_assert(holds('a', 40));
}
END_TEST

START_TEST(the_largest_content_fits_any_sector)
{
    static const uint32_t sectors[] = { 512, 1024, 2048, 4096 };
    capacity = RECORD_CONTENT_MAX;
    for (size_t i = 0; i < 4; i++) {
        rig_free(rig);
        rig = new_rig(sectors[i], 1);
        ck_assert_uint_eq(record_extent(sectors[i], capacity), 8192);
        put(all('a', RECORD_CONTENT_MAX));
        put(all('b', RECORD_CONTENT_MAX));
        restart(DISK_LOSE);
        ck_assert(holds('b', RECORD_CONTENT_MAX));
    }
    capacity = CAPACITY;
}
END_TEST

START_TEST(a_content_beyond_the_capacity_is_not_taken)
{
    put(all('a', CAPACITY));
    capacity = CAPACITY - 1; /* the same slots, a smaller buffer */
    restart(DISK_LOSE);
    ck_assert_int_eq(status(), RECORD_NONE);
    capacity = CAPACITY;
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("record");
    TCase *tcase = tcase_create("record");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, an_empty_volume_holds_none);
    tcase_add_test(tcase, a_write_is_whole_sectors_and_facts_rest_on_it);
    tcase_add_test(tcase, a_slot_ends_in_zeros);
    tcase_add_test(tcase, a_slot_in_the_other_ones_place_does_not_count);
    tcase_add_test(tcase, the_last_content_comes_back);
    tcase_add_test(tcase, a_write_that_is_lost_leaves_the_old_content);
    tcase_add_test(tcase, a_process_crash_keeps_the_new_content);
    tcase_add_test(tcase, a_torn_write_leaves_the_old_or_the_new_at_every_byte);
    tcase_add_test(tcase, a_power_loss_leaves_the_old_or_the_new);
    tcase_add_test(tcase, every_flipped_bit_is_noticed);
    tcase_add_test(tcase, the_largest_content_fits_any_sector);
    tcase_add_test(tcase, a_content_beyond_the_capacity_is_not_taken);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
