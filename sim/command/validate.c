/* validate: check scenarios without running them. */
#include <stdio.h>

#include "command/command.h"

int validate_main(const struct verb *verb, int argc, char **argv,
                  const struct cs_protocol *const *protocols)
{
    gboolean print_effective = FALSE;
    g_auto(GStrv) sets = NULL;
    g_auto(GStrv) plugins = NULL;
    const GOptionEntry entries[] = {
        { "print-effective", 0, 0, G_OPTION_ARG_NONE, &print_effective,
          "print the scenario with every default filled in", NULL },
        { "set", 0, 0, G_OPTION_ARG_STRING_ARRAY, &sets, "replace a value of the scenario",
          "POINTER=JSON" },
        { "plugin", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &plugins, "load protocols from a file",
          "FILE" },
        { 0 },
    };
    int status = EXIT_PASS;
    if (!options_parse(verb, entries, &argc, &argv, &status))
        return status;
    if (argc < 2) {
        complain("validate needs a scenario file; see clustersim validate --help");
        return EXIT_USAGE;
    }
    for (int i = 1; i < argc; i++) {
        struct registry *registry = registry_new(protocols);
        g_autoptr(GString) errors = g_string_new(NULL);
        const struct plan_overrides overrides = {
            .sets = (const char *const *)sets,
            .plugins = (const char *const *)plugins,
        };
        struct plan *plan = plan_load(argv[i], &overrides, registry, errors);
        if (plan == NULL) {
            fputs(errors->str, stderr);
            status = EXIT_USAGE;
        } else if (print_effective) {
            printf("%s\n", plan->effective);
        } else {
            printf("%s: ok\n", argv[i]);
        }
        plan_free(plan);
        registry_free(registry);
    }
    return status;
}
