/* What is wrong with checks and relations, and how errors are shown.  Each message is spelt out. */
#include "given.h"
#include "support/suite.h"

static void check(const char *scenario, const char *expected)
{
    g_autofree char *errors = given_errors_of_text(scenario);
    ck_assert_str_eq(errors, expected);
}

/* clang-format off */
START_TEST(an_unknown_check)
{
    check("{ \"format\": 1, \"name\": \"x\",\n"
          "  \"time\": { \"duration\": \"10s\" },\n"
          "  \"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": [\"A\", \"B\", \"C\"] } },\n"
          "  \"checks\": { \"election_saftey\": true } }\n",

          "s.json:4:15: error: unknown key \"election_saftey\" (at /checks); did you mean \"election_safety\"?\n"
          "    4 |   \"checks\": { \"election_saftey\": true } }\n"
          "      |               ^^^^^^^^^^^^^^^^^\n");
}
END_TEST

START_TEST(progress_that_cannot_be_judged)
{
    check("{ \"format\": 1, \"name\": \"x\",\n"
          "  \"time\": { \"duration\": \"10s\" },\n"
          "  \"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": [\"A\", \"B\", \"C\"] } },\n"
          "  \"checks\": { \"liveness\": { \"progress_within\": \"20s\" } } }\n",

          "s.json:4:48: error: \"progress_within\" is longer than \"settle\", 10s: it could not be judged (at /checks/liveness/progress_within)\n"
          "    4 |   \"checks\": { \"liveness\": { \"progress_within\": \"20s\" } } }\n"
          "      |                                                ^^^^^\n");
}
END_TEST

START_TEST(an_expected_check_that_does_not_exist)
{
    check("{ \"format\": 1, \"name\": \"x\",\n"
          "  \"time\": { \"duration\": \"10s\" },\n"
          "  \"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": [\"A\", \"B\", \"C\"] } },\n"
          "  \"expect\": { \"verdict\": \"violation\", \"check\": \"elections\" } }\n",

          "s.json:4:48: error: check \"elections\" does not exist (at /expect/check)\n"
          "    4 |   \"expect\": { \"verdict\": \"violation\", \"check\": \"elections\" } }\n"
          "      |                                                ^^^^^^^^^^^\n");
}
END_TEST

START_TEST(a_verdict_that_does_not_exist)
{
    check("{ \"format\": 1, \"name\": \"x\",\n"
          "  \"time\": { \"duration\": \"10s\" },\n"
          "  \"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": [\"A\", \"B\", \"C\"] } },\n"
          "  \"expect\": { \"verdict\": \"fail\" } }\n",

          "s.json:4:26: error: \"verdict\" must be \"pass\", \"violation\", \"threshold\", \"inconclusive\", \"unexpected\", \"nondeterminism\" or \"interrupted\", not \"fail\" (at /expect/verdict)\n"
          "    4 |   \"expect\": { \"verdict\": \"fail\" } }\n"
          "      |                          ^^^^^^\n");
}
END_TEST

START_TEST(a_convergence_that_takes_no_time)
{
    check("{ \"format\": 1, \"name\": \"x\",\n"
          "  \"time\": { \"duration\": \"10s\" },\n"
          "  \"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": [\"A\"] } },\n"
          "  \"checks\": { \"convergence\": { \"within\": \"0s\" } } }\n",

          "s.json:4:42: error: \"within\" must be at least 1ns, not 0s (at /checks/convergence/within)\n"
          "    4 |   \"checks\": { \"convergence\": { \"within\": \"0s\" } } }\n"
          "      |                                          ^^^^\n");
}
END_TEST

START_TEST(a_session_guarantee_that_does_not_exist)
{
    check("{ \"format\": 1, \"name\": \"x\",\n"
          "  \"time\": { \"duration\": \"10s\" },\n"
          "  \"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": [\"A\"] } },\n"
          "  \"checks\": { \"session\": [\"monotonic\"] } }\n",

          "s.json:4:27: error: \"session\" must be \"monotonic_reads\", \"read_your_writes\", \"monotonic_writes\" or \"writes_follow_reads\", not \"monotonic\" (at /checks/session/0)\n"
          "    4 |   \"checks\": { \"session\": [\"monotonic\"] } }\n"
          "      |                           ^^^^^^^^^^^\n");
}
END_TEST

START_TEST(a_warm_up_that_is_too_long)
{
    check("{ \"format\": 1, \"name\": \"x\",\n"
          "  \"time\": { \"duration\": \"10s\", \"warmup\": \"10s\" },\n"
          "  \"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": [\"A\"] } } }\n",

          "s.json:2:42: error: the warm-up leaves nothing of the duration (at /time/warmup)\n"
          "    2 |   \"time\": { \"duration\": \"10s\", \"warmup\": \"10s\" },\n"
          "      |                                          ^^^^^\n");
}
END_TEST

START_TEST(a_plugin_that_does_not_exist)
{
    check("{ \"format\": 1, \"name\": \"x\",\n"
          "  \"time\": { \"duration\": \"10s\" },\n"
          "  \"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": [\"A\", \"B\", \"C\"] } },\n"
          "  \"plugins\": [\"none.so\"] }\n",

          "s.json:4:15: error: plug-in \"none.so\" does not exist; one that was built "
          "elsewhere is named by --plugin (at /plugins/0)\n"
          "    4 |   \"plugins\": [\"none.so\"] }\n"
          "      |               ^^^^^^^^^\n");
}
END_TEST

START_TEST(several_errors_in_the_order_of_the_text)
{
    check("{ \"format\": 1, \"name\": \"x\",\n"
          "  \"time\": { \"duration\": \"10x\" },\n"
          "  \"faults\": { \"timeline\": [{ \"at\": \"1s\", \"crash\": \"D\" }] },\n"
          "  \"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": [\"A\"], \"cofnig\": {} } } }\n",

          "s.json:2:25: error: \"duration\": \"10x\" is not a duration: \"x\" is none of the units ns us ms s min h d y (at /time/duration)\n"
          "    2 |   \"time\": { \"duration\": \"10x\" },\n"
          "      |                         ^^^^^\n"
          "s.json:3:51: error: \"D\" is no node, no group and no selector (at /faults/timeline/0/crash)\n"
          "    3 |   \"faults\": { \"timeline\": [{ \"at\": \"1s\", \"crash\": \"D\" }] },\n"
          "      |                                                   ^^^\n"
          "s.json:4:59: error: unknown key \"cofnig\" (at /groups/kv); did you mean \"config\"?\n"
          "    4 |   \"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": [\"A\"], \"cofnig\": {} } } }\n"
          "      |                                                           ^^^^^^^^\n");
}
END_TEST

START_TEST(a_long_line_is_cut_around_the_caret)
{
    check("{ \"format\": 1, \"name\": \"x\",\n"
          "  \"time\": { \"duration\": \"10s\" },\n"
          "  \"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": [\"A\", \"B\", \"C\"] } },\n"
          "  \"topology\": { \"nodes\": { \"*\": { \"cpu\": { \"per_message\": \"8us\", \"queue\": 16 } } }, \"links\": { \"default\": { \"latency\": \"half a second\", \"jitter\": \"1ms\" }, \"same-rack\": { \"latency\": \"1us\" } } } }\n",

          "s.json:4:120: error: \"half a second\" is not a duration; it is written like \"150us\" or \"2min\" (at /topology/links/default/latency)\n"
          "    4 | ...\": 16 } } }, \"links\": { \"default\": { \"latency\": \"half a second\", \"jitter\": \"1ms\" }, \"same-rack\": { \"...\n"
          "      |                                                    ^^^^^^^^^^^^^^^\n");
}
END_TEST

START_TEST(columns_count_characters)
{
    check("{ \"format\": 1, \"name\": \"x\", \"about\": \"äöü —\", \"nmae\": 1,\n"
          "  \"time\": { \"duration\": \"10s\" },\n"
          "  \"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": [\"A\"] } } }\n",

          "s.json:1:47: error: unknown key \"nmae\" (at /); did you mean \"name\"?\n"
          "    1 | { \"format\": 1, \"name\": \"x\", \"about\": \"äöü —\", \"nmae\": 1,\n"
          "      |                                               ^^^^^^\n");
}
END_TEST

/* clang-format on */

int main(void)
{
    Suite *suite = suite_create("errors: checks");
    TCase *tests = tcase_create("errors");
    tcase_add_checked_fixture(tests, given_folder, given_no_folder);
    tcase_add_test(tests, an_unknown_check);
    tcase_add_test(tests, progress_that_cannot_be_judged);
    tcase_add_test(tests, an_expected_check_that_does_not_exist);
    tcase_add_test(tests, a_verdict_that_does_not_exist);
    tcase_add_test(tests, a_convergence_that_takes_no_time);
    tcase_add_test(tests, a_session_guarantee_that_does_not_exist);
    tcase_add_test(tests, a_warm_up_that_is_too_long);
    tcase_add_test(tests, a_plugin_that_does_not_exist);
    tcase_add_test(tests, several_errors_in_the_order_of_the_text);
    tcase_add_test(tests, a_long_line_is_cut_around_the_caret);
    tcase_add_test(tests, columns_count_characters);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
