#include <signal.h>

#include "base/distribution.h"
#include "base/hash.h"
#include "support/suite.h"

#define DRAWS           1000000
#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static double root(double x)
{
    double r = x < 1 ? 1 : x;
    for (int i = 0; i < 100; i++)
        r = (r + x / r) / 2;
    return r;
}

struct claim {
    uint32_t count;
    double theta;
    double first[5]; /* probabilities of ranks 0 to 4: k^-theta over their sum */
    double last;
};

static const struct claim claims[] = {
    { 10, 1, { 0.341417152, 0.170708576, 0.113805717, 0.085354288, 0.06828343 }, 0.0341417152 },
    { 100,
      0.99,
      { 0.188872792, 0.095093253, 0.063653071, 0.04787734, 0.038387435 },
      0.00197774093 },
    { 1000, 2, { 0.608296717, 0.152074179, 0.067588524, 0.038018545, 0.024331869 }, 6.08296717e-7 },
    { 5, 8, { 0.995940066, 0.003890391, 0.000151797, 0.0000151968, 0.00000254961 }, 0.00000254961 },
    { 5, 0, { 0.2, 0.2, 0.2, 0.2, 0.2 }, 0.2 },
};

/* The probability of a rank is the length of the range of bits that gives it: bisect for its ends.
 */
static uint64_t first_bits_of(const struct zipf *zipf, uint32_t rank)
{
    uint64_t low = 0;
    uint64_t high = UINT64_MAX;
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        if (zipf_rank(zipf, middle) >= rank) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return low;
}

START_TEST(ranks_have_their_weights)
{
    const struct claim *claim = &claims[_i];
    struct zipf *zipf = zipf_new(claim->count, claim->theta);
    uint64_t from = 0;
    for (uint32_t rank = 0; rank < 4; rank++) {
        uint64_t next = first_bits_of(zipf, rank + 1);
        ck_assert_double_eq_tol((double)(next - from) * 0x1p-64, claim->first[rank], 1e-9);
        from = next;
    }
    uint64_t last = first_bits_of(zipf, claim->count - 1);
    ck_assert_double_eq_tol((double)(UINT64_MAX - last) * 0x1p-64, claim->last, 1e-9);
    ck_assert_uint_eq(zipf_rank(zipf, 0), 0);
    ck_assert_uint_eq(zipf_rank(zipf, UINT64_MAX), claim->count - 1);
    zipf_free(zipf);
}
END_TEST

/* Five standard errors, sqrt(n p (1 - p)), of each count; 1 for the rarest. */
START_TEST(ranks_are_drawn_as_often_as_they_weigh)
{
    const struct claim *claim = &claims[_i];
    struct zipf *zipf = zipf_new(claim->count, claim->theta);
    struct random_stream stream = random_stream_of(random_key(1, "zipf", "frequencies"));
    int drawn[5] = { 0 };
    for (int i = 0; i < DRAWS; i++) {
        uint32_t rank = zipf_rank(zipf, random_next(&stream));
        suite_require(rank < claim->count);
        if (rank < COUNT_OF(drawn))
            drawn[rank]++;
    }
    for (size_t rank = 0; rank < COUNT_OF(drawn); rank++) {
        double p = claim->first[rank];
        ck_assert_double_eq_tol(drawn[rank], p * DRAWS, 5 * root(p * (1 - p) * DRAWS) + 1);
    }
    zipf_free(zipf);
}
END_TEST

START_TEST(a_rank_never_falls)
{
    struct zipf *zipf = zipf_new(1000, 1.2);
    struct random_stream stream = random_stream_of(2);
    for (int i = 0; i < 300000; i++) {
        uint64_t low = random_next(&stream);
        uint64_t step = random_next(&stream) >> random_below(&stream, 64);
        uint64_t high = low > UINT64_MAX - step ? UINT64_MAX : low + step;
        suite_require(zipf_rank(zipf, low) <= zipf_rank(zipf, high));
    }
    zipf_free(zipf);
}
END_TEST

/* A third of 2^64 is 0x5555555555555555.5… */
START_TEST(equal_ranks_share_the_bits_to_the_last_one)
{
    struct zipf *zipf = zipf_new(3, 0);
    ck_assert_uint_eq(zipf_rank(zipf, 0x5555555555555555), 0);
    ck_assert_uint_eq(zipf_rank(zipf, 0x5555555555555556), 1);
    ck_assert_uint_eq(zipf_rank(zipf, 0xaaaaaaaaaaaaaaaa), 1);
    ck_assert_uint_eq(zipf_rank(zipf, 0xaaaaaaaaaaaaaaab), 2);
    zipf_free(zipf);
}
END_TEST

START_TEST(the_only_rank_is_zero)
{
    struct zipf *zipf = zipf_new(1, 8);
    ck_assert_uint_eq(zipf_rank(zipf, 0), 0);
    ck_assert_uint_eq(zipf_rank(zipf, UINT64_MAX), 0);
    zipf_free(zipf);
    zipf_free(NULL);
}
END_TEST

/* Under theta 8 the weights of high ranks vanish below 2^-62: they are never drawn, and the guide
 * must not mind. */
START_TEST(ranks_without_weight_are_not_drawn)
{
    struct zipf *zipf = zipf_new(100000, 8);
    struct random_stream stream = random_stream_of(3);
    for (int i = 0; i < 100000; i++)
        suite_require(zipf_rank(zipf, random_next(&stream)) < 1000);
    ck_assert_uint_lt(zipf_rank(zipf, UINT64_MAX), 1000);
    zipf_free(zipf);
}
END_TEST

/* Pinned: the same on every machine, compiler and level of optimisation. */
START_TEST(a_million_draws_have_this_digest)
{
    struct zipf *zipf = zipf_new(100000, 0.99);
    struct random_stream stream = random_stream_of(random_key(42, "digest", "draws"));
    struct hash_state *state = hash_state_new();
    for (int i = 0; i < DRAWS; i++) {
        uint32_t rank = zipf_rank(zipf, random_next(&stream));
        uint8_t bytes[4] = { (uint8_t)rank, (uint8_t)(rank >> 8), (uint8_t)(rank >> 16),
                             (uint8_t)(rank >> 24) };
        hash_state_add(state, bytes, sizeof(bytes));
    }
    ck_assert_uint_eq(hash_state_value(state), UINT64_C(0x8eace195019ea1b7));
    hash_state_free(state);
    zipf_free(zipf);
}
END_TEST

START_TEST(no_ranks_is_a_bug) { zipf_new(0, 1); }
END_TEST

START_TEST(a_theta_above_eight_is_a_bug) { zipf_new(10, 8.001); }
END_TEST

START_TEST(a_theta_that_is_no_number_is_a_bug) { zipf_new(10, __builtin_nan("")); }
END_TEST

int main(void)
{
    Suite *suite = suite_create("zipf");
    TCase *tcase = tcase_create("zipf");
    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, ranks_have_their_weights, 0, COUNT_OF(claims));
    tcase_add_loop_test(tcase, ranks_are_drawn_as_often_as_they_weigh, 0, COUNT_OF(claims));
    tcase_add_test(tcase, a_rank_never_falls);
    tcase_add_test(tcase, equal_ranks_share_the_bits_to_the_last_one);
    tcase_add_test(tcase, the_only_rank_is_zero);
    tcase_add_test(tcase, ranks_without_weight_are_not_drawn);
    tcase_add_test(tcase, a_million_draws_have_this_digest);
    tcase_add_test_raise_signal(tcase, no_ranks_is_a_bug, SIGABRT);
    tcase_add_test_raise_signal(tcase, a_theta_above_eight_is_a_bug, SIGABRT);
    tcase_add_test_raise_signal(tcase, a_theta_that_is_no_number_is_a_bug, SIGABRT);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
