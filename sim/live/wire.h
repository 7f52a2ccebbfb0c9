/* What passes between a node and the process that has started it, and the head of a datagram.
 *
 * Both ends are the same program on the same machine, so numbers are sent as they lie in memory.
 * What a node tells is stamped with the machine's monotonic clock, which is the same in all
 * processes, and is written before any message that follows it is sent: see fleet.c for what
 * follows from that. */
#ifndef LIVE_WIRE_H
#define LIVE_WIRE_H
#include <glib.h>

#include "host/cluster.h"

/* Where a node finds its end of the stream to who has started it. */
enum { WIRE_CONTROL_FD = 3 };

enum wire_kind {
    /* To a node. */
    WIRE_START = 1, /* struct wire_start */
    WIRE_REQUEST,   /* struct cs_op, its bytes behind it; number = the request */
    WIRE_CUTS,      /* a byte for each instance: 1 = what is sent to it is dropped */
    WIRE_SHUT_DOWN, /* flush and end */
    /* From a node. */
    WIRE_HELLO,    /* its port and its files are open */
    WIRE_READY,    /* what its start asked for is done */
    WIRE_FACT,     /* struct stated_fact */
    WIRE_REPLY,    /* struct cs_result, its value behind it; number = the request */
    WIRE_REACHED,  /* a name */
    WIRE_COUNT,    /* a name; number = how many */
    WIRE_COUNTERS, /* struct instance_counters of this incarnation */
    WIRE_COSTS,    /* struct wire_cost, any number of them */
    WIRE_STOPPED,  /* a reason: the last frame */
};

struct wire_head {
    uint32_t size; /* bytes behind the head */
    uint32_t kind; /* enum wire_kind */
    uint64_t at_ns;
    uint64_t number;
};

/* No frame is longer: an operation and its answer carry values of 32 KiB at most, and as many of
 * them as a context takes. */
enum { WIRE_FRAME_MAX = 1 << 26 };

struct wire_start {
    uint32_t start;    /* enum cs_start */
    uint32_t first;    /* what that of this instance's first incarnation was */
    uint64_t epoch_ns; /* CLOCK_REALTIME at the beginning of the run */
};

/* A datagram's head: what does not begin with the run's key is somebody else's. */
struct wire_datagram {
    uint64_t run;
    uint32_t from;
    uint32_t kind;
    uint64_t sent_ns; /* by the machine's monotonic clock */
};

enum cost_kind { COST_NETWORK, COST_WRITE, COST_FLUSH, COST_CPU };

/* One thing that a node has measured. */
struct wire_cost {
    uint32_t kind;  /* enum cost_kind */
    uint32_t bytes; /* of the message or the write */
    uint64_t ns;
};

uint64_t wire_monotonic_ns(void);
uint64_t wire_wall_ns(void);
uint64_t wire_cpu_ns(void); /* of this thread */

/* Append a frame of `parts`, stamped with the present time. */
void wire_add(GByteArray *out, enum wire_kind kind, uint64_t number, const struct cs_bytes *parts,
              size_t part_count);
void wire_add_request(GByteArray *out, cs_request request, const struct cs_op *op);
void wire_add_reply(GByteArray *out, cs_request request, const struct cs_result *result);

/* The reverse; what they return points into `body`, which must be of that kind.  NULL if it is
 * malformed.  g_free. */
struct cs_op *wire_get_request(struct cs_bytes body);
struct cs_result *wire_get_reply(struct cs_bytes body);

/* The first frame of `bytes`: false if it is not complete yet.  `ret_body` points into them. */
bool wire_peek(struct cs_bytes bytes, struct wire_head *ret_head, struct cs_bytes *ret_body);

/* Where instance `index` listens: on the loopback interface. */
struct sockaddr_in;
struct sockaddr_in wire_address(uint32_t port_base, uint32_t index);

#endif
