/* node: one instance of a scenario, in this process. */
#include "live/node.h"

#include <stdio.h>
#include <sys/prctl.h>

#include "command/command.h"
#include "command/live/live.h"
#include "live/wire.h"
#include "scenario/problem.h"

struct node_settings {
    struct live_common common;
    char *instance, *folder, *record, *limit_text;
    uint64_t time_limit_ns;
    gboolean log, controlled;
};

static bool find_instance(const struct plan *plan, const char *name, uint32_t *ret_index)
{
    for (uint32_t i = 0; i < plan->cluster.instance_count; i++) {
        if (strcmp(plan->cluster.instances[i].name, name) == 0) {
            *ret_index = i;
            return true;
        }
    }
    g_autoptr(GPtrArray) known = g_ptr_array_new();
    for (uint32_t i = 0; i < plan->cluster.instance_count; i++)
        g_ptr_array_add(known, (void *)plan->cluster.instances[i].name);
    const char *near = nearest_name(name, (const char *const *)known->pdata, known->len);
    complain("%s has no instance \"%s\"%s%s%s", plan->source, name,
             near != NULL ? "; did you mean \"" : "", near != NULL ? near : "",
             near != NULL ? "\"?" : "");
    return false;
}

static void tell_where(const struct node_options *options)
{
    cs_assert(options->control_fd < 0);
    const char *limit = options->time_limit_ns > 0 ? "Ctrl-C or the time limit" : "Ctrl-C";
    fprintf(stderr, "%s listens on 127.0.0.1:%u (UDP and TCP), folder %s; ends at %s\n",
            options->plan->cluster.instances[options->instance].name,
            options->port_base + options->instance, options->folder, limit);
}

static enum exit_status be(const struct plan *plan, const struct registry *registry,
                           const struct node_settings *settings)
{
    cs_assert(settings->instance != NULL);
    cs_assert(settings->folder != NULL);
    g_autofree char *build = build_of(registry);
    struct node_options options = {
        .plan = plan,
        .folder = settings->folder,
        .port_base = settings->common.port_base,
        .sync = settings->common.sync,
        .datagram_max = settings->common.datagram_max,
        .log = settings->log,
        .record = settings->record,
        .build = build,
        .time_limit_ns = MIN(settings->time_limit_ns, NODE_LIMIT_MAX_NS),
        .on_open = settings->controlled ? NULL : tell_where,
        .control_fd = settings->controlled ? WIRE_CONTROL_FD : -1,
    };
    if (!find_instance(plan, settings->instance, &options.instance) ||
        !live_ports_fit(plan, options.port_base))
        return EXIT_USAGE;
    g_autoptr(GError) error = NULL;
    if (node_run(&options, &error))
        return EXIT_PASS;
    complain("%s %s", settings->instance, error->message);
    _Static_assert((int)EXIT_ENVIRONMENT == (int)NODE_STATUS_SURROUNDINGS, "one and the same");
    return EXIT_ENVIRONMENT;
}

static enum exit_status node_with(char **files, int count, struct node_settings *settings,
                                  const struct cs_protocol *const *protocols)
{
    if (count != 1 || settings->instance == NULL || settings->folder == NULL) {
        complain("node needs one scenario, --instance and --folder; see clustersim node --help");
        return EXIT_USAGE;
    }
    if (!live_common_settle(&settings->common) ||
        !live_limit_settle(settings->limit_text, &settings->time_limit_ns))
        return EXIT_USAGE;
    if (settings->controlled)
        (void)prctl(PR_SET_NAME, "clustersim"); /* not the name of the link that was executed */
    struct registry *registry = registry_new(protocols);
    struct plan *plan = live_load(files[0], &settings->common, registry);
    enum exit_status status = plan != NULL ? be(plan, registry, settings) : EXIT_USAGE;
    plan_free(plan);
    registry_free(registry);
    return status;
}

int node_main(const struct verb *verb, int argc, char **argv,
              const struct cs_protocol *const *protocols)
{
    struct node_settings settings = { .common = LIVE_COMMON_INIT };
    const GOptionEntry entries[] = {
        { "instance", 0, 0, G_OPTION_ARG_STRING, &settings.instance, "which one, like A", "NAME" },
        { "folder", 0, 0, G_OPTION_ARG_FILENAME, &settings.folder,
          "where its volumes are, made if need be", "DIR" },
        { "log", 0, 0, G_OPTION_ARG_NONE, &settings.log,
          "write what the program explains to standard error", NULL },
        { "record", 0, 0, G_OPTION_ARG_FILENAME, &settings.record,
          "log its inputs in this file, which must not exist yet, for replay --node", "FILE" },
        { "time-limit", 0, 0, G_OPTION_ARG_STRING, &settings.limit_text,
          "end after this long, like 90s; by default it goes on", "T" },
        { "controlled", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_NONE, &settings.controlled, NULL,
          NULL },
        LIVE_COMMON_ENTRIES(settings.common),
        { 0 },
    };
    int status = EXIT_PASS;
    if (options_parse(verb, entries, &argc, &argv, &status)) {
        status = files_are_named(verb, argc, argv)
                     ? (int)node_with(argv + 1, argc - 1, &settings, protocols)
                     : EXIT_USAGE;
    }
    live_common_clear(&settings.common);
    g_free(settings.instance);
    g_free(settings.folder);
    g_free(settings.record);
    g_free(settings.limit_text);
    return status;
}
