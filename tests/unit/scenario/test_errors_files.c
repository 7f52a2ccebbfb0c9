/* Files that cannot be read or understood at all, and tables beside a scenario. */
#include <glib/gstdio.h>
#include <string.h>

#include "given.h"
#include "scenario/source.h"
#include "support/suite.h"

static void check_file(const char *name, const char *expected)
{
    g_autofree char *errors = given_errors(name);
    ck_assert_str_eq(errors, expected);
}

static void check_bytes(const void *bytes, size_t size, const char *expected)
{
    given_bytes("s.json", bytes, size);
    check_file("s.json", expected);
}

START_TEST(a_missing_file)
{
    check_file("none.json", "none.json: error: there is no such file\n");
    check_file("no/such/folder.json", "no/such/folder.json: error: there is no such file\n");
}
END_TEST

START_TEST(a_directory) { check_file("..", "..: error: it is a directory, not a file\n"); }
END_TEST

START_TEST(a_file_in_a_file)
{
    given_file("s.json", "{}");
    check_file("s.json/x", "s.json/x: error: a part of its path is not a directory\n");
}
END_TEST

START_TEST(a_file_of_100_megabytes)
{
    GString *text = g_string_new(NULL);
    g_string_set_size(text, 100000000);
    memset(text->str, ' ', text->len);
    given_bytes("s.json", text->str, text->len);
    g_string_free(text, TRUE);
    check_file("s.json",
               "s.json: error: it is larger than 16 MiB, the most that a scenario may have\n");
}
END_TEST

START_TEST(a_file_without_an_end)
{
    check_file("/dev/zero",
               "/dev/zero: error: it is larger than 16 MiB, the most that a scenario may have\n");
}
END_TEST

START_TEST(bytes_that_are_no_utf_8)
{
    static const char bytes[] = "{ \"name\": \"a\xff"
                                "b\" }\n";
    check_bytes(bytes, sizeof bytes - 1,
                "s.json:1:13: error: the byte 0xff is not valid UTF-8\n"
                "    1 | { \"name\": \"a?b\" }\n"
                "      |             ^\n");
}
END_TEST

START_TEST(a_zero_byte)
{
    static const char bytes[] = "{ \"name\": \"a\0b\" }\n";
    check_bytes(bytes, sizeof bytes - 1,
                "s.json:1:13: error: the file holds a zero byte; it is not text\n"
                "    1 | { \"name\": \"a b\" }\n"
                "      |             ^\n");
}
END_TEST

START_TEST(a_byte_order_mark)
{
    static const char bytes[] = "\xef\xbb\xbf{}\n";
    g_autofree char *errors = NULL;
    given_bytes("s.json", bytes, sizeof bytes - 1);
    errors = given_errors("s.json");
    ck_assert(g_str_has_prefix(errors, "s.json:1:1: error: the file begins with a byte order mark; "
                                       "save it as plain UTF-8\n"));
}
END_TEST

START_TEST(ten_thousand_levels)
{
    GString *text = g_string_new("{ \"tags\": ");
    for (int i = 0; i < 10000; i++)
        g_string_append_c(text, '[');
    given_bytes("s.json", text->str, text->len);
    g_string_free(text, TRUE);
    g_autofree char *errors = given_errors("s.json");
    ck_assert(g_str_has_prefix(errors,
                               "s.json:1:74: error: nested too deeply: at most 64 levels (at "
                               "/tags/0/0/0/"));
}
END_TEST

START_TEST(more_errors_than_anybody_reads)
{
    GString *text = g_string_new("{");
    for (int i = 0; i < 150; i++)
        g_string_append_printf(text, "%s \"unknown%d\": 1", i == 0 ? "" : ",\n", i);
    g_string_append(text, " }\n");
    given_bytes("s.json", text->str, text->len);
    g_string_free(text, TRUE);
    g_autofree char *errors = given_errors("s.json");
    ck_assert(g_str_has_suffix(errors, "\nerror: and 50 more\n"));
    ck_assert_ptr_nonnull(strstr(errors, "unknown key \"unknown99\""));
    ck_assert_ptr_null(strstr(errors, "unknown key \"unknown100\""));
}
END_TEST

static void check_table(const char *table, const char *expected)
{
    given_file("t.csv", table);
    given_file("s.json",
               "{ \"format\": 1, \"name\": \"x\", \"time\": { \"duration\": \"10s\" },\n"
               "  \"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": [\"A\"] } },\n"
               "  \"topology\": { \"links\": { \"default\": { \"latency\":\n"
               "    { \"empirical\": \"t.csv\" } } } } }\n");
    check_file("s.json", expected);
}

START_TEST(a_table_without_its_header)
{
    check_table("0,1\n1,2\n", "t.csv:1:1: error: the first line must read quantile,latency_ms\n"
                              "    1 | 0,1\n"
                              "      | ^^^\n");
}
END_TEST

START_TEST(a_table_that_begins_with_a_byte_order_mark)
{
    check_table("\xef\xbb\xbfquantile,latency_ms\n0,1\n1,2\n",
                "t.csv:1:1: error: the file begins with a byte order mark: save it without one\n"
                "    1 | \xef\xbb\xbfquantile,latency_ms\n"
                "      | ^\n");
}
END_TEST

START_TEST(a_table_with_a_line_that_is_none)
{
    check_table("quantile,latency_ms\n0,1\nhalf,2\n",
                "t.csv:3:1: error: expected a quantile from 0 to 1, a comma and milliseconds\n"
                "    3 | half,2\n"
                "      | ^^^^^^\n");
    check_table("quantile,latency_ms\n0,-1\n",
                "t.csv:2:1: error: expected a quantile from 0 to 1, a comma and milliseconds\n"
                "    2 | 0,-1\n"
                "      | ^^^^\n");
}
END_TEST

START_TEST(a_table_that_descends)
{
    check_table("quantile,latency_ms\n0,5\n1,4\n",
                "t.csv:3:1: error: below the line before it; both columns ascend\n"
                "    3 | 1,4\n"
                "      | ^^^\n");
}
END_TEST

START_TEST(a_table_without_points)
{
    check_table("quantile,latency_ms\n", "s.json:4:20: error: \"t.csv\" has no points (at "
                                         "/topology/links/default/latency/empirical)\n"
                                         "    4 |     { \"empirical\": \"t.csv\" } } } } }\n"
                                         "      |                    ^^^^^^^\n");
}
END_TEST

START_TEST(a_table_in_an_empty_file)
{
    check_table("", "s.json:4:20: error: \"t.csv\" is empty; its first line must read "
                    "quantile,latency_ms (at /topology/links/default/latency/empirical)\n"
                    "    4 |     { \"empirical\": \"t.csv\" } } } } }\n"
                    "      |                    ^^^^^^^\n");
}
END_TEST

START_TEST(a_table_with_unsorted_quantiles)
{
    check_table("quantile,latency_ms\n0,1\n0.9,2\n0.5,3\n",
                "t.csv:4:1: error: below the line before it; both columns ascend\n"
                "    4 | 0.5,3\n"
                "      | ^^^^^\n");
}
END_TEST

START_TEST(a_table_with_text_in_a_cell)
{
    check_table("quantile,latency_ms\n0,1\n0.5,fast\n",
                "t.csv:3:1: error: expected a quantile from 0 to 1, a comma and milliseconds\n"
                "    3 | 0.5,fast\n"
                "      | ^^^^^^^^\n");
    check_table("quantile,latency_ms\n0,1\n0.5,2,3\n",
                "t.csv:3:1: error: expected a quantile from 0 to 1, a comma and milliseconds\n"
                "    3 | 0.5,2,3\n"
                "      | ^^^^^^^\n");
}
END_TEST

START_TEST(a_table_with_more_rows_than_are_kept)
{
    GString *text = g_string_new("quantile,latency_ms\n");
    for (int i = 0; i <= 100000; i++)
        g_string_append(text, "0.5,1\n");
    check_table(text->str, "t.csv:100002:1: error: more than 100000 points\n"
                           "100002 | 0.5,1\n"
                           "       | ^^^^^\n");
    g_string_free(text, TRUE);
}
END_TEST

/* Another machine has not got it, and a scenario is to run there too. */
START_TEST(a_table_by_an_absolute_path)
{
    given_file("s.json",
               "{ \"format\": 1, \"name\": \"x\", \"time\": { \"duration\": \"10s\" },\n"
               "  \"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": [\"A\"] } },\n"
               "  \"topology\": { \"links\": { \"default\": { \"latency\":\n"
               "    { \"empirical\": \"/t.csv\" } } } } }\n");
    check_file("s.json", "s.json:4:20: error: \"/t.csv\" is an absolute path; name the file "
                         "relative to the scenario (at "
                         "/topology/links/default/latency/empirical)\n"
                         "    4 |     { \"empirical\": \"/t.csv\" } } } } }\n"
                         "      |                    ^^^^^^^^\n");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("errors: files");
    TCase *tests = tcase_create("errors");
    tcase_add_checked_fixture(tests, given_folder, given_no_folder);
    tcase_add_test(tests, a_missing_file);
    tcase_add_test(tests, a_directory);
    tcase_add_test(tests, a_file_in_a_file);
    tcase_add_test(tests, a_file_of_100_megabytes);
    tcase_add_test(tests, a_file_without_an_end);
    tcase_add_test(tests, bytes_that_are_no_utf_8);
    tcase_add_test(tests, a_zero_byte);
    tcase_add_test(tests, a_byte_order_mark);
    tcase_add_test(tests, ten_thousand_levels);
    tcase_add_test(tests, more_errors_than_anybody_reads);
    tcase_add_test(tests, a_table_without_its_header);
    tcase_add_test(tests, a_table_that_begins_with_a_byte_order_mark);
    tcase_add_test(tests, a_table_with_a_line_that_is_none);
    tcase_add_test(tests, a_table_that_descends);
    tcase_add_test(tests, a_table_without_points);
    tcase_add_test(tests, a_table_in_an_empty_file);
    tcase_add_test(tests, a_table_with_unsorted_quantiles);
    tcase_add_test(tests, a_table_with_text_in_a_cell);
    tcase_add_test(tests, a_table_with_more_rows_than_are_kept);
    tcase_add_test(tests, a_table_by_an_absolute_path);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
