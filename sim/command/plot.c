/* plot: draw the charts of result folders again. */
#include "command/command.h"
#include "report/report.h"

int plot_main(const struct verb *verb, int argc, char **argv,
              const struct cs_protocol *const *protocols)
{
    (void)protocols;
    int status = EXIT_PASS;
    if (!options_parse(verb, NULL, &argc, &argv, &status))
        return status;
    if (argc < 2) {
        complain("plot needs a result folder, such as results/latest");
        return EXIT_USAGE;
    }
    if (!files_are_named(verb, argc, argv))
        return EXIT_USAGE;
    for (int i = 1; i < argc; i++) {
        g_autoptr(GError) error = NULL;
        if (report_plot(argv[i], &error))
            continue;
        complain("%s", error->message);
        bool not_a_run = error->domain == G_FILE_ERROR;
        status =
            (int)exit_worse((enum exit_status)status, not_a_run ? EXIT_USAGE : EXIT_ENVIRONMENT);
    }
    return status;
}
