#include "load/choice.h"

#include "base/hash.h"

uint64_t choice_key(uint64_t seed, const char *workload, const char *client, const char *purpose)
{
    return random_key_pair(seed, hash_string(workload), client != NULL ? hash_string(client) : 0,
                           purpose);
}

struct choice_streams choice_streams_of(uint64_t seed, const char *workload, const char *client)
{
    return (struct choice_streams){
        .kind = random_stream_of(choice_key(seed, workload, client, "operation")),
        .key = random_stream_of(choice_key(seed, workload, client, "key")),
        .size = random_stream_of(choice_key(seed, workload, client, "size")),
    };
}

void chooser_init(struct chooser *chooser, const struct workload_options *options)
{
    *chooser = (struct chooser){ .options = options };
    for (int kind = 0; kind < CS_OP_COUNT; kind++) {
        cs_assert(options->weights[kind] == 0 || workload_offers((enum cs_op_kind)kind));
        chooser->weight += options->weights[kind];
    }
    cs_assert(chooser->weight > 0);
    cs_assert(options->key_count > 0);
    if (options->key_choice == KEYS_ZIPF)
        chooser->zipf = zipf_new(options->key_count, options->key_theta);
}

void chooser_done(struct chooser *chooser) { zipf_free(chooser->zipf); }

static enum cs_op_kind draw_kind(const struct chooser *chooser, struct random_stream *stream)
{
    uint64_t left = random_below(stream, chooser->weight);
    int kind = 0;
    while (left >= chooser->options->weights[kind]) {
        left -= chooser->options->weights[kind++];
        cs_assert(kind < CS_OP_COUNT);
    }
    return (enum cs_op_kind)kind;
}

struct choice chooser_draw(const struct chooser *chooser, struct choice_streams *streams)
{
    const struct workload_options *options = chooser->options;
    uint64_t key_bits = random_next(&streams->key);
    return (struct choice){
        .kind = draw_kind(chooser, &streams->kind),
        .rank = chooser->zipf != NULL ? zipf_rank(chooser->zipf, key_bits)
                                      : (uint32_t)random_scale(key_bits, options->key_count),
        .size = distribution_sample(&options->value_size, &streams->size),
    };
}
