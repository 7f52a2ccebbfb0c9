/* validate: check scenarios without running them. */
#include <jansson.h>
#include <stdio.h>

#include "command/command.h"

struct settings {
    gboolean print_effective;
    char **sets, **plugins, *format;
};

/* Check one file and say so.  True if it is a scenario that can run. */
static bool validate(const char *path, const struct settings *settings,
                     const struct cs_protocol *const *protocols, json_t *answers)
{
    struct registry *registry = registry_new(protocols);
    g_autoptr(GString) errors = g_string_new(NULL);
    const struct plan_overrides overrides = {
        .sets = (const char *const *)settings->sets,
        .plugins = (const char *const *)settings->plugins,
    };
    struct plan *plan = plan_load(path, &overrides, registry, errors);
    bool valid = plan != NULL;
    if (answers != NULL) {
        json_array_append_new(answers, json_pack("{s:s, s:b, s:s}", "file", path, "valid",
                                                 (int)valid, "errors", errors->str));
    } else if (!valid) {
        fputs(errors->str, stderr);
    } else if (settings->print_effective) {
        printf("%s\n", plan->effective);
    } else {
        printf("%s: ok\n", path);
    }
    plan_free(plan);
    registry_free(registry);
    return valid;
}

static int validate_all(int argc, char **argv, const struct settings *settings,
                        const struct cs_protocol *const *protocols)
{
    bool json = false;
    if (!format_is_json(settings->format, &json))
        return EXIT_USAGE;
    if (argc < 2) {
        complain("validate needs a scenario file; see clustersim validate --help");
        return EXIT_USAGE;
    }
    json_t *answers = json ? json_array() : NULL;
    bool valid = true;
    for (int i = 1; i < argc; i++)
        valid = validate(argv[i], settings, protocols, answers) && valid;
    if (answers != NULL)
        print_json(answers);
    json_decref(answers);
    return valid ? EXIT_PASS : EXIT_USAGE;
}

int validate_main(const struct verb *verb, int argc, char **argv,
                  const struct cs_protocol *const *protocols)
{
    struct settings settings = { 0 };
    const GOptionEntry entries[] = {
        { "print-effective", 0, 0, G_OPTION_ARG_NONE, &settings.print_effective,
          "print the scenario with every default filled in", NULL },
        OPTION_SETS(settings.sets),
        OPTION_PLUGINS(settings.plugins),
        OPTION_ANSWER(settings.format),
        { 0 },
    };
    int status = EXIT_PASS;
    if (options_parse(verb, entries, &argc, &argv, &status)) {
        status = files_are_named(verb, argc, argv) ? validate_all(argc, argv, &settings, protocols)
                                                   : EXIT_USAGE;
    }
    g_strfreev(settings.sets);
    g_strfreev(settings.plugins);
    g_free(settings.format);
    return status;
}
