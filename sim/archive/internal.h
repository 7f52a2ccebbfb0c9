/* Between the formats and what is made of them. */
#ifndef ARCHIVE_INTERNAL_H
#define ARCHIVE_INTERNAL_H
#include "archive/archive.h"
#include "archive/form.h"
#include "verify/index.h"
#include "verify/keys.h"

enum event_type { EVENT_INVOKE, EVENT_OK, EVENT_FAIL, EVENT_UNKNOWN };

/* One line, or map, about a client. */
struct event {
    enum event_type type;
    uint64_t line;
    struct cs_bytes process, name, group, key;
    const struct form *value;   /* may be NULL: as nil */
    const struct form *applied; /* of an ok, or NULL */
    uint64_t stands;            /* where its end says that it stands among all, 0: nowhere */
};

/* Whether values are [key value]. */
enum keyed { KEYED_UNSAID, KEYED_NO, KEYED_YES };

struct process {
    struct cs_bytes name;
    uint32_t open; /* operation plus one; 0: none */
    uint32_t lost; /* likewise, the last whose outcome is unknown */
};

struct builder {
    struct archive *archive;
    struct archive_problem *problem;
    const struct linear_model *model;
    struct form_reader reader;
    size_t begin;          /* where the text begins */
    bool native;           /* history.jsonl */
    bool keyed;            /* values are [key value] */
    bool refuses_by_value; /* a compare-and-set fails because of the value */
    uint64_t place;        /* of the next event */
    size_t op_capacity, call_capacity, key_capacity, place_capacity, place_count;
    struct process *processes;
    size_t process_count, process_capacity;
    struct index process_index, key_index;
    struct linear_stream *stream; /* told as it is read, or NULL: all is kept */
    uint32_t *numbers;            /* by operation that is open: the stream's */
    uint32_t *ended;              /* operations whose places may be used again */
    size_t number_capacity, ended_count, ended_capacity;
    size_t passed;  /* bytes of the text that have been given back */
    bool stopped;   /* the stream has failed */
    bool has_order; /* of the event before */
    int64_t order;
};

/* Say what is wrong in a line; false. */
bool builder_refuse(struct builder *builder, uint64_t line, const char *format, ...)
    CS_PRINTF(3, 4);
bool builder_take(struct builder *builder, const struct event *event);
/* The text is read up to there: what is behind need not stay in memory. */
void builder_pass(struct builder *builder, size_t at);
/* No more events come. */
void builder_finish(struct builder *builder);

/* Put what an operation asks, or what it was answered, into the operation. */
bool meaning_of_invocation(struct builder *builder, const struct event *event,
                           struct linear_op *op);
bool meaning_of_answer(struct builder *builder, const struct event *event, struct linear_op *op);
/* Whether the operation is none that the model could judge, and harmless. */
bool meaning_is_beside(const struct builder *builder, const struct event *event);

/* What an invocation says of all values: a read that asks for [key nil], say. */
enum keyed meaning_keyed(const struct builder *builder, const struct event *event);

/* The formats. */
bool parse_maps(struct builder *builder);
bool parse_etcd(struct builder *builder);

#endif
