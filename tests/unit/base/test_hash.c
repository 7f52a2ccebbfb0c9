#include <signal.h>
#include <string.h>

#include "base/hash.h"
#include "base/random.h"
#include "support/suite.h"

static void fill(uint8_t *bytes, size_t size)
{
    struct random_stream stream = random_stream_of(1);
    for (size_t i = 0; i < size; i++)
        bytes[i] = (uint8_t)random_next(&stream);
}

/* From the reference implementation's sanity tests: XXH3_64bits of nothing with seed 0. */
START_TEST(the_hash_is_xxh3)
{
    ck_assert_uint_eq(hash_bytes(NULL, 0), 0x2d06800538d394c2);
    ck_assert_uint_eq(hash_string(""), 0x2d06800538d394c2);
}
END_TEST

START_TEST(a_string_hashes_as_its_bytes)
{
    ck_assert_uint_eq(hash_string("node-1"), hash_bytes("node-1", 6));
    ck_assert_uint_ne(hash_string("node-1"), hash_string("node-2"));
}
END_TEST

START_TEST(cuts_do_not_change_a_running_hash)
{
    uint8_t bytes[5000];
    struct hash_state *state = hash_state_new();
    struct random_stream cuts = random_stream_of(2);
    fill(bytes, sizeof(bytes));

    for (size_t size = 0; size <= sizeof(bytes); size += 1 + size / 7) {
        hash_state_reset(state);
        for (size_t at = 0; at < size;) {
            size_t piece = random_below(&cuts, size - at + 1);
            hash_state_add(state, bytes + at, piece);
            at += piece;
        }
        ck_assert_uint_eq(hash_state_value(state), hash_bytes(bytes, size));
    }
    hash_state_free(state);
}
END_TEST

START_TEST(asking_for_the_value_does_not_end_a_running_hash)
{
    struct hash_state *state = hash_state_new();
    hash_state_add(state, "ab", 2);
    hash_state_add(state, NULL, 0);
    ck_assert_uint_eq(hash_state_value(state), hash_string("ab"));
    hash_state_add(state, "cd", 2);
    ck_assert_uint_eq(hash_state_value(state), hash_string("abcd"));
    hash_state_free(state);
}
END_TEST

START_TEST(a_flipped_bit_changes_the_hash)
{
    uint8_t bytes[300];
    fill(bytes, sizeof(bytes));
    uint64_t before = hash_bytes(bytes, sizeof(bytes));
    for (size_t bit = 0; bit < 8 * sizeof(bytes); bit++) {
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        ck_assert_uint_ne(hash_bytes(bytes, sizeof(bytes)), before);
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
}
END_TEST

START_TEST(no_bytes_with_a_size_is_a_bug) { hash_bytes(NULL, 1); }
END_TEST

int main(void)
{
    Suite *suite = suite_create("hash");
    TCase *tcase = tcase_create("hash");
    tcase_add_test(tcase, the_hash_is_xxh3);
    tcase_add_test(tcase, a_string_hashes_as_its_bytes);
    tcase_add_test(tcase, cuts_do_not_change_a_running_hash);
    tcase_add_test(tcase, asking_for_the_value_does_not_end_a_running_hash);
    tcase_add_test(tcase, a_flipped_bit_changes_the_hash);
    tcase_add_test_raise_signal(tcase, no_bytes_with_a_size_is_a_bug, SIGABRT);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
