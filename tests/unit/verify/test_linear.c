/* Stories that are linearizable, and stories that are not.
 *
 * A story is drawn: a line for each operation, from its beginning to its end, time from left to
 * right.  `w1` writes 1, `r1` reads 1, `r-` finds nothing; `c12` changes 1 to 2, and `n12` was told
 * that it is not 1.  `...` means that nobody knows how it ended. */
#include <string.h>

#include "support/suite.h"
#include "verify/linear.h"

enum { LINES_MAX = 8 };

static struct linear_op ops[LINES_MAX];
static struct linear_report report;

static void tear_down(void) { linear_report_done(&report); }

static struct linear_value value(char letter)
{
    return letter == '-' ? linear_nothing() : linear_bytes(cs_bytes_of(&letter, 1));
}

/* "   [w1    ]  ": the places of the brackets, spread so that those of different lines differ. */
static struct linear_op drawn(const char *line, uint32_t number)
{
    const char *begin = strchr(line, '['), *end = strchr(line, ']');
    struct linear_op op = {
        .invoked = (uint64_t)(begin - line) * LINES_MAX + number,
        .returned = end == NULL ? LINEAR_NEVER : (uint64_t)(end - line) * LINES_MAX + number,
        .number = number,
    };
    switch (begin[1]) {
    case 'r':
        op.kind = LINEAR_READ;
        op.seen = value(begin[2]);
        break;
    case 'w':
        op.kind = LINEAR_WRITE;
        op.value = value(begin[2]);
        break;
    case 'c':
    case 'n':
        op.kind = LINEAR_CAS;
        op.seen = value(begin[2]);
        op.value = value(begin[3]);
        op.outcome = end == NULL ? LINEAR_ANY : begin[1] == 'c' ? LINEAR_YES : LINEAR_NO;
        break;
    default:
        ck_abort_msg("\"%s\" is not known", begin);
    }
    return op;
}

static int by_invocation(const void *a, const void *b)
{
    const struct linear_op *x = a, *y = b;
    return x->invoked < y->invoked ? -1 : 1;
}

/* Each line's place in the order that is tried first, a digit each, 0: none; NULL: no order. */
static const char *order;

static enum linear_verdict tell(uint64_t steps_max, const char *const *lines)
{
    uint64_t places[LINES_MAX];
    size_t count = 0;
    for (; lines[count] != NULL; count++)
        ops[count] = drawn(lines[count], (uint32_t)count);
    qsort(ops, count, sizeof ops[0], by_invocation);
    for (size_t i = 0; i < count && order != NULL; i++)
        places[i] = (uint64_t)(order[ops[i].number] - '0');
    const struct linear_options options = { .steps_max = steps_max,
                                            .places = order != NULL ? places : NULL };
    order = NULL;
    linear_check(linear_model_find("cas-register"), &options, ops, count, &report);
    return report.verdict;
}

#define TELL(...) tell(0, (const char *const[]){ __VA_ARGS__, NULL })

/* Herlihy and Wing, TOPLAS 1990, figure 1, for registers. */
START_TEST(a_read_sees_what_was_written_before_it)
{
    ck_assert_int_eq(TELL("[w1 ]", "     [r1 ]"), LINEAR_OK);
    tear_down();
    ck_assert_int_eq(TELL("[w1 ]", "     [r- ]"), LINEAR_ILLEGAL);
}
END_TEST

START_TEST(a_read_beside_a_write_sees_either)
{
    ck_assert_int_eq(TELL("[w1      ]", "   [r- ]"), LINEAR_OK);
    tear_down();
    ck_assert_int_eq(TELL("[w1      ]", "   [r1 ]"), LINEAR_OK);
}
END_TEST

START_TEST(what_one_read_has_seen_a_later_one_sees_too)
{
    ck_assert_int_eq(TELL("[w1               ]", "   [r1 ]", "         [r- ]"), LINEAR_ILLEGAL);
}
END_TEST

START_TEST(an_unknown_write_may_take_effect_late)
{
    ck_assert_int_eq(TELL("[w1", "      [r- ]", "             [r1 ]"), LINEAR_OK);
}
END_TEST

START_TEST(but_not_twice)
{
    ck_assert_int_eq(TELL("[w1", "     [r1 ]", "          [w2 ]", "               [r1 ]"),
                     LINEAR_ILLEGAL);
}
END_TEST

START_TEST(two_unknown_writes_of_a_value_may_explain_it_twice)
{
    ck_assert_int_eq(TELL("[w1", "  [w1", "     [r1 ]", "          [w2 ]", "               [r1 ]"),
                     LINEAR_OK);
}
END_TEST

START_TEST(a_refused_compare_and_set_says_what_is_not_there)
{
    ck_assert_int_eq(TELL("[w1 ]", "     [n12]"), LINEAR_ILLEGAL);
    tear_down();
    ck_assert_int_eq(TELL("[w1 ]", "     [n34]"), LINEAR_OK);
}
END_TEST

START_TEST(an_unknown_write_that_nobody_reads_may_be_why_a_compare_and_set_was_refused)
{
    ck_assert_int_eq(TELL("[w1 ]", "     [w9", "          [n12 ]"), LINEAR_OK);
}
END_TEST

START_TEST(the_operation_that_fails_and_the_state_before_are_named)
{
    ck_assert_int_eq(TELL("[w1 ]", "     [w2 ]", "          [r1 ]"), LINEAR_ILLEGAL);
    ck_assert_uint_eq(report.failed->number, 2);
    ck_assert_uint_eq(report.states_count, 1);
    ck_assert(linear_same(report.states[0], value('2')));
}
END_TEST

START_TEST(the_window_begins_where_the_state_was_known_and_has_no_needless_reads)
{
    ck_assert_int_eq(TELL("[w1 ]", "     [w2 ]", "          [r2     ]", "            [r2 ]",
                          "              [r1 ]"),
                     LINEAR_ILLEGAL);
    ck_assert(linear_same(report.window_state, value('2')));
    ck_assert_uint_eq(report.window_count, 1);
    ck_assert_uint_eq(report.window[0]->number, 4);
}
END_TEST

START_TEST(too_few_steps_are_unknown_and_nothing_else)
{
    static const char *const lines[] = { "[w1    ]", " [w2    ]", "  [w3    ]", "            [r2 ]",
                                         NULL };
    ck_assert_int_eq(tell(3, lines), LINEAR_UNKNOWN);
    ck_assert_uint_eq(report.keys_unknown, 1);
    tear_down();
    ck_assert_int_eq(tell(0, lines), LINEAR_OK);
}
END_TEST

START_TEST(a_read_of_what_nobody_had_written_constrains_nothing)
{
    ck_assert_int_eq(TELL("[r- ]", "     [w1 ]", "          [r1 ]"), LINEAR_OK);
    ck_assert_uint_eq(report.observed, 2);
    ck_assert_uint_eq(report.constrained, 1);
}
END_TEST

START_TEST(more_open_operations_than_a_word_has_bits_are_no_problem)
{
    enum { COUNT = 300 };
    static struct linear_op many[COUNT + 1];
    for (uint32_t i = 0; i < COUNT; i++) {
        int64_t number = i;
        many[i] = (struct linear_op){ .invoked = i,
                                      .returned = LINEAR_NEVER,
                                      .value = linear_bytes(cs_bytes_of(&number, sizeof number)),
                                      .number = i,
                                      .seen = linear_nothing(),
                                      .kind = LINEAR_CAS };
    }
    many[COUNT] = (struct linear_op){
        .invoked = COUNT, .returned = COUNT + 1, .seen = many[299].value, .kind = LINEAR_READ
    };
    linear_check(linear_model_find("kv"), &(struct linear_options){ 0 }, many, COUNT + 1, &report);
    ck_assert_int_eq(report.verdict, LINEAR_OK);
}
END_TEST

enum { CROWD = 16, FEW_STEPS = 20000 };

/* A crowd of operations, all open at the same time: `kind`, each of a letter of its own. */
static void crowd(struct linear_op *to, uint32_t first, enum linear_kind kind)
{
    for (uint32_t i = 0; i < CROWD; i++) {
        struct linear_value letter = value((char)('a' + i));
        bool reads = kind == LINEAR_READ;
        to[i] = (struct linear_op){ .invoked = first + i,
                                    .returned = 100 + first + i,
                                    .number = first + i,
                                    .value = reads ? linear_nothing() : letter,
                                    .seen = reads ? letter : linear_nothing(),
                                    .kind = (uint8_t)kind };
    }
}

START_TEST(a_crowd_of_writes_that_are_read_at_once_takes_few_steps)
{
    static struct linear_op many[2 * CROWD];
    static const uint64_t unknown[2 * CROWD];
    const struct linear_options options = { .steps_max = FEW_STEPS, .places = unknown };
    crowd(many, 0, LINEAR_WRITE);
    crowd(many + CROWD, CROWD, LINEAR_READ);
    linear_check(linear_model_find("register"), &options, many, 2 * CROWD, &report);
    ck_assert_int_eq(report.verdict, LINEAR_OK);
    ck_assert_uint_gt(report.configurations, 0);
}
END_TEST

START_TEST(where_no_value_is_written_twice_each_operation_is_looked_at_once)
{
    static struct linear_op many[2 * CROWD];
    crowd(many, 0, LINEAR_WRITE);
    crowd(many + CROWD, CROWD, LINEAR_READ);
    linear_check(linear_model_find("kv"), &(struct linear_options){ 0 }, many, 2 * CROWD, &report);
    ck_assert_int_eq(report.verdict, LINEAR_OK);
    ck_assert_uint_eq(report.steps, 2 * CROWD);
    ck_assert_uint_eq(report.configurations, 0);
    ck_assert_uint_eq(report.keys, 1);
    tear_down();
    many[1].value = many[0].value;
    many[CROWD + 1].seen = many[0].value;
    linear_check(linear_model_find("kv"), &(struct linear_options){ 0 }, many, 2 * CROWD, &report);
    ck_assert_int_eq(report.verdict, LINEAR_OK);
    ck_assert_uint_gt(report.configurations, 0);
}
END_TEST

/* Gibbons and Korach: what each of the conditions is about, where it holds and where it does not.
 */
START_TEST(zones_must_not_cross)
{
    static const struct {
        const char *lines[5];
        enum linear_verdict verdict;
    } stories[] = {
        /* What is read later must be there all the time between: from one value to the next. */
        { { "[w1 ]", "      [r1 ]", "             [w2 ]", "                  [r2 ]" }, LINEAR_OK },
        { { "[w1 ]", "      [w2 ]", "             [r1 ]", "                  [r2 ]" },
          LINEAR_ILLEGAL },
        /* What all overlaps itself may be at a moment before, after, or not between. */
        { { "[w1 ]", "      [w2     ]", "             [r1 ]" }, LINEAR_OK },
        { { "[w1 ]", "      [w2 ]", "             [r1 ]" }, LINEAR_ILLEGAL },
        { { "[w1 ]", "   [w2 ]", "             [r1 ]" }, LINEAR_OK },
        /* What was there at the beginning is like a value that was written before all. */
        { { "[w1         ]", "       [r- ]", "            [r1 ]" }, LINEAR_OK },
        { { "[w1 ]", "       [r- ]" }, LINEAR_ILLEGAL },
        /* A write that never returned was there if it was read, and then not before it began. */
        { { "[w1", "   [r1 ]", "          [w2 ]" }, LINEAR_OK },
        { { "   [r1 ]", "          [w1" }, LINEAR_ILLEGAL },
        { { "   [r9 ]", "          [w1" }, LINEAR_ILLEGAL },
    };
    for (size_t i = 0; i < sizeof stories / sizeof *stories; i++) {
        tear_down();
        ck_assert_msg(tell(0, stories[i].lines) == stories[i].verdict, "%s", stories[i].lines[0]);
        ck_assert_int_eq(report.configurations == 0, report.verdict == LINEAR_OK);
    }
}
END_TEST

START_TEST(the_order_of_appends_that_a_write_wipes_out_takes_few_steps)
{
    static struct linear_op many[CROWD + 2];
    const struct linear_options options = { .steps_max = FEW_STEPS };
    crowd(many, 0, LINEAR_APPEND);
    many[CROWD] = (struct linear_op){
        .invoked = 200, .returned = 201, .value = value('z'), .kind = LINEAR_WRITE
    };
    many[CROWD + 1] = (struct linear_op){
        .invoked = 202, .returned = 203, .seen = value('z'), .kind = LINEAR_READ
    };
    linear_check(linear_model_find("kv"), &options, many, CROWD + 2, &report);
    ck_assert_int_eq(report.verdict, LINEAR_OK);
    tear_down();
    many[CROWD + 1].seen = value('a');
    linear_check(linear_model_find("kv"), &options, many, CROWD + 2, &report);
    ck_assert_int_eq(report.verdict, LINEAR_ILLEGAL);
}
END_TEST

START_TEST(keys_are_judged_one_by_one)
{
    struct linear_op two[] = {
        { .invoked = 0, .returned = 1, .kind = LINEAR_WRITE, .value = value('1'), .key = 0 },
        { .invoked = 2, .returned = 3, .kind = LINEAR_READ, .seen = value('1'), .key = 7 },
    };
    linear_check(linear_model_find("register"), &(struct linear_options){ 0 }, two, 2, &report);
    ck_assert_int_eq(report.verdict, LINEAR_ILLEGAL);
    ck_assert_uint_eq(report.key, 7);
    ck_assert_uint_eq(report.keys, 2);
    ck_assert_uint_eq(report.keys_illegal, 1);
}
END_TEST

#define TELL_BY(places, ...) (order = (places), TELL(__VA_ARGS__))

START_TEST(an_order_that_explains_all_is_enough)
{
    ck_assert_int_eq(TELL_BY("132", "[w1        ]", "  [w2        ]", "    [r1     ]"), LINEAR_OK);
    ck_assert_uint_eq(report.keys_witnessed, 1);
    ck_assert_uint_eq(report.steps, 3);
    tear_down();
    ck_assert_int_eq(TELL_BY("11", "[w1   ]", "  [r1    ]"), LINEAR_OK);
    ck_assert_uint_eq(report.keys_witnessed, 1);
}
END_TEST

START_TEST(another_order_is_looked_for_if_that_one_does_not)
{
    ck_assert_int_eq(TELL_BY("123", "[w1        ]", "  [w2        ]", "    [r1     ]"), LINEAR_OK);
    ck_assert_uint_eq(report.keys_witnessed, 0);
    tear_down();
    ck_assert_int_eq(TELL_BY("10", "[w1   ]", "       [r1    ]"), LINEAR_OK);
    ck_assert_uint_eq(report.keys_witnessed, 0);
}
END_TEST

START_TEST(an_order_against_the_time_is_no_witness)
{
    ck_assert_int_eq(TELL_BY("21", "[w1   ]", "       [r- ]"), LINEAR_ILLEGAL);
    tear_down();
    ck_assert_int_eq(TELL_BY("132", "[w1 ]", "      [w2 ]", "            [r1 ]"), LINEAR_ILLEGAL);
}
END_TEST

START_TEST(what_never_returned_takes_effect_where_it_is_seen)
{
    ck_assert_int_eq(TELL_BY("1023", "[w1 ]", "[w2", "      [r1 ]", "            [r2 ]"),
                     LINEAR_OK);
    ck_assert_uint_eq(report.keys_witnessed, 1);
    tear_down();
    ck_assert_int_eq(TELL_BY("1002", "[w1 ]", "[c12", "[c23", "            [r3 ]"), LINEAR_OK);
    ck_assert_uint_eq(report.keys_witnessed, 1);
    tear_down(); /* its place was told by an answer that came late */
    ck_assert_int_eq(TELL_BY("123", "[w1 ]", "[w2", "            [r2 ]"), LINEAR_OK);
    ck_assert_uint_eq(report.keys_witnessed, 1);
    ck_assert_uint_eq(report.steps, 3);
}
END_TEST

START_TEST(it_does_not_take_effect_before_it_was_asked_nor_twice)
{
    ck_assert_int_eq(TELL_BY("120", "[w1 ]", "      [r2 ]", "            [w2"), LINEAR_ILLEGAL);
    tear_down();
    ck_assert_int_eq(
        TELL_BY("0123", "[w1", "     [r1 ]", "          [w2 ]", "               [r1 ]"),
        LINEAR_ILLEGAL);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("linear");
    TCase *tests = tcase_create("stories");
    tcase_add_checked_fixture(tests, NULL, tear_down);
    tcase_add_test(tests, a_read_sees_what_was_written_before_it);
    tcase_add_test(tests, a_read_beside_a_write_sees_either);
    tcase_add_test(tests, what_one_read_has_seen_a_later_one_sees_too);
    tcase_add_test(tests, an_unknown_write_may_take_effect_late);
    tcase_add_test(tests, but_not_twice);
    tcase_add_test(tests, an_order_that_explains_all_is_enough);
    tcase_add_test(tests, another_order_is_looked_for_if_that_one_does_not);
    tcase_add_test(tests, an_order_against_the_time_is_no_witness);
    tcase_add_test(tests, what_never_returned_takes_effect_where_it_is_seen);
    tcase_add_test(tests, it_does_not_take_effect_before_it_was_asked_nor_twice);
    tcase_add_test(tests, two_unknown_writes_of_a_value_may_explain_it_twice);
    tcase_add_test(tests, a_refused_compare_and_set_says_what_is_not_there);
    tcase_add_test(tests,
                   an_unknown_write_that_nobody_reads_may_be_why_a_compare_and_set_was_refused);
    tcase_add_test(tests, the_operation_that_fails_and_the_state_before_are_named);
    tcase_add_test(tests, the_window_begins_where_the_state_was_known_and_has_no_needless_reads);
    tcase_add_test(tests, too_few_steps_are_unknown_and_nothing_else);
    tcase_add_test(tests, a_read_of_what_nobody_had_written_constrains_nothing);
    tcase_add_test(tests, more_open_operations_than_a_word_has_bits_are_no_problem);
    tcase_add_test(tests, a_crowd_of_writes_that_are_read_at_once_takes_few_steps);
    tcase_add_test(tests, the_order_of_appends_that_a_write_wipes_out_takes_few_steps);
    tcase_add_test(tests, where_no_value_is_written_twice_each_operation_is_looked_at_once);
    tcase_add_test(tests, zones_must_not_cross);
    tcase_add_test(tests, keys_are_judged_one_by_one);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
