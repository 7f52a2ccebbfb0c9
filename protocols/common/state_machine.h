/* What a replicated log replicates: a deterministic machine that carries out commands in the log's
 * order and answers queries in between.
 *
 * Commands, queries and results are bytes to the log, and an encoded struct cs_op or cs_result to
 * the machines.  Every replica that applies the same commands from the same state gives the same
 * results and reaches the same state: a machine has no source of time but the replicated clock, no
 * randomness, and iterates nothing in an order that depends on addresses.
 *
 * Consensus protocols take a machine as their parameter "state_machine", an index into the table
 * state_machines[]. */
#ifndef COMMON_STATE_MACHINE_H
#define COMMON_STATE_MACHINE_H
#include "clustersim/protocol.h"
#include "common/wire.h"

/* The largest encoded result, in bytes.  A machine answers CS_REFUSED rather than to exceed it. */
enum { STATE_MACHINE_RESULT_MAX = 56 * 1024 };

/* Where in the log a command stands. */
struct state_machine_place {
    uint64_t index;    /* of its entry, from 1 */
    uint64_t clock_ns; /* the replicated clock: never goes back, the same on every replica */
};

struct state_machine {
    const char *name;  /* as written in a scenario; NULL ends the table */
    size_t state_size; /* bytes of zeroed state, from the incarnation's arena */

    void (*init)(void *state, struct cs_context *cx);
    /* Carry out `command` and write its result.  Any bytes must do: what is not a command of this
     * machine is answered CS_REFUSED and changes nothing. */
    void (*apply)(void *state, struct cs_context *cx, const struct state_machine_place *place,
                  struct cs_bytes command, struct wire_writer *result);
    /* Answer without changing anything. */
    void (*query)(const void *state, struct cs_bytes query, struct wire_writer *result);
    /* A number that is the same in equal states and hardly ever in others, at no cost that grows
     * with the state; NULL: this machine has none. */
    uint64_t (*digest)(const void *state);

    /* For log compaction; NULL: this machine cannot be compacted.  save() writes the part of the
     * state at *cursor, 0 at first, and moves the cursor, or returns false if there is none any
     * more; load() takes the parts in the same order into a state just initialised, false if they
     * make no sense. */
    bool (*save)(const void *state, uint64_t *cursor, struct wire_writer *part);
    bool (*load)(void *state, struct cs_context *cx, struct cs_bytes part);
};

extern const struct state_machine state_machines[];
/* Their names in the same order, NULL-terminated: `choices` of a parameter. */
extern const char *const state_machine_names[];

/* Operations and results as bytes.  The parts of a transaction are not among them yet: `op_put`
 * requires part_count 0, as does `result_put`.
 *
 *   operation  u8 kind, u64 number, u32 node, bytes key, bytes value, bytes expected
 *   result     u8 status, u8 flags (1 applied, 2 present), u64 number, bytes value
 *
 * What op_get() and result_get() fill in is borrowed from the reader's input; false if it is not
 * exactly one.  The session does not travel. */
void op_put(struct wire_writer *writer, const struct cs_op *op);
bool op_get(struct cs_bytes bytes, struct cs_op *ret_op);
void result_put(struct wire_writer *writer, const struct cs_result *result);
bool result_get(struct cs_bytes bytes, struct cs_result *ret_result);

/* True for operations that change nothing: they may be asked as queries. */
bool op_is_query(enum cs_op_kind kind);
/* True for operations on the group itself; no state machine carries them out. */
bool op_is_administration(enum cs_op_kind kind);
/* A short lower-case name, for traces; never NULL. */
const char *op_name(enum cs_op_kind kind);

#endif
