/* check: histories from files, whoever wrote them, against a model. */
#include "command/check/check.h"

#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>

struct check_settings {
    char *model, *format, *svg;
    char **consistency; /* NULL: linearizable */
    gint64 steps_max;
    gint64 window; /* events of a key; 0: not told */
    gboolean no_witness;
    bool json;
};

/* ---- Evidence -----------------------------------------------------------------------------------
 */

void check_add_quoted(GString *text, struct cs_bytes bytes)
{
    enum { SHOWN_MAX = 60 };
    bool cut = bytes.size > SHOWN_MAX;
    size_t size = cut ? SHOWN_MAX : bytes.size;
    while (cut && size > 0 && (((const unsigned char *)bytes.data)[size] & 0xc0) == 0x80)
        size--;
    g_string_append_len(text, bytes.data, (gssize)size);
    if (cut)
        g_string_append_printf(text, "… (%zu bytes)", bytes.size);
}

char *check_call_text(const struct archive *archive, const struct linear_op *op)
{
    const struct archive_call *call = &archive->calls[op->number];
    GString *text = g_string_new("process ");
    check_add_quoted(text, call->process);
    g_string_append(text, ": ");
    check_add_quoted(text, call->name);
    bool asks = op->kind != LINEAR_READ && op->kind != LINEAR_DEQUEUE &&
                op->kind != LINEAR_ACQUIRE && op->kind != LINEAR_RELEASE;
    if (asks) {
        g_string_append_c(text, ' ');
        check_add_quoted(text, call->asked);
    }
    if (op->returned == LINEAR_NEVER) {
        g_string_append(text, ", outcome unknown");
    } else if (op->kind == LINEAR_READ || op->kind == LINEAR_DEQUEUE) {
        g_string_append(text, " -> ");
        check_add_quoted(text, call->answered);
    } else {
        g_string_append(text, op->outcome == LINEAR_NO ? " -> refused" : " -> ok");
    }
    g_string_append_printf(text, " (line %" G_GUINT64_FORMAT, call->line);
    if (call->end_line != 0)
        g_string_append_printf(text, " to %" G_GUINT64_FORMAT, call->end_line);
    g_string_append_c(text, ')');
    return g_string_free(text, FALSE);
}

char *check_state_text(const struct archive *archive, const struct linear_model *model,
                       struct linear_value state)
{
    if (strcmp(model->name, "counter") == 0)
        return g_strdup_printf("%" G_GINT64_FORMAT, (gint64)state.hash);
    if (strcmp(model->name, "lock") == 0)
        return g_strdup(state.hash == 0 ? "free" : "held");
    if (model->in_sequences)
        return g_strdup(state.hash == 0 ? "empty" : "not empty");
    if (state.size == LINEAR_ABSENT)
        return g_strdup("nothing");
    if (state.size == LINEAR_UNSEEN)
        return g_strdup("what nobody has read");
    for (size_t i = 0; i < archive->count; i++) {
        const struct linear_op *op = &archive->ops[i];
        const struct archive_call *call = &archive->calls[op->number];
        bool found =
            op->kind == LINEAR_READ && op->returned != LINEAR_NEVER && linear_same(op->seen, state);
        bool left =
            (op->kind == LINEAR_WRITE || op->kind == LINEAR_CAS) && linear_same(op->value, state);
        if (!found && !left)
            continue;
        GString *text = g_string_new(NULL);
        check_add_quoted(text, found ? call->answered : call->written);
        return g_string_free(text, FALSE);
    }
    return g_strdup_printf("a value of %" G_GUINT64_FORMAT " bytes", (guint64)state.size);
}

char *check_states_text(const struct archive *archive, const struct linear_model *model,
                        const struct linear_report *report)
{
    GString *text = g_string_new(NULL);
    for (size_t i = 0; i < report->states_kept; i++) {
        g_autofree char *state = check_state_text(archive, model, report->states[i]);
        g_string_append_printf(text, "%s%s", i == 0 ? "" : ", or ", state);
    }
    if (report->states_count > report->states_kept)
        g_string_append_printf(text, ", or %zu more", report->states_count - report->states_kept);
    return g_string_free(text, FALSE);
}

const char *check_demand(const struct linear_op *op)
{
    switch ((enum linear_kind)op->kind) {
    case LINEAR_READ:
        return "no order of what was open then makes it what the read found";
    case LINEAR_CAS:
        return op->outcome == LINEAR_YES
                   ? "no order of what was open then makes it what was expected"
                   : "no order of what was open then makes it anything else";
    case LINEAR_DELETE:
    case LINEAR_REMOVE:
        return op->outcome == LINEAR_YES ? "there was nothing to remove" : "it was there";
    case LINEAR_INSERT:
        return op->outcome == LINEAR_YES ? "it was there already" : "it was not there";
    case LINEAR_DEQUEUE:
        return op->outcome == LINEAR_YES ? "what it got cannot have been the first"
                                         : "the queue cannot have been empty";
    case LINEAR_ACQUIRE:
        return op->outcome == LINEAR_YES ? "the lock cannot have been free"
                                         : "the lock cannot have been held";
    case LINEAR_RELEASE:
        return op->outcome == LINEAR_YES ? "the lock cannot have been held"
                                         : "the lock cannot have been free";
    case LINEAR_WRITE:
    case LINEAR_APPEND:
    case LINEAR_ADD:
    case LINEAR_ENQUEUE:
    case LINEAR_KIND_COUNT:
        break;
    }
    return "what was answered later cannot be right if it is";
}

char *check_key_text(const struct archive *archive, uint32_t number)
{
    const struct archive_key *key = &archive->keys[number];
    GString *text = g_string_new(NULL);
    if (key->group.size > 0) {
        check_add_quoted(text, key->group);
        g_string_append_c(text, '/');
    }
    check_add_quoted(text, key->key);
    return g_string_free(text, FALSE);
}

/* ---- Answers ------------------------------------------------------------------------------------
 */

static void print_evidence(const char *path, const struct archive *archive,
                           const struct linear_model *model, const struct linear_report *report)
{
    enum { SHOWN_MAX = 40 };
    g_autofree char *failed = check_call_text(archive, report->failed);
    g_autofree char *states = check_states_text(archive, model, report);
    g_autofree char *key = check_key_text(archive, report->key);
    if (report->verdict == LINEAR_UNKNOWN) {
        printf("  too many steps  up to here all is right: %s\n", failed);
        return;
    }
    if (*key != 0)
        printf("  key         %s\n", key);
    printf("  impossible  %s:%" G_GUINT64_FORMAT ": %s\n", path,
           archive->calls[report->failed->number].end_line, failed);
    printf("  before it   the state was %s; %s\n", states, check_demand(report->failed));
    g_autofree char *from = check_state_text(archive, model, report->window_state);
    printf(
        "  window      %zu operations that are impossible by themselves, from the state %s on:\n",
        report->window_count, from);
    for (size_t i = 0; i < report->window_count && i < SHOWN_MAX; i++) {
        g_autofree char *call = check_call_text(archive, report->window[i]);
        printf("    %s\n", call);
    }
    if (report->window_count > SHOWN_MAX)
        printf("    and %zu more\n", report->window_count - SHOWN_MAX);
}

static void print_text(const char *path, const struct archive *archive,
                       const struct linear_model *model, const struct linear_report *report)
{
    printf("%s: %s\n", path, linear_verdict_name(report->verdict));
    printf("  operations  %" G_GUINT64_FORMAT " on %" G_GUINT64_FORMAT
           " keys; %zu failed and did not happen\n",
           report->operations, report->keys, archive->failed);
    printf("  answers     %" G_GUINT64_FORMAT " that say something, %" G_GUINT64_FORMAT
           " of them after something could have been written\n",
           report->observed, report->constrained);
    if (report->keys_witnessed > 0) {
        printf("  witness     the system's own order explains %" G_GUINT64_FORMAT " keys\n",
               report->keys_witnessed);
    }
    if (report->verdict != LINEAR_OK)
        print_evidence(path, archive, model, report);
}

static json_t *evidence_json(const struct archive *archive, const struct linear_model *model,
                             const struct linear_report *report)
{
    g_autofree char *failed = check_call_text(archive, report->failed);
    g_autofree char *states = check_states_text(archive, model, report);
    g_autofree char *key = check_key_text(archive, report->key);
    json_t *window = json_array();
    for (size_t i = 0; i < report->window_count; i++) {
        g_autofree char *call = check_call_text(archive, report->window[i]);
        json_array_append_new(window, json_string(call));
    }
    return json_pack("{s:s, s:I, s:s, s:s, s:s, s:o}", "key", key, "line",
                     (json_int_t)archive->calls[report->failed->number].end_line, "operation",
                     failed, "states", states, "why",
                     report->verdict == LINEAR_ILLEGAL ? check_demand(report->failed)
                                                       : "too many steps",
                     "window", window);
}

static json_t *answer_json(const char *path, const struct archive *archive,
                           const struct linear_model *model, const struct linear_report *report)
{
    json_t *answer = json_pack(
        "{s:s, s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "file", path, "model",
        model->name, "verdict", linear_verdict_name(report->verdict), "operations",
        (json_int_t)report->operations, "failed", (json_int_t)archive->failed, "keys",
        (json_int_t)report->keys, "keys_illegal", (json_int_t)report->keys_illegal, "keys_unknown",
        (json_int_t)report->keys_unknown, "keys_witnessed", (json_int_t)report->keys_witnessed,
        "answers", (json_int_t)report->observed, "constrained", (json_int_t)report->constrained,
        "steps", (json_int_t)report->steps);
    if (report->verdict != LINEAR_OK)
        json_object_set_new(answer, "evidence", evidence_json(archive, model, report));
    return answer;
}

/* ---- The verb -------------------------------------------------------------------------------- */

#define LINEARIZABLE "linearizable"

enum exit_status check_status(enum linear_verdict verdict)
{
    return verdict == LINEAR_OK        ? EXIT_PASS
           : verdict == LINEAR_ILLEGAL ? EXIT_VIOLATION
                                       : EXIT_INCONCLUSIVE;
}

static void tell_linear(const char *path, const struct archive *archive,
                        const struct linear_model *model, const struct linear_report *report,
                        json_t *answers)
{
    if (answers == NULL) {
        print_text(path, archive, model, report);
        return;
    }
    json_t *answer = answer_json(path, archive, model, report);
    json_object_set_new(answer, "consistency", json_string(LINEARIZABLE));
    json_array_append_new(answers, answer);
}

static enum linear_verdict check_linear(const char *path, struct archive *archive,
                                        const struct linear_model *model,
                                        const struct check_settings *settings, json_t *answers,
                                        bool *ret_drawn)
{
    struct linear_report report;
    const struct linear_options options = {
        .steps_max = (uint64_t)settings->steps_max,
        .window = (size_t)settings->window,
        .places = settings->no_witness ? NULL : archive->places,
    };
    linear_check(model, &options, archive->ops, archive->count, &report);
    tell_linear(path, archive, model, &report, answers);
    if (settings->svg != NULL && report.verdict == LINEAR_ILLEGAL)
        *ret_drawn = check_draw(path, archive, model, &report, settings->svg);
    enum linear_verdict verdict = report.verdict;
    linear_report_done(&report);
    return verdict;
}

/* The worst verdict counts: illegal, then unknown. */
static enum exit_status check_promises(const char *path, struct archive *archive,
                                       const struct linear_model *model,
                                       const struct check_settings *settings)
{
    static const char *const by_default[] = { LINEARIZABLE, NULL };
    const char *const *promise =
        settings->consistency == NULL ? by_default : (const char *const *)settings->consistency;
    json_t *answers = settings->json ? json_array() : NULL;
    uint64_t steps_max = (uint64_t)settings->steps_max;
    enum linear_verdict worst = LINEAR_OK;
    bool drawn = true;
    for (; *promise != NULL; promise++) {
        enum weak_model weak = WEAK_MODEL_COUNT;
        bool is_weak = weak_model_find(*promise, &weak);
        enum linear_verdict verdict =
            is_weak ? check_weak(path, archive, model, weak, steps_max, answers)
                    : check_linear(path, archive, model, settings, answers, &drawn);
        if (worst == LINEAR_OK || verdict == LINEAR_ILLEGAL)
            worst = verdict;
    }
    if (answers != NULL) {
        print_json(json_array_size(answers) == 1 ? json_array_get(answers, 0) : answers);
        json_decref(answers);
    }
    return drawn ? check_status(worst) : EXIT_USAGE;
}

/* Small files are kept whole: then the evidence is at hand, and the system's order is tried. */
static bool is_checked_as_read(const char *path, const struct check_settings *settings)
{
    enum { KEPT_MAX = 32 << 20 };
    GStatBuf status;
    char **promises = settings->consistency;
    bool linearizable = promises == NULL ||
                        (g_strv_length(promises) == 1 && strcmp(promises[0], LINEARIZABLE) == 0);
    return linearizable &&
           (settings->window > 0 || (g_stat(path, &status) == 0 && status.st_size > KEPT_MAX));
}

static void complain_of(const char *path, const struct archive_problem *problem)
{
    if (problem->line == 0) {
        fprintf(stderr, "%s: error: %s\n", path, text_string(&problem->text));
    } else {
        fprintf(stderr, "%s:%" G_GUINT64_FORMAT ": error: %s\n", path, problem->line,
                text_string(&problem->text));
    }
}

/* Check the file as it is read.  False if that does not decide: some key is illegal or was given
 * up, and only who has it all can say why. */
static bool check_as_read(const char *path, const struct linear_model *model,
                          const struct check_settings *settings, enum exit_status *ret_status)
{
    struct archive archive = { 0 };
    struct archive_problem problem;
    struct linear_report report;
    const struct linear_options options = { .steps_max = (uint64_t)settings->steps_max,
                                            .window = (size_t)settings->window };
    bool good = archive_check(path, model, &options, &report, &archive.failed, &problem);
    if (!good) {
        complain_of(path, &problem);
        *ret_status = EXIT_USAGE;
    } else if (report.verdict == LINEAR_OK) {
        json_t *answers = settings->json ? json_array() : NULL;
        tell_linear(path, &archive, model, &report, answers);
        if (answers != NULL)
            print_json(json_array_get(answers, 0));
        json_decref(answers);
        *ret_status = EXIT_PASS;
    }
    text_done(&problem.text);
    return !good || report.verdict == LINEAR_OK;
}

static int check_file(const char *path, const struct linear_model *model,
                      const struct check_settings *settings)
{
    struct archive archive;
    struct archive_problem problem;
    enum exit_status status = EXIT_USAGE;
    if (is_checked_as_read(path, settings) && check_as_read(path, model, settings, &status))
        return status;
    if (archive_read(&archive, path, model, &problem)) {
        status = check_promises(path, &archive, model, settings);
    } else {
        complain_of(path, &problem);
    }
    text_done(&problem.text);
    archive_done(&archive);
    return status;
}

/* False, with a complaint, if there is no such promise. */
static bool promises_are_known(char **promises, const char *names)
{
    for (char **promise = promises; promise != NULL && *promise != NULL; promise++) {
        enum weak_model weak;
        if (strcmp(*promise, LINEARIZABLE) != 0 && !weak_model_find(*promise, &weak)) {
            complain("there is no consistency \"%s\"; there are %s", *promise, names);
            return false;
        }
    }
    return true;
}

static bool promises_linearizable(char **promises)
{
    return promises == NULL || g_strv_contains((const char *const *)promises, LINEARIZABLE);
}

static char *promise_names(void)
{
    GString *names = g_string_new(LINEARIZABLE);
    for (int m = 0; m < WEAK_MODEL_COUNT; m++)
        g_string_append_printf(names, ", %s", weak_model_name((enum weak_model)m));
    return g_string_free(names, FALSE);
}

static char *model_names(void)
{
    GString *names = g_string_new(NULL);
    for (size_t i = 0; linear_models[i] != NULL; i++)
        g_string_append_printf(names, "%s%s", i == 0 ? "" : ", ", linear_models[i]->name);
    return g_string_free(names, FALSE);
}

static int check(int argc, char **argv, struct check_settings *settings)
{
    g_autofree char *names = model_names();
    if (!format_is_json(settings->format, &settings->json))
        return EXIT_USAGE;
    if (argc != 2 || settings->model == NULL) {
        complain("check needs one history and --model; see clustersim check --help");
        return EXIT_USAGE;
    }
    const struct linear_model *model = linear_model_find(settings->model);
    if (model == NULL) {
        complain("there is no model \"%s\"; there are %s", settings->model, names);
        return EXIT_USAGE;
    }
    if (settings->steps_max < 0 || settings->window < 0) {
        complain("%s is below 0", settings->steps_max < 0 ? "--max-steps" : "--window");
        return EXIT_USAGE;
    }
    g_autofree char *promises = promise_names();
    if (!promises_are_known(settings->consistency, promises))
        return EXIT_USAGE;
    if (settings->svg != NULL && !promises_linearizable(settings->consistency)) {
        complain("--svg draws what is not " LINEARIZABLE ", and that is not asked");
        return EXIT_USAGE;
    }
    return check_file(argv[1], model, settings);
}

int check_main(const struct verb *verb, int argc, char **argv,
               const struct cs_protocol *const *protocols)
{
    (void)protocols;
    struct check_settings settings = { 0 };
    g_autofree char *names = model_names();
    g_autofree char *about = g_strdup_printf("what was asked of: %s", names);
    g_autofree char *promises = promise_names();
    g_autofree char *promised = g_strdup_printf(
        "what was promised, linearizable by default; may be given more than once: %s", promises);
    const GOptionEntry entries[] = {
        { "model", 0, 0, G_OPTION_ARG_STRING, &settings.model, about, "MODEL" },
        { "consistency", 0, 0, G_OPTION_ARG_STRING_ARRAY, &settings.consistency, promised,
          "PROMISE" },
        { "max-steps", 0, 0, G_OPTION_ARG_INT64, &settings.steps_max,
          "give a key up after so many steps; 0, and by default, 50 million", "N" },
        { "window", 0, 0, G_OPTION_ARG_INT64, &settings.window,
          "check while reading, with about so many events of a key in memory; by default that is "
          "done with files above 32 MiB",
          "EVENTS" },
        { "no-witness", 0, 0, G_OPTION_ARG_NONE, &settings.no_witness,
          "do not try the order first in which the system says that it carried all out", NULL },
        OPTION_ANSWER(settings.format),
        { "svg", 0, 0, G_OPTION_ARG_FILENAME, &settings.svg,
          "draw the operations that no order explains, if there are any", "FILE" },
        { 0 },
    };
    int status = EXIT_PASS;
    if (options_parse(verb, entries, &argc, &argv, &status))
        status = check(argc, argv, &settings);
    g_free(settings.model);
    g_strfreev(settings.consistency);
    g_free(settings.format);
    g_free(settings.svg);
    return status;
}
