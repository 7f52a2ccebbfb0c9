/* The session guarantees.
 *
 * A graph tells what a read sees: a write reaches it by a path of "has read from" and of those
 * steps within sessions that the guarantee speaks of.  Where the graph leads from a write to a
 * write, and where a read returns one write and sees another on its key, the order of the two is
 * given.  The guarantee holds if all that has no cycle. */
#include <stdlib.h>

#include "verify/weak_order.h"

/* Which steps of a session carry what was seen. */
enum {
    READ_TO_READ = 1,
    WRITE_TO_READ = 2,
    WRITE_TO_WRITE = 4,
    READ_TO_WRITE = 8,
};

struct guarantee {
    struct weak_check *check;
    const struct weak_history *history;
    unsigned steps;
    struct weak_graph graph;
    struct weak_runs runs;
    struct weak_clocks clocks;
    bool clocked;    /* what is seen may be anybody's; else only what the session itself has done */
    uint32_t *since; /* by write: its session's writes before this were put before it already */
    bool illegal;
};

static unsigned steps_of(enum weak_model weak)
{
    switch (weak) {
    case WEAK_MONOTONIC_READS:
        return READ_TO_READ;
    case WEAK_READ_YOUR_WRITES:
        return WRITE_TO_READ;
    case WEAK_MONOTONIC_WRITES:
        return READ_TO_READ | WRITE_TO_WRITE;
    case WEAK_WRITES_FOLLOW_READS:
        return READ_TO_READ | READ_TO_WRITE;
    case WEAK_SEQUENTIAL:
    case WEAK_CAUSAL:
    case WEAK_MODEL_COUNT:
        break;
    }
    cs_assert(false && "a session guarantee");
    return 0;
}

static bool carries(const struct guarantee *guarantee, unsigned step)
{
    return (guarantee->steps & step) != 0;
}

/* ---- What is seen -------------------------------------------------------------------------------
 */

static void add_step(struct guarantee *guarantee, uint32_t from, uint32_t to)
{
    if (from != WEAK_NONE) {
        weak_graph_add(&guarantee->graph,
                       (struct weak_edge){ .from = from, .to = to, .kind = WEAK_LINK_SESSION });
    }
}

static void add_session(struct guarantee *guarantee, uint32_t session)
{
    const struct weak_history *history = guarantee->history;
    uint32_t last_read = WEAK_NONE, last_write = WEAK_NONE;
    for (uint32_t e = history->first[session]; e < history->first[session + 1]; e++) {
        if (history->events[e].writes) {
            if (carries(guarantee, WRITE_TO_WRITE))
                add_step(guarantee, last_write, e);
            if (carries(guarantee, READ_TO_WRITE))
                add_step(guarantee, last_read, e);
            last_write = e;
        } else {
            if (carries(guarantee, READ_TO_READ))
                add_step(guarantee, last_read, e);
            last_read = e;
        }
    }
}

/* Clocks, where what is seen may be what other sessions have seen; false if there is a cycle
 * already, or too much. */
static bool make_clocks(struct guarantee *guarantee)
{
    const struct weak_history *history = guarantee->history;
    uint32_t width = history->session_count * 2;
    if (weak_clocks_too_many(history, width)) {
        guarantee->check->report->verdict = LINEAR_UNKNOWN;
        guarantee->check->report->reason = WEAK_TOO_MUCH;
        return false;
    }
    uint32_t *chains = malloc(((size_t)history->event_count + 1) * sizeof *chains);
    cs_assert(chains != NULL);
    for (uint32_t e = 0; e < history->event_count; e++) {
        bool writes = history->events[e].writes;
        bool is_chain = !writes || carries(guarantee, WRITE_TO_WRITE);
        chains[e] = is_chain ? history->events[e].session * 2 + writes : WEAK_NONE;
    }
    guarantee->clocked = true;
    weak_clocks_init(&guarantee->clocks, history, &guarantee->graph, chains, width);
    free(chains);
    return true;
}

/* Up to which place of a run the read sees it. */
static uint32_t seen_until(const struct guarantee *guarantee, uint32_t read,
                           const struct weak_run *run)
{
    const struct weak_event *event = &guarantee->history->events[read];
    if (run->session == event->session) {
        unsigned step = run->writes ? WRITE_TO_READ : READ_TO_READ;
        if (carries(guarantee, step))
            return event->place - 1;
        if (!run->writes)
            return 0;
    }
    if (!guarantee->clocked)
        return 0;
    return weak_clock(&guarantee->clocks, read)[run->session * 2 + run->writes];
}

/* ---- What follows -------------------------------------------------------------------------------
 */

static uint32_t run_event(const struct guarantee *guarantee, const struct weak_run *run,
                          uint32_t number)
{
    cs_assert(number < run->count);
    return guarantee->runs.events[run->first + number];
}

static void add_older(struct guarantee *guarantee, uint32_t from, uint32_t to, uint32_t read,
                      uint32_t through)
{
    weak_graph_add(
        &guarantee->graph,
        (struct weak_edge){
            .from = from, .to = to, .witness = read, .through = through, .kind = WEAK_LINK_OLDER });
}

/* The read sees the write `seen`, by the event `through` of its past. */
static void compare(struct guarantee *guarantee, uint32_t read, uint32_t seen, uint32_t through)
{
    const struct weak_history *history = guarantee->history;
    uint32_t source = history->events[read].source;
    if (seen == WEAK_INITIAL || seen == source || guarantee->illegal)
        return;
    if (source != WEAK_INITIAL) {
        add_older(guarantee, seen, source, read, through);
        return;
    }
    struct weak_edge *edges = calloc(2, sizeof *edges);
    cs_assert(edges != NULL);
    size_t count = 0;
    bool own = history->events[through].session == history->events[read].session &&
               history->events[through].place < history->events[read].place;
    if (own) {
        if (through != seen)
            edges[count++] = (struct weak_edge){ seen, through, 0, 0, WEAK_LINK_READ };
        edges[count++] = (struct weak_edge){ through, read, 0, 0, WEAK_LINK_SESSION };
    } else {
        free(edges);
        edges = weak_graph_path(&guarantee->graph, seen, read, &count);
    }
    guarantee->illegal = true;
    weak_blame(guarantee->check, WEAK_NOTHING, read, edges, count);
}

/* Read your writes alone puts the writes of a session in no order: the read sees each of them.
 * Behind the events there is a node for each, which stands for the writes of its run up to it. */
static void compare_own_writes(struct guarantee *guarantee, uint32_t read,
                               const struct weak_run *run, uint32_t count)
{
    const struct weak_history *history = guarantee->history;
    uint32_t source = history->events[read].source;
    uint32_t last = run_event(guarantee, run, count - 1);
    const struct weak_event *from = source == WEAK_INITIAL ? NULL : &history->events[source];
    bool own = from != NULL && from->session == history->events[read].session &&
               from->place <= history->events[last].place;
    if (from == NULL) {
        compare(guarantee, read, last, last);
        return;
    }
    if (!own) {
        add_older(guarantee, history->event_count + last, source, read, last);
        return;
    }
    uint32_t place = weak_run_until(&guarantee->runs, history, run, from->place);
    cs_assert(place > 0);
    cs_assert(run_event(guarantee, run, place - 1) == source);
    if (place > 1 && guarantee->since[source] == 0) {
        uint32_t before = run_event(guarantee, run, place - 2);
        add_older(guarantee, history->event_count + before, source, read, before);
    }
    uint32_t begin = guarantee->since[source] > place ? guarantee->since[source] : place;
    for (uint32_t i = begin; i < count; i++) {
        uint32_t later = run_event(guarantee, run, i);
        add_older(guarantee, later, source, read, later);
    }
    guarantee->since[source] = begin > count ? begin : count;
}

static void look_at(struct guarantee *guarantee, uint32_t read)
{
    const struct weak_history *history = guarantee->history;
    const struct weak_event *event = &history->events[read];
    const struct weak_runs *runs = &guarantee->runs;
    bool constrained = false;
    for (uint32_t r = runs->first[event->key]; r < runs->first[event->key + 1]; r++) {
        const struct weak_run *run = &runs->runs[r];
        uint32_t count = weak_run_until(runs, history, run, seen_until(guarantee, read, run));
        guarantee->check->report->steps++;
        if (count == 0)
            continue;
        uint32_t last = run_event(guarantee, run, count - 1);
        uint32_t seen = run->writes ? last : history->events[last].source;
        constrained |=
            seen != WEAK_INITIAL && (run->session == event->session || seen != event->source);
        if (run->writes && !carries(guarantee, WRITE_TO_WRITE)) {
            compare_own_writes(guarantee, read, run, count);
        } else {
            compare(guarantee, read, seen, last);
        }
    }
    guarantee->check->report->constrained += constrained;
}

/* The nodes that stand for the writes of a run up to one of them. */
static void add_own_writes(struct guarantee *guarantee)
{
    const struct weak_runs *runs = &guarantee->runs;
    const struct weak_history *history = guarantee->history;
    for (uint32_t r = 0; r < runs->first[history->key_count]; r++) {
        const struct weak_run *run = &runs->runs[r];
        for (uint32_t i = 0; run->writes && i < run->count; i++) {
            uint32_t event = run_event(guarantee, run, i), node = history->event_count + event;
            add_step(guarantee, event, node);
            if (i > 0)
                add_step(guarantee, history->event_count + run_event(guarantee, run, i - 1), node);
        }
    }
}

/* ---- The whole ----------------------------------------------------------------------------------
 */

static bool blame_cycle(struct guarantee *guarantee)
{
    if (weak_graph_sort(&guarantee->graph))
        return false;
    size_t count;
    struct weak_edge *edges = weak_graph_cycle(&guarantee->graph, &count);
    weak_blame(guarantee->check, WEAK_CYCLE, WEAK_NONE, edges, count);
    return true;
}

static void judge(struct guarantee *guarantee)
{
    const struct weak_history *history = guarantee->history;
    for (uint32_t s = 0; s < history->session_count; s++)
        add_session(guarantee, s);
    weak_add_reads(&guarantee->graph, history);
    if (blame_cycle(guarantee))
        return;
    bool others = carries(guarantee, WRITE_TO_WRITE | READ_TO_WRITE);
    if (others && !make_clocks(guarantee))
        return;
    if (guarantee->steps == WRITE_TO_READ) {
        guarantee->graph.node_count = history->event_count * 2;
        free(guarantee->graph.order);
        guarantee->graph.order = NULL;
        add_own_writes(guarantee);
    }
    for (uint32_t e = 0; e < history->event_count && !guarantee->illegal; e++) {
        if (weak_reads(&history->events[e]))
            look_at(guarantee, e);
    }
    if (!guarantee->illegal)
        blame_cycle(guarantee);
}

static void check_steps(struct weak_check *check, unsigned steps)
{
    struct guarantee guarantee = { .check = check, .history = check->history, .steps = steps };
    uint32_t count = check->history->event_count;
    guarantee.since = calloc((size_t)count + 1, sizeof *guarantee.since);
    cs_assert(guarantee.since != NULL);
    weak_graph_init(&guarantee.graph, count);
    weak_runs_init(&guarantee.runs, check->history);
    judge(&guarantee);
    weak_graph_done(&guarantee.graph);
    weak_runs_done(&guarantee.runs);
    weak_clocks_done(&guarantee.clocks);
    free(guarantee.since);
}

void weak_check_session(struct weak_check *check, enum weak_model weak)
{
    unsigned steps = steps_of(weak);
    check_steps(check, steps);
    if (check->report->verdict != LINEAR_ILLEGAL || (steps & ~(unsigned)READ_TO_READ) == 0 ||
        !((steps & READ_TO_READ) != 0))
        return;
    struct weak_report alone = { .verdict = LINEAR_OK };
    struct weak_check again = *check;
    again.report = &alone;
    check_steps(&again, READ_TO_READ);
    if (alone.verdict == LINEAR_ILLEGAL) {
        check->report->verdict = LINEAR_UNKNOWN;
        check->report->reason = WEAK_GOES_BACK;
    }
    weak_report_done(&alone);
}
