/* What is wrong with the nemesis, with spares and with starts.  Each message is spelt out. */
#include <string.h>

#include "given.h"
#include "support/suite.h"

static void check(const char *scenario, const char *expected)
{
    g_autofree char *errors = given_errors_of_text(scenario);
    ck_assert_str_eq(errors, expected);
}

/* clang-format off */
START_TEST(a_node_that_is_no_spare)
{
    check("{ \"format\": 1, \"name\": \"x\",\n"
          "  \"time\": { \"duration\": \"10s\" },\n"
          "  \"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": [\"A\", \"B\", \"C\"] } },\n"
          "  \"faults\": { \"timeline\": [{ \"at\": \"1s\", \"add\": [\"A\", \"leader\"] }] } }\n",

          "s.json:4:49: error: \"A\" is not one of a group's \"spares\" (at /faults/timeline/0/add)\n"
          "    4 |   \"faults\": { \"timeline\": [{ \"at\": \"1s\", \"add\": [\"A\", \"leader\"] }] } }\n"
          "      |                                                 ^\n"
          "s.json:4:49: error: \"leader\" is not one of a group's \"spares\" (at /faults/timeline/0/add)\n"
          "    4 |   \"faults\": { \"timeline\": [{ \"at\": \"1s\", \"add\": [\"A\", \"leader\"] }] } }\n"
          "      |                                                 ^\n");
}
END_TEST

START_TEST(a_nemesis_of_nothing)
{
    check("{ \"format\": 1, \"name\": \"x\",\n"
          "  \"time\": { \"duration\": \"10s\" },\n"
          "  \"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": [\"A\", \"B\", \"C\"] } },\n"
          "  \"faults\": { \"nemesis\": { \"mean_gap\": \"1s\", \"faults\": {} } } }\n",

          "s.json:4:56: error: \"faults\" must not be empty (at /faults/nemesis/faults)\n"
          "    4 |   \"faults\": { \"nemesis\": { \"mean_gap\": \"1s\", \"faults\": {} } } }\n"
          "      |                                                        ^\n");
}
END_TEST

START_TEST(a_nemesis_that_stops_before_it_starts)
{
    check("{ \"format\": 1, \"name\": \"x\",\n"
          "  \"time\": { \"duration\": \"10s\" },\n"
          "  \"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": [\"A\", \"B\", \"C\"] } },\n"
          "  \"faults\": { \"nemesis\": { \"start\": \"5s\", \"stop\": \"5s\", \"mean_gap\": \"1s\", \"faults\": { \"crash\": { \"for\": \"1s\" } } } } }\n",

          "s.json:4:51: error: \"stop\" must be later than \"start\" (at /faults/nemesis/stop)\n"
          "    4 | ...\"faults\": { \"nemesis\": { \"start\": \"5s\", \"stop\": \"5s\", \"mean_gap\": \"1s\", \"faults\": { \"crash\": { \"for\"...\n"
          "      |                                                    ^^^^\n");
}
END_TEST

START_TEST(a_nemesis_without_gaps)
{
    check("{ \"format\": 1, \"name\": \"x\",\n"
          "  \"time\": { \"duration\": \"10s\" },\n"
          "  \"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": [\"A\", \"B\", \"C\"] } },\n"
          "  \"faults\": { \"nemesis\": { \"mean_gap\": \"0s\", \"faults\": { \"crash\": { \"for\": \"1s\" } } } } }\n",

          "s.json:4:40: error: the next fault must come later than this one (at /faults/nemesis/mean_gap)\n"
          "    4 |   \"faults\": { \"nemesis\": { \"mean_gap\": \"0s\", \"faults\": { \"crash\": { \"for\": \"1s\" } } } } }\n"
          "      |                                        ^^^^\n");
}
END_TEST

START_TEST(a_kind_of_no_weight)
{
    check("{ \"format\": 1, \"name\": \"x\",\n"
          "  \"time\": { \"duration\": \"10s\" },\n"
          "  \"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": [\"A\", \"B\", \"C\"] } },\n"
          "  \"faults\": { \"nemesis\": { \"mean_gap\": \"1s\", \"faults\": { \"crash\": { \"for\": \"1s\", \"weight\": 0 } } } } }\n",

          "s.json:4:92: error: \"weight\" must be above 0 and at most 1000000 (at /faults/nemesis/faults/crash/weight)\n"
          "    4 | ..., \"faults\": { \"crash\": { \"for\": \"1s\", \"weight\": 0 } } } } }\n"
          "      |                                                    ^\n");
}
END_TEST

START_TEST(shapes_of_no_weight)
{
    check("{ \"format\": 1, \"name\": \"x\",\n"
          "  \"time\": { \"duration\": \"10s\" },\n"
          "  \"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": [\"A\", \"B\", \"C\"] } },\n"
          "  \"faults\": { \"nemesis\": { \"mean_gap\": \"1s\", \"faults\": { \"partition\": { \"for\": \"1s\", \"shape\": { \"ring\": 0 } } } } } }\n",

          "s.json:4:95: error: all weights are 0 (at /faults/nemesis/faults/partition/shape)\n"
          "    4 | ...faults\": { \"partition\": { \"for\": \"1s\", \"shape\": { \"ring\": 0 } } } } } }\n"
          "      |                                                    ^\n");
}
END_TEST

START_TEST(a_kind_that_the_nemesis_does_not_know)
{
    check("{ \"format\": 1, \"name\": \"x\",\n"
          "  \"time\": { \"duration\": \"10s\" },\n"
          "  \"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": [\"A\", \"B\", \"C\"] } },\n"
          "  \"faults\": { \"nemesis\": { \"mean_gap\": \"1s\", \"faults\": { \"block\": {} } } } }\n",

          "s.json:4:58: error: unknown key \"block\" (at /faults/nemesis/faults); did you mean \"clock\"?\n"
          "    4 |   \"faults\": { \"nemesis\": { \"mean_gap\": \"1s\", \"faults\": { \"block\": {} } } } }\n"
          "      |                                                          ^^^^^^^\n");
}
END_TEST

START_TEST(a_spare_that_is_a_node)
{
    check("{ \"format\": 1, \"name\": \"x\",\n"
          "  \"time\": { \"duration\": \"10s\" },\n"
          "  \"groups\": { \"kv\": { \"program\": \"store\",\n"
          "    \"nodes\": [\"A\", \"B\"], \"spares\": [\"B\"] } } }\n",

          "s.json:4:37: error: duplicate node name \"B\": it is in \"kv\" already (at /groups/kv/spares/0)\n"
          "    4 |     \"nodes\": [\"A\", \"B\"], \"spares\": [\"B\"] } } }\n"
          "      |                                     ^^^\n");
}
END_TEST

START_TEST(a_spare_of_a_number_that_is_taken)
{
    check("{ \"format\": 1, \"name\": \"x\",\n"
          "  \"time\": { \"duration\": \"10s\" },\n"
          "  \"groups\": { \"kv\": { \"program\": \"store\",\n"
          "    \"nodes\": [\"kv-4\", \"B\", \"C\"], \"spares\": { \"count\": 1 } } } }\n",

          "s.json:4:44: error: duplicate node name \"kv-4\": it is in \"kv\" already (at /groups/kv/spares)\n"
          "    4 |     \"nodes\": [\"kv-4\", \"B\", \"C\"], \"spares\": { \"count\": 1 } } } }\n"
          "      |                                            ^\n");
}
END_TEST

START_TEST(no_spares)
{
    check("{ \"format\": 1, \"name\": \"x\",\n"
          "  \"time\": { \"duration\": \"10s\" },\n"
          "  \"groups\": { \"kv\": { \"program\": \"store\",\n"
          "    \"nodes\": [\"A\"], \"spares\": [] } } }\n",

          "s.json:4:31: error: \"spares\" must not be empty (at /groups/kv/spares)\n"
          "    4 |     \"nodes\": [\"A\"], \"spares\": [] } } }\n"
          "      |                               ^\n");
}
END_TEST

START_TEST(a_start_without_its_jitter)
{
    check("{ \"format\": 1, \"name\": \"x\",\n"
          "  \"time\": { \"duration\": \"10s\" },\n"
          "  \"groups\": { \"kv\": { \"program\": \"store\",\n"
          "    \"nodes\": [\"A\"], \"start\": {} } } }\n",

          "s.json:4:30: error: missing key \"jitter\" (at /groups/kv/start)\n"
          "    4 |     \"nodes\": [\"A\"], \"start\": {} } } }\n"
          "      |                              ^\n");
}
END_TEST

START_TEST(a_start_before_the_beginning)
{
    check("{ \"format\": 1, \"name\": \"x\",\n"
          "  \"time\": { \"duration\": \"10s\" },\n"
          "  \"groups\": { \"kv\": { \"program\": \"store\",\n"
          "    \"nodes\": [\"A\"], \"start\": { \"jitter\": \"-1s\" } } } }\n",

          "s.json:4:42: error: \"-1s\" is negative (at /groups/kv/start/jitter)\n"
          "    4 |     \"nodes\": [\"A\"], \"start\": { \"jitter\": \"-1s\" } } } }\n"
          "      |                                          ^^^^^\n");
}
END_TEST

/* clang-format on */

int main(void)
{
    Suite *suite = suite_create("errors: nemesis");
    TCase *tests = tcase_create("errors: nemesis");
    tcase_add_checked_fixture(tests, given_folder, given_no_folder);
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, a_node_that_is_no_spare);
    tcase_add_test(tests, a_nemesis_of_nothing);
    tcase_add_test(tests, a_nemesis_that_stops_before_it_starts);
    tcase_add_test(tests, a_nemesis_without_gaps);
    tcase_add_test(tests, a_kind_of_no_weight);
    tcase_add_test(tests, shapes_of_no_weight);
    tcase_add_test(tests, a_kind_that_the_nemesis_does_not_know);
    tcase_add_test(tests, a_spare_that_is_a_node);
    tcase_add_test(tests, a_spare_of_a_number_that_is_taken);
    tcase_add_test(tests, no_spares);
    tcase_add_test(tests, a_start_without_its_jitter);
    tcase_add_test(tests, a_start_before_the_beginning);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
