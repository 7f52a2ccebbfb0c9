/* The host: machines, instances and groups, running real programs over the models.
 *
 * Everything that happens is an event of one queue, or an intervention (a fault) ahead of the
 * events of its instant; between these nothing changes.  Indices of machines, instances and groups
 * are those of the options' arrays.  An instance's index is its cs_node. */
#ifndef HOST_CLUSTER_H
#define HOST_CLUSTER_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "clustersim/protocol.h"
#include "host/context.h"
#include "model/clock.h"
#include "model/disk.h"
#include "model/network.h"
#include "model/topology.h"

/* ---- Options --------------------------------------------------------------------------------- */

struct machine_options {
    const char *name;
    uint32_t cores; /* for jobs; at least 1 */
    struct clock_options clock;
};

struct cpu_options {
    uint64_t per_message_ns;
    uint64_t per_byte_ps; /* picoseconds, of a message's body */
    uint32_t inbox_limit; /* messages waiting; more are dropped.  0: no limit */
};

/* Whether an instance that has stopped itself, or was stopped by a failed barrier, starts again. */
struct restart_policy {
    bool enabled;
    uint64_t after_ns;
    const char *const *reasons; /* only after these, NULL-terminated; or NULL: after any */
};

struct instance_options {
    const char *name;
    uint32_t machine;
    uint32_t group;
    const char *program_name;         /* as in the scenario */
    const struct cs_program *program; /* at first: cluster_set_program() */
    const char *build;                /* its name, where the scenario says which; or NULL */
    const struct param_value *params; /* one for each of the program's params */
    const uint64_t *unit_costs_ns;    /* one for each of the program's costs */
    struct cpu_options cpu;
    struct disk_options disk;
    const uint64_t *volume_sizes; /* one for each of the program's volumes, 0: as it asks for; or
                                     NULL */
    uint64_t boot_at_ns;          /* UINT64_MAX: not by itself, see cluster_join() */
    enum cs_start start;
    struct restart_policy restart;
};

struct group_use {
    const char *name; /* one of the program's `uses` */
    uint32_t group;
};

struct group_options {
    const char *name;
    const uint32_t *members; /* instances */
    uint32_t member_count;
    uint32_t spare_count; /* instances behind them in `members` that belong to the group by name,
                             but are in no address book */
    const struct group_use *uses;
    uint32_t use_count;
};

struct cluster_options {
    uint64_t seed;
    bool shuffle_ties; /* equal times leave in an order drawn from the seed */
    struct topology topology;
    const struct machine_options *machines; /* topology.machine_count */
    const struct instance_options *instances;
    uint32_t instance_count;
    const struct group_options *groups;
    uint32_t group_count;
    size_t memory_limit; /* bytes of all incarnations together, 0: none */
};

/* ---- What others are told -------------------------------------------------------------------- */

/* A fact, as it was released. */
struct stated_fact {
    uint64_t at_ns;
    uint32_t instance;
    uint32_t group;
    uint32_t incarnation; /* from 1 */
    enum cs_fact_kind kind;
    bool recovered;
    bool rests;   /* names a write that it rests on */
    bool durable; /* that write was durable when the fact was released */
    uint64_t scope, a, b, c;
    uint64_t digest; /* of the content; 0 if there was none */
};

enum instance_end { END_CRASH, END_POWER_LOSS, END_STOPPED, END_SHUT_DOWN };

/* Any of the functions may be NULL.  They must not change the cluster; what they want changed they
 * do by cluster_call_at() or cluster_intervene_at(). */
struct cluster_observer {
    void *self;
    void (*on_fact)(void *self, const struct stated_fact *fact);
    /* A new incarnation is about to run on_start. */
    void (*on_boot)(void *self, uint64_t at_ns, uint32_t instance, uint32_t incarnation,
                    enum cs_start start);
    /* Every effect of its on_start has been released. */
    void (*on_ready)(void *self, uint64_t at_ns, uint32_t instance, uint32_t incarnation);
    /* `reason` is given when the program stopped itself, or was stopped by a failed barrier:
     * "barrier failed: MEDIUM", or whatever its status was. */
    void (*on_end)(void *self, uint64_t at_ns, uint32_t instance, enum instance_end end,
                   const char *reason);
    void (*on_reply)(void *self, uint64_t at_ns, uint32_t instance, cs_request request,
                     const struct cs_result *result);
    void (*on_reached)(void *self, uint64_t at_ns, uint32_t instance, const char *name);
    void (*on_count)(void *self, uint64_t at_ns, uint32_t instance, const char *name,
                     uint64_t count);
};

/* A place where a crash can come: before effect number `effect` of a step, or behind its last. */
struct cluster_boundary {
    uint64_t at_ns;
    uint32_t instance, incarnation;
    uint64_t step;    /* of the instance, over all its incarnations, from 1 */
    uint32_t effect;  /* from 0: so many effects of the step have been carried out ... */
    uint32_t effects; /* ... of so many */
    bool felt; /* the latest of them is felt outside the process's memory: a write, a discard,
                  a flush, a message, a reply, a fact or a stop */
};

/* Who hears of every step and boundary of a run.  A step whose input turns out to be void has no
 * boundaries, and the next one has its number.  A boundary is told again when an effect has had to
 * wait for room. */
struct cluster_step_watcher {
    void *self;
    /* The step's input is about to be handled. */
    void (*on_step)(void *self, uint64_t at_ns, uint32_t instance, uint64_t step);
    void (*on_boundary)(void *self, const struct cluster_boundary *boundary);
};

/* Over all instances, at any instant: sent + duplicated = delivered + lost + cut + tail-dropped +
 * dead + overflowed + cluster_held() + those on their way or in an inbox. */
struct instance_counters {
    uint64_t messages_sent, bytes_sent;   /* bytes without second copies */
    uint64_t messages_duplicated;         /* second copies of what it sent */
    uint64_t messages_lost, messages_cut; /* of what it sent */
    uint64_t messages_tail_dropped;       /* of what it sent: found a queue of the network full */
    uint64_t messages_held;               /* of what it sent: held back by a clog for a time */
    uint64_t messages_corrupted;          /* copies of what it sent that went on damaged */
    uint64_t messages_delivered;          /* to its program */
    uint64_t messages_dead;               /* found it down, or waited when it ended */
    uint64_t messages_overflowed;         /* found its inbox full */
    uint64_t steps, timers_fired;
    uint64_t disk_writes, disk_bytes_written, disk_flushes;
    uint64_t disk_waits;       /* effects that waited for a place in a volume's queue */
    uint64_t disk_turned_away; /* operations that found none, and ended at once */
    uint64_t disk_errors;      /* answers other than OK, of flushes and barriers too */
    uint64_t barriers_failed;  /* each has stopped it */
    uint64_t jobs_done;
    uint64_t busy_ns; /* charged; of the present step all, of one that a crash cut short its part */
};

struct instance_view {
    bool up;
    bool paused;
    bool stopped;         /* down by its own doing, cs_stop() or a failed barrier, and for good */
    bool waits_for_disk;  /* for a barrier or a place in a queue, or one of its disks stalls */
    uint32_t incarnation; /* the present or last one; 0 before the first */
    enum cs_role role;    /* as it last said; CS_ROLE_OTHER after an end */
    uint64_t term;
    uint64_t commit_index;            /* highest it said in this incarnation */
    uint32_t inbox_depth, inbox_most; /* now, and the highest since cluster_begin_window() */
    uint64_t charge_left_ns; /* of the present step's charge: its time has not passed yet */
};

/* Of a machine's cores. */
struct machine_use {
    uint64_t core_busy_ns;            /* summed over the cores, up to now */
    uint32_t jobs_waiting, jobs_most; /* now, and the most since cluster_begin_window() */
};

/* ---- The cluster ----------------------------------------------------------------------------- */

struct cluster;

/* Keeps the options' pointers. */
struct cluster *cluster_new(const struct cluster_options *options);
void cluster_free(struct cluster *cluster);

void cluster_observe(struct cluster *cluster, const struct cluster_observer *observer);

/* There is one at a time.  It is copied, and must not change the cluster. */
void cluster_watch_steps(struct cluster *cluster, const struct cluster_step_watcher *watcher);

/* Handle every event before `until_ns`, then let the clock show `until_ns`.  Stops early, and
 * returns false, when cluster_work() has reached `events_max` or cluster_halt() was called. */
bool cluster_run(struct cluster *cluster, uint64_t until_ns, uint64_t events_max);
void cluster_halt(struct cluster *cluster);

/* The same, and cs_breakpoint() is called before event number `break_event` (from 1, as
 * cluster_events() counts) is handled. */
bool cluster_run_breaking(struct cluster *cluster, uint64_t until_ns, uint64_t events_max,
                          uint64_t break_event);

/* Does nothing: a place for a debugger's breakpoint.  The event has left the queue and is about to
 * be handled, at `at_ns` and, unless nobody is concerned ("-"), by `node`; `state` is that of its
 * program, NULL while it is down. */
void cs_breakpoint(uint64_t event, uint64_t at_ns, const char *node, const void *state);

uint64_t cluster_now(const struct cluster *cluster);
uint64_t cluster_events(const struct cluster *cluster);
/* Events and interventions so far: both take time, though only events are results. */
uint64_t cluster_work(const struct cluster *cluster);
uint64_t cluster_digest(struct cluster *cluster);
struct trace *cluster_trace(struct cluster *cluster);
/* Cuts of it are healed by cluster_heal(). */
struct network *cluster_network(struct cluster *cluster);
const struct cluster_options *cluster_options_of(const struct cluster *cluster);

/* Call `function` at `at_ns` (not before now), in the order of the queue; `label` goes into the
 * digest. */
typedef void (*cluster_call)(void *argument, uint64_t at_ns);
void cluster_call_at(struct cluster *cluster, uint64_t at_ns, cluster_call function, void *argument,
                     uint64_t label);

/* Call `function` at `at_ns` (not before now), ahead of every event of that instant: of several by
 * `rank`, then in the order of asking.  So what intervenes acts between two instants, and whoever
 * repeats it by the clock alone repeats it exactly.  It is no event and leaves no trace by itself:
 * cluster_note_intervention() puts into the digest what was done. */
void cluster_intervene_at(struct cluster *cluster, uint64_t at_ns, uint64_t rank,
                          cluster_call function, void *argument);
void cluster_note_intervention(struct cluster *cluster, uint64_t label, uint64_t detail);

/* Hand an operation to a client instance.  The answer comes through on_reply, or never.  Returns
 * the instance's own number for it, from 1 in a run: nobody else's requests shift it. */
cs_request cluster_request(struct cluster *cluster, uint32_t instance, const struct cs_op *op);

struct instance_view cluster_view(const struct cluster *cluster, uint32_t instance);
const struct instance_counters *cluster_counters(const struct cluster *cluster, uint32_t instance);
struct machine_use cluster_machine_use(const struct cluster *cluster, uint32_t machine);
/* Copies of messages that clogs hold at present. */
uint64_t cluster_held(const struct cluster *cluster);
size_t cluster_volume_count(const struct cluster *cluster, uint32_t instance);
/* Whether a volume is the one, or one of those, that the program calls `name`. */
bool cluster_volume_is(const struct cluster *cluster, uint32_t instance, cs_volume volume,
                       const char *name);
/* How many operations its device has not done, those among them that nobody waits for. */
uint32_t cluster_volume_depth(const struct cluster *cluster, uint32_t instance, cs_volume volume);
/* The most since cluster_begin_window(). */
uint32_t cluster_volume_most(const struct cluster *cluster, uint32_t instance, cs_volume volume);
/* The most that waits, at every queue of machines and instances, is counted from now on. */
void cluster_begin_window(struct cluster *cluster);
/* For its troubles, bit rot and the like: model/disk.h. */
struct disk *cluster_disk(struct cluster *cluster, uint32_t instance, cs_volume volume);

/* ---- Programs that run elsewhere --------------------------------------------------------------
 */

/* Who runs the instances of a cluster in its place: real processes, say.  The cluster then handles
 * no input and keeps the books: load, faults, samples and oracles work as ever, and what the
 * instances do is told to it, between two calls of cluster_run() or from within these functions. */
struct cluster_runner {
    void *self; /* not NULL */
    /* An incarnation begins.  It is ready once cluster_tell_ready() says so. */
    void (*on_boot)(void *self, uint32_t instance, enum cs_start start);
    /* It is about to end: the last moment to tell what it has done. */
    void (*on_end)(void *self, uint32_t instance, enum instance_end end);
    void (*on_pause)(void *self, uint32_t instance, bool paused);
    void (*on_request)(void *self, uint32_t instance, cs_request request, const struct cs_op *op);
};

/* From now on; nothing has run yet. */
void cluster_run_elsewhere(struct cluster *cluster, const struct cluster_runner *runner);
/* The time of the next event or intervention; UINT64_MAX if there is none. */
uint64_t cluster_next(const struct cluster *cluster);
/* What an instance's contexts are made of, for who runs its program. */
struct context_instance *cluster_lend(struct cluster *cluster, uint32_t instance);

/* What an instance that is up has done, now.  Time, instance, group and incarnation of a fact are
 * filled in here; names live as long as the program. */
void cluster_tell_ready(struct cluster *cluster, uint32_t instance);
void cluster_tell_fact(struct cluster *cluster, uint32_t instance, const struct stated_fact *fact);
void cluster_tell_reply(struct cluster *cluster, uint32_t instance, cs_request request,
                        const struct cs_result *result);
void cluster_tell_reached(struct cluster *cluster, uint32_t instance, const char *name);
void cluster_tell_count(struct cluster *cluster, uint32_t instance, const char *name,
                        uint64_t count);
/* Counters of all its incarnations together. */
void cluster_tell_counters(struct cluster *cluster, uint32_t instance,
                           const struct instance_counters *counters);
void cluster_tell_stop(struct cluster *cluster, uint32_t instance, const char *reason);

/* ---- What may be done to it (faults) --------------------------------------------------------- */

/* End an incarnation; what it had written stays.  Nothing happens if it is down. */
void cluster_crash(struct cluster *cluster, uint32_t instance);
/* The same in the middle of a step: when `effects` of its effects have been carried out `function`
 * is called, which ends the incarnation, as a crash or as a power loss.  What was said is said, the
 * rest never happens.  It is the next step that has more effects than that; or, where `step` is not
 * 0, the instance's step of that number (from 1, over all its incarnations) and no other, before
 * that effect or behind the last one if there are so many. */
struct crash_order {
    uint64_t step;
    uint32_t effects;
    cluster_call function;
    void *argument;
    struct crash_order *next; /* the host's */
};
/* The order is the caller's and stays where it is until it was carried out or taken back.  Each is
 * carried out by itself, whatever else was ordered: where two are due at once the older one comes
 * first, and the other waits for the next step. */
void cluster_order_crash(struct cluster *cluster, uint32_t instance, struct crash_order *order);
/* Nothing happens if it was carried out. */
void cluster_withdraw_crash(struct cluster *cluster, uint32_t instance, struct crash_order *order);
/* Whether anything written on the disks of an instance's machine is not durable. */
bool cluster_has_unflushed(struct cluster *cluster, uint32_t instance);
/* Flush what the instance has written, as far as its disks will, and end it. */
void cluster_shut_down(struct cluster *cluster, uint32_t instance);
/* End all incarnations on a machine; unflushed sectors are at risk.  Who was about to start again
 * does not.  Returns how many sectors changed. */
uint64_t cluster_power_loss(struct cluster *cluster, uint32_t machine, enum disk_loss loss);
/* Let an instance that has never run join (CS_START_JOIN).  False if it has, or is about to. */
bool cluster_join(struct cluster *cluster, uint32_t instance);
/* Start a new incarnation of an instance that is down. */
void cluster_restart(struct cluster *cluster, uint32_t instance);
/* Let an instance run another build of its program, which fits its own (host/fits.h), from its next
 * boot on.  The incarnation that is under way keeps what it runs.  `build`, its name, lives as long
 * as the cluster.  True if its next boot would have run another one. */
bool cluster_set_program(struct cluster *cluster, uint32_t instance,
                         const struct cs_program *program, const char *build);
/* While an instance is barred a boot of it waits: for the first one of who has no power yet. */
void cluster_bar(struct cluster *cluster, uint32_t instance, bool barred);
/* Between pause and resume no step starts and no effect is released; clocks go on.  It is the
 * process that is paused (SIGSTOP): its end ends all its pauses, which must not be resumed then,
 * and the next incarnation begins without.  False, and nothing is paused, if it is down. */
bool cluster_pause(struct cluster *cluster, uint32_t instance);
void cluster_resume(struct cluster *cluster, uint32_t instance);
/* While a volume is stalled none of its operations ends, a boot of its instance waits, and so does
 * a step that reads at once: its time is charged and its effects are released after the stall. When
 * as many calls have ended stalls as have begun them, what has become due meanwhile ends at once,
 * in its order. */
void cluster_stall_disk(struct cluster *cluster, uint32_t instance, cs_volume volume, bool stalled);
/* Multiply the latencies of a volume by factor / 2^16 (above 0): of what is under way, too, for the
 * time that is left of it. */
void cluster_slow_disk(struct cluster *cluster, uint32_t instance, cs_volume volume,
                       uint32_t factor);
/* Put a new, empty device in a volume's place: disk_replace().  Operations that are under way end
 * in DEAD when they would have ended.  A stall goes on. */
void cluster_replace_disk(struct cluster *cluster, uint32_t instance, cs_volume volume);
/* Heal a cut of the network.  Messages that no clog holds any more go on, in the order of their
 * sending: each copy arrives after its delay, unless a cut stands in its way now. */
void cluster_heal(struct cluster *cluster, uint32_t cut);
void cluster_clock_jump(struct cluster *cluster, uint32_t machine, int64_t by_ns);
void cluster_clock_drift(struct cluster *cluster, uint32_t machine, int32_t drift_ppb);
/* Multiply CPU costs by factor / 2^16 (above 0): of the step and the jobs that are under way, too,
 * for the time that is left of them. */
void cluster_slow_cpu(struct cluster *cluster, uint32_t instance, uint32_t factor);

#endif
