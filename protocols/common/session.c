#include "common/session.h"

#include <string.h>

/* A kept reply.  A session keeps those from its first unanswered serial on, in any order; a client
 * with one operation at a time has one. */
struct kept_reply {
    struct kept_reply *next;
    uint64_t serial; /* 0: free for reuse */
    uint32_t size;
    uint32_t capacity;
    uint8_t bytes[];
};

struct session {
    struct session *next_in_bucket;
    struct session *older;
    struct session *newer;
    uint64_t id;
    uint64_t active_ns; /* the replicated clock at its last command */
    uint64_t first_unanswered;
    struct kept_reply *replies;
};

enum { SESSION_BUCKETS_FIRST = 64 };

void sessions_init(struct sessions *sessions, struct cs_context *cx,
                   const struct state_machine *machine, uint64_t timeout_ns)
{
    cs_assert(timeout_ns > 0);
    cs_assert(machine->name != NULL);
    *sessions = (struct sessions){ .machine = machine, .timeout_ns = timeout_ns };
    sessions->bucket_count = SESSION_BUCKETS_FIRST;
    sessions->buckets = cs_alloc(cx, sessions->bucket_count * sizeof(struct session *));
    sessions->result.max = STATE_MACHINE_RESULT_MAX;
    sessions->state = cs_alloc(cx, machine->state_size);
    machine->init(sessions->state, cx);
}

/* ---- The table and the list by age --------------------------------------------------------------
 */

/* Identities are log indices, which are dense: spread them by Fibonacci hashing. */
static size_t bucket_of(const struct sessions *sessions, uint64_t id)
{
    return (size_t)((id * UINT64_C(0x9e3779b97f4a7c15)) >> 32) & (sessions->bucket_count - 1);
}

/* What an open session adds to the digest. */
static uint64_t share_of(uint64_t id)
{
    uint64_t share = (id + 1) * UINT64_C(0x9e3779b97f4a7c15);
    share = (share ^ (share >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    return share ^ (share >> 31);
}

static struct session **find(const struct sessions *sessions, uint64_t id)
{
    struct session **link = &sessions->buckets[bucket_of(sessions, id)];
    while (*link != NULL && (*link)->id != id)
        link = &(*link)->next_in_bucket;
    return link;
}

static void list_add_newest(struct sessions *sessions, struct session *session)
{
    session->newer = NULL;
    session->older = sessions->newest;
    if (sessions->newest != NULL) {
        sessions->newest->newer = session;
    } else {
        sessions->oldest = session;
    }
    sessions->newest = session;
}

static void list_remove(struct sessions *sessions, struct session *session)
{
    if (session->older != NULL) {
        session->older->newer = session->newer;
    } else {
        sessions->oldest = session->newer;
    }
    if (session->newer != NULL) {
        session->newer->older = session->older;
    } else {
        sessions->newest = session->older;
    }
}

static void touch(struct sessions *sessions, struct session *session)
{
    cs_assert(session->active_ns <= sessions->clock_ns);
    session->active_ns = sessions->clock_ns;
    if (sessions->newest == session)
        return;
    list_remove(sessions, session);
    list_add_newest(sessions, session);
}

static void grow(struct sessions *sessions, struct cs_context *cx)
{
    struct session **old = sessions->buckets;
    size_t old_count = sessions->bucket_count;
    sessions->bucket_count = old_count * 2;
    sessions->buckets = cs_alloc(cx, sessions->bucket_count * sizeof(struct session *));
    for (size_t i = 0; i < old_count; i++) {
        struct session *session = old[i];
        while (session != NULL) {
            struct session *next = session->next_in_bucket;
            struct session **head = &sessions->buckets[bucket_of(sessions, session->id)];
            session->next_in_bucket = *head;
            *head = session;
            session = next;
        }
    }
    cs_release(cx, old);
}

static void expire(struct sessions *sessions, struct cs_context *cx, struct session *session)
{
    struct session **link = find(sessions, session->id);
    cs_assert(*link == session);
    *link = session->next_in_bucket;
    list_remove(sessions, session);
    struct kept_reply *reply = session->replies;
    while (reply != NULL) {
        struct kept_reply *next = reply->next;
        cs_release(cx, reply);
        reply = next;
    }
    sessions->digest -= share_of(session->id);
    cs_release(cx, session);
    cs_assert(sessions->count > 0);
    sessions->count--;
}

/* ---- Replicated operations ----------------------------------------------------------------------
 */

size_t sessions_advance(struct sessions *sessions, struct cs_context *cx, uint64_t stamp_ns)
{
    size_t expired = 0;
    if (stamp_ns <= sessions->clock_ns)
        return 0;
    sessions->clock_ns = stamp_ns;
    while (sessions->oldest != NULL &&
           sessions->clock_ns - sessions->oldest->active_ns > sessions->timeout_ns) {
        expire(sessions, cx, sessions->oldest);
        expired++;
    }
    return expired;
}

void sessions_register(struct sessions *sessions, struct cs_context *cx, uint64_t id)
{
    struct session **link = find(sessions, id);
    cs_assert(id > 0);
    cs_assert(*link == NULL); /* an index of the log is applied once */
    struct session *session = cs_alloc(cx, sizeof *session);
    session->id = id;
    session->active_ns = sessions->clock_ns;
    session->first_unanswered = 1;
    *link = session;
    list_add_newest(sessions, session);
    sessions->digest += share_of(id);
    if (++sessions->count > sessions->bucket_count)
        grow(sessions, cx);
}

/* Thesis 6.3: what its client has got an answer for needs not be kept. */
static void drop_answered(struct session *session, uint64_t first_unanswered)
{
    if (first_unanswered <= session->first_unanswered)
        return;
    session->first_unanswered = first_unanswered;
    for (struct kept_reply *reply = session->replies; reply != NULL; reply = reply->next) {
        if (reply->serial < first_unanswered)
            reply->serial = 0;
    }
}

static struct kept_reply *kept(const struct session *session, uint64_t serial)
{
    struct kept_reply *reply = session->replies;
    while (reply != NULL && reply->serial != serial)
        reply = reply->next;
    return reply;
}

static struct kept_reply *keep(struct session *session, struct cs_context *cx, uint64_t serial,
                               struct cs_bytes result)
{
    struct kept_reply **link = &session->replies;
    while (*link != NULL && (*link)->serial != 0)
        link = &(*link)->next;

    struct kept_reply *reply = *link;
    if (reply == NULL || reply->capacity < result.size) {
        size_t capacity = result.size < 16 ? 16 : result.size;
        struct kept_reply *next = reply != NULL ? reply->next : NULL;
        cs_release(cx, reply);
        reply = cs_alloc(cx, sizeof *reply + capacity);
        reply->capacity = (uint32_t)capacity;
        reply->next = next;
        *link = reply;
    }
    reply->serial = serial;
    reply->size = (uint32_t)result.size;
    memcpy(reply->bytes, result.data, result.size);
    return reply;
}

enum session_verdict sessions_apply(struct sessions *sessions, struct cs_context *cx,
                                    uint64_t index, const struct session_command *command,
                                    struct cs_bytes *ret_result)
{
    struct session *session = *find(sessions, command->session);
    if (session == NULL)
        return SESSION_EXPIRED;
    touch(sessions, session);

    /* Not in the thesis: a command that its client gave up may be applied for the first time after
     * a later one; it stays without effect, so that giving up ends it. */
    if (command->serial < session->first_unanswered)
        return SESSION_STALE;
    const struct kept_reply *reply = kept(session, command->serial);
    if (reply != NULL) {
        *ret_result = cs_bytes_of(reply->bytes, reply->size);
        return SESSION_REPEATED;
    }
    drop_answered(session, command->first_unanswered);
    if (command->serial < session->first_unanswered)
        return SESSION_STALE;

    struct wire_writer writer = wire_writer_in(cx, &sessions->result);
    const struct state_machine_place place = { .index = index, .clock_ns = sessions->clock_ns };
    sessions->machine->apply(sessions->state, cx, &place, command->command, &writer);
    cs_assert(!writer.overflow);
    cs_assert(writer.size > 0);
    reply = keep(session, cx, command->serial, cs_bytes_of(writer.data, writer.size));
    *ret_result = cs_bytes_of(reply->bytes, reply->size);
    return SESSION_APPLIED;
}

/* ---- Snapshots ----------------------------------------------------------------------------------
 */

static void save_session(const struct session *session, struct wire_writer *writer)
{
    uint32_t count = 0;
    for (const struct kept_reply *r = session->replies; r != NULL; r = r->next)
        count += r->serial != 0;
    wire_put_u64(writer, session->id);
    wire_put_u64(writer, session->active_ns);
    wire_put_u64(writer, session->first_unanswered);
    wire_put_u32(writer, count);
    for (const struct kept_reply *r = session->replies; r != NULL; r = r->next) {
        if (r->serial == 0)
            continue;
        wire_put_u64(writer, r->serial);
        wire_put_bytes(writer, cs_bytes_of(r->bytes, r->size));
    }
}

void sessions_save(const struct sessions *sessions, struct wire_writer *writer)
{
    cs_assert(sessions->machine->save != NULL);
    wire_put_u64(writer, sessions->clock_ns);
    wire_put_u32(writer, (uint32_t)sessions->count);
    for (const struct session *s = sessions->oldest; s != NULL; s = s->newer)
        save_session(s, writer);
    uint64_t cursor = 0;
    for (bool more = true; more;) {
        size_t begun = wire_begin_bytes(writer);
        more = sessions->machine->save(sessions->state, &cursor, writer);
        wire_end_bytes(writer, begun);
    } /* the last of them has nothing in it */
}

static bool load_session(struct sessions *sessions, struct cs_context *cx,
                         struct wire_reader *reader)
{
    uint64_t id = wire_get_u64(reader);
    uint64_t active_ns = wire_get_u64(reader);
    uint64_t first_unanswered = wire_get_u64(reader);
    uint32_t count = wire_get_u32(reader);
    bool in_order = sessions->newest == NULL || sessions->newest->active_ns <= active_ns;
    if (reader->bad || id == 0 || !in_order || active_ns > sessions->clock_ns ||
        *find(sessions, id) != NULL)
        return false;
    sessions_register(sessions, cx, id);
    struct session *session = sessions->newest;
    session->active_ns = active_ns;
    session->first_unanswered = first_unanswered;
    for (uint32_t i = 0; i < count && !reader->bad; i++) {
        uint64_t serial = wire_get_u64(reader);
        struct cs_bytes result = wire_get_bytes(reader);
        if (reader->bad || serial < first_unanswered || serial == 0 ||
            kept(session, serial) != NULL)
            return false;
        keep(session, cx, serial, result);
    }
    return !reader->bad;
}

bool sessions_load(struct sessions *sessions, struct cs_context *cx, struct cs_bytes bytes)
{
    cs_assert(sessions->machine->load != NULL);
    cs_assert(sessions->count == 0);
    struct wire_reader reader = wire_reader_on(bytes);
    sessions->clock_ns = wire_get_u64(&reader);
    uint32_t count = wire_get_u32(&reader);
    for (uint32_t i = 0; i < count; i++) {
        if (!load_session(sessions, cx, &reader))
            return false;
    }
    struct cs_bytes part = wire_get_bytes(&reader);
    for (; !reader.bad && part.size > 0; part = wire_get_bytes(&reader)) {
        if (!sessions->machine->load(sessions->state, cx, part))
            return false;
    }
    return wire_end(&reader);
}

/* ---- Questions ----------------------------------------------------------------------------------
 */

uint64_t sessions_digest(const struct sessions *sessions)
{
    if (sessions->machine->digest == NULL)
        return 0;
    uint64_t digest = sessions->machine->digest(sessions->state) + sessions->digest;
    return digest == 0 ? 1 : digest;
}

struct cs_bytes sessions_query(struct sessions *sessions, struct cs_context *cx,
                               struct cs_bytes query)
{
    struct wire_writer writer = wire_writer_in(cx, &sessions->result);
    sessions->machine->query(sessions->state, query, &writer);
    cs_assert(!writer.overflow);
    return cs_bytes_of(writer.data, writer.size);
}
