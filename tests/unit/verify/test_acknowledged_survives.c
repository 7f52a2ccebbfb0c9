/* What was acknowledged is not lost: the final reads against the history. */
#include "stage.h"
#include "support/suite.h"

static void set_up(void) { stage_open(&oracle_acknowledged_survives); }

START_TEST(a_write_overwritten_by_an_older_one_is_a_violation)
{
    put_ok("k", "v1", 1000, 2000);
    put_ok("k", "v2", 3000, 4000);
    finally("k", "v1");
    stage_finish();
    ck_assert_violation(
        "key \"k\": \"v1\" is left, though the later put \"v2\" was answered at 4s");
    ck_assert_uint_eq(stage_oracle()->violated_at_ns, 91000000000);
    ck_assert_uint_eq(stage_oracle()->violated_by, CS_NODE_NONE);
}
END_TEST

START_TEST(writes_that_overlap_may_end_either_way)
{
    put_ok("k", "v1", 1000, 3000);
    put_ok("k", "v2", 3000, 4000);
    finally("k", "v1");
    stage_finish();
    ck_assert_pass();
}
END_TEST

START_TEST(a_value_from_nowhere_is_a_violation)
{
    put_ok("k", "v1", 1000, 2000);
    finally("k", "v7");
    stage_finish();
    ck_assert_violation("key \"k\": nobody wrote \"v7\", which is left");
}
END_TEST

START_TEST(a_failed_write_that_had_an_effect_is_a_violation)
{
    put_ok("k", "v1", 1000, 2000);
    put_failed("k", "v2", 3000, 4000);
    finally("k", "v2");
    stage_finish();
    ck_assert_violation("key \"k\": nobody wrote \"v2\", which is left");
}
END_TEST

START_TEST(a_refused_cas_that_had_an_effect_is_a_violation)
{
    put_ok("k", "v1", 1000, 2000);
    cas_ok("k", "v0", "v2", false, 3000, 4000);
    finally("k", "v2");
    stage_finish();
    ck_assert_violation("key \"k\": nobody wrote \"v2\", which is left");
}
END_TEST

START_TEST(a_key_that_vanished_is_a_violation)
{
    put_ok("k", "v1", 1000, 2000);
    finally("k", NULL);
    stage_finish();
    ck_assert_violation(
        "key \"k\": nothing is left of put \"v1\", answered at 2s, and nothing was deleted");
}
END_TEST

START_TEST(a_key_that_vanished_after_every_delete_is_a_violation)
{
    delete_ok("k", 500, 600);
    put_ok("k", "v1", 1000, 2000);
    finally("k", NULL);
    stage_finish();
    ck_assert_violation(
        "key \"k\": nothing is left of put \"v1\", answered at 2s after every delete");
}
END_TEST

START_TEST(a_deleted_key_that_is_back_is_a_violation)
{
    put_ok("k", "v1", 1000, 2000);
    delete_ok("k", 3000, 4000);
    finally("k", "v1");
    stage_finish();
    ck_assert_violation("key \"k\": \"v1\" is back, though a later delete was answered at 4s");
}
END_TEST

START_TEST(an_applied_cas_counts_as_a_write)
{
    put_ok("k", "v1", 1000, 2000);
    cas_ok("k", "v1", "v2", true, 3000, 4000);
    finally("k", "v1");
    stage_finish();
    ck_assert_violation(
        "key \"k\": \"v1\" is left, though the later cas \"v2\" was answered at 4s");
}
END_TEST

START_TEST(a_refused_cas_does_not)
{
    put_ok("k", "v1", 1000, 2000);
    cas_ok("k", "v0", "v2", false, 3000, 4000);
    finally("k", "v1");
    stage_finish();
    ck_assert_pass();
}
END_TEST

START_TEST(an_unknown_write_may_take_effect_at_any_later_time)
{
    put_unknown("k", "v1", 1000, 2000);
    put_ok("k", "v2", 3000, 4000);
    finally("k", "v1");
    stage_finish();
    ck_assert_pass();
}
END_TEST

START_TEST(or_never)
{
    put_ok("k", "v2", 3000, 4000);
    put_unknown("k", "v1", 5000, 6000);
    finally("k", "v2");
    stage_finish();
    ck_assert_pass();
}
END_TEST

START_TEST(an_unknown_delete_may_take_effect_at_any_later_time)
{
    put_ok("k", "v1", 1000, 2000);
    delete_unknown("k", 500, 600);
    finally("k", NULL);
    stage_finish();
    ck_assert_pass();
}
END_TEST

START_TEST(a_value_written_twice_may_be_the_later_one)
{
    put_ok("k", "v1", 1000, 2000);
    put_ok("k", "v2", 3000, 4000);
    put_ok("k", "v1", 5000, 6000);
    finally("k", "v1");
    stage_finish();
    ck_assert_pass();
}
END_TEST

START_TEST(a_value_written_twice_and_both_times_before_another_is_a_violation)
{
    put_ok("k", "v1", 1000, 2000);
    put_ok("k", "v1", 1500, 2500);
    put_ok("k", "v2", 3000, 4000);
    finally("k", "v1");
    stage_finish();
    ck_assert_violation(
        "key \"k\": \"v1\" is left, though the later put \"v2\" was answered at 4s");
}
END_TEST

START_TEST(a_write_that_ends_after_the_read_began_need_not_be_seen)
{
    put_ok("k", "v1", 1000, 2000);
    put_ok("k", "v2", 3000, 90000);
    finally("k", "v1");
    stage_finish();
    ck_assert_pass();
}
END_TEST

START_TEST(a_key_never_written_is_not_judged)
{
    finally("k", NULL);
    stage_finish();
    ck_assert_inconclusive();
}
END_TEST

START_TEST(a_key_never_read_is_not_judged)
{
    put_ok("k", "v1", 1000, 2000);
    finally_with("k", NULL);
    stage_finish();
    ck_assert_inconclusive();
}
END_TEST

START_TEST(keys_are_told_apart_and_counted)
{
    put_ok("k1", "v1", 1000, 2000);
    put_ok("k2", "v2", 3000, 4000);
    put_ok("k", "v3", 5000, 6000);
    finally("k1", "v1");
    finally("k2", "v2");
    finally("k", "v3");
    stage_finish();
    ck_assert_pass();
    ck_assert_uint_eq(stage_oracle()->seen, 3);
}
END_TEST

START_TEST(long_values_are_compared_by_what_is_kept_of_them)
{
    put_ok("k",
           "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
           "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
           1000, 2000);
    put_ok("k",
           "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
           "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
           "b",
           3000, 4000);
    finally("k", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
                 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
                 "b");
    stage_finish();
    ck_assert_pass();
}
END_TEST

START_TEST(groups_with_transactions_are_left_alone)
{
    struct cs_op op = { .kind = CS_OP_TXN };
    history_begin(stage_history(), 0, 0, F, 0, 0, &op);
    put_ok("k", "v1", 1000, 2000);
    finally("k", NULL);
    stage_finish();
    ck_assert_inconclusive();
}
END_TEST

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
    Suite *suite = suite_create("acknowledged_survives");
    TCase *tests = tcase_create("stories");
    tcase_add_checked_fixture(tests, set_up, stage_close);
    tcase_add_test(tests, a_write_overwritten_by_an_older_one_is_a_violation);
    tcase_add_test(tests, writes_that_overlap_may_end_either_way);
    tcase_add_test(tests, a_value_from_nowhere_is_a_violation);
    tcase_add_test(tests, a_failed_write_that_had_an_effect_is_a_violation);
    tcase_add_test(tests, a_refused_cas_that_had_an_effect_is_a_violation);
    tcase_add_test(tests, a_key_that_vanished_is_a_violation);
    tcase_add_test(tests, a_key_that_vanished_after_every_delete_is_a_violation);
    tcase_add_test(tests, a_deleted_key_that_is_back_is_a_violation);
    tcase_add_test(tests, an_applied_cas_counts_as_a_write);
    tcase_add_test(tests, a_refused_cas_does_not);
    tcase_add_test(tests, an_unknown_write_may_take_effect_at_any_later_time);
    tcase_add_test(tests, or_never);
    tcase_add_test(tests, an_unknown_delete_may_take_effect_at_any_later_time);
    tcase_add_test(tests, a_value_written_twice_may_be_the_later_one);
    tcase_add_test(tests, a_value_written_twice_and_both_times_before_another_is_a_violation);
    tcase_add_test(tests, a_write_that_ends_after_the_read_began_need_not_be_seen);
    tcase_add_test(tests, a_key_never_written_is_not_judged);
    tcase_add_test(tests, a_key_never_read_is_not_judged);
    tcase_add_test(tests, keys_are_told_apart_and_counted);
    tcase_add_test(tests, long_values_are_compared_by_what_is_kept_of_them);
    tcase_add_test(tests, groups_with_transactions_are_left_alone);
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
