/* The digest covers every record, in order, and does not depend on when it is asked for. */
#include <check.h>

#include "engine/trace.h"
#include "support/suite.h"

static struct trace *trace;

static void set_up(void) { trace = trace_new(); }
static void tear_down(void) { trace_free(trace); }

static struct trace_record record_of(uint64_t n)
{
    return (struct trace_record){
        .at = n * 10, .kind = (uint16_t)(n % 7), .detail = 1, .instance = 3, .a = n, .b = ~n
    };
}

static void add_range(uint64_t from, uint64_t to)
{
    for (uint64_t n = from; n < to; n++) {
        struct trace_record record = record_of(n);
        trace_add(trace, &record);
    }
}

START_TEST(asking_for_the_digest_does_not_change_it)
{
    add_range(0, 1000);
    uint64_t at_once = trace_digest(trace);
    trace_reset(trace);
    for (uint64_t n = 0; n < 1000; n++) {
        add_range(n, n + 1);
        trace_digest(trace);
    }
    ck_assert_uint_eq(trace_digest(trace), at_once);
    ck_assert_uint_eq(trace_count(trace), 1000);
}
END_TEST

START_TEST(every_field_of_every_record_counts)
{
    add_range(0, 700);
    uint64_t same = trace_digest(trace);
    for (uint64_t changed = 0; changed < 700; changed += 99) {
        for (int field = 0; field < 6; field++) {
            trace_reset(trace);
            add_range(0, changed);
            struct trace_record record = record_of(changed);
            record.at += field == 0;
            record.kind ^= (uint16_t)(field == 1);
            record.detail ^= (uint16_t)(field == 2);
            record.instance += field == 3;
            record.a += field == 4;
            record.b += field == 5;
            trace_add(trace, &record);
            add_range(changed + 1, 700);
            ck_assert_uint_ne(trace_digest(trace), same);
        }
    }
}
END_TEST

START_TEST(the_order_of_records_counts)
{
    add_range(0, 2);
    uint64_t forward = trace_digest(trace);
    trace_reset(trace);
    add_range(1, 2);
    add_range(0, 1);
    ck_assert_uint_ne(trace_digest(trace), forward);
}
END_TEST

START_TEST(the_last_records_are_kept_oldest_first)
{
    struct trace_record last[TRACE_KEPT];
    ck_assert_uint_eq(trace_last(trace, last, TRACE_KEPT), 0);
    add_range(0, 3);
    ck_assert_uint_eq(trace_last(trace, last, TRACE_KEPT), 3);
    ck_assert_uint_eq(last[0].a, 0);
    ck_assert_uint_eq(last[2].a, 2);
    add_range(3, 1000);
    ck_assert_uint_eq(trace_last(trace, last, TRACE_KEPT), TRACE_KEPT);
    ck_assert_uint_eq(last[0].a, 1000 - TRACE_KEPT);
    ck_assert_uint_eq(last[TRACE_KEPT - 1].a, 999);
    ck_assert_uint_eq(trace_last(trace, last, 2), 2);
    ck_assert_uint_eq(last[0].a, 998);
}
END_TEST

/* Pinned, and checked by another program (`xxhsum -H3` of the same bytes): a change of this value
 * changes every digest that anybody has written down. */
START_TEST(the_digest_of_a_known_trace_is_known)
{
    add_range(0, 1000);
    ck_assert_uint_eq(trace_digest(trace), UINT64_C(0xc88a032598c1f3b1));
}
END_TEST

static void count_sink(void *argument, const struct trace_record *record)
{
    uint64_t *sum = argument;
    *sum += record->a;
}

START_TEST(a_sink_sees_every_record)
{
    uint64_t sum = 0;
    trace_set_sink(trace, count_sink, &sum);
    add_range(0, 1000);
    ck_assert_uint_eq(sum, 499500);
}
END_TEST

int main(void)
{
    TCase *digest = tcase_create("digest");
    tcase_add_checked_fixture(digest, set_up, tear_down);
    tcase_add_test(digest, asking_for_the_digest_does_not_change_it);
    tcase_add_test(digest, every_field_of_every_record_counts);
    tcase_add_test(digest, the_order_of_records_counts);
    tcase_add_test(digest, the_last_records_are_kept_oldest_first);
    tcase_add_test(digest, the_digest_of_a_known_trace_is_known);
    tcase_add_test(digest, a_sink_sees_every_record);
    Suite *suite = suite_create("trace");
    suite_add_tcase(suite, digest);
    return suite_run(suite);
}
