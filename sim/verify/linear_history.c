#include "verify/linear_history.h"

#include <stdlib.h>

#include "base/hash.h"
#include "verify/facts.h"
#include "verify/index.h"
#include "verify/keys.h"
#include "verify/linear_stream.h"

#define QUOTED(bytes) (int)(bytes).size, (const char *)(bytes).data

/* ---- Operations ---------------------------------------------------------------------------------
 */

static enum linear_kind kind_of(const struct operation *operation)
{
    switch ((enum cs_op_kind)operation->kind) {
    case CS_OP_GET:
        return LINEAR_READ;
    case CS_OP_PUT:
        return LINEAR_WRITE;
    case CS_OP_DELETE:
        return LINEAR_DELETE;
    case CS_OP_CAS:
        return LINEAR_CAS;
    case CS_OP_APPEND:
        return LINEAR_APPEND;
    case CS_OP_SCAN:
    case CS_OP_TXN:
    case CS_OP_ACQUIRE:
    case CS_OP_RELEASE:
    case CS_OP_READ_BLOCK:
    case CS_OP_WRITE_BLOCK:
    case CS_OP_WORK:
    case CS_OP_ADD_MEMBER:
    case CS_OP_REMOVE_MEMBER:
    case CS_OP_PROMOTE_MEMBER:
    case CS_OP_TRANSFER_LEADERSHIP:
    case CS_OP_SNAPSHOT:
    case CS_OP_COUNT:
        break;
    }
    return LINEAR_KIND_COUNT;
}

/* What the operation has written or found, as far as it is bytes. */
static void take_bytes(struct linear_op *op, const struct history *history,
                       const struct operation *operation)
{
    struct cs_bytes value = history_bytes(history, operation->value);
    struct cs_bytes seen = history_bytes(history, operation->expected);
    bool reads = op->kind == LINEAR_READ;
    if (reads)
        seen = history_bytes(history, operation->result);
    bool whole;
    struct cs_bytes shown = reads ? seen : value;
    op->text = value_size(shown, &whole) > 0 && whole ? shown.data : NULL;
    op->head = linear_head(value);
    op->seen_head = linear_head(seen);
    op->value = reads || op->kind == LINEAR_DELETE ? linear_nothing() : linear_bytes(value);
    bool sees = op->kind == LINEAR_CAS || (reads && (operation->present || seen.size > 0));
    op->seen = sees ? linear_bytes(seen) : linear_nothing();
}

static struct linear_op op_of(const struct history *history, size_t index)
{
    const struct operation *operation = history_at(history, index);
    struct linear_op op = {
        .returned = LINEAR_NEVER,
        .number = (uint32_t)index,
        .client = (uint32_t)operation->session,
        .kind = (uint8_t)kind_of(operation),
    };
    if (operation->outcome == OUTCOME_FAILED)
        op.kind = LINEAR_KIND_COUNT;
    if (op.kind == LINEAR_KIND_COUNT)
        return op;
    take_bytes(&op, history, operation);
    bool tells = op.kind == LINEAR_CAS || op.kind == LINEAR_DELETE;
    if (operation->outcome == OUTCOME_OK && tells)
        op.outcome = operation->applied ? LINEAR_YES : LINEAR_NO;
    return op;
}

static void take_events(struct linear_history *linear)
{
    for (size_t i = 0; i < history_event_count(linear->history); i++) {
        size_t event = history_event_at(linear->history, i);
        struct linear_op *op = &linear->ops[event / 2];
        if (event % 2 == 0) {
            op->invoked = i;
        } else if (history_at(linear->history, event / 2)->outcome == OUTCOME_OK) {
            op->returned = i;
        }
    }
}

/* ---- Keys ---------------------------------------------------------------------------------------
 */

static uint32_t find_key(struct linear_history *linear, struct index *index, size_t *capacity,
                         const struct operation *operation)
{
    struct cs_bytes key = history_bytes(linear->history, operation->key);
    uint64_t hash = index_hash(hash_bytes(key.data, key.size), operation->group);
    struct index_probe probe = index_probe(index, hash);
    while (index_next(index, &probe)) {
        const struct linear_key *other = &linear->keys[probe.number];
        if (other->group == operation->group && bytes_equal(other->key, key))
            return probe.number;
    }
    linear->keys =
        array_reserve(linear->keys, capacity, linear->key_count + 1, sizeof *linear->keys);
    uint32_t number = (uint32_t)linear->key_count++;
    linear->keys[number] = (struct linear_key){ operation->group, key };
    index_add(index, hash, number);
    return number;
}

/* By group: whether any transaction may have written there.  The caller frees it. */
static bool *groups_with_transactions(const struct history *history)
{
    uint32_t last = 0;
    for (size_t i = 0; i < history_count(history); i++) {
        uint32_t group = history_at(history, i)->group;
        last = group > last ? group : last;
    }
    bool *groups = calloc((size_t)last + 1, sizeof *groups);
    cs_assert(groups != NULL);
    for (size_t i = 0; i < history_count(history); i++) {
        const struct operation *operation = history_at(history, i);
        groups[operation->group] |=
            operation->kind == CS_OP_TXN && operation->outcome != OUTCOME_FAILED;
    }
    return groups;
}

void linear_history_init(struct linear_history *linear, const struct history *history)
{
    size_t count = history_count(history), key_capacity = 0;
    *linear = (struct linear_history){ .history = history };
    linear->ops = malloc((count + 1) * sizeof *linear->ops);
    linear->places = malloc((count + 1) * sizeof *linear->places);
    cs_assert(linear->ops != NULL);
    cs_assert(linear->places != NULL);
    cs_assert(count < UINT32_MAX);
    for (size_t i = 0; i < count; i++)
        linear->ops[i] = op_of(history, i);
    take_events(linear);
    bool *transactional = groups_with_transactions(history);
    struct index index = { 0 };
    for (size_t i = 0; i < count; i++) {
        const struct operation *operation = history_at(history, i);
        struct linear_op op = linear->ops[i];
        if (op.kind == LINEAR_KIND_COUNT || transactional[operation->group])
            continue;
        op.key = find_key(linear, &index, &key_capacity, operation);
        linear->places[linear->count] = operation->result_number;
        linear->ops[linear->count++] = op;
    }
    index_done(&index);
    free(transactional);
}

/* ---- Event by event -----------------------------------------------------------------------------
 */

struct telling {
    struct linear_history keys; /* without operations */
    struct index index;
    size_t key_capacity;
    bool *transactional; /* by group */
    struct linear_stream *stream;
    uint32_t *numbers;      /* the stream's, by operation; while it is open */
    struct linear_op *open; /* by these */
    size_t open_capacity;
};

static void tell_begin(struct telling *telling, size_t index, uint64_t place)
{
    const struct history *history = telling->keys.history;
    const struct operation *operation = history_at(history, index);
    struct linear_op op = op_of(history, index);
    op.invoked = place;
    op.key = find_key(&telling->keys, &telling->index, &telling->key_capacity, operation);
    uint32_t number = linear_stream_begin(telling->stream, &op);
    if (operation->outcome != OUTCOME_OK) {
        linear_stream_end(telling->stream, number, &op);
        return;
    }
    telling->open = array_reserve(telling->open, &telling->open_capacity, (size_t)number + 1,
                                  sizeof *telling->open);
    telling->open[number] = op;
    telling->numbers[index] = number;
}

static void tell_event(struct telling *telling, size_t event, uint64_t place)
{
    const struct operation *operation = history_at(telling->keys.history, event / 2);
    if (kind_of(operation) == LINEAR_KIND_COUNT || operation->outcome == OUTCOME_FAILED ||
        telling->transactional[operation->group])
        return;
    if (event % 2 == 0) {
        tell_begin(telling, event / 2, place);
    } else if (operation->outcome == OUTCOME_OK) {
        uint32_t number = telling->numbers[event / 2];
        telling->open[number].returned = place;
        linear_stream_end(telling->stream, number, &telling->open[number]);
    }
}

void linear_history_check(const struct history *history, const struct linear_options *options,
                          struct linear_report *ret_report)
{
    struct telling telling = {
        .keys = { .history = history },
        .transactional = groups_with_transactions(history),
        .stream = linear_stream_new(linear_model_find("kv"), options),
        .numbers = calloc(history_count(history) + 1, sizeof *telling.numbers),
    };
    cs_assert(telling.numbers != NULL);
    for (size_t i = 0; i < history_event_count(history); i++)
        tell_event(&telling, history_event_at(history, i), i);
    linear_stream_finish(telling.stream, ret_report);
    linear_stream_free(telling.stream);
    index_done(&telling.index);
    linear_history_done(&telling.keys);
    free(telling.transactional);
    free(telling.numbers);
    free(telling.open);
}

void linear_history_done(struct linear_history *linear)
{
    free(linear->ops);
    free(linear->places);
    free(linear->keys);
}

/* ---- Words --------------------------------------------------------------------------------------
 */

static void add_found(const struct linear_history *linear, const struct operation *operation,
                      struct cs_text *text)
{
    struct cs_bytes result = history_bytes(linear->history, operation->result);
    if (operation->present || result.size > 0) {
        cs_text_add(text, "\"%.*s\"", QUOTED(result));
    } else {
        cs_text_add(text, "nothing");
    }
}

void linear_history_tell_state(const struct linear_history *linear,
                               const struct linear_report *report, struct linear_value state,
                               struct cs_text *text)
{
    if (state.size == LINEAR_ABSENT) {
        cs_text_add(text, "nothing");
        return;
    }
    if (state.size == LINEAR_UNSEEN) {
        cs_text_add(text, "what nobody has read");
        return;
    }
    for (size_t i = 0; i < linear->count; i++) {
        const struct linear_op *op = &linear->ops[i];
        const struct operation *operation = history_at(linear->history, op->number);
        if (op->key != report->key)
            continue;
        if (op->kind == LINEAR_READ && linear_same(op->seen, state)) {
            add_found(linear, operation, text);
            return;
        }
        if ((op->kind == LINEAR_WRITE || op->kind == LINEAR_CAS) && linear_same(op->value, state)) {
            cs_text_add(text, "\"%.*s\"", QUOTED(history_bytes(linear->history, operation->value)));
            return;
        }
    }
    cs_text_add(text, "%llu bytes", (unsigned long long)state.size);
}

static void add_operation(const struct linear_history *linear, const struct linear_op *op,
                          struct cs_text *text)
{
    const struct operation *operation = history_at(linear->history, op->number);
    struct moment from = moment_of(operation->started_ns), to = moment_of(operation->ended_ns);
    cs_text_add(text, "%s, asked at %s and answered at %s,", operation_name(operation), from.text,
                to.text);
    if (op->kind == LINEAR_READ) {
        cs_text_add(text, " found ");
        add_found(linear, operation, text);
    } else if (op->kind == LINEAR_CAS) {
        cs_text_add(text, op->outcome == LINEAR_YES ? " found \"%.*s\"" : " did not find \"%.*s\"",
                    QUOTED(history_bytes(linear->history, operation->expected)));
    } else {
        cs_text_add(text, op->outcome == LINEAR_NO ? " found nothing" : " found something");
    }
}

void linear_history_explain(const struct linear_history *linear, const struct linear_report *report,
                            struct cs_text *text)
{
    cs_assert(report->verdict != LINEAR_OK);
    cs_text_add(text, "key \"%.*s\": ", QUOTED(linear->keys[report->key].key));
    if (report->verdict == LINEAR_UNKNOWN) {
        struct moment at =
            moment_of(history_at(linear->history, report->failed->number)->started_ns);
        cs_text_add(text, "given up after too many steps, with the operation asked at %s", at.text);
        return;
    }
    add_operation(linear, report->failed, text);
    cs_text_add(text, " where it was ");
    for (size_t i = 0; i < report->states_kept; i++) {
        cs_text_add(text, i == 0 ? "" : " or ");
        linear_history_tell_state(linear, report, report->states[i], text);
    }
    if (report->states_count > report->states_kept)
        cs_text_add(text, " or one of %zu others", report->states_count - report->states_kept);
    cs_text_add(text, "; no order of %zu operations explains it", report->window_count);
}
