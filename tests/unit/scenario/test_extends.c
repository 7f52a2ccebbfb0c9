/* One scenario merged onto another, and what --set changes; errors point to where a value came
 * from. */
#include <glib/gstdio.h>
#include <string.h>

#include "given.h"
#include "support/suite.h"

static void given_base(void)
{
    given_file(
        "base.json",
        "{ \"format\": 1, \"name\": \"base\",\n"
        "  \"time\": { \"duration\": \"10s\", \"warmup\": \"1s\" },\n"
        "  \"tags\": [\"a\", \"b\"],\n"
        "  \"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": [\"A\", \"B\"] } } }\n");
}

START_TEST(objects_are_merged_and_the_rest_is_replaced)
{
    given_base();
    given_file("s.json", "{ \"extends\": \"base.json\", \"name\": \"top\",\n"
                         "  \"time\": { \"duration\": \"20s\" }, \"tags\": [\"c\"] }\n");
    struct plan *plan = given_plan("s.json");
    ck_assert_str_eq(plan->name, "top");
    ck_assert_uint_eq(plan->duration_ns, 20000000000u);
    ck_assert_uint_eq(plan->warmup_ns, 1000000000u);
    ck_assert_str_eq(plan->tags[0], "c");
    ck_assert_ptr_null(plan->tags[1]);
    ck_assert_ptr_null(strstr(plan->effective, "extends"));
    plan_free(plan);
}
END_TEST

START_TEST(null_removes_a_key)
{
    given_base();
    given_file("s.json",
               "{ \"extends\": \"base.json\", \"time\": { \"warmup\": null }, \"tags\": null }\n");
    struct plan *plan = given_plan("s.json");
    ck_assert_uint_eq(plan->warmup_ns, 0);
    ck_assert_ptr_null(plan->tags[0]);
    plan_free(plan);
}
END_TEST

START_TEST(the_base_is_found_beside_the_file_that_extends_it)
{
    ck_assert_int_eq(g_mkdir("in", 0700), 0);
    given_base();
    given_file("t.csv", "quantile,latency_ms\n0,1\n1,2\n");
    given_file("in/mid.json",
               "{ \"extends\": \"../base.json\", \"topology\": { \"links\": { \"default\": {"
               " \"latency\": { \"empirical\": \"../t.csv\" } } } } }\n");
    given_file("s.json", "{ \"extends\": \"in/mid.json\" }\n");
    struct plan *plan = given_plan("s.json");
    ck_assert_str_eq(plan->name, "base");
    ck_assert_ptr_nonnull(strstr(plan->effective, "[[0, \"1ms\"], [1, \"2ms\"]]"));
    plan_free(plan);
    ck_assert_int_eq(g_remove("in/mid.json"), 0);
    ck_assert_int_eq(g_rmdir("in"), 0);
}
END_TEST

START_TEST(an_error_in_the_base_points_into_the_base)
{
    given_base();
    given_file("s.json", "{ \"extends\": \"base.json\",\n"
                         "  \"groups\": { \"kv\": { \"config\": { \"batch\": 0 } } },\n"
                         "  \"time\": { \"duration\": \"1s\" } }\n");
    g_autofree char *errors = given_errors("s.json");
    ck_assert_str_eq(
        errors,
        "s.json:2:44: error: \"batch\" must be at least 1, not 0 (at /groups/kv/config/batch)\n"
        "    2 |   \"groups\": { \"kv\": { \"config\": { \"batch\": 0 } } },\n"
        "      |                                            ^\n"
        "base.json:2:42: error: the warm-up leaves nothing of the duration (at /time/warmup)\n"
        "    2 |   \"time\": { \"duration\": \"10s\", \"warmup\": \"1s\" },\n"
        "      |                                          ^^^^\n");
}
END_TEST

START_TEST(a_value_that_was_replaced_is_not_looked_for_in_the_base)
{
    given_file("base.json",
               "{ \"format\": 1, \"name\": \"base\", \"time\": { \"duration\": \"10s\" },\n"
               "  \"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": [\"A\", \"B\", \"C\"] "
               "} } }\n");
    given_file("s.json", "{ \"extends\": \"base.json\",\n"
                         "  \"groups\": { \"kv\": { \"nodes\": [\"A\", \"A\"] } } }\n");
    g_autofree char *errors = given_errors("s.json");
    ck_assert_str_eq(errors, "s.json:2:38: error: duplicate node name \"A\": it is in \"kv\" "
                             "already (at /groups/kv/nodes/1)\n"
                             "    2 |   \"groups\": { \"kv\": { \"nodes\": [\"A\", \"A\"] } } }\n"
                             "      |                                      ^^^\n");
}
END_TEST

START_TEST(a_default_in_a_list_that_was_replaced_is_not_looked_for_in_the_base)
{
    given_file(
        "base.json",
        "{ \"format\": 1, \"name\": \"base\", \"time\": { \"duration\": \"10s\" },\n"
        "  \"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": [\"load-1\"] } },\n"
        "  \"workload\": [{ \"name\": \"w\", \"target\": \"kv\", \"model\": \"closed\" }] }\n");
    given_file("s.json", "{ \"extends\": \"base.json\",\n"
                         "  \"workload\": [{ \"target\": \"kv\", \"model\": \"closed\" }] }\n");
    g_autofree char *errors = given_errors("s.json");
    ck_assert_str_eq(errors,
                     "s.json:2:16: error: duplicate name \"load-1\": a group, a node or another "
                     "workload bears it (at /workload/0/name)\n"
                     "    2 |   \"workload\": [{ \"target\": \"kv\", \"model\": \"closed\" }] }\n"
                     "      |                ^\n");
}
END_TEST

START_TEST(circles_are_found)
{
    given_file("a.json", "{ \"extends\": \"b.json\" }\n");
    given_file("b.json", "{ \"extends\": \"./a.json\" }\n");
    g_autofree char *errors = given_errors("a.json");
    ck_assert_str_eq(errors,
                     "b.json:1:14: error: scenarios extend one another in a circle (at /extends)\n"
                     "    1 | { \"extends\": \"./a.json\" }\n"
                     "      |              ^^^^^^^^^^\n");
    given_file("c.json", "{ \"extends\": \"c.json\" }\n");
    g_autofree char *itself = given_errors("c.json");
    ck_assert(
        g_str_has_prefix(itself, "c.json:1:14: error: scenarios extend one another in a circle"));
}
END_TEST

START_TEST(a_base_that_is_missing_or_no_name)
{
    given_file("s.json", "{ \"extends\": \"none.json\" }\n");
    g_autofree char *missing = given_errors("s.json");
    ck_assert_str_eq(missing,
                     "s.json:1:14: error: \"none.json\": there is no such file (at /extends)\n"
                     "    1 | { \"extends\": \"none.json\" }\n"
                     "      |              ^^^^^^^^^^^\n");
    given_file("s.json", "{ \"extends\": 5 }\n");
    g_autofree char *number = given_errors("s.json");
    ck_assert_str_eq(
        number,
        "s.json:1:14: error: \"extends\" must be the name of a file, as a string (at /extends)\n"
        "    1 | { \"extends\": 5 }\n"
        "      |              ^\n");
}
END_TEST

static const char *const *sets(const char *first, const char *second)
{
    static const char *list[3];
    list[0] = first;
    list[1] = second;
    return list;
}

START_TEST(set_replaces_adds_and_appends)
{
    given_base();
    struct plan *plan =
        given_plan_with("base.json", sets("/topology/links/default/loss=0.5", "/tags/-=\"c\""));
    ck_assert_uint_eq(plan->cluster.topology.links[0].loss, 2147483648u);
    ck_assert_str_eq(plan->tags[2], "c");
    plan_free(plan);
    plan = given_plan_with("base.json",
                           sets("/tags/0=\"z\"", "/topology/links/A -> B={\"latency\":\"1s\"}"));
    ck_assert_str_eq(plan->tags[0], "z");
    ck_assert_uint_eq(plan->cluster.topology.exception_count, 1);
    plan_free(plan);
}
END_TEST

START_TEST(the_last_set_wins)
{
    given_base();
    struct plan *plan =
        given_plan_with("base.json", sets("/time/duration=\"30s\"", "/time/duration=\"40s\""));
    ck_assert_uint_eq(plan->duration_ns, 40000000000u);
    plan_free(plan);
}
END_TEST

static void check_set(const char *set, const char *expected)
{
    g_autofree char *errors = given_errors_with("base.json", sets(set, NULL));
    ck_assert_str_eq(errors, expected);
}

START_TEST(an_error_in_a_set_names_the_set)
{
    given_base();
    check_set("/time/duration=\"5x\"", "--set /time/duration=\"5x\": error: \"duration\": \"5x\" "
                                       "is not a duration: \"x\" is none of "
                                       "the units ns us ms s min h d y (at /time/duration)\n");
    check_set("/time={}", "--set /time={}: error: missing key \"duration\" (at /time)\n");
    check_set("/tmie/duration=\"5s\"", "--set /tmie/duration=\"5s\": error: unknown key \"tmie\" "
                                       "(at /); did you mean \"time\"?\n");
}
END_TEST

START_TEST(a_set_that_makes_no_sense)
{
    given_base();
    check_set("/time/duration", "--set /time/duration: error: it must read POINTER=JSON, like "
                                "/time/duration=\"90s\"\n");
    check_set("/time/duration=90s",
              "--set /time/duration=90s: error: what follows \"=\" is not JSON; a string needs its "
              "quotes: /time/duration=\"90s\"\n");
    check_set("time/duration=\"90s\"", "--set time/duration=\"90s\": error: the place is not a "
                                       "JSON pointer like /time/duration\n");
    check_set("={}", "--set ={}: error: the place is not a JSON pointer like /time/duration\n");
    check_set("/tags/7=\"x\"",
              "--set /tags/7=\"x\": error: there is no such place in the scenario\n");
    check_set("/name/x/y=1", "--set /name/x/y=1: error: there is no such place in the scenario\n");
}
END_TEST

START_TEST(pointers_escape_slash_and_tilde)
{
    given_file(
        "s.json",
        "{ \"format\": 1, \"name\": \"x\", \"time\": { \"duration\": \"10s\" },\n"
        "  \"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": [\"A\"], \"copies\": 2 } },\n"
        "  \"topology\": { \"nodes\": { \"kv-0/A\": { \"cpu\": { \"cores\": 2 } }, \"~/B\": {} } } "
        "}\n");
    g_autofree char *errors =
        given_errors_with("s.json", sets("/topology/nodes/kv-0~1A/cpu/cores=0", NULL));
    ck_assert_str_eq(
        errors,
        "s.json:3:65: error: node \"~/B\" does not exist (at /topology/nodes/~0~1B)\n"
        "    3 |   \"topology\": { \"nodes\": { \"kv-0/A\": { \"cpu\": { \"cores\": 2 } }, "
        "\"~/B\": {} } } }\n"
        "      |                                                                 ^^^^^\n"
        "--set /topology/nodes/kv-0~1A/cpu/cores=0: error: \"cores\" must be at least 1, not 0 (at "
        "/topology/nodes/kv-0~1A/cpu/cores)\n");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("extends");
    TCase *tests = tcase_create("extends");
    tcase_add_checked_fixture(tests, given_folder, given_no_folder);
    tcase_add_test(tests, objects_are_merged_and_the_rest_is_replaced);
    tcase_add_test(tests, null_removes_a_key);
    tcase_add_test(tests, the_base_is_found_beside_the_file_that_extends_it);
    tcase_add_test(tests, an_error_in_the_base_points_into_the_base);
    tcase_add_test(tests, a_value_that_was_replaced_is_not_looked_for_in_the_base);
    tcase_add_test(tests, a_default_in_a_list_that_was_replaced_is_not_looked_for_in_the_base);
    tcase_add_test(tests, circles_are_found);
    tcase_add_test(tests, a_base_that_is_missing_or_no_name);
    tcase_add_test(tests, set_replaces_adds_and_appends);
    tcase_add_test(tests, the_last_set_wins);
    tcase_add_test(tests, an_error_in_a_set_names_the_set);
    tcase_add_test(tests, a_set_that_makes_no_sense);
    tcase_add_test(tests, pointers_escape_slash_and_tilde);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
