/* Regions, racks, machines, clocks and links; copies and shared machines. */
#include <stdlib.h>
#include <string.h>

#include "given.h"
#include "support/suite.h"

/* The rest of a scenario around "groups" and "topology". */
#define SCENARIO(more)                                                                             \
    "{ \"format\": 1, \"name\": \"x\", \"time\": { \"duration\": \"10s\" }, " more " }"
#define GROUP_KV                                                                                   \
    "\"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": [\"A\", \"B\", \"C\"] } }"
#define REGIONS                                                                                    \
    "\"regions\": { \"eu\": { \"racks\": { \"eu-1\": [\"A\"], \"eu-2\": [\"B\"] } }, \"us\": { "   \
    "\"racks\": { \"us-1\": [\"C\"] } } }"

static const char *rack_of(const struct plan *plan, const char *machine)
{
    for (uint32_t m = 0; m < plan->cluster.topology.machine_count; m++) {
        if (strcmp(plan->cluster.machines[m].name, machine) == 0)
            return plan->cluster.topology.rack_names[plan->cluster.topology.rack_of_machine[m]];
    }
    ck_abort_msg("there is no machine %s", machine);
}

static uint32_t rack_index(const struct plan *plan, const char *name)
{
    uint32_t index = 0;
    while (strcmp(plan->cluster.topology.rack_names[index], name) != 0)
        index++;
    return index;
}

static const struct link_options *link_of(const struct plan *plan, const char *from, const char *to)
{
    const struct topology *topology = &plan->cluster.topology;
    size_t cell = rack_index(plan, from) * topology->rack_count + rack_index(plan, to);
    return &topology->links[topology->link_of_racks[cell]];
}

START_TEST(racks_hold_nodes_and_clients_take_turns_over_the_regions)
{
    struct plan *plan = given_plan_of_text(given_scenario());
    ck_assert_str_eq(rack_of(plan, "A"), "eu-1");
    ck_assert_str_eq(rack_of(plan, "B"), "eu-2");
    ck_assert_str_eq(rack_of(plan, "C"), "us-1");
    /* "place": eu 2, us 1. */
    ck_assert_str_eq(rack_of(plan, "mixed-1"), "eu-clients");
    ck_assert_str_eq(rack_of(plan, "mixed-2"), "eu-clients");
    ck_assert_str_eq(rack_of(plan, "mixed-3"), "us-clients");
    /* No place: in turn. */
    ck_assert_str_eq(rack_of(plan, "audit-1"), "eu-clients");
    ck_assert_str_eq(rack_of(plan, "audit-2"), "us-clients");
    ck_assert_uint_eq(plan->cluster.topology.rack_count, 5);
    ck_assert_uint_eq(plan->cluster.topology.region_count, 2);
    ck_assert_str_eq(plan->cluster.topology.region_names[1], "us");
    plan_free(plan);
}
END_TEST

START_TEST(without_regions_all_servers_share_a_rack)
{
    struct plan *plan = given_plan_of_text(SCENARIO(GROUP_KV));
    ck_assert_uint_eq(plan->cluster.topology.region_count, 1);
    ck_assert_uint_eq(plan->cluster.topology.rack_count, 1);
    ck_assert_str_eq(rack_of(plan, "C"), "local");
    plan_free(plan);
}
END_TEST

START_TEST(the_built_in_link_is_half_a_millisecond)
{
    struct plan *plan = given_plan_of_text(SCENARIO(GROUP_KV));
    const struct link_options *link = link_of(plan, "local", "local");
    ck_assert_int_eq(link->latency.kind, DISTRIBUTION_CONSTANT);
    ck_assert_uint_eq(link->latency.value, 500000);
    ck_assert_uint_eq(link->loss, 0);
    ck_assert_uint_eq(link->bandwidth_bits_per_s, 0);
    plan_free(plan);
}
END_TEST

START_TEST(links_are_merged_weakest_first)
{
    struct plan *plan = given_plan_of_text(given_scenario());
    const struct link_options *inside = link_of(plan, "eu-1", "eu-2");
    ck_assert_uint_eq(inside->latency.value, 600000); /* same-region */
    ck_assert_uint_eq(inside->loss, 0);               /* same-region over default */
    ck_assert_uint_eq(inside->reorder, 4294967);      /* default */
    const struct link_options *out = link_of(plan, "eu-1", "us-1");
    ck_assert_int_eq(out->latency.kind, DISTRIBUTION_SHIFTED);
    ck_assert_uint_eq(out->latency.value, 38000000);
    ck_assert_uint_eq(out->loss, 1073741824); /* default: 0.25 */
    ck_assert_uint_eq(out->bandwidth_bits_per_s, 1000000000);
    ck_assert_uint_eq(out->jitter_ns, 0);
    const struct link_options *back = link_of(plan, "us-1", "eu-1");
    ck_assert_uint_eq(back->jitter_ns, 6000000); /* "us -> eu" alone */
    ck_assert_uint_eq(back->latency.value, 38000000);
    /* Clients' racks are racks of their region. */
    ck_assert_uint_eq(link_of(plan, "us-clients", "eu-2")->jitter_ns, 6000000);
    plan_free(plan);
}
END_TEST

#define LATENCY(ns) "{ \"latency\": \"" ns "\" }"

START_TEST(narrower_links_beat_wider_ones_and_one_way_beats_both)
{
    struct plan
        *
            plan =
                given_plan_of_text(
                    SCENARIO(
                        GROUP_KV
                        ", \"topology\": { " REGIONS ", \"links\": {"
                        " \"A -> C\": " LATENCY("9ms") ", \"A <-> C\": " LATENCY(
                            "8ms") ", \"eu-1 -> "
                                   "us-1\": " LATENCY("7ms") ", \"us-1 <-> eu-1\": " LATENCY("6ms") ", \"eu -> us\": " LATENCY(
                                       "5ms") ", \"eu <-> us\": " LATENCY("4ms") ", "
                                                                                 "\"same-rack\":"
                                                                                 " " LATENCY(
                                                                                     "3m"
                                                                                     "s") ", "
                                                                                          "\"same-"
                                                                                          "region\""
                                                                                          ":"
                                                                                          " " LATENCY(
                                                                                              "2ms") " } }"));
    ck_assert_uint_eq(link_of(plan, "eu-1", "eu-1")->latency.value, 3000000);
    ck_assert_uint_eq(link_of(plan, "eu-1", "eu-2")->latency.value, 2000000);
    ck_assert_uint_eq(link_of(plan, "eu-2", "us-1")->latency.value, 5000000);
    ck_assert_uint_eq(link_of(plan, "us-1", "eu-2")->latency.value, 4000000);
    ck_assert_uint_eq(link_of(plan, "eu-1", "us-1")->latency.value, 7000000);
    ck_assert_uint_eq(link_of(plan, "us-1", "eu-1")->latency.value, 6000000);
    const struct topology *topology = &plan->cluster.topology;
    ck_assert_uint_eq(topology->exception_count, 2);
    ck_assert_uint_eq(topology->exceptions[0].from, 0);
    ck_assert_uint_eq(topology->exceptions[0].to, 2);
    ck_assert_uint_eq(topology->links[topology->exceptions[0].link].latency.value, 9000000);
    ck_assert_uint_eq(topology->exceptions[1].from, 2);
    ck_assert_uint_eq(topology->exceptions[1].to, 0);
    ck_assert_uint_eq(topology->links[topology->exceptions[1].link].latency.value, 8000000);
    plan_free(plan);
}
END_TEST

START_TEST(clocks_are_drawn_per_machine_within_the_range)
{
    struct plan *plan = given_plan_of_text(given_scenario());
    const struct clock_options *a = &plan->cluster.machines[0].clock;
    const struct clock_options *b = &plan->cluster.machines[1].clock;
    for (uint32_t m = 0; m < 3; m++) {
        const struct clock_options *clock = &plan->cluster.machines[m].clock;
        ck_assert_int_le(llabs(clock->offset_ns), 5000000);
        ck_assert_int_le(abs(clock->drift_ppb), 50000);
    }
    ck_assert_int_ne(a->offset_ns, b->offset_ns);
    ck_assert_int_ne(a->drift_ppb, b->drift_ppb);
    plan_free(plan);
}
END_TEST

START_TEST(another_node_leaves_the_clocks_of_the_others_alone)
{
    struct plan *few = given_plan_of_text(
        SCENARIO(GROUP_KV ", \"topology\": { \"nodes\": { \"*\": { \"clock\": { \"offset\": { "
                          "\"normal\": { \"mean\": \"-1ms\", \"sd\": \"1ms\" } } } } } }"));
    const char *const more[] = { "/groups/kv/nodes=[\"Z\", \"A\", \"B\", \"C\"]", NULL };
    struct plan *many = given_plan_with("s.json", more);
    for (uint32_t m = 0; m < 3; m++) {
        ck_assert_int_eq(few->cluster.machines[m].clock.offset_ns,
                         many->cluster.machines[m + 1].clock.offset_ns);
    }
    ck_assert_int_ne(few->cluster.machines[0].clock.offset_ns, 0);
    plan_free(few);
    plan_free(many);
}
END_TEST

START_TEST(constant_clocks_may_be_negative)
{
    struct plan *plan =
        given_plan_of_text(SCENARIO(GROUP_KV ", \"topology\": { \"nodes\": { \"B\": { \"clock\": { "
                                             "\"offset\": \"-3ms\", \"drift_ppm\": -12.5 } } } }"));
    ck_assert_int_eq(plan->cluster.machines[1].clock.offset_ns, -3000000);
    ck_assert_int_eq(plan->cluster.machines[1].clock.drift_ppb, -12500);
    ck_assert_int_eq(plan->cluster.machines[0].clock.offset_ns, 0);
    plan_free(plan);
}
END_TEST

START_TEST(copies_are_groups_whose_nodes_bear_the_copys_name)
{
    struct plan *plan =
        given_plan_of_text(SCENARIO("\"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": { "
                                    "\"count\": 2, \"prefix\": \"n\" }, \"copies\": 2 },"
                                    " \"web\": { \"program\": \"router\", \"nodes\": { \"count\": "
                                    "1 }, \"copies\": 2, \"uses\": { \"backends\": \"kv\" } },"
                                    " \"one\": { \"program\": \"router\", \"nodes\": [\"R\"], "
                                    "\"uses\": { \"backends\": \"kv-1\" } } },"
                                    " \"faults\": { \"timeline\": [ { \"at\": \"1s\", \"crash\": "
                                    "[\"kv-1/leader\", \"kv-0/n2\", \"web-0\"] } ] }"));
    ck_assert_uint_eq(plan->cluster.group_count, 5);
    ck_assert_str_eq(plan->cluster.groups[1].name, "kv-1");
    ck_assert_str_eq(plan->cluster.instances[0].name, "kv-0/n1");
    ck_assert_str_eq(plan->cluster.instances[3].name, "kv-1/n2");
    ck_assert_str_eq(plan->cluster.instances[4].name, "web-0/web-1");
    /* As many copies as the group that is used: copy by copy. */
    ck_assert_uint_eq(plan->cluster.groups[2].uses[0].group, 0);
    ck_assert_uint_eq(plan->cluster.groups[3].uses[0].group, 1);
    ck_assert_uint_eq(plan->cluster.groups[4].uses[0].group, 1);
    const struct selector *selectors = plan->faults[0].sides[0].selectors;
    ck_assert_int_eq(selectors[0].kind, SELECT_LEADER);
    ck_assert_uint_eq(selectors[0].group, 1);
    ck_assert_int_eq(selectors[1].kind, SELECT_INSTANCE);
    ck_assert_uint_eq(selectors[1].index, 1);
    ck_assert_int_eq(selectors[2].kind, SELECT_GROUP);
    ck_assert_uint_eq(selectors[2].group, 2);
    plan_free(plan);
}
END_TEST

START_TEST(groups_may_share_machines)
{
    struct plan *plan = given_plan_of_text(
        SCENARIO("\"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": { \"count\": 3, "
                 "\"prefix\": \"n\" }, \"copies\": 2,"
                 " \"on\": [\"m1\", \"m2\"] } },"
                 " \"topology\": { \"regions\": { \"eu\": { \"racks\": { \"r1\": [\"m1\"], \"r2\": "
                 "[\"m2\"] } } },"
                 " \"nodes\": { \"m2\": { \"cpu\": { \"cores\": 8 } }, \"kv-1\": { \"disk\": { "
                 "\"volumes\": { \"log\": \"2MiB\" } } } } }"));
    ck_assert_uint_eq(plan->cluster.topology.machine_count, 2);
    ck_assert_uint_eq(plan->cluster.instance_count, 6);
    ck_assert_uint_eq(plan->cluster.instances[0].machine, 0);
    ck_assert_uint_eq(plan->cluster.instances[1].machine, 1);
    ck_assert_uint_eq(plan->cluster.instances[2].machine, 0);
    ck_assert_uint_eq(plan->cluster.instances[3].machine, 0);
    ck_assert_str_eq(rack_of(plan, "m2"), "r2");
    ck_assert_uint_eq(plan->cluster.machines[0].cores, 1);
    ck_assert_uint_eq(plan->cluster.machines[1].cores, 8);
    ck_assert_uint_eq(plan->cluster.instances[0].volume_sizes[0], 0);
    ck_assert_uint_eq(plan->cluster.instances[3].volume_sizes[0], 2097152);
    plan_free(plan);
}
END_TEST

START_TEST(a_group_says_who_comes_back)
{
    struct plan *plan = given_plan_of_text(
        SCENARIO("\"groups\": {"
                 " \"a\": { \"program\": \"store\", \"nodes\": [\"A\"], \"allowed_stops\": [\"x\"],"
                 "  \"restart\": { \"after\": \"2s\", \"reasons\": [\"worn\", \"torn\"] } },"
                 " \"b\": { \"program\": \"store\", \"nodes\": [\"B\"], \"restart\": \"never\" },"
                 " \"c\": { \"program\": \"store\", \"nodes\": [\"C\"], \"restart\": { \"after\": "
                 "\"0s\" } },"
                 " \"d\": { \"program\": \"store\", \"nodes\": [\"D\"] } }"));
    const struct instance_options *instances = plan->cluster.instances;
    ck_assert(instances[0].restart.enabled);
    ck_assert_uint_eq(instances[0].restart.after_ns, 2000000000);
    ck_assert_str_eq(instances[0].restart.reasons[0], "worn");
    ck_assert_str_eq(instances[0].restart.reasons[1], "torn");
    ck_assert_ptr_null(instances[0].restart.reasons[2]);
    ck_assert(!instances[1].restart.enabled);
    ck_assert(instances[2].restart.enabled);
    ck_assert_ptr_null(instances[2].restart.reasons);
    ck_assert(!instances[3].restart.enabled);
    /* What is to come back may stop. */
    ck_assert_str_eq(plan->allowed_stops[0][0], "x");
    ck_assert_str_eq(plan->allowed_stops[0][1], "worn");
    ck_assert_str_eq(plan->allowed_stops[0][2], "torn");
    ck_assert_ptr_null(plan->allowed_stops[0][3]);
    ck_assert_ptr_null(plan->allowed_stops[1][0]);
    plan_free(plan);
}
END_TEST

START_TEST(queues_of_disks_are_merged_key_by_key)
{
    struct plan *plan = given_plan_of_text(
        SCENARIO(GROUP_KV ", \"topology\": { \"nodes\": {"
                          " \"kv\": { \"disk\": { \"queue\": { \"limit\": 16 } } },"
                          " \"B\": { \"disk\": { \"queue\": { \"when_full\": \"fail\" } } } } }"));
    ck_assert_uint_eq(plan->cluster.instances[0].disk.queue_limit, 16);
    ck_assert(!plan->cluster.instances[0].disk.queue_fails);
    ck_assert_uint_eq(plan->cluster.instances[1].disk.queue_limit, 16);
    ck_assert(plan->cluster.instances[1].disk.queue_fails);
    plan_free(plan);
}
END_TEST

START_TEST(a_disk_takes_any_number_unless_told)
{
    struct plan *plan = given_plan_of_text(SCENARIO(GROUP_KV));
    ck_assert_uint_eq(plan->cluster.instances[0].disk.queue_limit, 0);
    ck_assert(!plan->cluster.instances[0].disk.queue_fails);
    plan_free(plan);
}
END_TEST

START_TEST(costs_of_units_are_merged_unit_by_unit)
{
    struct plan *plan = given_plan_of_text(SCENARIO(
        GROUP_KV
        ", \"topology\": { \"nodes\": { \"*\": { \"cpu\": { \"units\": {"
        " \"entry\": \"2us\" } } }, \"kv\": { \"cpu\": { \"units\": { \"lookup\": \"1us\" } } },"
        " \"B\": { \"cpu\": { \"units\": { \"entry\": \"3us\" } } } } }"));
    ck_assert_uint_eq(plan->cluster.instances[0].unit_costs_ns[0], 2000);
    ck_assert_uint_eq(plan->cluster.instances[0].unit_costs_ns[1], 1000);
    ck_assert_uint_eq(plan->cluster.instances[1].unit_costs_ns[0], 3000);
    ck_assert_uint_eq(plan->cluster.instances[1].unit_costs_ns[1], 1000);
    plan_free(plan);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("places");
    TCase *tests = tcase_create("places");
    tcase_add_checked_fixture(tests, given_folder, given_no_folder);
    tcase_add_test(tests, racks_hold_nodes_and_clients_take_turns_over_the_regions);
    tcase_add_test(tests, without_regions_all_servers_share_a_rack);
    tcase_add_test(tests, the_built_in_link_is_half_a_millisecond);
    tcase_add_test(tests, links_are_merged_weakest_first);
    tcase_add_test(tests, narrower_links_beat_wider_ones_and_one_way_beats_both);
    tcase_add_test(tests, clocks_are_drawn_per_machine_within_the_range);
    tcase_add_test(tests, another_node_leaves_the_clocks_of_the_others_alone);
    tcase_add_test(tests, constant_clocks_may_be_negative);
    tcase_add_test(tests, copies_are_groups_whose_nodes_bear_the_copys_name);
    tcase_add_test(tests, groups_may_share_machines);
    tcase_add_test(tests, a_group_says_who_comes_back);
    tcase_add_test(tests, queues_of_disks_are_merged_key_by_key);
    tcase_add_test(tests, a_disk_takes_any_number_unless_told);
    tcase_add_test(tests, costs_of_units_are_merged_unit_by_unit);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
