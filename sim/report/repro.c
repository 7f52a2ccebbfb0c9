/* repro.sh: the run again, from the effective scenario beside it.
 *
 * It holds no absolute path.  The program is $CLUSTERSIM, or else the scripts/run of the tree that
 * the results lie in, or else clustersim on the PATH.  The effective scenario has every --set in it
 * already; they are carried as a comment, since one that adds something must not be applied twice.
 * A plug-in is looked for from here upwards, then from where the script is called. */
#include <string.h>

#include "report/internal.h"

static void write_quoted(const char *text, FILE *file)
{
    g_autofree char *quoted = g_shell_quote(text);
    fputs(quoted, file);
}

/* A live run is made again, though not the same. */
static const char *verb_of(const struct run_report *report)
{
    return report->host != NULL ? report->host : "run";
}

/* What was typed, as a comment: a line end in an argument would end it. */
static void write_original(const struct run_report *report, FILE *file)
{
    g_autofree char *name = g_path_get_basename(report->plan->source);
    g_autoptr(GString) line = g_string_new(NULL);
    g_autofree char *quoted = g_shell_quote(name);
    g_string_append_printf(line, "clustersim %s %s --seed 0x%016" G_GINT64_MODIFIER "x",
                           verb_of(report), quoted, report->plan->seed);
    for (const char *const *item = report->sets; item != NULL && *item != NULL; item++) {
        g_autofree char *argument = g_shell_quote(*item);
        g_string_append_printf(line, " --set %s", argument);
    }
    g_strdelimit(line->str, "\r\n", ' ');
    fprintf(file, "# As it was run: %s\n", line->str);
}

static const char *const search =
    "# $1 in this folder or the nearest one above it that has it, or else in the caller's.\n"
    "find_up() {\n"
    "    folder=$here\n"
    "    while [ \"$folder\" != / ] && [ ! -e \"$folder/$1\" ]; do\n"
    "        folder=$(dirname -- \"$folder\")\n"
    "    done\n"
    "    [ -e \"$folder/$1\" ] || folder=$PWD\n"
    "    printf '%s\\n' \"${folder%/}/$1\"\n"
    "}\n";

void report_write_repro(const struct run_report *report, FILE *file)
{
    fputs("#!/bin/sh\n# Run this again: repro.sh [OPTION…]; works from any directory.\n", file);
    write_original(report, file);
    fputs("set -eu\nhere=$(CDPATH= cd -- \"$(dirname -- \"$0\")\" && pwd)\n", file);
    fputs(search, file);
    fputs("program=${CLUSTERSIM:-$(find_up scripts/run)}\n"
          "[ -x \"$program\" ] || program=clustersim\n"
          "command -v \"$program\" >/dev/null || {\n"
          "    echo \"$0: there is no scripts/run above, and no clustersim on the PATH; name the "
          "program:\" >&2\n"
          "    echo \"    CLUSTERSIM=.../build/sim/command/clustersim $0\" >&2\n"
          "    exit 7\n"
          "}\n"
          "exec \"$program\" ",
          file);
    fprintf(file, "%s \"$here/scenario.json\"", verb_of(report));
    fprintf(file, " --seed 0x%016" G_GINT64_MODIFIER "x", report->plan->seed);
    for (const char *const *item = report->plugins; item != NULL && *item != NULL; item++) {
        fputs(" \\\n    --plugin \"$(find_up ", file);
        write_quoted(*item + strspn(*item, "/"), file); /* an absolute one is found from the root */
        fputs(")\"", file);
    }
    fputs(" \"$@\"\n", file);
}
