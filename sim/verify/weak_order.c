#include "verify/weak_order.h"

#include <string.h>

#include "verify/index.h"

/* ---- Graphs -------------------------------------------------------------------------------------
 */

void weak_graph_init(struct weak_graph *graph, uint32_t node_count)
{
    *graph = (struct weak_graph){ .node_count = node_count };
}

void weak_graph_done(struct weak_graph *graph)
{
    free(graph->edges);
    free(graph->out);
    free(graph->out_first);
    free(graph->order);
}

void weak_graph_add(struct weak_graph *graph, struct weak_edge edge)
{
    cs_assert(edge.from < graph->node_count);
    cs_assert(edge.to < graph->node_count);
    graph->edges =
        array_reserve(graph->edges, &graph->capacity, graph->count + 1, sizeof *graph->edges);
    graph->edges[graph->count++] = edge;
}

static void collect_out(struct weak_graph *graph)
{
    uint32_t nodes = graph->node_count;
    free(graph->out);
    free(graph->out_first);
    graph->out = malloc((graph->count + 1) * sizeof *graph->out);
    graph->out_first = calloc((size_t)nodes + 2, sizeof *graph->out_first);
    cs_assert(graph->out != NULL);
    cs_assert(graph->out_first != NULL);
    cs_assert(graph->count < UINT32_MAX);
    for (size_t i = 0; i < graph->count; i++)
        graph->out_first[graph->edges[i].from + 2]++;
    for (size_t n = 2; n < (size_t)nodes + 2; n++)
        graph->out_first[n] += graph->out_first[n - 1];
    for (size_t i = 0; i < graph->count; i++)
        graph->out[graph->out_first[graph->edges[i].from + 1]++] = i;
}

bool weak_graph_sort(struct weak_graph *graph)
{
    collect_out(graph);
    uint32_t *before = calloc((size_t)graph->node_count + 1, sizeof *before);
    cs_assert(before != NULL);
    if (graph->order == NULL)
        graph->order = malloc(((size_t)graph->node_count + 1) * sizeof *graph->order);
    cs_assert(graph->order != NULL);
    for (size_t i = 0; i < graph->count; i++)
        before[graph->edges[i].to]++;
    graph->ordered = 0;
    for (uint32_t n = 0; n < graph->node_count; n++) {
        if (before[n] == 0)
            graph->order[graph->ordered++] = n;
    }
    for (uint32_t i = 0; i < graph->ordered; i++) {
        uint32_t node = graph->order[i];
        for (uint32_t o = graph->out_first[node]; o < graph->out_first[node + 1]; o++) {
            uint32_t to = graph->edges[graph->out[o]].to;
            if (--before[to] == 0)
                graph->order[graph->ordered++] = to;
        }
    }
    free(before);
    return graph->ordered == graph->node_count;
}

/* ---- Paths and cycles ---------------------------------------------------------------------------
 */

/* Breadth first from `from` until an edge leads to `to`; by node the edge that reached it.  Returns
 * that last edge, or SIZE_MAX. */
static size_t reach(const struct weak_graph *graph, uint32_t from, uint32_t to, size_t *reached,
                    uint32_t *queue)
{
    for (uint32_t n = 0; n < graph->node_count; n++)
        reached[n] = SIZE_MAX;
    uint32_t count = 0;
    queue[count++] = from;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t node = queue[i];
        for (uint32_t o = graph->out_first[node]; o < graph->out_first[node + 1]; o++) {
            size_t edge = graph->out[o];
            uint32_t next = graph->edges[edge].to;
            if (next == to)
                return edge;
            if (next != from && reached[next] == SIZE_MAX) {
                reached[next] = edge;
                queue[count++] = next;
            }
        }
    }
    return SIZE_MAX;
}

/* The edges that lead to `last`.  The caller frees them. */
static struct weak_edge *collect(const struct weak_graph *graph, uint32_t from, size_t last,
                                 const size_t *reached, size_t *ret_count)
{
    size_t count = 1;
    for (uint32_t n = graph->edges[last].from; n != from; n = graph->edges[reached[n]].from)
        count++;
    struct weak_edge *edges = malloc(count * sizeof *edges);
    cs_assert(edges != NULL);
    *ret_count = count;
    edges[--count] = graph->edges[last];
    for (uint32_t n = graph->edges[last].from; n != from; n = graph->edges[reached[n]].from)
        edges[--count] = graph->edges[reached[n]];
    cs_assert(count == 0);
    return edges;
}

struct weak_edge *weak_graph_path(const struct weak_graph *graph, uint32_t from, uint32_t to,
                                  size_t *ret_count)
{
    size_t *reached = malloc(((size_t)graph->node_count + 1) * sizeof *reached);
    uint32_t *queue = malloc(((size_t)graph->node_count + 1) * sizeof *queue);
    cs_assert(reached != NULL);
    cs_assert(queue != NULL);
    size_t last = reach(graph, from, to, reached, queue);
    cs_assert(last != SIZE_MAX);
    struct weak_edge *edges = collect(graph, from, last, reached, ret_count);
    free(reached);
    free(queue);
    return edges;
}

/* By node that could not be ordered: an edge from another such node to it, of which there is one.
 */
static size_t *edges_into(const struct weak_graph *graph)
{
    bool *ordered = calloc((size_t)graph->node_count + 1, sizeof *ordered);
    size_t *into = malloc(((size_t)graph->node_count + 1) * sizeof *into);
    cs_assert(ordered != NULL);
    cs_assert(into != NULL);
    for (uint32_t n = 0; n < graph->node_count; n++)
        into[n] = SIZE_MAX;
    for (uint32_t i = 0; i < graph->ordered; i++)
        ordered[graph->order[i]] = true;
    for (size_t i = 0; i < graph->count; i++) {
        const struct weak_edge *edge = &graph->edges[i];
        if (!ordered[edge->from] && !ordered[edge->to] && into[edge->to] == SIZE_MAX)
            into[edge->to] = i;
    }
    free(ordered);
    return into;
}

/* A node on a cycle: back from `node` until a node comes again. */
static uint32_t back_to_cycle(const struct weak_graph *graph, const size_t *into, uint32_t node)
{
    bool *met = calloc((size_t)graph->node_count + 1, sizeof *met);
    cs_assert(met != NULL);
    while (!met[node]) {
        met[node] = true;
        cs_assert(into[node] != SIZE_MAX);
        node = graph->edges[into[node]].from;
    }
    free(met);
    return node;
}

struct weak_edge *weak_graph_cycle(const struct weak_graph *graph, size_t *ret_count)
{
    enum { TRIED_MAX = 100 };
    size_t nodes = (size_t)graph->node_count + 1;
    size_t *reached = malloc(nodes * sizeof *reached), *into = edges_into(graph);
    uint32_t *queue = malloc(nodes * sizeof *queue);
    cs_assert(reached != NULL);
    cs_assert(queue != NULL);
    struct weak_edge *best = NULL;
    unsigned tried = 0;
    for (uint32_t n = 0; n < graph->node_count && tried < TRIED_MAX; n++) {
        if (into[n] == SIZE_MAX)
            continue;
        tried++;
        uint32_t node = back_to_cycle(graph, into, n);
        size_t count, last = reach(graph, node, node, reached, queue);
        cs_assert(last != SIZE_MAX);
        struct weak_edge *edges = collect(graph, node, last, reached, &count);
        if (best == NULL || count < *ret_count) {
            free(best);
            best = edges;
            *ret_count = count;
        } else {
            free(edges);
        }
    }
    free(reached);
    free(queue);
    free(into);
    cs_assert(best != NULL);
    return best;
}

/* ---- Clocks -------------------------------------------------------------------------------------
 */

bool weak_clocks_too_many(const struct weak_history *history, uint32_t width)
{
    const uint64_t most = UINT64_C(1) << 26;
    return (uint64_t)history->event_count * width > most;
}

void weak_clocks_init(struct weak_clocks *clocks, const struct weak_history *history,
                      const struct weak_graph *graph, const uint32_t *chains, uint32_t width)
{
    cs_assert(graph->ordered == graph->node_count);
    cs_assert(graph->node_count == history->event_count);
    clocks->width = width;
    clocks->places = calloc((size_t)history->event_count * width + 1, sizeof *clocks->places);
    cs_assert(clocks->places != NULL);
    for (uint32_t i = 0; i < graph->ordered; i++) {
        uint32_t node = graph->order[i];
        uint32_t *mine = clocks->places + (size_t)node * width;
        if (chains[node] != WEAK_NONE)
            mine[chains[node]] = history->events[node].place;
        for (uint32_t o = graph->out_first[node]; o < graph->out_first[node + 1]; o++) {
            uint32_t *next = clocks->places + (size_t)graph->edges[graph->out[o]].to * width;
            for (uint32_t c = 0; c < width; c++)
                next[c] = next[c] > mine[c] ? next[c] : mine[c];
        }
    }
}

void weak_clocks_done(struct weak_clocks *clocks) { free(clocks->places); }

/* ---- Runs ---------------------------------------------------------------------------------------
 */

struct run_item {
    uint32_t key, session, event;
    bool writes;
};

static int compare_items(const void *a, const void *b)
{
    const struct run_item *x = a, *y = b;
    if (x->key != y->key)
        return x->key < y->key ? -1 : 1;
    if (x->session != y->session)
        return x->session < y->session ? -1 : 1;
    if (x->writes != y->writes)
        return x->writes ? 1 : -1;
    return x->event < y->event ? -1 : x->event > y->event;
}

static struct run_item *sorted_items(const struct weak_history *history, uint32_t *ret_count)
{
    struct run_item *items = malloc(((size_t)history->event_count * 2 + 1) * sizeof *items);
    cs_assert(items != NULL);
    uint32_t count = 0;
    for (uint32_t e = 0; e < history->event_count; e++) {
        const struct weak_event *event = &history->events[e];
        if (weak_reads(event))
            items[count++] = (struct run_item){ event->key, event->session, e, false };
        if (event->writes)
            items[count++] = (struct run_item){ event->key, event->session, e, true };
    }
    qsort(items, count, sizeof *items, compare_items);
    *ret_count = count;
    return items;
}

void weak_runs_init(struct weak_runs *runs, const struct weak_history *history)
{
    uint32_t count, made = 0;
    struct run_item *items = sorted_items(history, &count);
    runs->events = malloc(((size_t)count + 1) * sizeof *runs->events);
    runs->runs = malloc(((size_t)count + 1) * sizeof *runs->runs);
    runs->first = calloc((size_t)history->key_count + 2, sizeof *runs->first);
    cs_assert(runs->events != NULL);
    cs_assert(runs->runs != NULL);
    cs_assert(runs->first != NULL);
    for (uint32_t i = 0; i < count; i++) {
        const struct run_item *item = &items[i];
        bool begins = i == 0 || items[i - 1].key != item->key ||
                      items[i - 1].session != item->session || items[i - 1].writes != item->writes;
        if (begins) {
            runs->runs[made++] =
                (struct weak_run){ .session = item->session, .writes = item->writes, .first = i };
            runs->first[item->key + 1]++;
        }
        runs->runs[made - 1].count++;
        runs->events[i] = item->event;
    }
    for (uint32_t k = 0; k < history->key_count; k++)
        runs->first[k + 1] += runs->first[k];
    free(items);
}

void weak_runs_done(struct weak_runs *runs)
{
    free(runs->events);
    free(runs->runs);
    free(runs->first);
}

uint32_t weak_run_until(const struct weak_runs *runs, const struct weak_history *history,
                        const struct weak_run *run, uint32_t place)
{
    uint32_t low = 0, high = run->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (history->events[runs->events[run->first + middle]].place <= place) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}
