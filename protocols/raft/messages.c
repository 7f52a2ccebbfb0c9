#include "raft/messages.h"

#include "raft/entry.h"

enum { FLAG_PRE_VOTE = 1, FLAG_YES = 2 };
enum { APPEND_COUNT_OFFSET = 40 }; /* of the count in AppendEntries, patched when it is sealed */

_Static_assert(APPEND_OVERHEAD == APPEND_COUNT_OFFSET + 4 + 4, "head, count, checksum");

static uint8_t flags_of(bool pre_vote, bool yes)
{
    return (uint8_t)((pre_vote ? FLAG_PRE_VOTE : 0) | (yes ? FLAG_YES : 0));
}

static bool believable(uint64_t number) { return number < RAFT_NUMBER_MAX; }

struct cs_bytes request_vote_put(struct wire_writer *writer, const struct request_vote *message)
{
    wire_put_u8(writer, flags_of(message->pre_vote, false));
    wire_put_u64(writer, message->term);
    wire_put_u64(writer, message->last_index);
    wire_put_u64(writer, message->last_term);
    return wire_seal(writer, RAFT_REQUEST_VOTE);
}

bool request_vote_get(struct cs_bytes body, struct request_vote *ret_message)
{
    struct wire_reader reader = wire_open(RAFT_REQUEST_VOTE, body);
    struct request_vote message;
    uint8_t flags = wire_get_u8(&reader);
    message.pre_vote = (flags & FLAG_PRE_VOTE) != 0;
    message.term = wire_get_u64(&reader);
    message.last_index = wire_get_u64(&reader);
    message.last_term = wire_get_u64(&reader);
    if (!wire_end(&reader) || flags > FLAG_PRE_VOTE || !believable(message.term) ||
        !believable(message.last_index) || message.last_term >= message.term)
        return false;
    *ret_message = message;
    return true;
}

struct cs_bytes vote_put(struct wire_writer *writer, const struct vote *message)
{
    wire_put_u8(writer, flags_of(message->pre_vote, message->granted));
    wire_put_u64(writer, message->term);
    wire_put_u64(writer, message->asked);
    return wire_seal(writer, RAFT_VOTE);
}

bool vote_get(struct cs_bytes body, struct vote *ret_message)
{
    struct wire_reader reader = wire_open(RAFT_VOTE, body);
    struct vote message;
    uint8_t flags = wire_get_u8(&reader);
    message.pre_vote = (flags & FLAG_PRE_VOTE) != 0;
    message.granted = (flags & FLAG_YES) != 0;
    message.term = wire_get_u64(&reader);
    message.asked = wire_get_u64(&reader);
    if (!wire_end(&reader) || flags > (FLAG_PRE_VOTE | FLAG_YES) || !believable(message.term) ||
        !believable(message.asked))
        return false;
    *ret_message = message;
    return true;
}

struct cs_bytes append_reply_put(struct wire_writer *writer, const struct append_reply *message)
{
    wire_put_u8(writer, flags_of(false, message->success));
    wire_put_u64(writer, message->term);
    wire_put_u64(writer, message->round);
    wire_put_u64(writer, message->prev_index);
    wire_put_u64(writer, message->match_index);
    wire_put_u64(writer, message->last_index);
    wire_put_u64(writer, message->conflict_term);
    return wire_seal(writer, RAFT_APPEND_REPLY);
}

bool append_reply_get(struct cs_bytes body, struct append_reply *ret_message)
{
    struct wire_reader reader = wire_open(RAFT_APPEND_REPLY, body);
    struct append_reply message;
    uint8_t flags = wire_get_u8(&reader);
    message.success = (flags & FLAG_YES) != 0;
    message.term = wire_get_u64(&reader);
    message.round = wire_get_u64(&reader);
    message.prev_index = wire_get_u64(&reader);
    message.match_index = wire_get_u64(&reader);
    message.last_index = wire_get_u64(&reader);
    message.conflict_term = wire_get_u64(&reader);
    if (!wire_end(&reader) || (flags & ~FLAG_YES) != 0 || !believable(message.term) ||
        !believable(message.round) || !believable(message.prev_index) ||
        !believable(message.last_index) || !believable(message.conflict_term))
        return false;
    if (message.success ? message.match_index > message.last_index : message.last_index == 0)
        return false;
    *ret_message = message;
    return true;
}

void append_entries_put(struct wire_writer *writer, const struct append_entries *message)
{
    wire_put_u64(writer, message->term);
    wire_put_u64(writer, message->prev_index);
    wire_put_u64(writer, message->prev_term);
    wire_put_u64(writer, message->commit);
    wire_put_u64(writer, message->round);
    cs_assert(writer->size == APPEND_COUNT_OFFSET);
    wire_put_u32(writer, 0);
}

void append_entry_put(struct wire_writer *writer, uint64_t term, struct cs_bytes content)
{
    wire_put_u64(writer, term);
    wire_put_bytes(writer, content);
}

struct cs_bytes append_entries_seal(struct wire_writer *writer, uint32_t count)
{
    struct wire_writer patch = wire_writer_on(writer->data + APPEND_COUNT_OFFSET, 4);
    wire_put_u32(&patch, count);
    return wire_seal(writer, RAFT_APPEND_ENTRIES);
}

/* Terms never go down along a log, and none is above its leader's. */
static bool entries_believable(const struct append_entries *message)
{
    struct wire_reader reader = message->entries;
    uint64_t term_before = message->prev_term;
    for (uint32_t i = 0; i < message->count && !reader.bad; i++) {
        struct entry entry;
        uint64_t term = wire_get_u64(&reader);
        struct cs_bytes content = wire_get_bytes(&reader);
        if (term < term_before || term == 0 || term > message->term || !entry_get(content, &entry))
            return false;
        term_before = term;
    }
    return wire_end(&reader);
}

bool append_entries_get(struct cs_bytes body, struct append_entries *ret_message)
{
    struct wire_reader reader = wire_open(RAFT_APPEND_ENTRIES, body);
    struct append_entries message;
    message.term = wire_get_u64(&reader);
    message.prev_index = wire_get_u64(&reader);
    message.prev_term = wire_get_u64(&reader);
    message.commit = wire_get_u64(&reader);
    message.round = wire_get_u64(&reader);
    message.count = wire_get_u32(&reader);
    message.entries = reader;
    if (reader.bad || message.term == 0 || !believable(message.term) ||
        !believable(message.prev_index) || !believable(message.commit) ||
        !believable(message.round))
        return false;
    if (message.prev_term > message.term || (message.prev_index == 0) != (message.prev_term == 0))
        return false;
    if (!entries_believable(&message))
        return false;
    *ret_message = message;
    return true;
}

struct cs_bytes append_entry_next(struct append_entries *message, uint64_t *ret_term)
{
    *ret_term = wire_get_u64(&message->entries);
    struct cs_bytes content = wire_get_bytes(&message->entries);
    cs_assert(!message->entries.bad);
    return content;
}

/* ---- Describing ---------------------------------------------------------------------------------
 */

#define U(number) ((unsigned long long)(number))

static void describe_request_vote(const struct request_vote *message, struct cs_text *out)
{
    cs_text_add(out, "%s term=%llu last=%llu/%llu", message->pre_vote ? "PreVote" : "RequestVote",
                U(message->term), U(message->last_index), U(message->last_term));
}

static void describe_vote(const struct vote *message, struct cs_text *out)
{
    cs_text_add(out, "%s term=%llu asked=%llu %s", message->pre_vote ? "PreVoteReply" : "Vote",
                U(message->term), U(message->asked), message->granted ? "granted" : "refused");
}

static void describe_append_entries(const struct append_entries *message, struct cs_text *out)
{
    cs_text_add(out, "AppendEntries term=%llu prev=%llu/%llu entries=%u commit=%llu",
                U(message->term), U(message->prev_index), U(message->prev_term), message->count,
                U(message->commit));
    if (message->round > 0)
        cs_text_add(out, " round=%llu", U(message->round));
}

static void describe_append_reply(const struct append_reply *message, struct cs_text *out)
{
    if (message->success) {
        cs_text_add(out, "AppendReply term=%llu success match=%llu last=%llu", U(message->term),
                    U(message->match_index), U(message->last_index));
    } else {
        cs_text_add(out, "AppendReply term=%llu refused prev=%llu hint=%llu/%llu", U(message->term),
                    U(message->prev_index), U(message->last_index), U(message->conflict_term));
    }
    if (message->round > 0)
        cs_text_add(out, " round=%llu", U(message->round));
}

void raft_describe(cs_kind kind, struct cs_bytes body, struct cs_text *out)
{
    struct request_vote request_vote;
    struct vote vote;
    struct append_entries append_entries;
    struct append_reply append_reply;
    if (kind < SERVICE_KIND_COUNT) {
        service_describe(kind, body, out);
    } else if (kind == RAFT_REQUEST_VOTE && request_vote_get(body, &request_vote)) {
        describe_request_vote(&request_vote, out);
    } else if (kind == RAFT_VOTE && vote_get(body, &vote)) {
        describe_vote(&vote, out);
    } else if (kind == RAFT_APPEND_ENTRIES && append_entries_get(body, &append_entries)) {
        describe_append_entries(&append_entries, out);
    } else if (kind == RAFT_APPEND_REPLY && append_reply_get(body, &append_reply)) {
        describe_append_reply(&append_reply, out);
    } else {
        cs_text_add(out, "malformed, %zu bytes", body.size);
    }
}
