/* What is wrong with places, links and faults.  Each message is spelt out. */
#include "given.h"
#include "support/suite.h"

static void check(const char *scenario, const char *expected)
{
    g_autofree char *errors = given_errors_of_text(scenario);
    ck_assert_str_eq(errors, expected);
}

/* clang-format off */
START_TEST(a_rack_with_an_unknown_node)
{
    check("{ \"format\": 1, \"name\": \"x\",\n"
          "  \"time\": { \"duration\": \"10s\" },\n"
          "  \"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": [\"A\", \"B\", \"C\"] } },\n"
          "  \"topology\": { \"regions\": { \"eu\": { \"racks\": { \"r\": [\"kv\", \"Node\"] } } } } }\n",

          "s.json:4:61: error: node \"Node\" does not exist (at /topology/regions/eu/racks/r/1)\n"
          "    4 |   \"topology\": { \"regions\": { \"eu\": { \"racks\": { \"r\": [\"kv\", \"Node\"] } } } } }\n"
          "      |                                                             ^^^^^^\n");
}
END_TEST

START_TEST(a_node_in_two_racks)
{
    check("{ \"format\": 1, \"name\": \"x\",\n"
          "  \"time\": { \"duration\": \"10s\" },\n"
          "  \"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": [\"A\", \"B\", \"C\"] } },\n"
          "  \"topology\": { \"regions\": { \"eu\": { \"racks\": { \"r\": [\"kv\"], \"q\": [\"A\"] } } } } }\n",

          "s.json:4:68: error: \"A\" is in rack \"r\" already (at /topology/regions/eu/racks/q/0)\n"
          "    4 |   \"topology\": { \"regions\": { \"eu\": { \"racks\": { \"r\": [\"kv\"], \"q\": [\"A\"] } } } } }\n"
          "      |                                                                    ^^^\n");
}
END_TEST

START_TEST(a_node_twice_in_one_rack)
{
    check("{ \"format\": 1, \"name\": \"x\",\n"
          "  \"time\": { \"duration\": \"10s\" },\n"
          "  \"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": [\"A\", \"B\"] } },\n"
          "  \"topology\": { \"regions\": { \"eu\": { \"racks\": { \"r\": [\"A\", \"B\", \"A\"] } } } } }\n",

          "s.json:4:65: error: \"A\" stands in this rack twice (at /topology/regions/eu/racks/r/2)\n"
          "    4 |   \"topology\": { \"regions\": { \"eu\": { \"racks\": { \"r\": [\"A\", \"B\", \"A\"] } } } } }\n"
          "      |                                                                 ^^^\n");
}
END_TEST

START_TEST(one_region_of_a_preset_by_both_its_names)
{
    check("{ \"format\": 1, \"name\": \"x\",\n"
          "  \"time\": { \"duration\": \"10s\" },\n"
          "  \"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": [\"A\", \"B\"] } },\n"
          "  \"topology\": { \"preset\": \"aws-2017\",\n"
          "    \"regions\": { \"VA\": { \"racks\": { \"r\": [\"A\"] } }, \"us-east-1\": { \"racks\": { \"q\": [\"B\"] } } } } }\n",

          "s.json:5:53: error: \"VA\" and \"us-east-1\" are one region of the preset \"aws-2017\" (at /topology/regions/us-east-1)\n"
          "    5 |     \"regions\": { \"VA\": { \"racks\": { \"r\": [\"A\"] } }, \"us-east-1\": { \"racks\": { \"q\": [\"B\"] } } } } }\n"
          "      |                                                     ^^^^^^^^^^^\n");
}
END_TEST

START_TEST(a_preset_of_regions_where_there_are_none)
{
    check("{ \"format\": 1, \"name\": \"x\",\n"
          "  \"time\": { \"duration\": \"10s\" },\n"
          "  \"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": [\"A\", \"B\"] } },\n"
          "  \"topology\": { \"preset\": \"aws-2017\" } }\n",

          "s.json:4:27: error: the preset \"aws-2017\" is of links between regions, and there are none (at /topology/preset)\n"
          "    4 |   \"topology\": { \"preset\": \"aws-2017\" } }\n"
          "      |                           ^^^^^^^^^^\n");
}
END_TEST

START_TEST(nodes_in_no_rack)
{
    check("{ \"format\": 1, \"name\": \"x\",\n"
          "  \"time\": { \"duration\": \"10s\" },\n"
          "  \"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": [\"A\", \"B\", \"C\"] } },\n"
          "  \"topology\": { \"regions\": { \"eu\": { \"racks\": { \"r\": [\"B\"] } } } } }\n",

          "s.json:4:17: error: in no rack: \"A\", \"C\" (at /topology/regions)\n"
          "    4 |   \"topology\": { \"regions\": { \"eu\": { \"racks\": { \"r\": [\"B\"] } } } } }\n"
          "      |                 ^^^^^^^^^\n");
}
END_TEST

START_TEST(settings_for_an_unknown_node)
{
    check("{ \"format\": 1, \"name\": \"x\",\n"
          "  \"time\": { \"duration\": \"10s\" },\n"
          "  \"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": [\"A\", \"B\", \"C\"] } },\n"
          "  \"topology\": { \"nodes\": { \"kx\": {} } } }\n",

          "s.json:4:28: error: node \"kx\" does not exist (at /topology/nodes/kx)\n"
          "    4 |   \"topology\": { \"nodes\": { \"kx\": {} } } }\n"
          "      |                            ^^^^\n");
}
END_TEST

START_TEST(a_cost_of_an_unknown_unit)
{
    check("{ \"format\": 1, \"name\": \"x\",\n"
          "  \"time\": { \"duration\": \"10s\" },\n"
          "  \"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": [\"A\", \"B\", \"C\"] } },\n"
          "  \"topology\": { \"nodes\": { \"*\": { \"cpu\": { \"units\": { \"entries\": \"1us\" } } } } } }\n",

          "s.json:4:55: error: unit \"entries\" does not exist (at /topology/nodes/*/cpu/units/entries)\n"
          "    4 |   \"topology\": { \"nodes\": { \"*\": { \"cpu\": { \"units\": { \"entries\": \"1us\" } } } } } }\n"
          "      |                                                       ^^^^^^^^^\n");
}
END_TEST

START_TEST(a_size_of_an_unknown_volume)
{
    check("{ \"format\": 1, \"name\": \"x\",\n"
          "  \"time\": { \"duration\": \"10s\" },\n"
          "  \"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": [\"A\", \"B\", \"C\"] } },\n"
          "  \"topology\": { \"nodes\": { \"A\": { \"disk\": { \"volumes\": { \"logs\": \"1MiB\" } } } } } }\n",

          "s.json:4:58: error: volume \"logs\" does not exist (at /topology/nodes/A/disk/volumes/logs); did you mean \"log\"?\n"
          "    4 |   \"topology\": { \"nodes\": { \"A\": { \"disk\": { \"volumes\": { \"logs\": \"1MiB\" } } } } } }\n"
          "      |                                                          ^^^^^^\n");
}
END_TEST

START_TEST(links_between_unknown_regions)
{
    check("{ \"format\": 1, \"name\": \"x\",\n"
          "  \"time\": { \"duration\": \"10s\" },\n"
          "  \"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": [\"A\", \"B\", \"C\"] } },\n"
          "  \"topology\": { \"links\": { \"eu <-> us\": { \"latency\": \"38ms\" } } } }\n",

          "s.json:4:28: error: region, rack or node \"eu\" does not exist (at /topology/links/eu <-> us)\n"
          "    4 |   \"topology\": { \"links\": { \"eu <-> us\": { \"latency\": \"38ms\" } } } }\n"
          "      |                            ^^^^^^^^^^^\n"
          "s.json:4:28: error: region, rack or node \"us\" does not exist (at /topology/links/eu <-> us)\n"
          "    4 |   \"topology\": { \"links\": { \"eu <-> us\": { \"latency\": \"38ms\" } } } }\n"
          "      |                            ^^^^^^^^^^^\n");
}
END_TEST

START_TEST(a_link_between_a_region_and_a_node)
{
    check("{ \"format\": 1, \"name\": \"x\",\n"
          "  \"time\": { \"duration\": \"10s\" },\n"
          "  \"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": [\"A\", \"B\", \"C\"] } },\n"
          "  \"topology\": { \"links\": { \"local -> A\": { \"latency\": \"38ms\" } } } }\n",

          "s.json:4:28: error: \"local\" and \"A\" are not both regions, both racks or both nodes (at /topology/links/local -> A)\n"
          "    4 |   \"topology\": { \"links\": { \"local -> A\": { \"latency\": \"38ms\" } } } }\n"
          "      |                            ^^^^^^^^^^^^\n");
}
END_TEST

START_TEST(a_link_without_an_arrow)
{
    check("{ \"format\": 1, \"name\": \"x\",\n"
          "  \"time\": { \"duration\": \"10s\" },\n"
          "  \"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": [\"A\", \"B\", \"C\"] } },\n"
          "  \"topology\": { \"links\": { \"same-rak\": { \"latency\": \"38ms\" } } } }\n",

          "s.json:4:28: error: \"same-rak\" is no link: expected \"default\", \"same-region\", \"same-rack\", \"A <-> B\" or \"A -> B\" (at /topology/links/same-rak); did you mean \"same-rack\"?\n"
          "    4 |   \"topology\": { \"links\": { \"same-rak\": { \"latency\": \"38ms\" } } } }\n"
          "      |                            ^^^^^^^^^^\n");
}
END_TEST

START_TEST(a_link_that_is_said_twice)
{
    check("{ \"format\": 1, \"name\": \"x\",\n"
          "  \"time\": { \"duration\": \"10s\" },\n"
          "  \"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": [\"A\", \"B\", \"C\"] } },\n"
          "  \"topology\": { \"links\": { \"A <-> B\": {}, \"B <-> A\": {} } } }\n",

          "s.json:4:43: error: the link \"B\" to \"A\" is there already (at /topology/links/B <-> A)\n"
          "    4 |   \"topology\": { \"links\": { \"A <-> B\": {}, \"B <-> A\": {} } } }\n"
          "      |                                           ^^^^^^^^^\n");
}
END_TEST

START_TEST(a_fault_without_a_kind)
{
    check("{ \"format\": 1, \"name\": \"x\",\n"
          "  \"time\": { \"duration\": \"10s\" },\n"
          "  \"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": [\"A\", \"B\", \"C\"] } },\n"
          "  \"faults\": { \"timeline\": [{ \"at\": \"1s\", \"for\": \"1s\" }] } }\n",

          "s.json:4:28: error: one of these keys is missing: \"crash\", \"power-loss\", \"stop\", \"pause\", \"slow-cpu\", \"partition\", \"ring\", \"block\", \"clog\", \"clog-link\", \"packets\", \"slow-disk\", \"stalled-disk\", \"failing-disk\", \"failing-flush\", \"lying-disk\", \"full-disk\", \"dead-disk\", \"replaced-disk\", \"bit-rot\", \"bad-sectors\", \"clock\", \"add\", \"remove\", \"swizzle\", \"rolling-restart\" (at /faults/timeline/0)\n"
          "    4 |   \"faults\": { \"timeline\": [{ \"at\": \"1s\", \"for\": \"1s\" }] } }\n"
          "      |                            ^\n");
}
END_TEST

START_TEST(a_fault_of_two_kinds)
{
    check("{ \"format\": 1, \"name\": \"x\",\n"
          "  \"time\": { \"duration\": \"10s\" },\n"
          "  \"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": [\"A\", \"B\", \"C\"] } },\n"
          "  \"faults\": { \"timeline\": [{ \"at\": \"1s\", \"for\": \"1s\", \"crash\": \"A\", \"pause\": \"B\" }] } }\n",

          "s.json:4:69: error: \"crash\" and \"pause\" exclude each other (at /faults/timeline/0/pause)\n"
          "    4 |   \"faults\": { \"timeline\": [{ \"at\": \"1s\", \"for\": \"1s\", \"crash\": \"A\", \"pause\": \"B\" }] } }\n"
          "      |                                                                     ^^^^^^^\n");
}
END_TEST

START_TEST(a_fault_without_a_time)
{
    check("{ \"format\": 1, \"name\": \"x\",\n"
          "  \"time\": { \"duration\": \"10s\" },\n"
          "  \"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": [\"A\", \"B\", \"C\"] } },\n"
          "  \"faults\": { \"timeline\": [{ \"for\": \"1s\", \"pause\": \"A\" }] } }\n",

          "s.json:4:28: error: missing key \"at\" or \"on\": when the fault fires (at /faults/timeline/0)\n"
          "    4 |   \"faults\": { \"timeline\": [{ \"for\": \"1s\", \"pause\": \"A\" }] } }\n"
          "      |                            ^\n");
}
END_TEST

START_TEST(a_fault_that_does_not_say_how_long)
{
    check("{ \"format\": 1, \"name\": \"x\",\n"
          "  \"time\": { \"duration\": \"10s\" },\n"
          "  \"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": [\"A\", \"B\", \"C\"] } },\n"
          "  \"faults\": { \"timeline\": [{ \"at\": \"1s\", \"partition\": [[\"leader\"], [\"rest\"]] }] } }\n",

          "s.json:4:28: error: missing key \"for\": how long the partition lasts; \"heal\" is until the end (at /faults/timeline/0)\n"
          "    4 |   \"faults\": { \"timeline\": [{ \"at\": \"1s\", \"partition\": [[\"leader\"], [\"rest\"]] }] } }\n"
          "      |                            ^\n");
}
END_TEST

START_TEST(a_fault_of_a_node_that_does_not_exist)
{
    check("{ \"format\": 1, \"name\": \"x\",\n"
          "  \"time\": { \"duration\": \"10s\" },\n"
          "  \"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": [\"A\", \"B\", \"C\"] } },\n"
          "  \"faults\": { \"timeline\": [{ \"at\": \"1s\", \"crash\": \"D\" }] } }\n",

          "s.json:4:51: error: \"D\" is no node, no group and no selector (at /faults/timeline/0/crash)\n"
          "    4 |   \"faults\": { \"timeline\": [{ \"at\": \"1s\", \"crash\": \"D\" }] } }\n"
          "      |                                                   ^^^\n");
}
END_TEST

START_TEST(a_misspelt_selector)
{
    check("{ \"format\": 1, \"name\": \"x\",\n"
          "  \"time\": { \"duration\": \"10s\" },\n"
          "  \"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": [\"A\", \"B\", \"C\"] } },\n"
          "  \"faults\": { \"timeline\": [{ \"at\": \"1s\", \"crash\": \"one:folower\" }] } }\n",

          "s.json:4:51: error: \"one:folower\" is no node, no group and no selector (at /faults/timeline/0/crash); did you mean \"one:follower\"?\n"
          "    4 |   \"faults\": { \"timeline\": [{ \"at\": \"1s\", \"crash\": \"one:folower\" }] } }\n"
          "      |                                                   ^^^^^^^^^^^^^\n");
}
END_TEST

START_TEST(a_fraction_above_one)
{
    check("{ \"format\": 1, \"name\": \"x\",\n"
          "  \"time\": { \"duration\": \"10s\" },\n"
          "  \"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": [\"A\", \"B\", \"C\"] } },\n"
          "  \"faults\": { \"timeline\": [{ \"at\": \"1s\", \"crash\": \"fraction:1.5\" }] } }\n",

          "s.json:4:51: error: a fraction lies between 0 and 1, not 1.5 (at /faults/timeline/0/crash)\n"
          "    4 |   \"faults\": { \"timeline\": [{ \"at\": \"1s\", \"crash\": \"fraction:1.5\" }] } }\n"
          "      |                                                   ^^^^^^^^^^^^^^\n");
}
END_TEST

START_TEST(a_selector_of_an_unknown_region)
{
    check("{ \"format\": 1, \"name\": \"x\",\n"
          "  \"time\": { \"duration\": \"10s\" },\n"
          "  \"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": [\"A\", \"B\", \"C\"] } },\n"
          "  \"faults\": { \"timeline\": [{ \"at\": \"1s\", \"crash\": \"region:eu\" }] } }\n",

          "s.json:4:51: error: region \"eu\" does not exist (at /faults/timeline/0/crash)\n"
          "    4 |   \"faults\": { \"timeline\": [{ \"at\": \"1s\", \"crash\": \"region:eu\" }] } }\n"
          "      |                                                   ^^^^^^^^^^^\n");
}
END_TEST

START_TEST(a_selector_without_its_group)
{
    check("{ \"format\": 1, \"name\": \"x\",\n"
          "  \"time\": { \"duration\": \"10s\" },\n"
          "  \"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": [\"A\"] },\n"
          "  \"kv2\": { \"program\": \"store\", \"nodes\": [\"B\"] } },\n"
          "  \"faults\": { \"timeline\": [{ \"at\": \"1s\", \"crash\": \"leader\" }] } }\n",

          "s.json:5:51: error: \"leader\" of which group?  With several, say it like \"kv/leader\" (at /faults/timeline/0/crash)\n"
          "    5 |   \"faults\": { \"timeline\": [{ \"at\": \"1s\", \"crash\": \"leader\" }] } }\n"
          "      |                                                   ^^^^^^^^\n");
}
END_TEST

START_TEST(a_partition_with_one_side)
{
    check("{ \"format\": 1, \"name\": \"x\",\n"
          "  \"time\": { \"duration\": \"10s\" },\n"
          "  \"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": [\"A\", \"B\", \"C\"] } },\n"
          "  \"faults\": { \"timeline\": [{ \"at\": \"1s\", \"for\": \"1s\", \"partition\": [[\"leader\"]] }] } }\n",

          "s.json:4:68: error: \"partition\" needs at least 2 entries (at /faults/timeline/0/partition)\n"
          "    4 |   \"faults\": { \"timeline\": [{ \"at\": \"1s\", \"for\": \"1s\", \"partition\": [[\"leader\"]] }] } }\n"
          "      |                                                                    ^\n");
}
END_TEST

START_TEST(two_faults_of_one_id)
{
    check("{ \"format\": 1, \"name\": \"x\",\n"
          "  \"time\": { \"duration\": \"10s\" },\n"
          "  \"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": [\"A\", \"B\", \"C\"] } },\n"
          "  \"faults\": { \"timeline\": [{ \"id\": \"f\", \"at\": \"1s\", \"crash\": \"A\" },\n"
          "    { \"id\": \"f\", \"at\": \"2s\", \"crash\": \"B\" }] } }\n",

          "s.json:5:13: error: duplicate fault id \"f\" (at /faults/timeline/1/id)\n"
          "    5 |     { \"id\": \"f\", \"at\": \"2s\", \"crash\": \"B\" }] } }\n"
          "      |             ^^^\n");
}
END_TEST

START_TEST(a_disk_without_a_crash)
{
    check("{ \"format\": 1, \"name\": \"x\",\n"
          "  \"time\": { \"duration\": \"10s\" },\n"
          "  \"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": [\"A\", \"B\", \"C\"] } },\n"
          "  \"faults\": { \"timeline\": [{ \"at\": \"1s\", \"for\": \"1s\", \"pause\": \"A\", \"disk\": \"keep\" }] } }\n",

          "s.json:4:69: error: \"disk\" belongs to \"crash\" and \"power-loss\" (at /faults/timeline/0/disk)\n"
          "    4 |   \"faults\": { \"timeline\": [{ \"at\": \"1s\", \"for\": \"1s\", \"pause\": \"A\", \"disk\": \"keep\" }] } }\n"
          "      |                                                                     ^^^^^^\n");
}
END_TEST

START_TEST(a_repeat_that_never_comes_later)
{
    check("{ \"format\": 1, \"name\": \"x\",\n"
          "  \"time\": { \"duration\": \"10s\" },\n"
          "  \"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": [\"A\", \"B\", \"C\"] } },\n"
          "  \"faults\": { \"timeline\": [{ \"at\": \"1s\", \"crash\": \"A\", \"repeat\": { \"every\": \"0s\", \"count\": 2 } }] } }\n",

          "s.json:4:77: error: the next firing must come later than this one (at /faults/timeline/0/repeat/every)\n"
          "    4 | ... \"at\": \"1s\", \"crash\": \"A\", \"repeat\": { \"every\": \"0s\", \"count\": 2 } }] } }\n"
          "      |                                                    ^^^^\n");
}
END_TEST

START_TEST(a_repeat_without_an_end)
{
    check("{ \"format\": 1, \"name\": \"x\",\n"
          "  \"time\": { \"duration\": \"10s\" },\n"
          "  \"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": [\"A\", \"B\", \"C\"] } },\n"
          "  \"faults\": { \"timeline\": [{ \"at\": \"1s\", \"crash\": \"A\", \"repeat\": { \"every\": \"1s\" } }] } }\n",

          "s.json:4:66: error: one of these keys is missing: \"count\", \"until\" (at /faults/timeline/0/repeat)\n"
          "    4 |   \"faults\": { \"timeline\": [{ \"at\": \"1s\", \"crash\": \"A\", \"repeat\": { \"every\": \"1s\" } }] } }\n"
          "      |                                                                  ^\n");
}
END_TEST

/* clang-format on */

int main(void)
{
    Suite *suite = suite_create("errors: faults");
    TCase *tests = tcase_create("errors");
    tcase_add_checked_fixture(tests, given_folder, given_no_folder);
    tcase_add_test(tests, a_rack_with_an_unknown_node);
    tcase_add_test(tests, a_node_in_two_racks);
    tcase_add_test(tests, a_node_twice_in_one_rack);
    tcase_add_test(tests, one_region_of_a_preset_by_both_its_names);
    tcase_add_test(tests, a_preset_of_regions_where_there_are_none);
    tcase_add_test(tests, nodes_in_no_rack);
    tcase_add_test(tests, settings_for_an_unknown_node);
    tcase_add_test(tests, a_cost_of_an_unknown_unit);
    tcase_add_test(tests, a_size_of_an_unknown_volume);
    tcase_add_test(tests, links_between_unknown_regions);
    tcase_add_test(tests, a_link_between_a_region_and_a_node);
    tcase_add_test(tests, a_link_without_an_arrow);
    tcase_add_test(tests, a_link_that_is_said_twice);
    tcase_add_test(tests, a_fault_without_a_kind);
    tcase_add_test(tests, a_fault_of_two_kinds);
    tcase_add_test(tests, a_fault_without_a_time);
    tcase_add_test(tests, a_fault_that_does_not_say_how_long);
    tcase_add_test(tests, a_fault_of_a_node_that_does_not_exist);
    tcase_add_test(tests, a_misspelt_selector);
    tcase_add_test(tests, a_fraction_above_one);
    tcase_add_test(tests, a_selector_of_an_unknown_region);
    tcase_add_test(tests, a_selector_without_its_group);
    tcase_add_test(tests, a_partition_with_one_side);
    tcase_add_test(tests, two_faults_of_one_id);
    tcase_add_test(tests, a_disk_without_a_crash);
    tcase_add_test(tests, a_repeat_that_never_comes_later);
    tcase_add_test(tests, a_repeat_without_an_end);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
