/* Causal consistency: the bad patterns of CC (Bouajjani, Enea, Guerraoui and Hamza, POPL 2017), by
 * vector clocks.  That a read has read what nobody wrote was found before. */
#include <stdlib.h>

#include "verify/weak_order.h"

struct causal {
    struct weak_check *check;
    const struct weak_history *history;
    struct weak_graph graph;
    struct weak_runs runs;
    struct weak_clocks clocks;
};

/* The path from `from` by way of `over` to `to`. */
static struct weak_edge *path_over(const struct causal *causal, uint32_t from, uint32_t over,
                                   uint32_t to, size_t *ret_count)
{
    size_t first = 0, second;
    struct weak_edge *edges = NULL;
    if (from != WEAK_INITIAL)
        edges = weak_graph_path(&causal->graph, from, over, &first);
    struct weak_edge *more = weak_graph_path(&causal->graph, over, to, &second);
    edges = realloc(edges, (first + second) * sizeof *edges);
    cs_assert(edges != NULL);
    for (size_t i = 0; i < second; i++)
        edges[first + i] = more[i];
    free(more);
    *ret_count = first + second;
    return edges;
}

/* A read that sees this write, which is not the one that it has read from. */
static bool is_wrong(struct causal *causal, uint32_t read, uint32_t seen)
{
    const struct weak_history *history = causal->history;
    uint32_t source = history->events[read].source;
    bool replaced = source == WEAK_INITIAL;
    if (!replaced) {
        const struct weak_event *from = &history->events[source];
        replaced = weak_clock(&causal->clocks, seen)[from->session] >= from->place;
    }
    if (!replaced)
        return false;
    size_t count;
    struct weak_edge *edges = path_over(causal, source, seen, read, &count);
    weak_blame(causal->check, source == WEAK_INITIAL ? WEAK_NOTHING : WEAK_REPLACED, read, edges,
               count);
    return true;
}

static bool look_at(struct causal *causal, uint32_t read)
{
    const struct weak_history *history = causal->history;
    const struct weak_event *event = &history->events[read];
    const struct weak_runs *runs = &causal->runs;
    const uint32_t *clock = weak_clock(&causal->clocks, read);
    bool constrained = false, wrong = false;
    for (uint32_t r = runs->first[event->key]; r < runs->first[event->key + 1] && !wrong; r++) {
        const struct weak_run *run = &runs->runs[r];
        bool own = run->session == event->session;
        uint32_t until = own ? event->place - 1 : clock[run->session];
        uint32_t count = run->writes ? weak_run_until(runs, history, run, until) : 0;
        causal->check->report->steps++;
        if (count == 0)
            continue;
        uint32_t seen = runs->events[run->first + count - 1];
        constrained |= own || seen != event->source;
        wrong = seen != event->source && is_wrong(causal, read, seen);
    }
    causal->check->report->constrained += constrained;
    return !wrong;
}

static void judge(struct causal *causal)
{
    const struct weak_history *history = causal->history;
    weak_add_sessions(&causal->graph, history);
    weak_add_reads(&causal->graph, history);
    if (!weak_graph_sort(&causal->graph)) {
        size_t count;
        struct weak_edge *edges = weak_graph_cycle(&causal->graph, &count);
        weak_blame(causal->check, WEAK_CYCLE, WEAK_NONE, edges, count);
        return;
    }
    uint32_t *chains = malloc(((size_t)history->event_count + 1) * sizeof *chains);
    cs_assert(chains != NULL);
    for (uint32_t e = 0; e < history->event_count; e++)
        chains[e] = history->events[e].session;
    weak_clocks_init(&causal->clocks, history, &causal->graph, chains, history->session_count);
    free(chains);
    for (uint32_t i = 0; i < causal->graph.ordered; i++) {
        uint32_t event = causal->graph.order[i];
        if (weak_reads(&history->events[event]) && !look_at(causal, event))
            return;
    }
}

void weak_check_causal(struct weak_check *check)
{
    if (weak_clocks_too_many(check->history, check->history->session_count)) {
        check->report->verdict = LINEAR_UNKNOWN;
        check->report->reason = WEAK_TOO_MUCH;
        return;
    }
    struct causal causal = { .check = check, .history = check->history };
    weak_graph_init(&causal.graph, check->history->event_count);
    weak_runs_init(&causal.runs, check->history);
    judge(&causal);
    weak_graph_done(&causal.graph);
    weak_runs_done(&causal.runs);
    weak_clocks_done(&causal.clocks);
}
