/* hash: known answers, and the two laws of sharding. */
#include <signal.h>

#include "common/hash.h"
#include "support/suite.h"

#define PRIME UINT64_C(0x9e3779b185ebca8d)

/* From the reference implementation's sanity checks (tests/sanity_test_vectors.h of xxHash). */
START_TEST(the_hash_is_xxh3_with_a_seed)
{
    uint8_t bytes[403];
    uint64_t generator = 2654435761u;
    for (size_t i = 0; i < sizeof bytes; i++) {
        bytes[i] = (uint8_t)(generator >> 56);
        generator *= UINT64_C(11400714785074694797);
    }
    static const struct {
        size_t size;
        uint64_t seed, hash;
    } known[] = {
        { 0, 0, 0x2d06800538d394c2 },   { 0, PRIME, 0xa8a6b918b2f0364a },
        { 1, 0, 0xc44bdff4074eecdb },   { 1, PRIME, 0x032be332dd766ef8 },
        { 6, 0, 0x27b56a84cd2d7325 },   { 6, PRIME, 0x84589c116ab59ab9 },
        { 12, 0, 0xa713daf0dfbb77e7 },  { 12, PRIME, 0xe7303e1b2336de0e },
        { 24, 0, 0xa3fe70bf9d3510eb },  { 24, PRIME, 0x850e80fc35bdd690 },
        { 48, 0, 0x397da259ecba1f11 },  { 48, PRIME, 0xadc2cbaa44acc616 },
        { 80, 0, 0xbcdefbbb2c47c90a },  { 80, PRIME, 0xc6dd0cb699532e73 },
        { 195, 0, 0xcd94217ee362ec3a }, { 195, PRIME, 0xba68003d370cb3d9 },
        { 403, 0, 0xcdeb804d65c6dea4 }, { 403, PRIME, 0x6259f6ecfd6443fd },
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        uint64_t hash = hash_key(cs_bytes_of(bytes, known[i].size), known[i].seed);
        ck_assert_uint_eq(hash, known[i].hash);
    }
}
END_TEST

/* As other implementations of the paper's function give them. */
START_TEST(known_places_of_the_paper)
{
    ck_assert_uint_eq(hash_jump(UINT64_C(10863919174838991), 11), 6);
    ck_assert_uint_eq(hash_jump(UINT64_C(2016238256797177309), 11), 3);
    ck_assert_uint_eq(hash_jump(UINT64_C(1673758223894951030), 11), 5);
    ck_assert_uint_eq(hash_jump(2, 100001), 80343);
    ck_assert_uint_eq(hash_jump(2201, 100001), 22152);
    ck_assert_uint_eq(hash_jump(2202, 100001), 15018);
    for (uint64_t hash = 0; hash < 100; hash++)
        ck_assert_uint_eq(hash_jump(hash, 1), 0);
}
END_TEST

enum { KEYS = 100000 };

static uint64_t hash_of_number(uint64_t number, uint64_t seed)
{
    return hash_key(cs_bytes_of(&number, sizeof number), seed);
}

/* Chi-square of 100,000 keys over 50 buckets: with 49 degrees of freedom it is between 23.98 and
 * 85.35 in 998 cases of a thousand. */
START_TEST(keys_are_spread_evenly)
{
    for (uint64_t seed = 0; seed < 3; seed++) {
        size_t counts[50] = { 0 };
        for (uint64_t key = 0; key < KEYS; key++)
            counts[hash_jump(hash_of_number(key, seed), 50)]++;
        double chi_square = 0;
        for (size_t i = 0; i < 50; i++)
            chi_square += ((double)counts[i] - 2000) * ((double)counts[i] - 2000) / 2000;
        ck_assert_double_ge(chi_square, 23.98);
        ck_assert_double_le(chi_square, 85.35);
    }
}
END_TEST

/* One in count + 1 moves, to the new bucket; no other one does. */
START_TEST(a_bucket_more_moves_only_what_goes_into_it)
{
    for (size_t count = 1; count <= 40; count++) {
        size_t moved = 0;
        for (uint64_t key = 0; key < 10000; key++) {
            uint64_t hash = hash_of_number(key, 0);
            size_t before = hash_jump(hash, count), after = hash_jump(hash, count + 1);
            ck_assert_uint_lt(before, count);
            if (before != after) {
                ck_assert_uint_eq(after, count);
                moved++;
            }
        }
        size_t expected = 10000 / (count + 1);
        ck_assert_uint_ge(moved, expected - 4 * 50); /* four standard deviations at most */
        ck_assert_uint_le(moved, expected + 4 * 50);
    }
}
END_TEST

START_TEST(another_seed_is_another_hash)
{
    size_t equal = 0;
    for (uint64_t key = 0; key < 10000; key++) {
        size_t first = hash_jump(hash_of_number(key, 1), 10);
        equal += first == hash_jump(hash_of_number(key, 2), 10);
    }
    ck_assert_uint_ge(equal, 880); /* of two that are independent one in ten agree */
    ck_assert_uint_le(equal, 1120);
}
END_TEST

START_TEST(no_bucket_at_all_is_a_bug) { hash_jump(1, 0); }
END_TEST

int main(void)
{
    Suite *suite = suite_create("key_hash");
    TCase *tcase = tcase_create("key_hash");
    tcase_add_test(tcase, the_hash_is_xxh3_with_a_seed);
    tcase_add_test(tcase, known_places_of_the_paper);
    tcase_add_test(tcase, keys_are_spread_evenly);
    tcase_add_test(tcase, a_bucket_more_moves_only_what_goes_into_it);
    tcase_add_test(tcase, another_seed_is_another_hash);
    tcase_add_test_raise_signal(tcase, no_bucket_at_all_is_a_bug, SIGABRT);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
