/* See replay_settings.h. */
#include "command/replay/settings.h"

#include <string.h>

#include "command/command.h"
#include "scenario/value.h"

static bool read_event(const char *option, const char *text, uint64_t *ret_event)
{
    if (g_ascii_string_to_unsigned(text, 10, 1, UINT64_MAX, ret_event, NULL))
        return true;
    complain("%s: \"%s\" is no number of an event; they count from 1", option, text);
    return false;
}

/* "12.5s", or "event:12345". */
static bool read_stop(const char *option, const char *text, struct simulation_stop *ret_stop)
{
    int64_t at_ns = 0;
    if (g_str_has_prefix(text, "event:"))
        return read_event(option, text + strlen("event:"), &ret_stop->event);
    g_autofree char *wrong = value_duration(text, &at_ns);
    if (wrong == NULL && at_ns >= 0) {
        ret_stop->at_ns = (uint64_t)at_ns;
        return true;
    }
    complain("%s \"%s\" is neither a time, like 12.5s, nor an event, like event:12345", option,
             text);
    return false;
}

static bool settle_seed(struct replay_settings *settings)
{
    if (settings->seed_text == NULL)
        return true;
    g_autofree char *wrong = value_seed(settings->seed_text, &settings->overrides.seed);
    settings->overrides.has_seed = wrong == NULL;
    if (wrong != NULL)
        complain("--seed \"%s\": %s", settings->seed_text, wrong);
    return wrong == NULL;
}

static bool settle_until(struct replay_settings *settings)
{
    int64_t until_ns = 0;
    if (settings->until_text == NULL)
        return true;
    g_autofree char *wrong = value_duration(settings->until_text, &until_ns);
    settings->overrides.has_duration = wrong == NULL && until_ns > 0;
    settings->overrides.duration_ns = (uint64_t)until_ns;
    if (!settings->overrides.has_duration)
        complain("--until \"%s\": %s", settings->until_text, wrong != NULL ? wrong : "not after 0");
    return settings->overrides.has_duration;
}

/* The words that `run` has for --trace are no files here. */
static bool settle_trace(const char *trace)
{
    static const char *const words[] = { "none", "on-failure", "full", "", NULL };
    if (trace == NULL || !g_strv_contains(words, trace))
        return true;
    complain("--trace \"%s\": replay writes the whole trace into a file; name it, or - for "
             "standard output",
             trace);
    return false;
}

bool replay_settle(struct replay_settings *settings)
{
    settings->overrides.sets = (const char *const *)settings->sets;
    settings->overrides.plugins = (const char *const *)settings->plugins;
    if (settings->lines < 1 || settings->lines > REPLAY_LINES_MAX) {
        complain("--lines is a number from 1 to %d", REPLAY_LINES_MAX);
        return false;
    }
    bool good = settle_seed(settings) && settle_until(settings) && settle_trace(settings->trace) &&
                format_is_json(settings->format, &settings->json);
    if (good && settings->at_text != NULL)
        good = read_stop("--at", settings->at_text, &settings->stops[0]);
    if (good && settings->around_text != NULL)
        good = read_stop("--around", settings->around_text, &settings->stops[1]);
    if (good && settings->break_text != NULL)
        good = read_event("--break-at", settings->break_text, &settings->break_event);
    if (good && settings->json && g_strcmp0(settings->trace, "-") == 0) {
        complain("--trace - and --format json both want standard output");
        good = false;
    }
    return good;
}

void replay_settings_clear(struct replay_settings *settings)
{
    char **texts[] = { &settings->seed_text,   &settings->until_text, &settings->at_text,
                       &settings->around_text, &settings->break_text, &settings->nodes_text,
                       &settings->trace,       &settings->format,     &settings->node };
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
        g_free(*texts[i]);
    g_strfreev(settings->sets);
    g_strfreev(settings->plugins);
}
