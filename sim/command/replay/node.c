#include "command/replay/node.h"

#include <stdio.h>
#include <string.h>

#include "command/command.h"
#include "live/node_replay.h"

/* With --cut, of a record that came in part nothing is left. */
static struct node_log *read_log(const struct replay_settings *settings)
{
    const char *path = settings->node;
    char *text = NULL;
    gsize size = 0;
    g_autoptr(GError) error = NULL;
    if (!g_file_get_contents(path, &text, &size, &error)) {
        complain("%s", error->message);
        return NULL;
    }
    gsize whole = settings->cut ? node_log_whole(cs_bytes_of(text, size)) : size;
    if (whole < size) {
        fprintf(stderr, "note: %s breaks off within the record at byte %zu of %zu\n", path, whole,
                size);
    }
    g_autoptr(GBytes) file = g_bytes_new_take(text, size);
    g_autoptr(GBytes) bytes = g_bytes_new_from_bytes(file, 0, whole);
    struct node_log *log = node_log_parse(bytes, &error);
    if (log == NULL)
        complain("%s: %s", path, error->message);
    return log;
}

/* Whether it may be replayed as it is. */
static bool is_whole(const struct node_log *log, const struct replay_settings *settings)
{
    if (log->ended || settings->cut)
        return true;
    complain("%s: byte %" G_GUINT64_FORMAT ": the log ends after %u inputs without its end: it is "
             "cut off, or its node was killed, for which there is --cut",
             settings->node, log->size, log->steps->len);
    return false;
}

static bool is_of_build(const struct node_log *log, const struct replay_settings *settings,
                        const char *build)
{
    if (strcmp(log->build, build) == 0)
        return true;
    if (settings->other_build) {
        fprintf(stderr, "note: recorded by build %s, this is %s\n", log->build, build);
        return true;
    }
    complain("%s was recorded by build %s, this is %s (with its plug-ins); --other-build compares "
             "all the same",
             settings->node, log->build, build);
    return false;
}

static int compare(const struct node_log *log, const struct plan *plan,
                   const struct replay_settings *settings)
{
    struct node_replay replay = { 0 };
    g_autoptr(GError) error = NULL;
    if (!node_replay(log, plan, &replay, &error)) {
        complain("%s: %s", settings->node, error->message);
        return EXIT_USAGE;
    }
    int status = replay.difference == NULL ? EXIT_PASS : EXIT_NONDETERMINISM;
    if (status == EXIT_PASS) {
        printf("%s: %u inputs, %u effects, all the same byte for byte%s\n", log->instance,
               replay.inputs, replay.effects, log->ended ? "" : "; then the node was killed");
    } else {
        printf("%s differs at %s\n", log->instance, replay.difference);
    }
    node_replay_clear(&replay);
    return status;
}

/* The scenario is in the log; its plug-ins are not. */
static int replay_log(const struct node_log *log, const struct replay_settings *settings,
                      const struct cs_protocol *const *protocols)
{
    const struct plan_overrides overrides = {
        .plugins = (const char *const *)settings->plugins,
        .text = log->scenario,
    };
    g_autoptr(GString) errors = g_string_new(NULL);
    struct registry *registry = registry_new(protocols);
    struct plan *plan = plan_load(settings->node, &overrides, registry, errors);
    int status = EXIT_USAGE;
    if (plan == NULL) {
        fputs(errors->str, stderr);
    } else {
        g_autofree char *build = build_of(registry);
        if (is_of_build(log, settings, build))
            status = compare(log, plan, settings);
    }
    plan_free(plan);
    registry_free(registry);
    return status;
}

int replay_node(const struct replay_settings *settings, const struct cs_protocol *const *protocols)
{
    int status = EXIT_USAGE;
    struct node_log *log = read_log(settings);
    if (log != NULL && is_whole(log, settings))
        status = replay_log(log, settings, protocols);
    node_log_free(log);
    return status;
}
