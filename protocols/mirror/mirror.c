/* See mirror.h. */
#include "mirror/mirror.h"

#include "mirror/client.h"
#include "mirror/message.h"
#include "mirror/server.h"

static const struct cs_param params[] = {
    [MIRROR_WINDOW] = { .name = "window",
                        .kind = CS_PARAM_NUMBER,
                        .fallback = "32",
                        .min = 1,
                        .max = CHANNEL_WINDOW_MAX,
                        .help = "Messages under way on a channel in each direction." },
    [MIRROR_RETRY_FIRST] = { .name = "retry_first",
                             .kind = CS_PARAM_DURATION,
                             .fallback = "\"50ms\"",
                             .min = 1000,
                             .help = "How long a channel waits for an answer at first." },
    [MIRROR_RETRY_MIN] = { .name = "retry_min",
                           .kind = CS_PARAM_DURATION,
                           .fallback = "\"5ms\"",
                           .min = 1000,
                           .help = "The least that it waits, whatever it has measured." },
    [MIRROR_RETRY_MAX] = { .name = "retry_max",
                           .kind = CS_PARAM_DURATION,
                           .fallback = "\"200ms\"",
                           .min = 1000,
                           .help = "The most that it waits, however often it has tried." },
    { .name = NULL },
};

static cs_duration least(cs_duration a, cs_duration b) { return a.ns < b.ns ? a : b; }

void mirror_channel_init(struct channel *channel, struct cs_context *cx, cs_node peer)
{
    struct channel_options options = { .peer = peer, .kind = MIRROR_CHANNEL, .timer = peer };
    options.window = (uint32_t)cs_param_number(cx, MIRROR_WINDOW);
    options.max = cs_param_duration(cx, MIRROR_RETRY_MAX);
    options.first = least(cs_param_duration(cx, MIRROR_RETRY_FIRST), options.max);
    options.min = least(cs_param_duration(cx, MIRROR_RETRY_MIN), options.first);
    channel_init(channel, cx, &options);
}

static const char *const kinds[] = { "CHANNEL", NULL };

static const char *const client_uses[] = { "service", NULL };

static const struct cs_program programs[] = {
    {
        .role = "server",
        .state_size = sizeof(struct mirror_server),
        .params = params,
        .kinds = kinds,
        .on_start = mirror_server_on_start,
        .on_message = mirror_server_on_message,
        .on_timer = mirror_server_on_timer,
        .describe = mirror_describe,
        .inspect = mirror_server_inspect,
    },
    {
        .role = "client",
        .state_size = sizeof(struct mirror_client),
        .params = params,
        .uses = client_uses,
        .kinds = kinds,
        .on_start = mirror_client_on_start,
        .on_message = mirror_client_on_message,
        .on_timer = mirror_client_on_timer,
        .on_request = mirror_client_on_request,
        .describe = mirror_describe,
        .inspect = mirror_client_inspect,
    },
    { .role = NULL },
};

const struct cs_protocol mirror_protocol = {
    .name = "mirror",
    .api_version = CS_API_VERSION,
    .programs = programs,
    .about = "A key-value store in the memory of pairs of servers, over channels.",
};
