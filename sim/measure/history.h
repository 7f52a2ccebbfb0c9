/* The history of a run: every operation, when it was meant to start, started and ended, what it
 * asked and what it got.
 *
 * Keys and values are kept as bytes; values above HISTORY_VALUE_MAX are kept as a prefix, their
 * size and a hash, in text
 * ("v17~4096~0x0123456789abcdef"), the same for arguments and results, so that they still compare.
 */
#ifndef MEASURE_HISTORY_H
#define MEASURE_HISTORY_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/wide.h"
#include "clustersim/protocol.h"

enum { HISTORY_VALUE_MAX = 64 };

enum outcome { OUTCOME_OPEN, OUTCOME_OK, OUTCOME_FAILED, OUTCOME_UNKNOWN };

struct history_bytes {
    uint32_t offset; /* into the history's bytes */
    uint32_t size;
};

struct operation {
    uint64_t intended_ns, started_ns, ended_ns; /* true time; ended is the deadline if unknown */
    uint64_t session;
    uint32_t client;   /* instance */
    uint32_t group;    /* target */
    uint16_t workload; /* index, or HISTORY_FINAL_READ */
    uint8_t kind;      /* enum cs_op_kind */
    uint8_t outcome;   /* enum outcome */
    uint8_t status;    /* enum cs_status, if answered */
    bool answered, applied, present;
    struct history_bytes key, value, expected, result;
    uint64_t number; /* as asked */
    uint64_t result_number;
};

#define HISTORY_FINAL_READ UINT16_MAX

struct history;
struct history *history_new(void);
void history_free(struct history *history);

/* Record an invocation; returns the operation's index. */
size_t history_begin(struct history *history, uint64_t intended_ns, uint64_t started_ns,
                     uint32_t client, uint32_t group, uint16_t workload, const struct cs_op *op);
/* Record its end.  `result` is NULL for a deadline (unknown).  OK -> ok; FAILED, REFUSED, LOST ->
 * failed; UNKNOWN -> unknown.  An operation ends once. */
void history_end(struct history *history, size_t index, uint64_t ended_ns,
                 const struct cs_result *result);

/* An answer that came after the deadline: what became of the operation stays unknown, as its client
 * had given it up, but the answer's number is kept. */
void history_note_late(struct history *history, size_t index, const struct cs_result *result);

size_t history_count(const struct history *history);
const struct operation *history_at(const struct history *history, size_t index);
struct cs_bytes history_bytes(const struct history *history, struct history_bytes bytes);

/* Invocations and ends in the order in which they happened: entry i is an operation's index, times
 * two, plus one for its end. */
size_t history_event_count(const struct history *history);
size_t history_event_at(const struct history *history, size_t i);

/* The number of operations in the system, integrated over time while they began and ended, up to
 * the latest event, whose time is *ret_until_ns.  Returns false if the events were not recorded in
 * their order in time, as those of a run are: then nobody knows. */
bool history_integral(const struct history *history, uint64_t *ret_until_ns, wide *ret_ns);

#endif
