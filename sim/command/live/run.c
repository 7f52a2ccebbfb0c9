#include "command/live/run.h"

#include <stdio.h>
#include <string.h>

#include "command/interrupt.h"
#include "command/live/costs.h"
#include "command/live/places.h"
#include "command/progress.h"
#include "command/simulate.h"
#include "command/summary.h"
#include "live/able.h"
#include "live/fleet.h"
#include "report/report.h"
#include "scenario/value.h"

enum { INSTANCES_MAX = 64 };
#define TIME_LIMIT_BEYOND_NS UINT64_C(60000000000)

/* ---- Options --------------------------------------------------------------------------------- */

bool live_settle(struct live_settings *settings)
{
    if (!live_common_settle(&settings->common) ||
        !format_is_json(settings->format, &settings->json))
        return false;
    if (settings->out == NULL)
        settings->out = g_strdup("results");
    return live_limit_settle(settings->limit_text, &settings->time_limit_ns);
}

void live_settings_clear(struct live_settings *settings)
{
    live_common_clear(&settings->common);
    g_free(settings->out);
    g_free(settings->folder);
    g_free(settings->record);
    g_free(settings->format);
    g_free(settings->limit_text);
}

/* ---- One run --------------------------------------------------------------------------------- */

struct live_run {
    const struct live_settings *settings;
    const struct registry *registry;
    struct plan *plan;
    struct places places;
    GPtrArray *arguments; /* of a node, but for those that say which */
    struct fleet *fleet;
    char *results; /* the folder, once they are written */
    struct nemesis_options nemesis;
};

/* Those faults that real processes cannot be given do not fire, which the verdict tells too. */
static void leave_out_faults(struct live_run *run)
{
    struct plan *plan = run->plan;
    struct fault_options *faults = g_memdup2(plan->faults, plan->fault_count * sizeof *faults);
    for (uint32_t f = 0; f < plan->fault_count; f++) {
        const char *obstacle = able_obstacle(&faults[f]);
        if (obstacle == NULL)
            continue;
        fprintf(stderr, "note: fault \"%s\" (%s) is left out: %s\n", faults[f].id,
                fault_kind_name(faults[f].kind), obstacle);
        faults[f].unscheduled = true;
        faults[f].on = NULL;
    }
    plan->faults = faults;
    if (plan->nemesis == NULL)
        return;
    struct nemesis_entry *entries = g_new0(struct nemesis_entry, plan->nemesis->entry_count + 1);
    run->nemesis = *plan->nemesis;
    run->nemesis.entries = entries;
    run->nemesis.entry_count = 0;
    for (uint32_t e = 0; e < plan->nemesis->entry_count; e++) {
        const struct nemesis_entry *entry = &plan->nemesis->entries[e];
        cs_assert(entry->fault < plan->fault_count);
        if (able_obstacle(&faults[entry->fault]) == NULL)
            entries[run->nemesis.entry_count++] = *entry;
    }
    plan->nemesis = run->nemesis.entry_count > 0 ? &run->nemesis : NULL;
}

static bool start_fleet(struct live_run *run)
{
    cs_assert(run->fleet == NULL);
    const struct live_common *common = &run->settings->common;
    const struct plan *plan = run->plan;
    GPtrArray *arguments = run->arguments = g_ptr_array_new();
    g_ptr_array_add(arguments, (char *)"node");
    g_ptr_array_add(arguments, run->places.scenario);
    for (char **plugin = common->plugins; plugin != NULL && *plugin != NULL; plugin++) {
        g_ptr_array_add(arguments, (char *)"--plugin");
        g_ptr_array_add(arguments, *plugin);
    }
    g_ptr_array_add(arguments, NULL);
    uint64_t length_ns = plan->duration_ns + plan->settle_ns;
    const struct fleet_options options = {
        .plan = plan,
        .node_arguments = (const char *const *)arguments->pdata,
        .folder = run->places.folder,
        .port_base = common->port_base,
        .sync = common->sync,
        .datagram_max = common->datagram_max,
        .record = run->settings->record,
        .time_limit_ns = run->settings->time_limit_ns > 0 ? run->settings->time_limit_ns
                                                          : length_ns + TIME_LIMIT_BEYOND_NS,
        .interrupted = &interrupt_signal,
    };
    g_autoptr(GError) error = NULL;
    run->fleet = fleet_new(&options, &error);
    if (run->fleet == NULL)
        complain("%s", error->message);
    return run->fleet != NULL;
}

static void on_begin(void *argument, const struct plan *plan, struct cluster *cluster)
{
    struct live_run *run = argument;
    (void)plan;
    cs_assert(run->fleet != NULL);
    fleet_attach(run->fleet, cluster);
}

static bool pace(void *argument, uint64_t until_ns)
{
    struct live_run *run = argument;
    return fleet_pace(run->fleet, until_ns);
}

static struct simulation *play(struct live_run *run)
{
    struct progress progress;
    progress_begin(&progress);
    progress.what = "live";
    const struct simulation_options options = {
        .interrupted = &interrupt_signal,
        .on_progress = progress_show,
        .argument = &progress,
        .on_begin = on_begin,
        .begin_argument = run,
        .pace = pace,
        .pace_argument = run,
    };
    struct simulation *simulation = simulation_run(run->plan, &options);
    progress_end(&progress);
    if (fleet_reached_limit(run->fleet)) {
        simulation_add_finding(simulation, VERDICT_INCONCLUSIVE, "time", UINT64_MAX,
                               "the time limit was reached");
    }
    return simulation;
}

/* ---- Results --------------------------------------------------------------------------------- */

static enum exit_status tell(struct live_run *run, struct simulation *simulation, gint64 wall_us)
{
    const struct live_settings *settings = run->settings;
    enum exit_status status = EXIT_PASS;
    cs_assert(wall_us >= 0);
    cs_assert(run->fleet != NULL);
    cs_assert(run->results == NULL);
    g_autofree char *build = build_of(run->registry);
    struct run_report report = {
        .build_id = build,
        .host = "live",
        .verdict = simulation->verdict,
        .expected = simulation_as_expected(simulation),
        .findings = simulation->findings,
        .thresholds = simulation->thresholds,
        .evidence = simulation->evidence,
        .sets = (const char *const *)settings->common.sets,
        .plugins = (const char *const *)settings->common.plugins,
        .wall_ns = (uint64_t)wall_us * 1000,
        .wall_started_s = (uint64_t)(g_get_real_time() - wall_us) / 1000000,
    };
    simulation_report(simulation, &report);
    g_autoptr(GError) error = NULL;
    g_autofree char *folder = report_write(&report, settings->out, &error);
    if (folder == NULL) {
        complain("the results cannot be written: %s", error->message);
        status = EXIT_ENVIRONMENT;
    }
    if (folder != NULL && !costs_write(fleet_costs(run->fleet), folder, &error)) {
        complain("the results cannot be written: %s", error->message);
        status = EXIT_ENVIRONMENT;
    }
    if (settings->quiet) {
        /* Somebody else will say it. */
    } else if (settings->json) {
        report_write_run(&report, stdout);
    } else {
        summary_print(simulation, report.metrics, folder, (double)wall_us / 1e6, stdout);
    }
    if (!output_flush())
        status = EXIT_ENVIRONMENT;
    run_report_done(&report);
    g_autoptr(GError) undrawn = NULL;
    bool draws =
        folder != NULL && !settings->no_charts && run->plan->output.charts && interrupt_signal == 0;
    if (draws && !report_draw(folder, &interrupt_signal, &undrawn))
        complain("warning: no charts: %s", undrawn->message);
    run->results = g_steal_pointer(&folder);
    return status;
}

static enum exit_status play_and_tell(struct live_run *run)
{
    gint64 begun = g_get_monotonic_time();
    struct simulation *simulation = play(run);
    gint64 wall_us = g_get_monotonic_time() - begun;
    const char *failure = fleet_failure(run->fleet);
    enum exit_status status =
        fleet_failed_by_surroundings(run->fleet) ? EXIT_ENVIRONMENT : EXIT_INTERNAL;
    if (failure != NULL) {
        complain("%s; there are no results", failure);
    } else {
        status = simulation_status(simulation);
        status = exit_worse(status, tell(run, simulation, wall_us));
    }
    simulation_free(simulation);
    return status;
}

static enum exit_status live_plan(struct live_run *run)
{
    const struct plan *plan = run->plan;
    if (plan->cluster.instance_count > INSTANCES_MAX) {
        complain("%s has %u instances, each of which is a process; live runs %d at most",
                 plan->name, plan->cluster.instance_count, INSTANCES_MAX);
        return EXIT_USAGE;
    }
    if (plan->mixed_builds) {
        complain(
            "%s has nodes with another \"build\" of their program; live runs one for each group",
            plan->name);
        return EXIT_USAGE;
    }
    if (!live_ports_fit(plan, run->settings->common.port_base))
        return EXIT_USAGE;
    leave_out_faults(run);
    fprintf(stderr, "%s: seed 0x%016" G_GINT64_MODIFIER "x, live\n", plan->name, plan->seed);
    enum exit_status status = EXIT_ENVIRONMENT;
    const struct places_options places = { run->settings->out, run->settings->folder,
                                           run->settings->record, plan };
    if (places_make(&run->places, &places) && start_fleet(run))
        status = play_and_tell(run);
    bool started = run->fleet != NULL;
    if (started)
        fleet_shut_down(run->fleet);
    fleet_free(run->fleet);
    places_leave(&run->places, started);
    if (run->arguments != NULL)
        g_ptr_array_unref(run->arguments);
    g_free((void *)run->nemesis.entries);
    g_free((void *)plan->faults);
    return interrupt_signal != 0 ? exit_worse(status, EXIT_INTERRUPTED) : status;
}

enum exit_status live_run(const char *path, const struct live_settings *settings,
                          const struct cs_protocol *const *protocols, char **ret_folder)
{
    struct registry *registry = registry_new(protocols);
    struct live_run run = { .settings = settings, .registry = registry };
    run.plan = live_load(path, &settings->common, registry);
    interrupt_catch(INTERRUPT_AGAIN_IGNORED);
    interrupt_catch_hangups();
    enum exit_status status = run.plan != NULL ? live_plan(&run) : EXIT_USAGE;
    *ret_folder = run.results;
    plan_free(run.plan);
    registry_free(registry);
    return status;
}
