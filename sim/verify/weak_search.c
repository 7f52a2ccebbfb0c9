/* Depth first, with these rules:
 *   - An operation that changes nothing takes effect as soon as its answer is right: it is in
 *     nobody's way there.
 *   - A value that only one operation writes is not replaced while it has yet to be read.
 *   - What is left of each session and the state of each key, together, are never tried twice.
 *     They are remembered by 128 bits of hash: that two coincide is less likely than a failure of
 *     the machine.
 * Of what could take effect next the one that was invoked first is tried first. */
#include "verify/weak_search.h"

#include <stdlib.h>

#include "base/random.h"
#include "verify/index.h"
#include "verify/linear_sequences.h"

struct mark {
    uint64_t a, b;
};

/* What has taken effect, and what it replaced. */
struct move {
    uint32_t op;
    uint32_t writer; /* of the value before, as in search.writers */
    struct linear_value before;
    bool chosen; /* others could have been */
};

struct search {
    struct weak_check *check;
    const struct weak_history *history;
    struct linear_sequences *sequences;
    uint32_t *ops;   /* session after session: what has to take effect, or may */
    uint32_t *first; /* by session, and one more */
    uint32_t *next;  /* by session: among `ops` */
    uint32_t *waits; /* by operation: for so many others */
    size_t *out;     /* by operation: edges of the graph that leave it */
    uint32_t *out_first;
    const struct weak_graph *graph;
    uint32_t *events;            /* by operation, or WEAK_NONE */
    uint32_t *readers;           /* by event: those that have read it and have yet to take effect */
    uint32_t *initial_readers;   /* by key */
    struct linear_value *states; /* by key */
    uint32_t *writers;           /* by key: the event that wrote it, WEAK_INITIAL, or WEAK_NONE */
    struct move *moves;
    size_t move_count, move_capacity;
    struct mark now; /* of the positions and states */
    struct mark *marks;
    size_t mark_count, mark_capacity;
    struct index mark_index;
    uint32_t left; /* operations that have to take effect */
    uint32_t left_least;
    uint32_t stuck; /* the operation that was invoked first of those left then */
};

/* ---- Marks --------------------------------------------------------------------------------------
 */

static void toggle(struct search *search, uint64_t what, uint64_t a, uint64_t b)
{
    uint64_t hash = index_hash(index_hash(what, a), b);
    search->now.a ^= hash;
    search->now.b ^= random_mix(hash + UINT64_C(0x6a09e667f3bcc909));
}

static void toggle_state(struct search *search, uint32_t key)
{
    struct linear_value state = search->states[key];
    toggle(search, UINT64_C(1) << 32 | key, state.hash, state.size);
}

/* False if it has been here before. */
static bool mark(struct search *search)
{
    struct index_probe probe = index_probe(&search->mark_index, search->now.a);
    while (index_next(&search->mark_index, &probe)) {
        const struct mark *other = &search->marks[probe.number];
        if (other->a == search->now.a && other->b == search->now.b)
            return false;
    }
    search->marks = array_reserve(search->marks, &search->mark_capacity, search->mark_count + 1,
                                  sizeof *search->marks);
    index_add(&search->mark_index, search->now.a, (uint32_t)search->mark_count);
    search->marks[search->mark_count++] = search->now;
    return true;
}

/* ---- Moves --------------------------------------------------------------------------------------
 */

static bool must_happen(const struct search *search, uint32_t op)
{
    return search->history->ops[op].returned != LINEAR_NEVER || search->history->shown[op];
}

/* How many operations wait for the value that the key has, `op` aside. */
static uint32_t readers_of(const struct search *search, uint32_t op)
{
    const struct weak_history *history = search->history;
    uint32_t key = history->ops[op].key, writer = search->writers[key];
    uint32_t event = search->events[op];
    uint32_t self =
        event != WEAK_NONE && writer != WEAK_NONE && history->events[event].source == writer;
    if (writer == WEAK_NONE)
        return 0;
    uint32_t readers =
        writer == WEAK_INITIAL ? search->initial_readers[key] : search->readers[writer];
    cs_assert(readers >= self);
    return readers - self;
}

static bool can_take(struct search *search, uint32_t op, struct linear_value *ret_state)
{
    const struct linear_op *operation = &search->history->ops[op];
    if (search->waits[op] > 0)
        return false;
    search->check->report->steps++;
    if (!search->check->model->step(search->sequences, operation, search->states[operation->key],
                                    ret_state))
        return false;
    return linear_same(*ret_state, search->states[operation->key]) || readers_of(search, op) == 0;
}

static void count_reader(struct search *search, uint32_t op, bool done)
{
    const struct weak_history *history = search->history;
    uint32_t event = search->events[op];
    if (event == WEAK_NONE || !weak_reads(&history->events[event]))
        return;
    uint32_t source = history->events[event].source;
    uint32_t *readers = source == WEAK_INITIAL ? &search->initial_readers[history->ops[op].key]
                                               : &search->readers[source];
    cs_assert(!done || *readers > 0);
    *readers += done ? UINT32_MAX : 1;
}

static void count_waits(struct search *search, uint32_t op, bool done)
{
    for (uint32_t o = search->out_first[op]; o < search->out_first[op + 1]; o++) {
        const struct weak_edge *edge = &search->graph->edges[search->out[o]];
        search->waits[search->history->events[edge->to].op] += done ? UINT32_MAX : 1;
    }
}

static void step_session(struct search *search, uint32_t op, bool done)
{
    uint32_t session = search->history->sessions[op];
    toggle(search, session, search->next[session], 0);
    search->next[session] += done ? 1 : UINT32_MAX;
    toggle(search, session, search->next[session], 0);
    search->left += must_happen(search, op) ? (done ? UINT32_MAX : 1) : 0;
}

static void take(struct search *search, uint32_t op, struct linear_value state, bool chosen)
{
    uint32_t key = search->history->ops[op].key;
    search->moves = array_reserve(search->moves, &search->move_capacity, search->move_count + 1,
                                  sizeof *search->moves);
    search->moves[search->move_count++] =
        (struct move){ op, search->writers[key], search->states[key], chosen };
    step_session(search, op, true);
    count_reader(search, op, true);
    count_waits(search, op, true);
    if (!linear_same(state, search->states[key])) {
        toggle_state(search, key);
        search->states[key] = state;
        toggle_state(search, key);
        uint32_t event = search->events[op];
        bool writes = event != WEAK_NONE && search->history->events[event].writes;
        search->writers[key] = writes ? event : WEAK_NONE;
    }
}

static void take_back(struct search *search)
{
    cs_assert(search->move_count > 0);
    struct move move = search->moves[--search->move_count];
    uint32_t key = search->history->ops[move.op].key;
    step_session(search, move.op, false);
    count_reader(search, move.op, false);
    count_waits(search, move.op, false);
    toggle_state(search, key);
    search->states[key] = move.before;
    toggle_state(search, key);
    search->writers[key] = move.writer;
}

/* ---- The search ---------------------------------------------------------------------------------
 */

static uint32_t next_of(const struct search *search, uint32_t session)
{
    uint32_t next = search->next[session];
    return next < search->first[session + 1] ? search->ops[next] : WEAK_NONE;
}

static void take_what_observes(struct search *search)
{
    const struct weak_history *history = search->history;
    bool more = true;
    while (more) {
        more = false;
        for (uint32_t s = 0; s < history->session_count; s++) {
            uint32_t op = next_of(search, s);
            struct linear_value state;
            if (op == WEAK_NONE || !linear_only_observes(&history->ops[op]) ||
                !can_take(search, op, &state))
                continue;
            take(search, op, state, false);
            more = true;
        }
    }
}

/* Let one operation take effect that was invoked after operation `after`, or any; false if none
 * can. */
static bool choose(struct search *search, uint32_t after)
{
    const struct weak_history *history = search->history;
    uint32_t best = WEAK_NONE;
    struct linear_value best_state = { 0, 0 };
    for (uint32_t s = 0; s < history->session_count; s++) {
        uint32_t op = next_of(search, s);
        struct linear_value state;
        if (op == WEAK_NONE || linear_only_observes(&history->ops[op]) || op >= best ||
            (after != WEAK_NONE && op <= after) || !can_take(search, op, &state))
            continue;
        best = op;
        best_state = state;
    }
    if (best != WEAK_NONE)
        take(search, best, best_state, true);
    return best != WEAK_NONE;
}

static void note_progress(struct search *search)
{
    if (search->left >= search->left_least)
        return;
    search->left_least = search->left;
    search->stuck = WEAK_NONE;
    for (uint32_t s = 0; s < search->history->session_count; s++) {
        uint32_t op = next_of(search, s);
        if (op != WEAK_NONE && op < search->stuck && must_happen(search, op))
            search->stuck = op;
    }
}

/* Back to the last choice, which the next one must come after; false if there is none. */
static bool go_back(struct search *search, uint32_t *ret_after)
{
    while (search->move_count > 0) {
        struct move move = search->moves[search->move_count - 1];
        take_back(search);
        *ret_after = move.op;
        if (move.chosen)
            return true;
    }
    return false;
}

static enum linear_verdict run(struct search *search)
{
    uint32_t after = WEAK_NONE;
    bool fresh = true;
    for (;;) {
        if (fresh) {
            take_what_observes(search);
            if (search->left == 0)
                return LINEAR_OK;
            note_progress(search);
        }
        if (search->check->report->steps > search->check->steps_max)
            return LINEAR_UNKNOWN;
        bool further = (!fresh || mark(search)) && choose(search, after);
        fresh = further;
        after = WEAK_NONE;
        if (!further && !go_back(search, &after))
            return LINEAR_ILLEGAL;
    }
}

/* ---- Beginning and end --------------------------------------------------------------------------
 */

/* Whether the search has to think of the operation: not of a read without an answer, and not of a
 * write of unknown outcome that nobody has read, where no answer can be right because of it. */
static bool matters(const struct search *search, uint32_t number)
{
    const struct weak_history *history = search->history;
    const struct linear_op *op = &history->ops[number];
    if (op->returned != LINEAR_NEVER)
        return true;
    if (op->kind == LINEAR_READ)
        return false;
    bool only_writes = op->kind == LINEAR_WRITE || op->kind == LINEAR_CAS;
    return !only_writes || history->shown[number] ||
           (history->keys[op->key] & (WEAK_KEY_NEGATIVE | WEAK_KEY_GROWS)) != 0;
}

static void list_ops(struct search *search)
{
    const struct weak_history *history = search->history;
    uint32_t sessions = history->session_count, count = 0;
    for (uint32_t i = 0; i < history->count; i++)
        search->first[history->sessions[i] + 1] += matters(search, i);
    for (uint32_t s = 0; s < sessions; s++)
        search->first[s + 1] += search->first[s];
    for (uint32_t s = 0; s < sessions; s++)
        search->next[s] = search->first[s];
    for (uint32_t i = 0; i < history->count; i++) {
        if (!matters(search, i))
            continue;
        search->ops[search->next[history->sessions[i]]++] = i;
        search->left += must_happen(search, i);
        count++;
    }
    cs_assert(count == search->first[sessions]);
    for (uint32_t s = 0; s < sessions; s++)
        search->next[s] = search->first[s];
}

/* Of the graph only what leads from one session to another: the search keeps each one's order. */
static bool is_needed(const struct weak_history *history, const struct weak_edge *edge)
{
    return history->events[edge->from].session != history->events[edge->to].session;
}

static void list_edges(struct search *search)
{
    const struct weak_history *history = search->history;
    const struct weak_graph *graph = search->graph;
    for (size_t i = 0; i < graph->count; i++) {
        const struct weak_edge *edge = &graph->edges[i];
        if (is_needed(history, edge))
            search->out_first[history->events[edge->from].op + 2]++;
    }
    for (size_t n = 2; n < history->count + 2; n++)
        search->out_first[n] += search->out_first[n - 1];
    for (size_t i = 0; i < graph->count; i++) {
        const struct weak_edge *edge = &graph->edges[i];
        if (!is_needed(history, edge))
            continue;
        search->out[search->out_first[history->events[edge->from].op + 1]++] = i;
        search->waits[history->events[edge->to].op]++;
    }
}

static void *zeroes(size_t count, size_t size)
{
    void *memory = calloc(count + 2, size);
    cs_assert(memory != NULL);
    return memory;
}

static void search_init(struct search *search)
{
    const struct weak_history *history = search->history;
    size_t ops = history->count, sessions = history->session_count, keys = history->key_count;
    search->sequences = linear_sequences_new();
    search->ops = zeroes(ops, sizeof *search->ops);
    search->first = zeroes(sessions, sizeof *search->first);
    search->next = zeroes(sessions, sizeof *search->next);
    search->waits = zeroes(ops, sizeof *search->waits);
    search->out = zeroes(search->graph->count, sizeof *search->out);
    search->out_first = zeroes(ops, sizeof *search->out_first);
    search->events = zeroes(ops, sizeof *search->events);
    search->readers = zeroes(history->event_count, sizeof *search->readers);
    search->initial_readers = zeroes(keys, sizeof *search->initial_readers);
    search->states = zeroes(keys, sizeof *search->states);
    search->writers = zeroes(keys, sizeof *search->writers);
    for (size_t i = 0; i < ops; i++)
        search->events[i] = WEAK_NONE;
    for (uint32_t e = 0; e < history->event_count; e++)
        search->events[history->events[e].op] = e;
    for (size_t k = 0; k < keys; k++) {
        search->states[k] = search->check->model->initial;
        search->writers[k] = WEAK_INITIAL;
    }
    list_ops(search);
    list_edges(search);
    for (uint32_t i = 0; i < ops; i++)
        count_reader(search, i, false);
    search->left_least = UINT32_MAX;
}

static void search_done(struct search *search)
{
    linear_sequences_free(search->sequences);
    free(search->ops);
    free(search->first);
    free(search->next);
    free(search->waits);
    free(search->out);
    free(search->out_first);
    free(search->events);
    free(search->readers);
    free(search->initial_readers);
    free(search->states);
    free(search->writers);
    free(search->moves);
    free(search->marks);
    index_done(&search->mark_index);
}

void weak_search(struct weak_check *check, const struct weak_graph *graph)
{
    struct search search = { .check = check, .history = check->history, .graph = graph };
    struct weak_report *report = check->report;
    search_init(&search);
    report->verdict = run(&search);
    if (report->verdict != LINEAR_OK) {
        report->reason = report->verdict == LINEAR_UNKNOWN ? WEAK_TOO_MUCH : WEAK_EXHAUSTED;
        report->failed = search.stuck == WEAK_NONE ? NULL : &check->history->ops[search.stuck];
    }
    search_done(&search);
}
