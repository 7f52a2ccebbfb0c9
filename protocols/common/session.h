/* Client sessions: each command is carried out exactly once, however often it comes.
 *
 * Ongaro, "Consensus: Bridging Theory and Practice" (2014), section 6.3.  A session is opened by an
 * entry of the replicated log and named by that entry's index.  A command carries its session, a
 * serial number, and the first serial number whose reply its client has not yet got.  The first
 * time it is applied its reply is kept; again, the kept reply is given back and nothing happens.
 *
 * Every replica must expire the same sessions at the same place in the log, so time here is the
 * replicated clock: the largest stamp of the entries applied so far.  A command of a session that
 * has expired is never carried out, since it may have been before.
 *
 * This wraps any state machine; the wrapping is part of what is replicated. */
#ifndef COMMON_SESSION_H
#define COMMON_SESSION_H
#include "common/state_machine.h"
#include "common/wire.h"

struct session; /* one client's */

struct sessions {
    const struct state_machine *machine;
    void *state;         /* of the machine */
    uint64_t timeout_ns; /* equal on every replica */
    uint64_t clock_ns;   /* the replicated clock */
    struct session **buckets;
    size_t bucket_count; /* a power of two */
    size_t count;
    uint64_t digest;        /* of the sessions that are open */
    struct session *oldest; /* by the clock at their last command, oldest first */
    struct session *newest;
    struct wire_buffer result; /* for the result being made */
};

struct session_command {
    uint64_t session;
    uint64_t serial;           /* from 1 in each session */
    uint64_t first_unanswered; /* at most `serial`; replies before it are dropped */
    struct cs_bytes command;
};

enum session_verdict {
    SESSION_APPLIED,  /* carried out now */
    SESSION_REPEATED, /* carried out before: the same result */
    SESSION_EXPIRED,  /* no such session: not carried out now, perhaps before */
    SESSION_STALE,    /* its client no longer waits for it: not carried out, no result */
};

/* Requires timeout_ns > 0. */
void sessions_init(struct sessions *sessions, struct cs_context *cx,
                   const struct state_machine *machine, uint64_t timeout_ns);

/* Move the replicated clock to `stamp_ns`, unless it is already past it, and expire sessions.  To
 * be called for every entry of the log, before it is applied.  Returns how many expired. */
size_t sessions_advance(struct sessions *sessions, struct cs_context *cx, uint64_t stamp_ns);

/* Open the session named `id`, the index of the entry that asks for it. */
void sessions_register(struct sessions *sessions, struct cs_context *cx, uint64_t id);

/* Carry out a command of entry `index`, or not.  *ret_result is set for SESSION_APPLIED and
 * SESSION_REPEATED and borrowed until the next call. */
enum session_verdict sessions_apply(struct sessions *sessions, struct cs_context *cx,
                                    uint64_t index, const struct session_command *command,
                                    struct cs_bytes *ret_result);

/* A digest of the machine's state and of which sessions are open, never 0; 0 if the machine has
 * none.  Replicas that have applied the same entries have the same. */
uint64_t sessions_digest(const struct sessions *sessions);

/* All of it for a snapshot, the machine's state too; requires that the machine has save().  After
 * sessions_init() with the same machine and timeout sessions_load() makes the same of it; false if
 * the bytes make no sense, and then nothing may be asked of the sessions.
 *
 *   u64 clock, u32 count, for each session, the longest unused first: u64 id, u64 clock at its last
 *   command, u64 first unanswered, u32 replies, for each u64 serial, bytes; then each part of the
 *   machine's as bytes */
void sessions_save(const struct sessions *sessions, struct wire_writer *writer);
bool sessions_load(struct sessions *sessions, struct cs_context *cx, struct cs_bytes bytes);

/* Answer a query; the result is borrowed until the next call. */
struct cs_bytes sessions_query(struct sessions *sessions, struct cs_context *cx,
                               struct cs_bytes query);

#endif
