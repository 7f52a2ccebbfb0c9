#include "command/judge/weak.h"

#include "verify/facts.h"
#include "verify/index.h"
#include "verify/keys.h"
#include "verify/linear_history.h"

enum { LINKS_SHOWN_MAX = 6 };

/* By operation the number of its session.  The caller frees it. */
static uint32_t *number_sessions(const struct linear_history *linear)
{
    uint32_t *sessions = g_new(uint32_t, linear->count + 1);
    uint64_t *names = g_new(uint64_t, linear->count + 1);
    uint32_t count = 0;
    struct index index = { 0 };
    for (size_t i = 0; i < linear->count; i++) {
        uint64_t session = history_at(linear->history, linear->ops[i].number)->session;
        uint64_t hash = index_hash(session, 0);
        struct index_probe probe = index_probe(&index, hash);
        sessions[i] = count;
        while (index_next(&index, &probe)) {
            if (names[probe.number] == session)
                sessions[i] = probe.number;
        }
        if (sessions[i] == count) {
            index_add(&index, hash, count);
            names[count++] = session;
        }
    }
    cs_assert(count <= linear->count);
    index_done(&index);
    g_free(names);
    return sessions;
}

/* ---- Words --------------------------------------------------------------------------------------
 */

static void add_bytes(const struct history *history, struct history_bytes kept,
                      struct cs_text *text)
{
    struct cs_bytes bytes = history_bytes(history, kept);
    cs_text_add(text, " \"%.*s\"", (int)bytes.size, bytes.size > 0 ? (const char *)bytes.data : "");
}

/* 'put "v7" (session 12 at 1.402s)'. */
static void add_call(const struct linear_history *linear, const struct linear_op *op,
                     struct cs_text *text)
{
    cs_assert(op != NULL);
    const struct operation *operation = history_at(linear->history, op->number);
    struct moment at = moment_of(operation->started_ns);
    cs_text_add(text, "%s", operation_name(operation));
    if (op->kind == LINEAR_READ) {
        bool found = operation->present || operation->result.size > 0;
        cs_text_add(text, found ? " that found" : " that found nothing");
        if (found)
            add_bytes(linear->history, operation->result, text);
    } else if (op->kind != LINEAR_DELETE) {
        add_bytes(linear->history, operation->value, text);
    }
    cs_text_add(text, " (session %llu at %s)", (unsigned long long)operation->session, at.text);
}

static void add_link(const struct linear_history *linear, const struct weak_link *link,
                     struct cs_text *text)
{
    switch (link->kind) {
    case WEAK_LINK_SESSION:
        add_call(linear, link->from, text);
        cs_text_add(text, " comes before ");
        add_call(linear, link->to, text);
        break;
    case WEAK_LINK_READ:
        add_call(linear, link->to, text);
        cs_text_add(text, " has read what was written by ");
        add_call(linear, link->from, text);
        break;
    case WEAK_LINK_NEWER:
        add_call(linear, link->from, text);
        cs_text_add(text, " has not read yet what was written by ");
        add_call(linear, link->to, text);
        break;
    case WEAK_LINK_OLDER:
        add_call(linear, link->witness, text);
        cs_text_add(text, " has read what was written by ");
        add_call(linear, link->to, text);
        cs_text_add(text, " though it must see ");
        add_call(linear, link->from, text);
        break;
    }
}

static void explain(const struct linear_history *linear, const struct weak_report *report,
                    struct cs_text *text)
{
    const struct linear_op *shown = report->failed != NULL   ? report->failed
                                    : report->link_count > 0 ? report->links[0].from
                                                             : NULL;
    if (shown != NULL) {
        struct cs_bytes key = linear->keys[shown->key].key;
        cs_text_add(text, "key \"%.*s\": ", (int)key.size,
                    key.size > 0 ? (const char *)key.data : "");
    }
    if (report->failed != NULL) {
        add_call(linear, report->failed, text);
        cs_text_add(text, ": ");
    }
    cs_text_add(text, "%s", weak_reason_text(report->reason));
    for (size_t i = 0; i < report->link_count && i < LINKS_SHOWN_MAX; i++) {
        cs_text_add(text, i == 0 ? ": " : "; ");
        add_link(linear, &report->links[i], text);
    }
    if (report->link_count > LINKS_SHOWN_MAX)
        cs_text_add(text, "; and %zu more", report->link_count - LINKS_SHOWN_MAX);
}

/* ---- Judging ------------------------------------------------------------------------------------
 */

/* When the last of the operations that it rests on ended. */
static uint64_t broken_at(const struct linear_history *linear, const struct weak_report *report)
{
    uint64_t at_ns = 0;
    if (report->failed != NULL)
        at_ns = history_at(linear->history, report->failed->number)->ended_ns;
    for (size_t i = 0; i < report->link_count; i++) {
        const struct linear_op *op =
            report->links[i].witness != NULL ? report->links[i].witness : report->links[i].to;
        at_ns = MAX(at_ns, history_at(linear->history, op->number)->ended_ns);
    }
    return at_ns;
}

static void judge_one(struct simulation *simulation, const struct linear_history *linear,
                      const uint32_t *sessions, enum weak_model weak, bool complete)
{
    const struct weak_input input = { .model = linear_model_find("kv"),
                                      .ops = linear->ops,
                                      .sessions = sessions,
                                      .count = linear->count,
                                      .steps_max = simulation->plan->weak_steps_max };
    const char *name = weak_model_check(weak);
    struct weak_report report;
    weak_check(weak, &input, &report);
    simulation->weak_seen[weak] = report.constrained;
    if (report.verdict != LINEAR_OK) {
        bool illegal = report.verdict == LINEAR_ILLEGAL;
        struct cs_text text = { 0 };
        explain(linear, &report, &text);
        simulation_add_finding(simulation, illegal ? VERDICT_VIOLATION : VERDICT_INCONCLUSIVE, name,
                               illegal ? broken_at(linear, &report) : UINT64_MAX, "%s",
                               text_string(&text));
        text_done(&text);
    } else if (!complete || report.constrained == 0) {
        simulation_add_finding(simulation, VERDICT_INCONCLUSIVE, name, UINT64_MAX, "%s",
                               complete ? "it saw nothing to judge"
                                        : "not reached: it is judged at the end of a run");
    }
    weak_report_done(&report);
}

void judge_weak(struct simulation *simulation, bool complete)
{
    bool any = false;
    for (int m = 0; m < WEAK_MODEL_COUNT; m++)
        any = any || simulation->plan->weak[m];
    if (!any)
        return;
    struct linear_history linear;
    linear_history_init(&linear, simulation->history);
    g_autofree uint32_t *sessions = number_sessions(&linear);
    for (int m = 0; m < WEAK_MODEL_COUNT; m++) {
        if (simulation->plan->weak[m])
            judge_one(simulation, &linear, sessions, (enum weak_model)m, complete);
    }
    linear_history_done(&linear);
}
