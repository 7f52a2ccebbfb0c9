/* The picture of a history from a file: `check --svg`. */
#include "report/picture.h"

#include <errno.h>
#include <stdio.h>

#include "command/check/check.h"

static enum picture_kind kind_of(const struct linear_op *op)
{
    if (op->kind == LINEAR_READ)
        return PICTURE_READ;
    bool conditional =
        op->kind == LINEAR_CAS || op->kind == LINEAR_ACQUIRE || op->kind == LINEAR_DEQUEUE;
    return conditional ? PICTURE_CONDITIONAL : PICTURE_WRITE;
}

/* "cas [1 2] → ok" */
static char *words_of(const struct archive *archive, const struct linear_op *op)
{
    const struct archive_call *call = &archive->calls[op->number];
    bool finds = op->kind == LINEAR_READ || op->kind == LINEAR_DEQUEUE;
    bool names_nothing = finds || op->kind == LINEAR_ACQUIRE || op->kind == LINEAR_RELEASE;
    GString *text = g_string_new(NULL);
    check_add_quoted(text, call->name);
    if (!names_nothing) {
        g_string_append_c(text, ' ');
        check_add_quoted(text, call->asked);
    }
    g_string_append(text, " → ");
    if (op->returned == LINEAR_NEVER) {
        g_string_append_c(text, '?');
    } else if (finds) {
        check_add_quoted(text, call->answered);
    } else {
        g_string_append(text, op->outcome == LINEAR_NO ? "refused" : "ok");
    }
    return g_string_free(text, FALSE);
}

static void add_call(struct picture *picture, const struct archive *archive,
                     const struct linear_report *report, const struct linear_op *op)
{
    const struct archive_call *from = &archive->calls[op->number];
    GString *lane = g_string_new("process ");
    check_add_quoted(lane, from->process);
    const struct picture_call call = {
        .lane = g_string_free(lane, FALSE),
        .words = words_of(archive, op),
        .tip = check_call_text(archive, op),
        .called_at = from->line,
        .returned_at = from->end_line,
        .called = op->invoked,
        .returned = op->returned,
        .kind = kind_of(op),
        .open = op->returned == LINEAR_NEVER,
        .impossible = op == report->failed,
    };
    picture_add_call(picture, &call);
}

static struct picture *picture_of(const char *path, const struct archive *archive,
                                  const struct linear_model *model,
                                  const struct linear_report *report)
{
    struct picture *picture = picture_new();
    g_autofree char *key = check_key_text(archive, report->key);
    g_autofree char *name = g_path_get_basename(path);
    picture->lines = true;
    picture->title =
        *key == 0 ? g_strdup("Not linearizable") : g_strdup_printf("Not linearizable: key %s", key);
    picture->subtitle = g_strdup_printf("%s, as a %s", name, model->name);
    for (size_t i = 0; i < report->window_count; i++)
        add_call(picture, archive, report, report->window[i]);
    g_autofree char *from = check_state_text(archive, model, report->window_state);
    g_autofree char *states = check_states_text(archive, model, report);
    g_autofree char *failed = check_call_text(archive, report->failed);
    picture_say(picture, "Before the first of these %zu operations the state was %s.",
                report->window_count, from);
    picture_say(picture, "Just before the impossible one returned it can only have been %s.",
                states);
    picture_say(picture, "Impossible: %s; %s.", failed, check_demand(report->failed));
    return picture;
}

bool check_draw(const char *path, const struct archive *archive, const struct linear_model *model,
                const struct linear_report *report, const char *svg)
{
    FILE *file = fopen(svg, "we");
    bool failed = file == NULL;
    if (file != NULL) {
        struct picture *picture = picture_of(path, archive, model, report);
        picture_write(picture, file);
        picture_free(picture);
        failed = ferror(file) != 0;
        failed |= fclose(file) != 0;
    }
    if (failed)
        complain("cannot write %s: %s", svg, g_strerror(errno));
    return !failed;
}
