/* The expected numbers are the exact values, from 200-bit arithmetic, rounded to the next double.
 */
#include <float.h>
#include <string.h>

#include "base/hash.h"
#include "base/random.h"
#include "clustersim/protocol.h"
#include "support/suite.h"

struct value {
    double x;
    double expected;
};

static int64_t order_of(double x)
{
    int64_t bits;
    memcpy(&bits, &x, sizeof(bits));
    return bits < 0 ? INT64_MIN - bits : bits;
}

/* How many doubles lie between the two, one end included. */
static uint64_t ulps_between(double a, double b)
{
    int64_t distance = order_of(a) - order_of(b);
    return (uint64_t)(distance < 0 ? -distance : distance);
}

static const struct value logarithms[] = {
    { 0x1p-1074, -0x1.74385446d71c3p+9 }, { 1e-300, -0x1.5963447f87fb5p+9 },
    { 0.5, -0x1.62e42fefa39efp-1 },       { 0x1.6a09e667f3bcdp-1, -0x1.62e42fefa39eep-2 },
    { 0x1.fffffffffffffp-1, -0x1p-53 },   { 0x1.0000000000001p+0, 0x1.fffffffffffffp-53 },
    { 3, 0x1.193ea7aad030bp+0 },          { 10, 0x1.26bb1bbb55516p+1 },
    { 123456789, 0x1.2a1a38bd0540ap+4 },  { 0x1.fffffffffffffp+1023, 0x1.62e42fefa39efp+9 },
};

START_TEST(a_logarithm_is_within_one_unit)
{
    const struct value *value = &logarithms[_i];
    ck_assert_uint_le(ulps_between(cs_math_log(value->x), value->expected), 1);
}
END_TEST

static const struct value exponentials[] = {
    { 1, 0x1.5bf0a8b145769p+1 },
    { -1, 0x1.78b56362cef38p-2 },
    { 0.5, 0x1.a61298e1e069cp+0 },
    { 0x1.62e42fefa39efp-2, 0x1.6a09e667f3bccp+0 },
    { 1e-300, 1 },
    { -1e-17, 1 },
    { 100, 0x1.3494a9b171bf5p+144 },
    { -100, 0x1.a8c1f14e2af5dp-145 },
    { 700.25, 0x1.2fd8e4cbfa413p+1010 },
    { 709.75, 0x1.ef85a11e73f2dp+1023 },
    { -708.5, 0x0.e6cf6d08897acp-1022 },
    { -740, 0x0.0000000000055p-1022 },
    { -744.25, 0x0.0000000000001p-1022 },
};

START_TEST(an_exponential_is_within_one_unit)
{
    const struct value *value = &exponentials[_i];
    ck_assert_uint_le(ulps_between(cs_math_exp(value->x), value->expected), 1);
}
END_TEST

START_TEST(what_is_exact_is_exact)
{
    ck_assert(cs_math_log(1) == 0);
    ck_assert(cs_math_exp(0) == 1);
    ck_assert(cs_math_exp(-0.0) == 1);
}
END_TEST

START_TEST(the_ends_of_the_range_are_ieee)
{
    const double infinity = (double)__builtin_inf();
    const double nan = __builtin_nan("");
    ck_assert(cs_math_log(0) == -infinity);
    ck_assert(cs_math_log(-0.0) == -infinity);
    ck_assert(cs_math_log(infinity) == infinity);
    ck_assert(cs_math_log(-1) != cs_math_log(-1));
    ck_assert(cs_math_log(nan) != cs_math_log(nan));
    ck_assert(cs_math_exp(infinity) == infinity);
    ck_assert(cs_math_exp(-infinity) == 0);
    ck_assert(cs_math_exp(709.782712893384) <= DBL_MAX);
    ck_assert(cs_math_exp(709.7827128933841) == infinity);
    ck_assert(cs_math_exp(1e300) == infinity);
    ck_assert(cs_math_exp(-745.2) == 0);
    ck_assert(cs_math_exp(-1e300) == 0);
    ck_assert(cs_math_exp(nan) != cs_math_exp(nan));
}
END_TEST

/* log(exp(x)) = x: an error of two units in exp(x) is one of 2^-51 in the logarithm, to which its
 * own adds two units of at most 2^-43 (for results up to 1024). */
START_TEST(the_logarithm_undoes_the_exponential)
{
    struct random_stream stream = random_stream_of(1);
    for (int i = 0; i < 100000; i++) {
        double x = (double)random_below(&stream, 1400000) / 1000 - 700;
        double error = cs_math_log(cs_math_exp(x)) - x;
        suite_require(error >= -0x1p-42 - 0x1p-51 && error <= 0x1p-42 + 0x1p-51);
    }
}
END_TEST

/* Pinned, so that every compiler and level of optimisation must give the same bits. */
START_TEST(a_million_results_have_this_digest)
{
    struct random_stream stream = random_stream_of(2);
    struct hash_state *state = hash_state_new();
    for (int i = 0; i < 500000; i++) {
        double x = (double)random_below(&stream, 1500000000) / 1e6 - 750;
        double result[2] = { cs_math_exp(x), cs_math_log((double)random_next(&stream) * 0x1p-40) };
        hash_state_add(state, result, sizeof(result));
    }
    ck_assert_uint_eq(hash_state_value(state), UINT64_C(0x667299b0c01cad68));
    hash_state_free(state);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("math");
    TCase *tcase = tcase_create("math");
    tcase_add_loop_test(tcase, a_logarithm_is_within_one_unit, 0,
                        sizeof(logarithms) / sizeof(logarithms[0]));
    tcase_add_loop_test(tcase, an_exponential_is_within_one_unit, 0,
                        sizeof(exponentials) / sizeof(exponentials[0]));
    tcase_add_test(tcase, what_is_exact_is_exact);
    tcase_add_test(tcase, the_ends_of_the_range_are_ieee);
    tcase_add_test(tcase, the_logarithm_undoes_the_exponential);
    tcase_add_test(tcase, a_million_results_have_this_digest);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
