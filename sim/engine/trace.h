/* The trace: one function sees every input and effect of a run.
 *
 * A record is 32 bytes.  The running digest covers all of them in order; the last TRACE_KEPT stay
 * in a ring for the message of a failed assertion.  A sink, if set, sees each record as it is made.
 */
#ifndef ENGINE_TRACE_H
#define ENGINE_TRACE_H
#include <stddef.h>
#include <stdint.h>

enum { TRACE_KEPT = 256 };

struct trace_record {
    uint64_t at;   /* ns */
    uint16_t kind; /* numbered by the host */
    uint16_t detail;
    uint32_t instance;
    uint64_t a;
    uint64_t b;
};
_Static_assert(sizeof(struct trace_record) == 32, "a trace record is half a cache line");

typedef void (*trace_sink)(void *argument, const struct trace_record *record);

/* Open only so that trace_add() can be inlined. */
struct trace {
    struct trace_record ring[TRACE_KEPT];
    uint64_t count;
    uint64_t hashed; /* records that the hash covers already */
    struct hash_state *hash;
    trace_sink sink;
    void *sink_argument;
};

struct trace *trace_new(void);
void trace_free(struct trace *trace);
void trace_reset(struct trace *trace);
void trace_set_sink(struct trace *trace, trace_sink sink, void *argument);
/* What the last record brings about: a hash of all at each turn of the ring, and a sink. */
void trace_added(struct trace *trace);
static inline void trace_add(struct trace *trace, const struct trace_record *record)
{
    trace->ring[trace->count % TRACE_KEPT] = *record;
    trace->count++;
    if (trace->count % TRACE_KEPT == 0 || trace->sink != NULL)
        trace_added(trace);
}
uint64_t trace_count(const struct trace *trace);
uint64_t trace_digest(struct trace *trace);

/* Copy out the last records, oldest first; returns how many, at most `count`. */
size_t trace_last(const struct trace *trace, struct trace_record *ret_records, size_t count);

#endif
