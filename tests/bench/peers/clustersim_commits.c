/* Raft in the simulator, with all that a scenario brings: clients, network, disks, CPUs, history
 * and every oracle.
 *
 *     peer-clustersim-commits SCENARIO NODES OUTSTANDING COMMANDS [PLUGIN]     commits per CPU
 * second
 *
 * OUTSTANDING clients ask one thing at a time, as long as COMMANDS take if none has to wait for a
 * disk.  What was committed is counted: with several at a time it is less, three quarters or so. */
#include <glib.h>

#include "builtin.h"
#include "command/simulate.h"
#include "peer.h"

/* An operation of the scenario: 1 ms to the leader, 1 ms to a follower, 1 ms for its flush, 1 ms
 * back, 1 ms for the answer. */
enum { OPERATION_MS = 5, START_MS = 1000 };

static struct plan *plan_of(char **argv, struct registry *registry, uint32_t nodes)
{
    uint32_t outstanding = peer_number(argv[3]), commands = peer_number(argv[4]);
    const char *plugins[] = { argv[5], NULL };
    uint32_t rounds = (commands + outstanding - 1) / outstanding;
    g_autofree char *group =
        g_strdup_printf("/groups/kv/nodes={\"count\": %u, \"prefix\": \"n\"}", nodes);
    g_autofree char *clients = g_strdup_printf("/workload/0/clients=%u", outstanding);
    g_autofree char *duration =
        g_strdup_printf("/time/duration=\"%ums\"", START_MS + rounds * OPERATION_MS);
    const char *sets[] = { group, clients, duration, NULL };
    g_autoptr(GString) errors = g_string_new(NULL);
    struct plan *plan = plan_load(
        argv[1], &(struct plan_overrides){ .sets = sets, .plugins = plugins }, registry, errors);
    if (plan == NULL) {
        fputs(errors->str, stderr);
        exit(2);
    }
    return plan;
}

int main(int argc, char **argv)
{
    if (argc != 5 && argc != 6) {
        fputs("usage: peer-clustersim-commits SCENARIO NODES OUTSTANDING COMMANDS [PLUGIN]\n",
              stderr);
        return 2;
    }
    uint32_t nodes = peer_number(argv[2]);
    uint32_t commands = peer_number(argv[4]);
    struct registry *registry = registry_new(builtin_protocols);
    struct plan *plan = plan_of(argv, registry, nodes);
    double begun = peer_cpu_ns();
    struct simulation *simulation = simulation_run(plan, &(struct simulation_options){ 0 });
    double seconds = (peer_cpu_ns() - begun) / 1e9;
    uint64_t commits = 0;
    for (uint32_t i = 0; i < nodes; i++)
        commits = MAX(commits, cluster_view(simulation->cluster, i).commit_index);
    cs_assert(simulation->verdict == VERDICT_PASS);
    if (commits < commands / 2 || commits > commands * UINT64_C(2)) {
        fprintf(stderr, "%llu commits instead of %u\n", (unsigned long long)commits, commands);
        return 1;
    }
    peer_print((double)commits / seconds);
    simulation_free(simulation);
    plan_free(plan);
    registry_free(registry);
    return 0;
}
