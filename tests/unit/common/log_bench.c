/* See log_bench.h. */
#include "log_bench.h"

#include <string.h>

#include "base/text.h"

struct keeper {
    struct log log;
    enum log_status status;
    bool full;
};

enum { FLUSH_TOKEN = 1 };

static void on_start(void *state, struct cs_context *cx, enum cs_start kind)
{
    struct keeper *keeper = state;
    (void)kind;
    keeper->status = log_open(&keeper->log, cx, 0);
    cs_barrier(cx, 0);
    if (keeper->status == LOG_OK)
        log_flushed(&keeper->log, CS_TICKET_NONE);
}

static void on_request(void *state, struct cs_context *cx, cs_request id, const struct cs_op *op)
{
    struct keeper *keeper = state;
    cs_ticket ticket = CS_TICKET_NONE;
    for (size_t i = 0; i < op->part_count; i++)
        on_request(state, cx, id, &op->parts[i]);
    if (op->kind == CS_OP_APPEND) {
        ticket = log_append(&keeper->log, cx, op->number, op->value);
    } else if (op->kind == CS_OP_DELETE) {
        ticket = log_truncate(&keeper->log, cx, op->number);
    } else if (op->kind == CS_OP_SNAPSHOT) {
        cs_flush(cx, 0, FLUSH_TOKEN);
    }
    if (op->kind == CS_OP_APPEND || op->kind == CS_OP_DELETE)
        keeper->full = ticket == CS_TICKET_NONE;
}

static void on_disk(void *state, struct cs_context *cx, const struct cs_completion *done)
{
    struct keeper *keeper = state;
    (void)cx;
    if (done->status == CS_DISK_OK)
        log_flushed(&keeper->log, done->ticket);
}

static const struct cs_volume_spec volumes[] = { { .name = "log", .size = 1 << 20 },
                                                 { .name = NULL } };
static const struct cs_program program = { .role = "keeper",
                                           .state_size = sizeof(struct keeper),
                                           .volumes = volumes,
                                           .on_start = on_start,
                                           .on_request = on_request,
                                           .on_disk = on_disk };

struct rig *log_bench_new(uint64_t volume_size, uint64_t seed)
{
    struct rig *rig = rig_new(
        &(struct rig_options){ .program = &program, .volume_size = volume_size, .seed = seed });
    rig_start(rig, CS_START_FOUND);
    return rig;
}

struct cs_op log_bench_append(uint64_t term, struct cs_bytes content)
{
    return (struct cs_op){ .kind = CS_OP_APPEND, .number = term, .value = content };
}

struct cs_op log_bench_text(uint64_t term, const char *content)
{
    return log_bench_append(term, cs_bytes_of(content, strlen(content)));
}

struct cs_op log_bench_truncate(uint64_t from)
{
    return (struct cs_op){ .kind = CS_OP_DELETE, .number = from };
}

struct cs_op log_bench_flush(void) { return (struct cs_op){ .kind = CS_OP_SNAPSHOT }; }

void log_bench_do(struct rig *rig, const struct cs_op *ops, size_t count)
{
    rig_request(rig, 1, &(struct cs_op){ .kind = CS_OP_TXN, .parts = ops, .part_count = count });
}

void log_bench_reopen(struct rig *rig, enum disk_loss loss)
{
    if (rig_is_up(rig))
        rig_crash(rig, loss);
    rig_restart(rig);
}

struct log *log_bench_log(struct rig *rig) { return &((struct keeper *)rig_state(rig))->log; }

enum log_status log_bench_status(struct rig *rig)
{
    return ((struct keeper *)rig_state(rig))->status;
}

bool log_bench_full(struct rig *rig) { return ((struct keeper *)rig_state(rig))->full; }

const char *log_bench_entries(struct rig *rig)
{
    static struct cs_text text;
    const struct log *log = log_bench_log(rig);
    text_reset(&text);
    for (uint64_t i = log->first_index; i <= log->last_index; i++) {
        struct cs_bytes content = log_content_at(log, i);
        cs_text_add(&text, i == log->first_index ? "%llu:" : " %llu:",
                    (unsigned long long)log_term_at(log, i));
        text_add_bytes(&text, content.data, content.size);
    }
    return text_string(&text);
}
