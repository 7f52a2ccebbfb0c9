/* One instance in a process of its own: real sockets, files and clocks. */
#ifndef LIVE_NODE_H
#define LIVE_NODE_H
#include <glib.h>

#include "scenario/plan.h"

struct node_options {
    const struct plan *plan;
    uint32_t instance;
    const char *folder;     /* of its volumes; made if need be */
    uint32_t port_base;     /* instance i listens at port_base + i of the loopback interface */
    bool sync;              /* flushes are fdatasync(); else nothing */
    uint32_t datagram_max;  /* bytes of a message; longer ones go through TCP */
    bool log;               /* what the program explains goes to standard error */
    const char *record;     /* a file for its log (node_log.h) that does not exist yet; or NULL */
    const char *build;      /* what the log says that has run */
    uint64_t time_limit_ns; /* then it ends; 0: never.  At most NODE_LIMIT_MAX_NS */
    void (*on_open)(const struct node_options *options); /* its port and files are open; or NULL */
    int control_fd; /* the stream to who has started it; -1: nobody, it starts by itself */
};

#define NODE_LIMIT_MAX_NS (UINT64_C(1000000000) * 1000000)

/* What its process exits with when node_run() fails. */
enum { NODE_STATUS_SURROUNDINGS = 7 };

/* Run it until it is told to end, by its stream, by SIGTERM or SIGINT, by its time limit, or by
 * its program: then it has not run well.
 *
 * Errors: G_FILE_ERROR if its port or its files cannot be used: nothing has run then, and what was
 * made for it is gone.  Or if its log could not be written any more: then it has ended at once.  Or
 * if its program has stopped it, with the reason. */
bool node_run(const struct node_options *options, GError **error);

#endif
