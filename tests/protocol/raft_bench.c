#include "raft_bench.h"

#include <stdlib.h>
#include <string.h>

#include "common/state_machine.h"

struct rig *rig;

static const cs_node nodes[] = { 1, 2, 3, 4, 5, 6, 7 };
static uint8_t buffer[1 << 16];
static char state[256];

void bench_new(const struct bench_options *options)
{
    size_t servers = options->servers == 0 ? 3 : options->servers;
    rig = rig_new(&(struct rig_options){
        .program = &raft_protocol.programs[0],
        .self = 1,
        .groups = { { "self", nodes, servers } },
        .params = { { "election_timeout", .number = cs_ms(150).ns },
                    { "pre_vote", .number = options->pre_vote },
                    { "check_quorum", .number = options->check_quorum },
                    { "read_mode", .number = options->read_log ? RAFT_READ_LOG : RAFT_READ_INDEX },
                    { "batch_bytes",
                      .number = options->batch_bytes == 0 ? 32768 : options->batch_bytes },
                    { "max_inflight",
                      .number = options->max_inflight == 0 ? 16 : options->max_inflight } },
        .volume_size = options->volume_size,
    });
}

void bench_open(const struct bench_options *options)
{
    bench_new(options);
    rig_start(rig, CS_START_FOUND);
}

void bench_close(void)
{
    rig_free(rig);
    rig = NULL;
}

/* ---- What others say ---- */

static struct wire_writer begin(void) { return wire_writer_on(buffer, sizeof buffer); }

static void send_request_vote(cs_node from, const struct request_vote *message)
{
    struct wire_writer writer = begin();
    rig_message(rig, from, RAFT_REQUEST_VOTE, request_vote_put(&writer, message));
}

void ask_vote(cs_node from, uint64_t term, uint64_t last_index, uint64_t last_term)
{
    send_request_vote(from, &(struct request_vote){ false, term, last_index, last_term });
}

void ask_pre_vote(cs_node from, uint64_t term, uint64_t last_index, uint64_t last_term)
{
    send_request_vote(from, &(struct request_vote){ true, term, last_index, last_term });
}

static void send_vote(cs_node from, const struct vote *message)
{
    struct wire_writer writer = begin();
    rig_message(rig, from, RAFT_VOTE, vote_put(&writer, message));
}

void grant_vote(cs_node from, uint64_t term)
{
    send_vote(from, &(struct vote){ .granted = true, .term = term, .asked = term });
}

void refuse_vote(cs_node from, uint64_t term, uint64_t asked)
{
    send_vote(from, &(struct vote){ .term = term, .asked = asked });
}

void grant_pre_vote(cs_node from, uint64_t term, uint64_t asked)
{
    send_vote(from,
              &(struct vote){ .pre_vote = true, .granted = true, .term = term, .asked = asked });
}

static void send_append(cs_node from, const struct append_entries *message, const char *entries)
{
    struct wire_writer writer = begin();
    uint32_t count = 0;
    append_entries_put(&writer, message);
    for (char *end; *entries != '\0'; entries = end) {
        uint64_t term = strtoull(entries, &end, 10);
        uint8_t content[16];
        struct wire_writer entry = wire_writer_on(content, sizeof content);
        count++;
        append_entry_put(
            &writer, term,
            entry_put(&entry, &(struct entry){ .kind = ENTRY_NOOP,
                                               .stamp_ns = message->prev_index + count }));
    }
    rig_message(rig, from, RAFT_APPEND_ENTRIES, append_entries_seal(&writer, count));
}

void append(cs_node from, uint64_t term, uint64_t prev_index, uint64_t prev_term,
            const char *entries, uint64_t commit)
{
    const struct append_entries message = {
        .term = term, .prev_index = prev_index, .prev_term = prev_term, .commit = commit
    };
    send_append(from, &message, entries);
}

void append_in_round(cs_node from, uint64_t term, uint64_t round)
{
    send_append(from, &(struct append_entries){ .term = term, .round = round }, "");
}

static void send_append_reply(cs_node from, const struct append_reply *message)
{
    struct wire_writer writer = begin();
    rig_message(rig, from, RAFT_APPEND_REPLY, append_reply_put(&writer, message));
}

void succeed(cs_node from, uint64_t term, uint64_t match, uint64_t last)
{
    send_append_reply(from, &(struct append_reply){ .success = true,
                                                    .term = term,
                                                    .prev_index = last,
                                                    .match_index = match,
                                                    .last_index = last });
}

void succeed_in_round(cs_node from, uint64_t term, uint64_t match, uint64_t round)
{
    send_append_reply(from, &(struct append_reply){ .success = true,
                                                    .term = term,
                                                    .round = round,
                                                    .prev_index = match,
                                                    .match_index = match,
                                                    .last_index = match });
}

void refuse(cs_node from, uint64_t term, uint64_t prev_index, uint64_t hint, uint64_t conflict_term)
{
    send_append_reply(from, &(struct append_reply){ .term = term,
                                                    .prev_index = prev_index,
                                                    .last_index = hint,
                                                    .conflict_term = conflict_term });
}

/* ---- What clients say ---- */

static void send_request(const struct service_request *request)
{
    struct wire_writer writer = begin();
    rig_message(rig, BENCH_CLIENT, SERVICE_REQUEST, service_request_put(&writer, request));
}

static struct cs_bytes text(const char *string) { return cs_bytes_of(string, strlen(string)); }

void register_session(uint64_t tag)
{
    send_request(&(struct service_request){ .what = SERVICE_REGISTER, .tag = tag, .attempt = 1 });
}

void command(uint64_t tag, uint64_t session, uint64_t serial, const char *key, const char *value)
{
    uint8_t op[256];
    struct wire_writer writer = wire_writer_on(op, sizeof op);
    op_put(&writer,
           &(struct cs_op){ .kind = CS_OP_APPEND, .key = text(key), .value = text(value) });
    send_request(&(struct service_request){ .what = SERVICE_COMMAND,
                                            .tag = tag,
                                            .attempt = 1,
                                            .session = session,
                                            .serial = serial,
                                            .first_unanswered = serial,
                                            .body = cs_bytes_of(op, writer.size) });
}

void query(uint64_t tag, const char *key)
{
    uint8_t op[256];
    struct wire_writer writer = wire_writer_on(op, sizeof op);
    op_put(&writer, &(struct cs_op){ .kind = CS_OP_GET, .key = text(key) });
    send_request(&(struct service_request){
        .what = SERVICE_QUERY, .tag = tag, .attempt = 1, .body = cs_bytes_of(op, writer.size) });
}

/* ---- Where a test begins ---- */

void given_log(const char *entries)
{
    const char *last = strrchr(entries, ' ');
    append(2, strtoull(last == NULL ? entries : last, NULL, 10), 0, 0, entries, 0);
}

void become_leader(void)
{
    const struct raft *rf = rig_state(rig);
    uint64_t term = rf->term + 1;
    rig_timer(rig, RAFT_TIMER_ELECTION);
    for (cs_node node = 2; rf->pre_vote && rf->role != RAFT_CANDIDATE; node++)
        grant_pre_vote(node, term - 1, term);
    for (cs_node node = 2; rf->role != RAFT_LEADER; node++)
        grant_vote(node, term);
    ck_assert_uint_eq(rf->term, term);
}

const char *bench_state(void)
{
    const char *account = rig_inspect(rig);
    const char *end = strstr(account, " applied=");
    ck_assert_ptr_nonnull(end);
    end += strlen(" applied=");
    end += strspn(end, "0123456789");
    ck_assert_uint_lt((size_t)(end - account), sizeof state);
    memcpy(state, account, (size_t)(end - account));
    state[end - account] = '\0';
    return state;
}
