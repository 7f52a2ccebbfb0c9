/* A program for tests of the load: it writes down what it is asked and answers as the test says. */
#ifndef TEST_SERVANT_H
#define TEST_SERVANT_H
#include "load/workload.h"
#include "support/small_cluster.h"

/* What a client does with an operation; NULL: it never answers. */
extern void (*servant_act)(struct cs_context *cx, cs_request request, const struct cs_op *op);

/* Answer OK, now or after a time. */
void servant_ok(struct cs_context *cx, cs_request request);
void servant_ok_after(struct cs_context *cx, cs_request request, cs_duration delay);

/* What a client may do with every operation: answer OK at once, or after 3 ms. */
void servant_at_once(struct cs_context *cx, cs_request request, const struct cs_op *op);
void servant_after_3ms(struct cs_context *cx, cs_request request, const struct cs_op *op);

extern const struct cs_program servant_program; /* charges its unit 0 once for each operation */

/* A small cluster of servants, under one load. */
enum { SERVANTS_WORKLOADS_MAX = 4 };
struct servants {
    struct small_cluster small;
    struct workload_options workloads[SERVANTS_WORKLOADS_MAX]; /* a copy */
    struct cluster *cluster;
    struct history *history;
    struct load *load;
};

/* Fills in `small`; change it before servants_begin(). */
void servants_init(struct servants *servants, uint32_t clients);
void servants_begin(struct servants *servants, uint64_t seed,
                    const struct workload_options *workloads, uint32_t count);
void servants_run_to_ms(struct servants *servants, uint64_t ms); /* what is due then included */
void servants_done(struct servants *servants);

/* Workloads of instances 0..clients-1: only gets, of one key, timeout 1 s, from 0 on for ever. */
struct workload_options open_workload(uint32_t clients, uint64_t rate_per_s);
struct workload_options closed_workload(uint32_t clients);

/* "10ms a get k0\n…": what was asked of whom from operation *from on, which moves to the end. */
const char *servants_asked(const struct servants *servants, size_t *from);
/* "0s..3ms ok": how an operation went. */
const char *servants_outcome(const struct servants *servants, size_t index);

#endif
