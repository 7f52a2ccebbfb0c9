/* One instance in a process of its own: real sockets, files and clocks. */
#ifndef LIVE_NODE_H
#define LIVE_NODE_H
#include <glib.h>

#include "scenario/plan.h"

struct node_options {
    const struct plan *plan;
    uint32_t instance;
    const char *folder;    /* of its volumes; made if need be */
    uint32_t port_base;    /* instance i listens at port_base + i of the loopback interface */
    bool sync;             /* flushes are fdatasync(); else nothing */
    uint32_t datagram_max; /* bytes of a message; longer ones go through TCP */
    bool log;              /* what the program explains goes to standard error */
    const char *record;    /* a file for its log (node_log.h) that does not exist yet; or NULL */
    const char *build;     /* what the log says that has run */
    int control_fd;        /* the stream to who has started it; -1: nobody, it starts by itself */
};

/* What its process exits with when node_run() fails. */
enum { NODE_STATUS_SURROUNDINGS = 7 };

/* Run it until it is told to end, by its stream, by SIGTERM or SIGINT, or by its program: then a
 * reason is printed, unless somebody is told by the stream.
 *
 * Errors: G_FILE_ERROR if its port or its files cannot be used; nothing has run then.  Or if its
 * log could not be written any more: then it has ended at once. */
bool node_run(const struct node_options *options, GError **error);

#endif
