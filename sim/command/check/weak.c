/* check --consistency: a history against a weaker model. */
#include <stdio.h>

#include "base/hash.h"
#include "command/check/check.h"
#include "verify/index.h"
#include "verify/keys.h"

/* By operation the number of its process.  The caller frees it. */
static uint32_t *number_processes(const struct archive *archive)
{
    uint32_t *sessions = g_new(uint32_t, archive->count + 1);
    uint32_t *firsts = g_new(uint32_t, archive->count + 1);
    uint32_t count = 0;
    struct index index = { 0 };
    for (size_t i = 0; i < archive->count; i++) {
        struct cs_bytes process = archive->calls[archive->ops[i].number].process;
        uint64_t hash = hash_bytes(process.data, process.size);
        struct index_probe probe = index_probe(&index, hash);
        sessions[i] = count;
        while (index_next(&index, &probe)) {
            uint32_t other = archive->ops[firsts[probe.number]].number;
            if (bytes_equal(archive->calls[other].process, process))
                sessions[i] = probe.number;
        }
        if (sessions[i] == count) {
            index_add(&index, hash, count);
            firsts[count++] = (uint32_t)i;
        }
    }
    index_done(&index);
    g_free(firsts);
    return sessions;
}

/* ---- Words --------------------------------------------------------------------------------------
 */

/* One sentence.  The caller frees it. */
static char *link_text(const struct archive *archive, const struct weak_link *link)
{
    g_autofree char *from = check_call_text(archive, link->from);
    g_autofree char *to = check_call_text(archive, link->to);
    switch (link->kind) {
    case WEAK_LINK_SESSION:
        return g_strdup_printf("%s; later in its session %s", from, to);
    case WEAK_LINK_READ:
        return g_strdup_printf("%s has read what was written by %s", to, from);
    case WEAK_LINK_NEWER:
        return g_strdup_printf("%s has not read yet what was written by %s", from, to);
    case WEAK_LINK_OLDER:
        break;
    }
    g_autofree char *witness = check_call_text(archive, link->witness);
    bool direct = link->through == link->from || link->through == link->witness;
    g_autofree char *through = direct ? g_strdup("") : check_call_text(archive, link->through);
    return g_strdup_printf("%s has read what was written by %s, though it must see %s%s%s", witness,
                           to, from, direct ? "" : ", as is known from ", through);
}

static void print_reason(const char *path, const struct archive *archive,
                         const struct weak_report *report)
{
    enum { SHOWN_MAX = 40 };
    if (report->failed != NULL) {
        const struct archive_call *call = &archive->calls[report->failed->number];
        g_autofree char *failed = check_call_text(archive, report->failed);
        g_autofree char *key = check_key_text(archive, report->failed->key);
        if (*key != 0)
            printf("  key         %s\n", key);
        printf("  impossible  %s:%" G_GUINT64_FORMAT ": %s\n", path,
               call->end_line != 0 ? call->end_line : call->line, failed);
    }
    printf("  why         %s%s\n", weak_reason_text(report->reason),
           report->link_count > 0 ? ":" : "");
    for (size_t i = 0; i < report->link_count && i < SHOWN_MAX; i++) {
        g_autofree char *link = link_text(archive, &report->links[i]);
        printf("    %s\n", link);
    }
    if (report->link_count > SHOWN_MAX)
        printf("    and %zu more\n", report->link_count - SHOWN_MAX);
}

static void print_text(const char *path, const struct archive *archive, enum weak_model weak,
                       const struct weak_report *report)
{
    printf("%s: %s\n", path, linear_verdict_name(report->verdict));
    printf("  promise     %s: %s\n", weak_model_name(weak), weak_model_about(weak));
    printf("  operations  %" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT
           " sessions on %" G_GUINT64_FORMAT " keys; %zu failed and did not happen\n",
           report->operations, report->sessions, report->keys, archive->failed);
    printf("  answers     %" G_GUINT64_FORMAT
           " that tell what they have read from, %" G_GUINT64_FORMAT
           " that do not; %" G_GUINT64_FORMAT " could have been wrong\n",
           report->reads, report->unclear, report->constrained);
    if (report->verdict != LINEAR_OK)
        print_reason(path, archive, report);
}

static json_t *evidence_json(const struct archive *archive, const struct weak_report *report)
{
    json_t *evidence = json_object();
    if (report->failed != NULL) {
        const struct archive_call *call = &archive->calls[report->failed->number];
        g_autofree char *failed = check_call_text(archive, report->failed);
        g_autofree char *key = check_key_text(archive, report->failed->key);
        json_object_set_new(evidence, "key", json_string(key));
        json_object_set_new(
            evidence, "line",
            json_integer((json_int_t)(call->end_line != 0 ? call->end_line : call->line)));
        json_object_set_new(evidence, "operation", json_string(failed));
    }
    json_object_set_new(evidence, "why", json_string(weak_reason_text(report->reason)));
    json_t *links = json_array();
    for (size_t i = 0; i < report->link_count; i++) {
        g_autofree char *link = link_text(archive, &report->links[i]);
        json_array_append_new(links, json_string(link));
    }
    json_object_set_new(evidence, "because", links);
    return evidence;
}

static json_t *answer_json(const char *path, const struct archive *archive,
                           const struct linear_model *model, enum weak_model weak,
                           const struct weak_report *report)
{
    json_t *answer =
        json_pack("{s:s, s:s, s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "file", path,
                  "model", model->name, "consistency", weak_model_name(weak), "verdict",
                  linear_verdict_name(report->verdict), "operations",
                  (json_int_t)report->operations, "failed", (json_int_t)archive->failed, "keys",
                  (json_int_t)report->keys, "sessions", (json_int_t)report->sessions, "answers",
                  (json_int_t)report->reads, "unclear", (json_int_t)report->unclear, "constrained",
                  (json_int_t)report->constrained, "steps", (json_int_t)report->steps);
    g_assert(answer != NULL);
    if (report->verdict != LINEAR_OK)
        json_object_set_new(answer, "evidence", evidence_json(archive, report));
    return answer;
}

enum linear_verdict check_weak(const char *path, struct archive *archive,
                               const struct linear_model *model, enum weak_model weak,
                               uint64_t steps_max, json_t *answers)
{
    struct weak_report report;
    g_autofree uint32_t *sessions = number_processes(archive);
    const struct weak_input input = { .model = model,
                                      .ops = archive->ops,
                                      .sessions = sessions,
                                      .count = archive->count,
                                      .steps_max = steps_max };
    weak_check(weak, &input, &report);
    if (answers != NULL) {
        json_array_append_new(answers, answer_json(path, archive, model, weak, &report));
    } else {
        print_text(path, archive, weak, &report);
    }
    enum linear_verdict verdict = report.verdict;
    weak_report_done(&report);
    return verdict;
}
