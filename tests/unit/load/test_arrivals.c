/* When the operations of an open workload arrive. */
#include <check.h>

#include "load/arrivals.h"
#include "support/suite.h"

#define SECOND UINT64_C(1000000000)

static struct workload_options options_of(uint64_t rate_milli_per_s, uint64_t seconds)
{
    return (struct workload_options){
        .open = true,
        .rate_milli_per_s = rate_milli_per_s,
        .stop_ns = seconds * SECOND,
    };
}

/* Arrivals in [from, until) of a workload that begins with the key. */
static uint64_t count(const struct workload_options *options, uint64_t key, uint64_t from_s,
                      uint64_t until_s)
{
    struct arrivals arrivals;
    arrivals_init(&arrivals, options, key);
    uint64_t at_ns, last_ns = 0, inside = 0;
    while (arrivals_next(&arrivals, &at_ns)) {
        ck_assert_uint_le(last_ns, at_ns);
        ck_assert_uint_lt(at_ns, options->stop_ns);
        inside += at_ns >= from_s * SECOND && at_ns < until_s * SECOND;
        last_ns = at_ns;
    }
    return inside;
}

START_TEST(a_constant_distance_does_not_drift)
{
    /* 3/s: a third of a second is no whole number of nanoseconds. */
    struct workload_options options = options_of(3000, 100000);
    ck_assert_uint_eq(count(&options, 1, 0, 100000), 300000);
    struct arrivals arrivals;
    arrivals_init(&arrivals, &options, 1);
    static const uint64_t expected[] = { 0, 333333334, 666666667, 1000000000, 1333333334 };
    for (int i = 0; i < 5; i++) {
        uint64_t at_ns;
        ck_assert(arrivals_next(&arrivals, &at_ns));
        ck_assert_uint_eq(at_ns, expected[i]);
    }
}
END_TEST

START_TEST(a_rate_may_be_below_one_a_second)
{
    struct workload_options options = options_of(50, 100); /* one in 20 s */
    ck_assert_uint_eq(count(&options, 1, 0, 100), 5);
}
END_TEST

START_TEST(the_rate_changes_with_the_stages)
{
    static const struct workload_stage stages[] = { { 10 * SECOND, 100000 },
                                                    { 20 * SECOND, 0 },
                                                    { 30 * SECOND, 200000 } };
    struct workload_options options = options_of(10000, 40);
    options.stages = stages;
    options.stage_count = 3;
    /* One at 0 and one at 10 s, where the integral reaches 1000; the next 5 ms after 20 s. */
    ck_assert_uint_eq(count(&options, 1, 0, 11), 1001);
    ck_assert_uint_eq(count(&options, 1, 11, 20), 0);
    ck_assert_uint_eq(count(&options, 1, 20, 30), 1999);
    ck_assert_uint_eq(count(&options, 1, 30, 40), 100);
}
END_TEST

START_TEST(what_is_due_when_a_stage_ends_is_carried_into_the_next)
{
    /* Half an operation by 0.5 s, the other half takes 0.05 s. */
    static const struct workload_stage stages[] = { { SECOND / 2, 1000 } };
    struct workload_options options = options_of(10000, 1);
    options.stages = stages;
    options.stage_count = 1;
    struct arrivals arrivals;
    arrivals_init(&arrivals, &options, 1);
    uint64_t at_ns;
    ck_assert(arrivals_next(&arrivals, &at_ns));
    ck_assert(arrivals_next(&arrivals, &at_ns));
    ck_assert_uint_eq(at_ns, 550000000);
}
END_TEST

START_TEST(nothing_arrives_at_no_rate)
{
    struct workload_options options = options_of(0, UINT32_MAX);
    options.stop_ns = UINT64_MAX;
    options.poisson = true;
    ck_assert_uint_eq(count(&options, 1, 0, UINT32_MAX), 0);
}
END_TEST

/* |observed - expected| <= 5 standard errors, all in whole numbers. */
static void assert_near(double observed, double expected, double variance)
{
    double off = observed - expected;
    ck_assert_double_le(off * off, 25 * variance);
}

START_TEST(poisson_arrivals_have_the_rate_and_the_variance_of_a_poisson_process)
{
    enum { WINDOWS = 20000, MEAN = 5 }; /* 50/s in windows of 0.1 s */
    static unsigned in_window[WINDOWS];
    struct workload_options options = options_of(50000, WINDOWS / 10);
    options.poisson = true;
    struct arrivals arrivals;
    arrivals_init(&arrivals, &options, 12345);
    uint64_t at_ns, total = 0, squares = 0, empty = 0;
    while (arrivals_next(&arrivals, &at_ns))
        in_window[at_ns / (SECOND / 10)]++;
    for (int i = 0; i < WINDOWS; i++) {
        total += in_window[i];
        squares += (uint64_t)in_window[i] * in_window[i];
        empty += in_window[i] == 0;
    }
    /* The count in a window has mean 5 and variance 5; its square mean 5 + 25 and, by the fourth
     * moment m^4 + 6 m^3 + 7 m^2 + m = 1555, variance 1555 - 900; none at all comes with e^-5. */
    assert_near((double)total, MEAN * WINDOWS, MEAN * WINDOWS);
    assert_near((double)squares, 30.0 * WINDOWS, 655.0 * WINDOWS);
    assert_near((double)empty, 0.006737947 * WINDOWS, 0.006737947 * WINDOWS);
}
END_TEST

START_TEST(poisson_arrivals_follow_the_stages)
{
    static const struct workload_stage stages[] = { { 100 * SECOND, 400000 }, { 200 * SECOND, 0 } };
    struct workload_options options = options_of(100000, 300);
    options.poisson = true;
    options.stages = stages;
    options.stage_count = 2;
    assert_near((double)count(&options, 7, 0, 100), 40000, 40000);
    ck_assert_uint_eq(count(&options, 7, 100, 200), 0);
    assert_near((double)count(&options, 7, 200, 300), 10000, 10000);
}
END_TEST

START_TEST(twice_the_rate_brings_the_same_arrivals_in_half_the_time)
{
    struct workload_options slow = options_of(1000000, 1000), fast = options_of(2000000, 1000);
    slow.poisson = fast.poisson = true;
    struct arrivals a, b;
    arrivals_init(&a, &slow, 99);
    arrivals_init(&b, &fast, 99);
    for (int i = 0; i < 1000; i++) {
        uint64_t slow_ns, fast_ns;
        ck_assert(arrivals_next(&a, &slow_ns));
        ck_assert(arrivals_next(&b, &fast_ns));
        ck_assert_uint_le(slow_ns, 2 * fast_ns);
        ck_assert_uint_le(2 * fast_ns, slow_ns + 1);
    }
}
END_TEST

int main(void)
{
    TCase *arrivals = tcase_create("arrivals");
    tcase_add_test(arrivals, a_constant_distance_does_not_drift);
    tcase_add_test(arrivals, a_rate_may_be_below_one_a_second);
    tcase_add_test(arrivals, the_rate_changes_with_the_stages);
    tcase_add_test(arrivals, what_is_due_when_a_stage_ends_is_carried_into_the_next);
    tcase_add_test(arrivals, nothing_arrives_at_no_rate);
    tcase_add_test(arrivals, poisson_arrivals_have_the_rate_and_the_variance_of_a_poisson_process);
    tcase_add_test(arrivals, poisson_arrivals_follow_the_stages);
    tcase_add_test(arrivals, twice_the_rate_brings_the_same_arrivals_in_half_the_time);
    Suite *suite = suite_create("arrivals");
    suite_add_tcase(suite, arrivals);
    return suite_run(suite);
}
