/* What must come before what: a graph of events, and clocks that tell what is in an event's past.
 *
 * A *chain* is a part of a session whose events follow each other in the graph, so that of each
 * chain the past of an event is a prefix: one number, the place where it ends. */
#ifndef VERIFY_WEAK_ORDER_H
#define VERIFY_WEAK_ORDER_H
#include "verify/weak_history.h"

struct weak_edge {
    uint32_t from, to;         /* events, or what the caller adds behind them */
    uint32_t witness, through; /* of LINK_OLDER: events */
    uint8_t kind;              /* enum weak_link_kind */
};

struct weak_graph {
    uint32_t node_count;
    struct weak_edge *edges;
    size_t count, capacity;
    size_t *out; /* the edges by where they begin; made by weak_graph_sort() */
    uint32_t *out_first;
    uint32_t *order; /* likewise: the nodes, so that no edge leads backwards */
    uint32_t ordered;
};

void weak_graph_init(struct weak_graph *graph, uint32_t node_count);
void weak_graph_done(struct weak_graph *graph);
void weak_graph_add(struct weak_graph *graph, struct weak_edge edge);
/* Order the nodes; false if there is a cycle.  Edges may be added afterwards, and it be done again.
 */
bool weak_graph_sort(struct weak_graph *graph);

/* The edges of a short cycle, which there is, or of the shortest path.  The caller frees them. */
struct weak_edge *weak_graph_cycle(const struct weak_graph *graph, size_t *ret_count);
struct weak_edge *weak_graph_path(const struct weak_graph *graph, uint32_t from, uint32_t to,
                                  size_t *ret_count);

/* By event and chain: how far the past of the event reaches, itself included. */
struct weak_clocks {
    uint32_t *places;
    uint32_t width;
};

/* The graph must be sorted and without cycles.  `chains` names each event's chain, below `width`;
 * events without one have WEAK_NONE. */
void weak_clocks_init(struct weak_clocks *clocks, const struct weak_history *history,
                      const struct weak_graph *graph, const uint32_t *chains, uint32_t width);
void weak_clocks_done(struct weak_clocks *clocks);
/* Whether so many clocks are too many to keep. */
bool weak_clocks_too_many(const struct weak_history *history, uint32_t width);

static inline const uint32_t *weak_clock(const struct weak_clocks *clocks, uint32_t event)
{
    return clocks->places + (size_t)event * clocks->width;
}

/* The reads, or the writes, of a key by one session, in their order. */
struct weak_run {
    uint32_t session;
    bool writes;
    uint32_t first, count; /* among weak_runs.events */
};

struct weak_runs {
    uint32_t *events;
    struct weak_run *runs; /* key after key */
    uint32_t *first;       /* by key, and one more */
};

void weak_runs_init(struct weak_runs *runs, const struct weak_history *history);
void weak_runs_done(struct weak_runs *runs);
/* The last event of a run at or before this place, by its number in the run plus one; 0: none. */
uint32_t weak_run_until(const struct weak_runs *runs, const struct weak_history *history,
                        const struct weak_run *run, uint32_t place);

/* ---- What the models share ---------------------------------------------------------------------
 */

struct weak_check {
    const struct linear_model *model;
    const struct weak_history *history;
    struct weak_report *report;
    uint64_t steps_max;
};

/* One file each.  The report holds what is known before. */
void weak_check_session(struct weak_check *check, enum weak_model weak);
void weak_check_causal(struct weak_check *check);
void weak_check_sequential(struct weak_check *check, struct linear_op *ops);

/* What every read has read from whom, as edges. */
void weak_add_reads(struct weak_graph *graph, const struct weak_history *history);
/* An event follows the one before it in its session. */
void weak_add_sessions(struct weak_graph *graph, const struct weak_history *history);

/* It is illegal.  The edges become the report's links, and are freed. */
void weak_blame(struct weak_check *check, enum weak_reason reason, uint32_t failed,
                struct weak_edge *edges, size_t count);

#endif
