/* What was written, and the reads that show at the end what is left of it.
 *
 * The keys of a group of servers are dealt out on demand: each client of a workload that asks the
 * group has up to READS_MAX of them open, and takes the next key when one of those has ended. */
#include "load/internal.h"

enum { READS_MAX = 16 };

static struct target *target_of(struct load *load, const struct workload_options *options)
{
    uint32_t i = 0;
    while (i < load->target_count && load->targets[i].group != options->target)
        i++;
    if (i == load->target_count)
        load->targets[load->target_count++] = (struct target){ .group = options->target };
    struct target *target = &load->targets[i];
    if (target->key_count < options->key_count)
        target->key_count = options->key_count;
    return target;
}

void targets_init(struct load *load)
{
    load->targets = calloc(load->workload_count + 1, sizeof *load->targets);
    cs_assert(load->targets != NULL);
    for (uint32_t w = 0; w < load->workload_count; w++) {
        struct target *target = target_of(load, load->workloads[w].options);
        load->workloads[w].target = (uint32_t)(target - load->targets);
    }
    for (uint32_t t = 0; t < load->target_count; t++) {
        load->targets[t].written = calloc((size_t)load->targets[t].key_count + 1, 1);
        cs_assert(load->targets[t].written != NULL);
    }
}

void targets_done(struct load *load)
{
    for (uint32_t t = 0; t < load->target_count; t++)
        free(load->targets[t].written);
    free(load->targets);
}

void target_note(struct load *load, const struct workload *workload, const struct choice *choice)
{
    if (!operation_writes(choice->kind))
        return;
    struct target *target = &load->targets[workload->target];
    cs_assert(choice->rank < target->key_count);
    target->written_count += !target->written[choice->rank];
    target->written[choice->rank] = 1;
}

void final_read_next(struct client *client, uint64_t at_ns)
{
    struct target *target = &client->load->targets[client->workload->target];
    if (target->unread == 0)
        return;
    while (!target->written[target->rank_next])
        target->rank_next++;
    struct choice choice = { .kind = CS_OP_GET, .rank = target->rank_next++ };
    cs_assert(choice.rank < target->key_count);
    target->unread--;
    load_ask(client, at_ns, &choice, true);
}

void load_final_reads(struct load *load)
{
    cs_assert(load->stopped);
    cs_assert(!load->reading);
    load->reading = true;
    for (uint32_t t = 0; t < load->target_count; t++)
        load->targets[t].unread = load->targets[t].written_count;
    uint64_t now = cluster_now(load->cluster);
    for (uint32_t round = 0; round < READS_MAX; round++) {
        for (uint32_t w = 0; w < load->workload_count; w++) {
            struct workload *workload = &load->workloads[w];
            for (uint32_t c = 0; c < workload->options->client_count; c++)
                final_read_next(&workload->clients[c], now);
        }
    }
}
