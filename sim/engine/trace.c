/* Records go into a ring; each time it has been filled once round it is hashed whole, so the digest
 * costs one long hash for TRACE_KEPT records and does not depend on when it was asked for. */
#include "engine/trace.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "clustersim/protocol.h"

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "the digest hashes records as they lie in memory: little-endian machines only"
#endif

struct trace *trace_new(void)
{
    struct trace *trace = calloc(1, sizeof *trace);
    cs_assert(trace != NULL);
    trace->hash = hash_state_new();
    return trace;
}

void trace_free(struct trace *trace)
{
    if (trace == NULL)
        return;
    hash_state_free(trace->hash);
    free(trace);
}

void trace_reset(struct trace *trace)
{
    trace->count = 0;
    trace->hashed = 0;
    hash_state_reset(trace->hash);
}

void trace_set_sink(struct trace *trace, trace_sink sink, void *argument)
{
    trace->sink = sink;
    trace->sink_argument = argument;
}

/* Hash what is not hashed yet; it lies in one piece, since a full ring is hashed at once. */
static void trace_hash(struct trace *trace)
{
    cs_assert(trace->count - trace->hashed <= TRACE_KEPT);
    size_t first = trace->hashed % TRACE_KEPT;
    size_t count = (size_t)(trace->count - trace->hashed);
    cs_assert(first + count <= TRACE_KEPT);
    hash_state_add(trace->hash, &trace->ring[first], count * sizeof trace->ring[0]);
    trace->hashed = trace->count;
}

void trace_added(struct trace *trace)
{
    cs_assert(trace->count > 0);
    const struct trace_record *record = &trace->ring[(trace->count - 1) % TRACE_KEPT];
    if (trace->count % TRACE_KEPT == 0)
        trace_hash(trace);
    if (trace->sink != NULL)
        trace->sink(trace->sink_argument, record);
}

uint64_t trace_count(const struct trace *trace) { return trace->count; }

uint64_t trace_digest(struct trace *trace)
{
    trace_hash(trace);
    return hash_state_value(trace->hash);
}

size_t trace_last(const struct trace *trace, struct trace_record *ret_records, size_t count)
{
    size_t kept = trace->count < TRACE_KEPT ? (size_t)trace->count : TRACE_KEPT;
    if (count > kept)
        count = kept;
    for (size_t i = 0; i < count; i++)
        ret_records[i] = trace->ring[(trace->count - count + i) % TRACE_KEPT];
    return count;
}
