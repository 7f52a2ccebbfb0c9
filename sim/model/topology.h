/* Places: regions hold racks, racks hold machines. */
#ifndef MODEL_TOPOLOGY_H
#define MODEL_TOPOLOGY_H
#include <stddef.h>
#include <stdint.h>

#include "base/distribution.h"

/* How messages of one kind of link fare. */
struct link_options {
    struct distribution latency;   /* ns, drawn for each message */
    uint64_t jitter_ns;            /* adds uniform [0, jitter] */
    uint64_t loss;                 /* parts per 2^32 */
    uint64_t duplicate;            /* parts per 2^32: a second copy with its own delay */
    uint64_t reorder;              /* parts per 2^32: a second delay is added */
    uint64_t bandwidth_bits_per_s; /* 0: unlimited.  Of one directed pair of machines. */
    uint64_t queue_limit_bytes;    /* that may wait for the bandwidth; 0: any number */
    uint64_t corrupt;              /* parts per 2^32 of each copy: it arrives damaged */
    uint64_t burst_begin;          /* parts per 2^32: a burst of losses begins, with this message */
    uint64_t burst_end;            /* parts per 2^32 of each later one: it is over */
};

/* What joins a machine to all others.  Each direction has this bandwidth and a queue of its own. */
struct interface_options {
    uint64_t bandwidth_bits_per_s; /* 0: unlimited */
    uint64_t queue_limit_bytes;    /* that may wait; 0: any number */
};

/* A directed pair of machines whose link differs from that of their racks. */
struct link_exception {
    uint32_t from, to; /* machines */
    uint32_t link;     /* index into topology.links */
};

struct topology {
    uint32_t machine_count, rack_count, region_count;
    const char *const *region_names;
    const char *const *rack_names;
    const uint32_t *region_of_rack;
    const uint32_t *rack_of_machine;
    const struct link_options *links;
    uint32_t link_count;
    const uint32_t *link_of_racks;           /* [from * rack_count + to], index into links */
    const struct link_exception *exceptions; /* sorted by (from, to) */
    size_t exception_count;
    const struct interface_options *interfaces; /* by machine; NULL: all are unlimited */
};

/* Assert that every index is in range and that the exceptions are sorted, each pair once. */
void topology_check(const struct topology *topology);

/* The link, an index into `links`, of the messages that `from` sends to `to`. */
uint32_t topology_link(const struct topology *topology, uint32_t from, uint32_t to);

#endif
