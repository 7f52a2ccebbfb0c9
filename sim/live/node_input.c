#include "live/node_input.h"

#include "host/effect_text.h"
#include "live/wire.h"

static void handle_request(const struct node_input *input, void *state, struct cs_context *cx)
{
    g_autofree struct cs_op *op = wire_get_request(input->bytes);
    if (op != NULL && cx->instance->program->on_request != NULL)
        cx->instance->program->on_request(state, cx, input->request, op);
}

void node_input_handle(const struct node_input *input, void *state, struct cs_context *cx)
{
    const struct cs_program *program = cx->instance->program;
    struct cs_completion done;
    switch (input->kind) {
    case INPUT_START:
        if (program->on_start != NULL)
            program->on_start(state, cx, input->start);
        break;
    case INPUT_MESSAGE:
        if (program->on_message != NULL)
            program->on_message(state, cx, input->from, input->message, input->bytes);
        break;
    case INPUT_REQUEST:
        handle_request(input, state, cx);
        break;
    case INPUT_DISK:
        done = input->done;
        done.data = input->bytes;
        if (program->on_disk != NULL)
            program->on_disk(state, cx, &done);
        break;
    case INPUT_TIMER:
        if (program->on_timer != NULL)
            program->on_timer(state, cx, input->token);
        break;
    case INPUT_JOB:
        if (program->on_job != NULL)
            program->on_job(state, cx, input->token);
        break;
    case INPUT_KIND_COUNT:
        cs_assert(false && "not an input");
    }
}

void node_input_add_text(const struct node_input *input, const struct context_instance *instance,
                         struct cs_text *text)
{
    switch (input->kind) {
    case INPUT_START:
        cs_text_add(text, "start");
        break;
    case INPUT_MESSAGE:
        cs_text_add(text, "message ");
        effect_text_add_kind(text, instance->program, input->message);
        cs_text_add(text, " from %u: ", input->from);
        effect_text_add_body(text, instance->program, input->message, input->bytes);
        break;
    case INPUT_REQUEST:
        cs_text_add(text, "request %llu", (unsigned long long)input->request);
        break;
    case INPUT_DISK:
        effect_text_add_done(text, instance, input->done.op, input->done.status,
                             input->done.volume);
        break;
    case INPUT_TIMER:
    case INPUT_JOB:
        cs_text_add(text, "%s %llu", input->kind == INPUT_TIMER ? "timer" : "done job",
                    (unsigned long long)input->token);
        break;
    case INPUT_KIND_COUNT:
        cs_assert(false && "not an input");
    }
}
