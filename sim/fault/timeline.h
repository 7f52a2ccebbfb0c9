/* The timeline: faults placed by time, resolved when they fire, recorded as they happened.
 *
 * Selectors name instances of server groups.  Those that choose by chance draw from a stream named
 * after the fault, so that another fault shifts nothing. */
#ifndef FAULT_TIMELINE_H
#define FAULT_TIMELINE_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/distribution.h"
#include "host/cluster.h"

enum selector_kind {
    SELECT_INSTANCE, /* one by name */
    SELECT_GROUP,    /* all of a group */
    SELECT_LEADER,   /* the leader with the highest term */
    SELECT_ONE,      /* one that is up, by chance, with a role or of any; or a spare */
    SELECT_MINORITY, /* the largest minority, by chance */
    SELECT_MAJORITY, /* the smallest majority, by chance */
    SELECT_FRACTION, /* by chance, rounded down, at least one */
    SELECT_REST,     /* what no other selector of the same fault chose */
    SELECT_REGION,
    SELECT_RACK,
};

struct selector {
    enum selector_kind kind;
    uint32_t group;    /* that it chooses from */
    uint32_t index;    /* instance, region or rack */
    bool any_role;     /* SELECT_ONE */
    bool spare;        /* SELECT_ONE: one that has not joined yet */
    enum cs_role role; /* SELECT_ONE */
    uint64_t fraction; /* parts per 2^32 */
    const char *text;  /* as written */
};

enum fault_kind {
    FAULT_CRASH,      /* process crash: what was written stays */
    FAULT_POWER_LOSS, /* of the machine, with `loss` */
    FAULT_STOP,       /* everything written is flushed, then the process ends */
    FAULT_PAUSE,
    FAULT_SLOW_CPU,  /* FACTOR */
    FAULT_PARTITION, /* sides[] cannot reach each other; who is on no side reaches all */
    FAULT_RING,      /* each target reaches the one before and the one behind it */
    FAULT_BLOCK,     /* what side 0 sends does not reach side 1 */
    FAULT_CLOG,      /* what targets send and receive is held until the end */
    FAULT_CLOG_LINK, /* what side 0 sends to side 1 is */
    FAULT_PACKETS,   /* what targets send and receive fares worse; with two sides, what side 0 sends
                        to side 1 */
    FAULT_SLOW_DISK, /* FACTOR */
    FAULT_STALLED_DISK,
    FAULT_FAILING_DISK,  /* READ, WRITE, FLUSH, TIMEOUT: chances of an error */
    FAULT_FAILING_FLUSH, /* the next COUNT flushes fail */
    FAULT_LYING_DISK,    /* FLUSH, LOST, MISDIRECTED: chances of a lie */
    FAULT_FULL_DISK,
    FAULT_DEAD_DISK,
    FAULT_REPLACED_DISK, /* by an empty one */
    FAULT_BIT_ROT,       /* COUNT sectors, or SHARE of those that hold data */
    FAULT_BAD_SECTORS,   /* the same */
    FAULT_CLOCK,         /* JUMP of the wall clock, DRIFT of both */
    FAULT_ADD,           /* an instance that was left out joins */
    FAULT_REMOVE,        /* a clean stop, for ever */
    FAULT_SIMPLE_COUNT,

    /* Made of several of the above, each with a record of its own. */
    FAULT_SWIZZLE = FAULT_SIMPLE_COUNT, /* clogs one by one, HOLD each, GAP between */
    FAULT_ROLLING_RESTART,              /* stops one by one, HOLD each, GAP between */
    FAULT_KIND_COUNT
};

/* The numbers that a firing draws: one of each that its kind uses. */
enum fault_amount {
    AMOUNT_LOSS, /* these in parts per 2^32 ... */
    AMOUNT_DUPLICATE,
    AMOUNT_REORDER,
    AMOUNT_CORRUPT,
    AMOUNT_BURST_BEGIN,
    AMOUNT_BURST_END,
    AMOUNT_READ,
    AMOUNT_WRITE,
    AMOUNT_FLUSH,
    AMOUNT_TIMEOUT,
    AMOUNT_LOST,
    AMOUNT_MISDIRECTED,
    AMOUNT_SHARE,     /* ... up to here */
    AMOUNT_BANDWIDTH, /* bits per second, 0: as it is */
    AMOUNT_FACTOR,    /* / 2^16 */
    AMOUNT_COUNT,
    AMOUNT_JUMP,    /* ns, with a sign */
    AMOUNT_DRIFT,   /* parts per 10^9, with a sign: added */
    AMOUNT_EFFECTS, /* crash: effects of the next long enough step that still happen, plus 1;
                       0: it does not wait for a step */
    AMOUNT_HOLD,    /* ns */
    AMOUNT_GAP,     /* ns */
    AMOUNT_STEP,    /* crash: the number of the step that it comes in, from 1; 0: any */
    AMOUNT_QUEUE,   /* bytes that may wait for BANDWIDTH; 0: as many as for the link */
    AMOUNT_KINDS
};

/* Draws beyond these are held to them. */
#define FAULT_FACTOR_MAX    (INT64_C(65535) << 16)
#define FAULT_JUMP_MAX_NS   INT64_C(86400000000000) /* a day */
#define FAULT_DRIFT_MAX_PPB INT64_C(99999000)
#define FAULT_TIME_MAX_NS   INT64_C(3153600000000000000) /* a hundred years */

/* A distribution of numbers that may be negative: a sample plus `shift`. */
struct fault_draw {
    struct distribution distribution;
    int64_t shift;
};

/* As a scenario's key: "crash", "power-loss", … */
const char *fault_kind_name(enum fault_kind kind);

struct fault_side {
    const struct selector *selectors;
    uint32_t count;
};

/* What becomes of unflushed sectors at a power loss, and how likely. */
struct fault_loss {
    enum disk_loss loss;
    bool empty; /* a new, empty device instead */
};
struct fault_loss_choice {
    struct fault_loss loss;
    uint64_t weight; /* of their sum */
};

/* A build that the targets of a fault come back with, and keep, and how likely. */
struct fault_build {
    const char *name;
    const struct cs_program *const *programs; /* by group in that build; NULL: nobody can be met */
    uint64_t weight;                          /* of their sum */
};

struct fault_options {
    const char *id;
    enum fault_kind kind;
    uint64_t at_ns;
    /* Not by time but so long after an event, and one nanosecond at least; at_ns is not used. */
    const char *on;     /* "leader-elected"; or a name given to cs_reached(); NULL: by time */
    uint32_t on_number; /* the how manieth such event, from 1; 0: each */
    struct fault_draw after;
    bool has_duration; /* else until the final heal, and for good if that leaves it out */
    struct distribution duration; /* `for` */
    bool repeats;
    struct distribution every; /* from one firing to the next */
    uint32_t repeat_count;     /* firings in all; 0: until repeat_until_ns */
    uint64_t repeat_until_ns;
    const struct fault_side *sides; /* targets: one side, but for partition and block */
    uint32_t side_count;
    const struct fault_loss_choice *losses; /* POWER_LOSS */
    uint32_t loss_count;
    struct distribution delay; /* PACKETS: added to each message's */
    const uint32_t *message_kinds;
    uint32_t message_kind_count; /* 0: all */
    const char *where;           /* the volume's name, without its number; NULL: all of them */
    struct fault_draw amounts[AMOUNT_KINDS];
    /* CRASH, POWER_LOSS, STOP, ROLLING_RESTART: one for all targets; none: that which they had */
    const struct fault_build *builds;
    uint32_t build_count;
    bool unscheduled; /* fired by the nemesis alone */
};

/* One firing, as it happened. */
struct fault_record {
    uint32_t fault;       /* index into the options */
    uint32_t firing;      /* from 0 */
    enum fault_kind kind; /* a simple one */
    const char *name;     /* the fault's id; of one that fires more often, with ".1", ".2", … */
    uint64_t at_ns;
    uint64_t until_ns; /* when it ended; UINT64_MAX while it lasts */
    uint64_t due_ns;   /* when it was to end; UINT64_MAX: at the heal, or never */
    int64_t amounts[AMOUNT_KINDS];
    struct fault_loss loss;
    const char *build; /* that it brings, or NULL */
    uint32_t rebuilt;  /* targets that had another one before */
    uint64_t changed;  /* sectors that a power loss, rot or spoiling has changed; messages and disk
                          operations that packets and disks' troubles have met, once it has ended */
    bool fired;        /* false: nothing was done: no target could be found, nothing was there to be
                          done, or the step that a crash waits for has not come */
    const uint32_t *targets; /* instances, in order of sides */
    const uint32_t *side_of; /* the side of each */
    uint32_t target_count;
};

enum heal {
    HEAL_ALL,      /* every fault ends */
    HEAL_MAJORITY, /* who is down beyond a majority of its group stays so, for its own time;
                      all else ends.  A group is who has joined it and was not removed; clients
                      all come back. */
    HEAL_NONE,     /* what lasts goes on, for its own time */
};

/* ---- The nemesis -----------------------------------------------------------------------------
 *
 * Faults by chance.  It knows the fault model: it never lets more of a group be out of action
 * (down, paused, or without a disk that can be trusted) than `out_max` says, so that a good copy of
 * each item and a majority stay, unless it is told to go beyond. */

enum partition_shape {
    SHAPE_HALVES,      /* two sides by chance */
    SHAPE_ISOLATE_ONE, /* one against the rest */
    SHAPE_RING,        /* each reaches its two neighbours */
    SHAPE_MAJORITY,    /* the smallest majority against the rest */
    SHAPE_COUNT
};

struct nemesis_entry {
    uint32_t fault; /* its template in the timeline's faults, `unscheduled` */
    uint64_t weight;
    uint64_t shapes[SHAPE_COUNT]; /* PARTITION: weights */
    uint64_t symmetric;           /* PARTITION: parts per 2^32; the others block one direction */
};

enum out_limit { OUT_MINORITY, OUT_NUMBER, OUT_ANY };

struct nemesis_options {
    const struct nemesis_entry *entries;
    uint32_t entry_count;
    uint64_t start_ns, stop_ns;
    struct distribution gap; /* from one fault's beginning to the next one's */
    uint64_t stable_ns;      /* no fault begins so soon after another's end */
    bool swarm;              /* draw per seed which kinds there are, and how often */
    enum out_limit out_limit;
    uint32_t out_max; /* OUT_NUMBER: of each group */
};

struct timeline_options {
    uint64_t seed;
    const struct fault_options *faults;
    uint32_t fault_count;
    const struct nemesis_options *nemesis; /* or NULL */
    uint64_t warmup_ns;                    /* the phase "steady" begins no earlier */
    uint64_t heal_at_ns; /* no fault fires from then on, and those that last end, as `heal` says */
    enum heal heal;
};

/* The events that a fault can wait for besides the names of cs_reached(), one by one; NULL behind
 * the last. */
const char *fault_event_name(size_t index);

struct timeline;
/* Schedules its first events by itself.  Keeps the options' pointers. */
struct timeline *timeline_new(struct cluster *cluster, const struct timeline_options *options);
void timeline_free(struct timeline *timeline);

/* How many firings of a fault that repeats so often, and parts of one that has parts, never came,
 * as they were due after the heal. */
uint32_t timeline_late_firings(const struct timeline *timeline, uint32_t fault);

size_t timeline_record_count(const struct timeline *timeline);
const struct fault_record *timeline_record(const struct timeline *timeline, size_t index);

#endif
