/* round_trip: the numbers of RFC 6298. */
#include <signal.h>

#include "common/round_trip.h"
#include "support/suite.h"

static struct round_trip round_of(uint64_t first, uint64_t min, uint64_t max)
{
    struct round_trip round;
    round_trip_init(&round, cs_ms(first), cs_ms(min), cs_ms(max));
    return round;
}

START_TEST(the_first_measurement_r_makes_the_timeout_three_r)
{
    struct round_trip round = round_of(1000, 1, 60000);
    ck_assert_uint_eq(round.timeout.ns, cs_ms(1000).ns);
    round_trip_measured(&round, cs_ms(100));
    ck_assert_uint_eq(round.smoothed.ns, cs_ms(100).ns);
    ck_assert_uint_eq(round.varied.ns, cs_ms(50).ns);
    ck_assert_uint_eq(round.timeout.ns, cs_ms(300).ns);
}
END_TEST

START_TEST(later_ones_weigh_an_eighth_and_their_deviation_a_quarter)
{
    struct round_trip round = round_of(1000, 1, 60000);
    round_trip_measured(&round, cs_ms(100));
    round_trip_measured(&round, cs_ms(180));
    ck_assert_uint_eq(round.smoothed.ns, cs_ms(110).ns); /* 7/8 100 + 1/8 180 */
    ck_assert_uint_eq(round.varied.ns, cs_us(57500).ns); /* 3/4 50 + 1/4 80 */
    ck_assert_uint_eq(round.timeout.ns, cs_ms(110 + 4 * 57).ns + cs_ms(2).ns);
    round_trip_measured(&round, cs_ms(30));
    ck_assert_uint_eq(round.smoothed.ns, cs_ms(100).ns);
    ck_assert_uint_eq(round.varied.ns, cs_us(63125).ns);
}
END_TEST

START_TEST(equal_measurements_lead_to_the_least)
{
    struct round_trip round = round_of(1000, 40, 60000);
    for (int i = 0; i < 100; i++)
        round_trip_measured(&round, cs_ms(10));
    ck_assert_uint_eq(round.smoothed.ns, cs_ms(10).ns);
    ck_assert_uint_eq(round.timeout.ns, cs_ms(40).ns);
}
END_TEST

START_TEST(backing_off_doubles_up_to_the_most_and_a_measurement_ends_it)
{
    struct round_trip round = round_of(100, 1, 350);
    round_trip_back_off(&round);
    ck_assert_uint_eq(round.timeout.ns, cs_ms(200).ns);
    round_trip_back_off(&round);
    ck_assert_uint_eq(round.timeout.ns, cs_ms(350).ns);
    round_trip_measured(&round, cs_ms(10));
    ck_assert_uint_eq(round.timeout.ns, cs_ms(30).ns);
}
END_TEST

START_TEST(no_measurement_is_too_short_or_too_long)
{
    struct round_trip round = round_of(100, 1, 350);
    round_trip_measured(&round, cs_ns(0));
    ck_assert_uint_eq(round.timeout.ns, cs_ms(1).ns);
    for (int i = 0; i < 100; i++)
        round_trip_measured(&round, cs_ns(UINT64_MAX));
    ck_assert_uint_eq(round.timeout.ns, cs_ms(350).ns);
}
END_TEST

START_TEST(a_least_beyond_the_most_is_a_bug) { round_of(100, 200, 350); }
END_TEST

int main(void)
{
    Suite *suite = suite_create("round_trip");
    TCase *tcase = tcase_create("round_trip");
    tcase_add_test(tcase, the_first_measurement_r_makes_the_timeout_three_r);
    tcase_add_test(tcase, later_ones_weigh_an_eighth_and_their_deviation_a_quarter);
    tcase_add_test(tcase, equal_measurements_lead_to_the_least);
    tcase_add_test(tcase, backing_off_doubles_up_to_the_most_and_a_measurement_ends_it);
    tcase_add_test(tcase, no_measurement_is_too_short_or_too_long);
    tcase_add_test_raise_signal(tcase, a_least_beyond_the_most_is_a_bug, SIGABRT);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
