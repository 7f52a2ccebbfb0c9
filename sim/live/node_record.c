#include "live/node_record.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "host/effect_text.h"

struct record {
    int fd;
    int failed; /* errno of the first write that did */
    char *path;
    uint64_t check, inputs;
    GByteArray *body; /* of the record that is being made */
    struct cs_text line;
    const struct context_files *below;
    struct context_files face;
};

/* ---- Bodies ---------------------------------------------------------------------------------- */

static void put_32(GByteArray *out, uint32_t number)
{
    g_byte_array_append(out, (const guint8 *)&number, sizeof number);
}

static void put_64(GByteArray *out, uint64_t number)
{
    g_byte_array_append(out, (const guint8 *)&number, sizeof number);
}

static void put_string(GByteArray *out, const void *data, size_t size)
{
    cs_assert(size <= UINT32_MAX);
    put_32(out, (uint32_t)size);
    if (size > 0)
        g_byte_array_append(out, data, (guint)size);
}

static void write_all(struct record *record, const void *data, size_t size)
{
    const uint8_t *at = data;
    while (size > 0 && record->failed == 0) {
        ssize_t put = write(record->fd, at, size);
        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0) {
            record->failed = errno;
            return;
        }
        at += put;
        size -= (size_t)put;
    }
}

/* The body is complete; it begins with room for the frame. */
static void put_record(struct record *record, enum log_kind kind)
{
    cs_assert(record->body->len >= sizeof(struct log_frame));
    struct log_frame frame = {
        .size = (uint32_t)(record->body->len - sizeof frame),
        .kind = kind,
    };
    frame.check = record->check =
        log_check(record->check, kind, cs_bytes_of(record->body->data + sizeof frame, frame.size));
    memcpy(record->body->data, &frame, sizeof frame);
    write_all(record, record->body->data, record->body->len);
}

static GByteArray *begin(struct record *record)
{
    static const struct log_frame room = { 0 };
    g_byte_array_set_size(record->body, 0);
    g_byte_array_append(record->body, (const guint8 *)&room, sizeof room);
    return record->body;
}

/* ---- What is read at once -------------------------------------------------------------------- */

static enum cs_disk_status read_span(void *self, cs_volume volume, const struct cs_span *span)
{
    struct record *record = self;
    enum cs_disk_status status = record->below->read(record->below->self, volume, span);
    GByteArray *body = begin(record);
    put_32(body, volume);
    put_32(body, status);
    put_64(body, span->offset);
    if (status != CS_DISK_OK)
        memset(span->data, 0, span->size); /* it is undefined then, but not here */
    put_string(body, span->data, span->size);
    put_record(record, LOG_READ);
    return status;
}

static struct cs_volume_info info(void *self, cs_volume volume)
{
    const struct record *record = self;
    return record->below->info(record->below->self, volume);
}

/* ---- Beginning and end ----------------------------------------------------------------------- */

static void put_head(struct record *record, const struct record_options *options)
{
    const struct context_instance *lent = options->lent;
    GByteArray *body = begin(record);
    put_string(body, options->build, strlen(options->build));
    put_string(body, options->instance, strlen(options->instance));
    put_string(body, options->scenario, strlen(options->scenario));
    put_64(body, options->seed);
    put_32(body, lent->log_wanted);
    put_32(body, (uint32_t)lent->volume_count);
    for (uint32_t v = 0; v < lent->volume_count; v++) {
        struct cs_volume_info volume = info(record, v);
        put_64(body, volume.size);
        put_32(body, volume.sector);
        put_64(body, volume.identity);
    }
    put_record(record, LOG_HEAD);
}

static void fail(GError **error, const char *path, int number)
{
    g_set_error(error, G_FILE_ERROR, g_file_error_from_errno(number),
                "the log of inputs %s cannot be written: %s", path, g_strerror(number));
}

struct record *record_new(const struct record_options *options, struct context_instance *lent,
                          GError **error)
{
    int fd = open(options->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    cs_assert(lent->files != NULL);
    if (fd < 0) {
        fail(error, options->path, errno);
        return NULL;
    }
    struct record *record = g_new0(struct record, 1);
    record->fd = fd;
    record->path = g_strdup(options->path);
    record->body = g_byte_array_new();
    record->below = lent->files;
    record->face = (struct context_files){ .self = record, .read = read_span, .info = info };
    lent->files = &record->face;
    write_all(record, NODE_LOG_TITLE NODE_LOG_VERSION, strlen(NODE_LOG_TITLE NODE_LOG_VERSION));
    put_head(record, options);
    return record;
}

bool record_end(struct record *record, GError **error)
{
    if (record == NULL)
        return true;
    put_64(begin(record), record->inputs);
    put_record(record, LOG_END);
    if (close(record->fd) != 0 && record->failed == 0)
        record->failed = errno;
    int number = record->failed;
    if (number != 0)
        fail(error, record->path, number);
    text_done(&record->line);
    g_byte_array_unref(record->body);
    g_free(record->path);
    g_free(record);
    return number == 0;
}

bool record_has_failed(const struct record *record)
{
    return record != NULL && record->failed != 0;
}

/* ---- Steps ----------------------------------------------------------------------------------- */

void record_input(struct record *record, const struct cs_context *cx,
                  const struct node_input *input)
{
    if (record == NULL)
        return;
    GByteArray *body = begin(record);
    put_32(body, input->kind);
    put_32(body, input->start);
    put_32(body, input->from);
    put_32(body, input->message);
    put_64(body, input->request);
    put_64(body, input->token);
    put_32(body, input->done.op);
    put_32(body, input->done.status);
    put_32(body, input->done.volume);
    put_64(body, input->done.ticket);
    put_64(body, input->done.token);
    put_64(body, input->done.offset);
    put_64(body, cx->now.ns);
    put_64(body, cx->wall.ns);
    put_string(body, input->bytes.data, input->bytes.size);
    record->inputs++;
    put_record(record, LOG_INPUT);
}

static void put_effect(struct record *record, struct cs_context *cx, const struct effect *effect)
{
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    text_reset(&record->line);
    effect_text_add(&record->line, cx, effect, NULL, true);
    log_add_effect(bytes, cx, effect);
    put_64(record->body, log_token_of(effect));
    put_string(record->body, text_string(&record->line), record->line.size);
    put_string(record->body, bytes->data, bytes->len);
}

void record_effects(struct record *record, struct cs_context *cx)
{
    if (record == NULL)
        return;
    GByteArray *body = begin(record);
    put_64(body, cx->charged_ns);
    cs_assert(cx->effect_count <= UINT32_MAX);
    put_32(body, (uint32_t)cx->effect_count);
    for (size_t i = 0; i < cx->effect_count; i++)
        put_effect(record, cx, &cx->effects[i]);
    put_record(record, LOG_EFFECTS);
}
