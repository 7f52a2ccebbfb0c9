/* The table of Raft's programs, and where a server's inputs go. */
#include "common/state_machine.h"
#include "raft/raft.h"
#include "raft/raft_protocol.h"

static const char *const read_modes[] = {
    [RAFT_READ_LOG] = "log",
    [RAFT_READ_INDEX] = "read_index",
    NULL,
};

static const struct cs_param server_params[] = {
    [RAFT_PARAM_ELECTION_TIMEOUT] = { .name = "election_timeout",
                                      .kind = CS_PARAM_DISTRIBUTION,
                                      .fallback = "{\"uniform\": [\"150ms\", \"300ms\"]}",
                                      .min = 1000,
                                      .help = "How long without a leader until an election; drawn "
                                              "anew each time." },
    [RAFT_PARAM_HEARTBEAT] = { .name = "heartbeat",
                               .kind = CS_PARAM_DURATION,
                               .fallback = "\"50ms\"",
                               .min = 1000,
                               .help = "Between a leader's heartbeats; well below the least "
                                       "election timeout.",
                               .below = "election_timeout" },
    [RAFT_PARAM_PRE_VOTE] = { .name = "pre_vote",
                              .kind = CS_PARAM_FLAG,
                              .fallback = "true",
                              .help = "Ask whether a majority would vote for us before raising "
                                      "the term." },
    [RAFT_PARAM_CHECK_QUORUM] = { .name = "check_quorum",
                                  .kind = CS_PARAM_FLAG,
                                  .fallback = "true",
                                  .help = "A leader without a majority steps down, and who hears "
                                          "from a leader refuses votes." },
    [RAFT_PARAM_READ_MODE] = { .name = "read_mode",
                               .kind = CS_PARAM_CHOICE,
                               .fallback = "\"read_index\"",
                               .choices = read_modes,
                               .help = "How queries are made linearizable: through the log, or by "
                                       "a round of heartbeats." },
    [RAFT_PARAM_BATCH_BYTES] = { .name = "batch_bytes",
                                 .kind = CS_PARAM_SIZE,
                                 .fallback = "\"32KiB\"",
                                 .min = 1,
                                 .help = "About how large a request with several entries may be." },
    [RAFT_PARAM_MAX_INFLIGHT] = { .name = "max_inflight",
                                  .kind = CS_PARAM_NUMBER,
                                  .fallback = "16",
                                  .min = 1,
                                  .max = 4096,
                                  .help = "Requests with entries that a follower may have to "
                                          "answer yet." },
    [RAFT_PARAM_SESSION_TIMEOUT] = { .name = "session_timeout",
                                     .kind = CS_PARAM_DURATION,
                                     .fallback = "\"60s\"",
                                     .min = 1000,
                                     .help = "A client's session expires when unused for this "
                                             "long; equal on every server." },
    [RAFT_PARAM_STATE_MACHINE] = { .name = "state_machine",
                                   .kind = CS_PARAM_CHOICE,
                                   .fallback = "\"kv\"",
                                   .choices = state_machine_names,
                                   .help = "What is replicated." },
    [RAFT_PARAM_COUNT] = { .name = NULL },
};

static const struct cs_volume_spec server_volumes[] = {
    [RAFT_VOLUME_LOG] = { .name = "log", .size = UINT64_C(1) << 30 },
    [RAFT_VOLUME_META] = { .name = "meta", .size = UINT64_C(64) << 10 },
    { .name = NULL },
};

static const char *const server_costs[] = { [RAFT_COST_ENTRY] = "entry", NULL };

static const char *const server_kinds[] = {
    SERVICE_KIND_NAMES, "RequestVote", "Vote", "AppendEntries", "AppendReply", NULL,
};
_Static_assert(sizeof server_kinds / sizeof server_kinds[0] == RAFT_KIND_COUNT + 1,
               "every kind has a name");

/* ---- Starting -----------------------------------------------------------------------------------
 */

static void read_params(struct raft *rf, const struct cs_context *cx)
{
    rf->vote_blackout = cs_draw_least(cx, RAFT_PARAM_ELECTION_TIMEOUT);
    rf->heartbeat = cs_param_duration(cx, RAFT_PARAM_HEARTBEAT);
    rf->pre_vote = cs_param_flag(cx, RAFT_PARAM_PRE_VOTE);
    rf->check_quorum = cs_param_flag(cx, RAFT_PARAM_CHECK_QUORUM);
    rf->read_mode = (enum raft_read_mode)cs_param_number(cx, RAFT_PARAM_READ_MODE);
    rf->batch_bytes = cs_param_number(cx, RAFT_PARAM_BATCH_BYTES);
    rf->max_inflight = cs_param_number(cx, RAFT_PARAM_MAX_INFLIGHT);
    rf->message_max = cs_message_max(cx);
    if (rf->batch_bytes > rf->message_max - APPEND_OVERHEAD)
        rf->batch_bytes = rf->message_max - APPEND_OVERHEAD;
}

static void make_tables(struct raft *rf, struct cs_context *cx)
{
    rf->voters = voters_of(cs_group(cx, "self"), cs_self(cx));
    rf->peers = cs_alloc(cx, rf->voters.count * sizeof *rf->peers);
    rf->values = cs_alloc(cx, rf->voters.count * sizeof *rf->values);
    for (size_t i = 0; i < rf->voters.count; i++)
        rf->peers[i].inflight = cs_alloc(cx, rf->max_inflight * sizeof(uint64_t));
    rf->message.max = rf->content.max = rf->message_max;
}

static void server_on_start(void *state, struct cs_context *cx, enum cs_start kind)
{
    struct raft *rf = state;
    read_params(rf, cx);
    cs_assert(rf->message_max >= STATE_MACHINE_RESULT_MAX + SERVICE_OVERHEAD);
    const struct cs_group members = cs_group(cx, "self");
    if (!voters_name(members, cs_self(cx))) {
        cs_stop(cx, "not a member of its group");
        return;
    }
    make_tables(rf, cx);
    uint64_t machine = cs_param_number(cx, RAFT_PARAM_STATE_MACHINE);
    sessions_init(&rf->sessions, cx, &state_machines[machine],
                  cs_param_duration(cx, RAFT_PARAM_SESSION_TIMEOUT).ns);
    rf->role = RAFT_FOLLOWER;
    rf->leader = CS_NODE_NONE;
    rf->stated_role = CS_ROLE_COUNT;
    if (!raft_storage_start(rf, cx, kind))
        return;
    raft_state_role(rf, cx);
    raft_arm_election_timer(rf, cx);
}

/* ---- Inputs -------------------------------------------------------------------------------------
 */

/* A message between servers.  False if it is malformed. */
static bool dispatch(struct raft *rf, struct cs_context *cx, size_t voter, cs_kind kind,
                     struct cs_bytes body)
{
    cs_node from = rf->voters.nodes[voter];
    struct request_vote request_vote;
    struct vote vote;
    struct append_entries append_entries;
    struct append_reply append_reply;
    switch ((enum raft_kind)kind) {
    case RAFT_REQUEST_VOTE:
        if (!request_vote_get(body, &request_vote))
            return false;
        raft_on_request_vote(rf, cx, from, &request_vote);
        return true;
    case RAFT_VOTE:
        if (!vote_get(body, &vote))
            return false;
        raft_on_vote(rf, cx, voter, &vote);
        return true;
    case RAFT_APPEND_ENTRIES:
        if (!append_entries_get(body, &append_entries))
            return false;
        raft_on_append_entries(rf, cx, from, &append_entries);
        return true;
    case RAFT_APPEND_REPLY:
        if (!append_reply_get(body, &append_reply))
            return false;
        raft_on_append_reply(rf, cx, voter, &append_reply);
        return true;
    case RAFT_KIND_COUNT:
        break;
    }
    return false;
}

static void server_on_message(void *state, struct cs_context *cx, cs_node from, cs_kind kind,
                              struct cs_bytes body)
{
    struct raft *rf = state;
    struct service_request request;
    bool understood = false;
    if (kind == SERVICE_REQUEST) {
        understood = service_request_get(body, &request);
        if (understood)
            raft_on_request(rf, cx, from, &request);
    } else {
        size_t voter = voters_place(&rf->voters, from);
        if (voter < rf->voters.count && voter != rf->voters.self)
            understood = dispatch(rf, cx, voter, kind, body);
    }
    if (!understood)
        cs_count(cx, "malformed", 1);
    cs_assert(rf->applied <= rf->commit);
    cs_assert(rf->commit <= rf->log.last_index);
    cs_assert(rf->stored <= rf->log.last_index);
}

static void server_on_timer(void *state, struct cs_context *cx, cs_token token)
{
    struct raft *rf = state;
    switch ((enum raft_timer)token) {
    case RAFT_TIMER_ELECTION:
        raft_on_election_timeout(rf, cx);
        break;
    case RAFT_TIMER_HEARTBEAT:
        raft_on_heartbeat_timer(rf, cx);
        break;
    case RAFT_TIMER_APPLY:
        raft_apply(rf, cx);
        break;
    }
}

static void server_on_disk(void *state, struct cs_context *cx, const struct cs_completion *done)
{
    if (done->op == CS_DISK_FLUSH && done->token == RAFT_DISK_FLUSH_LOG) {
        raft_on_flushed(state, cx, done);
    } else if (done->status != CS_DISK_OK) {
        cs_stop(cx, "log write failed");
    }
}

static void server_inspect(const void *state, struct cs_text *out)
{
    static const char *const roles[] = { "follower", "pre-candidate", "candidate", "leader" };
    const struct raft *rf = state;
    cs_text_add(out, "%s term=%llu last=%llu stored=%llu commit=%llu applied=%llu", roles[rf->role],
                (unsigned long long)rf->term, (unsigned long long)rf->log.last_index,
                (unsigned long long)rf->stored, (unsigned long long)rf->commit,
                (unsigned long long)rf->applied);
    if (rf->leader != CS_NODE_NONE)
        cs_text_add(out, " leader=%u", rf->leader);
    if (rf->vote != CS_NODE_NONE)
        cs_text_add(out, " vote=%u", rf->vote);
    cs_text_add(out, " sessions=%zu", rf->sessions.count);
    for (size_t i = 0; rf->role == RAFT_LEADER && i < rf->voters.count; i++) {
        const struct raft_peer *peer = &rf->peers[i];
        if (i != rf->voters.self) {
            cs_text_add(out, "\n  %u: match=%llu next=%llu %s in flight %zu", rf->voters.nodes[i],
                        (unsigned long long)peer->match_index, (unsigned long long)peer->next_index,
                        peer->probing ? "probing" : "replicating", peer->inflight_count);
        }
    }
}

static const struct cs_program raft_programs[] = {
    { .role = "server",
      .state_size = sizeof(struct raft),
      .params = server_params,
      .volumes = server_volumes,
      .costs = server_costs,
      .kinds = server_kinds,
      .group_max = VOTERS_MAX,
      .on_start = server_on_start,
      .on_message = server_on_message,
      .on_timer = server_on_timer,
      .on_disk = server_on_disk,
      .describe = raft_describe,
      .inspect = server_inspect },
    SERVICE_CLIENT_PROGRAM,
    { .role = NULL },
};

const struct cs_protocol raft_protocol = {
    .name = "raft",
    .api_version = CS_API_VERSION,
    .programs = raft_programs,
    .about = "Raft with pre-vote, check-quorum, pipelining, sessions and linearizable reads.",
};
