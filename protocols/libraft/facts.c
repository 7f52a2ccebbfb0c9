/* What the library has reached, seen from outside: its fields are compared with what was stated
 * last when a step is over.  Appended, stored and removed entries, votes and snapshots are stated
 * where they are recorded (store.c). */
#include "libraft/server.h"

static enum cs_role role_of(const struct raft *raft)
{
    switch (raft->state) {
    case RAFT_LEADER:
        return CS_ROLE_LEADER;
    case RAFT_CANDIDATE:
        return CS_ROLE_CANDIDATE;
    case RAFT_FOLLOWER:
        return CS_ROLE_FOLLOWER;
    default:
        return CS_ROLE_OTHER;
    }
}

/* A new leader also begins to lead the replicated clock. */
static void state_election(struct libraft *server)
{
    cs_assert(server->raft.current_term > 0);
    uint64_t last = libraft_store_last(&server->store);
    server->stated_leader_term = server->raft.current_term;
    server->clock_base_ns = server->sessions.clock_ns;
    server->clock_local = cs_now(server->cx);
    cs_fact(server->cx, &(struct cs_fact){ .kind = CS_FACT_LEADER,
                                           .a = server->raft.current_term,
                                           .b = last,
                                           .c = libraft_store_term(&server->store, last) });
}

static void state_role(struct libraft *server)
{
    enum cs_role role = role_of(&server->raft);
    uint64_t term = server->raft.current_term;
    if (role == CS_ROLE_LEADER && server->stated_leader_term != term)
        state_election(server);
    if (role == server->stated_role && term == server->stated_term)
        return;
    server->stated_role = role;
    server->stated_term = term;
    cs_fact(server->cx, &(struct cs_fact){ .kind = CS_FACT_ROLE, .a = role, .b = term });
}

static void state_applied(struct libraft *server)
{
    const struct libraft_store *store = &server->store;
    if (server->stated_applied < store->snapshot.index &&
        server->raft.last_applied >= store->snapshot.index)
        server->stated_applied = store->snapshot.index; /* restored from it */
    while (server->stated_applied < server->raft.last_applied) {
        uint64_t index = ++server->stated_applied;
        uint64_t last = server->raft.last_applied; /* of the states the last is the one we have */
        cs_fact(server->cx,
                &(struct cs_fact){ .kind = CS_FACT_APPLIED,
                                   .a = index,
                                   .b = libraft_store_term(store, index),
                                   .c = index == last ? sessions_digest(&server->sessions) : 0,
                                   .content = libraft_store_content(store, index) });
    }
}

void libraft_state_facts(struct libraft *server)
{
    const struct raft *raft = &server->raft;
    state_role(server);
    if (raft->commit_index > server->stated_commit) {
        server->stated_commit = raft->commit_index;
        cs_fact(server->cx,
                &(struct cs_fact){ .kind = CS_FACT_COMMITTED,
                                   .a = raft->commit_index,
                                   .b = libraft_store_term(&server->store, raft->commit_index) });
    }
    state_applied(server);
}

void libraft_state_recovered(struct libraft *server)
{
    const struct libraft_store *store = &server->store;
    struct cs_context *cx = server->cx;
    cs_fact(cx, &(struct cs_fact){ .kind = CS_FACT_VOTED,
                                   .recovered = true,
                                   .a = store->term,
                                   .b = store->vote,
                                   .volume = LIBRAFT_VOLUME_META });
    if (store->snapshot.index > 0) {
        cs_fact(cx, &(struct cs_fact){ .kind = CS_FACT_SNAPSHOT,
                                       .recovered = true,
                                       .a = store->snapshot.index,
                                       .b = store->snapshot.term,
                                       .content = cs_bytes_of(&store->snapshot.digest,
                                                              sizeof store->snapshot.digest),
                                       .volume = LIBRAFT_VOLUME_META });
    }
    uint64_t last = libraft_store_last(store);
    for (uint64_t i = store->first + store->shift; i <= last; i++) {
        cs_fact(cx, &(struct cs_fact){ .kind = CS_FACT_APPENDED,
                                       .recovered = true,
                                       .a = i,
                                       .b = libraft_store_term(store, i),
                                       .content = libraft_store_content(store, i) });
    }
    if (store->log.last_index >= store->first) {
        cs_fact(cx, &(struct cs_fact){ .kind = CS_FACT_STORED,
                                       .recovered = true,
                                       .a = last,
                                       .b = libraft_store_term(store, last),
                                       .volume = LIBRAFT_VOLUME_LOG });
    }
}
