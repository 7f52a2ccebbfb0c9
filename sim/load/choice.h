/* What an operation asks: its kind, its key, the size of its value.
 *
 * Each operation draws exactly one number for each of the three from a stream of its own, needed or
 * not, so that other weights, keys or sizes shift nothing else. */
#ifndef LOAD_CHOICE_H
#define LOAD_CHOICE_H
#include "load/workload.h"

struct choice {
    enum cs_op_kind kind;
    uint32_t rank; /* of the key */
    uint64_t size; /* bytes of the value; what CS_OP_WORK asks for */
};

struct choice_streams {
    struct random_stream kind, key, size;
};

/* The streams of what asks: a workload alone (`client` NULL), or one client of it. */
struct choice_streams choice_streams_of(uint64_t seed, const char *workload, const char *client);
/* The key of a stream of theirs for any other purpose. */
uint64_t choice_key(uint64_t seed, const char *workload, const char *client, const char *purpose);

struct chooser {
    const struct workload_options *options;
    struct zipf *zipf; /* or NULL */
    uint64_t weight;   /* the sum of all */
};

void chooser_init(struct chooser *chooser, const struct workload_options *options);
void chooser_done(struct chooser *chooser);
struct choice chooser_draw(const struct chooser *chooser, struct choice_streams *streams);

#endif
