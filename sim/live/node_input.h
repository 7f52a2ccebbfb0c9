/* What a node's program is handed, one at a time. */
#ifndef LIVE_NODE_INPUT_H
#define LIVE_NODE_INPUT_H
#include "host/context.h"

enum node_input_kind {
    INPUT_START,
    INPUT_MESSAGE,
    INPUT_REQUEST,
    INPUT_DISK,
    INPUT_TIMER,
    INPUT_JOB,
    INPUT_KIND_COUNT
};

struct node_input {
    enum node_input_kind kind;
    enum cs_start start;
    uint32_t from;
    cs_kind message;
    cs_request request;
    cs_token token;            /* of a timer or a job */
    struct cs_completion done; /* without its data */
    struct cs_bytes bytes;     /* of a message, a request (live/wire.h) or what was read */
};

/* The context's step has begun. */
void node_input_handle(const struct node_input *input, void *state, struct cs_context *cx);
/* As the narration of a run says it: "message Vote from 2: Vote term=1", "timer 3". */
void node_input_add_text(const struct node_input *input, const struct context_instance *instance,
                         struct cs_text *text);

#endif
