/* What is wrong with places, links, faults and checks; and how errors are shown.  Each message is
 * spelt out. */
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

          "s.json:4:28: error: one of these keys is missing: \"crash\", \"power-loss\", \"pause\", \"partition\", \"block\", \"packets\", \"slow-disk\", \"clock\" (at /faults/timeline/0)\n"
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

          "s.json:4:28: error: missing key \"at\" (at /faults/timeline/0)\n"
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

START_TEST(what_later_versions_will_know)
{
    check("{ \"format\": 1, \"name\": \"x\",\n"
          "  \"time\": { \"duration\": \"10s\" },\n"
          "  \"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": [\"A\", \"B\", \"C\"] } },\n"
          "  \"thresholds\": {}, \"sweep\": {},\n"
          "  \"faults\": { \"nemesis\": {}, \"timeline\": [{ \"on\": \"leader-elected#3\", \"after\": \"1s\", \"crash\": \"A\" }] },\n"
          "  \"checks\": { \"linearizable\": {}, \"sometimes\": [] } }\n",

          "s.json:4:3: error: \"thresholds\" is not supported by this version (at /thresholds)\n"
          "    4 |   \"thresholds\": {}, \"sweep\": {},\n"
          "      |   ^^^^^^^^^^^^\n"
          "s.json:4:21: error: \"sweep\" is not supported by this version (at /sweep)\n"
          "    4 |   \"thresholds\": {}, \"sweep\": {},\n"
          "      |                     ^^^^^^^\n"
          "s.json:5:15: error: \"nemesis\" is not supported by this version (at /faults/nemesis)\n"
          "    5 |   \"faults\": { \"nemesis\": {}, \"timeline\": [{ \"on\": \"leader-elected#3\", \"after\": \"1s\", \"crash\": \"A\" }]...\n"
          "      |               ^^^^^^^^^\n"
          "s.json:5:45: error: \"on\" is not supported by this version (at /faults/timeline/0/on)\n"
          "    5 |   \"faults\": { \"nemesis\": {}, \"timeline\": [{ \"on\": \"leader-elected#3\", \"after\": \"1s\", \"crash\": \"A\" }]...\n"
          "      |                                             ^^^^\n"
          "s.json:5:71: error: \"after\" is not supported by this version (at /faults/timeline/0/after)\n"
          "    5 | ...\": {}, \"timeline\": [{ \"on\": \"leader-elected#3\", \"after\": \"1s\", \"crash\": \"A\" }] },\n"
          "      |                                                    ^^^^^^^\n"
          "s.json:6:15: error: \"linearizable\" is not supported by this version (at /checks/linearizable)\n"
          "    6 |   \"checks\": { \"linearizable\": {}, \"sometimes\": [] } }\n"
          "      |               ^^^^^^^^^^^^^^\n"
          "s.json:6:35: error: \"sometimes\" is not supported by this version (at /checks/sometimes)\n"
          "    6 |   \"checks\": { \"linearizable\": {}, \"sometimes\": [] } }\n"
          "      |                                   ^^^^^^^^^^^\n");
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

          "s.json:4:15: error: plug-in \"none.so\" does not exist (at /plugins/0)\n"
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
    Suite *suite = suite_create("errors: faults");
    TCase *tests = tcase_create("errors");
    tcase_add_checked_fixture(tests, given_folder, given_no_folder);
    tcase_add_test(tests, a_rack_with_an_unknown_node);
    tcase_add_test(tests, a_node_in_two_racks);
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
    tcase_add_test(tests, an_unknown_check);
    tcase_add_test(tests, progress_that_cannot_be_judged);
    tcase_add_test(tests, an_expected_check_that_does_not_exist);
    tcase_add_test(tests, a_verdict_that_does_not_exist);
    tcase_add_test(tests, what_later_versions_will_know);
    tcase_add_test(tests, a_warm_up_that_is_too_long);
    tcase_add_test(tests, a_plugin_that_does_not_exist);
    tcase_add_test(tests, several_errors_in_the_order_of_the_text);
    tcase_add_test(tests, a_long_line_is_cut_around_the_caret);
    tcase_add_test(tests, columns_count_characters);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
