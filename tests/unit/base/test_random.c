#include <signal.h>

#include "base/random.h"
#include "support/suite.h"

#define DRAWS 1000000

/* Java's SplittableRandom and the authors' splitmix64.c give these for seed 0. */
START_TEST(a_stream_of_key_zero_is_splitmix64)
{
    struct random_stream stream = random_stream_of(0);
    ck_assert_uint_eq(random_next(&stream), 0xe220a8397b1dcdaf);
    ck_assert_uint_eq(random_next(&stream), 0x6e789e6aa1b965f4);
    ck_assert_uint_eq(random_next(&stream), 0x06c45d188009454f);
}
END_TEST

START_TEST(equal_names_have_equal_draws)
{
    char copy[] = "node-1";
    struct random_stream one = random_stream_of(random_key(42, "node-1", "election"));
    struct random_stream other = random_stream_of(random_key(42, copy, "election"));
    for (int i = 0; i < 1000; i++)
        ck_assert_uint_eq(random_next(&one), random_next(&other));
}
END_TEST

START_TEST(each_part_of_a_name_changes_the_key)
{
    const uint64_t keys[] = {
        random_key(42, "node-1", "election"), random_key(43, "node-1", "election"),
        random_key(42, "node-2", "election"), random_key(42, "node-1", "jitter"),
        random_key(42, "election", "node-1"), random_key(42, "", ""),
        random_key_pair(42, 1, 2, "loss"),    random_key_pair(42, 2, 1, "loss"),
        random_key_pair(43, 1, 2, "loss"),    random_key_pair(42, 1, 3, "loss"),
        random_key_pair(42, 1, 2, "delay"),
    };
    const size_t count = sizeof(keys) / sizeof(keys[0]);
    for (size_t i = 0; i < count; i++) {
        for (size_t j = i + 1; j < count; j++)
            ck_assert_uint_ne(keys[i], keys[j]);
    }
}
END_TEST

/* Pinned: a changed key derivation changes every run of every scenario. */
START_TEST(keys_are_these_forever)
{
    ck_assert_uint_eq(random_key(42, "node-1", "election"), UINT64_C(0x6f635b9030d1ffec));
    ck_assert_uint_eq(random_key_pair(42, 1, 2, "loss"), UINT64_C(0xfdae392421d0f73f));
}
END_TEST

/* 10,000 pairs of streams whose names are neighbours: the 64 bits of their first draws differ in 32
 * places on average; the standard error of the mean is 4 / sqrt(10,000) = 0.04. */
START_TEST(streams_of_neighbouring_seeds_are_unrelated)
{
    double differing = 0;
    for (uint64_t seed = 0; seed < 10000; seed++) {
        struct random_stream one = random_stream_of(random_key(seed, "a", "b"));
        struct random_stream other = random_stream_of(random_key(seed + 1, "a", "b"));
        differing += __builtin_popcountll(random_next(&one) ^ random_next(&other));
    }
    ck_assert_double_eq_tol(differing / 10000, 32, 5 * 0.04);
}
END_TEST

START_TEST(a_draw_depends_on_key_and_counter_only)
{
    struct random_stream walked = random_stream_of(77);
    for (int i = 0; i < 999; i++)
        random_next(&walked);
    ck_assert_uint_eq(walked.counter, 999);
    struct random_stream placed = { .key = 77, .counter = 999 };
    ck_assert_uint_eq(random_next(&walked), random_next(&placed));
}
END_TEST

START_TEST(every_kind_of_draw_costs_exactly_one)
{
    struct random_stream stream = random_stream_of(5);
    random_next(&stream);
    ck_assert_uint_eq(stream.counter, 1);
    random_below(&stream, UINT64_MAX);
    ck_assert_uint_eq(stream.counter, 2);
    random_below(&stream, 1);
    ck_assert_uint_eq(stream.counter, 3);
    random_chance(&stream, 0);
    ck_assert_uint_eq(stream.counter, 4);
    random_chance(&stream, PROBABILITY_ONE);
    ck_assert_uint_eq(stream.counter, 5);
}
END_TEST

START_TEST(scaling_covers_the_range_and_no_more)
{
    ck_assert_uint_eq(random_scale(0, 10), 0);
    ck_assert_uint_eq(random_scale(UINT64_MAX, 10), 9);
    ck_assert_uint_eq(random_scale(UINT64_C(1) << 63, 10), 5);
    ck_assert_uint_eq(random_scale((UINT64_C(1) << 63) - 1, 10), 4);
    ck_assert_uint_eq(random_scale(UINT64_MAX, UINT64_MAX), UINT64_MAX - 1);
}
END_TEST

/* A face of ten has probability 0.1; its count's standard deviation is sqrt(n * 0.1 * 0.9) = 300.
 */
START_TEST(a_draw_below_ten_is_uniform)
{
    struct random_stream stream = random_stream_of(random_key(1, "die", "faces"));
    int count[10] = { 0 };
    for (int i = 0; i < DRAWS; i++)
        count[random_below(&stream, 10)]++;
    for (int face = 0; face < 10; face++)
        ck_assert_double_eq_tol(count[face], 100000, 5 * 300);
}
END_TEST

START_TEST(chance_zero_never_and_chance_one_always_happens)
{
    struct random_stream stream = random_stream_of(9);
    for (int i = 0; i < 100000; i++) {
        suite_require(!random_chance(&stream, 0));
        suite_require(random_chance(&stream, PROBABILITY_ONE));
    }
}
END_TEST

/* Standard deviation of the count: sqrt(10^6 * 0.25 * 0.75) = 433. */
START_TEST(a_chance_of_a_quarter_happens_a_quarter_of_the_time)
{
    struct random_stream stream = random_stream_of(random_key(1, "coin", "quarter"));
    int count = 0;
    for (int i = 0; i < DRAWS; i++)
        count += random_chance(&stream, PROBABILITY_ONE / 4);
    ck_assert_double_eq_tol(count, 250000, 5 * 433);
}
END_TEST

START_TEST(a_bound_of_zero_is_a_bug)
{
    struct random_stream stream = random_stream_of(0);
    random_below(&stream, 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("random");
    TCase *tcase = tcase_create("random");
    tcase_add_test(tcase, a_stream_of_key_zero_is_splitmix64);
    tcase_add_test(tcase, equal_names_have_equal_draws);
    tcase_add_test(tcase, each_part_of_a_name_changes_the_key);
    tcase_add_test(tcase, keys_are_these_forever);
    tcase_add_test(tcase, streams_of_neighbouring_seeds_are_unrelated);
    tcase_add_test(tcase, a_draw_depends_on_key_and_counter_only);
    tcase_add_test(tcase, every_kind_of_draw_costs_exactly_one);
    tcase_add_test(tcase, scaling_covers_the_range_and_no_more);
    tcase_add_test(tcase, a_draw_below_ten_is_uniform);
    tcase_add_test(tcase, chance_zero_never_and_chance_one_always_happens);
    tcase_add_test(tcase, a_chance_of_a_quarter_happens_a_quarter_of_the_time);
    tcase_add_test_raise_signal(tcase, a_bound_of_zero_is_a_bug, SIGABRT);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
