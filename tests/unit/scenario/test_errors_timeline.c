/* What is wrong with the times, names, targets and numbers of faults.  Each message is spelt out.
 */
#include <string.h>

#include "given.h"
#include "support/suite.h"

static void check(const char *scenario, const char *expected)
{
    g_autofree char *errors = given_errors_of_text(scenario);
    ck_assert_str_eq(errors, expected);
}

/* clang-format off */
START_TEST(a_partition_that_names_a_node_twice)
{
    check("{ \"format\": 1, \"name\": \"x\",\n"
          "  \"time\": { \"duration\": \"10s\" },\n"
          "  \"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": [\"A\", \"B\", \"C\"] } },\n"
          "  \"faults\": { \"timeline\": [{ \"at\": \"1s\", \"for\": \"1s\", \"partition\": [[\"A\", \"B\"], [\"C\", \"A\"]] }] } }\n",

          "s.json:4:87: error: \"A\" is named twice (at /faults/timeline/0/partition/1/1)\n"
          "    4 |   \"faults\": { \"timeline\": [{ \"at\": \"1s\", \"for\": \"1s\", \"partition\": [[\"A\", \"B\"], [\"C\", \"A\"]] }] } }\n"
          "      |                                                                                       ^^^\n");
}
END_TEST

START_TEST(a_node_of_a_copy_without_its_copy)
{
    check("{ \"format\": 1, \"name\": \"x\",\n"
          "  \"time\": { \"duration\": \"10s\" },\n"
          "  \"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": [\"Anna\"], \"copies\": 2 } },\n"
          "  \"faults\": { \"timeline\": [{ \"at\": \"1s\", \"crash\": \"Anna\" }] } }\n",

          "s.json:4:51: error: \"Anna\" is no node, no group and no selector (at /faults/timeline/0/crash); did you mean \"kv-0/Anna\"?\n"
          "    4 |   \"faults\": { \"timeline\": [{ \"at\": \"1s\", \"crash\": \"Anna\" }] } }\n"
          "      |                                                   ^^^^^^\n");
}
END_TEST

START_TEST(a_node_of_a_copy_where_there_are_none)
{
    check("{ \"format\": 1, \"name\": \"x\",\n"
          "  \"time\": { \"duration\": \"10s\" },\n"
          "  \"topology\": { \"nodes\": { \"kv/A\": {} } },\n"
          "  \"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": [\"A\"] } },\n"
          "  \"faults\": { \"timeline\": [{ \"at\": \"1s\", \"crash\": \"kv-0/A\" }] } }\n",

          "s.json:3:28: error: node \"kv/A\" does not exist (at /topology/nodes/kv~1A); did you mean \"A\"?\n"
          "    3 |   \"topology\": { \"nodes\": { \"kv/A\": {} } },\n"
          "      |                            ^^^^^^\n"
          "s.json:5:51: error: \"kv-0/A\" is no node, no group and no selector (at /faults/timeline/0/crash); did you mean \"A\"?\n"
          "    5 |   \"faults\": { \"timeline\": [{ \"at\": \"1s\", \"crash\": \"kv-0/A\" }] } }\n"
          "      |                                                   ^^^^^^^^\n");
}
END_TEST

START_TEST(a_ring_of_three)
{
    check("{ \"format\": 1, \"name\": \"x\",\n"
          "  \"time\": { \"duration\": \"10s\" },\n"
          "  \"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": [\"A\", \"B\", \"C\"] } },\n"
          "  \"faults\": { \"timeline\": [{ \"at\": \"1s\", \"for\": \"1s\", \"ring\": \"kv\" }] } }\n",

          "s.json:4:63: error: a ring has 4 to 63 nodes, not 3 (at /faults/timeline/0/ring)\n"
          "    4 |   \"faults\": { \"timeline\": [{ \"at\": \"1s\", \"for\": \"1s\", \"ring\": \"kv\" }] } }\n"
          "      |                                                               ^^^^\n");
}
END_TEST

START_TEST(a_node_of_a_side_that_does_not_exist)
{
    check("{ \"format\": 1, \"name\": \"x\",\n"
          "  \"time\": { \"duration\": \"10s\" },\n"
          "  \"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": [\"A\", \"B\", \"C\"] } },\n"
          "  \"faults\": { \"timeline\": [{ \"at\": \"1s\", \"for\": \"1s\", \"block\": { \"from\": \"A\", \"to\": [\"B\", \"D\"] } }] } }\n",

          "s.json:4:91: error: \"D\" is no node, no group and no selector (at /faults/timeline/0/block/to/1)\n"
          "    4 | ...for\": \"1s\", \"block\": { \"from\": \"A\", \"to\": [\"B\", \"D\"] } }] } }\n"
          "      |                                                    ^^^\n");
}
END_TEST

START_TEST(a_step_of_a_fault_that_is_no_crash)
{
    check("{ \"format\": 1, \"name\": \"x\",\n"
          "  \"time\": { \"duration\": \"10s\" },\n"
          "  \"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": [\"A\"] } },\n"
          "  \"faults\": { \"timeline\": [{ \"at\": \"1s\", \"stop\": \"A\", \"at_step\": 3 }] } }\n",

          "s.json:4:55: error: \"at_step\" belongs to \"crash\" and \"power-loss\" (at /faults/timeline/0/at_step)\n"
          "    4 |   \"faults\": { \"timeline\": [{ \"at\": \"1s\", \"stop\": \"A\", \"at_step\": 3 }] } }\n"
          "      |                                                       ^^^^^^^^^\n");
}
END_TEST

START_TEST(a_step_of_number_0)
{
    check("{ \"format\": 1, \"name\": \"x\",\n"
          "  \"time\": { \"duration\": \"10s\" },\n"
          "  \"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": [\"A\"] } },\n"
          "  \"faults\": { \"timeline\": [{ \"at\": \"1s\", \"crash\": \"A\", \"at_step\": 0 }] } }\n",

          "s.json:4:67: error: \"at_step\" must be at least 1, not 0 (at /faults/timeline/0/at_step)\n"
          "    4 |   \"faults\": { \"timeline\": [{ \"at\": \"1s\", \"crash\": \"A\", \"at_step\": 0 }] } }\n"
          "      |                                                                   ^\n");
}
END_TEST

START_TEST(a_fault_after_the_end)
{
    check("{ \"format\": 1, \"name\": \"x\",\n"
          "  \"time\": { \"duration\": \"10s\" },\n"
          "  \"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": [\"A\", \"B\", \"C\"] } },\n"
          "  \"faults\": { \"timeline\": [{ \"at\": \"10s\", \"crash\": \"A\" }] } }\n",

          "s.json:4:36: error: it would never fire: the cluster is healed at \"duration\", 10s (at /faults/timeline/0/at)\n"
          "    4 |   \"faults\": { \"timeline\": [{ \"at\": \"10s\", \"crash\": \"A\" }] } }\n"
          "      |                                    ^^^^^\n");
}
END_TEST

START_TEST(a_negative_time)
{
    check("{ \"format\": 1, \"name\": \"x\",\n"
          "  \"time\": { \"duration\": \"10s\" },\n"
          "  \"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": [\"A\", \"B\", \"C\"] } },\n"
          "  \"faults\": { \"timeline\": [{ \"at\": \"-1s\", \"for\": \"-2s\", \"pause\": \"A\" }] } }\n",

          "s.json:4:36: error: \"at\": \"-1s\" is negative (at /faults/timeline/0/at)\n"
          "    4 |   \"faults\": { \"timeline\": [{ \"at\": \"-1s\", \"for\": \"-2s\", \"pause\": \"A\" }] } }\n"
          "      |                                    ^^^^^\n"
          "s.json:4:50: error: \"-2s\" is negative (at /faults/timeline/0/for)\n"
          "    4 |   \"faults\": { \"timeline\": [{ \"at\": \"-1s\", \"for\": \"-2s\", \"pause\": \"A\" }] } }\n"
          "      |                                                  ^^^^^\n");
}
END_TEST

START_TEST(a_jump_that_could_set_a_clock_before_its_epoch)
{
    check("{ \"format\": 1, \"name\": \"x\",\n"
          "  \"time\": { \"duration\": \"10s\" },\n"
          "  \"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": [\"A\", \"B\", \"C\"] } },\n"
          "  \"faults\": { \"timeline\": [{ \"at\": \"1s\", \"clock\": { \"node\": \"A\", \"jump\": \"-2d\" } }] } }\n",

          "s.json:4:74: error: \"-2d\": a clock is moved by at most a day (at /faults/timeline/0/clock/jump)\n"
          "    4 |   \"faults\": { \"timeline\": [{ \"at\": \"1s\", \"clock\": { \"node\": \"A\", \"jump\": \"-2d\" } }] } }\n"
          "      |                                                                          ^^^^^\n");
}
END_TEST

START_TEST(a_bandwidth_of_nothing)
{
    check("{ \"format\": 1, \"name\": \"x\",\n"
          "  \"time\": { \"duration\": \"10s\" },\n"
          "  \"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": [\"A\", \"B\", \"C\"] } },\n"
          "  \"faults\": { \"timeline\": [{ \"at\": \"1s\", \"for\": \"1s\", \"packets\": { \"target\": \"A\", \"bandwidth\": \"0bit/s\" } }] } }\n",

          "s.json:4:96: error: a bandwidth of 0 lets nothing through: that is a partition or a clog (at /faults/timeline/0/packets/bandwidth)\n"
          "    4 | ... \"1s\", \"packets\": { \"target\": \"A\", \"bandwidth\": \"0bit/s\" } }] } }\n"
          "      |                                                    ^^^^^^^^\n");
}
END_TEST

START_TEST(a_volume_that_does_not_exist)
{
    check("{ \"format\": 1, \"name\": \"x\",\n"
          "  \"time\": { \"duration\": \"10s\" },\n"
          "  \"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": [\"A\", \"B\", \"C\"] } },\n"
          "  \"faults\": { \"timeline\": [{ \"at\": \"1s\", \"for\": \"1s\", \"dead-disk\": { \"target\": \"A\", \"where\": \"lgo\" } }] } }\n",

          "s.json:4:94: error: volume \"lgo\" does not exist (at /faults/timeline/0/dead-disk/where); did you mean \"log\"?\n"
          "    4 | ...\": \"1s\", \"dead-disk\": { \"target\": \"A\", \"where\": \"lgo\" } }] } }\n"
          "      |                                                    ^^^^^\n");
}
END_TEST

START_TEST(a_phase_that_does_not_exist)
{
    check("{ \"format\": 1, \"name\": \"x\",\n"
          "  \"time\": { \"duration\": \"10s\" },\n"
          "  \"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": [\"A\", \"B\", \"C\"] } },\n"
          "  \"faults\": { \"timeline\": [{ \"on\": \"phase:stedy\", \"crash\": \"A\" }] } }\n",

          "s.json:4:36: error: event \"phase:stedy\" does not exist (at /faults/timeline/0/on); did you mean \"phase:steady\"?\n"
          "    4 |   \"faults\": { \"timeline\": [{ \"on\": \"phase:stedy\", \"crash\": \"A\" }] } }\n"
          "      |                                    ^^^^^^^^^^^^^\n");
}
END_TEST

START_TEST(an_event_of_number_zero)
{
    check("{ \"format\": 1, \"name\": \"x\",\n"
          "  \"time\": { \"duration\": \"10s\" },\n"
          "  \"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": [\"A\", \"B\", \"C\"] } },\n"
          "  \"faults\": { \"timeline\": [{ \"on\": \"leader-elected#0\", \"crash\": \"A\" }, { \"on\": \"x#\", \"crash\": \"A\" }] } }\n",

          "s.json:4:36: error: \"leader-elected#0\": behind '#' stands a number from 1 (at /faults/timeline/0/on)\n"
          "    4 |   \"faults\": { \"timeline\": [{ \"on\": \"leader-elected#0\", \"crash\": \"A\" }, { \"on\": \"x#\", \"crash\": \"A\" }]...\n"
          "      |                                    ^^^^^^^^^^^^^^^^^^\n"
          "s.json:4:80: error: \"x#\": behind '#' stands a number from 1 (at /faults/timeline/1/on)\n"
          "    4 | ...n\": \"leader-elected#0\", \"crash\": \"A\" }, { \"on\": \"x#\", \"crash\": \"A\" }] } }\n"
          "      |                                                    ^^^^\n");
}
END_TEST

START_TEST(after_without_on)
{
    check("{ \"format\": 1, \"name\": \"x\",\n"
          "  \"time\": { \"duration\": \"10s\" },\n"
          "  \"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": [\"A\", \"B\", \"C\"] } },\n"
          "  \"faults\": { \"timeline\": [{ \"at\": \"1s\", \"after\": \"1s\", \"crash\": \"A\" }] } }\n",

          "s.json:4:42: error: \"after\" belongs to \"on\" (at /faults/timeline/0/after)\n"
          "    4 |   \"faults\": { \"timeline\": [{ \"at\": \"1s\", \"after\": \"1s\", \"crash\": \"A\" }] } }\n"
          "      |                                          ^^^^^^^\n");
}
END_TEST

START_TEST(repeat_with_on)
{
    check("{ \"format\": 1, \"name\": \"x\",\n"
          "  \"time\": { \"duration\": \"10s\" },\n"
          "  \"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": [\"A\", \"B\", \"C\"] } },\n"
          "  \"faults\": { \"timeline\": [{ \"on\": \"started\", \"repeat\": { \"every\": \"1s\", \"count\": 2 }, \"crash\": \"A\" }] } }\n",

          "s.json:4:47: error: a fault that waits for an event fires after each, or after the one with the number that \"on\" gives (at /faults/timeline/0/repeat)\n"
          "    4 |   \"faults\": { \"timeline\": [{ \"on\": \"started\", \"repeat\": { \"every\": \"1s\", \"count\": 2 }, \"crash\": \"A\" ...\n"
          "      |                                               ^^^^^^^^\n");
}
END_TEST

START_TEST(at_with_on)
{
    check("{ \"format\": 1, \"name\": \"x\",\n"
          "  \"time\": { \"duration\": \"10s\" },\n"
          "  \"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": [\"A\", \"B\", \"C\"] } },\n"
          "  \"faults\": { \"timeline\": [{ \"at\": \"1s\", \"on\": \"started\", \"crash\": \"A\" }] } }\n",

          "s.json:4:42: error: \"at\" and \"on\" exclude each other (at /faults/timeline/0/on)\n"
          "    4 |   \"faults\": { \"timeline\": [{ \"at\": \"1s\", \"on\": \"started\", \"crash\": \"A\" }] } }\n"
          "      |                                          ^^^^\n");
}
END_TEST

START_TEST(a_chance_above_one)
{
    check("{ \"format\": 1, \"name\": \"x\",\n"
          "  \"time\": { \"duration\": \"10s\" },\n"
          "  \"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": [\"A\", \"B\", \"C\"] } },\n"
          "  \"faults\": { \"timeline\": [{ \"at\": \"1s\", \"for\": \"1s\", \"lying-disk\": { \"target\": \"A\", \"lost\": 1.5, \"flush\": -0.1 } }] } }\n",

          "s.json:4:94: error: 1.5 is no probability: that lies between 0 and 1 (at /faults/timeline/0/lying-disk/lost)\n"
          "    4 | ...\": \"1s\", \"lying-disk\": { \"target\": \"A\", \"lost\": 1.5, \"flush\": -0.1 } }] } }\n"
          "      |                                                    ^^^\n"
          "s.json:4:108: error: -0.1 is no probability: that lies between 0 and 1 (at /faults/timeline/0/lying-disk/flush)\n"
          "    4 | ...g-disk\": { \"target\": \"A\", \"lost\": 1.5, \"flush\": -0.1 } }] } }\n"
          "      |                                                    ^^^^\n");
}
END_TEST

START_TEST(rot_of_nothing)
{
    check("{ \"format\": 1, \"name\": \"x\",\n"
          "  \"time\": { \"duration\": \"10s\" },\n"
          "  \"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": [\"A\", \"B\", \"C\"] } },\n"
          "  \"faults\": { \"timeline\": [{ \"at\": \"1s\", \"bit-rot\": { \"target\": \"A\" } }] } }\n",

          "s.json:4:53: error: missing key \"count\" or \"probability\" (at /faults/timeline/0/bit-rot)\n"
          "    4 |   \"faults\": { \"timeline\": [{ \"at\": \"1s\", \"bit-rot\": { \"target\": \"A\" } }] } }\n"
          "      |                                                     ^\n");
}
END_TEST

START_TEST(a_target_and_a_direction)
{
    check("{ \"format\": 1, \"name\": \"x\",\n"
          "  \"time\": { \"duration\": \"10s\" },\n"
          "  \"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": [\"A\", \"B\", \"C\"] } },\n"
          "  \"faults\": { \"timeline\": [{ \"at\": \"1s\", \"for\": \"1s\", \"packets\": { \"target\": \"A\", \"from\": \"B\", \"to\": \"C\", \"loss\": 1 } }] } }\n",

          "s.json:4:66: error: \"target\" excludes \"from\" and \"to\" (at /faults/timeline/0/packets)\n"
          "    4 | ...meline\": [{ \"at\": \"1s\", \"for\": \"1s\", \"packets\": { \"target\": \"A\", \"from\": \"B\", \"to\": \"C\", \"loss\": 1 }...\n"
          "      |                                                    ^\n");
}
END_TEST

START_TEST(a_queue_of_no_bandwidth)
{
    check("{ \"format\": 1, \"name\": \"x\",\n"
          "  \"time\": { \"duration\": \"10s\" },\n"
          "  \"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": [\"A\", \"B\", \"C\"] } },\n"
          "  \"faults\": { \"timeline\": [{ \"at\": \"1s\", \"for\": \"1s\", \"packets\": { \"target\": \"A\", \"loss\": 1, \"queue\": \"1KB\" } }] } }\n",

          "s.json:4:103: error: nothing waits: a queue is of the \"bandwidth\" beside it (at /faults/timeline/0/packets/queue)\n"
          "    4 | ...\"packets\": { \"target\": \"A\", \"loss\": 1, \"queue\": \"1KB\" } }] } }\n"
          "      |                                                    ^^^^^\n");
}
END_TEST

START_TEST(half_a_direction)
{
    check("{ \"format\": 1, \"name\": \"x\",\n"
          "  \"time\": { \"duration\": \"10s\" },\n"
          "  \"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": [\"A\", \"B\", \"C\"] } },\n"
          "  \"faults\": { \"timeline\": [{ \"at\": \"1s\", \"for\": \"1s\", \"packets\": { \"from\": \"B\", \"loss\": 1 } }] } }\n",

          "s.json:4:66: error: missing key \"target\", or \"from\" and \"to\" (at /faults/timeline/0/packets)\n"
          "    4 |   \"faults\": { \"timeline\": [{ \"at\": \"1s\", \"for\": \"1s\", \"packets\": { \"from\": \"B\", \"loss\": 1 } }] } }\n"
          "      |                                                                  ^\n");
}
END_TEST

START_TEST(a_duration_of_what_happens_at_once)
{
    check("{ \"format\": 1, \"name\": \"x\",\n"
          "  \"time\": { \"duration\": \"10s\" },\n"
          "  \"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": [\"A\", \"B\", \"C\"] } },\n"
          "  \"faults\": { \"timeline\": [{ \"at\": \"1s\", \"for\": \"1s\", \"remove\": \"A\" }] } }\n",

          "s.json:4:42: error: \"remove\" happens at once: it takes no \"for\" (at /faults/timeline/0/for)\n"
          "    4 |   \"faults\": { \"timeline\": [{ \"at\": \"1s\", \"for\": \"1s\", \"remove\": \"A\" }] } }\n"
          "      |                                          ^^^^^\n");
}
END_TEST

START_TEST(fates_of_no_weight)
{
    check("{ \"format\": 1, \"name\": \"x\",\n"
          "  \"time\": { \"duration\": \"10s\" },\n"
          "  \"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": [\"A\", \"B\", \"C\"] } },\n"
          "  \"faults\": { \"timeline\": [{ \"at\": \"1s\", \"crash\": \"A\", \"disk\": { \"random\": 0 } }] } }\n",

          "s.json:4:64: error: all weights are 0 (at /faults/timeline/0/disk)\n"
          "    4 |   \"faults\": { \"timeline\": [{ \"at\": \"1s\", \"crash\": \"A\", \"disk\": { \"random\": 0 } }] } }\n"
          "      |                                                                ^\n");
}
END_TEST

START_TEST(an_id_that_a_firing_has)
{
    check("{ \"format\": 1, \"name\": \"x\",\n"
          "  \"time\": { \"duration\": \"10s\" },\n"
          "  \"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": [\"A\", \"B\", \"C\"] } },\n"
          "  \"faults\": { \"timeline\": [{ \"id\": \"kill\", \"at\": \"1s\", \"repeat\": { \"every\": \"1s\", \"count\": 3 }, \"crash\": \"A\" },\n"
          "    { \"id\": \"kill.2\", \"at\": \"1s\", \"crash\": \"A\" }, { \"id\": \"kill.02\", \"at\": \"1s\", \"crash\": \"A\" }] } }\n",

          "s.json:5:13: error: a firing of \"kill\" can have the name \"kill.2\" (at /faults/timeline/1/id)\n"
          "    5 |     { \"id\": \"kill.2\", \"at\": \"1s\", \"crash\": \"A\" }, { \"id\": \"kill.02\", \"at\": \"1s\", \"crash\": \"A\" }] } }\n"
          "      |             ^^^^^^^^\n");
}
END_TEST

START_TEST(an_id_that_a_part_has)
{
    check("{ \"format\": 1, \"name\": \"x\",\n"
          "  \"time\": { \"duration\": \"10s\" },\n"
          "  \"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": [\"A\", \"B\", \"C\"] } },\n"
          "  \"faults\": { \"timeline\": [{ \"id\": \"roll\", \"at\": \"1s\", \"rolling-restart\": { \"target\": \"kv\", \"down\": \"1s\", \"gap\": \"1s\" } },\n"
          "    { \"id\": \"roll.1\", \"at\": \"1s\", \"crash\": \"A\" }, { \"id\": \"roll.1.3\", \"at\": \"1s\", \"crash\": \"A\" }] } }\n",

          "s.json:5:13: error: a firing of \"roll\" can have the name \"roll.1\" (at /faults/timeline/1/id)\n"
          "    5 |     { \"id\": \"roll.1\", \"at\": \"1s\", \"crash\": \"A\" }, { \"id\": \"roll.1.3\", \"at\": \"1s\", \"crash\": \"A\" }] } ...\n"
          "      |             ^^^^^^^^\n"
          "s.json:5:59: error: a firing of \"roll\" can have the name \"roll.1.3\" (at /faults/timeline/2/id)\n"
          "    5 | ...: \"roll.1\", \"at\": \"1s\", \"crash\": \"A\" }, { \"id\": \"roll.1.3\", \"at\": \"1s\", \"crash\": \"A\" }] } }\n"
          "      |                                                    ^^^^^^^^^^\n");
}
END_TEST

START_TEST(an_id_that_a_firing_of_the_nemesis_has)
{
    check("{ \"format\": 1, \"name\": \"x\",\n"
          "  \"time\": { \"duration\": \"10s\" },\n"
          "  \"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": [\"A\", \"B\", \"C\"] } },\n"
          "  \"faults\": { \"timeline\": [{ \"id\": \"nemesis-crash.7\", \"at\": \"1s\", \"crash\": \"A\" }],\n"
          "    \"nemesis\": { \"mean_gap\": \"1s\", \"faults\": { \"crash\": { \"for\": \"1s\" } } } } }\n",

          "s.json:4:36: error: a firing of \"nemesis-crash\" can have the name \"nemesis-crash.7\" (at /faults/timeline/0/id)\n"
          "    4 |   \"faults\": { \"timeline\": [{ \"id\": \"nemesis-crash.7\", \"at\": \"1s\", \"crash\": \"A\" }],\n"
          "      |                                    ^^^^^^^^^^^^^^^^^\n");
}
END_TEST

START_TEST(an_id_of_the_nemesis)
{
    check("{ \"format\": 1, \"name\": \"x\",\n"
          "  \"time\": { \"duration\": \"10s\" },\n"
          "  \"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": [\"A\", \"B\", \"C\"] } },\n"
          "  \"faults\": { \"timeline\": [{ \"id\": \"nemesis-crash\", \"at\": \"1s\", \"crash\": \"B\" }],\n"
          "    \"nemesis\": { \"mean_gap\": \"1s\", \"faults\": { \"crash\": { \"for\": \"1s\" } } } } }\n",

          "s.json:4:36: error: a fault of the nemesis has the id \"nemesis-crash\" (at /faults/timeline/0/id)\n"
          "    4 |   \"faults\": { \"timeline\": [{ \"id\": \"nemesis-crash\", \"at\": \"1s\", \"crash\": \"B\" }],\n"
          "      |                                    ^^^^^^^^^^^^^^^\n");
}
END_TEST

START_TEST(an_id_too_long_to_number)
{
    check("{ \"format\": 1, \"name\": \"x\",\n"
          "  \"time\": { \"duration\": \"10s\" },\n"
          "  \"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": [\"A\", \"B\", \"C\"] } },\n"
          "  \"faults\": { \"timeline\": [{ \"id\": \"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\", \"on\": \"started\", \"crash\": \"A\" },\n"
          "    { \"id\": \"bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb\", \"at\": \"1s\", \"crash\": \"A\" }] } }\n",

          "s.json:4:36: error: numbers for its firings take up to 11 characters more, and a name has at most 64 (at /faults/timeline/0/id)\n"
          "    4 |   \"faults\": { \"timeline\": [{ \"id\": \"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\", \"on\": \"...\n"
          "      |                                    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^\n");
}
END_TEST

/* clang-format on */

/* So many crashes of one node, the last `wrong` of them with an id that another has. */
static char *crashes(size_t count, size_t wrong)
{
    GString *text =
        g_string_new("{ \"format\": 1, \"name\": \"x\", \"time\": { \"duration\": \"10s\" },"
                     " \"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": [\"A\"] } },"
                     " \"faults\": { \"timeline\": [");
    for (size_t i = 0; i < count; i++) {
        size_t id = i < count - wrong ? i : 0;
        g_string_append_printf(text, "%s\n{\"id\":\"k%zu\",\"at\":\"1s\",\"crash\":\"A\"}",
                               i == 0 ? "" : ",", id);
    }
    g_string_append(text, "] } }\n");
    return g_string_free(text, FALSE);
}

/* In a time that grows with their number, or the limit of this test case ends it. */
START_TEST(a_hundred_thousand_faults_are_possible)
{
    g_autofree char *text = crashes(100000, 0);
    struct plan *plan = given_plan_of_text(text);
    ck_assert_uint_eq(plan->placed_count, 100000);
    plan_free(plan);
}
END_TEST

START_TEST(ten_thousand_duplicates_of_an_id_are_found)
{
    g_autofree char *text = crashes(20000, 10000);
    g_autofree char *errors = given_errors_of_text(text);
    ck_assert(g_str_has_prefix(errors, "s.json:10002:7: error: duplicate fault id \"k0\" (at "
                                       "/faults/timeline/10000/id)\n"));
    ck_assert(g_str_has_suffix(errors, "error: and 9900 more\n"));
}
END_TEST

START_TEST(more_than_that_are_refused)
{
    g_autofree char *text = crashes(100001, 0);
    g_autofree char *errors = given_errors_of_text(text);
    ck_assert_ptr_nonnull(strstr(errors, "error: \"timeline\" has 100001 entries; at most 100000 "
                                         "are possible (at /faults/timeline)\n"));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("errors: timeline");
    TCase *tests = tcase_create("errors");
    tcase_add_checked_fixture(tests, given_folder, given_no_folder);
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, a_partition_that_names_a_node_twice);
    tcase_add_test(tests, a_node_of_a_copy_without_its_copy);
    tcase_add_test(tests, a_node_of_a_copy_where_there_are_none);
    tcase_add_test(tests, a_ring_of_three);
    tcase_add_test(tests, a_node_of_a_side_that_does_not_exist);
    tcase_add_test(tests, a_step_of_a_fault_that_is_no_crash);
    tcase_add_test(tests, a_step_of_number_0);
    tcase_add_test(tests, a_fault_after_the_end);
    tcase_add_test(tests, a_negative_time);
    tcase_add_test(tests, a_jump_that_could_set_a_clock_before_its_epoch);
    tcase_add_test(tests, a_bandwidth_of_nothing);
    tcase_add_test(tests, a_volume_that_does_not_exist);
    tcase_add_test(tests, a_phase_that_does_not_exist);
    tcase_add_test(tests, an_event_of_number_zero);
    tcase_add_test(tests, after_without_on);
    tcase_add_test(tests, repeat_with_on);
    tcase_add_test(tests, at_with_on);
    tcase_add_test(tests, a_chance_above_one);
    tcase_add_test(tests, rot_of_nothing);
    tcase_add_test(tests, a_target_and_a_direction);
    tcase_add_test(tests, a_queue_of_no_bandwidth);
    tcase_add_test(tests, half_a_direction);
    tcase_add_test(tests, a_duration_of_what_happens_at_once);
    tcase_add_test(tests, fates_of_no_weight);
    tcase_add_test(tests, an_id_that_a_firing_has);
    tcase_add_test(tests, an_id_that_a_part_has);
    tcase_add_test(tests, an_id_that_a_firing_of_the_nemesis_has);
    tcase_add_test(tests, an_id_of_the_nemesis);
    tcase_add_test(tests, an_id_too_long_to_number);
    tcase_add_test(tests, a_hundred_thousand_faults_are_possible);
    tcase_add_test(tests, ten_thousand_duplicates_of_an_id_are_found);
    tcase_add_test(tests, more_than_that_are_refused);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
