/* The history: operations in the order of their invocations, the order of all events beside them,
 * and one array of bytes that they point into by offset. */
#include "measure/history.h"

#include <stdlib.h>
#include <string.h>

#include "base/rolling.h"
#include "base/text.h"

enum {
    PREFIX_MAX = 16, /* bytes kept of a long value */
    CAPACITY_FIRST = 256,
};

struct history {
    struct operation *operations;
    size_t count, capacity;
    size_t *events; /* operation * 2 + (1 for its end) */
    size_t event_count, event_capacity;
    uint8_t *bytes;
    size_t byte_count, byte_capacity;
    struct cs_text text; /* where long values are described */
    /* What history_integral() tells. */
    uint64_t in_system, latest_ns;
    wide integral_ns;
    bool disordered;
};

struct history *history_new(void)
{
    struct history *history = calloc(1, sizeof *history);
    cs_assert(history != NULL);
    return history;
}

void history_free(struct history *history)
{
    if (history == NULL)
        return;
    free(history->operations);
    free(history->events);
    free(history->bytes);
    text_done(&history->text);
    free(history);
}

/* An array with room for `count` items; what was in it stays. */
static void *grown(void *array, size_t *capacity, size_t count, size_t item_size)
{
    if (count <= *capacity)
        return array;
    size_t wanted = *capacity < CAPACITY_FIRST ? CAPACITY_FIRST : *capacity;
    while (wanted < count)
        wanted *= 2;
    array = realloc(array, wanted * item_size);
    cs_assert(array != NULL);
    *capacity = wanted;
    return array;
}

static void add_event(struct history *history, size_t event)
{
    history->events = grown(history->events, &history->event_capacity, history->event_count + 1,
                            sizeof *history->events);
    history->events[history->event_count++] = event;
}

static struct history_bytes append(struct history *history, const void *data, size_t size)
{
    if (size == 0)
        return (struct history_bytes){ 0, 0 };
    cs_assert(data != NULL);
    cs_assert(history->byte_count + size <= UINT32_MAX);
    history->bytes = grown(history->bytes, &history->byte_capacity, history->byte_count + size, 1);
    memcpy(history->bytes + history->byte_count, data, size);
    struct history_bytes kept = { (uint32_t)history->byte_count, (uint32_t)size };
    history->byte_count += size;
    return kept;
}

static bool is_plain(char byte)
{
    return (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') ||
           (byte >= 'A' && byte <= 'Z');
}

/* A long value is kept as "PREFIX~SIZE~0xHASH": its first letters and digits, so that it can be
 * recognized, its size in bytes, and the hash of all of it. */
static struct history_bytes keep(struct history *history, struct cs_bytes value)
{
    if (value.size <= HISTORY_VALUE_MAX)
        return append(history, value.data, value.size);
    const char *data = value.data;
    size_t prefix = 0;
    while (prefix < PREFIX_MAX && is_plain(data[prefix]))
        prefix++;
    text_reset(&history->text);
    text_add_bytes(&history->text, data, prefix);
    text_add_bytes(&history->text, "~", 1);
    text_add_decimal(&history->text, value.size);
    text_add_bytes(&history->text, "~0x", 3);
    text_add_hexadecimal(&history->text, rolling_hash(value.data, value.size));
    cs_assert(history->text.size <= HISTORY_VALUE_MAX);
    return append(history, history->text.data, history->text.size);
}

/* The number in the system is about to change. */
static void pass_time(struct history *history, uint64_t at_ns)
{
    history->disordered |= at_ns < history->latest_ns;
    if (history->disordered)
        return;
    history->integral_ns += (wide)history->in_system * (at_ns - history->latest_ns);
    history->latest_ns = at_ns;
}

bool history_integral(const struct history *history, uint64_t *ret_until_ns, wide *ret_ns)
{
    if (history->disordered)
        return false;
    *ret_until_ns = history->latest_ns;
    *ret_ns = history->integral_ns;
    return true;
}

/* NOLINTNEXTLINE(readability-function-size): each parameter is a field of the operation */
size_t history_begin(struct history *history, uint64_t intended_ns, uint64_t started_ns,
                     uint32_t client, uint32_t group, uint16_t workload, const struct cs_op *op)
{
    cs_assert(intended_ns <= started_ns);
    cs_assert(op->kind < CS_OP_COUNT);
    history->operations = grown(history->operations, &history->capacity, history->count + 1,
                                sizeof *history->operations);
    size_t index = history->count++;
    history->operations[index] = (struct operation){
        .intended_ns = intended_ns,
        .started_ns = started_ns,
        .session = op->session,
        .client = client,
        .group = group,
        .workload = workload,
        .kind = (uint8_t)op->kind,
        .outcome = OUTCOME_OPEN,
        .key = keep(history, op->key),
        .value = keep(history, op->value),
        .expected = keep(history, op->expected),
        .number = op->number,
    };
    add_event(history, index * 2);
    pass_time(history, started_ns);
    history->in_system++;
    return index;
}

static enum outcome outcome_of(enum cs_status status)
{
    switch (status) {
    case CS_OK:
        return OUTCOME_OK;
    case CS_FAILED:
    case CS_REFUSED:
    case CS_LOST:
        return OUTCOME_FAILED;
    case CS_UNKNOWN:
    case CS_STATUS_COUNT:
        break;
    }
    cs_assert(status == CS_UNKNOWN);
    return OUTCOME_UNKNOWN;
}

void history_end(struct history *history, size_t index, uint64_t ended_ns,
                 const struct cs_result *result)
{
    cs_assert(index < history->count);
    struct operation *operation = &history->operations[index];
    cs_assert(operation->outcome == OUTCOME_OPEN);
    cs_assert(ended_ns >= operation->started_ns);
    operation->ended_ns = ended_ns;
    operation->outcome = OUTCOME_UNKNOWN;
    if (result != NULL) {
        operation->answered = true;
        operation->status = (uint8_t)result->status;
        operation->outcome = (uint8_t)outcome_of(result->status);
        operation->applied = result->applied;
        operation->present = result->present;
        operation->result = keep(history, result->value);
        operation->result_number = result->number;
    }
    add_event(history, index * 2 + 1);
    pass_time(history, ended_ns);
    cs_assert(history->in_system > 0);
    history->in_system--;
}

void history_note_late(struct history *history, size_t index, const struct cs_result *result)
{
    cs_assert(index < history->count);
    struct operation *operation = &history->operations[index];
    cs_assert(operation->outcome == OUTCOME_UNKNOWN);
    cs_assert(!operation->answered);
    if (result->status == CS_OK)
        operation->result_number = result->number;
}

size_t history_count(const struct history *history) { return history->count; }

const struct operation *history_at(const struct history *history, size_t index)
{
    cs_assert(index < history->count);
    return &history->operations[index];
}

struct cs_bytes history_bytes(const struct history *history, struct history_bytes bytes)
{
    cs_assert((size_t)bytes.offset + bytes.size <= history->byte_count);
    return cs_bytes_of(bytes.size > 0 ? history->bytes + bytes.offset : NULL, bytes.size);
}

size_t history_event_count(const struct history *history) { return history->event_count; }

size_t history_event_at(const struct history *history, size_t i)
{
    cs_assert(i < history->event_count);
    return history->events[i];
}
