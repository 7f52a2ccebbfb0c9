/* Spares, late starts, and clients as targets of faults. */
#include <string.h>

#include "fault/timeline.h"
#include "given.h"
#include "support/suite.h"

#define TIMED "{ \"format\": 1, \"name\": \"x\", \"time\": { \"duration\": \"10s\" },"

static const struct instance_options *instance_named(const struct plan *plan, const char *name)
{
    for (uint32_t i = 0; i < plan->cluster.instance_count; i++) {
        if (strcmp(plan->cluster.instances[i].name, name) == 0)
            return &plan->cluster.instances[i];
    }
    ck_abort_msg("no instance %s", name);
    return NULL;
}

START_TEST(spares_have_machines_but_do_not_start_and_are_in_no_address_book)
{
    struct plan *plan = given_plan_of_text(
        TIMED " \"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": [\"A\", \"B\"],"
              " \"spares\": [\"C\", \"D\"] }, \"other\": { \"program\": \"store\","
              " \"nodes\": [\"E\"] } } }");
    ck_assert_uint_eq(plan->cluster.instance_count, 5);
    ck_assert_uint_eq(plan->cluster.topology.machine_count, 5);
    ck_assert_uint_eq(plan->cluster.groups[0].member_count, 2);
    ck_assert_uint_eq(plan->cluster.groups[0].spare_count, 2);
    ck_assert_uint_eq(plan->cluster.groups[0].members[3], 3);
    ck_assert_uint_eq(plan->cluster.groups[1].spare_count, 0);
    ck_assert_uint_eq(instance_named(plan, "B")->boot_at_ns, 0);
    ck_assert_uint_eq(instance_named(plan, "C")->boot_at_ns, UINT64_MAX);
    ck_assert_uint_eq(instance_named(plan, "D")->group, 0);
    ck_assert_uint_eq(instance_named(plan, "E")->boot_at_ns, 0);
    plan_free(plan);
}
END_TEST

START_TEST(numbers_of_spares_go_on_and_copies_have_their_own)
{
    struct plan *plan = given_plan_of_text(
        TIMED " \"groups\": { \"kv\": { \"program\": \"store\", \"copies\": 2,"
              " \"nodes\": { \"count\": 3, \"prefix\": \"n\" },"
              " \"spares\": { \"count\": 2, \"prefix\": \"n\" } } },"
              " \"faults\": { \"timeline\": [{ \"at\": \"1s\", \"add\": \"kv-1/n5\" }] } }");
    ck_assert_uint_eq(instance_named(plan, "kv-0/n3")->boot_at_ns, 0);
    ck_assert_uint_eq(instance_named(plan, "kv-0/n4")->boot_at_ns, UINT64_MAX);
    ck_assert_uint_eq(instance_named(plan, "kv-1/n5")->boot_at_ns, UINT64_MAX);
    ck_assert_uint_eq(plan->faults[0].sides[0].selectors[0].index, 9);
    plan_free(plan);
}
END_TEST

START_TEST(spares_go_on_taking_machines_in_turn)
{
    struct plan *plan = given_plan_of_text(
        TIMED " \"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": [\"A\", \"B\", \"C\"],"
              " \"spares\": [\"D\"], \"on\": [\"m\", \"n\"] } } }");
    ck_assert_uint_eq(instance_named(plan, "C")->machine, instance_named(plan, "A")->machine);
    ck_assert_uint_eq(instance_named(plan, "D")->machine, instance_named(plan, "B")->machine);
    plan_free(plan);
}
END_TEST

START_TEST(a_start_is_drawn_for_each_node_by_its_name)
{
    struct plan *plan = given_plan_of_text(
        TIMED " \"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": [\"A\", \"B\"],"
              " \"start\": { \"jitter\": { \"uniform\": [\"1s\", \"2s\"] } } } } }");
    uint64_t a = instance_named(plan, "A")->boot_at_ns, b = instance_named(plan, "B")->boot_at_ns;
    ck_assert_uint_ge(a, 1000000000);
    ck_assert_uint_le(a, 2000000000);
    ck_assert_uint_ne(a, b);
    plan_free(plan);
    /* Another node before it shifts nothing, and spares do not start at all. */
    plan = given_plan_of_text(
        TIMED " \"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": [\"Z\", \"A\"],"
              " \"spares\": [\"B\"],"
              " \"start\": { \"jitter\": { \"uniform\": [\"1s\", \"2s\"] } } } } }");
    ck_assert_uint_eq(instance_named(plan, "A")->boot_at_ns, a);
    ck_assert_uint_eq(instance_named(plan, "B")->boot_at_ns, UINT64_MAX);
    plan_free(plan);
}
END_TEST

#define WITH_SPARE                                                                                 \
    TIMED " \"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": [\"A\"], \"spares\": "      \
          "[\"B\"] } },\n"
#define NO_SPARE TIMED " \"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": [\"A\"] } },\n"

START_TEST(a_spare_can_be_added_by_chance)
{
    struct plan *plan = given_plan_of_text(
        WITH_SPARE
        " \"faults\": { \"timeline\": [{ \"at\": \"1s\", \"add\": \"kv/one:spare\" }] } }");
    const struct selector *selector = &plan->faults[0].sides[0].selectors[0];
    ck_assert_int_eq(selector->kind, SELECT_ONE);
    ck_assert(selector->spare);
    ck_assert(!selector->any_role);
    plan_free(plan);
}
END_TEST

static const struct {
    const char *scenario, *expected;
} wrong_spares[] = {
    { WITH_SPARE " \"faults\": { \"timeline\": [{ \"at\": \"1s\", \"add\": \"Q\" }] } }",
      "\"Q\" is no node, no group and no selector (at /faults/timeline/0/add)" },
    { NO_SPARE " \"faults\": { \"timeline\": [{ \"at\": \"1s\", \"add\": \"one:spare\" }] } }",
      "\"one:spare\", but the group \"kv\" has no \"spares\" (at /faults/timeline/0/add)" },
    { WITH_SPARE " \"faults\": { \"timeline\": [{ \"at\": \"1s\", \"crash\": \"one:spare\" }] } }",
      "\"one:spare\" belongs to \"add\": who has not joined is not there (at "
      "/faults/timeline/0/crash)" },
    { WITH_SPARE " \"faults\": { \"timeline\": [{ \"at\": \"1s\", \"for\": \"1s\",\n"
                 " \"block\": { \"from\": \"A\", \"to\": \"one:spare\" } }] } }",
      "\"one:spare\" belongs to \"add\"" },
    { WITH_SPARE " \"faults\": { \"timeline\": [{ \"at\": \"1s\", \"add\": \"one:any\" }] } }",
      "\"one:any\" is not one of a group's \"spares\" (at /faults/timeline/0/add)" },
    { NO_SPARE
      " \"faults\": { \"nemesis\": { \"mean_gap\": \"1s\", \"faults\": { \"add\": {} } } } }",
      "\"one:spare\", but the group \"kv\" has no \"spares\" (at /faults/nemesis/faults/add)" },
    { WITH_SPARE " \"faults\": { \"nemesis\": { \"mean_gap\": \"1s\", \"faults\": { \"add\":\n"
                 " { \"target\": \"A\" } } } } }",
      "\"A\" is not one of a group's \"spares\" (at /faults/nemesis/faults/add)" },
    { WITH_SPARE " \"faults\": { \"nemesis\": { \"mean_gap\": \"1s\", \"faults\": { \"remove\":\n"
                 " { \"target\": \"one:spare\" } } } } }",
      "\"one:spare\" belongs to \"add\"" },
    { WITH_SPARE " \"faults\": { \"nemesis\": { \"mean_gap\": \"1s\", \"faults\": { \"remove\":\n"
                 " { \"for\": \"1s\" } } } } }",
      "unknown key \"for\" (at /faults/nemesis/faults/remove)" },
    { WITH_SPARE
      " \"faults\": { \"nemesis\": { \"mean_gap\": \"1s\", \"faults\": { \"clog-link\":\n"
      " { \"from\": \"A\" } } } } }",
      "missing key \"for\" (at /faults/nemesis/faults/clog-link)" },
};

START_TEST(a_spare_by_chance_only_joins_and_who_joins_is_a_spare)
{
    g_autofree char *errors = given_errors_of_text(wrong_spares[_i].scenario);
    ck_assert_msg(strstr(errors, wrong_spares[_i].expected) != NULL, "%s", errors);
}
END_TEST

START_TEST(the_nemesis_adds_a_spare_and_clogs_one_link_by_default)
{
    struct plan *plan = given_plan_of_text(
        TIMED " \"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": [\"A\", \"B\"],"
              " \"spares\": [\"C\"] } }, \"faults\": { \"nemesis\": { \"mean_gap\": \"1s\","
              " \"faults\": { \"clog-link\": { \"for\": \"1s\", \"to\": \"B\" }, \"add\": {},"
              " \"remove\": { \"weight\": 2 } } } } }");
    const struct fault_options *faults = plan->faults;
    ck_assert_uint_eq(plan->fault_count, 3);
    ck_assert_int_eq(faults[0].kind, FAULT_CLOG_LINK);
    ck_assert_uint_eq(faults[0].side_count, 2);
    ck_assert(faults[0].sides[0].selectors[0].any_role);
    ck_assert_int_eq(faults[0].sides[1].selectors[0].kind, SELECT_INSTANCE);
    ck_assert_int_eq(faults[1].kind, FAULT_ADD);
    ck_assert(faults[1].sides[0].selectors[0].spare);
    ck_assert_int_eq(faults[2].kind, FAULT_REMOVE);
    ck_assert(faults[2].sides[0].selectors[0].any_role);
    ck_assert(!faults[1].has_duration && !faults[2].has_duration);
    ck_assert_uint_eq(plan->nemesis->entries[2].weight, 2000000);
    plan_free(plan);
}
END_TEST

START_TEST(a_client_can_be_a_target_by_its_name)
{
    struct plan *plan = given_plan_of_text(
        TIMED " \"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": [\"A\"] } },"
              " \"workload\": [{ \"name\": \"w\", \"target\": \"kv\", \"clients\": 2,"
              " \"arrivals\": { \"poisson\": \"10/s\" } }],"
              " \"faults\": { \"timeline\": [{ \"at\": \"1s\", \"for\": \"1s\","
              " \"partition\": [\"w-2\", \"A\"] }] } }");
    const struct selector *selector = &plan->faults[0].sides[0].selectors[0];
    ck_assert_int_eq(selector->kind, SELECT_INSTANCE);
    ck_assert_str_eq(plan->cluster.instances[selector->index].name, "w-2");
    plan_free(plan);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("spares");
    TCase *tests = tcase_create("spares");
    tcase_add_checked_fixture(tests, given_folder, given_no_folder);
    tcase_add_test(tests, spares_have_machines_but_do_not_start_and_are_in_no_address_book);
    tcase_add_test(tests, numbers_of_spares_go_on_and_copies_have_their_own);
    tcase_add_test(tests, spares_go_on_taking_machines_in_turn);
    tcase_add_test(tests, a_start_is_drawn_for_each_node_by_its_name);
    tcase_add_test(tests, a_spare_can_be_added_by_chance);
    tcase_add_loop_test(tests, a_spare_by_chance_only_joins_and_who_joins_is_a_spare, 0,
                        sizeof wrong_spares / sizeof *wrong_spares);
    tcase_add_test(tests, the_nemesis_adds_a_spare_and_clogs_one_link_by_default);
    tcase_add_test(tests, a_client_can_be_a_target_by_its_name);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
