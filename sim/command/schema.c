/* schema: the JSON Schema of the scenario format. */
#include <stdio.h>

#include "command/command.h"

int schema_main(const struct verb *verb, int argc, char **argv,
                const struct cs_protocol *const *protocols)
{
    (void)protocols;
    int status = EXIT_PASS;
    if (!options_parse(verb, NULL, &argc, &argv, &status))
        return status;
    if (argc > 1) {
        complain("schema takes no argument");
        return EXIT_USAGE;
    }
    g_autofree char *schema = scenario_schema();
    fputs(schema, stdout);
    return EXIT_PASS;
}
