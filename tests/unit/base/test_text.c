#include <inttypes.h>
#include <signal.h>
#include <string.h>

#include "base/text.h"
#include "support/suite.h"

static struct cs_text text;

static void setup(void) { text = (struct cs_text){ 0 }; }
static void teardown(void) { text_done(&text); }

/* What was added since the last call. */
static const char *taken(void)
{
    static char copy[4096];
    ck_assert_uint_eq(strlen(text_string(&text)), text.size);
    ck_assert_uint_lt(text.size, sizeof(copy));
    memcpy(copy, text_string(&text), text.size + 1);
    text_reset(&text);
    return copy;
}

START_TEST(an_empty_text_is_an_empty_string)
{
    ck_assert_str_eq(text_string(&text), "");
    cs_text_add(&text, "%s", "");
    ck_assert_str_eq(text_string(&text), "");
    text_reset(&text);
    ck_assert_str_eq(text_string(&text), "");
}
END_TEST

START_TEST(additions_follow_each_other)
{
    cs_text_add(&text, "term=%u", 7u);
    cs_text_add(&text, " leader=%s", "n1");
    text_add_bytes(&text, "!?", 1);
    ck_assert_str_eq(taken(), "term=7 leader=n1!");
}
END_TEST

START_TEST(numbers_of_every_size)
{
    cs_text_add(&text, "%d %i %u %x", -1, 42, 4294967295u, 0xdeadbeefu);
    ck_assert_str_eq(taken(), "-1 42 4294967295 deadbeef");
    cs_text_add(&text, "%ld %lld %jd", INT64_MIN, (long long)INT64_MAX, (intmax_t)-5);
    ck_assert_str_eq(taken(), "-9223372036854775808 9223372036854775807 -5");
    cs_text_add(&text, "%lu %llx %ju %zu", UINT64_MAX, (unsigned long long)UINT64_MAX, (uintmax_t)0,
                (size_t)9);
    ck_assert_str_eq(taken(), "18446744073709551615 ffffffffffffffff 0 9");
    cs_text_add(&text, "%" PRIu64 " %" PRIi32 " %" PRIx64, UINT64_C(1), INT32_MIN, UINT64_C(171));
    ck_assert_str_eq(taken(), "1 -2147483648 ab");
}
END_TEST

START_TEST(characters_and_percent_signs)
{
    cs_text_add(&text, "%c%c%%%c", 'a', 'b', 'c');
    ck_assert_str_eq(taken(), "ab%c");
    cs_text_add(&text, "100%%");
    ck_assert_str_eq(taken(), "100%");
}
END_TEST

START_TEST(widths_pad_on_the_side_that_was_asked_for)
{
    cs_text_add(&text, "[%5d][%-5d][%05d]", -42, -42, -42);
    ck_assert_str_eq(taken(), "[  -42][-42  ][-0042]");
    cs_text_add(&text, "[%5s][%-5s][%3c][%016lx]", "ab", "ab", 'z', UINT64_C(0x2a));
    ck_assert_str_eq(taken(), "[   ab][ab   ][  z][000000000000002a]");
    cs_text_add(&text, "[%2d][%1s]", 12345, "abc");
    ck_assert_str_eq(taken(), "[12345][abc]");
    cs_text_add(&text, "[%*d][%0*d]", 4, 1, 4, 1);
    ck_assert_str_eq(taken(), "[   1][0001]");
}
END_TEST

START_TEST(no_bytes_may_be_nowhere)
{
    const char *volatile nowhere = NULL;
    cs_text_add(&text, "[%.*s]", 0, nowhere);
    ck_assert_str_eq(taken(), "[]");
}
END_TEST

START_TEST(a_precision_cuts_a_string_and_reads_no_further)
{
    const char unterminated[3] = { 'a', 'b', 'c' };
    cs_text_add(&text, "[%.*s][%.2s][%.9s][%.0s][%4.1s]", 3, unterminated, "abc", "abc", "abc",
                "abc");
    ck_assert_str_eq(taken(), "[abc][ab][abc][][   a]");
}
END_TEST

START_TEST(a_long_text_grows)
{
    for (int i = 0; i < 500; i++)
        cs_text_add(&text, "%07d", i);
    ck_assert_uint_eq(text.size, 3500);
    ck_assert_uint_eq(strlen(text.data), 3500);
    ck_assert_str_eq(text.data + 3493, "0000499");
}
END_TEST

START_TEST(durations_are_exact_and_short)
{
    const struct {
        uint64_t ns;
        const char *expected;
    } cases[] = {
        { 0, "0s" },
        { 1, "1ns" },
        { 999, "999ns" },
        { 1000, "1us" },
        { 250000, "250us" },
        { 1500, "1.5us" },
        { 3000000, "3ms" },
        { 1000001, "1.000001ms" },
        { 1500000000, "1.5s" },
        { 60000000000, "60s" },
        { 1000000001, "1.000000001s" },
        { 12050000000, "12.05s" },
        { UINT64_MAX, "18446744073.709551615s" },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        text_add_duration(&text, cases[i].ns);
        ck_assert_str_eq(taken(), cases[i].expected);
    }
}
END_TEST

/* The compiler's own check of formats must not see these. */
static void add_unchecked(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    text_add_list(&text, format, arguments);
#pragma GCC diagnostic pop
    va_end(arguments);
}

START_TEST(small_sizes_cut_what_is_too_large_for_them)
{
    add_unchecked("%hhd %hhu %hd %hu", 0x1ff, 0x1ff, 0x1fffe, 0x1fffe);
    ck_assert_str_eq(taken(), "-1 255 -2 65534");
}
END_TEST

START_TEST(floating_point_is_a_bug) { add_unchecked("%f", 1.0); }
END_TEST

START_TEST(an_unfinished_conversion_is_a_bug) { add_unchecked("100%"); }
END_TEST

START_TEST(a_missing_string_is_a_bug) { add_unchecked("%s", NULL); }
END_TEST

int main(void)
{
    Suite *suite = suite_create("text");
    TCase *tcase = tcase_create("text");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, an_empty_text_is_an_empty_string);
    tcase_add_test(tcase, additions_follow_each_other);
    tcase_add_test(tcase, numbers_of_every_size);
    tcase_add_test(tcase, small_sizes_cut_what_is_too_large_for_them);
    tcase_add_test(tcase, characters_and_percent_signs);
    tcase_add_test(tcase, widths_pad_on_the_side_that_was_asked_for);
    tcase_add_test(tcase, a_precision_cuts_a_string_and_reads_no_further);
    tcase_add_test(tcase, no_bytes_may_be_nowhere);
    tcase_add_test(tcase, a_long_text_grows);
    tcase_add_test(tcase, durations_are_exact_and_short);
    tcase_add_test_raise_signal(tcase, floating_point_is_a_bug, SIGABRT);
    tcase_add_test_raise_signal(tcase, an_unfinished_conversion_is_a_bug, SIGABRT);
    tcase_add_test_raise_signal(tcase, a_missing_string_is_a_bug, SIGABRT);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
