/* An eventually consistent key-value store: each server answers by itself, and tells the others
 * what it knows, one key at a time.  The write of the highest version wins.
 *
 * A client stays with one server, which never goes back, so it gets monotonic reads and its own
 * writes, and no more than that.  When nobody writes any more, all servers come to the same state,
 * which they state as a fact.
 *
 * Three mistakes are planted in it: a client that `roams` asks any server, and gets neither
 * promise; a `stubborn` server never gives up a value that it was asked to write itself; a
 * `tardy` one says that it has written, and does so a while later, a second write perhaps before
 * the first. */
#include <string.h>

#include "clustersim/protocol.h"

enum { KEYS_MAX = 64, BYTES_MAX = 64, CALLS_MAX = 4096, LATER_MAX = 256, LATER_MS = 300 };
enum { KIND_REQUEST, KIND_REPLY, KIND_RUMOUR };

struct entry {
    uint64_t version; /* 0: there is none */
    bool own;         /* of a stubborn server: not to be replaced by what others know */
    uint8_t key_size, value_size;
    uint8_t key[BYTES_MAX], value[BYTES_MAX];
};

/* All messages are one of these, as it is. */
struct message {
    uint64_t tag;
    uint64_t writes;
    struct entry entry;
};

/* ---- The server ------------------------------------------------------------------------------ */

struct server {
    struct cs_group peers;
    struct entry entries[KEYS_MAX];
    uint32_t count;
    uint64_t clock;
    bool stubborn, tardy;
    struct entry later[LATER_MAX]; /* by a timer's token, minus one */
    uint32_t later_count;
};

/* FNV-1a; of the entries the sum, as they come in no particular order. */
static uint64_t hash_of(uint64_t hash, const void *data, size_t size)
{
    const uint8_t *bytes = data;
    for (size_t i = 0; i < size; i++)
        hash = (hash ^ bytes[i]) * UINT64_C(0x100000001b3);
    return hash;
}

static void state_what_is_known(const struct server *server, struct cs_context *cx)
{
    uint64_t sum = 0;
    for (uint32_t i = 0; i < server->count; i++) {
        const struct entry *entry = &server->entries[i];
        uint64_t hash = hash_of(entry->key_size, entry->key, entry->key_size);
        if (entry->version > 0)
            sum += hash_of(hash, entry->value, entry->value_size);
    }
    cs_fact(cx,
            &(struct cs_fact){ .kind = CS_FACT_STATE, .content = cs_bytes_of(&sum, sizeof sum) });
}

static struct entry *find(struct server *server, const struct entry *like)
{
    uint32_t i = 0;
    while (i < server->count && (server->entries[i].key_size != like->key_size ||
                                 memcmp(server->entries[i].key, like->key, like->key_size) != 0))
        i++;
    cs_assert(i < KEYS_MAX);
    if (i == server->count) {
        server->entries[server->count] = *like;
        server->entries[server->count].version = 0;
        server->entries[server->count++].value_size = 0;
    }
    return &server->entries[i];
}

static void hear(struct server *server, struct cs_context *cx, const struct entry *news)
{
    struct entry *entry = find(server, news);
    bool replaces = news->version > entry->version && (!entry->own || news->own);
    if (news->version > server->clock)
        server->clock = news->version;
    if (!replaces)
        return;
    *entry = *news;
    state_what_is_known(server, cx);
}

static void server_on_start(void *state, struct cs_context *cx, enum cs_start kind)
{
    struct server *server = state;
    (void)kind;
    server->peers = cs_group(cx, "self");
    server->stubborn = cs_param_flag(cx, 0);
    server->tardy = cs_param_flag(cx, 1);
    state_what_is_known(server, cx);
    cs_set_timer(cx, 0, cs_ms(5));
}

static void write_now(struct server *server, struct cs_context *cx, struct entry *entry)
{
    entry->version = ((server->clock >> 8) + 1) << 8 | (cs_self(cx) & 0xff);
    entry->own = server->stubborn;
    hear(server, cx, entry);
}

static void write_later(struct server *server, struct cs_context *cx, const struct entry *entry)
{
    uint32_t slot = server->later_count++ % LATER_MAX;
    server->later[slot] = *entry;
    cs_set_timer(cx, slot + 1, cs_ms(cs_random(cx, "later", LATER_MS)));
}

static void server_on_timer(void *state, struct cs_context *cx, cs_token token)
{
    struct server *server = state;
    if (token > 0) {
        write_now(server, cx, &server->later[token - 1]);
        return;
    }
    cs_set_timer(cx, 0, cs_ms(5));
    if (server->count == 0)
        return;
    struct message message = { .tag = 0 };
    message.entry = server->entries[cs_random(cx, "key", server->count)];
    message.entry.own = false;
    cs_node peer = server->peers.nodes[cs_random(cx, "peer", server->peers.count)];
    cs_send(cx, peer, KIND_RUMOUR, cs_bytes_of(&message, sizeof message));
}

static void server_on_message(void *state, struct cs_context *cx, cs_node from, cs_kind kind,
                              struct cs_bytes body)
{
    struct server *server = state;
    struct message message;
    if (body.size != sizeof message)
        return;
    memcpy(&message, body.data, sizeof message);
    if (kind == KIND_RUMOUR) {
        hear(server, cx, &message.entry);
        return;
    }
    if (message.writes != 0 && server->tardy) {
        write_later(server, cx, &message.entry);
    } else if (message.writes != 0) {
        write_now(server, cx, &message.entry);
    }
    message.entry = *find(server, &message.entry);
    cs_send(cx, from, KIND_REPLY, cs_bytes_of(&message, sizeof message));
}

/* ---- The client ------------------------------------------------------------------------------ */

struct client {
    struct cs_group servers;
    struct {
        uint64_t tag;
        cs_request request;
    } calls[CALLS_MAX]; /* by tag */
    uint64_t tags;
};

static void client_on_start(void *state, struct cs_context *cx, enum cs_start kind)
{
    struct client *client = state;
    (void)kind;
    client->servers = cs_group(cx, "service");
}

static void client_on_request(void *state, struct cs_context *cx, cs_request id,
                              const struct cs_op *op)
{
    struct client *client = state;
    bool fits = op->key.size <= BYTES_MAX && op->value.size <= BYTES_MAX;
    if (!fits || (op->kind != CS_OP_GET && op->kind != CS_OP_PUT)) {
        cs_reply(cx, id, &(struct cs_result){ .status = CS_REFUSED });
        return;
    }
    struct message message = { .tag = ++client->tags, .writes = op->kind == CS_OP_PUT };
    message.entry.key_size = (uint8_t)op->key.size;
    message.entry.value_size = (uint8_t)op->value.size;
    memcpy(message.entry.key, op->key.data, op->key.size);
    if (op->value.size > 0)
        memcpy(message.entry.value, op->value.data, op->value.size);
    client->calls[message.tag % CALLS_MAX].tag = message.tag;
    client->calls[message.tag % CALLS_MAX].request = id;
    bool roams = cs_param_flag(cx, 0);
    size_t server = roams ? cs_random(cx, "server", client->servers.count)
                          : cs_self(cx) % client->servers.count;
    cs_send(cx, client->servers.nodes[server], KIND_REQUEST, cs_bytes_of(&message, sizeof message));
}

static void client_on_message(void *state, struct cs_context *cx, cs_node from, cs_kind kind,
                              struct cs_bytes body)
{
    struct client *client = state;
    struct message message;
    (void)from;
    if (kind != KIND_REPLY || body.size != sizeof message)
        return;
    memcpy(&message, body.data, sizeof message);
    if (client->calls[message.tag % CALLS_MAX].tag != message.tag)
        return; /* answered before */
    client->calls[message.tag % CALLS_MAX].tag = 0;
    struct cs_result result = { .status = CS_OK };
    if (message.writes == 0) {
        result.present = message.entry.version > 0;
        result.value = cs_bytes_of(message.entry.value, message.entry.value_size);
    }
    cs_reply(cx, client->calls[message.tag % CALLS_MAX].request, &result);
}

/* ---- The tables ------------------------------------------------------------------------------ */

static const char *const kinds[] = { "REQUEST", "REPLY", "RUMOUR", NULL };
static const char *const client_uses[] = { "service", NULL };
static const struct cs_param server_params[] = {
    { .name = "stubborn",
      .kind = CS_PARAM_FLAG,
      .fallback = "false",
      .help = "Never give up a value that was written here." },
    { .name = "tardy",
      .kind = CS_PARAM_FLAG,
      .fallback = "false",
      .help = "Write a while after having said so." },
    { .name = NULL },
};
static const struct cs_param client_params[] = {
    { .name = "roams",
      .kind = CS_PARAM_FLAG,
      .fallback = "false",
      .help = "Ask any server instead of staying with one." },
    { .name = NULL },
};

static const struct cs_program programs[] = {
    { .role = "server",
      .state_size = sizeof(struct server),
      .params = server_params,
      .kinds = kinds,
      .on_start = server_on_start,
      .on_message = server_on_message,
      .on_timer = server_on_timer },
    { .role = "client",
      .state_size = sizeof(struct client),
      .params = client_params,
      .uses = client_uses,
      .kinds = kinds,
      .on_start = client_on_start,
      .on_message = client_on_message,
      .on_request = client_on_request },
    { .role = NULL },
};

static const struct cs_protocol rumour = {
    .name = "rumour",
    .api_version = CS_API_VERSION,
    .programs = programs,
    .about = "Keeps values that spread as rumours do.",
};

__attribute__((visibility("default"))) const struct cs_protocol *const *clustersim_plugin_1(void);

const struct cs_protocol *const *clustersim_plugin_1(void)
{
    static const struct cs_protocol *const protocols[] = { &rumour, NULL };
    return protocols;
}
