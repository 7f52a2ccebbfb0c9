#include "verify/weak_history.h"

#include <string.h>

#include "verify/index.h"

/* A value of a key, and who may have written it. */
struct written_value {
    uint32_t key;
    struct linear_value value;
    uint32_t op, count; /* the first, and how many */
};

struct resolver {
    struct weak_history *history;
    struct written_value *values;
    size_t value_count, value_capacity;
    struct index index;
    uint32_t *sources; /* by operation: an operation, or WEAK_x */
    bool tells;        /* there are events at all */
};

/* ---- Operations ---------------------------------------------------------------------------------
 */

static bool is_none(struct linear_value value)
{
    return value.size == 0 || value.size == LINEAR_ABSENT;
}

/* Whether it wrote, or may have, a value of its own. */
static bool may_write(const struct linear_op *op)
{
    return op->kind == LINEAR_WRITE || (op->kind == LINEAR_CAS && op->outcome != LINEAR_NO);
}

/* Whether it certainly has, if it is one of those, or deletes. */
static bool has_written(const struct linear_op *op)
{
    if (op->returned == LINEAR_NEVER)
        return false;
    return op->kind == LINEAR_WRITE || (op->kind == LINEAR_CAS && op->outcome == LINEAR_YES) ||
           (op->kind == LINEAR_DELETE && op->outcome != LINEAR_NO);
}

static bool has_read(const struct linear_op *op)
{
    return op->returned != LINEAR_NEVER &&
           (op->kind == LINEAR_READ || (op->kind == LINEAR_CAS && op->outcome == LINEAR_YES));
}

/* ---- Values -------------------------------------------------------------------------------------
 */

static struct written_value *find_value(struct resolver *resolver, uint32_t key,
                                        struct linear_value value)
{
    uint64_t hash = index_hash(index_hash(value.hash, value.size), key);
    struct index_probe probe = index_probe(&resolver->index, hash);
    while (index_next(&resolver->index, &probe)) {
        cs_assert(resolver->values != NULL);
        cs_assert(probe.number < resolver->value_count);
        struct written_value *known = &resolver->values[probe.number];
        if (known->key == key && linear_same(known->value, value))
            return known;
    }
    return NULL;
}

static void note_value(struct resolver *resolver, uint32_t number)
{
    const struct linear_op *op = &resolver->history->ops[number];
    struct written_value *known = find_value(resolver, op->key, op->value);
    if (known != NULL) {
        known->count++;
        return;
    }
    resolver->values = array_reserve(resolver->values, &resolver->value_capacity,
                                     resolver->value_count + 1, sizeof *resolver->values);
    uint64_t hash = index_hash(index_hash(op->value.hash, op->value.size), op->key);
    index_add(&resolver->index, hash, (uint32_t)resolver->value_count);
    resolver->values[resolver->value_count++] =
        (struct written_value){ .key = op->key, .value = op->value, .op = number, .count = 1 };
}

static void note_writes(struct resolver *resolver)
{
    struct weak_history *history = resolver->history;
    for (uint32_t i = 0; i < history->count; i++) {
        const struct linear_op *op = &history->ops[i];
        uint8_t *key = &history->keys[op->key];
        if (may_write(op)) {
            note_value(resolver, i);
            *key |= is_none(op->value) ? WEAK_KEY_EMPTY : 0;
        }
        *key |= op->kind == LINEAR_APPEND ? WEAK_KEY_GROWS : 0;
        *key |= op->kind == LINEAR_DELETE && op->outcome != LINEAR_NO ? WEAK_KEY_DELETED : 0;
        bool negative = (op->kind == LINEAR_CAS && op->outcome != LINEAR_YES) ||
                        (op->kind == LINEAR_DELETE && op->outcome != LINEAR_ANY);
        *key |= negative ? WEAK_KEY_NEGATIVE : 0;
    }
}

/* What a read has read from: an operation, or WEAK_INITIAL, WEAK_ANY, WEAK_NONE for nobody. */
static uint32_t source_of(struct resolver *resolver, uint32_t number)
{
    const struct linear_op *op = &resolver->history->ops[number];
    uint8_t key = resolver->history->keys[op->key];
    bool compares = op->kind == LINEAR_CAS; /* which takes an empty value for none */
    bool none = op->seen.size == LINEAR_ABSENT || (compares && is_none(op->seen));
    if ((key & WEAK_KEY_GROWS) != 0)
        return WEAK_ANY;
    if (none) {
        bool others = (key & WEAK_KEY_DELETED) != 0 || (compares && (key & WEAK_KEY_EMPTY) != 0);
        return others ? WEAK_ANY : WEAK_INITIAL;
    }
    const struct written_value *known = find_value(resolver, op->key, op->seen);
    if (known == NULL || (known->count == 1 && known->op == number))
        return WEAK_NONE;
    return known->count > 1 ? WEAK_ANY : known->op;
}

static void find_sources(struct resolver *resolver)
{
    struct weak_history *history = resolver->history;
    for (uint32_t i = 0; i < history->count; i++) {
        const struct linear_op *op = &history->ops[i];
        if (!has_read(op))
            continue;
        uint32_t source = source_of(resolver, i);
        resolver->sources[i] = source;
        if (source == WEAK_NONE && history->from_nowhere == NULL)
            history->from_nowhere = op;
        if (source < history->count)
            history->shown[source] = true;
        if (source == WEAK_ANY) {
            history->unclear++;
            history->keys[op->key] |= WEAK_KEY_NEGATIVE;
        }
    }
}

/* ---- Sessions -----------------------------------------------------------------------------------
 */

/* Number them in the order in which they begin.  After an operation of unknown outcome that may
 * take effect late, a client goes on as another session. */
static void number_sessions(struct weak_history *history, const uint32_t *sessions)
{
    uint32_t *current = malloc((history->count + 1) * sizeof *current);
    cs_assert(current != NULL);
    for (size_t i = 0; i < history->count; i++)
        current[i] = WEAK_NONE;
    for (size_t i = 0; i < history->count; i++) {
        const struct linear_op *op = &history->ops[i];
        cs_assert(sessions[i] < history->count);
        cs_assert(i == 0 || history->ops[i - 1].invoked < op->invoked);
        uint32_t *now = &current[sessions[i]];
        if (*now == WEAK_NONE)
            *now = history->session_count++;
        history->sessions[i] = *now;
        if (op->returned == LINEAR_NEVER && op->kind != LINEAR_READ)
            *now = WEAK_NONE;
    }
    free(current);
}

/* How many events an operation is, and which. */
static uint32_t events_of(const struct resolver *resolver, uint32_t number, bool split,
                          struct weak_event events[2])
{
    const struct weak_history *history = resolver->history;
    const struct linear_op *op = &history->ops[number];
    uint32_t source = resolver->sources[number];
    struct weak_event event = { .op = number,
                                .session = history->sessions[number],
                                .key = op->key,
                                .source = source == WEAK_ANY ? WEAK_NONE : source };
    event.writes =
        resolver->tells && (has_written(op) || (may_write(op) && history->shown[number]));
    bool reads = weak_reads(&event);
    events[0] = events[1] = event;
    if (!reads || !event.writes || !split)
        return reads || event.writes;
    events[0].writes = false;
    events[1].source = WEAK_NONE;
    return 2;
}

/* Sources become events. */
static void name_sources(struct weak_history *history)
{
    uint32_t *writers = malloc((history->count + 1) * sizeof *writers);
    cs_assert(writers != NULL);
    for (uint32_t e = 0; e < history->event_count; e++) {
        if (history->events[e].writes)
            writers[history->events[e].op] = e;
    }
    for (uint32_t e = 0; e < history->event_count; e++) {
        struct weak_event *event = &history->events[e];
        if (event->source < history->count) {
            cs_assert(history->shown[event->source]);
            event->source = writers[event->source];
        }
    }
    free(writers);
}

static void make_events(struct resolver *resolver, bool split)
{
    struct weak_history *history = resolver->history;
    struct weak_event events[2];
    uint32_t *places = calloc((size_t)history->session_count + 1, sizeof *places);
    history->first = calloc((size_t)history->session_count + 1, sizeof *history->first);
    cs_assert(places != NULL);
    cs_assert(history->first != NULL);
    for (uint32_t i = 0; i < history->count; i++)
        history->first[history->sessions[i] + 1] += events_of(resolver, i, split, events);
    for (uint32_t s = 0; s < history->session_count; s++)
        history->first[s + 1] += history->first[s];
    history->event_count = history->first[history->session_count];
    history->events = malloc(((size_t)history->event_count + 1) * sizeof *history->events);
    cs_assert(history->events != NULL);
    for (uint32_t i = 0; i < history->count; i++) {
        uint32_t count = events_of(resolver, i, split, events);
        uint32_t session = history->sessions[i];
        for (uint32_t e = 0; e < count; e++) {
            uint32_t at = history->first[session] + places[session];
            events[e].place = ++places[session];
            history->events[at] = events[e];
        }
    }
    free(places);
    name_sources(history);
}

bool weak_tells_source(const struct linear_model *model)
{
    return (model->kinds >> LINEAR_WRITE & 1) != 0;
}

void weak_history_init(struct weak_history *history, const struct weak_input *input, bool split)
{
    const struct linear_op *ops = input->ops;
    size_t count = input->count;
    cs_assert(count < WEAK_ANY / 2);
    *history = (struct weak_history){ .ops = ops, .count = count };
    for (size_t i = 0; i < count; i++)
        history->key_count = ops[i].key >= history->key_count ? ops[i].key + 1 : history->key_count;
    history->sessions = calloc(count + 1, sizeof *history->sessions);
    history->shown = calloc(count + 1, sizeof *history->shown);
    history->keys = calloc((size_t)history->key_count + 1, sizeof *history->keys);
    cs_assert(history->sessions != NULL);
    cs_assert(history->shown != NULL);
    cs_assert(history->keys != NULL);
    for (size_t i = 0; i < count; i++) {
        history->keys_used += history->keys[ops[i].key] == 0;
        history->keys[ops[i].key] |= WEAK_KEY_USED;
    }
    struct resolver resolver = { .history = history, .tells = weak_tells_source(input->model) };
    resolver.sources = calloc(count + 1, sizeof *resolver.sources);
    cs_assert(resolver.sources != NULL);
    number_sessions(history, input->sessions);
    for (uint32_t i = 0; i < count; i++)
        resolver.sources[i] = WEAK_NONE;
    if (resolver.tells) {
        note_writes(&resolver);
        find_sources(&resolver);
    }
    make_events(&resolver, split);
    free(resolver.sources);
    free(resolver.values);
    index_done(&resolver.index);
}

void weak_history_done(struct weak_history *history)
{
    free(history->sessions);
    free(history->events);
    free(history->first);
    free(history->shown);
    free(history->keys);
}
