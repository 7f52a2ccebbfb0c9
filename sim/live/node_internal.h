/* What the files of a node share: node.c its loop and inputs, node_release.c its effects. */
#ifndef LIVE_NODE_INTERNAL_H
#define LIVE_NODE_INTERNAL_H
#include "host/context.h"
#include "live/alarms.h"
#include "live/files.h"
#include "live/node.h"
#include "live/node_folder.h"
#include "live/node_record.h"
#include "live/streams.h"
#include "live/wire.h"

/* An input that waits.  Timers and jobs wait in their alarms instead. */
struct node_waiting {
    struct node_input input; /* its bytes are those behind it */
    uint8_t bytes[];
};

struct node {
    const struct node_options *options;
    const struct instance_options *instance;
    struct cluster_options cluster_options;
    struct cluster *cluster; /* what the context is made of; it runs nothing */
    struct context_instance *lent;
    struct cs_context cx;
    void *state;
    bool begun;    /* its start is in the inbox, or was */
    bool starting; /* what its start asked for is not all done */
    bool ended;
    char *stopped; /* why it has stopped itself, or NULL */
    bool occupied; /* a barrier holds the step up; then it goes on at effect `next` */
    size_t next;
    uint64_t run; /* the key of its datagrams */
    uint64_t epoch_ns;
    GQueue inbox; /* struct node_waiting */
    struct alarms timers, jobs;
    struct files files;
    struct node_folder folder;
    struct record *record; /* or NULL: its inputs are not logged */
    struct streams *streams;
    uint8_t *cut;      /* by instance: what is sent to it is dropped */
    GByteArray *told;  /* for the stream, not written yet */
    GByteArray *heard; /* from the stream, not complete yet */
    struct instance_counters counters;
    uint64_t counters_told_ns;
    GArray *costs;     /* struct wire_cost: not told yet */
    uint8_t *datagram; /* room for one */
    int socket, timer_fd;
    GMainLoop *loop;
};

/* node_open.c */
/* Open its port, its folder, its volumes and its log.  Errors: those of node_run(); then all that
 * was made is gone again. */
bool node_open(struct node *node, GError **error);
/* Close all that is open. */
void node_close(struct node *node);

/* node.c */
/* For the streams: a message has come; and all that have come for now. */
void node_on_message(void *node, const struct wire_datagram *head, struct cs_bytes body);
void node_on_batch(void *node);
/* Its first start is over, if this is one.  False if that could not be kept: the node has stopped,
 * and nobody may be told anything. */
bool node_found(struct node *node);

/* node_release.c */
/* Carry out the effects of the step from `next` on.  False if a barrier holds it up, or it was the
 * last. */
bool node_release(struct node *node);
/* Tell who has started it, now: what is told is written before anything else is done. */
void node_tell(struct node *node);
void node_stop(struct node *node, const char *reason);
/* It has measured something; it is told with the counters. */
void node_add_cost(struct node *node, enum cost_kind kind, size_t bytes, uint64_t ns);
void node_tell_costs(struct node *node);

/* An input at the end of the inbox.  Valid until the inbox is read. */
struct node_input *node_input_add(struct node *node, enum node_input_kind kind,
                                  struct cs_bytes bytes);

#endif
