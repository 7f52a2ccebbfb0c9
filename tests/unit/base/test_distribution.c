/* Tolerances.  A mean over n draws has the standard error deviation / sqrt(n), a variance that of
 * variance * sqrt((kurtosis - 1) / n), a fraction that of sqrt(p (1 - p) / n).  Five standard
 * errors are exceeded by chance once in 1.7 million; the draws are the same in every run, so a test
 * that passes once passes always. */
#include <signal.h>

#include "base/distribution.h"
#include "base/hash.h"
#include "support/suite.h"

#define DRAWS           1000000
#define STANDARD_ERRORS 5
#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define PERMILLE(p)     ((uint64_t)(((double)(p) / 1000) * 0x1p64))

/* A square root without libm, for tolerances: Newton's method from above. */
static double root(double x)
{
    double r = x < 1 ? 1 : x;
    for (int i = 0; i < 100; i++)
        r = (r + x / r) / 2;
    return r;
}

/* ---- Continuous distributions against closed forms ------------------------------------------- */

static const uint64_t permille[] = { 1, 10, 100, 250, 500, 750, 900, 990, 999 };

struct claim {
    const char *name;
    struct distribution (*make)(void);
    double mean, deviation, kurtosis;
    double quantiles[COUNT_OF(permille)];
};

static struct distribution make_uniform(void) { return distribution_uniform(1000, 10000); }
static struct distribution make_exponential(void) { return distribution_exponential(1000000); }
static struct distribution make_normal(void) { return distribution_normal(5000000, 1000000); }
static struct distribution make_lognormal(void) { return distribution_lognormal(1000000, 3000000); }
static struct distribution make_pareto(void) { return distribution_pareto(1000000, 10); }
static struct distribution make_weibull(void) { return distribution_weibull(1000000, 2); }

/* Closed forms in 200-bit arithmetic: the lognormal's sigma is ln(3) / 2.32634787404, Pareto's
 * moments are alpha / (alpha - n), Weibull's gamma(1 + n/2), times the scale. */
static const struct claim claims[] = {
    { "uniform",
      make_uniform,
      5500,
      2598.3648,
      1.8,
      { 1009.001, 1090.01, 1900.1, 3250.25, 5500.5, 7750.75, 9100.9, 9910.99, 9991.999 } },
    { "exponential",
      make_exponential,
      1e6,
      1e6,
      9,
      { 1000.50033, 10050.33585, 105360.5157, 287682.0725, 693147.1806, 1386294.361, 2302585.093,
        4605170.186, 6907755.279 } },
    { "normal",
      make_normal,
      5e6,
      1e6,
      3,
      { 1909767.694, 2673652.126, 3718448.434, 4325510.25, 5000000, 5674489.75, 6281551.566,
        7326347.874, 8090232.306 } },
    { "lognormal",
      make_lognormal,
      1117963.7115,
      558806.15157,
      8.031277353,
      { 232386.137, 333333.3333, 545959.927, 727220.0308, 1000000, 1375099.636, 1831636.262,
        3000000, 4303182.682 } },
    { "pareto",
      make_pareto,
      1111111.1111,
      124225.99875,
      17.82857143,
      { 1000100.055, 1001005.539, 1010591.751, 1029186.009, 1071773.463, 1148698.355, 1258925.412,
        1584893.192, 1995262.315 } },
    { "weibull",
      make_weibull,
      886226.92545,
      463251.37518,
      3.245089301,
      { 31630.68658, 100251.3634, 324592.846, 536360.0213, 832554.6112, 1177410.023, 1517427.129,
        2145966.026, 2628260.885 } },
};

/* One for rounding to an integer, and the relative error that fixed.h promises. */
START_TEST(quantiles_are_those_of_the_closed_form)
{
    const struct claim *claim = &claims[_i];
    struct distribution distribution = claim->make();
    for (size_t i = 0; i < COUNT_OF(permille); i++) {
        double expected = claim->quantiles[i];
        double got = (double)distribution_quantile(&distribution, PERMILLE(permille[i]));
        ck_assert_msg(got >= expected - 1.1 - expected * 0x1p-28 &&
                          got <= expected + 1.1 + expected * 0x1p-28,
                      "%s at %lu permille: %.1f, not %.1f", claim->name, permille[i], got,
                      expected);
    }
}
END_TEST

START_TEST(moments_are_those_of_the_closed_form)
{
    const struct claim *claim = &claims[_i];
    struct distribution distribution = claim->make();
    struct random_stream stream = random_stream_of(random_key(1, claim->name, "moments"));
    double sum = 0;
    double squares = 0;
    for (int i = 0; i < DRAWS; i++) {
        double distance = (double)distribution_sample(&distribution, &stream) - claim->mean;
        sum += distance;
        squares += distance * distance;
    }
    double variance = claim->deviation * claim->deviation;
    double mean_error = claim->deviation / root(DRAWS);
    double variance_error = variance * root((claim->kurtosis - 1) / DRAWS);
    /* Draws are rounded down: half a unit on average. */
    ck_assert_double_eq_tol(sum / DRAWS, 0, STANDARD_ERRORS * mean_error + 0.5);
    ck_assert_double_eq_tol(squares / DRAWS, variance, STANDARD_ERRORS * variance_error);
}
END_TEST

START_TEST(draws_fall_below_each_quantile_as_often_as_it_says)
{
    const struct claim *claim = &claims[_i];
    struct distribution distribution = claim->make();
    struct random_stream stream = random_stream_of(random_key(2, claim->name, "frequencies"));
    int below[COUNT_OF(permille)] = { 0 };
    for (int i = 0; i < DRAWS; i++) {
        double draw = (double)distribution_sample(&distribution, &stream);
        for (size_t q = 0; q < COUNT_OF(permille); q++)
            below[q] += draw < claim->quantiles[q];
    }
    for (size_t q = 0; q < COUNT_OF(permille); q++) {
        double p = (double)permille[q] / 1000;
        /* The uniform's 9,001 values make steps of 111 draws. */
        ck_assert_double_eq_tol(below[q], p * DRAWS,
                                STANDARD_ERRORS * root(p * (1 - p) * DRAWS) + 112);
    }
}
END_TEST

/* ---- Corners --------------------------------------------------------------------------------- */

START_TEST(a_constant_is_always_the_same)
{
    struct distribution distribution = distribution_constant(42);
    ck_assert_uint_eq(distribution_quantile(&distribution, 0), 42);
    ck_assert_uint_eq(distribution_quantile(&distribution, UINT64_MAX), 42);
    ck_assert_uint_eq(distribution_min(&distribution), 42);
}
END_TEST

START_TEST(a_uniform_includes_both_ends)
{
    struct distribution die = distribution_uniform(1, 6);
    ck_assert_uint_eq(distribution_quantile(&die, 0), 1);
    ck_assert_uint_eq(distribution_quantile(&die, UINT64_MAX), 6);
    ck_assert_uint_eq(distribution_quantile(&die, UINT64_C(1) << 63), 4);
    ck_assert_uint_eq(distribution_quantile(&die, (UINT64_C(1) << 63) - 1), 3);

    struct distribution point = distribution_uniform(7, 7);
    ck_assert_uint_eq(distribution_quantile(&point, UINT64_MAX), 7);
    struct distribution all = distribution_uniform(0, UINT64_MAX);
    ck_assert_uint_eq(distribution_quantile(&all, 12345), 12345);
    ck_assert_uint_eq(distribution_quantile(&all, UINT64_MAX), INT64_MAX);
}
END_TEST

/* 64 ln(2) = 44.3614 means: the largest exponential draw there is. */
START_TEST(an_exponential_reaches_from_zero_to_44_means)
{
    struct distribution distribution = distribution_exponential(1000000);
    ck_assert_uint_eq(distribution_quantile(&distribution, 0), 0);
    ck_assert_uint_eq(distribution_quantile(&distribution, UINT64_MAX), 44361419);
    struct distribution nothing = distribution_exponential(0);
    ck_assert_uint_eq(distribution_quantile(&nothing, UINT64_MAX), 0);
}
END_TEST

/* Near zero the quantile is mean * u; a mean of ten seconds, u = 10^-6. */
START_TEST(small_exponential_draws_keep_their_precision)
{
    struct distribution distribution = distribution_exponential(10000000000);
    uint64_t draw = distribution_quantile(&distribution, UINT64_C(18446744073709));
    ck_assert_uint_ge(draw, 9999);
    ck_assert_uint_le(draw, 10000);
}
END_TEST

START_TEST(a_normal_draw_below_zero_is_zero)
{
    struct distribution distribution = distribution_normal(100, 100);
    ck_assert_uint_eq(distribution_quantile(&distribution, 0), 0);
    ck_assert_uint_eq(distribution_quantile(&distribution, PERMILLE(100)), 0);
    ck_assert_uint_eq(distribution_quantile(&distribution, PERMILLE(500)), 100);
    ck_assert_uint_eq(distribution_min(&distribution), 0);
}
END_TEST

START_TEST(a_lognormal_meets_its_two_percentiles)
{
    const uint64_t pairs[][2] = {
        { 1, 1 }, { 500, 500 }, { 38000000, 41000000 }, { 1000, 900000 }, { 1, UINT64_C(1) << 62 }
    };
    for (size_t i = 0; i < COUNT_OF(pairs); i++) {
        struct distribution distribution = distribution_lognormal(pairs[i][0], pairs[i][1]);
        double p50 = (double)distribution_quantile(&distribution, PERMILLE(500));
        double p99 = (double)distribution_quantile(&distribution, PERMILLE(990));
        ck_assert_double_eq_tol(p50, (double)pairs[i][0], 1);
        ck_assert_double_eq_tol(p99, (double)pairs[i][1], 1 + (double)pairs[i][1] * 0x1p-24);
    }
}
END_TEST

START_TEST(what_is_too_large_saturates)
{
    const struct distribution large[] = {
        distribution_constant(UINT64_MAX),           distribution_exponential(UINT64_MAX),
        distribution_normal(UINT64_MAX, UINT64_MAX), distribution_lognormal(1, UINT64_MAX),
        distribution_pareto(1000, 1.0 / 1024),       distribution_weibull(1000, 1.0 / 1024),
        distribution_shifted(UINT64_MAX, &large[0]),
    };
    for (size_t i = 0; i < COUNT_OF(large); i++)
        ck_assert_uint_eq(distribution_quantile(&large[i], UINT64_MAX), INT64_MAX);
}
END_TEST

START_TEST(extreme_shapes_are_nearly_constant)
{
    struct distribution pareto = distribution_pareto(1000000, 1 << 20);
    struct distribution weibull = distribution_weibull(1000000, 1 << 20);
    ck_assert_uint_eq(distribution_min(&pareto), 1000000);
    ck_assert_uint_eq(distribution_quantile(&pareto, PERMILLE(500)), 1000000);
    ck_assert_uint_eq(distribution_quantile(&pareto, UINT64_MAX), 1000042); /* 2^(64/2^20) */
    ck_assert_uint_eq(distribution_quantile(&weibull, PERMILLE(500)), 999999);
}
END_TEST

START_TEST(a_shift_moves_every_draw)
{
    struct distribution inner = distribution_exponential(1000);
    struct distribution shifted = distribution_shifted(38000, &inner);
    struct random_stream stream = random_stream_of(3);
    for (int i = 0; i < 1000; i++) {
        uint64_t bits = random_next(&stream);
        ck_assert_uint_eq(distribution_quantile(&shifted, bits),
                          38000 + distribution_quantile(&inner, bits));
    }
    ck_assert_uint_eq(distribution_min(&shifted), 38000);
}
END_TEST

START_TEST(an_empirical_is_linear_between_its_points)
{
    const uint64_t quarter = UINT64_C(1) << 62;
    const struct distribution_point points[] = {
        { quarter, 100 },      { 2 * quarter, 200 }, { 2 * quarter, 1000 }, /* a jump */
        { 3 * quarter, 1000 }, { UINT64_MAX, 2000 },
    };
    struct distribution distribution = distribution_empirical(points, COUNT_OF(points));
    ck_assert_uint_eq(distribution_quantile(&distribution, 0), 100);
    ck_assert_uint_eq(distribution_quantile(&distribution, quarter), 100);
    ck_assert_uint_eq(distribution_quantile(&distribution, quarter + quarter / 2), 150);
    ck_assert_uint_eq(distribution_quantile(&distribution, 2 * quarter - 1), 199);
    ck_assert_uint_eq(distribution_quantile(&distribution, 2 * quarter), 1000);
    ck_assert_uint_eq(distribution_quantile(&distribution, 2 * quarter + 5), 1000);
    ck_assert_uint_eq(distribution_quantile(&distribution, 3 * quarter + quarter / 2), 1500);
    ck_assert_uint_eq(distribution_quantile(&distribution, UINT64_MAX), 2000);
    ck_assert_uint_eq(distribution_min(&distribution), 100);

    struct distribution single = distribution_empirical(points, 1);
    ck_assert_uint_eq(distribution_quantile(&single, 0), 100);
    ck_assert_uint_eq(distribution_quantile(&single, UINT64_MAX), 100);
}
END_TEST

/* ---- Mixtures -------------------------------------------------------------------------------- */

/* A tenth of all draws come from the slow part, and these are uniform again. */
START_TEST(a_mixture_draws_from_its_parts_by_weight)
{
    struct distribution fast = distribution_uniform(0, 999);
    struct distribution slow = distribution_uniform(1000000, 1000999);
    const struct distribution_part parts[] = { { PERMILLE(900), &fast }, { UINT64_MAX, &slow } };
    struct distribution mixture = distribution_mixture(parts, COUNT_OF(parts));
    struct random_stream stream = random_stream_of(random_key(4, "mixture", "weights"));
    int slow_count = 0;
    double slow_sum = 0;
    for (int i = 0; i < DRAWS; i++) {
        uint64_t draw = distribution_sample(&mixture, &stream);
        slow_count += draw >= 1000000;
        slow_sum += draw >= 1000000 ? (double)(draw - 1000000) : 0;
    }
    ck_assert_double_eq_tol(slow_count, 100000, STANDARD_ERRORS * 300);
    ck_assert_double_eq_tol(slow_sum / slow_count, 499.5,
                            STANDARD_ERRORS * 288.675 / root(slow_count));
}
END_TEST

START_TEST(every_bit_pattern_belongs_to_one_part)
{
    struct distribution one = distribution_constant(1);
    struct distribution two = distribution_constant(2);
    struct distribution none = distribution_constant(0);
    const struct distribution_part parts[] = { { 1000, &one },
                                               { 1000, &none },
                                               { UINT64_MAX, &two } };
    struct distribution mixture = distribution_mixture(parts, COUNT_OF(parts));
    ck_assert_uint_eq(distribution_quantile(&mixture, 0), 1);
    ck_assert_uint_eq(distribution_quantile(&mixture, 999), 1);
    ck_assert_uint_eq(distribution_quantile(&mixture, 1000), 2);
    ck_assert_uint_eq(distribution_quantile(&mixture, UINT64_MAX), 2);
    ck_assert_uint_eq(distribution_min(&mixture), 1);
}
END_TEST

/* ---- Laws ------------------------------------------------------------------------------------ */

START_TEST(a_quantile_never_falls)
{
    struct distribution distribution = claims[_i].make();
    struct random_stream stream = random_stream_of(5);
    for (int i = 0; i < 300000; i++) {
        uint64_t low = random_next(&stream) >> random_below(&stream, 64);
        low = i % 2 != 0 ? ~low : low;
        uint64_t step = random_next(&stream) >> random_below(&stream, 64);
        uint64_t high = low > UINT64_MAX - step ? UINT64_MAX : low + step;
        suite_require(distribution_quantile(&distribution, low) <=
                      distribution_quantile(&distribution, high));
    }
}
END_TEST

START_TEST(no_draw_is_below_the_minimum)
{
    struct distribution distribution = claims[_i].make();
    struct random_stream stream = random_stream_of(6);
    uint64_t min = distribution_min(&distribution);
    for (int i = 0; i < 100000; i++)
        suite_require(distribution_sample(&distribution, &stream) >= min);
    ck_assert_uint_eq(distribution_quantile(&distribution, 0), min);
}
END_TEST

START_TEST(a_sample_costs_one_draw)
{
    struct distribution distribution = claims[_i].make();
    struct random_stream stream = random_stream_of(7);
    distribution_sample(&distribution, &stream);
    ck_assert_uint_eq(stream.counter, 1);
}
END_TEST

/* ---- Digests --------------------------------------------------------------------------------- */

static uint64_t digest(const struct distribution *distribution)
{
    struct random_stream stream = random_stream_of(random_key(42, "digest", "draws"));
    struct hash_state *state = hash_state_new();
    for (int i = 0; i < DRAWS; i++) {
        uint64_t draw = distribution_sample(distribution, &stream);
        uint8_t bytes[8];
        for (int byte = 0; byte < 8; byte++)
            bytes[byte] = (uint8_t)(draw >> (8 * byte));
        hash_state_add(state, bytes, sizeof(bytes));
    }
    uint64_t value = hash_state_value(state);
    hash_state_free(state);
    return value;
}

/* Pinned: the same on every machine, compiler and level of optimisation.  A change here changes
 * every run of every scenario. */
START_TEST(a_million_draws_have_this_digest)
{
    const struct distribution_point points[] = { { PERMILLE(500), 1000 },
                                                 { PERMILLE(990), 5000 },
                                                 { UINT64_MAX, 100000 } };
    struct distribution pareto = distribution_pareto(1000000, 1.5);
    struct distribution lognormal = distribution_lognormal(38000000, 45000000);
    struct distribution shifted = distribution_shifted(500, &pareto);
    const struct distribution_part parts[] = { { PERMILLE(950), &lognormal },
                                               { UINT64_MAX, &shifted } };
    const struct {
        struct distribution distribution;
        uint64_t digest;
    } cases[] = {
        { distribution_uniform(1000, 10000), UINT64_C(0x9d5604a21a6625be) },
        { distribution_exponential(1000000), UINT64_C(0x2dfdf496930999d8) },
        { distribution_normal(5000000, 1000000), UINT64_C(0xa5086e677c520c4c) },
        { lognormal, UINT64_C(0xa00210818af272ba) },
        { pareto, UINT64_C(0x6844fb175ddae879) },
        { distribution_weibull(1000000, 0.7), UINT64_C(0x4f15b7bb3eb65ede) },
        { shifted, UINT64_C(0x53afde14257fc4b9) },
        { distribution_mixture(parts, COUNT_OF(parts)), UINT64_C(0x7efd3dd180b23f05) },
        { distribution_empirical(points, COUNT_OF(points)), UINT64_C(0xcc2c487d4bd9eebb) },
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        uint64_t value = digest(&cases[i].distribution);
        ck_assert_msg(value == cases[i].digest, "case %zu: 0x%016lx", i, value);
    }
}
END_TEST

/* ---- Bugs ------------------------------------------------------------------------------------ */

START_TEST(a_uniform_upside_down_is_a_bug) { distribution_uniform(2, 1); }
END_TEST

START_TEST(a_lognormal_upside_down_is_a_bug) { distribution_lognormal(2, 1); }
END_TEST

START_TEST(a_pareto_without_shape_is_a_bug) { distribution_pareto(1, 0); }
END_TEST

START_TEST(a_shape_that_is_no_number_is_a_bug) { distribution_weibull(1, __builtin_nan("")); }
END_TEST

START_TEST(points_that_fall_are_a_bug)
{
    const struct distribution_point points[] = { { 1, 2 }, { 2, 1 } };
    distribution_empirical(points, COUNT_OF(points));
}
END_TEST

START_TEST(a_distribution_is_only_what_every_sample_is)
{
    const struct distribution zero = distribution_constant(0), one = distribution_constant(1);
    const struct distribution shifted = distribution_shifted(3, &one);
    const struct distribution_part same[] = { { 1, &one }, { UINT64_MAX, &one } };
    const struct distribution_part other[] = { { UINT64_MAX / 2, &zero }, { UINT64_MAX, &one } };
    const struct distribution uniform = distribution_uniform(4, 4),
                              broad = distribution_uniform(4, 5);
    const struct distribution none = distribution_exponential(0),
                              mean = distribution_exponential(9);
    const struct distribution alike = distribution_mixture(same, 2),
                              mixed = distribution_mixture(other, 2);
    ck_assert(distribution_is_only(&zero, 0) && !distribution_is_only(&zero, 1));
    ck_assert(distribution_is_only(&shifted, 4) && !distribution_is_only(&shifted, 1));
    ck_assert(distribution_is_only(&uniform, 4) && !distribution_is_only(&broad, 4));
    ck_assert(distribution_is_only(&none, 0) && !distribution_is_only(&mean, 0));
    ck_assert(distribution_is_only(&alike, 1) && !distribution_is_only(&mixed, 1));
    ck_assert(!distribution_is_only(&mixed, 0));
}
END_TEST

static TCase *claims_case(void)
{
    TCase *tcase = tcase_create("closed forms");
    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, quantiles_are_those_of_the_closed_form, 0, COUNT_OF(claims));
    tcase_add_loop_test(tcase, moments_are_those_of_the_closed_form, 0, COUNT_OF(claims));
    tcase_add_loop_test(tcase, draws_fall_below_each_quantile_as_often_as_it_says, 0,
                        COUNT_OF(claims));
    tcase_add_loop_test(tcase, a_quantile_never_falls, 0, COUNT_OF(claims));
    tcase_add_loop_test(tcase, no_draw_is_below_the_minimum, 0, COUNT_OF(claims));
    tcase_add_loop_test(tcase, a_sample_costs_one_draw, 0, COUNT_OF(claims));
    tcase_add_test(tcase, a_distribution_is_only_what_every_sample_is);
    tcase_add_test(tcase, a_million_draws_have_this_digest);
    return tcase;
}

static TCase *corners_case(void)
{
    TCase *tcase = tcase_create("corners");
    tcase_add_test(tcase, a_constant_is_always_the_same);
    tcase_add_test(tcase, a_uniform_includes_both_ends);
    tcase_add_test(tcase, an_exponential_reaches_from_zero_to_44_means);
    tcase_add_test(tcase, small_exponential_draws_keep_their_precision);
    tcase_add_test(tcase, a_normal_draw_below_zero_is_zero);
    tcase_add_test(tcase, a_lognormal_meets_its_two_percentiles);
    tcase_add_test(tcase, what_is_too_large_saturates);
    tcase_add_test(tcase, extreme_shapes_are_nearly_constant);
    tcase_add_test(tcase, a_shift_moves_every_draw);
    tcase_add_test(tcase, an_empirical_is_linear_between_its_points);
    tcase_add_test(tcase, a_mixture_draws_from_its_parts_by_weight);
    tcase_add_test(tcase, every_bit_pattern_belongs_to_one_part);
    tcase_add_test_raise_signal(tcase, a_uniform_upside_down_is_a_bug, SIGABRT);
    tcase_add_test_raise_signal(tcase, a_lognormal_upside_down_is_a_bug, SIGABRT);
    tcase_add_test_raise_signal(tcase, a_pareto_without_shape_is_a_bug, SIGABRT);
    tcase_add_test_raise_signal(tcase, a_shape_that_is_no_number_is_a_bug, SIGABRT);
    tcase_add_test_raise_signal(tcase, points_that_fall_are_a_bug, SIGABRT);
    return tcase;
}

int main(void)
{
    Suite *suite = suite_create("distribution");
    suite_add_tcase(suite, claims_case());
    suite_add_tcase(suite, corners_case());
    return suite_run(suite);
}
