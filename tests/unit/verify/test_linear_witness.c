/* Where the system's own order needs help: what never returned may have taken effect further back
 * than just before the answer that shows it. */
#include <check.h>
#include <string.h>

#include "support/suite.h"
#include "verify/linear.h"

enum { OPS_MAX = 24 };

static struct linear_op ops[OPS_MAX];
static uint64_t places[OPS_MAX];
static size_t count;
static uint64_t now;
static struct linear_report report;

static void set_up(void)
{
    count = 0;
    now = 0;
}

static void tear_down(void) { linear_report_done(&report); }

static struct linear_value text(const char *text)
{
    return *text == '-' ? linear_nothing() : linear_bytes(cs_bytes_of(text, strlen(text)));
}

/* Begins after all before it. */
static struct linear_op *add(enum linear_kind kind, const char *seen, const char *value)
{
    ck_assert_uint_lt(count, OPS_MAX);
    places[count] = 0;
    ops[count] = (struct linear_op){
        .kind = (uint8_t)kind,
        .invoked = now++,
        .returned = LINEAR_NEVER,
        .seen = text(seen),
        .value = text(value),
        .number = (uint32_t)count,
    };
    return &ops[count++];
}

/* Nobody knows whether it happened. */
static void lost(enum linear_kind kind, const char *seen, const char *value)
{
    add(kind, seen, value);
}

/* Ends before all after it, and has its place in this order. */
static void done(enum linear_kind kind, const char *seen, const char *value,
                 enum linear_outcome outcome)
{
    struct linear_op *op = add(kind, seen, value);
    op->returned = now++;
    op->outcome = (uint8_t)outcome;
    places[count - 1] = now;
}

static void finds(const char *seen) { done(LINEAR_READ, seen, "-", LINEAR_ANY); }

static void appends(const char *value) { done(LINEAR_APPEND, "-", value, LINEAR_ANY); }

static enum linear_verdict judge(void)
{
    const struct linear_options options = { .places = places };
    linear_check(linear_model_find("kv"), &options, ops, count, &report);
    return report.verdict;
}

START_TEST(a_lost_write_before_an_append)
{
    done(LINEAR_WRITE, "-", "a", LINEAR_ANY);
    lost(LINEAR_WRITE, "-", "b");
    appends("c");
    finds("bc");
    ck_assert_int_eq(judge(), LINEAR_OK);
    ck_assert_uint_eq(report.keys_witnessed, 1);
}
END_TEST

START_TEST(a_lost_write_before_what_appended_and_what_found_another_value)
{
    done(LINEAR_WRITE, "-", "a", LINEAR_ANY);
    lost(LINEAR_WRITE, "-", "b");
    lost(LINEAR_APPEND, "-", "c");
    appends("d");
    done(LINEAR_CAS, "a", "x", LINEAR_NO);
    finds("bcd");
    ck_assert_int_eq(judge(), LINEAR_OK);
    ck_assert_uint_eq(report.keys_witnessed, 1);
}
END_TEST

START_TEST(what_was_found_since_stands)
{
    lost(LINEAR_WRITE, "-", "b");
    appends("c");
    finds("c");
    finds("bc");
    ck_assert_int_eq(judge(), LINEAR_ILLEGAL);
    ck_assert_uint_eq(report.keys_witnessed, 0);
}
END_TEST

START_TEST(what_was_asked_later_did_not_happen_before)
{
    appends("c");
    lost(LINEAR_WRITE, "-", "b");
    finds("bc");
    ck_assert_int_eq(judge(), LINEAR_ILLEGAL);
}
END_TEST

START_TEST(eight_appends_lie_between_at_most)
{
    for (int appended = 8; appended <= 9; appended++) {
        set_up();
        lost(LINEAR_WRITE, "-", "b");
        for (int i = 0; i < appended; i++)
            appends("c");
        finds(appended == 8 ? "bcccccccc" : "bccccccccc");
        ck_assert_int_eq(judge(), LINEAR_OK);
        ck_assert_uint_eq(report.keys_witnessed, appended == 8);
        tear_down();
    }
    report = (struct linear_report){ 0 };
}
END_TEST

int main(void)
{
    TCase *tests = tcase_create("orders");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, a_lost_write_before_an_append);
    tcase_add_test(tests, a_lost_write_before_what_appended_and_what_found_another_value);
    tcase_add_test(tests, what_was_found_since_stands);
    tcase_add_test(tests, what_was_asked_later_did_not_happen_before);
    tcase_add_test(tests, eight_appends_lie_between_at_most);
    Suite *suite = suite_create("linear witness");
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
