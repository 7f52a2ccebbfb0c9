/* How fast Raft runs through all models, for each of the figures that tests/bench/README.md wants.
 *
 *     consensus CASE SCENARIO [SEEDS]
 *
 * One JSON object a line, the median of five runs in CPU time.  With SEEDS, for a profiler: no
 * time, but one run each of so many seeds with all oracles, and what they came to.  A run is what
 * `clustersim run` does between reading a scenario and writing results: the checks at the end are
 * in it.  A benchmark, never a test: it judges nothing. */
#include <glib.h>
#include <malloc.h>
#include <string.h>

#include "bench.h"
#include "builtin.h"
#include "command/simulate.h"
#include "verify/oracle.h"

enum { SETS_MAX = 4, SEEDS = 100 };

enum figure { FIGURE_COMMITS, FIGURE_RATIO, FIGURE_SEEDS };

struct bench_case {
    const char *name;
    enum figure figure;
    const char *parameters; /* the inside of a JSON object */
    const char *sets[SETS_MAX];
    bool both; /* with all oracles, and with none */
};

static const struct bench_case cases[] = {
    { "raft-one", FIGURE_COMMITS, "\"nodes\": 3, \"outstanding\": 1", { NULL }, true },
    { "raft-many",
      FIGURE_COMMITS,
      "\"nodes\": 3, \"outstanding\": 64",
      { "/workload/0/outstanding=64" },
      true },
    { "raft-quiet", FIGURE_RATIO, "\"nodes\": 5, \"operations_per_s\": 100", { NULL }, false },
    { "raft-idle",
      FIGURE_RATIO,
      "\"nodes\": 5, \"operations_per_s\": 0",
      { "/workload=[]", "/time/duration=\"1000s\"" },
      false },
    { "raft-seeds",
      FIGURE_SEEDS,
      "\"nodes\": 5",
      { "/time/duration=\"500ms\"", "/time/settle=\"20ms\"",
        "/workload/0/arrivals/constant=\"20/s\"", "/workload/0/keys/uniform=1" },
      false },
    { "raft-sweep",
      FIGURE_SEEDS,
      "\"nodes\": 5, \"operations_per_s\": 100",
      { "/time/duration=\"10s\"" },
      false },
};

struct run {
    double cpu_ns;
    double simulated_ns;
    double commits;
    double events;
};

static struct plan *load(const char *path, const struct bench_case *bench, bool oracles,
                         struct registry *registry)
{
    g_autoptr(GString) none = g_string_new("/checks={\"liveness\": false");
    for (size_t t = 0; oracle_types[t] != NULL; t++)
        g_string_append_printf(none, ", \"%s\": false", oracle_types[t]->name);
    g_string_append_c(none, '}');
    const char *sets[SETS_MAX + 2] = { NULL };
    size_t count = 0;
    while (count < SETS_MAX && bench->sets[count] != NULL) {
        sets[count] = bench->sets[count];
        count++;
    }
    if (!oracles)
        sets[count] = none->str;
    g_autoptr(GString) errors = g_string_new(NULL);
    struct plan *plan = plan_load(path, &(struct plan_overrides){ .sets = sets }, registry, errors);
    if (plan == NULL) {
        fputs(errors->str, stderr);
        exit(2);
    }
    return plan;
}

/* `cpu_ns` is the run's alone, without its plan. */
static struct run run_plan(const struct plan *plan)
{
    double begun = bench_now_ns();
    struct simulation *simulation = simulation_run(plan, &(struct simulation_options){ 0 });
    struct run run = {
        .cpu_ns = bench_now_ns() - begun,
        .simulated_ns = (double)simulation->end_ns,
        .events = (double)cluster_events(simulation->cluster),
    };
    for (uint32_t i = 0; i < plan->cluster.instance_count; i++) {
        double commits = (double)cluster_view(simulation->cluster, i).commit_index;
        run.commits = MAX(run.commits, commits);
    }
    begun = bench_now_ns();
    simulation_free(simulation);
    run.cpu_ns += bench_now_ns() - begun;
    return run;
}

/* Medians of five, after one that warms up. */
static void measure(const struct bench_case *bench, const char *path, bool oracles)
{
    struct registry *registry = registry_new(builtin_protocols);
    struct plan *plan = load(path, bench, oracles, registry);
    double figures[BENCH_SAMPLES], events[BENCH_SAMPLES];
    run_plan(plan);
    for (int i = 0; i < BENCH_SAMPLES; i++) {
        struct run run = run_plan(plan);
        figures[i] = bench->figure == FIGURE_COMMITS ? run.commits / run.cpu_ns * 1e9
                                                     : run.simulated_ns / run.cpu_ns;
        events[i] = run.cpu_ns / run.events;
    }
    g_autofree char *parameters =
        g_strdup_printf("%s, \"oracles\": %s", bench->parameters, oracles ? "\"all\"" : "\"none\"");
    bench_print(bench->name, parameters, bench_median(figures),
                bench->figure == FIGURE_COMMITS ? "commits/s" : "simulated s/s");
    bench_print(bench->name, parameters, bench_median(events), "ns/event");
    plan_free(plan);
    registry_free(registry);
}

/* Runs of one seed after the other in this process, and what loading the plan anew adds. */
static void measure_seeds(const struct bench_case *bench, const char *path)
{
    struct registry *registry = registry_new(builtin_protocols);
    double once[BENCH_SAMPLES], anew[BENCH_SAMPLES], commits = 0;
    for (int i = 0; i < BENCH_SAMPLES; i++) {
        double begun = bench_now_ns();
        struct plan *plan = load(path, bench, true, registry);
        double loading = bench_now_ns() - begun;
        double running = 0;
        for (uint64_t seed = 1; seed <= SEEDS; seed++) {
            plan_reseed(plan, seed);
            struct run run = run_plan(plan);
            running += run.cpu_ns;
            commits += run.commits;
        }
        plan_free(plan);
        once[i] = SEEDS * 1e9 / running;
        anew[i] = SEEDS * 1e9 / (running + SEEDS * loading);
    }
    g_autofree char *parameters = g_strdup_printf(
        "%s, \"oracles\": \"all\", \"commits\": %.1f, \"plan\": ", bench->parameters,
        commits / (BENCH_SAMPLES * SEEDS));
    g_autofree char *with_one = g_strconcat(parameters, "\"one\"", NULL);
    g_autofree char *with_each = g_strconcat(parameters, "\"one for each seed\"", NULL);
    bench_print(bench->name, with_one, bench_median(once), "seeds/s");
    bench_print(bench->name, with_each, bench_median(anew), "seeds/s");
    registry_free(registry);
}

static void count_runs(const struct bench_case *bench, const char *path, uint64_t seeds)
{
    struct registry *registry = registry_new(builtin_protocols);
    struct plan *plan = load(path, bench, true, registry);
    double commits = 0, events = 0;
    for (uint64_t seed = 1; seed <= seeds; seed++) {
        plan_reseed(plan, seed);
        struct run run = run_plan(plan);
        commits += run.commits;
        events += run.events;
    }
    g_autofree char *parameters = g_strdup_printf("\"seeds\": %" G_GUINT64_FORMAT, seeds);
    bench_print(bench->name, parameters, commits, "commits");
    bench_print(bench->name, parameters, events, "events");
    plan_free(plan);
    registry_free(registry);
}

int main(int argc, char **argv)
{
    mallopt(M_MMAP_THRESHOLD, 32 << 20); /* as in a worker of `sweep` */
    mallopt(M_TRIM_THRESHOLD, 256 << 20);
    for (size_t i = 0; (argc == 3 || argc == 4) && i < G_N_ELEMENTS(cases); i++) {
        const struct bench_case *bench = &cases[i];
        if (strcmp(bench->name, argv[1]) != 0)
            continue;
        if (argc == 4) {
            count_runs(bench, argv[2], g_ascii_strtoull(argv[3], NULL, 10));
            return 0;
        }
        if (bench->figure == FIGURE_SEEDS) {
            measure_seeds(bench, argv[2]);
            return 0;
        }
        measure(bench, argv[2], true);
        if (bench->both)
            measure(bench, argv[2], false);
        return 0;
    }
    fputs("usage: consensus CASE SCENARIO [SEEDS]\n", stderr);
    return 2;
}
