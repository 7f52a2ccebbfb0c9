/* quorum: majorities of a few members. */
#include "common/quorum.h"
#include "support/suite.h"

START_TEST(a_majority_is_more_than_half)
{
    static const size_t expected[] = { 0, 1, 2, 2, 3, 3, 4, 4 };
    for (size_t count = 1; count < sizeof expected / sizeof *expected; count++)
        ck_assert_uint_eq(quorum_majority(count), expected[count]);
}
END_TEST

START_TEST(the_index_that_a_majority_has_reached)
{
    ck_assert_uint_eq(quorum_match_index((uint64_t[]){ 4 }, 1), 4);
    ck_assert_uint_eq(quorum_match_index((uint64_t[]){ 4, 9 }, 2), 4);
    ck_assert_uint_eq(quorum_match_index((uint64_t[]){ 9, 3, 5 }, 3), 5);
    ck_assert_uint_eq(quorum_match_index((uint64_t[]){ 4, 1, 3, 2 }, 4), 2);
    ck_assert_uint_eq(quorum_match_index((uint64_t[]){ 7, 7, 0, 0, 7 }, 5), 7);
    ck_assert_uint_eq(quorum_match_index((uint64_t[]){ 7, 0, 0, 0, 7 }, 5), 0);
    ck_assert_uint_eq(quorum_match_index((uint64_t[]){ UINT64_MAX, UINT64_MAX, 1 }, 3), UINT64_MAX);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("quorum");
    TCase *tcase = tcase_create("quorum");
    tcase_add_test(tcase, a_majority_is_more_than_half);
    tcase_add_test(tcase, the_index_that_a_majority_has_reached);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
