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
    SELECT_ONE,      /* one that is up, by chance, with a role or of any */
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
    enum cs_role role; /* SELECT_ONE */
    uint64_t fraction; /* parts per 2^32 */
    const char *text;  /* as written */
};

enum fault_kind {
    FAULT_CRASH,      /* process crash: what was written stays */
    FAULT_POWER_LOSS, /* of the machine, with `loss` */
    FAULT_PAUSE,
    FAULT_PARTITION, /* sides[] cannot reach each other; who is on no side reaches all */
    FAULT_BLOCK,     /* what side 0 sends does not reach side 1 */
    FAULT_PACKETS,   /* the condition, for what targets send and receive */
    FAULT_SLOW_DISK, /* factor */
    FAULT_CLOCK,     /* jump of the wall clock */
    FAULT_KIND_COUNT
};

const char *
fault_kind_name(enum fault_kind kind); /* as a scenario's key: "crash", "power-loss", … */

struct fault_side {
    const struct selector *selectors;
    uint32_t count;
};

struct fault_options {
    const char *id;
    enum fault_kind kind;
    uint64_t at_ns;
    bool has_duration; /* else until the final heal; a crash without one never restarts by itself */
    struct distribution duration; /* `for` */
    bool repeats;
    struct distribution every; /* from one firing to the next */
    uint32_t repeat_count;     /* firings in all; 0: until repeat_until_ns */
    uint64_t repeat_until_ns;
    const struct fault_side *sides; /* targets: one side, but for partition and block */
    uint32_t side_count;
    enum disk_loss loss;
    struct network_condition condition;
    uint32_t factor; /* / 2^16 */
    int64_t jump_ns;
};

/* One firing, as it happened. */
struct fault_record {
    uint32_t fault;  /* index into the options */
    uint32_t firing; /* from 0 */
    uint64_t at_ns;
    uint64_t until_ns;       /* when it ended; UINT64_MAX while it lasts */
    bool fired;              /* false: no target could be found, nothing was done */
    const uint32_t *targets; /* instances, in order of sides */
    const uint32_t *side_of; /* the side of each */
    uint32_t target_count;
};

enum heal {
    HEAL_ALL,      /* every fault ends */
    HEAL_MAJORITY, /* who is down beyond a majority of its group stays so, for its own time;
                      all else ends */
    HEAL_NONE,     /* what lasts goes on, for its own time */
};

struct timeline;
/* Schedules its first events by itself.  `heal_at_ns`: no fault fires from then on, and those that
 * last end, as `heal` says. */
struct timeline *timeline_new(struct cluster *cluster, uint64_t seed,
                              const struct fault_options *faults, uint32_t fault_count,
                              uint64_t heal_at_ns, enum heal heal);
void timeline_free(struct timeline *timeline);

size_t timeline_record_count(const struct timeline *timeline);
const struct fault_record *timeline_record(const struct timeline *timeline, size_t index);
/* True if any fault is active. */
bool timeline_active(const struct timeline *timeline);

#endif
