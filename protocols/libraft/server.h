/* A server of libraft: canonical's C Raft (Debian's libraft, unmodified) behind the contract of
 * clustersim/protocol.h.
 *
 *   server.c    the programs' table; each input enters the library and leaves it again
 *   heap.c      the library's memory: the incarnation's arena
 *   io.c        struct raft_io: all that the library asks of its host
 *   store.c     ... of it, what is durable: term and vote, the log, the snapshot
 *   transport.c ... of it, messages, in parts where one datagram is too small
 *   message.c   messages as bytes
 *   machine.c   struct raft_fsm: sessions around a state machine
 *   requests.c  what clients ask
 *   facts.c     what the library has reached, seen from outside
 *
 * The library calls its host back, where programs of this contract only record.  So a step is:
 * enter (the context becomes the library's), one call of the library, the completions that are due
 * at once, the facts, leave.  Nothing is kept outside of this struct but the library's own pointer
 * to its heap, which every step sets anew.
 *
 * Indices and terms are the library's, from 1.  A server's id is its address plus one, since the
 * library takes 0 for nobody. */
#ifndef LIBRAFT_SERVER_H
#define LIBRAFT_SERVER_H
#include <raft.h>

#include "clustersim/protocol.h"
#include "common/log.h"
#include "common/record.h"
#include "common/service.h"
#include "common/session.h"
#include "common/wire.h"
#include "libraft/machine.h"

enum libraft_param {
    LIBRAFT_PARAM_ELECTION_TIMEOUT,
    LIBRAFT_PARAM_HEARTBEAT,
    LIBRAFT_PARAM_INSTALL_TIMEOUT,
    LIBRAFT_PARAM_PRE_VOTE,
    LIBRAFT_PARAM_SNAPSHOT_THRESHOLD,
    LIBRAFT_PARAM_SNAPSHOT_TRAILING,
    LIBRAFT_PARAM_SESSION_TIMEOUT,
    LIBRAFT_PARAM_STATE_MACHINE,
    LIBRAFT_PARAM_COUNT
};

enum libraft_volume { LIBRAFT_VOLUME_LOG, LIBRAFT_VOLUME_META, LIBRAFT_VOLUME_SNAPSHOT };
enum libraft_cost { LIBRAFT_COST_ENTRY };
enum libraft_timer { LIBRAFT_TIMER_TICK };
enum libraft_disk_token { LIBRAFT_DISK_LOG, LIBRAFT_DISK_SNAPSHOT };

/* A message in parts, in bytes. */
enum { LIBRAFT_SERVERS_MAX = 9, LIBRAFT_MESSAGE_MAX = 64 << 20 };

/* ---- What is durable (store.c) ------------------------------------------------------------------
 */

/* Some entries that the library waits for; `last` as in the log below. */
struct libraft_append {
    struct raft_io_append *request;
    uint64_t last;
};

/* The latest snapshot on its volume, which has room for two: the one before it counts until the
 * record in "meta" names this one. */
struct libraft_kept_snapshot {
    uint64_t index; /* 0: there is none */
    uint64_t term;
    uint64_t configuration_index;
    uint64_t offset; /* bytes */
    uint64_t size;
    uint32_t crc;
    uint64_t digest;        /* of the state */
    uint8_t *configuration; /* as bytes (message.c) */
    size_t configuration_size;
};

struct libraft_store {
    uint64_t term;
    cs_node vote; /* in `term`; CS_NODE_NONE */
    struct record meta;
    struct log log;
    uint64_t first; /* the oldest place of `log` that counts; those before are in the snapshot */
    uint64_t shift; /* an entry's index is its place plus this, modulo 2^64 */

    /* Places of the log. */
    uint64_t stored;      /* durable up to here */
    uint64_t flush_place; /* ... once the flush that is under way is done */
    bool flushing;
    struct libraft_append *appends; /* oldest at append_first */
    size_t append_first, append_end, append_capacity;

    struct libraft_kept_snapshot snapshot;
    struct raft_io_snapshot_put *put; /* under way */
    const struct raft_snapshot *put_snapshot;
    unsigned put_trailing;
    struct libraft_kept_snapshot put_kept;
};

/* ---- A server -----------------------------------------------------------------------------------
 */

/* A message that comes in parts, from one sender. */
struct libraft_assembly {
    uint64_t id; /* 0: none */
    cs_kind kind;
    uint32_t count, have;
    uint32_t part_size; /* bytes of each but the last */
    uint64_t size;      /* bytes of what has come */
    bool *seen;
    uint8_t *bytes;
};

enum { LIBRAFT_ASSEMBLIES = 4 };

struct libraft_peer {
    char address[12]; /* as the library wants it: decimal digits of the id */
    struct libraft_assembly assemblies[LIBRAFT_ASSEMBLIES];
};

/* A callback of a request that was carried out at once; one of the three is not NULL. */
struct libraft_due {
    struct raft_io_send *send;
    struct raft_io_async_work *work;
    struct raft_io_snapshot_get *get;
    struct raft_snapshot *snapshot; /* for `get` */
    int status;
};

struct libraft {
    struct raft raft;
    struct raft_io io;
    struct raft_fsm fsm;
    struct raft_heap heap;
    struct raft_tracer tracer; /* silent */
    struct cs_context *cx;     /* of this step; NULL between two */
    bool halted;               /* it has stopped itself */

    struct cs_group members;
    struct libraft_peer *peers; /* by place among the members */
    cs_duration tick;
    raft_io_tick_cb on_tick;
    raft_io_recv_cb on_recv;
    raft_io_close_cb on_close;

    struct libraft_due *due; /* at the end of this step */
    size_t due_count, due_capacity;
    uint64_t parted; /* messages sent in parts so far; their ids */

    struct libraft_store store;
    struct sessions sessions;
    struct libraft_outcome outcome;
    uint64_t clock_base_ns; /* the replicated clock, and ... */
    cs_instant clock_local; /* ... our own, when we were elected */

    /* Facts: what was stated last. */
    enum cs_role stated_role;
    uint64_t stated_term;
    uint64_t stated_leader_term;
    uint64_t stated_commit;
    uint64_t stated_applied;

    size_t message_max;
    struct wire_buffer message; /* for the message or entry being made */
    struct wire_buffer part;    /* for what goes into one datagram: a part, a reply, a command */
};

static inline raft_id libraft_id(cs_node node) { return (raft_id)node + 1; }
static inline cs_node libraft_node(raft_id id)
{
    return id == 0 || id > CS_NODE_NONE ? CS_NODE_NONE : (cs_node)(id - 1);
}

/* The member's place, or `count`. */
size_t libraft_place(const struct libraft *server, cs_node node);
/* Stop the incarnation: nothing more is asked of the library. */
void libraft_halt(struct libraft *server, const char *reason);

/* ---- heap.c, io.c -------------------------------------------------------------------------------
 */

void libraft_heap_init(struct libraft *server);
void libraft_io_init(struct libraft *server);
/* Call back once the library's call has returned. */
void libraft_io_due(struct libraft *server, const struct libraft_due *due);
/* Make the callbacks that are due. */
void libraft_io_complete(struct libraft *server);

/* ---- store.c ------------------------------------------------------------------------------------
 */

/* Open the volumes.  False if that stopped the instance. */
bool libraft_store_open(struct libraft *server, enum cs_start kind);
void libraft_store_on_disk(struct libraft *server, const struct cs_completion *done);
/* The entry at `index`, type and data as stored; its term is 0 if the log does not hold it. */
uint64_t libraft_store_term(const struct libraft_store *store, uint64_t index);
struct cs_bytes libraft_store_content(const struct libraft_store *store, uint64_t index);
uint64_t libraft_store_last(const struct libraft_store *store); /* index */

int libraft_io_load(struct raft_io *io, raft_term *term, raft_id *voted_for,
                    struct raft_snapshot **snapshot, raft_index *start_index,
                    struct raft_entry *entries[], size_t *n_entries);
int libraft_io_bootstrap(struct raft_io *io, const struct raft_configuration *configuration);
int libraft_io_recover(struct raft_io *io, const struct raft_configuration *configuration);
int libraft_io_set_term(struct raft_io *io, raft_term term);
int libraft_io_set_vote(struct raft_io *io, raft_id id);
int libraft_io_append(struct raft_io *io, struct raft_io_append *request,
                      const struct raft_entry entries[], unsigned n, raft_io_append_cb cb);
int libraft_io_truncate(struct raft_io *io, raft_index index);
int libraft_io_snapshot_put(struct raft_io *io, unsigned trailing,
                            struct raft_io_snapshot_put *request,
                            const struct raft_snapshot *snapshot, raft_io_snapshot_put_cb cb);
int libraft_io_snapshot_get(struct raft_io *io, struct raft_io_snapshot_get *request,
                            raft_io_snapshot_get_cb cb);

/* ---- transport.c --------------------------------------------------------------------------------
 */

int libraft_io_send(struct raft_io *io, struct raft_io_send *request,
                    const struct raft_message *message, raft_io_send_cb cb);
/* A message from the member at `place`.  False if it is malformed. */
bool libraft_receive(struct libraft *server, size_t place, cs_kind kind, struct cs_bytes body);

/* ---- machine.c, requests.c, facts.c -------------------------------------------------------------
 */

void libraft_machine_init(struct libraft *server);
void libraft_on_request(struct libraft *server, cs_node client,
                        const struct service_request *request);
void libraft_state_recovered(struct libraft *server);
/* State what has changed since the last time. */
void libraft_state_facts(struct libraft *server);

#endif
