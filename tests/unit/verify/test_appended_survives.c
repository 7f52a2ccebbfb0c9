/* What was acknowledged is not lost: the final reads of keys that grow. */
#include "stage.h"
#include "support/suite.h"

static void set_up(void) { stage_open(&oracle_acknowledged_survives); }

START_TEST(an_appended_piece_that_is_missing_is_a_violation)
{
    append_ok("k", "a1;", 1000, 2000);
    append_ok("k", "a2;", 3000, 4000);
    append_ok("k", "a3;", 5000, 6000);
    finally("k", "a1;a3;");
    stage_finish();
    ck_assert_violation("key \"k\": nothing is left of append \"a2;\", answered at 4s");
}
END_TEST

START_TEST(all_pieces_of_an_absent_key_are_missing)
{
    append_ok("k", "a1;", 1000, 2000);
    finally("k", NULL);
    stage_finish();
    ck_assert_violation("key \"k\": nothing is left of append \"a1;\", answered at 2s");
}
END_TEST

START_TEST(a_piece_appended_twice_is_a_violation)
{
    append_ok("k", "a1;", 1000, 2000);
    append_ok("k", "a2;", 3000, 4000);
    finally("k", "a1;a2;a1;");
    stage_finish();
    ck_assert_violation("key \"k\": \"a2;\" is left before \"a1;\", though it was appended after "
                        "the latter was answered");
}
END_TEST

START_TEST(a_piece_appended_twice_at_once_is_a_violation)
{
    append_ok("k", "a1;", 1000, 2000);
    append_unknown("k", "a2;", 3000, 4000);
    finally("k", "a1;a2;a2;");
    stage_finish();
    ck_assert_violation("key \"k\": \"a2;\" is left 2 times instead of at most 1");
}
END_TEST

START_TEST(pieces_out_of_order_are_a_violation)
{
    append_ok("k", "a1;", 1000, 2000);
    append_ok("k", "a2;", 3000, 4000);
    finally("k", "a2;a1;");
    stage_finish();
    ck_assert_violation("key \"k\": \"a2;\" is left before \"a1;\", though it was appended after "
                        "the latter was answered");
}
END_TEST

START_TEST(a_piece_from_nowhere_is_a_violation)
{
    append_ok("k", "a1;", 1000, 2000);
    finally("k", "a1;b;");
    stage_finish();
    ck_assert_violation("key \"k\": nobody appended what is left at byte 3: \"b;\"");
}
END_TEST

START_TEST(pieces_that_overlap_in_time_may_stand_in_any_order)
{
    append_ok("k", "a1;", 1000, 4000);
    append_ok("k", "a2;", 3000, 5000);
    append_unknown("k", "a3;", 100, 200);
    append_unknown("k", "a4;", 100, 200);
    finally("k", "a2;a1;a3;");
    stage_finish();
    ck_assert_pass();
}
END_TEST

START_TEST(equal_pieces_are_counted_together)
{
    append_ok("k", "x", 1000, 2000);
    append_ok("k", "x", 3000, 4000);
    append_unknown("k", "x", 5000, 6000);
    append_ok("k", "y", 7000, 8000);
    finally("k", "xxyx");
    stage_finish();
    ck_assert_pass();
}
END_TEST

START_TEST(too_few_equal_pieces_are_a_violation)
{
    append_ok("k", "x", 1000, 2000);
    append_ok("k", "x", 3000, 4000);
    append_unknown("k", "x", 5000, 6000);
    finally("k", "x");
    stage_finish();
    ck_assert_violation("key \"k\": \"x\" is left 1 times instead of at least 2");
}
END_TEST

START_TEST(a_piece_that_begins_like_another_is_only_looked_for)
{
    append_ok("k", "a", 1000, 2000);
    append_ok("k", "ab", 3000, 4000);
    append_unknown("k", "b", 5000, 6000);
    finally("k", "aba");
    stage_finish();
    ck_assert_pass();
}
END_TEST

START_TEST(and_is_found_missing_if_it_occurs_nowhere)
{
    append_ok("k", "a", 1000, 2000);
    append_ok("k", "ab", 3000, 4000);
    finally("k", "aa");
    stage_finish();
    ck_assert_violation("key \"k\": nothing is left of append \"ab\", answered at 4s");
}
END_TEST

START_TEST(of_a_long_value_the_size_is_compared)
{
    append_ok("k", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 1000, 2000);
    append_ok("k", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 3000, 4000);
    append_unknown("k", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 5000, 6000);
    finally("k", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
                 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
    stage_finish();
    ck_assert_pass();
}
END_TEST

START_TEST(of_a_long_value_a_lost_piece_shows_in_the_size)
{
    append_ok("k", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 1000, 2000);
    append_ok("k", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 3000, 4000);
    append_ok("k", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 5000, 6000);
    finally("k", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
                 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
    stage_finish();
    ck_assert_violation("key \"k\": 80 bytes are left, but answered appends are 120");
}
END_TEST

START_TEST(of_a_long_value_a_doubled_piece_shows_in_the_size)
{
    append_ok("k", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 1000, 2000);
    append_ok("k", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 3000, 4000);
    finally("k", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
                 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
                 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
    stage_finish();
    ck_assert_violation("key \"k\": 120 bytes are left, but all appends are 80");
}
END_TEST

START_TEST(an_append_after_every_put_must_be_left)
{
    put_ok("k", "p", 1000, 2000);
    append_ok("k", "a1;", 3000, 4000);
    finally("k", "p");
    stage_finish();
    ck_assert_violation("key \"k\": nothing is left of append \"a1;\", answered at 4s");
}
END_TEST

START_TEST(an_append_beside_or_before_a_put_need_not)
{
    put_ok("k", "p", 1000, 3000);
    append_ok("k", "a1;", 2000, 4000);
    append_ok("k", "a0;", 100, 200);
    finally("k", "p");
    stage_finish();
    ck_assert_pass();
}
END_TEST

START_TEST(nor_one_that_an_unknown_delete_may_follow)
{
    append_ok("k", "a1;", 3000, 4000);
    delete_unknown("k", 1000, 2000);
    finally("k", NULL);
    stage_finish();
    ck_assert_pass();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("appended_survives");
    TCase *tests = tcase_create("stories");
    tcase_add_checked_fixture(tests, set_up, stage_close);
    tcase_add_test(tests, an_appended_piece_that_is_missing_is_a_violation);
    tcase_add_test(tests, all_pieces_of_an_absent_key_are_missing);
    tcase_add_test(tests, a_piece_appended_twice_is_a_violation);
    tcase_add_test(tests, a_piece_appended_twice_at_once_is_a_violation);
    tcase_add_test(tests, pieces_out_of_order_are_a_violation);
    tcase_add_test(tests, a_piece_from_nowhere_is_a_violation);
    tcase_add_test(tests, pieces_that_overlap_in_time_may_stand_in_any_order);
    tcase_add_test(tests, equal_pieces_are_counted_together);
    tcase_add_test(tests, too_few_equal_pieces_are_a_violation);
    tcase_add_test(tests, a_piece_that_begins_like_another_is_only_looked_for);
    tcase_add_test(tests, and_is_found_missing_if_it_occurs_nowhere);
    tcase_add_test(tests, of_a_long_value_the_size_is_compared);
    tcase_add_test(tests, of_a_long_value_a_lost_piece_shows_in_the_size);
    tcase_add_test(tests, of_a_long_value_a_doubled_piece_shows_in_the_size);
    tcase_add_test(tests, an_append_after_every_put_must_be_left);
    tcase_add_test(tests, an_append_beside_or_before_a_put_need_not);
    tcase_add_test(tests, nor_one_that_an_unknown_delete_may_follow);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
