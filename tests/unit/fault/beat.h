/* A program for tests of faults: every 10 ms an instance sends to all the others, flushes its
 * second volume, and looks at its wall clock; what it meets is kept here, outside of it. */
#ifndef TEST_BEAT_H
#define TEST_BEAT_H
#include "fault/timeline.h"
#include "support/small_cluster.h"

enum { A, B, C, D, E, F, BEAT_NODES };

/* Since the last beat_forget(). */
struct beat_seen {
    unsigned heard[BEAT_NODES][BEAT_NODES]; /* [to][from]: messages */
    unsigned odd[BEAT_NODES][BEAT_NODES];   /* those of kind 1 among them: every other beat */
    unsigned damaged[BEAT_NODES][BEAT_NODES];
    unsigned gaps[BEAT_NODES][BEAT_NODES];      /* times that nothing came for 15 ms and more */
    uint64_t delay_max[BEAT_NODES][BEAT_NODES]; /* ns, of those that are not damaged */
    unsigned beats[BEAT_NODES];
    unsigned boots[BEAT_NODES];
    unsigned ends[BEAT_NODES][4]; /* by enum instance_end */
};
extern struct beat_seen beat_seen;
void beat_forget(void);

extern int64_t beat_wall_ns[BEAT_NODES];     /* wall clock less monotonic clock, at the last beat */
extern uint64_t beat_flush_ns[BEAT_NODES];   /* how long the last flush took */
extern uint8_t beat_found[BEAT_NODES];       /* the first byte of the volume, when it booted */
extern enum cs_start beat_start[BEAT_NODES]; /* how it last booted */
extern enum cs_disk_status beat_flush_status[BEAT_NODES]; /* how the last beat's flush ended */
extern enum cs_disk_status beat_status[BEAT_NODES][4];    /* the last answer to beat_ask() and
                                                             beat_write(), by enum cs_disk_op */
extern uint64_t beat_step_ns[BEAT_NODES];                 /* each of its beats is charged this */
extern bool beat_quiet; /* nobody beats any more; false from beat_init() on */

/* Instances 0..4 are the group "all", "a" to "e", instance 5 is "f", alone in group 1.  Regions:
 * "here" and "there"; racks: 0 (a, b) here, 1 (c, d) and 2 (e, f) there. */
struct beat {
    struct small_cluster small;
    struct cluster *cluster;
    struct timeline_options options;
    const struct nemesis_options *nemesis; /* or NULL; set before beat_begin() ... */
    uint64_t warmup_ns;                    /* ... as this */
    struct timeline *timeline;
    uint32_t racks[SMALL_INSTANCES_MAX], regions[3], links[9];
    const char *names[3];
};

void beat_init(struct beat *beat);
/* Group 0 is who comes before `first`; group 1 is the others, which have this role. */
void beat_split(struct beat *beat, uint32_t first, const char *role);
/* Begin with the faults; a heal at 10 s. */
void beat_begin(struct beat *beat, uint64_t seed, const struct fault_options *faults,
                uint32_t count);
void beat_begin_with_heal(struct beat *beat, uint64_t seed, const struct fault_options *faults,
                          uint32_t count, uint64_t heal_ms, enum heal heal);
void beat_run_to_ms(struct beat *beat, uint64_t ms); /* what is due then included */
/* Run from the present to `ms` and see only what happened in between, messages on their way at
 * either end aside. */
void beat_see_to_ms(struct beat *beat, uint64_t ms);
void beat_done(struct beat *beat);

/* Let an instance say which role it has, now. */
void beat_say_role(struct beat *beat, uint32_t instance, enum cs_role role, uint64_t term);
/* Let an instance write a byte at the start of its volume, without a flush. */
void beat_write(struct beat *beat, uint32_t instance, uint8_t byte);
/* Let an instance do something with its first volume, or with itself. */
enum beat_order {
    BEAT_READ,    /* its first sector; the byte goes to beat_found */
    BEAT_FLUSH,   /* waits for the answer */
    BEAT_BARRIER, /* and stops if it fails */
    BEAT_FILL,    /* writes 1 to each of its eight sectors, and flushes them */
    BEAT_STOP,    /* cs_stop() */
    BEAT_REACH,   /* cs_reached("here") */
    BEAT_LEAD,    /* states CS_FACT_LEADER */
    BEAT_RECOVER, /* the same, as one that has been recovered */
};
void beat_ask(struct beat *beat, uint32_t instance, enum beat_order order);
bool beat_up(const struct beat *beat, uint32_t instance);
/* Whether any firing lasts. */
bool beat_any_lasts(const struct beat *beat);

/* "x#0 1s..2s a b | c\n…": the firings so far, "!" for one that did nothing. */
const char *beat_told(const struct beat *beat, const struct fault_options *faults);

/* A selector, and a side of one to three of them. */
#define SELECT(...) ((struct selector){ __VA_ARGS__ })
#define SIDE(...)                                                                                  \
    ((struct fault_side){ (const struct selector[]){ __VA_ARGS__ },                                \
                          sizeof((struct selector[]){ __VA_ARGS__ }) / sizeof(struct selector) })
#define NODE(i)  SELECT(.kind = SELECT_INSTANCE, .index = (i))
#define ANY      SELECT(.kind = SELECT_ONE, .any_role = true)
#define FOLLOWER SELECT(.kind = SELECT_ONE, .role = CS_ROLE_FOLLOWER)
#define LEADER   SELECT(.kind = SELECT_LEADER)
#define REST     SELECT(.kind = SELECT_REST)
#define SIDES(...)                                                                                 \
    .sides = (const struct fault_side[]){ __VA_ARGS__ },                                           \
    .side_count = sizeof((struct fault_side[]){ __VA_ARGS__ }) / sizeof(struct fault_side)
/* A number that a fault draws, and what becomes of unflushed sectors. */
#define AMOUNT(amount, n)  .amounts[AMOUNT_##amount] = { .distribution = { .value = (n) } }
#define SHIFTED(amount, n) .amounts[AMOUNT_##amount] = { .shift = (n) }
#define LOSS(fate)                                                                                 \
    .losses = (const struct fault_loss_choice[]){ { { .loss = (fate) }, 1 } }, .loss_count = 1
#define MS(n)      (UINT64_C(1000000) * (n))
#define AT_MS(ms)  .at_ns = MS(ms)
#define FOR_MS(ms) .has_duration = true, .duration = { .value = MS(ms) }

#endif
