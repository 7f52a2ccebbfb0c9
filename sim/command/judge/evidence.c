#include "command/judge/evidence.h"

#include <string.h>

#include "base/assert.h"
#include "fault/timeline.h"
#include "verify/facts.h"
#include "verify/keys.h"

static char *quoted(struct cs_bytes bytes)
{
    return g_strdup_printf("\"%.*s\"", (int)bytes.size, (const char *)bytes.data);
}

static enum picture_kind kind_of(const struct linear_op *op)
{
    return op->kind == LINEAR_READ  ? PICTURE_READ
           : op->kind == LINEAR_CAS ? PICTURE_CONDITIONAL
                                    : PICTURE_WRITE;
}

/* What it was answered, as short as can be. */
static char *answer_of(const struct linear_history *linear, const struct linear_op *op)
{
    const struct operation *operation = history_at(linear->history, op->number);
    if (op->returned == LINEAR_NEVER)
        return g_strdup("?");
    if (op->kind == LINEAR_READ) {
        return op->seen.size == LINEAR_ABSENT
                   ? g_strdup("nothing")
                   : quoted(history_bytes(linear->history, operation->result));
    }
    if (op->outcome == LINEAR_NO)
        return g_strdup(op->kind == LINEAR_CAS ? "not equal" : "nothing there");
    return g_strdup("ok");
}

/* "cas "a" to "b" → ok" */
static char *words_of(const struct linear_history *linear, const struct linear_op *op)
{
    const struct operation *operation = history_at(linear->history, op->number);
    const char *name = operation_name(operation);
    g_autofree char *value = quoted(history_bytes(linear->history, operation->value));
    g_autofree char *expected = quoted(history_bytes(linear->history, operation->expected));
    g_autofree char *answer = answer_of(linear, op);
    if (op->kind == LINEAR_READ || op->kind == LINEAR_DELETE)
        return g_strdup_printf("%s → %s", name, answer);
    if (op->kind == LINEAR_CAS)
        return g_strdup_printf("%s %s to %s → %s", name, expected, value, answer);
    return g_strdup_printf("%s %s → %s", name, value, answer);
}

static void add_call(struct picture *picture, const struct linear_history *linear,
                     const struct linear_report *report, const struct linear_op *op)
{
    const struct operation *operation = history_at(linear->history, op->number);
    bool open = op->returned == LINEAR_NEVER;
    struct moment from = moment_of(operation->started_ns), to = moment_of(operation->ended_ns);
    struct picture_call call = {
        .lane = g_strdup_printf("session %" G_GUINT64_FORMAT, operation->session),
        .words = words_of(linear, op),
        .called_at = operation->started_ns,
        .returned_at = operation->ended_ns,
        .called = op->invoked,
        .returned = op->returned,
        .kind = kind_of(op),
        .open = open,
        .impossible = op == report->failed,
    };
    call.tip = g_strdup_printf("session %" G_GUINT64_FORMAT ": %s, called at %s, %s %s",
                               operation->session, call.words, from.text,
                               open ? "given up, if at all, at" : "returned at",
                               open && operation->outcome == OUTCOME_OPEN ? "the end" : to.text);
    picture_add_call(picture, &call);
}

/* Those that were active at any time in the window. */
static void add_bands(struct picture *picture, const struct simulation *simulation)
{
    for (size_t i = 0; i < timeline_record_count(simulation->timeline); i++) {
        const struct fault_record *record = timeline_record(simulation->timeline, i);
        if (!record->fired)
            continue;
        const struct picture_band band = {
            .name = g_strdup(record->name),
            .from = record->at_ns,
            .until = MAX(record->until_ns, record->at_ns),
        };
        picture_add_band(picture, &band);
    }
}

static void say_states(struct picture *picture, const struct linear_history *linear,
                       const struct linear_report *report)
{
    struct cs_text text = { 0 };
    linear_history_tell_state(linear, report, report->window_state, &text);
    picture_say(picture, "Before the first of these %zu operations the value was %s.",
                report->window_count, text_string(&text));
    text_reset(&text);
    for (size_t i = 0; i < report->states_kept; i++) {
        cs_text_add(&text, i == 0 ? "" : " or ");
        linear_history_tell_state(linear, report, report->states[i], &text);
    }
    if (report->states_count > report->states_kept)
        cs_text_add(&text, " or one of %zu others", report->states_count - report->states_kept);
    picture_say(picture, "Just before the impossible one returned it can only have been %s.",
                text_string(&text));
    text_done(&text);
    g_autofree char *words = words_of(linear, report->failed);
    picture_say(picture, "Impossible: %s. No order of these operations explains it.", words);
}

struct picture *evidence_picture(const struct simulation *simulation,
                                 const struct linear_history *linear,
                                 const struct linear_report *report)
{
    cs_assert(report->verdict == LINEAR_ILLEGAL);
    const struct plan *plan = simulation->plan;
    const struct linear_key *key = &linear->keys[report->key];
    struct picture *picture = picture_new();
    picture->file = picture_file_name("linearizable", key->key.data, key->key.size);
    g_autofree char *name = quoted(key->key);
    picture->title = g_strdup_printf("Not linearizable: key %s of %s", name,
                                     plan->cluster.groups[key->group].name);
    picture->subtitle =
        g_strdup_printf("%s, seed 0x%016" G_GINT64_MODIFIER "x", plan->name, plan->seed);
    for (size_t i = 0; i < report->window_count; i++)
        add_call(picture, linear, report, report->window[i]);
    add_bands(picture, simulation);
    say_states(picture, linear, report);
    return picture;
}
