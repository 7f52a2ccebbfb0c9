/* Events of a history, put together to operations: what begins and what ends it. */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "archive/internal.h"
#include "base/hash.h"
#include "verify/linear_stream.h"

#define QUOTED_BYTES(bytes) (int)(bytes).size, (const char *)(bytes).data

bool builder_refuse(struct builder *builder, uint64_t line, const char *format, ...)
{
    builder->problem->line = line;
    text_reset(&builder->problem->text);
    va_list arguments;
    va_start(arguments, format);
    text_add_list(&builder->problem->text, format, arguments);
    va_end(arguments);
    return false;
}

static uint64_t hash_of(struct cs_bytes bytes) { return hash_bytes(bytes.data, bytes.size); }

/* A name that is compared again and again; the text itself may have been given back. */
static struct cs_bytes kept_name(struct builder *builder, struct cs_bytes name)
{
    if (builder->stream == NULL || name.size == 0)
        return name;
    char *copy = form_keep(&builder->reader, name.size);
    memcpy(copy, name.data, name.size);
    return cs_bytes_of(copy, name.size);
}

static struct process *find_process(struct builder *builder, struct cs_bytes name)
{
    uint64_t hash = hash_of(name);
    struct index_probe probe = index_probe(&builder->process_index, hash);
    while (index_next(&builder->process_index, &probe)) {
        if (bytes_equal(builder->processes[probe.number].name, name))
            return &builder->processes[probe.number];
    }
    builder->processes = array_reserve(builder->processes, &builder->process_capacity,
                                       builder->process_count + 1, sizeof *builder->processes);
    cs_assert(builder->process_count < UINT32_MAX);
    uint32_t number = (uint32_t)builder->process_count++;
    builder->processes[number] = (struct process){ .name = kept_name(builder, name) };
    index_add(&builder->process_index, hash, number);
    return &builder->processes[number];
}

static uint32_t find_key(struct builder *builder, const struct event *event)
{
    struct archive *archive = builder->archive;
    uint64_t hash = index_hash(hash_of(event->group), hash_of(event->key));
    struct index_probe probe = index_probe(&builder->key_index, hash);
    while (index_next(&builder->key_index, &probe)) {
        const struct archive_key *key = &archive->keys[probe.number];
        if (bytes_equal(key->key, event->key) && bytes_equal(key->group, event->group))
            return probe.number;
    }
    archive->keys = array_reserve(archive->keys, &builder->key_capacity, archive->key_count + 1,
                                  sizeof *archive->keys);
    cs_assert(archive->key_count < UINT32_MAX);
    uint32_t number = (uint32_t)archive->key_count++;
    archive->keys[number] =
        (struct archive_key){ kept_name(builder, event->group), kept_name(builder, event->key) };
    index_add(&builder->key_index, hash, number);
    return number;
}

static struct cs_bytes written(const struct event *event)
{
    return event->value == NULL ? cs_bytes_of("nil", 3) : event->value->text;
}

/* The last part of a pair, or all there is. */
static struct cs_bytes last_part(const struct builder *builder, const struct event *event)
{
    const struct form *value = event->value;
    if (value != NULL && value->kind == FORM_LIST && value->first != FORM_NONE)
        return form_at(&builder->reader, form_at(&builder->reader, value->first)->next)->text;
    return written(event);
}

/* Where an operation that begins is kept. */
static uint32_t place_for(struct builder *builder)
{
    struct archive *archive = builder->archive;
    if (builder->ended_count > 0)
        return builder->ended[--builder->ended_count];
    size_t count = archive->count + 1;
    cs_assert(archive->count < UINT32_MAX - 1);
    archive->ops = array_reserve(archive->ops, &builder->op_capacity, count, sizeof *archive->ops);
    archive->calls =
        array_reserve(archive->calls, &builder->call_capacity, count, sizeof *archive->calls);
    return (uint32_t)archive->count++;
}

static void tell_begin(struct builder *builder, const struct linear_op *op)
{
    if (builder->stream == NULL)
        return;
    builder->numbers = array_reserve(builder->numbers, &builder->number_capacity,
                                     (size_t)op->number + 1, sizeof *builder->numbers);
    builder->numbers[op->number] = linear_stream_begin(builder->stream, op);
}

/* What was given up is kept, for whoever ends it again. */
static bool tell_end(struct builder *builder, const struct linear_op *op)
{
    if (builder->stream == NULL)
        return true;
    uint32_t number = builder->numbers[op->number];
    if (op->kind == LINEAR_KIND_COUNT) {
        linear_stream_drop(builder->stream, number);
    } else {
        linear_stream_end(builder->stream, number, op);
    }
    if (!builder->archive->calls[op->number].unknown) {
        builder->ended = array_reserve(builder->ended, &builder->ended_capacity,
                                       builder->ended_count + 1, sizeof *builder->ended);
        builder->ended[builder->ended_count++] = op->number;
    }
    builder->stopped = linear_stream_has_failed(builder->stream);
    return !builder->stopped;
}

static bool begin(struct builder *builder, struct process *process, const struct event *event)
{
    struct archive *archive = builder->archive;
    if (process->open != 0) {
        const struct archive_call *call = &archive->calls[process->open - 1];
        return builder_refuse(builder, event->line,
                              "process %.*s begins another operation before the one of line %llu "
                              "has ended",
                              QUOTED_BYTES(process->name), (unsigned long long)call->line);
    }
    uint32_t place = place_for(builder);
    struct linear_op op = {
        .invoked = builder->place++,
        .returned = LINEAR_NEVER,
        .seen = linear_nothing(),
        .value = linear_nothing(),
        .key = find_key(builder, event),
        .number = place,
        .client = (uint32_t)(process - builder->processes),
    };
    if (!meaning_of_invocation(builder, event, &op))
        return false;
    archive->ops[place] = op;
    archive->calls[place] = (struct archive_call){
        .line = event->line,
        .process = event->process,
        .name = event->name,
        .asked = written(event),
        .written = op.kind == LINEAR_CAS ? last_part(builder, event) : written(event),
    };
    process->open = place + 1;
    tell_begin(builder, &op);
    return true;
}

/* A place for each operation so far, told or not. */
static void reach_places(struct builder *builder)
{
    struct archive *archive = builder->archive;
    archive->places = array_reserve(archive->places, &builder->place_capacity, archive->count,
                                    sizeof *archive->places);
    while (builder->place_count < archive->count)
        archive->places[builder->place_count++] = 0;
    cs_assert(builder->place_count == archive->count);
}

/* Where operation `number` stands in the order that the system tells; 0: it does not. */
static void note_place(struct builder *builder, size_t number, uint64_t place)
{
    cs_assert(number < builder->archive->count);
    if (place == 0 || builder->stream != NULL)
        return;
    reach_places(builder);
    builder->archive->places[number] = place;
}

static void fail(struct builder *builder, struct linear_op *op)
{
    if (op->kind == LINEAR_CAS && builder->refuses_by_value) {
        op->outcome = LINEAR_NO;
        op->returned = builder->place++;
    } else {
        op->kind = LINEAR_KIND_COUNT; /* taken out at the end */
        builder->archive->failed++;
    }
}

/* Nothing of the process is open. */
static bool refuse_end(struct builder *builder, const struct process *process,
                       const struct event *event)
{
    if (process->lost == 0) {
        return builder_refuse(builder, event->line,
                              "process %.*s ends an operation that it has not begun",
                              QUOTED_BYTES(process->name));
    }
    const struct archive_call *call = &builder->archive->calls[process->lost - 1];
    return builder_refuse(builder, event->line,
                          "process %.*s ends an operation that it has not begun; the one of line "
                          "%llu was given up, outcome unknown, in line %llu",
                          QUOTED_BYTES(process->name), (unsigned long long)call->line,
                          (unsigned long long)call->end_line);
}

static bool end(struct builder *builder, struct process *process, const struct event *event)
{
    struct archive *archive = builder->archive;
    if (process->open == 0)
        return refuse_end(builder, process, event);
    cs_assert(process->open <= archive->count);
    struct linear_op *op = &archive->ops[process->open - 1];
    struct archive_call *call = &archive->calls[process->open - 1];
    if (!bytes_equal(call->name, event->name)) {
        return builder_refuse(builder, event->line,
                              "process %.*s ends \"%.*s\", but it has begun \"%.*s\" in line %llu",
                              QUOTED_BYTES(process->name), QUOTED_BYTES(event->name),
                              QUOTED_BYTES(call->name), (unsigned long long)call->line);
    }
    process->open = 0;
    call->end_line = event->line;
    note_place(builder, op->number, event->stands);
    if (event->type == EVENT_UNKNOWN) {
        call->unknown = true;
        process->lost = op->number + 1;
        return tell_end(builder, op);
    }
    if (event->type == EVENT_FAIL) {
        fail(builder, op);
        return tell_end(builder, op);
    }
    op->returned = builder->place++;
    call->answered = written(event);
    return meaning_of_answer(builder, event, op) && tell_end(builder, op);
}

bool builder_take(struct builder *builder, const struct event *event)
{
    if (meaning_is_beside(builder, event))
        return true;
    struct process *process = find_process(builder, event->process);
    return event->type == EVENT_INVOKE ? begin(builder, process, event)
                                       : end(builder, process, event);
}

void builder_finish(struct builder *builder)
{
    struct archive *archive = builder->archive;
    size_t kept = 0;
    if (builder->stream != NULL)
        return;
    if (archive->places != NULL)
        reach_places(builder);
    for (size_t i = 0; i < archive->count; i++) {
        if (archive->ops[i].kind == LINEAR_KIND_COUNT)
            continue;
        cs_assert(archive->ops[i].returned != LINEAR_NEVER ||
                  archive->ops[i].outcome == LINEAR_ANY);
        if (archive->places != NULL)
            archive->places[kept] = archive->places[i];
        archive->ops[kept++] = archive->ops[i];
    }
    cs_assert(kept + archive->failed == archive->count);
    archive->count = kept;
}
