/* The recording side of a handler: what cs_* functions read and what they write down.
 *
 * A context serves one step at a time and is filled anew for each.  Handlers append effects; the
 * host carries them out in order when the step is released.  Bytes of effects lie in the step's
 * buffer, which moves when it grows: effects refer to it by offsets, and the functions at the end
 * turn those into pointers.
 *
 * What a handler records depends on its inputs alone.  In particular cs_log() records an effect
 * whether or not its line is wanted, so that asking for lines shifts no effect's number. */
#ifndef HOST_CONTEXT_H
#define HOST_CONTEXT_H
#include "base/arena.h"
#include "base/distribution.h"
#include "base/text.h"
#include "clustersim/protocol.h"
#include "model/disk.h"

/* Longer than any run lasts, 146 years: what would come later never comes, and sums with it do not
 * overflow. */
static inline uint64_t at_most_never(uint64_t ns)
{
    const uint64_t never_ns = UINT64_C(1) << 62;
    return ns < never_ns ? ns : never_ns;
}

enum effect_kind {
    EFFECT_SEND,
    EFFECT_SET_TIMER,
    EFFECT_CANCEL_TIMER,
    EFFECT_READ, /* from here ... */
    EFFECT_WRITE,
    EFFECT_DISCARD,
    EFFECT_FLUSH,
    EFFECT_BARRIER, /* ... to here: on a volume */
    EFFECT_REPLY,
    EFFECT_JOB,
    EFFECT_CANCEL_JOB,
    EFFECT_FACT,
    EFFECT_REACHED,
    EFFECT_COUNT,
    EFFECT_LOG,
    EFFECT_STOP,
    EFFECT_KIND_COUNT
};

/* One recorded effect.  `bytes` is its payload: a message's body, a write's data, a log line. */
struct effect {
    enum effect_kind kind;
    uint32_t bytes_offset; /* into the step's buffer */
    uint32_t bytes_size;
    union {
        struct {
            cs_kind kind;
            uint32_t to_offset; /* cs_node[to_count], into the step's buffer */
            uint32_t to_count;
        } send;
        struct {
            cs_token token;
            cs_duration after;
        } timer;
        struct {
            cs_token token;
            uint64_t offset;
            uint64_t size;
            cs_ticket ticket;
            cs_volume volume;
        } disk;
        struct {
            cs_request request;
            struct cs_result result; /* without pointers: ask context_result() */
            uint32_t parts_offset;   /* into the step's buffer */
        } reply;
        struct {
            cs_token token;
            cs_duration cost;
        } job;
        struct {
            struct cs_fact fact; /* content.data is not kept */
            uint64_t digest;     /* hash of the content; 0 if it is empty */
        } fact;
        struct {
            const char *name;
            uint64_t count;
        } named; /* reached, count, stop */
    };
};

enum {
    CONTEXT_EFFECTS_MAX = 1 << 22, /* a recovery states every entry of a log */
    CONTEXT_BYTES_MAX = 1 << 26,
    CONTEXT_MESSAGE_MAX = 65000,
    CONTEXT_PURPOSES_MAX = 32,
    CONTEXT_PARTS_MAX = 1024, /* of a result; a part has none of its own */
};

/* A parameter's value, by the index of the program's table. */
struct param_value {
    uint64_t number; /* flag, number, size, nanoseconds, choice */
    struct distribution distribution;
};

struct group_binding {
    const char *name;
    struct cs_group group;
};

struct purpose_stream {
    uint64_t purpose; /* hash of the name */
    struct random_stream stream;
};

/* Where an instance's volumes are if they are not models: files of a real machine, say. */
struct context_files {
    void *self;
    enum cs_disk_status (*read)(void *self, cs_volume volume, const struct cs_span *span);
    struct cs_volume_info (*info)(void *self, cs_volume volume);
};

/* What an instance lends to its contexts for as long as it lives. */
struct context_instance {
    cs_node self;
    const struct cs_program *program;
    const struct param_value *params;
    size_t param_count;
    struct random_stream *param_streams;  /* one a parameter, for cs_draw() */
    uint64_t stream_key;                  /* purposes are derived from it */
    const struct group_binding *bindings; /* "self" first */
    size_t binding_count;
    struct disk **volumes;
    const struct context_files *files; /* or NULL; they take the place of `volumes` */
    const uint32_t *volume_first;      /* by specification, one more than there are: the end */
    cs_ticket *tickets;                /* by volume: the last one given */
    size_t volume_count;
    const uint32_t *stalls; /* by volume: what holds it up, so that it answers nothing; or NULL */
    const uint64_t *unit_costs_ns; /* by the program's `costs` */
    size_t unit_count;
    struct arena *arena;
    bool log_wanted; /* format cs_log() lines */
    size_t purpose_count;
    struct purpose_stream purposes[CONTEXT_PURPOSES_MAX]; /* last: most of it is never touched */
};

struct cs_context {
    struct context_instance *instance;
    cs_instant now;
    cs_instant wall;
    uint64_t true_now_ns; /* the host's own time, for blocking reads */
    uint64_t charged_ns;
    bool stalled; /* has read at once from a stalled volume: the step goes on after the stall */
    struct effect *effects;
    size_t effect_count, effect_capacity;
    uint8_t *bytes;
    size_t byte_count, byte_capacity;
    struct cs_text line; /* where cs_log() formats */
};

/* The two enumerations are one. */
static inline enum cs_disk_status context_disk_status(enum disk_result result)
{
    _Static_assert((int)DISK_OK == (int)CS_DISK_OK, "the same order");
    _Static_assert((int)DISK_MEDIUM == (int)CS_DISK_MEDIUM, "the same order");
    _Static_assert((int)DISK_DEAD == (int)CS_DISK_DEAD, "the same order");
    _Static_assert((int)DISK_FULL == (int)CS_DISK_FULL, "the same order");
    _Static_assert((int)DISK_TIMEOUT == (int)CS_DISK_TIMEOUT, "the same order");
    _Static_assert((int)DISK_OUT_OF_RANGE == (int)CS_DISK_OUT_OF_RANGE, "the same order");
    return (enum cs_disk_status)result;
}

void context_init(struct cs_context *cx);
void context_done(struct cs_context *cx);

/* Begin a step of `instance`: forget the effects of the one before. */
void context_begin(struct cs_context *cx, struct context_instance *instance, cs_instant now,
                   cs_instant wall, uint64_t true_now_ns);

static inline struct cs_bytes effect_bytes(const struct cs_context *cx, const struct effect *effect)
{
    return (struct cs_bytes){ cx->bytes + effect->bytes_offset, effect->bytes_size };
}

static inline const cs_node *effect_targets(const struct cs_context *cx,
                                            const struct effect *effect)
{
    return (const cs_node *)(const void *)(cx->bytes + effect->send.to_offset);
}

/* The result of a reply, its value and parts in the step's buffer.  Valid until the next effect is
 * recorded or the next step begins. */
struct cs_result context_result(struct cs_context *cx, const struct effect *effect);

#endif
