#include "rig_program.h"

#include <string.h>

static void (*next_step)(struct cs_context *cx);

static void step(struct cs_context *cx)
{
    if (next_step != NULL)
        next_step(cx);
}

static void on_start(void *state, struct cs_context *cx, enum cs_start kind)
{
    (void)state;
    if (kind == CS_START_RESTART)
        cs_log(cx, "started again");
}

static void on_message(void *state, struct cs_context *cx, cs_node from, cs_kind kind,
                       struct cs_bytes body)
{
    (void)state;
    cs_log(cx, "from %u kind %u: %s", from, kind, (const char *)body.data);
    step(cx);
}

static void on_timer(void *state, struct cs_context *cx, cs_token token)
{
    (void)state;
    cs_log(cx, "timer %u", (unsigned)token);
    step(cx);
}

static void on_disk(void *state, struct cs_context *cx, const struct cs_completion *done)
{
    (void)state;
    cs_log(cx, "token %u ticket %u %zu bytes", (unsigned)done->token, (unsigned)done->ticket,
           done->data.size);
}

static void on_job(void *state, struct cs_context *cx, cs_token token)
{
    (void)state;
    cs_log(cx, "job %u", (unsigned)token);
}

static void on_request(void *state, struct cs_context *cx, cs_request id, const struct cs_op *op)
{
    (void)state;
    (void)id;
    (void)op;
    step(cx);
}

static const char *const colours[] = { "red", "green", NULL };
static const struct cs_param params[] = {
    [FLAG] = { .name = "flag", .kind = CS_PARAM_FLAG, .fallback = "true" },
    [NUMBER] = { .name = "number", .kind = CS_PARAM_NUMBER, .fallback = "3" },
    [SIZE] = { .name = "size", .kind = CS_PARAM_SIZE, .fallback = "\"4KiB\"" },
    [DURATION] = { .name = "duration", .kind = CS_PARAM_DURATION, .fallback = "\"50ms\"" },
    [DISTRIBUTION] = { .name = "distribution",
                       .kind = CS_PARAM_DISTRIBUTION,
                       .fallback = "{ \"uniform\": [\"150ms\", \"300ms\"] }" },
    [CHOICE] = { .name = "choice",
                 .kind = CS_PARAM_CHOICE,
                 .fallback = "\"green\"",
                 .choices = colours },
    [COPIES] = { .name = "copies", .kind = CS_PARAM_NUMBER, .fallback = "2" },
    { .name = NULL },
};
static const struct cs_volume_spec volumes[] = {
    [META] = { .name = "meta", .size = 65536 },
    [DATA] = { .name = "data", .counted = "copies", .size = 65536 },
    { .name = NULL },
};
static const char *const costs[] = { "entry", "byte", NULL };
static const char *const kinds[] = { "PING", "PONG", NULL };
static const struct cs_program program = { .role = "server",
                                           .state_size = 8,
                                           .params = params,
                                           .volumes = volumes,
                                           .costs = costs,
                                           .kinds = kinds,
                                           .on_start = on_start,
                                           .on_message = on_message,
                                           .on_timer = on_timer,
                                           .on_disk = on_disk,
                                           .on_job = on_job,
                                           .on_request = on_request };

const cs_node members[] = { 1, 2, 3 };
struct rig *rig;

struct rig *new_rig(struct rig_param first)
{
    struct rig *made = rig_new(&(struct rig_options){ .program = &program,
                                                      .self = 1,
                                                      .params = { first },
                                                      .groups = { { "self", members, 3 } },
                                                      .log_wanted = true });
    rig_start(made, CS_START_FOUND);
    return made;
}

void setup(void) { rig = new_rig((struct rig_param){ .name = NULL }); }

void teardown(void) { rig_free(rig); }

void run(void (*function)(struct cs_context *cx))
{
    next_step = function;
    rig_request(rig, 1, &(struct cs_op){ .kind = CS_OP_WORK });
    next_step = NULL;
}

struct cs_bytes text(const char *string) { return cs_bytes_of(string, strlen(string)); }
