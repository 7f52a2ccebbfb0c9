/* What the files of the load share: operation.c and the files named after what they choose make one
 * operation, open.c keeps those that have no answer yet, final.c reads what is left at the end,
 * load.c asks and listens. */
#ifndef LOAD_INTERNAL_H
#define LOAD_INTERNAL_H
#include <stdlib.h>

#include "load/arrivals.h"
#include "load/operation.h"
#include "load/requests.h"
#include "load/seen.h"

#define NONE UINT32_MAX

/* What its own calls are called in the digest: "load" and what they are for. */
enum load_call { CALL_ARRIVAL, CALL_ASK, CALL_DEADLINE, CALL_FINAL_READ };
#define LOAD_LABEL UINT64_C(0x6c6f616400000000)

/* A final read may meet an election, or a message that is lost, and is no measurement: it has this
 * much time beyond the workload's own. */
#define FINAL_READ_NS UINT64_C(10000000000)
/* After one that failed the next is asked so much later: a client may be full for a while. */
#define FINAL_PAUSE_NS UINT64_C(100000000)

/* A request is named by its instance and the instance's own number for it; here, by both in one. */
#define REQUESTS_MAX (UINT64_C(1) << 40)
static inline uint64_t request_name(uint32_t instance, cs_request request)
{
    cs_assert(instance < 1u << 24);
    cs_assert(request < REQUESTS_MAX);
    return (uint64_t)instance << 40 | request;
}

/* An instance that asks, for one workload. */
struct client {
    struct load *load;
    struct workload *workload;
    uint32_t instance;
    struct choice_streams streams; /* closed: its own */
    struct random_stream think;
    struct seen *seen; /* or NULL if nobody compares */
    uint64_t *idle;    /* sessions without an open operation; the last one is used next */
    uint32_t idle_count, idle_capacity;
    uint64_t sessions; /* numbers given so far */
    uint64_t values;   /* closed: the same */
};

struct workload {
    struct load *load;
    const struct workload_options *options;
    uint16_t index;
    uint32_t target; /* index of a struct target */
    struct client *clients;
    uint32_t client_next; /* open: whose turn it is */
    struct chooser chooser;
    struct choice_streams streams; /* open: of all clients together */
    struct arrivals arrivals;
    uint32_t first, last; /* open operations in the order of their deadlines */
    bool wake_up;         /* a call for the first deadline is in the queue */
    uint64_t values;      /* open: numbers given so far */
};

/* A group of servers, whoever asks it: its keys are the same for all. */
struct target {
    uint32_t group;
    uint32_t key_count;
    uint8_t *written; /* by rank: an operation was meant to write it */
    uint32_t written_count;
    uint32_t unread;    /* final reads that were not asked yet */
    uint32_t rank_next; /* of the next one */

    /* By rank, from the first final read that failed on: how often it did. */
    uint8_t *tries;
    struct {
        uint64_t due_ns; /* ascending */
        uint32_t rank;
    } * again; /* to be read again: from again_first to again_end */
    size_t again_first, again_end;
    uint32_t failures; /* of final reads, since one was answered */
};

/* An operation that has no answer, before its deadline. */
struct open_operation {
    struct client *client; /* NULL: free */
    uint64_t request;      /* its name: request_name() */
    size_t record;         /* in the history */
    uint64_t session;
    uint64_t deadline_ns;
    struct choice choice;
    uint64_t number; /* in its value */
    bool final_read;
    uint32_t next, previous; /* in the workload's list, or the next free one */
};

struct open_table {
    struct open_operation *operations;
    uint32_t used, capacity; /* ever used, and there are */
    uint32_t free;
    uint32_t count;
    struct request_table requests;
};

struct load {
    struct cluster *cluster;
    struct history *history;
    struct workload *workloads;
    uint32_t workload_count;
    struct target *targets;
    uint32_t target_count;
    struct open_table open;
    struct request_table late; /* what had no answer by its deadline: its record in the history */
    struct operation_text text;
    bool stopped;
    bool reading; /* the final reads have begun */
};

/* load.c */
void load_ask(struct client *client, uint64_t at_ns, const struct choice *choice, bool final_read);

/* open.c */
void open_table_init(struct open_table *table);
void open_table_done(struct open_table *table);
/* Add at the end of the workload's list; returns its index. */
uint32_t open_add(struct load *load, const struct open_operation *operation);
/* Take an operation out; returns a copy. */
struct open_operation open_take(struct load *load, uint32_t index);

/* final.c */
void targets_init(struct load *load);
void targets_done(struct load *load);
void target_note(struct load *load, const struct workload *workload, const struct choice *choice);
/* Ask for the next key that `client` can read, if one is left. */
void final_read_next(struct client *client, uint64_t at_ns);
/* Returns who reads the next key in its place, from `due_ns` on: another one, after a read that
 * failed. */
struct client *final_read_ended(struct client *client, uint32_t rank, bool answered,
                                uint64_t due_ns);
/* Keys that are still to be asked for. */
static inline uint64_t final_reads_left(const struct target *target)
{
    return target->unread + (target->again_end - target->again_first);
}

#endif
