/* See context.h.  The step, and what a handler may do, of clustersim/protocol.h, in that header's
 * order. */
#include "host/context.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

enum {
    EFFECTS_AT_FIRST = 64,
    BYTES_AT_FIRST = 4096,
    BYTES_ALIGNMENT = 16, /* of every block in the step's buffer */
};

/* ---- The step -------------------------------------------------------------------------------- */

void context_init(struct cs_context *cx)
{
    *cx =
        (struct cs_context){ .effect_capacity = EFFECTS_AT_FIRST, .byte_capacity = BYTES_AT_FIRST };
    cx->effects = malloc(sizeof *cx->effects * cx->effect_capacity);
    cx->bytes = malloc(cx->byte_capacity);
    cs_assert(cx->effects != NULL);
    cs_assert(cx->bytes != NULL);
}

void context_done(struct cs_context *cx)
{
    free(cx->effects);
    free(cx->bytes);
    text_done(&cx->line);
    *cx = (struct cs_context){ 0 };
}

void context_begin(struct cs_context *cx, struct context_instance *instance, cs_instant now,
                   cs_instant wall, uint64_t true_now_ns)
{
    cs_assert(cx->effects != NULL);
    cs_assert(instance->program != NULL);
    cx->instance = instance;
    cx->now = now;
    cx->wall = wall;
    cx->true_now_ns = true_now_ns;
    cx->charged_ns = 0;
    cx->stalled = false;
    cx->effect_count = 0;
    cx->byte_count = 0;
}

/* The next effect, without bytes; what belongs to its kind is the caller's to fill, all of it.
 * Valid until another is added. */
static struct effect *add_effect(struct cs_context *cx, enum effect_kind kind)
{
    if (cx->effect_count == cx->effect_capacity) {
        cs_assert(cx->effect_capacity < CONTEXT_EFFECTS_MAX);
        cx->effect_capacity *= 2;
        cx->effects = realloc(cx->effects, sizeof *cx->effects * cx->effect_capacity);
        cs_assert(cx->effects != NULL);
    }
    struct effect *effect = &cx->effects[cx->effect_count++];
    effect->kind = kind;
    effect->bytes_offset = 0;
    effect->bytes_size = 0;
    return effect;
}

/* Room for `size` bytes in the step's buffer.  The buffer may move: pointers into it are void. */
static uint32_t reserve_bytes(struct cs_context *cx, size_t size)
{
    size_t offset = (cx->byte_count + (BYTES_ALIGNMENT - 1)) & ~(size_t)(BYTES_ALIGNMENT - 1);
    cs_assert(size <= CONTEXT_BYTES_MAX);
    cs_assert(offset <= CONTEXT_BYTES_MAX - size);
    if (offset + size > cx->byte_capacity) {
        while (cx->byte_capacity < offset + size)
            cx->byte_capacity *= 2;
        cx->bytes = realloc(cx->bytes, cx->byte_capacity);
        cs_assert(cx->bytes != NULL);
    }
    cx->byte_count = offset + size;
    return (uint32_t)offset;
}

static uint32_t copy_bytes(struct cs_context *cx, struct cs_bytes bytes)
{
    uint32_t offset = reserve_bytes(cx, bytes.size);
    if (bytes.size > 0)
        memcpy(cx->bytes + offset, bytes.data, bytes.size);
    return offset;
}

/* ---- What a handler may do ------------------------------------------------------------------- */

void cs_send(struct cs_context *cx, cs_node to, cs_kind kind, struct cs_bytes body)
{
    cs_send_many(cx, &to, 1, kind, &body, 1);
}

void cs_send_many(struct cs_context *cx, const cs_node *to, size_t to_count, cs_kind kind,
                  const struct cs_bytes *parts, size_t part_count)
{
    if (to_count == 0)
        return;
    size_t size = 0;
    for (size_t i = 0; i < part_count; i++) {
        cs_assert(parts[i].size <= CONTEXT_MESSAGE_MAX);
        size += parts[i].size;
        cs_assert(size <= CONTEXT_MESSAGE_MAX);
    }
    uint32_t to_offset = copy_bytes(cx, cs_bytes_of(to, to_count * sizeof *to));
    uint32_t body_offset = reserve_bytes(cx, size);
    uint8_t *next = cx->bytes + body_offset;
    for (size_t i = 0; i < part_count; i++) {
        if (parts[i].size > 0)
            memcpy(next, parts[i].data, parts[i].size);
        next += parts[i].size;
    }
    struct effect *effect = add_effect(cx, EFFECT_SEND);
    effect->bytes_offset = body_offset;
    effect->bytes_size = (uint32_t)size;
    effect->send.kind = kind;
    effect->send.to_offset = to_offset;
    effect->send.to_count = (uint32_t)to_count;
}

void cs_set_timer(struct cs_context *cx, cs_token token, cs_duration after)
{
    struct effect *effect = add_effect(cx, EFFECT_SET_TIMER);
    effect->timer.token = token;
    effect->timer.after = cs_ns(at_most_never(after.ns));
}

void cs_cancel_timer(struct cs_context *cx, cs_token token)
{
    struct effect *effect = add_effect(cx, EFFECT_CANCEL_TIMER);
    effect->timer.token = token;
    effect->timer.after = cs_ns(0);
}

/* `step` is 1 for what counts as a change of the volume, else 0. */
static struct effect *add_disk(struct cs_context *cx, enum effect_kind kind, cs_volume volume,
                               cs_token token, unsigned step)
{
    cs_assert(volume < cx->instance->volume_count);
    struct effect *effect = add_effect(cx, kind);
    cx->instance->tickets[volume] += step;
    effect->disk.volume = volume;
    effect->disk.token = token;
    effect->disk.ticket = cx->instance->tickets[volume];
    effect->disk.offset = 0;
    effect->disk.size = 0;
    return effect;
}

cs_ticket cs_read(struct cs_context *cx, cs_volume volume, uint64_t offset, size_t size,
                  cs_token token)
{
    cs_assert(token != CS_SILENT);
    struct effect *effect = add_disk(cx, EFFECT_READ, volume, token, 0);
    effect->disk.offset = offset;
    effect->disk.size = size;
    return effect->disk.ticket;
}

cs_ticket cs_write(struct cs_context *cx, cs_volume volume, uint64_t offset, struct cs_bytes data,
                   cs_token token)
{
    uint32_t bytes_offset = copy_bytes(cx, data);
    struct effect *effect = add_disk(cx, EFFECT_WRITE, volume, token, 1);
    effect->bytes_offset = bytes_offset;
    effect->bytes_size = (uint32_t)data.size;
    effect->disk.offset = offset;
    effect->disk.size = data.size;
    return effect->disk.ticket;
}

cs_ticket cs_discard(struct cs_context *cx, cs_volume volume, uint64_t offset, uint64_t size,
                     cs_token token)
{
    struct effect *effect = add_disk(cx, EFFECT_DISCARD, volume, token, 1);
    effect->disk.offset = offset;
    effect->disk.size = size;
    return effect->disk.ticket;
}

cs_ticket cs_flush(struct cs_context *cx, cs_volume volume, cs_token token)
{
    return add_disk(cx, EFFECT_FLUSH, volume, token, 0)->disk.ticket;
}

void cs_barrier(struct cs_context *cx, cs_volume volume)
{
    add_disk(cx, EFFECT_BARRIER, volume, CS_SILENT, 0);
}

/* Copy the parts of `result`: an array of results, then the offsets of their values.  Returns where
 * the array is. */
static uint32_t copy_parts(struct cs_context *cx, const struct cs_result *result)
{
    size_t count = result->part_count;
    cs_assert(count <= CONTEXT_PARTS_MAX);
    uint32_t parts = reserve_bytes(cx, count * (sizeof *result->parts + sizeof(uint32_t)));
    for (size_t i = 0; i < count; i++) {
        struct cs_result part = result->parts[i];
        cs_assert(part.part_count == 0);
        uint32_t value = copy_bytes(cx, part.value);
        part.value.data = NULL;
        part.parts = NULL;
        memcpy(cx->bytes + parts + i * sizeof part, &part, sizeof part);
        memcpy(cx->bytes + parts + count * sizeof part + i * sizeof value, &value, sizeof value);
    }
    return parts;
}

void cs_reply(struct cs_context *cx, cs_request request, const struct cs_result *result)
{
    cs_assert((unsigned)result->status < CS_STATUS_COUNT);
    uint32_t value_offset = copy_bytes(cx, result->value);
    uint32_t parts_offset = copy_parts(cx, result);
    struct effect *effect = add_effect(cx, EFFECT_REPLY);
    effect->bytes_offset = value_offset;
    effect->bytes_size = (uint32_t)result->value.size;
    effect->reply.request = request;
    effect->reply.result = *result;
    effect->reply.result.value.data = NULL;
    effect->reply.result.parts = NULL;
    effect->reply.parts_offset = parts_offset;
}

struct cs_result context_result(struct cs_context *cx, const struct effect *effect)
{
    cs_assert(effect->kind == EFFECT_REPLY);
    struct cs_result result = effect->reply.result;
    result.value = effect_bytes(cx, effect);
    if (result.part_count == 0)
        return result;
    void *at = cx->bytes + effect->reply.parts_offset;
    struct cs_result *parts = at;
    const uint32_t *values = (const uint32_t *)(const void *)(parts + result.part_count);
    for (size_t i = 0; i < result.part_count; i++)
        parts[i].value.data = cx->bytes + values[i];
    result.parts = parts;
    return result;
}

void cs_charge(struct cs_context *cx, size_t unit, uint64_t count)
{
    uint64_t cost_ns;
    cs_assert(unit < cx->instance->unit_count);
    bool overflow = __builtin_mul_overflow(cx->instance->unit_costs_ns[unit], count, &cost_ns) ||
                    __builtin_add_overflow(cx->charged_ns, cost_ns, &cx->charged_ns);
    cs_assert(!overflow && "more CPU time is charged to a step than 584 years");
}

void cs_job(struct cs_context *cx, cs_duration cost, cs_token token)
{
    struct effect *effect = add_effect(cx, EFFECT_JOB);
    effect->job.token = token;
    effect->job.cost = cs_ns(at_most_never(cost.ns));
}

void cs_cancel_job(struct cs_context *cx, cs_token token)
{
    struct effect *effect = add_effect(cx, EFFECT_CANCEL_JOB);
    effect->job.token = token;
    effect->job.cost = cs_ns(0);
}

static void add_named(struct cs_context *cx, enum effect_kind kind, const char *name,
                      uint64_t count)
{
    cs_assert(name != NULL);
    struct effect *effect = add_effect(cx, kind);
    effect->named.name = name;
    effect->named.count = count;
}

void cs_reached(struct cs_context *cx, const char *name) { add_named(cx, EFFECT_REACHED, name, 1); }

void cs_count(struct cs_context *cx, const char *name, uint64_t count)
{
    add_named(cx, EFFECT_COUNT, name, count);
}

void cs_log(struct cs_context *cx, const char *format, ...)
{
    uint32_t offset = 0;
    size_t size = 0;
    if (cx->instance->log_wanted) {
        va_list arguments;
        va_start(arguments, format);
        text_reset(&cx->line);
        text_add_list(&cx->line, format, arguments);
        va_end(arguments);
        size = cx->line.size;
        offset = copy_bytes(cx, cs_bytes_of(text_string(&cx->line), size));
    }
    struct effect *effect = add_effect(cx, EFFECT_LOG);
    effect->bytes_offset = offset;
    effect->bytes_size = (uint32_t)size;
}

void cs_stop(struct cs_context *cx, const char *reason) { add_named(cx, EFFECT_STOP, reason, 1); }

void cs_fact(struct cs_context *cx, const struct cs_fact *fact)
{
    cs_assert((unsigned)fact->kind < CS_FACT_KIND_COUNT);
    struct effect *effect = add_effect(cx, EFFECT_FACT);
    effect->fact.fact = *fact;
    effect->fact.fact.content.data = NULL;
    const struct cs_bytes *content = &fact->content;
    effect->fact.digest = content->size > 0 ? hash_bytes(content->data, content->size) : 0;
}
