/* Windows of illegal histories: what is left of them, and what may be left out. */
#include <string.h>

#include "base/random.h"
#include "support/suite.h"
#include "verify/linear_shrink.h"

enum { HISTORIES = 20000, OPS_MAX = 9 };

static struct linear_value letter(char value)
{
    return value == '-' ? linear_nothing() : linear_bytes(cs_bytes_of(&value, 1));
}

static struct linear_op op_of(enum linear_kind kind, uint64_t from, uint64_t to, char value)
{
    bool sees = kind == LINEAR_READ;
    return (struct linear_op){
        .kind = (uint8_t)kind,
        .invoked = from,
        .returned = to,
        .value = sees ? linear_nothing() : letter(value),
        .seen = sees ? letter(value) : linear_nothing(),
    };
}

static enum linear_verdict judge(struct linear_op *ops, size_t count, struct linear_value initial,
                                 struct linear_report *report)
{
    const struct linear_options options = { 0 };
    struct linear_model model = *linear_model_find("kv");
    model.initial = initial;
    linear_check(&model, &options, ops, count, report);
    return report->verdict;
}

static int by_invocation(const void *a, const void *b)
{
    const struct linear_op *x = a, *y = b;
    return x->invoked < y->invoked ? -1 : 1;
}

static struct linear_op random_op(struct random_stream *random, size_t place)
{
    static const enum linear_kind kinds[] = { LINEAR_READ, LINEAR_READ, LINEAR_WRITE, LINEAR_CAS,
                                              LINEAR_DELETE };
    uint64_t from = random_below(random, 60) * OPS_MAX + place;
    uint64_t to = from + (1 + random_below(random, 20)) * OPS_MAX;
    const char values[] = "-abc";
    struct linear_op op = op_of(kinds[random_below(random, 5)], from, to, 'a');
    bool lost = random_below(random, 6) == 0;
    op.client = (uint32_t)place % 3;
    if (op.kind != LINEAR_READ && op.kind != LINEAR_DELETE)
        op.value = letter(values[1 + random_below(random, 3)]);
    if (op.kind == LINEAR_READ || op.kind == LINEAR_CAS) {
        op.seen = letter(
            values[random_below(random, op.kind == LINEAR_READ ? 4 : 3) + (op.kind == LINEAR_CAS)]);
    }
    if (op.kind == LINEAR_DELETE)
        op.value = linear_nothing();
    if (op.kind == LINEAR_CAS || op.kind == LINEAR_DELETE)
        op.outcome = random_below(random, 3) == 0 ? LINEAR_NO : LINEAR_YES;
    if (lost) {
        op.returned = LINEAR_NEVER;
        op.outcome = LINEAR_ANY;
    }
    return op;
}

static size_t random_history(struct random_stream *random, struct linear_op *ops)
{
    size_t count = 2 + (size_t)random_below(random, OPS_MAX - 1);
    for (size_t i = 0; i < count; i++)
        ops[i] = random_op(random, i);
    qsort(ops, count, sizeof ops[0], by_invocation);
    return count;
}

/* The operations that are not out: how many. */
static size_t rest_of(const struct linear_op *ops, const bool *out, size_t count,
                      struct linear_op *rest)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (!out[i])
            rest[kept++] = ops[i];
    }
    return kept;
}

START_TEST(a_legal_history_stays_legal_without_what_goes_together)
{
    static const size_t members[OPS_MAX] = { 0, 1, 2, 3, 4, 5, 6, 7, 8 };
    struct random_stream random = random_stream_of(1);
    unsigned legal = 0;
    for (unsigned h = 0; h < HISTORIES; h++) {
        struct linear_op ops[OPS_MAX], rest[OPS_MAX];
        struct linear_report report;
        size_t count = random_history(&random, ops);
        bool is_legal = judge(ops, count, linear_nothing(), &report) == LINEAR_OK;
        linear_report_done(&report);
        for (size_t first = 0; is_legal && first < count; first++) {
            bool out[OPS_MAX] = { false };
            out[first] = true;
            struct linear_choice choice = { ops, members, count, out };
            uint64_t budget = UINT64_MAX;
            suite_require(linear_shrink_close(&choice, &budget));
            size_t kept = rest_of(ops, out, count, rest);
            legal += kept > 0;
            suite_require(judge(rest, kept, linear_nothing(), &report) == LINEAR_OK);
            linear_report_done(&report);
        }
    }
    ck_assert_uint_gt(legal, 1000);
}
END_TEST

START_TEST(a_window_is_illegal_by_itself)
{
    struct random_stream random = random_stream_of(2);
    unsigned illegal = 0, smaller = 0;
    for (unsigned h = 0; h < HISTORIES; h++) {
        struct linear_op ops[OPS_MAX], window[OPS_MAX];
        struct linear_report report, again;
        size_t count = random_history(&random, ops);
        if (judge(ops, count, linear_nothing(), &report) != LINEAR_ILLEGAL) {
            ck_assert_ptr_null(report.window);
            continue;
        }
        bool has_failed = false;
        for (size_t i = 0; i < report.window_count; i++) {
            window[i] = *report.window[i];
            has_failed |= report.window[i] == report.failed;
        }
        suite_require(has_failed);
        suite_require(judge(window, report.window_count, report.window_state, &again) ==
                      LINEAR_ILLEGAL);
        illegal++;
        smaller += report.window_count + 2 < count;
        linear_report_done(&again);
        linear_report_done(&report);
    }
    ck_assert_uint_gt(illegal, 1000);
    ck_assert_uint_gt(smaller, 100);
}
END_TEST

/* Client 9 writes c and reads it, beside the others; nobody needs it. */
START_TEST(a_client_who_has_nothing_to_do_with_it_is_left_out)
{
    struct linear_op ops[] = {
        op_of(LINEAR_WRITE, 0, 40, 'a'), op_of(LINEAR_WRITE, 1, 5, 'c'),
        op_of(LINEAR_READ, 6, 9, 'c'),   op_of(LINEAR_WRITE, 10, 41, 'b'),
        op_of(LINEAR_READ, 42, 50, '-'),
    };
    struct linear_report report;
    ops[1].client = ops[2].client = 9;
    ck_assert_int_eq(judge(ops, 5, linear_nothing(), &report), LINEAR_ILLEGAL);
    for (size_t i = 0; i < report.window_count; i++)
        ck_assert_uint_ne(report.window[i]->client, 9);
    ck_assert_uint_lt(report.window_count, 4);
    linear_report_done(&report);
}
END_TEST

/* The last read is stale, for somebody has read b; without the write of c it would look made up.
 * The long read says nothing of that. */
START_TEST(a_write_stays_where_its_reader_does)
{
    struct linear_op ops[] = {
        op_of(LINEAR_WRITE, 0, 4, 'c'),  op_of(LINEAR_READ, 1, 30, 'b'),
        op_of(LINEAR_WRITE, 2, 6, 'b'),  op_of(LINEAR_READ, 7, 9, 'b'),
        op_of(LINEAR_READ, 10, 12, 'c'),
    };
    struct linear_report report;
    for (uint32_t i = 0; i < 5; i++)
        ops[i].client = i;
    ck_assert_int_eq(judge(ops, 5, linear_nothing(), &report), LINEAR_ILLEGAL);
    ck_assert_uint_eq(report.window_count, 4);
    ck_assert_ptr_eq(report.window[0], &ops[0]);
    ck_assert_ptr_eq(report.window[1], &ops[2]);
    ck_assert_ptr_eq(report.window[2], &ops[3]);
    ck_assert_ptr_eq(report.failed, &ops[4]);
    linear_report_done(&report);
}
END_TEST

/* Nobody knows what an append leaves without the others. */
START_TEST(appends_stay)
{
    static const size_t members[] = { 0, 1 };
    struct linear_op ops[] = { op_of(LINEAR_APPEND, 0, 1, 'a'), op_of(LINEAR_WRITE, 2, 3, 'b') };
    bool out[2] = { false, true };
    uint64_t budget = UINT64_MAX;
    struct linear_choice choice = { ops, members, 2, out };
    ck_assert(!linear_shrink_close(&choice, &budget));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("linear shrink");
    TCase *tests = tcase_create("windows");
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, a_legal_history_stays_legal_without_what_goes_together);
    tcase_add_test(tests, a_window_is_illegal_by_itself);
    tcase_add_test(tests, a_client_who_has_nothing_to_do_with_it_is_left_out);
    tcase_add_test(tests, a_write_stays_where_its_reader_does);
    tcase_add_test(tests, appends_stay);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
