/* Datagrams arrive damaged, as in life, and no protocol trusts them: each is told from a whole one
 * by its checksum, counted and dropped.
 *
 *     test-damaged_datagrams SCENARIOS      the folder
 */
#include <check.h>
#include <glib.h>
#include <string.h>

#include "builtin.h"
#include "command/simulate.h"
#include "support/suite.h"

static const char *folder;

/* One stage: a plan whose links damage one copy of twenty. */
static struct registry *registry;
static struct plan *plan;
static struct link_options *links;

static void load(const char *scenario)
{
    g_autofree char *path = g_build_filename(folder, scenario, NULL);
    g_autoptr(GString) errors = g_string_new(NULL);
    registry = registry_new(builtin_protocols);
    plan = plan_load(path, NULL, registry, errors);
    ck_assert_msg(plan != NULL, "%s", errors->str);
    struct topology *topology = &plan->cluster.topology;
    links = g_memdup2(topology->links, topology->link_count * sizeof *links);
    for (uint32_t i = 0; i < topology->link_count; i++)
        links[i].corrupt = PROBABILITY_ONE / 20;
    topology->links = links;
}

static void unload(void)
{
    plan_free(plan);
    registry_free(registry);
    g_free(links);
}

static uint64_t corrupted_in(const struct cluster *cluster)
{
    uint64_t count = 0;
    for (uint32_t i = 0; i < plan->cluster.instance_count; i++)
        count += cluster_counters(cluster, i)->messages_corrupted;
    return count;
}

/* ---- Whole runs ------------------------------------------------------------------------------ */

static const char *const scenarios[] = { "echo/hello.json", "raft/partition.json",
                                         "raft/swarm.json" };

START_TEST(a_run_with_damaged_datagrams_passes_its_checks_and_answers)
{
    load(scenarios[_i]);
    struct simulation *simulation = simulation_run(plan, &(struct simulation_options){ 0 });
    ck_assert_uint_eq(simulation->verdict, VERDICT_PASS);
    ck_assert_uint_gt(corrupted_in(simulation->cluster), 100);
    size_t answered = 0;
    for (size_t i = 0; i < history_count(simulation->history); i++)
        answered += history_at(simulation->history, i)->outcome == OUTCOME_OK;
    ck_assert_uint_gt(answered, 500);
    simulation_free(simulation);
    unload();
}
END_TEST

/* ---- Every one of them ----------------------------------------------------------------------- */

static uint64_t malformed;

static void on_count(void *self, uint64_t at_ns, uint32_t instance, const char *name,
                     uint64_t count)
{
    (void)self, (void)at_ns, (void)instance;
    if (strcmp(name, "malformed") == 0)
        malformed += count;
}

static void ask_all_clients(struct cluster *cluster, enum cs_op_kind kind)
{
    struct cs_op op = { .kind = kind, .key = { "key", 3 }, .value = { "value", 5 } };
    for (uint32_t i = 0; i < plan->cluster.instance_count; i++) {
        if (plan->cluster.instances[i].program->on_request != NULL)
            cluster_request(cluster, i, &op);
    }
}

START_TEST(as_many_messages_are_refused_as_were_damaged)
{
    static const enum cs_op_kind kinds[] = { CS_OP_WORK, CS_OP_PUT };
    load(scenarios[_i]);
    struct cluster *cluster = cluster_new(&plan->cluster);
    malformed = 0;
    cluster_observe(cluster, &(struct cluster_observer){ .on_count = on_count });
    for (uint64_t ms = 0; ms < 10000; ms += 10) {
        cluster_run(cluster, ms * 1000000, UINT64_MAX);
        ask_all_clients(cluster, kinds[_i]);
    }
    /* No more damage, and time for what is damaged to arrive. */
    for (uint32_t i = 0; i < plan->cluster.topology.link_count; i++)
        links[i].corrupt = 0;
    cluster_run(cluster, UINT64_C(12000000000), UINT64_MAX);
    ck_assert_uint_gt(malformed, 100);
    ck_assert_uint_eq(malformed, corrupted_in(cluster));
    cluster_free(cluster);
    unload();
}
END_TEST

int main(int argc, char **argv)
{
    if (argc != 2) {
        fputs("usage: test-damaged_datagrams SCENARIOS\n", stderr);
        return 2;
    }
    folder = argv[1];
    Suite *suite = suite_create("damaged datagrams");
    TCase *tests = tcase_create("damaged datagrams");
    tcase_set_timeout(tests, 120);
    tcase_add_loop_test(tests, a_run_with_damaged_datagrams_passes_its_checks_and_answers, 0, 3);
    tcase_add_loop_test(tests, as_many_messages_are_refused_as_were_damaged, 0, 2);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
