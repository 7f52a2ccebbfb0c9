#include "story.h"

#include <stdarg.h>
#include <string.h>

#include "base/text.h"

void (*story_act)(const struct story_event *event);

static struct cluster *cluster;
static struct cs_text told, handed_out;

const char *story_told(void)
{
    text_reset(&handed_out);
    text_add_bytes(&handed_out, told.data, told.size);
    text_reset(&told);
    return text_string(&handed_out);
}

static void tell_time(void)
{
    text_add_duration(&told, cluster_now(cluster));
    cs_text_add(&told, " ");
}

void story_tell(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    tell_time();
    text_add_list(&told, format, arguments);
    cs_text_add(&told, "\n");
    va_end(arguments);
}

struct cluster *story_begin(const struct small_cluster *small)
{
    text_reset(&told);
    cluster = cluster_new(&small->options);
    return cluster;
}

static void happen(const char *prefix, void *state, struct cs_context *cx, struct story_event event)
{
    static const char *const names[] = { "start", "message", "timer", "disk", "job", "request" };
    event.cx = cx;
    event.state = state;
    event.name = cluster_options_of(cluster)->instances[cs_self(cx)].name;
    tell_time();
    cs_text_add(&told, "%s%s %s %llu", prefix, event.name, names[event.input],
                (unsigned long long)event.number);
    if (event.input == STORY_MESSAGE)
        cs_text_add(&told, " from %s", cluster_options_of(cluster)->instances[event.from].name);
    cs_text_add(&told, "\n");
    if (story_act != NULL)
        story_act(&event);
}

static void on_start(void *state, struct cs_context *cx, enum cs_start kind)
{
    happen("", state, cx, (struct story_event){ .input = STORY_START, .number = kind });
}

static void on_message(void *state, struct cs_context *cx, cs_node from, cs_kind kind,
                       struct cs_bytes body)
{
    happen("", state, cx,
           (struct story_event){
               .input = STORY_MESSAGE, .number = kind, .from = from, .bytes = body });
}

static void on_message_2(void *state, struct cs_context *cx, cs_node from, cs_kind kind,
                         struct cs_bytes body)
{
    happen("v2 ", state, cx,
           (struct story_event){
               .input = STORY_MESSAGE, .number = kind, .from = from, .bytes = body });
}

static void on_timer(void *state, struct cs_context *cx, cs_token token)
{
    happen("", state, cx, (struct story_event){ .input = STORY_TIMER, .number = token });
}

static void on_disk(void *state, struct cs_context *cx, const struct cs_completion *done)
{
    happen("", state, cx,
           (struct story_event){ .input = STORY_DISK,
                                 .number = done->token,
                                 .status = done->status,
                                 .bytes = done->data });
}

static void on_job(void *state, struct cs_context *cx, cs_token token)
{
    happen("", state, cx, (struct story_event){ .input = STORY_JOB, .number = token });
}

static void on_request(void *state, struct cs_context *cx, cs_request id, const struct cs_op *op)
{
    happen("", state, cx,
           (struct story_event){ .input = STORY_REQUEST, .number = id, .bytes = op->key });
}

static const struct cs_volume_spec volumes[] = {
    { .name = "disk", .size = 1 << 20 },
    { 0 },
};
static const char *const costs[] = { "unit", NULL };
static const char *const uses[] = { "others", NULL };

const struct cs_program story_program = {
    .role = "server",
    .state_size = sizeof(uint64_t),
    .volumes = volumes,
    .costs = costs,
    .uses = uses,
    .on_start = on_start,
    .on_message = on_message,
    .on_timer = on_timer,
    .on_disk = on_disk,
    .on_job = on_job,
    .on_request = on_request,
};

const struct cs_program story_program_2 = {
    .role = "server",
    .state_size = sizeof(uint64_t),
    .volumes = volumes,
    .costs = costs,
    .on_message = on_message_2,
};
