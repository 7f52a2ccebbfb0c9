/* What is wrong with the text itself, its keys and its single values.  Each message is spelt out.
 */
#include "given.h"
#include "support/suite.h"

static void check(const char *scenario, const char *expected)
{
    g_autofree char *errors = given_errors_of_text(scenario);
    ck_assert_str_eq(errors, expected);
}

/* clang-format off */
START_TEST(text_that_is_no_json)
{
    check("format = 1\n",

          "s.json:1:1: error: not JSON: a value is expected here\n"
          "    1 | format = 1\n"
          "      | ^^^^^^\n");
}
END_TEST

START_TEST(an_empty_file)
{
    check("",

          "s.json:1:1: error: the file is empty\n");
}
END_TEST

START_TEST(a_file_of_blanks)
{
    check(" \n"
          "\n",

          "s.json:3:1: error: the file is empty\n"
          "    3 | \n"
          "      | ^\n");
}
END_TEST

START_TEST(a_list_instead_of_an_object)
{
    check("[1, 2]\n",

          "s.json:1:1: error: a scenario is an object: it begins with \"{\"\n"
          "    1 | [1, 2]\n"
          "      | ^\n");
}
END_TEST

START_TEST(a_missing_comma)
{
    check("{ \"format\": 1\n"
          "  \"name\": \"x\" }\n",

          "s.json:2:3: error: not JSON: \",\" or \"}\" is expected here\n"
          "    2 |   \"name\": \"x\" }\n"
          "      |   ^\n");
}
END_TEST

START_TEST(a_trailing_comma)
{
    check("{ \"format\": 1, \"name\": \"x\", }\n",

          "s.json:1:29: error: not JSON: no comma is allowed before \"}\"\n"
          "    1 | { \"format\": 1, \"name\": \"x\", }\n"
          "      |                             ^\n");
}
END_TEST

START_TEST(a_comment)
{
    check("{ // the format\n"
          "  \"format\": 1 }\n",

          "s.json:1:3: error: not JSON: comments are not allowed; say it in a \"note\"\n"
          "    1 | { // the format\n"
          "      |   ^\n");
}
END_TEST

START_TEST(text_after_the_end)
{
    check("{ \"format\": 1 }\n"
          "}\n",

          "s.json:2:1: error: not JSON: nothing may follow the scenario's last brace\n"
          "    2 | }\n"
          "      | ^\n");
}
END_TEST

START_TEST(a_string_without_an_end)
{
    check("{ \"format\": 1, \"name\": \"x\n"
          "}\n",

          "s.json:1:24: error: not JSON: this string has no closing quote (at /name)\n"
          "    1 | { \"format\": 1, \"name\": \"x\n"
          "      |                        ^\n");
}
END_TEST

START_TEST(a_bare_value_with_a_unit)
{
    check("{ \"format\": 1, \"time\": { \"duration\": 10s } }\n",

          "s.json:1:38: error: not JSON: malformed number (a value with a unit needs quotes) (at /time/duration)\n"
          "    1 | { \"format\": 1, \"time\": { \"duration\": 10s } }\n"
          "      |                                      ^\n");
}
END_TEST

START_TEST(a_number_that_no_machine_holds)
{
    check("{ \"format\": 123456789012345678901234567890 }\n",

          "s.json:1:42: error: not JSON: too big integer\n"
          "    1 | { \"format\": 123456789012345678901234567890 }\n"
          "      |                                          ^\n");
}
END_TEST

START_TEST(half_a_surrogate_pair)
{
    check("{ \"name\": \"\\ud800\" }\n",

          "s.json:1:12: error: not JSON: half of a surrogate pair (at /name)\n"
          "    1 | { \"name\": \"\\ud800\" }\n"
          "      |            ^\n");
}
END_TEST

START_TEST(a_duplicate_key)
{
    check("{ \"format\": 1, \"name\": \"x\",\n"
          "  \"time\": { \"duration\": \"1s\", \"duration\": \"2s\" } }\n",

          "s.json:2:31: error: duplicate key \"duration\" (at /time/duration)\n"
          "    2 |   \"time\": { \"duration\": \"1s\", \"duration\": \"2s\" } }\n"
          "      |                               ^^^^^^^^^^\n");
}
END_TEST

START_TEST(an_unknown_key)
{
    check("{ \"format\": 1, \"name\": \"x\",\n"
          "  \"time\": { \"duration\": \"10s\" }, \"colour\": 1,\n"
          "  \"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": [\"A\"] } } }\n",

          "s.json:2:34: error: unknown key \"colour\" (at /)\n"
          "    2 |   \"time\": { \"duration\": \"10s\" }, \"colour\": 1,\n"
          "      |                                  ^^^^^^^^\n");
}
END_TEST

START_TEST(a_misspelt_key)
{
    check("{ \"format\": 1, \"name\": \"x\",\n"
          "  \"time\": { \"duration\": \"10s\" },\n"
          "  \"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": [\"A\", \"B\", \"C\"] } },\n"
          "  \"topology\": { \"links\": { \"default\": { \"latncy\": \"38ms\" } } } }\n",

          "s.json:4:41: error: unknown key \"latncy\" (at /topology/links/default); did you mean \"latency\"?\n"
          "    4 |   \"topology\": { \"links\": { \"default\": { \"latncy\": \"38ms\" } } } }\n"
          "      |                                         ^^^^^^^^\n");
}
END_TEST

START_TEST(missing_keys)
{
    check("{ \"format\": 1 }\n",

          "s.json:1:1: error: missing key \"name\" (at /)\n"
          "    1 | { \"format\": 1 }\n"
          "      | ^\n"
          "s.json:1:1: error: missing key \"time\" (at /)\n"
          "    1 | { \"format\": 1 }\n"
          "      | ^\n"
          "s.json:1:1: error: missing key \"groups\" (at /)\n"
          "    1 | { \"format\": 1 }\n"
          "      | ^\n");
}
END_TEST

START_TEST(a_missing_duration)
{
    check("{ \"format\": 1, \"name\": \"x\", \"time\": {},\n"
          "  \"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": [\"A\"] } } }\n",

          "s.json:1:37: error: missing key \"duration\" (at /time)\n"
          "    1 | { \"format\": 1, \"name\": \"x\", \"time\": {},\n"
          "      |                                     ^\n");
}
END_TEST

START_TEST(another_format)
{
    check("{ \"format\": 2, \"name\": \"x\", \"time\": { \"duration\": \"10s\" },\n"
          "  \"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": [\"A\"] } } }\n",

          "s.json:1:13: error: \"format\" must be at most 1, not 2 (at /format)\n"
          "    1 | { \"format\": 2, \"name\": \"x\", \"time\": { \"duration\": \"10s\" },\n"
          "      |             ^\n");
}
END_TEST

START_TEST(a_value_of_the_wrong_type)
{
    check("{ \"format\": 1, \"name\": 7, \"time\": { \"duration\": 10 },\n"
          "  \"groups\": [] }\n",

          "s.json:1:24: error: \"name\" must be a name, not a number (at /name)\n"
          "    1 | { \"format\": 1, \"name\": 7, \"time\": { \"duration\": 10 },\n"
          "      |                        ^\n"
          "s.json:1:49: error: \"duration\" must be a duration like \"90s\", not a number (at /time/duration)\n"
          "    1 | { \"format\": 1, \"name\": 7, \"time\": { \"duration\": 10 },\n"
          "      |                                                 ^^\n"
          "s.json:2:13: error: \"groups\" must be an object: for each name an object, not a list; write it like { \"kv\": { \"program\": \"raft\", \"nodes\": [\"A\", \"B\", \"C\"] } } (at /groups)\n"
          "    2 |   \"groups\": [] }\n"
          "      |             ^\n");
}
END_TEST

START_TEST(a_number_that_is_not_whole_as_it_is_written)
{
    check("{ \"format\": 1.0, \"name\": \"x\", \"time\": { \"duration\": \"10s\" },\n"
          "  \"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": [\"A\"] } } }\n",

          "s.json:1:13: error: \"format\" must be a whole number, not one with a point or an exponent (at /format)\n"
          "    1 | { \"format\": 1.0, \"name\": \"x\", \"time\": { \"duration\": \"10s\" },\n"
          "      |             ^^^\n");
}
END_TEST

START_TEST(control_characters_in_a_name_are_shown_and_not_obeyed)
{
    check("{ \"format\": 1, \"name\": \"x\", \"time\": { \"duration\": \"10s\" },\n"
          "  \"a\\u001b[31m\\u009b\\u007f\": 1,\n"
          "  \"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": [\"A\"] } } }\n",

          "s.json:2:3: error: unknown key \"a\\u001b[31m\\u009b\\u007f\" (at /)\n"
          "    2 |   \"a\\u001b[31m\\u009b\\u007f\": 1,\n"
          "      |   ^^^^^^^^^^^^^^^^^^^^^^^^^\n");
}
END_TEST

START_TEST(null_instead_of_a_value)
{
    check("{ \"format\": 1, \"name\": \"x\",\n"
          "  \"time\": { \"duration\": \"10s\" },\n"
          "  \"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": [\"A\", \"B\", \"C\"] } },\n"
          "  \"seed\": null }\n",

          "s.json:4:11: error: \"seed\" must be a seed like \"0x2a\", not null (at /seed)\n"
          "    4 |   \"seed\": null }\n"
          "      |           ^^^^\n");
}
END_TEST

START_TEST(a_name_with_a_blank)
{
    check("{ \"format\": 1, \"name\": \"x\",\n"
          "  \"time\": { \"duration\": \"10s\" },\n"
          "  \"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": [\"A B\"] } } }\n",

          "s.json:3:53: error: \"A B\" is not a name: 1 to 64 letters, digits, '.', '_' or '-' (at /groups/kv/nodes/0)\n"
          "    3 |   \"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": [\"A B\"] } } }\n"
          "      |                                                     ^^^^^\n");
}
END_TEST

START_TEST(a_seed_without_0x)
{
    check("{ \"format\": 1, \"name\": \"x\",\n"
          "  \"time\": { \"duration\": \"10s\" },\n"
          "  \"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": [\"A\", \"B\", \"C\"] } },\n"
          "  \"seed\": \"42\" }\n",

          "s.json:4:11: error: \"42\" is not a seed; it is written in hexadecimal, like \"0x2a\" (at /seed)\n"
          "    4 |   \"seed\": \"42\" }\n"
          "      |           ^^^^\n");
}
END_TEST

START_TEST(a_bad_unit)
{
    check("{ \"format\": 1, \"name\": \"x\",\n"
          "  \"time\": { \"duration\": \"10s\" },\n"
          "  \"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": [\"A\", \"B\", \"C\"] } },\n"
          "  \"output\": {}, \"workload\": [{ \"target\": \"kv\", \"arrivals\": { \"poisson\": \"5/day\" } }] }\n",

          "s.json:4:73: error: \"poisson\": \"5/day\" is not a rate: \"/day\" is none of the units /us /ms /s /min /h (at /workload/0/arrivals/poisson)\n"
          "    4 |   \"output\": {}, \"workload\": [{ \"target\": \"kv\", \"arrivals\": { \"poisson\": \"5/day\" } }] }\n"
          "      |                                                                         ^^^^^^^\n");
}
END_TEST

START_TEST(a_duration_that_is_too_fine)
{
    check("{ \"format\": 1, \"name\": \"x\",\n"
          "  \"time\": { \"duration\": \"10s\" },\n"
          "  \"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": [\"A\", \"B\", \"C\"] } },\n"
          "  \"topology\": { \"links\": { \"default\": { \"jitter\": \"0.5ns\" } } } }\n",

          "s.json:4:51: error: \"jitter\": \"0.5ns\" is finer than a nanosecond (at /topology/links/default/jitter)\n"
          "    4 |   \"topology\": { \"links\": { \"default\": { \"jitter\": \"0.5ns\" } } } }\n"
          "      |                                                   ^^^^^^^\n");
}
END_TEST

START_TEST(a_negative_latency)
{
    check("{ \"format\": 1, \"name\": \"x\",\n"
          "  \"time\": { \"duration\": \"10s\" },\n"
          "  \"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": [\"A\", \"B\", \"C\"] } },\n"
          "  \"topology\": { \"links\": { \"default\": { \"latency\": \"-1ms\" } } } }\n",

          "s.json:4:52: error: \"-1ms\" is negative (at /topology/links/default/latency)\n"
          "    4 |   \"topology\": { \"links\": { \"default\": { \"latency\": \"-1ms\" } } } }\n"
          "      |                                                    ^^^^^^\n");
}
END_TEST

START_TEST(a_probability_above_one)
{
    check("{ \"format\": 1, \"name\": \"x\",\n"
          "  \"time\": { \"duration\": \"10s\" },\n"
          "  \"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": [\"A\", \"B\", \"C\"] } },\n"
          "  \"topology\": { \"links\": { \"default\": { \"loss\": 1.5 } } } }\n",

          "s.json:4:49: error: \"loss\": 1.5 is no probability: that lies between 0 and 1 (at /topology/links/default/loss)\n"
          "    4 |   \"topology\": { \"links\": { \"default\": { \"loss\": 1.5 } } } }\n"
          "      |                                                 ^^^\n");
}
END_TEST

/* clang-format on */

/* The scenario with `name` as a key, a node's name or a parameter's. */
static char *errors_with_name(const char *format, const char *name)
{
    g_autofree char *text = g_strdup_printf(format, name);
    return given_errors_of_text(text);
}

START_TEST(a_name_of_ten_thousand_characters_is_cut)
{
    static const char *const formats[] = {
        "{ \"format\": 1, \"name\": \"x\", \"time\": { \"duration\": \"1s\" }, \"%s\": 1, "
        "\"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": [\"A\"] } } }",
        "{ \"format\": 1, \"name\": \"x\", \"time\": { \"duration\": \"1s\" }, \"groups\": { "
        "\"kv\": "
        "{ \"program\": \"store\", \"nodes\": [\"A\"], \"config\": { \"%s\": 1 } } } }",
        "{ \"format\": 1, \"name\": \"x\", \"time\": { \"duration\": \"1s\" }, \"groups\": { "
        "\"kv\": "
        "{ \"program\": \"store\", \"nodes\": [\"A\"] } }, \"topology\": { \"nodes\": { \"%s\": { "
        "\"latncy\": 1 } } } }",
        "{ \"format\": 1, \"name\": \"x\", \"time\": { \"duration\": \"1s\" }, \"groups\": { "
        "\"kv\": "
        "{ \"program\": \"%s\", \"nodes\": [\"A\"] } } }",
    };
    g_autofree char *long_name = g_strnfill(10000, 'n');
    g_autofree char *shown = g_strnfill(190, 'n');
    for (size_t i = 0; i < G_N_ELEMENTS(formats); i++) {
        g_autofree char *errors = errors_with_name(formats[i], long_name);
        ck_assert_msg(strlen(errors) < 2000, "%zu bytes: %.300s", strlen(errors), errors);
        g_autofree char *cut = g_strconcat(shown + 100, "…", NULL);
        ck_assert_msg(strstr(errors, cut) != NULL, "%s", errors);
    }
    g_autofree char *short_errors = errors_with_name(formats[0], shown);
    ck_assert_ptr_nonnull(strstr(short_errors, shown));
}
END_TEST

START_TEST(words_in_quotes_are_cut_too)
{
    g_autofree char *words = g_strnfill(10000, ' ');
    for (size_t i = 0; i < 10000; i += 2)
        words[i] = 'n';
    g_autofree char *errors = errors_with_name(
        "{ \"format\": 1, \"name\": \"x\", \"time\": { \"duration\": \"1s\" }, \"%s\": 1, "
        "\"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": [\"A\"] } } }",
        words);
    ck_assert_msg(strlen(errors) < 2000, "%zu bytes", strlen(errors));
    ck_assert_ptr_nonnull(strstr(errors, "n n …\" (at /"));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("errors: text");
    TCase *tests = tcase_create("errors");
    tcase_add_checked_fixture(tests, given_folder, given_no_folder);
    tcase_add_test(tests, text_that_is_no_json);
    tcase_add_test(tests, an_empty_file);
    tcase_add_test(tests, a_file_of_blanks);
    tcase_add_test(tests, a_list_instead_of_an_object);
    tcase_add_test(tests, a_missing_comma);
    tcase_add_test(tests, a_trailing_comma);
    tcase_add_test(tests, a_comment);
    tcase_add_test(tests, text_after_the_end);
    tcase_add_test(tests, a_string_without_an_end);
    tcase_add_test(tests, a_bare_value_with_a_unit);
    tcase_add_test(tests, a_number_that_no_machine_holds);
    tcase_add_test(tests, half_a_surrogate_pair);
    tcase_add_test(tests, a_duplicate_key);
    tcase_add_test(tests, an_unknown_key);
    tcase_add_test(tests, a_misspelt_key);
    tcase_add_test(tests, missing_keys);
    tcase_add_test(tests, a_missing_duration);
    tcase_add_test(tests, another_format);
    tcase_add_test(tests, a_value_of_the_wrong_type);
    tcase_add_test(tests, a_number_that_is_not_whole_as_it_is_written);
    tcase_add_test(tests, control_characters_in_a_name_are_shown_and_not_obeyed);
    tcase_add_test(tests, null_instead_of_a_value);
    tcase_add_test(tests, a_name_with_a_blank);
    tcase_add_test(tests, a_seed_without_0x);
    tcase_add_test(tests, a_bad_unit);
    tcase_add_test(tests, a_duration_that_is_too_fine);
    tcase_add_test(tests, a_negative_latency);
    tcase_add_test(tests, a_probability_above_one);
    tcase_add_test(tests, a_name_of_ten_thousand_characters_is_cut);
    tcase_add_test(tests, words_in_quotes_are_cut_too);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
