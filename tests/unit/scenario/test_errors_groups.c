/* What is wrong with distributions, groups and programs.  Each message is spelt out. */
#include "given.h"
#include "support/suite.h"

static void check(const char *scenario, const char *expected)
{
    g_autofree char *errors = given_errors_of_text(scenario);
    ck_assert_str_eq(errors, expected);
}

/* clang-format off */
START_TEST(a_low_above_the_high)
{
    check("{ \"format\": 1, \"name\": \"x\",\n"
          "  \"time\": { \"duration\": \"10s\" },\n"
          "  \"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": [\"A\", \"B\", \"C\"] } },\n"
          "  \"topology\": { \"links\": { \"default\": { \"latency\": { \"uniform\": [\"5ms\", \"1ms\"] } } } } }\n",

          "s.json:4:65: error: the low value is above the high one (at /topology/links/default/latency/uniform)\n"
          "    4 |   \"topology\": { \"links\": { \"default\": { \"latency\": { \"uniform\": [\"5ms\", \"1ms\"] } } } } }\n"
          "      |                                                                 ^\n");
}
END_TEST

START_TEST(a_median_above_the_99th_percentile)
{
    check("{ \"format\": 1, \"name\": \"x\",\n"
          "  \"time\": { \"duration\": \"10s\" },\n"
          "  \"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": [\"A\", \"B\", \"C\"] } },\n"
          "  \"topology\": { \"links\": { \"default\": { \"latency\": { \"lognormal\": { \"p50\": \"5ms\", \"p99\": \"1ms\" } } } } } }\n",

          "s.json:4:67: error: p50 is above p99 (at /topology/links/default/latency/lognormal)\n"
          "    4 | ...inks\": { \"default\": { \"latency\": { \"lognormal\": { \"p50\": \"5ms\", \"p99\": \"1ms\" } } } } } }\n"
          "      |                                                    ^\n");
}
END_TEST

START_TEST(a_lognormal_without_its_percentile)
{
    check("{ \"format\": 1, \"name\": \"x\",\n"
          "  \"time\": { \"duration\": \"10s\" },\n"
          "  \"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": [\"A\", \"B\", \"C\"] } },\n"
          "  \"topology\": { \"links\": { \"default\": { \"latency\": { \"lognormal\": { \"p50\": \"5ms\", \"p9\": \"6ms\" } } } } } }\n",

          "s.json:4:67: error: missing key \"p99\" (at /topology/links/default/latency/lognormal)\n"
          "    4 | ...inks\": { \"default\": { \"latency\": { \"lognormal\": { \"p50\": \"5ms\", \"p9\": \"6ms\" } } } } } }\n"
          "      |                                                    ^\n"
          "s.json:4:83: error: unknown key \"p9\" (at /topology/links/default/latency/lognormal)\n"
          "    4 | ...t\": { \"latency\": { \"lognormal\": { \"p50\": \"5ms\", \"p9\": \"6ms\" } } } } } }\n"
          "      |                                                    ^^^^\n");
}
END_TEST

START_TEST(a_misspelt_distribution)
{
    check("{ \"format\": 1, \"name\": \"x\",\n"
          "  \"time\": { \"duration\": \"10s\" },\n"
          "  \"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": [\"A\", \"B\", \"C\"] } },\n"
          "  \"topology\": { \"links\": { \"default\": { \"latency\": { \"exponentail\": \"5ms\" } } } } }\n",

          "s.json:4:54: error: unknown distribution \"exponentail\" (at /topology/links/default/latency/exponentail); did you mean \"exponential\"?\n"
          "    4 |   \"topology\": { \"links\": { \"default\": { \"latency\": { \"exponentail\": \"5ms\" } } } } }\n"
          "      |                                                      ^^^^^^^^^^^^^\n");
}
END_TEST

START_TEST(two_distributions_at_once)
{
    check("{ \"format\": 1, \"name\": \"x\",\n"
          "  \"time\": { \"duration\": \"10s\" },\n"
          "  \"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": [\"A\", \"B\", \"C\"] } },\n"
          "  \"topology\": { \"links\": { \"default\": { \"latency\": { \"exponential\": \"5ms\", \"uniform\": [\"1ms\", \"2ms\"] } } } } }\n",

          "s.json:4:52: error: a distribution has exactly one key, its kind; this has 2 (at /topology/links/default/latency)\n"
          "    4 | ...topology\": { \"links\": { \"default\": { \"latency\": { \"exponential\": \"5ms\", \"uniform\": [\"1ms\", \"2ms\"] } ...\n"
          "      |                                                    ^\n");
}
END_TEST

START_TEST(a_mixture_without_weight)
{
    check("{ \"format\": 1, \"name\": \"x\",\n"
          "  \"time\": { \"duration\": \"10s\" },\n"
          "  \"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": [\"A\", \"B\", \"C\"] } },\n"
          "  \"topology\": { \"links\": { \"default\": { \"latency\": { \"mixture\": [[0, \"5ms\"]] } } } } }\n",

          "s.json:4:66: error: a part of a mixture is a list of a weight above 0 and a distribution (at /topology/links/default/latency/mixture/0)\n"
          "    4 |   \"topology\": { \"links\": { \"default\": { \"latency\": { \"mixture\": [[0, \"5ms\"]] } } } } }\n"
          "      |                                                                  ^\n");
}
END_TEST

START_TEST(points_that_do_not_ascend)
{
    check("{ \"format\": 1, \"name\": \"x\",\n"
          "  \"time\": { \"duration\": \"10s\" },\n"
          "  \"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": [\"A\", \"B\", \"C\"] } },\n"
          "  \"topology\": { \"links\": { \"default\": { \"latency\": { \"empirical\": [[0, \"5ms\"], [1, \"4ms\"]] } } } } }\n",

          "s.json:4:80: error: a point lies below the one before it; both columns ascend (at /topology/links/default/latency/empirical/1)\n"
          "    4 |   \"topology\": { \"links\": { \"default\": { \"latency\": { \"empirical\": [[0, \"5ms\"], [1, \"4ms\"]] } } } } }\n"
          "      |                                                                                ^\n");
}
END_TEST

START_TEST(a_table_that_does_not_exist)
{
    check("{ \"format\": 1, \"name\": \"x\",\n"
          "  \"time\": { \"duration\": \"10s\" },\n"
          "  \"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": [\"A\", \"B\", \"C\"] } },\n"
          "  \"topology\": { \"links\": { \"default\": { \"latency\": { \"empirical\": \"none.csv\" } } } } }\n",

          "s.json:4:67: error: \"none.csv\": there is no such file (at /topology/links/default/latency/empirical)\n"
          "    4 |   \"topology\": { \"links\": { \"default\": { \"latency\": { \"empirical\": \"none.csv\" } } } } }\n"
          "      |                                                                   ^^^^^^^^^^\n");
}
END_TEST

START_TEST(an_exponential_clock_offset)
{
    check("{ \"format\": 1, \"name\": \"x\",\n"
          "  \"time\": { \"duration\": \"10s\" },\n"
          "  \"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": [\"A\", \"B\", \"C\"] } },\n"
          "  \"topology\": { \"nodes\": { \"*\": { \"clock\": { \"offset\": { \"exponential\": \"1ms\" } } } } } }\n",

          "s.json:4:58: error: only a value, \"uniform\" or \"normal\" is possible here (at /topology/nodes/*/clock/offset/exponential)\n"
          "    4 |   \"topology\": { \"nodes\": { \"*\": { \"clock\": { \"offset\": { \"exponential\": \"1ms\" } } } } } }\n"
          "      |                                                          ^^^^^^^^^^^^^\n");
}
END_TEST

START_TEST(no_nodes)
{
    check("{ \"format\": 1, \"name\": \"x\",\n"
          "  \"time\": { \"duration\": \"10s\" },\n"
          "  \"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": { \"count\": 0 } } } }\n",

          "s.json:3:63: error: \"count\" must be at least 1, not 0 (at /groups/kv/nodes/count)\n"
          "    3 |   \"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": { \"count\": 0 } } } }\n"
          "      |                                                               ^\n");
}
END_TEST

START_TEST(a_number_for_the_nodes)
{
    check("{ \"format\": 1, \"name\": \"x\",\n"
          "  \"time\": { \"duration\": \"10s\" },\n"
          "  \"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": 1000000000 } } }\n",

          "s.json:3:52: error: \"nodes\" must be a list, each a name or an object, not a number; write it like { \"count\": 5, \"prefix\": \"n\" } (at /groups/kv/nodes)\n"
          "    3 |   \"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": 1000000000 } } }\n"
          "      |                                                    ^^^^^^^^^^\n");
}
END_TEST

START_TEST(an_empty_list_of_nodes)
{
    check("{ \"format\": 1, \"name\": \"x\",\n"
          "  \"time\": { \"duration\": \"10s\" },\n"
          "  \"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": [] } } }\n",

          "s.json:3:52: error: \"nodes\" must not be empty (at /groups/kv/nodes)\n"
          "    3 |   \"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": [] } } }\n"
          "      |                                                    ^\n");
}
END_TEST

START_TEST(a_thousand_million_nodes)
{
    check("{ \"format\": 1, \"name\": \"x\",\n"
          "  \"time\": { \"duration\": \"10s\" },\n"
          "  \"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": { \"count\": 1000000000 } } } }\n",

          "s.json:3:63: error: \"count\" must be at most 1000000, not 1000000000 (at /groups/kv/nodes/count)\n"
          "    3 |   \"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": { \"count\": 1000000000 } } } }\n"
          "      |                                                               ^^^^^^^^^^\n");
}
END_TEST

START_TEST(too_many_nodes_in_all)
{
    check("{ \"format\": 1, \"name\": \"x\",\n"
          "  \"time\": { \"duration\": \"10s\" },\n"
          "  \"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": { \"count\": 1000 }, \"copies\": 1001 } } }\n",

          "s.json:3:15: error: more than 1000000 nodes in all (at /groups/kv)\n"
          "    3 |   \"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": { \"count\": 1000 }, \"copies\": 1001 } } }\n"
          "      |               ^^^^\n");
}
END_TEST

START_TEST(no_groups)
{
    check("{ \"format\": 1, \"name\": \"x\", \"time\": { \"duration\": \"10s\" }, \"groups\": {} }\n",

          "s.json:1:70: error: \"groups\" must not be empty (at /groups)\n"
          "    1 | { \"format\": 1, \"name\": \"x\", \"time\": { \"duration\": \"10s\" }, \"groups\": {} }\n"
          "      |                                                                      ^\n");
}
END_TEST

START_TEST(duplicate_nodes)
{
    check("{ \"format\": 1, \"name\": \"x\",\n"
          "  \"time\": { \"duration\": \"10s\" },\n"
          "  \"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": [\"A\"] },\n"
          "  \"web\": { \"program\": \"store\", \"nodes\": [\"B\", \"A\"] } } }\n",

          "s.json:4:47: error: duplicate node name \"A\": it is in \"kv\" already (at /groups/web/nodes/1)\n"
          "    4 |   \"web\": { \"program\": \"store\", \"nodes\": [\"B\", \"A\"] } } }\n"
          "      |                                               ^^^\n");
}
END_TEST

START_TEST(a_client_named_like_a_node)
{
    check("{ \"format\": 1, \"name\": \"x\", \"time\": { \"duration\": \"10s\" },\n"
          "  \"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": [\"load-1\"] } },\n"
          "  \"workload\": [{ \"name\": \"load\", \"target\": \"kv\", \"model\": \"closed\" }] }\n",

          "s.json:3:26: error: duplicate node name \"load-1\": it is in \"kv\" already (at /workload/0/name)\n"
          "    3 |   \"workload\": [{ \"name\": \"load\", \"target\": \"kv\", \"model\": \"closed\" }] }\n"
          "      |                          ^^^^^^\n");
}
END_TEST

START_TEST(two_workloads_of_a_name)
{
    check("{ \"format\": 1, \"name\": \"x\",\n"
          "  \"time\": { \"duration\": \"10s\" },\n"
          "  \"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": [\"A\", \"B\", \"C\"] } },\n"
          "  \"workload\": [{ \"name\": \"w\", \"target\": \"kv\", \"model\": \"closed\" },\n"
          "    { \"name\": \"w\", \"target\": \"kv\", \"model\": \"closed\" }] }\n",

          "s.json:5:15: error: duplicate name \"w\": a group, a node or another workload bears it (at /workload/1/name)\n"
          "    5 |     { \"name\": \"w\", \"target\": \"kv\", \"model\": \"closed\" }] }\n"
          "      |               ^^^\n");
}
END_TEST

START_TEST(a_node_named_like_a_selector)
{
    check("{ \"format\": 1, \"name\": \"x\",\n"
          "  \"time\": { \"duration\": \"10s\" },\n"
          "  \"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": [\"leader\"] } } }\n",

          "s.json:3:53: error: \"leader\" has a meaning of its own; no node can bear it (at /groups/kv/nodes/0)\n"
          "    3 |   \"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": [\"leader\"] } } }\n"
          "      |                                                     ^^^^^^^^\n");
}
END_TEST

START_TEST(a_node_named_like_a_group)
{
    check("{ \"format\": 1, \"name\": \"x\",\n"
          "  \"time\": { \"duration\": \"10s\" },\n"
          "  \"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": [\"kv\"] } } }\n",

          "s.json:3:15: error: \"kv\" is the name of a group and of a node (at /groups/kv)\n"
          "    3 |   \"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": [\"kv\"] } } }\n"
          "      |               ^^^^\n");
}
END_TEST

START_TEST(a_program_that_does_not_exist)
{
    check("{ \"format\": 1, \"name\": \"x\",\n"
          "  \"time\": { \"duration\": \"10s\" },\n"
          "  \"groups\": { \"kv\": { \"program\": \"stroe\", \"nodes\": [\"A\"] } } }\n",

          "s.json:3:34: error: program \"stroe\" does not exist (at /groups/kv/program); did you mean \"store\"?\n"
          "    3 |   \"groups\": { \"kv\": { \"program\": \"stroe\", \"nodes\": [\"A\"] } } }\n"
          "      |                                  ^^^^^^^\n");
}
END_TEST

START_TEST(a_role_that_does_not_exist)
{
    check("{ \"format\": 1, \"name\": \"x\",\n"
          "  \"time\": { \"duration\": \"10s\" },\n"
          "  \"groups\": { \"kv\": { \"program\": \"store-cleint\", \"nodes\": [\"A\"] } } }\n",

          "s.json:3:34: error: program \"store-cleint\" does not exist (at /groups/kv/program); did you mean \"store-client\"?\n"
          "    3 |   \"groups\": { \"kv\": { \"program\": \"store-cleint\", \"nodes\": [\"A\"] } } }\n"
          "      |                                  ^^^^^^^^^^^^^^\n");
}
END_TEST

START_TEST(a_restart_policy_that_is_a_word)
{
    check("{ \"format\": 1, \"name\": \"x\",\n"
          "  \"time\": { \"duration\": \"10s\" },\n"
          "  \"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": [\"A\"], \"restart\": \"always\" } } }\n",

          "s.json:3:70: error: \"restart\" must be \"never\", not \"always\" (at /groups/kv/restart)\n"
          "    3 |   \"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": [\"A\"], \"restart\": \"always\" } } }\n"
          "      |                                                                      ^^^^^^^^\n");
}
END_TEST

START_TEST(a_restart_without_its_time)
{
    check("{ \"format\": 1, \"name\": \"x\",\n"
          "  \"time\": { \"duration\": \"10s\" },\n"
          "  \"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": [\"A\"], \"restart\": { \"reasons\": [\"x\"] } } } }\n",

          "s.json:3:70: error: missing key \"after\" (at /groups/kv/restart)\n"
          "    3 |   \"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": [\"A\"], \"restart\": { \"reasons\": [\"x\"] } } } }\n"
          "      |                                                                      ^\n");
}
END_TEST

START_TEST(a_restart_for_no_reason)
{
    check("{ \"format\": 1, \"name\": \"x\",\n"
          "  \"time\": { \"duration\": \"10s\" },\n"
          "  \"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": [\"A\"], \"restart\": { \"after\": \"1s\", \"reasons\": [] } } } }\n",

          "s.json:3:98: error: \"reasons\" must not be empty (at /groups/kv/restart/reasons)\n"
          "    3 | ...: [\"A\"], \"restart\": { \"after\": \"1s\", \"reasons\": [] } } } }\n"
          "      |                                                    ^\n");
}
END_TEST

START_TEST(a_disk_queue_that_drops)
{
    check("{ \"format\": 1, \"name\": \"x\",\n"
          "  \"time\": { \"duration\": \"10s\" },\n"
          "  \"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": [\"A\"] } },\n"
          "  \"topology\": { \"nodes\": { \"kv\": { \"disk\": { \"queue\": { \"limit\": 8, \"when_full\": \"drop\" } } } } } }\n",

          "s.json:4:82: error: \"when_full\" must be \"wait\" or \"fail\", not \"drop\" (at /topology/nodes/kv/disk/queue/when_full)\n"
          "    4 |   \"topology\": { \"nodes\": { \"kv\": { \"disk\": { \"queue\": { \"limit\": 8, \"when_full\": \"drop\" } } } } } }\n"
          "      |                                                                                  ^^^^^^\n");
}
END_TEST

START_TEST(a_disk_queue_of_half_an_operation)
{
    check("{ \"format\": 1, \"name\": \"x\",\n"
          "  \"time\": { \"duration\": \"10s\" },\n"
          "  \"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": [\"A\"] } },\n"
          "  \"topology\": { \"nodes\": { \"kv\": { \"disk\": { \"queue\": { \"limit\": 0.5 } } } } } }\n",

          "s.json:4:66: error: \"limit\" must be a whole number, not one with a point or an exponent (at /topology/nodes/kv/disk/queue/limit)\n"
          "    4 |   \"topology\": { \"nodes\": { \"kv\": { \"disk\": { \"queue\": { \"limit\": 0.5 } } } } } }\n"
          "      |                                                                  ^^^\n");
}
END_TEST

/* clang-format on */

int main(void)
{
    Suite *suite = suite_create("errors: groups");
    TCase *tests = tcase_create("errors");
    tcase_add_checked_fixture(tests, given_folder, given_no_folder);
    tcase_add_test(tests, a_low_above_the_high);
    tcase_add_test(tests, a_median_above_the_99th_percentile);
    tcase_add_test(tests, a_lognormal_without_its_percentile);
    tcase_add_test(tests, a_misspelt_distribution);
    tcase_add_test(tests, two_distributions_at_once);
    tcase_add_test(tests, a_mixture_without_weight);
    tcase_add_test(tests, points_that_do_not_ascend);
    tcase_add_test(tests, a_table_that_does_not_exist);
    tcase_add_test(tests, an_exponential_clock_offset);
    tcase_add_test(tests, no_nodes);
    tcase_add_test(tests, a_number_for_the_nodes);
    tcase_add_test(tests, an_empty_list_of_nodes);
    tcase_add_test(tests, a_thousand_million_nodes);
    tcase_add_test(tests, too_many_nodes_in_all);
    tcase_add_test(tests, no_groups);
    tcase_add_test(tests, duplicate_nodes);
    tcase_add_test(tests, a_client_named_like_a_node);
    tcase_add_test(tests, two_workloads_of_a_name);
    tcase_add_test(tests, a_node_named_like_a_selector);
    tcase_add_test(tests, a_node_named_like_a_group);
    tcase_add_test(tests, a_program_that_does_not_exist);
    tcase_add_test(tests, a_role_that_does_not_exist);
    tcase_add_test(tests, a_restart_policy_that_is_a_word);
    tcase_add_test(tests, a_restart_without_its_time);
    tcase_add_test(tests, a_restart_for_no_reason);
    tcase_add_test(tests, a_disk_queue_that_drops);
    tcase_add_test(tests, a_disk_queue_of_half_an_operation);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
