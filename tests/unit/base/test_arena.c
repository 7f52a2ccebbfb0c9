#include <signal.h>
#include <string.h>

#include "base/arena.h"
#include "base/random.h"
#include "support/suite.h"

static struct arena_pool *pool;
static struct arena *arena;

static void setup(void)
{
    pool = arena_pool_new(0);
    arena = arena_new(pool);
}

static void teardown(void)
{
    arena_free(arena);
    arena_pool_free(pool);
}

static bool all_zero(const uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (bytes[i] != 0)
            return false;
    }
    return true;
}

START_TEST(blocks_are_aligned_and_zeroed)
{
    for (size_t size = 0; size < 10000; size += 1 + size / 9) {
        uint8_t *block = arena_alloc(arena, size);
        ck_assert_uint_eq((uintptr_t)block % 16, 0);
        ck_assert(all_zero(block, size));
        memset(block, 0xff, size);
    }
    arena_reset(arena);
    for (size_t size = 0; size < 10000; size += 1 + size / 9)
        ck_assert(all_zero(arena_alloc(arena, size), size));
}
END_TEST

START_TEST(a_released_block_is_used_again_and_zeroed)
{
    uint8_t *first = arena_alloc(arena, 100);
    memset(first, 0xff, 100);
    arena_release(arena, first);
    uint8_t *second = arena_alloc(arena, 100);
    ck_assert_ptr_eq(first, second);
    ck_assert(all_zero(second, 100));
}
END_TEST

START_TEST(a_block_of_nothing_is_still_a_block)
{
    void *one = arena_alloc(arena, 0);
    void *other = arena_alloc(arena, 0);
    ck_assert_ptr_nonnull(one);
    ck_assert_ptr_ne(one, other);
    arena_release(arena, one);
    arena_release(arena, NULL);
}
END_TEST

START_TEST(resizing_keeps_the_prefix_and_zeroes_the_rest)
{
    const size_t sizes[] = {
        0, 1, 15, 16, 17, 100, 5000, 100000, 99999, 300, 4096, 4097, 40, 50, 1
    };
    uint8_t *block = NULL;
    size_t old_size = 0;
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        size_t kept = old_size < sizes[i] ? old_size : sizes[i];
        block = arena_resize(arena, block, sizes[i]);
        for (size_t k = 0; k < kept; k++)
            suite_require(block[k] == (uint8_t)(k * 7 + i - 1));
        ck_assert(all_zero(block + kept, sizes[i] - kept));
        for (size_t k = 0; k < sizes[i]; k++)
            block[k] = (uint8_t)(k * 7 + i);
        ck_assert_uint_eq(arena_bytes(arena), sizes[i]);
        old_size = sizes[i];
    }
}
END_TEST

START_TEST(an_empty_arena_costs_less_than_512_bytes)
{
    size_t before = arena_pool_bytes(pool);
    struct arena *other = arena_new(pool);
    ck_assert_uint_lt(arena_pool_bytes(pool) - before, 512);
    arena_free(other);
    ck_assert_uint_eq(arena_pool_bytes(pool), before);
}
END_TEST

static void allocate_a_lot(void)
{
    for (int i = 0; i < 1000; i++)
        arena_alloc(arena, 300);
    arena_alloc(arena, 1000000);
}

START_TEST(reset_gives_the_chunks_back_for_other_arenas)
{
    allocate_a_lot();
    size_t held = arena_pool_bytes(pool);
    ck_assert_uint_ge(arena_bytes(arena), 1300000);
    arena_reset(arena);
    ck_assert_uint_eq(arena_bytes(arena), 0);

    struct arena *first = arena;
    arena = arena_new(pool);
    size_t with_two = arena_pool_bytes(pool);
    for (int round = 0; round < 100; round++) {
        allocate_a_lot();
        arena_reset(arena);
    }
    ck_assert_uint_eq(arena_pool_bytes(pool), with_two);
    ck_assert_uint_lt(with_two - held, 512);
    arena_free(first);
}
END_TEST

START_TEST(a_released_large_block_goes_back_at_once)
{
    arena_release(arena, arena_alloc(arena, 1000000));
    size_t held = arena_pool_bytes(pool);
    for (int i = 0; i < 100; i++)
        arena_release(arena, arena_alloc(arena, 1000000));
    ck_assert_uint_eq(arena_pool_bytes(pool), held);
}
END_TEST

/* ---- What AddressSanitizer sees, in builds that have it ---------------------------------------
 */

#if defined(__has_feature)
#if __has_feature(address_sanitizer) && !defined(__SANITIZE_ADDRESS__)
#define __SANITIZE_ADDRESS__ 1
#endif
#endif

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>

static bool may_touch(const uint8_t *byte) { return __asan_address_is_poisoned(byte) == 0; }

START_TEST(only_the_bytes_of_live_blocks_may_be_touched)
{
    const size_t sizes[] = { 1, 16, 100, 5000 };
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        uint8_t *block = arena_alloc(arena, sizes[i]);
        ck_assert(may_touch(block));
        ck_assert(may_touch(block + sizes[i] - 1));
        ck_assert(!may_touch(block - 1));
        ck_assert(!may_touch(block + sizes[i]));
        arena_release(arena, block);
        ck_assert(!may_touch(block));
    }
}
END_TEST

START_TEST(a_shrunk_block_may_not_be_touched_behind_its_end)
{
    uint8_t *block = arena_alloc(arena, 100);
    ck_assert_ptr_eq(arena_resize(arena, block, 60), block);
    ck_assert(may_touch(block + 59));
    ck_assert(!may_touch(block + 60));
}
END_TEST

START_TEST(after_a_reset_nothing_may_be_touched)
{
    uint8_t *small = arena_alloc(arena, 100);
    uint8_t *large = arena_alloc(arena, 100000);
    arena_reset(arena);
    ck_assert(!may_touch(small));
    ck_assert(!may_touch(large + 50000));
}
END_TEST

static void add_sanitizer_tests(TCase *tcase)
{
    tcase_add_test(tcase, only_the_bytes_of_live_blocks_may_be_touched);
    tcase_add_test(tcase, a_shrunk_block_may_not_be_touched_behind_its_end);
    tcase_add_test(tcase, after_a_reset_nothing_may_be_touched);
}
#else
static void add_sanitizer_tests(TCase *tcase) { (void)tcase; }
#endif

/* ---- Two arenas under random operations ------------------------------------------------------ */

#define SLOTS 200

struct slot {
    uint8_t *memory;
    size_t size;
    uint8_t mark; /* every byte */
};

static struct slot slots[2][SLOTS];

static void slot_check(const struct slot *slot)
{
    for (size_t i = 0; i < slot->size; i++)
        suite_require(slot->memory[i] == slot->mark);
}

static void slot_mark(struct slot *slot, size_t size, uint8_t mark)
{
    slot->size = size;
    slot->mark = mark;
    memset(slot->memory, mark, size);
}

static size_t any_size(struct random_stream *stream)
{
    return (random_next(stream) & 0x1ffff) >> random_below(stream, 18);
}

static void slot_step(struct arena *of, struct slot *slot, struct random_stream *stream)
{
    size_t size = any_size(stream);
    uint8_t mark = (uint8_t)random_next(stream);
    slot_check(slot);
    if (slot->memory == NULL) {
        slot->memory = arena_alloc(of, size);
        ck_assert(all_zero(slot->memory, size));
        slot_mark(slot, size, mark);
    } else if (random_chance(stream, PROBABILITY_ONE / 2)) {
        arena_release(of, slot->memory);
        *slot = (struct slot){ 0 };
    } else {
        size_t kept = slot->size < size ? slot->size : size;
        slot->memory = arena_resize(of, slot->memory, size);
        ck_assert(all_zero(slot->memory + kept, size - kept));
        slot->size = kept;
        slot_check(slot);
        slot_mark(slot, size, mark);
    }
}

/* No block ever changes but by its owner: overlapping blocks, within or across arenas, would. */
START_TEST(blocks_never_overlap)
{
    struct arena *arenas[2] = { arena, arena_new(pool) };
    struct random_stream stream = random_stream_of(random_key((uint64_t)_i, "arena", "steps"));
    memset(slots, 0, sizeof(slots));
    for (int step = 0; step < 20000; step++) {
        size_t which = random_below(&stream, 2);
        if (random_below(&stream, 1000) == 0) {
            arena_reset(arenas[which]);
            memset(slots[which], 0, sizeof(slots[which]));
        }
        slot_step(arenas[which], &slots[which][random_below(&stream, SLOTS)], &stream);
    }
    for (size_t which = 0; which < 2; which++) {
        size_t bytes = 0;
        for (size_t i = 0; i < SLOTS; i++) {
            slot_check(&slots[which][i]);
            bytes += slots[which][i].size;
        }
        ck_assert_uint_eq(arena_bytes(arenas[which]), bytes);
    }
    arena_free(arenas[1]);
}
END_TEST

/* ---- Limits and bugs ------------------------------------------------------------------------- */

START_TEST(within_the_limit_free_chunks_make_room)
{
    struct arena_pool *small = arena_pool_new(1000000);
    struct arena *tenant = arena_new(small);
    for (size_t size = 100000; size < 900000; size += 100000) {
        arena_alloc(tenant, size);
        arena_reset(tenant);
        ck_assert_uint_le(arena_pool_bytes(small), 1000000);
    }
    arena_free(tenant);
    arena_pool_free(small);
}
END_TEST

START_TEST(exceeding_the_limit_is_a_bug)
{
    struct arena *tenant = arena_new(arena_pool_new(100000));
    for (int i = 0; i < 200; i++)
        arena_alloc(tenant, 1000);
}
END_TEST

START_TEST(releasing_twice_is_a_bug)
{
    void *block = arena_alloc(arena, 10);
    arena_release(arena, block);
    arena_release(arena, block);
}
END_TEST

START_TEST(releasing_to_another_arena_is_a_bug)
{
    arena_release(arena_new(pool), arena_alloc(arena, 10));
}
END_TEST

START_TEST(a_pool_that_still_has_arenas_cannot_be_freed) { arena_pool_free(pool); }
END_TEST

int main(void)
{
    Suite *suite = suite_create("arena");
    TCase *tcase = tcase_create("arena");
    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, blocks_are_aligned_and_zeroed);
    tcase_add_test(tcase, a_released_block_is_used_again_and_zeroed);
    tcase_add_test(tcase, a_block_of_nothing_is_still_a_block);
    tcase_add_test(tcase, resizing_keeps_the_prefix_and_zeroes_the_rest);
    tcase_add_test(tcase, an_empty_arena_costs_less_than_512_bytes);
    tcase_add_test(tcase, reset_gives_the_chunks_back_for_other_arenas);
    tcase_add_test(tcase, a_released_large_block_goes_back_at_once);
    tcase_add_loop_test(tcase, blocks_never_overlap, 0, 5);
    tcase_add_test(tcase, within_the_limit_free_chunks_make_room);
    tcase_add_test_raise_signal(tcase, exceeding_the_limit_is_a_bug, SIGABRT);
    tcase_add_test_raise_signal(tcase, releasing_twice_is_a_bug, SIGABRT);
    tcase_add_test_raise_signal(tcase, releasing_to_another_arena_is_a_bug, SIGABRT);
    tcase_add_test_raise_signal(tcase, a_pool_that_still_has_arenas_cannot_be_freed, SIGABRT);
    add_sanitizer_tests(tcase);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
