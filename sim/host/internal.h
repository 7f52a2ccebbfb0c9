/* What the files of the host share.  One file a concern: cluster.c the queue's loop and the public
 * face, agenda.c what intervenes from outside, instance.c the life of an incarnation and its steps,
 * instance_new.c what it is made of, release.c what effects do, message.c the way of a datagram,
 * volume.c when and how disk operations are answered, volume_queue.c how many of them a volume
 * takes, timer.c and job.c their own tables, narrate.c what of all this is told. */
#ifndef HOST_INTERNAL_H
#define HOST_INTERNAL_H
#include "base/text.h"
#include "base/wide.h"
#include "engine/queue.h"
#include "engine/trace.h"
#include "host/cluster.h"

#define NONE UINT32_MAX

/* ---- Events ---------------------------------------------------------------------------------- */

enum event_kind {
    EVENT_BOOT,    /* an incarnation begins */
    EVENT_MESSAGE, /* a datagram arrives */
    EVENT_RECEIVE, /* ... has come to its machine's interface, where it takes its turn first */
    EVENT_TIMER,   /* a timer's entry in the queue comes up */
    EVENT_DISK,    /* a disk operation that wants an answer is done */
    EVENT_FLUSHED, /* a flush is done, whoever waits for it */
    EVENT_JOB,     /* a core has finished a job */
    EVENT_REQUEST, /* an operation is handed to a client */
    EVENT_RELEASE, /* the time that a step was charged is over */
    EVENT_CALL,    /* cluster_call_at() */
    EVENT_VOID,    /* another has taken its place */
    EVENT_KIND_COUNT
};

/* Bytes that an event carries; shared by the copies of a broadcast. */
struct payload {
    uint32_t references;
    uint32_t size;
    uint64_t digest; /* of the bytes */
    uint8_t data[];
};

struct event {
    uint8_t kind;
    uint8_t disk_op;      /* enum cs_disk_op */
    uint8_t disk_status;  /* enum cs_disk_status */
    bool barrier : 1;     /* FLUSHED: the instance waits for it */
    bool turned_away : 1; /* DISK, FLUSHED: it found the volume's queue full */
    uint32_t next;        /* in an inbox or the free list */
    uint32_t instance;
    uint32_t incarnation; /* whom it is for; 0: whoever lives there */
    union {
        struct {
            uint32_t from;
            cs_kind kind;
        } message;
        struct {
            uint32_t slot;
            uint32_t generation;
        } timer;
        struct {
            cs_volume volume;
            uint32_t device; /* count of the volume's devices and power cycles at the beginning */
            cs_token token;
            cs_ticket ticket;
            uint64_t offset; /* FLUSHED: writes that it covers */
            uint64_t flush;  /* FLUSHED: disk_flush_number() */
        } disk;
        struct {
            uint32_t job;
            uint32_t generation;
        } job;
        struct {
            cs_request id;
        } request;
        struct {
            uint32_t number; /* boots of the instance when it was ordered */
        } boot;
        struct {
            cluster_call function;
            void *argument;
            uint64_t label;
        } call;
    };
    struct payload *payload; /* or NULL */
};
_Static_assert(sizeof(struct event) <= 64, "an event record is one cache line");

/* ---- Trace ----------------------------------------------------------------------------------- */

/* Kinds of trace records, fixed for ever: the digest depends on them. */
enum trace_kind {
    TRACE_START = 1,
    TRACE_MESSAGE,
    TRACE_TIMER,
    TRACE_DISK,
    TRACE_JOB,
    TRACE_REQUEST,
    TRACE_END,
    TRACE_CALL,
    TRACE_DROP,
    TRACE_EFFECT = 32, /* plus enum effect_kind */
};

/* ---- Timers ---------------------------------------------------------------------------------- */

/* One timer of an instance.  Re-arming moves the deadline; the entry in the queue stays where it is
 * if it is not later, and is pushed again when it comes up too early. */
struct timer {
    cs_token token;
    uint64_t deadline;   /* true ns, while armed, as the machine's clock runs now */
    uint64_t local_ns;   /* the same, as the machine's monotonic clock will show it */
    uint64_t entry_at;   /* true ns, while entry */
    uint32_t generation; /* of the entry that counts */
    bool used;
    bool armed;
    bool entry;   /* one is in the queue */
    bool expired; /* its input waits in the inbox */
};

struct timer_table {
    struct timer *timers;
    uint32_t count, capacity; /* slots ever used, and there are */
    uint32_t free_slot;       /* free slots are chained through `deadline` */
    uint32_t *index;          /* open addressing on the token: slot + 1, 0 empty; NULL: few slots */
    uint32_t index_size;      /* a power of two */
    uint32_t live;
};

/* ---- Jobs ------------------------------------------------------------------------------------ */

enum job_state { JOB_FREE, JOB_WAITING, JOB_RUNNING, JOB_DONE };

struct job {
    uint32_t instance, incarnation;
    uint32_t generation;
    enum job_state state;
    cs_token token;
    uint64_t cost_ns;        /* at the usual speed */
    uint64_t due;            /* while it runs: when it is done, */
    uint32_t event;          /* and what tells so */
    uint32_t next, previous; /* among the waiting jobs of the machine, or the free list */
};

/* ---- Messages that a clog holds -----------------------------------------------------------------
 */

struct held {
    uint32_t
        next; /* in the list of those held, which is in the order of sending, or of free ones */
    uint32_t from, to;
    cs_kind kind;
    struct network_route route;
    struct payload *payload;
};

struct held_list {
    struct held *slab;
    uint32_t slab_count, slab_capacity, slab_free;
    uint32_t first, last;
    uint64_t copies; /* that will arrive */
};

/* ---- Machines and instances ------------------------------------------------------------------ */

struct machine {
    struct clock clock;
    uint32_t cores_busy, jobs_waiting, jobs_most;
    uint32_t job_first, job_last; /* waiting, in order */
    uint64_t core_busy_ns;        /* of all cores, up to core_since */
    uint64_t core_since;          /* since when so many are busy */
};

/* A volume's operations whose ends are in the queue, in the order in which they began. */
struct under_way {
    struct {
        uint64_t due;
        uint32_t event;
    } * items;
    uint32_t first, count, capacity; /* items [first, first + count) */
    bool mixed;                      /* some may end out of order, or are of a replaced device */
};

/* When the writes of a volume are done that nobody waits for and that take no place: ascending. */
struct unheard {
    uint64_t *due;
    uint32_t first, count, capacity; /* items [first, first + count) */
};

/* Events in their order, chained through `next`. */
struct event_list {
    uint32_t first, last; /* NONE if empty */
};

struct instance {
    const struct instance_options *options;
    const struct cs_program *program; /* of the next boot; lent.program: of this one, or the last */
    const char *build, *running;      /* the builds of both, by name, or NULL */
    uint32_t machine;
    void *state; /* NULL while down */
    uint32_t incarnation;
    enum cs_start start;
    bool up;
    bool ready;             /* on_start's effects have been released */
    bool occupied;          /* a step's effects are not all released */
    bool release_due;       /* its time came while paused */
    bool narrated;          /* the narration tells of it */
    bool stall_waits;       /* the step has read from a volume that stalls */
    bool barred;            /* it must not boot now: cluster_bar() */
    bool boot_waits;        /* until no volume is stalled and nothing bars it */
    bool joins;             /* cluster_join() */
    bool stopped;           /* the last incarnation ended itself, for good */
    uint8_t barrier_status; /* enum cs_disk_status: how the barrier went that it has waited for */
    uint32_t boots;         /* incarnations, and boots that were called off */
    uint32_t paused;
    uint32_t cpu_factor;              /* / 2^16 */
    uint64_t charged_until;           /* of the latest step */
    uint32_t release_event;           /* which comes then; NONE: none will */
    struct crash_order *crash_orders; /* cluster_order_crash(), the oldest first */
    struct cs_context *step;          /* the step that is not released, or NULL */
    size_t step_next;                 /* its first effect not carried out */
    uint64_t stall_cost_ns;           /* what the step that waits for a stall is to be charged */
    uint32_t inbox_first, inbox_last, inbox_depth, inbox_messages, inbox_most;
    struct timer_table timers;
    uint64_t *ticket_base;       /* by volume: writes on the disk before ticket 1 */
    uint32_t *devices;           /* by volume: power losses and replacements so far */
    uint32_t *stalls;            /* by volume: what holds it up */
    struct event_list *parked;   /* by volume: operations that would be done but for that */
    struct under_way *under_way; /* by volume */
    struct unheard *unheard;     /* by volume */
    uint32_t *queued;            /* by volume: places taken in its queue, if that has a limit */
    uint32_t *depth_most;        /* by volume: cluster_volume_most() */
    uint32_t awaited_room;       /* the volume that the step waits for a place at; or NONE */
    uint32_t job_count;          /* waiting, running, or done and not delivered */
    enum cs_role role;
    uint64_t term, commit_index;
    cs_request requests; /* so far, in all its incarnations */
    struct instance_counters counters;
    struct context_instance lent;
};

/* How long a core of its machine takes for what costs so much. */
static inline uint64_t cpu_time(const struct instance *instance, uint64_t cost_ns)
{
    wide ns = ((wide)cost_ns * instance->cpu_factor) >> 16;
    return at_most_never(ns < UINT64_MAX ? (uint64_t)ns : UINT64_MAX);
}

/* When a core is done with what it would have been done with at `due`, had its speed not changed
 * now: the rest takes its time at the new one.  What never comes stays away. */
static inline uint64_t cpu_rescaled(const struct instance *instance, uint64_t now, uint64_t due,
                                    uint32_t before)
{
    cs_assert(before > 0);
    cs_assert(due >= now);
    if (due >= at_most_never(UINT64_MAX))
        return due;
    wide left_ns = (wide)(due - now) * instance->cpu_factor / before;
    return now + at_most_never(left_ns < UINT64_MAX ? (uint64_t)left_ns : UINT64_MAX);
}

/* ---- The cluster ----------------------------------------------------------------------------- */

struct narrator {
    struct cs_text *out; /* NULL: nothing is told */
    bool facts;
    int name_width; /* of the longest name, for the margin */
};

enum { OBSERVERS_MAX = 16 };

/* Interventions, in a queue of their own: see cluster_intervene_at(). */
struct agenda {
    struct intervention *heap;
    size_t count, capacity;
    uint64_t sequence;
    uint64_t next_at; /* UINT64_MAX: there is none */
};

struct cluster {
    const struct cluster_options *options;
    struct event_queue *queue;
    struct trace *trace;
    struct network *network;
    struct arena_pool *pool;
    struct arena *memory; /* payloads and what lives as long as the cluster */
    struct machine *machines;
    struct instance *instances;
    struct event *events; /* the slab */
    uint32_t event_count, event_capacity, event_free;
    struct job *jobs;
    uint32_t job_count, job_capacity, job_free;
    struct held_list held;
    struct cs_context **contexts; /* spare ones */
    uint32_t context_count, context_capacity;
    struct cluster_observer observers[OBSERVERS_MAX];
    uint32_t observer_count;
    struct cluster_observer fact_observers[OBSERVERS_MAX]; /* of them those who hear of facts */
    uint32_t fact_observer_count;
    struct narrator narrator;
    struct cluster_step_watcher step_watcher; /* without functions: nobody watches */
    struct cluster_runner runner;             /* `self` is NULL: the programs run here */
    struct agenda agenda;
    uint64_t now;
    uint64_t handled;    /* events */
    uint64_t intervened; /* interventions */
    bool halted;
};

#define OBSERVE(cluster, hook, ...)                                                                \
    do {                                                                                           \
        for (uint32_t o_ = 0; o_ < (cluster)->observer_count; o_++) {                              \
            const struct cluster_observer *observer_ = &(cluster)->observers[o_];                  \
            if (observer_->hook != NULL)                                                           \
                observer_->hook(observer_->self, __VA_ARGS__);                                     \
        }                                                                                          \
    } while (0)

/* Tell, if there is a narration: NARRATE(cluster, effect, …) calls narrate_effect(cluster, …). */
#define NARRATE(cluster, what, ...)                                                                \
    do {                                                                                           \
        if (__builtin_expect((cluster)->narrator.out != NULL, 0))                                  \
            narrate_##what(cluster, __VA_ARGS__);                                                  \
    } while (0)

/* event.c */
uint32_t event_new(struct cluster *cluster, enum event_kind kind, uint32_t instance);
void event_free(struct cluster *cluster, uint32_t index); /* and its share of the payload */
static inline struct event *event_at(struct cluster *cluster, uint32_t index)
{
    cs_assert(index < cluster->event_count);
    return &cluster->events[index];
}
struct payload *payload_new(struct cluster *cluster, size_t size);
void payload_release(struct cluster *cluster, struct payload *payload);
/* A payload with a copy of the bytes, and their digest. */
struct payload *payload_copy(struct cluster *cluster, struct cs_bytes bytes);
static inline void event_push(struct cluster *cluster, uint64_t at, uint32_t index)
{
    cs_assert(at >= cluster->now);
    event_queue_push(cluster->queue, at, index);
}
/* Let what the event tells of come at another time: the queue's entry is void from now on.  Returns
 * the event in its place. */
uint32_t event_push_again(struct cluster *cluster, uint64_t at, uint32_t index);
static inline void cluster_record(struct cluster *cluster, unsigned kind, unsigned detail,
                                  uint32_t instance, uint64_t a, uint64_t b)
{
    const struct trace_record record = {
        .at = cluster->now,
        .kind = (uint16_t)kind,
        .detail = (uint16_t)detail,
        .instance = instance,
        .a = a,
        .b = b,
    };
    trace_add(cluster->trace, &record);
}

/* agenda.c */
void agenda_add(struct agenda *agenda, uint64_t at, uint64_t rank, cluster_call function,
                void *argument);
void agenda_run(struct agenda *agenda); /* take the first one, and call it */
void agenda_done(struct agenda *agenda);

/* instance_new.c */
void instance_init(struct cluster *cluster, uint32_t index);
void instance_done(struct instance *instance);

/* instance.c */
void instance_boot(struct cluster *cluster, uint32_t index);
void instance_end(struct cluster *cluster, uint32_t index, enum instance_end end,
                  const char *reason);
/* A new incarnation at `at`, unless there is another before. */
void instance_boot_at(struct cluster *cluster, uint32_t index, uint64_t at);
/* A boot that waits happens now, unless something still stands against it. */
void instance_boot_late(struct cluster *cluster, uint32_t index);
/* An instance that has run before, and is about to run again, is not. */
void instance_cancel_boot(struct instance *instance);
/* An input for a living instance: handled now if it is free, else later; takes the event over. */
void instance_input(struct cluster *cluster, uint32_t index, uint32_t event);
/* Whether its step waits for a barrier, or one of its volumes is stalled. */
bool instance_waits_for_disk(const struct instance *instance);
/* No volume stalls any more. */
void instance_stall_over(struct cluster *cluster, uint32_t index);
/* The time that its step was charged is over. */
void instance_release(struct cluster *cluster, uint32_t index);
/* Its cores have become faster or slower than they were before: so has its step. */
void instance_rescale(struct cluster *cluster, uint32_t index, uint32_t before);
/* Go on: release what is due, then handle what waits. */
void instance_drain(struct cluster *cluster, uint32_t index);

/* volume.c */
void volume_init(struct cluster *cluster, struct instance *instance, uint32_t count);
void volume_done(struct instance *instance);
/* An operation that the device will have done at `due`. */
void volume_push(struct cluster *cluster, uint64_t due, uint32_t event);
/* A write, a discard or a read is done; a flush is.  Each takes the event over. */
void volume_on_done(struct cluster *cluster, uint32_t event);
void volume_on_flushed(struct cluster *cluster, uint32_t event);
/* Whether the instance has to wait for one of its volumes before it can boot. */
bool volume_is_stalled(const struct instance *instance);
/* The power of the instance's machine is gone: what is under way never ends. */
uint64_t volume_power_loss(struct cluster *cluster, uint32_t index, enum disk_loss loss);

/* volume_depth.c */
/* A write that nobody hears of will be done at `due`. */
void unheard_push(struct cluster *cluster, struct instance *instance, cs_volume volume,
                  uint64_t due);
/* Something more is to be done. */
void volume_note_depth(struct cluster *cluster, uint32_t index, cs_volume volume);
/* What is due by now is forgotten: before a stall, in which nothing ends. */
void unheard_settle(struct cluster *cluster, struct instance *instance, cs_volume volume);
/* The device works at another speed than `before`. */
void unheard_rescale(struct cluster *cluster, struct instance *instance, cs_volume volume,
                     uint32_t before);
void unheard_clear(struct instance *instance, cs_volume volume);

/* volume_queue.c */
/* An effect on the volume is about to be carried out.  False if it finds no place and has to wait:
 * then the step goes on when there is one. */
bool volume_admits(struct cluster *cluster, uint32_t index, cs_volume volume);
/* Whether what comes now is turned away. */
bool volume_is_closed(const struct instance *instance, cs_volume volume);
void volume_take_place(struct instance *instance, cs_volume volume);
/* The operation of that event, which may be gone itself by now, has ended. */
void volume_give_place(struct cluster *cluster, const struct event *ended);
/* Nothing is under way any more at the present device. */
void volume_clear_places(struct cluster *cluster, uint32_t index, cs_volume volume);

/* message.c */
/* What the effect sends goes into the network, to one instance. */
void message_send(struct cluster *cluster, uint32_t from, uint32_t to, cs_kind kind,
                  struct payload *payload);
/* The queue's entry came up: the instance's interface, then the instance itself. */
void message_receive(struct cluster *cluster, uint32_t event);
void message_arrive(struct cluster *cluster, uint32_t event);
/* Let go of those that no clog holds any more. */
void message_release_held(struct cluster *cluster);
void message_held_init(struct held_list *held);
void message_held_done(struct held_list *held);

/* release.c */
/* Carry out the effects of the instance's step from step_next on.  Returns false if it has to wait
 * (a barrier), or the incarnation ended. */
bool release_effects(struct cluster *cluster, uint32_t index);
/* Tell of a fact that the instance has stated, and remember what selectors and charts ask for. */
void release_stated(struct cluster *cluster, const struct stated_fact *stated);
/* Whether a write of this incarnation is on the disk for good. */
bool ticket_is_durable(const struct instance *instance, cs_volume volume, cs_ticket ticket);

/* timer.c */
void timer_table_done(struct timer_table *table);
void timer_table_reset(struct timer_table *table);
/* It expires when the machine's monotonic clock shows `local_ns`. */
void timer_set(struct cluster *cluster, uint32_t index, cs_token token, uint64_t local_ns);
/* The machine's clock runs at another rate from now on: armed timers expire sooner or later. */
void timer_retime(struct cluster *cluster, uint32_t index);
void timer_cancel(struct cluster *cluster, uint32_t index, cs_token token);
/* The queue's entry came up.  True if the timer has expired: the event is then an input. */
bool timer_due(struct cluster *cluster, uint32_t index, uint32_t slot, uint32_t generation);
/* An expired timer's input is about to be handled.  False if it was cancelled or re-armed
 * meanwhile. */
bool timer_take(struct timer_table *table, uint32_t slot, uint32_t generation, cs_token *ret_token);

/* job.c */
void job_start(struct cluster *cluster, uint32_t index, cs_token token, uint64_t cost_ns);
/* The instance's cores have become faster or slower than they were before: so have its jobs. */
void job_rescale(struct cluster *cluster, uint32_t index, uint32_t before);
void job_cancel(struct cluster *cluster, uint32_t index, cs_token token);
void job_cancel_all(struct cluster *cluster, uint32_t index);
/* A core is done.  True if the job still counts: the event is then an input. */
bool job_due(struct cluster *cluster, uint32_t job, uint32_t generation);
bool job_take(struct cluster *cluster, uint32_t job, uint32_t generation, cs_token *ret_token);

/* narrate.c: one line each, to be called through NARRATE() only */
void narrate_start(struct cluster *cluster, uint32_t index);
void narrate_message(struct cluster *cluster, const struct event *event);
void narrate_token(struct cluster *cluster, uint32_t index, const char *what, cs_token token);
void narrate_disk(struct cluster *cluster, const struct event *event);
void narrate_request(struct cluster *cluster, const struct event *event);
void narrate_effect(struct cluster *cluster, uint32_t index, struct cs_context *cx,
                    const struct effect *effect);
void narrate_barrier(struct cluster *cluster, uint32_t index, cs_volume volume);
/* "waits for room at log", "finds no room at log" */
void narrate_no_room(struct cluster *cluster, uint32_t index, cs_volume volume, const char *what);
void narrate_route(struct cluster *cluster, uint32_t from, uint32_t to, cs_kind kind,
                   const struct network_route *route);
/* A held message goes on its way, or is dropped after all. */
void narrate_held(struct cluster *cluster, const struct held *held, enum network_drop drop);
void narrate_drop(struct cluster *cluster, const struct event *event, const char *why);
void narrate_stop(struct cluster *cluster, uint32_t index, const char *reason);
void narrate_end(struct cluster *cluster, uint32_t index, enum instance_end end);

/* request.c */
struct payload *request_pack(struct cluster *cluster, const struct cs_op *op);
const struct cs_op *request_unpack(struct payload *payload);

#endif
