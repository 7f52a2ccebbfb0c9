/* Sequential consistency: what must come before what, then a search for an order.
 *
 * Deciding it is NP-complete (Gibbons and Korach, SIAM J. Comput. 1997), so first come what decides
 * most histories: those that are linearizable are sequentially consistent too, and where reads tell
 * what they have read from, orders that follow from that are added until nothing new does (Biswas
 * and Enea, OOPSLA 2019): a write that a read must see comes before the one that it returns, a
 * write that must come after that one comes after the read.  A cycle refutes. */
#include <stdlib.h>

#include "verify/weak_order.h"
#include "verify/weak_search.h"

struct saturation {
    struct weak_check *check;
    const struct weak_history *history;
    struct weak_graph *graph;
    struct weak_runs runs;
    struct weak_clocks clocks;
    size_t added;
};

static void add(struct saturation *saturation, struct weak_edge edge)
{
    weak_graph_add(saturation->graph, edge);
    saturation->added++;
}

/* What the read must see of a run comes before what it returns; false if it returns nothing. */
static bool look_before(struct saturation *saturation, uint32_t read, const struct weak_run *run)
{
    const struct weak_history *history = saturation->history;
    const struct weak_event *event = &history->events[read];
    bool own = run->session == event->session;
    uint32_t until = own ? event->place - 1 : weak_clock(&saturation->clocks, read)[run->session];
    uint32_t count = weak_run_until(&saturation->runs, history, run, until);
    if (count == 0)
        return true;
    uint32_t seen = saturation->runs.events[run->first + count - 1];
    if (seen == event->source)
        return true;
    if (event->source == WEAK_INITIAL) {
        size_t edge_count;
        struct weak_edge *edges = weak_graph_path(saturation->graph, seen, read, &edge_count);
        weak_blame(saturation->check, WEAK_NOTHING, read, edges, edge_count);
        return false;
    }
    uint32_t known = weak_clock(&saturation->clocks, event->source)[run->session];
    if (known < history->events[seen].place) {
        add(saturation, (struct weak_edge){ .from = seen,
                                            .to = event->source,
                                            .witness = read,
                                            .through = seen,
                                            .kind = WEAK_LINK_OLDER });
    }
    return true;
}

/* The first write of a run that must come after what the read returns must come after the read. */
static void look_behind(struct saturation *saturation, uint32_t read, const struct weak_run *run)
{
    const struct weak_history *history = saturation->history;
    const struct weak_event *event = &history->events[read];
    const uint32_t *events = saturation->runs.events + run->first;
    uint32_t low = 0, high = run->count;
    if (event->source != WEAK_INITIAL) {
        const struct weak_event *from = &history->events[event->source];
        while (low < high) {
            uint32_t middle = low + (high - low) / 2;
            if (weak_clock(&saturation->clocks, events[middle])[from->session] < from->place) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
    }
    while (low < run->count && (events[low] == event->source || events[low] == read))
        low++;
    if (low == run->count)
        return;
    if (weak_clock(&saturation->clocks, events[low])[event->session] < event->place) {
        add(saturation,
            (struct weak_edge){ .from = read, .to = events[low], .kind = WEAK_LINK_NEWER });
    }
}

static bool look_at(struct saturation *saturation, uint32_t read)
{
    uint32_t key = saturation->history->events[read].key;
    const struct weak_runs *runs = &saturation->runs;
    for (uint32_t r = runs->first[key]; r < runs->first[key + 1]; r++) {
        const struct weak_run *run = &runs->runs[r];
        saturation->check->report->steps++;
        if (!run->writes)
            continue;
        if (!look_before(saturation, read, run))
            return false;
        look_behind(saturation, read, run);
    }
    return true;
}

/* One round; false if that refutes the history. */
static bool go_round(struct saturation *saturation, const uint32_t *chains)
{
    const struct weak_history *history = saturation->history;
    saturation->added = 0;
    if (!weak_graph_sort(saturation->graph)) {
        size_t count;
        struct weak_edge *edges = weak_graph_cycle(saturation->graph, &count);
        weak_blame(saturation->check, WEAK_CYCLE, WEAK_NONE, edges, count);
        return false;
    }
    weak_clocks_init(&saturation->clocks, history, saturation->graph, chains,
                     history->session_count);
    bool fine = true;
    for (uint32_t e = 0; e < history->event_count && fine; e++)
        fine = !weak_reads(&history->events[e]) || look_at(saturation, e);
    weak_clocks_done(&saturation->clocks);
    return fine;
}

/* False if that refutes the history. */
static bool saturate(struct weak_check *check, struct weak_graph *graph)
{
    const struct weak_history *history = check->history;
    struct saturation saturation = { .check = check, .history = history, .graph = graph };
    weak_add_sessions(graph, history);
    weak_add_reads(graph, history);
    if (weak_clocks_too_many(history, history->session_count))
        return true;
    uint32_t *chains = malloc(((size_t)history->event_count + 1) * sizeof *chains);
    cs_assert(chains != NULL);
    for (uint32_t e = 0; e < history->event_count; e++)
        chains[e] = history->events[e].session;
    weak_runs_init(&saturation.runs, history);
    bool fine;
    do {
        fine = go_round(&saturation, chains);
    } while (fine && saturation.added > 0 && check->report->steps < check->steps_max);
    weak_runs_done(&saturation.runs);
    free(chains);
    return fine;
}

static bool is_linearizable(struct weak_check *check, struct linear_op *ops)
{
    const struct linear_options options = { .steps_max = check->steps_max };
    struct linear_report linear;
    linear_check(check->model, &options, ops, check->history->count, &linear);
    check->report->steps += linear.steps;
    check->report->constrained = linear.constrained;
    bool linearizable = linear.verdict == LINEAR_OK;
    linear_report_done(&linear);
    for (size_t i = 0; i < check->history->count; i++)
        ops[i].unseen = false;
    return linearizable;
}

void weak_check_sequential(struct weak_check *check, struct linear_op *ops)
{
    cs_assert(ops == check->history->ops);
    if (is_linearizable(check, ops))
        return;
    struct weak_graph graph;
    weak_graph_init(&graph, check->history->event_count);
    if (saturate(check, &graph))
        weak_search(check, &graph);
    weak_graph_done(&graph);
}
