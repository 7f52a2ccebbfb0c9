/* The command line: one file a verb, one table of verbs. */
#ifndef COMMAND_COMMAND_H
#define COMMAND_COMMAND_H
#include <glib.h>
#include <jansson.h>

#include "host/registry.h"
#include "scenario/plan.h"

/* Exit statuses: part of the product's interface. */
enum exit_status {
    EXIT_PASS = 0,
    EXIT_VIOLATION = 1,
    EXIT_USAGE = 2,
    EXIT_THRESHOLD = 3,
    EXIT_INCONCLUSIVE = 4,
    EXIT_UNEXPECTED = 5,
    EXIT_NONDETERMINISM = 6,
    EXIT_ENVIRONMENT = 7,
    EXIT_INTERNAL = 70,
    EXIT_INTERRUPTED = 130, /* the process says 143 where it was SIGTERM */
};

/* The exit status of a verdict that nothing else was expected of. */
enum exit_status exit_of_verdict(enum verdict verdict);

/* Of two, the one that a command over several runs ends with: 70, 130, 6, 1, 5, 4, 3, 7, 2, 0. */
enum exit_status exit_worse(enum exit_status a, enum exit_status b);

struct verb {
    const char *name;
    const char *arguments; /* for the usage line */
    const char *about;
    int (*main)(const struct verb *verb, int argc, char **argv,
                const struct cs_protocol *const *protocols);
    const char *more; /* below the options of its help; or NULL */
};

extern const struct verb verbs[]; /* ends with a NULL name */

int run_main(const struct verb *verb, int argc, char **argv,
             const struct cs_protocol *const *protocols);
int sweep_main(const struct verb *verb, int argc, char **argv,
               const struct cs_protocol *const *protocols);
int replay_main(const struct verb *verb, int argc, char **argv,
                const struct cs_protocol *const *protocols);
int merge_main(const struct verb *verb, int argc, char **argv,
               const struct cs_protocol *const *protocols);
int validate_main(const struct verb *verb, int argc, char **argv,
                  const struct cs_protocol *const *protocols);
int list_main(const struct verb *verb, int argc, char **argv,
              const struct cs_protocol *const *protocols);
int explain_main(const struct verb *verb, int argc, char **argv,
                 const struct cs_protocol *const *protocols);
int shrink_main(const struct verb *verb, int argc, char **argv,
                const struct cs_protocol *const *protocols);
int corpus_main(const struct verb *verb, int argc, char **argv,
                const struct cs_protocol *const *protocols);
int check_main(const struct verb *verb, int argc, char **argv,
               const struct cs_protocol *const *protocols);
int plot_main(const struct verb *verb, int argc, char **argv,
              const struct cs_protocol *const *protocols);
int live_main(const struct verb *verb, int argc, char **argv,
              const struct cs_protocol *const *protocols);
int node_main(const struct verb *verb, int argc, char **argv,
              const struct cs_protocol *const *protocols);
int calibrate_main(const struct verb *verb, int argc, char **argv,
                   const struct cs_protocol *const *protocols);
int schema_main(const struct verb *verb, int argc, char **argv,
                const struct cs_protocol *const *protocols);

/* Parse a verb's options.  Prints help or what is wrong and returns false; *ret_status is then the
 * exit status.  What remains in argv are arguments. */
bool options_parse(const struct verb *verb, const GOptionEntry *entries, int *argc, char ***argv,
                   int *ret_status);

/* Options that several verbs have, for their tables: each with the variable that takes its value.
 */
#define OPTION_PLUGINS(plugins)                                                                    \
    {                                                                                              \
        "plugin", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &(plugins),                                   \
            "load protocols from this shared object; may be repeated", "FILE"                      \
    }
#define OPTION_SETS(sets)                                                                          \
    {                                                                                              \
        "set", 0, 0, G_OPTION_ARG_STRING_ARRAY, &(sets),                                           \
            "replace a value, like /time/duration=\"90s\"; may be repeated", "POINTER=JSON"        \
    }
#define OPTION_FORMAT(format)                                                                      \
    {                                                                                              \
        "format", 0, 0, G_OPTION_ARG_STRING, &(format),                                            \
            "say it on standard output as text (by default) or json", "FORMAT"                     \
    }
/* Of verbs that do nothing but answer. */
#define OPTION_ANSWER(format)                                                                      \
    {                                                                                              \
        "format", 0, 0, G_OPTION_ARG_STRING, &(format), "answer as text (by default) or json",     \
            "FORMAT"                                                                               \
    }

/* Spell "-j8" as "--jobs=8", which the option parser knows.  `owned` gets the new strings. */
void options_spell_out_jobs(int argc, char **argv, GPtrArray *owned);

/* False, and a complaint, if one of a verb's arguments, which are files, is empty. */
bool files_are_named(const struct verb *verb, int argc, char **argv);

/* Read --format, NULL if it was not given: false, and a complaint, if it is neither text nor json.
 */
bool format_is_json(const char *format, bool *ret_json);

/* Print an answer, and a line end. */
void print_json(const json_t *answer);

/* Flush standard output.  False, and one complaint, if any of it could not be written so far. */
bool output_flush(void);

/* One sentence on standard error, "clustersim: …". */
void complain(const char *format, ...) G_GNUC_PRINTF(1, 2);

const char *build_id(void);
/* What ran: the program's own sources and the bytes of the plug-ins that took part.  g_free. */
char *build_of(const struct registry *registry);

#endif
