/* How fast the steady Raft scenario runs with 3, 5 and 7 nodes.
 *
 *     raft-steady SCENARIO
 *
 * One JSON object a line: events and simulated seconds for each wall-clock second (the median of
 * five runs), and the peak memory of the process so far.  A benchmark, never a test: it judges
 * nothing. */
#include <glib.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "builtin.h"
#include "command/simulate.h"

enum { RUNS = 5 };

struct measured {
    double wall_s;
    double simulated_s;
    double commits;
    uint64_t events;
};

static gint compare_samples(gconstpointer a, gconstpointer b)
{
    const struct measured *x = a, *y = b;
    return x->wall_s < y->wall_s ? -1 : x->wall_s > y->wall_s;
}

static struct measured run_once(const char *path, unsigned nodes)
{
    g_autofree char *set =
        g_strdup_printf("/groups/kv/nodes={\"count\": %u, \"prefix\": \"n\"}", nodes);
    const char *sets[] = { set, NULL };
    struct registry *registry = registry_new(builtin_protocols);
    g_autoptr(GString) errors = g_string_new(NULL);
    struct plan *plan = plan_load(path, &(struct plan_overrides){ .sets = sets }, registry, errors);
    if (plan == NULL) {
        fputs(errors->str, stderr);
        exit(2);
    }
    gint64 begun = g_get_monotonic_time();
    struct simulation *simulation = simulation_run(plan, &(struct simulation_options){ 0 });
    struct measured sample = {
        .wall_s = (double)(g_get_monotonic_time() - begun) / 1e6,
        .simulated_s = (double)simulation->end_ns / 1e9,
        .events = cluster_events(simulation->cluster),
    };
    for (uint32_t i = 0; i < nodes; i++) {
        sample.commits =
            MAX(sample.commits, (double)cluster_view(simulation->cluster, i).commit_index);
    }
    simulation_free(simulation);
    plan_free(plan);
    registry_free(registry);
    return sample;
}

static void print_value(const char *name, unsigned nodes, double value, const char *unit)
{
    printf(
        "{\"name\": \"%s\", \"parameters\": {\"nodes\": %u}, \"value\": %.0f, \"unit\": \"%s\"}\n",
        name, nodes, value, unit);
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fputs("usage: raft-steady SCENARIO\n", stderr);
        return 2;
    }
    const unsigned sizes[] = { 3, 5, 7 };
    for (size_t i = 0; i < G_N_ELEMENTS(sizes); i++) {
        struct measured samples[RUNS];
        run_once(argv[1], sizes[i]);
        for (int r = 0; r < RUNS; r++)
            samples[r] = run_once(argv[1], sizes[i]);
        qsort(samples, RUNS, sizeof samples[0], compare_samples);
        const struct measured *median = &samples[RUNS / 2];
        print_value("raft_steady_events", sizes[i], (double)median->events / median->wall_s,
                    "events/s");
        print_value("raft_steady_speed", sizes[i], median->simulated_s / median->wall_s,
                    "simulated s/wall s");
        print_value("raft_steady_commits", sizes[i], median->commits / median->wall_s, "commits/s");
        struct rusage usage;
        getrusage(RUSAGE_SELF, &usage);
        print_value("raft_steady_peak_memory", sizes[i], (double)usage.ru_maxrss / 1024, "MiB");
    }
    return 0;
}
