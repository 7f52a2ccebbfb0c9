/* The expected numbers are exact values from 200-bit arithmetic. */
#include <signal.h>

#include "base/fixed.h"
#include "base/random.h"
#include "support/suite.h"

#define DRAWS           1000000
#define FIXED_ONE       (INT64_C(1) << 32)
#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* A number whose length in bits is uniform, and so are its bits. */
static uint64_t any_number(struct random_stream *stream)
{
    uint64_t bits = random_next(stream);
    return bits >> random_below(stream, 64);
}

/* ---- Logarithm ------------------------------------------------------------------------------- */

START_TEST(the_logarithm_of_a_power_of_two_is_exact)
{
    for (uint64_t n = 0; n < 64; n++) {
        ck_assert_uint_eq(fixed_log2(UINT64_C(1) << n), n << 32);
        ck_assert_uint_eq(fixed_log2_fine(UINT64_C(1) << n), n << 57);
    }
}
END_TEST

START_TEST(logarithms_have_these_values)
{
    const struct {
        uint64_t x;
        double expected;
    } cases[] = {
        { 3, 1.5849625007211561815 },
        { 10, 3.3219280948873623479 },
        { 1000000000, 29.897352853986261131 },
        { 13835058055282163712u, 63.584962500721156181 },
        { UINT64_MAX, 64 },
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        ck_assert_double_eq_tol((double)fixed_log2(cases[i].x) * 0x1p-32, cases[i].expected,
                                0x1p-30);
        /* A double of this size has 47 fraction bits. */
        ck_assert_double_eq_tol((double)fixed_log2_fine(cases[i].x) * 0x1p-57, cases[i].expected,
                                0x1p-46);
    }
}
END_TEST

START_TEST(doubling_adds_one_to_the_logarithm)
{
    struct random_stream stream = random_stream_of(1);
    for (int i = 0; i < DRAWS; i++) {
        uint64_t x = (any_number(&stream) >> 1) | 1;
        suite_require(fixed_log2_fine(2 * x) == fixed_log2_fine(x) + (UINT64_C(1) << 57));
    }
}
END_TEST

/* log(ab) = log(a) + log(b): three errors of 2^-50. */
START_TEST(the_logarithm_of_a_product_is_the_sum)
{
    struct random_stream stream = random_stream_of(2);
    for (int i = 0; i < DRAWS; i++) {
        uint64_t a = 1 + random_below(&stream, UINT32_MAX);
        uint64_t b = 1 + random_below(&stream, UINT32_MAX);
        int64_t difference =
            (int64_t)(fixed_log2_fine(a * b) - fixed_log2_fine(a) - fixed_log2_fine(b));
        suite_require(difference > -(3 << 7) && difference < 3 << 7);
    }
}
END_TEST

START_TEST(the_logarithm_never_falls)
{
    struct random_stream stream = random_stream_of(3);
    for (int i = 0; i < DRAWS; i++) {
        uint64_t x = any_number(&stream);
        uint64_t step = any_number(&stream);
        uint64_t y = x > UINT64_MAX - step ? UINT64_MAX : x + step;
        suite_require(x == 0 || fixed_log2_fine(x) <= fixed_log2_fine(y));
    }
    for (uint64_t segment = 65; segment < 128; segment++) {
        uint64_t start = segment << 57;
        ck_assert_uint_le(fixed_log2_fine(start - 1), fixed_log2_fine(start));
    }
}
END_TEST

START_TEST(zero_has_no_logarithm) { fixed_log2(0); }
END_TEST

/* ---- Exponential ----------------------------------------------------------------------------- */

START_TEST(whole_exponents_shift)
{
    for (int64_t n = 0; n < 62; n++) {
        ck_assert_uint_eq(fixed_scale_exp2(1, n * FIXED_ONE), UINT64_C(1) << n);
        ck_assert_uint_eq(fixed_scale_exp2(UINT64_C(3) << 61, -n * FIXED_ONE - FIXED_ONE),
                          (UINT64_C(3) << 60) >> n);
    }
}
END_TEST

START_TEST(exponentials_have_these_values)
{
    /* 2^60 * 2^(1/2), 2^(1/3) (as a fraction of 2^32), 2^-(1/2) */
    ck_assert_double_eq_tol((double)fixed_scale_exp2(UINT64_C(1) << 60, FIXED_ONE / 2) * 0x1p-60,
                            1.4142135623730950488, 0x1p-30);
    ck_assert_double_eq_tol((double)fixed_scale_exp2(UINT64_C(1) << 60, FIXED_ONE / 3) * 0x1p-60,
                            1.2599210498948731648, 0x1p-30);
    ck_assert_double_eq_tol((double)fixed_scale_exp2(UINT64_C(1) << 60, -FIXED_ONE / 2) * 0x1p-60,
                            0.70710678118654752440, 0x1p-30);
}
END_TEST

START_TEST(the_exponential_saturates_and_vanishes)
{
    ck_assert_uint_eq(fixed_scale_exp2(0, INT64_MAX), 0);
    ck_assert_uint_eq(fixed_scale_exp2(1, INT64_MAX), INT64_MAX);
    ck_assert_uint_eq(fixed_scale_exp2(1, 63 * FIXED_ONE), INT64_MAX);
    ck_assert_uint_lt(fixed_scale_exp2(1, 63 * FIXED_ONE - 1), INT64_MAX);
    ck_assert_uint_eq(fixed_scale_exp2(UINT64_MAX, 0), INT64_MAX);
    ck_assert_uint_eq(fixed_scale_exp2(1, -1), 0);
    ck_assert_uint_eq(fixed_scale_exp2(UINT64_MAX, -64 * FIXED_ONE), 0);
    ck_assert_uint_eq(fixed_scale_exp2(UINT64_MAX, -63 * FIXED_ONE), 1);
    ck_assert_uint_eq(fixed_scale_exp2(UINT64_MAX, INT64_MIN), 0);
}
END_TEST

/* 2^log2(x) = x: the logarithm's 2^-30 is a relative error of ln(2) 2^-30, the exponential adds
 * 2^-30 and one for rounding down. */
START_TEST(the_exponential_undoes_the_logarithm)
{
    struct random_stream stream = random_stream_of(4);
    for (int i = 0; i < DRAWS; i++) {
        uint64_t x = (any_number(&stream) >> 1) | 1;
        double error = (double)fixed_scale_exp2(1, (int64_t)fixed_log2(x)) - (double)x;
        double tolerance = (double)x * 1.7 * 0x1p-30 + 1;
        suite_require(error >= -tolerance && error <= tolerance);
    }
}
END_TEST

START_TEST(the_exponential_never_falls)
{
    struct random_stream stream = random_stream_of(5);
    for (int i = 0; i < DRAWS; i++) {
        uint64_t value = any_number(&stream);
        int64_t exponent =
            (int64_t)random_below(&stream, 128 * (uint64_t)FIXED_ONE) - 64 * FIXED_ONE;
        int64_t larger = exponent + (int64_t)(any_number(&stream) >> 31);
        suite_require(fixed_scale_exp2(value, exponent) <= fixed_scale_exp2(value, larger));
        int64_t start = exponent & ~((int64_t)(1 << 26) - 1); /* of a segment of the table */
        suite_require(fixed_scale_exp2(INT64_MAX, start - 1) <= fixed_scale_exp2(INT64_MAX, start));
    }
}
END_TEST

/* ---- Square root ----------------------------------------------------------------------------- */

START_TEST(the_square_root_is_the_largest_whole_one)
{
    struct random_stream stream = random_stream_of(6);
    for (int i = 0; i < DRAWS; i++) {
        uint64_t x = any_number(&stream);
        uint64_t root = fixed_sqrt(x);
        suite_require(root <= UINT32_MAX);
        suite_require(root * root <= x);
        suite_require(root == UINT32_MAX || (root + 1) * (root + 1) > x);
    }
}
END_TEST

START_TEST(square_roots_around_squares)
{
    ck_assert_uint_eq(fixed_sqrt(0), 0);
    ck_assert_uint_eq(fixed_sqrt(UINT64_MAX), UINT32_MAX);
    for (uint64_t root = 1; root <= UINT32_MAX; root += 1 + root / 3) {
        ck_assert_uint_eq(fixed_sqrt(root * root - 1), root - 1);
        ck_assert_uint_eq(fixed_sqrt(root * root), root);
        ck_assert_uint_eq(fixed_sqrt(root * root + 1), root);
    }
}
END_TEST

static void require_root(wide x)
{
    uint64_t root = fixed_sqrt_wide(x);
    suite_require((wide)root * root <= x);
    suite_require(root == UINT64_MAX || (wide)(root + 1) * (root + 1) > x);
}

START_TEST(the_square_root_of_128_bits_is_the_largest_whole_one)
{
    struct random_stream stream = random_stream_of(9);
    for (int i = 0; i < DRAWS; i++) {
        wide x = (wide)random_next(&stream) << 64 | random_next(&stream);
        require_root(x >> random_below(&stream, 128));
    }
    ck_assert_uint_eq(fixed_sqrt_wide(~(wide)0), UINT64_MAX);
}
END_TEST

START_TEST(square_roots_around_squares_of_64_bits)
{
    struct random_stream stream = random_stream_of(10);
    for (int i = 0; i < DRAWS; i++) {
        uint64_t root = any_number(&stream) | 1;
        wide square = (wide)root * root;
        suite_require(fixed_sqrt_wide(square - 1) == root - 1);
        suite_require(fixed_sqrt_wide(square) == root);
        suite_require(fixed_sqrt_wide(square + 1) == root || root == 1);
    }
}
END_TEST

/* ---- Normal quantile ------------------------------------------------------------------------- */

START_TEST(normal_quantiles_have_these_values)
{
    const struct {
        uint64_t bits;
        double expected;
    } cases[] = {
        { 0xf999999999999999, 1.9599639845401 }, /* 0.975 */
        { 0xfeb851eb851eb851, 2.5758293035489 }, /* 0.995 */
        { 0xe666666666666666, 1.2815515655446 }, /* 0.9 */
        { 0xc000000000000000, 0.67448975019608 },
        { 0xffbe76c8b4395810, 3.0902323061678 }, /* 0.999 */
        { 0xeccccccccccccccc, 1.4395314709385 }, /* 0.925: from the center to the tail */
        { 0xffffef39085f4a12, 4.7534243088229 }, /* 0.999999 */
        { UINT64_C(1) << 50, -3.8419306855019 },
        { UINT64_C(1) << 40, -5.2947040848545 },
        { UINT64_C(1) << 20, -7.4239397488634 },
        { 1000, -8.2951213354633 },
        { 1, -9.0359188485719 },
        { 0, -9.1552937726861 },
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        ck_assert_double_eq_tol((double)fixed_normal_quantile(cases[i].bits) * 0x1p-32,
                                cases[i].expected, 0x1p-28);
    }
}
END_TEST

/* One word of all results: no bit of any may change, or runs would no longer come again.  It was
 * taken when roots were found digit by digit. */
START_TEST(the_normal_quantile_never_changes)
{
    const uint64_t edges[] = { 0, 1, 2, UINT64_C(1) << 63, UINT64_C(1) << 62, 0xeccccccccccccccc };
    struct random_stream stream = random_stream_of(11);
    uint64_t word = 0;
    for (size_t i = 0; i < COUNT_OF(edges); i++) {
        for (uint64_t bits = edges[i] - 2; bits != edges[i] + 3; bits++)
            word = random_mix(word ^ (uint64_t)fixed_normal_quantile(bits));
    }
    for (int i = 0; i < DRAWS; i++) {
        word = random_mix(word ^ (uint64_t)fixed_normal_quantile(random_next(&stream)));
        word = random_mix(word ^ (uint64_t)fixed_normal_quantile(any_number(&stream)));
    }
    ck_assert_uint_eq(word, 0x6701be98a0dd3235);
}
END_TEST

START_TEST(the_normal_quantile_is_odd)
{
    struct random_stream stream = random_stream_of(7);
    for (int i = 0; i < DRAWS; i++) {
        uint64_t bits = any_number(&stream);
        suite_require(fixed_normal_quantile(bits) == -fixed_normal_quantile(~bits));
    }
}
END_TEST

START_TEST(the_normal_quantile_never_falls)
{
    struct random_stream stream = random_stream_of(8);
    for (int i = 0; i < DRAWS; i++) {
        uint64_t bits = any_number(&stream);
        bits = i % 2 != 0 ? ~bits : bits;
        uint64_t step = any_number(&stream);
        uint64_t above = bits > UINT64_MAX - step ? UINT64_MAX : bits + step;
        suite_require(fixed_normal_quantile(bits) <= fixed_normal_quantile(above));
    }
}
END_TEST

/* Where Wichura's formulas meet: u = 0.925, and 1 - u = exp(-25).  In steps of one bit, and of a
 * grid point or so. */
START_TEST(the_normal_quantile_never_falls_where_formulas_meet)
{
    const struct {
        uint64_t from, step;
    } walks[] = {
        { UINT64_C(0xeccccccccccccccc) - 10000, 1 },
        { UINT64_C(0xeccccccccccccccc) - (UINT64_C(10000) << 22), UINT64_C(1) << 22 },
        { UINT64_MAX - 256187346 - 10000, 1 },
        { UINT64_MAX - 256187346 - 80000, 8 },
    };
    for (size_t i = 0; i < COUNT_OF(walks); i++) {
        int64_t last = fixed_normal_quantile(walks[i].from);
        for (uint64_t k = 1; k < 20000; k++) {
            int64_t quantile = fixed_normal_quantile(walks[i].from + k * walks[i].step);
            suite_require(last <= quantile);
            last = quantile;
        }
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("fixed");
    TCase *tcase = tcase_create("fixed");
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, the_logarithm_of_a_power_of_two_is_exact);
    tcase_add_test(tcase, logarithms_have_these_values);
    tcase_add_test(tcase, doubling_adds_one_to_the_logarithm);
    tcase_add_test(tcase, the_logarithm_of_a_product_is_the_sum);
    tcase_add_test(tcase, the_logarithm_never_falls);
    tcase_add_test_raise_signal(tcase, zero_has_no_logarithm, SIGABRT);
    tcase_add_test(tcase, whole_exponents_shift);
    tcase_add_test(tcase, exponentials_have_these_values);
    tcase_add_test(tcase, the_exponential_saturates_and_vanishes);
    tcase_add_test(tcase, the_exponential_undoes_the_logarithm);
    tcase_add_test(tcase, the_exponential_never_falls);
    tcase_add_test(tcase, the_square_root_is_the_largest_whole_one);
    tcase_add_test(tcase, square_roots_around_squares);
    tcase_add_test(tcase, the_square_root_of_128_bits_is_the_largest_whole_one);
    tcase_add_test(tcase, square_roots_around_squares_of_64_bits);
    tcase_add_test(tcase, normal_quantiles_have_these_values);
    tcase_add_test(tcase, the_normal_quantile_never_changes);
    tcase_add_test(tcase, the_normal_quantile_is_odd);
    tcase_add_test(tcase, the_normal_quantile_never_falls);
    tcase_add_test(tcase, the_normal_quantile_never_falls_where_formulas_meet);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
