/* What is made of the tables beside the reader: the schema, the table of keys, explanations.  Run
 * with BLESS=1 to write the committed files anew. */
#include <stdlib.h>
#include <string.h>

#include "given.h"
#include "scenario/help.h"
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
    json_t *answer = scenario_explain(key, &near);
    ck_assert_ptr_nonnull(answer);
    ck_assert_ptr_null(near);
    char *text = json_dumps(answer, 0);
    ck_assert_str_eq(text, expected);
    free(text);
    json_decref(answer);
}

START_TEST(a_key_is_explained_by_its_path)
{
    check_explained(
        "time.settle",
        "{\"name\": \"time.settle\", \"value\": \"a duration like \\\"90s\\\"\", "
        "\"required\": false, \"default\": \"\\\"10s\\\"\", \"about\": \"How long the "
        "healed cluster goes on, under load, to be judged for liveness.\", \"example\": "
        "null, \"keys\": [], \"also\": []}");
    check_explained(
        "groups.kv.program",
        "{\"name\": \"groups.kv.program\", \"value\": \"a string\", \"required\": true, "
        "\"default\": null, \"about\": \"What its instances run: a protocol for its "
        "server, PROTOCOL-ROLE for another role.\", \"example\": null, \"keys\": [], "
        "\"also\": []}");
}
END_TEST

START_TEST(an_object_is_explained_with_its_keys_and_an_example)
{
    check_explained("faults.timeline.block",
                    "{\"name\": \"faults.timeline.block\", \"value\": \"an object\", \"required\": "
                    "false, \"default\": null, \"about\": \"One direction is cut.\", \"example\": "
                    "\"{ \\\"from\\\": \\\"leader\\\", \\\"to\\\": \\\"rest\\\" }\", \"keys\": "
                    "[{\"name\": \"from\", \"about\": \"Whose messages are blocked.\"}, {\"name\": "
                    "\"to\", \"about\": \"Whom they do not reach.\"}], \"also\": []}");
}
END_TEST

static void check_found(const char *key, const char *path)
{
    g_autofree char *near = NULL;
    json_t *answer = scenario_explain(key, &near);
    ck_assert_ptr_nonnull(answer);
    ck_assert_str_eq(json_string_value(json_object_get(answer, "name")), path);
    json_decref(answer);
}

START_TEST(a_name_of_the_users_choice_may_stand_in_the_path_or_not)
{
    check_found("topology.nodes.A.cpu.cores", "topology.nodes.A.cpu.cores");
    check_found("topology.nodes.cpu.cores", "topology.nodes.cpu.cores");
}
END_TEST

START_TEST(a_part_of_the_path_is_enough)
{
    check_found("bit-rot", "faults.timeline.bit-rot");
    check_found("nemesis.bit-rot", "faults.nemesis.faults.bit-rot");
    check_found("packets.burst.begin", "faults.timeline.packets.burst.begin");
    check_found("fsync", "topology.nodes.NAME.disk.fsync");
    check_found("add", "faults.timeline.add");
}
END_TEST

START_TEST(the_other_keys_that_it_could_be_are_told)
{
    char *near = NULL;
    json_t *answer = scenario_explain("dead-disk", &near);
    const json_t *also = json_object_get(answer, "also");
    ck_assert_uint_eq(json_array_size(also), 1);
    ck_assert_str_eq(json_string_value(json_array_get(also, 0)), "faults.nemesis.faults.dead-disk");
    json_decref(answer);
}
END_TEST

static void check_near(const char *key, const char *expected)
{
    g_autofree char *near = NULL;
    ck_assert_ptr_null(scenario_explain(key, &near));
    if (expected == NULL) {
        ck_assert_ptr_null(near);
    } else {
        ck_assert_str_eq(near, expected);
    }
}

START_TEST(a_misspelt_key_gets_a_suggestion)
{
    check_near("time.duratoin", "time.duration");
    check_near("faults.timeline.partitoin", "faults.timeline.partition");
    check_near("bit-rto", "bit-rot");
    check_near("time.duration.more", NULL);
    check_near("qqqqqqqq", NULL);
}
END_TEST

START_TEST(the_whole_format_is_explained_by_no_path)
{
    char *near = NULL;
    json_t *answer = scenario_explain("", &near);
    ck_assert_str_eq(json_string_value(json_object_get(answer, "name")), "scenario");
    ck_assert_uint_gt(json_array_size(json_object_get(answer, "keys")), 8);
    json_decref(answer);
}
END_TEST

/* One for each kind, then the losses of a rack and a region, and the late start; that they are
 * valid is for tests/cli/explain_test.py. */
START_TEST(every_kind_of_fault_has_an_example)
{
    json_t *kinds = scenario_fault_kinds();
    ck_assert_uint_eq(json_array_size(kinds), FAULT_KIND_COUNT + 3);
    for (size_t i = 0; i < FAULT_KIND_COUNT; i++) {
        const json_t *kind = json_array_get(kinds, i);
        const char *name = json_string_value(json_object_get(kind, "name"));
        json_t *entry = json_loads(json_string_value(json_object_get(kind, "example")), 0, NULL);
        ck_assert_str_eq(name, fault_kind_name((enum fault_kind)i));
        ck_assert_ptr_nonnull(json_object_get(entry, name));
        json_decref(entry);
    }
    json_decref(kinds);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("help");
    TCase *tests = tcase_create("help");
    tcase_add_test(tests, the_committed_schema_is_that_of_the_tables);
    tcase_add_test(tests, the_committed_table_of_keys_is_that_of_the_tables);
    tcase_add_test(tests, a_key_is_explained_by_its_path);
    tcase_add_test(tests, an_object_is_explained_with_its_keys_and_an_example);
    tcase_add_test(tests, a_name_of_the_users_choice_may_stand_in_the_path_or_not);
    tcase_add_test(tests, a_part_of_the_path_is_enough);
    tcase_add_test(tests, the_other_keys_that_it_could_be_are_told);
    tcase_add_test(tests, a_misspelt_key_gets_a_suggestion);
    tcase_add_test(tests, the_whole_format_is_explained_by_no_path);
    tcase_add_test(tests, every_kind_of_fault_has_an_example);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
