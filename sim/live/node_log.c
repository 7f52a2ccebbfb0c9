#include "live/node_log.h"

#include <string.h>

#include "base/hash.h"
#include "base/random.h"

uint64_t log_check(uint64_t before, enum log_kind kind, struct cs_bytes body)
{
    uint64_t hash = body.size > 0 ? hash_bytes(body.data, body.size) : 0;
    return random_mix(random_mix(before ^ (uint64_t)kind << 32 ^ body.size) ^ hash);
}

/* ---- Effects as bytes ------------------------------------------------------------------------ */

cs_token log_token_of(const struct effect *effect)
{
    if (effect->kind == EFFECT_SET_TIMER || effect->kind == EFFECT_CANCEL_TIMER)
        return effect->timer.token;
    if (effect->kind >= EFFECT_READ && effect->kind <= EFFECT_FLUSH)
        return effect->disk.token;
    if (effect->kind == EFFECT_JOB || effect->kind == EFFECT_CANCEL_JOB)
        return effect->job.token;
    return 0;
}

static void put(GByteArray *out, uint64_t number)
{
    g_byte_array_append(out, (const guint8 *)&number, sizeof number);
}

static void put_bytes(GByteArray *out, struct cs_bytes bytes)
{
    cs_assert(bytes.size <= UINT32_MAX);
    put(out, bytes.size);
    if (bytes.size > 0)
        g_byte_array_append(out, bytes.data, (guint)bytes.size);
}

static void put_name(GByteArray *out, const char *name)
{
    put_bytes(out, cs_bytes_of(name, strlen(name)));
}

static void put_result(GByteArray *out, const struct cs_result *result)
{
    put(out, (uint64_t)result->status << 2 | (uint64_t)result->applied << 1 | result->present);
    put(out, result->number);
    put_bytes(out, result->value);
    put(out, result->part_count);
    for (size_t i = 0; i < result->part_count; i++)
        put_result(out, &result->parts[i]);
}

static void put_fact(GByteArray *out, const struct effect *effect)
{
    cs_assert(effect->kind == EFFECT_FACT);
    const struct cs_fact *fact = &effect->fact.fact;
    const uint64_t numbers[] = { fact->kind,
                                 fact->recovered,
                                 fact->scope,
                                 fact->a,
                                 fact->b,
                                 fact->c,
                                 fact->volume,
                                 fact->rests_on,
                                 fact->content.size,
                                 effect->fact.digest };
    for (size_t i = 0; i < G_N_ELEMENTS(numbers); i++)
        put(out, numbers[i]);
}

static void put_send(GByteArray *out, const struct cs_context *cx, const struct effect *effect)
{
    put(out, effect->send.kind);
    put_bytes(out,
              cs_bytes_of(effect_targets(cx, effect), effect->send.to_count * sizeof(cs_node)));
    put_bytes(out, effect_bytes(cx, effect));
}

static void put_disk(GByteArray *out, const struct cs_context *cx, const struct effect *effect)
{
    put(out, effect->disk.volume);
    put(out, effect->disk.ticket);
    put(out, effect->disk.offset);
    put(out, effect->disk.size);
    put_bytes(out, effect_bytes(cx, effect));
}

void log_add_effect(GByteArray *out, struct cs_context *cx, const struct effect *effect)
{
    cs_token token = log_token_of(effect);
    struct cs_result result;
    put(out, effect->kind);
    put(out, log_token_is_name(token) ? UINT64_C(1) << 32 : token);
    switch (effect->kind) {
    case EFFECT_SEND:
        put_send(out, cx, effect);
        break;
    case EFFECT_SET_TIMER:
    case EFFECT_CANCEL_TIMER:
        put(out, effect->timer.after.ns);
        break;
    case EFFECT_READ:
    case EFFECT_WRITE:
    case EFFECT_DISCARD:
    case EFFECT_FLUSH:
    case EFFECT_BARRIER:
        put_disk(out, cx, effect);
        break;
    case EFFECT_REPLY:
        result = context_result(cx, effect);
        put(out, effect->reply.request);
        put_result(out, &result);
        break;
    case EFFECT_JOB:
    case EFFECT_CANCEL_JOB:
        put(out, effect->job.cost.ns);
        break;
    case EFFECT_FACT:
        put_fact(out, effect);
        break;
    case EFFECT_REACHED:
    case EFFECT_COUNT:
    case EFFECT_STOP:
        put_name(out, effect->named.name);
        put(out, effect->named.count);
        break;
    case EFFECT_LOG:
        put_bytes(out, effect_bytes(cx, effect));
        break;
    case EFFECT_KIND_COUNT:
        cs_assert(false && "not an effect");
    }
}

/* ---- Reading --------------------------------------------------------------------------------- */

/* What is left of a record's body. */
struct cursor {
    const uint8_t *data;
    size_t size;
    bool good; /* nothing was missing so far, and no number was out of its range */
};

static const void *take(struct cursor *cursor, size_t size)
{
    const uint8_t *at = cursor->data;
    if (!cursor->good || size > cursor->size) {
        cursor->good = false;
        return NULL;
    }
    cursor->data += size;
    cursor->size -= size;
    return at;
}

static uint32_t take_32(struct cursor *cursor)
{
    uint32_t number = 0;
    const void *at = take(cursor, sizeof number);
    if (at != NULL)
        memcpy(&number, at, sizeof number);
    return number;
}

static uint64_t take_64(struct cursor *cursor)
{
    uint64_t number = 0;
    const void *at = take(cursor, sizeof number);
    if (at != NULL)
        memcpy(&number, at, sizeof number);
    return number;
}

/* A number below `bound`. */
static uint32_t take_below(struct cursor *cursor, uint32_t bound)
{
    uint32_t number = take_32(cursor);
    cursor->good &= number < bound;
    return cursor->good ? number : 0;
}

static struct cs_bytes take_string(struct cursor *cursor)
{
    size_t size = take_32(cursor);
    const void *at = take(cursor, size);
    return cs_bytes_of(at, at != NULL ? size : 0);
}

static char *take_text(struct cursor *cursor)
{
    struct cs_bytes bytes = take_string(cursor);
    cursor->good &= bytes.size == 0 || memchr(bytes.data, '\0', bytes.size) == NULL;
    return g_strndup(bytes.size > 0 ? bytes.data : "", bytes.size);
}

static void parse_head(struct node_log *log, struct cursor *cursor)
{
    log->build = take_text(cursor);
    log->instance = take_text(cursor);
    log->scenario = take_text(cursor);
    log->seed = take_64(cursor);
    log->lines = take_below(cursor, 2) != 0;
    uint32_t count = take_32(cursor);
    for (uint32_t v = 0; v < count && cursor->good; v++) {
        struct cs_volume_info info = { .size = take_64(cursor) };
        info.sector = take_32(cursor);
        info.identity = take_64(cursor);
        g_array_append_val(log->volumes, info);
    }
}

static void parse_input(struct node_log *log, struct cursor *cursor)
{
    struct log_step step = { .read_first = log->reads->len, .effect_first = log->effects->len };
    struct node_input *input = &step.input;
    input->kind = (enum node_input_kind)take_below(cursor, INPUT_KIND_COUNT);
    input->start = (enum cs_start)take_below(cursor, CS_START_RESTART + 1);
    input->from = take_32(cursor);
    input->message = take_32(cursor);
    input->request = take_64(cursor);
    input->token = take_64(cursor);
    input->done.op = (enum cs_disk_op)take_below(cursor, CS_DISK_FLUSH + 1);
    input->done.status = (enum cs_disk_status)take_below(cursor, CS_DISK_OUT_OF_RANGE + 1);
    input->done.volume = take_32(cursor);
    input->done.ticket = take_64(cursor);
    input->done.token = take_64(cursor);
    input->done.offset = take_64(cursor);
    step.now_ns = take_64(cursor);
    step.wall_ns = take_64(cursor);
    input->bytes = take_string(cursor);
    if (input->kind == INPUT_DISK)
        cursor->good &= input->done.volume < log->volumes->len;
    if (cursor->good)
        g_array_append_val(log->steps, step);
}

/* The step that the record belongs to, or NULL: it is none that waits for more. */
static struct log_step *open_step(struct node_log *log, struct cursor *cursor)
{
    struct log_step *last = log->steps->len > 0
                                ? &g_array_index(log->steps, struct log_step, log->steps->len - 1)
                                : NULL;
    cursor->good &= last != NULL && !last->complete;
    return cursor->good ? last : NULL;
}

static void parse_read(struct node_log *log, struct cursor *cursor)
{
    struct log_step *step = open_step(log, cursor);
    struct log_read read = {
        .volume = take_below(cursor, log->volumes->len),
        .status = (enum cs_disk_status)take_below(cursor, CS_DISK_OUT_OF_RANGE + 1),
    };
    read.offset = take_64(cursor);
    read.bytes = take_string(cursor);
    if (!cursor->good)
        return;
    g_array_append_val(log->reads, read);
    step->read_count++;
    cs_assert(log->reads->len == step->read_first + step->read_count);
}

static void parse_effects(struct node_log *log, struct cursor *cursor)
{
    struct log_step *step = open_step(log, cursor);
    uint64_t charged_ns = take_64(cursor);
    uint32_t count = take_32(cursor);
    for (uint32_t i = 0; i < count && cursor->good; i++) {
        struct log_effect effect = { .token = take_64(cursor) };
        effect.line = take_string(cursor);
        effect.bytes = take_string(cursor);
        g_array_append_val(log->effects, effect);
    }
    if (!cursor->good)
        return;
    cs_assert(log->effects->len == step->effect_first + count);
    step->complete = true;
    step->charged_ns = charged_ns;
    step->effect_count = count;
}

static void parse_end(struct node_log *log, struct cursor *cursor)
{
    cursor->good &= take_64(cursor) == log->steps->len;
    log->ended = true;
}

/* False if the record is none of this format, or not at its place. */
static bool parse_record(struct node_log *log, uint32_t kind, struct cs_bytes body)
{
    struct cursor cursor = { body.data, body.size, true };
    cursor.good = (kind == LOG_HEAD) == (log->build == NULL) && !log->ended;
    if (!cursor.good)
        return false;
    switch ((enum log_kind)kind) {
    case LOG_HEAD:
        parse_head(log, &cursor);
        break;
    case LOG_INPUT:
        if (log->steps->len > 0)
            cursor.good = g_array_index(log->steps, struct log_step, log->steps->len - 1).complete;
        parse_input(log, &cursor);
        break;
    case LOG_READ:
        parse_read(log, &cursor);
        break;
    case LOG_EFFECTS:
        parse_effects(log, &cursor);
        break;
    case LOG_END:
        parse_end(log, &cursor);
        break;
    default:
        return false;
    }
    return cursor.good && cursor.size == 0;
}

static bool fail(GError **error, uint64_t at, const char *sentence)
{
    g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_INVAL, "byte %" G_GUINT64_FORMAT ": %s", at,
                sentence);
    return false;
}

/* *ret_at is where the records begin. */
static bool check_title(struct cs_bytes file, size_t *ret_at, GError **error)
{
    const size_t title = strlen(NODE_LOG_TITLE), version = strlen(NODE_LOG_VERSION);
    *ret_at = title + version;
    if (file.size < title || memcmp(file.data, NODE_LOG_TITLE, title) != 0)
        return fail(error, 0, "this is no log of a node");
    if (file.size >= *ret_at &&
        memcmp((const char *)file.data + title, NODE_LOG_VERSION, version) == 0)
        return true;
    return fail(error, title,
                "a log of another version than 1, the only one that this build reads");
}

static bool parse_records(struct node_log *log, struct cs_bytes file, size_t at, GError **error)
{
    uint64_t check = 0;
    while (at < file.size) {
        struct log_frame frame;
        const uint8_t *data = file.data;
        if (file.size - at < sizeof frame)
            return fail(error, at, "the log ends within a record");
        memcpy(&frame, data + at, sizeof frame);
        if (file.size - at - sizeof frame < frame.size) {
            return fail(error, at, "the log ends within a record, or its size is damaged");
        }
        struct cs_bytes body = cs_bytes_of(data + at + sizeof frame, frame.size);
        check = log_check(check, (enum log_kind)frame.kind, body);
        if (check != frame.check)
            return fail(error, at, "the record is damaged");
        if (!parse_record(log, frame.kind, body))
            return fail(error, at, "the record makes no sense here");
        at += sizeof frame + frame.size;
    }
    cs_assert(at == file.size);
    return log->build != NULL || fail(error, at, "the log ends before its first record");
}

size_t node_log_whole(struct cs_bytes file)
{
    size_t at = 0;
    struct log_frame frame;
    if (!check_title(file, &at, NULL))
        return file.size;
    while (file.size - at >= sizeof frame) {
        memcpy(&frame, (const uint8_t *)file.data + at, sizeof frame);
        if (file.size - at - sizeof frame < frame.size)
            break;
        at += sizeof frame + frame.size;
    }
    cs_assert(at <= file.size);
    return at;
}

struct node_log *node_log_parse(GBytes *bytes, GError **error)
{
    gsize size = 0;
    const void *data = g_bytes_get_data(bytes, &size);
    struct cs_bytes file = cs_bytes_of(data, size);
    size_t at = 0;
    if (!check_title(file, &at, error))
        return NULL;
    struct node_log *log = g_new0(struct node_log, 1);
    log->bytes = g_bytes_ref(bytes);
    log->size = size;
    log->volumes = g_array_new(FALSE, FALSE, sizeof(struct cs_volume_info));
    log->steps = g_array_new(FALSE, FALSE, sizeof(struct log_step));
    log->reads = g_array_new(FALSE, FALSE, sizeof(struct log_read));
    log->effects = g_array_new(FALSE, FALSE, sizeof(struct log_effect));
    if (parse_records(log, file, at, error))
        return log;
    node_log_free(log);
    return NULL;
}

void node_log_free(struct node_log *log)
{
    if (log == NULL)
        return;
    g_array_unref(log->volumes);
    g_array_unref(log->steps);
    g_array_unref(log->reads);
    g_array_unref(log->effects);
    g_bytes_unref(log->bytes);
    g_free(log->build);
    g_free(log->instance);
    g_free(log->scenario);
    g_free(log);
}
