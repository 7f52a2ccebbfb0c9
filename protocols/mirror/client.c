/* See client.h. */
#include "mirror/client.h"

#include <string.h>

#include "common/hash.h"
#include "common/state_machine.h"
#include "mirror/message.h"
#include "mirror/mirror.h"

/* Which pair a key belongs to; every client of every build says the same. */
enum { SHARD_SEED = 0 };

void mirror_client_on_start(void *state, struct cs_context *cx, enum cs_start kind)
{
    struct mirror_client *client = state;
    (void)kind; /* nothing is kept, so every start is the same */
    client->servers = cs_group(cx, "service");
    client->pair_count = client->servers.count / 2;
    client->channels = cs_alloc(cx, client->pair_count * sizeof *client->channels);
    client->open = cs_alloc(cx, client->pair_count * sizeof *client->open);
    client->operation.max = client->message.max = channel_message_max(cx);
    for (size_t i = 0; i < client->pair_count; i++)
        mirror_channel_init(&client->channels[i], cx, client->servers.nodes[2 * i]);
}

static void end_call(struct mirror_client *client, struct cs_context *cx, size_t index,
                     const struct cs_result *result)
{
    cs_assert(index < client->call_count);
    struct mirror_call *call = &client->calls[index];
    cs_reply(cx, call->request, result);
    client->open[call->pair]--;
    client->call_count--;
    memmove(call, call + 1, (client->call_count - index) * sizeof *call);
}

static void add_call(struct mirror_client *client, struct cs_context *cx,
                     const struct mirror_call *call)
{
    if (client->call_count == client->call_capacity) {
        client->call_capacity = client->call_capacity == 0 ? 16 : 2 * client->call_capacity;
        client->calls = cs_resize(cx, client->calls, client->call_capacity * sizeof *client->calls);
    }
    client->calls[client->call_count++] = *call;
    client->open[call->pair]++;
}

void mirror_client_on_request(void *state, struct cs_context *cx, cs_request id,
                              const struct cs_op *op)
{
    struct mirror_client *client = state;
    struct wire_writer operation = wire_writer_in(cx, &client->operation);
    if (client->pair_count > 0 && op->part_count == 0)
        op_put(&operation, op);
    size_t room = client->message.max - (size_t)2 * MIRROR_OVERHEAD;
    if (operation.size == 0 || operation.overflow || operation.size > room) {
        cs_reply(cx, id, &(struct cs_result){ .status = CS_REFUSED });
        return;
    }
    struct mirror_call call = { .tag = client->next_tag++,
                                .request = id,
                                .reads = op_is_query(op->kind) };
    call.pair = hash_jump(hash_key(op->key, SHARD_SEED), client->pair_count);
    struct channel *channel = &client->channels[call.pair];
    struct wire_writer writer = wire_writer_in(cx, &client->message);
    struct mirror_message ask = { MIRROR_ASK, call.tag,
                                  cs_bytes_of(operation.data, operation.size) };
    bool room_left = client->open[call.pair] < channel->options.window;
    if (!room_left || !channel_send(channel, cx, mirror_message_put(&writer, &ask))) {
        cs_count(cx, "channel full", 1);
        cs_reply(cx, id, &(struct cs_result){ .status = CS_REFUSED });
        return;
    }
    add_call(client, cx, &call);
}

static void on_answer(struct mirror_client *client, struct cs_context *cx, struct cs_bytes bytes)
{
    struct mirror_message answer;
    struct cs_result result;
    if (!mirror_message_get(bytes, &answer) || answer.what != MIRROR_ANSWER ||
        !result_get(answer.body, &result)) {
        client->dropped++;
        cs_count(cx, "malformed", 1);
        return;
    }
    for (size_t i = 0; i < client->call_count; i++) {
        if (client->calls[i].tag == answer.number) {
            end_call(client, cx, i, &result);
            return;
        }
    }
}

/* The primary has started again.  What was asked and changes nothing has no effect for certain. */
static void on_reset(struct mirror_client *client, struct cs_context *cx, size_t pair)
{
    for (size_t i = client->call_count; i > 0; i--) {
        const struct mirror_call *call = &client->calls[i - 1];
        enum cs_status status = call->reads ? CS_FAILED : CS_UNKNOWN;
        if (call->pair == pair)
            end_call(client, cx, i - 1, &(struct cs_result){ .status = status });
    }
}

/* The pair whose primary that is, or pair_count. */
static size_t pair_of(const struct mirror_client *client, cs_node primary)
{
    size_t pair = 0;
    while (pair < client->pair_count && client->servers.nodes[2 * pair] != primary)
        pair++;
    return pair;
}

void mirror_client_on_message(void *state, struct cs_context *cx, cs_node from, cs_kind kind,
                              struct cs_bytes body)
{
    struct mirror_client *client = state;
    size_t pair = pair_of(client, from);
    if (pair == client->pair_count || kind != MIRROR_CHANNEL) {
        client->dropped++;
        cs_count(cx, "malformed", 1);
        return;
    }
    struct channel *channel = &client->channels[pair];
    channel_on_message(channel, cx, from, body);
    struct cs_bytes message;
    enum channel_event event;
    while ((event = channel_take(channel, cx, &message)) != CHANNEL_NOTHING) {
        if (event == CHANNEL_RESET) {
            on_reset(client, cx, pair);
        } else {
            on_answer(client, cx, message);
        }
    }
}

void mirror_client_on_timer(void *state, struct cs_context *cx, cs_token token)
{
    struct mirror_client *client = state;
    size_t pair = pair_of(client, (cs_node)token);
    cs_assert(pair < client->pair_count);
    channel_on_timer(&client->channels[pair], cx);
}

void mirror_client_inspect(const void *state, struct cs_text *out)
{
    const struct mirror_client *client = state;
    cs_text_add(out, "waiting for %zu, dropped %llu\n", client->call_count,
                (unsigned long long)client->dropped);
}
