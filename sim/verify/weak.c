/* What the weaker models have in common: names, reports, the edges that all of them have. */
#include "verify/weak.h"

#include <stdlib.h>
#include <string.h>

#include "verify/weak_order.h"

static const struct {
    const char *name, *check, *about;
} models[WEAK_MODEL_COUNT] = {
    [WEAK_SEQUENTIAL] = { "sequential", "sequential",
                          "one order that keeps each session's explains every answer" },
    [WEAK_CAUSAL] = { "causal", "causal",
                      "a read returns nothing that is replaced by what it depends on" },
    [WEAK_MONOTONIC_READS] = { "monotonic-reads", "monotonic_reads",
                               "a read sees what earlier reads of its session saw" },
    [WEAK_READ_YOUR_WRITES] = { "read-your-writes", "read_your_writes",
                                "a read sees the earlier writes of its session" },
    [WEAK_MONOTONIC_WRITES] = { "monotonic-writes", "monotonic_writes",
                                "who sees a write sees the earlier writes of its session" },
    [WEAK_WRITES_FOLLOW_READS] = { "writes-follow-reads", "writes_follow_reads",
                                   "who sees a write sees what its session had read before" },
};

const char *weak_model_name(enum weak_model model)
{
    cs_assert(model < WEAK_MODEL_COUNT);
    return models[model].name;
}

const char *weak_model_check(enum weak_model model)
{
    cs_assert(model < WEAK_MODEL_COUNT);
    return models[model].check;
}

const char *weak_model_about(enum weak_model model)
{
    cs_assert(model < WEAK_MODEL_COUNT);
    return models[model].about;
}

bool weak_model_find(const char *name, enum weak_model *ret_model)
{
    for (int m = 0; m < WEAK_MODEL_COUNT; m++) {
        if (strcmp(models[m].name, name) == 0) {
            *ret_model = (enum weak_model)m;
            return true;
        }
    }
    return false;
}

const char *weak_reason_text(enum weak_reason reason)
{
    switch (reason) {
    case WEAK_FINE:
        return "nothing is wrong";
    case WEAK_NOBODY_WROTE:
        return "it has read what nobody wrote";
    case WEAK_NOTHING:
        return "it has found nothing, but it must see this write";
    case WEAK_REPLACED:
        return "it has read what was replaced by what it must see";
    case WEAK_CYCLE:
        return "each of these must come before the next, and the last before the first";
    case WEAK_EXHAUSTED:
        return "no order of the operations that keeps each session's explains it";
    case WEAK_UNCLEAR:
        return "nothing that is known is wrong, but some answers do not tell which write they have "
               "read from";
    case WEAK_GOES_BACK:
        return "the reads of a session go back by themselves, so that writes out of order cannot "
               "be told";
    case WEAK_NO_VALUES:
        return "the answers of this model do not tell which write they have read from";
    case WEAK_TOO_MUCH:
        return "given up after too many steps";
    }
    cs_assert(false && "every reason has its text");
    return "";
}

/* ---- Edges --------------------------------------------------------------------------------------
 */

void weak_add_reads(struct weak_graph *graph, const struct weak_history *history)
{
    for (uint32_t e = 0; e < history->event_count; e++) {
        uint32_t source = history->events[e].source;
        if (source < history->event_count) {
            cs_assert(history->events[source].writes);
            weak_graph_add(graph,
                           (struct weak_edge){ .from = source, .to = e, .kind = WEAK_LINK_READ });
        }
    }
}

void weak_add_sessions(struct weak_graph *graph, const struct weak_history *history)
{
    for (uint32_t e = 0; e < history->event_count; e++) {
        if (history->events[e].place > 1) {
            weak_graph_add(graph,
                           (struct weak_edge){ .from = e - 1, .to = e, .kind = WEAK_LINK_SESSION });
        }
    }
}

/* ---- Reports ------------------------------------------------------------------------------------
 */

static const struct linear_op *op_of(const struct weak_history *history, uint32_t event)
{
    return event < history->event_count ? &history->ops[history->events[event].op] : NULL;
}

/* Let a cycle begin at an event. */
static void turn(const struct weak_history *history, struct weak_edge *edges, size_t count)
{
    size_t begin = 0;
    while (begin < count && edges[begin].from >= history->event_count)
        begin++;
    cs_assert(begin < count);
    for (; begin > 0; begin--) {
        struct weak_edge first = edges[0];
        memmove(edges, edges + 1, (count - 1) * sizeof *edges);
        edges[count - 1] = first;
    }
}

/* Edges become links of operations.  Those by way of nodes that are no events become one, and so do
 * the steps of a session. */
void weak_blame(struct weak_check *check, enum weak_reason reason, uint32_t failed,
                struct weak_edge *edges, size_t count)
{
    const struct weak_history *history = check->history;
    struct weak_report *report = check->report;
    report->verdict = LINEAR_ILLEGAL;
    report->reason = reason;
    report->failed = op_of(history, failed);
    report->links = calloc(count + 1, sizeof *report->links);
    cs_assert(report->links != NULL);
    if (reason == WEAK_CYCLE)
        turn(history, edges, count);
    const struct linear_op *from = NULL;
    for (size_t i = 0; i < count; i++) {
        const struct weak_edge *edge = &edges[i];
        from = from == NULL ? op_of(history, edge->from) : from;
        const struct linear_op *to = op_of(history, edge->to);
        if (to == NULL || to == from)
            continue;
        struct weak_link *last =
            report->link_count == 0 ? NULL : &report->links[report->link_count - 1];
        bool joins = last != NULL && edge->kind == WEAK_LINK_SESSION &&
                     last->kind == WEAK_LINK_SESSION && last->to == from;
        if (joins) {
            last->to = to;
        } else {
            struct weak_link link = { .kind = (enum weak_link_kind)edge->kind,
                                      .from = from,
                                      .to = to };
            if (edge->kind == WEAK_LINK_OLDER) {
                link.witness = op_of(history, edge->witness);
                link.through = op_of(history, edge->through);
            }
            report->links[report->link_count++] = link;
        }
        from = NULL;
    }
    free(edges);
}

void weak_report_done(struct weak_report *report) { free(report->links); }

/* ---- The check ----------------------------------------------------------------------------------
 */

static void unknown(struct weak_report *report, enum weak_reason reason)
{
    report->verdict = LINEAR_UNKNOWN;
    report->reason = reason;
}

static void check_model(struct weak_check *check, enum weak_model weak, struct linear_op *ops)
{
    if (weak == WEAK_SEQUENTIAL) {
        weak_check_sequential(check, ops);
    } else if (weak == WEAK_CAUSAL) {
        weak_check_causal(check);
    } else {
        weak_check_session(check, weak);
    }
}

static void check_history(struct weak_check *check, enum weak_model weak, struct linear_op *ops)
{
    const struct weak_history *history = check->history;
    struct weak_report *report = check->report;
    report->sessions = history->session_count;
    report->unclear = history->unclear;
    report->keys = history->keys_used;
    for (uint32_t e = 0; e < history->event_count; e++)
        report->reads += weak_reads(&history->events[e]);
    if (history->from_nowhere != NULL) {
        report->verdict = LINEAR_ILLEGAL;
        report->reason = WEAK_NOBODY_WROTE;
        report->failed = history->from_nowhere;
        report->constrained++;
        return;
    }
    check_model(check, weak, ops);
    if (report->verdict == LINEAR_OK && weak != WEAK_SEQUENTIAL && history->unclear > 0)
        unknown(report, WEAK_UNCLEAR);
}

void weak_check(enum weak_model weak, const struct weak_input *input,
                struct weak_report *ret_report)
{
    cs_assert(weak < WEAK_MODEL_COUNT);
    *ret_report = (struct weak_report){ .verdict = LINEAR_OK, .operations = input->count };
    bool split = weak != WEAK_SEQUENTIAL && weak != WEAK_CAUSAL;
    if (weak != WEAK_SEQUENTIAL && !weak_tells_source(input->model)) {
        unknown(ret_report, WEAK_NO_VALUES);
        return;
    }
    struct weak_history history;
    weak_history_init(&history, input, split);
    struct weak_check check = {
        .model = input->model,
        .history = &history,
        .report = ret_report,
        .steps_max = input->steps_max == 0 ? LINEAR_STEPS_DEFAULT : input->steps_max,
    };
    check_history(&check, weak, input->ops);
    weak_history_done(&history);
}
