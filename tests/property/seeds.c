/* Run a scenario over many seeds, in parallel processes, and count only runs in which something
 * happened.
 *
 *     seeds [--workers N] [--set POINTER=JSON] [--plugin FILE] [--least N] [--find]
 *           SCENARIO FIRST COUNT
 *
 * A run counts with at least 10 simulated seconds, 5 faults fired and 200 operations answered.
 * Prints the medians of the three, a line for every seed that failed with the command that replays
 * it, and `N passed, N failed`.  A run without a violation that does not count is a failure, too;
 * with --least it is left out, and so many at least have to count.
 *
 * With --find it asks instead which is the first seed that shows a violation, by whatever check, or
 * a failed assertion.  The answer does not depend on the number of workers: a worker goes on until
 * its next seed is beyond the lowest one found.  Prints `found by seed N: CHECK: …` or `not found`,
 * and exits with 0 or 1. */
#include <errno.h>
#include <glib.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "builtin.h"
#include "command/simulate.h"

enum { SIMULATED_MIN_S = 10, FAULTS_MIN = 5, ANSWERED_MIN = 200 };

static gint worker_count;
static char **sets, **plugins;
static gboolean find;
static gint64 least = -1; /* that have to count; negative: all */
enum { WORKERS_MAX = 256 };

static struct {
    uint64_t lowest;               /* seed with a violation; UINT64_MAX: none */
    uint64_t running[WORKERS_MAX]; /* the worker's seed plus one; 0: none */
} * shared;

/* What a worker tells of one seed; written whole into a pipe. */
struct told {
    uint64_t seed;
    uint64_t simulated_ns, faults, answered, after_heal;
    enum verdict verdict;
    bool expected;
    bool progress_asked; /* the scenario judges liveness */
    char detail[160];
};
_Static_assert(sizeof(struct told) < 512, "a write to a pipe of so many bytes is atomic");

static struct told run_seed(const char *path, uint64_t seed, bool again, uint64_t *running)
{
    struct registry *registry = registry_new(builtin_protocols);
    g_autoptr(GString) errors = g_string_new(NULL);
    const struct plan_overrides overrides = {
        .has_seed = true,
        .seed = seed,
        .sets = (const char *const *)sets,
        .plugins = (const char *const *)plugins,
        .again = again,
    };
    struct plan *plan = plan_load(path, &overrides, registry, errors);
    if (plan == NULL) {
        fputs(errors->str, stderr);
        exit(2);
    }
    *running = seed + 1;
    struct simulation *simulation = simulation_run(plan, &(struct simulation_options){ 0 });
    *running = 0;
    struct told told = {
        .seed = seed,
        .simulated_ns = simulation->end_ns,
        .verdict = simulation->verdict,
        .expected = simulation_as_expected(simulation),
        .after_heal = simulation->progress_after_heal,
        .progress_asked = plan->liveness.enabled,
    };
    for (size_t i = 0; i < timeline_record_count(simulation->timeline); i++)
        told.faults += timeline_record(simulation->timeline, i)->fired;
    for (size_t i = 0; i < history_count(simulation->history); i++)
        told.answered += history_at(simulation->history, i)->outcome == OUTCOME_OK;
    if (simulation->findings->len > 0) {
        const struct finding *finding = &g_array_index(simulation->findings, struct finding, 0);
        g_snprintf(told.detail, sizeof told.detail, "%s: %s", finding->check, finding->detail);
    }
    simulation_free(simulation);
    plan_free(plan);
    registry_free(registry);
    return told;
}

static void lower_found(uint64_t seed)
{
    uint64_t lowest = __atomic_load_n(&shared->lowest, __ATOMIC_RELAXED);
    while (seed < lowest && !__atomic_compare_exchange_n(&shared->lowest, &lowest, seed, false,
                                                         __ATOMIC_RELAXED, __ATOMIC_RELAXED))
        ;
}

static void work(const char *path, uint64_t first, uint64_t count, unsigned worker,
                 unsigned workers, int to)
{
    for (uint64_t i = worker; i < count; i += workers) {
        uint64_t seed = first + i;
        if (find && seed > __atomic_load_n(&shared->lowest, __ATOMIC_RELAXED))
            break;
        struct told told = run_seed(path, seed, i > 0, &shared->running[worker]);
        if (find && told.verdict == VERDICT_VIOLATION)
            lower_found(told.seed);
        if (write(to, &told, sizeof told) != sizeof told)
            exit(70);
    }
    exit(0);
}

static gint compare_u64(gconstpointer a, gconstpointer b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

static uint64_t median(GArray *values)
{
    g_array_sort(values, compare_u64);
    return values->len == 0 ? 0 : g_array_index(values, uint64_t, values->len / 2);
}

/* Why a run without a violation does not count, or NULL. */
static const char *does_not_count(const struct told *told)
{
    if (told->simulated_ns < SIMULATED_MIN_S * UINT64_C(1000000000))
        return "it does not count: less than 10 simulated seconds";
    if (told->faults < FAULTS_MIN)
        return "it does not count: fewer than 5 faults fired";
    if (told->answered < ANSWERED_MIN)
        return "it does not count: fewer than 200 operations were answered";
    return NULL;
}

/* Why an outcome is no pass, or NULL. */
static const char *shortcoming(const struct told *told)
{
    if (!told->expected)
        return told->detail[0] != '\0' ? told->detail : verdict_name(told->verdict);
    if (does_not_count(told) != NULL)
        return does_not_count(told);
    if (told->progress_asked && told->after_heal == 0)
        return "no progress after the heal";
    return NULL;
}

/* What went wrong, and the command that gives it again. */
static void print_failure(const char *path, uint64_t seed, const char *why)
{
    g_autofree char *quoted = g_shell_quote(path);
    printf("seed 0x%" PRIx64 ": %s\n  again: clustersim run %s --seed 0x%" PRIx64, seed, why,
           quoted, seed);
    for (char **set = sets; set != NULL && *set != NULL; set++) {
        g_autofree char *text = g_shell_quote(*set);
        printf(" --set %s", text);
    }
    for (char **plugin = plugins; plugin != NULL && *plugin != NULL; plugin++) {
        g_autofree char *text = g_shell_quote(*plugin);
        printf(" --plugin %s", text);
    }
    putchar('\n');
}

struct sum {
    uint64_t passed, failed, left_out;
};

static struct sum collect(const char *path, int from)
{
    GArray *columns[4];
    for (int i = 0; i < 4; i++)
        columns[i] = g_array_new(FALSE, FALSE, sizeof(uint64_t));
    struct sum sum = { 0 };
    struct told told;
    while (read(from, &told, sizeof told) == sizeof told) {
        if (least >= 0 && told.expected && does_not_count(&told) != NULL) {
            sum.left_out++;
            continue;
        }
        const uint64_t values[] = { told.simulated_ns / 1000000, told.faults, told.answered,
                                    told.after_heal };
        for (int i = 0; i < 4; i++)
            g_array_append_val(columns[i], values[i]);
        const char *why = shortcoming(&told);
        sum.passed += why == NULL;
        sum.failed += why != NULL;
        if (why != NULL)
            print_failure(path, told.seed, why);
    }
    printf("medians: %.1f simulated seconds, %" PRIu64 " faults fired, %" PRIu64
           " operations answered, %" PRIu64 " of them in time after the heal\n",
           (double)median(columns[0]) / 1000, median(columns[1]), median(columns[2]),
           median(columns[3]));
    for (int i = 0; i < 4; i++)
        g_array_free(columns[i], TRUE);
    return sum;
}

static bool read_arguments(int *argc, char ***argv)
{
    const GOptionEntry entries[] = {
        { "workers", 0, 0, G_OPTION_ARG_INT, &worker_count, "processes; all cores by default",
          "N" },
        { "set", 0, 0, G_OPTION_ARG_STRING_ARRAY, &sets, "replace a value", "POINTER=JSON" },
        { "plugin", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &plugins, "load protocols", "FILE" },
        { "least", 0, 0, G_OPTION_ARG_INT64, &least,
          "leave out runs that do not count; so many have to", "N" },
        { "find", 0, 0, G_OPTION_ARG_NONE, &find, "only the first seed with a violation", NULL },
        { 0 },
    };
    g_autoptr(GOptionContext) context = g_option_context_new("SCENARIO FIRST COUNT");
    g_option_context_add_main_entries(context, entries, NULL);
    g_autoptr(GError) error = NULL;
    if (!g_option_context_parse(context, argc, argv, &error) || *argc != 4) {
        fprintf(stderr, "seeds: %s\n", error != NULL ? error->message : "see --help");
        return false;
    }
    if (worker_count <= 0)
        worker_count = (gint)g_get_num_processors();
    worker_count = MIN(worker_count, WORKERS_MAX);
    return true;
}

/* Read what the workers tell until all are done, and say which seed was the first.  Returns whether
 * there was one. */
static bool collect_first(int from)
{
    struct told told, first = { .seed = UINT64_MAX };
    while (read(from, &told, sizeof told) == sizeof told) {
        if (told.verdict == VERDICT_VIOLATION && told.seed < first.seed)
            first = told;
    }
    for (gint w = 0; w < worker_count; w++) {
        uint64_t seed = shared->running[w] - 1; /* of a worker that ended in it */
        if (shared->running[w] != 0 && seed < first.seed) {
            first.seed = seed;
            g_strlcpy(first.detail, "assertion: the process ended", sizeof first.detail);
        }
    }
    if (first.seed == UINT64_MAX) {
        puts("not found");
        return false;
    }
    printf("found by seed %" PRIu64 ": %s\n", first.seed, first.detail);
    return true;
}

/* Wait for all workers; returns how many ended badly. */
static uint64_t wait_for_workers(void)
{
    uint64_t crashed = 0;
    for (gint w = 0; w < worker_count; w++) {
        int status = 0;
        crashed += wait(&status) > 0 && status != 0;
    }
    return crashed;
}

/* Start the workers; returns the end of the pipe that they write to. */
static int start_workers(const char *path, uint64_t first, uint64_t count)
{
    int ends[2];
    if (pipe(ends) != 0)
        exit(7);
    for (gint w = 0; w < worker_count; w++) {
        pid_t child = fork();
        if (child < 0)
            exit(7);
        if (child == 0) {
            close(ends[0]);
            work(path, first, count, (unsigned)w, (unsigned)worker_count, ends[1]);
        }
    }
    close(ends[1]);
    return ends[0];
}

int main(int argc, char **argv)
{
    if (!read_arguments(&argc, &argv))
        return 2;
    uint64_t first, count;
    if (!g_ascii_string_to_unsigned(argv[2], 10, 0, UINT64_MAX / 2, &first, NULL) ||
        !g_ascii_string_to_unsigned(argv[3], 10, 1, UINT32_MAX, &count, NULL)) {
        fputs("seeds: FIRST and COUNT are decimal numbers, COUNT at least 1\n", stderr);
        return 2;
    }
    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED)
        exit(7);
    shared->lowest = UINT64_MAX;
    int from = start_workers(argv[1], first, count);
    if (find) {
        bool found = collect_first(from);
        return wait_for_workers() > 0 && !found ? 2 : !found;
    }
    struct sum sum = collect(argv[1], from);
    uint64_t crashed = wait_for_workers();
    if (crashed > 0)
        printf("%" PRIu64 " worker processes ended badly\n", crashed);
    if (sum.passed + sum.failed + sum.left_out < count)
        sum.failed = count - sum.passed - sum.left_out;
    if (least >= 0)
        printf("%" PRIu64 " did not count\n", sum.left_out);
    printf("%" PRIu64 " passed, %" PRIu64 " failed\n", sum.passed, sum.failed);
    uint64_t wanted = least > 0 ? (uint64_t)least : 1;
    return sum.failed == 0 && sum.passed >= wanted ? 0 : 1;
}
