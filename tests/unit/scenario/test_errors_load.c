/* What is wrong with parameters, uses and workloads.  Each message is spelt out. */
#include "given.h"
#include "support/suite.h"

static void check(const char *scenario, const char *expected)
{
    g_autofree char *errors = given_errors_of_text(scenario);
    ck_assert_str_eq(errors, expected);
}

/* clang-format off */
START_TEST(a_number_for_the_arrivals_is_one_error)
{
    check("{ \"format\": 1, \"name\": \"x\",\n"
          "  \"time\": { \"duration\": \"10s\" },\n"
          "  \"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": [\"A\", \"B\", \"C\"] } },\n"
          "  \"workload\": [{ \"target\": \"kv\", \"arrivals\": 100 }] }\n",

          "s.json:4:46: error: \"arrivals\" must be an object, not a number; write it like { \"poisson\": \"1000/s\" } (at /workload/0/arrivals)\n"
          "    4 |   \"workload\": [{ \"target\": \"kv\", \"arrivals\": 100 }] }\n"
          "      |                                              ^^^\n");
}
END_TEST

START_TEST(a_rate_at_which_a_run_comes_to_no_end)
{
    check("{ \"format\": 1, \"name\": \"x\",\n"
          "  \"time\": { \"duration\": \"10s\" },\n"
          "  \"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": [\"A\"] } },\n"
          "  \"workload\": [{ \"target\": \"kv\", \"arrivals\": { \"poisson\": \"1000000000000/s\" } },\n"
          "    { \"target\": \"kv\", \"arrivals\": { \"constant\": \"100000000/s\" } },\n"
          "    { \"target\": \"kv\", \"arrivals\": { \"constant\": \"100000001/s\" } },\n"
          "    { \"target\": \"kv\", \"arrivals\": { \"poisson\": \"1/s\" },\n"
          "      \"stages\": [{ \"until\": \"1s\", \"rate\": \"900000000/s\" }, { \"until\": \"1h\", \"rate\": \"20000000/s\" }] }] }\n",

          "s.json:4:59: error: more than 1000000000 operations in a run of 10s: at such a rate it comes to no end (at /workload/0/arrivals/poisson)\n"
          "    4 |   \"workload\": [{ \"target\": \"kv\", \"arrivals\": { \"poisson\": \"1000000000000/s\" } },\n"
          "      |                                                           ^^^^^^^^^^^^^^^^^\n"
          "s.json:6:49: error: more than 1000000000 operations in a run of 10s: at such a rate it comes to no end (at /workload/2/arrivals/constant)\n"
          "    6 |     { \"target\": \"kv\", \"arrivals\": { \"constant\": \"100000001/s\" } },\n"
          "      |                                                 ^^^^^^^^^^^^^\n"
          "s.json:8:85: error: more than 1000000000 operations in a run of 10s: at such a rate it comes to no end (at /workload/3/stages/1/rate)\n"
          "    8 | ...ate\": \"900000000/s\" }, { \"until\": \"1h\", \"rate\": \"20000000/s\" }] }] }\n"
          "      |                                                    ^^^^^^^^^^^^\n");
}
END_TEST

START_TEST(a_value_that_no_datagram_holds)
{
    check("{ \"format\": 1, \"name\": \"x\",\n"
          "  \"time\": { \"duration\": \"10s\" },\n"
          "  \"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": [\"A\"] } },\n"
          "  \"workload\": [{ \"target\": \"kv\", \"arrivals\": { \"poisson\": \"9/s\" }, \"ops\": { \"put\": 1 }, \"keys\": { \"uniform\": 3 }, \"value_size\": \"33KiB\" }] }\n",

          "s.json:4:129: error: values of at least 33792 bytes: at most 32768 are written, so that one fits into a datagram (at /workload/0/value_size)\n"
          "    4 | ...\": 1 }, \"keys\": { \"uniform\": 3 }, \"value_size\": \"33KiB\" }] }\n"
          "      |                                                    ^^^^^^^\n");
}
END_TEST

START_TEST(an_unknown_parameter)
{
    check("{ \"format\": 1, \"name\": \"x\",\n"
          "  \"time\": { \"duration\": \"10s\" },\n"
          "  \"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": [\"A\"], \"config\": { \"heart_beat\": \"1ms\" } } } }\n",

          "s.json:3:71: error: unknown key \"heart_beat\" (at /groups/kv/config); did you mean \"heartbeat\"?\n"
          "    3 |   \"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": [\"A\"], \"config\": { \"heart_beat\": \"1ms\" } } } }\n"
          "      |                                                                       ^^^^^^^^^^^^\n");
}
END_TEST

START_TEST(a_parameter_outside_its_range)
{
    check("{ \"format\": 1, \"name\": \"x\",\n"
          "  \"time\": { \"duration\": \"10s\" },\n"
          "  \"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": [\"A\"],\n"
          "    \"config\": { \"batch\": 4096, \"heartbeat\": \"1us\", \"election_timeout\": { \"uniform\": [\"1s\", \"60s\"] } } } } }\n",

          "s.json:4:26: error: \"batch\" must be at most 1024, not 4096 (at /groups/kv/config/batch)\n"
          "    4 |     \"config\": { \"batch\": 4096, \"heartbeat\": \"1us\", \"election_timeout\": { \"uniform\": [\"1s\", \"60s\"] } ...\n"
          "      |                          ^^^^\n"
          "s.json:4:45: error: \"heartbeat\" must be at least 1ms, not 1us (at /groups/kv/config/heartbeat)\n"
          "    4 |     \"config\": { \"batch\": 4096, \"heartbeat\": \"1us\", \"election_timeout\": { \"uniform\": [\"1s\", \"60s\"] } ...\n"
          "      |                                             ^^^^^\n"
          "s.json:4:72: error: \"election_timeout\" must be at most 10s, but can be 60s (at /groups/kv/config/election_timeout)\n"
          "    4 | ...: 4096, \"heartbeat\": \"1us\", \"election_timeout\": { \"uniform\": [\"1s\", \"60s\"] } } } } }\n"
          "      |                                                    ^\n");
}
END_TEST

START_TEST(a_parameter_that_is_no_choice)
{
    check("{ \"format\": 1, \"name\": \"x\",\n"
          "  \"time\": { \"duration\": \"10s\" },\n"
          "  \"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": [\"A\"], \"config\": { \"mode\": \"quik\" } } } }\n",

          "s.json:3:79: error: \"mode\" must be \"quick\" or \"careful\", not \"quik\" (at /groups/kv/config/mode); did you mean \"quick\"?\n"
          "    3 |   \"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": [\"A\"], \"config\": { \"mode\": \"quik\" } } } }\n"
          "      |                                                                               ^^^^^^\n");
}
END_TEST

START_TEST(a_use_that_is_not_bound)
{
    check("{ \"format\": 1, \"name\": \"x\", \"time\": { \"duration\": \"10s\" },\n"
          "  \"groups\": { \"r\": { \"program\": \"router\", \"nodes\": [\"A\"] } } }\n",

          "s.json:2:20: error: program \"router\" uses \"backends\": say which group that is (at /groups/r/uses)\n"
          "    2 |   \"groups\": { \"r\": { \"program\": \"router\", \"nodes\": [\"A\"] } } }\n"
          "      |                    ^\n");
}
END_TEST

START_TEST(a_use_of_a_group_that_does_not_exist)
{
    check("{ \"format\": 1, \"name\": \"x\", \"time\": { \"duration\": \"10s\" },\n"
          "  \"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": [\"B\"] },\n"
          "    \"r\": { \"program\": \"router\", \"nodes\": [\"A\"], \"uses\": { \"backends\": \"vk\" } } } }\n",

          "s.json:3:71: error: group \"vk\" does not exist (at /groups/r/uses/backends)\n"
          "    3 |     \"r\": { \"program\": \"router\", \"nodes\": [\"A\"], \"uses\": { \"backends\": \"vk\" } } } }\n"
          "      |                                                                       ^^^^\n");
}
END_TEST

START_TEST(a_use_that_the_program_does_not_know)
{
    check("{ \"format\": 1, \"name\": \"x\",\n"
          "  \"time\": { \"duration\": \"10s\" },\n"
          "  \"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": [\"A\"], \"uses\": { \"backends\": \"kv\" } } } }\n",

          "s.json:3:69: error: program \"store\" uses nothing named \"backends\" (at /groups/kv/uses/backends)\n"
          "    3 |   \"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": [\"A\"], \"uses\": { \"backends\": \"kv\" } } } }\n"
          "      |                                                                     ^^^^^^^^^^\n");
}
END_TEST

START_TEST(a_target_that_has_copies)
{
    check("{ \"format\": 1, \"name\": \"x\",\n"
          "  \"time\": { \"duration\": \"10s\" },\n"
          "  \"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": [\"A\"], \"copies\": 2 } },\n"
          "  \"workload\": [{ \"target\": \"kv\", \"model\": \"closed\" }] }\n",

          "s.json:4:28: error: group \"kv\" has 2 copies: say which, like \"kv-0\" (at /workload/0/target)\n"
          "    4 |   \"workload\": [{ \"target\": \"kv\", \"model\": \"closed\" }] }\n"
          "      |                            ^^^^\n");
}
END_TEST

START_TEST(a_protocol_without_clients)
{
    check("{ \"format\": 1, \"name\": \"x\", \"time\": { \"duration\": \"10s\" },\n"
          "  \"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": [\"B\"] },\n"
          "    \"r\": { \"program\": \"router\", \"nodes\": [\"A\"], \"uses\": { \"backends\": \"kv\" } } },\n"
          "  \"workload\": [{ \"target\": \"r\", \"model\": \"closed\" }] }\n",

          "s.json:4:28: error: protocol \"router\" has no clients: name the program with \"client\" (at /workload/0/target)\n"
          "    4 |   \"workload\": [{ \"target\": \"r\", \"model\": \"closed\" }] }\n"
          "      |                            ^^^\n");
}
END_TEST

START_TEST(an_open_workload_without_arrivals)
{
    check("{ \"format\": 1, \"name\": \"x\",\n"
          "  \"time\": { \"duration\": \"10s\" },\n"
          "  \"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": [\"A\", \"B\", \"C\"] } },\n"
          "  \"workload\": [{ \"target\": \"kv\" }] }\n",

          "s.json:4:16: error: missing key \"arrivals\": an open workload needs a rate, like { \"poisson\": \"1000/s\" } (at /workload/0)\n"
          "    4 |   \"workload\": [{ \"target\": \"kv\" }] }\n"
          "      |                ^\n");
}
END_TEST

START_TEST(a_closed_workload_with_arrivals)
{
    check("{ \"format\": 1, \"name\": \"x\",\n"
          "  \"time\": { \"duration\": \"10s\" },\n"
          "  \"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": [\"A\", \"B\", \"C\"] } },\n"
          "  \"workload\": [{ \"target\": \"kv\", \"model\": \"closed\", \"arrivals\": { \"constant\": \"1/s\" } }] }\n",

          "s.json:4:53: error: \"arrivals\" belongs to \"model\": \"open\" (at /workload/0/arrivals)\n"
          "    4 |   \"workload\": [{ \"target\": \"kv\", \"model\": \"closed\", \"arrivals\": { \"constant\": \"1/s\" } }] }\n"
          "      |                                                     ^^^^^^^^^^\n");
}
END_TEST

START_TEST(arrivals_of_two_kinds)
{
    check("{ \"format\": 1, \"name\": \"x\",\n"
          "  \"time\": { \"duration\": \"10s\" },\n"
          "  \"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": [\"A\", \"B\", \"C\"] } },\n"
          "  \"workload\": [{ \"target\": \"kv\", \"arrivals\": { \"constant\": \"1/s\", \"poisson\": \"1/s\" } }] }\n",

          "s.json:4:48: error: \"poisson\" and \"constant\" exclude each other (at /workload/0/arrivals/constant)\n"
          "    4 |   \"workload\": [{ \"target\": \"kv\", \"arrivals\": { \"constant\": \"1/s\", \"poisson\": \"1/s\" } }] }\n"
          "      |                                                ^^^^^^^^^^\n");
}
END_TEST

START_TEST(operations_without_weight)
{
    check("{ \"format\": 1, \"name\": \"x\",\n"
          "  \"time\": { \"duration\": \"10s\" },\n"
          "  \"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": [\"A\", \"B\", \"C\"] } },\n"
          "  \"workload\": [{ \"target\": \"kv\", \"arrivals\": { \"poisson\": \"1/s\" }, \"ops\": { \"get\": 0 } }] }\n",

          "s.json:4:75: error: no operation has a weight above 0 (at /workload/0/ops)\n"
          "    4 |   \"workload\": [{ \"target\": \"kv\", \"arrivals\": { \"poisson\": \"1/s\" }, \"ops\": { \"get\": 0 } }] }\n"
          "      |                                                                           ^\n");
}
END_TEST

START_TEST(an_operation_that_is_not_offered)
{
    check("{ \"format\": 1, \"name\": \"x\",\n"
          "  \"time\": { \"duration\": \"10s\" },\n"
          "  \"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": [\"A\", \"B\", \"C\"] } },\n"
          "  \"workload\": [{ \"target\": \"kv\", \"arrivals\": { \"poisson\": \"1/s\" }, \"ops\": { \"scan\": 1 } }] }\n",

          "s.json:4:77: error: \"scan\" is not supported by this version (at /workload/0/ops/scan)\n"
          "    4 |   \"workload\": [{ \"target\": \"kv\", \"arrivals\": { \"poisson\": \"1/s\" }, \"ops\": { \"scan\": 1 } }] }\n"
          "      |                                                                             ^^^^^^\n");
}
END_TEST

START_TEST(a_negative_weight)
{
    check("{ \"format\": 1, \"name\": \"x\",\n"
          "  \"time\": { \"duration\": \"10s\" },\n"
          "  \"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": [\"A\", \"B\", \"C\"] } },\n"
          "  \"workload\": [{ \"target\": \"kv\", \"arrivals\": { \"poisson\": \"1/s\" }, \"ops\": { \"get\": -1 } }] }\n",

          "s.json:4:84: error: \"get\" must be at least 0 and at most 1000 (at /workload/0/ops/get)\n"
          "    4 |   \"workload\": [{ \"target\": \"kv\", \"arrivals\": { \"poisson\": \"1/s\" }, \"ops\": { \"get\": -1 } }] }\n"
          "      |                                                                                    ^^\n");
}
END_TEST

START_TEST(stages_that_go_back)
{
    check("{ \"format\": 1, \"name\": \"x\",\n"
          "  \"time\": { \"duration\": \"10s\" },\n"
          "  \"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": [\"A\", \"B\", \"C\"] } },\n"
          "  \"workload\": [{ \"target\": \"kv\", \"arrivals\": { \"poisson\": \"1/s\" }, \"stages\": [{ \"until\": \"5s\", \"rate\": \"1/s\" }, { \"until\": \"5s\", \"rate\": \"2/s\" }] }] }\n",

          "s.json:4:124: error: a stage ends after the one before it (at /workload/0/stages/1/until)\n"
          "    4 | ...: [{ \"until\": \"5s\", \"rate\": \"1/s\" }, { \"until\": \"5s\", \"rate\": \"2/s\" }] }] }\n"
          "      |                                                    ^^^^\n");
}
END_TEST

START_TEST(a_workload_that_starts_too_late)
{
    check("{ \"format\": 1, \"name\": \"x\",\n"
          "  \"time\": { \"duration\": \"10s\" },\n"
          "  \"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": [\"A\", \"B\", \"C\"] } },\n"
          "  \"workload\": [{ \"target\": \"kv\", \"arrivals\": { \"poisson\": \"1/s\" }, \"start\": \"30s\" }] }\n",

          "s.json:4:77: error: the workload starts when it, or the run, has ended (at /workload/0/start)\n"
          "    4 |   \"workload\": [{ \"target\": \"kv\", \"arrivals\": { \"poisson\": \"1/s\" }, \"start\": \"30s\" }] }\n"
          "      |                                                                             ^^^^^\n");
}
END_TEST

START_TEST(clients_that_are_placed_twice)
{
    check("{ \"format\": 1, \"name\": \"x\",\n"
          "  \"time\": { \"duration\": \"10s\" },\n"
          "  \"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": [\"A\", \"B\", \"C\"] } },\n"
          "  \"topology\": { \"regions\": { \"eu\": { \"racks\": { \"r\": [\"kv\"] } } } },\n"
          "  \"workload\": [{ \"target\": \"kv\", \"model\": \"closed\", \"clients\": 3, \"place\": { \"eu\": 2 } }] }\n",

          "s.json:5:64: error: \"place\" has 2 clients, but \"clients\" is 3 (at /workload/0/clients)\n"
          "    5 |   \"workload\": [{ \"target\": \"kv\", \"model\": \"closed\", \"clients\": 3, \"place\": { \"eu\": 2 } }] }\n"
          "      |                                                                ^\n");
}
END_TEST

START_TEST(clients_in_an_unknown_region)
{
    check("{ \"format\": 1, \"name\": \"x\",\n"
          "  \"time\": { \"duration\": \"10s\" },\n"
          "  \"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": [\"A\", \"B\", \"C\"] } },\n"
          "  \"topology\": { \"regions\": { \"europe\": { \"racks\": { \"r\": [\"kv\"] } } } },\n"
          "  \"workload\": [{ \"target\": \"kv\", \"model\": \"closed\", \"place\": { \"europa\": 2 } }] }\n",

          "s.json:5:64: error: region or rack \"europa\" does not exist (at /workload/0/place/europa); did you mean \"europe\"?\n"
          "    5 |   \"workload\": [{ \"target\": \"kv\", \"model\": \"closed\", \"place\": { \"europa\": 2 } }] }\n"
          "      |                                                                ^^^^^^^^\n");
}
END_TEST

/* clang-format on */

int main(void)
{
    Suite *suite = suite_create("errors: load");
    TCase *tests = tcase_create("errors");
    tcase_add_checked_fixture(tests, given_folder, given_no_folder);
    tcase_add_test(tests, a_number_for_the_arrivals_is_one_error);
    tcase_add_test(tests, an_unknown_parameter);
    tcase_add_test(tests, a_rate_at_which_a_run_comes_to_no_end);
    tcase_add_test(tests, a_value_that_no_datagram_holds);
    tcase_add_test(tests, a_parameter_outside_its_range);
    tcase_add_test(tests, a_parameter_that_is_no_choice);
    tcase_add_test(tests, a_use_that_is_not_bound);
    tcase_add_test(tests, a_use_of_a_group_that_does_not_exist);
    tcase_add_test(tests, a_use_that_the_program_does_not_know);
    tcase_add_test(tests, a_target_that_has_copies);
    tcase_add_test(tests, a_protocol_without_clients);
    tcase_add_test(tests, an_open_workload_without_arrivals);
    tcase_add_test(tests, a_closed_workload_with_arrivals);
    tcase_add_test(tests, arrivals_of_two_kinds);
    tcase_add_test(tests, operations_without_weight);
    tcase_add_test(tests, an_operation_that_is_not_offered);
    tcase_add_test(tests, a_negative_weight);
    tcase_add_test(tests, stages_that_go_back);
    tcase_add_test(tests, a_workload_that_starts_too_late);
    tcase_add_test(tests, clients_that_are_placed_twice);
    tcase_add_test(tests, clients_in_an_unknown_region);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
