/* One process of a live run, and the stream to it. */
#ifndef LIVE_CHILD_H
#define LIVE_CHILD_H
#include <glib.h>
#include <signal.h>
#include <sys/types.h>

#include "host/cluster.h"
#include "live/wire.h"

struct child {
    pid_t pid;             /* 0: there is none */
    int fd;                /* the stream to it; -1: there is none */
    unsigned incarnations; /* begun so far */
    enum cs_start first;   /* how the first of them began */
    bool said_hello;
    bool closed;           /* it has closed its end of the stream */
    bool ending;           /* the cluster's books are about to close for this incarnation */
    uint64_t odd_until_ns; /* it was paused: what it measures up to then is late by that */
    GByteArray *in;        /* heard, not taken yet: from `taken` on */
    size_t taken;
    GByteArray *out;                 /* to be said, not written yet */
    struct instance_counters before; /* of the incarnations before this one */
    struct instance_counters now;    /* of this one */
};

void child_init(struct child *child);
void child_done(struct child *child);

/* Start `program` with `arguments`.  It dies with this process, does not hear of Ctrl-C, Ctrl-\
 * and the like, and finds its end of the stream as WIRE_CONTROL_FD.  Errors: G_SPAWN_ERROR. */
bool child_spawn(struct child *child, const char *program, char **arguments, GError **error);

/* Take in what it has said, and write what it is to hear, as far as that goes without waiting. */
void child_hear(struct child *child);
void child_write(struct child *child);
/* The first frame that was not taken yet; false if there is none. */
bool child_peek(const struct child *child, struct wire_head *ret_head, struct cs_bytes *ret_body);
void child_take(struct child *child, const struct wire_head *head);

/* It is killed and no more; everything that it said is heard. */
void child_kill(struct child *child);
/* They were told to end, and all have until then, or until there is an interruption if that is to
 * count; then those that are left are killed at once. */
void children_join(struct child *children, uint32_t count, uint64_t until_ns,
                   const volatile sig_atomic_t *interrupted);
/* How a child that has closed its stream by itself has ended, and its exit status or -1: "exit
 * status 7", "signal 11 (Segmentation fault)".  g_free. */
char *child_reap(struct child *child, int *ret_status);

#endif
