/* The ladder behind the event queue and the heap of the tests give the same order, operation by
 * operation, on workloads that reach every path of the ladder. */
#include <check.h>
#include <stdlib.h>

#include "base/random.h"
#include "engine/queue.h"
#include "support/heap_queue.h"
#include "support/suite.h"

enum { OPERATIONS = 1000000 };

/* A law of delays, and how many events are inside: between `few` and `many`, up and down. */
struct workload {
    const char *name;
    uint64_t (*delay)(struct random_stream *stream);
    uint64_t begin; /* ns; the first time pushed */
    size_t few, many;
};

static uint64_t uniform(struct random_stream *stream) { return random_below(stream, 2000000); }

/* Geometric over the octaves with a uniform place in each: the tail is exponential. */
static uint64_t exponential(struct random_stream *stream)
{
    uint64_t bits = random_next(stream);
    return (uint64_t)__builtin_ctzll(bits | UINT64_C(1) << 40) * 700000 + (bits >> 44);
}

/* Nine messages to one election timer. */
static uint64_t bimodal(struct random_stream *stream)
{
    uint64_t which = random_below(stream, 10);
    uint64_t bits = random_next(stream);
    return which > 0 ? 100000 + random_scale(bits, 900000)
                     : 150000000 + random_scale(bits, 150000000);
}

/* All at few instants, 1 ms apart. */
static uint64_t bursts(struct random_stream *stream) { return random_below(stream, 3) * 1000000; }

/* Half of all events happen at once, among others that are close. */
static uint64_t zero_delays(struct random_stream *stream)
{
    uint64_t delay = random_below(stream, 5000);
    return delay < 2500 ? 0 : delay;
}

/* Only at once, but for one in 500: the bottom of the ladder grows and spills. */
static uint64_t storms(struct random_stream *stream)
{
    uint64_t delay = random_below(stream, 1000000);
    return delay < 998000 ? 0 : delay;
}

/* Every scale alike, up to 2^56 ns: two years. */
static uint64_t skewed(struct random_stream *stream)
{
    uint64_t octave = random_below(stream, 57);
    return random_next(stream) >> 8 >> (56 - octave);
}

/* One in 100 is a century away; the others are not. */
static uint64_t far(struct random_stream *stream)
{
    uint64_t bits = random_next(stream);
    return bits % 100 == 0 ? (UINT64_C(1) << 61) + (bits >> 40) : bits >> 50;
}

#define END_OF_TIME (UINT64_MAX - (UINT64_C(1) << 24))
static const struct workload workloads[] = {
    { "uniform", uniform, 0, 100, 2000 },
    { "uniform, many", uniform, 0, 50000, 200000 },
    { "exponential", exponential, 0, 100, 20000 },
    { "bimodal", bimodal, 0, 100, 20000 },
    { "bursts", bursts, 0, 10, 3000 },
    { "zero delays", zero_delays, 0, 0, 500 },
    { "storms", storms, 0, 20, 700 },
    { "skewed", skewed, 0, 0, 5000 },
    { "far future", far, 0, 0, 1000 },
    { "end of time, uniform", uniform, END_OF_TIME, 0, 1000 },
    { "end of time, zero delays", zero_delays, END_OF_TIME, 0, 500 },
    { "end of time, skewed", skewed, UINT64_MAX - 100000, 0, 5000 },
};
enum { WORKLOAD_COUNT = sizeof workloads / sizeof workloads[0] };

struct pair {
    struct event_queue *ladder;
    struct heap_queue *heap;
    const struct workload *workload;
    struct random_stream stream;
    uint64_t now;
    uint32_t pushed;
    bool growing;
};

static struct pair pair;

static void set_up(void)
{
    pair = (struct pair){ .ladder = event_queue_new(), .heap = heap_queue_new() };
}

static void tear_down(void)
{
    event_queue_free(pair.ladder);
    heap_queue_free(pair.heap);
}

static void choose(const struct workload *workload, uint64_t tie_key)
{
    pair.workload = workload;
    pair.stream = random_stream_of(random_key(1, workload->name, "queue"));
    pair.now = workload->begin;
    event_queue_shuffle_ties(pair.ladder, tie_key);
    heap_queue_shuffle_ties(pair.heap, tie_key);
}

static void push_both(void)
{
    uint64_t delay = pair.workload->delay(&pair.stream);
    uint64_t at = delay < UINT64_MAX - pair.now ? pair.now + delay : UINT64_MAX;
    event_queue_push(pair.ladder, at, pair.pushed);
    heap_queue_push(pair.heap, at, pair.pushed);
    pair.pushed++;
}

static void pop_both(void)
{
    uint64_t at = 0, heap_at = 0;
    uint32_t record = 0, heap_record = 0;
    suite_require(event_queue_pop(pair.ladder, &at, &record));
    suite_require(heap_queue_pop(pair.heap, &heap_at, &heap_record));
    suite_require(at == heap_at);
    suite_require(record == heap_record);
    pair.now = at;
}

/* Push or pop, more often what leads to the other end of the range. */
static void step(void)
{
    size_t count = heap_queue_count(pair.heap);
    if (count <= pair.workload->few)
        pair.growing = true;
    if (count >= pair.workload->many)
        pair.growing = false;
    bool likely = random_below(&pair.stream, 4) > 0;
    if (count == 0 || pair.growing == likely) {
        push_both();
    } else {
        pop_both();
    }
    suite_require(event_queue_count(pair.ladder) == heap_queue_count(pair.heap));
    if (random_below(&pair.stream, 2) == 0) {
        uint64_t next = event_queue_next_time(pair.ladder);
        suite_require(next == heap_queue_next_time(pair.heap));
    }
}

static void drain(void)
{
    while (heap_queue_count(pair.heap) > 0)
        pop_both();
    suite_require(event_queue_count(pair.ladder) == 0);
    suite_require(event_queue_next_time(pair.ladder) == UINT64_MAX);
}

START_TEST(ladder_and_heap_give_the_same_order)
{
    choose(&workloads[_i], 0);
    for (int i = 0; i < OPERATIONS; i++)
        step();
    drain();
}
END_TEST

START_TEST(ladder_and_heap_shuffle_ties_alike)
{
    choose(&workloads[_i], random_key(2, workloads[_i].name, "ties"));
    for (int i = 0; i < OPERATIONS; i++)
        step();
    drain();
}
END_TEST

START_TEST(ladder_and_heap_agree_after_resets_at_any_moment)
{
    struct random_stream lengths = random_stream_of(random_key(3, "resets", "length"));
    for (int i = 0; i < OPERATIONS;) {
        event_queue_reset(pair.ladder);
        heap_queue_reset(pair.heap);
        suite_require(event_queue_next_time(pair.ladder) == UINT64_MAX);
        choose(&workloads[random_below(&lengths, WORKLOAD_COUNT)], random_below(&lengths, 2));
        int end = i + 1 + (int)random_below(&lengths, 10000);
        for (; i < end; i++)
            step();
    }
    drain();
}
END_TEST

static void require_pop(uint64_t expected_at, uint32_t expected_record)
{
    uint64_t at = 0;
    uint32_t record = 0;
    suite_require(event_queue_pop(pair.ladder, &at, &record));
    suite_require(at == expected_at);
    suite_require(record == expected_record);
}

START_TEST(what_is_sooner_than_the_next_time_that_was_told_may_still_come)
{
    for (uint32_t i = 0; i < 100; i++)
        event_queue_push(pair.ladder, 1000000 + i, i);
    ck_assert_uint_eq(event_queue_next_time(pair.ladder), 1000000);
    for (uint32_t i = 0; i < 100; i++) {
        event_queue_push(pair.ladder, 999999 - i, 1000 + i);
        ck_assert_uint_eq(event_queue_next_time(pair.ladder), 999999 - i);
    }
    for (uint32_t i = 0; i < 100; i++)
        require_pop(999900 + i, 1099 - i);
    for (uint32_t i = 0; i < 100; i++)
        require_pop(1000000 + i, i);
}
END_TEST

START_TEST(a_storm_of_zero_delays_leaves_before_the_next_time_in_order)
{
    for (uint32_t i = 0; i < 10; i++)
        event_queue_push(pair.ladder, 1000 + 10 * i, i);
    require_pop(1000, 0);
    for (uint32_t i = 0; i < 1000; i++)
        event_queue_push(pair.ladder, 1000, 100 + i);
    for (uint32_t i = 0; i < 1000; i++) {
        require_pop(1000, 100 + i);
        if (i % 10 == 0)
            event_queue_push(pair.ladder, 1000, 10000 + i);
    }
    for (uint32_t i = 0; i < 1000; i += 10)
        require_pop(1000, 10000 + i);
    for (uint32_t i = 1; i < 10; i++)
        require_pop(1000 + 10 * i, i);
}
END_TEST

/* Before `end` the bottom spills; equal times before and after that must stay in order. */
static void require_order_through_a_spill(uint64_t end)
{
    event_queue_push(pair.ladder, end, 1);
    event_queue_push(pair.ladder, end - 11, 2);
    require_pop(end - 11, 2);
    for (uint32_t i = 0; i < 200; i++)
        event_queue_push(pair.ladder, end - 6, 100 + i);
    event_queue_push(pair.ladder, end, 3);
    for (uint32_t i = 0; i < 200; i++)
        require_pop(end - 6, 100 + i);
    require_pop(end, 1);
    require_pop(end, 3);
}

START_TEST(the_bottom_stands_for_all_times_to_the_end_of_its_slot)
{
    event_queue_push(pair.ladder, 4100, 0); /* in the slot [4096, 8192) */
    require_pop(4100, 0);
    require_order_through_a_spill(8191);
}
END_TEST

START_TEST(reset_forgets_which_times_the_bottom_stood_for)
{
    event_queue_push(pair.ladder, 1048576 + 5, 0); /* in a slot of 262144 ns */
    require_pop(1048576 + 5, 0);
    event_queue_reset(pair.ladder);
    require_order_through_a_spill(262144 - 4);
}
END_TEST

START_TEST(the_last_moment_is_a_time_like_any_other)
{
    event_queue_push(pair.ladder, UINT64_MAX, 1);
    event_queue_push(pair.ladder, UINT64_MAX - 1, 2);
    event_queue_push(pair.ladder, UINT64_MAX, 3);
    require_pop(UINT64_MAX - 1, 2);
    event_queue_push(pair.ladder, UINT64_MAX, 4);
    require_pop(UINT64_MAX, 1);
    event_queue_push(pair.ladder, UINT64_MAX, 5);
    require_pop(UINT64_MAX, 3);
    require_pop(UINT64_MAX, 4);
    require_pop(UINT64_MAX, 5);
    ck_assert_uint_eq(event_queue_count(pair.ladder), 0);
}
END_TEST

START_TEST(a_million_pending_events_take_at_most_20_bytes_each)
{
    struct random_stream stream = random_stream_of(4);
    for (uint32_t i = 0; i < 1000000; i++)
        event_queue_push(pair.ladder, bimodal(&stream), i);
    ck_assert_uint_le(event_queue_memory(pair.ladder), 20 * 1000000);
}
END_TEST

START_TEST(memory_is_used_again)
{
    size_t first = 0;
    for (int round = 0; round < 20; round++) {
        choose(&workloads[3], 0);
        for (uint32_t i = 0; i < 20000; i++)
            push_both();
        for (uint32_t i = 0; i < 20000 && round % 2 == 0; i++)
            pop_both();
        event_queue_reset(pair.ladder);
        heap_queue_reset(pair.heap);
        first = round == 0 ? event_queue_memory(pair.ladder) : first;
    }
    ck_assert_uint_eq(event_queue_memory(pair.ladder), first);
}
END_TEST

int main(void)
{
    TCase *same = tcase_create("ladder and heap");
    tcase_set_timeout(same, 60);
    tcase_add_checked_fixture(same, set_up, tear_down);
    tcase_add_loop_test(same, ladder_and_heap_give_the_same_order, 0, WORKLOAD_COUNT);
    tcase_add_loop_test(same, ladder_and_heap_shuffle_ties_alike, 0, WORKLOAD_COUNT);
    tcase_add_test(same, ladder_and_heap_agree_after_resets_at_any_moment);
    TCase *alone = tcase_create("ladder");
    tcase_add_checked_fixture(alone, set_up, tear_down);
    tcase_add_test(alone, what_is_sooner_than_the_next_time_that_was_told_may_still_come);
    tcase_add_test(alone, a_storm_of_zero_delays_leaves_before_the_next_time_in_order);
    tcase_add_test(alone, the_bottom_stands_for_all_times_to_the_end_of_its_slot);
    tcase_add_test(alone, reset_forgets_which_times_the_bottom_stood_for);
    tcase_add_test(alone, the_last_moment_is_a_time_like_any_other);
    tcase_add_test(alone, a_million_pending_events_take_at_most_20_bytes_each);
    tcase_add_test(alone, memory_is_used_again);
    Suite *suite = suite_create("ladder");
    suite_add_tcase(suite, same);
    suite_add_tcase(suite, alone);
    return suite_run(suite);
}
