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


static void print_verdict(const struct simulation *simulation, bool expected, const char *folder,
                          double wall_s);

/* ---- One run ------------------------------------------------------------------------------------------ */

static struct simulation *simulate(const struct plan *plan, bool halt_on_violation)
{
    struct progress progress;
    progress_begin(&progress);
    const struct simulation_options options = {
        .interrupted = &interrupted,
        .on_progress = on_progress,
        .argument = &progress,
        .halt_on_violation = halt_on_violation,
    };
    struct simulation *simulation = simulation_run(plan, &options);
    progress_end(&progress);
    return simulation;
}

/* Run again and compare: the same seed must give the same digest. */
static bool runs_the_same(const struct simulation *simulation)
{
    struct simulation *again = simulate(simulation->plan, false);
    bool same = again->digest == simulation->digest || interrupted;
    if (!same)
        complain("two runs of one seed differ: digests %016" G_GINT64_MODIFIER
                 "x and %016" G_GINT64_MODIFIER "x",
                 simulation->digest, again->digest);
    simulation_free(again);
    return same;
}

/* The seed that shows what the scenario expects: the first of expect.within.seeds that does, else the last tried.  With
 * no such range there is one. */
static struct plan *plan_of_seed(const char *path, const struct run_settings *settings,
                                 struct registry *registry, uint64_t seed, GString *errors)
{
    struct plan_overrides overrides = settings->overrides;
    overrides.has_seed = true;
    overrides.seed = seed;
    return plan_load(path, &overrides, registry, errors);
}
