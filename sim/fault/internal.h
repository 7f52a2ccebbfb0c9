/* What the files of the timeline share: timeline.c decides when, draws.c how much, trigger.c at
 * which events, nemesis.c by chance; selector.c whom; apply.c, with one file for processes, the
 * network and disks, what is done to them; joined.c what several come to; compound.c makes one
 * fault of several. */
#ifndef FAULT_INTERNAL_H
#define FAULT_INTERNAL_H
#include "fault/in_touch.h"
#include "fault/timeline.h"

/* A crash that waits for a step of its target. */
struct waiting_crash {
    struct firing *firing;
    uint32_t instance;
    struct crash_order order;
};

/* One firing and what has to be undone when it ends. */
struct firing {
    struct fault_record record;
    struct timeline *timeline;
    const struct fault_options *fault;
    const struct fault_build *build; /* that it brings, or NULL */
    uint64_t number;                 /* among all firings, in order */
    char *name;
    uint32_t *targets, *side_of; /* what the record shows */
    uint32_t *held;              /* instances that it keeps down */
    uint32_t held_count;
    uint32_t *paused;              /* by target: the incarnation that it pauses, 0: none; or NULL */
    struct waiting_crash *waiting; /* one for each target, or NULL */
    uint64_t count_before;         /* how often disks' troubles of its kind had acted */
    uint32_t handle;               /* of a cut or a condition */
    struct joined_part *parts;     /* what it adds where it meets others of its kind */
    bool active;
    struct firing *active_before, *active_next; /* of those that last, in order */
};

enum join { JOIN_FACTORS, JOIN_CHANCES };

/* What active firings of a kind come to at one place: see joined.c. */
struct joined {
    enum join how;
    uint64_t *nodes;
    struct joined_part **parts; /* by place, NULL where there is none */
    uint32_t capacity, end;     /* places in all; behind the last that is taken */
    uint32_t count;             /* of them taken */
};

/* How many troubles of disks have chances. */
enum { DISK_ROWS = 9 };

/* What active firings come to at one volume. */
struct joined_volume {
    struct joined *slow, *troubles[DISK_ROWS]; /* NULL where no fault has been */
};

/* Where one fault stands. */
struct fault_state {
    struct timeline *timeline;
    uint32_t index;
    uint32_t firings;
    uint32_t events; /* of the kind that it waits for, so far */
    uint32_t late;   /* firings and parts that would have come after the heal */
};

struct nemesis;
struct triggers;

struct timeline {
    const struct timeline_options *options;
    struct cluster *cluster;
    uint64_t seed;
    const struct fault_options *faults;
    uint32_t fault_count;
    struct fault_state *states;
    struct firing **firings; /* all, in order */
    size_t firing_count, firing_capacity;
    struct firing *active_first, *active_last; /* those that last, in order */
    size_t active_count;
    uint64_t ended_ns; /* when the last one that had lasted ended */
    uint64_t heal_at_ns;
    enum heal heal;
    uint32_t *holds;                /* by instance: firings that keep it down */
    uint8_t *removed;               /* by instance: for ever */
    struct joined **slow_cpus;      /* by instance, NULL where no fault has been */
    int64_t *drifts;                /* by machine: what is added to it, parts per 10^9 */
    size_t *volume_first;           /* by instance: where its volumes begin in `volumes` */
    struct joined_volume **volumes; /* NULL where no fault has met it */
    size_t volume_count;
    uint32_t *targets, *side_of; /* room for all instances, for resolve_targets() */
    struct nemesis *nemesis;     /* or NULL */
    struct triggers *triggers;   /* or NULL */
    struct planned **planned;    /* parts of compound faults */
    size_t planned_count, planned_capacity;
};

/* What is due at one instant happens in this order: the heal, then what ends, then what begins, so
 * that a timeline that is written out from records does the same in the same order. */
enum rank { RANK_HEAL, RANK_END, RANK_BEGIN };
static inline uint64_t rank_of(enum rank rank, uint64_t number)
{
    return (uint64_t)rank << 56 | number;
}

static inline uint64_t add_saturating(uint64_t a, uint64_t b)
{
    return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

/* ---- timeline.c ------------------------------------------------------------------------------ */

/* Let a fault fire now, once.  The caller counts it in `state` afterwards. */
void timeline_fire(struct timeline *timeline, struct fault_state *state, uint64_t at_ns);
/* The same as `kind`, at the `count` targets in timeline->targets.  Returns NULL for a compound
 * fault, whose parts are yet to come. */
struct firing *timeline_fire_at(struct timeline *timeline, struct fault_state *state,
                                enum fault_kind kind, uint64_t at_ns, uint32_t count);

/* Which firing it is: part 0 is the whole. */
struct firing_place {
    uint32_t fault, firing, part;
};
/* A firing at the `target_count` targets in timeline->targets that is ready to begin. */
struct firing *firing_new(struct timeline *timeline, const struct firing_place *place,
                          enum fault_kind kind, uint64_t at_ns, uint32_t target_count);
/* Its targets will come back with this build; NULL: with that which they had. */
void firing_bring(struct firing *firing, const struct fault_build *build);
/* Begin it.  It ends at record.due_ns, or at the heal. */
void firing_begin(struct firing *firing);
/* It does what it does now, for the first time: the record and the digest say so. */
void firing_acts(struct firing *firing);

/* Nobody counts majorities of clients. */
bool group_of_clients(const struct cluster_options *options, const struct group_options *group);
void *timeline_grown(void *array, size_t *capacity, size_t count); /* an array of pointers */

/* ---- draws.c --------------------------------------------------------------------------------- */

/* The stream of one firing for one purpose, so that what one draws shifts no other. */
struct random_stream firing_stream(const struct timeline *timeline, const struct fault_state *state,
                                   const char *purpose);
uint64_t firing_draw(const struct timeline *timeline, const struct fault_state *state,
                     const struct distribution *distribution, const char *purpose);
/* What the next firing of a fault draws, AMOUNT_KINDS numbers: asking twice gives the same. */
void firing_amounts(const struct timeline *timeline, const struct fault_state *state,
                    int64_t *ret_amounts);
/* The build that it brings, or NULL. */
const struct fault_build *firing_build(const struct timeline *timeline,
                                       const struct fault_state *state);
/* What its crash leaves on disks. */
struct fault_loss firing_loss(const struct timeline *timeline, const struct fault_state *state);

/* ---- The others ------------------------------------------------------------------------------ */

/* Resolve the targets of one firing into timeline->targets and ->side_of, in the order of sides.
 * Returns how many; 0 if a selector or a side finds nobody. */
uint32_t resolve_targets(const struct timeline *timeline, const struct fault_options *fault,
                         struct random_stream *stream);

/* apply.c.  False if nothing could be done. */
bool apply_begin(struct firing *firing);
void apply_end(struct firing *firing);
/* With what it has drawn it would change nothing: a loss of 0, a factor of 1, no time. */
bool apply_is_idle(const struct firing *firing);
bool apply_ends_at_once(enum fault_kind kind); /* nothing is left to undo */
bool apply_waits(const struct firing *firing); /* it acts later, on its own */
bool apply_wants_up(enum fault_kind kind);     /* it ends or pauses who is up */

/* apply_process.c */
bool begin_crash(struct firing *firing);
bool begin_power_loss(struct firing *firing);
bool begin_stop(struct firing *firing);
bool begin_add(struct firing *firing);
bool begin_pause(struct firing *firing);
void end_pause(struct firing *firing);
bool begin_slow_cpu(struct firing *firing);
void end_slow_cpu(struct firing *firing);
bool begin_clock(struct firing *firing);
void end_clock(struct firing *firing);
void end_down(struct firing *firing);
/* Crashes that still wait for a step never come. */
void withdraw_crashes(struct firing *firing);
/* Forget that anything keeps this instance down, and start it. */
void apply_restart(struct timeline *timeline, uint32_t instance);

/* apply_network.c */
bool begin_cut(struct firing *firing);
void end_cut(struct firing *firing);
bool begin_packets(struct firing *firing);
void end_packets(struct firing *firing);
/* What a fault of this kind at the targets in timeline->targets cuts or clogs, or what of
 * packets is lost.  False if that is nothing; else ret_cut->sides is owned by the caller. */
bool cut_of_targets(const struct timeline *timeline, enum fault_kind kind, const int64_t *amounts,
                    uint32_t count, struct proposed_cut *ret_cut);

/* apply_disk.c */
bool begin_disk_trouble(struct firing *firing); /* slow, failing, lying, full, dead */
void end_disk_trouble(struct firing *firing);
bool begin_stalled_disk(struct firing *firing);
void end_stalled_disk(struct firing *firing);
bool begin_failing_flush(struct firing *firing);
bool begin_replaced_disk(struct firing *firing);
bool begin_bit_rot(struct firing *firing);
bool begin_bad_sectors(struct firing *firing);
/* A new, empty device in place of each volume of the instance that the fault concerns. */
void replace_disks(struct firing *firing, uint32_t instance);

/* The machines of a firing's targets, of one side or of all (UINT32_MAX): one byte a machine,
 * non-zero if it is among them.  Owned by the caller. */
uint8_t *machines_of(const struct firing *firing, uint32_t side);
/* joined.c; NULL is where nothing was ever added */
struct joined *joined_new(enum join how);
void joined_free(struct joined *joined);
/* The firing, which is the latest, adds its factor (/ 2^16) or its chance (/ 2^32). */
void joined_add(struct joined *joined, struct firing *firing, uint64_t value);
/* Take out again whatever it has added, anywhere. */
void joined_remove(struct firing *firing);
/* What has been added so far counts no more. */
void joined_clear(struct joined *joined);
uint32_t joined_factor(const struct joined *joined);
uint64_t joined_chance(const struct joined *joined);
/* Room for those of each instance, machine and volume; the end of all that are in it. */
void joined_make_room(struct timeline *timeline);
void joined_free_room(struct timeline *timeline);

/* compound.c: Fisher-Yates; draws count - 1 numbers. */
void shuffle(uint32_t *items, uint32_t count, struct random_stream *stream);
/* Plan the parts of a swizzle or a rolling restart, for the targets that are in
 * timeline->targets. */
void compound_fire(struct timeline *timeline, const struct fault_state *state,
                   const int64_t *amounts, uint64_t at_ns, uint32_t count);
void compound_done(struct timeline *timeline);

/* trigger.c */
void triggers_new(struct timeline *timeline);
void triggers_phase(struct timeline *timeline); /* a fault began, or the last one ended */
void triggers_free(struct timeline *timeline);

/* nemesis.c */
void nemesis_new(struct timeline *timeline, const struct nemesis_options *options);
void nemesis_free(struct timeline *timeline);
/* Whether the nemesis may do this to the `count` targets in timeline->targets as well.  `amounts`
 * are asked for of packets alone. */
bool nemesis_allows(const struct timeline *timeline, enum fault_kind kind, const int64_t *amounts,
                    uint32_t count);
/* A fault began, its own or another one. */
void nemesis_note(const struct firing *firing);

#endif
