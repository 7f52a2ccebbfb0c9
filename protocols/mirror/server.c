/* See server.h. */
#include "mirror/server.h"

#include <string.h>

#include "mirror/message.h"
#include "mirror/mirror.h"

/* ---- Whom it talks to ------------------------------------------------------------------------ */

static struct mirror_peer *find_peer(const struct mirror_server *server, cs_node node)
{
    for (size_t i = 0; i < server->peer_count; i++) {
        if (server->peers[i]->node == node)
            return server->peers[i];
    }
    return NULL;
}

static struct mirror_peer *add_peer(struct mirror_server *server, struct cs_context *cx,
                                    cs_node node)
{
    if (server->peer_count == server->peer_capacity) {
        server->peer_capacity = server->peer_capacity == 0 ? 8 : 2 * server->peer_capacity;
        server->peers = cs_resize(cx, server->peers, server->peer_capacity * sizeof(void *));
    }
    struct mirror_peer *peer = cs_alloc(cx, sizeof *peer);
    peer->node = node;
    mirror_channel_init(&peer->channel, cx, node);
    server->peers[server->peer_count++] = peer;
    return peer;
}

static bool say(struct mirror_server *server, struct cs_context *cx, struct mirror_peer *peer,
                const struct mirror_message *message)
{
    struct wire_writer writer = wire_writer_in(cx, &server->message);
    return channel_send(&peer->channel, cx, mirror_message_put(&writer, message));
}

/* A client has a window of questions open, so there is always room, unless it has a larger one. */
static void answer(struct mirror_server *server, struct cs_context *cx, struct mirror_peer *client,
                   uint64_t tag, struct cs_bytes result)
{
    if (!say(server, cx, client, &(struct mirror_message){ MIRROR_ANSWER, tag, result }))
        cs_count(cx, "answer dropped", 1);
}

static void answer_status(struct mirror_server *server, struct cs_context *cx,
                          struct mirror_peer *client, uint64_t tag, enum cs_status status)
{
    struct wire_writer writer = wire_writer_in(cx, &server->body);
    result_put(&writer, &(struct cs_result){ .status = status });
    answer(server, cx, client, tag, cs_bytes_of(writer.data, writer.size));
}

/* ---- The store ------------------------------------------------------------------------------- */

/* What is in the store from now on, for whoever compares the two. */
static void state_digest(struct mirror_server *server, struct cs_context *cx)
{
    uint64_t digest = kv_digest(&server->store);
    cs_fact(cx, &(struct cs_fact){ .kind = CS_FACT_STATE,
                                   .content = cs_bytes_of(&digest, sizeof digest) });
}

/* Carry the operation out as the next one; the result is borrowed until the next call. */
static struct cs_bytes carry_out(struct mirror_server *server, struct cs_context *cx,
                                 struct cs_bytes operation)
{
    struct state_machine_place place = { .index = server->store.index + 1 };
    struct wire_writer writer = wire_writer_in(cx, &server->body);
    kv_apply(&server->store, cx, &place, operation, &writer);
    state_digest(server, cx);
    return cs_bytes_of(writer.data, writer.size);
}

static void forget_store(struct mirror_server *server, struct cs_context *cx)
{
    server->store = (struct kv){ 0 };
    kv_init(&server->store, cx);
}

/* ---- A primary and its clients --------------------------------------------------------------- */

static void add_change(struct mirror_server *server, struct cs_context *cx,
                       struct mirror_peer *client, const struct mirror_message *ask)
{
    cs_assert(server->pending_count < MIRROR_PENDING_MAX);
    struct mirror_change *change = &server->pending[server->pending_count++];
    *change = (struct mirror_change){ .client = client,
                                      .incarnation = client->channel.peer,
                                      .tag = ask->number,
                                      .size = ask->body.size };
    change->operation = memcpy(cs_alloc(cx, change->size), ask->body.data, change->size);
}

/* CS_OK if the operation may be carried out, now or once the backup has done so. */
static enum cs_status admit(const struct mirror_server *server, struct cs_bytes operation,
                            struct cs_op *ret_op)
{
    if (!op_get(operation, ret_op) || !server->primary)
        return CS_REFUSED;
    if (!server->whole)
        return CS_FAILED;
    bool full = server->pending_count == MIRROR_PENDING_MAX;
    return full && !op_is_query(ret_op->kind) ? CS_REFUSED : CS_OK;
}

static void on_ask(struct mirror_server *server, struct cs_context *cx, struct mirror_peer *client,
                   const struct mirror_message *ask)
{
    struct cs_op op;
    enum cs_status status = admit(server, ask->body, &op);
    if (status != CS_OK) {
        answer_status(server, cx, client, ask->number, status);
    } else if (op_is_query(op.kind)) {
        struct wire_writer writer = wire_writer_in(cx, &server->body);
        kv_query(&server->store, ask->body, &writer);
        answer(server, cx, client, ask->number, cs_bytes_of(writer.data, writer.size));
    } else {
        add_change(server, cx, client, ask);
    }
}

/* The backup has carried out everything up to `number`: so does the primary, and says so. */
static void on_kept(struct mirror_server *server, struct cs_context *cx, uint64_t number)
{
    size_t done = 0;
    for (; done < server->copied && server->store.index < number; done++) {
        struct mirror_change *change = &server->pending[done];
        struct cs_bytes result =
            carry_out(server, cx, cs_bytes_of(change->operation, change->size));
        if (change->client->channel.peer == change->incarnation)
            answer(server, cx, change->client, change->tag, result);
        cs_release(cx, change->operation);
    }
    server->pending_count -= done;
    server->copied -= done;
    memmove(server->pending, server->pending + done,
            server->pending_count * sizeof *server->pending);
}

/* ---- The partners ---------------------------------------------------------------------------- */

static void want(struct mirror_server *server, struct cs_context *cx)
{
    bool sent = say(server, cx, server->partner, &(struct mirror_message){ .what = MIRROR_WANT });
    cs_assert(sent); /* it is the first that this incarnation says to that one */
}

static void on_part(struct mirror_server *server, struct cs_context *cx, struct cs_bytes part)
{
    if (!kv_load(&server->store, cx, part))
        cs_stop(cx, "the partner's store makes no sense");
}

static void on_whole(struct mirror_server *server, struct cs_context *cx)
{
    server->whole = server->copying = true;
    state_digest(server, cx);
    cs_reached(cx, "restored");
}

static void on_want(struct mirror_server *server)
{
    server->telling = true;
    server->copying = false;
    server->cursor = 0;
    server->copied = 0;
}

static void on_copy(struct mirror_server *server, struct cs_context *cx,
                    const struct mirror_message *copy)
{
    carry_out(server, cx, copy->body);
    server->owes = true;
}

static void drop(struct mirror_server *server, struct cs_context *cx)
{
    server->dropped++;
    cs_count(cx, "malformed", 1);
}

static void on_partner(struct mirror_server *server, struct cs_context *cx,
                       const struct mirror_message *message)
{
    if (message->what == MIRROR_COPY && server->whole && !server->primary) {
        on_copy(server, cx, message);
    } else if (message->what == MIRROR_KEPT && server->primary) {
        on_kept(server, cx, message->number);
    } else if (message->what == MIRROR_WANT && server->whole) {
        on_want(server);
    } else if (message->what == MIRROR_PART && !server->whole) {
        on_part(server, cx, message->body);
    } else if (message->what == MIRROR_WHOLE && !server->whole) {
        on_whole(server, cx);
    } else if (message->what != MIRROR_WANT) { /* that of two blank ones: neither can help */
        drop(server, cx);
    }
}

/* The partner is another incarnation, and blank; it will ask.  What waits for it was sent to the
 * one before. */
static void on_partner_reset(struct mirror_server *server, struct cs_context *cx)
{
    server->telling = server->copying = server->owes = false;
    server->copied = 0;
    if (!server->whole) {
        forget_store(server, cx);
        want(server, cx);
    }
}

/* The next part of the store; false if there is none any more. */
static bool tell_part(struct mirror_server *server, struct cs_context *cx)
{
    struct wire_writer part = wire_writer_in(cx, &server->body);
    if (!kv_save(&server->store, &server->cursor, &part))
        return false;
    if (part.overflow) {
        cs_stop(cx, "a bucket of the store is longer than a message");
        return false;
    }
    struct mirror_message message = { MIRROR_PART, 0, cs_bytes_of(part.data, part.size) };
    bool sent = say(server, cx, server->partner, &message);
    cs_assert(sent); /* there was room */
    return true;
}

/* Say to the partner what there is to say, as far as its channel has room. */
static void pump(struct mirror_server *server, struct cs_context *cx)
{
    const struct channel *channel = &server->partner->channel;
    while (server->telling && channel_room(channel) > 0) {
        if (!tell_part(server, cx)) {
            say(server, cx, server->partner, &(struct mirror_message){ .what = MIRROR_WHOLE });
            server->telling = false;
            server->copying = true;
        }
    }
    if (server->owes && channel_room(channel) > 0) {
        struct mirror_message kept = { .what = MIRROR_KEPT, .number = server->store.index };
        server->owes = !say(server, cx, server->partner, &kept);
    }
    while (server->copying && server->copied < server->pending_count && channel_room(channel) > 0) {
        const struct mirror_change *change = &server->pending[server->copied++];
        struct mirror_message copy = { MIRROR_COPY, server->store.index + server->copied,
                                       cs_bytes_of(change->operation, change->size) };
        say(server, cx, server->partner, &copy);
    }
}

/* ---- Inputs ---------------------------------------------------------------------------------- */

static void on_taken(struct mirror_server *server, struct cs_context *cx, struct mirror_peer *peer,
                     struct cs_bytes bytes)
{
    struct mirror_message message;
    bool known = mirror_message_get(bytes, &message);
    if (known && peer == server->partner) {
        on_partner(server, cx, &message);
    } else if (known && message.what == MIRROR_ASK) {
        on_ask(server, cx, peer, &message);
    } else {
        drop(server, cx);
    }
}

void mirror_server_on_message(void *state, struct cs_context *cx, cs_node from, cs_kind kind,
                              struct cs_bytes body)
{
    struct mirror_server *server = state;
    if (kind != MIRROR_CHANNEL || server->partner == NULL) {
        drop(server, cx);
        return;
    }
    struct mirror_peer *peer = find_peer(server, from);
    if (peer == NULL)
        peer = add_peer(server, cx, from);
    channel_on_message(&peer->channel, cx, from, body);
    struct cs_bytes message;
    enum channel_event event;
    while ((event = channel_take(&peer->channel, cx, &message)) != CHANNEL_NOTHING) {
        if (event == CHANNEL_MESSAGE) {
            on_taken(server, cx, peer, message);
        } else if (peer == server->partner) {
            on_partner_reset(server, cx);
        }
    }
    pump(server, cx);
}

void mirror_server_on_timer(void *state, struct cs_context *cx, cs_token token)
{
    struct mirror_server *server = state;
    struct mirror_peer *peer = find_peer(server, (cs_node)token);
    cs_assert(peer != NULL);
    channel_on_timer(&peer->channel, cx);
}

void mirror_server_on_start(void *state, struct cs_context *cx, enum cs_start kind)
{
    struct mirror_server *server = state;
    struct cs_group group = cs_group(cx, "self");
    size_t place = 0;
    while (place < group.count && group.nodes[place] != cs_self(cx))
        place++;
    if (group.count % 2 != 0 || place == group.count) {
        cs_stop(cx, "mirrors come in pairs");
        return;
    }
    server->primary = place % 2 == 0;
    server->whole = server->copying = kind == CS_START_FOUND;
    server->body.max = channel_message_max(cx) - MIRROR_OVERHEAD;
    server->message.max = channel_message_max(cx);
    kv_init(&server->store, cx);
    server->partner = add_peer(server, cx, group.nodes[place ^ 1]);
    if (!server->whole)
        want(server, cx);
}

void mirror_server_inspect(const void *state, struct cs_text *out)
{
    const struct mirror_server *server = state;
    cs_text_add(out, "%s, %s, %llu changes, %zu pending, dropped %llu\n",
                server->primary ? "primary" : "backup", server->whole ? "whole" : "blank",
                (unsigned long long)server->store.index, server->pending_count,
                (unsigned long long)server->dropped);
}
