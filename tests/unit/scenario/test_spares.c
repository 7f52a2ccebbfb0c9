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
    tcase_add_test(tests, a_client_can_be_a_target_by_its_name);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
