/* Clocks drift by exact integers, timers fire at the first instant that shows their time. */
#include "base/random.h"
#include "model/clock.h"
#include "support/suite.h"

#define SECOND UINT64_C(1000000000)

static struct clock clock_of(int64_t offset_ns, int32_t drift_ppb)
{
    struct clock clock;
    clock_init(&clock, &(struct clock_options){ .offset_ns = offset_ns, .drift_ppb = drift_ppb });
    return clock;
}

static uint64_t clock_wall(const struct clock *clock, uint64_t now)
{
    return clock_wall_at(clock, clock_monotonic(clock, now));
}

/* Any drift that is allowed, of either sign, often a small one. */
static int32_t draw_drift(struct random_stream *stream)
{
    uint64_t limit = random_chance(stream, PROBABILITY_ONE / 2) ? 200 : 99999999;
    return (int32_t)((int64_t)random_below(stream, 2 * limit + 1) - (int64_t)limit);
}

START_TEST(a_clock_without_drift_shows_true_time)
{
    struct clock clock = clock_of(0, 0);
    ck_assert_uint_eq(clock_monotonic(&clock, 0), 0);
    ck_assert_uint_eq(clock_monotonic(&clock, 123456789123456789), 123456789123456789);
    ck_assert_uint_eq(clock_wall(&clock, 7), CLOCK_WALL_EPOCH_NS + 7);
}
END_TEST

START_TEST(a_clock_100_ppm_fast_gains_a_millisecond_in_ten_seconds)
{
    struct clock fast = clock_of(0, 100000);
    struct clock slow = clock_of(0, -100000);
    ck_assert_uint_eq(clock_monotonic(&fast, 10 * SECOND), 10001000000);
    ck_assert_uint_eq(clock_monotonic(&slow, 10 * SECOND), 9999000000);
    ck_assert_uint_eq(clock_wall(&fast, 10 * SECOND), CLOCK_WALL_EPOCH_NS + 10001000000);
}
END_TEST

START_TEST(a_timer_of_a_slow_clock_fires_late)
{
    struct clock slow = clock_of(0, -50000000);
    ck_assert_uint_eq(clock_when(&slow, 0, 19 * SECOND), 20 * SECOND);
}
END_TEST

START_TEST(what_the_clock_shows_already_is_due_now)
{
    struct clock clock = clock_of(0, 0);
    ck_assert_uint_eq(clock_when(&clock, 500, 0), 500);
    ck_assert_uint_eq(clock_when(&clock, 500, 500), 500);
    ck_assert_uint_eq(clock_when(&clock, 500, 501), 501);
}
END_TEST

START_TEST(when_is_the_first_instant_that_shows_the_time)
{
    struct random_stream stream = random_stream_of(1);
    for (int round = 0; round < 200000; round++) {
        struct clock clock = clock_of(0, draw_drift(&stream));
        uint64_t changed_at = random_next(&stream) >> (2 + random_below(&stream, 60));
        clock_set_drift(&clock, changed_at, draw_drift(&stream));
        uint64_t now = changed_at + (random_next(&stream) >> (3 + random_below(&stream, 60)));
        uint64_t local = clock_monotonic(&clock, now) +
                         (random_next(&stream) >> (3 + random_below(&stream, 60)));
        uint64_t when = clock_when(&clock, now, local);
        ck_assert_uint_ge(when, now);
        ck_assert_uint_ge(clock_monotonic(&clock, when), local);
        if (when > now)
            ck_assert_uint_lt(clock_monotonic(&clock, when - 1), local);
    }
}
END_TEST

START_TEST(the_monotonic_clock_never_goes_back)
{
    struct random_stream stream = random_stream_of(2);
    struct clock clock = clock_of(0, 0);
    uint64_t now = 0;
    uint64_t shown = 0;
    for (int step = 0; step < 200000; step++) {
        now += random_below(&stream, 5);
        if (random_chance(&stream, PROBABILITY_ONE / 3))
            clock_set_drift(&clock, now, draw_drift(&stream));
        if (random_chance(&stream, PROBABILITY_ONE / 3))
            clock_jump(&clock, -1000);
        ck_assert_uint_ge(clock_monotonic(&clock, now), shown);
        shown = clock_monotonic(&clock, now);
    }
}
END_TEST

START_TEST(a_change_of_the_rate_moves_neither_clock)
{
    struct clock clock = clock_of(-5, 12345);
    uint64_t monotonic = clock_monotonic(&clock, 3 * SECOND);
    uint64_t wall = clock_wall(&clock, 3 * SECOND);
    clock_set_drift(&clock, 3 * SECOND, -98765);
    ck_assert_uint_eq(clock_monotonic(&clock, 3 * SECOND), monotonic);
    ck_assert_uint_eq(clock_wall(&clock, 3 * SECOND), wall);
    ck_assert_uint_eq(clock_monotonic(&clock, 4 * SECOND), monotonic + SECOND - 98765);
}
END_TEST

START_TEST(the_wall_clock_jumps_either_way_and_the_monotonic_does_not)
{
    struct clock clock = clock_of(250, 0);
    ck_assert_uint_eq(clock_wall(&clock, 1000), CLOCK_WALL_EPOCH_NS + 1250);
    clock_jump(&clock, 5000);
    ck_assert_uint_eq(clock_wall(&clock, 1000), CLOCK_WALL_EPOCH_NS + 6250);
    clock_jump(&clock, -6000);
    ck_assert_uint_eq(clock_wall(&clock, 1000), CLOCK_WALL_EPOCH_NS + 250);
    ck_assert_uint_eq(clock_monotonic(&clock, 1000), 1000);
}
END_TEST

START_TEST(clocks_stop_at_the_ends_of_their_range)
{
    struct clock early = clock_of(-(int64_t)CLOCK_WALL_EPOCH_NS - 10, 0);
    ck_assert_uint_eq(clock_wall(&early, 3), 0);
    ck_assert_uint_eq(clock_wall(&early, 12), 2);
    struct clock fast = clock_of(0, 99999999);
    ck_assert_uint_eq(clock_monotonic(&fast, UINT64_MAX), UINT64_MAX);
    struct clock slow = clock_of(0, -1);
    ck_assert_uint_eq(clock_when(&slow, 0, UINT64_MAX), UINT64_MAX);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("clock");
    TCase *tests = tcase_create("clock");
    tcase_add_test(tests, a_clock_without_drift_shows_true_time);
    tcase_add_test(tests, a_clock_100_ppm_fast_gains_a_millisecond_in_ten_seconds);
    tcase_add_test(tests, a_timer_of_a_slow_clock_fires_late);
    tcase_add_test(tests, what_the_clock_shows_already_is_due_now);
    tcase_add_test(tests, when_is_the_first_instant_that_shows_the_time);
    tcase_add_test(tests, the_monotonic_clock_never_goes_back);
    tcase_add_test(tests, a_change_of_the_rate_moves_neither_clock);
    tcase_add_test(tests, the_wall_clock_jumps_either_way_and_the_monotonic_does_not);
    tcase_add_test(tests, clocks_stop_at_the_ends_of_their_range);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
