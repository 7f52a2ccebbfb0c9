/* One Raft server on the rig: node 1 of a group, told what nodes 2, 3, … say.
 *
 * The election timeout is always 150 ms and the heartbeat 50 ms.  Entries that others send are
 * blank; entry i of the log is 9 bytes. */
#ifndef TEST_RAFT_BENCH_H
#define TEST_RAFT_BENCH_H
#include "raft/messages.h"
#include "raft/raft.h"
#include "raft/raft_protocol.h"
#include "support/rig.h"
#include "support/suite.h"

enum { BENCH_CLIENT = 100 };

struct bench_options {
    size_t servers; /* 0: three */
    bool pre_vote;
    bool check_quorum;
    bool read_log;
    uint64_t batch_bytes;  /* 0: 32 KiB */
    uint64_t max_inflight; /* 0: 16 */
    uint64_t volume_size;  /* 0: as usual */
};

extern struct rig *rig; /* the server of the present test */

/* A server that has not been started, and one of a new cluster. */
void bench_new(const struct bench_options *options);
void bench_open(const struct bench_options *options);
void bench_close(void);

/* ---- What others say ---- */

void ask_vote(cs_node from, uint64_t term, uint64_t last_index, uint64_t last_term);
void ask_pre_vote(cs_node from, uint64_t term, uint64_t last_index, uint64_t last_term);
void grant_vote(cs_node from, uint64_t term);
void refuse_vote(cs_node from, uint64_t term, uint64_t asked);
void grant_pre_vote(cs_node from, uint64_t term, uint64_t asked);
/* `entries` are their terms: "1 1 2"; "" is a heartbeat. */
void append(cs_node from, uint64_t term, uint64_t prev_index, uint64_t prev_term,
            const char *entries, uint64_t commit);
void append_in_round(cs_node from, uint64_t term, uint64_t round);
/* It has stored up to `match`, and has more up to `last`. */
void succeed(cs_node from, uint64_t term, uint64_t match, uint64_t last);
void succeed_in_round(cs_node from, uint64_t term, uint64_t match, uint64_t round);
void refuse(cs_node from, uint64_t term, uint64_t prev_index, uint64_t hint,
            uint64_t conflict_term);

/* ---- What clients say ---- */

void register_session(uint64_t tag);
void command(uint64_t tag, uint64_t session, uint64_t serial, const char *key, const char *value);
void query(uint64_t tag, const char *key);

/* ---- Where a test begins ---- */

/* A follower of node 2 with a log of entries of these terms, all durable, none committed; its term
 * is that of the last entry. */
void given_log(const char *entries);
/* The leader of the next term, its blank entry durable here and nowhere else. */
void become_leader(void);

/* ---- What it says ---- */

/* The beginning of the program's own account: "leader term=2 last=3 stored=3 commit=2 applied=2".
 */
#define expect_state(text) ck_assert_str_eq(bench_state(), text)
const char *bench_state(void);
#define expect(text)         rig_expect(rig, text)
#define expect_sends(text)   rig_expect_lines(rig, "send", text)
#define expect_facts(text)   rig_expect_lines(rig, "fact", text)
#define expect_replies(text) rig_expect_lines(rig, "send Reply", text)
#define expect_reached(text) rig_expect_lines(rig, "reached", text)
#define expect_counts(text)  rig_expect_lines(rig, "count", text)

#endif
