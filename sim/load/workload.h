/* Load: who asks what, when.
 *
 * An open workload draws arrivals from a Poisson process or at a constant distance, whatever
 * becomes of earlier operations; its latency counts from the intended start.  A closed one lets
 * each client ask again once it was answered, after a think time.  At its deadline an operation is
 * recorded as unknown; a later answer is ignored. Sessions (a history's processes) and
 * values are numbered here, by workload and client: another one behind them shifts none.  At most
 * one operation of a session is open, and a session that ended unknown is never used again. */
#ifndef LOAD_WORKLOAD_H
#define LOAD_WORKLOAD_H
#include <stdbool.h>
#include <stdint.h>

#include "base/distribution.h"
#include "host/cluster.h"
#include "measure/history.h"

/* No larger value is written, so that one fits into a datagram with all that goes with it. */
enum { WORKLOAD_VALUE_MAX = 32768 };

enum key_choice { KEYS_UNIFORM, KEYS_ZIPF };

struct workload_stage {
    uint64_t until_ns;
    uint64_t rate_milli_per_s; /* thousandths of an operation per second */
};

struct workload_options {
    const char *name;
    uint32_t target;         /* group of the servers */
    const uint32_t *clients; /* instances */
    uint32_t client_count;
    bool open;
    bool poisson;                        /* open: else constant distance */
    uint64_t rate_milli_per_s;           /* open: all clients together */
    const struct workload_stage *stages; /* open: the rate until then; ascending.  After the last,
                                            rate_milli_per_s again */
    uint32_t stage_count;
    struct distribution think;     /* closed: ns */
    uint32_t outstanding;          /* closed: operations of one client at a time, usually 1 */
    uint32_t weights[CS_OP_COUNT]; /* relative */
    enum key_choice key_choice;
    uint32_t key_count;
    double key_theta;
    struct distribution value_size; /* bytes; more than WORKLOAD_VALUE_MAX is cut to that */
    uint64_t timeout_ns;
    uint64_t start_ns, stop_ns;
};

/* Whether load knows how to ask for operations of a kind: only these may have a weight. */
bool workload_offers(enum cs_op_kind kind);

struct load;
/* Begins by itself: schedules its first events.  Keeps the options' pointers. */
struct load *load_new(struct cluster *cluster, uint64_t seed,
                      const struct workload_options *workloads, uint32_t workload_count,
                      struct history *history);
void load_free(struct load *load);

/* No new operations from now on. */
void load_stop(struct load *load);
/* Operations without an answer whose deadline has not come, and final reads that are still to be
 * asked: 0 when all is settled. */
uint64_t load_open_count(const struct load *load);
/* Ask for every key that an operation was meant to write, of each group of servers, to see what is
 * left at the end: CS_OP_GET operations of the workload index HISTORY_FINAL_READ, recorded in the
 * history like others, with 10 s beyond the workload's timeout.  What is not answered OK is asked
 * again, up to five times in all, while others are answered.  Requires load_stop(). */
void load_final_reads(struct load *load);

#endif
