/* live: a scenario in real processes. */
#include "command/live/live.h"

#include <stdio.h>

#include "command/command.h"
#include "command/live/run.h"
#include "scenario/value.h"

/* ---- What the verbs share -------------------------------------------------------------------- */

bool live_common_settle(struct live_common *common)
{
    bool given = common->port_base_given != 0;
    common->port_base = given ? (uint32_t)common->port_base_given : LIVE_PORT_BASE;
    if (given && (common->port_base_given < 1024 || common->port_base_given > UINT16_MAX)) {
        complain("--port-base %d is not between 1024 and 65535", common->port_base_given);
        return false;
    }
    common->datagram_max = (uint32_t)common->datagram_max_given;
    if (common->datagram_max_given < 0 || common->datagram_max_given > CONTEXT_MESSAGE_MAX) {
        complain("--datagram-max %d is not between 0 and %d", common->datagram_max_given,
                 CONTEXT_MESSAGE_MAX);
        return false;
    }
    const char *sync = common->sync_text != NULL ? common->sync_text : "fdatasync";
    common->sync = strcmp(sync, "fdatasync") == 0;
    if (!common->sync && strcmp(sync, "none") != 0) {
        complain("--sync \"%s\" is neither fdatasync nor none", sync);
        return false;
    }
    common->overrides.sets = (const char *const *)common->sets;
    common->overrides.plugins = (const char *const *)common->plugins;
    common->overrides.has_seed = common->seed_text != NULL;
    if (common->seed_text == NULL)
        return true;
    g_autofree char *wrong = value_seed(common->seed_text, &common->overrides.seed);
    if (wrong != NULL)
        complain("--seed \"%s\": %s", common->seed_text, wrong);
    return wrong == NULL;
}

bool live_limit_settle(const char *text, uint64_t *ret_limit_ns)
{
    if (text == NULL)
        return true;
    int64_t limit_ns = 0;
    g_autofree char *wrong = value_duration(text, &limit_ns);
    if (wrong != NULL || limit_ns <= 0) {
        complain("--time-limit \"%s\": %s", text, wrong != NULL ? wrong : "not a time after 0");
        return false;
    }
    *ret_limit_ns = (uint64_t)limit_ns;
    return true;
}

void live_common_clear(struct live_common *common)
{
    g_free(common->sync_text);
    g_free(common->seed_text);
    g_strfreev(common->sets);
    g_strfreev(common->plugins);
}

struct plan *live_load(const char *path, const struct live_common *common,
                       struct registry *registry)
{
    g_autoptr(GString) errors = g_string_new(NULL);
    struct plan *plan = plan_load(path, &common->overrides, registry, errors);
    if (plan == NULL)
        fputs(errors->str, stderr);
    return plan;
}

bool live_ports_fit(const struct plan *plan, uint32_t port_base)
{
    cs_assert(plan->cluster.instance_count > 0);
    cs_assert(port_base <= UINT16_MAX);
    uint32_t last = port_base + plan->cluster.instance_count - 1;
    if (last > UINT16_MAX)
        complain("%u instances need ports up to %u", plan->cluster.instance_count, last);
    return last <= UINT16_MAX;
}

/* ---- The verb -------------------------------------------------------------------------------- */

static enum exit_status live_with(char **files, int count, struct live_settings *settings,
                                  const struct cs_protocol *const *protocols)
{
    if (count != 1) {
        complain("live needs one scenario file; see clustersim live --help");
        return EXIT_USAGE;
    }
    if (!live_settle(settings))
        return EXIT_USAGE;
    g_autofree char *folder = NULL;
    return live_run(files[0], settings, protocols, &folder);
}

int live_main(const struct verb *verb, int argc, char **argv,
              const struct cs_protocol *const *protocols)
{
    struct live_settings settings = { .common = LIVE_COMMON_INIT };
    const GOptionEntry entries[] = {
        { "out", 0, 0, G_OPTION_ARG_FILENAME, &settings.out,
          "write results below this folder; by default results", "DIR" },
        { "folder", 0, 0, G_OPTION_ARG_FILENAME, &settings.folder,
          "keep the nodes' volumes below this folder; by default they are removed", "DIR" },
        { "record", 0, 0, G_OPTION_ARG_FILENAME, &settings.record,
          "log the nodes' inputs below this folder, for replay --node; by default they are not",
          "DIR" },
        { "time-limit", 0, 0, G_OPTION_ARG_STRING, &settings.limit_text,
          "end after this long, like 90s; by default a minute beyond the scenario", "T" },
        OPTION_FORMAT(settings.format),
        { "no-charts", 0, 0, G_OPTION_ARG_NONE, &settings.no_charts, "draw no charts", NULL },
        LIVE_COMMON_ENTRIES(settings.common),
        { 0 },
    };
    int status = EXIT_PASS;
    if (options_parse(verb, entries, &argc, &argv, &status)) {
        status = files_are_named(verb, argc, argv)
                     ? (int)live_with(argv + 1, argc - 1, &settings, protocols)
                     : EXIT_USAGE;
    }
    live_settings_clear(&settings);
    return status;
}
