/* What is said of a search, and the file that it leaves. */
#include "base/text.h"

#include <stdio.h>
#include <string.h>

#include "command/command.h"
#include "command/paragraph.h"
#include "command/shrink/shrink.h"
#include "scenario/json_text.h"
#include "scenario/reduce.h"
#include "scenario/value.h"

static json_int_t size_of(const json_t *outcome, const char *key)
{
    const json_t *last = json_object_get(outcome, "last");
    return json_integer_value(json_object_get(json_is_object(last) ? last : outcome, key));
}

static char *seconds(json_int_t ns)
{
    struct cs_text text = { 0 };
    text_add_duration(&text, (uint64_t)ns);
    char *result = g_strdup(text_string(&text));
    text_done(&text);
    return result;
}

char *shrink_progress(const struct shrink_search *search)
{
    const json_t *before = search->base->outcome, *now = search->best_outcome;
    g_autofree char *time_before = seconds(size_of(before, "simulated_ns"));
    g_autofree char *time_now = seconds(size_of(now, "simulated_ns"));
    return g_strdup_printf("%zu of %zu faults, %" JSON_INTEGER_FORMAT " of %" JSON_INTEGER_FORMAT
                           " nodes, %" JSON_INTEGER_FORMAT " of %" JSON_INTEGER_FORMAT
                           " clients, %" JSON_INTEGER_FORMAT " of %" JSON_INTEGER_FORMAT
                           " operations, %s of %s; %" G_GUINT64_FORMAT " runs",
                           reduce_fault_count(search->best),
                           reduce_fault_count(search->base->scenario), size_of(now, "nodes"),
                           size_of(before, "nodes"), size_of(now, "clients"),
                           size_of(before, "clients"), size_of(now, "operations"),
                           size_of(before, "operations"), time_now, time_before, search->runs);
}

static char *about_of(const struct shrink_search *search)
{
    const struct shrink_target *target = &search->base->target;
    const json_t *first = search->base->outcome;
    const json_t *last = json_object_get(first, "last");
    const json_t *said = json_is_object(last) ? last : first;
    const char *what = target->crash != NULL                  ? target->crash
                       : target->verdict == VERDICT_THRESHOLD ? target->reason
                                                              : target->check;
    cs_assert(what != NULL);
    return g_strdup_printf(
        "Shrunk from %s, seed %s, which ended with %s: %s. %zu of %zu faults are left.",
        json_string_value(json_object_get(said, "name")),
        json_string_value(json_object_get(said, "seed")),
        target->crash != NULL ? "a crash" : verdict_name(target->verdict), what,
        reduce_fault_count(search->best), reduce_fault_count(search->base->scenario));
}

char *shrink_file_text(const struct shrink_search *search)
{
    cs_assert(search->best != NULL);
    g_autofree char *about = about_of(search);
    json_t *whole = json_object();
    json_object_set_new(whole, "about", json_string(about));
    json_object_update(whole, search->best);
    GString *text = g_string_new(NULL);
    json_text_add(text, whole, 0);
    g_string_append_c(text, '\n');
    json_decref(whole);
    return g_string_free(text, FALSE);
}

/* ---- Commands -------------------------------------------------------------------------------- */

static char *command_of(const struct shrink_report *report, const char *verb, const char *more)
{
    g_autofree char *file = g_shell_quote(report->file);
    bool plain = strpbrk(report->file, " '\"$\\*?[](){}<>|&;~#`!\t\n") == NULL;
    GString *command = g_string_new("clustersim ");
    g_string_append_printf(command, "%s ", verb);
    g_string_append(command, plain ? report->file : file);
    for (const char *const *plugin = report->plugins; plugin != NULL && *plugin != NULL; plugin++) {
        g_autofree char *quoted = g_shell_quote(*plugin);
        g_string_append_printf(command, " --plugin %s", quoted);
    }
    g_string_append(command, more);
    return g_string_free(command, FALSE);
}

#define UNEXPECTED " --set '/expect={}'"

/* What shows the moment at which the smallest scenario fails; NULL if it has none.  g_free. */
static char *look_of(const struct shrink_report *report)
{
    const struct shrink_search *search = report->search;
    const json_t *at = json_object_get(search->best_outcome, "at_ns");
    if (search->base->target.crash != NULL || !json_is_integer(at))
        return NULL;
    g_autofree char *time = value_duration_text(json_integer_value(at));
    g_autofree char *more = g_strdup_printf(" --at %s --around %s", time, time);
    return command_of(report, "replay", more);
}

/* ---- On standard output ---------------------------------------------------------------------- */

static void print_faults(const json_t *necessary)
{
    for (size_t i = 0; i < json_array_size(necessary); i++)
        printf("%s%s", i > 0 ? ", " : " ", json_string_value(json_array_get(necessary, i)));
    putchar('\n');
}

static void print_necessary(const struct shrink_report *report)
{
    const struct shrink_search *search = report->search;
    size_t left = reduce_fault_count(search->best);
    size_t before = reduce_fault_count(search->base->scenario);
    if (report->necessary != NULL) {
        printf("  necessary     %zu of the %zu that are left%s", json_array_size(report->necessary),
               left, json_array_size(report->necessary) > 0 ? ":" : "");
        print_faults(report->necessary);
    }
    if (report->necessary_before != NULL) {
        printf("                %zu of the %zu that fired%s",
               json_array_size(report->necessary_before), before,
               json_array_size(report->necessary_before) > 0 ? ", each left out alone:" : "");
        print_faults(report->necessary_before);
    }
}

void shrink_print(const struct shrink_report *report)
{
    const struct shrink_search *search = report->search;
    const struct shrink_target *target = &search->base->target;
    g_autofree char *sizes = shrink_progress(search);
    g_autofree char *plain = command_of(report, "run", "");
    g_autofree char *red = command_of(report, "run", UNEXPECTED);
    g_autofree char *look = look_of(report);
    bool crash = target->crash != NULL;
    printf("%s: %s%s%s\n", report->file, crash ? "crash: " : target->check, crash ? "" : ": ",
           target->detail);
    printf("  left          %s\n", sizes);
    print_necessary(report);
    if (search->end == SHRINK_RUNS_MAX) {
        printf(
            "  not minimal   that many runs were allowed; --resume with a larger --max-runs goes "
            "on\n");
    } else if (search->end == SHRINK_INTERRUPTED) {
        printf("  not minimal   interrupted; --resume goes on\n");
    }
    if (look != NULL)
        printf("  look          %s\n", look);
    if (crash) {
        printf("  fails         %s    # exits 70\n", plain);
        return;
    }
    printf("  passes        %s    # exits 0: the file expects the failure\n", plain);
    printf("  fails         %s    # exits %d\n", red, (int)exit_of_verdict(target->verdict));
}

/* ---- As JSON --------------------------------------------------------------------------------- */

static json_t *sizes_json(const json_t *outcome, size_t faults)
{
    static const char *const keys[] = { "nodes", "clients", "operations", "simulated_ns" };
    json_t *sizes = json_pack("{s:I}", "faults", (json_int_t)faults);
    for (size_t i = 0; i < G_N_ELEMENTS(keys); i++)
        json_object_set_new(sizes, keys[i], json_integer(size_of(outcome, keys[i])));
    return sizes;
}

static json_t *or_null(const json_t *value)
{
    return value != NULL ? json_incref((json_t *)value) : json_null();
}

json_t *shrink_json(const struct shrink_report *report)
{
    const struct shrink_search *search = report->search;
    const struct shrink_target *target = &search->base->target;
    g_autofree char *plain = command_of(report, "run", "");
    g_autofree char *red = command_of(report, "run", UNEXPECTED);
    g_autofree char *look = look_of(report);
    bool crash = target->crash != NULL;
    json_t *finding = json_pack(
        "{s:s, s:s, s:s, s:o}", "check", target->check, "verdict",
        crash ? "crashed" : verdict_name(target->verdict), "detail", target->detail, "at_ns",
        target->at_ns == UINT64_MAX ? json_null() : json_integer((json_int_t)target->at_ns));
    json_t *necessary = json_pack("{s:o, s:o}", "left", or_null(report->necessary), "before",
                                  or_null(report->necessary_before));
    return json_pack("{s:i, s:s, s:o, s:o, s:o, s:o, s:b, s:I, s:{s:s, s:s, s:s?}}", "format", 1,
                     "file", report->file, "finding", finding, "before",
                     sizes_json(search->base->outcome, reduce_fault_count(search->base->scenario)),
                     "left", sizes_json(search->best_outcome, reduce_fault_count(search->best)),
                     "necessary", necessary, "minimal", search->end == SHRINK_DONE, "runs",
                     (json_int_t)search->runs, "commands", "passes", plain, "fails",
                     crash ? plain : red, "look", look);
}
