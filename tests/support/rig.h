/* A rig: one instance of a program on a bench, without engine or network.
 *
 * A test feeds one input at a time and reads back what the program did, as text, one effect a line:
 *
 *     struct rig *rig = rig_new(&(struct rig_options){
 *         .program = raft_server,
 *         .self = 1,
 *         .groups = { { "self", nodes, 3 } },
 *         .params = { { "election_timeout", .number = cs_ms(150).ns } },
 *     });
 *     rig_start(rig, CS_START_FOUND);
 *     rig_timer(rig, RAFT_TIMER_ELECTION);
 *     rig_expect(rig, "write meta 0+512\n"
 *                     "barrier meta\n"
 *                     "fact VOTED term=1 for=1 durable\n"
 *                     "send VOTE_REQUEST to 2 3: term=1 last=0/0\n");
 *
 * What is real: the recording context, the volumes, the arena.  What is not: time moves when the
 * test says so; reads and writes complete at once; so do flushes and barriers, unless rig_hold().
 * A barrier that fails is shown as "stop barrier failed: MEDIUM".
 *
 * An input's text goes on over the completions that it causes: each begins with a line
 * "done flush log" (or read, write, discard), then come the effects of that on_disk.  Effects
 * behind a held barrier are shown when it is completed, and no input may be fed before that.
 *
 * A handler that the program does not have is skipped.  A mistake of the test (a timer that is not
 * armed, an input for an instance that is down) fails an assertion. */
#ifndef TEST_RIG_H
#define TEST_RIG_H
#include <check.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "clustersim/protocol.h"
#include "model/disk.h"

enum { RIG_PARAMS_MAX = 16, RIG_GROUPS_MAX = 8 };

/* The value of a parameter; those not named have the program's own default. */
struct rig_param {
    const char *name;
    uint64_t number; /* flag, number, bytes, nanoseconds, or the choice's index */
    uint64_t high;   /* of a distribution: uniform from `number` to this; 0: always `number` */
};

/* Borrowed: the nodes outlive the rig. */
struct rig_group {
    const char *name; /* "self" is the instance's own group */
    const cs_node *nodes;
    size_t count;
};

struct rig_options {
    const struct cs_program *program;
    cs_node self;
    struct rig_param params[RIG_PARAMS_MAX]; /* the first without a name ends the list */
    struct rig_group groups[RIG_GROUPS_MAX]; /* likewise */
    uint64_t volume_size;                    /* bytes, of every volume; 0: as the program says */
    uint32_t sector;                         /* bytes; 0: 512 */
    uint64_t seed;
    bool log_wanted; /* show the lines of cs_log() */
};

struct rig;
struct rig *rig_new(const struct rig_options *options);
void rig_free(struct rig *rig);

/* ---- Inputs ---------------------------------------------------------------------------------- */

void rig_start(struct rig *rig, enum cs_start kind);
void rig_message(struct rig *rig, cs_node from, cs_kind kind, struct cs_bytes body);
/* Fire an armed timer; the clock goes on to its deadline if that is not past. */
void rig_timer(struct rig *rig, cs_token token);
/* Finish a job that was asked for and not cancelled. */
void rig_job(struct rig *rig, cs_token token);
void rig_request(struct rig *rig, cs_request id, const struct cs_op *op);

/* Let time pass; nothing fires by itself. */
void rig_advance(struct rig *rig, cs_duration distance);
cs_instant rig_now(const struct rig *rig);

/* From now on flushes and barriers wait for rig_complete_flush(), or no longer do. */
void rig_hold(struct rig *rig, bool hold);
/* Complete the oldest flush or barrier that waits: what was written before it is durable, unless
 * the disk has troubles. */
void rig_complete_flush(struct rig *rig);
/* The same, but the device fails: each sector that it covers is kept or lost.  A barrier that fails
 * ends the incarnation. */
void rig_fail_flush(struct rig *rig, enum cs_disk_status status);
size_t rig_held(const struct rig *rig); /* how many wait */

/* End the incarnation.  DISK_KEEP is a crash of the process; anything else is a power loss. */
void rig_crash(struct rig *rig, enum disk_loss loss);
/* The same, amid the effects of the next step: only its first `effects` are released. */
void rig_crash_after(struct rig *rig, size_t effects, enum disk_loss loss);
/* A new incarnation: rig_start() with CS_START_RESTART. */
void rig_restart(struct rig *rig);
bool rig_is_up(const struct rig *rig);

/* ---- What it did ----------------------------------------------------------------------------- */

/* The effects of the last input, one a line; "" if there were none. */
const char *rig_effects(struct rig *rig);
/* Only those lines that begin with `prefix`: "send", "fact VOTED".  Valid until called again. */
const char *rig_lines(struct rig *rig, const char *prefix);

#define rig_expect(rig, text)               ck_assert_str_eq(rig_effects(rig), text)
#define rig_expect_lines(rig, prefix, text) ck_assert_str_eq(rig_lines(rig, prefix), text)

/* The messages that the last input sent, in order, one for each destination. */
struct rig_sent_message {
    cs_node to;
    cs_kind kind;
    struct cs_bytes body; /* borrowed until the next input */
};
size_t rig_sent_count(const struct rig *rig);
struct rig_sent_message rig_sent(const struct rig *rig, size_t n);

/* The time left until an armed timer fires; false if it is not armed. */
bool rig_timer_left(const struct rig *rig, cs_token token, cs_duration *ret_left);
/* What the last step charged; every unit costs 1 ns here. */
uint64_t rig_charged(const struct rig *rig);

void *rig_state(struct rig *rig);         /* valid until the incarnation ends */
const char *rig_inspect(struct rig *rig); /* the program's own account; valid until called again */

/* For its contents and its troubles (disk_set_trouble(), disk_spoil(), …), which reads at once,
 * operations, flushes and barriers then meet as on the host. */
struct disk *rig_disk(struct rig *rig, cs_volume volume);

#endif
