/* Values with units: exact or refused. */
#include "scenario/value.h"
#include "support/suite.h"

typedef char *(*value_reader)(const char *text, int64_t *ret);

struct good {
    const char *text;
    int64_t value;
};

static void check_good(value_reader read, const struct good *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        int64_t value = -7;
        char *wrong = read(cases[i].text, &value);
        ck_assert_msg(wrong == NULL, "%s: %s", cases[i].text, wrong);
        ck_assert_msg(value == cases[i].value, "%s: %lld", cases[i].text, (long long)value);
    }
}

/* Pairs of a text and the sentence that it gets. */
static void check_wrong(value_reader read, const char *const (*cases)[2], size_t count)
{
    for (size_t i = 0; i < count; i++) {
        int64_t value = -7;
        g_autofree char *wrong = read(cases[i][0], &value);
        ck_assert_msg(wrong != NULL, "%s was taken", cases[i][0]);
        ck_assert_str_eq(wrong, cases[i][1]);
        ck_assert_int_eq(value, -7);
    }
}

START_TEST(durations_are_exact)
{
    static const struct good cases[] = {
        { "0s", 0 },
        { "1ns", 1 },
        { "150us", 150000 },
        { "38ms", 38000000 },
        { "0.1s", 100000000 },
        { "0.3ms", 300000 },
        { "1.5us", 1500 },
        { "0.000000001s", 1 },
        { "1.000000000000000000000s", 1000000000 },
        { "0.50s", 500000000 },
        { "007s", 7000000000 },
        { "2min", 120000000000 },
        { "10h", 36000000000000 },
        { "30d", 2592000000000000 },
        { "10y", 315360000000000000 },
        { "-5ms", -5000000 },
        { "+250ms", 250000000 },
        { "292y", 9208512000000000000 },
        { "1234567890123456789ns", 1234567890123456789 },
    };
    check_good(value_duration, cases, G_N_ELEMENTS(cases));
}
END_TEST

START_TEST(durations_that_cannot_be_kept_are_refused)
{
    static const char *const cases[][2] = {
        { "0.5ns", "\"0.5ns\" is finer than a nanosecond" },
        { "0.0000000001s", "\"0.0000000001s\" is finer than a nanosecond" },
        { "293y", "\"293y\" is too large" },
        { "999999999999999999d", "\"999999999999999999d\" is too large" },
        { "10x", "\"10x\" is not a duration: \"x\" is none of the units ns us ms s min h d y" },
        { "10 s", "\"10 s\" is not a duration: \" s\" is none of the units ns us ms s min h d y" },
        { "10S", "\"10S\" is not a duration: \"S\" is none of the units ns us ms s min h d y" },
        { "10", "\"10\" has no unit (ns us ms s min h d y); a duration is written like \"150us\" "
                "or \"2min\"" },
        { "", "\"\" is not a duration; it is written like \"150us\" or \"2min\"" },
        { "s", "\"s\" is not a duration; it is written like \"150us\" or \"2min\"" },
        { ".5s", "\".5s\" is not a duration; it is written like \"150us\" or \"2min\"" },
        { "--5s", "\"--5s\" is not a duration; it is written like \"150us\" or \"2min\"" },
        { "12345678901234567890ns", "\"12345678901234567890ns\" is not a duration; it is written "
                                    "like \"150us\" or \"2min\"" },
        { "5.s", "\"5.s\" is not a duration: \".s\" is none of the units ns us ms s min h d y" },
        { "1e3s", "\"1e3s\" is not a duration: \"e3s\" is none of the units ns us ms s min h d y" },
    };
    check_wrong(value_duration, cases, G_N_ELEMENTS(cases));
}
END_TEST

START_TEST(fine_durations_reach_down_to_picoseconds)
{
    static const struct good cases[] = {
        { "0ns", 0 }, { "1ps", 1 }, { "0.8ns", 800 }, { "5us", 5000000 }
    };
    check_good(value_fine_duration, cases, G_N_ELEMENTS(cases));
    static const char *const wrong[][2] = {
        { "-1ns", "\"-1ns\" is negative" },
        { "0.1ps", "\"0.1ps\" is finer than a picosecond" },
    };
    check_wrong(value_fine_duration, wrong, G_N_ELEMENTS(wrong));
}
END_TEST

START_TEST(rates_are_thousandths_per_second)
{
    static const struct good cases[] = {
        { "1000/s", 1000000 },   { "0.5/s", 500 },   { "30/min", 500 },
        { "2/ms", 2000000 },     { "3600/h", 1000 }, { "0/s", 0 },
        { "1/us", 1000000000 },  { "0.001/s", 1 },   { "100/min", 1667 },
        { "1000000/h", 277778 },
    };
    check_good(value_rate, cases, G_N_ELEMENTS(cases));
    static const char *const wrong[][2] = {
        { "1/min", "\"1/min\" is too slow: rates are kept in thousandths per second" },
        { "0.0001/s", "\"0.0001/s\" is too slow: rates are kept in thousandths per second" },
        { "-1/s", "\"-1/s\" is negative" },
        { "+1/s", "\"+1/s\" is not a rate; it is written like \"1000/s\" or \"30/min\"" },
        { "5/day", "\"5/day\" is not a rate: \"/day\" is none of the units /us /ms /s /min /h" },
    };
    check_wrong(value_rate, wrong, G_N_ELEMENTS(wrong));
}
END_TEST

START_TEST(sizes_know_both_families_of_units)
{
    static const struct good cases[] = {
        { "0B", 0 },        { "128B", 128 },        { "4KiB", 4096 },         { "1.5KiB", 1536 },
        { "2MB", 2000000 }, { "1GiB", 1073741824 }, { "1TB", 1000000000000 },
    };
    check_good(value_bytes, cases, G_N_ELEMENTS(cases));
    static const char *const wrong[][2] = {
        { "1.5B", "\"1.5B\" is finer than a byte" },
        { "0.3KiB", "\"0.3KiB\" is finer than a byte" },
        { "4kb", "\"4kb\" is not a size: \"kb\" is none of the units B KB MB GB TB KiB MiB GiB "
                 "TiB" },
    };
    check_wrong(value_bytes, wrong, G_N_ELEMENTS(wrong));
}
END_TEST

START_TEST(bandwidths_in_bytes_are_eight_times_those_in_bits)
{
    static const struct good cases[] = {
        { "10Gbit/s", 10000000000 }, { "0.5Mbit/s", 500000 }, { "800MB/s", 6400000000 },
        { "1KiB/s", 8192 },          { "1kbit/s", 1000 },     { "1bit/s", 1 },
    };
    check_good(value_bandwidth, cases, G_N_ELEMENTS(cases));
}
END_TEST

START_TEST(seeds_are_hexadecimal)
{
    uint64_t seed = 0;
    ck_assert_ptr_null(value_seed("0x2a", &seed));
    ck_assert_uint_eq(seed, 42);
    ck_assert_ptr_null(value_seed("0xFFFFFFFFFFFFFFFF", &seed));
    ck_assert_uint_eq(seed, UINT64_MAX);
    static const char *const wrong[] = { "42", "0x", "0x00000000000000001", "0x2g", "", "2a" };
    for (size_t i = 0; i < G_N_ELEMENTS(wrong); i++) {
        g_autofree char *sentence = value_seed(wrong[i], &seed);
        ck_assert_msg(sentence != NULL, "%s was taken", wrong[i]);
    }
}
END_TEST

START_TEST(probabilities_are_parts_of_two_to_the_32)
{
    uint64_t parts = 7;
    ck_assert(value_probability(0.0, &parts));
    ck_assert_uint_eq(parts, 0);
    ck_assert(value_probability(1.0, &parts));
    ck_assert_uint_eq(parts, UINT64_C(4294967296));
    ck_assert(value_probability(0.25, &parts));
    ck_assert_uint_eq(parts, 1073741824);
    ck_assert(value_probability(0.0005, &parts));
    ck_assert_uint_eq(parts, 2147484); /* 2147483.648 */
    ck_assert(!value_probability(1.5, &parts));
    ck_assert(!value_probability(-0.1, &parts));
    ck_assert_uint_eq(parts, 2147484);
}
END_TEST

START_TEST(fractions_are_read_from_text)
{
    uint64_t parts = 0;
    ck_assert_ptr_null(value_fraction("0.5", &parts));
    ck_assert_uint_eq(parts, 2147483648);
    ck_assert_ptr_null(value_fraction("0.4", &parts));
    ck_assert_uint_eq(parts, 1717986918); /* 1717986918.4 */
    ck_assert_ptr_null(value_fraction("1", &parts));
    ck_assert_uint_eq(parts, UINT64_C(4294967296));
    static const char *const wrong[] = { "1.1", "-0.5", "0.5x", "", "half" };
    for (size_t i = 0; i < G_N_ELEMENTS(wrong); i++) {
        g_autofree char *sentence = value_fraction(wrong[i], &parts);
        ck_assert_msg(sentence != NULL, "%s was taken", wrong[i]);
    }
}
END_TEST

START_TEST(a_duration_is_written_in_its_largest_even_unit)
{
    static const struct good cases[] = {
        { "0s", 0 },
        { "90s", 90000000000 },
        { "1500ms", 1500000000 },
        { "250us", 250000 },
        { "1ns", 1 },
        { "-3ms", -3000000 },
        { "1234567ns", 1234567 },
        { "2y", INT64_C(63072000000000000) },
        { "31536001s", INT64_C(31536001000000000) },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *text = value_duration_text(cases[i].value);
        ck_assert_str_eq(text, cases[i].text);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("values");
    TCase *tests = tcase_create("values");
    tcase_add_test(tests, durations_are_exact);
    tcase_add_test(tests, durations_that_cannot_be_kept_are_refused);
    tcase_add_test(tests, fine_durations_reach_down_to_picoseconds);
    tcase_add_test(tests, rates_are_thousandths_per_second);
    tcase_add_test(tests, sizes_know_both_families_of_units);
    tcase_add_test(tests, bandwidths_in_bytes_are_eight_times_those_in_bits);
    tcase_add_test(tests, seeds_are_hexadecimal);
    tcase_add_test(tests, probabilities_are_parts_of_two_to_the_32);
    tcase_add_test(tests, fractions_are_read_from_text);
    tcase_add_test(tests, a_duration_is_written_in_its_largest_even_unit);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
