/* A sweep's summary for people, and for the systems that run it. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "command/command.h"
#include "command/sweep/sweep.h"

static uint64_t number_of(const json_t *object, const char *key)
{
    return (uint64_t)json_integer_value(json_object_get(object, key));
}

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text != NULL ? text : "";
}

static const char *status_word(int status)
{
    switch ((enum exit_status)status) {
    case EXIT_PASS:
        return "PASS";
    case EXIT_VIOLATION:
        return "VIOLATION";
    case EXIT_THRESHOLD:
        return "THRESHOLD";
    case EXIT_INCONCLUSIVE:
        return "INCONCLUSIVE";
    case EXIT_UNEXPECTED:
        return "UNEXPECTED";
    case EXIT_NONDETERMINISM:
        return "NONDETERMINISM";
    case EXIT_INTERNAL:
        return "CRASHED";
    case EXIT_INTERRUPTED:
        return "INTERRUPTED";
    case EXIT_USAGE:
    case EXIT_ENVIRONMENT:
        break;
    }
    return "BROKEN";
}

/* ---- For people ------------------------------------------------------------------------------ */

static void print_cells(const json_t *manifest, const json_t *summary, FILE *file)
{
    size_t index = 0;
    const json_t *cell = NULL;
    bool first = true;
    json_array_foreach(json_object_get(summary, "cells"), index, cell)
    {
        const json_t *about = json_array_get(json_object_get(manifest, "cells"), index);
        if (sweep_corpus(about) != NULL)
            continue;
        g_autofree char *choice = sweep_choice(about);
        fprintf(file,
                "  %-13s %s%s%s: %" G_GUINT64_FORMAT " runs, %" G_GUINT64_FORMAT
                " failed, %" G_GUINT64_FORMAT " inconclusive\n",
                first ? "cells" : "", text_of(about, "scenario"), *choice != '\0' ? " " : "",
                choice, number_of(cell, "runs"), number_of(cell, "failed"),
                number_of(cell, "inconclusive"));
        first = false;
        size_t t = 0;
        const json_t *threshold = NULL;
        json_array_foreach(json_object_get(cell, "thresholds"), t, threshold)
        {
            const json_t *met = json_object_get(threshold, "met");
            const char *value = json_is_null(met) ? "no samples" : text_of(threshold, "value");
            fprintf(file, "  %-13s %s: %s: %s\n",
                    json_is_true(met)    ? ""
                    : json_is_false(met) ? "threshold"
                                         : "inconclusive",
                    text_of(threshold, "metric"), text_of(threshold, "expression"), value);
        }
    }
}

static void print_failures(const json_t *summary, FILE *file)
{
    size_t index = 0;
    const json_t *failure = NULL;
    json_array_foreach(json_object_get(summary, "failures"), index, failure)
    {
        const char *entry = text_of(failure, "corpus");
        fprintf(file,
                "  %-13s %s\n                %s%s%sin %" G_GUINT64_FORMAT
                " runs, first by seed %s: %s\n",
                text_of(failure, "verdict"), text_of(failure, "cause"),
                *entry != '\0' ? "corpus entry " : "", entry, *entry != '\0' ? ", " : "",
                number_of(failure, "runs"), text_of(failure, "seed"), text_of(failure, "detail"));
        if (json_is_string(json_object_get(failure, "look")))
            fprintf(file, "                look: %s\n", text_of(failure, "look"));
        if (json_is_string(json_object_get(failure, "shrink")))
            fprintf(file, "                smallest: %s\n", text_of(failure, "shrink"));
        fprintf(file, "                again: %s\n", text_of(failure, "again"));
    }
}

/* Each check, by how many runs it saw something in. */
static void print_properties(const json_t *summary, FILE *file)
{
    size_t index = 0;
    const json_t *item = NULL;
    json_array_foreach(json_object_get(summary, "properties"), index, item)
    {
        fprintf(file,
                "                %s: %" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT
                " failed: below %.4g %%\n",
                text_of(item, "name"), number_of(item, "failed"), number_of(item, "runs"),
                (double)number_of(item, "failure_probability_below_ppb") / 1e7);
    }
}

static void print_proof(const json_t *summary, FILE *file)
{
    const json_t *bound = json_object_get(summary, "failure_probability_below_ppb");
    cs_assert(number_of(summary, "runs") >= number_of(summary, "inconclusive"));
    uint64_t told = number_of(summary, "runs") - number_of(summary, "inconclusive");
    if (!json_is_integer(bound)) {
        fputs("  proves        nothing: no run came to a verdict\n", file);
        return;
    }
    fprintf(file,
            "  proves        %" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT
            " seeds failed: failure probability below %.4g %% at 95 %%\n",
            number_of(summary, "failed"), told, (double)json_integer_value(bound) / 1e7);
    print_properties(summary, file);
}

static void print_never_reached(const json_t *summary, FILE *file)
{
    size_t index = 0;
    const json_t *item = NULL;
    json_array_foreach(json_object_get(summary, "sometimes"), index, item)
    {
        if (number_of(item, "runs") == 0) {
            fprintf(file, "  never reached %s (%s)\n", text_of(item, "name"),
                    text_of(item, "scenario"));
        }
    }
}

/* What became of known failures. */
static void print_corpus(const json_t *corpus, FILE *file)
{
    if (number_of(corpus, "wanted") == 0)
        return;
    fprintf(file,
            "  corpus        %" G_GUINT64_FORMAT ": %" G_GUINT64_FORMAT
            " passed, %" G_GUINT64_FORMAT " failed, %" G_GUINT64_FORMAT " inconclusive\n",
            number_of(corpus, "runs"), number_of(corpus, "passed"), number_of(corpus, "failed"),
            number_of(corpus, "inconclusive"));
}

void sweep_summary_print(const json_t *manifest, const json_t *summary, const char *folder,
                         FILE *file)
{
    const json_t *corpus = json_object_get(summary, "corpus");
    uint64_t told = number_of(summary, "runs");
    uint64_t runs = told + number_of(corpus, "runs");
    uint64_t wanted = number_of(summary, "wanted") + number_of(corpus, "wanted");
    const char *stopped = json_string_value(json_object_get(summary, "stopped"));
    fprintf(file, "sweep %s%s\n", status_word(sweep_summary_status(summary)),
            runs < wanted ? " (partial)" : "");
    fprintf(file,
            "  runs          %" G_GUINT64_FORMAT ": %" G_GUINT64_FORMAT
            " passed, %" G_GUINT64_FORMAT " failed, %" G_GUINT64_FORMAT " inconclusive\n",
            told, number_of(summary, "passed"), number_of(summary, "failed"),
            number_of(summary, "inconclusive"));
    print_corpus(corpus, file);
    if (runs < wanted) {
        fprintf(file, "  missing       %" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT " runs%s%s\n",
                wanted - runs, wanted, stopped != NULL ? ": " : "", stopped != NULL ? stopped : "");
    }
    print_cells(manifest, summary, file);
    print_failures(summary, file);
    print_never_reached(summary, file);
    print_proof(summary, file);
    fprintf(file, "  results       %s/runs.jsonl\n", folder);
}

/* ---- JUnit ----------------------------------------------------------------------------------- */

/* What XML 1.0 does not allow is left out. */
static char *xml(const char *text)
{
    g_autofree char *valid = g_utf8_make_valid(text, -1);
    for (char *p = valid; *p != '\0'; p++) {
        if ((unsigned char)*p < ' ')
            *p = ' ';
    }
    return g_markup_escape_text(valid, -1);
}

static void write_case(const json_t *manifest, const json_t *line, FILE *file)
{
    const json_t *cell =
        json_array_get(json_object_get(manifest, "cells"), number_of(line, "cell"));
    cs_assert(json_is_object(cell));
    const json_t *finding = json_array_get(json_object_get(line, "findings"), 0);
    g_autofree char *choice = sweep_choice(cell);
    g_autofree char *plain =
        g_strconcat(text_of(cell, "scenario"), *choice != '\0' ? " " : "", choice, NULL);
    g_autofree char *class = xml(plain);
    const char *entry = sweep_corpus(cell);
    bool stored = json_is_true(json_object_get(cell, "stored"));
    fprintf(file, "    <testcase classname=\"%s\" name=\"%s%s%sseed %s%s\"", class,
            entry != NULL ? "corpus " : "", entry != NULL ? entry : "", entry != NULL ? ", " : "",
            text_of(line, "seed"), stored ? ", as stored" : "");
    if (number_of(line, "status") == EXIT_PASS) {
        fputs("/>\n", file);
        return;
    }
    g_autofree char *type = xml(text_of(line, "verdict"));
    g_autofree char *message = xml(text_of(line, "cause"));
    g_autofree char *detail = xml(text_of(finding, "detail"));
    fprintf(file, ">\n      <failure type=\"%s\" message=\"%s\">%s</failure>\n    </testcase>\n",
            type, message, detail);
}

/* Count first: the numbers stand at the beginning. */
static void count_cases(FILE *runs, uint64_t *ret_tests, uint64_t *ret_failures)
{
    char *text = NULL;
    size_t capacity = 0;
    *ret_tests = 0;
    *ret_failures = 0;
    while (getline(&text, &capacity, runs) > 0) {
        json_t *line = json_loads(text, 0, NULL);
        (*ret_tests)++;
        *ret_failures += number_of(line, "status") != EXIT_PASS;
        json_decref(line);
    }
    free(text);
    rewind(runs);
}

bool sweep_junit_write(const json_t *manifest, const char *runs_path, const char *path)
{
    FILE *runs = fopen(runs_path, "re");
    FILE *file = fopen(path, "we");
    bool good = runs != NULL && file != NULL;
    if (good) {
        uint64_t tests = 0, failures = 0;
        char *text = NULL;
        size_t capacity = 0;
        count_cases(runs, &tests, &failures);
        fprintf(file,
                "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n"
                "  <testsuite name=\"clustersim sweep\" tests=\"%" G_GUINT64_FORMAT
                "\" failures=\"%" G_GUINT64_FORMAT "\">\n",
                tests, failures);
        while (getline(&text, &capacity, runs) > 0) {
            json_t *line = json_loads(text, 0, NULL);
            if (line != NULL)
                write_case(manifest, line, file);
            json_decref(line);
        }
        free(text);
        fputs("  </testsuite>\n</testsuites>\n", file);
        good = ferror(file) == 0;
    }
    if (!good)
        complain("%s cannot be written: %s", path, g_strerror(errno));
    if (runs != NULL)
        fclose(runs);
    if (file != NULL)
        good = fclose(file) == 0 && good;
    return good;
}

/* ---- GitHub ---------------------------------------------------------------------------------- */

/* In a workflow command's message line ends and percent signs are escaped, in a property colons and
 * commas too. */
static char *escaped(const char *text)
{
    GString *out = g_string_new(NULL);
    for (const char *p = text; *p != '\0'; p++) {
        if (strchr("%\r\n:,", *p) != NULL) {
            g_string_append_printf(out, "%%%02X", (unsigned)*p);
        } else {
            g_string_append_c(out, *p);
        }
    }
    return g_string_free(out, FALSE);
}

static void annotate(const json_t *summary)
{
    size_t index = 0;
    const json_t *failure = NULL;
    json_array_foreach(json_object_get(summary, "failures"), index, failure)
    {
        bool warning = number_of(failure, "status") == EXIT_INCONCLUSIVE;
        g_autofree char *title = escaped(text_of(failure, "cause"));
        g_autofree char *plain =
            g_strdup_printf("%s\nseed %s\nagain: %s", text_of(failure, "detail"),
                            text_of(failure, "seed"), text_of(failure, "again"));
        g_autofree char *message = escaped(plain);
        fprintf(stderr, "::%s title=%s::%s\n", warning ? "warning" : "error", title, message);
    }
}

void sweep_tell_github(const json_t *manifest, const json_t *summary)
{
    if (g_strcmp0(g_getenv("GITHUB_ACTIONS"), "true") == 0)
        annotate(summary);
    const char *path = g_getenv("GITHUB_STEP_SUMMARY");
    FILE *file = path == NULL || *path == '\0' ? NULL : fopen(path, "ae");
    if (file == NULL)
        return;
    fputs("```\n", file);
    sweep_summary_print(manifest, summary, ".", file);
    fputs("```\n", file);
    fclose(file);
}
