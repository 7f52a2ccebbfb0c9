/* Faults that could never do anything, or meet somebody twice, are refused, with their place. */
#include <string.h>

#include "given.h"
#include "support/suite.h"

/* The errors of a scenario with these faults, each as its sentence and its pointer, a line each. */
static char *told(const char *faults)
{
    g_autofree char *scenario = g_strdup_printf(
        "{ \"format\": 1, \"name\": \"x\", \"time\": { \"duration\": \"10s\" },"
        " \"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": [\"A\", \"B\", \"C\"] },"
        " \"two\": { \"program\": \"router\", \"nodes\": [\"D\", \"E\"], \"on\": [\"m\"],"
        " \"uses\": { \"backends\": \"kv\" } } }, \"faults\": { %s } }",
        faults);
    g_autofree char *errors = given_errors_of_text(scenario);
    GString *lines = g_string_new(NULL);
    g_auto(GStrv) all = g_strsplit(errors, "\n", -1);
    for (size_t i = 0; all[i] != NULL; i++) {
        const char *error = strstr(all[i], ": error: ");
        if (error != NULL)
            g_string_append_printf(lines, "%s\n", error + strlen(": error: "));
    }
    return g_string_free(lines, FALSE);
}

/* Of the timeline's only fault. */
static void refused(const char *fault, const char *expected)
{
    g_autofree char *faults = g_strdup_printf("\"timeline\": [{ %s }]", fault);
    g_autofree char *errors = told(faults);
    g_autofree char *line = g_strconcat(expected, "\n", NULL);
    ck_assert_str_eq(errors, line);
}

static void accepted(const char *fault)
{
    g_autofree char *scenario = g_strdup_printf(
        "{ \"format\": 1, \"name\": \"x\", \"time\": { \"duration\": \"10s\" },"
        " \"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": [\"A\", \"B\", \"C\"] } },"
        " \"faults\": { \"timeline\": [{ %s }] } }",
        fault);
    plan_free(given_plan_of_text(scenario));
}

#define AT    "\"at\": \"1s\", "
#define LASTS AT "\"for\": \"1s\", "

START_TEST(numbers_that_are_all_0)
{
    refused(
        LASTS "\"packets\": { \"target\": \"A\" }",
        "it would do nothing: \"loss\", \"duplicate\", \"reorder\", \"corrupt\", \"burst.begin\", "
        "\"bandwidth\" or \"delay\" must be other than 0 (at /faults/timeline/0/packets)");
    refused(
        LASTS "\"packets\": { \"target\": \"A\", \"loss\": 0, \"delay\": \"0s\" }",
        "it would do nothing: \"loss\", \"duplicate\", \"reorder\", \"corrupt\", \"burst.begin\", "
        "\"bandwidth\" or \"delay\" must be other than 0 (at /faults/timeline/0/packets)");
    refused(
        LASTS "\"failing-disk\": { \"target\": \"A\", \"read\": 0 }",
        "it would do nothing: \"read\", \"write\", \"flush\" or \"timeout\" must be other than 0 "
        "(at /faults/timeline/0/failing-disk)");
    refused(LASTS "\"lying-disk\": { \"target\": \"A\" }",
            "it would do nothing: \"flush\", \"lost\" or \"misdirected\" must be other than 0 "
            "(at /faults/timeline/0/lying-disk)");
    refused(AT "\"failing-flush\": { \"target\": \"A\", \"count\": 0 }",
            "it would do nothing: \"count\" must be other than 0 "
            "(at /faults/timeline/0/failing-flush)");
    refused(AT "\"bit-rot\": { \"target\": \"A\", \"count\": 0 }",
            "it would do nothing: \"count\" or \"probability\" must be other than 0 "
            "(at /faults/timeline/0/bit-rot)");
    refused(AT "\"clock\": { \"node\": \"A\", \"jump\": \"+0s\" }",
            "it would do nothing: \"jump\" or \"drift_ppm\" must be other than 0 "
            "(at /faults/timeline/0/clock)");
    refused(AT "\"swizzle\": { \"target\": \"A\", \"hold\": \"0s\", \"gap\": \"0s\" }",
            "it would do nothing: \"hold\" or \"gap\" must be other than 0 "
            "(at /faults/timeline/0/swizzle)");
}
END_TEST

START_TEST(one_number_above_0_is_enough)
{
    accepted(LASTS "\"packets\": { \"target\": \"A\", \"loss\": 0, \"delay\": \"1ms\" }");
    accepted(LASTS "\"packets\": { \"target\": \"A\", \"burst\": { \"begin\": 0.1, \"end\": 0 } }");
    accepted(LASTS "\"packets\": { \"target\": \"A\","
                   " \"loss\": { \"mixture\": [[1, 0], [1, 0.5]] } }");
    accepted(LASTS "\"failing-disk\": { \"target\": \"A\", \"timeout\": 0.1 }");
    accepted(AT "\"clock\": { \"node\": \"A\", \"jump\": { \"uniform\": [\"-1s\", \"+1s\"] } }");
    accepted(AT "\"rolling-restart\": { \"target\": \"kv\", \"down\": \"0s\", \"gap\": \"0s\" }");
    accepted(AT "\"for\": \"0s\", \"crash\": \"A\"");
    accepted(LASTS "\"slow-disk\": { \"target\": \"A\", \"factor\": { \"uniform\": [1, 2] } }");
}
END_TEST

START_TEST(a_factor_of_1_and_no_time)
{
    refused(LASTS "\"slow-cpu\": { \"target\": \"A\", \"factor\": 1 }",
            "it would do nothing: a factor of 1 changes no speed "
            "(at /faults/timeline/0/slow-cpu/factor)");
    refused(AT "\"for\": \"0s\", \"pause\": \"A\"",
            "it would do nothing: it ends as it begins (at /faults/timeline/0/for)");
    refused(AT "\"for\": \"0s\", \"clock\": { \"node\": \"A\", \"jump\": \"+1s\" }",
            "it would do nothing: it ends as it begins (at /faults/timeline/0/for)");
    refused(AT "\"repeat\": { \"every\": \"1s\", \"until\": \"1s\" }, \"crash\": \"A\"",
            "it would not repeat: \"until\" is not after \"at\" "
            "(at /faults/timeline/0/repeat/until)");
}
END_TEST

START_TEST(disks_that_nobody_has)
{
    refused(LASTS "\"dead-disk\": { \"target\": \"D\" }",
            "it would do nothing: who is meant has no disk (at /faults/timeline/0/dead-disk)");
    refused(LASTS "\"slow-disk\": { \"target\": \"two\", \"factor\": 2, \"where\": \"log\" }",
            "it would do nothing: who is meant has no disk (at /faults/timeline/0/slow-disk)");
    refused(LASTS "\"dead-disk\": { \"target\": [\"A\", \"D\"], \"where\": \"lgo\" }",
            "volume \"lgo\" does not exist (at /faults/timeline/0/dead-disk/where); "
            "did you mean \"log\"?");
}
END_TEST

START_TEST(partitions_that_name_a_node_twice)
{
    refused(LASTS "\"partition\": [\"kv\", \"A\"]",
            "\"A\" is named twice (at /faults/timeline/0/partition/1)");
    refused(LASTS "\"partition\": [\"A\", \"kv\"]",
            "\"A\" is named twice, once by \"kv\" (at /faults/timeline/0/partition/1)");
    refused(LASTS "\"pause\": [\"A\", \"B\", \"A\"]",
            "\"A\" is named twice (at /faults/timeline/0/pause/2)");
    refused(LASTS "\"slow-cpu\": { \"target\": [\"A\", \"A\"], \"factor\": 2 }",
            "\"A\" is named twice (at /faults/timeline/0/slow-cpu/target/1)");
    refused(LASTS "\"block\": { \"from\": \"A\", \"to\": [\"B\", \"A\"] }",
            "\"A\" is named twice (at /faults/timeline/0/block/to/1)");
    refused(LASTS "\"packets\": { \"target\": [\"A\", \"A\"], \"loss\": 0.5 }",
            "\"A\" is named twice (at /faults/timeline/0/packets/target/1)");
    accepted(LASTS "\"block\": { \"from\": \"A\", \"to\": \"kv\" }");
}
END_TEST

START_TEST(sides_between_which_nothing_lies)
{
    refused(LASTS "\"partition\": [[\"A\", \"B\", \"C\"], \"kv/rest\"]",
            "nobody is left for \"kv/rest\": all of \"kv\" are named "
            "(at /faults/timeline/0/partition)");
    refused(LASTS "\"block\": { \"from\": \"D\", \"to\": \"E\" }",
            "it would do nothing: all are on the machine \"m\", which reaches itself "
            "(at /faults/timeline/0/block)");
    refused(LASTS "\"packets\": { \"from\": \"D\", \"to\": \"E\", \"loss\": 0.5 }",
            "it would do nothing: all are on the machine \"m\", which reaches itself "
            "(at /faults/timeline/0/packets)");
}
END_TEST

START_TEST(events_that_are_nearly_known)
{
    refused("\"on\": \"leader-electd\", \"crash\": \"A\"",
            "event \"leader-electd\" does not exist (at /faults/timeline/0/on); "
            "did you mean \"leader-elected\"?");
    refused("\"on\": \"comitted#3\", \"crash\": \"A\"",
            "event \"comitted\" does not exist (at /faults/timeline/0/on); "
            "did you mean \"committed\"?");
    accepted("\"on\": \"log_truncated\", \"crash\": \"A\""); /* a program may reach that */
    accepted("\"on\": \"reached:comitted\", \"crash\": \"A\"");
}
END_TEST

START_TEST(a_nemesis_that_does_not_say_of_which_group)
{
    g_autofree char *errors = told(
        "\"nemesis\": { \"mean_gap\": \"1s\", \"faults\": { \"crash\": { \"for\": \"1s\" } } }");
    ck_assert_str_eq(errors, "missing key \"target\": with several groups say whom, like "
                             "\"kv/one:any\" (at /faults/nemesis/faults/crash)\n");
    g_free(errors);
    errors = told("\"nemesis\": { \"start\": \"10s\", \"stop\": \"11s\", \"mean_gap\": \"1s\","
                  " \"faults\": { \"partition\": { \"for\": \"0s\" } } }");
    ck_assert_str_eq(errors, "it would never begin: the cluster is healed at \"duration\" "
                             "(at /faults/nemesis/start)\n"
                             "it would do nothing: it ends as it begins "
                             "(at /faults/nemesis/faults/partition/for)\n");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("errors: idle");
    TCase *tests = tcase_create("errors");
    tcase_add_checked_fixture(tests, given_folder, given_no_folder);
    tcase_add_test(tests, numbers_that_are_all_0);
    tcase_add_test(tests, one_number_above_0_is_enough);
    tcase_add_test(tests, a_factor_of_1_and_no_time);
    tcase_add_test(tests, disks_that_nobody_has);
    tcase_add_test(tests, partitions_that_name_a_node_twice);
    tcase_add_test(tests, sides_between_which_nothing_lies);
    tcase_add_test(tests, events_that_are_nearly_known);
    tcase_add_test(tests, a_nemesis_that_does_not_say_of_which_group);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
