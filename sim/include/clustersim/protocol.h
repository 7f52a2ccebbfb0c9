/* clustersim/protocol.h -- everything a protocol may know about its host.
 *
 * A protocol is a table of programs, one per role.  A program is a deterministic state machine: the
 * host hands it one input at a time, a handler updates the program's own state and *records*
 * effects on the context. Handlers never block, never call out, and have no source of time,
 * randomness or memory but the context.
 *
 * Words.  A *machine* owns cores, a network interface, volumes and clocks; it runs *instances*.  An
 * instance is one program's state, inbox and address; cs_node names it.  A *group* is a named set
 * of instances.
 *
 * Lifetimes.
 *   state     one incarnation of an instance: zeroed at the start, lost when it ends.
 *   inputs    borrowed: valid until the handler returns.
 *   effects   copied when recorded, carried out in recorded order after the handler has returned; a
 * crash keeps a prefix of them.
 *
 * Steps.  A step starts at the later of its input's arrival and the instance being free.  cs_now()
 * is that instant for the whole step.  Effects are released at the start plus what the step was
 * charged.  No effect function returns anything that depends on another effect of the same step.
 *
 * Everything here works the same on every host: nothing tells a protocol whether it is simulated.
 */
#ifndef CLUSTERSIM_PROTOCOL_H
#define CLUSTERSIM_PROTOCOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define CS_API_VERSION 1

#define CS_PRINTF(format_at, first_at) __attribute__((format(printf, format_at, first_at)))

/* ---- Time ------------------------------------------------------------------------------------ */

/* A point in time and a distance between two, both in nanoseconds.  They are distinct types so that
 * neither is taken for the other, or for a plain number of milliseconds. */
typedef struct {
    uint64_t ns;
} cs_instant;
typedef struct {
    uint64_t ns;
} cs_duration;

static inline cs_duration cs_ns(uint64_t ns)
{
    cs_duration duration = { ns };
    return duration;
}
static inline cs_duration cs_us(uint64_t us) { return cs_ns(us * 1000u); }
static inline cs_duration cs_ms(uint64_t ms) { return cs_ns(ms * 1000000u); }
static inline cs_duration cs_seconds(uint64_t s) { return cs_ns(s * 1000000000u); }

/* The instant `distance` after `start`. */
static inline cs_instant cs_after(cs_instant start, cs_duration distance)
{
    cs_instant end = { start.ns + distance.ns };
    return end;
}

/* The time from `earlier` to `later`; zero if they are the other way round. */
static inline cs_duration cs_since(cs_instant later, cs_instant earlier)
{
    return cs_ns(later.ns > earlier.ns ? later.ns - earlier.ns : 0);
}

/* ---- Names and bytes ------------------------------------------------------------------------- */

typedef uint32_t cs_node;    /* an instance's address; valid for a whole run */
typedef uint32_t cs_kind;    /* a message's kind, numbered by the protocol */
typedef uint64_t cs_token;   /* the instance's own name for a timer, a job or a disk operation */
typedef uint64_t cs_request; /* an operation that waits for cs_reply() */
typedef uint64_t cs_ticket;  /* writes and discards of a volume, from 1 in each incarnation */
typedef uint32_t cs_volume;  /* a volume of this instance, from 0 in the specification's order */

#define CS_NODE_NONE   UINT32_MAX
#define CS_TICKET_NONE 0u

/* As the token of a write, discard or flush: no completion is wanted. */
#define CS_SILENT UINT64_MAX

struct cs_bytes {
    const void *data;
    size_t size; /* bytes */
};

static inline struct cs_bytes cs_bytes_of(const void *data, size_t size)
{
    struct cs_bytes bytes = { data, size };
    return bytes;
}

/* The instances that a scenario gave a name, as known at boot.  Never live truth. */
struct cs_group {
    const cs_node *nodes; /* in the scenario's order */
    size_t count;
};

struct cs_context; /* valid only inside a handler */
struct cs_text;    /* a growing line of text, for describe and inspect */

/* Append formatted text.  The format knows %d %i %u %x %c %s %%, the sizes hh h l ll z j, width,
 * '0' and '-'. */
void cs_text_add(struct cs_text *text, const char *format, ...) CS_PRINTF(2, 3);

/* ---- Operations and results ------------------------------------------------------------------ */

/* What load generators ask, protocols carry out, histories record and checkers judge. */
enum cs_op_kind {
    CS_OP_GET,         /* key -> value */
    CS_OP_PUT,         /* key, value */
    CS_OP_DELETE,      /* key */
    CS_OP_CAS,         /* key, expected, value; an absent key matches an empty `expected` */
    CS_OP_APPEND,      /* key, value: concatenated to what is there */
    CS_OP_SCAN,        /* keys from `key` on, at most `number` */
    CS_OP_TXN,         /* parts[], all or nothing */
    CS_OP_ACQUIRE,     /* key = the lock's name; the result's number is a fencing token */
    CS_OP_RELEASE,     /* key, number = the fencing token */
    CS_OP_READ_BLOCK,  /* number = block */
    CS_OP_WRITE_BLOCK, /* number = block, value */
    CS_OP_WORK,        /* number = size of the work, in the protocol's unit */
    CS_OP_ADD_MEMBER,  /* node */
    CS_OP_REMOVE_MEMBER,
    CS_OP_PROMOTE_MEMBER,
    CS_OP_TRANSFER_LEADERSHIP, /* node, or CS_NODE_NONE for any */
    CS_OP_SNAPSHOT,
    CS_OP_COUNT
};

struct cs_op {
    enum cs_op_kind kind;
    uint64_t session; /* at most one operation of a session is open at a time; one that ended
                         unknown is never reused */
    struct cs_bytes key;
    struct cs_bytes value;
    struct cs_bytes expected;
    uint64_t number;
    cs_node node;
    const struct cs_op *parts;
    size_t part_count;
};

enum cs_status {
    CS_OK,      /* carried out; a refused compare-and-set is OK with applied = false */
    CS_FAILED,  /* certainly without effect, now and later */
    CS_UNKNOWN, /* may have happened, or may happen yet */
    CS_REFUSED, /* certainly without effect: not allowed in this state */
    CS_LOST,    /* the data is gone, and the system says so */
    CS_STATUS_COUNT
};

struct cs_result {
    enum cs_status status;
    bool applied;    /* cas: the comparison held; acquire: granted; delete: there was a key */
    bool present;    /* get: the key exists */
    uint64_t number; /* acquire: the fencing token; of what is asked of a key, where it stands, from
                        1, in the order in which the system carried all out, or 0.  What only reads
                        may share the place of what it comes after */
    struct cs_bytes value;
    const struct cs_result *parts;
    size_t part_count;
};

/* ---- What a handler may ask ------------------------------------------------------------------ */

/* This machine's monotonic clock: never goes back, drifts, counts from the machine's boot or
 * before. */
cs_instant cs_now(const struct cs_context *cx);

/* This machine's wall clock, since the epoch of the run: has an offset, drifts, may jump either
 * way. */
cs_instant cs_wall(const struct cs_context *cx);

cs_node cs_self(const struct cs_context *cx);

/* The group bound to `name`, one of the program's `uses`, or "self": the instance's own group.  It
 * lives as long as the incarnation.  An unbound name is an error of the program and ends the run.
 */
struct cs_group cs_group(const struct cs_context *cx, const char *name);

/* Uniform in [0, bound), drawn from this instance's stream named `purpose`.  Requires bound > 0. */
uint64_t cs_random(struct cs_context *cx, const char *purpose, uint64_t bound);

/* Parameters by their index in the program's table; each must be of the kind asked for. */
bool cs_param_flag(const struct cs_context *cx, size_t index);
uint64_t cs_param_number(const struct cs_context *cx,
                         size_t index); /* NUMBER, SIZE; CHOICE: index into choices */
cs_duration cs_param_duration(const struct cs_context *cx, size_t index);

/* One draw from a parameter of kind DISTRIBUTION. */
cs_duration cs_draw(struct cs_context *cx, size_t index);

/* The least that cs_draw() can return for the parameter `index`, of kind DISTRIBUTION. */
cs_duration cs_draw_least(const struct cs_context *cx, size_t index);

/* The largest body that cs_send() takes, in bytes. */
size_t cs_message_max(const struct cs_context *cx);

struct cs_volume_info {
    uint64_t size;     /* bytes */
    uint32_t sector;   /* bytes written atomically */
    uint64_t identity; /* differs when the device has been replaced */
};
struct cs_volume_info cs_volume_info(const struct cs_context *cx, cs_volume volume);

/* How many volumes the specification at `spec_index` stands for, and the first of them. */
size_t cs_volume_count(const struct cs_context *cx, size_t spec_index);
cs_volume cs_volume_first(const struct cs_context *cx, size_t spec_index);

/* Memory of this incarnation, aligned to 16 bytes, zeroed.  Never NULL: an exhausted arena ends the
 * run. */
void *cs_alloc(struct cs_context *cx, size_t size);
/* Keeps the first min(old, new) bytes, zeroes the rest; `memory` may be NULL. */
void *cs_resize(struct cs_context *cx, void *memory, size_t size);
void cs_release(struct cs_context *cx, void *memory);

enum cs_disk_status {
    CS_DISK_OK,
    CS_DISK_MEDIUM, /* this range is bad */
    CS_DISK_DEAD,   /* the device is gone */
    CS_DISK_FULL,
    CS_DISK_TIMEOUT,
    CS_DISK_OUT_OF_RANGE,
};

struct cs_span {
    uint64_t offset; /* bytes from the start of the volume */
    void *data;      /* filled in */
    size_t size;     /* bytes */
};

/* Read at once, for recovery: sees the writes recorded before it in this step.  Its time is charged
 * to the step. On an error the contents of the spans are undefined. */
enum cs_disk_status cs_read_now(struct cs_context *cx, cs_volume volume,
                                const struct cs_span *spans, size_t count);

/* ---- What a handler may do: effects, in program order ---------------------------------------- */

/* Send a datagram: it may be lost, duplicated, delayed, reordered or corrupted.  `to` may be the
 * sender. */
void cs_send(struct cs_context *cx, cs_node to, cs_kind kind, struct cs_bytes body);

/* The same with one body, gathered from parts, to many destinations. */
void cs_send_many(struct cs_context *cx, const cs_node *to, size_t to_count, cs_kind kind,
                  const struct cs_bytes *parts, size_t part_count);

/* (Re-)arm the timer `token`.  It fires once, `after` from the release of this effect by this
 * machine's monotonic clock; `after` more than a hundred years means never.  A timer that was
 * cancelled or re-armed is never delivered. */
void cs_set_timer(struct cs_context *cx, cs_token token, cs_duration after);
void cs_cancel_timer(struct cs_context *cx, cs_token token);

/* Disk operations, answered by on_disk.  Overlapping writes take effect in recorded order; reads
 * see earlier recorded writes; a completed flush makes every write recorded before it durable.  One
 * that the device refuses makes the next flush fail with its status, so that nobody has to wait for
 * a write's own answer; of what a failed flush covered nothing is certain, even if a later one
 * succeeds.  A write and a discard return a number of their own; a read and a flush return the
 * number of the last write recorded before them, so that a completed flush with ticket t covers
 * every ticket up to t. */
cs_ticket cs_read(struct cs_context *cx, cs_volume volume, uint64_t offset, size_t size,
                  cs_token token);
cs_ticket cs_write(struct cs_context *cx, cs_volume volume, uint64_t offset, struct cs_bytes data,
                   cs_token token);
cs_ticket cs_discard(struct cs_context *cx, cs_volume volume, uint64_t offset, uint64_t size,
                     cs_token token);
cs_ticket cs_flush(struct cs_context *cx, cs_volume volume, cs_token token);

/* Flush the writes of `volume` recorded before this; the later effects of this step, and this
 * instance's next inputs, wait until it is done: "persist, then speak" is program order.  If it
 * fails, the instance stops, as if it had said so itself: "barrier failed: MEDIUM", or whatever
 * else its status is. */
void cs_barrier(struct cs_context *cx, cs_volume volume);

/* Answer an operation, once.  The client's generator ignores answers after its deadline. */
void cs_reply(struct cs_context *cx, cs_request request, const struct cs_result *result);

/* Charge `count` units (index into the program's `costs`) of CPU time to this step. */
void cs_charge(struct cs_context *cx, size_t unit, uint64_t count);

/* Occupy one of the machine's cores for `cost` without blocking this instance; on_job follows. Jobs
 * wait in arrival order for a free core.  A cancelled job is never delivered, and leaves its core
 * at once. */
void cs_job(struct cs_context *cx, cs_duration cost, cs_token token);
void cs_cancel_job(struct cs_context *cx, cs_token token);

/* Say what this run has reached (a `sometimes` property), count something, or explain.  Names are
 * literals. */
void cs_reached(struct cs_context *cx, const char *name);
void cs_count(struct cs_context *cx, const char *name, uint64_t count);
void cs_log(struct cs_context *cx, const char *format, ...) CS_PRINTF(2, 3);

/* End this incarnation on purpose, once the effects before this one are released.  A violation,
 * unless the scenario allows `reason`, a literal. */
void cs_stop(struct cs_context *cx, const char *reason);

/* ---- Facts: what oracles live on ------------------------------------------------------------- */

/* The fields a, b and c by kind; fields not named are zero.  "durable" facts name the write they
 * rest on. */
enum cs_fact_kind {
    CS_FACT_ROLE,      /* a = enum cs_role, b = term */
    CS_FACT_LEADER,    /* a = term, b = last index, c = last term; at the election */
    CS_FACT_VOTED,     /* durable: a = term, b = the node voted for, or CS_NODE_NONE */
    CS_FACT_APPENDED,  /* a = index, b = term, content = the entry */
    CS_FACT_TRUNCATED, /* a = first index removed */
    CS_FACT_STORED, /* durable: a = index up to which, b = its term; the log is claimed to be kept
                     */
    CS_FACT_COMMITTED,      /* a = index up to which, b = its term */
    CS_FACT_APPLIED,        /* a = index, b = term, content = the entry; c = a digest of the state
                               that it led to, equal on all replicas, or 0 */
    CS_FACT_SNAPSHOT,       /* durable: a = index, b = term, content = digest of the state */
    CS_FACT_CONFIG,         /* a = index, content = the voters as cs_node[] */
    CS_FACT_PROMISED,       /* durable: a = instance, b = ballot */
    CS_FACT_ACCEPTED,       /* durable: a = instance, b = ballot, content = value */
    CS_FACT_CHOSEN,         /* a = instance, b = ballot, content = value */
    CS_FACT_PREPARED,       /* durable: a = transaction */
    CS_FACT_DECIDED,        /* durable: a = transaction, b = 1 commit, 0 abort */
    CS_FACT_GRANTED,        /* durable: a = lock, b = holder, c = fencing token */
    CS_FACT_RELEASED,       /* a = lock, b = holder, c = fencing token */
    CS_FACT_TOKEN_ADMITTED, /* a = lock, c = fencing token; by the resource */
    CS_FACT_PLACED,    /* durable: a = item, b = fragment, c = offset, content = {volume, k, n} */
    CS_FACT_OWNED,     /* a = shard, b = epoch */
    CS_FACT_ROUTED,    /* a = request, b = the backend chosen */
    CS_FACT_DONE,      /* a = request, b = the backend */
    CS_FACT_SUSPECTED, /* a = node, b = its incarnation */
    CS_FACT_TRUSTED,   /* a = node, b = its incarnation */
    CS_FACT_STATE,     /* content = a digest of what is replicated, as it is from now on; for
                          programs that have no log to state */
    CS_FACT_KIND_COUNT
};

enum cs_role {
    CS_ROLE_FOLLOWER,
    CS_ROLE_CANDIDATE,
    CS_ROLE_LEADER,
    CS_ROLE_LEARNER,
    CS_ROLE_OTHER,
    CS_ROLE_COUNT
};

struct cs_fact {
    enum cs_fact_kind kind;
    bool recovered; /* stated by on_start: what this incarnation found on its disk */
    uint64_t scope; /* which log, lock table or shard of this group; 0 if there is one */
    uint64_t a, b, c;
    struct cs_bytes content; /* compared by digest, not kept */
    cs_volume volume;        /* of rests_on */
    cs_ticket rests_on;      /* the write that must be durable first; CS_TICKET_NONE if none */
};

/* State a fact.  A durable fact without a ticket, or released before that write is flushed, is a
 * violation. */
void cs_fact(struct cs_context *cx, const struct cs_fact *fact);

/* ---- What a protocol offers ------------------------------------------------------------------ */

enum cs_param_kind {
    CS_PARAM_FLAG,         /* true or false */
    CS_PARAM_NUMBER,       /* a whole number */
    CS_PARAM_SIZE,         /* bytes: "4KiB" */
    CS_PARAM_DURATION,     /* "50ms" */
    CS_PARAM_DISTRIBUTION, /* of durations: "50ms" or { "uniform": ["150ms", "300ms"] } */
    CS_PARAM_CHOICE,       /* one of `choices` */
};

struct cs_param {
    const char *name; /* as written in a scenario's "config"; NULL ends the table */
    enum cs_param_kind kind;
    const char *fallback;       /* the default, as JSON text: "true", "3", "\"50ms\"" */
    uint64_t min, max;          /* inclusive, in units or nanoseconds; max 0: no bound */
    const char *const *choices; /* NULL-terminated, for CHOICE */
    const char *help;           /* one sentence */
    const char *below;          /* another parameter, of time: below the least that it can be; or
                                   NULL */
};

struct cs_volume_spec {
    const char *name;    /* "log"; NULL ends the table */
    const char *counted; /* a NUMBER parameter that says how many there are, or NULL for one */
    uint64_t size;       /* bytes, unless the scenario says otherwise */
};

enum cs_start {
    CS_START_FOUND,   /* the first boot of a new cluster */
    CS_START_JOIN,    /* the first boot of an instance that joins a running cluster */
    CS_START_RESTART, /* after a crash or a stop: recover from the volumes */
};

enum cs_disk_op { CS_DISK_READ, CS_DISK_WRITE, CS_DISK_DISCARD, CS_DISK_FLUSH };

struct cs_completion {
    enum cs_disk_op op;
    enum cs_disk_status status;
    cs_volume volume;
    cs_ticket ticket;
    cs_token token;
    uint64_t offset;
    struct cs_bytes data; /* what was read */
};

struct cs_program {
    const char *role;                     /* "server", "client", …; NULL ends the table */
    size_t state_size;                    /* bytes of zeroed state per incarnation */
    const struct cs_param *params;        /* or NULL; ends with a NULL name */
    const struct cs_volume_spec *volumes; /* or NULL; ends with a NULL name */
    const char *const *costs;             /* units for cs_charge(), NULL-terminated, or NULL */
    const char *const *uses;  /* names that the scenario must bind, NULL-terminated, or NULL */
    const char *const *kinds; /* names of the message kinds, NULL-terminated; for traces */
    size_t group_max;         /* members that its group may have; 0: any number */

    void (*on_start)(void *state, struct cs_context *cx, enum cs_start kind);
    void (*on_message)(void *state, struct cs_context *cx, cs_node from, cs_kind kind,
                       struct cs_bytes body);
    void (*on_timer)(void *state, struct cs_context *cx, cs_token token);
    void (*on_disk)(void *state, struct cs_context *cx, const struct cs_completion *done);
    void (*on_job)(void *state, struct cs_context *cx, cs_token token);
    void (*on_request)(void *state, struct cs_context *cx, cs_request id, const struct cs_op *op);

    void (*describe)(cs_kind kind, struct cs_bytes body,
                     struct cs_text *out);                   /* one line, any bytes */
    void (*inspect)(const void *state, struct cs_text *out); /* a few lines */
};

struct cs_protocol {
    const char *name;     /* as written in a scenario's "program": NAME is the server, NAME-ROLE any
                             other role */
    uint32_t api_version; /* CS_API_VERSION */
    const struct cs_program *programs; /* ends with a NULL role */
    const char *about;                 /* one sentence, for `clustersim list programs` */
};

/* A plug-in is a shared object that exports one function of this name and type.  It returns the
 * protocols it offers, NULL-terminated. */
#define CS_PLUGIN_SYMBOL "clustersim_plugin_1"
typedef const struct cs_protocol *const *(*cs_plugin_function)(void);

/* A plug-in that keeps state outside of its instances, as a library that it carries may do in
 * static variables, says so by a symbol of this name, of any type.  Who runs many seeds then gives
 * each run a process of its own. */
#define CS_PLUGIN_KEEPS_STATE_SYMBOL "clustersim_plugin_keeps_state_1"

/* ---- Mathematics, the same bits everywhere --------------------------------------------------- */

double cs_math_log(double x); /* natural logarithm; x > 0 */
double cs_math_exp(double x);

/* CRC-32C (Castagnoli), of `data` appended to what `crc` already covers; begin with 0. */
uint32_t cs_crc32c(uint32_t crc, struct cs_bytes data);

/* ---- Assertions ------------------------------------------------------------------------------ */

__attribute__((cold, noreturn)) void cs_assert_failed(const char *expression, const char *file,
                                                      int line);

/* Always compiled in.  For mistakes of the program only: never on what came from the network or a
 * disk. */
#define cs_assert(condition)                                                                       \
    do {                                                                                           \
        if (__builtin_expect(!(condition), 0))                                                     \
            cs_assert_failed(#condition, __FILE__, __LINE__);                                      \
    } while (0)

#ifdef __cplusplus
}
#endif

#endif /* CLUSTERSIM_PROTOCOL_H */
