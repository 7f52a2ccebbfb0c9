/* run: one or more scenarios, each to a verdict, the numbers and charts. */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "command/command.h"
#include "command/simulate.h"
#include "report/report.h"

static volatile sig_atomic_t interrupted;

static void on_signal(int signal_number)
{
    (void)signal_number;
    if (interrupted)
        _exit(EXIT_INTERRUPTED); /* asked twice */
    interrupted = 1;
}

struct run_settings {
    char *seed_text, *until_text, *out, *format;
    char **sets, **plugins;
    gboolean twice, no_charts, quiet;
    struct plan_overrides overrides;
};

/* ---- Talk ------------------------------------------------------------------------------------------- */

struct progress {
    gint64 begun_us, next_us, gap_us;
    bool terminal, shown;
};

static void on_progress(void *argument, uint64_t now_ns, uint64_t end_ns)
{
    struct progress *progress = argument;
    gint64 now = g_get_monotonic_time();
    if (now < progress->next_us)
        return;
    progress->next_us = now + progress->gap_us;
    if (!progress->terminal)
        progress->gap_us *= 2;
    progress->shown = true;
    unsigned percent = end_ns == 0 ? 100 : (unsigned)(now_ns * 100 / end_ns);
    fprintf(stderr, progress->terminal ? "\r\033[K%3u %%  %.1f of %.1f s simulated"
                                       : "%3u %%  %.1f of %.1f s simulated\n",
            percent, (double)now_ns / 1e9, (double)end_ns / 1e9);
}

static void progress_begin(struct progress *progress)
{
    gint64 now = g_get_monotonic_time();
    bool terminal = isatty(STDERR_FILENO);
    gint64 first = terminal ? 300000 : 2000000;
    *progress = (struct progress){ .begun_us = now,
                                   .next_us = now + first,
                                   .gap_us = terminal ? 100000 : 4000000,
                                   .terminal = terminal };
}

static void progress_end(const struct progress *progress)
{
    if (progress->shown && progress->terminal)
        fputs("\r\033[K", stderr);
}

/* The command that gives the same run again. */
static char *replay_command(const struct plan *plan, const struct run_settings *settings)
{
    GString *command = g_string_new("clustersim run ");
    g_autofree char *source = g_shell_quote(plan->source);
    g_string_append_printf(command, "%s --seed 0x%016" G_GINT64_MODIFIER "x", source, plan->seed);
    for (char **set = settings->sets; set != NULL && *set != NULL; set++) {
        g_autofree char *quoted = g_shell_quote(*set);
        g_string_append_printf(command, " --set %s", quoted);
    }
    for (char **plugin = settings->plugins; plugin != NULL && *plugin != NULL; plugin++) {
        g_autofree char *quoted = g_shell_quote(*plugin);
        g_string_append_printf(command, " --plugin %s", quoted);
    }
    if (settings->until_text != NULL)
        g_string_append_printf(command, " --until %s", settings->until_text);
    return g_string_free(command, FALSE);
}


/* ---- One run ------------------------------------------------------------------------------------------ */

static struct simulation *simulate(const struct plan *plan, const char *replay)
{
    struct progress progress;
    progress_begin(&progress);
    const struct simulation_options options = {
        .interrupted = &interrupted,
        .on_progress = on_progress,
        .argument = &progress,
        .replay = replay,
    };
    struct simulation *simulation = simulation_run(plan, &options);
    progress_end(&progress);
    return simulation;
}

/* Run again and compare: the same seed must give the same digest. */
static void compare_with_a_second_run(struct simulation *simulation)
{
    struct simulation *again = simulate(simulation->plan, simulation->replay);
    if (again->digest != simulation->digest && !interrupted)
        simulation_add_finding(simulation, VERDICT_NONDETERMINISM, "digest", UINT64_MAX,
                               "two runs of one seed gave digests %016" G_GINT64_MODIFIER
                               "x and %016" G_GINT64_MODIFIER "x",
                               simulation->digest, again->digest);
    simulation_free(again);
}

static struct plan *load_plan(const char *path, const struct plan_overrides *overrides,
                              struct registry *registry)
{
    g_autoptr(GString) errors = g_string_new(NULL);
    struct plan *plan = plan_load(path, overrides, registry, errors);
    if (plan == NULL)
        fputs(errors->str, stderr);
    return plan;
}

/* Run the scenario; with expect.within.seeds, seed after seed until one shows what is expected.  *plan is then the plan
 * of the run that is returned. */
static struct simulation *find_run(const char *path, const struct run_settings *settings,
                                   struct registry *registry, struct plan **plan)
{
    uint64_t first = (*plan)->seed;
    uint64_t seeds = MAX((*plan)->expect.within_seeds, 1);
    for (uint64_t tried = 1;; tried++) {
        struct simulation *simulation = simulate(*plan);
        bool found = simulation_as_expected(simulation);
        if (seeds > 1 && (found || tried == seeds))
            fprintf(stderr, found ? "found by seed %" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT "\n"
                                  : "not found by %" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT
                                    " seeds\n",
                    tried, seeds);
        if (found || tried == seeds || interrupted)
            return simulation;
        simulation_free(simulation);
        plan_free(*plan);
        struct plan_overrides overrides = settings->overrides;
        overrides.has_seed = true;
        overrides.seed = first + tried;
        *plan = load_plan(path, &overrides, registry);
        g_assert(*plan != NULL); /* only the seed differs from one that was good */
    }
}

static enum exit_status status_of(const struct simulation *simulation)
{
    bool free_to_fail = simulation->verdict == VERDICT_INTERRUPTED ||
                        simulation->verdict == VERDICT_NONDETERMINISM;
    if (free_to_fail)
        return exit_of_verdict(simulation->verdict);
    if (simulation_as_expected(simulation))
        return EXIT_PASS;
    if (simulation->plan->expect.verdict != VERDICT_PASS)
        return EXIT_UNEXPECTED;
    return exit_of_verdict(simulation->verdict);
}


/* ---- One scenario ----------------------------------------------------------------------------------- */

static struct metrics *measure(const struct simulation *simulation, GArray *spans)
{
    for (size_t i = 0; i < timeline_record_count(simulation->timeline); i++) {
        const struct fault_record *record = timeline_record(simulation->timeline, i);
        struct fault_span span = { record->at_ns, record->until_ns };
        if (record->fired)
            g_array_append_val(spans, span);
    }
    const struct metrics_options options = {
        .window_ns = simulation->plan->window_ns,
        .warmup_ns = simulation->plan->warmup_ns,
        .duration_ns = simulation->plan->duration_ns,
        .end_ns = simulation->end_ns,
        .faults = (const struct fault_span *)(const void *)spans->data,
        .fault_count = spans->len,
    };
    return metrics_new(simulation->history, &options);
}
