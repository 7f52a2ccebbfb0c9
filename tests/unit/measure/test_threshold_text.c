/* Limits that are met or not, and numbers as they are shown. */
#include "measure/threshold.h"
#include "support/suite.h"

#define MS     UINT64_C(1000000)
#define SECOND (1000 * MS)

START_TEST(a_limit_itself_meets_three_of_the_five_comparisons)
{
    static const struct {
        enum comparison comparison;
        bool below, equal, above;
    } table[] = { { COMPARE_LESS, true, false, false },
                  { COMPARE_AT_MOST, true, true, false },
                  { COMPARE_MORE, false, false, true },
                  { COMPARE_AT_LEAST, false, true, true },
                  { COMPARE_EQUAL, false, true, false } };
    for (size_t i = 0; i < 5; i++) {
        const struct threshold threshold = { .comparison = table[i].comparison, .limit = 7 };
        ck_assert_int_eq(threshold_met(&threshold, 6), table[i].below);
        ck_assert_int_eq(threshold_met(&threshold, 7), table[i].equal);
        ck_assert_int_eq(threshold_met(&threshold, 8), table[i].above);
    }
}
END_TEST

START_TEST(a_number_is_shown_exactly_in_its_unit)
{
    static const struct {
        enum threshold_unit unit;
        uint64_t value;
        const char *text;
    } table[] = { { UNIT_NUMBER, 12, "12" },
                  { UNIT_NS, 141 * MS, "141ms" },
                  { UNIT_NS, UINT64_MAX, "never" },
                  { UNIT_RATE, 968272, "968.272/s" },
                  { UNIT_RATE, 968000, "968/s" },
                  { UNIT_RATE, 50, "0.05/s" },
                  { UNIT_SHARE, 45480943, "4.5480943%" },
                  { UNIT_SHARE, 1000000000, "100%" },
                  { UNIT_BYTES, 512, "512B" },
                  { UNIT_BANDWIDTH, 800, "800bit/s" } };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct cs_text text = { 0 };
        threshold_add_text(&text, table[i].unit, table[i].value);
        ck_assert_str_eq(text_string(&text), table[i].text);
        text_done(&text);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("threshold_text");
    TCase *tests = tcase_create("threshold_text");
    tcase_add_test(tests, a_limit_itself_meets_three_of_the_five_comparisons);
    tcase_add_test(tests, a_number_is_shown_exactly_in_its_unit);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
