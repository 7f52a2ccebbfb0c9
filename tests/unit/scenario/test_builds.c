/* Other builds of a program: which node starts with which, which faults bring one, and what is said
 * of one that cannot be had.  Of "extra" there are the builds "odd", which does not fit, "next",
 * and the one that is usual, "last". */
#include <unistd.h>

#include "given.h"
#include "support/suite.h"

enum { STATE_OF_LAST = 8, STATE_OF_NEXT = 16 };

static struct registry *registry;
static struct plan *plan;

static void set_up(void)
{
    given_folder();
    ck_assert_int_eq(symlink(BUILDS "/given_last.so", "last.so"), 0);
    ck_assert_int_eq(symlink(BUILDS "/given_next.so", "next.so"), 0);
    ck_assert_int_eq(symlink(BUILDS "/given_odd.so", "odd.so"), 0);
    registry = given_registry();
    plan = NULL;
}

static void tear_down(void)
{
    plan_free(plan);
    registry_free(registry);
    given_no_folder();
}

/* What is wrong with the scenario; "" if there is a plan. */
static char *load(const char *rest)
{
    GString *errors = g_string_new(NULL);
    struct plan_overrides overrides = { 0 };
    g_autofree char *text =
        g_strdup_printf("{ \"format\": 1, \"name\": \"x\", \"time\": { \"duration\": \"10s\" },\n"
                        "  \"plugins\": [\"odd.so\", \"next.so\", \"last.so\"],\n"
                        "  %s }\n",
                        rest);
    given_file("s.json", text);
    plan = plan_load("s.json", &overrides, registry, errors);
    return g_string_free(errors, FALSE);
}

/* Which build a program is of, by the size of its state. */
static const char *build_of(const struct cs_program *program)
{
    if (program == NULL)
        return "none";
    return program->state_size == STATE_OF_NEXT   ? "next"
           : program->state_size == STATE_OF_LAST ? "last"
                                                  : "another";
}

/* ---- Nodes ----------------------------------------------------------------------------------- */

static void expect_builds(const char *group, const char *builds)
{
    g_autofree char *rest = g_strdup_printf("\"groups\": { \"g\": %s }", group);
    g_autofree char *errors = load(rest);
    ck_assert_str_eq(errors, "");
    g_autoptr(GString) found = g_string_new(NULL);
    for (uint32_t i = 0; i < plan->cluster.instance_count; i++) {
        const struct instance_options *instance = &plan->cluster.instances[i];
        g_string_append_printf(found, "%s %s, ", instance->name, build_of(instance->program));
    }
    ck_assert_str_eq(found->str, builds);
}

START_TEST(nodes_that_are_named_start_with_another_build)
{
    expect_builds("{ \"program\": \"extra\", \"nodes\": [\"A\", \"B\", \"C\"], "
                  "\"build\": { \"C\": \"next\", \"A\": \"last\" } }",
                  "A last, B last, C next, ");
    ck_assert(plan->mixed_builds);
}
END_TEST

START_TEST(without_builds_all_are_the_last_plug_ins)
{
    expect_builds("{ \"program\": \"extra\", \"nodes\": [\"A\"] }", "A last, ");
    ck_assert(!plan->mixed_builds);
}
END_TEST

START_TEST(in_each_copy_the_nodes_of_that_name_do)
{
    expect_builds("{ \"program\": \"extra\", \"nodes\": [\"A\", \"B\"], \"copies\": 2, "
                  "\"build\": { \"B\": \"next\" } }",
                  "g-0/A last, g-0/B next, g-1/A last, g-1/B next, ");
}
END_TEST

START_TEST(nodes_with_a_count_and_spares_are_named_as_they_are_called)
{
    expect_builds("{ \"program\": \"extra\", \"nodes\": { \"count\": 2 }, \"spares\": [\"S\"], "
                  "\"build\": { \"g-2\": \"next\", \"S\": \"next\" } }",
                  "g-1 last, g-2 next, S next, ");
}
END_TEST

/* ---- Faults ---------------------------------------------------------------------------------- */

#define GROUPS                                                                                     \
    "\"groups\": { \"g\": { \"program\": \"extra\", \"nodes\": [\"A\", \"B\"] },\n"                \
    "    \"h\": { \"program\": \"router\", \"nodes\": [\"R\"], \"uses\": { \"backends\": \"g\" } " \
    "} },\n"

#define ONE_GROUP                                                                                  \
    "\"groups\": { \"g\": { \"program\": \"extra\", \"nodes\": [\"Anna\", \"Bob\"] } },\n"

START_TEST(a_fault_knows_the_program_of_the_build_in_each_group_that_it_can_meet)
{
    g_autofree char *errors = load(
        GROUPS "  \"faults\": { \"timeline\": [\n"
               "    { \"at\": \"1s\", \"for\": \"1s\", \"crash\": \"A\", \"build\": \"next\" },\n"
               "    { \"at\": \"2s\", \"power-loss\": \"g/any\", \"build\": \"next\" },\n"
               "    { \"at\": \"3s\", \"stop\": \"g\", \"build\": \"last\" },\n"
               "    { \"at\": \"4s\", \"rolling-restart\": { \"target\": \"g\", \"down\": \"1s\", "
               "\"gap\": \"1s\" }, \"build\": { \"last\": 0, \"next\": 2 } } ] }");
    ck_assert_str_eq(errors, "");
    static const char *const expected[][2] = {
        { "next", "none" }, { "next", "none" }, { "last", "none" }, { "next", "none" }
    };
    for (size_t i = 0; i < G_N_ELEMENTS(expected); i++) {
        for (size_t g = 0; g < 2; g++)
            ck_assert_str_eq(build_of(plan->faults[i].builds[0].programs[g]), expected[i][g]);
        ck_assert_uint_eq(plan->faults[i].build_count, 1); /* a weight of 0 is never drawn */
    }
    ck_assert_str_eq(plan->faults[0].builds[0].name, "next");
    ck_assert_str_eq(plan->faults[2].builds[0].name, "last");
    ck_assert(plan->mixed_builds);
}
END_TEST

START_TEST(the_nemesis_draws_one_of_several_builds_where_it_restarts_somebody)
{
    g_autofree char *errors = load(
        ONE_GROUP "  \"faults\": { \"nemesis\": { \"mean_gap\": \"1s\", \"faults\": {\n"
                  "    \"crash\": { \"for\": \"1s\", \"build\": \"next\" },\n"
                  "    \"power-loss\": { \"for\": \"1s\" },\n"
                  "    \"stop\": { \"for\": \"1s\", \"build\": { \"next\": 1, \"last\": 2.5 } },\n"
                  "    \"rolling-restart\": { \"down\": \"1s\", \"gap\": \"1s\", \"build\": "
                  "\"last\" } } } }");
    ck_assert_str_eq(errors, "");
    static const uint32_t counts[] = { 1, 0, 2, 1 };
    ck_assert_uint_eq(plan->fault_count, 4);
    for (size_t i = 0; i < 4; i++)
        ck_assert_uint_eq(plan->faults[i].build_count, counts[i]);
    const struct fault_build *builds = plan->faults[2].builds;
    for (size_t i = 0; i < 2; i++) {
        bool next = strcmp(builds[i].name, "next") == 0;
        ck_assert_str_eq(build_of(builds[i].programs[0]), next ? "next" : "last");
        ck_assert_uint_eq(builds[i].weight, next ? 1000000 : 2500000);
    }
}
END_TEST

START_TEST(a_plan_lists_the_builds_of_groups_that_have_several)
{
    g_autofree char *errors =
        load("\"groups\": { \"f\": { \"program\": \"extra\", \"nodes\": [\"F\"] },\n"
             "    \"g\": { \"program\": \"extra\", \"nodes\": [\"A\", \"B\"], \"build\": { \"B\": "
             "\"next\" } } },\n"
             "  \"faults\": { \"timeline\": [{ \"id\": \"up\", \"at\": \"1s\", \"crash\": \"g\", "
             "\"build\": \"next\" }] }");
    ck_assert_str_eq(errors, "");
    g_autoptr(GString) listed = g_string_new(NULL);
    for (uint32_t i = 0; i < plan->build_count; i++) {
        const struct plan_build *one = &plan->builds[i];
        g_autofree char *nodes = g_strjoinv(" ", (char **)one->nodes);
        g_autofree char *faults = g_strjoinv(" ", (char **)one->faults);
        g_string_append_printf(listed, "%s %s (%s) (%s); ", one->group, one->name, nodes, faults);
    }
    ck_assert_str_eq(listed->str, "g next (B) (up); g last (A) (); ");
}
END_TEST

/* ---- What is wrong --------------------------------------------------------------------------- */

static const struct {
    const char *rest, *error;
} wrong[] = {
    { "\"groups\": { \"g\": { \"program\": \"extra\", \"nodes\": [\"Anna\", \"Bob\"], \"build\": { "
      "\"Ana\": \"next\" } } }",
      "\"Ana\" is none of the nodes of \"g\" (at /groups/g/build/Ana); did you mean \"Anna\"?" },
    { "\"groups\": { \"g\": { \"program\": \"extra\", \"nodes\": [\"Anna\"], \"copies\": 3, "
      "\"build\": { \"Bob\": \"next\" } } }",
      "\"Bob\" is none of the nodes of \"g\" (at /groups/g/build/Bob)" },
    { "\"groups\": { \"g\": { \"program\": \"extra\", \"nodes\": [\"Anna\"], \"copies\": 3, "
      "\"build\": { \"Anna\": \"nxt\" } } }",
      "build \"nxt\" does not exist, of \"extra\"; builds of it: \"odd\", \"next\", \"last\" (at "
      "/groups/g/build/Anna); did you mean \"next\"?" },
    { "\"groups\": { \"g\": { \"program\": \"extra\", \"nodes\": [\"Anna\"], \"build\": { "
      "\"Anna\": \"built-in\" } } }",
      "build \"built-in\" does not bring \"extra\"; builds of it: \"odd\", \"next\", \"last\" (at "
      "/groups/g/build/Anna)" },
    { "\"groups\": { \"g\": { \"program\": \"extra\", \"nodes\": [\"Anna\"], \"build\": { "
      "\"Anna\": \"odd\" } } }",
      "build \"odd\" cannot take the place of the \"extra\" that \"g\" runs: it has one more cost, "
      "\"entry\" (at /groups/g/build/Anna)" },
    { "\"groups\": { \"g\": { \"program\": \"extra\", \"nodes\": [\"Anna\"], \"build\": { "
      "\"Anna\": 2 } } }",
      "\"Anna\" must be a string, not a number (at /groups/g/build/Anna)" },
    { ONE_GROUP "  \"faults\": { \"timeline\": [{ \"at\": \"1s\", \"crash\": \"Bob\", \"build\": "
                "\"lost\" }] }",
      "build \"lost\" does not exist, of \"extra\"; builds of it: \"odd\", \"next\", \"last\" (at "
      "/faults/timeline/0/build); did you mean \"last\"?" },
    { ONE_GROUP "  \"faults\": { \"timeline\": [{ \"at\": \"1s\", \"crash\": \"any\", \"build\": "
                "\"odd\" }] }",
      "build \"odd\" cannot take the place of the \"extra\" that \"g\" runs: it has one more cost, "
      "\"entry\" (at /faults/timeline/0/build)" },
    { ONE_GROUP "  \"faults\": { \"timeline\": [{ \"at\": \"1s\", \"for\": \"1s\", \"pause\": "
                "\"Bob\", \"build\": \"next\" }] }",
      "\"build\" belongs to \"crash\", \"power-loss\", \"stop\" and \"rolling-restart\" (at "
      "/faults/timeline/0/build)" },
    { ONE_GROUP "  \"faults\": { \"heal_at_end\": false, \"timeline\": [{ \"at\": \"1s\", "
                "\"crash\": \"Bob\", \"build\": \"next\" }] }",
      "nobody would come back with it: there is no \"for\", and no heal at the end (at "
      "/faults/timeline/0/build)" },
    { ONE_GROUP "  \"faults\": { \"heal_at_end\": false, \"timeline\": [{ \"at\": \"1s\", \"for\": "
                "\"heal\", \"stop\": \"Bob\", \"build\": \"next\" }] }",
      "nobody would come back with it: there is no \"for\", and no heal at the end (at "
      "/faults/timeline/0/build)" },
    { ONE_GROUP "  \"faults\": { \"timeline\": [{ \"at\": \"1s\", \"crash\": \"any\", \"build\": "
                "\"last\" }] }",
      "it would change nothing: whoever is met has the build \"last\" already (at "
      "/faults/timeline/0/build)" },
    { ONE_GROUP "  \"faults\": { \"nemesis\": { \"mean_gap\": \"1s\", \"faults\": { \"stop\": { "
                "\"for\": \"1s\", \"build\": \"last\" } } } }",
      "it would change nothing: whoever is met has the build \"last\" already (at "
      "/faults/nemesis/faults/stop/build)" },
    { ONE_GROUP "  \"faults\": { \"timeline\": [{ \"at\": \"1s\", \"crash\": \"any\", \"build\": "
                "{ \"last\": 0, \"next\": 0 } }] }",
      "all weights are 0 (at /faults/timeline/0/build)" },
    { ONE_GROUP "  \"faults\": { \"timeline\": [{ \"at\": \"1s\", \"crash\": \"any\", \"build\": "
                "{ \"last\": 1, \"lst\": 1 } }] }",
      "build \"lst\" does not exist, of \"extra\"; builds of it: \"odd\", \"next\", \"last\" (at "
      "/faults/timeline/0/build/lst); did you mean \"last\"?" },
    { GROUPS "  \"topology\": { \"regions\": { \"eu\": { \"racks\": { \"eu-1\": [\"R\"], \"eu-2\": "
             "[\"A\", \"B\"] } } } },\n"
             "  \"faults\": { \"timeline\": [{ \"at\": \"1s\", \"crash\": \"rack:eu-1\", "
             "\"build\": \"next\" }] }",
      "build \"next\" does not bring \"router\"; builds of it: \"built-in\" (at "
      "/faults/timeline/0/build)" },
};

/* The sentence alone, of the only error. */
START_TEST(what_cannot_be_had_is_told_with_its_place)
{
    g_autofree char *errors = load(wrong[_i].rest);
    ck_assert_ptr_null(plan);
    g_auto(GStrv) lines = g_strsplit(errors, "\n", -1);
    g_auto(GStrv) parts = g_strsplit(lines[0], ": error: ", 2);
    ck_assert_str_eq(parts[1], wrong[_i].error);
    ck_assert_uint_eq(g_strv_length(lines), 4); /* with the line, its mark, and the end */
}
END_TEST

START_TEST(a_fault_that_ends_may_bring_a_build_where_nothing_is_healed)
{
    g_autofree char *errors =
        load(ONE_GROUP "  \"faults\": { \"heal_at_end\": false, \"timeline\": [{ \"at\": \"1s\", "
                       "\"for\": \"1s\", \"crash\": \"Bob\", \"build\": \"next\" }] }");
    ck_assert_str_eq(errors, "");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("builds");
    TCase *tests = tcase_create("builds");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, nodes_that_are_named_start_with_another_build);
    tcase_add_test(tests, without_builds_all_are_the_last_plug_ins);
    tcase_add_test(tests, in_each_copy_the_nodes_of_that_name_do);
    tcase_add_test(tests, nodes_with_a_count_and_spares_are_named_as_they_are_called);
    tcase_add_test(tests, a_fault_knows_the_program_of_the_build_in_each_group_that_it_can_meet);
    tcase_add_test(tests, the_nemesis_draws_one_of_several_builds_where_it_restarts_somebody);
    tcase_add_test(tests, a_plan_lists_the_builds_of_groups_that_have_several);
    tcase_add_loop_test(tests, what_cannot_be_had_is_told_with_its_place, 0,
                        (int)G_N_ELEMENTS(wrong));
    tcase_add_test(tests, a_fault_that_ends_may_bring_a_build_where_nothing_is_healed);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
