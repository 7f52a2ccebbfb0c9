/* The heap of what happens at one instant. */
#include "engine/ties.h"
#include "support/suite.h"

enum { COUNT = 1000 };

static struct ties ties;

static void tear_down(void) { ties_done(&ties); }

START_TEST(the_least_order_comes_first)
{
    ties_push(&ties, 30, 3);
    ties_push(&ties, 10, 1);
    ties_push(&ties, 20, 2);
    ck_assert_uint_eq(ties_pop(&ties), 1);
    ties_push(&ties, 5, 0);
    ck_assert_uint_eq(ties_pop(&ties), 0);
    ck_assert_uint_eq(ties_pop(&ties), 2);
    ck_assert_uint_eq(ties_pop(&ties), 3);
    ck_assert_uint_eq(ties.count, 0);
}
END_TEST

/* Record i has the order 7919 i modulo 1,009, a prime: each once, and in no order. */
START_TEST(a_thousand_come_in_order_whatever_the_order_they_came_in)
{
    static uint32_t record_of[1009];
    for (uint32_t i = 1; i <= COUNT; i++) {
        record_of[i * 7919 % 1009] = i;
        ties_push(&ties, i * 7919 % 1009, i);
    }
    ck_assert_uint_eq(ties.count, COUNT);
    uint32_t seen = 0;
    for (uint32_t order = 0; order < 1009; order++) {
        if (record_of[order] == 0)
            continue;
        ck_assert_uint_eq(ties_pop(&ties), record_of[order]);
        seen++;
    }
    ck_assert_uint_eq(seen, COUNT);
}
END_TEST

int main(void)
{
    TCase *tests = tcase_create("ties");
    tcase_add_checked_fixture(tests, NULL, tear_down);
    tcase_add_test(tests, the_least_order_comes_first);
    tcase_add_test(tests, a_thousand_come_in_order_whatever_the_order_they_came_in);
    Suite *suite = suite_create("ties");
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
