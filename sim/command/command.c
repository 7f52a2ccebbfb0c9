#include "command/command.h"

#include <errno.h>
#include <locale.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "clustersim/run.h"
#include "command/build_id.h"
#include "command/interrupt.h"
#include "scenario/problem.h"

/* Of what was named on the command line; the paths of most files are shorter. */
enum { WORD_SHOWN = 1000 };

const struct verb verbs[] = {
    { "run", "SCENARIO…", "Run scenarios: a verdict, the numbers and charts of each.", run_main },
    { "sweep", "SCENARIO…", "Run many seeds in parallel: what fails, how sure is it?", sweep_main },
    { "merge", "DIR…", "Join the shards of a sweep.", merge_main },
    { "replay", "RUN|FILE", "Run a result or a seed again: look into it, compare.", replay_main },
    { "shrink", "RUN|SCENARIO", "Make the smallest scenario that still fails in the same way.",
      shrink_main },
    { "corpus", "ACTION…", "Keep failures beside their scenario, and run them again.",
      corpus_main },
    { "check", "HISTORY", "Check a history from a file for linearizability, or less.", check_main,
      .more =
          "HISTORY is the history.jsonl of a run, a history of Jepsen or Knossos in EDN or JSON, "
          "or\n"
          "a log of jepsen.util; the content tells which.  results/README.md says what is read." },
    { "validate", "SCENARIO…", "Check scenarios without running them.", validate_main },
    { "list", "WHAT", "List what scenarios can name: programs, checks, faults, events, …",
      list_main },
    { "live", "SCENARIO", "Run a scenario in real processes: sockets, files, clocks.", live_main },
    { "node", "SCENARIO", "Be one instance of a scenario, in this process.", node_main },
    { "calibrate", "RUN|FILE", "Measure what things cost live, and simulate with that.",
      calibrate_main },
    { "explain", "KEY", "Explain a key of the scenario format, or a kind of fault.", explain_main },
    { "plot", "RUN…", "Draw the charts of result folders, like results/latest, again.", plot_main },
    { "schema", "", "Print the JSON Schema of the scenario format.", schema_main },
    { NULL },
};

const char *build_id(void) { return BUILD_ID; }

char *build_of(const struct registry *registry)
{
    g_autoptr(GChecksum) checksum = g_checksum_new(G_CHECKSUM_SHA256);
    bool plugins = false;
    g_checksum_update(checksum, (const guchar *)build_id(), -1);
    for (size_t i = 0; i < registry_count(registry); i++) {
        g_autofree char *bytes = NULL;
        gsize size = 0;
        const char *file = registry_origin(registry, i);
        if (file == NULL || !g_file_get_contents(file, &bytes, &size, NULL))
            continue;
        g_checksum_update(checksum, (const guchar *)bytes, (gssize)size);
        plugins = true;
    }
    if (!plugins)
        return g_strdup(build_id());
    return g_strndup(g_checksum_get_string(checksum), strlen(build_id()));
}

enum exit_status exit_of_verdict(enum verdict verdict)
{
    switch (verdict) {
    case VERDICT_PASS:
        return EXIT_PASS;
    case VERDICT_VIOLATION:
        return EXIT_VIOLATION;
    case VERDICT_THRESHOLD:
        return EXIT_THRESHOLD;
    case VERDICT_INCONCLUSIVE:
        return EXIT_INCONCLUSIVE;
    case VERDICT_UNEXPECTED:
        return EXIT_UNEXPECTED;
    case VERDICT_NONDETERMINISM:
        return EXIT_NONDETERMINISM;
    case VERDICT_INTERRUPTED:
        return EXIT_INTERRUPTED;
    }
    g_assert_not_reached();
}

enum exit_status exit_worse(enum exit_status a, enum exit_status b)
{
    static const enum exit_status worst_first[] = {
        EXIT_INTERNAL,     EXIT_INTERRUPTED, EXIT_NONDETERMINISM, EXIT_VIOLATION, EXIT_UNEXPECTED,
        EXIT_INCONCLUSIVE, EXIT_THRESHOLD,   EXIT_ENVIRONMENT,    EXIT_USAGE,     EXIT_PASS,
    };
    for (size_t i = 0; i < G_N_ELEMENTS(worst_first); i++) {
        if (a == worst_first[i] || b == worst_first[i])
            return worst_first[i];
    }
    g_assert_not_reached();
}

void complain(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *sentence = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    g_autofree char *valid = g_utf8_make_valid(sentence, -1);
    g_autofree char *shown = problem_shortened(valid, WORD_SHOWN);
    fprintf(stderr, "clustersim: %s\n", shown);
}

bool output_flush(void)
{
    static bool told;
    errno = 0;
    bool failed = fflush(stdout) != 0;
    int number = errno;
    failed |= ferror(stdout) != 0;
    if (failed && !told) {
        complain("standard output cannot be written%s%s", number != 0 ? ": " : "",
                 number != 0 ? g_strerror(number) : "");
    }
    told |= failed;
    return !failed;
}

void options_spell_out_jobs(int argc, char **argv, GPtrArray *owned)
{
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
        if (g_str_has_prefix(argv[i], "-j") && g_ascii_isdigit(argv[i][2])) {
            argv[i] = g_strconcat("--jobs=", argv[i] + 2, NULL);
            g_ptr_array_add(owned, argv[i]);
        }
    }
}

bool files_are_named(const struct verb *verb, int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        if (argv[i][0] == '\0') {
            complain("an argument is empty; see clustersim %s --help", verb->name);
            return false;
        }
    }
    return true;
}

bool format_is_json(const char *format, bool *ret_json)
{
    *ret_json = g_strcmp0(format, "json") == 0;
    if (*ret_json || format == NULL || strcmp(format, "text") == 0)
        return true;
    complain("--format \"%s\" is neither text nor json", format);
    return false;
}

void print_json(const json_t *answer)
{
    json_dumpf(answer, stdout, JSON_INDENT(2));
    putchar('\n');
}

/* GLib leaves the "--" that ends the options where an argument stands before it. */
static void drop_separator(int *argc, char **argv)
{
    int kept = 0;
    bool dropped = false;
    for (int i = 0; i < *argc; i++) {
        bool separator = !dropped && i > 0 && strcmp(argv[i], "--") == 0;
        dropped |= separator;
        if (!separator)
            argv[kept++] = argv[i];
    }
    cs_assert(kept <= *argc);
    argv[kept] = NULL;
    *argc = kept;
}

/* An argument that is not UTF-8, made printable; NULL if all are.  GLib does not say which. */
static char *argument_of_other_bytes(int argc, char *const *argv)
{
    for (int i = 0; i < argc; i++) {
        if (!g_utf8_validate(argv[i], -1, NULL))
            return g_strescape(argv[i], NULL);
    }
    return NULL;
}

bool options_parse(const struct verb *verb, const GOptionEntry *entries, int *argc, char ***argv,
                   int *ret_status)
{
    cs_assert(*argc > 0);
    g_autoptr(GOptionContext) context = g_option_context_new(verb->arguments);
    g_option_context_set_summary(context, verb->about);
    g_option_context_set_description(context, verb->more);
    g_option_context_set_help_enabled(context, FALSE);
    gboolean help = FALSE;
    const GOptionEntry help_entry[] = {
        { "help", 'h', 0, G_OPTION_ARG_NONE, &help, "show this text", NULL },
        { 0 },
    };
    if (entries != NULL)
        g_option_context_add_main_entries(context, entries, NULL);
    g_option_context_add_main_entries(context, help_entry, NULL);
    g_autofree char *name = g_strdup_printf("clustersim %s", verb->name);
    g_set_prgname(name);
    g_autofree char *other = argument_of_other_bytes(*argc, *argv);
    g_autoptr(GError) error = NULL;
    if (!g_option_context_parse(context, argc, argv, &error)) {
        bool illegal = error->domain == G_CONVERT_ERROR && other != NULL;
        complain("%s%s; see clustersim %s --help", illegal ? "not UTF-8: " : error->message,
                 illegal ? other : "", verb->name);
        *ret_status = EXIT_USAGE;
        return false;
    }
    drop_separator(argc, *argv);
    if (help) {
        g_autofree char *text = g_option_context_get_help(context, TRUE, NULL);
        fputs(text, stdout);
        *ret_status = EXIT_PASS;
        return false;
    }
    return true;
}

static void print_usage(FILE *file)
{
    fputs("clustersim: a deterministic cluster simulator\n\n"
          "usage: clustersim VERB [OPTION…] ARGUMENT…\n\n",
          file);
    for (const struct verb *verb = verbs; verb->name != NULL; verb++) {
        int padding = 10 - (int)g_utf8_strlen(verb->arguments, -1);
        fprintf(file, "  %-9s %s%*s %s\n", verb->name, verb->arguments, padding, "", verb->about);
    }
    fputs("\nclustersim VERB --help shows a verb's options; clustersim --version the build.\n\n"
          "for example:\n"
          "  clustersim run scenarios/raft/leader-crash.json --seed 0x2a\n"
          "  clustersim list programs\n\n"
          "exit status:\n"
          "    0  pass, or the outcome that the scenario expects\n"
          "    1  a check was violated\n"
          "    2  the command line or a scenario is wrong; nothing ran\n"
          "    3  only thresholds failed\n"
          "    4  inconclusive: nothing was wrong, but too little was seen\n"
          "    5  the scenario expects another outcome\n"
          "    6  nondeterminism: two runs of one seed differ\n"
          "    7  the environment: results cannot be written, …\n"
          "   70  internal error\n"
          "  130  interrupted, 143 if by SIGTERM; what there was is written\n",
          file);
}

static int carry_out(int argc, char **argv, const struct cs_protocol *const *protocols)
{
    if (argc < 2) {
        print_usage(stderr);
        return EXIT_USAGE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
        strcmp(argv[1], "help") == 0) {
        print_usage(stdout);
        return EXIT_PASS;
    }
    if (strcmp(argv[1], "--version") == 0) {
        if (argc > 2) {
            complain("--version takes no argument");
            return EXIT_USAGE;
        }
        printf("clustersim %s (build %s)\n", CLUSTERSIM_VERSION, build_id());
        return EXIT_PASS;
    }
    for (const struct verb *verb = verbs; verb->name != NULL; verb++) {
        if (strcmp(argv[1], verb->name) == 0)
            return verb->main(verb, argc - 1, argv + 1, protocols);
    }
    complain("there is no verb \"%s\"; see clustersim --help", argv[1]);
    return EXIT_USAGE;
}

int clustersim_main(int argc, char **argv, const struct cs_protocol *const *protocols)
{
    setlocale(LC_ALL, "C.UTF-8"); /* the caller's locale changes nothing */
    setlocale(LC_MESSAGES, "C");  /* nor does LANGUAGE, which is not asked for "C" alone */
    int status = carry_out(argc, argv, protocols);
    if (!output_flush())
        status = (int)exit_worse((enum exit_status)status, EXIT_ENVIRONMENT);
    bool by_signal = status == EXIT_INTERRUPTED && interrupt_signal != 0;
    return by_signal ? interrupt_exit_status() : status;
}
