/* What is made of the tables beside the reader: the schema, the table of keys, explanations.  Run
 * with BLESS=1 to write the committed files anew. */
#include <stdlib.h>
#include <string.h>

#include "given.h"
#include "support/suite.h"

#define KEYS_BEGIN "<!-- keys -->\n"
#define KEYS_END   "<!-- end of keys -->\n"

static bool blessing(void) { return getenv("BLESS") != NULL; }

static void read_file(const char *path, char **ret_text)
{
    ck_assert_msg(g_file_get_contents(path, ret_text, NULL, NULL), "%s cannot be read", path);
}

START_TEST(the_committed_schema_is_that_of_the_tables)
{
    const char *path = SCENARIOS "/scenario.schema.json";
    g_autofree char *schema = scenario_schema();
    if (blessing())
        ck_assert(g_file_set_contents(path, schema, -1, NULL));
    g_autofree char *committed = NULL;
    read_file(path, &committed);
    ck_assert_msg(strcmp(committed, schema) == 0, "scenarios/scenario.schema.json is out of date: "
                                                  "run this test with BLESS=1");
}
END_TEST

START_TEST(the_committed_table_of_keys_is_that_of_the_tables)
{
    const char *path = SCENARIOS "/README.md";
    g_autofree char *readme = NULL;
    read_file(path, &readme);
    g_autofree char *table = scenario_key_table();
    char *begin = strstr(readme, KEYS_BEGIN);
    ck_assert_ptr_nonnull(begin);
    begin += strlen(KEYS_BEGIN);
    const char *end = strstr(begin, KEYS_END);
    ck_assert_ptr_nonnull(end);
    g_autofree char *committed = g_strndup(begin, (gsize)(end - begin));
    if (blessing()) {
        g_autofree char *head = g_strndup(readme, (gsize)(begin - readme));
        g_autofree char *whole = g_strconcat(head, table, end, NULL);
        ck_assert(g_file_set_contents(path, whole, -1, NULL));
        return;
    }
    ck_assert_msg(strcmp(committed, table) == 0,
                  "the keys in scenarios/README.md are out of date: run this test with BLESS=1");
}
END_TEST

static void check_explained(const char *key, const char *expected)
{
    g_autofree char *near = NULL;
    g_autofree char *text = scenario_explain(key, &near);
    ck_assert_str_eq(text, expected);
    ck_assert_ptr_null(near);
}

START_TEST(a_key_is_explained_by_its_path)
{
    check_explained("time.settle",
                    "time.settle: a duration like \"90s\"\n"
                    "How long the healed cluster goes on, under load, to be judged for liveness.\n"
                    "Default: \"10s\"\n");
    check_explained("faults.timeline.partition",
                    "faults.timeline.partition: a list, each a selector like \"leader\" or a list, "
                    "each a selector like \"leader\"\n"
                    "Sides that cannot reach one another; who is on none reaches all.\n");
}
END_TEST

START_TEST(an_object_is_explained_with_its_keys)
{
    check_explained("faults.timeline.block", "faults.timeline.block: an object\n"
                                             "One direction is cut.\n"
                                             "Its keys:\n"
                                             "  from           Whose messages are blocked.\n"
                                             "  to             Whom they do not reach.\n");
}
END_TEST

START_TEST(a_name_of_the_users_choice_may_stand_in_the_path_or_not)
{
    check_explained("topology.nodes.A.cpu.cores", "topology.nodes.A.cpu.cores: a whole number\n"
                                                  "Cores for jobs.\n"
                                                  "Default: 1\n");
    check_explained("topology.nodes.cpu.cores", "topology.nodes.cpu.cores: a whole number\n"
                                                "Cores for jobs.\n"
                                                "Default: 1\n");
}
END_TEST

START_TEST(a_misspelt_key_gets_a_suggestion)
{
    char *near = NULL;
    ck_assert_ptr_null(scenario_explain("time.duratoin", &near));
    ck_assert_str_eq(near, "duration");
    g_free(near);
    ck_assert_ptr_null(scenario_explain("time.duration.more", &near));
    ck_assert_ptr_null(near);
}
END_TEST

START_TEST(the_whole_format_is_explained_by_no_path)
{
    char *near = NULL;
    g_autofree char *text = scenario_explain("", &near);
    ck_assert(g_str_has_prefix(text, "scenario: an object\nA scenario.\nIts keys:\n"));
    ck_assert_ptr_nonnull(strstr(text, "\n  groups         Who runs what.\n"));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("help");
    TCase *tests = tcase_create("help");
    tcase_add_test(tests, the_committed_schema_is_that_of_the_tables);
    tcase_add_test(tests, the_committed_table_of_keys_is_that_of_the_tables);
    tcase_add_test(tests, a_key_is_explained_by_its_path);
    tcase_add_test(tests, an_object_is_explained_with_its_keys);
    tcase_add_test(tests, a_name_of_the_users_choice_may_stand_in_the_path_or_not);
    tcase_add_test(tests, a_misspelt_key_gets_a_suggestion);
    tcase_add_test(tests, the_whole_format_is_explained_by_no_path);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
