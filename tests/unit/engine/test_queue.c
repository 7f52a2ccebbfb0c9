/* The pending-event set leaves in (at, sequence) order, whatever came when. */
#include <check.h>
#include <stdlib.h>

#include "base/random.h"
#include "engine/queue.h"
#include "support/suite.h"

static struct event_queue *queue;

static void set_up(void) { queue = event_queue_new(); }
static void tear_down(void) { event_queue_free(queue); }

static uint32_t pop_record(uint64_t expected_at)
{
    uint64_t at = 0;
    uint32_t record = 0;
    ck_assert(event_queue_pop(queue, &at, &record));
    ck_assert_uint_eq(at, expected_at);
    return record;
}

START_TEST(an_empty_queue_has_nothing_to_give)
{
    uint64_t at = 7;
    uint32_t record = 8;
    ck_assert(!event_queue_pop(queue, &at, &record));
    ck_assert_uint_eq(at, 7);
    ck_assert_uint_eq(record, 8);
    ck_assert_uint_eq(event_queue_next_time(queue), UINT64_MAX);
    ck_assert_uint_eq(event_queue_count(queue), 0);
}
END_TEST

START_TEST(earlier_times_leave_first)
{
    event_queue_push(queue, 30, 3);
    event_queue_push(queue, 10, 1);
    event_queue_push(queue, 20, 2);
    ck_assert_uint_eq(event_queue_next_time(queue), 10);
    ck_assert_uint_eq(pop_record(10), 1);
    ck_assert_uint_eq(pop_record(20), 2);
    ck_assert_uint_eq(pop_record(30), 3);
}
END_TEST

START_TEST(equal_times_leave_in_the_order_they_came)
{
    for (uint32_t i = 0; i < 1000; i++)
        event_queue_push(queue, 5, i);
    for (uint32_t i = 0; i < 1000; i++)
        ck_assert_uint_eq(pop_record(5), i);
}
END_TEST

START_TEST(an_event_pushed_at_the_present_leaves_behind_those_that_wait_there)
{
    event_queue_push(queue, 5, 1);
    event_queue_push(queue, 5, 2);
    ck_assert_uint_eq(pop_record(5), 1);
    event_queue_push(queue, 5, 3);
    ck_assert_uint_eq(pop_record(5), 2);
    ck_assert_uint_eq(pop_record(5), 3);
}
END_TEST

START_TEST(what_is_guessed_leaves_next)
{
    uint32_t record = 7;
    ck_assert(!event_queue_guess(queue, 0, &record));
    for (uint32_t i = 0; i < 8; i++)
        event_queue_push(queue, 71 - i, i);
    ck_assert_uint_eq(pop_record(64), 7);
    ck_assert(event_queue_guess(queue, 0, &record));
    ck_assert_uint_eq(record, 6);
    ck_assert(event_queue_guess(queue, 3, &record));
    ck_assert_uint_eq(record, 3);
    ck_assert(!event_queue_guess(queue, 7, &record));
    for (uint32_t i = 7; i-- > 0;)
        ck_assert_uint_eq(pop_record(71 - i), i);
}
END_TEST

START_TEST(reset_forgets_everything)
{
    event_queue_push(queue, 500, 1);
    pop_record(500);
    event_queue_push(queue, 600, 2);
    event_queue_reset(queue);
    ck_assert_uint_eq(event_queue_count(queue), 0);
    event_queue_push(queue, 1, 4); /* before the last one popped: allowed again */
    ck_assert_uint_eq(pop_record(1), 4);
}
END_TEST

struct expected {
    uint64_t at;
    uint32_t record; /* pushed in this order */
};

static int compare_expected(const void *a, const void *b)
{
    const struct expected *x = a, *y = b;
    if (x->at != y->at)
        return x->at < y->at ? -1 : 1;
    return x->record < y->record ? -1 : 1;
}

/* A stable sort of what is inside is the law; pushes and pops alternate at random, times are
 * bursty. */
START_TEST(random_pushes_and_pops_agree_with_a_stable_sort)
{
    enum { ROUNDS = 20000 };
    struct random_stream stream = random_stream_of(_i);
    struct expected *inside = calloc(ROUNDS, sizeof *inside);
    size_t count = 0;
    uint64_t now = 0;
    for (uint32_t i = 0; i < ROUNDS; i++) {
        if (count == 0 || random_below(&stream, 5) < 3) {
            uint64_t gap =
                random_below(&stream, 3) == 0 ? 0 : random_below(&stream, 1u << (i % 20));
            event_queue_push(queue, now + gap, i);
            inside[count++] = (struct expected){ now + gap, i };
        } else {
            qsort(inside, count, sizeof *inside, compare_expected);
            ck_assert_uint_eq(event_queue_next_time(queue), inside[0].at);
            ck_assert_uint_eq(pop_record(inside[0].at), inside[0].record);
            now = inside[0].at;
            inside[0] = inside[--count];
        }
        ck_assert_uint_eq(event_queue_count(queue), count);
        if (count > 300) { /* keep the reference cheap */
            qsort(inside, count, sizeof *inside, compare_expected);
            for (size_t k = 0; k < count; k++)
                ck_assert_uint_eq(pop_record(inside[k].at), inside[k].record);
            now = inside[count - 1].at;
            count = 0;
        }
    }
    free(inside);
}
END_TEST

START_TEST(shuffled_ties_depend_on_the_key_alone_and_keep_time_order)
{
    uint32_t first[100], second[100], other[100];
    uint32_t *outcomes[] = { first, second, other };
    const uint64_t keys[] = { 7, 7, 8 };
    for (int round = 0; round < 3; round++) {
        event_queue_reset(queue);
        event_queue_shuffle_ties(queue, keys[round]);
        event_queue_push(queue, 9, 1000);
        for (uint32_t i = 0; i < 100; i++)
            event_queue_push(queue, 5, i);
        for (int i = 0; i < 100; i++)
            outcomes[round][i] = pop_record(5);
        ck_assert_uint_eq(pop_record(9), 1000);
    }
    ck_assert_mem_eq(first, second, sizeof first);
    ck_assert_mem_ne(first, other, sizeof first);
    uint32_t in_order = 0;
    for (uint32_t i = 0; i < 100; i++)
        in_order += first[i] == i;
    ck_assert_uint_lt(in_order, 20);
}
END_TEST

int main(void)
{
    TCase *order = tcase_create("order");
    tcase_add_checked_fixture(order, set_up, tear_down);
    tcase_add_test(order, an_empty_queue_has_nothing_to_give);
    tcase_add_test(order, earlier_times_leave_first);
    tcase_add_test(order, equal_times_leave_in_the_order_they_came);
    tcase_add_test(order, an_event_pushed_at_the_present_leaves_behind_those_that_wait_there);
    tcase_add_test(order, what_is_guessed_leaves_next);
    tcase_add_test(order, reset_forgets_everything);
    tcase_add_loop_test(order, random_pushes_and_pops_agree_with_a_stable_sort, 0, 4);
    tcase_add_test(order, shuffled_ties_depend_on_the_key_alone_and_keep_time_order);
    Suite *suite = suite_create("queue");
    suite_add_tcase(suite, order);
    return suite_run(suite);
}
