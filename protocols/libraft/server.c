/* The table of libraft's programs, and where a server's inputs enter the library. */
#include "libraft/server.h"

#include "libraft/message.h"
#include "libraft/protocol.h"

static const struct cs_param server_params[] = {
    [LIBRAFT_PARAM_ELECTION_TIMEOUT] = { .name = "election_timeout",
                                         .kind = CS_PARAM_DURATION,
                                         .fallback = "\"1s\"",
                                         .min = 2000000,
                                         .max = UINT64_C(3600000000000),
                                         .help = "How long without a leader until an election, up "
                                                 "to twice as long; whole milliseconds." },
    [LIBRAFT_PARAM_HEARTBEAT] = { .name = "heartbeat",
                                  .kind = CS_PARAM_DURATION,
                                  .fallback = "\"100ms\"",
                                  .min = 1000000,
                                  .max = UINT64_C(3600000000000),
                                  .help = "Between a leader's heartbeats, and between two looks at "
                                          "the clock; below the election timeout." },
    [LIBRAFT_PARAM_INSTALL_TIMEOUT] = { .name = "install_snapshot_timeout",
                                        .kind = CS_PARAM_DURATION,
                                        .fallback = "\"30s\"",
                                        .min = 1000000,
                                        .max = UINT64_C(3600000000000),
                                        .help = "How long until a snapshot is sent again." },
    [LIBRAFT_PARAM_PRE_VOTE] = { .name = "pre_vote",
                                 .kind = CS_PARAM_FLAG,
                                 .fallback = "false",
                                 .help = "Ask whether a majority would vote for us before raising "
                                         "the term." },
    [LIBRAFT_PARAM_SNAPSHOT_THRESHOLD] = { .name = "snapshot_threshold",
                                           .kind = CS_PARAM_NUMBER,
                                           .fallback = "1024",
                                           .min = 1,
                                           .max = 1000000000,
                                           .help = "Entries after which a snapshot is taken." },
    [LIBRAFT_PARAM_SNAPSHOT_TRAILING] = { .name = "snapshot_trailing",
                                          .kind = CS_PARAM_NUMBER,
                                          .fallback = "2048",
                                          .min = 1,
                                          .max = 1000000000,
                                          .help = "Entries that are kept behind a snapshot, for "
                                                  "followers that lag." },
    [LIBRAFT_PARAM_SESSION_TIMEOUT] = { .name = "session_timeout",
                                        .kind = CS_PARAM_DURATION,
                                        .fallback = "\"60s\"",
                                        .min = 1000,
                                        .help = "A client's session expires when unused for this "
                                                "long; equal on every server." },
    [LIBRAFT_PARAM_STATE_MACHINE] = { .name = "state_machine",
                                      .kind = CS_PARAM_CHOICE,
                                      .fallback = "\"kv\"",
                                      .choices = state_machine_names,
                                      .help = "What is replicated." },
    [LIBRAFT_PARAM_COUNT] = { .name = NULL },
};

static const struct cs_volume_spec server_volumes[] = {
    [LIBRAFT_VOLUME_LOG] = { .name = "log", .size = UINT64_C(1) << 30 },
    [LIBRAFT_VOLUME_META] = { .name = "meta", .size = UINT64_C(64) << 10 },
    [LIBRAFT_VOLUME_SNAPSHOT] = { .name = "snapshot", .size = UINT64_C(128) << 20 },
    { .name = NULL },
};

static const char *const server_costs[] = { [LIBRAFT_COST_ENTRY] = "entry", NULL };

static const char *const server_kinds[] = {
    SERVICE_KIND_NAMES, "AppendEntries", "AppendResult", "RequestVote", "VoteResult",
    "InstallSnapshot",  "TimeoutNow",    "Part",         NULL,
};
_Static_assert(sizeof server_kinds / sizeof server_kinds[0] == LIBRAFT_KIND_COUNT + 1,
               "every kind has a name");

size_t libraft_place(const struct libraft *server, cs_node node)
{
    size_t place = 0;
    while (place < server->members.count && server->members.nodes[place] != node)
        place++;
    return place;
}

void libraft_halt(struct libraft *server, const char *reason)
{
    cs_assert(server->cx != NULL);
    if (!server->halted)
        cs_stop(server->cx, reason);
    server->halted = true;
}

/* ---- Steps --------------------------------------------------------------------------------------
 */

static void enter(struct libraft *server, struct cs_context *cx)
{
    cs_assert(server->cx == NULL);
    server->cx = cx;
    raft_heap_set(&server->heap);
}

static void leave(struct libraft *server)
{
    cs_assert(server->cx != NULL);
    if (!server->halted)
        libraft_io_complete(server);
    if (!server->halted && server->raft.state == RAFT_UNAVAILABLE)
        libraft_halt(server, "libraft became unavailable");
    if (!server->halted)
        libraft_state_facts(server);
    raft_heap_set_default();
    server->cx = NULL;
}

/* ---- Starting -----------------------------------------------------------------------------------
 */

static unsigned milliseconds(const struct cs_context *cx, size_t param)
{
    return (unsigned)(cs_param_duration(cx, param).ns / 1000000);
}

/* The id in decimal digits. */
static void write_address(char *address, size_t size, raft_id id)
{
    char digits[24];
    size_t count = 0;
    for (; id > 0; id /= 10)
        digits[count++] = (char)('0' + id % 10);
    cs_assert(count < size);
    for (size_t i = 0; i < count; i++)
        address[i] = digits[count - 1 - i];
    address[count] = '\0';
}

static void make_peers(struct libraft *server)
{
    server->members = cs_group(server->cx, "self");
    cs_assert(server->members.count <= LIBRAFT_SERVERS_MAX);
    server->peers = cs_alloc(server->cx, server->members.count * sizeof *server->peers);
    for (size_t i = 0; i < server->members.count; i++) {
        write_address(server->peers[i].address, sizeof server->peers[i].address,
                      libraft_id(server->members.nodes[i]));
    }
}

/* All members are voters from the first entry on. */
static bool bootstrap(struct libraft *server)
{
    struct raft_configuration configuration;
    raft_configuration_init(&configuration);
    int status = 0;
    for (size_t i = 0; i < server->members.count && status == 0; i++) {
        status = raft_configuration_add(&configuration, libraft_id(server->members.nodes[i]),
                                        server->peers[i].address, RAFT_VOTER);
    }
    if (status == 0)
        status = raft_bootstrap(&server->raft, &configuration);
    raft_configuration_close(&configuration);
    return status == 0;
}

static void set_up(struct libraft *server)
{
    const struct cs_context *cx = server->cx;
    struct raft *raft = &server->raft;
    raft_set_election_timeout(raft, milliseconds(cx, LIBRAFT_PARAM_ELECTION_TIMEOUT));
    raft_set_heartbeat_timeout(raft, milliseconds(cx, LIBRAFT_PARAM_HEARTBEAT));
    raft_set_install_snapshot_timeout(raft, milliseconds(cx, LIBRAFT_PARAM_INSTALL_TIMEOUT));
    raft_set_pre_vote(raft, cs_param_flag(cx, LIBRAFT_PARAM_PRE_VOTE));
    raft_set_snapshot_threshold(raft,
                                (unsigned)cs_param_number(cx, LIBRAFT_PARAM_SNAPSHOT_THRESHOLD));
    raft_set_snapshot_trailing(raft,
                               (unsigned)cs_param_number(cx, LIBRAFT_PARAM_SNAPSHOT_TRAILING));
}

/* Why the server cannot run, or NULL. */
static const char *begin(struct libraft *server, enum cs_start kind)
{
    const struct cs_context *cx = server->cx;
    size_t self = libraft_place(server, cs_self(cx));
    if (self == server->members.count)
        return "not a member of its group";
    if (milliseconds(cx, LIBRAFT_PARAM_HEARTBEAT) >=
        milliseconds(cx, LIBRAFT_PARAM_ELECTION_TIMEOUT))
        return "heartbeat not below the election timeout";
    if (raft_init(&server->raft, &server->io, &server->fsm, libraft_id(cs_self(cx)),
                  server->peers[self].address) != 0)
        return "libraft refused to initialise";
    server->raft.tracer = &server->tracer; /* the default one looks at the environment */
    set_up(server);
    if (kind == CS_START_FOUND && !bootstrap(server))
        return "libraft refused to bootstrap";
    if (kind == CS_START_RESTART)
        libraft_state_recovered(server);
    if (raft_start(&server->raft) != 0)
        return "libraft refused to start";
    return NULL;
}

static void server_on_start(void *state, struct cs_context *cx, enum cs_start kind)
{
    struct libraft *server = state;
    libraft_heap_init(server);
    enter(server, cx);
    server->message_max = cs_message_max(cx);
    server->message.max = LIBRAFT_MESSAGE_MAX;
    server->part.max = server->message_max;
    server->stated_role = CS_ROLE_COUNT;
    make_peers(server);
    libraft_io_init(server);
    libraft_machine_init(server);
    if (libraft_store_open(server, kind)) {
        const char *stop = begin(server, kind);
        if (stop != NULL)
            libraft_halt(server, stop);
    }
    leave(server);
}

/* ---- Inputs -------------------------------------------------------------------------------------
 */

static void server_on_message(void *state, struct cs_context *cx, cs_node from, cs_kind kind,
                              struct cs_bytes body)
{
    struct libraft *server = state;
    struct service_request request;
    bool understood = false;
    enter(server, cx);
    if (kind == SERVICE_REQUEST) {
        understood = service_request_get(body, &request);
        if (understood)
            libraft_on_request(server, from, &request);
    } else {
        size_t place = libraft_place(server, from);
        if (place < server->members.count && from != cs_self(cx))
            understood = libraft_receive(server, place, kind, body);
    }
    if (!understood)
        cs_count(cx, "malformed", 1);
    leave(server);
}

static void server_on_timer(void *state, struct cs_context *cx, cs_token token)
{
    struct libraft *server = state;
    cs_assert(token == LIBRAFT_TIMER_TICK);
    cs_assert(server->on_tick != NULL);
    enter(server, cx);
    cs_set_timer(cx, LIBRAFT_TIMER_TICK, server->tick);
    server->on_tick(&server->io);
    leave(server);
}

static void server_on_disk(void *state, struct cs_context *cx, const struct cs_completion *done)
{
    struct libraft *server = state;
    enter(server, cx);
    libraft_store_on_disk(server, done);
    leave(server);
}

static void server_inspect(const void *state, struct cs_text *out)
{
    static const char *const states[] = { "unavailable", "follower", "candidate", "leader" };
    const struct libraft *server = state;
    const struct raft *raft = &server->raft;
    cs_assert(raft->state < sizeof states / sizeof states[0]);
    cs_text_add(out, "%s term=%llu last=%llu stored=%llu commit=%llu applied=%llu",
                states[raft->state], raft->current_term,
                (unsigned long long)libraft_store_last(&server->store), raft->last_stored,
                raft->commit_index, raft->last_applied);
    if (raft->voted_for != 0)
        cs_text_add(out, " vote=%u", libraft_node(raft->voted_for));
    if (server->store.snapshot.index > 0)
        cs_text_add(out, " snapshot=%llu", (unsigned long long)server->store.snapshot.index);
    cs_text_add(out, " sessions=%zu", server->sessions.count);
}

static const struct cs_program libraft_programs[] = {
    { .role = "server",
      .state_size = sizeof(struct libraft),
      .params = server_params,
      .volumes = server_volumes,
      .costs = server_costs,
      .kinds = server_kinds,
      .group_max = LIBRAFT_SERVERS_MAX,
      .on_start = server_on_start,
      .on_message = server_on_message,
      .on_timer = server_on_timer,
      .on_disk = server_on_disk,
      .describe = libraft_describe,
      .inspect = server_inspect },
    SERVICE_CLIENT_PROGRAM,
    { .role = NULL },
};

const struct cs_protocol libraft_protocol = {
    .name = "libraft",
    .api_version = CS_API_VERSION,
    .programs = libraft_programs,
    .about = "Canonical's C Raft, as Debian ships it, with sessions and linearizable reads.",
};
