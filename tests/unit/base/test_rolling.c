/* A hash that joins. */
#include <string.h>

#include "base/random.h"
#include "base/rolling.h"
#include "support/suite.h"

START_TEST(the_hash_of_a_whole_follows_from_its_parts)
{
    uint8_t bytes[300];
    struct random_stream stream = random_stream_of(1);
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)random_next(&stream);
    for (size_t size = 0; size <= sizeof bytes; size += 1 + size / 9) {
        for (size_t cut = 0; cut <= size; cut++) {
            uint64_t joined = rolling_join(rolling_hash(bytes, cut),
                                           rolling_hash(bytes + cut, size - cut), size - cut);
            suite_require(joined == rolling_hash(bytes, size));
        }
    }
}
END_TEST

START_TEST(a_flipped_bit_changes_the_hash)
{
    uint8_t bytes[100] = { 0 };
    uint64_t before = rolling_hash(bytes, sizeof bytes);
    for (size_t bit = 0; bit < 8 * sizeof bytes; bit++) {
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        suite_require(rolling_hash(bytes, sizeof bytes) != before);
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
}
END_TEST

START_TEST(leading_zeros_count)
{
    ck_assert_uint_ne(rolling_hash("\0a", 2), rolling_hash("a", 1));
    ck_assert_uint_ne(rolling_hash("\0", 1), rolling_hash(NULL, 0));
}
END_TEST

/* Histories are compared with ones written elsewhere and earlier. */
START_TEST(the_hash_is_the_same_for_ever)
{
    ck_assert_uint_eq(rolling_hash(NULL, 0), 0);
    ck_assert_uint_eq(rolling_hash("a", 1), 98);
    ck_assert_uint_eq(rolling_hash("clustersim", 10), UINT64_C(1297405666709723334));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("rolling");
    TCase *tests = tcase_create("rolling");
    tcase_add_test(tests, the_hash_of_a_whole_follows_from_its_parts);
    tcase_add_test(tests, a_flipped_bit_changes_the_hash);
    tcase_add_test(tests, leading_zeros_count);
    tcase_add_test(tests, the_hash_is_the_same_for_ever);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
