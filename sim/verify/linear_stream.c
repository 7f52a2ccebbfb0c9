#include "verify/linear_stream.h"

#include "verify/linear_carry.h"

/* Events: of a key that are searched together, and of all keys that are kept before all that can be
 * is. */
enum { WINDOW_DEFAULT = 2048, KEPT_MAX = 65536 };

/* What is kept of a key that something is going on with. */
struct part {
    struct linear_op *ops;
    uint32_t *waiting; /* by operation: its number plus one while its end is not known; else 0 */
    size_t *events;    /* as struct linear_events has them */
    size_t count, capacity, waiting_capacity, event_count, event_capacity;
    size_t due; /* events at which to search */
    struct linear_carry carry;
};

struct stream_key {
    struct part *part;         /* NULL: nothing is going on */
    struct linear_value state; /* then */
    uint64_t steps;
    uint64_t written_from; /* LINEAR_NEVER: nobody could have written yet */
    bool begun, answered;  /* some events were searched; some operation has returned */
    bool failed;           /* nothing more is to be said of it */
};

/* Where an operation is that has not ended. */
struct slot {
    uint32_t key;
    uint32_t op;   /* in the key's part */
    uint32_t next; /* free one, plus one */
};

struct linear_stream {
    const struct linear_model *model;
    size_t window;
    struct linear_search search;
    struct linear_report report;
    struct stream_key *keys;
    size_t key_count, key_capacity;
    struct slot *slots;
    size_t slot_count, slot_capacity;
    uint32_t slot_free; /* plus one */
    size_t *known;      /* events that are searched now */
    size_t known_capacity;
    size_t *moved; /* where operations of a key go, plus one; 0: nowhere */
    size_t moved_capacity;
    size_t kept, kept_max; /* events of all keys */
};

struct linear_stream *linear_stream_new(const struct linear_model *model,
                                        const struct linear_options *options)
{
    struct linear_stream *stream = calloc(1, sizeof *stream);
    cs_assert(stream != NULL);
    uint64_t steps_max = options->steps_max == 0 ? LINEAR_STEPS_DEFAULT : options->steps_max;
    stream->model = model;
    stream->window = options->window == 0 ? WINDOW_DEFAULT : options->window;
    stream->kept_max = KEPT_MAX;
    linear_search_init(&stream->search, model, steps_max);
    return stream;
}

static void part_free(struct part *part)
{
    if (part == NULL)
        return;
    free(part->ops);
    free(part->waiting);
    free(part->events);
    linear_carry_done(&part->carry);
    free(part);
}

void linear_stream_free(struct linear_stream *stream)
{
    if (stream == NULL)
        return;
    for (size_t key = 0; key < stream->key_count; key++)
        part_free(stream->keys[key].part);
    free(stream->keys);
    free(stream->slots);
    free(stream->known);
    free(stream->moved);
    linear_search_done(&stream->search);
    free(stream);
}

bool linear_stream_has_failed(const struct linear_stream *stream)
{
    return stream->report.verdict != LINEAR_OK;
}

size_t linear_stream_size(const struct linear_stream *stream)
{
    size_t size = stream->key_capacity * sizeof *stream->keys +
                  stream->slot_capacity * sizeof *stream->slots +
                  (stream->known_capacity + stream->moved_capacity) * sizeof(size_t);
    for (size_t key = 0; key < stream->key_count; key++) {
        const struct part *part = stream->keys[key].part;
        if (part == NULL)
            continue;
        size += sizeof *part + part->capacity * sizeof *part->ops +
                part->waiting_capacity * sizeof *part->waiting +
                part->event_capacity * sizeof *part->events + linear_carry_size(&part->carry);
    }
    return size;
}

/* ---- What can be searched -----------------------------------------------------------------------
 */

static void count_event(struct linear_stream *stream, struct stream_key *key,
                        const struct linear_op *op, bool end)
{
    if (!end) {
        if (!linear_only_observes(op) && key->written_from == LINEAR_NEVER)
            key->written_from = op->invoked;
        return;
    }
    stream->report.keys += !key->answered;
    key->answered = true;
    if (!linear_observes(op))
        return;
    stream->report.observed++;
    stream->report.constrained += op->returned > key->written_from;
}

/* The events before those of the first operation whose end is not known, without those of what did
 * not happen or says nothing; returns how many, and how many events there are altogether. */
static size_t take_known(struct linear_stream *stream, struct stream_key *key, size_t *ret_count)
{
    const struct part *part = key->part;
    size_t known = 0, i = 0;
    stream->known = array_reserve(stream->known, &stream->known_capacity, part->event_count + 1,
                                  sizeof *stream->known);
    for (; i < part->event_count; i++) {
        size_t event = part->events[i];
        const struct linear_op *op = &part->ops[event / 2];
        if (part->waiting[event / 2] != 0)
            break;
        if (op->kind == LINEAR_KIND_COUNT ||
            (op->kind == LINEAR_READ && op->returned == LINEAR_NEVER))
            continue;
        stream->known[known++] = event;
    }
    *ret_count = i;
    return known;
}

static struct linear_carry carried_state(const struct stream_key *key, uint64_t *words)
{
    words[0] = key->state.hash;
    words[1] = key->state.size;
    return (struct linear_carry){ .entries = words, .count = 1, .stride = LINEAR_STATE_WORDS };
}

static void search(struct linear_stream *stream, struct stream_key *key, size_t known, bool more)
{
    struct part *part = key->part;
    uint64_t words[LINEAR_STATE_WORDS];
    struct linear_carry state = carried_state(key, words);
    size_t ended;
    struct linear_events events = {
        .ops = part->ops,
        .events = stream->known,
        .count = known,
        .initial = stream->model->initial,
        .more = more,
    };
    if (key->begun)
        events.carry = part->carry.count > 0 ? &part->carry : &state;
    stream->search.steps = key->steps;
    enum linear_verdict verdict = linear_search_run(&stream->search, &events, &ended);
    struct linear_report *report = &stream->report;
    report->steps += stream->search.steps - key->steps;
    if (stream->search.configurations > report->configurations)
        report->configurations = stream->search.configurations;
    key->steps = stream->search.steps;
    key->begun = true;
    key->failed = verdict != LINEAR_OK;
    report->keys_illegal += verdict == LINEAR_ILLEGAL;
    report->keys_unknown += verdict == LINEAR_UNKNOWN;
    if (report->verdict != LINEAR_ILLEGAL && verdict != LINEAR_OK)
        report->verdict = verdict;
    if (more && !key->failed)
        linear_carry_save(&part->carry, &stream->search, part->ops);
}

/* ---- What is forgotten --------------------------------------------------------------------------
 */

static void move(struct linear_stream *stream, struct part *part, size_t from, struct linear_op *to,
                 uint32_t *waiting, size_t *count)
{
    if (part->waiting[from] != 0)
        stream->slots[part->waiting[from] - 1].op = (uint32_t)*count;
    to[*count] = part->ops[from];
    waiting[*count] = part->waiting[from];
    stream->moved[from] = ++*count;
}

/* Keep what is open after the first `count` events, and what begins behind them. */
static void forget(struct linear_stream *stream, struct part *part, size_t count)
{
    struct linear_carry *carry = &part->carry;
    struct part kept = { .due = stream->window };
    size_t left = carry->open_count + part->event_count - count;
    stream->moved = array_reserve(stream->moved, &stream->moved_capacity, part->count + 1,
                                  sizeof *stream->moved);
    memset(stream->moved, 0, (part->count + 1) * sizeof *stream->moved);
    kept.ops = array_reserve(NULL, &kept.capacity, left + 1, sizeof *kept.ops);
    kept.waiting = array_reserve(NULL, &kept.waiting_capacity, left + 1, sizeof *kept.waiting);
    for (size_t i = 0; i < carry->open_count; i++) {
        move(stream, part, carry->open[i], kept.ops, kept.waiting, &kept.count);
        carry->open[i] = i;
    }
    kept.events = array_reserve(NULL, &kept.event_capacity, left + 1, sizeof *kept.events);
    for (size_t i = count; i < part->event_count; i++) {
        size_t op = part->events[i] / 2;
        if (part->events[i] % 2 == 0)
            move(stream, part, op, kept.ops, kept.waiting, &kept.count);
        if (stream->moved[op] != 0)
            kept.events[kept.event_count++] = (stream->moved[op] - 1) * 2 + part->events[i] % 2;
    }
    kept.carry = *carry;
    *carry = (struct linear_carry){ 0 };
    free(part->ops);
    free(part->waiting);
    free(part->events);
    *part = kept;
}

/* A key that nothing is going on with is its state. */
static void rest(struct linear_stream *stream, struct stream_key *key)
{
    const struct part *part = key->part;
    bool over = key->failed && part->count == 0;
    if (!over && (part->count > 0 || part->carry.count != 1 || stream->model->in_sequences))
        return;
    if (!over)
        key->state = linear_state_of(part->carry.entries);
    part_free(key->part);
    key->part = NULL;
}

/* Search what is known of a key, if it is at least so many events. */
static void decide(struct linear_stream *stream, struct stream_key *key, size_t least)
{
    struct part *part = key->part;
    size_t count, known = take_known(stream, key, &count);
    if (count < least || count == 0) {
        part->due = 2 * part->event_count;
        return;
    }
    for (size_t i = 0; i < known; i++) {
        const struct linear_op *op = &part->ops[stream->known[i] / 2];
        count_event(stream, key, op, stream->known[i] % 2 == 1);
    }
    if (!key->failed)
        search(stream, key, known, true);
    if (key->failed)
        linear_carry_done(&part->carry);
    stream->kept -= part->event_count;
    forget(stream, part, count);
    stream->kept += part->event_count;
    rest(stream, key);
}

/* Too much is kept of keys that have little each. */
static void decide_all(struct linear_stream *stream)
{
    for (size_t key = 0; key < stream->key_count; key++) {
        if (stream->keys[key].part != NULL)
            decide(stream, &stream->keys[key], 1);
    }
    stream->kept_max = 2 * stream->kept > KEPT_MAX ? 2 * stream->kept : KEPT_MAX;
}

/* ---- Events -------------------------------------------------------------------------------------
 */

static struct stream_key *key_of(struct linear_stream *stream, uint32_t number)
{
    stream->keys = array_reserve(stream->keys, &stream->key_capacity, (size_t)number + 1,
                                 sizeof *stream->keys);
    while (stream->key_count <= number) {
        stream->keys[stream->key_count++] =
            (struct stream_key){ .written_from = LINEAR_NEVER, .state = stream->model->initial };
    }
    return &stream->keys[number];
}

static uint32_t slot_take(struct linear_stream *stream)
{
    uint32_t number = stream->slot_free;
    if (number != 0) {
        stream->slot_free = stream->slots[number - 1].next;
        return number - 1;
    }
    stream->slots = array_reserve(stream->slots, &stream->slot_capacity, stream->slot_count + 1,
                                  sizeof *stream->slots);
    cs_assert(stream->slot_count < UINT32_MAX - 1);
    return (uint32_t)stream->slot_count++;
}

static void add_event(struct linear_stream *stream, struct part *part, size_t event)
{
    part->events = array_reserve(part->events, &part->event_capacity, part->event_count + 1,
                                 sizeof *part->events);
    part->events[part->event_count++] = event;
    stream->kept++;
}

uint32_t linear_stream_begin(struct linear_stream *stream, const struct linear_op *op)
{
    struct stream_key *key = key_of(stream, op->key);
    cs_assert((stream->model->kinds >> op->kind & 1) != 0);
    if (key->part == NULL) {
        key->part = calloc(1, sizeof *key->part);
        cs_assert(key->part != NULL);
        key->part->due = stream->window;
    }
    struct part *part = key->part;
    uint32_t number = slot_take(stream);
    part->ops = array_reserve(part->ops, &part->capacity, part->count + 1, sizeof *part->ops);
    part->waiting = array_reserve(part->waiting, &part->waiting_capacity, part->count + 1,
                                  sizeof *part->waiting);
    stream->slots[number] = (struct slot){ .key = op->key, .op = (uint32_t)part->count };
    part->waiting[part->count] = number + 1;
    part->ops[part->count] = *op;
    add_event(stream, part, part->count++ * 2);
    return number;
}

/* Its end is known.  Returns where it is kept. */
static size_t settle(struct linear_stream *stream, uint32_t number)
{
    cs_assert(number < stream->slot_count);
    struct slot *slot = &stream->slots[number];
    struct part *part = stream->keys[slot->key].part;
    cs_assert(part != NULL);
    cs_assert(part->waiting[slot->op] == number + 1);
    part->waiting[slot->op] = 0;
    slot->next = stream->slot_free;
    stream->slot_free = number + 1;
    return slot->op;
}

void linear_stream_end(struct linear_stream *stream, uint32_t number, const struct linear_op *op)
{
    size_t at = settle(stream, number);
    struct stream_key *key = &stream->keys[op->key];
    struct part *part = key->part;
    cs_assert(part->ops[at].invoked == op->invoked);
    cs_assert(op->returned != LINEAR_NEVER || op->outcome == LINEAR_ANY);
    stream->report.operations++;
    part->ops[at] = *op;
    part->ops[at].unseen = false;
    if (op->returned != LINEAR_NEVER)
        add_event(stream, part, at * 2 + 1);
    if (part->event_count >= part->due)
        decide(stream, key, stream->window / 2);
    if (stream->kept >= stream->kept_max)
        decide_all(stream);
}

void linear_stream_drop(struct linear_stream *stream, uint32_t number)
{
    cs_assert(number < stream->slot_count);
    uint32_t key = stream->slots[number].key;
    size_t at = settle(stream, number);
    stream->keys[key].part->ops[at].kind = LINEAR_KIND_COUNT;
}

void linear_stream_finish(struct linear_stream *stream, struct linear_report *ret_report)
{
    for (size_t k = 0; k < stream->key_count; k++) {
        struct stream_key *key = &stream->keys[k];
        size_t count;
        for (size_t i = 0; key->part != NULL && i < key->part->count; i++) {
            if (key->part->waiting[i] == 0)
                continue;
            key->part->ops[i].returned = LINEAR_NEVER;
            key->part->ops[i].outcome = LINEAR_ANY;
            key->part->waiting[i] = 0;
            stream->report.operations++;
        }
        size_t known = key->part == NULL ? 0 : take_known(stream, key, &count);
        for (size_t i = 0; i < known; i++) {
            const struct linear_op *op = &key->part->ops[stream->known[i] / 2];
            count_event(stream, key, op, stream->known[i] % 2 == 1);
        }
        if (known > 0 && !key->failed)
            search(stream, key, known, false);
        part_free(key->part);
        key->part = NULL;
    }
    *ret_report = stream->report;
}
