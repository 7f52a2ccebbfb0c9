/* replay: a recorded run, or a seed, once more: stopped at, looked into, compared. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "command/command.h"
#include "command/interrupt.h"
#include "command/progress.h"
#include "command/replay/node.h"
#include "command/replay/settings.h"
#include "command/replay/tell.h"
#include "host/inspect.h"
#include "scenario/problem.h"

/* All that one replay needs. */
struct replay {
    const struct replay_settings *settings;
    const char *path;
    const struct cs_protocol *const *protocols;
    struct recorded recorded; /* of a folder */
    bool is_run;
    struct registry *registry;
    char *build;
    struct plan *plan;
    GArray *nodes; /* uint32_t: those of --nodes; NULL: it was not given */
    struct moment moment;
    struct story story;
    struct divergence divergence;
    bool watches;
    struct cluster *cluster;
    struct progress progress;
};

/* ---- What is to be run ----------------------------------------------------------------------- */

/* What would make another run of a recorded one. */
static bool fits_recorded(const struct replay_settings *settings, const struct recorded *recorded)
{
    bool changed = settings->sets != NULL || settings->overrides.has_duration ||
                   (settings->overrides.has_seed && settings->overrides.seed != recorded->seed);
    if (changed) {
        complain("%s was recorded with seed 0x%016" G_GINT64_MODIFIER
                 "x; with another seed, --set or --until it is another run: replay %s instead",
                 recorded->folder, recorded->seed, recorded->scenario);
    }
    return !changed;
}

static bool load_plan(struct replay *replay, const char *path,
                      const struct plan_overrides *overrides)
{
    g_autoptr(GString) errors = g_string_new(NULL);
    replay->registry = registry_new(replay->protocols);
    replay->plan = plan_load(path, overrides, replay->registry, errors);
    if (replay->plan != NULL) {
        replay->build = build_of(replay->registry);
        return true;
    }
    fputs(errors->str, stderr);
    if (replay->is_run && json_array_size(json_object_get(replay->recorded.run, "plugins")) > 0)
        complain("the run took plug-ins; --plugin FILE says where they are now");
    return false;
}

static bool same_name(const char *one, const char *other)
{
    g_autofree char *a = g_path_get_basename(one);
    g_autofree char *b = g_path_get_basename(other);
    return strcmp(a, b) == 0;
}

/* The recorded plug-ins, but for those that the command line has another file of the same name for,
 * then the command line's. */
static GPtrArray *plugins_of(const struct recorded *recorded, char **given)
{
    GPtrArray *plugins = g_ptr_array_new();
    for (char **file = recorded->plugins; *file != NULL; file++) {
        bool replaced = false;
        for (char **other = given; other != NULL && *other != NULL; other++)
            replaced |= same_name(*file, *other);
        if (!replaced)
            g_ptr_array_add(plugins, *file);
    }
    for (char **file = given; file != NULL && *file != NULL; file++)
        g_ptr_array_add(plugins, *file);
    g_ptr_array_add(plugins, NULL);
    return plugins;
}

static int load_recorded(struct replay *replay)
{
    const struct replay_settings *settings = replay->settings;
    struct recorded *recorded = &replay->recorded;
    int status = recorded_read(replay->path, recorded);
    if (status != EXIT_PASS || !fits_recorded(settings, recorded))
        return status != EXIT_PASS ? status : EXIT_USAGE;
    g_autoptr(GPtrArray) plugins = plugins_of(recorded, settings->plugins);
    const struct plan_overrides overrides = {
        .has_seed = true,
        .seed = recorded->seed,
        .plugins = (const char *const *)plugins->pdata,
    };
    if (!load_plan(replay, recorded->scenario, &overrides))
        return EXIT_USAGE;
    if (strcmp(recorded->build, replay->build) != 0) {
        fprintf(stderr, "note: recorded with build %s, this is %s\n", recorded->build,
                replay->build);
    }
    return EXIT_PASS;
}

static int load(struct replay *replay)
{
    if (recorded_is_run(replay->path)) {
        replay->is_run = true;
        return load_recorded(replay);
    }
    return load_plan(replay, replay->path, &replay->settings->overrides) ? EXIT_PASS : EXIT_USAGE;
}

/* Read --nodes: indices.  False, and a complaint, if one is not there. */
static bool find_nodes(struct replay *replay)
{
    const struct cluster_options *options = &replay->plan->cluster;
    if (replay->settings->nodes_text == NULL)
        return true;
    g_auto(GStrv) names = g_strsplit(replay->settings->nodes_text, ",", -1);
    g_autoptr(GPtrArray) known = g_ptr_array_new();
    for (uint32_t i = 0; i < options->instance_count; i++)
        g_ptr_array_add(known, (void *)options->instances[i].name);
    replay->nodes = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    for (char **name = names; *name != NULL; name++) {
        guint index = 0;
        if (!g_ptr_array_find_with_equal_func(known, *name, g_str_equal, &index)) {
            const char *near = nearest_name(*name, (const char *const *)known->pdata, known->len);
            complain("--nodes: there is no node \"%s\"%s%s%s", *name,
                     near != NULL ? "; did you mean \"" : "", near != NULL ? near : "",
                     near != NULL ? "\"?" : "");
            return false;
        }
        g_array_append_val(replay->nodes, index);
    }
    return true;
}

/* ---- While it runs --------------------------------------------------------------------------- */

/* Those of --nodes; without it all servers, and where there is none all. */
static bool *wanted_nodes(const struct replay *replay)
{
    const struct cluster_options *options = &replay->plan->cluster;
    bool *wanted = g_new0(bool, options->instance_count);
    bool any = false;
    for (guint i = 0; replay->nodes != NULL && i < replay->nodes->len; i++) {
        uint32_t node = g_array_index(replay->nodes, uint32_t, i);
        cs_assert(node < options->instance_count);
        wanted[node] = any = true;
    }
    for (uint32_t i = 0; replay->nodes == NULL && i < options->instance_count; i++) {
        wanted[i] = strcmp(options->instances[i].program->role, "server") == 0;
        any |= wanted[i];
    }
    for (uint32_t i = 0; !any && i < options->instance_count; i++)
        wanted[i] = true;
    return wanted;
}

/* --at: keep what there is to tell. */
static void on_moment(void *argument, struct cluster *cluster)
{
    struct replay *replay = argument;
    struct moment *moment = &replay->moment;
    const struct cluster_options *options = cluster_options_of(cluster);
    bool *wanted = wanted_nodes(replay);
    cs_assert(!moment->reached);
    moment->reached = true;
    moment->at_ns = cluster_now(cluster);
    moment->event = cluster_events(cluster);
    for (uint32_t i = 0; i < options->instance_count; i++) {
        struct cs_text state = { 0 };
        if (!wanted[i])
            continue;
        inspect_instance(cluster, i, &state);
        g_ptr_array_add(moment->names, (void *)options->instances[i].name);
        g_ptr_array_add(moment->states, g_strdup(text_string(&state)));
        text_done(&state);
    }
    moment->flight_count =
        inspect_in_flight(cluster, replay->nodes != NULL ? wanted : NULL, &moment->flight);
    g_free(wanted);
}

/* --around. */
static void on_middle(void *argument, struct cluster *cluster)
{
    struct replay *replay = argument;
    (void)cluster;
    story_mark(&replay->story);
}

static void on_record(void *argument, const struct trace_record *record)
{
    divergence_add(argument, record);
}

static void on_begin(void *argument, const struct plan *plan, struct cluster *cluster)
{
    struct replay *replay = argument;
    (void)plan;
    cs_assert(replay->cluster == NULL);
    replay->cluster = cluster;
    story_begin(&replay->story, cluster,
                replay->nodes != NULL ? (const uint32_t *)(const void *)replay->nodes->data : NULL,
                replay->nodes != NULL ? replay->nodes->len : 0);
    if (replay->recorded.log == NULL)
        return;
    divergence_init(&replay->divergence, replay->recorded.log);
    replay->divergence.goes_on = true;
    divergence_watch(&replay->divergence, cluster);
    trace_set_sink(cluster_trace(cluster), on_record, &replay->divergence);
    replay->watches = true;
}

static void on_progress(void *argument, uint64_t now_ns, uint64_t end_ns)
{
    struct replay *replay = argument;
    story_go_on(&replay->story, replay->cluster, false);
    progress_show(&replay->progress, now_ns, end_ns);
}

/* ---- The replay ------------------------------------------------------------------------------ */

static bool open_trace(struct replay *replay)
{
    const char *path = replay->settings->trace;
    if (path == NULL)
        return true;
    replay->story.file = strcmp(path, "-") == 0 ? stdout : fopen(path, "we");
    if (replay->story.file == NULL)
        complain("the trace cannot be written: %s: %s", path, g_strerror(errno));
    return replay->story.file != NULL;
}

static bool close_trace(struct replay *replay)
{
    FILE *file = replay->story.file;
    if (file == NULL || file == stdout)
        return true;
    bool good = ferror(file) == 0;
    good = fclose(file) == 0 && good;
    if (!good)
        complain("the trace cannot be written: %s", replay->settings->trace);
    return good;
}

/* A moment that never came. */
static bool missed(const struct simulation_stop *stop, const char *option, const char *text,
                   const struct simulation *simulation)
{
    if (text == NULL || stop->reached)
        return false;
    complain("%s %s: the run was over before, after %.9g s and %" G_GUINT64_FORMAT " events",
             option, text, (double)simulation->end_ns / 1e9, cluster_events(simulation->cluster));
    return true;
}

static int judge(struct replay *replay, const struct replay_outcome *outcome)
{
    const struct replay_settings *settings = replay->settings;
    const struct simulation *simulation = outcome->simulation;
    int status = (int)simulation_status(simulation);
    if (simulation->verdict == VERDICT_INTERRUPTED)
        return status;
    if (missed(&settings->stops[0], "--at", settings->at_text, simulation) ||
        missed(&settings->stops[1], "--around", settings->around_text, simulation))
        status = (int)exit_worse((enum exit_status)status, EXIT_USAGE);
    if (settings->break_event > cluster_events(simulation->cluster)) {
        complain("--break-at %s: the run has %" G_GUINT64_FORMAT " events only",
                 settings->break_text, cluster_events(simulation->cluster));
        status = (int)exit_worse((enum exit_status)status, EXIT_USAGE);
    }
    if (outcome->differs) {
        replay_print_difference(outcome, stderr);
        status = (int)exit_worse((enum exit_status)status, EXIT_NONDETERMINISM);
    }
    return status;
}

static struct simulation *simulate(struct replay *replay, struct replay_settings *settings)
{
    g_autofree char *quoted = g_shell_quote(replay->path);
    g_autofree char *again = g_strdup_printf(
        "clustersim replay %s --seed 0x%016" G_GINT64_MODIFIER "x", quoted, replay->plan->seed);
    settings->stops[0].on_stop = on_moment;
    settings->stops[1].on_stop = on_middle;
    settings->stops[0].argument = settings->stops[1].argument = replay;
    settings->stops[0].reached = settings->at_text == NULL;
    settings->stops[1].reached = settings->around_text == NULL;
    replay->story.lines = settings->around_text != NULL ? (unsigned)settings->lines : 0;
    const struct simulation_options options = {
        .interrupted = &interrupt_signal,
        .on_progress = on_progress,
        .argument = replay,
        .on_begin = on_begin,
        .begin_argument = replay,
        .replay = again,
        .stops = settings->stops,
        .stop_count = G_N_ELEMENTS(settings->stops),
        .break_event = settings->break_event,
    };
    progress_begin(&replay->progress);
    struct simulation *simulation = simulation_run(replay->plan, &options);
    progress_end(&replay->progress);
    story_go_on(&replay->story, simulation->cluster, true);
    return simulation;
}

static int run_loaded(struct replay *replay, struct replay_settings *settings)
{
    if (!open_trace(replay))
        return EXIT_ENVIRONMENT;
    fprintf(stderr, "%s: seed 0x%016" G_GINT64_MODIFIER "x\n", replay->plan->name,
            replay->plan->seed);
    gint64 begun_us = g_get_monotonic_time();
    struct simulation *simulation = simulate(replay, settings);
    bool whole = simulation->verdict != VERDICT_INTERRUPTED;
    bool differs = whole && replay->watches && divergence_end(&replay->divergence);
    differs |= whole && replay->is_run && simulation->digest != replay->recorded.digest;
    const struct replay_outcome outcome = {
        .simulation = simulation,
        .recorded = replay->is_run && whole ? &replay->recorded : NULL,
        .divergence = replay->watches ? &replay->divergence : NULL,
        .differs = differs,
        .build = replay->build,
        .moment = &replay->moment,
        .story = &replay->story,
        .wall_us = (uint64_t)(g_get_monotonic_time() - begun_us),
    };
    if (settings->json) {
        json_t *answer = replay_json(&outcome);
        print_json(answer);
        json_decref(answer);
    } else {
        replay_print(&outcome, stdout);
    }
    int status = output_flush() ? EXIT_PASS : EXIT_ENVIRONMENT;
    if (!close_trace(replay))
        status = EXIT_ENVIRONMENT;
    status = (int)exit_worse((enum exit_status)status, (enum exit_status)judge(replay, &outcome));
    simulation_free(simulation);
    return status;
}

static void replay_clear(struct replay *replay)
{
    if (replay->watches)
        divergence_done(&replay->divergence);
    if (replay->nodes != NULL)
        g_array_free(replay->nodes, TRUE);
    plan_free(replay->plan);
    if (replay->registry != NULL)
        registry_free(replay->registry);
    recorded_done(&replay->recorded);
    g_ptr_array_free(replay->moment.names, TRUE);
    g_ptr_array_free(replay->moment.states, TRUE);
    text_done(&replay->moment.flight);
    story_done(&replay->story);
    g_free(replay->build);
}

static int replay(const char *path, struct replay_settings *settings,
                  const struct cs_protocol *const *protocols)
{
    struct replay replay = { .settings = settings, .path = path, .protocols = protocols };
    replay.moment.names = g_ptr_array_new();
    replay.moment.states = g_ptr_array_new_with_free_func(g_free);
    int status = load(&replay);
    if (status == EXIT_PASS && !find_nodes(&replay))
        status = EXIT_USAGE;
    interrupt_catch(INTERRUPT_AGAIN_IGNORED);
    if (status == EXIT_PASS)
        status = run_loaded(&replay, settings);
    replay_clear(&replay);
    return status;
}

/* ---- The verb -------------------------------------------------------------------------------- */

/* What says how a run is to be looked at says nothing of a log. */
static bool asks_for_run(const struct replay_settings *settings)
{
    return settings->seed_text != NULL || settings->until_text != NULL ||
           settings->at_text != NULL || settings->around_text != NULL ||
           settings->break_text != NULL || settings->nodes_text != NULL ||
           settings->trace != NULL || settings->format != NULL || settings->sets != NULL;
}

static int carry_out(const struct verb *verb, int argc, char **argv,
                     struct replay_settings *settings, const struct cs_protocol *const *protocols)
{
    if (settings->node != NULL && argc == 1 && !asks_for_run(settings))
        return replay_node(settings, protocols);
    if (settings->node != NULL || argc != 2) {
        complain(
            settings->node != NULL
                ? "replay --node takes a log, no run, and only --cut, --other-build and --plugin"
                : "replay needs one run's folder, or one scenario; see clustersim replay "
                  "--help");
        return EXIT_USAGE;
    }
    bool good = files_are_named(verb, argc, argv) && replay_settle(settings);
    return good ? replay(argv[1], settings, protocols) : EXIT_USAGE;
}

int replay_main(const struct verb *verb, int argc, char **argv,
                const struct cs_protocol *const *protocols)
{
    struct replay_settings settings = { .lines = REPLAY_LINES };
    const GOptionEntry entries[] = {
        { "at", 0, 0, G_OPTION_ARG_STRING, &settings.at_text,
          "tell the state of the nodes, and what is in flight, before anything happens at T, like "
          "12.5s, or before event N (they count from 1)",
          "T|event:N" },
        { "around", 0, 0, G_OPTION_ARG_STRING, &settings.around_text,
          "tell the trace before and after T, or event N", "T|event:N" },
        { "lines", 0, 0, G_OPTION_ARG_INT, &settings.lines,
          "so many lines before, and as many after; by default 20", "N" },
        { "nodes", 0, 0, G_OPTION_ARG_STRING, &settings.nodes_text,
          "tell of these only; by default of all servers, and the trace of all", "A,B" },
        { "trace", 0, 0, G_OPTION_ARG_FILENAME, &settings.trace,
          "write the whole trace into this file; - is standard output", "FILE" },
        { "break-at", 0, 0, G_OPTION_ARG_STRING, &settings.break_text,
          "call cs_breakpoint() before this event, for a debugger", "N" },
        { "node", 0, 0, G_OPTION_ARG_FILENAME, &settings.node,
          "feed the log that a live node has written to one simulated instance, and compare its "
          "effects; no run is named then",
          "LOG" },
        { "cut", 0, 0, G_OPTION_ARG_NONE, &settings.cut,
          "with --node: the log may end early, its node was killed", NULL },
        { "other-build", 0, 0, G_OPTION_ARG_NONE, &settings.other_build,
          "with --node: the log may be another build's", NULL },
        { "seed", 0, 0, G_OPTION_ARG_STRING, &settings.seed_text,
          "use this seed, like 0x2a, not the scenario's", "HEX" },
        { "set", 0, 0, G_OPTION_ARG_STRING_ARRAY, &settings.sets,
          "replace a value of a scenario; may be repeated", "POINTER=JSON" },
        { "until", 0, 0, G_OPTION_ARG_STRING, &settings.until_text,
          "run a scenario for this long, like 90s, not for its duration", "T" },
        OPTION_PLUGINS(settings.plugins),
        OPTION_FORMAT(settings.format),
        { 0 },
    };
    int status = EXIT_PASS;
    if (options_parse(verb, entries, &argc, &argv, &status))
        status = carry_out(verb, argc, argv, &settings, protocols);
    replay_settings_clear(&settings);
    return status;
}
