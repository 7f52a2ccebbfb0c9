/* What writes replaced leaves in order, and keeps its bytes whatever the arrays do. */
#include <string.h>

#include "base/random.h"
#include "model/pending.h"
#include "support/suite.h"

/* Push a piece whose every byte is `write` modulo 256. */
static void push(struct pending *pending, uint64_t write, size_t size)
{
    memset(pending_push(pending, write, write * 10, size), (int)(write % 256), size);
}

static void check_piece(const struct pending *pending, size_t index, uint64_t write)
{
    const struct pending_piece *piece = pending_piece(pending, index);
    ck_assert_uint_eq(piece->write, write);
    ck_assert_uint_eq(piece->offset, write * 10);
    uint8_t expected[100];
    memset(expected, (int)(write % 256), sizeof expected);
    ck_assert_uint_le(piece->size, sizeof expected);
    ck_assert_mem_eq(pending_bytes(pending, piece), expected, piece->size);
}

START_TEST(pieces_leave_in_the_order_they_came)
{
    struct pending pending = { 0 };
    push(&pending, 1, 3);
    push(&pending, 2, 5);
    push(&pending, 2, 7);
    push(&pending, 4, 1);
    pending_forget(&pending, 1);
    ck_assert_uint_eq(pending_count(&pending), 3);
    check_piece(&pending, 0, 2);
    pending_forget(&pending, 3);
    ck_assert_uint_eq(pending_count(&pending), 1);
    check_piece(&pending, 0, 4);
    pending_done(&pending);
}
END_TEST

START_TEST(pieces_keep_their_bytes_while_the_arrays_grow_and_shift)
{
    struct random_stream stream = random_stream_of(5);
    struct pending pending = { 0 };
    uint64_t oldest = 1;
    uint64_t next = 1;
    for (int step = 0; step < 3000; step++) {
        uint64_t burst = random_below(&stream, 40);
        for (uint64_t i = 0; i < burst; i++)
            push(&pending, next++, 1 + (size_t)random_below(&stream, 100));
        oldest += random_below(&stream, next - oldest + 1);
        pending_forget(&pending, oldest - 1);
        ck_assert_uint_eq(pending_count(&pending), next - oldest);
        for (size_t i = 0; i < pending_count(&pending); i++)
            check_piece(&pending, i, oldest + i);
    }
    pending_done(&pending);
}
END_TEST

START_TEST(a_steady_stream_of_writes_and_flushes_allocates_nothing)
{
    struct pending pending = { 0 };
    push(&pending, 1, 100);
    push(&pending, 2, 100);
    push(&pending, 3, 100);
    size_t capacity = pending.capacity;
    size_t byte_capacity = pending.byte_capacity;
    for (uint64_t write = 4; write < 100000; write++) {
        pending_forget(&pending, write - 3);
        push(&pending, write, 100);
    }
    ck_assert_uint_le(pending.capacity, capacity);
    ck_assert_uint_le(pending.byte_capacity, byte_capacity);
    pending_done(&pending);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("pending");
    TCase *tests = tcase_create("pending");
    tcase_add_test(tests, pieces_leave_in_the_order_they_came);
    tcase_add_test(tests, pieces_keep_their_bytes_while_the_arrays_grow_and_shift);
    tcase_add_test(tests, a_steady_stream_of_writes_and_flushes_allocates_nothing);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
