/* What crash points have found: a line each, and a scenario that does it again. */
#include "base/text.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>

#include "command/command.h"
#include "command/crash/points.h"
#include "command/sweep/sweep.h"
#include "scenario/json_text.h"

struct crash_tally {
    uint64_t findings, inconclusive, lost, not_come;
    const char *doubt; /* of the first that was inconclusive, borrowed */
    bool unwritten;
};

/* ---- One finding ----------------------------------------------------------------------------- */

static const char *text_of(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

/* The first violation that the run without a crash does not have; NULL if there is none. */
static const json_t *finding_of(const struct crash_record *record, const json_t *result)
{
    const json_t *findings = json_object_get(result, "findings");
    for (size_t i = 0; i < json_array_size(findings); i++) {
        const json_t *finding = json_array_get(findings, i);
        if (!g_ptr_array_find_with_equal_func(record->checks, text_of(finding, "check"),
                                              g_str_equal, NULL))
            return finding;
    }
    return NULL;
}

static const char *name_of(const struct crash_report *report, const struct crash_point *point)
{
    cs_assert(point->instance < report->world->plan->cluster.instance_count);
    return report->world->plan->cluster.instances[point->instance].name;
}

/* The scenario's place.  An instance of a copy has a slash in its name.  g_free. */
static char *file_of(const struct crash_report *report, const struct crash_run *run)
{
    g_autofree char *name = g_strdelimit(g_strdup(name_of(report, run->point)), "/", '-');
    g_autofree char *file =
        g_strdup_printf("%s-%s-%" G_GUINT64_FORMAT "-%u-%s.json", report->world->plan->name, name,
                        run->point->step, run->point->effect, run->disk);
    return g_build_filename(report->folder, file, NULL);
}

static bool write_scenario(const struct crash_report *report, const struct crash_run *run,
                           const char *file)
{
    json_t *scenario = crash_scenario(report->world, run);
    GString *text = g_string_new(NULL);
    g_autoptr(GError) error = NULL;
    json_text_add(text, scenario, 0);
    g_string_append_c(text, '\n');
    bool good = g_mkdir_with_parents(report->folder, 0755) == 0;
    if (!good)
        complain("%s cannot be made: %s", report->folder, g_strerror(errno));
    if (good && !g_file_set_contents(file, text->str, (gssize)text->len, &error)) {
        complain("%s cannot be written: %s", file, error->message);
        good = false;
    }
    g_string_free(text, TRUE);
    json_decref(scenario);
    return good;
}

/* The command that does it again.  g_free. */
static char *command_of(const struct crash_report *report, const char *file)
{
    GString *command = g_string_new("clustersim run ");
    g_autofree char *quoted = g_shell_quote(file);
    bool plain = strpbrk(file, " '\"$\\*?[](){}<>|&;~#`!\t\n") == NULL;
    g_string_append(command, plain ? file : quoted);
    for (size_t i = 0; report->world->plugins != NULL && report->world->plugins[i] != NULL; i++) {
        g_autofree char *plugin = g_shell_quote(report->world->plugins[i]);
        g_string_append_printf(command, " --plugin %s", plugin);
    }
    return g_string_free(command, FALSE);
}

static json_t *maybe(const char *text) { return text != NULL ? json_string(text) : json_null(); }

static json_t *finding_json(const struct crash_report *report, const struct crash_run *run,
                            const json_t *result)
{
    const struct crash_point *point = run->point;
    const json_t *finding = finding_of(report->record, result);
    const char *died = text_of(result, "crashed");
    const char *wrong = text_of(result, "wrong");
    const char *check = finding != NULL ? text_of(finding, "check") : "process";
    const char *detail = finding != NULL ? text_of(finding, "detail") : died != NULL ? died : wrong;
    cs_assert(detail != NULL);
    json_t *json = json_pack(
        "{s:s, s:I, s:I, s:i, s:o, s:o, s:o, s:s, s:s, s:s}", "instance", name_of(report, point),
        "at_ns", (json_int_t)point->at_ns, "step", (json_int_t)point->step, "effect",
        (int)point->effect, "input", maybe(point->input), "before", maybe(point->before), "after",
        maybe(point->after), "disk", run->disk, "check", check, "detail", detail);
    g_autofree char *cause = sweep_cause(report->world->plan, check, detail);
    json_object_set_new(json, "cause", json_string(cause));
    json_object_set_new(json, "unflushed", json_boolean(point->unflushed));
    return json;
}

static void print_finding(const json_t *finding)
{
    struct cs_text at = { 0 };
    const char *before = text_of(finding, "before"), *after = text_of(finding, "after");
    const char *input = text_of(finding, "input");
    text_add_duration(&at, (uint64_t)json_integer_value(json_object_get(finding, "at_ns")));
    printf("%s at %s, step %" JSON_INTEGER_FORMAT " (%s), effect %" JSON_INTEGER_FORMAT,
           text_of(finding, "instance"), text_string(&at),
           json_integer_value(json_object_get(finding, "step")), input != NULL ? input : "?",
           json_integer_value(json_object_get(finding, "effect")));
    if (before != NULL)
        printf(", behind \"%s\"", before);
    if (after != NULL)
        printf(", before \"%s\"", after);
    printf(", %s: %s: %s; again: %s\n",
           json_is_true(json_object_get(finding, "unflushed")) ? text_of(finding, "disk")
                                                               : "nothing unflushed",
           text_of(finding, "check"), text_of(finding, "detail"), text_of(finding, "replay"));
    text_done(&at);
}

/* ---- All of them ----------------------------------------------------------------------------- */

static void add_finding(const struct crash_report *report, const struct crash_run *run,
                        const json_t *result, json_t *list, struct crash_tally *tally)
{
    g_autofree char *file = file_of(report, run);
    g_autofree char *command = command_of(report, file);
    json_t *finding = finding_json(report, run, result);
    json_object_set_new(finding, "replay", json_string(command));
    json_array_append_new(list, finding);
    tally->unwritten |= !write_scenario(report, run, file);
}

static json_t *collect(const struct crash_report *report, struct crash_tally *tally)
{
    json_t *list = json_array();
    for (size_t i = 0; i < report->done; i++) {
        const json_t *result = report->results[i];
        bool lost = text_of(result, "verdict") == NULL;
        bool found = finding_of(report->record, result) != NULL;
        bool came = json_is_true(json_object_get(result, "came"));
        tally->lost += lost;
        tally->findings += found;
        tally->not_come += !lost && !came;
        tally->inconclusive += text_of(result, "doubt") != NULL;
        if (tally->doubt == NULL)
            tally->doubt = text_of(result, "doubt");
        if (lost || found) {
            add_finding(report, &g_array_index(report->runs, struct crash_run, i), result, list,
                        tally);
        }
    }
    return list;
}

/* How many findings there are for each cause, in the order in which causes come, and the first. */
static json_t *causes_of(const json_t *findings)
{
    json_t *causes = json_array();
    for (size_t i = 0; i < json_array_size(findings); i++) {
        const char *cause = text_of(json_array_get(findings, i), "cause");
        json_t *known = NULL;
        for (size_t c = 0; c < json_array_size(causes) && known == NULL; c++) {
            json_t *other = json_array_get(causes, c);
            known = strcmp(text_of(other, "cause"), cause) == 0 ? other : NULL;
        }
        if (known == NULL) {
            known =
                json_pack("{s:s, s:i, s:I}", "cause", cause, "findings", 0, "first", (json_int_t)i);
            json_array_append_new(causes, known);
        }
        json_int_t count = json_integer_value(json_object_get(known, "findings"));
        json_object_set_new(known, "findings", json_integer(count + 1));
    }
    return causes;
}

/* A few findings of each cause. */
static void print_causes(const json_t *findings)
{
    enum { SHOWN_MAX = 3 };
    json_t *causes = causes_of(findings);
    for (size_t c = 0; c < json_array_size(causes); c++) {
        const json_t *cause = json_array_get(causes, c);
        json_int_t count = json_integer_value(json_object_get(cause, "findings")), shown = 0;
        printf("%s, %" JSON_INTEGER_FORMAT " times\n", text_of(cause, "cause"), count);
        for (size_t i = 0; i < json_array_size(findings) && shown < SHOWN_MAX; i++) {
            const json_t *finding = json_array_get(findings, i);
            if (strcmp(text_of(finding, "cause"), text_of(cause, "cause")) != 0)
                continue;
            printf("  ");
            print_finding(finding);
            shown++;
        }
        if (count > shown)
            printf("  and %" JSON_INTEGER_FORMAT " more like these\n", count - shown);
    }
    json_decref(causes);
}

static int status_of(const struct crash_report *report, const struct crash_tally *tally)
{
    const struct crash_record *record = report->record;
    enum exit_status status = EXIT_PASS;
    if (tally->findings > 0 || record->checks->len > 0)
        status = exit_worse(status, EXIT_VIOLATION);
    if (tally->lost > 0)
        status = exit_worse(status, EXIT_INTERNAL);
    if (tally->not_come > 0 || tally->inconclusive > 0 || report->runs->len == 0 ||
        record->verdict == VERDICT_INCONCLUSIVE)
        status = exit_worse(status, EXIT_INCONCLUSIVE);
    if (tally->unwritten)
        status = exit_worse(status, EXIT_ENVIRONMENT);
    if (report->interrupted)
        status = exit_worse(status, EXIT_INTERRUPTED);
    return (int)status;
}

static const char *word_of(int status)
{
    switch (status) {
    case EXIT_PASS:
        return "pass";
    case EXIT_VIOLATION:
        return "violation";
    case EXIT_INTERRUPTED:
        return "interrupted";
    case EXIT_INCONCLUSIVE:
        return "inconclusive";
    case EXIT_ENVIRONMENT:
        return "environment";
    default:
        return "internal";
    }
}

static json_t *summary_json(const struct crash_report *report, const struct crash_tally *tally,
                            json_t *findings, const char *word)
{
    const struct crash_record *record = report->record;
    g_autofree char *seed =
        g_strdup_printf("0x%016" G_GINT64_MODIFIER "x", report->world->plan->seed);
    json_t *without = json_array();
    for (guint i = 0; i < record->checks->len; i++) {
        json_array_append_new(without, json_pack("{s:s, s:s}", "check", record->checks->pdata[i],
                                                 "detail", record->details->pdata[i]));
    }
    return json_pack(
        "{s:s, s:s, s:s, s:i, s:I, s:I, s:I, s:I, s:I, s:I, s:o, s:o, s:O, s:o}", "scenario",
        report->world->plan->name, "seed", seed, "verdict", word, "instances",
        (int)record->instances_crashed, "boundaries", (json_int_t)record->boundaries, "merged",
        (json_int_t)(record->boundaries - record->points->len), "runs", (json_int_t)report->done,
        "planned", (json_int_t)report->runs->len, "inconclusive", (json_int_t)tally->inconclusive,
        "not_crashed", (json_int_t)tally->not_come, "without_a_crash", without, "causes",
        causes_of(findings), "findings", findings, "doubt", maybe(tally->doubt));
}

static void print_text(const struct crash_report *report, const struct crash_tally *tally,
                       const json_t *findings, const char *word)
{
    const struct crash_record *record = report->record;
    for (guint i = 0; i < record->checks->len; i++) {
        printf("without any crash: %s: %s\n", (const char *)record->checks->pdata[i],
               (const char *)record->details->pdata[i]);
    }
    print_causes(findings);
    printf("%s: %s: %" G_GUINT64_FORMAT " boundaries of %u servers, %" G_GUINT64_FORMAT
           " of them merged; %zu of %u runs, %" G_GUINT64_FORMAT " findings",
           report->world->plan->name, word, record->boundaries, record->instances_crashed,
           record->boundaries - record->points->len, report->done, report->runs->len,
           tally->findings);
    if (tally->inconclusive > 0)
        printf(", %" G_GUINT64_FORMAT " inconclusive (%s)", tally->inconclusive, tally->doubt);
    if (tally->not_come > 0)
        printf(", %" G_GUINT64_FORMAT " without the crash", tally->not_come);
    if (tally->lost > 0)
        printf(", %" G_GUINT64_FORMAT " that died", tally->lost);
    printf("%s\n", report->runs->len == 0 ? "; nothing was crashed" : "");
}

int crash_tell(const struct crash_report *report)
{
    struct crash_tally tally = { 0 };
    cs_assert(report->done <= report->runs->len);
    cs_assert(!report->dry_run || report->done == 0);
    json_t *findings = collect(report, &tally);
    int status = status_of(report, &tally);
    const char *word = report->dry_run ? "dry run" : word_of(status);
    if (report->json) {
        json_t *summary = summary_json(report, &tally, findings, word);
        print_json(summary);
        json_decref(summary);
    } else {
        print_text(report, &tally, findings, word);
    }
    json_decref(findings);
    return status;
}
