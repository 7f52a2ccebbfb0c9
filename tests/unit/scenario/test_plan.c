/* A scenario becomes a plan: every number below was worked out by hand from given.json. */
#include <string.h>

#include "given.h"
#include "plan_text.h"
#include "support/suite.h"

static struct plan *plan;

static void setup(void)
{
    given_folder();
    plan = given_plan_of_text(given_scenario());
}

static void teardown(void)
{
    plan_free(plan);
    given_no_folder();
}

static uint64_t at_quantile(const struct distribution *distribution, double quantile)
{
    return distribution_quantile(distribution, (uint64_t)(quantile * 0x1p64));
}

static const struct instance_options *instance(const char *name)
{
    for (uint32_t i = 0; i < plan->cluster.instance_count; i++) {
        if (strcmp(plan->cluster.instances[i].name, name) == 0)
            return &plan->cluster.instances[i];
    }
    ck_abort_msg("there is no instance %s", name);
}

START_TEST(the_head_is_read)
{
    ck_assert_str_eq(plan->name, "three-regions");
    ck_assert_str_eq(plan->about, "The leader is cut off.");
    ck_assert_str_eq(plan->source, "s.json");
    ck_assert_str_eq(plan->tags[0], "gate");
    ck_assert_ptr_null(plan->tags[1]);
    ck_assert_uint_eq(plan->seed, 0x5eed);
    ck_assert_uint_eq(plan->cluster.seed, 0x5eed);
    ck_assert_uint_eq(plan->warmup_ns, 5000000000u);
    ck_assert_uint_eq(plan->duration_ns, 60000000000u);
    ck_assert_uint_eq(plan->settle_ns, 10000000000u);
    ck_assert_uint_eq(plan->window_ns, 1000000000u);
    ck_assert_uint_eq(plan->events_max, 1000000000u);
    ck_assert_int_eq(plan->heal, HEAL_ALL);
    ck_assert(!plan->cluster.shuffle_ties);
}
END_TEST

START_TEST(servers_come_before_clients_each_on_a_machine_of_its_own)
{
    static const char *const names[] = { "A",       "B",       "C",       "mixed-1",
                                         "mixed-2", "mixed-3", "audit-1", "audit-2" };
    ck_assert_uint_eq(plan->cluster.instance_count, 8);
    ck_assert_uint_eq(plan->cluster.topology.machine_count, 8);
    for (uint32_t i = 0; i < 8; i++) {
        ck_assert_str_eq(plan->cluster.instances[i].name, names[i]);
        ck_assert_str_eq(plan->cluster.machines[i].name, names[i]);
        ck_assert_uint_eq(plan->cluster.instances[i].machine, i);
        ck_assert_int_eq(plan->cluster.instances[i].start, CS_START_FOUND);
    }
}
END_TEST

START_TEST(groups_hold_their_members_and_clients_use_the_service)
{
    ck_assert_uint_eq(plan->cluster.group_count, 3);
    const struct group_options *groups = plan->cluster.groups;
    ck_assert_str_eq(groups[0].name, "kv");
    ck_assert_uint_eq(groups[0].member_count, 3);
    ck_assert_uint_eq(groups[0].use_count, 0);
    ck_assert_str_eq(groups[1].name, "mixed");
    ck_assert_uint_eq(groups[1].member_count, 3);
    ck_assert_uint_eq(groups[1].members[0], 3);
    ck_assert_str_eq(groups[2].name, "audit");
    ck_assert_uint_eq(groups[2].members[1], 7);
    for (uint32_t g = 1; g <= 2; g++) {
        ck_assert_uint_eq(groups[g].use_count, 1);
        ck_assert_str_eq(groups[g].uses[0].name, "service");
        ck_assert_uint_eq(groups[g].uses[0].group, 0);
    }
}
END_TEST

START_TEST(parameters_are_given_or_the_programs_own_defaults)
{
    const struct instance_options *a = instance("A");
    ck_assert_str_eq(a->program_name, "store");
    ck_assert_str_eq(a->program->role, "server");
    ck_assert_uint_eq(distribution_min(&a->params[0].distribution), 150000000);
    ck_assert_uint_eq(at_quantile(&a->params[0].distribution, 0.5), 225000000);
    ck_assert_uint_eq(a->params[1].number, 20000000); /* heartbeat, given */
    ck_assert_uint_eq(a->params[2].number, 16);
    ck_assert_uint_eq(a->params[3].number, 65536);
    ck_assert_uint_eq(a->params[4].number, 1);
    ck_assert_uint_eq(a->params[5].number, 0); /* mode: quick, the first choice */
    ck_assert_str_eq(instance("mixed-1")->program_name, "store-client");
    ck_assert_uint_eq(instance("mixed-1")->params[0].number, 3);
}
END_TEST

START_TEST(nodes_are_merged_key_by_key)
{
    const struct instance_options *a = instance("A");
    const struct instance_options *c = instance("C");
    ck_assert_uint_eq(a->cpu.per_message_ns, 8000);
    ck_assert_uint_eq(a->cpu.inbox_limit, 4096);
    ck_assert_uint_eq(a->unit_costs_ns[0], 2000); /* entry */
    ck_assert_uint_eq(a->unit_costs_ns[1], 0);    /* lookup: not priced */
    ck_assert_uint_eq(a->disk.bandwidth_bytes_per_s, 800000000);
    ck_assert_uint_eq(a->disk.sector, 512);
    ck_assert_uint_eq(at_quantile(&a->disk.flush_latency, 0.5) / 1000, 800);
    ck_assert_uint_eq(at_quantile(&a->disk.read_latency, 0.5), 100000);
    /* C has another flush and keeps the rest. */
    ck_assert_uint_eq(at_quantile(&c->disk.flush_latency, 0.01), 3000000);
    ck_assert_uint_eq(at_quantile(&c->disk.flush_latency, 0.99), 3000000);
    ck_assert_uint_eq(c->disk.bandwidth_bytes_per_s, 800000000);
    ck_assert_uint_eq(c->cpu.per_message_ns, 8000);
}
END_TEST

START_TEST(clients_cost_nothing_unless_the_scenario_says_so)
{
    const struct instance_options *client = instance("mixed-1");
    ck_assert_uint_eq(client->cpu.per_message_ns, 0);
    ck_assert_uint_eq(client->cpu.inbox_limit, 0);
    ck_assert_int_eq(plan->cluster.machines[client->machine].clock.offset_ns, 0);
    ck_assert_int_eq(plan->cluster.machines[client->machine].clock.drift_ppb, 0);
}
END_TEST

START_TEST(open_workloads_have_arrivals_and_stages)
{
    const struct workload_options *mixed = &plan->workloads[0];
    ck_assert_uint_eq(plan->workload_count, 2);
    ck_assert_str_eq(mixed->name, "mixed");
    ck_assert_uint_eq(mixed->target, 0);
    ck_assert_uint_eq(mixed->client_count, 3);
    ck_assert_uint_eq(mixed->clients[0], 3);
    ck_assert(mixed->open);
    ck_assert(mixed->poisson);
    ck_assert_uint_eq(mixed->rate_milli_per_s, 1000000);
    ck_assert_uint_eq(mixed->stage_count, 2);
    ck_assert_uint_eq(mixed->stages[1].until_ns, 40000000000u);
    ck_assert_uint_eq(mixed->stages[1].rate_milli_per_s, 500);
    ck_assert_uint_eq(mixed->weights[CS_OP_GET], 700000);
    ck_assert_uint_eq(mixed->weights[CS_OP_PUT], 250000);
    ck_assert_uint_eq(mixed->weights[CS_OP_CAS], 50000);
    ck_assert_uint_eq(mixed->weights[CS_OP_DELETE], 0);
    ck_assert_int_eq(mixed->key_choice, KEYS_ZIPF);
    ck_assert_uint_eq(mixed->key_count, 1000);
    ck_assert_double_eq(mixed->key_theta, 0.99);
    ck_assert_uint_eq(at_quantile(&mixed->value_size, 0.5), 128);
    ck_assert_uint_eq(mixed->timeout_ns, 2000000000u);
    ck_assert_uint_eq(mixed->start_ns, 0);
    ck_assert_uint_eq(mixed->stop_ns, 70000000000u); /* through settle */
}
END_TEST

START_TEST(closed_workloads_think)
{
    const struct workload_options *audit = &plan->workloads[1];
    ck_assert(!audit->open);
    ck_assert_uint_eq(audit->outstanding, 1);
    ck_assert_uint_eq(audit->client_count, 2);
    ck_assert_int_eq(audit->think.kind, DISTRIBUTION_EXPONENTIAL);
    ck_assert_uint_eq(audit->think.value, 250000000);
    ck_assert_int_eq(audit->key_choice, KEYS_UNIFORM);
    ck_assert_uint_eq(audit->key_count, 1000);
    ck_assert_uint_eq(audit->weights[CS_OP_GET], 1000000);
    ck_assert_uint_eq(audit->weights[CS_OP_PUT], 0);
}
END_TEST

START_TEST(a_partition_has_sides_of_selectors)
{
    const struct fault_options *cut = &plan->faults[0];
    ck_assert_uint_eq(plan->fault_count, 7);
    ck_assert_str_eq(cut->id, "cut");
    ck_assert_int_eq(cut->kind, FAULT_PARTITION);
    ck_assert_uint_eq(cut->at_ns, 15000000000u);
    ck_assert(cut->has_duration);
    ck_assert_uint_eq(cut->duration.value, 10000000000u);
    ck_assert(!cut->repeats);
    ck_assert_uint_eq(cut->side_count, 2);
    ck_assert_uint_eq(cut->sides[0].count, 2);
    ck_assert_int_eq(cut->sides[0].selectors[0].kind, SELECT_LEADER);
    ck_assert_str_eq(cut->sides[0].selectors[0].text, "leader");
    ck_assert_int_eq(cut->sides[0].selectors[1].kind, SELECT_ONE);
    ck_assert(!cut->sides[0].selectors[1].any_role);
    ck_assert_int_eq(cut->sides[0].selectors[1].role, CS_ROLE_FOLLOWER);
    ck_assert_int_eq(cut->sides[1].selectors[0].kind, SELECT_REST);
    ck_assert_uint_eq(cut->sides[1].selectors[0].group, 0);
}
END_TEST

START_TEST(a_fault_without_an_id_is_called_by_kind_and_number)
{
    const struct fault_options *block = &plan->faults[1];
    ck_assert_str_eq(block->id, "block-2");
    ck_assert_int_eq(block->kind, FAULT_BLOCK);
    ck_assert_uint_eq(block->side_count, 2);
    ck_assert_int_eq(block->sides[0].selectors[0].kind, SELECT_INSTANCE);
    ck_assert_uint_eq(block->sides[0].selectors[0].index, 0);
    ck_assert_uint_eq(block->sides[1].selectors[0].index, 2);
}
END_TEST

START_TEST(a_crash_that_loses_writes_is_a_power_loss)
{
    const struct fault_options *torn = &plan->faults[2];
    const struct fault_options *plain = &plan->faults[3];
    ck_assert_int_eq(torn->kind, FAULT_POWER_LOSS);
    ck_assert_uint_eq(torn->loss_count, 1);
    ck_assert_int_eq(torn->losses[0].loss.loss, DISK_TORN);
    ck_assert_str_eq(torn->id, "crash-3");
    ck_assert_int_eq(plain->kind, FAULT_CRASH);
    ck_assert_int_eq(plain->losses[0].loss.loss, DISK_KEEP);
    ck_assert(!plain->has_duration);
}
END_TEST

START_TEST(other_faults_have_their_numbers)
{
    const struct fault_options *packets = &plan->faults[4];
    ck_assert_int_eq(packets->kind, FAULT_PACKETS);
    ck_assert_uint_eq(packets->amounts[AMOUNT_LOSS].distribution.value, 2147483648u);
    ck_assert_uint_eq(packets->amounts[AMOUNT_DUPLICATE].distribution.value, 0);
    ck_assert_int_eq(packets->sides[0].selectors[0].kind, SELECT_FRACTION);
    ck_assert_uint_eq(packets->sides[0].selectors[0].fraction, 1717986918);
    ck_assert(packets->repeats);
    ck_assert_uint_eq(packets->repeat_count, 3);
    ck_assert_uint_eq(packets->every.value, 3000000000u);
    const struct fault_options *slow = &plan->faults[5];
    ck_assert_int_eq(slow->kind, FAULT_SLOW_DISK);
    ck_assert_uint_eq(slow->amounts[AMOUNT_FACTOR].distribution.value, 163840); /* 2.5 * 2^16 */
    ck_assert_int_eq(slow->sides[0].selectors[0].kind, SELECT_REGION);
    ck_assert_uint_eq(slow->sides[0].selectors[0].index, 0);
    const struct fault_options *jump = &plan->faults[6];
    ck_assert_int_eq(jump->kind, FAULT_CLOCK);
    ck_assert_int_eq(jump->amounts[AMOUNT_JUMP].shift, -250000000);
    ck_assert(jump->sides[0].selectors[0].any_role);
}
END_TEST

START_TEST(oracles_are_on_unless_switched_off)
{
    for (size_t i = 0; oracle_types[i] != NULL; i++) {
        const struct plan_check *check = &plan->checks[i];
        ck_assert_str_eq(check->name, oracle_types[i]->name);
        bool off = strcmp(check->name, "log_matching") == 0;
        bool asked = strcmp(check->name, "convergence") == 0; /* it has to be */
        ck_assert_int_eq(check->enabled, !off && !asked);
        ck_assert_int_eq(check->named, strcmp(check->name, "election_safety") == 0);
    }
    ck_assert(plan->liveness.enabled);
    ck_assert_uint_eq(plan->liveness.progress_within_ns, 5000000000u);
    ck_assert_int_eq(plan->expect.verdict, VERDICT_PASS);
    ck_assert_ptr_null(plan->expect.check);
    ck_assert_str_eq(plan->output.trace, "on-failure");
    ck_assert_str_eq(plan->output.chart_names[3], "roles");
}
END_TEST

START_TEST(convergence_is_asked_for_with_a_time_or_without)
{
    struct plan *timed = given_plan_with(
        "s.json", (const char *const[]){ "/checks/convergence={\"within\": \"2s\"}", NULL });
    ck_assert(timed->convergence.enabled);
    ck_assert_uint_eq(timed->convergence.within_ns, 2000000000u);
    struct plan *plain =
        given_plan_with("s.json", (const char *const[]){ "/checks/convergence=true", NULL });
    ck_assert(plain->convergence.enabled);
    ck_assert_uint_eq(plain->convergence.within_ns, 5000000000u);
    struct plan *not =
        given_plan_with("s.json", (const char *const[]){ "/checks/convergence=false", NULL });
    ck_assert(!not ->convergence.enabled);
    plan_free(timed);
    plan_free(plain);
    plan_free(not );
}
END_TEST

static bool asks_for_final_reads(const char *first, const char *second)
{
    struct plan *changed = given_plan_with("s.json", (const char *const[]){ first, second, NULL });
    const struct plan_check *check = changed->checks;
    while (strcmp(check->name, "final_reads") != 0)
        check++;
    bool enabled = check->enabled;
    plan_free(changed);
    return enabled;
}

START_TEST(that_keys_can_be_read_is_asked_for_by_name_where_no_quorum_is_promised)
{
    static const char beyond[] = "/faults/nemesis={\"mean_gap\": \"1s\", \"over_tolerance\": true, "
                                 "\"faults\": {\"remove\": {}}}";
    static const char within[] =
        "/faults/nemesis={\"mean_gap\": \"1s\", \"faults\": {\"remove\": {}}}";
    static const char named[] = "/checks/final_reads=true";
    ck_assert(asks_for_final_reads("/time/heal=\"all\"", NULL));
    ck_assert(asks_for_final_reads("/time/heal=\"majority\"", within));
    ck_assert(!asks_for_final_reads("/time/heal=\"none\"", NULL));
    ck_assert(!asks_for_final_reads(beyond, NULL));
    ck_assert(asks_for_final_reads("/time/heal=\"none\"", named));
    ck_assert(asks_for_final_reads(beyond, named));
}
END_TEST

START_TEST(a_reseeded_plan_is_the_one_that_the_seed_would_have_made)
{
    static const char jitter[] = "/groups/kv/start={\"jitter\": {\"uniform\": [\"0s\", \"9s\"]}}";
    struct plan *reseeded = given_plan_with("s.json", (const char *const[]){ jitter, NULL });
    struct plan *loaded =
        given_plan_with("s.json", (const char *const[]){ jitter, "/seed=\"0x1\"", NULL });
    g_autofree char *before = plan_text(reseeded);
    g_autofree char *wanted = plan_text(loaded);
    ck_assert_str_ne(before, wanted);
    plan_reseed(reseeded, 1);
    g_autofree char *after = plan_text(reseeded);
    ck_assert_str_eq(after, wanted);
    plan_reseed(reseeded, 0x5eed);
    g_autofree char *again = plan_text(reseeded);
    ck_assert_str_eq(again, before);
    plan_free(reseeded);
    plan_free(loaded);
}
END_TEST

START_TEST(verdicts_have_the_names_of_results)
{
    ck_assert_str_eq(verdict_name(VERDICT_PASS), "pass");
    ck_assert_str_eq(verdict_name(VERDICT_VIOLATION), "violation");
    ck_assert_str_eq(verdict_name(VERDICT_THRESHOLD), "threshold");
    ck_assert_str_eq(verdict_name(VERDICT_INCONCLUSIVE), "inconclusive");
    ck_assert_str_eq(verdict_name(VERDICT_UNEXPECTED), "unexpected");
    ck_assert_str_eq(verdict_name(VERDICT_NONDETERMINISM), "nondeterminism");
    ck_assert_str_eq(verdict_name(VERDICT_INTERRUPTED), "interrupted");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("plan");
    TCase *tests = tcase_create("plan");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, the_head_is_read);
    tcase_add_test(tests, servers_come_before_clients_each_on_a_machine_of_its_own);
    tcase_add_test(tests, groups_hold_their_members_and_clients_use_the_service);
    tcase_add_test(tests, parameters_are_given_or_the_programs_own_defaults);
    tcase_add_test(tests, nodes_are_merged_key_by_key);
    tcase_add_test(tests, clients_cost_nothing_unless_the_scenario_says_so);
    tcase_add_test(tests, open_workloads_have_arrivals_and_stages);
    tcase_add_test(tests, closed_workloads_think);
    tcase_add_test(tests, a_partition_has_sides_of_selectors);
    tcase_add_test(tests, a_fault_without_an_id_is_called_by_kind_and_number);
    tcase_add_test(tests, a_crash_that_loses_writes_is_a_power_loss);
    tcase_add_test(tests, other_faults_have_their_numbers);
    tcase_add_test(tests, oracles_are_on_unless_switched_off);
    tcase_add_test(tests, convergence_is_asked_for_with_a_time_or_without);
    tcase_add_test(tests, that_keys_can_be_read_is_asked_for_by_name_where_no_quorum_is_promised);
    tcase_add_test(tests, a_reseeded_plan_is_the_one_that_the_seed_would_have_made);
    tcase_add_test(tests, verdicts_have_the_names_of_results);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
